"""Data sets, read from their miniatures; the TypeScript is compared with the same lists."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from datasets import LOADERS, DatasetError, open_dataset

MINIATURES = Path(__file__).parents[2] / "test" / "datasets" / "miniatures"
EXPECTED = json.loads((MINIATURES / "expected.json").read_text())


@pytest.fixture
def copy(tmp_path):
    """Of a miniature, to be damaged."""
    return lambda name: Path(shutil.copytree(MINIATURES / name, tmp_path / name))


@pytest.mark.parametrize("path", EXPECTED)
def test_reads_its_miniature(path):
    dataset = open_dataset(MINIATURES / path)
    items = [{k: v for k, v in asdict(item).items() if v is not None} for item in dataset.items]
    assert items == EXPECTED[path]["items"]
    for key, parts in EXPECTED[path]["splits"].items():
        mode, seed = key.split(" ")
        for part, images in parts.items():
            members = dataset.split(part, mode, seed if seed == "official" else int(seed))
            assert [item.image for item in members] == images


def test_every_data_set_has_a_miniature():
    assert {loader.name for loader in LOADERS} <= set(EXPECTED)


def test_spaq_is_resized():
    dataset = open_dataset(MINIATURES / "spaq")
    assert dataset.read(dataset.items[0].image).size == (597, 448)


def test_pictures_are_turned_upright():
    """One of SPAQ's miniatures lies on its side, by EXIF."""
    dataset = open_dataset(MINIATURES / "spaq")
    image = dataset.read(dataset.items[1].image)
    with Image.open(dataset.folder / dataset.items[1].image) as file:
        assert file.size == (56, 42)
        assert dataset.size_of(file) == image.size == (448, 597)


def test_flives_official_split_needs_both_of_its_tables(copy):
    folder = copy("flive")
    parts = [item.part for item in open_dataset(folder).items]
    assert parts == ["test", "train", "validation", "train", "train"]
    (folder / "database" / "labels640.csv").unlink()
    assert {item.part for item in open_dataset(folder).items} == {None}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("live", "refimgs/house.bmp"),
        ("kadid10k", "images/I03_10_03.png"),
        ("pipal", "Train_Ref/A0002.bmp"),
        ("clive", "Data/AllImages_release.mat"),
        ("spaq", "TestImage/00004.jpg"),
    ],
)
def test_names_what_is_missing(copy, name, file):
    folder = copy(name)
    (folder / file).unlink()
    with pytest.raises(DatasetError, match=f"{file} is missing"):
        open_dataset(folder)


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("live", "refnames_all.mat", b"nothing"),
        ("csiq", "csiq.DMOS.xlsx", b"nothing"),
        ("tid2013", "mos_with_names.txt", b"5.5 I01_99_1.bmp\n"),
        ("kadid10k", "dmos.csv", b"dist_img,ref_img\n"),
        ("pipal", "Train_Label/A0003.txt", b"A0003_00_00.bmp;1400\n"),
        ("koniq10k", "koniq10k_distributions_sets.csv", b"image_name,MOS,set\n1.jpg,50,devel\n"),
        ("spaq", "Annotations/MOS and Image attribute scores.xlsx", b"PK"),
        ("flive", "labels_image.csv", b"name,mos\na.jpg,good\n"),
    ],
)
def test_names_what_is_damaged(copy, name, file, content):
    folder = copy(name)
    (folder / file).write_bytes(content)
    with pytest.raises(DatasetError, match=file):
        open_dataset(folder)


def test_unknown_folders_and_splits(copy):
    with pytest.raises(DatasetError, match="no data set"):
        open_dataset(copy("custom"))
    with pytest.raises(DatasetError, match="no official split"):
        open_dataset(MINIATURES / "live").split("test", "fr", "official")
