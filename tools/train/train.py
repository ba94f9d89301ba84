"""Trains the NR and the FR model of `bpclip-s` together, from scratch, on distorted photographs.

Both share one backbone and one set of adjectives, so a step runs the backbone once over pristine and
distorted crops: NR reads every crop alone, FR reads it beside the pristine of its ladder.

    python train.py --data DIR --run runs/first [--steps 2400] [--resume]
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from config import small
from data import LADDER, Batch, Ladders, load_train, load_val
from distortions import DISTORTIONS
from evaluate import pair_readings, summary
from model import BPCLIP, Output

TEMPERATURE = 0.1
SEED = 1
SQUARE_WEIGHT = 4.0
ADJECTIVE_WEIGHT = 0.5
KIND_WEIGHT = 0.3


class Joint(nn.Module):
    """An NR and an FR model with one backbone and one set of adjectives."""

    def __init__(self):
        super().__init__()
        self.nr, self.fr = (BPCLIP(small(mode, temperature=TEMPERATURE)) for mode in ("nr", "fr"))
        self.fr.backbone, self.fr.text = self.nr.backbone, self.nr.text
        self.nr.text.features.requires_grad_(True)
        # Only for training: names the distortion from the taps' means, which teaches the backbone to see it.
        self.kind = nn.Linear(sum(self.nr.config.backbone.channels), 1 + len(DISTORTIONS))
        for name, parameter in self.named_parameters():
            if name.endswith("bn3.weight"):  # residual blocks begin as the identity
                nn.init.zeros_(parameter)
        for model in (self.nr, self.fr):
            nn.init.constant_(model.head[1].bias, 0.5)

    def forward(self, images: Tensor, modes: list[str]) -> tuple[dict[str, Output], Tensor]:
        """images N×3×S×S in [0,1], ladder by ladder, pristine first → each mode's output for all N, and the
        logits of the kind of distortion."""
        pooled = {}
        with torch.autocast("cpu", torch.bfloat16):
            with torch.autocast(
                "cpu", enabled=False
            ):  # half precision would cover mild distortions with noise
                first = self.nr.backbone.conv1(self.nr.normalise(images))
            taps = self.nr.backbone.stages(first)
            if "nr" in modes:
                pooled["nr"] = self.nr.pool(taps)
            if "fr" in modes:
                pristine = [t.unflatten(0, (-1, LADDER))[:, :1] for t in taps]
                references = [t.expand(-1, LADDER, -1, -1, -1).flatten(0, 1) for t in pristine]
                pooled["fr"] = self.fr.pool(taps, references)
        kind = self.kind(torch.cat([tap.float().mean((2, 3)) for tap in taps], 1))
        return {mode: getattr(self, mode).read([g.float() for g in p]) for mode, p in pooled.items()}, kind


def score_loss(score: Tensor, target: Tensor) -> Tensor:
    """Squared error, and for every pair of the batch a hinge that asks for the target's own difference, in
    its order; pairs of one ladder count as much as all others together."""
    difference = target[:, None] - target
    shortfall = F.relu(difference - (score[:, None] - score)) * (difference > 0.02)
    ladder = torch.arange(len(target)) // LADDER
    same = ladder[:, None] == ladder
    ranking = sum(
        shortfall[mask].sum() / (difference[mask] > 0.02).sum().clamp_min(1) for mask in (same, ~same)
    )
    return SQUARE_WEIGHT * F.mse_loss(score, target) + ranking


def adjective_loss(similarities: Tensor, readings: Tensor) -> Tensor:
    """Cross entropy with the soft readings N×20, less their entropy so that 0 is perfect; readings that
    differ from the pristine's weigh more, being rarer."""
    p = pair_readings(similarities, TEMPERATURE).clamp(1e-4, 1 - 1e-4)
    entropy = F.binary_cross_entropy(readings, readings, reduction="none")
    excess = F.binary_cross_entropy(p, readings, reduction="none") - entropy
    pristine = readings.unflatten(0, (-1, LADDER))[:, :1].expand(-1, LADDER, -1).flatten(0, 1)
    weight = 1 + 6 * (readings - pristine).abs()
    return (weight * excess).mean()


