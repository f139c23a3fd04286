"""How long an equally precise curve takes: the same half-width of the mean error at every n and m.

A script that trains one by one pretrains anew for every trial. simworth pretrains once for all m, and tunes each
network several times on different experiments, which takes off the part of the variance that is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import msgspec
import numpy as np

from benchmarks.laws.tables import table
from benchmarks.learners.context import Figures, write
from benchmarks.learners.speed_report import OWN, REPLICATES, Record, Study
from benchmarks.learners.trials import ASKED, Float64, Materials, NetworkLearner, load, source_rows, target_rows
from simworth.learners.settings import NetworkSpec
from simworth.seeds import seed_of
from simworth.sweep.tunings import count_tunings, tuned_order

MEASURED = 4
"""Tunings of a replicate from which the variances are estimated."""
Z = 1.645
"""Half-widths are of 90 % intervals."""


@dataclass(frozen=True)
class Cell:
    """Variances of a trial's error at one (n, m): among replicates, and among the tunings of one."""

    n: int
    m: int
    mean: float
    replicate: float
    tuning: float

    def half_width(self, replicates: float, tunings: int) -> float:
        """Of the mean error."""
        return float(Z * np.sqrt((self.replicate + self.tuning / tunings) / replicates))

    def alone(self, replicates: float, tunings: int) -> float:
        """Trials of one tuning each that are as precise."""
        return replicates * (self.replicate + self.tuning) / (self.replicate + self.tuning / tunings)


def errors(folder: str, spec: NetworkSpec, n: int, m: tuple[int, ...], replicates: tuple[int, ...]) -> Float64:
    """Mean absolute errors (m, replicates, `MEASURED`)."""
    data, learner = load(folder), NetworkLearner(spec)
    source, target = Materials(data.source, (), "composition"), Materials(data.target, (), "composition")
    rows = np.stack([source_rows(r, len(data.computed)) for r in replicates])
    order = np.stack([target_rows(r, len(data.measured)) for r in replicates])
    ask, seeds = order[:, :ASKED], [seed_of("benchmark", r) for r in replicates]
    state = learner.pretrain(source, data.computed[rows], rows, n, seeds)
    found = np.empty((len(m), len(replicates), MEASURED))
    for j in range(MEASURED):
        drawn = np.stack([tuned_order(o[ASKED:], 0, r, j) for o, r in zip(order, replicates, strict=True)])
        for i, size in enumerate(m):
            predicted = learner.adapt_and_predict(state, target, data.measured, drawn[:, :size], ask, seeds)
            found[i, :, j] = np.abs(predicted - data.measured[ask]).mean(axis=1)
    return found


def variances(
    study: Study, spec: NetworkSpec, folder: str, pool: Executor, jobs: int, lanes: int, batches: int
) -> list[Cell]:
    """One cell an (n, m), from ``batches`` times ``lanes`` replicates a process."""
    parts = [tuple(range(k * lanes, (k + 1) * lanes)) for k in range(jobs * batches)]
    cells = []
    for n in study.sizes:
        futures = [pool.submit(errors, folder, spec, n, study.m, part) for part in parts]
        table_ = np.concatenate([f.result() for f in futures], axis=1)
        for m, e in zip(study.m, table_, strict=True):
            tuning = float(e.var(axis=1, ddof=1).mean())
            replicate = max(float(e.mean(axis=1).var(ddof=1)) - tuning / MEASURED, 0.0)
            cells.append(Cell(n, m, float(e.mean()), replicate, tuning))
    return cells


def report(study: Study, network: str, records: Sequence[Record], cells: Sequence[Cell], whole: int) -> Figures:
    """Seconds of a whole sweep by each engine, all as precise as `REPLICATES` replicates of simworth's."""
    spec = study.networks[network]
    tunings = dict(zip(study.m, count_tunings("auto", spec, study.m, whole, study.sizes), strict=True))
    own, *peers = dict.fromkeys(
        r.engine for r in records if {x.n for x in records if x.engine == r.engine} == set(study.sizes)
    )
    assert own.startswith(OWN)
    wall = _parts(records, network)
    seconds: dict[str, float] = {own: study.compile[network][0]}
    for n in study.sizes:
        pretraining, tuning = wall[own, n]
        seconds[own] += REPLICATES * (pretraining + sum(tunings[m] * tuning[m] for m in study.m))
        for peer in peers:
            pretraining, tuning = wall[peer, n]
            for cell in (c for c in cells if c.n == n):
                trials = cell.alone(REPLICATES, tunings[cell.m])
                seconds[peer] = seconds.get(peer, 0.0) + trials * (pretraining + tuning[cell.m])
    ratio = {peer: seconds[peer] / seconds[own] for peer in peers}
    _show(network, cells, tunings, seconds, ratio)
    plain = [msgspec.to_builtins(c) | {"half_width": c.half_width(REPLICATES, tunings[c.m])} for c in cells]
    return {"network": network, "cells": plain, "tunings": tunings, "seconds": seconds, "ratio": ratio}


def _parts(records: Sequence[Record], network: str) -> dict[tuple[str, int], tuple[float, dict[int, float]]]:
    """Wall seconds a replicate with all processes at work, of pretraining and of one tuning at each m; medians."""
    found = {}
    for engine, n in dict.fromkeys((r.engine, r.n) for r in records if r.network == network):
        mine = [r for r in records if (r.engine, r.n, r.network) == (engine, n, network)]
        pretraining = float(np.median([1 / sum(s.replicates / s.pretrain[0] for s in r.spent) for r in mine]))
        tuning = {
            m: float(np.median([1 / sum(s.replicates / s.tune[m][0] for s in r.spent) for r in mine]))
            for m in mine[0].spent[0].tune
        }
        found[engine, n] = (pretraining, tuning)
    return found


def _show(
    network: str,
    cells: Sequence[Cell],
    tunings: Mapping[int, int],
    seconds: Mapping[str, float],
    ratio: Mapping[str, float],
) -> None:
    write(f"### {network}: the same half-width at every n and m\n")
    rows = []
    for c in cells:
        k = tunings[c.m]
        half = [f"{c.half_width(REPLICATES, t):.4f}" for t in (1, k)]
        spread = [f"{np.sqrt(v):.4f}" for v in (c.replicate, c.tuning)]
        rows.append([f"{c.n:,}", str(c.m), f"{c.mean:.4f}", *spread, str(k), *half, f"{c.alone(REPLICATES, k):.1f}"])
    header = ("n", "m", "error", "sd of replicates", "sd of tunings", "tunings", "half-width, one", "with all")
    write(table((*header, f"single trials like {REPLICATES} replicates"), rows) + "\n")
    lines = [[e, f"{s:.0f}", "1" if e not in ratio else f"{ratio[e]:.1f}"] for e, s in seconds.items()]
    write(table(("engine", "seconds of the sweep", "over simworth"), lines) + "\n")
