"""Distortions, targets, the training set, batches and losses."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import train
from adjectives import POSITIVE, PRISTINE, Statistics, measure, readings
from calibrate import curve, weighted_quantiles
from config import PAIRS, VOCABULARY, WORDS
from data import Photo
from dataset import LADDER, NAMES, Maker, Shard, label, random_recipe, to_tensor
from distortions import DISTORTIONS, FAMILIES, distort
from evaluate import dimensions, pair_readings
from pseudo_mos import WEIGHTS, Calibration, falling, raw
from seeded import seeded_picture

STRENGTHS = (0.05, 0.3, 0.65, 1.0)


@cache
def picture(side: int = 192) -> np.ndarray:
    """side×side×3 uint8 from the middle of a photograph."""
    photo = Image.open(Path(__file__).parents[2] / "test" / "photos" / "chelsea.png").convert("RGB")
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    return np.asarray(photo.crop((left, top, left + side, top + side)))


@pytest.mark.parametrize("name", DISTORTIONS)
def test_more_strength_is_less_quality(name):
    image = picture()
    ladder = [distort(image, name, s, np.random.default_rng(1)) for s in STRENGTHS]
    assert all(d.shape == image.shape and d.dtype == np.uint8 for d in ladder)
    metrics = raw(to_tensor(np.stack(ladder)), to_tensor(image[None]).expand(4, -1, -1, -1)).numpy()
    fused = Calibration.load().fused(metrics)
    assert fused[0] - fused[-1] > 0.08, fused
    assert (np.diff(fused) < 0.06).all(), fused  # a metric may stall or stumble; the target may not (below)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_distortions_repeat_from_their_seed(name):
    image = picture(96)
    first, again = (distort(image, name, 0.6, np.random.default_rng(5)) for _ in range(2))
    assert (first == again).all()


def test_there_are_kadids_25_in_seven_families_and_real_world_chains():
    assert len(FAMILIES) == 8
    assert sum(len(names) for family, names in FAMILIES.items() if family != "real-world") == 25
    assert sorted(sum(FAMILIES.values(), [])) == sorted(DISTORTIONS)


def test_words_named_by_the_distortions_are_positive_words():
    assert {word for d in DISTORTIONS.values() for word in d.words} <= set(POSITIVE)


def test_the_calibration_covers_every_metric_and_distortion_and_falls():
    calibration = Calibration.load()
    assert list(calibration.quantiles) == list(WEIGHTS)
    assert list(calibration.curves) == NAMES
    assert all(np.all(np.diff(knots) >= 0) and knots[-1] == 1 for knots in calibration.quantiles.values())
    for values in calibration.curves.values():
        assert values[0] == 1 and np.all(np.diff(values) <= 0)
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert calibration.fused(np.ones((1, len(WEIGHTS))))[0] == pytest.approx(1)
    assert calibration.expected({}) == 1


def test_targets_fall_within_a_ladder_even_where_a_metric_stumbles():
    calibration = Calibration.load()
    targets = calibration.targets(np.array([0.6, 0.7, 0.2]), np.array([0.8, 0.75, 0.3]))
    assert np.all(np.diff(targets) <= 0)
    assert targets == pytest.approx([0.7125, 0.7125, 0.25])
    assert falling([3.0, 2.0, 1.0]).tolist() == [3, 2, 1]


def test_quantiles_count_every_distortion_alike():
    values, weights = np.array([0.1, 0.2, 0.3, 0.9]), np.array([1, 1, 1, 3.0])
    knots = weighted_quantiles(values, weights)
    assert len(knots) == 101 and knots[-1] == 1
    assert np.interp(0.3, knots, np.linspace(0, 1, 101)) == pytest.approx(0.5, abs=0.01)


def test_a_curve_is_the_falling_mean():
    strengths = np.repeat(np.linspace(0.02, 1, 50), 4)
    values = curve(strengths, 1 - 0.8 * strengths)
    assert values[0] == 1 and np.all(np.diff(values) <= 0)
    assert values[5] == pytest.approx(0.6, abs=0.02)


def test_recipes_rise_and_chain_up_to_four():
    recipes = [random_recipe(np.random.default_rng(i)) for i in range(300)]
    assert {len(names) for names, _ in recipes} == {1, 2, 3, 4}
    for names, amounts in recipes:
        assert amounts.shape == (LADDER - 1, len(names)) and np.all(np.diff(amounts, axis=0) > 0)
        assert amounts.min() >= 0 and amounts.max() <= 1


@pytest.mark.parametrize(
    "name, dimension, sign",
    [
        ("gaussian_blur", "sharpness", -1),
        ("white_noise", "noise", -1),
        ("colour_blocks", "artifacts", -1),
        ("darken", "brightness", -1),
        ("desaturation", "colour", -1),
        ("contrast_change", "contrast", -1),
    ],
)
def test_a_distortion_moves_its_own_dimension_most(name, dimension, sign):
    image = picture()
    worst = distort(image, name, 1.0, np.random.default_rng(2))
    before, after = measure(image), measure(worst)
    change = readings({name: 1.0}, after, before) - readings({}, before, before)
    by_dimension = dimensions(change[None])[0]
    assert list(VOCABULARY)[int(np.argmax(np.abs(by_dimension)))] == dimension
    assert np.sign(by_dimension).tolist()[list(VOCABULARY).index(dimension)] == sign


def test_a_typical_pristine_picture_reads_as_the_table_says():
    from adjectives import TYPICAL

    neutral = TYPICAL._replace(a=0.0, b=0.0)
    assert readings({}, neutral, neutral) == pytest.approx([PRISTINE[word] for word in POSITIVE])
    assert isinstance(measure(picture()), Statistics)


@pytest.fixture(scope="module")
def training_set(tmp_path_factory) -> Path:
    """A little training set of one shard, made as the real one is, and its photographs."""
    import dataset

    folder = tmp_path_factory.mktemp("set")
    for i in range(3):
        Image.fromarray(seeded_picture(420, 420, i)).save(folder / f"{i}.png")
    rows = "".join(f"{i}.png,train,test\n" for i in range(3))
    (folder / "photos.csv").write_text("file,split,category\n" + rows)
    maker = Maker(folder, None, seed=1, side=192)
    # Without a teacher the maps have no channels; the losses need them.
    maps = np.random.default_rng(1)
    maker.view = lambda image: tuple(maps.normal(size=(n, n, 96)).astype(np.float16) for n in (12, 6))
    saved, dataset.SHARD = dataset.SHARD, 16
    dataset.write(folder / "shard-0000", maker, 0)
    dataset.SHARD = saved
    again = maker.content(3)
    shard = dataset.read(folder / "shard-0000")
    assert all(np.array_equal(a[3], b) for a, b in zip(shard[:-2], again))
    return folder


def test_labels_of_a_shard(training_set):
    from dataset import read

    shard = read(training_set / "shard-0000")
    assert isinstance(shard, Shard)
    labels = label(shard, Calibration.load())
    target = labels.target.reshape(-1, LADDER)
    assert np.all(target[:, 0] == 1) and np.all(np.diff(target) <= 1e-6)
    assert np.all((labels.readings > 0) & (labels.readings < 1))
    assert np.all(labels.kinds[::LADDER] == 0) and np.all(labels.kinds[3::LADDER].max(1) > 0.15)


def test_a_batch_is_a_function_of_seed_and_step(training_set, monkeypatch):
    monkeypatch.setattr(train, "CONTENTS", {96: 4, 160: 3, 192: 2})
    monkeypatch.setattr(train, "SMALL", (96, 160))
    monkeypatch.setattr(train, "LARGE", (192,))
    batches = train.Batches(training_set, 1, 9, workers=2)
    again, other = train.Batches(training_set, 1, 9, workers=2)[4], batches[5]
    batch = batches[4]
    assert len(batches) == 18 and batches.crop_side(17) == 192
    assert batches.crop_side(4) == batches.crop_side(5) < 192  # both workers' third
    for a, b in zip(batch, again):
        assert torch.equal(a, b)
    side, resized = batches.crop_side(4), batches.image_side(4)
    count = train.CONTENTS[side] * train.MEMBERS
    assert batch.images.shape == (count, 3, resized, resized)
    assert batch.readings.shape == (count, 20) and batch.kinds.shape == (count, len(NAMES))
    assert batch.deep.shape == (train.CONTENTS[side], side // 32, side // 32, 96)
    assert torch.equal(batch.target[:: train.MEMBERS], torch.ones(train.CONTENTS[side]))
    assert not torch.equal(batch.images, other.images)


def test_a_resized_batch_shows_the_same_crops(training_set, monkeypatch):
    for name in ("SMALL", "LARGE"):
        monkeypatch.setattr(train, name, (160,))
    monkeypatch.setattr(train, "CONTENTS", {160: 2})
    monkeypatch.setattr(train, "RESCALE_SHARE", 0.0)
    plain = train.Batches(training_set, 1, 1)[0]
    monkeypatch.setattr(train, "RESCALE_SHARE", 1.0)
    batches = train.Batches(training_set, 1, 1)
    resized = batches[0]
    assert resized.images.shape[2] == batches.image_side(0) != 160
    for name in ("target", "readings", "kinds", "middle", "deep"):
        assert torch.equal(getattr(resized, name), getattr(plain, name))
    back = torch.nn.functional.interpolate(resized.images.float(), 160, mode="bilinear")
    assert (back - plain.images.float()).abs().mean() < 8
    model = train.Trainee().train()
    result = train.losses(model, resized, np.random.default_rng(1))
    assert all(value.isfinite() for value in result.values())


def test_two_steps_of_training_lower_the_loss_and_every_layer_learns(training_set, monkeypatch):
    for name in ("SMALL", "LARGE"):
        monkeypatch.setattr(train, name, (160,))
    monkeypatch.setattr(train, "CONTENTS", {160: 2})
    torch.manual_seed(1)
    model = train.Trainee().train()
    average = train.copy.deepcopy(model)
    optimizer = train.optimiser(model)
    batch = train.Batches(training_set, 1, 1)[0]
    totals = []
    for step in range(4):
        result = train.losses(model, batch, np.random.default_rng(1))
        total = sum(train.LOSSES[name.rsplit("_")[-1]] * value for name, value in result.items())
        optimizer.zero_grad()
        total.backward()
        if step == 0:
            silent = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
            # A key's bias shifts every logit of a query alike, which softmax forgets; some tokens never occur.
            assert [n for n in silent if not n.endswith("key.bias")] == []
        for group in optimizer.param_groups:
            group["lr"] = 3e-4
        optimizer.step()
        train.follow(average, model, step)
        totals.append(total.item())
    assert totals[-1] < totals[0]


def test_score_losses_are_zero_for_the_target_and_see_a_wrong_order():
    target = torch.tensor([1.0, 0.8, 0.3, 1.0, 0.6, 0.1])
    assert all(v.item() == pytest.approx(0, abs=1e-6) for v in train.score_losses(target, target).values())
    shifted = train.score_losses(target - 0.1, target)  # equal differences: nothing to rank
    assert shifted["square"].item() == pytest.approx(0.01)
    assert shifted["ladder"].item() == pytest.approx(0, abs=1e-6)
    swapped = train.score_losses(target[[1, 0, 2, 3, 4, 5]], target)
    assert swapped["ladder"] > 0.02 and swapped["across"] > 0.02 and swapped["fidelity"] > 0.01


def test_adjective_loss_is_zero_for_the_readings_themselves():
    wanted = torch.rand(6, 20, generator=torch.Generator().manual_seed(1)) * 0.9 + 0.05
    similarities = torch.zeros(6, 4, 40)
    for k, (_, positive, negative) in enumerate(PAIRS):
        logit = torch.logit(wanted[:, k]) * train.TEMPERATURE
        similarities[:, :, WORDS.index(positive)] += logit[:, None] / 2
        similarities[:, :, WORDS.index(negative)] -= logit[:, None] / 2
    torch.testing.assert_close(pair_readings(similarities, train.TEMPERATURE), wanted)
    assert train.adjective_loss(similarities, wanted).item() == pytest.approx(0, abs=1e-5)
    assert train.adjective_loss(-similarities, wanted).item() > 0.3


def test_an_evaluation_set_is_whole(tmp_path, monkeypatch):
    import test_set

    monkeypatch.setattr(test_set, "DISTORTIONS", {"jpeg": DISTORTIONS["jpeg"], "haze": DISTORTIONS["haze"]})
    Image.fromarray(picture(256)).save(tmp_path / "a.png")
    records = test_set.make(Photo(tmp_path / "a.png", "test"), tmp_path / "out", 192, baselines=False)
    assert len(records) == 1 + 2 * 5
    assert all((tmp_path / "out" / r["file"]).exists() for r in records)
    jpeg = [r["target"] for r in records if r["distortion"] == "jpeg"]
    assert jpeg == sorted(jpeg, reverse=True) and json.dumps(records)