def learning_rate(step: int, steps: int, peak: float) -> float:
    """A linear warm-up of 100 steps, then a cosine to 0."""
    return peak * min((step + 1) / 100, 0.5 + 0.5 * math.cos(math.pi * step / steps))


def optimiser(model: Joint) -> torch.optim.Optimizer:
    decayed, others = [], [model.nr.text.features]
    for parameter in model.parameters():
        (decayed if parameter.ndim > 1 else others).append(parameter)
    groups = [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups)


def validate(model: Joint, photos: list[np.ndarray], modes: list[str]) -> dict[str, float]:
    """SRCC of score and strength on whole photographs, and mean scores of the pristine and the heaviest."""
    model.eval()
    row = {}
    for mode in modes:
        result = summary(getattr(model, mode), photos)
        row |= {f"{mode}_{kind}": r["srcc"] for kind, r in result.items()}
        row[f"{mode}_clean"] = np.mean([r["mean_score"][0] for r in result.values()])
        row[f"{mode}_heavy"] = np.mean([r["mean_score"][-1] for r in result.values()])
        row[f"{mode}_top"] = np.mean([r["top"] for r in result.values()])
    model.train()
    return row


def append(path: Path, row: dict) -> None:
    new = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow({key: round(float(value), 5) for key, value in row.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    parser.add_argument("--modes", nargs="+", choices=["nr", "fr"], default=["nr", "fr"])
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--validate-every", type=int, default=400)
    # On a shared machine two threads wait for each other longer than they compute.
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--init", type=Path, help="another run's last.pt to take the weights from")
    parser.add_argument("--resume", action="store_true", help="go on from the run's last.pt")
    args = parser.parse_args()
    args.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)

    model = Joint().train().to(memory_format=torch.channels_last)
    optimizer = optimiser(model)
    first = 0
    if args.init:
        model.load_state_dict(torch.load(args.init)["model"], strict=False)
    if args.resume:
        state = torch.load(args.run / "last.pt")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    batches = Ladders(load_train(args.data), SEED, args.steps)
    val = load_val(args.data, 384, 8)
    loader = DataLoader(
        Subset(batches, range(first, args.steps)), batch_size=None, num_workers=1, prefetch_factor=8
    )
    started, sums = time.time(), []
    for step, batch in enumerate(loader, first):
        losses = train_step(
            model, optimizer, Batch(*batch), args.modes, learning_rate(step, args.steps, args.lr)
        )
        sums.append(losses)
        done = step + 1
        if done % 50 == 0:
            row = {key: np.mean([item[key] for item in sums]) for key in losses}
            row = {"step": done, "seconds": time.time() - started} | row
            append(args.run / "train.csv", row)
            print(" ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
            sums = []
        if done % 100 == 0 or done == args.steps:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": done}
            torch.save(state, args.run / "last.pt")
        if done % args.validate_every == 0 or done == args.steps:
            row = {"step": done} | validate(model, val, args.modes)
            append(args.run / "val.csv", row)
            print(" ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)


def train_step(
    model: Joint, optimizer: torch.optim.Optimizer, batch: Batch, modes: list[str], lr: float
) -> dict[str, float]:
    images = batch.images.contiguous(memory_format=torch.channels_last).float() / 255
    outputs, kind = model(images, modes)
    losses = {"kind": F.cross_entropy(kind, batch.kind)}
    for mode, output in outputs.items():
        losses[f"{mode}_score"] = score_loss(output.score, batch.target)
        losses[f"{mode}_adjectives"] = adjective_loss(output.similarities, batch.readings)
    weights = {"nr_adjectives": ADJECTIVE_WEIGHT, "fr_adjectives": ADJECTIVE_WEIGHT, "kind": KIND_WEIGHT}
    total = sum(value * weights.get(key, 1.0) for key, value in losses.items())
    optimizer.zero_grad()
    total.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.step()
    for mode, output in outputs.items():
        losses[f"{mode}_error"] = (output.score - batch.target).abs().mean()
    return {key: value.item() for key, value in losses.items()}


if __name__ == "__main__":
    main()
