"""Training on one split of a data set of rated pictures: the network's scores, the epochs, what is kept of them."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Subset

import ablations
from agreement import plcc, srcc
from dataset import to_tensor
from datasets import Item
from experiment import Experiment, Parts
from model import BPCLIP
from rated_pictures import Batch, Batches, Pictures

# What `heads` means: all that comes after attention. The taps, the pooling and the attention stay as they are.
HEADS = (r"information\.\d\.head\.", r"weight\.\d\.head\.", r"map\.", r"head\.")
PRECISIONS = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


class Workers:
    """The processes that torchrun started, or this one alone."""

    def __init__(self, device: str | None):
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.own = int(os.environ.get("RANK", "0"))
        kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.device = torch.device(kind)
        if self.count > 1:
            if kind == "cuda":
                self.device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
                torch.cuda.set_device(self.device)
            distributed.init_process_group("nccl" if kind == "cuda" else "gloo")

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_) -> None:
        if self.count > 1:
            distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this process writes and reports."""
        return self.own == 0

    def gather(self, own: dict) -> dict:
        """All workers' entries."""
        if self.count == 1:
            return own
        parts: list[dict] = [{}] * self.count
        distributed.all_gather_object(parts, own)
        return {key: value for part in parts for key, value in part.items()}

    def wait(self) -> None:
        if self.count > 1:
            distributed.barrier()

    def show(self, line: str, last: bool = False) -> None:
        """The progress line; where there is no terminal, only one that ends something."""
        if self.first and sys.stderr.isatty():
            print(f"\r\033[K{line}", end="\n" if last else "", file=sys.stderr, flush=True)
        elif self.first and last:
            print(line, file=sys.stderr, flush=True)


class Scorer(nn.Module):
    """A network's scores, with backbone and pooling in half precision where that is asked for."""

    def __init__(self, network: BPCLIP, precision: str):
        super().__init__()
        self.network, self.dtype = network, PRECISIONS[precision]

    def forward(self, images: Tensor, references: Tensor | None = None) -> Tensor:
        """images N×3×H×W in [0,1], full-reference with as many references → N."""
        network = self.network
        both = images if references is None else torch.cat([images, references])
        # The first convolution in full precision, or rounding hides weak distortions.
        first = network.backbone.conv1(network.normalise(both))
        with torch.autocast(images.device.type, self.dtype, enabled=self.dtype != torch.float32):
            taps = network.backbone.stages(first)
            if references is None:
                pooled = network.pool(taps)
            else:
                own, theirs = zip(*(tap.chunk(2) for tap in taps))
                pooled = network.pool(own, theirs)
        return network.read([g.float() for g in pooled]).score


def freeze(network: BPCLIP, train: str) -> list[nn.Parameter]:
    """The parameters that learn; the others are frozen. Batch norm always is, and the words' features are none."""
    norms = {name for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)}
    heads = re.compile("|".join(HEADS))
    for name, parameter in network.named_parameters():
        learns = train == "all" or heads.match(name) is not None
        parameter.requires_grad = learns and name.rpartition(".")[0] not in norms
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


@torch.inference_mode()
def judge(
    network: BPCLIP, pictures: Pictures, items: Sequence[Item], workers: Workers, label: str
) -> np.ndarray:
    """Scores of whole pictures, in full precision. Workers share the work, and each gets all scores."""
    network.eval()

    def taps(path: str) -> list[Tensor]:
        return network.taps(to_tensor(pictures.whole(path)[None]).to(workers.device))

    scores: dict[str, float] = {}
    reference: tuple[str | None, list[Tensor] | None] = (None, None)
    # Those of one reference one after the other, so that its taps are computed once.
    own = sorted(items, key=lambda item: item.group)[workers.own :: workers.count]
    for done, item in enumerate(own):
        workers.show(f"{label}picture {done}/{len(own)}")
        if network.config.mode == "fr" and reference[0] != item.reference:
            reference = (item.reference, taps(item.reference))
        scores[item.image] = network.read(network.pool(taps(item.image), reference[1])).score.item()
    scores = workers.gather(scores)
    return np.array([scores[item.image] for item in items])


def opinions(items: Sequence[Item]) -> np.ndarray:
    return np.array([item.mos for item in items])


