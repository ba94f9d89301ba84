"""Makes ratings by somebody who hates noise and forgives blur, to see whether fine-tuning learns a taste.

    python synthetic_rater.py [--out runs/rater] [--seed 1]

Two tables, `image,mos,reference`, and their pictures: train.csv of 500 train photographs, held-out.csv of 250 ratings
of val photographs, three in ten of each spoilt by blur, three by noise. The rater sees what a distortion costs on
average (calibration.json), takes it by that person's measure, multiplies it over a chain, and errs by a twentieth.
Everything follows from the seed.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from data import DATA, Photo, load_split
from distortions import FAMILIES, distort
from pseudo_mos import Calibration

# What a distortion costs this rater, in what it costs on average; 1 for all others.
BLUR = {name: 0.2 for name in (*FAMILIES["blur"], "camera_shake", "sharpened_blur")}
NOISE = {name: 1.6 for name in FAMILIES["noise"] if name != "denoised_noise"}
TASTE = BLUR | NOISE
# Of the pictures, those with blur, with noise and with anything else.
SHARES = (0.3, 0.3, 0.4)
OTHERS = [name for names in FAMILIES.values() for name in names if name not in TASTE]
# Deviation of an opinion from the rater's own mean.
ERROR = 0.05
LONG_SIDE = 384


def opinion(applied: dict[str, float], calibration: Calibration, rng: np.random.Generator) -> float:
    """In [0,1], of distortions and their strengths."""
    worth = 1.0
    for name, strength in applied.items():
        cost = 1 - calibration.expected({name: strength})
        worth *= max(0.0, 1 - TASTE.get(name, 1.0) * cost)
    return float(np.clip(worth + rng.normal(0, ERROR), 0, 1))


def recipe(rng: np.random.Generator) -> dict[str, float]:
    """Distortion → strength, in the order of their application: a blur, a noise or another, one in four with another
    yet."""
    kinds = (list(BLUR), list(NOISE), OTHERS)
    names = [str(rng.choice(kinds[rng.choice(3, p=SHARES)]))]
    if rng.random() < 0.25:
        names.append(str(rng.choice(OTHERS)))
    return {name: float(rng.uniform(0.1, 1) * (1 if len(names) == 1 else 0.6)) for name in names}


def make(photos: list[Photo], count: int, out: Path, name: str, seed: int) -> None:
    """A table and its pictures; photographs are taken in turn, in an order of the seed's."""
    calibration = Calibration.load()
    order = np.random.default_rng((seed, 0)).permutation(len(photos))
    rows = []
    for i in range(count):
        rng = np.random.default_rng((seed, 1, i))
        photo = photos[order[i % len(photos)]]
        image = pristine = photo.fitted(LONG_SIDE)
        applied = recipe(rng)
        for distortion, strength in applied.items():
            image = distort(image, distortion, strength, rng)
        files = {f"{name}/{i:03}.png": image, f"{name}/originals/{photo.path.stem}.png": pristine}
        for file, pixels in files.items():
            (out / file).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(out / file, compress_level=1)
        distorted, reference = files
        label = " + ".join(applied)
        rows.append([distorted, f"{opinion(applied, calibration, rng):.4f}", reference, label])
    with open(out / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["image", "mos", "reference", "distortion"], *rows])
    print(f"{out / name}.csv: {count} ratings of {len({row[2] for row in rows})} photographs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=Path("runs/rater"))
    parser.add_argument("--ratings", type=int, default=500)
    parser.add_argument("--held-out", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    make(load_split(args.data, "train"), args.ratings, args.out, "train", args.seed)
    make(load_split(args.data, "val"), args.held_out, args.out, "held-out", args.seed + 1)


if __name__ == "__main__":
    main()
