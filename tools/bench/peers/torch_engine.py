"""The process of PyTorch on the CPU: `torch_engine.py NETWORK CHECKPOINT`, the first as JSON.

The protocol is that of serve.ts.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

TRAIN = Path(__file__).parents[2] / "train"
SEED = 1


def usage() -> dict:
    """Milliseconds of the CPU, and resident bytes where the system tells."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    rss = None
    if Path("/proc/self/statm").exists():
        rss = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return {"cpu": 1000 * (used.ru_utime + used.ru_stime), "rss": rss}


class Engine:
    """Its methods are the protocol's commands."""

    def __init__(self, network: dict, path: str):
        self.network, self.path = network, path
        self.startup = 1000 * time.time() - float(os.environ["BENCH_SPAWNED"])
        self.before = usage()["rss"]

    def load(self) -> dict:
        started = time.perf_counter()
        sys.path.insert(0, str(TRAIN))
        import export_onnx
        import torch

        self.torch = torch
        self.model, self.inputs, _ = export_onnx.network(self.path, self.network["kind"] == "resnet50")
        load = 1000 * (time.perf_counter() - started)
        self.pictures = self.make_pictures()
        return {
            "adapter": f"PyTorch {torch.__version__} on the CPU",
            "load": self.startup + load,
            "compile": 0,
        }

    def make_pictures(self) -> list:
        from seeded import seeded_pair, seeded_picture

        height, width = self.network["height"], self.network["width"]
        is_pair = len(self.inputs) == 2
        pictures = seeded_pair(height, width, SEED) if is_pair else [seeded_picture(height, width, SEED)]
        return [self.torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255 for rgb in pictures]

    def run(self) -> dict:
        before = usage()["cpu"]
        started = time.perf_counter()
        with self.torch.inference_mode():
            output = self.model(*self.pictures).flatten().tolist()
        ms = 1000 * (time.perf_counter() - started)
        return {"ms": ms, "cpu": usage()["cpu"] - before, "output": output}

    def stats(self) -> dict:
        now = usage()
        growth = None if now["rss"] is None else now["rss"] - self.before
        return {**now, "rssGrowth": growth, "gpuBytes": None}


def main() -> None:
    engine = Engine(json.loads(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        try:
            answer = getattr(engine, line.strip())()
        except Exception as error:  # noqa: BLE001
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
