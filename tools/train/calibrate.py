"""Measures calibration.json on a training set: the metrics' quantiles, and each distortion's curve.

    python calibrate.py --set runs/data

Both by single distortions only, every distortion counting alike. It prints the curves.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from dataset import LADDER, NAMES, read, shard_paths
from pseudo_mos import CALIBRATION, WEIGHTS, Calibration, falling

QUANTILES = 101
STRENGTHS = np.linspace(0, 1, 11)


def weighted_quantiles(values: np.ndarray, weights: np.ndarray) -> list[float]:
    """Of values N with weights N: QUANTILES of them, rising, the last 1, the metrics' value for equals."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    knots = np.interp(np.linspace(0, 1, QUANTILES), share, values[order])
    knots[-1] = 1
    return np.minimum(knots, 1).tolist()


def curve(strengths: np.ndarray, fused: np.ndarray) -> list[float]:
    """Mean fused quality at STRENGTHS, smoothed over neighbours, made monotonic; 1 at strength 0."""
    weights = np.exp(-0.5 * ((STRENGTHS[1:, None] - strengths) / 0.06) ** 2)
    means = (weights * fused).sum(1) / weights.sum(1)
    return [1.0, *falling(np.minimum(means, 1)).tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", type=Path, default=Path("runs/data"))
    args = parser.parse_args()
    kinds, strengths, metrics = [], [], []
    for path in shard_paths(args.set):
        shard = read(path)
        single = shard.order[:, 1] < 0
        kinds.append(np.repeat(shard.order[single, 0], LADDER - 1))
        strengths.append(shard.strengths[single, 1:, 0].ravel())
        metrics.append(shard.metrics[single, 1:].reshape(-1, len(WEIGHTS)))
    kinds, strengths, metrics = map(np.concatenate, (kinds, strengths, metrics))
    weights = 1 / np.bincount(kinds, minlength=len(NAMES))[kinds]
    quantiles = {name: weighted_quantiles(metrics[:, i], weights) for i, name in enumerate(WEIGHTS)}
    fused = Calibration(quantiles, [], {}).fused(metrics)
    curves = {name: curve(strengths[kinds == i], fused[kinds == i]) for i, name in enumerate(NAMES)}
    rounded = json.loads(
        json.dumps(Calibration(quantiles, STRENGTHS.tolist(), curves)._asdict()),
        parse_float=lambda text: round(float(text), 6),
    )
    CALIBRATION.write_text(json.dumps(rounded) + "\n")
    print(f"{len(kinds)} pictures; mean fused quality at strength 0.2, 0.4 … 1")
    for name, values in curves.items():
        print(f"{name:22}" + " ".join(f"{v:.2f}" for v in values[2::2]))


if __name__ == "__main__":
    main()
