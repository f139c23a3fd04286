"""Part `campaign`: `suggest` against random choice on campaigns that are played again with measured values.

A campaign begins with a few experiments. In each round the model is adapted to all that are known, a batch is chosen
from the others, and its measured values are revealed. All rules begin with the same experiments and networks, and the
errors are of the same held-out experiments, so the differences to random choice are paired over replicates.

The rule and its settings were chosen beforehand on other splits of the same tables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks.laws.tables import table
from benchmarks.learners.context import Context, Figures, write
from benchmarks.model.pairs import WINDOWS, Pair, read_pair
from simworth.learners.intervals import Calibrated, by_material, calibrate
from simworth.learners.network import Pretrained, pretrain
from simworth.learners.settings import NetworkSpec
from simworth.learners.spread import ensemble
from simworth.learners.strategies import adapt
from simworth.model.domain import joined_learned, usual_distances
from simworth.model.networks import say
from simworth.model.suggest import suggest
from simworth.model.window import in_window
from simworth.seeds import seed_of, stream
from simworth.workers import process_pool

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Rows = NDArray[np.int32]

SPEC = NetworkSpec()
NETWORKS = 6
SHARE = 0.2
"""Of the known experiments that a network holds out for calibration."""
SOURCE = 10_000
"""Source materials that a network learns from."""
USED = 1300
"""Experiments of a replicate: held out, known at the start, and to be chosen from."""
HELD, START, BATCH, ROUNDS = 300, 50, 20, 5
LEVEL = 0.9


class Campaign(NamedTuple):
    """One replicate: the experiments in use, and networks pretrained for it."""

    features: Float32
    measured: Float64
    pretrained: Pretrained
    window: tuple[float, float]
    tag: str


class State(NamedTuple):
    """What the model says of every experiment in use, once adapted to those known."""

    mean: Float64
    scale: Float64
    spread: Float64
    learned: Float32
    calibrated: Calibrated


class Choice(NamedTuple):
    """What a rule may look at."""

    state: State
    pool: Rows
    known: Rows
    window: tuple[float, float]
    tag: str


def set_up(pair: Pair, replicate: int, splits: str) -> Campaign:
    """Choose the experiments of a replicate and pretrain its networks."""
    rows = stream(splits, pair.name, replicate).permutation(len(pair.measured))[:USED]
    order = [
        stream(f"{splits} source", pair.name, replicate, k).permutation(len(pair.computed)) for k in range(NETWORKS)
    ]
    own = np.stack([one[:SOURCE] for one in order]).astype(np.int32)
    seeds = [seed_of(splits, pair.name, replicate, k) for k in range(NETWORKS)]
    made = pretrain(SPEC, pair.source, pair.computed[own], own, own.shape[1], seeds)
    low, high = np.quantile(pair.measured, WINDOWS[pair.name]).tolist()
    return Campaign(pair.features[rows], pair.measured[rows], made, (low, high), f"{splits} {pair.name} {replicate}")


def know(campaign: Campaign, known: Rows) -> State:
    """Adapt to what is known, with a split of its own for each network, and ask about all."""
    held = round(SHARE * len(known))
    own = [stream("hold out", campaign.tag, len(known), k).permutation(known) for k in range(NETWORKS)]
    tests, train = [o[:held] for o in own], np.stack([o[held:] for o in own]).astype(np.int32)
    adapted = adapt(SPEC, campaign.pretrained, campaign.features, campaign.measured, train)
    said = say(adapted, 1, campaign.features, campaign.features)
    kept = [values[test] for values, test in zip(said.networks, tests, strict=True)]
    calibrated = calibrate(by_material(tests, kept, len(campaign.measured)), campaign.measured)
    e = ensemble(said.networks)
    scale = np.ones_like(e.mean) if calibrated.spread is None else calibrated.spread.scale(e)
    usual, _ = usual_distances(said.hidden, train, tests)
    spread = np.sqrt(e.squares / (NETWORKS - 1))
    return State(e.mean, scale, spread, joined_learned(said.hidden, usual), calibrated)


def at_random(choice: Choice) -> Rows:
    """Any of the others."""
    return stream("at random", choice.tag, len(choice.known)).choice(choice.pool, BATCH, replace=False)


def by_rule(choice: Choice, explore: float | None) -> Rows:
    """`suggest`, with a share to learn from, or None for a batch without a window."""
    s, pool = choice.state, choice.pool
    probability = None if explore is None else in_window(s.calibrated, s.mean[pool], s.scale[pool], *choice.window)
    learned, known = s.learned[pool], s.learned[choice.known]
    return pool[suggest(BATCH, learned, known, s.spread[pool], probability, explore or 0.0).places]


RULES: dict[str, Callable[[Choice], Rows]] = {
    "random": at_random,
    "suggest": lambda c: by_rule(c, 0.2),
    "suggest, target alone": lambda c: by_rule(c, 0.0),
    "suggest, no window": lambda c: by_rule(c, None),
}


def play(campaign: Campaign, rule: Callable[[Choice], Rows]) -> list[dict[str, float]]:
    """One campaign: after every round how many are known, hits among those chosen, and errors on held-out ones."""
    y, (low, high) = campaign.measured, campaign.window
    inside = (y >= low) & (y <= high)
    known = np.arange(HELD, HELD + START, dtype=np.int32)
    pool = np.arange(HELD + START, len(y), dtype=np.int32)
    course, hits = [], 0
    for _ in range(ROUNDS + 1):
        state = know(campaign, known)
        miss = np.abs(state.mean - y)[:HELD]
        near = float(miss[inside[:HELD]].mean())
        course.append({"known": len(known), "hits": hits, "mae": float(miss.mean()), "mae_in_window": near})
        if len(course) > ROUNDS:
            break
        chosen = rule(Choice(state, pool, known, campaign.window, campaign.tag))
        hits += int(inside[chosen].sum())
        known, pool = np.concatenate([known, chosen]).astype(np.int32), np.setdiff1d(pool, chosen).astype(np.int32)
    return course


def replicates_of(task: tuple[str, str, tuple[int, ...], str]) -> list[dict[str, Any]]:
    """All rules on some replicates of a pair."""
    name, folder, replicates, splits = task
    pair, found = read_pair(name, Path(folder)), []
    for r in replicates:
        campaign = set_up(pair, r, splits)
        for rule, choose in RULES.items():
            found.append(
                {"pair": name, "unit": pair.unit, "replicate": r, "rule": rule, "course": play(campaign, choose)}
            )
    return found


def run(context: Context) -> Figures:
    """Print a table; return every course and the summaries."""
    if context.folder is None:
        write("campaign: skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return {"skipped": "no public tables"}
    total = 2 if context.quick else 12
    step = -(-total // context.jobs)
    batches = [tuple(range(first, min(first + step, total))) for first in range(0, total, step)]
    names = list(WINDOWS)[:1] if context.quick else list(WINDOWS)
    played, lines = [], []
    with process_pool(context.jobs) as pool:
        for name in names:
            tasks = [(name, str(context.folder), batch, "campaign") for batch in batches]
            mine = [one for part in pool.map(replicates_of, tasks) for one in part]
            played += mine
            lines += summary(mine)
            write(_table(summary(mine)) + "\n")
    return {"campaigns": played, "summaries": lines}


def summary(played: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line a rule: last hits and errors, and their differences to random choice with 90 % paired intervals."""
    lines = []
    for rule in RULES:
        line: dict[str, Any] = {"pair": played[0]["pair"], "unit": played[0]["unit"], "rule": rule}
        for key in ("hits", "mae", "mae_in_window"):
            own, base = (_last(played, which, key) for which in (rule, "random"))
            scale = 1.0 if key == "hits" else float(base.mean())
            line |= {key: float(own.mean()), f"{key}_difference": _paired((own - base) / scale)}
        lines.append(line | {"replicates": len(own)})
    return lines


