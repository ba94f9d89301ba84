"""Writes what the shipped checkpoints give for a real photograph, from decoded file to score.

The picture is read, turned and resized by Pillow and scored in float64, so the whole path of the TypeScript
is checked: decoder, orientation, resize, normalisation, network. Run it again whenever a checkpoint changes.

    python photo_goldens.py [--weights ../../weights] [--out ../../test/goldens]
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import checkpoint

ROOT = Path(__file__).parents[2]


def pictures() -> dict[str, np.ndarray]:
    """Name → H×W×3 uint8, as the model's scale wants it."""
    photo = Image.open(ROOT / "test" / "photos" / "chelsea.png").convert("RGB")
    tiled = Image.fromarray(np.tile(np.asarray(photo), (2, 2, 1)))  # 902×600, above the scale's 512
    return {
        "own size": np.asarray(photo),
        "orientation 6": np.asarray(photo.transpose(Image.Transpose.ROTATE_270)),
        "tiled": np.asarray(tiled.resize((770, 512), Image.Resampling.BICUBIC)),
    }


def posterised(picture: np.ndarray) -> np.ndarray:
    """The FR cases' distorted picture: three bits a channel."""
    return (picture & 0xE0) | 0x10


def image(picture: np.ndarray) -> torch.Tensor:
    """H×W×3 uint8 → 1×3×H×W float64 in [0,1]."""
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].double() / 255


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument("--out", type=Path, default=ROOT / "test" / "goldens")
    args = parser.parse_args()
    result = {}
    for mode in ("nr", "fr"):
        path = args.weights / f"bpclip-s-{mode}.safetensors"
        model = checkpoint.load(str(path)).double()
        cases = {}
        for name, picture in pictures().items():
            if mode == "fr" and name == "tiled":
                continue  # posterising and resizing do not commute
            inputs = [image(picture)] if mode == "nr" else [image(posterised(picture)), image(picture)]
            output = model(*inputs)
            similarities = [round(s, 9) for s in output.similarities.flatten().tolist()]
            quality = [round(q, 9) for q in model.judge_places(output)[0].tolist()]
            cases[name] = {"score": output.score.item(), "similarities": similarities, "quality": quality}
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        result[mode] = {"checkpoint": digest, "cases": cases}
    (args.out / "photographs.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
