"""Coverage of the whole ensemble on experiments that no network, calibration or source ever saw. Trains anew.

    python -m benchmarks.learners.fresh [--json OUT] [--repeats R] [--networks K] RUN [RUN ...]

RUN is a folder that `simworth run -o RUN` made, of one target and one source. R times a fifth of the experiments is set
aside; with the others K networks are trained as the study says, each with a split of its own and all of the source
that is left, at the smallest and the largest m; their held-out predictions calibrate the mean of all K on the
experiments set aside. Beside the intervals scaled by spread stand equally wide ones.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.tables import table
from simworth.features.table import table_features
from simworth.learners.coverage import Coverage, judge
from simworth.learners.intervals import Calibrated, by_material, calibrate
from simworth.learners.network import pretrain
from simworth.learners.strategies import adapt_and_predict
from simworth.seeds import seed_of, stream
from simworth.sweep.inputs import load_spec
from simworth.sweep.order import identity_keys, source_order
from simworth.sweep.spec import StudySpec
from simworth.tables import PropertyTable

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
LEVEL = 0.9
LANES = 6


class Pair(NamedTuple):
    """A study's one target and one source, described."""

    name: str
    spec: StudySpec
    features: NDArray[np.float32]
    measured: Float64
    unit: str
    source: NDArray[np.float32]
    labels: Float64
    keys: NDArray[np.uint64]
    match: Int32
    """Of each source material, the place of the same material in the target, or -1."""


class Round(NamedTuple):
    """One setting aside, at one m."""

    m: int
    aside: Int32
    held: Float64
    """(networks, materials) predictions of what each split held out."""
    asked: Float64
    """(networks, materials set aside)."""


def read(run: Path) -> Pair:
    """The pair of a run folder."""
    spec = load_spec(run)
    chosen, pretraining = spec.target[0], spec.source[0]
    target = PropertyTable.from_parquet(run / "inputs" / "target-0.parquet")
    source = PropertyTable.from_parquet(run / "inputs" / "source-0.parquet")
    unit = target.unit(chosen.property)
    if not pretraining.proxy:
        source = source.convert(pretraining.property, unit)
    place = {identity: i for i, identity in enumerate(target.identities)}
    match = np.array([place.get(i, -1) for i in source.identities], dtype=np.int32)
    features, computed = table_features([target, source], spec.descriptor)
    measured, labels = target.values(chosen.property), source.values(pretraining.property)
    keys = identity_keys(list(source.identities))
    return Pair(run.name, spec, features, measured, unit, computed, labels, keys, match)


def play(pair: Pair, repeat: int, networks: int) -> Iterator[Round]:
    """Set a fifth aside, train, predict."""
    share = pair.spec.sweep.test_fraction
    shuffled = stream("fresh", pair.name, repeat).permutation(len(pair.measured)).astype(np.int32)
    aside, rest = np.split(shuffled, [round(0.2 * len(shuffled))])
    own = [stream("fresh-split", pair.name, repeat, k).permutation(rest) for k in range(networks)]
    size = round(share * len(rest))
    orders = []
    for split in own:
        unseen = np.isin(pair.match, np.concatenate([split[:size], aside]))
        orders.append(source_order(pair.keys, pair.spec.seed, len(orders), unseen, None))
    n = min(len(order) for order in orders)
    rows = np.stack([order[:n] for order in orders])
    said: dict[int, list[Float64]] = {min(pair.spec.sweep.m): [], max(pair.spec.sweep.m): []}
    for first in range(0, networks, LANES):
        lanes = slice(first, first + LANES)
        seeds = [seed_of("fresh", repeat, k) for k in range(networks)][lanes]
        learned = pretrain(pair.spec.learner, pair.source, pair.labels[rows[lanes]], rows[lanes], n, seeds)
        ask = np.stack([np.concatenate([split[:size], aside]) for split in own[lanes]])
        for m, found in said.items():
            train = np.stack([split[size : size + m] for split in own[lanes]])
            found.append(adapt_and_predict(pair.spec.learner, learned, pair.features, pair.measured, train, ask))
    for m, found in said.items():
        all_said = np.concatenate(found)
        held = by_material([split[:size] for split in own], list(all_said[:, :size]), len(pair.measured))
        yield Round(m, aside, held, all_said[:, size:])


def measure(run: Path, repeats: int, networks: int) -> list[dict[str, Any]]:
    """Figures of a run: intervals of all repeats judged together."""
    pair = read(run)
    ends: dict[tuple[int, str], list[Float64]] = {}
    for repeat in range(repeats):
        for one in play(pair, repeat, networks):
            found = calibrate(one.held, pair.measured)
            plain = Calibrated(found.errors, np.ones_like(found.errors), None)
            for way, calibrated in (("by spread", found), ("equally wide", plain)):
                low, high = calibrated.interval(one.asked, LEVEL)
                ends.setdefault((one.m, way), []).append(np.stack([low, high, pair.measured[one.aside]]))
    names = {"run": pair.name, "unit": pair.unit, "networks": networks, "repeats": repeats, "level": LEVEL}
    return [{**names, "m": m, "way": way, **asdict(_judged(parts))} for (m, way), parts in ends.items()]


def _judged(parts: list[Float64]) -> Coverage:
    low, high, truth = np.concatenate(parts, axis=1)
    return judge(low, high, truth, LEVEL)


def main(argv: list[str] | None = None) -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.fresh", description=__doc__)
    parser.add_argument("run", type=Path, nargs="+")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--networks", type=int, default=12)
    asked = parser.parse_args(argv)
    figures = [figure for run in asked.run for figure in measure(run, asked.repeats, asked.networks)]
    heads = ("run", "m", "intervals", "asked", "coverage, %", "median width", "interval score", "unit")
    names = [(f["run"], str(f["m"]), f["way"], str(f["asked"])) for f in figures]
    numbers = [(f"{100 * f['covered']:.1f}", f"{f['width']:.4g}", f"{f['score']:.4g}", f["unit"]) for f in figures]
    sys.stdout.write(table(heads, [[*a, *b] for a, b in zip(names, numbers, strict=True)]) + "\n")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
