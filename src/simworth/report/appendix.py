"""The tables of the page: errors over n × m, backtest, sources × targets, failures, and every number shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simworth.inference.words import say_count, say_error, say_probability
from simworth.report.arms import best_first
from simworth.report.cells import Cell, Table, cells
from simworth.report.summary import largest_m
from simworth.report.wording import (
    Entry,
    badge,
    count_interval,
    interval,
    percent_range,
    say_value,
    signed_percent,
    turned,
    with_interval,
)


def grids(curves: Sequence[Entry]) -> list[Table]:
    """Mean errors over n × m, a source a table; the darker, the smaller the error."""
    shown = [p["mean"] for c in curves for p in (*c["points"], *c["direct"]) if p["mean"] is not None]
    if not shown:
        return []
    low, high = min(shown), max(shown)
    return [
        _grid([c for c in curves if (c["arm"], c["learner"]) == key], low, high)
        for key in dict.fromkeys((c["arm"], c["learner"]) for c in curves)
    ]


def _grid(mine: Sequence[Entry], low: float, high: float) -> Table:
    mine = sorted(mine, key=lambda c: c["m"])
    sizes = sorted({p["n"] for c in mine for p in c["points"]})
    learners = sorted({d["learner"] for c in mine for d in c["direct"]})
    rows = []
    for c in mine:
        direct = {d["learner"]: d for d in c["direct"]}
        points = {p["n"]: p for p in c["points"]}
        row = [Cell(say_count(c["m"]))]
        row += [_shaded(direct.get(name), low, high) for name in learners]
        row += [_shaded(points.get(n), low, high) for n in sizes]
        rows.append(row)
    groups = [
        ("", 1),
        *([("experiments alone", len(learners))] if learners else []),
        ("with n simulations", len(sizes)),
    ]
    unit = f", {mine[0]['unit']}" if mine[0]["unit"] else ""
    caption = f"Mean error{unit}, by simulations n and experiments m: {mine[0]['arm']}"
    return Table(caption, ("m", *learners, *(say_count(n) for n in sizes)), rows, groups)


def _shaded(point: Entry | None, low: float, high: float) -> Cell:
    if point is None:
        return Cell("")
    if point["mean"] is None:
        return Cell("failed", tone="bad", shade=20)
    share = (high - point["mean"]) / (high - low) if high > low else 0.0
    note = f"{point['failed']} failed" if point.get("failed") else ""
    return Cell(say_error(point["mean"]), note, shade=round(6 + 54 * share))


def backtest_table(curves: Sequence[Entry]) -> Table | None:
    """Every held-out size of every curve; None where no curve had enough sizes."""
    rows = []
    for c in curves:
        for h in c["backtest"]["predicted"] if c["backtest"] else ():
            passed = Cell("inside", tone="good", shade=14) if h["inside"] else Cell("outside", tone="bad", shade=20)
            rows.append(
                [
                    Cell(f"{c['arm']}, m = {say_count(c['m'])}"),
                    Cell(f"up to {say_count(max(c['backtest']['fitted_sizes']))}"),
                    Cell(say_count(h["n"])),
                    Cell(say_error(h["median"], c["unit"]), interval(h)),
                    Cell(say_error(h["observed"], c["unit"])),
                    passed,
                ]
            )
    if not rows:
        return None
    head = ("curve", "fitted to n", "foretold at n", "forecast", "measured", "verdict")
    return Table("The law, fitted to the smaller sizes alone, against what the larger ones then measured", head, rows)


def map_table(law: Entry, targets: Sequence[str], arms: Sequence[str]) -> Table | None:
    """Gain of every source over direct learning for every target, at its largest m; None for one target."""
    curves = largest_m(law["curves"])
    if len(targets) < 2:
        return None
    largest = max((abs(c["gain"]["relative"]["median"]) for c in curves if c["gain"]), default=0.0) or 1.0
    rows = []
    for target in targets:
        mine = {c["arm"]: c for c in best_first([c for c in curves if c["target"] == target])[::-1]}
        rows.append([Cell(target), *(_gain_cell(mine.get(a), largest) for a in arms)])
    caption = "Gain over the best direct learning, by target and source, at the largest m and n"
    return Table(caption, ("target", *arms), rows)


def _gain_cell(c: Entry | None, largest: float) -> Cell:
    if c is None or not c["gain"]:
        return Cell("—", badge(c["verdict"]["code"])[1] if c else "")
    gain = c["gain"]["relative"]
    words = badge(c["verdict"]["code"])[1]
    if gain["low"] is None:
        return Cell(signed_percent(gain["median"]), words)
    sure = gain["low"] > 0 or gain["high"] < 0
    shade = round(10 + 45 * min(abs(gain["median"]) / largest, 1.0)) if sure else 4
    tone = "muted" if not sure else "good" if gain["median"] > 0 else "bad"
    return Cell(signed_percent(gain["median"]), f"{percent_range(gain['low'], gain['high'])}; {words}", shade, tone)


def failures_table(trials: Any) -> Table | None:
    """Failed trials counted by where and why; None where all finished."""
    import pyarrow.compute as pc

    failed = trials.filter(pc.not_equal(trials["status"], "ok"))
    if failed.num_rows == 0:
        return None
    keys = ["target", "arm", "learner", "control", "reason"]
    counted: dict[tuple[str, ...], int] = {}
    for row in failed.select(keys).to_pylist():
        key = tuple(str(row[k] or "") for k in keys)
        counted[key] = counted.get(key, 0) + 1
    rows = [
        [
            Cell(t),
            Cell(arm or "direct learning"),
            Cell(f"{learner}{', ' + control if control else ''}"),
            Cell(why or "no reason"),
            Cell(str(count)),
        ]
        for (t, arm, learner, control, why), count in sorted(counted.items())
    ]
    total = f"{failed.num_rows} of {trials.num_rows:,} trials failed; they are in no mean and in no fit"
    return Table(total, ("target", "source", "learner", "reason", "trials"), rows)


def number_tables(curves: Sequence[Entry], answers: Sequence[Entry]) -> list[Table]:
    """Every number shown for a target: points, direct learning and gains, laws, forecasts and needs."""
    tables = [_points_table(curves), _direct_table(curves)]
    laws = [c for c in curves if c["law"]]
    if laws:
        tables.append(_laws_table(laws))
    forecasts = [
        a for a in answers if a["question"] in ("growth", "need", "limit", "stop", "equivalence") and a["values"]
    ]
    if forecasts:
        tables.append(_answers_table(forecasts, {(c["target"]): c["unit"] for c in curves}))
    return [t for t in tables if t.rows]


def _name(c: Entry) -> str:
    where = f", m = {say_count(c['m'])}" if c.get("m") is not None else ""
    return f"{c['arm']}{where}{', shuffled' if c.get('control') else ''}"


def _points_table(curves: Sequence[Entry]) -> Table:
    rows = [
        cells(
            _name(c),
            f"{p['n']:,}",
            "all failed" if p["mean"] is None else say_error(p["mean"], c["unit"]),
            interval(p),
            str(p["replicates"]),
            str(p["failed"]),
        )
        for c in curves
        for p in c["points"]
    ]
    return Table("Errors with transfer", ("curve", "n", "mean error", "interval", "replicates", "failed"), rows)


def _direct_table(curves: Sequence[Entry]) -> Table:
    rows = []
    for c in curves:
        gains = {g["against"]: g for g in c["gains"]}
        for d in c["direct"]:
            g = gains.get(d["learner"])
            rows.append(
                cells(
                    _name(c),
                    d["learner"],
                    say_error(d["mean"], c["unit"]),
                    interval(d),
                    with_interval(g["difference"], c["unit"]) if g else "—",
                    _share(g["relative"]) if g else "—",
                )
            )
    head = ("curve", "direct learning", "mean error", "interval", "gain of transfer", "relative gain")
    return Table("Direct learning, and the paired gain of transfer over it at the largest n", head, rows)


def _share(value: Entry) -> str:
    spread = f" ({percent_range(value['low'], value['high'])})" if value["low"] is not None else ""
    return signed_percent(value["median"]) + spread


def _laws_table(curves: Sequence[Entry]) -> Table:
    rows = []
    for c in curves:
        p, forms = c["law"]["parameters"], c["law"]["p_forms"]
        weighed = ", ".join(f"{k.replace('_', ' ')} {say_probability(v)}" for k, v in forms.items())
        rows.append(
            cells(
                _name(c),
                with_interval(p["D"]),
                with_interval(p["alpha"]),
                with_interval(p["C"], c["unit"]),
                say_probability(c["law"]["p_gap_zero"]),
                weighed,
            )
        )
    return Table("Laws D n^-α + C", ("curve", "D", "α", "C", "no limit left", "probability of each form"), rows)


def _answers_table(answers: Sequence[Entry], units: dict[str, str]) -> Table:
    rows = []
    for a in answers:
        unit = units.get(a["target"], "")
        for key, value in a["values"].items():
            rows.append([Cell(_name(a)), Cell(a["question"]), *cells(*_value(key, value, unit))])
    return Table("Answers", ("curve", "question", "value", "median", "interval"), rows)


def _value(key: str, value: Entry, unit: str) -> tuple[str, str, str]:
    words = key.replace("_", " ").replace("cut", "change").replace("10x", "10 times").replace("2x", "2 times")
    if key in ("n", "simulations_per_experiment"):
        median = "no number" if value["median"] is None else say_count(value["median"])
        return ("simulations needed" if key == "n" else words, median, count_interval(value))
    if key.startswith("cut"):
        median, low, high = (signed_percent(turned(value[k])) for k in ("median", "low", "high"))
        return words, median, f"{high} to {low}"
    return words, say_value(value["median"], unit), interval(value)