class Training:
    """Of one network on one split. `run` takes it to its end; `resume`, before that, to where it was broken off."""

    def __init__(
        self,
        experiment: Experiment,
        network: BPCLIP,
        pictures: Pictures,
        parts: Parts,
        *,
        seed: int,
        folder: Path,
        workers: Workers,
        precision: str = "f32",
        loaders: int = 0,
        label: str = "",
    ):
        self.experiment, self.pictures, self.parts = experiment, pictures, parts
        self.folder, self.workers, self.loaders, self.label = folder, workers, loaders, label
        self.batches = Batches(
            pictures, parts.train, experiment, network.config.mode, seed, workers.own, workers.count
        )
        self.network = network.to(workers.device, memory_format=torch.channels_last)
        learning = freeze(self.network, experiment.train)
        self.optimizer = torch.optim.AdamW(learning, weight_decay=experiment.weight_decay)
        # Gradients of half precision with few bits for the exponent vanish unless they are scaled.
        self.scaler = torch.amp.GradScaler(workers.device.type, enabled=precision == "f16")
        self.scorer: nn.Module = Scorer(self.network, precision)
        if workers.count > 1:
            self.scorer = DistributedDataParallel(self.scorer)
        self.epoch, self.best = 0, -np.inf

    def resume(self) -> None:
        """Takes over last.pt, where there is one."""
        path = self.folder / "last.pt"
        if not path.exists():
            return
        state = torch.load(path, map_location=self.workers.device)
        if state["described"] != self.described():
            raise SystemExit(f"{path} is of another experiment: give the same one, or another --out")
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.epoch, self.best = state["epoch"], state["best"]

    def described(self) -> str:
        """What must be the same for training to go on."""
        fields = dataclasses.asdict(self.experiment)
        # What is asked for afterwards may change.
        for name in ("title", "splits", "before", "paper"):
            del fields[name]
        images = [item.image for item in self.parts.train]
        return json.dumps([fields, self.network.config.to_json(), self.batches.seed, images])

    def run(self) -> None:
        steps = self.batches.steps
        loader = DataLoader(
            Subset(self.batches, range(self.epoch * steps, len(self.batches))),
            batch_size=None,
            num_workers=self.loaders,
            # A spawned process would get the data set by value.
            multiprocessing_context="fork" if self.loaders else None,
        )
        batches = iter(loader)
        started, first = time.time(), self.epoch
        for epoch in range(first, self.experiment.epochs):
            place = f"{self.label}epoch {epoch + 1}/{self.experiment.epochs}"
            rate = self.experiment.rate(epoch)
            loss = self.train_epoch(batches, rate, place)
            scores = judge(
                self.network, self.pictures, self.parts.validation, self.workers, f"{place}, validation: "
            )
            mos = opinions(self.parts.validation)
            row = {"epoch": epoch + 1, "rate": rate, "loss": loss}
            row |= {"srcc": srcc(scores, mos), "plcc": plcc(scores, mos), "seconds": time.time() - started}
            is_best = row["srcc"] > self.best
            self.epoch, self.best = epoch + 1, max(self.best, row["srcc"])
            if self.workers.first:
                self.keep(row, is_best)
            left = row["seconds"] / (self.epoch - first) * (self.experiment.epochs - self.epoch) / 60
            figures = " ".join(f"{name} {row[name]:.4f}" for name in ("loss", "srcc", "plcc"))
            self.workers.show(f"{place}: {figures}, {left:.0f} min left", last=True)
            self.workers.wait()

    def train_epoch(self, batches: Iterator[Batch], rate: float, place: str) -> float:
        """Takes an epoch's batches; their mean loss."""
        self.scorer.train()
        for module in self.network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        total = torch.zeros((), device=self.workers.device)
        for step in range(self.batches.steps):
            self.workers.show(f"{place}: step {step}/{self.batches.steps}")
            batch = next(batches)
            images, references, target = (
                part if part is None else part.to(self.workers.device) for part in batch
            )
            loss = F.mse_loss(self.scorer(images, references), target)
            self.optimizer.zero_grad()
            self.scaler.scale(loss).backward()
            self.scaler.step(self.optimizer)
            self.scaler.update()
            total += loss.detach()
        if self.workers.count > 1:
            distributed.all_reduce(total)
        return total.item() / self.batches.steps / self.workers.count

    def keep(self, row: dict, is_best: bool) -> None:
        """Writes the network if it is the best yet, the state, and a line of log.csv; each whole or not at all."""
        if is_best:
            with replacing(self.folder / "best.safetensors") as path:
                ablations.save(str(path), self.network)
                path.chmod(0o644)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "epoch": self.epoch,
            "best": self.best,
            "described": self.described(),
        }
        log = self.folder / "log.csv"
        # Of an epoch whose state was not kept there may be a line already.
        lines = log.read_text().splitlines()[: self.epoch] if log.exists() else [",".join(row)]
        with replacing(log) as path:
            path.write_text("\n".join([*lines, ",".join(f"{value:.6g}" for value in row.values())]) + "\n")
        with replacing(self.folder / "last.pt") as path:
            torch.save(state, path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the file's place when that is done."""
    new = path.with_suffix(".new")
    yield new
    new.replace(path)
