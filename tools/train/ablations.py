"""The networks of the paper's ablation, for training only: the runtime has the whole network alone.

Where the paper gives no details, these are ours. Top-down: the query is the deeper level of each two, as in TOPIQ, and
its residual with it; the weight branch looks at the level that asks. Without text: the levels' pooled vectors go to the
head, side by side, which narrows them to one level's width.
"""

from __future__ import annotations

import dataclasses
import json
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

import checkpoint
from config import ModelConfig
from experiment import Ablation
from model import BPCLIP


class Judgement(NamedTuple):
    score: Tensor  # [N]


class Ablated(BPCLIP):
    """BPCLIP with parts left out or turned round; the modules that remain have their names and shapes."""

    def __init__(self, config: ModelConfig, ablation: Ablation):
        super().__init__(config)
        self.ablation = ablation
        if not ablation.weight_branch:
            del self.weight
        if not ablation.text:
            del self.map, self.text
            self.head = nn.ModuleList([nn.Linear(4 * config.width, config.width), nn.Linear(config.width, 1)])

    def read(self, pooled: list[Tensor]) -> Judgement:
        """The score from the five G_i, N×T×D each."""
        vectors = []
        for i, (shallow, deep) in enumerate(zip(pooled, pooled[1:]), 1):
            query, context = (shallow, deep) if self.ablation.direction == "bottom-up" else (deep, shallow)
            information = self.information[str(i)]
            level = F.relu(_run(information.head, information.attention(query, context)))
            if not self.ablation.weight_branch:
                vectors.append(level.mean(1))
                continue
            weight = self.weight[str(i)]
            weights = torch.sigmoid(_run(weight.head, weight.attention(query, query)))
            vector = (level * weights).mean(1)
            vectors.append(vector / weights.mean(1) if self.config.pool == "weighted" else vector)
        if self.ablation.text:
            return Judgement(self.judge(vectors)[0])
        return Judgement(_run(self.head, torch.cat(vectors, 1)).squeeze(1))


def _run(layers: nn.ModuleList, x: Tensor) -> Tensor:
    return layers[1](F.relu(layers[0](x)))


def ablated(network: BPCLIP, ablation: Ablation) -> BPCLIP:
    """The network itself for no ablation; else one, in inference form, that has taken over every layer that fits."""
    if ablation == Ablation():
        return network
    other = Ablated(network.config, ablation)
    own = other.state_dict()
    fitting = {k: v for k, v in network.state_dict().items() if k in own and v.shape == own[k].shape}
    other.load_state_dict(fitting, strict=False)
    return other.eval()


def save(path: str, network: BPCLIP) -> None:
    """A checkpoint; of an ablated network, a file that says so and that the runtime refuses."""
    if not isinstance(network, Ablated):
        checkpoint.save(path, network, network.config)
        return
    metadata = {
        "ablation": json.dumps(dataclasses.asdict(network.ablation)),
        "network": network.config.to_json(),
    }
    save_file({k: v.contiguous() for k, v in checkpoint.tensors(network).items()}, path, metadata=metadata)


def load(path: str) -> BPCLIP:
    """What `save` wrote, in inference form."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        if "ablation" not in metadata:
            return checkpoint.load(path)
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    network = Ablated(
        ModelConfig.from_json(metadata["network"]), Ablation(**json.loads(metadata["ablation"]))
    )
    network.load_state_dict(state, strict=False)
    return network.eval()
