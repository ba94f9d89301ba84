"""Training on data sets of rated pictures, on their miniatures and with tiny networks."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr

import ablations
import checkpoint
import rated
from agreement import srcc, srcc_intervals
from config import Backbone, ModelConfig
from data import Photo
from dataset import to_tensor
from datasets import LOADERS, open_dataset
from distortions import DISTORTIONS
from experiment import Ablation, Experiment, judged_size, parts_of
from model import BPCLIP
from pseudo_mos import Calibration
from rated_pictures import Batches, Pictures, batch_size
from rated_training import Scorer, Training, Workers, freeze, judge
from seeded import seed_weights, seeded_picture
from synthetic_rater import NOISE, OTHERS, TASTE, make, opinion, recipe

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MINIATURES = ROOT / "test" / "datasets" / "miniatures"
EXPERIMENTS = sorted((HERE / "experiments").glob("*.toml"))
SIZES = {"width": 16, "joint_width": 12, "heads": 2, "gate_width": 4, "position_size": 8}


def tiny(mode: str, seed: int = 1) -> BPCLIP:
    backbone = Backbone(stem=8, width=4, blocks=(1, 1, 1, 1))
    network = BPCLIP(ModelConfig(name=f"tiny-{mode}", mode=mode, backbone=backbone, **SIZES))
    seed_weights(network, seed)
    return network.eval()


@pytest.fixture(scope="module")
def begin(tmp_path_factory):
    """Checkpoints of tiny networks, by mode."""
    folder = tmp_path_factory.mktemp("begin")
    paths = {mode: folder / f"{mode}.safetensors" for mode in ("nr", "fr")}
    for mode, path in paths.items():
        checkpoint.save(str(path), tiny(mode), tiny(mode).config)
    return paths


def data_of(experiment: Experiment) -> Path:
    return MINIATURES / (experiment.dataset or "custom/ratings.csv")


def arguments(path: Path, begin: dict[str, Path], run: Path, epochs: int = 2) -> list[str]:
    """To train a tiny network by an experiment on the miniature of its data set, on two splits at most."""
    experiment = Experiment.read(path)
    splits = [str(split) for split in experiment.splits[:2]]
    mode = experiment.mode or "nr"
    given = [path, "--data", data_of(experiment), "--begin", begin[mode], "--out", run, "--splits", *splits]
    return [*map(str, given), "--loaders", "0", "--set", f"epochs={epochs}", "batch=4", "crop=32"]


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
def test_every_experiment_trains_and_tests_on_its_miniature(path, begin, tmp_path, capsys):
    experiment = Experiment.read(path)
    rated.main(arguments(path, begin, tmp_path))
    rows = list(csv.DictReader((tmp_path / "results.csv").read_text().splitlines()))
    splits = experiment.splits[:2]
    assert [row["split"] for row in rows if row["network"] == "best"] == [str(split) for split in splits]
    assert {row["network"] for row in rows} == ({"before", "best"} if experiment.before else {"best"})
    out = capsys.readouterr().out
    assert ("±" in out) == (len(splits) == 2)
    dataset = open_dataset(data_of(experiment))
    assert ("the paper" in out) == (dataset.name in experiment.paper)

    folder = tmp_path / f"split-{splits[0]}"
    log = list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
    assert [row["epoch"] for row in log] == ["1", "2"]
    assert all(0 < float(row["loss"]) < 100 for row in log)
    network = ablations.load(str(folder / "best.safetensors"))
    assert network.config.name == f"tiny-{network.config.mode}-{dataset.name}"
    scores = list(csv.DictReader((folder / f"scores-{dataset.name}.csv").read_text().splitlines()))
    parts = parts_of(dataset, network.config.mode, splits[0])
    items = parts.test or parts.validation
    assert [row["image"] for row in scores] == [item.image for item in items]
    found = judge(network, Pictures(dataset, experiment.short_side), items, Workers("cpu"), "")
    assert np.allclose(found, [float(row["best"]) for row in scores], atol=1e-6)


def test_every_data_set_has_an_experiment():
    assert {Experiment.read(path).dataset for path in EXPERIMENTS} == {None} | {one.name for one in LOADERS}


def test_the_recipe_is_the_papers():
    for path in EXPERIMENTS:
        experiment = Experiment.read(path)
        if path.stem == "fine-tune":
            continue
        recipe = experiment.epochs, experiment.half_period, experiment.crop, experiment.weight_decay
        assert recipe == (200, 50, 384, 1e-5)
        assert experiment.lr == {"fr": 1e-4, "nr": 3e-5}[experiment.mode]
        assert len(experiment.splits) in (1, 10)
    rates = [Experiment(title="", lr=1.0).rate(epoch) for epoch in (0, 25, 50, 75, 100)]
    assert rates == pytest.approx([1, 0.5, 0, 0.5, 1], abs=1e-12)


def test_an_unknown_field_or_value_is_refused(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text('title = "x"\nlr = 1e-4\nlearning = 3\n')
    with pytest.raises(SystemExit, match="no field learning"):
        Experiment.read(path)
    with pytest.raises(SystemExit, match="'sideways' is none of"):
        Experiment.read(EXPERIMENTS[0], {"ablation": {"direction": "sideways"}})


def test_list_tells_and_does_nothing(begin, tmp_path, capsys):
    run = tmp_path / "run"
    rated.main([*arguments(HERE / "experiments" / "fr-kadid10k.toml", begin, run), "--list"])
    out = capsys.readouterr().out
    assert "KADID-10k in" in out
    # 7 references of 4 pictures each, 6:2:2.
    assert "split 1: 16 to train (4 groups), 4 to validate (1 groups), 8 to test (2 groups); 4 steps" in out
    assert "2 epochs, 16 steps in all; crops of 32 pixels" in out
    assert not run.exists()


@pytest.mark.parametrize("split", [1, "official", "all"])
def test_parts_share_no_group_and_one_validates(split):
    dataset = open_dataset(MINIATURES / "koniq10k")
    parts = parts_of(dataset, "nr", split)
    groups = [{item.group for item in part} for part in parts]
    assert sum(map(len, groups)) == len(set.union(*groups)) == len(dataset.items)
    assert parts.train and parts.validation and bool(parts.test) == (split != "all")


def batches(mode: str, worker: int = 0, workers: int = 1, **changes) -> Batches:
    experiment = Experiment(title="", lr=1.0, **({"batch": 4, "crop": 24, "epochs": 3} | changes))
    dataset = open_dataset(MINIATURES / "kadid10k")
    pictures = Pictures(dataset, experiment.short_side)
    return Batches(pictures, dataset.items, experiment, mode, 1, worker, workers)


def test_an_epoch_has_every_picture_once_in_an_order_of_its_own():
    one = batches("nr")
    assert len(one) == 3 * 7
    epochs = [torch.cat([one[epoch * 7 + step].opinions for step in range(7)]) for epoch in range(2)]
    opinions = torch.tensor([item.mos for item in one.items], dtype=torch.float32)
    for found in epochs:
        assert torch.equal(found.sort().values, opinions.sort().values)
    assert not torch.equal(*epochs)


def test_crops_are_cut_from_a_picture_and_its_reference_alike():
    one = batches("fr")
    images, references, _ = one[2]
    assert images.shape == references.shape == (4, 3, 24, 24)
    order = np.random.default_rng((1, 0)).permutation(len(one.items))
    item = one.items[order[8]]
    whole = [one.pictures.whole(path) for path in (item.image, item.reference)]
    places = [
        (top, left, flip)
        for top in range(whole[0].shape[0] - 23)
        for left in range(whole[0].shape[1] - 23)
        for flip in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        if torch.equal(to_tensor(cut(whole[0], top, left, flip)[None])[0], images[0])
    ]
    assert len(places) == 1
    assert torch.equal(to_tensor(cut(whole[1], *places[0])[None])[0], references[0])


def cut(picture: np.ndarray, top: int, left: int, flip: tuple[int, int]) -> np.ndarray:
    return picture[top : top + 24, left : left + 24][:: flip[0], :: flip[1]].copy()


def test_crops_of_a_batch_are_no_larger_than_its_smallest_picture():
    assert batches("nr", crop=384)[0].images.shape == (4, 3, 32, 32)


def test_workers_share_a_batch():
    whole, first, second = (batches("fr", *share)[5] for share in ((0, 1), (0, 2), (1, 2)))
    for all_rows, *halves in zip(whole, first, second):
        assert torch.equal(all_rows[0::2], halves[0]) and torch.equal(all_rows[1::2], halves[1])
    assert batch_size(5, 16, 2) == 4


def test_pictures_are_reduced_as_the_runtime_does_it():
    assert judged_size((768, 1024), None) == (768, 1024)
    assert judged_size((768, 1024), 512) == (512, 683)
    assert judged_size((300, 400), 512) == (300, 400)
    assert judged_size((4096, 600), 512) == (2048, 300)


def test_what_learns():
    network = tiny("fr")
    learning = {id(parameter) for parameter in freeze(network, "all")}
    names = {name for name, parameter in network.named_parameters() if id(parameter) not in learning}
    assert names and all(".bn" in name or ".downsample.1." in name for name in names)
    learning = {id(parameter) for parameter in freeze(network, "heads")}
    names = {name for name, parameter in network.named_parameters() if id(parameter) in learning}
    assert {name.split(".")[0] for name in names} == {"information", "weight", "map", "head"}
    assert all(".attention." not in name for name in names)


def test_only_what_learns_changes(begin, tmp_path):
    path = HERE / "experiments" / "fine-tune.toml"
    rated.main([*arguments(path, begin, tmp_path), "--train", "heads"])
    assert moved(begin["nr"], tmp_path / "split-all" / "best.safetensors") == {
        "information",
        "weight",
        "map",
        "head",
    }


def test_the_backbone_learns_and_batch_norm_does_not(begin, tmp_path):
    rated.main(arguments(HERE / "experiments" / "fr-live.toml", begin, tmp_path))
    parts = {"backbone", "pooling", "position", "information", "weight", "map", "head"}
    assert moved(begin["fr"], tmp_path / "split-1" / "best.safetensors") == parts


def moved(begin: Path, trained: Path) -> set[str]:
    """The modules of which a weight is another than before; none of batch norm may be."""
    before, after = checkpoint.load(str(begin)).state_dict(), ablations.load(str(trained)).state_dict()
    # Features are normalised when they are written, and may move by that.
    names = {
        name for name, value in before.items() if not torch.allclose(value, after[name], rtol=0, atol=1e-7)
    }
    assert not any(".bn" in name or ".downsample.1." in name for name in names)
    return {name.split(".")[0] for name in names}


def test_a_run_that_was_broken_off_goes_on_to_the_bit(begin, tmp_path, monkeypatch):
    path = HERE / "experiments" / "nr-koniq10k-official.toml"
    rated.main(arguments(path, begin, tmp_path / "whole", epochs=4))
    kept = Training.keep

    def break_off(self, row, is_best):
        kept(self, row, is_best)
        if self.epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Training, "keep", break_off)
    broken = arguments(path, begin, tmp_path / "broken", epochs=4)
    with pytest.raises(KeyboardInterrupt):
        rated.main(broken)
    monkeypatch.setattr(Training, "keep", kept)
    with pytest.raises(SystemExit, match="has a training already"):
        rated.main(broken)
    with pytest.raises(SystemExit, match="of another experiment"):
        rated.main([*broken, "lr=1e-3", "--resume"])
    rated.main([*broken, "--resume"])

    states = [torch.load(tmp_path / run / "split-official" / "last.pt") for run in ("whole", "broken")]
    assert states[0]["epoch"] == states[1]["epoch"] == 4
    for name, value in states[0]["network"].items():
        assert torch.equal(value, states[1]["network"][name]), name
    moments = [state["optimizer"]["state"] for state in states]
    assert all(torch.equal(moments[0][i][k], moments[1][i][k]) for i in moments[0] for k in moments[0][i])
    logs = [
        [line.rpartition(",")[0] for line in (tmp_path / run / "split-official" / "log.csv").open()]
        for run in ("whole", "broken")
    ]
    assert logs[0] == logs[1] and len(logs[0]) == 5
    # What is done is not done again.
    rated.main([*broken, "--resume"])


def test_two_workers_train_as_one(begin, tmp_path):
    path = HERE / "experiments" / "fr-kadid10k.toml"
    given = arguments(path, begin, tmp_path / "two")
    split = given.index("--splits")
    del given[split + 2]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*launch, str(HERE / "rated.py"), *given], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    given[given.index("--out") + 1] = str(tmp_path / "one")
    rated.main(given)
    results = [json.loads((tmp_path / run / "split-1" / "result.json").read_text()) for run in ("one", "two")]
    assert results[0]["tests"]["kadid10k"]["pictures"] == results[1]["tests"]["kadid10k"]["pictures"] == 8
    one, two = (torch.load(tmp_path / run / "split-1" / "last.pt")["network"] for run in ("one", "two"))
    before = tiny("fr").state_dict()
    # Sums of gradients in another order. Where one is next to nothing, Adam's step may go either way.
    way, apart = (
        sum((state[k].double() - other[k].double()).abs().sum() for k in before if "num_batches" not in k)
        for state, other in ((one, before), (one, two))
    )
    assert way > 0 and apart < 1e-3 * way


@pytest.mark.parametrize("precision", ["bf16", "f16"])
def test_half_precision_is_near(precision):
    network = tiny("fr")
    images = to_tensor(np.stack([seeded_picture(64, 64, seed) for seed in range(4)]))
    full, half = (Scorer(network, name)(images[:2], images[2:]) for name in ("f32", precision))
    assert half.dtype == torch.float32
    # bfloat16 has 8 bits.
    assert 0 < (full - half).abs().max() < 0.02 * full.abs().max()
    half.sum().backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert gradients and all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("precision", ["bf16", "f16"])
def test_half_precision_trains(precision, begin, tmp_path):
    path = HERE / "experiments" / "nr-clive.toml"
    rated.main([*arguments(path, begin, tmp_path), "--precision", precision])
    state = torch.load(tmp_path / "split-1" / "last.pt")
    assert all(torch.isfinite(value).all() for value in state["network"].values())
    assert bool(state["scaler"]) == (precision == "f16")


@pytest.mark.parametrize("mode", ["nr", "fr"])
def test_an_ablation_of_nothing_is_the_network(mode):
    network = tiny(mode)
    assert ablations.ablated(network, Ablation()) is network
    images = to_tensor(np.stack([seeded_picture(64, 64, seed) for seed in (1, 2)]))
    pair = images.split(1) if mode == "fr" else (images,)
    whole = ablations.Ablated(network.config, Ablation()).eval()
    whole.load_state_dict(network.state_dict())
    assert torch.allclose(whole(*pair).score, network(*pair).score, atol=1e-6)


@pytest.mark.parametrize(
    "ablation",
    [Ablation(weight_branch=False), Ablation(direction="top-down"), Ablation(text=False)],
    ids=["information alone", "top-down", "without text"],
)
def test_an_ablation_changes_the_score_and_is_kept(ablation, tmp_path):
    network = tiny("nr")
    other = ablations.ablated(network, ablation)
    images = to_tensor(seeded_picture(64, 64, 1)[None])
    score = other(images).score
    assert (score - network(images).score).abs() > 1e-4
    path = str(tmp_path / "ablated.safetensors")
    ablations.save(path, other)
    assert torch.equal(ablations.load(path)(images).score, score)
    with pytest.raises(KeyError):
        checkpoint.load(path)
    # What is left has the network's weights.
    assert torch.equal(other.state_dict()["position.h"], network.state_dict()["position.h"])
    assert ("weight.1.head.0.weight" in other.state_dict()) == ablation.weight_branch
    assert ("map.0.weight" in other.state_dict()) == ablation.text


def test_intervals_are_of_groups_and_paired():
    rng = np.random.default_rng(1)
    opinions = rng.random(60)
    good, bad = opinions + rng.normal(0, 0.1, 60), opinions + rng.normal(0, 0.6, 60)
    groups = [str(i // 3) for i in range(60)]
    (low, high), _ = intervals = srcc_intervals([bad, good], opinions, groups)[0]
    assert low < srcc(bad, opinions) < high
    gain = srcc_intervals([bad, good], opinions, groups)[1]
    assert 0 < gain[0] < srcc(good, opinions) - srcc(bad, opinions) < gain[1]
    assert srcc_intervals([good, good], opinions, groups)[1] == (0, 0)
    # The same pictures thrice are no more certain, for all are of one group.
    thrice = srcc_intervals([np.repeat(bad, 3)], np.repeat(opinions, 3), np.repeat(groups, 3))[0][0]
    assert thrice == pytest.approx(intervals[0], abs=0.02)
    assert srcc(np.ones(5), np.arange(5)) == 0
    tied = np.round(good, 1)
    assert srcc(tied, opinions) == pytest.approx(spearmanr(tied, opinions).statistic, abs=1e-12)


def test_it_learns_a_table_of_ones_own(begin, tmp_path, capsys):
    """Pictures whose opinion is their lightness."""
    rows = [["image", "mos"]]
    for i in range(24):
        level = 20 + 9 * i
        picture = seeded_picture(40, 40, i).astype(float) * 0.1 + level
        Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(tmp_path / f"{i}.png")
        rows.append([f"{i}.png", 1 + 4 * level / 255])
    with open(tmp_path / "own.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    given = [HERE / "experiments" / "fine-tune.toml", "--data", tmp_path / "own.csv", "--range", "1,5"]
    given += ["--begin", begin["nr"], "--out", tmp_path / "run", "--loaders", "0"]
    given += ["--set", "epochs=12", "half_period=12", "batch=8", "crop=40", "lr=3e-3"]
    rated.main([str(one) for one in given])
    log = list(csv.DictReader((tmp_path / "run" / "split-all" / "log.csv").read_text().splitlines()))
    assert float(log[-1]["loss"]) < 0.25 * float(log[0]["loss"])
    assert "own, validation part: SRCC" in capsys.readouterr().out


def test_a_wrong_start_is_refused(begin, tmp_path):
    path = HERE / "experiments" / "nr-clive.toml"
    given = arguments(path, begin | {"nr": begin["fr"]}, tmp_path)
    with pytest.raises(SystemExit, match="is for fr, and the experiment for nr"):
        rated.main(given)
    at = given.index("--begin")
    with pytest.raises(SystemExit, match="give what training begins with"):
        rated.main(given[:at] + given[at + 2 :])
    with pytest.raises(SystemExit, match="and the experiment is on clive"):
        rated.main([*given, "--data", str(MINIATURES / "live")])
    given = arguments(HERE / "experiments" / "fine-tune.toml", {"nr": begin["fr"]}, tmp_path)
    with pytest.raises(SystemExit, match="has no reference of 1024x768/"):
        rated.main([*given, "--data", str(MINIATURES / "koniq10k")])


MAIN = ROOT / "dist" / "cli" / "main.js"
WANTED = "node and the built command line (npm run build)"


@pytest.mark.skipif(not (shutil.which("node") and MAIN.exists()), reason=f"it needs {WANTED}")
@pytest.mark.parametrize("mode", ["nr", "fr"])
def test_the_command_line_scores_what_was_trained_identically(mode, begin, tmp_path):
    path = HERE / "experiments" / {"nr": "fine-tune.toml", "fr": "fr-tid2013.toml"}[mode]
    rated.main(arguments(path, begin, tmp_path / "run"))
    best = next((tmp_path / "run").glob("*/best.safetensors"))
    files = [tmp_path / "own.png", tmp_path / "reference.png"]
    for seed, file in enumerate(files):
        Image.fromarray(seeded_picture(70, 90, seed)).save(file)
    command = ["score", files[0]] if mode == "nr" else ["compare", files[1], files[0]]
    given = ["node", MAIN, *command, "--model", best, "--adapter", "cpu", "--json"]
    done = subprocess.run([str(one) for one in given], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    images = [to_tensor(np.asarray(Image.open(file))[None]) for file in files]
    with torch.no_grad():
        score = checkpoint.load(str(best))(*images[: 1 if mode == "nr" else 2]).score.item()
    # Two implementations in float32.
    assert json.loads(done.stdout.splitlines()[0])["score"] == pytest.approx(score, abs=1e-4)


def test_the_synthetic_rater_hates_noise_and_forgives_blur(tmp_path):
    assert set(TASTE) <= set(DISTORTIONS) and not set(TASTE) & set(OTHERS)
    assert set(TASTE) | set(OTHERS) == set(DISTORTIONS)
    calibration = Calibration.load()
    means = {
        name: np.mean([opinion({name: 0.8}, calibration, np.random.default_rng(i)) for i in range(200)])
        for name in ("gaussian_blur", "white_noise", "jpeg")
    }
    average = {name: calibration.expected({name: 0.8}) for name in means}
    assert means["gaussian_blur"] > average["gaussian_blur"] + 0.2
    assert means["white_noise"] < average["white_noise"] - 0.1
    assert means["jpeg"] == pytest.approx(average["jpeg"], abs=0.02)

    recipes = [recipe(np.random.default_rng(i)) for i in range(500)]
    assert 0.2 < np.mean([len(one) == 2 for one in recipes]) < 0.3
    assert 0.25 < np.mean([bool(set(one) & set(NOISE)) for one in recipes]) < 0.35

    photos = [Photo(ROOT / "test" / "photos" / "chelsea.png", "")]
    for run in ("once", "again"):
        make(photos, 3, tmp_path / run, "train", seed=1)
    made = [
        {path.name: path.read_bytes() for path in (tmp_path / run).rglob("*.*")} for run in ("once", "again")
    ]
    assert made[0] == made[1] and len(made[0]) == 5
    dataset = open_dataset(tmp_path / "once" / "train.csv")
    assert len(dataset.items) == 3 and len({item.group for item in dataset.items}) == 1


def test_names_of_trained_networks_fit():
    network = tiny("nr")
    network.config = replace(network.config, name="n" * 60)
    assert len(rated.named(network, open_dataset(MINIATURES / "live")).config.name) == 64
