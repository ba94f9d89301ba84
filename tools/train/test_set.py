"""Writes an evaluation set: photographs, every distortion of each at five strengths, and what they are worth.

    python test_set.py --split val --count 16 --out runs/val
    python test_set.py --split kodak --baselines --out runs/kodak

PNG files in a folder for each photograph, and `set.json` with a record for each file: photograph, distortion,
strength, the target of the score and of the 20 antonym pairs (pseudo_mos.py, adjectives.py), PSNR, SSIM and
MS-SSIM beside the original, and, with --baselines, BRISQUE and NIQE. `npm run eval:model` and evaluate.py read it.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from adjectives import POSITIVE, measure, readings
from baselines import brisque, niqe
from data import DATA, Photo, load_split
from dataset import to_tensor
from distortions import DISTORTIONS, FAMILIES, distort
from fr_metrics import ms_ssim, psnr, ssim
from pseudo_mos import Calibration, raw

STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


def make(photo: Photo, folder: Path, long_side: int, baselines: bool) -> list[dict]:
    """One photograph's pictures, written; their records."""
    torch.set_num_threads(1)
    calibration = Calibration.load()
    pristine = photo.fitted(long_side)
    statistics = measure(pristine)
    name = photo.path.stem
    (folder / name).mkdir(parents=True, exist_ok=True)

    def record(image: np.ndarray, distortion: str | None, strength: float, target: float, p) -> dict:
        file = f"{name}/{'pristine' if distortion is None else f'{distortion}-{strength}'}.png"
        Image.fromarray(image).save(folder / file, compress_level=1)
        x, y = to_tensor(image[None]), to_tensor(pristine[None])
        values = {
            "photograph": name,
            "file": file,
            "distortion": distortion,
            "strength": strength,
            "target": round(target, 5),
            "readings": [round(float(v), 4) for v in p],
            "psnr": round(psnr(x, y).item(), 3),
            "ssim": round(ssim(x, y).item(), 5),
            "msSsim": round(ms_ssim(x, y).item(), 5),
        }
        if baselines:
            values |= {"brisque": round(float(brisque(image)), 3), "niqe": round(float(niqe(image)), 4)}
        return values

    records = [record(pristine, None, 0.0, 1.0, readings({}, statistics, statistics))]
    for seed, distortion in enumerate(DISTORTIONS):
        images = [distort(pristine, distortion, s, np.random.default_rng(seed)) for s in STRENGTHS]
        fused = np.array(
            [calibration.fused(raw(*map(to_tensor, (i[None], pristine[None]))).numpy())[0] for i in images]
        )
        expected = np.array([calibration.expected({distortion: s}) for s in STRENGTHS])
        targets = calibration.targets(fused, expected)
        for image, strength, quality, target in zip(images, STRENGTHS, fused, targets):
            severity = calibration.severity(quality, {distortion: strength})
            p = readings(severity, measure(image), statistics)
            records.append(record(image, distortion, strength, float(target), p))
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--split", choices=["val", "kodak"], default="val")
    parser.add_argument("--count", type=int, help="photographs, evenly spread; all if absent")
    parser.add_argument("--long-side", type=int, default=384)
    parser.add_argument("--baselines", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("runs/val"))
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    photos = load_split(args.data, args.split)
    if args.count:
        photos = [photos[i * len(photos) // args.count] for i in range(args.count)]
    started, records = time.time(), []
    with ProcessPoolExecutor(args.workers) as pool:
        jobs = [pool.submit(make, photo, args.out, args.long_side, args.baselines) for photo in photos]
        for done, job in enumerate(jobs, 1):
            records += job.result()
            left = (time.time() - started) / done * (len(jobs) - done)
            print(f"\r{done}/{len(jobs)} photographs, {left / 60:.0f} min left ", end="", flush=True)
    print()
    description = {
        "split": args.split,
        # Kodak's may be shown by anyone; of val, each has its own licence.
        "publishable": args.split == "kodak",
        "longSide": args.long_side,
        "strengths": STRENGTHS,
        "families": FAMILIES,
        "pairs": POSITIVE,
        "pictures": records,
    }
    (args.out / "set.json").write_text(json.dumps(description))


if __name__ == "__main__":
    main()
