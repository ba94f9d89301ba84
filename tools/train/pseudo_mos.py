"""The target of training: an estimate of quality in [0,1], 1 = pristine, in place of human scores.

Five full-reference metrics and a term for tone and colour are each brought to [0,1] by their own quantiles over
the training set (so that a step means the same for each), and averaged with `WEIGHTS`. A single distortion's
strength also says something, and is free of the metrics' quirks of content: its curve, the mean of that average
at each strength made monotonic (isotonic regression), is the other half. That also makes strengths of different
families comparable: a strength is worth what the metrics say of it on average over the photographs.

    fused  = Σ weight · quantile(metric)
    target = (fused + Π curve(strength)) / 2        the product over what was applied

Within a ladder, from the pristine to the strongest, the order is known: isotonic regression enforces it.
The quantiles and curves are measured by calibrate.py and kept in calibration.json.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import isotonic_regression
from torch import Tensor

from colour import to_oklab
from fr_metrics import METRICS

# By how well each predicts human scores of KADID-10k and TID2013 in the literature, and by what the others miss.
WEIGHTS = {"haarpsi": 0.3, "mdsi": 0.25, "vsi": 0.2, "ms_ssim": 0.1, "vif": 0.05, "tone": 0.1}
CALIBRATION = Path(__file__).with_name("calibration.json")


def tone(distorted: Tensor, reference: Tensor) -> Tensor:
    """Both N×3×H×W in [0,1] → N in (0,1]: exp(−ΔE/0.4), ΔE the mean distance in OKLab of 8×8 block means,
    which sees shifts over whole regions that metrics of structure hardly see."""
    a, b = (to_oklab(F.avg_pool2d(image, 8).movedim(1, 3).numpy()) for image in (distorted, reference))
    return torch.from_numpy(np.exp(-np.linalg.norm(a - b, axis=3).mean((1, 2)) / 0.4))


def raw(distorted: Tensor, reference: Tensor) -> Tensor:
    """Both N×3×H×W in [0,1] → N×6, the metrics in the order of `WEIGHTS`, each 1 for equals."""
    measures = METRICS | {"tone": tone}
    return torch.stack([measures[name](distorted, reference) for name in WEIGHTS], 1)


class Calibration(NamedTuple):
    """`quantiles`: metric → its values at evenly spaced quantiles, ascending, the last its value for equals.
    `strengths`: knots; `curves`: distortion → its mean fused quality there, 1 at strength 0."""

    quantiles: dict[str, list[float]]
    strengths: list[float]
    curves: dict[str, list[float]]

    @classmethod
    def load(cls, path: Path = CALIBRATION) -> Calibration:
        return cls(**json.loads(path.read_text()))

    def fused(self, metrics: np.ndarray) -> np.ndarray:
        """N×6 of `raw` → N in [0,1]."""
        total = np.zeros(len(metrics))
        for (name, weight), values in zip(WEIGHTS.items(), metrics.T):
            knots = self.quantiles[name]
            total += weight * np.interp(values, knots, np.linspace(0, 1, len(knots)))
        return total

    def expected(self, applied: dict[str, float]) -> float:
        """Distortion → strength, in [0,1]: the product of their curves."""
        return float(
            np.prod([np.interp(s, self.strengths, self.curves[name]) for name, s in applied.items()])
        )

    def targets(self, fused: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Of a ladder's members, by rising strength, without its pristine: [n] and [n] → [n]."""
        return falling((fused + expected) / 2)

    def severity(self, fused: float, applied: dict[str, float]) -> dict[str, float]:
        """How much of each distortion there is to be seen, in [0,1]: half its strength, half the loss of
        quality against what the distortion costs at full strength."""
        visible = {name: (1 - fused) / (1 - self.curves[name][-1]) for name in applied}
        return {name: (s + min(1.0, visible[name])) / 2 for name, s in applied.items()}


def falling(values: Sequence[float]) -> np.ndarray:
    """The nearest non-increasing sequence, by least squares."""
    return isotonic_regression(values, increasing=False).x
