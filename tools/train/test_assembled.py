"""A checkpoint that `bpclip assemble` has made: loaded, trained by a step, saved, and scored by the command alike."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from PIL import Image

import checkpoint
import text
from config import WORDS, Backbone, paper
from dataset import to_tensor
from model import BPCLIP, ResNet
from seeded import seed_weights, seeded_pair

COMMAND = Path(__file__).parents[2] / "dist" / "cli" / "main.js"
BACKBONE = Backbone(stem=8, width=4, blocks=(1, 2, 1, 1))
SIZE = 64, 96

pytestmark = pytest.mark.skipif(
    not COMMAND.exists() or not shutil.which("node"), reason="the command is not built: npm run build"
)


def bpclip(*args: str | Path) -> str:
    """What the command prints; its failure fails the test."""
    done = subprocess.run(["node", COMMAND, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A ResNet as torchvision saves it and a text tower, both random; and the tower."""
    folder = tmp_path_factory.mktemp("parts")
    resnet = ResNet(BACKBONE)
    seed_weights(resnet, 1)
    classifier = {"fc.weight": torch.randn(1000, BACKBONE.channels[-1]), "fc.bias": torch.randn(1000)}
    torch.save({**resnet.state_dict(), **classifier}, folder / "resnet.pth")
    tokenizer = text.learnt_tokenizer()
    tower = text.TextTower(text.TextConfig(len(tokenizer), joint_width=48)).eval()
    text.save(str(folder / "text.safetensors"), tower, tower.config, tokenizer)
    return folder, resnet, tower, tokenizer


@pytest.mark.parametrize("mode", ["nr", "fr"])
def test_an_assembled_checkpoint_trains_and_scores(mode, parts, tmp_path):
    folder, resnet, tower, tokenizer = parts
    assembled = tmp_path / "assembled.safetensors"
    inputs = ["--backbone", folder / "resnet.pth", "--clip", folder / "text.safetensors"]
    bpclip("assemble", *inputs, "--mode", mode, "-o", assembled)

    model = checkpoint.load(str(assembled))
    assert model.config == paper(mode, backbone=BACKBONE, joint_width=48)
    for key, tensor in resnet.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            torch.testing.assert_close(model.backbone.state_dict()[key], tensor, rtol=0, atol=0)
    with torch.no_grad():
        features = text.features(tower, tokenizer, list(WORDS))
    torch.testing.assert_close(model.text.features, features, rtol=0, atol=1e-5)

    pictures = seeded_pair(*SIZE, 1)
    distorted, reference = (to_tensor(picture[None]) for picture in pictures)
    images = (distorted, reference) if mode == "fr" else (distorted,)
    untrained = model(*images).score.item()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-5)
    torch.nn.functional.mse_loss(model(*images).score, torch.tensor([0.7])).backward()
    optimizer.step()
    with torch.no_grad():
        expected = model(*images).score.item()
    assert abs(expected - 0.7) < abs(untrained - 0.7)

    trained = tmp_path / "trained.safetensors"
    checkpoint.save(str(trained), model, model.config)
    names = [tmp_path / "distorted.png", tmp_path / "reference.png"]
    for name, picture in zip(names, pictures):
        Image.fromarray(picture).save(name)
    operands = ["compare", names[1], names[0]] if mode == "fr" else ["score", names[0]]
    found = json.loads(bpclip(*operands, "--json", "--adapter", "cpu", "--model", trained))
    assert abs(found["score"] - expected) < 1e-4
    assert found["model"] == f"bpclip-{mode}"


def test_new_layers_begin_as_here(parts, tmp_path):
    """Of both networks each tensor has one mean and one deviation, within five standard errors."""
    folder, *_ = parts
    assembled = tmp_path / "assembled.safetensors"
    inputs = ["--backbone", folder / "resnet.pth", "--clip", folder / "text.safetensors"]
    bpclip("assemble", *inputs, "--gate", "gated", "--out-projection", "--pre-norm", "-o", assembled)
    model = checkpoint.load(str(assembled))
    ours = BPCLIP(model.config)
    for (name, found), expected in zip(model.named_parameters(), ours.parameters()):
        if name.startswith("backbone.") or found.numel() < 100:
            continue
        deviation, count = expected.std().item(), found.numel()
        assert abs(found.mean().item() - expected.mean().item()) <= 5 * deviation * (2 / count) ** 0.5, name
        assert abs(found.std().item() - deviation) <= 5 * deviation / count**0.5, name
        assert found.abs().max().item() <= expected.abs().max().item() * 1.5, name
