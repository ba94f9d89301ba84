"""Writes weights files by the libraries that people have them from, at random, for the tests of `bpclip convert`.

By default tiny ones, which are committed, with the features that the libraries compute from them; with --full their
own sizes, which are not. What is tiny and not by a library's own code is said where it is made.

    python -m venv .venv-lib && .venv-lib/bin/pip install torch torchvision timm open_clip_torch transformers ftfy
    .venv-lib/bin/python library_files.py [--out ../../test/weights/convert/files]
    .venv-lib/bin/python library_files.py --full /somewhere [--state runs/first/last.pt]
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import open_clip
import timm
import torch
import torchvision
import transformers
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg, CustomTextCLIP
from safetensors.torch import save_file
from torch import Tensor, nn

from bpe import Tokenizer
from config import WORDS, Backbone, ModelConfig
from library_models import (
    ROOT,
    as_openai,
    hugging_face_config,
    hugging_face_features,
    hugging_face_vocabulary,
    open_clip_features,
    randomise,
    resnet_maps,
    save_as_bin,
    save_compressed,
    save_features,
    scores,
    scripted,
)
from model import BPCLIP
from text import TextConfig, TextTower, features, learnt_tokenizer

CLIP_MERGES = ROOT.parent / "shared" / "clip" / "bpe_simple_vocab_16e6.txt.gz"
TINY = {"context_length": 12, "width": 4, "heads": 2, "layers": 2}
JOINT = 6
SENTENCES = [
    f"{a} {b}"
    for a in ("a photo of", "a blurry picture of", "It's", "the sharpest view of", "noisy:")
    for b in (
        *("a cat", "two dogs, running", "the sea at night", "an old man's face", "Zürich in 1999"),
        *("snow & ice", "a hazy, washed-out sky", "<b>bold</b> text", "naïve café tables", "100% JPEG!"),
    )
]


def without_code(archive: bytes) -> bytes:
    """A TorchScript archive with its tensors alone, for its code, which is not read, is most of a tiny one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            name = entry.filename.split("/", 1)[1]
            if name in ("data.pkl", "version", "byteorder") or name.startswith("data/"):
                target.writestr(entry, source.read(entry))
    return out.getvalue()


def tiny_clip(tokenizer: Tokenizer, quick_gelu: bool, custom: bool = False) -> nn.Module:
    vision = CLIPVisionCfg(layers=1, width=4, head_width=4, image_size=4, patch_size=4)
    text = CLIPTextCfg(vocab_size=len(tokenizer), **TINY)
    return randomise((CustomTextCLIP if custom else CLIP)(JOINT, vision, text, quick_gelu=quick_gelu))


def write_tiny_clip(out: Path) -> None:
    tokenizer = Tokenizer(learnt_tokenizer().merges[:40])
    (out / "merges.txt").write_text(tokenizer.to_text())
    texts = [
        "sharp",
        "a very blurry photo",
        "noise, and more noise than any context can hold: grain grain grain",
    ]
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
    save_file(dict(model.state_dict()), out / "open-clip-custom.safetensors")
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
        model = randomise(
            getattr(transformers, kind)(hugging_face_config(kind, text | {"hidden_act": act}))
        ).half()
        model.save_pretrained(folder, max_shard_size=6_000 if kind == "CLIPModel" else "1GB")
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
    """Names and shapes alone, for torchvision's class has no tiny networks: all of resnet50, which is one in both
    libraries, and the stem and first block of those that are refused."""
    names = ("torchvision resnet50", "timm resnet50", "timm resnet50d")
    names += tuple(f"torchvision {name}" for name in ("resnet34", "resnext50_32x4d", "wide_resnet50_2"))
    shapes = {}
    for name in names:
        library, network = name.split()
        with torch.device("meta"):
            model = (
                getattr(torchvision.models, network)()
                if library == "torchvision"
                else timm.create_model(network)
            )
        shapes[name] = {key: list(value.shape) for key, value in model.state_dict().items()}
    if shapes.pop("timm resnet50") != shapes["torchvision resnet50"]:
        raise SystemExit("resnet50 is no longer the same in torchvision and timm")
    for name in shapes:
        if name != "torchvision resnet50":
            first = {k: v for k, v in shapes[name].items() if not re.match(r"layer(?!1\.0\.)", k)}
            shapes[name] = first
    (out / "resnet-shapes.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")


def tiny_resnet() -> nn.Module:
    """timm's class at a tiny size; torchvision's has one width only."""
    block = timm.models.resnet.Bottleneck
    model = timm.models.resnet.ResNet(
        block, (1, 2, 1, 1), num_classes=3, channels=(2, 4, 8, 16), zero_init_last=False
    )
    return randomise(model)


def write_tiny_resnet(out: Path) -> None:
    model = tiny_resnet()
    half = {k: v.half() if v.ndim > 1 else v for k, v in model.state_dict().items()}
    model.load_state_dict(half)
    save_compressed({"epoch": 1, "state_dict": half}, out / "resnet.pth.gz")
    maps = {
        name: value.flatten()[:: max(1, value.numel() // 256)] for name, value in resnet_maps(model).items()
    }
    save_file({name: value.contiguous() for name, value in maps.items()}, out / "resnet.maps.safetensors")


def tiny_state() -> tuple[dict, dict[str, BPCLIP]]:
    """What train.py saves, of tiny networks; numbers have few bits, so that it can be compressed."""
    tokenizer = Tokenizer(learnt_tokenizer().merges[:40])
    backbone = Backbone(stem=16, width=2, blocks=(1, 1, 1, 1))
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
                value.copy_((value * 8).round() / 8)
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


def write_tiny_state(out: Path) -> None:
    state, models = tiny_state()
    state["average"] = {k: v.half() if v.is_floating_point() else v for k, v in state["average"].items()}
    save_compressed(state, out / "state.pt.gz")
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
            tokens = torch.tensor(
                fast(texts, padding="max_length", max_length=77, truncation=True)["input_ids"]
            )
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
