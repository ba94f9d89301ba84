"""sRGB to OKLab and back, in NumPy. Images are H×W×3 float32.

OKLab: Ottosson, "A perceptual color space for image processing", 2020.
"""

from __future__ import annotations

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_LMS_INVERSE = np.linalg.inv(_LMS.astype(np.float64)).astype(np.float32)
_LAB_INVERSE = np.linalg.inv(_LAB.astype(np.float64)).astype(np.float32)


def to_oklab(image: np.ndarray) -> np.ndarray:
    """sRGB in [0,1] → L in [0,1], a and b within about ±0.4."""
    image = np.clip(image, 0, 1)
    linear = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _LMS.T) @ _LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """OKLab → sRGB, clipped to [0,1]."""
    linear = np.clip((lab @ _LAB_INVERSE.T) ** 3 @ _LMS_INVERSE.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
