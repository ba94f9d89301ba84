"""How well words of your own fit a picture, by the text tower.

    python describe.py photo.jpg "washed out" dreamy [--reference original.png]

Prints for each phrase its cosine with the picture, meant over the four levels, and the nearest of the 40 words.
The tower knows the words of lexicon.py and what is spelt like them; of a word it has never seen it knows nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import checkpoint
import text
from config import WORDS
from dataset import to_tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("picture")
    parser.add_argument("words", nargs="+")
    parser.add_argument("--reference")
    parser.add_argument("--weights", type=Path, default=Path(__file__).parents[2] / "weights")
    args = parser.parse_args()
    tower, tokenizer = text.load(str(args.weights / "bpclip-s-text.safetensors"))
    mode = "fr" if args.reference else "nr"
    model = checkpoint.load(str(args.weights / f"bpclip-s-{mode}.safetensors"))
    paths = [args.picture, args.reference] if args.reference else [args.picture]
    images = [to_tensor(np.array(Image.open(path).convert("RGB"))[None]) for path in paths]
    with torch.inference_mode():
        phrases = text.features(tower, tokenizer, args.words)
        joint = F.normalize(torch.stack(model(*images).x, 1), dim=2)[0]
        fits = (joint @ phrases.T).mean(0)
        nearest = (phrases @ model.text.features.T).max(1)
    for phrase, fit, value, index in zip(args.words, fits, *nearest):
        print(f"{phrase:24} {fit:+.3f}   nearest: {WORDS[index]} ({value:.2f})")


if __name__ == "__main__":
    main()
