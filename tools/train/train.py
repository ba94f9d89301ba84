"""Trains the NR and the FR model of `bpclip-s` and their text tower together, from scratch.

    python train.py --run runs/first [--set runs/data] [--steps 10000] [--seed 1] [--without fidelity ...] [--resume]

Both share one backbone and one text tower, so a step runs the backbone once over pristine and distorted crops: NR
reads every crop alone, FR reads it beside the pristine of its ladder. On a CUDA device if there is one; on a CPU,
`--workers` processes of one thread each take a batch of their own at every step and share the mean gradient, which
is a fifth faster than as many threads.
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import time
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, distributed, multiprocessing, nn
from torch.utils.data import DataLoader, Dataset, Subset

from config import WORDS, small
from dataset import LADDER, NAMES, TEACHER_CHANNELS, Labels, label, read, shard_paths
from evaluate import ladders, pair_readings, summary
from model import BPCLIP, Output
from pseudo_mos import Calibration
from text import TextConfig, TextTower, features, learnt_tokenizer, synonym_loss

TEMPERATURE = 0.1
# Members of a ladder in a batch: the pristine and two of its distorted.
MEMBERS = 3
# Contents per batch by crop side: about as many pixels each, so that steps take the same time.
CONTENTS = {96: 20, 128: 11, 160: 7, 192: 5, 224: 4, 256: 3}
# Crops are small at first, which lets a step see many contents; the last share of the steps sees whole scenes.
SMALL, LARGE, LARGE_SHARE = (96, 128, 160), (160, 192, 224, 256), 0.3
# A quarter of the batches are resized a little, so that a score does not hang on the exact size of a picture.
RESCALE_SHARE, RESCALE = 0.25, 0.15
GRID = 32  # crops begin at multiples of the deepest stride, so that the teacher's maps can be cut with them
LOSSES = {
    "square": 4.0,
    "ladder": 1.0,
    "across": 1.0,
    "fidelity": 0.5,
    "adjectives": 2.0,
    "kinds": 12.0,
    "teacher": 0.3,
    "synonyms": 0.1,
}
PROMPTS = 48
# FR learns in some of the steps only: it is done long before NR, and costs as much again.
FR_EVERY = 5
EMA = 0.998
WHITE = 16  # batches to measure what the layers see at the beginning


class Batch(NamedTuple):
    """N = contents × MEMBERS images, the members of a ladder side by side, its pristine first."""

    images: Tensor  # N×3×S×S uint8
    target: Tensor  # N in [0,1]
    readings: Tensor  # N×20, the antonym pairs' p
    kinds: Tensor  # N×36, strengths of what was applied
    middle: Tensor  # contents×S/16×S/16×96, the teacher's standardised view of the pristine
    deep: Tensor  # contents×S/32×S/32×96


class Batches(Dataset):
    """An item is a whole batch, a function of (seed, item); every content comes once before one comes twice."""

    def __init__(self, folder: Path, seed: int, steps: int, workers: int = 1):
        """Steps of each worker; worker w's step s is item s·workers + w."""
        self.shards = [read(path) for path in shard_paths(folder)]
        if not self.shards:
            raise SystemExit(f"{folder} holds no shards: make them with dataset.py")
        calibration = Calibration.load()
        labels = [label(shard, calibration) for shard in self.shards]
        self.labels = Labels(*(np.concatenate(column) for column in zip(*labels)))
        self.size = len(self.shards[0].order)
        self.side = self.shards[0].images.shape[2]
        self.spread = {
            name: _spread([getattr(s, name) for s in self.shards[:16]]) for name in ("middle", "deep")
        }
        self.seed, self.steps, self.workers = seed, steps, workers
        self.starts = np.cumsum([0] + [CONTENTS[self.crop_side(item)] for item in range(len(self))])

    def __len__(self) -> int:
        return self.steps * self.workers

    def crop_side(self, item: int) -> int:
        """The same for all workers, so that none waits for another."""
        step = item // self.workers
        sides = SMALL if step < (1 - LARGE_SHARE) * self.steps else LARGE
        return int(np.random.default_rng((self.seed, step)).choice([s for s in sides if s <= self.side]))

    def image_side(self, item: int) -> int:
        """What the crops are resized to, the same for all workers too."""
        rng, side = np.random.default_rng((self.seed, item // self.workers, 4)), self.crop_side(item)
        if rng.random() >= RESCALE_SHARE:
            return side
        return round(side * rng.uniform(1 - RESCALE, 1 + RESCALE))

    def __getitem__(self, item: int) -> Batch:
        side = self.crop_side(item)
        rng = np.random.default_rng((self.seed, item, 1))
        rows = [self.content(i, side, rng) for i in range(self.starts[item], self.starts[item + 1])]
        images, members, middle, deep = zip(*rows)
        members = np.concatenate(members)
        return Batch(
            torch.from_numpy(resized(np.concatenate(images), self.image_side(item))).movedim(3, 1),
            *(torch.from_numpy(column[members]) for column in self.labels),
            *(torch.from_numpy(np.stack(maps)) for maps in (middle, deep)),
        )

    def content(self, position: int, side: int, rng: np.random.Generator):
        """The content at a position of the endless shuffled sequence: its crops, their rows, the teacher's maps."""
        count = len(self.shards) * self.size
        epoch, place = divmod(position, count)
        index = int(shuffled(count, self.seed, epoch)[place])
        shard, row = self.shards[index // self.size], index % self.size
        chosen = [0, *np.sort(rng.choice(np.arange(1, LADDER), MEMBERS - 1, replace=False))]
        y, x = GRID * rng.integers((self.side - side) // GRID + 1, size=2)
        flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
        images = shard.images[row][chosen][:, y : y + side, x : x + side][:, :, flip]
        maps = []
        for name, stride in (("middle", 16), ("deep", 32)):
            mean, deviation = self.spread[name]
            part = getattr(shard, name)[
                row, y // stride : (y + side) // stride, x // stride : (x + side) // stride
            ]
            maps.append(((part[:, flip].astype(np.float32) - mean) / deviation).astype(np.float32))
        return images, index * LADDER + np.array(chosen), *maps


def resized(images: np.ndarray, side: int) -> np.ndarray:
    """Of squares N×S×S×3, by the filter that the runtime resizes by."""
    if images.shape[1] == side:
        return images
    size, bicubic = (side, side), Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(image).resize(size, bicubic)) for image in images])


@lru_cache(maxsize=2)
def shuffled(count: int, seed: int, epoch: int) -> np.ndarray:
    """0 … count−1 in an order of their own for each epoch."""
    return np.random.default_rng((seed, epoch, 2)).permutation(count)


def _spread(maps: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each channel, of maps C×h×w×96."""
    values = np.concatenate([np.asarray(m, np.float32).reshape(-1, m.shape[-1]) for m in maps])
    return values.mean(0), values.std(0)


def frequencies(count: int, size: int) -> Tensor:
    """Filters for RGB to begin with, count×3×size×size: two thirds of them two-dimensional cosines of luma, from the
    mean to the highest frequency, the others of the two opponent colours. What distortions change is how strong
    each frequency is; from random filters, which mostly see the mean, that takes long to find."""
    at = (torch.arange(size) + 0.5) * math.pi / size
    cosines = torch.stack([torch.cos(k * at) for k in range(size)])
    waves = torch.einsum("ux,vy->uvxy", cosines, cosines).flatten(0, 1)
    waves = F.normalize(waves.flatten(1), dim=1).unflatten(1, (size, size))
    rank = sorted(range(size**2), key=lambda k: (k // size) ** 2 + (k % size) ** 2)
    colours = torch.tensor([[0.6, 0.6, 0.6], [0.7, -0.7, 0.0], [0.4, 0.4, -0.8]])
    chroma = count // 6
    filters = []
    for colour, number in zip(colours, (count - 2 * chroma, chroma, chroma)):
        chosen = torch.linspace(0, size**2 - 1, number).round().long()
        filters.append(torch.einsum("c,nxy->ncxy", colour, waves[torch.tensor(rank)[chosen]]))
    return torch.cat(filters)


class Trainee(nn.Module):
    """An NR and an FR model with one backbone and one text tower, and the layers that only training has."""

    def __init__(self):
        super().__init__()
        self.nr, self.fr = (BPCLIP(small(mode, temperature=TEMPERATURE)) for mode in ("nr", "fr"))
        self.fr.backbone = self.nr.backbone
        self.tokenizer = learnt_tokenizer()
        self.tower = TextTower(TextConfig(len(self.tokenizer), joint_width=self.nr.config.joint_width))
        channels = self.nr.config.backbone.channels
        # Tells each distortion's strength from the taps' means, which teaches the backbone to see it.
        # The means differ little between pictures: without their own scale the layers would take long to see it.
        self.kinds = nn.Sequential(
            nn.BatchNorm1d(sum(channels), affine=False),
            nn.Linear(sum(channels), 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Linear(256, len(NAMES)),
        )
        self.middle, self.deep = (nn.Conv2d(c, TEACHER_CHANNELS, 1) for c in channels[3:])
        nn.init.constant_(self.kinds[4].bias, -4.0)  # one or two of 36, half strong
        for name, parameter in self.named_parameters():
            if name.endswith("bn3.weight"):  # residual blocks begin close to the identity
                nn.init.constant_(parameter, 0.5)
        with torch.no_grad():
            self.nr.backbone.conv1.weight.copy_(frequencies(*self.nr.backbone.conv1.weight.shape[::3]))
        for model in (self.nr, self.fr):
            nn.init.constant_(model.head[1].bias, 0.5)

    def words(self) -> Tensor:
        """The 40 adjectives' features, 40×E."""
        return features(self.tower, self.tokenizer, WORDS)

    def forward(
        self, images: Tensor, modes: tuple[str, ...]
    ) -> tuple[dict[str, Output], Tensor, Tensor, Tensor, Tensor]:
        """images N×3×S×S in [0,1], ladder by ladder, pristine first → each mode's output for all N, the logits of
        the kinds, the two maps to hold against the teacher's, of the pristine, and the words' features."""
        device = images.device.type
        words = self.words()
        for model in (self.nr, self.fr):
            model.text.features = words
        with torch.autocast(device, torch.bfloat16):
            with torch.autocast(
                device, enabled=False
            ):  # half precision would cover mild distortions with noise
                first = self.nr.backbone.conv1(self.nr.normalise(images))
            taps = self.nr.backbone.stages(first)
            pristine = [tap[::MEMBERS] for tap in taps]
            references = {"nr": None, "fr": pristine}
            pooled = {mode: getattr(self, mode).pool(taps, references[mode]) for mode in modes}
            middle, deep = (layer(tap) for layer, tap in zip((self.middle, self.deep), pristine[3:]))
        kinds = self.kinds(torch.cat([tap.float().mean((2, 3)) for tap in taps], 1))
        outputs = {mode: getattr(self, mode).read([g.float() for g in p]) for mode, p in pooled.items()}
        return outputs, kinds, middle, deep, words


@torch.no_grad()
def begin_white(model: Trainee, batches: list[Batch]) -> None:
    """Sets the first linear layer behind each pooled tap so that what comes out is white over these batches: mean 0,
    covariance 1. Distortions change pooled features little beside what all pictures have in common, and Adam's
    steps are too small to amplify that soon."""
    projects: dict[nn.Conv2d, list[Tensor]] = {}
    reduces: dict[nn.Conv2d, list[Tensor]] = {}
    for batch in batches:
        images = batch.images.contiguous(memory_format=torch.channels_last).float() / 255
        taps = model.nr.taps(images)
        size = taps[-1].shape[2:]
        for level, tap in enumerate(taps, 1):
            nr, fr = (m.pooling[str(level)] for m in (model.nr, model.fr))
            alone = F.adaptive_avg_pool2d(nr.mask(tap) * tap, size)
            pair = fr.gated_pair(tap, tap[::MEMBERS], size)
            projects.setdefault(nr.project, []).append(alone.movedim(1, 3).flatten(0, 2))
            reduces.setdefault(fr.reduce, []).append(pair.movedim(1, 3).flatten(0, 2))

    for layer, rows in projects.items():
        white, mean = whitening(torch.cat(rows))
        layer.weight.copy_(white[:, :, None, None])
        # The bias stands under the mask, which begins at about a half.
        layer.bias.copy_(-(white @ mean) / 0.5)
    for layer, rows in reduces.items():
        white, mean = whitening(torch.cat(rows))
        mixed = layer.weight[:, :, 0, 0].double() @ white
        layer.weight.copy_(mixed[:, :, None, None])
        layer.bias.copy_(-(mixed @ mean))


def whitening(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Of tokens N×C: the symmetric C×C that makes their covariance 1, weak directions amplified less; their mean."""
    tokens = tokens.double()
    values, vectors = torch.linalg.eigh(torch.cov(tokens.T))
    white = vectors @ torch.diag((values + 1e-3 * values.mean()).rsqrt()) @ vectors.T
    return white, tokens.mean(0)


def score_losses(score: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Squared error; for pairs of one ladder, and for all others, a hinge that asks for the target's own
    difference, in its order; and the fidelity loss (Tsai et al., SIGIR 2007) of every pair's order, with both
    sides' differences seen through a normal distribution of deviation 0.1."""
    difference, given = target[:, None] - target, score[:, None] - score
    ordered = difference > 0.01
    shortfall = F.relu(difference - given) * ordered
    ladder = torch.arange(len(target), device=target.device) // MEMBERS
    same = ladder[:, None] == ladder
    p, q = (torch.special.ndtr(d / 0.1).clamp(1e-4, 1 - 1e-4) for d in (difference, given))
    fidelity = 1 - (p * q).sqrt() - ((1 - p) * (1 - q)).sqrt()
    return {
        "square": F.mse_loss(score, target),
        "ladder": shortfall[same].sum() / (ordered & same).sum().clamp_min(1),
        "across": shortfall[~same].sum() / (ordered & ~same).sum().clamp_min(1),
        "fidelity": fidelity.mean(),
    }


def adjective_loss(similarities: Tensor, readings: Tensor) -> Tensor:
    """Cross entropy with the soft readings N×20, less their entropy so that 0 is perfect; readings that
    differ from the pristine's weigh more, being rarer."""
    p = pair_readings(similarities, TEMPERATURE).clamp(1e-4, 1 - 1e-4)
    entropy = F.binary_cross_entropy(readings, readings, reduction="none")
    excess = F.binary_cross_entropy(p, readings, reduction="none") - entropy
    pristine = readings.unflatten(0, (-1, MEMBERS))[:, :1].expand(-1, MEMBERS, -1).flatten(0, 1)
    weight = 1 + 5 * (readings - pristine).abs()
    return (weight * excess).mean()


def teacher_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """student N×96×h×w, teacher N×H×W×96, standardised; of a resized batch the student's map is resized back."""
    student = student.float()
    if student.shape[2:] != teacher.shape[1:3]:
        student = F.interpolate(student, teacher.shape[1:3], mode="bilinear", align_corners=False)
    return F.smooth_l1_loss(student.movedim(1, 3), teacher)


def losses(
    model: Trainee, batch: Batch, prompts: np.random.Generator, modes: tuple[str, ...] = ("nr", "fr")
) -> dict[str, Tensor]:
    """Every loss by `name`, or by `mode_name` where both models have it."""
    images = batch.images.contiguous(memory_format=torch.channels_last).float() / 255
    outputs, kinds, middle, deep, words = model(images, modes)
    result = {
        "kinds": F.binary_cross_entropy_with_logits(kinds, batch.kinds),
        "teacher": teacher_loss(middle, batch.middle) + teacher_loss(deep, batch.deep),
        "synonyms": synonym_loss(model.tower, model.tokenizer, words, prompts, PROMPTS),
    }
    for mode, output in outputs.items():
        for name, value in score_losses(output.score, batch.target).items():
            result[f"{mode}_{name}"] = value
        result[f"{mode}_adjectives"] = adjective_loss(output.similarities, batch.readings)
    return result


def share_gradients(model: Trainee, workers: int) -> None:
    """Puts the workers' mean in the place of each one's own."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    mean = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(mean)
    parts = mean.div_(workers).split([g.numel() for g in gradients])
    for gradient, part in zip(gradients, parts):
        gradient.copy_(part.view(gradient.shape))


def learning_rate(step: int, steps: int, peak: float) -> float:
    """A linear warm-up of 200 steps, then a cosine to 0."""
    return peak * min((step + 1) / 200, 0.5 + 0.5 * math.cos(math.pi * step / steps))


def optimiser(model: Trainee) -> torch.optim.Optimizer:
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups)


@torch.no_grad()
def follow(average: Trainee, model: Trainee, step: int) -> None:
    """Moves the average of the weights on; quickly at first, when there is little behind it."""
    decay = min(EMA, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - decay)
    buffers = (m.named_buffers(remove_duplicate=False) for m in (average, model))
    for (_, mine), (_, theirs) in zip(*buffers):
        mine.copy_(theirs)


@torch.no_grad()
def validate(model: Trainee, folder: Path, chosen: list) -> dict[str, float]:
    """Both models on ladders of the val set."""
    model = copy.deepcopy(model).eval().cpu().to(memory_format=torch.channels_last)
    row = {}
    for mode in ("nr", "fr"):
        trained = getattr(model, mode)
        trained.text.features = model.words()
        result = summary(trained, folder, chosen)
        keys = ("srcc", "ladder", "top", "least_pristine", "error", "dimension_srcc")
        row |= {f"{mode}_{key}": result[key] for key in keys}
    return row


def described(model: Trainee) -> dict:
    """What a reader of the run's state needs beside the tensors, as in the metadata of the shipped files."""
    return {
        "bpclip": {mode: getattr(model, mode).config.to_json() for mode in ("nr", "fr")},
        "clip_text": model.tower.config.to_json(),
        "merges": model.tokenizer.to_text(),
    }


def append(path: Path, row: dict) -> None:
    new = not path.exists()
    with open(path, "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow({key: round(float(value), 5) for key, value in row.items()})


def show(row: dict) -> None:
    print(" ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--set", type=Path, default=Path("runs/data"), help="training set, by dataset.py")
    parser.add_argument("--val", type=Path, default=Path("runs/val"), help="evaluation set, by test_set.py")
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", nargs="+", choices=LOSSES, default=[], help="losses to leave out")
    parser.add_argument("--validate-every", type=int, default=1500)
    parser.add_argument("--workers", type=int, default=1, help="processes that share the work")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the run's last.pt")
    args = parser.parse_args()
    args.run.mkdir(parents=True, exist_ok=True)
    if args.workers == 1:
        train(0, args)
    else:
        multiprocessing.spawn(train, (args,), args.workers)


def train(worker: int, args: argparse.Namespace) -> None:
    """One of the workers; the first also writes and validates."""
    if args.workers > 1:
        rendezvous = f"file://{(args.run / 'rendezvous').absolute()}"
        distributed.init_process_group("gloo", init_method=rendezvous, rank=worker, world_size=args.workers)
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    weights = {name: 0.0 if name in args.without else value for name, value in LOSSES.items()}

    model = Trainee().train().to(args.device, memory_format=torch.channels_last)
    batches = Batches(args.set, args.seed, args.steps, args.workers)
    if not args.resume:
        first_batches = [batches[i] for i in range(min(WHITE, len(batches)))]
        begin_white(model, [Batch(*(item.to(args.device) for item in batch)) for batch in first_batches])
    average = copy.deepcopy(model)
    optimizer = optimiser(model)
    first = 0
    if args.resume:
        state = torch.load(args.run / "last.pt", map_location=args.device)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]
    chosen = ladders(args.val, (0.2, 0.6, 1.0))[::2]
    items = range(first * args.workers + worker, len(batches), args.workers)
    # Forked, for a spawned one would get the mapped set by value.
    loader = DataLoader(
        Subset(batches, items),
        batch_size=None,
        num_workers=1,
        prefetch_factor=4,
        multiprocessing_context="fork",
    )
    started, rows = time.time(), []
    for step, batch in enumerate(loader, first):
        batch = Batch(*(item.to(args.device) for item in batch))
        prompts = np.random.default_rng((args.seed, step, worker, 3))
        result = losses(model, batch, prompts, ("nr", "fr") if step % FR_EVERY == 0 else ("nr",))
        total = sum(weights[name.rsplit("_")[-1]] * value for name, value in result.items())
        optimizer.zero_grad()
        total.backward()
        if args.workers > 1:
            share_gradients(model, args.workers)
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.lr)
        optimizer.step()
        if worker > 0:
            continue
        follow(average, model, step)
        rows.append({name: value.item() for name, value in result.items()})
        done = step + 1
        if done % 50 == 0:
            seconds = time.time() - started
            left = seconds / (done - first) * (args.steps - done) / 60
            names = dict.fromkeys(name for item in rows for name in item)
            row = {name: np.mean([item[name] for item in rows if name in item]) for name in names}
            row = {"step": done, "seconds": seconds} | row
            append(args.run / "train.csv", row)
            show({"minutes_left": left} | row)
            rows = []
        if done % 250 == 0 or done == args.steps:
            state = {"model": model.state_dict(), "average": average.state_dict()} | described(model)
            torch.save(state | {"optimizer": optimizer.state_dict(), "step": done}, args.run / "last.pt")
        if done % args.validate_every == 0 or done == args.steps:
            row = {"step": done} | validate(average, args.val, chosen)
            append(args.run / "val.csv", row)
            show(row)


if __name__ == "__main__":
    main()
