"""Makes the training set on disk: ladders of distorted crops with all that their labels are made from.

    python dataset.py --out runs/data [--contents 8000] [--side 256] [--workers 2]

Content i is a function of (seed, i): a clean crop of a training photograph at one of its zooms, then three
rising amounts of the same: of one distortion (three contents in four), or of a chain of two to four. Metrics, not
targets, are stored: the targets follow from them and calibration.json when the set is read. Shards that are there
already are kept, so that a broken run goes on.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from adjectives import Statistics, measure, readings
from data import DATA, SCALES, load_split, random_crop
from distortions import DISTORTIONS, FAMILIES, distort
from pseudo_mos import WEIGHTS, Calibration, raw

# Members of a content's ladder: the pristine and three amounts.
LADDER = 4
# Pixels that a zoom leaves of the shorter side.
LEAST = 288
SHARD = 64
NAMES = list(DISTORTIONS)
# Channels kept of the teacher's maps at strides 16 and 32, by a fixed random projection.
TEACHER_CHANNELS = 96


class Shard(NamedTuple):
    """SHARD contents; the members of a ladder lie side by side, by rising strength, the pristine first."""

    images: np.ndarray  # C×LADDER×S×S×3 uint8
    metrics: np.ndarray  # C×LADDER×6
    order: np.ndarray  # C×4, what was applied, in that order: indices of NAMES, −1 where there is no more
    strengths: np.ndarray  # C×LADDER×4, of each of these
    statistics: np.ndarray  # C×LADDER×8
    middle: np.ndarray  # C×S/16×S/16×96, the teacher's view of the pristine at stride 16
    deep: np.ndarray  # C×S/32×S/32×96, at stride 32


def random_recipe(rng: np.random.Generator) -> tuple[list[str], np.ndarray]:
    """The distortions of a ladder, in order, and their strengths, 3×n, rising down the columns."""
    low, middle = rng.uniform(0.02, 0.4), rng.uniform(0.3, 0.75)
    amounts = np.array([low, max(middle, low + 0.12), rng.uniform(max(0.65, middle + 0.12, low + 0.24), 1)])
    if rng.random() < 0.75:
        family = rng.choice(list(FAMILIES), p=_shares())
        return [str(rng.choice(FAMILIES[family]))], amounts[:, None]
    families = rng.choice(list(FAMILIES)[:-1], rng.integers(2, 5), replace=False)
    names = [str(rng.choice(FAMILIES[family])) for family in families]
    return names, amounts[:, None] * rng.uniform(0.25, 0.8, len(names))


def _shares() -> np.ndarray:
    """Of the families: between every distortion alike and every family alike."""
    counts = np.array([len(names) for names in FAMILIES.values()])
    return counts**0.75 / (counts**0.75).sum()


class Maker:
    """Makes contents from the training photographs."""

    def __init__(self, data: Path, teacher: Path | None, seed: int, side: int):
        self.seed, self.side = seed, side
        self.photos = load_split(data, "train")
        count = Counter(photo.category for photo in self.photos)
        # Between every photograph alike and every category alike.
        weights = np.array([count[photo.category] ** -0.5 for photo in self.photos])
        self.probabilities = weights / weights.sum()
        self.teacher = None if teacher is None else load_teacher(teacher)
        self.pixels = cache(lambda i, scale: self.photos[i].scaled(scale, LEAST))

    def content(self, index: int) -> list[np.ndarray]:
        """One row of each of a shard's arrays."""
        rng = np.random.default_rng((self.seed, index))
        crop = self.crop(rng)
        names, amounts = random_recipe(rng)
        generator = rng.integers(2**32)
        images = [crop]
        for strengths in amounts:
            image, state = crop, np.random.default_rng(generator)
            for name, strength in zip(names, strengths):
                image = distort(image, name, strength, state)
            images.append(image)
        pictures = to_tensor(np.stack(images))
        metrics = np.ones((LADDER, len(WEIGHTS)), np.float32)
        metrics[1:] = raw(pictures[1:], pictures[:1].expand(LADDER - 1, -1, -1, -1))
        order = np.full(4, -1, np.int8)
        order[: len(names)] = [NAMES.index(name) for name in names]
        strengths = np.zeros((LADDER, 4), np.float32)
        strengths[1:, : len(names)] = amounts
        statistics = np.array([measure(image) for image in images], np.float32)
        middle, deep = self.view(pictures[:1])
        return [np.stack(images), metrics, order, strengths, statistics, middle, deep]

    def crop(self, rng: np.random.Generator) -> np.ndarray:
        """A clean crop; one of sky alone, in which most distortions cannot be seen, is drawn again."""
        for _ in range(4):
            index = int(rng.choice(len(self.photos), p=self.probabilities))
            image = self.pixels(index, float(rng.choice(SCALES)))
            crop = random_crop(image, self.side, rng)
            if measure(crop).local_contrast > 0.015:
                break
        return crop

    @torch.inference_mode()
    def view(self, pristine: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """1×3×S×S → the teacher's two deeper maps, projected, h×w×96 in float16."""
        if self.teacher is None:
            return tuple(np.zeros((self.side // s, self.side // s, 0), np.float16) for s in (16, 32))
        taps = self.teacher(pristine * 2 - 1)
        return tuple(
            (tap[0].movedim(0, 2) @ projection(tap.shape[1])).numpy().astype(np.float16) for tap in taps[3:]
        )


@cache
def projection(channels: int) -> Tensor:
    """channels×96, fixed, nearly orthonormal columns."""
    generator = torch.Generator().manual_seed(channels)
    return torch.linalg.qr(torch.randn(channels, TEACHER_CHANNELS, generator=generator))[0]


def load_teacher(folder: Path) -> torch.nn.Module:
    """The frozen ImageNet network in `folder`/teacher.py, which reads its weights from beside it."""
    spec = importlib.util.spec_from_file_location("teacher", folder / "teacher.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Teacher().eval()


def to_tensor(images: np.ndarray) -> Tensor:
    """N×H×W×3 uint8 → N×3×H×W in [0,1]."""
    return torch.tensor(images).movedim(3, 1).float() / 255


class Labels(NamedTuple):
    """Of N = contents × LADDER images."""

    target: np.ndarray  # N, the pseudo-MOS
    readings: np.ndarray  # N×20, of the antonym pairs
    kinds: np.ndarray  # N×36, the strengths of what was applied, 0 for the rest


def label(shard: Shard, calibration: Calibration) -> Labels:
    """What the images of a shard are worth and which adjectives fit them."""
    count = len(shard.order)
    target = np.ones((count, LADDER), np.float32)
    pairs = np.empty((count, LADDER, 20), np.float32)
    kinds = np.zeros((count, LADDER, len(NAMES)), np.float32)
    for c in range(count):
        names = [NAMES[i] for i in shard.order[c] if i >= 0]
        statistics = [Statistics(*row) for row in shard.statistics[c].tolist()]
        fused = calibration.fused(shard.metrics[c])
        applied = [dict(zip(names, row.tolist())) for row in shard.strengths[c]]
        expected = np.array([calibration.expected(item) for item in applied])
        target[c, 1:] = calibration.targets(fused[1:], expected[1:])
        for m in range(LADDER):
            severity = calibration.severity(fused[m], applied[m]) if m else {}
            pairs[c, m] = readings(severity, statistics[m], statistics[0])
            for name, strength in applied[m].items():
                kinds[c, m, NAMES.index(name)] = strength
    return Labels(target.reshape(-1), pairs.reshape(-1, 20), kinds.reshape(-1, len(NAMES)))


def shard_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("shard-*"))


def read(path: Path) -> Shard:
    """The arrays of a shard, mapped from disk."""
    return Shard(*(np.load(path / f"{name}.npy", mmap_mode="r") for name in Shard._fields))


def write(path: Path, maker: Maker, first: int) -> None:
    """Whole or not at all."""
    partial = path.with_name("making-" + path.name)
    partial.mkdir(exist_ok=True)
    rows = [maker.content(i) for i in range(first, first + SHARD)]
    for name, column in zip(Shard._fields, zip(*rows)):
        np.save(partial / f"{name}.npy", np.stack(column))
    partial.rename(path)


_maker: Maker


def _start(*args) -> None:
    global _maker
    torch.set_num_threads(1)
    _maker = Maker(*args)


def _make(path: Path, first: int) -> None:
    write(path, _maker, first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--teacher", type=Path, default=DATA.parent / "teacher")
    parser.add_argument("--out", type=Path, default=Path("runs/data"))
    parser.add_argument("--contents", type=int, default=8000)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = {args.out / f"shard-{i:04}": i * SHARD for i in range(-(-args.contents // SHARD))}
    missing = {path: first for path, first in wanted.items() if not path.exists()}
    print(f"{len(wanted) - len(missing)} of {len(wanted)} shards are there already", flush=True)
    settings = (args.data, args.teacher, args.seed, args.side)
    started = time.time()
    with ProcessPoolExecutor(args.workers, initializer=_start, initargs=settings) as pool:
        jobs = [pool.submit(_make, path, first) for path, first in missing.items()]
        for done, job in enumerate(jobs, 1):
            job.result()
            left = (time.time() - started) / done * (len(jobs) - done)
            print(
                f"\r{done}/{len(jobs)} shards of {SHARD} contents, {left / 60:.0f} min left ",
                end="",
                flush=True,
            )
    print()


if __name__ == "__main__":
    main()
