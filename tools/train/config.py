"""What a BPCLIP checkpoint is: sizes, readings of the paper, and the vocabulary.

`ModelConfig` mirrors the runtime's type of the same name; its JSON form (camel case) travels in
the checkpoint.
"""

from __future__ import annotations

import dataclasses
import json
import re

# dimension -> its antonym pairs, positive word first.
VOCABULARY = {
    "sharpness": [("clear", "blurry"), ("sharp", "soft"), ("crisp", "fuzzy"), ("detailed", "hazy")],
    "brightness": [("bright", "dark"), ("luminous", "dim"), ("balanced", "overexposed")],
    "colour": [
        ("colorful", "dull"),
        ("vivid", "faded"),
        ("saturated", "desaturated"),
        ("natural", "unnatural"),
    ],
    "contrast": [("contrasted", "flat"), ("rich", "muted"), ("punchy", "murky")],
    "noise": [("clean", "noisy"), ("smooth", "grainy"), ("pure", "speckled")],
    "artifacts": [("intact", "distorted"), ("seamless", "blocky"), ("stable", "shaky")],
}
PAIRS = [(dimension, *pair) for dimension, pairs in VOCABULARY.items() for pair in pairs]
# Positive, negative per pair; the last pair is turned round, since the paper shows `stable` as the last word.
WORDS = [word for _, *pair in PAIRS[:-1] for word in pair] + ["shaky", "stable"]
PAIR_INDICES = [(WORDS.index(positive), WORDS.index(negative)) for _, positive, negative in PAIRS]


@dataclasses.dataclass(frozen=True)
class Backbone:
    """A torchvision-style bottleneck ResNet: stem channels, inner width of stage 1, bottlenecks per stage."""

    stem: int = 64
    width: int = 64
    blocks: tuple[int, int, int, int] = (3, 4, 6, 3)

    @property
    def channels(self) -> list[int]:
        """Channels of the five taps, shallow to deep."""
        return [self.stem] + [4 * self.width * 2**stage for stage in range(4)]


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Sizes and choices of one network; the defaults are the paper's size, no-reference."""

    name: str = "bpclip-nr"
    mode: str = "nr"  # "nr" | "fr"
    backbone: Backbone = Backbone()
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    width: int = 512
    joint_width: int = 1024
    heads: int = 4
    gate_width: int = 64
    gate: str = "linear"  # "linear" | "gated"
    difference: str = "absolute"  # "absolute" | "smooth"
    out_projection: bool = False
    pre_norm: bool = False
    pool: str = "mean"  # "mean" | "weighted"
    similarity: str = "cosine"  # "cosine" | "softmax"
    position_size: int = 32
    words: tuple[str, ...] = tuple(WORDS)
    pairs: tuple[tuple[str, str, str], ...] = tuple(PAIRS)
    temperature: float = 0.1

    def to_json(self) -> str:
        """The JSON that the checkpoint's metadata carries under `bpclip`."""
        fields = {_camel(key): value for key, value in dataclasses.asdict(self).items()}
        fields["pairs"] = [dict(zip(("dimension", "positive", "negative"), pair)) for pair in self.pairs]
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        fields = {_snake(key): _tuple(value) for key, value in json.loads(text).items()}
        backbone = {key: _tuple(value) for key, value in fields["backbone"].items()}
        fields["backbone"] = Backbone(**backbone)
        fields["pairs"] = tuple((p["dimension"], p["positive"], p["negative"]) for p in fields["pairs"])
        return cls(**fields)


def paper(mode: str, **choices) -> ModelConfig:
    """The paper's size: ResNet50, D = 512, E = 1024."""
    return ModelConfig(name=f"bpclip-{mode}", mode=mode, **choices)


def small(mode: str, **choices) -> ModelConfig:
    """`bpclip-s`: the size that is trained and shipped here."""
    return ModelConfig(
        name=f"bpclip-s-{mode}",
        mode=mode,
        backbone=Backbone(stem=32, width=16, blocks=(2, 3, 4, 3)),
        width=128,
        joint_width=128,
        gate_width=16,
        **choices,
    )


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name)


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value
