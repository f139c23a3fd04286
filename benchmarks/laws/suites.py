"""Suites of public learning curves, each curve split into sizes to fit and larger sizes to predict."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.seeds import stream

Array = NDArray[np.float64]
Keys = tuple[str, ...]

FACTOR = 8
"""Sizes up to the largest one divided by this are fitted (rectified_sft, lcdb11); a little slack for rounding."""
SLACK = 1.001


@dataclass(frozen=True, eq=False)
class Split:
    """One curve: ``n``, ``error`` are fitted, (sizes,); ``n_ahead``, ``error_ahead`` are to be predicted, (ahead,)."""

    suite: str
    domain: str
    name: str
    n: Array
    error: Array
    n_ahead: Array
    error_ahead: Array

    @property
    def sizes(self) -> Array:
        """All sizes, increasing."""
        return np.concatenate([self.n, self.n_ahead])

    @property
    def errors(self) -> Array:
        """All errors, by size."""
        return np.concatenate([self.error, self.error_ahead])


def curves_folder() -> Path:
    """``$SIMWORTH_SHARED/curves``, by default ``../shared/curves`` seen from the repository's root."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("SIMWORTH_SHARED", root.parent / "shared")) / "curves"
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder} with the public curves; name its parent in SIMWORTH_SHARED")
    return folder


