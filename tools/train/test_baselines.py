"""BRISQUE and NIQE."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import baselines
from baselines import RATIOS, SHAPES, brisque, fit, halved, nearest, niqe, pristine, svr

DATA = Path(__file__).parents[3] / "shared" / "data"


def absent() -> str:
    """Why the parameters can't be had; empty if they can."""
    try:
        svr()
        pristine()
    except ImportError as error:
        return str(error)
    return ""


ABSENT = absent()
carriers = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)


def picture(height: int = 288, width: int = 384) -> np.ndarray:
    """H×W×3 uint8 with the spectrum of photographs, 1/f."""
    rng = np.random.default_rng(3)
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    f[0, 0] = np.inf
    plane = np.fft.ifft2(np.fft.fft2(rng.standard_normal((height, width))) / f).real
    plane = 127.5 + 45 * plane / plane.std()
    return np.uint8(plane.clip(0, 255).round())[..., None].repeat(3, 2)


def photographs(count: int) -> list[np.ndarray]:
    """Of val, evenly spread, brought down to a long side of 384."""
    with open(DATA / "photos.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "val"]
    photos = []
    for i in range(count):
        photo = Image.open(DATA / rows[i * len(rows) // count]["file"]).convert("RGB")
        photo.thumbnail((384, 384), Image.Resampling.LANCZOS)
        photos.append(np.asarray(photo))
    return photos


def blurred(image: np.ndarray) -> np.ndarray:
    return np.uint8(gaussian_filter(image.astype(float), (3, 3, 0)).round())


def noisy(image: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(5).normal(0, 25, image.shape)
    return np.uint8((image + noise).clip(0, 255).round())


def compressed(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=10)
    return np.asarray(Image.open(file))


def test_halving_is_pillows_bicubic_inside():
    image = np.random.default_rng(1).uniform(0, 255, (64, 96))
    expected = Image.fromarray(image.astype(np.float32)).resize((48, 32), Image.Resampling.BICUBIC)
    assert np.abs(halved(image) - expected)[2:-2, 2:-2].max() < 1e-3
    assert halved(image[:63, :95]).shape == (32, 48)
    assert np.allclose(halved(np.full((9, 7), 5.0)), 5)


def test_nearest_is_the_least_difference():
    assert (np.diff(RATIOS) > 0).all()
    values = np.random.default_rng(2).uniform(-0.1, 0.9, 200)
    expected = np.abs(RATIOS - values[:, None]).argmin(1)
    assert (nearest(RATIOS, values) == expected).all()
    assert nearest(RATIOS, np.array([np.nan]))[0] == 0


@pytest.mark.parametrize("shape", [1.0, 2.0])
def test_fit_finds_laplace_and_gauss(shape):
    rng = np.random.default_rng(4)
    values = np.abs(rng.laplace(size=(1, 200, 200)) if shape == 1 else rng.normal(size=(1, 200, 200)))
    # Three times as wide on the right, so three times as many there.
    found = fit(np.where(rng.random(values.shape) < 0.75, 3 * values, -values))
    assert abs(found.shape[0] - shape) < 0.1 and abs(found.right[0] / found.left[0] - 3) < 0.1
    assert SHAPES[0] == 0.2 and abs(SHAPES[-1] - 10) < 1e-9


def test_absent_packages_name_the_command(monkeypatch):
    def distribution(name):
        raise baselines.PackageNotFoundError(name)

    monkeypatch.setattr(baselines, "distribution", distribution)
    for load in (svr, pristine):
        with pytest.raises(ImportError, match="pip install .* -r requirements-baselines.txt"):
            load.__wrapped__()


@carriers
def test_parameters_are_those_of_the_releases():
    model = svr()
    assert model.support.shape == (774, 36) and (model.gamma, model.rho) == (0.05, -153.591)
    assert (model.low[0], model.high[0]) == (0.338, 10) and (model.low < model.high).all()
    mean, covariance = pristine()
    assert abs(mean[0] - 2.60131368) < 1e-8 and np.allclose(covariance, covariance.T)


@carriers
@pytest.mark.parametrize("metric", [brisque, niqe])
@pytest.mark.parametrize("worse", [blurred, noisy])
def test_distorted_scores_higher(metric, worse):
    image = picture()
    assert metric(worse(image)) > metric(image) + 0.5


@carriers
@pytest.mark.skipif(not (DATA / "photos.csv").exists(), reason=f"no photographs in {DATA}")
@pytest.mark.parametrize("metric", [brisque, niqe])
def test_distorted_photographs_score_higher(metric):
    photos = photographs(4)
    mean = np.mean([metric(photo) for photo in photos])
    for worse in (blurred, noisy, compressed):
        assert np.mean([metric(worse(photo)) for photo in photos]) > 1.15 * mean


@carriers
def test_edges():
    flat = np.full((192, 192, 3), 128, np.uint8)
    assert np.isnan(niqe(flat))
    assert np.isfinite([brisque(picture(97, 131)), niqe(picture(97, 131))]).all()
    with pytest.raises(ValueError, match="96×96"):
        niqe(picture(95, 200))
    with pytest.raises(ValueError, match="uint8"):
        brisque(np.zeros((96, 96, 3)))