def _last(played: list[dict[str, Any]], rule: str, key: str) -> Float64:
    mine = sorted((p for p in played if p["rule"] == rule), key=lambda p: p["replicate"])
    return np.array([p["course"][-1][key] for p in mine], np.float64)


def _paired(difference: Float64) -> tuple[float, float, float]:
    """Mean and ends of its interval, by Student's t over replicates."""
    middle, n = float(difference.mean()), len(difference)
    half = float(student.ppf(0.5 + LEVEL / 2, n - 1) * difference.std(ddof=1) / np.sqrt(n))
    return middle, middle - half, middle + half


def _table(lines: list[dict[str, Any]]) -> str:
    heads = ("pair", "rule", "hits of 100", "more than random", "error", "against random, %", "in the window, %")
    rows = []
    for x in lines:
        hits, mae, near = (x[f"{key}_difference"] for key in ("hits", "mae", "mae_in_window"))
        more = [_said(hits, 1), _said(mae, 100), _said(near, 100)] if x["rule"] != "random" else ["", "", ""]
        rows.append([x["pair"], x["rule"], f"{x['hits']:.1f}", more[0], f"{x['mae']:.4g}", *more[1:]])
    return table(heads, rows)


def _said(difference: tuple[float, float, float], scale: float) -> str:
    return "{:+.1f} ({:+.1f} to {:+.1f})".format(*(scale * value for value in difference))
