"""Writes weights files by the libraries that people have them from, at random, for the tests of `bpclip convert`.

By default tiny ones, which are committed, with the features that the libraries compute from them; with --full their
own sizes, which are not. What is tiny and not by a library's own code is said where it is made.

    python -m venv .venv-lib && .venv-lib/bin/pip install torch torchvision timm open_clip_torch transformers ftfy
    .venv-lib/bin/python library_files.py [--out ../../test/weights/convert/files]
    .venv-lib/bin/python library_files.py --full /somewhere [--state runs/first/last.pt]
"""

from __future__ import annotations

import argparse
import copy
import gzip
import io
import json
import shutil
import warnings
import zipfile
from pathlib import Path

import numpy as np
import open_clip
import timm
import torch
import torch.nn.functional as F
import torchvision
import transformers
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from bpe import Tokenizer
from config import WORDS, Backbone, ModelConfig
from model import BPCLIP
from seeded import seeded_picture
from text import TextConfig, TextTower, features, learnt_tokenizer

ROOT = Path(__file__).parents[2]
CLIP_MERGES = ROOT.parent / "shared" / "clip" / "bpe_simple_vocab_16e6.txt.gz"
TINY = {"context_length": 12, "width": 8, "heads": 2, "layers": 2}
JOINT = 6
SIDE = 96
SHARD = 300_000_000
SENTENCES = [
    f"{a} {b}"
    for a in ("a photo of", "a blurry picture of", "It's", "the sharpest view of", "noisy:")
    for b in (
        *("a cat", "two dogs, running", "the sea at night", "an old man's face", "Zürich in 1999"),
        *("snow & ice", "a hazy, washed-out sky", "<b>bold</b> text", "naïve café tables", "100% JPEG artefacts!"),
    )
]


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


def save_features(path: Path, found: Tensor, texts: list[str]) -> None:
    save_file({"features": found.contiguous()}, path, metadata={"texts": json.dumps(texts)})


def without_code(archive: bytes) -> bytes:
    """A TorchScript archive with its tensors alone, for its code, which is not read, is most of a tiny one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            name = entry.filename.split("/", 1)[1]
            if name in ("data.pkl", "version", "byteorder") or name.startswith("data/"):
                target.writestr(entry.filename, source.read(entry))
    return out.getvalue()


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
        image_size=32,
        patch_size=32,
        projection_dim=text.projection_dim,
    )
    return transformers.CLIPConfig(
        text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=text.projection_dim
    )


def save_as_bin(folder: Path, model: nn.Module, shards: int) -> None:
    """pytorch_model.bin and its shards, with position_ids, as transformers wrote them before it had safetensors only."""
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


def tiny_clip(tokenizer: Tokenizer, quick_gelu: bool, custom: bool = False) -> nn.Module:
    vision = CLIPVisionCfg(layers=1, width=8, head_width=4, image_size=8, patch_size=8)
    text = CLIPTextCfg(vocab_size=len(tokenizer), **TINY)
    return randomise((CustomTextCLIP if custom else CLIP)(JOINT, vision, text, quick_gelu=quick_gelu))


def write_tiny_clip(out: Path) -> None:
    tokenizer = Tokenizer(learnt_tokenizer().merges[:40])
    (out / "merges.txt").write_text(tokenizer.to_text())
    texts = ["sharp", "a very blurry photo", "noise, and more noise than any context can hold: grain grain grain"]
    tokens = tokenizer(texts, TINY["context_length"])

    def features_of(name: str, found: Tensor) -> None:
        save_features(out / f"{name}.features.safetensors", found, texts)

    model = tiny_clip(tokenizer, quick_gelu=True).half().float()
    (out / "openai.pt").write_bytes(without_code(scripted(as_openai(model))))
    features_of("openai", open_clip_features(model, tokens))

    model = tiny_clip(tokenizer, quick_gelu=False).half()
    save_file(dict(model.state_dict()), out / "open-clip.safetensors")
    training = {"epoch": 1, "name": "tiny", "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}}}
    training["state_dict"] = {f"module.{k}": v for k, v in model.state_dict().items()}
    torch.save(training, out / "open-clip-training.pt")
    features_of("open-clip", open_clip_features(model, tokens))

    model = tiny_clip(tokenizer, quick_gelu=False, custom=True).half()
    torch.save(model.state_dict(), out / "open-clip-custom.bin")
    features_of("open-clip-custom", open_clip_features(model, tokens))

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": TINY["width"],
        "intermediate_size": 4 * TINY["width"],
        "num_hidden_layers": TINY["layers"],
        "num_attention_heads": TINY["heads"],
        "max_position_embeddings": TINY["context_length"],
        "projection_dim": JOINT,
        "bos_token_id": tokenizer.start,
        "eos_token_id": tokenizer.end,
        "pad_token_id": 0,
    }
    for name, kind, act in (
        ("hf-model", "CLIPModel", "gelu"),
        ("hf-text", "CLIPTextModelWithProjection", "quick_gelu"),
        ("hf-no-projection", "CLIPTextModel", "quick_gelu"),
    ):
        folder = out / name
        model = randomise(getattr(transformers, kind)(hugging_face_config(kind, text | {"hidden_act": act}))).half()
        model.save_pretrained(folder, max_shard_size=12_000 if kind == "CLIPModel" else "1GB")
        if kind != "CLIPTextModel":
            features_of(name, hugging_face_features(model.float(), tokens))
        if kind == "CLIPTextModelWithProjection":
            save_as_bin(folder, model.half(), shards=1)
            vocabulary, merges = tokenizer.vocabulary, [tuple(pair) for pair in tokenizer.merges]
            fast = transformers.CLIPTokenizer(
                vocab={symbol: i for i, symbol in enumerate(vocabulary)}, merges=merges
            )
            fast.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        if kind == "CLIPModel":
            hugging_face_vocabulary(folder, tokenizer)


def write_resnet_shapes(out: Path) -> None:
    """Names and shapes of whole networks, and of those that are refused: no tiny one has torchvision's class."""
    networks = {
        "torchvision resnet50": torchvision.models.resnet50,
        "torchvision resnet34": torchvision.models.resnet34,
        "torchvision resnext50_32x4d": torchvision.models.resnext50_32x4d,
        "torchvision wide_resnet50_2": torchvision.models.wide_resnet50_2,
        **{f"timm {name}": (lambda name=name: timm.create_model(name)) for name in ("resnet50", "resnet50d")},
    }
    shapes = {}
    with torch.device("meta"):
        for name, make in networks.items():
            state = make().state_dict()
            kept = {k: list(v.shape) for k, v in state.items() if "resnet50" in name or "layer1" in k or "." in k[:6]}
            shapes[name] = kept
    shapes["timm resnet50"] = "torchvision resnet50" if shapes["timm resnet50"] == shapes["torchvision resnet50"] else 1
    (out / "resnet-shapes.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")


