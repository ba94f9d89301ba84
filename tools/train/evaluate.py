"""How a model does on an evaluation set (test_set.py), in PyTorch: what training validates by.

    python evaluate.py ../../weights/bpclip-s-nr.safetensors --set runs/val

The full evaluation, through the TypeScript runtime, is `npm run eval:model`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr
from torch import Tensor

import checkpoint
from config import PAIR_INDICES, PAIRS, VOCABULARY
from dataset import to_tensor
from model import BPCLIP


def pair_readings(similarities: Tensor, temperature: float) -> Tensor:
    """Similarities N×4×40 → p of the 20 antonym pairs, N×20."""
    mean = similarities.mean(1)
    positive, negative = torch.tensor(PAIR_INDICES).T
    return torch.sigmoid((mean[:, positive] - mean[:, negative]) / temperature)


def dimensions(readings: np.ndarray) -> np.ndarray:
    """Readings N×20 → N×6, the mean over each dimension's pairs."""
    of = np.array([dimension for dimension, _, _ in PAIRS])
    return np.stack([readings[:, of == name].mean(1) for name in VOCABULARY], 1)


class Ladder(NamedTuple):
    """One photograph and one distortion: the pristine, then rising strengths."""

    photograph: str
    distortion: str
    files: list[str]
    target: np.ndarray
    readings: np.ndarray


def ladders(folder: Path, strengths: tuple[float, ...] | None = None) -> list[Ladder]:
    """Of an evaluation set; only some of its strengths if they are named."""
    records = json.loads((folder / "set.json").read_text())["pictures"]
    pristine = {r["photograph"]: r for r in records if r["distortion"] is None}
    groups: dict[tuple[str, str], list[dict]] = {}
    for r in records:
        if r["distortion"] and (strengths is None or r["strength"] in strengths):
            groups.setdefault((r["photograph"], r["distortion"]), [pristine[r["photograph"]]]).append(r)
    return [
        Ladder(
            *key,
            [r["file"] for r in rows],
            np.array([r["target"] for r in rows]),
            np.array([r["readings"] for r in rows]),
        )
        for key, rows in groups.items()
    ]


@torch.inference_mode()
def run(model: BPCLIP, folder: Path, ladder: Ladder) -> tuple[np.ndarray, np.ndarray]:
    """Scores and pair readings of a ladder's members."""
    images = to_tensor(np.stack([np.asarray(Image.open(folder / file)) for file in ladder.files]))
    if model.config.mode == "nr":
        output = model(images)
    else:
        taps = model.taps(images)
        output = model.assess(taps, [tap[:1] for tap in taps])
    return output.score.numpy(), pair_readings(output.similarities, model.config.temperature).numpy()


def summary(model: BPCLIP, folder: Path, chosen: list[Ladder]) -> dict:
    """Overall and mean-ladder SRCC with the target, and what they were made of."""
    results = [run(model, folder, ladder) for ladder in chosen]
    scores = [score for score, _ in results]
    flat, target = (
        np.concatenate([v[1:] for v in values]) for values in (scores, [c.target for c in chosen])
    )
    ranks = [-spearmanr(np.arange(len(s) - 1), s[1:]).statistic for s in scores]
    by_kind: dict[str, list[float]] = {}
    for ladder, rank in zip(chosen, ranks):
        by_kind.setdefault(ladder.distortion, []).append(rank)
    read = np.concatenate([p for _, p in results])
    wanted = np.concatenate([c.readings for c in chosen])
    return {
        "srcc": spearmanr(flat, target).statistic,
        "ladder": np.mean(ranks),
        "top": np.mean([s[0] > s[1:].max() for s in scores]),
        "least_pristine": min(s[0] for s in scores),
        "error": np.abs(flat - target).mean(),
        "dimension_srcc": np.mean(
            [spearmanr(a, b).statistic for a, b in zip(dimensions(read).T, dimensions(wanted).T)]
        ),
        "pair_srcc": [spearmanr(a, b).statistic for a, b in zip(read.T, wanted.T)],
        "kinds": {kind: np.mean(values) for kind, values in by_kind.items()},
        "scores": scores,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--set", type=Path, default=Path("runs/val"))
    parser.add_argument(
        "--against", help="another checkpoint, to tell how far its scores are from the first's"
    )
    args = parser.parse_args()
    chosen = ladders(args.set)
    result = summary(checkpoint.load(args.checkpoint), args.set, chosen)
    if args.against:
        other = summary(checkpoint.load(args.against), args.set, chosen)
        change = np.abs(np.array(other["scores"]) - result["scores"])
        print(f"{args.against}: scores differ by {change.max():.2g} at most, {change.mean():.2g} on average")
    for name in ("srcc", "ladder", "top", "least_pristine", "error", "dimension_srcc"):
        print(f"{name:16} {result[name]:.4f}")
    scores = np.array(result["scores"])
    targets = np.array([ladder.target for ladder in chosen])
    kinds = np.array([ladder.distortion for ladder in chosen])
    print(f"{'distortion':22} ladder  mean score, pristine first | mean target")
    for kind, rank in result["kinds"].items():
        means = (" ".join(f"{v:.2f}" for v in x[kinds == kind].mean(0)) for x in (scores, targets))
        print(f"{kind:22} {rank:.3f}   {' | '.join(means)}")
    for (dimension, *pair), rank in zip(PAIRS, result["pair_srcc"]):
        print(f"{dimension:11} {'/'.join(pair):26} {rank:.3f}")


if __name__ == "__main__":
    main()
