"""Synthetic distortions of continuous strength: KADID-10k's 25 types, and real-world chains of several.

Every function takes an H×W×3 float32 sRGB image in [0,1], a strength in [0,1] (0 leaves the image nearly as it
was; five steps of 0.2 resemble KADID-10k's five levels, 1 mostly goes beyond its last) and a generator for its
randomness, and returns an image of the same shape; `distort` clips it. With one state of the generator, more
strength is more of the same: the same grain, the same direction, the same places. To add one, write the function
and its row in `DISTORTIONS`, then run `calibrate.py`.

KADID-10k: Lin, Hosu, Saupe, "KADID-10k: A large-scale artificially distorted IQA database", QoMEX 2019.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.fft import irfft2, next_fast_len, rfft2

from colour import LUMA, from_oklab, to_oklab

# --- blurs


def gaussian_blur(image, strength, rng):
    return _gaussian(image, 0.2 * strength + 5.5 * strength**1.6)


def lens_blur(image, strength, rng):
    """A disc, as of a lens out of focus; its edge is one pixel soft."""
    radius = 0.4 * strength + 9 * strength**1.5
    n = int(np.ceil(radius))
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    return _convolve(image, np.clip(radius + 0.5 - np.hypot(x, y), 0, 1))


def motion_blur(image, strength, rng):
    """A line of random direction."""
    length, angle = 1 + 22 * strength**1.4, rng.uniform(0, np.pi)
    n = int(np.ceil(length / 2))
    y, x = np.mgrid[-n : n + 1, -n : n + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return _convolve(image, np.clip(length / 2 + 0.5 - abs(along), 0, 1) * np.clip(1 - abs(across), 0, 1))


# --- colour


def colour_diffusion(image, strength, rng):
    """The chroma bleeds: a wide blur of the two colour planes, lightness as it was."""
    lab = to_oklab(image)
    lab[..., 1:] = _gaussian(lab[..., 1:], 30 * strength**1.3)
    return from_oklab(lab)


def colour_shift(image, strength, rng):
    """The green plane is displaced, most where there are edges."""
    angle, distance = rng.uniform(0, 2 * np.pi), 10 * strength**1.7
    green = image[..., 1]
    moved = ndimage.shift(
        green, (distance * np.sin(angle), distance * np.cos(angle)), order=1, mode="nearest"
    )
    edges = ndimage.gaussian_gradient_magnitude(green, 2)
    mask = np.clip(_gaussian(edges, 4) / 0.02, 0, 1)
    out = image.copy()
    out[..., 1] = green + mask * (moved - green)
    return out


def colour_quantisation(image, strength, rng):
    """A palette of the picture's own, 128 colours down to 4, no dither."""
    count = round(2 ** (7 - 5 * strength))
    picture = Image.fromarray(to_uint8(image)).quantize(
        count, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    return np.asarray(picture.convert("RGB"), np.float32) / 255


def desaturation(image, strength, rng):
    grey = (image @ LUMA)[..., None]
    return grey + (image - grey) * (1 - strength)


def oversaturation(image, strength, rng):
    """Chroma multiplied in OKLab."""
    lab = to_oklab(image)
    lab[..., 1:] *= 1 + 3.5 * strength**1.3
    return from_oklab(lab)


# --- compression


def jpeg2000(image, strength, rng):
    rate = 10 * 20**strength
    return _coded(image, format="JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True)


def jpeg(image, strength, rng):
    return _coded(image, format="JPEG", quality=round(3 + 72 * (1 - strength) ** 1.6))


# --- noise


def white_noise(image, strength, rng):
    return image + rng.normal(0, 0.22 * strength**1.3, image.shape).astype(np.float32)


def colour_noise(image, strength, rng):
    """Noise in the two chroma channels alone."""
    cb, cr = rng.normal(0, 0.26 * strength**1.3, (2, *image.shape[:2])).astype(np.float32)
    return image + np.stack([1.402 * cr, -0.344 * cb - 0.714 * cr, 1.772 * cb], 2)


def impulse_noise(image, strength, rng):
    """Salt and pepper, channel by channel."""
    hit = rng.random(image.shape) < 0.2 * strength**1.7
    return np.where(hit, rng.integers(0, 2, image.shape), image).astype(np.float32)


def multiplicative_noise(image, strength, rng):
    return image * (1 + rng.normal(0, 0.5 * strength**1.3, image.shape).astype(np.float32))


def denoised_noise(image, strength, rng):
    """White noise, and what a local Wiener filter leaves of it and of the picture."""
    sigma = 0.2 * strength**1.1
    noisy = np.clip(image + rng.normal(0, sigma, image.shape).astype(np.float32), 0, 1)
    mean = ndimage.uniform_filter(noisy, (5, 5, 1))
    variance = ndimage.uniform_filter(noisy**2, (5, 5, 1)) - mean**2
    return mean + (noisy - mean) * np.clip(1 - 1.1 * sigma**2 / np.maximum(variance, 1e-6), 0, 1)


# --- brightness


def brighten(image, strength, rng):
    """A curve that lifts the tones without clipping."""
    return 1 - (1 - image) ** (1 + 2.6 * strength)


def darken(image, strength, rng):
    """A curve that lowers the tones without clipping."""
    return image ** (1 + 1.8 * strength)


def mean_shift(image, strength, rng):
    """A constant added or taken away, clipped."""
    return image + rng.choice([-1, 1]) * 0.38 * strength


# --- spatial


def jitter(image, strength, rng):
    """Every pixel is taken from a place nearby."""
    height, width = image.shape[:2]
    offsets = rng.normal(0, 1, (2, height, width)) * 3 * strength**1.2
    at = np.mgrid[:height, :width] + offsets
    return np.stack(
        [ndimage.map_coordinates(image[..., c], at, order=1, mode="nearest") for c in range(3)], 2
    )


def patches(image, strength, rng):
    """Small squares, each overwritten by one from nearby (KADID's non-eccentricity patch)."""
    height, width = image.shape[:2]
    side = 14
    out = image.copy()
    for _ in range(round(strength * height * width / 900)):
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        dy, dx = rng.integers(-side, side + 1, 2)
        fy, fx = np.clip(y + dy, 0, height - side), np.clip(x + dx, 0, width - side)
        out[y : y + side, x : x + side] = image[fy : fy + side, fx : fx + side]
    return out


def pixelate(image, strength, rng):
    """Flat squares."""
    return _resampled(image, 1 + 7 * strength**1.6, Image.Resampling.NEAREST)


def quantisation(image, strength, rng):
    """Few values per channel."""
    steps = 2 ** (5 - 3.6 * strength) - 1
    return np.round(image * steps) / steps


def colour_blocks(image, strength, rng):
    """Flat squares of random colours, as of blocks lost in transmission."""
    height, width = image.shape[:2]
    side = 24
    out = image.copy()
    for _ in range(max(1, round(strength * height * width / 5500))):
        y, x = rng.integers(max(1, height - side + 1)), rng.integers(max(1, width - side + 1))
        out[y : y + side, x : x + side] = rng.random(3)
    return out


# --- sharpness and contrast


def oversharpen(image, strength, rng):
    """Unsharp masking far beyond good: halos."""
    return image + 6 * strength**1.2 * (image - _gaussian(image, 1.5))


def contrast_change(image, strength, rng):
    """Lightness flatter, or steeper along a curve with its middle at the mean; colours as they were."""
    lab = to_oklab(image)
    lightness = lab[..., 0]
    mean = float(np.clip(lightness.mean(), 0.25, 0.8))
    if rng.random() < 0.5:
        lab[..., 0] = mean + (lightness - mean) * (1 - 0.85 * strength)
    else:
        slope = 0.01 + 6 * strength
        low, high, y = (np.tanh(slope * (v - mean)) for v in (0.0, 1.0, lightness))
        lab[..., 0] = (y - low) / (high - low)
    return from_oklab(lab)


# --- real-world chains


def thumbnail_upload(image, strength, rng):
    """Downscaled, noisy, JPEG: a small picture passed on and blown up again."""
    small = _resampled(image, 1 + 3 * strength, Image.Resampling.BICUBIC)
    return jpeg(to_float(to_uint8(white_noise(small, 0.35 * strength, rng))), 0.75 * strength, rng)


def sharpened_blur(image, strength, rng):
    """Out of focus, and then oversharpened to hide it."""
    return oversharpen(lens_blur(image, 0.6 * strength, rng), 0.8 * strength, rng)


def double_jpeg(image, strength, rng):
    """JPEG twice with the grid displaced."""
    first = jpeg(image, 0.8 * strength, rng)
    return np.roll(jpeg(np.roll(first, (3, 5), (0, 1)), 0.9 * strength, rng), (-3, -5), (0, 1))


def webp(image, strength, rng):
    return _coded(image, format="WEBP", quality=round(75 * (1 - strength) ** 1.5), method=2)


def avif(image, strength, rng):
    return _coded(image, format="AVIF", quality=round(60 * (1 - strength) ** 1.5), speed=10, max_threads=1)


def banding(image, strength, rng):
    """Smooth regions fall into steps: quantised lightness of a slightly smoothed picture, detail kept."""
    smooth = _gaussian(image, 2)
    steps = 2 ** (5.5 - 3 * strength)
    return np.round(smooth * steps) / steps + (1 - 0.5 * strength) * (image - smooth)


def haze(image, strength, rng):
    """Airlight that thickens towards the top of the picture."""
    depth = np.linspace(1.3, 0.7, image.shape[0], dtype=np.float32)[:, None, None]
    transmission = np.exp(-1.5 * strength * depth)
    return image * transmission + np.float32([0.82, 0.84, 0.87]) * (1 - transmission)


def overexposure(image, strength, rng):
    """Gain in linear light, with the highlights clipped."""
    return _exposed(image, 2.6 * strength)


def underexposure(image, strength, rng):
    """Too little light, and the sensor's noise with it."""
    return _exposed(image, -4 * strength) + rng.normal(0, 0.02 * strength, image.shape).astype(np.float32)


def camera_shake(image, strength, rng):
    """A hand-held exposure: blur along a random walk."""
    steps = np.cumsum(np.cumsum(rng.normal(0, 1, (2, 48)), 1), 1)
    steps -= steps.mean(1, keepdims=True)
    steps *= (0.4 * strength + 9 * strength**1.4) / np.abs(steps).max()
    n = int(np.ceil(np.abs(steps).max())) + 1
    kernel = np.zeros((2 * n + 1, 2 * n + 1))
    for weights, (y, x) in _bilinear(steps + n):
        np.add.at(kernel, (y, x), weights)
    return _convolve(image, kernel)


def chroma_subsampling(image, strength, rng):
    """Chroma kept at 1/2 to 1/24 of the size, by nearest neighbour, as of crude video."""
    factor = 1 + 23 * strength
    height, width = image.shape[:2]
    grey = (image @ LUMA)[..., None]
    rows, columns = (
        np.minimum((np.floor(np.arange(n) / factor) * factor).astype(int), n - 1) for n in (height, width)
    )
    return grey + (image - grey)[rows][:, columns]


# Where a distortion at full strength takes the antonym pairs that are read from what was done (adjectives.py
# measures the others in the picture): positive word → the pair's reading p; words not named stay.
_BLUR = {"clear": 0.05, "sharp": 0.05, "crisp": 0.05, "detailed": 0.1}
_SOFTENED = {"clear": 0.4, "sharp": 0.3, "crisp": 0.3, "detailed": 0.25}
_GRAIN = {"clean": 0.03, "smooth": 0.05, "pure": 0.1}
_CODING = {"intact": 0.2, "seamless": 0.05, **_SOFTENED}


@dataclass(frozen=True)
class Distortion:
    function: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    family: str
    words: dict[str, float] = field(default_factory=dict)


DISTORTIONS = {
    "gaussian_blur": Distortion(gaussian_blur, "blur", _BLUR),
    "lens_blur": Distortion(lens_blur, "blur", _BLUR),
    "motion_blur": Distortion(motion_blur, "blur", _BLUR | {"stable": 0.15}),
    "colour_diffusion": Distortion(colour_diffusion, "colour", {"natural": 0.3}),
    "colour_shift": Distortion(colour_shift, "colour", {"natural": 0.1}),
    "colour_quantisation": Distortion(colour_quantisation, "colour", {"natural": 0.3, "intact": 0.4}),
    "desaturation": Distortion(desaturation, "colour", {"natural": 0.4}),
    "oversaturation": Distortion(oversaturation, "colour", {"natural": 0.05}),
    "jpeg2000": Distortion(jpeg2000, "compression", {"intact": 0.15, "seamless": 0.3, **_SOFTENED}),
    "jpeg": Distortion(jpeg, "compression", _CODING),
    "white_noise": Distortion(white_noise, "noise", _GRAIN),
    "colour_noise": Distortion(colour_noise, "noise", _GRAIN),
    "impulse_noise": Distortion(impulse_noise, "noise", _GRAIN | {"pure": 0.02}),
    "multiplicative_noise": Distortion(multiplicative_noise, "noise", _GRAIN | {"pure": 0.05}),
    "denoised_noise": Distortion(
        denoised_noise, "noise", {"clean": 0.3, "smooth": 0.4, "pure": 0.4, **_SOFTENED}
    ),
    "brighten": Distortion(brighten, "brightness"),
    "darken": Distortion(darken, "brightness"),
    "mean_shift": Distortion(mean_shift, "brightness"),
    "jitter": Distortion(jitter, "spatial", {"intact": 0.15, "stable": 0.05, **_SOFTENED}),
    "patches": Distortion(patches, "spatial", {"intact": 0.1}),
    "pixelate": Distortion(pixelate, "spatial", {"intact": 0.3, "seamless": 0.03, **_SOFTENED}),
    "quantisation": Distortion(quantisation, "spatial", {"intact": 0.15, "seamless": 0.4}),
    "colour_blocks": Distortion(colour_blocks, "spatial", {"intact": 0.05, "seamless": 0.3}),
    "oversharpen": Distortion(oversharpen, "sharpness and contrast", {"intact": 0.25, "smooth": 0.5}),
    "contrast_change": Distortion(contrast_change, "sharpness and contrast"),
    "thumbnail_upload": Distortion(thumbnail_upload, "real-world", _CODING | {"clean": 0.6}),
    "sharpened_blur": Distortion(sharpened_blur, "real-world", _BLUR | {"intact": 0.4}),
    "double_jpeg": Distortion(double_jpeg, "real-world", _CODING),
    "webp": Distortion(webp, "real-world", _CODING | {"seamless": 0.2}),
    "avif": Distortion(avif, "real-world", _CODING | {"seamless": 0.3}),
    "banding": Distortion(banding, "real-world", {"intact": 0.2, "seamless": 0.4}),
    "haze": Distortion(haze, "real-world", {"detailed": 0.1, "clear": 0.4}),
    "overexposure": Distortion(overexposure, "real-world"),
    "underexposure": Distortion(underexposure, "real-world"),
    "camera_shake": Distortion(camera_shake, "real-world", _BLUR | {"stable": 0.05}),
    "chroma_subsampling": Distortion(chroma_subsampling, "real-world", {"natural": 0.4, "seamless": 0.5}),
}
FAMILIES = {
    family: [n for n, d in DISTORTIONS.items() if d.family == family]
    for family in dict.fromkeys(d.family for d in DISTORTIONS.values())
}


def distort(image: np.ndarray, name: str, strength: float, rng: np.random.Generator) -> np.ndarray:
    """H×W×3 uint8 → uint8, distorted."""
    return to_uint8(DISTORTIONS[name].function(to_float(image), strength, rng))


def to_float(image: np.ndarray) -> np.ndarray:
    """uint8 → float32 in [0,1]."""
    return image.astype(np.float32) / 255


def to_uint8(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _gaussian(image: np.ndarray, sigma: float) -> np.ndarray:
    """Over the first two axes, mirrored at the edges."""
    sigmas = (sigma, sigma) + (0,) * (image.ndim - 2)
    return ndimage.gaussian_filter(image, sigmas, mode="reflect", truncate=3)


def _convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Every channel with a centred kernel, mirrored at the edges, through the Fourier transform."""
    n = kernel.shape[0] // 2
    kernel = (kernel / kernel.sum()).astype(np.float32)
    padded = np.pad(image, ((n, n), (n, n), (0, 0)), mode="symmetric")
    shape = [next_fast_len(size, real=True) for size in padded.shape[:2]]
    spectrum = rfft2(padded, shape, axes=(0, 1)) * rfft2(kernel, shape)[..., None]
    height, width = image.shape[:2]
    return irfft2(spectrum, shape, axes=(0, 1))[2 * n : 2 * n + height, 2 * n : 2 * n + width]


def _bilinear(points: np.ndarray):
    """2×N places → four weights, each with the pixel that it falls on."""
    low = np.floor(points).astype(int)
    part = points - low
    for dy in (0, 1):
        for dx in (0, 1):
            yield abs(1 - dy - part[0]) * abs(1 - dx - part[1]), (low[0] + dy, low[1] + dx)


def _exposed(image: np.ndarray, stops: float) -> np.ndarray:
    """Gain in linear light, approximated by a power of 2.2."""
    return np.clip(image, 0, 1) * 2 ** (stops / 2.2)


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
