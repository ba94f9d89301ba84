"""The PyTorch reference against the specification's own figures."""

import dataclasses
import re

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import checkpoint
from config import PAIR_INDICES, WORDS, ModelConfig, paper, small
from model import BPCLIP
from seeded import fnv1a32, hash_indices, seed_weights, seeded_pair, seeded_picture, seeded_tensor


def count(module: torch.nn.Module, pattern: str = "") -> int:
    return sum(p.numel() for name, p in module.named_parameters() if re.match(pattern, name))


@pytest.mark.parametrize(
    "config, total, pooling",
    [
        (paper("fr"), 41_281_350, 6_436_805),
        (paper("nr"), 42_862_214, 8_017_669),
        (paper("nr", gate="gated"), 48_440_774, 13_596_229),
    ],
)
def test_parameter_counts_are_those_of_the_specification(config, total, pooling):
    with torch.device("meta"):
        model = BPCLIP(config)
    assert count(model) == total
    assert count(model, r"pooling\.") == pooling
    assert count(model, r"backbone\.") == 23_508_032
    assert count(model, r"(information|weight)\.\d\.attention\.") == 6_303_744
    assert count(model, r"(information|weight)\.\d\.head\.") == 4_202_496
    assert count(model, r"map\.") == 787_968
    assert count(model, r"head\.") == 25_921
    assert count(model, r"position\.") == 16_384


@pytest.mark.parametrize("mode", ["nr", "fr"])
def test_the_small_model_is_small(mode):
    model = BPCLIP(small(mode)).eval()
    image = torch.rand(1, 3, 224, 224)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(image, image if mode == "fr" else None)
    assert count(model) < 3e6
    assert counter.get_total_flops() < (1.5e9 if mode == "nr" else 3e9)


def test_backbone_keys_are_torchvisions():
    expected = set()
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    expected |= {"conv1.weight"} | {f"bn1.{n}" for n in norm}
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            prefix = f"layer{stage}.{block}"
            for i in (1, 2, 3):
                expected |= {f"{prefix}.conv{i}.weight"} | {f"{prefix}.bn{i}.{n}" for n in norm}
        prefix = f"layer{stage}.0.downsample"
        expected |= {f"{prefix}.0.weight"} | {f"{prefix}.1.{n}" for n in norm}
    with torch.device("meta"):
        model = BPCLIP(paper("nr"))
    assert set(model.backbone.state_dict()) == expected


def test_every_tap_halves_with_ceil():
    sizes = [tuple(t.shape[2:]) for t in BPCLIP(small("nr")).eval().taps(torch.rand(1, 3, 317, 200))]
    assert sizes == [(159, 100), (80, 50), (40, 25), (20, 13), (10, 7)]


@pytest.mark.parametrize("mode", ["nr", "fr"])
@pytest.mark.parametrize(
    "choices",
    [
        {},
        dict(out_projection=True, pre_norm=True, pool="weighted", difference="smooth", similarity="softmax"),
    ],
)
def test_shapes(mode, choices):
    model = BPCLIP(small(mode, **choices)).eval()
    image = torch.rand(2, 3, 96, 70)
    output = model(image, image.flip(3) if mode == "fr" else None)
    assert output.score.shape == (2,)
    assert output.similarities.shape == (2, 4, 40)
    assert [tuple(g.shape) for g in output.pooled] == [(2, 9, 128)] * 5
    assert [tuple(x.shape) for x in output.x] == [(2, 128)] * 4


def test_a_batch_is_its_images_one_by_one():
    model = BPCLIP(small("fr")).eval()
    a, b = torch.rand(2, 2, 3, 64, 96)
    together = model(a, b).score
    alone = torch.cat([model(a[i : i + 1], b[i : i + 1]).score for i in range(2)])
    torch.testing.assert_close(together, alone)


def test_weighted_pool_of_constant_features_ignores_the_weights():
    """Σwf/Σw of an f that is the same at every token is f itself, whatever w is."""
    model = BPCLIP(small("nr", pool="weighted")).eval()
    for i in "1234":
        torch.nn.init.zeros_(model.information[i].head[1].weight)
        torch.nn.init.constant_(model.information[i].head[1].bias, 0.5)
    with torch.no_grad():
        x = model(torch.rand(1, 3, 96, 96)).x
        expected = model.map[1](torch.relu(model.map[0](torch.full((1, 128), 0.5))))
    for level in x:
        torch.testing.assert_close(level, expected)


def test_vocabulary():
    assert len(WORDS) == len(set(WORDS)) == 40
    assert WORDS[:4] == ["clear", "blurry", "sharp", "soft"] and WORDS[-2:] == ["shaky", "stable"]
    assert PAIR_INDICES[0] == (0, 1) and PAIR_INDICES[-1] == (39, 38)


def test_config_survives_json():
    config = small("fr", gate="gated", pre_norm=True, temperature=0.07)
    assert ModelConfig.from_json(config.to_json()) == config
    assert '"jointWidth": 128' in config.to_json() and '"preNorm": true' in config.to_json()


def test_seeded_rule():
    """Values worked out with plain Python integers, apart from numpy's."""
    assert fnv1a32("") == 0x811C9DC5 and fnv1a32("a") == 0xE40C292C

    def by_hand(name, seed, i):
        mask = 0xFFFFFFFF
        x = ((fnv1a32(name) ^ (seed * 0x9E3779B9 & mask)) + i * 0x9E3779B9) & mask
        x ^= x >> 16
        x = x * 0x85EBCA6B & mask
        x ^= x >> 13
        x = x * 0xC2B2AE35 & mask
        return x ^ x >> 16

    hashes = hash_indices("head.0.bias", 7, np.arange(5))
    assert hashes.tolist() == [by_hand("head.0.bias", 7, i) for i in range(5)]
    bias = seeded_tensor("head.0.bias", (5,), 7)
    expected = [0.1 * (2 * ((by_hand("head.0.bias", 7, i) >> 8) / 2**24) - 1) for i in range(5)]
    assert bias.tolist() == np.array(expected, np.float32).tolist()
    y, x, c = 40, 70, 2
    noise = [by_hand("image", 3, (((y >> k) * 4096 + (x >> k)) * 4 + c) * 8 + k) >> 24 for k in (5, 3, 0)]
    picture = seeded_picture(48, 80, 3)
    assert picture[y, x, c] == (4 * noise[0] + 2 * noise[1] + noise[2]) // 7
    distorted, reference = seeded_pair(48, 80, 3)
    assert (reference == picture).all() and (distorted != picture).any()


def test_checkpoint_round_trip(tmp_path):
    model = BPCLIP(small("nr")).eval()
    seed_weights(model, 1)
    path = str(tmp_path / "model.safetensors")
    checkpoint.save(path, model, dataclasses.replace(model.config, temperature=0.05))
    again = checkpoint.load(path)
    assert again.config.temperature == 0.05
    image = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(model(image).score, again(image).score)
    norms = again.text.features.norm(dim=1)
    torch.testing.assert_close(norms, torch.ones(40))
