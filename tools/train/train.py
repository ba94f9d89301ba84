"""Trains the NR and the FR model of `bpclip-s` together, from scratch, on distorted photographs.

Both share one backbone and one set of adjectives, so a step runs the backbone once over pristine and
distorted crops: NR reads every crop alone, FR reads it beside the pristine of its ladder.

    python train.py --data ../shared/data --run runs/first [--steps 2400] [--resume]
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
from evaluate import pair_readings, summary
from model import BPCLIP

TEMPERATURE = 0.1
SEED = 1
RANK_WEIGHT = 0.5
ADJECTIVE_WEIGHT = 0.3


class Joint(nn.Module):
    """An NR and an FR model with one backbone and one set of adjectives."""

    def __init__(self):
        super().__init__()
        self.nr, self.fr = (BPCLIP(small(mode, temperature=TEMPERATURE)) for mode in ("nr", "fr"))
        self.fr.backbone, self.fr.text = self.nr.backbone, self.nr.text
        self.nr.text.features.requires_grad_(True)
        for name, parameter in self.named_parameters():
            if name.endswith("bn3.weight"):  # residual blocks begin as the identity
                nn.init.zeros_(parameter)
        for model in (self.nr, self.fr):
            nn.init.constant_(model.head[1].bias, 0.5)

    def forward(self, images: Tensor):
        """images N×3×S×S in [0,1], ladder by ladder, pristine first → the outputs of NR and FR for all N."""
        with torch.autocast("cpu", torch.bfloat16):
            taps = self.nr.taps(images)
            pristine = [t.unflatten(0, (-1, LADDER))[:, :1] for t in taps]
            references = [t.expand(-1, LADDER, -1, -1, -1).flatten(0, 1) for t in pristine]
            pooled = self.nr.pool(taps), self.fr.pool(taps, references)
        return (m.read([g.float() for g in p]) for m, p in zip((self.nr, self.fr), pooled))


def score_loss(score: Tensor, target: Tensor) -> Tensor:
    """L1, and for every pair of the batch a hinge that asks for the target's own difference, in its order;
    pairs of one ladder count as much as all others together."""
    difference = target[:, None] - target
    shortfall = F.relu(difference - (score[:, None] - score)) * (difference > 0.02)
    ladder = torch.arange(len(target)) // LADDER
    same = ladder[:, None] == ladder
    ranking = sum(
        shortfall[mask].sum() / (difference[mask] > 0.02).sum().clamp_min(1) for mask in (same, ~same)
    )
    return F.l1_loss(score, target) + RANK_WEIGHT * ranking


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


def validate(model: Joint, photos: list[np.ndarray]) -> dict[str, float]:
    """SRCC of score and strength on whole photographs, and mean scores of the pristine and the heaviest."""
    model.eval()
    row = {}
    for mode, part in (("nr", model.nr), ("fr", model.fr)):
        result = summary(part, photos)
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
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--validate-every", type=int, default=400)
    # On a shared machine two threads wait for each other longer than they compute.
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from the run's last.pt")
    args = parser.parse_args()
    args.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    torch.set_num_threads(args.threads)

    model = Joint().train().to(memory_format=torch.channels_last)
    optimizer = optimiser(model)
    first = 0
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
        losses = train_step(model, optimizer, Batch(*batch), learning_rate(step, args.steps, args.lr))
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
            row = {"step": done} | validate(model, val)
            append(args.run / "val.csv", row)
            print(" ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)


def train_step(model: Joint, optimizer: torch.optim.Optimizer, batch: Batch, lr: float) -> dict[str, float]:
    images = batch.images.contiguous(memory_format=torch.channels_last).float() / 255
    nr, fr = model(images)
    losses = {}
    for mode, output in (("nr", nr), ("fr", fr)):
        losses[f"{mode}_score"] = score_loss(output.score, batch.target)
        losses[f"{mode}_adjectives"] = adjective_loss(output.similarities, batch.readings)
    total = sum(v * (ADJECTIVE_WEIGHT if k.endswith("adjectives") else 1) for k, v in losses.items())
    optimizer.zero_grad()
    total.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.step()
    losses["nr_error"] = (nr.score - batch.target).abs().mean()
    losses["fr_error"] = (fr.score - batch.target).abs().mean()
    return {key: value.item() for key, value in losses.items()}


if __name__ == "__main__":
    main()