def tiny_resnet() -> nn.Module:
    """timm's class at a tiny size; torchvision's has one width only."""
    block = timm.models.resnet.Bottleneck
    model = timm.models.resnet.ResNet(block, (1, 2, 1, 1), num_classes=3, channels=(4, 8, 16, 32), zero_init_last=False)
    return randomise(model)


@torch.no_grad()
def resnet_maps(model: nn.Module, normalise: bool = False) -> dict[str, Tensor]:
    """The five feature maps of the seeded picture, N×H×W×C, by the library's own modules."""
    x = torch.from_numpy(seeded_picture(SIDE, SIDE, 1)).permute(2, 0, 1)[None].float() / 255
    stem = [getattr(model, name) for name in ("conv1", "bn1", "relu" if hasattr(model, "relu") else "act1")]
    for layer in stem:
        x = layer(x)
    maps = {"level.1": x}
    x = model.maxpool(x)
    for i in range(1, 5):
        x = getattr(model, f"layer{i}")(x)
        maps[f"level.{i + 1}"] = x
    return {name: value.permute(0, 2, 3, 1).contiguous().clone() for name, value in maps.items()}


def write_tiny_resnet(out: Path) -> None:
    model = tiny_resnet()
    half = {k: v.half() if v.ndim > 1 else v for k, v in model.state_dict().items()}
    model.load_state_dict(half)
    torch.save({"epoch": 1, "state_dict": half}, out / "resnet.pth")
    maps = {name: value.flatten()[:: max(1, value.numel() // 256)] for name, value in resnet_maps(model).items()}
    save_file({name: value.contiguous() for name, value in maps.items()}, out / "resnet.maps.safetensors")


def tiny_state() -> tuple[dict, dict[str, BPCLIP]]:
    """What train.py saves, of tiny networks; numbers have few bits, so that it can be compressed."""
    tokenizer = Tokenizer(learnt_tokenizer().merges[:40])
    backbone = Backbone(stem=8, width=4, blocks=(1, 1, 1, 1))
    sizes = {"backbone": backbone, "width": 16, "joint_width": 12, "gate_width": 8, "position_size": 8}
    models = {mode: BPCLIP(ModelConfig(name=f"tiny-{mode}", mode=mode, **sizes)) for mode in ("nr", "fr")}
    models["fr"].backbone = models["nr"].backbone
    parts = nn.ModuleDict(models)
    parts["tower"] = tower = TextTower(TextConfig(len(tokenizer), 12, 8, 2, 2, 12))
    parts["kinds"] = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 2))
    randomise(parts)
    with torch.no_grad():
        for value in parts.state_dict().values():
            if value.is_floating_point():
                value.copy_((value * 16).round() / 16)
    state = {
        "model": {"nr.position.h": torch.zeros(1)},
        "average": parts.state_dict(),
        "bpclip": {mode: model.config.to_json() for mode, model in models.items()},
        "clip_text": tower.config.to_json(),
        "merges": tokenizer.to_text(),
        "optimizer": {"state": {}, "param_groups": [{"lr": 0.1, "params": [0]}]},
        "step": 2,
    }
    with torch.no_grad():
        for model in models.values():
            model.text.features = features(tower, tokenizer, WORDS)
    return state, models


def scores(models: dict[str, BPCLIP]) -> dict[str, float]:
    """Of a photograph, in FR beside its posterised self, in float64."""
    picture = np.asarray(Image.open(ROOT / "test" / "photos" / "chelsea.png").convert("RGB"))
    image, posterised = (
        torch.from_numpy(p.copy()).permute(2, 0, 1)[None].double() / 255 for p in (picture, (picture & 0xE0) | 0x10)
    )
    with torch.no_grad():
        nr, fr = (copy.deepcopy(models[mode]).eval().double() for mode in ("nr", "fr"))
        return {"nr": nr(image).score.item(), "fr": fr(posterised, image).score.item()}


def write_tiny_state(out: Path) -> None:
    state, models = tiny_state()
    saved = io.BytesIO()
    torch.save(state, saved)
    (out / "state.pt.gz").write_bytes(gzip.compress(saved.getvalue(), 9, mtime=0))
    (out / "state.scores.json").write_text(json.dumps(scores(models)) + "\n")


def write_full_clip(out: Path) -> None:
    tokenizer = Tokenizer.from_text(
        "\n".join(gzip.decompress(CLIP_MERGES.read_bytes()).decode().split("\n")[: 1 + 48894])
    )
    texts = [*WORDS, *SENTENCES]
    shutil.copy(CLIP_MERGES, out / CLIP_MERGES.name)
    # 'RN50-quickgelu' is OpenAI's RN50.
    for name, architecture in (("openai-rn50", "RN50-quickgelu"), ("open-clip-rn50", "RN50")):
        model = randomise(open_clip.create_model(architecture))
        if name == "openai-rn50":
            model.half().float()
            (out / f"{name}.pt").write_bytes(scripted(as_openai(model)))
        else:
            save_file(dict(model.state_dict()), out / f"{name}.safetensors")
            torch.save(model.state_dict(), out / f"{name}.bin")
        tokens = open_clip.get_tokenizer(architecture)(texts)
        save_features(out / f"{name}.features.safetensors", open_clip_features(model, tokens), texts)
        print(name, flush=True)

    tokens = tokenizer(texts, 77)
    for name, kind, act in (
        ("hf-model", "CLIPModel", "gelu"),
        ("hf-text", "CLIPTextModelWithProjection", "quick_gelu"),
    ):
        folder = out / name
        text = {"hidden_act": act, "projection_dim": 512, "eos_token_id": 49407}
        model = randomise(getattr(transformers, kind)(hugging_face_config(kind, text)))
        model.save_pretrained(folder, max_shard_size="150MB" if kind == "CLIPModel" else "2GB")
        hugging_face_vocabulary(folder, tokenizer)
        if kind == "CLIPModel":
            fast = transformers.CLIPTokenizer.from_pretrained(folder)
            tokens = torch.tensor(fast(texts, padding="max_length", max_length=77, truncation=True)["input_ids"])
        else:
            save_as_bin(folder, model, shards=2)
        save_features(out / f"{name}.features.safetensors", hugging_face_features(model, tokens), texts)
        print(name, flush=True)


def write_full_resnet(out: Path) -> None:
    model = randomise(torchvision.models.resnet50())
    torch.save(model.state_dict(), out / "torchvision-resnet50.pth")
    save_file(resnet_maps(model), out / "torchvision-resnet50.maps.safetensors")
    model = randomise(timm.create_model("resnet50"), 1)
    save_file(dict(model.state_dict()), out / "timm-resnet50.safetensors")
    torch.save(model.state_dict(), out / "timm-resnet50.pth")
    save_file(resnet_maps(model), out / "timm-resnet50.maps.safetensors")


def write_state(out: Path, path: Path) -> None:
    """A real training state, and what its averaged networks give."""
    saved = torch.load(path, map_location="cpu")
    average = saved["average"]
    tower = TextTower(TextConfig.from_json(saved["clip_text"]))
    tower.load_state_dict({k[6:]: v for k, v in average.items() if k.startswith("tower.")})
    tokenizer = Tokenizer.from_text(saved["merges"])
    models = {}
    for mode in ("nr", "fr"):
        models[mode] = BPCLIP(ModelConfig.from_json(saved["bpclip"][mode]))
        models[mode].load_state_dict({k[3:]: v for k, v in average.items() if k.startswith(f"{mode}.")})
        with torch.no_grad():
            models[mode].text.features = features(tower, tokenizer, WORDS)
    shutil.copy(path, out / "state.pt")
    (out / "state.scores.json").write_text(json.dumps(scores(models)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "test" / "weights" / "convert" / "files")
    parser.add_argument("--full", type=Path, help="write the large files, to this folder, instead")
    parser.add_argument("--state", type=Path, help="a training state, to be put beside the large files")
    args = parser.parse_args()
    torch.set_num_threads(1)
    out = args.full or args.out
    out.mkdir(parents=True, exist_ok=True)
    if args.state:
        write_state(out, args.state)
    elif args.full:
        write_full_clip(out)
        write_full_resnet(out)
    else:
        write_tiny_clip(out)
        write_resnet_shapes(out)
        write_tiny_resnet(out)
        write_tiny_state(out)


if __name__ == "__main__":
    main()
