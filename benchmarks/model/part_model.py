"""Part `model`: what a study's model says of experiments that no part of it ever saw.

Some experiments are set aside, with all their near relatives in the source; the study runs on the others, and its model
is asked about those set aside: do 90 % intervals hold 90 %, do materials said to lie in a window with probability p lie
there in a share p of cases, and are errors larger where the model says that it does not know such materials?
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.tables import table
from benchmarks.learners.context import Context, Figures, write
from benchmarks.model.pairs import WINDOWS, read_tables
from simworth import Study
from simworth.learners.coverage import judge
from simworth.model.ask import Asked
from simworth.model.choose import open_model
from simworth.model.window import in_window, position
from simworth.seeds import stream
from simworth.tables import PropertyTable, nearby
from simworth.workers import process_pool

Float64 = NDArray[np.float64]

LEVEL = 0.9
REPEATS = 3
ASIDE = 500
"""Experiments set aside at most; otherwise a fifth."""
SOURCE = 10_500
"""Source materials given to the study."""
SWEEP = {"n": [1000, 10_000], "m": [500], "replicates": 8, "tunings": 1, "baselines": []}
QUICK = {"n": [300, 1000], "m": [100], "replicates": 4, "tunings": 1, "baselines": []}
PARTS = 5
"""Windows: fifths of the measured values that the study has, the first and the last open to their side."""
EDGES = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the classes of probability."""
DRAWS = 2000
"""Of the bootstrap."""


