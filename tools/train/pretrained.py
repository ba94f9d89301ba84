"""What training begins with, other than a checkpoint: ImageNet's weights, CLIP's features of the words, new layers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

import text
from config import WORDS, paper
from model import BPCLIP

# Under which libraries put a network's weights.
PREFIXES = ("module.", "model.", "backbone.")


def begin(mode: str, backbone: Path, clip: Path, seed: int) -> BPCLIP:
    """The network of the paper's size; its new layers are the seed's.

    `backbone` is a ResNet50 of torchvision or timm, converted or not, `clip` what `bpclip convert` has made of CLIP's
    text tower: other files of it do not say all that its words' features depend on.
    """
    features = word_features(clip)
    torch.manual_seed(seed)
    network = BPCLIP(dataclasses.replace(paper(mode), joint_width=features.shape[1]))
    load_backbone(network, backbone)
    network.text.features = features
    return network


def load_backbone(network: BPCLIP, path: Path) -> None:
    """Overwrites the backbone; every tensor must be there, and none but the classifier's is left over."""
    state = {key: value for key, value in plain_state(path).items() if not key.startswith("fc.")}
    missing, unexpected = network.backbone.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"{path} is no ResNet50: missing {missing[:3]}, unexpected {unexpected[:3]}")


def word_features(path: Path) -> Tensor:
    """The 40 adjectives' features by a text tower, 40×E, normalised."""
    try:
        tower, tokenizer = text.load(str(path))
    except Exception as error:
        wanted = "a text tower with its vocabulary, as `bpclip convert` makes it"
        raise SystemExit(f"{path} is not {wanted}: {error}") from error
    with torch.no_grad():
        return text.features(tower, tokenizer, list(WORDS))


def plain_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors, or of a state dict of PyTorch's, by their names within the network."""
    if path.suffix == ".safetensors":
        with safe_open(path, framework="pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
        state = state.get("state_dict", state)
    while state and (prefix := next((p for p in PREFIXES if all(key.startswith(p) for key in state)), None)):
        state = {key[len(prefix) :]: value for key, value in state.items()}
    return state
