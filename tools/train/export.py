"""Turns a training run's last state into checkpoints, float16.

python export.py --run runs/nr --modes nr [--out ../../weights]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

import checkpoint
from train import Joint


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[2] / "weights")
    parser.add_argument("--modes", nargs="+", choices=["nr", "fr"], default=["nr", "fr"])
    args = parser.parse_args()
    joint = Joint()
    state = torch.load(args.run / "last.pt")
    joint.load_state_dict(state["model"], strict=False)
    args.out.mkdir(parents=True, exist_ok=True)
    for mode in args.modes:
        model = getattr(joint, mode)
        path = args.out / f"{model.config.name}.safetensors"
        checkpoint.save(str(path), model, model.config, torch.float16)
        path.chmod(0o644)
        print(f"{path}: step {state['step']}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
