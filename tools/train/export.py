"""Turns a training run's last state into the shipped files: both checkpoints and the text tower, in float16.

    python export.py --run runs/first [--out ../../weights] [--dtype float32]

Takes the averaged weights, and computes the 40 adjectives' features once, into the checkpoints.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

import checkpoint
import text
from config import WORDS
from lexicon import HELD_OUT, LEXICON
from train import Trainee


def load(run: Path) -> tuple[Trainee, int]:
    """The averaged weights of a run, the adjectives' features computed, and its step."""
    state = torch.load(run / "last.pt", map_location="cpu")
    trainee = Trainee().eval()
    trainee.load_state_dict(state["average"])
    with torch.no_grad():
        for model in (trainee.nr, trainee.fr):
            model.text.features = trainee.words()
    return trainee, state["step"]


@torch.no_grad()
def held_out_accuracy(trainee: Trainee) -> float:
    """The share of the phrases that training never saw whose nearest word is one that they mean."""
    found = text.features(trainee.tower, trainee.tokenizer, HELD_OUT) @ trainee.words().T
    nearest = [WORDS[i] for i in found.argmax(1)]
    return sum(phrase in LEXICON[word] for phrase, word in zip(HELD_OUT, nearest)) / len(HELD_OUT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "weights")
    parser.add_argument("--dtype", choices=["float16", "float32"], default="float16")
    args = parser.parse_args()
    trainee, step = load(args.run)
    dtype = getattr(torch, args.dtype)
    args.out.mkdir(parents=True, exist_ok=True)
    paths = []
    for model in (trainee.nr, trainee.fr):
        paths.append(args.out / f"{model.config.name}.safetensors")
        checkpoint.save(str(paths[-1]), model, model.config, dtype)
    paths.append(args.out / "bpclip-s-text.safetensors")
    text.save(str(paths[-1]), trainee.tower, trainee.tower.config, trainee.tokenizer, dtype)
    for path in paths:
        path.chmod(0o644)
        print(f"{path}: step {step}, {path.stat().st_size} bytes")
    print(f"phrases never seen, nearest to a word that they mean: {held_out_accuracy(trainee):.2f}")


if __name__ == "__main__":
    main()
