"""Writes the expected values that the TypeScript is tested against.

Everything is computed in float64 from float32 weights and uint8 pictures, and stored as float32 samples.

    python goldens.py [--out ../../test/goldens]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from config import ModelConfig, paper, small
from model import BPCLIP, Output
from seeded import hash_indices, seed_weights, seeded_pair, seeded_picture
from text import TextConfig, TextTower

SEED = 1
SAMPLES = 512
SIZES = [(224, 224), (384, 384), (317, 200)]  # height, width
OPTIONS = {"out_projection": True, "pre_norm": True, "pool": "weighted", "difference": "smooth"}


def network_cases() -> dict[str, tuple[ModelConfig, int, int]]:
    """Name → config, height, width."""
    cases = {}
    for size, preset in (("paper", paper), ("small", small)):
        variants = {"nr-linear": preset("nr"), "nr-gated": preset("nr", gate="gated"), "fr": preset("fr")}
        for variant, config in variants.items():
            for height, width in SIZES:
                cases[f"{size}-{variant}-{height}x{width}"] = config, height, width
    for mode in ("nr", "fr"):
        cases[f"small-{mode}-options-317x200"] = small(mode, **OPTIONS), 317, 200
    return cases


def stages(config: ModelConfig, height: int, width: int) -> dict[str, Tensor]:
    """Every named stage of the seeded network on the seeded picture or pair, whole, float64."""
    model = BPCLIP(config).eval()
    seed_weights(model, SEED)
    model.double()
    softmax_model = BPCLIP(dataclasses.replace(config, similarity="softmax")).eval().double()
    softmax_model.load_state_dict(model.state_dict())
    fr = config.mode == "fr"
    pictures = seeded_pair(height, width, SEED) if fr else [seeded_picture(height, width, SEED)]
    taps = [model.taps(_image(picture)) for picture in pictures]
    output: Output = model.assess(*taps)
    result = {f"tap.{i}": _nhwc(t) for i, t in enumerate(taps[0], 1)}
    if fr:
        result |= {f"reference_tap.{i}": _nhwc(t) for i, t in enumerate(taps[1], 1)}
    for stage in ("pooled", "information", "weight", "x"):
        result |= {f"{stage}.{i}": t for i, t in enumerate(getattr(output, stage), 1)}
    result["similarities"] = output.similarities[0]
    result["score"] = output.score
    result["score.softmax"] = softmax_model.assess(*taps).score
    result["places.quality"], result["places.similarities"] = model.judge_places(output)
    for i, (content, weights) in enumerate(zip(output.content, output.content_weights), 1):
        result[f"places.information.{i}"] = content.mean(2)
        result[f"places.weight.{i}"] = weights.mean(2)
    return result


def sample(values: Tensor) -> dict[str, Tensor]:
    """Up to 512 evenly spread values, and beside them the peak: max |value| and mean of all values."""
    flat = values.flatten()
    peak = torch.stack([flat.abs().max(), flat.mean()])
    flat = flat[torch.arange(SAMPLES) * flat.numel() // SAMPLES] if flat.numel() > SAMPLES else values
    return {"": flat.float().contiguous(), ".peak": peak.float()}


def write_network(path: Path, config: ModelConfig, height: int, width: int) -> None:
    result = stages(config, height, width)
    out = {name + suffix: t for name, values in result.items() for suffix, t in sample(values).items()}
    metadata = {
        "bpclip": config.to_json(),
        "seed": str(SEED),
        "height": str(height),
        "width": str(width),
        "shapes": json.dumps({name: list(values.shape) for name, values in result.items()}),
    }
    save_file(out, path, metadata=metadata)


def text_cases() -> dict[str, tuple[TextConfig, list[int]]]:
    """Name → the tower's config, and tokens of each prompt."""
    clip = TextConfig(49408, context=77, width=512, layers=12, heads=8, joint_width=1024)
    return {
        "text-quickgelu": (TextConfig(600, layers=3), [3, 16, 7, 2, 11]),
        "text-gelu": (TextConfig(90, 9, 36, 2, 3, 20, activation="gelu"), [9, 2]),
        "text-clip": (clip, [3, 12, 5, 9]),
        "text-clip-77": (clip, [77]),
    }


