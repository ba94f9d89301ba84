"""Trains BPCLIP on a data set of rated pictures, as the paper did, or adapts a trained network to ratings of one's own.

    python rated.py experiments/nr-koniq10k.toml --data koniq10k/ --backbone resnet50.pth --clip clip-rn50.safetensors
    python rated.py experiments/fr-cross.toml --data kadid10k/ --begin bpclip-fr.safetensors --test live/ csiq/ tid2013/
    python rated.py experiments/fine-tune.toml --data ratings.csv --begin ../../weights/bpclip-s-nr.safetensors
    torchrun --nproc-per-node 4 rated.py experiments/fr-kadid10k.toml --data kadid10k/ --begin bpclip-fr.safetensors

Each split has a folder in the run's: log.csv and last.pt, kept after each epoch; best.safetensors, the network after
the epoch with the best SRCC on the validation part; and at last the scores of its test part and result.json. All
splits together give results.csv. --resume goes on with a run, --list tells what would be done.
"""

from __future__ import annotations

import argparse
import copy
import csv
import dataclasses
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import ablations
import checkpoint
import pretrained
from agreement import plcc, srcc, srcc_intervals
from datasets import Dataset, DatasetError, Item, open_dataset
from experiment import Ablation, Experiment, parts_of
from model import BPCLIP
from rated_pictures import Pictures, batch_size
from rated_training import PRECISIONS, Training, Workers, freeze, judge, opinions


