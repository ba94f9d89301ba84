"""The photographs: where they are, which split they belong to, and clean crops of them at every zoom."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

# A folder with `photos.csv` (columns `file`, `split`, `category` and more), the photographs that it lists, and
# `kodak/`; beside the repository, unless a command is told otherwise.
DATA = Path(__file__).parents[3] / "shared" / "data"
# Zooms at which a photograph is learnt from, as shares of its size; the least as small as
# people look at a picture in a page.
SCALES = (1.0, 0.75, 0.56, 0.45, 0.34)


class Photo(NamedTuple):
    """One photograph, not yet decoded."""

    path: Path
    category: str

    def scaled(self, scale: float, least: int = 0) -> np.ndarray:
        """H×W×3 uint8, reduced by the scale, but not to a shorter side below `least` pixels."""
        with Image.open(self.path) as file:
            image = file.convert("RGB")
        scale = min(1.0, max(scale, least / min(image.size)))
        if scale < 1:
            size = round(image.width * scale), round(image.height * scale)
            image = image.resize(size, Image.Resampling.LANCZOS)
        return np.asarray(image)

    def fitted(self, long_side: int) -> np.ndarray:
        """H×W×3 uint8, reduced to a long side of at most so many pixels."""
        with Image.open(self.path) as file:
            size = max(file.size)
        return self.scaled(long_side / size)


def load_split(data: Path, split: str) -> list[Photo]:
    """`train` and `val` of photos.csv, or `kodak`: the test set, which nothing may be trained on or chosen by."""
    if split == "kodak":
        return [Photo(path, "kodak") for path in sorted((data / "kodak").glob("*.png"))]
    with open(data / "photos.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [Photo(data / row["file"], row["category"]) for row in rows]


def random_crop(image: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """side×side×3 from an H×W×3 image at least as large, flipped or not."""
    y, x = (rng.integers(size - side + 1) for size in image.shape[:2])
    crop = image[y : y + side, x : x + side]
    return np.ascontiguousarray(crop[:, ::-1] if rng.random() < 0.5 else crop)
