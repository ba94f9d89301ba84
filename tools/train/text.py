"""The text tower: OpenAI's CLIP text transformer in small, with its key names, and how synonyms train it."""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

import lexicon
from bpe import Tokenizer, learn
from config import WORDS

MERGES = 1000  # at most
TEMPERATURE = 0.07  # CLIP's, at its beginning


@dataclasses.dataclass(frozen=True)
class TextConfig:
    """Sizes of one tower; the vocabulary is its tokenizer's."""

    vocabulary: int
    context: int = 16
    width: int = 64
    layers: int = 2
    heads: int = 2
    joint_width: int = 128
    activation: str = "quickGelu"  # or "gelu"

    def to_json(self) -> str:
        """The JSON that the file's metadata carries under `clip_text`, in camel case."""
        fields = dataclasses.asdict(self)
        fields["jointWidth"] = fields.pop("joint_width")
        return json.dumps(fields)

    @classmethod
    def from_json(cls, text: str) -> TextConfig:
        fields = json.loads(text)
        fields["joint_width"] = fields.pop("jointWidth")
        return cls(**fields)


class QuickGELU(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)


class ResidualAttentionBlock(nn.Module):
    """Pre-LN: attention, then an MLP of 4 times the width."""

    def __init__(self, width: int, heads: int, activation: str):
        super().__init__()
        gelu = QuickGELU() if activation == "quickGelu" else nn.GELU()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            OrderedDict(c_fc=nn.Linear(width, 4 * width), gelu=gelu, c_proj=nn.Linear(4 * width, width))
        )
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """x N×L×D, mask L×L, true where a row must not look."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, config: TextConfig):
        super().__init__()
        self.resblocks = nn.ModuleList(
            ResidualAttentionBlock(config.width, config.heads, config.activation)
            for _ in range(config.layers)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for block in self.resblocks:
            x = block(x, mask)
        return x


class TextTower(nn.Module):
    """Tokens to features of the joint space, under a causal mask."""

    def __init__(self, config: TextConfig):
        super().__init__()
        self.config = config
        self.token_embedding = nn.Embedding(config.vocabulary, config.width)
        self.positional_embedding = nn.Parameter(torch.empty(config.context, config.width))
        self.transformer = Transformer(config)
        self.ln_final = nn.LayerNorm(config.width)
        self.text_projection = nn.Parameter(torch.empty(config.width, config.joint_width))
        future = torch.ones(config.context, config.context, dtype=torch.bool).triu(1)
        self.register_buffer("mask", future, persistent=False)
        self.initialise()

    def initialise(self) -> None:
        """OpenAI's: normal, by width and depth; biases and layer norms as PyTorch has them."""
        width = self.config.width
        narrow = width**-0.5 * (2 * self.config.layers) ** -0.5
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        nn.init.normal_(self.positional_embedding, std=0.01)
        for block in self.transformer.resblocks:
            nn.init.normal_(block.attn.in_proj_weight, std=width**-0.5)
            nn.init.normal_(block.attn.out_proj.weight, std=narrow)
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            nn.init.normal_(block.mlp.c_proj.weight, std=narrow)
        nn.init.normal_(self.text_projection, std=width**-0.5)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens N×context → features N×E, not normalised: of the end of text, which has the highest id."""
        x = self.token_embedding(tokens) + self.positional_embedding
        x = self.ln_final(self.transformer(x, self.mask))
        return x[torch.arange(len(x)), tokens.argmax(1)] @ self.text_projection


def learnt_tokenizer() -> Tokenizer:
    """The tokenizer whose merges come from the lexicon."""
    return Tokenizer(learn(lexicon.corpus(), MERGES))


def features(tower: TextTower, tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """K texts → K×E, normalised."""
    tokens = tokenizer(texts, tower.config.context).to(tower.positional_embedding.device)
    return F.normalize(tower(tokens), dim=1)


@cache
def lexicon_pairs() -> tuple[list[str], Tensor]:
    """The P training phrases, and P×40 weights of the words that each one means; a row adds up to 1."""
    meanings = lexicon.training_phrases()
    weights = torch.zeros(len(meanings), len(WORDS))
    for row, words in zip(weights, meanings.values()):
        row[[WORDS.index(word) for word in words]] = 1 / len(words)
    return list(meanings), weights


def synonym_loss(
    tower: TextTower, tokenizer: Tokenizer, features40: Tensor, rng: np.random.Generator, count: int
) -> Tensor:
    """Asks `count` random prompts to lie where their words do.

    One minus the cosine to the mean of the words' features, and the cross entropy of naming the words by
    cosine. features40 is 40×E, normalised, in the order of `WORDS`; no gradient goes to it.
    """
    phrases, weights = lexicon_pairs()
    chosen = rng.integers(len(phrases), size=count)
    prompts = [str(rng.choice(lexicon.TEMPLATES)).format(phrases[i]) for i in chosen]
    weights, features40 = weights[chosen].to(features40.device), features40.detach()
    found = features(tower, tokenizer, prompts)
    target = F.normalize(weights @ features40, dim=1)
    pull = 1 - (found * target).sum(1).mean()
    return pull + F.cross_entropy(found @ features40.T / TEMPERATURE, weights)


def save(
    path: str, tower: TextTower, config: TextConfig, tokenizer: Tokenizer, dtype: torch.dtype = torch.float32
) -> None:
    """One safetensors file: the tensors under OpenAI's names; config and merges in the metadata."""
    tensors = {key: tensor.detach().to(dtype).contiguous() for key, tensor in tower.state_dict().items()}
    save_file(tensors, path, metadata={"clip_text": config.to_json(), "merges": tokenizer.to_text()})


def load(path: str) -> tuple[TextTower, Tokenizer]:
    """The tower of a file, float32, in inference form, and its tokenizer."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        state = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
    tower = TextTower(TextConfig.from_json(metadata["clip_text"]))
    tower.load_state_dict(state)
    return tower.eval(), Tokenizer.from_text(metadata["merges"])