class Rated:
    """One command's work: an experiment on a data set."""

    def __init__(self, args: argparse.Namespace, workers: Workers):
        self.args, self.workers = args, workers
        changes = tomllib.loads("\n".join(args.set))
        if args.train:
            changes["train"] = args.train
        if args.splits:
            changes["splits"] = [int(split) if split.isdigit() else split for split in args.splits]
        self.experiment = Experiment.read(args.experiment, changes)
        self.dataset = open_dataset(args.data, args.range)
        if self.experiment.dataset not in (None, self.dataset.name):
            raise SystemExit(
                f"{args.data} is {self.dataset.title}, and the experiment is on {self.experiment.dataset}"
            )
        self.others = [open_dataset(path, args.range) for path in args.test]
        names = [self.dataset.name, *(other.name for other in self.others)]
        if len(set(names)) < len(names):
            raise SystemExit(f"two data sets have one name: {', '.join(names)}")
        self.precision = args.precision or default_precision(workers.device)
        self.run = args.out or Path("runs") / f"rated-{args.experiment.stem}"

    def beginning(self, seed: int) -> BPCLIP:
        """The whole network before training."""
        args, mode = self.args, self.experiment.mode
        if args.begin:
            network = checkpoint.load(str(args.begin))
            if mode not in (None, network.config.mode):
                raise SystemExit(f"{args.begin} is for {network.config.mode}, and the experiment for {mode}")
            return network
        if not (args.backbone and args.clip):
            raise SystemExit("give what training begins with: --begin, or --backbone and --clip")
        if mode is None:
            raise SystemExit("""the experiment has no mode: add --set 'mode = "nr"', or give --begin""")
        return pretrained.begin(mode, args.backbone, args.clip, seed)

    def pictures(self, dataset: Dataset) -> Pictures:
        return Pictures(dataset, self.experiment.short_side)

    def tell(self) -> None:
        """The dry run."""
        experiment, dataset = self.experiment, self.dataset
        print(f"{experiment.title}\n{dataset.title} in {dataset.folder}: {len(dataset.items)} pictures")
        network = ablations.ablated(self.beginning(1), experiment.ablation)
        total = 0
        for split in experiment.splits:
            parts = parts_of(dataset, network.config.mode, split)
            counts = (
                f"{len(items)} to {what} ({len({item.group for item in items})} groups)"
                for what, items in zip(("train", "validate", "test"), parts)
                if items
            )
            size = batch_size(len(parts.train), experiment.batch, self.workers.count)
            steps = len(parts.train) // size
            total += steps * experiment.epochs
            print(f"split {split}: {', '.join(counts)}; {steps} steps of {size} an epoch")
        for other in self.others:
            print(f"tested on {other.title} in {other.folder}, too: {len(other.items)} pictures")
        way = "down" if experiment.half_period >= experiment.epochs else "down and up again"
        print(
            f"{experiment.epochs} epochs, {total} steps in all; crops of {experiment.crop} pixels;"
            f" rate {experiment.lr:g}, {way} by a cosine of {experiment.half_period} epochs"
        )
        count = sum(parameter.numel() for parameter in network.parameters())
        learning = sum(parameter.numel() for parameter in freeze(network, experiment.train))
        print(f"{network.config.name}, {network.config.mode}: {learning:,} of {count:,} parameters learn")
        if experiment.ablation != Ablation():
            print("an ablation: for training and tests here only, the runtime has no such network")
        print(f"on {self.workers.device} in {self.precision}, {self.workers.count} at a time; to {self.run}")

    def train(self, split: int | str) -> dict:
        """Trains and tests on one split; of one that is done, the result that it had."""
        experiment, workers, dataset = self.experiment, self.workers, self.dataset
        folder = self.run / f"split-{split}"
        done = folder / "result.json"
        if self.args.resume and done.exists():
            return json.loads(done.read_text())
        if (folder / "last.pt").exists() and not self.args.resume:
            raise SystemExit(
                f"{folder} has a training already: --resume goes on with it, --out names another"
            )
        folder.mkdir(parents=True, exist_ok=True)
        workers.wait()

        seed = split if isinstance(split, int) else 1
        before = self.beginning(seed)
        if before.config.mode == "fr":
            for one in (dataset, *self.others):
                require_references(one)
        torch.manual_seed(seed)
        network = ablations.ablated(named(copy.deepcopy(before), dataset), experiment.ablation)
        parts = parts_of(dataset, network.config.mode, split)
        label = "" if len(experiment.splits) == 1 else f"split {split}, "
        training = Training(
            experiment,
            network,
            self.pictures(dataset),
            parts,
            seed=seed,
            folder=folder,
            workers=workers,
            precision=self.precision,
            loaders=self.args.loaders,
            label=label,
        )
        if self.args.resume:
            training.resume()
        training.run()

        networks = {"best": ablations.load(str(folder / "best.safetensors"))}
        if experiment.before:
            networks = {"before": before} | networks
        sets = [(dataset, parts.test or parts.validation), *((other, other.items) for other in self.others)]
        tests = {of.name: self.test(networks, of, items, folder) for of, items in sets}
        result = {"split": split, "part": "test" if parts.test else "validation", "tests": tests}
        if workers.first:
            done.write_text(json.dumps(result, indent=1) + "\n")
        workers.wait()
        return result

    def test(
        self, networks: dict[str, BPCLIP], dataset: Dataset, items: Sequence[Item], folder: Path
    ) -> dict:
        """Agreement of each network with opinion; scores go to a table that `bpclip eval --scores` reads."""
        scores = {}
        for name, network in networks.items():
            network.to(self.workers.device)
            label = f"{dataset.title}, {name}: "
            scores[name] = judge(network, self.pictures(dataset), items, self.workers, label)
        mos, groups = opinions(items), [item.group for item in items]
        intervals, gain = srcc_intervals(list(scores.values()), mos, groups)
        result: dict = {"pictures": len(items)}
        for (name, own), interval in zip(scores.items(), intervals):
            result[name] = {"plcc": plcc(own, mos), "srcc": srcc(own, mos), "srcc_interval": interval}
        if len(networks) > 1:
            result["gain_interval"] = gain
        if self.workers.first:
            columns = zip(*(own.round(6).tolist() for own in scores.values()))
            rows = [[item.image, *row] for item, row in zip(items, columns)]
            write_table(folder / f"scores-{dataset.name}.csv", [["image", *scores], *rows])
        return result

    def summarise(self, results: list[dict]) -> None:
        """Mean ± deviation over the splits, beside the paper's; all numbers to results.csv."""
        rows: list[list] = [["split", "tested on", "pictures", "network", "plcc", "srcc"]]
        for result in results:
            for name, test in result["tests"].items():
                for network in ("before", "best"):
                    if network in test:
                        figures = [round(test[network][measure], 4) for measure in ("plcc", "srcc")]
                        rows.append([result["split"], name, test["pictures"], network, *figures])
        write_table(self.run / "results.csv", rows)
        for name in results[0]["tests"]:
            of = f"{name}, {results[0]['part']} part" if name == self.dataset.name else name
            tests = [result["tests"][name] for result in results]
            for network in ("before", "best"):
                if network in tests[0]:
                    figures = (over_splits([t[network] for t in tests], m) for m in ("plcc", "srcc"))
                    print(f"{of}, {network}: {', '.join(figures)}")
            if len(tests) == 1 and "gain_interval" in tests[0]:
                gain = tests[0]["best"]["srcc"] - tests[0]["before"]["srcc"]
                print("{}: SRCC {:+.3f} ({:+.3f} to {:+.3f})".format(of, gain, *tests[0]["gain_interval"]))
            if name in self.experiment.paper:
                print("{}, the paper: PLCC {:.3f}, SRCC {:.3f}".format(of, *self.experiment.paper[name]))


