"""BPCLIP in PyTorch: the reference for the WebGPU implementation, and what is trained.

Written from the method's specification, not from the TypeScript. Names of modules give the checkpoint's keys.
Images are N×3×H×W RGB in [0,1]; maps are N×C×H×W; tokens are N×T×D in row-major order.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from config import Backbone, ModelConfig


class Bottleneck(nn.Module):
    """ResNet v1.5 bottleneck: the stride is on the 3×3."""

    def __init__(self, channels: int, width: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride > 1 or channels != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """The backbone; forward gives the five taps, at strides 2, 4, 8, 16, 32."""

    def __init__(self, config: Backbone):
        super().__init__()
        self.conv1 = nn.Conv2d(3, config.stem, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(config.stem)
        channels = config.stem
        for stage, count in enumerate(config.blocks):
            width = config.width * 2**stage
            layer = nn.Sequential()
            for block in range(count):
                layer.append(Bottleneck(channels, width, stride=2 if stage and not block else 1))
                channels = 4 * width
            self.add_module(f"layer{stage + 1}", layer)

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.stages(self.conv1(x))

    def stages(self, x: Tensor) -> list[Tensor]:
        """All after the first convolution."""
        taps = [F.relu(self.bn1(x))]
        x = F.max_pool2d(taps[0], 3, 2, 1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
            taps.append(x)
        return taps


class GatedLocalPooling(nn.Module):
    """One tap (and its reference's) to a D-channel map of the last tap's size, under a learnt mask φ."""

    def __init__(self, channels: int, config: ModelConfig):
        super().__init__()
        self.config = config
        inner = config.gate_width
        self.gate = nn.ModuleList(
            [
                nn.Conv2d(channels, inner, 1),
                nn.Conv2d(inner, inner, 3, padding=1),
                nn.Conv2d(inner, 1, 3, padding=1),
            ]
        )
        if config.mode == "nr":
            self.project = nn.Conv2d(channels, channels * (2 if config.gate == "gated" else 1), 1)
        self.reduce = nn.Conv2d(channels * (3 if config.mode == "fr" else 1), config.width, 1)

    def mask(self, x: Tensor) -> Tensor:
        """φ: N×C×H×W to N×1×H×W in (0,1)."""
        x = F.gelu(self.gate[0](x))
        x = F.gelu(self.gate[1](x))
        return torch.sigmoid(self.gate[2](x))

    def forward(self, tap: Tensor, reference: Tensor | None, size: tuple[int, int]) -> Tensor:
        """tap N×C×h×w, size the last tap's → N×D×Hn×Wn. In FR the reference is M×C×h×w for N a multiple of M, each
        serving N/M successive taps; None in NR."""
        if reference is not None:
            x = self.gated_pair(tap, reference, size)
        elif self.config.gate == "gated":
            a, b = self.project(tap).chunk(2, 1)
            x = _pool(self.mask(b) * F.gelu(a), size)
        else:
            # φ·(Wf + b), pooled: W is applied to the pooled map, which is the same and cheaper.
            mask = self.mask(tap)
            x = F.conv2d(_pool(mask * tap, size), self.project.weight)
            x = x + self.project.bias[:, None, None] * _pool(mask, size)
        return F.gelu(self.reduce(x))

    def gated_pair(self, tap: Tensor, reference: Tensor, size: tuple[int, int]) -> Tensor:
        """Both and their difference under its mask, pooled: N×3C×Hn×Wn."""
        groups = len(reference), len(tap) // len(reference)
        references = reference[:, None]
        difference = tap.unflatten(0, groups) - references
        if self.config.difference == "smooth":  # noqa: SIM108
            difference = torch.sqrt(difference**2 + 1e-12)
        else:
            difference = difference.abs()
        mask = self.mask(difference.flatten(0, 1))
        gated_references = mask.unflatten(0, groups) * references
        parts = [mask * tap, gated_references.flatten(0, 1), mask * difference.flatten(0, 1)]
        return torch.cat([_pool(part, size) for part in parts], 1)


def _pool(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Adaptive average pooling to a size that is smaller on both sides; otherwise x as it is."""
    (height, width), (rows, columns) = x.shape[2:], size
    if height <= rows or width <= columns:
        return x
    if height % rows or width % columns:
        return F.adaptive_avg_pool2d(x, size)
    return F.avg_pool2d(x, (height // rows, width // columns))  # the same, and faster in training


class PositionCode(nn.Module):
    """A learnable code of rows and one of columns, resized to any grid."""

    def __init__(self, size: int, width: int):
        super().__init__()
        self.h = nn.Parameter(torch.randn(size, width // 2) * 0.02)
        self.w = nn.Parameter(torch.randn(size, width // 2) * 0.02)

    def forward(self, size: tuple[int, int]) -> Tensor:
        """1×D×size."""
        n = len(self.h)
        rows = self.h.T[None, :, :, None].expand(-1, -1, n, n)
        columns = self.w.T[None, :, None, :].expand(-1, -1, n, n)
        code = torch.cat([rows, columns], 1)
        return F.interpolate(code, size=size, mode="bicubic", align_corners=False)


class Attention(nn.Module):
    """Multi-head attention, the query's input as residual; self attention when query and context are one."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width) if config.out_projection else None
        self.norm = nn.LayerNorm(width) if config.pre_norm else None

    def forward(self, query: Tensor, context: Tensor) -> Tensor:
        """query N×T×D, context N×S×D → N×T×D."""
        q, c = (query, context) if self.norm is None else (self.norm(query), self.norm(context))
        q, k, v = (
            linear(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for linear, x in ((self.query, q), (self.key, c), (self.value, c))
        )
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return query + (y if self.output is None else self.output(y))


class Branch(nn.Module):
    """One level of the information branch (head ends in ReLU) or of the weight branch (in a sigmoid)."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.attention = Attention(config)
        self.head = _two_layers(config.width, config.width)


class Text(nn.Module):
    """The adjectives' features [K, E]: a buffer, which training from scratch may ask a gradient for."""

    def __init__(self, count: int, width: int):
        super().__init__()
        self.register_buffer("features", F.normalize(torch.randn(count, width), dim=1))


class Output(NamedTuple):
    """All stages of one forward pass; lists run over levels, shallow to deep."""

    score: Tensor  # [N]
    similarities: Tensor  # [N, 4, K], cosines
    pooled: list[Tensor]  # five G_i with position code, N×T×D
    information: list[Tensor]  # four G'_i, N×T×D
    weight: list[Tensor]  # four G''_i, N×T×D
    content: list[Tensor]  # what the information heads make of them, N×T×D
    content_weights: list[Tensor]  # and the weight heads, N×T×D in (0, 1)
    x: list[Tensor]  # four image features, N×E


class BPCLIP(nn.Module):
    """No-reference or full-reference quality, and the similarities to the adjectives that it is made of."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        width, levels = config.width, range(1, 5)
        self.backbone = ResNet(config.backbone)
        channels = config.backbone.channels
        self.pooling = nn.ModuleDict(
            {str(i): GatedLocalPooling(channels[i - 1], config) for i in range(1, 6)}
        )
        self.position = PositionCode(config.position_size, width)
        self.information = nn.ModuleDict({str(i): Branch(config) for i in levels})
        self.weight = nn.ModuleDict({str(i): Branch(config) for i in levels})
        self.map = _two_layers(width, width, config.joint_width)
        self.head = _two_layers(4 * len(config.words), 4 * len(config.words), 1)
        self.text = Text(len(config.words), config.joint_width)
        self.register_buffer("mean", torch.tensor(config.mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(config.std)[:, None, None], persistent=False)

    def taps(self, image: Tensor) -> list[Tensor]:
        """N×3×H×W in [0,1] → the backbone's five maps."""
        return self.backbone(self.normalise(image))

    def normalise(self, image: Tensor) -> Tensor:
        """RGB in [0,1] → what the backbone reads."""
        return (image - self.mean) / self.std

    def forward(self, image: Tensor, reference: Tensor | None = None) -> Output:
        """image N×3×H×W in [0,1]; in FR also its reference, of the same shape."""
        if (self.config.mode == "fr") != (reference is not None):
            raise ValueError("a reference is given in full-reference mode, and only there")
        if reference is None:
            return self.assess(self.taps(image))
        both = self.taps(torch.cat([image, reference]))
        return self.assess([tap.chunk(2)[0] for tap in both], [tap.chunk(2)[1] for tap in both])

    def assess(self, taps: list[Tensor], references: list[Tensor] | None = None) -> Output:
        """All that follows the backbone; references are the reference image's taps."""
        return self.read(self.pool(taps, references))

    def pool(self, taps: list[Tensor], references: list[Tensor] | None = None) -> list[Tensor]:
        """The five taps (in FR with the reference's) → five G_i with position code, N×T×D."""
        size = taps[-1].shape[2:]
        code = self.position(size)
        pooled = []
        for i, tap in enumerate(taps):
            reference = None if references is None else references[i]
            g = self.pooling[str(i + 1)](tap, reference, size) + code
            pooled.append(g.flatten(2).transpose(1, 2))
        return pooled

    def read(self, pooled: list[Tensor]) -> Output:
        """Both branches, the joint space and the score, from the five G_i."""
        information, weight, content, weights, vectors = [], [], [], [], []
        for i, (g, deeper) in enumerate(zip(pooled, pooled[1:])):
            info_branch, weight_branch = self.information[str(i + 1)], self.weight[str(i + 1)]
            information.append(info_branch.attention(g, deeper))
            weight.append(weight_branch.attention(g, g))
            content.append(F.relu(_run(info_branch.head, information[-1])))
            weights.append(torch.sigmoid(_run(weight_branch.head, weight[-1])))
            level = (content[-1] * weights[-1]).mean(1)
            if self.config.pool == "weighted":
                level = level / weights[-1].mean(1)
            vectors.append(level)
        score, similarities, x = self.judge(vectors)
        return Output(score, similarities, pooled, information, weight, content, weights, x)

    def judge(self, vectors: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Four levels' pooled vectors, N×D each → score [N], similarities [N, 4, K], image features, N×E each."""
        x = [_run(self.map, vector) for vector in vectors]
        joint = F.normalize(torch.stack(x, 1), dim=2)
        similarities = joint @ F.normalize(self.text.features, dim=1).T
        read = similarities if self.config.similarity == "cosine" else torch.softmax(100 * similarities, 2)
        return _run(self.head, read.flatten(1)).squeeze(1), similarities, x

    def judge_places(self, output: Output) -> tuple[Tensor, Tensor]:
        """Of one picture, every place as if the whole were like it: score [T] and similarities [T, 4, K]."""
        is_weighted = self.config.pool == "weighted"
        levels = zip(output.content, output.content_weights)
        score, similarities, _ = self.judge([f[0] if is_weighted else (f * w)[0] for f, w in levels])
        return score, similarities


def _two_layers(inputs: int, hidden: int, outputs: int | None = None) -> nn.ModuleList:
    return nn.ModuleList([nn.Linear(inputs, hidden), nn.Linear(hidden, outputs or hidden)])


def _run(layers: nn.ModuleList, x: Tensor) -> Tensor:
    return layers[1](F.relu(layers[0](x)))