def read(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a CSV file, which may be gzipped."""
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        yield from csv.DictReader(file)


def split_at(suite: str, domain: str, name: str, n: Iterable[float], error: Iterable[float], largest: float) -> Split:
    """Fit sizes up to ``largest``, predict the others; points are put in order of size."""
    sizes, errors = np.array(list(n), float), np.array(list(error), float)
    order = np.argsort(sizes, kind="stable")
    sizes, errors = sizes[order], errors[order]
    fitted = sizes <= largest * SLACK
    return Split(suite, domain, name, sizes[fitted], errors[fitted], sizes[~fitted], errors[~fitted])


def revisiting_nsl(folder: Path) -> list[Split]:
    """Alabdulmohsin et al. 2022 (arXiv 2209.06640): the authors' own split; the domain is IC, NMT, LM or BB.

    Points of LM stand several times in the file, all the same; each is taken once.
    """
    groups: dict[Keys, list[tuple[float, float, bool]]] = defaultdict(list)
    for file in ("benchmark.vision.csv", "benchmark.lang.csv"):
        for row in read(folder / "revisiting_nsl" / file):
            point = (float(row["Seen Examples"]), float(row["Loss"]), row["Training"] == "1")
            groups[row["Domain"], row["Task"], row["Model"]].append(point)
    splits = []
    for key, points in sorted(groups.items()):
        n, error, fitted = (np.array(v) for v in zip(*sorted(set(points)), strict=True))
        splits.append(
            Split("revisiting_nsl", key[0], " ".join(key[1:]), n[fitted], error[fitted], n[~fitted], error[~fitted])
        )
    return splits


MIKAMI_KEYS = ("fdata", "ftask", "pscale", "ptask", "finetune_percent", "model", "pdata")
"""What names a transfer curve; the domain is the data set it was tuned on."""


def mikami_rows(folder: Path) -> Iterator[dict[str, str]]:
    """Rows pretrained on n synthetic images: no scratch references, and not the row without n."""
    for row in read(folder / "mikami_syn2real" / "tidy_transfer_curves.csv"):
        if row["kind"] == "synthetic" and row["n_pretrain"]:
            yield row


def mikami(folder: Path) -> list[Split]:
    """Mikami et al. 2021: the first 4 of 7 pretraining sizes are fitted, the last 3 (x2, x4, x8) are predicted."""
    groups: dict[Keys, list[tuple[float, float]]] = defaultdict(list)
    for row in mikami_rows(folder):
        groups[tuple(row[k] for k in MIKAMI_KEYS)].append((float(row["n_pretrain"]), float(row["error_last"])))
    splits = []
    for key, points in sorted(groups.items()):
        n, error = zip(*sorted(points), strict=True)
        splits.append(split_at("mikami_syn2real", key[0], " ".join(key), n, error, n[3]))
    return splits


def rectified_sft(folder: Path) -> list[Split]:
    """Fine-tuning losses of 30 language models on 3 tasks, m = 200 … 1.6M; x8 ahead."""
    splits = []
    for task in ("flan", "gigaword", "wmt19"):
        for row in read(folder / "rectified_sft" / f"{task}.csv"):
            points = [(float(k), float(v)) for k, v in row.items() if k.isdigit() and int(k) > 0 and v]
            n, error = zip(*points, strict=True)
            splits.append(split_at("rectified_sft", task, row["config name"], n, error, max(n) / FACTOR))
    return splits


def is_held(openml_id: str) -> bool:
    """Whether a data set of LCDB is for reporting only: a quarter of them, by a hash of their number."""
    return hashlib.md5(openml_id.encode(), usedforsecurity=False).hexdigest()[-1] in "0123"


def halvings(n: Array) -> NDArray[np.int64]:
    """Positions of the sizes nearest (in log) to the largest one divided by 1, 2, 4, …."""
    wanted = n.max() / 2.0 ** np.arange(30)
    wanted = wanted[wanted >= n.min() * 0.99]
    return np.unique(np.abs(np.log(n)[:, None] - np.log(wanted)).argmin(0))


LEAST_FITTED = 6
"""A curve of LCDB has to leave this many sizes to fit, and no error of zero (its logarithm is scored)."""


def lcdb11(folder: Path, held: bool) -> list[Split]:
    """LCDB 1.1: all usable curves, thinned to halvings of the largest size; x8 ahead.

    ``held``: those of the data sets for reporting only, else those of all others.
    """
    groups: dict[Keys, list[tuple[float, float]]] = defaultdict(list)
    for row in read(folder / "lcdb11" / "lcdb11_error_rate.csv.gz"):
        if row["test_error"]:
            groups[row["openml_id"], row["learner"]].append((float(row["n_train"]), float(row["test_error"])))
    splits = []
    for key, points in sorted(groups.items()):
        if is_held(key[0]) != held:
            continue
        n, error = (np.array(v) for v in zip(*sorted(points), strict=True))
        kept = halvings(n)
        suite = "lcdb11_held" if held else "lcdb11"
        split = split_at(suite, "", " ".join(key), n[kept], error[kept], n.max() / FACTOR)
        if len(split.n) >= LEAST_FITTED and len(split.n_ahead) and split.errors.min() > 0:
            splits.append(split)
    return splits


def sample(splits: list[Split], count: int, name: str) -> list[Split]:
    """A sample without replacement, always the same, in the order of the curves; a smaller one lies within a larger."""
    order = stream("benchmark", name).permutation(len(splits))[:count]
    return [splits[i] for i in sorted(order)]


@dataclass(frozen=True)
class Suite:
    """How a suite is read, how many of its curves are used (0: all), and what a reader of its scores must know."""

    name: str
    read: Callable[[Path], list[Split]]
    curves: int
    remark: str


SUITES: Mapping[str, Suite] = {
    s.name: s
    for s in (
        Suite("revisiting_nsl", revisiting_nsl, 0, "the authors' split; for reporting only"),
        Suite("mikami_syn2real", mikami, 0, "first 4 of 7 sizes fitted, last 3 predicted; for reporting only"),
        Suite("rectified_sft", rectified_sft, 0, "x8 ahead; IN-SAMPLE for simworth: its settings were chosen here"),
        Suite("lcdb11", lambda f: lcdb11(f, False), 400, "x8 ahead; IN-SAMPLE for simworth: settings chosen here"),
        Suite("lcdb11_held", lambda f: lcdb11(f, True), 300, "x8 ahead; data sets kept apart, for reporting only"),
    )
}


def load(name: str, quick: bool = False) -> list[Split]:
    """The curves of a suite; ``quick``: six of them."""
    if name not in SUITES:
        raise InputError(f"there is no suite '{name}'; the suites are {', '.join(SUITES)}")
    suite = SUITES[name]
    splits = suite.read(curves_folder())
    count = 6 if quick else suite.curves
    return sample(splits, count, name) if count else splits