def over_splits(tests: list[dict], measure: str) -> str:
    """One split's value, with its interval where it has one; of several, mean ± standard deviation (n − 1)."""
    values = [test[measure] for test in tests]
    if len(values) > 1:
        return f"{measure.upper()} {np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"
    interval = tests[0].get(f"{measure}_interval")
    bounds = "" if interval is None else " ({:.3f} to {:.3f})".format(*interval)
    return f"{measure.upper()} {values[0]:.3f}{bounds}"


def named(network: BPCLIP, dataset: Dataset) -> BPCLIP:
    """With a name that says on what it was trained."""
    name = f"{network.config.name}-{dataset.name}"[:64]
    network.config = dataclasses.replace(network.config, name=name)
    return network


def require_references(dataset: Dataset) -> None:
    for item in dataset.items:
        if item.reference is None:
            raise DatasetError(
                f"{dataset.title} has no reference of {item.image}, which a network for fr needs."
            )


def default_precision(device: torch.device) -> str:
    if device.type != "cuda":
        return "f32"
    return "bf16" if torch.cuda.is_bf16_supported() else "f16"


def write_table(path: Path, rows: list[list]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def scale(text: str) -> tuple[float, float]:
    worst, best = (float(end) for end in text.split(","))
    return worst, best


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("experiment", type=Path, help="one of experiments/, or one of your own")
    add("--data", type=Path, required=True, help="a data set's folder, or a CSV: image,mos[,reference]")
    add("--range", type=scale, default=(0, 1), help="a CSV's opinions that mean worst and best, such as 1,5")
    add("--test", type=Path, nargs="+", default=[], help="other data sets to test on, all of each")
    add("--begin", type=Path, help="a checkpoint to begin with, such as `bpclip assemble` makes; or")
    add("--backbone", type=Path, help="ResNet50, trained on ImageNet, and")
    add("--clip", type=Path, help="CLIP's text tower, converted by `bpclip convert`")
    add("--train", choices=["all", "heads"], help="what learns; the experiment says it otherwise")
    add("--splits", nargs="+", help="instead of the experiment's: seeds, official or all")
    add("--set", nargs="+", default=[], metavar="FIELD=VALUE", help="other values of the experiment's fields")
    add("--out", type=Path, help="folder to write to; runs/rated-<experiment> by default")
    add("--resume", action="store_true", help="go on with the run")
    add("--device", help="cuda where there is one, else cpu")
    add("--precision", choices=PRECISIONS, help="bf16 or f16 on a GPU, else f32")
    add("--loaders", type=int, default=2, help="processes that read pictures, for each worker")
    add("--list", action="store_true", help="tell what would be done, and do nothing")
    args = parser.parse_args(arguments)
    try:
        with Workers(args.device) as workers:
            rated = Rated(args, workers)
            if args.list:
                if workers.first:
                    rated.tell()
                return
            results = [rated.train(split) for split in rated.experiment.splits]
            if workers.first:
                rated.summarise(results)
    except DatasetError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