def repeat_of(task: tuple[str, str, int, bool]) -> dict[str, Any]:
    """Set aside, run the study, ask: plain numbers of every experiment set aside."""
    name, folder, repeat, quick = task
    target, source = read_tables(name, Path(folder))
    shuffled = stream("model", name, repeat).permutation(len(target))
    aside, rest = np.split(shuffled, [min(ASIDE, len(target) // 5)])
    gone = nearby(source, target).in_source(aside)
    left = np.setdiff1d(np.arange(len(source)), gone)
    chosen = stream("model source", name, repeat).permutation(left)[:SOURCE]
    with TemporaryDirectory() as made:
        asked, windows, truth = _asked(
            name, target, source.take(np.sort(chosen)), aside, np.sort(rest), repeat, Path(made) / "run", quick
        )
    return {
        "pair": name,
        "unit": target.unit(name),
        "repeat": repeat,
        "materials": [int(i) for i in aside],
        "measured": truth.tolist(),
        **_said(asked, truth),
        "windows": windows,
    }


def _asked(
    name: str,
    target: PropertyTable,
    source: PropertyTable,
    aside: NDArray[np.int64],
    rest: NDArray[np.int64],
    repeat: int,
    place: Path,
    quick: bool,
) -> tuple[Asked, dict[str, list[float]], Float64]:
    """The model's answers, and probability and outcome of every window for every experiment set aside."""
    study = Study(
        {
            "name": f"{name} {repeat}",
            "target": [{"table": "given:measured", "name": "measured", "property": name}],
            "source": [{"table": "given:computed", "name": "computed", "property": name}],
            "sweep": QUICK if quick else SWEEP,
            "seed": repeat,
        },
        {"measured": target.take(rest), "computed": source},
    )
    model = open_model(study.run(place, workers=1).folder)
    asked, truth = model.ask([target.identities[i] for i in aside]), target.values(name)[aside]
    edges = np.unique(np.quantile(target.values(name)[rest], np.linspace(0, 1, PARTS + 1))[1:-1]).tolist()
    probability, hit = [], []
    for low, high in pairwise([None, *edges, None]):
        begin = None if low is None else float(np.nextafter(low, np.inf))  # a value on an edge is in one window alone
        probability += in_window(model.calibrated, asked.mean, asked.scale, begin, high).tolist()
        hit += ((truth > (-np.inf if low is None else low)) & (truth <= (np.inf if high is None else high))).tolist()
    places = position(model.calibrated, asked.mean, asked.scale, truth)
    return asked, {"probability": probability, "hit": hit, "position": places.tolist()}, truth


def _said(asked: Asked, truth: Float64) -> dict[str, Any]:
    low, high = asked.interval(LEVEL)
    return {
        "error": (truth - asked.mean).tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "inside": asked.inside.tolist(),
        "reason": list(asked.reason),
    }


def run(context: Context) -> Figures:
    """Print tables; return every answer and the summaries."""
    if context.folder is None:
        write("model: skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return {"skipped": "no public tables"}
    names = list(WINDOWS)[:1] if context.quick else list(WINDOWS)
    repeats, place = range(1 if context.quick else REPEATS), str(context.folder)
    answers: list[dict[str, Any]] = []
    lines = []
    with process_pool(context.jobs) as pool:
        for name in names:
            mine = list(pool.map(repeat_of, [(name, place, r, context.quick) for r in repeats]))
            answers += mine
            lines.append(summary(mine))
            for show in (_intervals, _flags, _windows):
                write(show(lines[-1:]) + "\n")
    return {"answers": answers, "summaries": lines}


def summary(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures of a pair, all repeats together; intervals of 90 % from a bootstrap over materials."""
    materials, truth, error, low, high = (
        np.concatenate([a[key] for a in answers]) for key in ("materials", "measured", "error", "low", "high")
    )
    inside = np.concatenate([a["inside"] for a in answers])
    covered = judge(low, high, truth, LEVEL)
    held, miss = (truth >= low) & (truth <= high), np.abs(error)
    line: dict[str, Any] = {
        "pair": answers[0]["pair"], "unit": answers[0]["unit"], "asked": covered.asked, "width": covered.width,
        "covered": covered.covered, "flagged": int((~inside).sum()), "mae": float(miss.mean()),
    }  # fmt: skip
    draw = _bootstrap(materials)
    line["covered_interval"] = _ends([float(held[rows].mean()) for rows in draw])
    line["covered_inside"] = float(held[inside].mean())
    if (~inside).any():
        line |= {"mae_inside": float(miss[inside].mean()), "mae_flagged": float(miss[~inside].mean())}
        line |= {"ratio": line["mae_flagged"] / line["mae_inside"], "covered_flagged": float(held[~inside].mean())}
        both = [rows for rows in draw if inside[rows].any() and not inside[rows].all()]
        line["ratio_interval"] = _ends([_ratio(miss[rows], inside[rows]) for rows in both])
    return line | {"windows": _reliability(answers)}


def _bootstrap(materials: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Rows of drawn materials; all rows of a material go together."""
    unique, place = np.unique(materials, return_inverse=True)
    rows = [np.flatnonzero(place == i) for i in range(len(unique))]
    random = stream("bootstrap", len(materials))
    return [np.concatenate([rows[i] for i in random.integers(0, len(rows), len(rows))]) for _ in range(DRAWS)]


def _ratio(miss: Float64, inside: NDArray[np.bool_]) -> float:
    return float(miss[~inside].mean() / miss[inside].mean())


def _ends(values: list[float]) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _reliability(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Classes of probability: how many, mean probability, share in the window; and the largest gap of positions."""
    probability, hit, places = (
        np.concatenate([a["windows"][key] for a in answers]) for key in ("probability", "hit", "position")
    )
    kind = np.clip(np.digitize(probability, EDGES) - 1, 0, len(EDGES) - 2)
    classes = [
        {"asked": int(chosen.sum()), "said": float(probability[chosen].mean()), "found": float(hit[chosen].mean())}
        for chosen in (kind == k for k in range(len(EDGES) - 1))
        if chosen.any()
    ]
    grid = np.linspace(0, 1, 101)
    gap = float(np.abs((places[:, None] <= grid).mean(axis=0) - grid).max())
    return {"classes": classes, "gap": gap}


def _intervals(lines: list[dict[str, Any]]) -> str:
    heads = ("pair", "asked", "covered by 90 % intervals, %", "median width", "error", "unit")
    rows = [
        [
            x["pair"], str(x["asked"]), _percent(x["covered"], x["covered_interval"]), f"{x['width']:.3g}",
            f"{x['mae']:.3g}", x["unit"],
        ]
        for x in lines
    ]  # fmt: skip
    return table(heads, rows)


def _flags(lines: list[dict[str, Any]]) -> str:
    heads = ("pair", "flagged", "error of flagged", "of others", "ratio", "covered flagged, %", "covered others, %")
    rows = [
        [
            x["pair"], str(x["flagged"]), f"{x['mae_flagged']:.3g}", f"{x['mae_inside']:.3g}",
            "{:.2f} ({:.2f} to {:.2f})".format(x["ratio"], *x["ratio_interval"]), f"{100 * x['covered_flagged']:.0f}",
            f"{100 * x['covered_inside']:.1f}",
        ]
        for x in lines
        if x["flagged"]
    ]  # fmt: skip
    return table(heads, rows)


def _windows(lines: list[dict[str, Any]]) -> str:
    heads = ("pair", "windows", "probability said, %", "in the window, %")
    rows = [
        [x["pair"], f"{c['asked']:,}", f"{100 * c['said']:.1f}", f"{100 * c['found']:.1f}"]
        for x in lines
        for c in x["windows"]["classes"]
    ]
    gaps = "; ".join(f"{x['pair']} {x['windows']['gap']:.3f}" for x in lines)
    return table(heads, rows) + f"\n\nLargest gap between positions and an even distribution: {gaps}"


def _percent(share: float, ends: tuple[float, float]) -> str:
    return f"{100 * share:.1f} ({100 * ends[0]:.1f} to {100 * ends[1]:.1f})"
