"""How a model does on whole val photographs: ladders of single distortions, and what moves which dimension.

python evaluate.py ../../weights/bpclip-s-nr.safetensors [--data DIR] [--long-side 512]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

import checkpoint
from config import PAIR_INDICES, PAIRS, VOCABULARY
from data import load_val
from distortions import DISTORTIONS, distort
from model import BPCLIP
from pseudo_mos import pseudo_mos

LADDER_KINDS = ("gaussian_blur", "white_noise", "jpeg")
LEVELS = (0.2, 0.4, 0.6, 0.8, 1.0)


def to_tensor(image: np.ndarray) -> Tensor:
    """H×W×3 uint8 → 1×3×H×W in [0,1]."""
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255


def pair_readings(similarities: Tensor, temperature: float) -> Tensor:
    """Similarities N×4×40 → p of the 20 antonym pairs, N×20."""
    mean = similarities.mean(1)
    positive, negative = torch.tensor(PAIR_INDICES).T
    return torch.sigmoid((mean[:, positive] - mean[:, negative]) / temperature)


def dimensions(readings: Tensor) -> Tensor:
    """Readings N×20 → N×6, the mean over each dimension's pairs."""
    of = np.array([dimension for dimension, _, _ in PAIRS])
    return torch.stack([readings[:, of == name].mean(1) for name in VOCABULARY], 1)


@torch.no_grad()
def ladder(model: BPCLIP, photo: np.ndarray, kind: str, levels=LEVELS) -> dict[str, np.ndarray]:
    """One photograph, pristine and then at every level: score, pseudo-MOS, dimensions."""
    reference = to_tensor(photo)
    scores, targets, dims = [], [], []
    for i, strength in enumerate((0.0, *levels)):
        rng = np.random.default_rng(7)
        image = reference if i == 0 else to_tensor(distort(photo, kind, strength, rng))
        output = model(image, reference) if model.config.mode == "fr" else model(image)
        scores.append(output.score.item())
        targets.append(pseudo_mos(image, reference).item())
        readings = pair_readings(output.similarities, model.config.temperature)
        dims.append(dimensions(readings)[0].numpy())
    return {"score": np.array(scores), "target": np.array(targets), "dimensions": np.array(dims)}


def summary(model: BPCLIP, photos: list[np.ndarray], kinds=LADDER_KINDS) -> dict[str, dict[str, np.ndarray]]:
    """Kind → SRCC of score against strength (mean and least over photographs, the pristine not counted),
    share of photographs whose pristine has the top score, mean scores and dimensions by level, all scores and
    targets."""
    result = {}
    for kind in kinds:
        ladders = [ladder(model, photo, kind) for photo in photos]
        srcc = np.array([-spearmanr(LEVELS, item["score"][1:]).statistic for item in ladders])
        score = np.array([item["score"] for item in ladders])
        result[kind] = {
            "srcc": srcc.mean(),
            "least": srcc.min(),
            "top": (score[:, 0] > score[:, 1:].max(1)).mean(),
            "mean_score": score.mean(0),
            "dimensions": np.mean([item["dimensions"] for item in ladders], 0),
            "score": score,
            "target": np.array([item["target"] for item in ladders]),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--long-side", type=int, default=512)
    parser.add_argument("--count", type=int, help="photographs; all of val if absent")
    parser.add_argument(
        "--all-kinds", action="store_true", help="every distortion, not only the three ladders"
    )
    args = parser.parse_args()
    model = checkpoint.load(args.checkpoint)
    photos = load_val(args.data, args.long_side, args.count)
    result = summary(model, photos, DISTORTIONS if args.all_kinds else LADDER_KINDS)
    names = list(VOCABULARY)
    print("| distortion | SRCC mean | least | pristine on top | mean score, pristine and five levels |")
    print("|---|---|---|---|---|")
    for kind, r in result.items():
        means = " ".join(f"{v:.2f}" for v in r["mean_score"])
        print(f"| {kind} | {r['srcc']:.3f} | {r['least']:.2f} | {r['top']:.2f} | {means} |")
    score, target = (
        np.concatenate([r[key][:, 1:].ravel() for r in result.values()]) for key in ("score", "target")
    )
    print(f"\nSRCC with the pseudo-MOS over all of these: {spearmanr(score, target).statistic:.3f}\n")
    print("| dimension at the heaviest level (pristine above) | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    pristine = next(iter(result.values()))["dimensions"][0]
    print("| pristine | " + " | ".join(f"{v:.2f}" for v in pristine) + " |")
    for kind, r in result.items():
        print(f"| {kind} | " + " | ".join(f"{v:.2f}" for v in r["dimensions"][-1]) + " |")


if __name__ == "__main__":
    main()
