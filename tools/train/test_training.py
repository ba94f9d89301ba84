"""Distortions, the pseudo-MOS, batches and losses."""

import numpy as np
import pytest
import torch

from config import PAIRS, VOCABULARY, WORDS
from data import CONTENTS, LADDER, Ladders, Photo, adjectives
from distortions import DISTORTIONS, FAMILIES, PRISTINE, distort
from evaluate import dimensions, pair_readings
from pseudo_mos import haarpsi, pseudo_mos
from seeded import seeded_picture
from train import adjective_loss, score_loss


def picture() -> np.ndarray:
    """128×128×3 uint8 with edges, texture and flat regions."""
    y, x = np.mgrid[:128, :128] / 128
    waves = np.sin(40 * x * (1 + y)) * (y > 0.5)
    image = np.stack([0.5 + 0.3 * waves, 0.25 + 0.5 * x, 0.7 - 0.4 * y * (x > 0.3)], 2)
    return np.uint8(255 * (0.9 * image + 0.1 * seeded_picture(128, 128, 3) / 255))


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("name", DISTORTIONS)
def test_more_strength_is_less_quality(name):
    image = picture()
    ladder = [distort(image, name, s, np.random.default_rng(1)) for s in (0.1, 0.4, 0.7, 1.0)]
    assert all(d.shape == image.shape and d.dtype == np.uint8 for d in ladder)
    quality = [pseudo_mos(tensor(d), tensor(image)).item() for d in ladder]
    assert quality == sorted(quality, reverse=True) and quality[0] - quality[-1] > 0.05, quality


@pytest.mark.parametrize("name", DISTORTIONS)
def test_distortions_repeat_from_their_seed(name):
    image = picture()
    first, again = (distort(image, name, 0.6, np.random.default_rng(5)) for _ in range(2))
    assert (first == again).all()


def test_words_named_by_the_distortions_are_positive_words():
    positive = {pair[1] for pair in PAIRS}
    assert set(PRISTINE) <= positive
    assert all(set(d.words) <= positive for d in DISTORTIONS.values())


def test_haarpsi_is_one_for_equals_symmetric_and_less_for_noise():
    a = tensor(picture())
    b = tensor(distort(picture(), "white_noise", 0.5, np.random.default_rng(1)))
    # The closing logit amplifies float32 rounding near 1.
    assert haarpsi(a, a).item() == pytest.approx(1, abs=1e-4)
    assert haarpsi(a, b).item() == pytest.approx(haarpsi(b, a).item(), abs=1e-6)
    assert haarpsi(a, b).item() < 0.95


def test_a_batch_is_a_function_of_seed_and_step():
    photos = [Photo("test", [seeded_picture(260, 260, i)] * 3) for i in range(20)]
    batch, again, other = Ladders(photos, 1, 9)[4], Ladders(photos, 1, 9)[4], Ladders(photos, 1, 9)[5]
    for a, b in zip(batch, again):
        assert torch.equal(a, b)
    side = batch.images.shape[2]
    assert batch.images.shape == (CONTENTS[side] * LADDER, 3, side, side)
    assert batch.readings.shape == (len(batch.target), 20)
    torch.testing.assert_close(batch.target[::LADDER], torch.ones(CONTENTS[side]), atol=1e-3, rtol=0)
    assert batch.images.shape != other.images.shape or not torch.equal(batch.images, other.images)


@pytest.mark.parametrize(
    "name, dimension", [("gaussian_blur", "sharpness"), ("white_noise", "noise"), ("jpeg", "artifacts")]
)
def test_a_distortion_lowers_its_own_dimension_most(name, dimension):
    change = adjectives([name], 1.0, 0.3) - adjectives([], 0.0, 1.0)
    by_dimension = dimensions(torch.from_numpy(change)[None])[0].tolist()
    assert list(VOCABULARY)[int(np.argmin(by_dimension))] == dimension


def test_score_loss_is_zero_for_the_target_and_sees_a_wrong_order():
    target = torch.tensor([1.0, 0.8, 0.3, 1.0, 0.6, 0.1])
    assert score_loss(target, target).item() == pytest.approx(0, abs=1e-6)
    shifted = score_loss(target - 0.1, target)
    assert shifted.item() == pytest.approx(4 * 0.1**2, abs=1e-5)  # equal differences: no ranking term
    swapped = target[[1, 0, 2, 3, 4, 5]]
    assert score_loss(swapped, target) > score_loss(swapped * 0 + target, target) + 0.05


def test_adjective_loss_is_zero_for_the_readings_themselves():
    readings = torch.tensor(np.stack([adjectives([], 0, 1), adjectives(["jpeg"], 1, 0.4)] * 3))[:6].float()
    similarities = torch.zeros(6, 4, 40)
    for k, (_, positive, negative) in enumerate(PAIRS):
        logit = torch.logit(readings[:, k]) * 0.1
        similarities[:, :, WORDS.index(positive)] += logit[:, None] / 2
        similarities[:, :, WORDS.index(negative)] -= logit[:, None] / 2
    torch.testing.assert_close(pair_readings(similarities, 0.1), readings)
    assert adjective_loss(similarities, readings).item() == pytest.approx(0, abs=1e-5)
    assert adjective_loss(-similarities, readings).item() > 0.5


def test_families_partition_the_distortions():
    assert sorted(sum(FAMILIES.values(), [])) == sorted(DISTORTIONS)
