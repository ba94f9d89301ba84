"""Pictures of a data set as training and judging see them: random crops in batches, and whole."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset as TorchDataset

from dataset import to_tensor
from datasets import Dataset, DatasetError, Item
from experiment import LEAST_SIDE, Experiment, judged_size


class Pictures:
    """Reads a data set's pictures at the size at which an experiment sees them."""

    def __init__(self, dataset: Dataset, short_side: int | None):
        self.dataset, self.short_side = dataset, short_side
        self.least_side = cache(self._least_side)

    def whole(self, path: str) -> np.ndarray:
        """H×W×3 uint8."""
        image = self.dataset.read(path)
        size = judged_size(image.size, self.short_side)
        if min(size) < LEAST_SIDE:
            raise DatasetError(f"{path}: its shorter side is {min(size)} pixels; {LEAST_SIDE} are needed.")
        if size != image.size:
            image = image.resize(size, Image.Resampling.BICUBIC)
        return np.asarray(image)

    def _least_side(self, path: str) -> int:
        """Of `whole`, without decoding it."""
        with Image.open(self.dataset.folder / path) as file:
            size = self.dataset.size_of(file)
        return min(judged_size(size, self.short_side))


class Batch(NamedTuple):
    images: Tensor  # N×3×S×S in [0,1]
    references: Tensor | None  # the same, full-reference only
    opinions: Tensor  # N


class Batches(TorchDataset):
    """An item is a whole step's batch, a function of (seed, step): training that is broken off goes on exactly.

    Every picture comes once in an epoch, but for a rest that fills no batch. All crops of a batch are of one side:
    the experiment's, or that of the batch's smallest picture, so that no picture is ever padded or enlarged. Of several
    workers each gets its share of the batch.
    """

    def __init__(
        self,
        pictures: Pictures,
        items: list[Item],
        experiment: Experiment,
        mode: str,
        seed: int,
        worker: int = 0,
        workers: int = 1,
    ):
        self.pictures, self.items, self.mode, self.seed = pictures, items, mode, seed
        self.worker, self.workers = worker, workers
        self.crop = experiment.crop
        self.size = batch_size(len(items), experiment.batch, workers)
        self.steps = len(items) // self.size
        self.epochs = experiment.epochs

    def __len__(self) -> int:
        return self.steps * self.epochs

    def __getitem__(self, step: int) -> Batch:
        epoch, place = divmod(step, self.steps)
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.items))
        chosen = order[place * self.size : (place + 1) * self.size]
        side = min(self.crop, *(self.pictures.least_side(self.items[i].image) for i in chosen))
        own = chosen[self.worker :: self.workers]
        rows = [self.crops(int(i), side, np.random.default_rng((self.seed, epoch, int(i)))) for i in own]
        images, references = zip(*rows)
        return Batch(
            to_tensor(np.stack(images)),
            None if self.mode == "nr" else to_tensor(np.stack(references)),
            torch.tensor([self.items[i].mos for i in own], dtype=torch.float32),
        )

    def crops(self, index: int, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
        """A random square of a picture, flipped either way or not, and the same of its reference."""
        item = self.items[index]
        image = self.pictures.whole(item.image)
        top, left = (int(rng.integers(length - side + 1)) for length in image.shape[:2])
        flips = tuple(slice(None, None, -1 if rng.random() < 0.5 else 1) for _ in range(2))

        def cut(picture: np.ndarray) -> np.ndarray:
            return picture[top : top + side, left : left + side][flips]

        if self.mode == "nr":
            return cut(image), None
        reference = self.pictures.whole(item.reference)
        if reference.shape != image.shape:
            raise DatasetError(f"{item.image} and its reference {item.reference} are of different sizes.")
        return cut(image), cut(reference)


def batch_size(count: int, wanted: int, workers: int) -> int:
    """At most as many as there are pictures, and the same for each worker."""
    size = min(wanted, count) // workers * workers
    if size == 0:
        raise DatasetError(f"A batch of {min(wanted, count)} pictures cannot be shared by {workers} workers.")
    return size
