"""Synthetic distortions of continuous strength, and what each does to the adjectives.

Every function takes an H×W×3 float32 sRGB image in [0,1], a strength in [0,1] (0 leaves the image nearly
as it was, 1 is heavy; five steps of 0.2 look like the five levels of the rated databases) and a generator for
its randomness, and returns an image of the same shape; `distort` clips it. To add one, write the function and
its row in `DISTORTIONS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.fft import next_fast_len

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def gaussian_blur(image, strength, rng):
    return ndimage.gaussian_filter(image, (6 * strength**1.5,) * 2 + (0,), mode="reflect", truncate=3)


def lens_blur(image, strength, rng):
    """A disc, as of a lens out of focus; its edge is one pixel soft."""
    radius = 10 * strength**1.5
    n = int(np.ceil(radius))
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    return _convolve(image, np.clip(radius + 0.5 - np.hypot(x, y), 0, 1))


def motion_blur(image, strength, rng):
    """A line of random direction."""
    length, angle = 1 + 24 * strength**1.5, rng.uniform(0, np.pi)
    n = int(np.ceil(length / 2))
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return _convolve(image, np.clip(length / 2 + 0.5 - abs(along), 0, 1) * np.clip(1 - abs(across), 0, 1))


def downscale(image, strength, rng):
    """To a smaller picture and back, bicubic."""
    return _resampled(image, 1 + 7 * strength, Image.Resampling.BICUBIC)


def white_noise(image, strength, rng):
    return image + rng.normal(0, 0.25 * strength**1.3, image.shape).astype(np.float32)


def colour_noise(image, strength, rng):
    """Noise in the two chroma channels alone."""
    cb, cr = rng.normal(0, 0.3 * strength**1.3, (2, *image.shape[:2])).astype(np.float32)
    return image + np.stack([1.402 * cr, -0.344 * cb - 0.714 * cr, 1.772 * cb], 2)


def impulse_noise(image, strength, rng):
    """Salt and pepper, channel by channel."""
    hit = rng.random(image.shape) < 0.25 * strength**1.5
    return np.where(hit, rng.integers(0, 2, image.shape), image).astype(np.float32)


def multiplicative_noise(image, strength, rng):
    return image * (1 + rng.normal(0, 0.6 * strength**1.3, image.shape).astype(np.float32))


def jpeg(image, strength, rng):
    return _coded(image, format="JPEG", quality=round(3 + 82 * (1 - strength) ** 1.6))


def jpeg2000(image, strength, rng):
    rate = 12 * 16**strength
    return _coded(image, format="JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True)


def webp(image, strength, rng):
    return _coded(image, format="WEBP", quality=round(80 * (1 - strength) ** 1.5), method=2)


def darken(image, strength, rng):
    return image * (1 - 0.85 * strength)


def brighten(image, strength, rng):
    """Lifts the tones without clipping."""
    return 1 - (1 - image) ** (1 + 2.5 * strength)


def overexpose(image, strength, rng):
    """Gain, with the highlights clipped."""
    return image * (1 + 1.5 * strength)


def desaturate(image, strength, rng):
    grey = (image @ LUMA)[..., None]
    return grey + (image - grey) * (1 - strength)


def oversaturate(image, strength, rng):
    grey = (image @ LUMA)[..., None]
    return grey + (image - grey) * (1 + 3 * strength)


def lower_contrast(image, strength, rng):
    mean = image.mean()
    return mean + (image - mean) * (1 - 0.85 * strength)


def raise_contrast(image, strength, rng):
    """A tone curve that is steep at the mean."""
    slope, mean = 0.01 + 6 * strength, np.clip(image.mean(), 0.2, 0.8)
    low, high, y = (np.tanh(slope * (v - mean)) for v in (0.0, 1.0, image))
    return (y - low) / (high - low)


def quantise(image, strength, rng):
    """Few values per channel: banding."""
    steps = 2 ** (7 - 5.5 * strength) - 1
    return np.round(image * steps) / steps


def pixelate(image, strength, rng):
    """Flat squares."""
    return _resampled(image, 1 + 9 * strength, Image.Resampling.NEAREST)


def oversharpen(image, strength, rng):
    """Unsharp masking far beyond good: halos."""
    return image + 7 * strength * (image - ndimage.gaussian_filter(image, (1.5, 1.5, 0), truncate=3))


# Readings p of the antonym pairs, by positive word, for a pristine photograph: near the good pole, but with
# room where a distortion can push beyond it (any photograph can be made brighter or more colourful).
PRISTINE = {"bright": 0.7, "luminous": 0.7, "colorful": 0.8, "vivid": 0.8, "saturated": 0.8}
PRISTINE |= {"contrasted": 0.8, "rich": 0.8, "punchy": 0.8}
PRISTINE_DEFAULT = 0.9

_SHARPNESS = ("clear", "sharp", "crisp", "detailed")
_NOISE = ("clean", "smooth", "pure")
_ARTIFACTS = ("intact", "seamless", "stable")
_COLOUR = ("colorful", "vivid", "saturated")
_CONTRAST = ("contrasted", "rich", "punchy")


def _all(words, value):
    return dict.fromkeys(words, value)


@dataclass(frozen=True)
class Distortion:
    function: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    family: str
    # Positive word → its pair's reading at full strength; words not named keep the pristine reading.
    words: dict[str, float] = field(default_factory=dict)


_BLUR = _all(_SHARPNESS, 0.05)
_GRAIN = _all(_NOISE, 0.05)
_CODING = _all(_ARTIFACTS, 0.05) | _all(_SHARPNESS, 0.6)

DISTORTIONS = {
    "gaussian_blur": Distortion(gaussian_blur, "blur", _BLUR),
    "lens_blur": Distortion(lens_blur, "blur", _BLUR),
    "motion_blur": Distortion(motion_blur, "blur", _BLUR | {"stable": 0.2}),
    "downscale": Distortion(downscale, "blur", _BLUR),
    "white_noise": Distortion(white_noise, "noise", _GRAIN),
    "colour_noise": Distortion(colour_noise, "noise", _GRAIN),
    "impulse_noise": Distortion(impulse_noise, "noise", _GRAIN),
    "multiplicative_noise": Distortion(multiplicative_noise, "noise", _GRAIN),
    "jpeg": Distortion(jpeg, "compression", _CODING),
    "jpeg2000": Distortion(jpeg2000, "compression", _all(_ARTIFACTS, 0.15) | _all(_SHARPNESS, 0.3)),
    "webp": Distortion(webp, "compression", _CODING),
    "darken": Distortion(darken, "brightness", {"bright": 0.05, "luminous": 0.05}),
    "brighten": Distortion(brighten, "brightness", {"bright": 0.95, "luminous": 0.95, "balanced": 0.2}),
    "overexpose": Distortion(overexpose, "brightness", {"bright": 0.97, "luminous": 0.97, "balanced": 0.05}),
    "desaturate": Distortion(desaturate, "colour", _all(_COLOUR, 0.05) | {"natural": 0.6}),
    "oversaturate": Distortion(oversaturate, "colour", _all(_COLOUR, 0.97) | {"natural": 0.05}),
    "lower_contrast": Distortion(lower_contrast, "contrast", _all(_CONTRAST, 0.05)),
    "raise_contrast": Distortion(raise_contrast, "contrast", _all(_CONTRAST, 0.97) | {"natural": 0.4}),
    "quantise": Distortion(quantise, "spatial", _all(_ARTIFACTS, 0.1) | {"natural": 0.5}),
    "pixelate": Distortion(pixelate, "spatial", _all(_ARTIFACTS, 0.05) | _all(_SHARPNESS, 0.3)),
    "oversharpen": Distortion(oversharpen, "spatial", {"intact": 0.2, "natural": 0.3, "smooth": 0.4}),
}
FAMILIES = {
    family: [n for n, d in DISTORTIONS.items() if d.family == family]
    for family in dict.fromkeys(d.family for d in DISTORTIONS.values())
}


def distort(image: np.ndarray, name: str, strength: float, rng: np.random.Generator) -> np.ndarray:
    """H×W×3 uint8 → uint8, distorted."""
    result = DISTORTIONS[name].function(image.astype(np.float32) / 255, strength, rng)
    return to_uint8(result)


def to_uint8(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Every channel with a centred kernel, mirrored at the edges, through the Fourier transform."""
    n = kernel.shape[0] // 2
    kernel = (kernel / kernel.sum()).astype(np.float32)
    padded = np.pad(image, ((n, n), (n, n), (0, 0)), mode="symmetric")
    shape = [next_fast_len(size, real=True) for size in padded.shape[:2]]
    spectrum = np.fft.rfft2(padded, shape, axes=(0, 1)) * np.fft.rfft2(kernel, shape)[..., None]
    height, width = image.shape[:2]
    return np.fft.irfft2(spectrum, shape, axes=(0, 1))[2 * n : 2 * n + height, 2 * n : 2 * n + width]


def _resampled(image: np.ndarray, factor: float, up: Image.Resampling) -> np.ndarray:
    """Shrunk by the factor and brought back to its size."""
    height, width = image.shape[:2]
    small = max(1, round(width / factor)), max(1, round(height / factor))
    down = Image.Resampling.BOX if up == Image.Resampling.NEAREST else up
    picture = Image.fromarray(to_uint8(image)).resize(small, down).resize((width, height), up)
    return np.asarray(picture, np.float32) / 255


def _coded(image: np.ndarray, **options) -> np.ndarray:
    """Through a codec and back."""
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(image)).save(buffer, **options)
    buffer.seek(0)
    return np.asarray(Image.open(buffer).convert("RGB"), np.float32) / 255
