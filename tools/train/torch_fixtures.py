"""Writes small files of PyTorch, with what they hold, and hostile ones that must be refused.

What is read and refused is told in `expected.json`; `hostile.json` has pickles in hex, to be put into archives.

    python torch_fixtures.py [--out ../../test/weights/torch]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import re
import struct
import tarfile
import tempfile
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parents[2]
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


class Affine(nn.Module):
    """A leaf of the TorchScript module: every kind of attribute that a weight file may hold."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(-1, 1, size).half())
        self.register_buffer("steps", torch.tensor(7))
        self.offsets = [torch.ones(2), torch.zeros(1)]
        self.sizes = [1, 2]
        self.scales = [0.5]
        self.flags = [True]
        self.names = {"a": 1}
        self.pair = (1, 2.5)
        self.device = torch.device("cpu")

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight + self.offsets[0].sum() * self.scales[0]


class Net(nn.Module):
    """Submodules within each other, two of one class."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Linear(3, 4)
        self.blocks = nn.Sequential(Affine(4), Affine(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.projection(x))


def state_dict() -> OrderedDict:
    return nn.Sequential(nn.Conv2d(2, 3, 3, bias=False), nn.BatchNorm2d(3)).state_dict()


def dtypes() -> dict:
    floats = [0.0, -0.0, 1.5, -2.0, 65504.0, 2**-24, float("inf"), float("nan")]
    tensors = {}
    for dtype, name in DTYPES.items():
        if dtype == torch.bool:
            tensors[name] = torch.tensor([True, False, True])
        elif dtype.is_floating_point:
            tensors[name] = torch.tensor(floats, dtype=torch.float64).to(dtype)
        else:
            limits = torch.iinfo(dtype)
            tensors[name] = torch.tensor([limits.min, 0, 1, limits.max], dtype=dtype)
    return tensors


def views() -> dict:
    base = torch.arange(24.0).reshape(2, 3, 4)
    return {
        "whole": base,
        "again": base,
        "tail": base[1, 1:],
        "transposed": base.transpose(0, 2),
        "every_other": base[:, :, ::2],
        "column": base[:, 1, 3],
        "expanded": torch.tensor([1.0, 2.0]).reshape(2, 1).expand(2, 3),
        "windows": torch.arange(5).as_strided((3, 3), (1, 1)),
        "channels_last": torch.arange(24).short().reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
        "ones_between": torch.arange(6).int().reshape(3, 1, 2, 1).permute(2, 1, 0, 3),
        "scalar": torch.tensor(-3.5),
        "empty": torch.empty(0, 4),
        "empty_tail": torch.arange(4.0)[4:],
    }


def checkpoint() -> dict:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [5, 9])
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    scheduler.step()
    return {
        "epoch": 3,
        "best": 0.25,
        "done": False,
        "note": "größer",
        "nothing": None,
        "numbers": [2**31, -(2**40), 2**70, -1, 255, 256, 65536],
        "raw": b"\x00\xff",
        "words": {"a"},
        "size": torch.Size([1, 2]),
        "dtype": torch.float16,
        "device": torch.device("cuda", 1),
        "state_dict": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "history": [(0, torch.tensor([0.5])), {"loss": torch.tensor(0.25), True: None, (1, 2): "no tensor"}],
    }


def parameters() -> dict:
    marked = nn.Parameter(torch.ones(2))
    marked.is_prompt = True
    return {"weight": nn.Parameter(torch.arange(4.0).reshape(2, 2)), "marked": marked}


def data_parallel() -> dict:
    return {"state_dict": OrderedDict((f"module.{k}", v) for k, v in state_dict().items())}


def readable() -> dict[str, tuple[object, int]]:
    """Name → what is saved, pickle protocol."""
    return {
        "state-dict.pt": (state_dict(), 2),
        "dtypes.pt": (dtypes(), 2),
        "views.pt": (views(), 2),
        "checkpoint.pt": (checkpoint(), 2),
        "parameters.pt": (parameters(), 2),
        "data-parallel.pt": (data_parallel(), 2),
        "tensor.pt": (torch.tensor([1, 2]), 2),
        "protocol-1.pt": (checkpoint(), 1),
        "protocol-4.pt": (checkpoint(), 4),
        "protocol-5.pt": (checkpoint(), 5),
    }


def refused() -> dict[str, tuple[object, str, str]]:
    """Name → what is saved, the code, what the message says. Each is a mistake that people make."""
    quantised = torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)
    return {
        "module.pt": (nn.Linear(2, 2), "WEIGHTS_UNSAFE", "torch.nn.modules.linear.Linear"),
        "numpy.pt": ({"loss": np.float64(1)}, "WEIGHTS_UNSAFE", "numpy"),
        "sparse.pt": ({"a": torch.eye(2).to_sparse()}, "WEIGHTS_DTYPE", "_get_layout"),
        "quantised.pt": ({"a": quantised}, "WEIGHTS_DTYPE", "QInt8Storage"),
        "complex.pt": ({"a": torch.ones(2, dtype=torch.cfloat)}, "WEIGHTS_DTYPE", "ComplexFloatStorage"),
        "uint16.pt": ({"a": torch.ones(2, dtype=torch.uint16)}, "WEIGHTS_DTYPE", "UntypedStorage"),
        "negated.pt": ({"a": torch._neg_view(torch.ones(2))}, "WEIGHTS_DTYPE", "negated"),
        "same-name.pt": ({"a.b": torch.ones(1), "a": {"b": torch.ones(1)}}, "WEIGHTS_DUPLICATE", '"a.b"'),
    }


class Call:
    """Pickles as a call of any function: how a hostile file runs code."""

    def __init__(self, function: object, *args: object) -> None:
        self.call = function, args

    def __reduce__(self) -> tuple:
        return self.call


def hostile() -> dict[str, tuple[bytes, str, str]]:
    """Name → pickle, code, what the message says. The archive around it has a storage "0" of 16 bytes."""
    g = "c{}\n".format
    cycle: list = []
    cycle.append(cycle)
    deep: list = []
    for _ in range(200):
        deep = [deep]
    laughs: list = ["ha"]
    for _ in range(30):
        laughs = [laughs] * 10

    unsafe = {
        "os.system": (pickle.dumps({"a": Call(os.system, "true")}, 2), "posix.system"),
        "os.system, protocol 4": (pickle.dumps(Call(os.system, "true"), 4), "posix.system"),
        "posix": (program(g("posix\nsystem"), text("true"), "\x85R."), "posix.system"),
        "nt": (program(g("nt\nsystem"), text("true"), "\x85R."), "nt.system"),
        "eval": (pickle.dumps(Call(eval, "1"), 2), "__builtin__.eval"),
        "exec by STACK_GLOBAL": (
            program(text("builtins"), text("exec"), "\x93", text("1"), "\x85R.", protocol=4),
            "builtins.exec",
        ),
        "a storage from bytes": (
            program(g("torch.storage\n_load_from_bytes"), "C\x01a\x85R."),
            "torch.storage._load_from_bytes",
        ),
        "a dotted import": (
            program(g("torch._utils\n_import_dotted_name"), text("os.system"), "\x85R."),
            "torch._utils._import_dotted_name",
        ),
        "no TorchScript after all": (program(g("__torch__evil\nsystem"), ")\x81."), "__torch__evil.system"),
        "a TorchScript class as a function": (program(g("__torch__\nM"), ")R."), "__torch__.M"),
        "a call within a tensor's arguments": (
            program(g("torch._utils\n_rebuild_tensor_v2"), "(", g("posix\nsystem"), text("true"), "\x85RtR."),
            "posix.system",
        ),
        "a call of what a call gave": (program(g("collections\nOrderedDict"), ")R)R."), "calls a dict"),
        "a call of a tensor": (program(tensor(), ")R."), "calls a tensor"),
        "an object of another class": (
            program(g("subprocess\nPopen"), text("true"), "\x85\x81."),
            "subprocess.Popen",
        ),
        "an object of a dict": (program("})\x81."), "instantiates a dict"),
        "NEWOBJ_EX": (program(g("subprocess\nPopen"), ")}\x92.", protocol=4), "subprocess.Popen"),
        "INST": (program("(", text("true"), "iposix\nsystem\n."), "posix.system"),
        "OBJ": (program("(", g("posix\nsystem"), text("true"), "o."), "posix.system"),
        "EXT1": (program("\x82\x01."), "EXT1"),
        "EXT2": (program("\x83\x01\0."), "EXT2"),
        "EXT4": (program("\x84\x01\0\0\0."), "EXT4"),
        "a state for a function": (program(g("posix\nsystem"), "}b."), "posix.system"),
        "a state for a tensor": (program(tensor(), "}b."), "state of a tensor"),
    }
    outside = "outside of its pickle"
    arguments = "other arguments"
    themselves = "within themselves"
    damaged = {
        "a persistent id that is text": (program(text("posix.system"), "Q."), outside),
        "a persistent id of protocol 0": (b"Pposix.system\n.", "0x50"),
        "a persistent id of another kind": (program(storage(kind="module"), "."), outside),
        "a persistent id of no class": (program(storage(type=text("FloatStorage")), "."), outside),
        "a persistent id of no key": (program(storage(key="N"), "."), outside),
        "a persistent id in itself": (program("(", text("storage"), "((tQ."), outside),
        "a storage of negative length": (program(storage(length="J\xff\xff\xff\xff"), "."), outside),
        "a storage of fractional length": (program(storage(length="G\x3f\xe0" + "\0" * 6), "."), outside),
        "a tensor of negative strides": (program(tensor(strides="J\xff\xff\xff\xff"), "."), arguments),
        "a tensor of negative sides": (program(tensor(shape="J\xff\xff\xff\xff"), "."), arguments),
        "a tensor at a negative offset": (program(tensor(offset="J\xff\xff\xff\xff"), "."), arguments),
        "a tensor of more sides than strides": (program(tensor(shape="K\x01K\x01"), "."), arguments),
        "a tensor of 65 sides": (program(tensor(shape="K\x01" * 65, strides="K\x01" * 65), "."), arguments),
        "a tensor of NaN sides": (program(tensor(shape="G\x7f\xf8" + "\0" * 6), "."), arguments),
        "a tensor of no elements and yet too many": (
            program(tensor(shape="J\xff\xff\xff\x7f" * 63 + "K\0", strides="K\0" * 64), "."),
            arguments,
        ),
        "a tensor without arguments": (program(g("torch._utils\n_rebuild_tensor_v2"), ")R."), arguments),
        "a parameter of a dict": (program(g("torch._utils\n_rebuild_parameter"), "}\x85R."), arguments),
        "a call with a list": (program(g("collections\nOrderedDict"), "]R."), "with a list"),
        "a list in itself": (pickle.dumps(cycle, 2), themselves),
        "a dict in itself": (program("}q\0", text("a"), "h\0s."), themselves),
        "a TorchScript object in itself": (
            program(g("__torch__\nM"), ")\x81q\0}", text("a"), "h\0sb."),
            themselves,
        ),
        "200 lists in each other": (pickle.dumps(deep, 2), "128 levels"),
        "1001 marks": (program("(" * 1001, "."), "1000 lists"),
        "a list for a key": (program("}]Ns."), "a list for a key"),
        "a key without a value": (program("}(Nu."), "a key without a value"),
        "a tensor below a tuple": (program("}N\x85", tensor(), "s."), "no name"),
        "items for a list": (program("]NNs."), "sets items of a list"),
        "an item for a tuple": (program(")Na."), "appends to a tuple"),
        "a memo that is empty": (program("h\0."), "not memorised"),
        "no value": (program("."), "by STOP at its byte 2"),
        "more values taken than there are": (program("N\x86."), "by TUPLE2 at its byte 3"),
        "values from below a mark": (program("N(\x85t."), "by TUPLE1 at its byte 4"),
        "no mark": (program("Nt."), "by TUPLE at its byte 3"),
        "no end": (program("N"), "ends at its byte 3"),
        "bytes after the end": (program("N.N"), "1 bytes after its end"),
        "no bytes": (b"", "ends at its byte 0"),
        "protocol 6": (b"\x80\x06N.", "protocol 6"),
        "an unknown instruction": (program("\xff."), "0xff, at its byte 2"),
        "a buffer from outside": (program("\x97.", protocol=5), "0x97, at its byte 2"),
        "text of 4 GiB": (program("X\xff\xff\xff\xff."), "4294967295 more"),
        "text of 16 EiB": (program("\x8d" + "\xff" * 8 + ".", protocol=4), "18446744073709552000 more"),
        "bytes of 16 EiB": (program("\x8e" + "\xff" * 8 + ".", protocol=4), "18446744073709552000 more"),
        "a frame of 16 EiB": (program("\x95" + "\xff" * 8 + "N.", protocol=4), "a frame of"),
        "an integer of 2 GiB": (program("\x8b\xff\xff\xff\x7f."), "2147483647 more"),
        "an integer of 1025 bytes": (program("\x8b\x01\x04\0\0" + "\x01" * 1025 + "."), "1025 bytes"),
        "an integer of letters": (program("I1e9\n."), '"1e9"'),
        "a line without an end": (program("cposix"), "line, at its byte 3"),
        "text that is not UTF-8": (program("X\x01\0\0\0\xff."), "not UTF-8"),
        "a state that is no dict": (program(g("__torch__\nM"), ")\x81]b."), "is a list"),
        "an attribute without a name": (program(g("__torch__\nM"), ")\x81}NNsb."), "by None"),
    }
    limit = "J\xff\xff\xff\x7f"  # 2^31 - 1
    misplaced = {
        "a storage that is not there": (program(tensor(key=text("1")), "."), 'no data for its storage "1"'),
        "a storage shorter than it says": (program(tensor(length="K\x05"), "."), "needs 20 bytes"),
        "a storage of 2^52 elements": (
            program(tensor(length="\x8a\x07" + "\0" * 6 + "\x10"), "."),
            "needs 18014398509481984 bytes",
        ),
        "a view beyond its storage": (program(tensor(offset="K\x01"), "."), "to element 4 of"),
        "strides beyond the storage": (program(tensor(strides="K\x04"), "."), "to element 12 of"),
        "strides beyond 2^53": (program(tensor(shape=limit * 4, strides=limit * 4), "."), "reaches to"),
    }
    large = {
        "an expanded tensor of 2^93 elements": (
            program(tensor(shape=limit * 3, strides="K\0" * 3), "."),
            "[2147483647, 2147483647, 2147483647]",
        ),
        "an expanded tensor beyond every float": (
            program(tensor(shape=limit * 64, strides="K\0" * 64), "."),
            "[2147483647, ",
        ),
        "ten to the thirtieth laughs": (pickle.dumps(laughs, 2), "steps"),
    }
    groups = {
        "WEIGHTS_UNSAFE": unsafe,
        "WEIGHTS_PICKLE": damaged,
        "WEIGHTS_STORAGE": misplaced,
        "WEIGHTS_TOO_LARGE": large,
    }
    return {
        name: (data, code, says) for code, group in groups.items() for name, (data, says) in group.items()
    }


def program(*parts: str, protocol: int = 2) -> bytes:
    """A pickle of these parts, each character a byte."""
    return (f"\x80{chr(protocol)}" + "".join(parts)).encode("latin1")


def text(value: str) -> str:
    """BINUNICODE of short ASCII text."""
    return f"X{chr(len(value))}\0\0\0{value}"


FIRST = text("0")  # the key of a storage


def storage(
    kind: str = "storage",
    type: str = "ctorch\nFloatStorage\n",
    key: str = FIRST,
    length: str = "K\x04",
) -> str:
    """The instructions that make a storage, given those that make the parts of its id."""
    return f"({text(kind)}{type}{key}{text('cpu')}{length}tQ"


def tensor(
    key: str = FIRST,
    length: str = "K\x04",
    offset: str = "K\0",
    shape: str = "K\x04",
    strides: str = "K\x01",
) -> str:
    """The instructions that make a float32 tensor, given those that make its storage's key and its numbers."""
    made = storage(key=key, length=length)
    return f"ctorch._utils\n_rebuild_tensor_v2\n({made}{offset}({shape}t({strides}t\x89}}tR"


