"""Writes a checkpoint's network, for pictures of one size, as an ONNX file: what other runtimes are compared on.

    python export_onnx.py --checkpoint ../../weights/bpclip-s-nr.safetensors --size 384x512 --out nr.onnx [--backbone]

Inputs are `image` and, in full-reference mode, `reference`: 1×3×H×W, RGB in [0,1]. The output is `score` [1]; with
--backbone it is `features` [1, C], the mean over all places of the backbone's last map, and there is no reference.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

import checkpoint
from model import BPCLIP

OPSET = 18


class Score(nn.Module):
    """The score alone, of a network that also gives what leads to it."""

    def __init__(self, model: BPCLIP):
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, reference: Tensor | None = None) -> Tensor:
        return self.model(image, reference).score


class Features(nn.Module):
    """The backbone alone."""

    def __init__(self, model: BPCLIP):
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Tensor:
        return self.model.taps(image)[-1].mean((2, 3))


def network(path: str, backbone: bool = False) -> tuple[nn.Module, list[str], str]:
    """What is exported of a checkpoint, its inputs' names and its output's."""
    model = checkpoint.load(path)
    if backbone:
        return Features(model), ["image"], "features"
    return Score(model), ["image", "reference"][: 2 if model.config.mode == "fr" else 1], "score"


def export(path: str, height: int, width: int, out: Path, backbone: bool = False) -> None:
    """Traces the network of a checkpoint; shapes are constants of the file."""
    module, inputs, output = network(path, backbone)
    pictures = tuple(torch.rand(1, 3, height, width) for _ in inputs)
    with torch.no_grad(), warnings.catch_warnings():
        # The tracer warns of every branch on a shape; here shapes are meant to be constants.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            pictures,
            str(out),
            input_names=inputs,
            output_names=[output],
            opset_version=OPSET,
            dynamo=False,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--size", default="384x512", help="height x width")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--backbone", action="store_true")
    args = parser.parse_args()
    height, width = (int(side) for side in args.size.split("x"))
    export(args.checkpoint, height, width, args.out, args.backbone)


if __name__ == "__main__":
    main()
