"""Networks of the libraries whose weights are converted: random weights, what they compute, how they are saved."""

from __future__ import annotations

import copy
import gzip
import io
import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import transformers
from open_clip.model import CLIP
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from bpe import Tokenizer
from model import BPCLIP
from seeded import seeded_picture

ROOT = Path(__file__).parents[2]
SIDE = 96


@torch.no_grad()
def randomise(model: nn.Module, seed: int = 0) -> nn.Module:
    """Every number at random, at a scale at which features neither vanish nor explode: all of them matter then."""
    torch.manual_seed(seed)
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("bn3.weight"):  # residual blocks add a little each
            value.uniform_(0.2, 0.4)
        elif value.ndim == 1 and name.endswith("weight"):
            value.uniform_(0.8, 1.2)
        elif value.ndim <= 1:
            value.normal_(0, 0.05)
        elif "embedding" in name:
            value.normal_(0, 0.5)
        else:
            fan_in = value[0].numel() if name.endswith("weight") else len(value)
            value.normal_(0, (2 / fan_in) ** 0.5 if value.ndim == 4 else fan_in**-0.5)
    return model.eval()


@torch.no_grad()
def open_clip_features(model: nn.Module, tokens: Tensor) -> Tensor:
    return F.normalize(model.float().encode_text(tokens), dim=1)


@torch.no_grad()
def hugging_face_features(model: nn.Module, tokens: Tensor) -> Tensor:
    if isinstance(model, transformers.CLIPModel):
        found = model.text_projection(model.text_model(input_ids=tokens).pooler_output)
    else:
        found = model(input_ids=tokens).text_embeds
    return F.normalize(found, dim=1)


@torch.no_grad()
def resnet_maps(model: nn.Module) -> dict[str, Tensor]:
    """The five feature maps of the seeded picture, N×H×W×C, by the library's own modules."""
    x = torch.from_numpy(seeded_picture(SIDE, SIDE, 1)).permute(2, 0, 1)[None].float() / 255
    x = model.bn1(model.conv1(x))
    x = (model.relu if hasattr(model, "relu") else model.act1)(x)
    maps = {"level.1": x}
    x = model.maxpool(x)
    for i in range(1, 5):
        x = getattr(model, f"layer{i}")(x)
        maps[f"level.{i + 1}"] = x
    return {name: value.permute(0, 2, 3, 1).contiguous().clone() for name, value in maps.items()}


def scores(models: dict[str, BPCLIP]) -> dict[str, float]:
    """Of a photograph, in FR beside its posterised self, in float64."""
    picture = np.asarray(Image.open(ROOT / "test" / "photos" / "chelsea.png").convert("RGB"))
    image, posterised = (
        torch.from_numpy(p.copy()).permute(2, 0, 1)[None].double() / 255
        for p in (picture, (picture & 0xE0) | 0x10)
    )
    with torch.no_grad():
        nr, fr = (copy.deepcopy(models[mode]).eval().double() for mode in ("nr", "fr"))
        return {"nr": nr(image).score.item(), "fr": fr(posterised, image).score.item()}


def save_features(path: Path, found: Tensor, texts: list[str]) -> None:
    save_file({"features": found.contiguous()}, path, metadata={"texts": json.dumps(texts)})


def save_compressed(content: dict, path: Path) -> None:
    saved = io.BytesIO()
    torch.save(content, saved)
    path.write_bytes(gzip.compress(saved.getvalue(), 9, mtime=0))


def scripted(model: nn.Module) -> bytes:
    """As torch.jit.save writes it."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(model), out)
    return out.getvalue()


def as_openai(model: CLIP) -> CLIP:
    """Half precision but for layer norms and batch norms, and three sizes as tensors: what OpenAI's archives have.
    Their class is not in any package; open_clip's has its names."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if not isinstance(module, (nn.LayerNorm, nn.BatchNorm2d)):
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.half()
    del model.context_length, model.vocab_size
    sizes = {"input_resolution": 224, "context_length": len(model.positional_embedding)}
    for name, size in (sizes | {"vocab_size": model.token_embedding.num_embeddings}).items():
        model.register_buffer(name, torch.tensor(size))
    return model


def hugging_face_vocabulary(folder: Path, tokenizer: Tokenizer) -> None:
    """vocab.json and merges.txt."""
    vocabulary = {symbol: i for i, symbol in enumerate(tokenizer.vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text(tokenizer.to_text())


def hugging_face_config(kind: str, text: dict) -> transformers.PretrainedConfig:
    text = transformers.CLIPTextConfig(**text)
    if kind != "CLIPModel":
        return text
    vision = transformers.CLIPVisionConfig(
        hidden_size=text.hidden_size,
        intermediate_size=4 * text.hidden_size,
        num_hidden_layers=1,
        num_attention_heads=text.num_attention_heads,
        image_size=4,
        patch_size=4,
        projection_dim=text.projection_dim,
    )
    return transformers.CLIPConfig(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=text.projection_dim
    )


def save_as_bin(folder: Path, model: nn.Module, shards: int) -> None:
    """pytorch_model.bin or its shards, with position_ids: what transformers wrote before safetensors."""
    state = {k: v.clone() for k, v in model.state_dict().items()}
    positions = model.text_model.embeddings.position_ids.clone()
    state["text_model.embeddings.position_ids"] = positions
    for path in folder.glob("model*.safetensors*"):
        path.unlink()
    if shards == 1:
        torch.save(state, folder / "pytorch_model.bin")
        return
    names = np.array_split(list(state), shards)
    weight_map = {}
    for i, part in enumerate(names, 1):
        file = f"pytorch_model-{i:05}-of-{shards:05}.bin"
        torch.save({str(name): state[name] for name in part}, folder / file)
        weight_map |= {str(name): file for name in part}
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1))
