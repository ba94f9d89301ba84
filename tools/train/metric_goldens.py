"""Writes test/goldens/metrics.json: correlations, errors and logistic fits of seeded lists, by SciPy.

python metric_goldens.py
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy
from scipy.optimize import least_squares
from scipy.stats import kendalltau, pearsonr, spearmanr

OUT = Path(__file__).parents[2] / "test" / "goldens" / "metrics.json"


def four(x: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (b[0] - b[1]) / (1 + np.exp(-(x - b[2]) / abs(b[3]))) + b[1]


def five(x: np.ndarray, b: np.ndarray) -> np.ndarray:
    return b[0] * (0.5 - 1 / (1 + np.exp(b[1] * (x - b[2])))) + b[3] * x + b[4]


def fit(curve: Callable, x: np.ndarray, y: np.ndarray, starts: list[list[float]]) -> np.ndarray:
    """The curve's values at the least squares that any start leads to."""
    z = (x - x.mean()) / x.std()
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 20000, "method": "lm"}
    found = [least_squares(lambda b: curve(z, b) - y, start, **tight) for start in starts]
    return curve(z, min(found, key=lambda result: result.cost).x)


def measured(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    sign = 1 if np.corrcoef(x, y)[0, 1] >= 0 else -1
    ends = (y.max(), y.min())[::sign]
    widths = (0.2, 0.5, 1.0, 2.5)
    fitted = {
        4: fit(four, x, y, [[*ends, shift, width] for width in widths for shift in (-0.5, 0, 0.5)]),
        5: fit(
            five,
            x,
            y,
            [[np.ptp(y), sign / width, shift, 0, y.mean()] for width in widths for shift in (-0.5, 0, 0.5)],
        ),
    }
    rmse = {f"rmse{n}": float(np.sqrt(np.mean((p - y) ** 2))) for n, p in fitted.items()}
    return {
        "srcc": float(spearmanr(x, y).statistic),
        "krcc": float(kendalltau(x, y).statistic),
        "plcc": float(pearsonr(x, y).statistic),
        "rmse": float(np.sqrt(np.mean((x - y) ** 2))),
        **{f"plcc{n}": float(pearsonr(p, y).statistic) for n, p in fitted.items()},
        **rmse,
    }


def cases() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(7)
    quality = rng.uniform(0, 1, 400)
    noisy = np.clip(quality + rng.normal(0, 0.08, 400), 0, 1)
    curved = 1 / (1 + np.exp(-7 * (quality - 0.45))) + rng.normal(0, 0.05, 400)
    few = rng.normal(size=24)
    return {
        "nearly linear": (noisy, quality),
        "curved": (quality, curved),
        "falling, in another unit": (60 - 55 * quality + rng.normal(0, 4, 400), curved),
        "steep": (quality, np.tanh(20 * (quality - 0.6)) + rng.normal(0, 0.1, 400)),
        "ties in both": (np.round(noisy * 12), np.round(curved * 9) / 9),
        "few and weak": (few, 0.6 * few + rng.normal(size=24)),
        "a logistic with a slope": (
            quality * 100,
            3 / (1 + np.exp(-12 * (quality - 0.3))) + 1.5 * quality + rng.normal(0, 0.1, 400),
        ),
        "small steps far from zero": (1e4 + 0.01 * quality, curved),
    }


def main() -> None:
    # Rounded, so that both languages read the very same numbers.
    lists = {name: [np.round(v, 6) for v in pair] for name, pair in cases().items()}
    written = {
        name: {"scores": x.tolist(), "opinions": y.tolist(), "measures": measured(x, y)}
        for name, (x, y) in lists.items()
    }
    OUT.write_text(json.dumps({"scipy": scipy.__version__, "cases": written}) + "\n")
    print(f"{len(written)} cases, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
