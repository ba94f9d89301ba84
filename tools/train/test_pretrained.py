"""What training begins with: weights in the forms that libraries give them, and networks made of them."""

import dataclasses
import gzip
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import pretrained
import text
from bpe import Tokenizer
from config import WORDS, Backbone, ModelConfig, paper
from model import BPCLIP
from seeded import seeded_picture
from text import TextConfig, TextTower, learnt_tokenizer

# By library_files.py.
FILES = Path(__file__).parents[2] / "test" / "weights" / "convert" / "files"
TINY = Backbone(stem=64, width=2, blocks=(1, 2, 1, 1))


def network(backbone: Backbone = TINY) -> BPCLIP:
    sizes = {"width": 16, "joint_width": 12, "heads": 2, "gate_width": 4}
    return BPCLIP(ModelConfig(backbone=backbone, **sizes)).eval()


def test_timms_resnet_gives_timms_maps(tmp_path):
    path = tmp_path / "resnet.pth"
    path.write_bytes(gzip.decompress((FILES / "resnet.pth.gz").read_bytes()))
    model = network()
    pretrained.load_backbone(model, path)
    x = torch.from_numpy(seeded_picture(96, 96, 1)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        maps = model.backbone(x)
    for i, expected in enumerate(load_file(FILES / "resnet.maps.safetensors").values()):
        values = maps[i].permute(0, 2, 3, 1).flatten()
        values = values[:: max(1, values.numel() // 256)]
        assert torch.allclose(values, expected, atol=1e-4 * expected.abs().max())


def test_a_backbone_below_a_prefix_and_one_that_is_none(tmp_path):
    state = network().backbone.state_dict()
    path = tmp_path / "backbone.safetensors"
    save_file({f"backbone.{key}": value.contiguous() for key, value in state.items()}, path)
    model = network()
    pretrained.load_backbone(model, path)
    assert all(torch.equal(value, state[key]) for key, value in model.backbone.state_dict().items())
    save_file({k: v.contiguous() for k, v in state.items() if "layer3.0.conv1" not in k}, path)
    with pytest.raises(SystemExit, match="no ResNet50: missing .'layer3.0.conv1.weight"):
        pretrained.load_backbone(model, path)


@pytest.fixture
def tower():
    torch.manual_seed(1)
    tokenizer = learnt_tokenizer()
    return TextTower(TextConfig(len(tokenizer), 16, 64, 2, 1, 12)).eval(), tokenizer


def expected_features(tower: TextTower, tokenizer: Tokenizer) -> torch.Tensor:
    with torch.no_grad():
        return text.features(tower, tokenizer, list(WORDS))


def test_a_converted_tower_embeds_the_words(tower, tmp_path):
    path = tmp_path / "tower.safetensors"
    text.save(str(path), tower[0], tower[0].config, tower[1])
    assert torch.equal(pretrained.word_features(path), expected_features(*tower))


def test_a_tower_that_was_not_converted_is_refused(tower, tmp_path):
    path = tmp_path / "open_clip.bin"
    torch.save(tower[0].state_dict(), path)
    with pytest.raises(SystemExit, match="as `bpclip convert` makes it"):
        pretrained.word_features(path)


def test_the_beginning_has_the_papers_size_and_what_was_given(tower, tmp_path):
    clip, backbone = tmp_path / "tower.safetensors", tmp_path / "resnet50.pth"
    text.save(str(clip), tower[0], tower[0].config, tower[1])
    torch.manual_seed(2)
    given = BPCLIP(ModelConfig()).backbone.state_dict()
    torch.save(given | {"fc.weight": torch.zeros(10, 2048), "fc.bias": torch.zeros(10)}, backbone)
    first, again, other = (pretrained.begin("fr", backbone, clip, seed) for seed in (1, 1, 2))
    assert first.config == dataclasses.replace(paper("fr"), joint_width=12)
    assert all(torch.equal(first.backbone.state_dict()[key], value) for key, value in given.items())
    assert torch.equal(first.text.features, expected_features(*tower))
    states = [one.state_dict() for one in (first, again, other)]
    assert all(torch.equal(value, states[1][key]) for key, value in states[0].items())
    assert not torch.equal(states[0]["map.0.weight"], states[2]["map.0.weight"])