def flat(value: object, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every tensor in dicts, lists and tuples, by dotted name."""
    if isinstance(value, Tensor):
        yield name, value
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, (list, tuple))
        else ()
    )
    for key, item in items:
        yield from flat(item, f"{name}.{key}" if name else str(key))


def described(tensors: Iterator[tuple[str, Tensor]]) -> dict[str, dict]:
    """Name → dtype, shape and the row-major bytes in hex."""
    return {
        name: {
            "dtype": DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "hex": tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes().hex(),
        }
        for name, tensor in tensors
    }


def script_tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """A TorchScript module's parameters and buffers, and those in lists of tensors."""
    yield from module.state_dict().items()
    for name, block in module.named_modules():
        for i, tensor in enumerate(getattr(block, "offsets", ())):
            yield f"{name}.offsets.{i}", tensor


def rewrite(source: Path, target: Path, changes: dict[str, bytes | None]) -> None:
    """Copies an archive by PyTorch's own writer, with entries of these name endings changed, or left out."""
    writer = torch._C.PyTorchFileWriter(str(target))
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            name = info.filename.split("/", 1)[1]
            if name in ("version", ".data/serialization_id"):
                continue  # the writer's own
            data = archive.read(info)
            for ending, change in changes.items():
                data = change if name.endswith(ending) else data
            if data is not None:
                writer.write_record(name, data, len(data))
    writer.write_end_of_file()


def save_script(module: nn.Module, target: Path) -> None:
    """`torch.jit.save`, without the debug entries: they hold paths of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / target.name
        torch.jit.save(torch.jit.script(module), str(path))
        rewrite(path, target, {".debug_pkl": None})


def save_deflated(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as deflated:
        for info in archive.infolist():
            deflated.writestr(zipfile.ZipInfo(info.filename), archive.read(info), zipfile.ZIP_DEFLATED)


def save_bomb(target: Path, declared: int) -> None:
    """A tensor of so many bytes, as is declared, whose 8 MiB of zeros are deflated to 8 kB."""
    actual = 2**23
    length = f"J{struct.pack('<I', declared // 4).decode('latin1')}"
    with zipfile.ZipFile(target, "w") as archive:
        made = program(tensor(length=length, shape=length), ".")
        archive.writestr(zipfile.ZipInfo("bomb/data.pkl"), made)
        archive.writestr(zipfile.ZipInfo("bomb/data/0"), bytes(actual), zipfile.ZIP_DEFLATED, 9)
    data = target.read_bytes()
    assert data.count(struct.pack("<I", actual)) == 2  # in the local header and in the directory
    target.write_bytes(data.replace(struct.pack("<I", actual), struct.pack("<I", declared)))


def save_tar(target: Path) -> None:
    """The entries of PyTorch 0.1's archives, empty."""
    with tarfile.open(target, "w") as archive:
        for name in ("storages", "tensors", "pickle"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())


def write_json(path: Path, value: object) -> None:
    """Indented, with lists on one line."""
    indented = json.dumps(value, indent=2)
    path.write_text(
        re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", indented) + "\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "test" / "weights" / "torch")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")  # quantisation and TorchScript are deprecated
    torch.manual_seed(1)

    tensors: dict[str, dict] = {}
    for name, (value, protocol) in readable().items():
        torch.save(value, out / name, pickle_protocol=protocol)
        tensors[name] = described(flat(value))
    net = Net().eval()
    save_script(net, out / "script.pt")
    tensors["script.pt"] = described(script_tensors(net))
    save_deflated(out / "state-dict.pt", out / "deflated.pt")
    tensors["deflated.pt"] = tensors["state-dict.pt"]

    refusals: dict[str, dict[str, str]] = {}
    for name, (value, code, says) in refused().items():
        torch.save(value, out / name)
        refusals[name] = {"code": code, "says": says}
    torch.save(state_dict(), out / "legacy.pt", _use_new_zipfile_serialization=False)
    refusals["legacy.pt"] = {"code": "WEIGHTS_LEGACY", "says": "several pickles"}
    save_tar(out / "legacy-tar.pt")
    refusals["legacy-tar.pt"] = {"code": "WEIGHTS_LEGACY", "says": "tar"}
    rewrite(out / "parameters.pt", out / "big-endian.pt", {"byteorder": b"big"})
    refusals["big-endian.pt"] = {"code": "WEIGHTS_BYTE_ORDER", "says": "big"}
    save_bomb(out / "bomb.pt", 2**23)
    refusals["bomb.pt"] = {"code": "WEIGHTS_TOO_LARGE", "says": "8388608 bytes inflated"}
    save_bomb(out / "lying-bomb.pt", 64)
    refusals["lying-bomb.pt"] = {"code": "WEIGHTS_ZIP", "says": "64 bytes"}

    write_json(out / "expected.json", {"tensors": tensors, "refused": refusals})
    cases = {
        name: {"code": code, "says": says, "pickle": data.hex()}
        for name, (data, code, says) in hostile().items()
    }
    write_json(out / "hostile.json", cases)


if __name__ == "__main__":
    main()
