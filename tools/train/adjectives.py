"""What the adjectives should say of a picture: the 20 antonym pairs' readings p in [0,1], 1 the positive word.

Two sources. What cannot be measured without knowing what was done (sharpness, noise, artifacts) follows the
distortions' own `words`, by their severity. What can (lightness, exposure, chroma, contrast) is measured in the
picture, on 8×8 block means so that noise and texture do not count: half as much by its absolute value, against
what photographs usually have, as by its change from the pristine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from colour import to_oklab
from config import PAIRS
from distortions import DISTORTIONS

POSITIVE = [positive for _, positive, _ in PAIRS]
# Readings of a pristine photograph of middling statistics: good, with room where a distortion can push beyond.
PRISTINE = dict.fromkeys(POSITIVE, 0.9)
PRISTINE |= dict.fromkeys(
    ("bright", "luminous", "colorful", "vivid", "saturated", "contrasted", "rich", "punchy"), 0.75
)
BLOCK = 8


class Statistics(NamedTuple):
    """Measured in OKLab on 8×8 block means."""

    lightness: float  # mean L
    highlights: float  # 90th percentile of L
    contrast: float  # standard deviation of L
    local_contrast: float  # mean deviation of L from its surroundings of 5×5 blocks
    chroma: float  # mean of √(a² + b²)
    a: float
    b: float
    clipped: float  # share of pixels with a channel at 0.99 or more and none below 0.85


# Medians over the pristine training crops.
TYPICAL = Statistics(0.54, 0.76, 0.145, 0.046, 0.05, 0.0, 0.01, 0.0)


def measure(image: np.ndarray) -> Statistics:
    """H×W×3 uint8, at least 48 pixels a side."""
    height, width = (n // BLOCK * BLOCK for n in image.shape[:2])
    pixels = image[:height, :width].astype(np.float32) / 255
    blocks = pixels.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK, 3).mean((1, 3))
    lightness, a, b = np.moveaxis(to_oklab(blocks), 2, 0)
    around = np.lib.stride_tricks.sliding_window_view(lightness, (5, 5))
    local = np.abs(around[..., 2, 2] - around.mean((2, 3)))
    clipped = (image.max(2) >= 252) & (image.min(2) >= 217)
    return Statistics(
        float(lightness.mean()),
        float(np.percentile(lightness, 90)),
        float(lightness.std()),
        float(local.mean()),
        float(np.hypot(a, b).mean()),
        float(a.mean()),
        float(b.mean()),
        float(clipped.mean()),
    )


def readings(applied: dict[str, float], picture: Statistics, pristine: Statistics) -> np.ndarray:
    """The 20 pairs' p of a picture. `applied`: distortion → severity in [0,1], in the order of application."""
    p = dict(PRISTINE)
    for word, logit in _measured(picture, pristine).items():
        p[word] = _sigmoid(_logit(p[word]) + logit)
    for name, severity in applied.items():
        for word, pole in DISTORTIONS[name].words.items():
            p[word] += severity * (pole - p[word])
    return np.array([p[word] for word in POSITIVE], np.float32)


def _measured(picture: Statistics, pristine: Statistics) -> dict[str, float]:
    """Positive word → what the picture's statistics add to its pair's logit."""

    def by_value(name: str, spread: float) -> float:
        value, before, typical = (getattr(s, name) for s in (picture, pristine, TYPICAL))
        return (value - typical) / spread + 2 * (value - before) / spread

    def by_ratio(name: str, floor: float) -> float:
        value, before, typical = (np.log(getattr(s, name) + floor) for s in (picture, pristine, TYPICAL))
        return 0.5 * (value - typical) + 2 * (value - before)

    contrast, local = by_ratio("contrast", 0.01), by_ratio("local_contrast", 0.01)
    chroma = by_ratio("chroma", 0.01)
    shift = picture.lightness - pristine.lightness
    cast = np.hypot(picture.a - pristine.a, picture.b - pristine.b)
    wash = max(0.0, picture.clipped - pristine.clipped) + 0.3 * pristine.clipped
    return {
        "bright": by_value("lightness", 0.2),
        "luminous": by_value("highlights", 0.2),
        # Its antonym is overexposed: too bright counts more than too dark, so that either lowers the dimension.
        "balanced": -12 * min(wash, 0.4) - (22 if shift > 0 else 6) * abs(shift),
        "colorful": chroma,
        "vivid": 0.8 * chroma + 0.2 * contrast,
        "saturated": chroma,
        "natural": -40 * min(float(cast), 0.1),
        "contrasted": contrast,
        "rich": 0.7 * contrast + 0.3 * chroma,
        "punchy": 0.5 * contrast + 0.5 * local,
    }


def _sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def _logit(p: float) -> float:
    return np.log(p / (1 - p))