def write_text(path: Path, config: TextConfig, lengths: list[int]) -> None:
    """Features of prompts of seeded tokens by the seeded tower."""
    tower = TextTower(config)
    seed_weights(tower, SEED)
    tokens = np.zeros((len(lengths), config.context), np.int64)
    for i, length in enumerate(lengths):
        ids = hash_indices("tokens", SEED + i, np.arange(length)) % np.uint32(config.vocabulary - 2)
        tokens[i, :length] = [config.vocabulary - 2, *ids[1:-1], config.vocabulary - 1]
    found = F.normalize(tower.double()(torch.from_numpy(tokens)), dim=1)
    metadata = {"clip_text": config.to_json(), "seed": str(SEED), "lengths": json.dumps(lengths)}
    tensors = {"tokens": torch.from_numpy(tokens).int(), "features": found.float()}
    save_file(tensors, path, metadata=metadata)


class OpCases:
    """Collects `<op>.<case>.<role>` tensors and the attributes of each case."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.tensors: dict[str, Tensor] = {}
        self.cases: dict[str, dict] = {}

    def random(self, *shape: int, scale: float = 1.0) -> Tensor:
        """Normal values that float32 holds exactly, as float64."""
        return torch.from_numpy((scale * self.rng.standard_normal(shape)).astype(np.float32)).double()

    def add(self, op: str, case: str, attributes: dict, **roles: Tensor) -> None:
        """Keeps the case; 4-D tensors other than `weight` are maps and are turned from NCHW to NHWC."""
        self.cases[f"{op}.{case}"] = {"op": op, "attributes": attributes}
        for role, tensor in roles.items():
            tensor = _nhwc(tensor) if tensor.ndim == 4 and role != "weight" else tensor
            dtype = torch.int32 if tensor.dtype == torch.int64 else torch.float32
            self.tensors[f"{op}.{case}.{role}"] = tensor.to(dtype).contiguous()


def op_cases() -> OpCases:
    """Single operators on small inputs: map operators take and give NHWC, conv weights are OIHW."""
    c = OpCases()
    for kernel, stride, padding, height, width in [
        (1, 1, 0, 5, 7),
        (1, 2, 0, 9, 6),
        (3, 1, 1, 8, 5),
        (3, 2, 1, 9, 6),
        (3, 1, 0, 6, 6),
        (7, 2, 3, 17, 14),
        (5, 3, 2, 11, 13),
    ]:
        x, weight, bias = (
            c.random(2, 6, height, width),
            c.random(5, 6, kernel, kernel, scale=0.2),
            c.random(5),
        )
        y = F.conv2d(x, weight, bias, stride, padding)
        attributes = {"kernel": kernel, "stride": stride, "padding": padding}
        c.add("conv2d", f"k{kernel}s{stride}p{padding}", attributes, x=x, weight=weight, bias=bias, output=y)
    x, weight = c.random(1, 4, 6, 5), c.random(3, 4, 3, 3, scale=0.2)
    attributes = {"kernel": 3, "stride": 1, "padding": 1}
    c.add("conv2d", "no_bias", attributes, x=x, weight=weight, output=F.conv2d(x, weight, None, 1, 1))

    x, weight, bias = c.random(7, 12), c.random(5, 12), c.random(5)
    c.add("linear", "bias", {}, x=x, weight=weight, bias=bias, output=F.linear(x, weight, bias))
    c.add("linear", "no_bias", {}, x=x, weight=weight, output=F.linear(x, weight))

    x, mean, var = c.random(2, 6, 4, 3), c.random(6), c.random(6).abs() + 1e-3
    weight, bias = c.random(6), c.random(6)
    roles = {"x": x, "running_mean": mean, "running_var": var, "weight": weight, "bias": bias}
    c.add("batch_norm", "inference", {"eps": 1e-5}, **roles, output=F.batch_norm(x, mean, var, weight, bias))

    x = torch.cat([torch.linspace(-12, 12, 97), torch.tensor([-100.0, -0.0, 1e-6, 100.0])]).double()
    c.add("gelu", "erf", {}, x=x, output=F.gelu(x))
    c.add("quickgelu", "1.702", {}, x=x, output=x * torch.sigmoid(1.702 * x))
    c.add("sigmoid", "range", {}, x=x, output=torch.sigmoid(x))

    for height, width in [(8, 8), (9, 6)]:
        x = c.random(1, 4, height, width)
        attributes = {"kernel": 3, "stride": 2, "padding": 1}
        c.add("max_pool2d", f"{height}x{width}", attributes, x=x, output=F.max_pool2d(x, 3, 2, 1))

    for height, width, rows, columns in [(14, 14, 7, 7), (10, 13, 7, 4), (9, 7, 8, 5), (5, 6, 1, 1)]:
        x = c.random(1, 4, height, width)
        y = F.adaptive_avg_pool2d(x, (rows, columns))
        case = f"{height}x{width}_{rows}x{columns}"
        c.add("adaptive_avg_pool2d", case, {"size": [rows, columns]}, x=x, output=y)

    for case, queries, keys, heads, causal in [
        ("self", 6, 6, 1, False),
        ("self_heads", 9, 9, 4, False),
        ("cross", 5, 8, 1, False),
        ("cross_heads", 7, 4, 4, False),
        ("causal", 7, 7, 2, True),
    ]:
        q, k, v = c.random(2, queries, 16), c.random(2, keys, 16), c.random(2, keys, 16)
        split = (t.unflatten(2, (heads, -1)).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(*split, is_causal=causal).transpose(1, 2).flatten(2)
        attributes = {"heads": heads, "causal": causal}
        c.add("scaled_dot_product_attention", case, attributes, query=q, key=k, value=v, output=y)

    x, weight, bias = c.random(2, 5, 12), c.random(12), c.random(12)
    y = F.layer_norm(x, (12,), weight, bias, 1e-5)
    c.add("layer_norm", "last", {"eps": 1e-5}, x=x, weight=weight, bias=bias, output=y)

    x = c.random(6, 11, scale=8)
    c.add("softmax", "last", {}, x=x, output=x.softmax(-1))

    indices, weight = torch.tensor([0, 3, 9, 3]), c.random(10, 6)
    c.add("embedding", "rows", {}, indices=indices, weight=weight, output=F.embedding(indices, weight))

    x = c.random(1, 3, 32, 32)
    for rows, columns in [(7, 7), (16, 12), (40, 37)]:
        y = F.interpolate(x, (rows, columns), mode="bicubic", align_corners=False)
        c.add("interpolate_bicubic", f"{rows}x{columns}", {"size": [rows, columns]}, x=x, output=y)

    x, y = c.random(4, 16), c.random(5, 16)
    output = F.cosine_similarity(x[:, None], y[None], dim=2)
    c.add("cosine_similarity", "all_pairs", {}, x=x, y=y, output=output)
    return c


def _image(picture: np.ndarray) -> Tensor:
    """H×W×3 uint8 → 1×3×H×W float64 in [0,1]."""
    return torch.from_numpy(picture).permute(2, 0, 1)[None].double() / 255


def _nhwc(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "test" / "goldens")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    ops = op_cases()
    save_file(ops.tensors, out / "ops.safetensors", metadata={"cases": json.dumps(ops.cases)})
    with torch.no_grad():
        for name, case in network_cases().items():
            write_network(out / f"{name}.safetensors", *case)
            print(name, flush=True)
        for name, case in text_cases().items():
            write_text(out / f"{name}.safetensors", *case)
            print(name, flush=True)


if __name__ == "__main__":
    main()
