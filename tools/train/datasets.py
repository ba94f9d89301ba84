"""Data sets of rated pictures, as they are downloaded: the same lists, scales and splits as src/datasets gives.

    python datasets.py FOLDER [--mode fr] [--seed 1]

A data set is told by its files of labels; the modules of src/datasets say what each of them has, and where.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from openpyxl import load_workbook
from PIL import Image, ImageOps
from scipy.io import loadmat

PARTS = ("train", "validation", "test")
ORIENTATION = 0x0112  # EXIF's tag
# How far beyond its scale an opinion may lie, in scales, before it is taken for damage.
SLACK = 0.25


class DatasetError(Exception):
    """A data set, or the file that the message names, is missing, damaged or unknown."""


@dataclass(frozen=True)
class Item:
    """A rated picture; paths are in the data set's folder."""

    image: str
    # Mean opinion, higher is better, 0..1 over the data set's scale.
    mos: float
    raw: float
    # Pictures of one group stand on one side of a split.
    group: str
    reference: str | None = None
    distortion: str | None = None
    level: int | None = None
    # The side of the published split.
    part: str | None = None


@dataclass(frozen=True)
class Dataset:
    name: str
    title: str
    folder: Path
    items: list[Item]
    # Pictures are brought to this shorter side, in pixels, before they are judged.
    short_side: int | None = None

    def split(self, part: str, mode: str, seed: int | str) -> list[Item]:
        """The items of `train`, `validation` or `test`: 6:2:2 of the groups for `fr`, 8:2 for `nr`.

        A seed of "official" takes the published split.
        """
        if seed == "official":
            if any(item.part is None for item in self.items):
                raise DatasetError(f"{self.title} has no official split here.")
            members = [item for item in self.items if item.part == part]
        else:
            parts = _parts({item.group for item in self.items}, mode, seed)
            members = [item for item in self.items if parts[item.group] == part]
        if not members:
            raise DatasetError(f"{self.title} has nothing in its part for {part}.")
        return members

    def read(self, path: str) -> Image.Image:
        """A picture upright, in RGB, at the size at which it is judged."""
        with Image.open(self.folder / path) as file:
            size = self.size_of(file)
            image = ImageOps.exif_transpose(file).convert("RGB")
        return image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)

    def size_of(self, file: Image.Image) -> tuple[int, int]:
        """Width and height at which an opened picture is judged; it need not be decoded."""
        width, height = file.size
        if file.getexif().get(ORIENTATION, 1) > 4:  # lying on a side
            width, height = height, width
        scale = 1.0 if self.short_side is None else self.short_side / min(width, height)
        return math.floor(width * scale + 0.5), math.floor(height * scale + 0.5)


