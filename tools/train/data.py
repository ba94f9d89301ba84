"""Photographs in memory, and training batches made of them: whole batches are a function of (seed, step)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from config import PAIRS
from distortions import DISTORTIONS, FAMILIES, PRISTINE, PRISTINE_DEFAULT, distort
from pseudo_mos import pseudo_mos

# Contents per batch by crop side: about the same number of pixels, so that steps take the same time.
CONTENTS = {128: 12, 160: 8, 224: 4}
# Members of a content's ladder: pristine, milder, stronger.
LADDER = 3
# The commonest distortions come oftenest; without this, 2 JPEG contents in 30, NR had not learnt to rank JPEG
# (SRCC 0.26) after 800 steps that sufficed for blur and noise.
FAMILY_WEIGHTS = {"blur": 4, "noise": 2, "compression": 6}
DISTORTION_WEIGHTS = {"gaussian_blur": 2, "white_noise": 2, "jpeg": 6}
SCALES = (1.0, 0.6, 0.4)
_PRISTINE_READINGS = np.array([PRISTINE.get(positive, PRISTINE_DEFAULT) for _, positive, _ in PAIRS])


class Photo(NamedTuple):
    category: str
    scales: list[np.ndarray]  # H×W×3 uint8, at SCALES


class Batch(NamedTuple):
    """N images = contents × LADDER, the members of a ladder side by side, its pristine first."""

    images: Tensor  # N×3×S×S uint8, channels last
    target: Tensor  # N, in [0,1], 1 for pristine
    readings: Tensor  # N×20, the antonym pairs' p
    kind: Tensor  # N, 0 for pristine, else 1 + the index of the (first) distortion


def rows(data: Path, split: str) -> list[dict[str, str]]:
    """The rows of photos.csv of one split."""
    with open(data / "photos.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def resized(image: Image.Image, scale: float) -> np.ndarray:
    """H×W×3 uint8."""
    if scale < 1:
        size = round(image.width * scale), round(image.height * scale)
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)


def load_train(data: Path) -> list[Photo]:
    """The train split, decoded once."""
    photos = []
    for row in rows(data, "train"):
        image = Image.open(data / row["file"]).convert("RGB")
        photos.append(Photo(row["category"], [resized(image, scale) for scale in SCALES]))
    return photos


def load_val(data: Path, long_side: int, count: int | None = None) -> list[np.ndarray]:
    """Whole val photographs, H×W×3 uint8, brought down to a long side; `count` of them, evenly spread."""
    chosen = rows(data, "val")
    if count:
        chosen = [chosen[i * len(chosen) // count] for i in range(count)]
    images = [Image.open(data / row["file"]).convert("RGB") for row in chosen]
    return [resized(image, long_side / max(image.size)) for image in images]


class Ladders(Dataset):
    """Item `step` is a whole batch."""

    def __init__(self, photos: list[Photo], seed: int, steps: int):
        self.photos, self.seed, self.steps = photos, seed, steps
        # Between every photograph alike and every category alike.
        count = Counter(photo.category for photo in photos)
        weights = np.array([count[photo.category] ** -0.5 for photo in photos])
        self.probabilities = weights / weights.sum()

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        side = int(rng.choice(list(CONTENTS)))
        chosen = rng.choice(len(self.photos), CONTENTS[side], replace=False, p=self.probabilities)
        images, kinds = [], []
        for index in chosen:
            crop = random_crop(self.photos[index], side, rng)
            names = random_distortions(rng)
            mild = rng.uniform(0.02, 0.7)
            strong = rng.uniform(mild + 0.25, 1)
            # One state of the generator for the whole ladder: the same grain, the same direction, more of it.
            seed = rng.integers(2**32)
            images.append(crop)
            kinds.append(([], 0.0))
            for strength in (mild, strong):
                image, generator = crop, np.random.default_rng(seed)
                for name in names:
                    image = distort(image, name, strength, generator)
                images.append(image)
                kinds.append((names, strength))
        stacked = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)
        pictures = stacked.float() / 255
        references = pictures.unflatten(0, (-1, LADDER))[:, :1].expand(-1, LADDER, -1, -1, -1).flatten(0, 1)
        strengths = torch.tensor([strength for _, strength in kinds], dtype=torch.float32)
        quality = pseudo_mos(pictures, references)
        readings = [adjectives(*kind, q) for kind, q in zip(kinds, quality.tolist())]
        index = {name: i + 1 for i, name in enumerate(DISTORTIONS)}
        kind = torch.tensor([index[names[0]] if names else 0 for names, _ in kinds])
        # Half what is to be seen, half what was done: strengths are laid out as the levels of rated
        # databases, over which human scores fall about evenly.
        target = (quality + 1 - 0.9 * strengths) / 2
        return Batch(stacked, target, torch.tensor(np.stack(readings), dtype=torch.float32), kind)


def random_crop(photo: Photo, side: int, rng: np.random.Generator) -> np.ndarray:
    """side×side×3 uint8 from one of the photograph's scales, flipped or not."""
    image = photo.scales[rng.integers(len(photo.scales))]
    if min(image.shape[:2]) < side:
        image = photo.scales[0]
    y, x = (rng.integers(size - side + 1) for size in image.shape[:2])
    crop = image[y : y + side, x : x + side]
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)


def random_distortions(rng: np.random.Generator) -> list[str]:
    """One distortion, or now and then a second one of another family after it."""
    count = 2 if rng.random() < 0.15 else 1
    families = rng.choice(list(FAMILIES), count, replace=False, p=shares(FAMILIES, FAMILY_WEIGHTS))
    return [
        str(rng.choice(FAMILIES[family], p=shares(FAMILIES[family], DISTORTION_WEIGHTS)))
        for family in families
    ]


def shares(names: Iterable[str], weights: dict[str, float]) -> np.ndarray:
    """Probabilities in proportion to the weights; 1 for a name without one."""
    values = np.array([weights.get(name, 1) for name in names], float)
    return values / values.sum()


def adjectives(names: list[str], strength: float, quality: float) -> np.ndarray:
    """The 20 pairs' readings p of an image that went through the distortions, its pseudo-MOS known: half by
    what was done to it, half by what is to be seen of that."""
    readings = _PRISTINE_READINGS.copy()
    for name in names:
        distortion = DISTORTIONS[name]
        severity = (strength + min(1.0, (1 - quality) / 0.6)) / 2
        for k, (_, positive, _) in enumerate(PAIRS):
            if positive in distortion.words:
                readings[k] += severity * (distortion.words[positive] - readings[k])
    return readings
