"""Writes test/datasets/miniatures: each data set in small, in its own on-disk form, and what is in them.

    python miniatures.py

The pictures are tiny and the opinions made up; names, folders, tables and their quirks are the data sets' own.
`expected.json` has the lists and splits that datasets.py reads from them, with which the TypeScript is compared.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from PIL import Image
from scipy.io import savemat

from datasets import LIVE_FOLDERS, PARTS, Dataset, DatasetError, open_dataset
from seeded import fnv1a32

OUT = Path(__file__).parents[2] / "test" / "datasets" / "miniatures"
SIZE = (33, 32)  # width, height; the networks take no less than 32
SEEDS = (1, 2)
ORIENTATION = 0x0112  # EXIF's tag


def picture(name: str, damage: float = 0, size: tuple[int, int] = SIZE) -> Image.Image:
    """A gradient with a disc, of its own for each name; damage in 0..1 adds noise."""
    rng = np.random.default_rng(fnv1a32(name))
    y, x = np.mgrid[0 : size[1], 0 : size[0]] / max(size)
    low, high = rng.uniform(0, 110, 3), rng.uniform(140, 255, 3)
    ramp = (x * rng.uniform(0.2, 1) + y * rng.uniform(0.2, 1))[..., None]
    inside = (x - rng.uniform(0.2, 0.8)) ** 2 + (y - rng.uniform(0.2, 0.8)) ** 2 < 0.06
    image = low + (high - low) * ramp
    image[inside] = rng.uniform(0, 255, 3)
    image += rng.normal(0, 60 * damage, image.shape)
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


def save(image: Image.Image, path: Path, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence], end: str = "\n") -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator=end).writerows([header, *rows])


def cells(values: Sequence[str]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def live(folder: Path, rng: random.Random) -> None:
    references = ["bikes.bmp", "house.bmp", "monarch.bmp", "parrots.bmp", "sailing1.bmp"]
    names, opinions, originals = [], [], []
    for distortion, count in zip(LIVE_FOLDERS, (4, 2, 3, 2, 2)):
        for i in range(count):
            reference = references[(len(names) * 2 + i) % len(references)]
            # As in the data set, undistorted pictures stand among the others.
            original = i == 1 and distortion in ("jp2k", "wn")
            opinion = 0.0 if original else rng.uniform(-2, 108)
            save(picture(reference, max(opinion, 0) / 100), folder / distortion / f"img{i + 1}.bmp")
            names.append(reference)
            opinions.append(opinion)
            originals.append(original)
    for reference in references:
        save(picture(reference), folder / "refimgs" / reference)
    orgs = np.array([originals], np.uint8)
    savemat(folder / "refnames_all.mat", {"refnames_all": cells(names)[None]})
    savemat(folder / "dmos.mat", {"dmos": np.array([opinions]) * 0.9, "orgs": orgs})
    realigned = {"dmos_new": np.array([opinions]), "orgs": orgs, "dmos_std": np.array([opinions]) / 9}
    savemat(folder / "dmos_realigned.mat", realigned, do_compression=True)


def csiq(folder: Path, rng: random.Random) -> None:
    # A name that is a number is one in the workbook, too.
    references = [1600, "boston", "cactus", "snow_leaves", "sunset_sparrow"]
    kinds = {
        "noise": ("awgn", "AWGN"),
        "jpeg 2000": ("jpeg2000", "jpeg2000"),
        "contrast": ("contrast", "contrast"),
    }
    book = Workbook()
    book.active.title = "notes"
    sheet = book.create_sheet("all_by_image")
    sheet["D2"] = "DMOS of CSIQ"
    head = ["image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"]
    rows = []
    for reference in references:
        save(picture(str(reference)), folder / "src_imgs" / f"{reference}.png")
        for k, (kind, (place, infix)) in enumerate(kinds.items(), 1):
            dmos = rng.uniform(0, 1)
            level = rng.randint(1, 5)
            name = f"{reference}.{infix}.{level}.png"
            save(picture(str(reference), dmos), folder / "dst_imgs" / place / name)
            rows.append([reference, k, kind, level, rng.uniform(0.02, 0.1), dmos])
    for r, row in enumerate([head, *rows], 4):
        for c, value in enumerate(row, 4):
            sheet.cell(r, c, value)
    book.save(folder / "csiq.DMOS.xlsx")


def tid2013(folder: Path, rng: random.Random) -> None:
    lines = []
    for r in range(1, 6):
        reference = f"I{r:02}.BMP" if r < 5 else "i05.bmp"
        save(picture(reference), folder / "reference_images" / reference, format="BMP")
        for kind, level in ((1, 2), (11, 5)):
            opinion = rng.uniform(0.2, 7.2)
            save(
                picture(reference, 1 - opinion / 9),
                folder / f"distorted_images/i{r:02}_{kind:02}_{level}.bmp",
            )
            lines.append(f"{opinion:.5f} I{r:02}_{kind:02}_{level}.bmp\r\n")
    (folder / "mos_with_names.txt").write_text("".join(lines), newline="")


def kadid10k(folder: Path, rng: random.Random) -> None:
    rows = []
    for r in range(1, 8):
        reference = f"I{r:02}.png"
        save(picture(reference), folder / "images" / reference)
        for kind, level in ((1, 1), (1, 4), (10, 3), (25, 5)):
            opinion = round(rng.uniform(1, 5), 2)
            name = f"I{r:02}_{kind:02}_{level:02}.png"
            save(picture(reference, (5 - opinion) / 4), folder / "images" / name)
            rows.append([name, reference, opinion, round(rng.uniform(0.3, 1.2), 3)])
    write_csv(folder / "dmos.csv", ["dist_img", "ref_img", "dmos", "var"], rows)


def pipal(folder: Path, rng: random.Random) -> None:
    (folder / "Train_Label").mkdir(parents=True)
    for r in range(1, 6):
        reference = f"A{r:04}"
        save(picture(reference), folder / "Train_Ref" / f"{reference}.bmp")
        lines = []
        for place, kind, number in (("Distortion_1", 0, 0), ("Distortion_2", 4, 7), ("Distortion_4", 6, 26)):
            elo = rng.uniform(950, 1830)
            name = f"{reference}_{kind:02}_{number:02}.bmp"
            save(picture(reference, (1900 - elo) / 1000), folder / place / name)
            lines.append(f"{name},{elo:.4f}\n")
        (folder / "Train_Label" / f"{reference}.txt").write_text("".join(lines))


def clive(folder: Path, rng: random.Random) -> None:
    names = [f"t{i}.bmp" for i in range(1, 8)] + ["3.bmp", "10.bmp", "218.JPG", "1024.bmp", "1162.JPG"]
    opinions = [rng.uniform(4, 92) for _ in names]
    for name, opinion in zip(names, opinions):
        place = folder / "Images" / ("trainingImages" if name[0] == "t" else "")
        # The training pictures are never read; one shows where they are.
        if name[0] != "t" or name == "t1.bmp":
            save(picture(name, 1 - opinion / 100), place / name)
    data = folder / "Data"
    data.mkdir()
    savemat(data / "AllImages_release.mat", {"AllImages_release": cells(names)[:, None]}, do_compression=True)
    savemat(data / "AllMOS_release.mat", {"AllMOS_release": np.array([opinions])}, do_compression=True)
    savemat(data / "AllStdDev_release.mat", {"AllStdDev_release": np.array([opinions]) / 5})


def koniq10k(folder: Path, rng: random.Random) -> None:
    names = [f"{rng.randint(10**8, 10**10)}.jpg" for _ in range(10)]
    shares = [[round(rng.random(), 4) for _ in range(5)] for _ in names]
    opinions = [rng.uniform(5, 88) for _ in names]
    sets = ["training"] * 6 + ["validation"] * 2 + ["test"] * 2
    for name, opinion in zip(names, opinions):
        save(picture(name, 1 - opinion / 100), folder / "1024x768" / name, quality=85)
    columns = ["image_name", "c1", "c2", "c3", "c4", "c5", "c_total", "MOS", "SD"]
    rows = [[n, *s, 105, mos, 0.6] for n, s, mos in zip(names, shares, opinions)]
    with_sets = [row + [part] for row, part in zip(rows, sets)]
    write_csv(folder / "koniq10k_distributions_sets.csv", [*columns, "set"], with_sets)
    with open(folder / "koniq10k_scores_and_distributions.csv", "w", newline="") as file:
        header = [f'"{name}"' for name in (*columns, "MOS_zscore")]
        five = [[f'"{r[0]}"', *r[1:7], round(1 + r[7] / 25, 4), 0.6, r[7]] for r in rows]
        file.write("\n".join(",".join(map(str, line)) for line in [header, *five]) + "\n")


def spaq(folder: Path, rng: random.Random) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Image name", "MOS", "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness"])
    for i in range(1, 7):
        name, opinion = f"{i:05}.jpg", round(rng.uniform(8, 92), 2)
        exif = Image.Exif()
        if i == 2:
            exif[ORIENTATION] = 6
        save(picture(name, 1 - opinion / 100, (56, 42)), folder / "TestImage" / name, quality=85, exif=exif)
        # Whole opinions are whole numbers in the workbook, too.
        sheet.append([name, round(opinion) if i == 3 else opinion, *(rng.randint(0, 100) for _ in range(5))])
    (folder / "Annotations").mkdir()
    book.save(folder / "Annotations" / "MOS and Image attribute scores.xlsx")


def flive(folder: Path, rng: random.Random) -> None:
    names = [
        "voc_emotic_ava/JPEGImages__2007_002107.jpg",
        "voc_emotic_ava/AVA__149.jpg",
        "blur_dataset/out_of_focus0123.jpg",
        "EE371R/cj_1078.jpg",
        "voc_emotic_ava/emotic__COCO_val2014_000000562243.jpg",
    ]
    rows = [[name, round(rng.uniform(20, 90), 4), 72.3, 5.1] for name in names]
    for name, opinion, *_ in rows:
        save(picture(name, 1 - opinion / 100), folder / "database" / name, quality=85)
    write_csv(folder / "labels_image.csv", ["name", "mos", "zscore", "std"], rows, end="\r\n")
    # The official split: the large pictures, and which of the others are for validation.
    large, *others = ([52.1, f"patches/{name.split('/')[1]}", opinion, name] for name, opinion, *_ in rows)
    columns = ["mos_patch_1", "name_patch", "mos_image", "name_image"]
    write_csv(folder / "database" / "labels640.csv", columns, [large])
    padded = [[*row, i == 1] for i, row in enumerate(others)]
    write_csv(folder / "database" / "labels=640_padded.csv", [*columns, "is_valid"], padded)


def custom(folder: Path, rng: random.Random) -> None:
    rows = []
    for i in range(5):
        save(picture(f"own {i}"), folder / "originals" / f"{i}.png")
        for kind in ("grain", "blur, heavy"):
            mos = round(rng.random(), 3)
            image = f"pictures/{i} {kind}.png"
            save(picture(f"own {i}", 1 - mos), folder / image)
            rows.append([image, mos, f"originals/{i}.png", kind])
    write_csv(folder / "ratings.csv", ["image", "mos", "reference", "distortion"], rows, end="\r\n")


MAKERS = (live, csiq, tid2013, kadid10k, pipal, clive, koniq10k, spaq, flive, custom)


def splits(dataset: Dataset) -> dict[str, dict[str, list[str]]]:
    """Images of each part that has any, by mode and seed."""
    found: dict[str, dict[str, list[str]]] = {}
    for mode in ("fr", "nr"):
        for seed in (*SEEDS, "official"):
            for part in PARTS:
                try:
                    members = dataset.split(part, mode, seed)
                except DatasetError:
                    continue
                found.setdefault(f"{mode} {seed}", {})[part] = [item.image for item in members]
    return found


def described(path: str) -> dict:
    dataset = open_dataset(OUT / path)
    items = [{k: v for k, v in asdict(item).items() if v is not None} for item in dataset.items]
    return {
        "name": dataset.name,
        "title": dataset.title,
        "shortSide": dataset.short_side,
        "items": items,
        "splits": splits(dataset),
    }


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    for make in MAKERS:
        folder = OUT / make.__name__
        folder.mkdir(parents=True)
        make(folder, random.Random(make.__name__))
    paths = [make.__name__ if make is not custom else "custom/ratings.csv" for make in MAKERS]
    expected = {path: described(path) for path in paths}
    (OUT / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
    size = sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file())
    print(f"{len(paths)} data sets, {size} bytes")


if __name__ == "__main__":
    main()