def _parts(groups: set[str], mode: str, seed: int) -> dict[str, str]:
    """The part of each group, by the SHA-256 of the seed and its name."""
    order = sorted(groups, key=lambda group: hashlib.sha256(f"{seed}\n{group}".encode()).hexdigest())
    tenths = {"fr": (6, 2), "nr": (8, 0)}[mode]
    train, validation = ((len(order) * share + 5) // 10 for share in tenths)
    ends = ((train, "train"), (train + validation, "validation"), (len(order), "test"))
    return {group: next(part for end, part in ends if i < end) for i, group in enumerate(order)}


class Folder:
    """Reads a data set's files, by names in whatever case."""

    def __init__(self, path: Path):
        self.path = path
        self._listings: dict[str, dict[str, str]] = {}

    def find(self, path: str) -> str | None:
        """A path as it is on disk; None where there is none."""
        found = ""
        for name in path.split("/"):
            if name in ("", ".", ".."):
                return None
            names = self._list(found)
            own = names.get(name, names.get(name.lower()))
            if own is None:
                return None
            found = f"{found}/{own}" if found else own
        return found

    def find_first(self, paths: Sequence[str]) -> str | None:
        return next((found for path in paths if (found := self.find(path)) is not None), None)

    def names(self, path: str) -> list[str]:
        found = self.find(path)
        return [] if found is None else sorted(set(self._list(found).values()))

    def file(self, path: str) -> Path:
        found = self.find(path)
        if found is None:
            raise DatasetError(f"{path} is missing in {self.path}.")
        return self.path / found

    def text(self, path: str) -> str:
        return self.file(path).read_text(encoding="utf-8-sig", errors="replace")

    def _list(self, folder: str) -> dict[str, str]:
        if folder not in self._listings:
            place = self.path / folder
            names = sorted(entry.name for entry in place.iterdir()) if place.is_dir() else []
            lower = {name.lower(): name for name in reversed(names)}
            self._listings[folder] = lower | {name: name for name in names}
        return self._listings[folder]


@dataclass(frozen=True)
class Row:
    """Of a data set's labels, before its files are looked up: the first of `images` that is there is taken."""

    images: Sequence[str]
    raw: float
    reference: str | None = None
    distortion: str | None = None
    level: int | None = None
    part: str | None = None


@dataclass(frozen=True)
class Loader:
    name: str
    title: str
    # Files, one of which tells that a folder is this data set.
    signature: Sequence[str]
    # The opinions that mean 0 and 1.
    range: tuple[float, float]
    read: Callable[[Folder], list[Row]]
    short_side: int | None = field(default=None)


def items_of(
    rows: Sequence[Row],
    title: str,
    folder: Path,
    find_first: Callable[[Sequence[str]], str | None],
    scale: tuple[float, float],
) -> list[Item]:
    """Finds the files of rows, and brings their opinions to one scale."""
    if not rows:
        raise DatasetError(f"{folder}: the labels of {title} are empty.")
    worst, best = scale
    absent: dict[str, None] = {}
    items: dict[str, Item] = {}

    def find(paths: Sequence[str]) -> str:
        found = find_first(paths)
        if found is None:
            absent[paths[0]] = None
        return found or paths[0]

    for row in rows:
        image = find(row.images)
        reference = None if row.reference is None else find([row.reference])
        mos = (row.raw - worst) / (best - worst)
        if not -SLACK <= mos <= 1 + SLACK:
            raise DatasetError(f"{image}: its opinion {row.raw} is not in {sorted(scale)}.")
        if image in items:
            raise DatasetError(f"{image}: the labels of {title} have it twice.")
        group = reference or image
        items[image] = Item(image, mos, row.raw, group, reference, row.distortion, row.level, row.part)
    if absent:
        others = f", and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise DatasetError(f"{next(iter(absent))} is missing in {folder}{others}.")
    return list(items.values())


def read_csv(folder: Folder, file: str, columns: Sequence[str]) -> list[dict[str, str]]:
    reader = csv.reader(folder.text(file).splitlines(), skipinitialspace=True)
    lines = [[cell.strip() for cell in line] for line in reader if any(line)]
    names = lines[0] if lines else []
    absent = [column for column in columns if column not in names]
    if absent:
        raise DatasetError(f"{file}: the header has no column {', '.join(absent)}.")
    for line in lines[1:]:
        if len(line) != len(names):
            raise DatasetError(f"{file}: a row has {len(line)} cells, and the header {len(names)}: {line}")
    return [dict(zip(names, line)) for line in lines[1:]]


def read_mat(folder: Folder, file: str, *names: str) -> list[np.ndarray]:
    """Variables, flat; cells of texts as texts."""
    path = folder.file(file)
    try:
        variables = loadmat(path)
    except Exception as error:
        raise DatasetError(f"{file}: {error}") from error
    absent = [name for name in names if name not in variables]
    if absent:
        raise DatasetError(f"{file}: it has no {', '.join(absent)}.")
    flat = [variables[name].flatten() for name in names]
    return [np.array([cell[0] for cell in v]) if v.dtype == object else v for v in flat]


def read_xlsx(folder: Folder, file: str, sheet: str | None = None) -> list[tuple]:
    path = folder.file(file)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        return list(book[sheet or book.sheetnames[0]].iter_rows(values_only=True))
    except Exception as error:
        raise DatasetError(f"{file}: {error}") from error


def number(text: object, where: str) -> float:
    try:
        value = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        value = math.nan
    if math.isfinite(value):
        return value
    raise DatasetError(f"{where}: {text!r} stands where a number should.")


def _matched(pattern: str, text: str, where: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text.strip(), re.IGNORECASE)
    if not found:
        raise DatasetError(f"{where}: {text!r} is not what stands there in the data set.")
    return found.groups()


def _named(names: Sequence[str], index: int, where: str) -> str:
    if 0 <= index < len(names):
        return names[index]
    raise DatasetError(f"{where}: there is no such distortion.")


LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


def read_live(folder: Folder) -> list[Row]:
    realigned = folder.find("dmos_realigned.mat")
    file, variable = (realigned, "dmos_new") if realigned else ("dmos.mat", "dmos")
    opinions, originals = read_mat(folder, file, variable, "orgs")
    (references,) = read_mat(folder, "refnames_all.mat", "refnames_all")
    counts = LIVE_FOLDERS
    if len(opinions) != sum(counts.values()):
        names = {name: folder.names(name) for name in LIVE_FOLDERS}
        counts = {
            name: sum(bool(re.fullmatch(r"img\d+\.bmp", file, re.IGNORECASE)) for file in files)
            for name, files in names.items()
        }
    places = [(name, f"{name}/img{i + 1}.bmp") for name, count in counts.items() for i in range(count)]
    if not len(opinions) == len(originals) == len(references) == len(places):
        raise DatasetError(
            f"{file}: it has {len(opinions)} opinions, for {len(references)} references and"
            f" {len(places)} pictures."
        )
    return [
        Row([image], float(opinion), f"refimgs/{reference}", distortion)
        for (distortion, image), opinion, original, reference in zip(places, opinions, originals, references)
        if original == 0
    ]


CSIQ_DISTORTIONS = {
    "noise": ("awgn", "AWGN"),
    "blur": ("blur", "BLUR"),
    "contrast": ("contrast", "contrast"),
    "fnoise": ("fnoise", "fnoise"),
    "jpeg": ("jpeg", "JPEG"),
    "jpeg 2000": ("jpeg2000", "jpeg2000"),
}


def read_csiq(folder: Folder) -> list[Row]:
    file = "csiq.DMOS.xlsx"
    columns = ("image", "dst_type", "dst_lev", "dmos")
    rows = read_xlsx(folder, file, "all_by_image")
    head = next((i for i, row in enumerate(rows) if set(columns) <= set(row)), None)
    if head is None:
        raise DatasetError(f'{file}: the sheet "all_by_image" has no header with {", ".join(columns)}.')
    at = [rows[head].index(name) for name in columns]
    result = []
    for i, row in enumerate(rows[head + 1 :], 1):
        image, kind, level, dmos = (row[column] for column in at)
        where = f"{file}, row {i} below the header"
        if image is None:
            continue
        if kind not in CSIQ_DISTORTIONS:
            raise DatasetError(f'{where}: there is no distortion "{kind}".')
        name, infix = CSIQ_DISTORTIONS[kind]
        level = int(number(level, where))
        path = f"dst_imgs/{name}/{image}.{infix}.{level}.png"
        result.append(Row([path], number(dmos, where), f"src_imgs/{image}.png", name, level))
    return result


TID2013_DISTORTIONS = (
    "additive Gaussian noise",
    "noise in colour components",
    "spatially correlated noise",
    "masked noise",
    "high-frequency noise",
    "impulse noise",
    "quantisation noise",
    "Gaussian blur",
    "denoising",
    "JPEG",
    "JPEG 2000",
    "JPEG transmission errors",
    "JPEG 2000 transmission errors",
    "non-eccentricity pattern noise",
    "local block-wise distortions",
    "mean shift",
    "contrast change",
    "saturation change",
    "multiplicative noise",
    "comfort noise",
    "lossy compression of noise",
    "colour quantisation with dither",
    "chromatic aberrations",
    "sparse sampling",
)


def read_tid2013(folder: Folder) -> list[Row]:
    file = "mos_with_names.txt"
    rows = []
    for i, line in enumerate(folder.text(file).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{file}, line {i}"
        pattern = r"(\S+)\s+((i\d\d)_(\d\d)_(\d)\.bmp)"
        opinion, name, reference, kind, level = _matched(pattern, line, where)
        distortion = _named(TID2013_DISTORTIONS, int(kind) - 1, where)
        images = [f"distorted_images/{name}"]
        mos = number(opinion, where)
        rows.append(Row(images, mos, f"reference_images/{reference}.bmp", distortion, int(level)))
    return rows


KADID10K_DISTORTIONS = (
    "Gaussian blur",
    "lens blur",
    "motion blur",
    "colour diffusion",
    "colour shift",
    "colour quantisation",
    "colour saturation 1",
    "colour saturation 2",
    "JPEG 2000",
    "JPEG",
    "white noise",
    "white noise in colour components",
    "impulse noise",
    "multiplicative noise",
    "denoising",
    "brighten",
    "darken",
    "mean shift",
    "jitter",
    "non-eccentricity patch",
    "pixelate",
    "quantisation",
    "colour block",
    "high sharpen",
    "contrast change",
)


def read_kadid10k(folder: Folder) -> list[Row]:
    file = "dmos.csv"
    rows = []
    for cells in read_csv(folder, file, ("dist_img", "ref_img", "dmos")):
        image = cells["dist_img"]
        kind, level = _matched(r"I\d\d_(\d\d)_(\d\d)\.png", image, file)
        distortion = _named(KADID10K_DISTORTIONS, int(kind) - 1, f"{file}, {image}")
        mos = number(cells["dmos"], f"{file}, {image}")
        rows.append(Row([f"images/{image}"], mos, f"images/{cells['ref_img']}", distortion, int(level)))
    return rows


PIPAL_FOLDERS = ("Train_Dist", "Distortion_1", "Distortion_2", "Distortion_3", "Distortion_4")
PIPAL_KINDS = (
    "traditional distortions",
    "traditional super-resolution",
    "PSNR-oriented super-resolution",
    "super-resolution with kernel mismatch",
    "GAN-based super-resolution",
    "denoising",
    "denoising and super-resolution",
)


def read_pipal(folder: Folder) -> list[Row]:
    rows = []
    for name in folder.names("Train_Label"):
        if not name.lower().endswith(".txt"):
            continue
        file = f"Train_Label/{name}"
        for i, line in enumerate(folder.text(file).splitlines(), 1):
            if not line.strip():
                continue
            where = f"{file}, line {i}"
            pattern = r"((A\d{4})_(\d\d)_\d\d\.bmp)\s*,\s*(\S+)"
            image, reference, kind, opinion = _matched(pattern, line, where)
            distortion = _named(PIPAL_KINDS, int(kind), where)
            images = [f"{place}/{image}" for place in PIPAL_FOLDERS]
            rows.append(Row(images, number(opinion, where), f"Train_Ref/{reference}.bmp", distortion))
    return rows


def read_clive(folder: Folder) -> list[Row]:
    (names,) = read_mat(folder, "Data/AllImages_release.mat", "AllImages_release")
    (opinions,) = read_mat(folder, "Data/AllMOS_release.mat", "AllMOS_release")
    if len(names) != len(opinions):
        raise DatasetError(f"Data/AllMOS_release.mat: {len(opinions)} opinions of {len(names)} pictures.")
    # Raters were trained by the first seven.
    return [
        Row([f"Images/{name}"], float(opinion))
        for name, opinion in zip(names, opinions)
        if not re.match(r"t\d\.", name, re.IGNORECASE)
    ]


KONIQ_PARTS = {"training": "train", "validation": "validation", "test": "test"}


def read_koniq10k(folder: Folder) -> list[Row]:
    sets, scores = "koniq10k_distributions_sets.csv", "koniq10k_scores_and_distributions.csv"
    with_sets = folder.find(sets) is not None
    file, opinion = (sets, "MOS") if with_sets else (scores, "MOS_zscore")
    rows = []
    for cells in read_csv(folder, file, ("image_name", opinion) + (("set",) if with_sets else ())):
        image = cells["image_name"]
        part = KONIQ_PARTS.get(cells["set"]) if with_sets else None
        if with_sets and part is None:
            raise DatasetError(f"{file}, {image}: there is no set {cells['set']!r}.")
        mos = number(cells[opinion], f"{file}, {image}")
        rows.append(Row([f"1024x768/{image}", f"512x384/{image}"], mos, part=part))
    return rows


def read_spaq(folder: Folder) -> list[Row]:
    file = "Annotations/MOS and Image attribute scores.xlsx"
    header, *rows = read_xlsx(folder, file) or [()]
    if not {"Image name", "MOS"} <= set(header):
        raise DatasetError(f"{file}: the first row has no columns Image name and MOS.")
    image, opinion = header.index("Image name"), header.index("MOS")
    return [
        Row([f"TestImage/{row[image]}"], number(row[opinion], f"{file}, row {i}"))
        for i, row in enumerate(rows, 2)
        if row[image] is not None
    ]


FLIVE_TEST = ("labels640.csv", "labels>640.csv")
FLIVE_TRAINING = ("labels=640_padded.csv", "labels<=640_padded.csv")


def flive_part(folder: Folder) -> Callable[[str], str | None]:
    """The part of a picture by its name; None where the tables of the official split are not there."""
    test, training = (
        folder.find_first([path for name in names for path in (name, f"database/{name}")])
        for names in (FLIVE_TEST, FLIVE_TRAINING)
    )
    if test is None or training is None:
        return lambda name: None
    for_tests = {cells["name_image"] for cells in read_csv(folder, test, ("name_image",))}
    for_validation = {
        cells["name_image"]
        for cells in read_csv(folder, training, ("name_image", "is_valid"))
        if cells["is_valid"].lower() in ("true", "1")
    }
    return lambda name: "test" if name in for_tests else "validation" if name in for_validation else "train"


def read_flive(folder: Folder) -> list[Row]:
    file = "labels_image.csv"
    part = flive_part(folder)
    return [
        Row(
            [f"database/{cells['name']}", cells["name"]],
            number(cells["mos"], f"{file}, {cells['name']}"),
            part=part(cells["name"]),
        )
        for cells in read_csv(folder, file, ("name", "mos"))
    ]


LOADERS = (
    Loader("live", "LIVE", ("refnames_all.mat",), (100, 0), read_live),
    Loader("csiq", "CSIQ", ("csiq.DMOS.xlsx",), (1, 0), read_csiq),
    Loader("tid2013", "TID2013", ("mos_with_names.txt",), (0, 9), read_tid2013),
    Loader("kadid10k", "KADID-10k", ("dmos.csv",), (1, 5), read_kadid10k),
    Loader("pipal", "PIPAL", ("Train_Label",), (900, 1900), read_pipal),
    Loader("clive", "CLIVE", ("Data/AllMOS_release.mat",), (0, 100), read_clive),
    Loader(
        "koniq10k",
        "KonIQ-10k",
        ("koniq10k_distributions_sets.csv", "koniq10k_scores_and_distributions.csv"),
        (0, 100),
        read_koniq10k,
    ),
    Loader("spaq", "SPAQ", ("Annotations/MOS and Image attribute scores.xlsx",), (0, 100), read_spaq, 448),
    Loader("flive", "FLIVE", ("labels_image.csv",), (0, 100), read_flive),
)


def read_custom(folder: Folder, file: str) -> list[Row]:
    return [
        Row(
            [cells["image"]],
            number(cells["mos"], f"{file}, {cells['image']}"),
            cells.get("reference") or None,
            cells.get("distortion") or None,
        )
        for cells in read_csv(folder, file, ("image", "mos"))
    ]


def open_dataset(path: Path | str, scale: tuple[float, float] = (0, 1)) -> Dataset:
    """Reads a folder's labels, or a CSV (`image,mos[,reference][,distortion]`), and finds its pictures.

    `scale` has the opinions of a CSV that mean 0 and 1.
    """
    path = Path(path)
    if not path.exists():
        raise DatasetError(f"{path} is missing.")
    if not path.is_dir():
        base = path.parent
        title = re.sub(r"\.csv$", "", path.name, flags=re.IGNORECASE)

        def find_first(paths: Sequence[str]) -> str | None:
            return next((file for file in paths if (base / file).exists()), None)

        rows = read_custom(Folder(base), path.name)
        return Dataset(title, title, base, items_of(rows, title, base, find_first, scale))
    folder = Folder(path)
    for loader in LOADERS:
        if folder.find_first(loader.signature) is None:
            continue
        rows = loader.read(folder)
        items = items_of(rows, loader.title, path, folder.find_first, loader.range)
        return Dataset(loader.name, loader.title, path, items, loader.short_side)
    raise DatasetError(f"{path} is no data set that is known.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--mode", choices=("fr", "nr"), default="nr")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    dataset = open_dataset(args.path)
    references = {item.reference for item in dataset.items} - {None}
    print(f"{dataset.title}: {len(dataset.items)} pictures of {len(references)} references")
    groups = _parts({item.group for item in dataset.items}, args.mode, args.seed)
    print(dict(Counter(groups[item.group] for item in dataset.items)))
    for item in dataset.items[:5]:
        print(item)


if __name__ == "__main__":
    main()
