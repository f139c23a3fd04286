"""Where a whole run of a study spends its time: training, and everything that is not.

The run is an ordinary one; its workers note when a learner begins and ends. Compiling counts as training here: the
benchmark of the trials tells it apart.
"""

from __future__ import annotations

import csv
import functools
import json
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.laws.tables import table
from benchmarks.learners.context import Context, Figures, write
from benchmarks.learners.features_composition import made_up_formulas
from benchmarks.learners.trials import COLUMN
from simworth.learners import baselines
from simworth.learners.choose import NetworkLearner
from simworth.seeds import stream
from simworth.study import Study
from simworth.sweep.run import SweepState
from simworth.workers import process_pool


class Noting(Executor):
    """Another executor whose workers write down what a chunk took, in lines of a file each."""

    def __init__(self, pool: Executor, notes: Path) -> None:
        self._pool, self._notes = pool, str(notes)
        self.begun: float | None = None
        """When the first chunk was handed out."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        """Hand out a chunk."""
        self.begun = self.begun or time.time()
        return self._pool.submit(_noted, self._notes, fn, *args, **more)


_LEARNING: dict[str, float] = {}
"""Of this worker's present chunk: seconds of networks and of baselines."""


def _noted(notes: str, fn: Callable[..., Any], *args: Any) -> Any:
    _listen()
    _LEARNING.update(network=0.0, baselines=0.0)
    start = time.time()
    result = fn(*args)
    line = {"start": start, "end": time.time(), **_LEARNING}
    with (Path(notes) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return result


@functools.cache
def _listen() -> None:
    """Put a clock around what learners do in this process."""
    for owner, name, kind in (
        (NetworkLearner, "pretrain", "network"),
        (NetworkLearner, "adapt_and_predict", "network"),
        (baselines, "fit_predict", "baselines"),
    ):
        setattr(owner, name, _clocked(getattr(owner, name), kind))


def _clocked(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """``function`` with a clock; a call within another (direct learning pretrains) is counted once."""
    import jax

    @functools.wraps(function)
    def timed(*args: Any) -> Any:
        if _LEARNING.get("inside"):
            return function(*args)
        _LEARNING["inside"] = 1.0
        start = time.perf_counter()
        try:
            return jax.block_until_ready(function(*args))
        finally:
            del _LEARNING["inside"]
            _LEARNING[kind] += time.perf_counter() - start

    return timed


def settings(computed: Path, measured: Path, sweep: Mapping[str, Any]) -> dict[str, Any]:
    """The study of the worked example on formation enthalpies."""
    common = {
        "kind": "composition",
        "material": "formula",
        "property": "formation_enthalpy",
        "column": COLUMN,
        "unit": "eV",
    }
    target = common | {"name": "measured", "table": str(measured)}
    source = common | {"name": "computed", "table": str(computed)}
    return {"name": "formation enthalpy", "target": [target], "source": [source], "sweep": dict(sweep)}


def _made_up(folder: Path, name: str, number: int) -> Path:
    """A table of made-up compositions and random numbers; only times are of interest."""
    path, random = folder / name, stream("benchmark sweep", name)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["formula", COLUMN])
        out.writerows([f, random.normal()] for f in dict.fromkeys(made_up_formulas(number)))
    return path


def measure_sweep(context: Context) -> Figures:
    """Run a study and print where its time went."""
    sweep = {"smallest_n": 300, "m": [100, 500], "replicates": 12, "lanes": 6, "control": "shuffled"}
    if context.quick:
        sweep = {"n": [50, 100], "m": [20], "replicates": 2, "lanes": 2, "baselines": ["ridge"]}
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "notes").mkdir()
        if context.folder and not context.quick:
            public = context.folder / "formation_enthalpy"
            computed, measured = public / "computed_mp_lowest.csv.gz", public / "experimental_pymatgen.csv"
        else:
            sizes = (300, 60) if context.quick else (80_000, 2000)
            computed, measured = (
                _made_up(folder, f, k) for f, k in zip(("source.csv", "target.csv"), sizes, strict=True)
            )
        stages: dict[str, float] = {}

        def tell(state: SweepState) -> None:
            stages.setdefault(state.stage, time.time())

        start = time.time()
        with process_pool(context.jobs) as pool:
            noting = Noting(pool, folder / "notes")
            study = Study(settings(computed, measured, sweep))
            study.run(folder / "run", workers=context.jobs, executor=noting, progress=tell)
        ended = time.time()
        notes = [json.loads(x) for p in (folder / "notes").iterdir() for x in p.read_text().splitlines()]
    assert noting.begun is not None
    figures = breakdown(notes, context.jobs, start, noting.begun, stages["fitting the law"])
    figures |= {"law_plan_page": ended - stages["fitting the law"], "load": os.getloadavg()[0], "settings": sweep}
    _show(figures)
    return figures


def breakdown(notes: list[dict[str, float]], jobs: int, start: float, begun: float, end: float) -> Figures:
    """Seconds of wall; what happened in workers is divided by their number, so that all parts add up to the whole."""
    first, last = min(x["start"] for x in notes), max(x["end"] for x in notes)
    chunks = sum(x["end"] - x["start"] for x in notes) / jobs
    parts = {kind: sum(x[kind] for x in notes) / jobs for kind in ("network", "baselines")}
    learning = sum(parts.values())
    parts |= {
        "reading, features, layout": begun - start,
        "starting workers": first - begun,
        "in chunks besides learning: reading, splitting, writing": chunks - learning,
        "workers without work": last - first - chunks,
        "merging": end - last,
    }
    assert np.isclose(sum(parts.values()), end - start)
    return {"seconds": parts, "whole": end - start, "outside": 1 - learning / (end - start), "chunks": len(notes)}


def _show(figures: Figures) -> None:
    whole = figures["whole"]
    write(f"### A whole run, {figures['chunks']} chunks: {whole:.1f} s until the law\n")
    rows = [[part, f"{s:.2f}", f"{100 * s / whole:.1f} %"] for part, s in figures["seconds"].items()]
    write(table(("part", "seconds", "share"), rows) + "\n")
    write(
        f"Outside learning: {100 * figures['outside']:.1f} %. Law, plan and page: {figures['law_plan_page']:.1f} s.\n"
    )
