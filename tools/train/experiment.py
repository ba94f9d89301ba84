"""What is trained on a data set of rated pictures, and how: the files in experiments/; by default, as the paper did."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import tomllib
from pathlib import Path
from typing import NamedTuple

from datasets import Dataset, DatasetError, Item

# Of the training groups, where the split has no part for validation.
HELD_OUT = 0.1
# The longest side that the runtime judges, and the shortest that the network's five levels need.
LONG_SIDE, LEAST_SIDE = 2048, 32


@dataclasses.dataclass(frozen=True)
class Ablation:
    """What of the network the paper's ablation leaves out or turns round."""

    weight_branch: bool = True
    direction: str = "bottom-up"  # or "top-down"
    text: bool = True


@dataclasses.dataclass(frozen=True)
class Experiment:
    """An experiment; all but the first four is the paper's recipe unless a file says otherwise."""

    title: str
    lr: float
    # A loader's name; None for whatever --data is.
    dataset: str | None = None
    # "fr" or "nr"; None for that of the checkpoint that training begins with.
    mode: str | None = None
    # Seeds of random splits; "official"; or "all": nothing is kept for tests.
    splits: tuple[int | str, ...] = tuple(range(1, 11))
    ablation: Ablation = Ablation()
    # What learns: "all" but batch norm, or the "heads".
    train: str = "all"
    epochs: int = 200
    # The rate follows a cosine from its peak to 0 within so many epochs, and up again in as many.
    half_period: int = 50
    weight_decay: float = 1e-5
    batch: int = 16
    crop: int = 384
    # Larger pictures are reduced to this shorter side, in training and tests; None leaves them as they are.
    short_side: int | None = None
    # Whether tests tell of the network before training, too.
    before: bool = False
    # PLCC and SRCC that the paper reports, by data set.
    paper: dict[str, list[float]] = dataclasses.field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, changes: dict | None = None) -> Experiment:
        """From a file of TOML; changes go before what it says. A field that is not known is an error."""
        fields = tomllib.loads(path.read_text(encoding="utf-8")) | (changes or {})
        unknown = fields.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise SystemExit(f"{path}: an experiment has no field {', '.join(sorted(unknown))}")
        if "ablation" in fields:
            fields["ablation"] = Ablation(**fields["ablation"])
        if "splits" in fields:
            fields["splits"] = tuple(fields["splits"])
        experiment = cls(**fields)
        for value, allowed in (
            (experiment.mode, (None, "fr", "nr")),
            (experiment.train, ("all", "heads")),
            (experiment.ablation.direction, ("bottom-up", "top-down")),
        ):
            if value not in allowed:
                raise SystemExit(f"{path}: {value!r} is none of {allowed}")
        return experiment

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch, the first being 0."""
        return self.lr * (0.5 + 0.5 * math.cos(math.pi * epoch / self.half_period))


class Parts(NamedTuple):
    """Of a data set, by what they are for. Pictures of one group are in one part."""

    train: list[Item]
    validation: list[Item]
    test: list[Item]


def parts_of(dataset: Dataset, mode: str, split: int | str) -> Parts:
    """The parts of a split; a tenth of the training groups validates where the split has no part for that."""
    if split == "all":
        train, test = dataset.items, []
    else:
        train, test = (dataset.split(part, mode, split) for part in ("train", "test"))
    if split == "official" or (mode == "fr" and split != "all"):
        return Parts(train, dataset.split("validation", mode, split), test)
    groups = sorted(
        {item.group for item in train},
        key=lambda group: hashlib.sha256(f"validation\n{group}".encode()).hexdigest(),
    )
    held_out = set(groups[: max(1, math.floor(len(groups) * HELD_OUT + 0.5))])
    parts = Parts(
        [item for item in train if item.group not in held_out],
        [item for item in train if item.group in held_out],
        test,
    )
    if not parts.train:
        raise DatasetError(f"{dataset.title} has too few pictures to train on some and validate on others.")
    return parts


def judged_size(size: tuple[int, int], short_side: int | None) -> tuple[int, int]:
    """Width and height at which a picture is judged: reduced to the shorter side and to LONG_SIDE, as the runtime
    reduces to 512; its own without a shorter side."""
    if short_side is None:
        return size
    scale = min(1.0, short_side / min(size), LONG_SIDE / max(size))
    width, height = (math.floor(side * scale + 0.5) for side in size)
    return width, height
