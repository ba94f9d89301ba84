"""Weights and pictures from a seed, by integer hashing alone, so that any language makes the same ones."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

GOLDEN_RATIO = 0x9E3779B9


def fnv1a32(text: str) -> int:
    """The 32-bit FNV-1a hash of the text's UTF-8 bytes."""
    h = 0x811C9DC5
    for byte in text.encode():
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


def hash_indices(name: str, seed: int, indices: np.ndarray) -> np.ndarray:
    """A uint32 for each index of the stream that (name, seed) opens."""
    start = fnv1a32(name) ^ (seed * GOLDEN_RATIO & 0xFFFFFFFF)
    x = np.uint32(start) + indices.astype(np.uint32) * np.uint32(GOLDEN_RATIO)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return x


def seeded_tensor(name: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """The float32 tensor of a checkpoint key; the rule by kind of key keeps activations in a sane range."""
    u = (hash_indices(name, seed, np.arange(math.prod(shape))) >> np.uint32(8)) * 2.0**-24
    v = 2 * u - 1
    if name.endswith("running_var"):
        value = 0.5 + u
    elif name.endswith("running_mean"):
        value = 0.2 * v
    elif name.endswith("bias"):
        value = 0.1 * v
    elif name.startswith("position."):
        value = 0.5 * v
    elif name == "text.features":
        value = v
    elif name.endswith("bn3.weight"):
        value = 0.3 + 0.1 * v
    elif len(shape) == 1:
        value = 1 + 0.25 * v
    else:
        value = v * math.sqrt(6 / math.prod(shape[1:]))
    return torch.from_numpy(value.astype(np.float32).reshape(shape))


def seed_weights(model: nn.Module, seed: int) -> None:
    """Overwrites every tensor of a model's checkpoint with the seeded one."""
    for key, tensor in model.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            tensor.copy_(seeded_tensor(key, tuple(tensor.shape), seed))


def seeded_picture(height: int, width: int, seed: int) -> np.ndarray:
    """H×W×3 uint8: blocks of 32 and of 8 pixels and single pixels, mixed 4:2:1."""
    y, x, c = np.ogrid[:height, :width, :3]

    def noise(k: int) -> np.ndarray:
        indices = (((y >> k) * 4096 + (x >> k)) * 4 + c) * 8 + k
        return (hash_indices("image", seed, indices) >> np.uint32(24)).astype(np.int64)

    return ((4 * noise(5) + 2 * noise(3) + noise(0)) // 7).astype(np.uint8)


def seeded_pair(height: int, width: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A distorted picture and its reference, H×W×3 uint8 each."""
    reference = seeded_picture(height, width, seed)
    other = seeded_picture(height, width, seed + 1)
    return ((3 * reference.astype(np.int64) + other) // 4).astype(np.uint8), reference
