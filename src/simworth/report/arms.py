"""Sources against each other on one target: ranked, and compared within replicates."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from simworth.inference.gains import Gain, paired_gain, shared_variance
from simworth.inference.words import say_error
from simworth.report.cells import Cell, Table, bars
from simworth.report.language import Both, join
from simworth.report.summary import answers_of
from simworth.report.wording import (
    Entry,
    badge,
    interval,
    number,
    percent_range,
    say_change,
    say_value,
    turned,
    with_interval,
)

HEAD = (
    Both("source", "ソース"),
    Both("materials", "材料数"),
    Both("error now", "現在の誤差"),
    Both("behind the best", "最良との差"),
    Both("gain over direct learning", "直接学習からの改善率"),
    Both("limit C", "極限値 C"),
    Both("at 10 × the size", "サイズ10倍時"),
)


def best_first(entries: Sequence[Entry]) -> list[Entry]:
    """Curves by the mean error at their largest finished n, smallest first; those that never finished last."""
    return sorted(entries, key=lambda c: (last_mean(c) is None, last_mean(c) or 0.0, c["arm"], c["learner"]))


def last_point(entry: Entry) -> Entry | None:
    """The point at the largest finished n."""
    finished = [p for p in entry["points"] if p["mean"] is not None]
    return finished[-1] if finished else None


def last_mean(entry: Entry) -> float | None:
    """Mean error at the largest finished n."""
    point = last_point(entry)
    return None if point is None else float(point["mean"])


def arms_table(entries: Sequence[Entry], answers: Sequence[Entry], trials: Any, metric: str, level: float) -> Table:
    """Sources of one target at one m, the best first, each with its paired difference from the best."""
    ranked = best_first(entries)
    gains = [c["gain"]["relative"] if c["gain"] and c["gain"]["relative"]["low"] is not None else None for c in ranked]
    known = [(g["low"], g["median"], g["high"]) for g in gains if g]
    drawn = iter(bars(known, [_tone(low, high) for low, _, high in known]))
    rows = []
    for place, (c, gain) in enumerate(zip(ranked, gains, strict=True), start=1):
        point, law = last_point(c), c["law"]
        rows.append(
            [
                Cell(f"{place}. {c['arm']}", badge(c["verdict"]["code"])[1], strong=place == 1),
                Cell(number(point["n"])) if point else Cell(Both("none finished", "完了なし")),
                Cell(say_error(point["mean"], c["unit"]), interval(point)) if point else Cell("—"),
                Cell(Both("best", "最良")) if place == 1 else _behind(trials, c, ranked[0], metric, level),
                Cell(say_change(gain["median"]), percent_range(gain["low"], gain["high"]), bar=next(drawn))
                if gain
                else Cell("—"),
                Cell(with_interval(law["parameters"]["C"], c["unit"])) if law else Cell("—"),
                _ahead(c, answers),
            ]
        )
    return Table(
        Both(
            "Sources, ranked by the error at their largest size; differences are paired by held-out experiments",
            "ソースの順位（最大サイズでの誤差による）。差は、同じホールドアウト実験データどうしを対にして比較",
        ),
        HEAD,
        rows,
    )


def errors_at(trials: Any, entry: Entry, n: int, metric: str) -> dict[tuple[int, int], float]:
    """Error by replicate and tuning of a curve's finished trials at one n."""
    import pyarrow as pa
    import pyarrow.compute as pc

    same = {k: entry[k] for k in ("target", "arm", "learner", "control", "m")} | {"n": n, "status": "ok"}
    tests = [pc.equal(trials[k], pa.scalar(v, trials.schema.field(k).type)) for k, v in same.items()]
    found = trials.filter(functools.reduce(pc.and_, tests))
    keys = zip(found["replicate"].to_pylist(), found["tuning"].to_pylist(), strict=True)
    return dict(zip(keys, found[metric].to_pylist(), strict=True))


def _tone(low: float, high: float) -> str:
    return "good" if low > 0 else "bad" if high < 0 else "muted"


def _behind(trials: Any, entry: Entry, best: Entry, metric: str, level: float) -> Cell:
    """How much larger the error is than the best source's, over the replicates both finished."""
    here, there = last_point(entry), last_point(best)
    if here is None or there is None:
        return Cell("—")
    mine, other = errors_at(trials, entry, here["n"], metric), errors_at(trials, best, there["n"], metric)
    spare = shared_variance(float(entry["m"]), _n_test(trials, entry))
    found: Gain | None = paired_gain(entry["arm"], here["n"], mine, other, level, spare)
    if found is None or found.low is None or found.high is None:
        return Cell("—", Both("too few shared replicates", "共通の反復が不足"))
    spread = interval({"low": found.low, "high": found.high})
    unsure = Both("", "") if found.low > 0 else Both("may be equal", "同等の可能性あり")
    return Cell(f"+{say_error(found.difference, entry['unit'])}", join([spread, unsure], "; ", "、"))


def _n_test(trials: Any, entry: Entry) -> float:
    import pyarrow.compute as pc

    found = trials.filter(pc.equal(trials["target"], entry["target"]))["n_test"]
    return float(pc.mean(found).as_py())


def _ahead(entry: Entry, answers: Sequence[Entry]) -> Cell:
    for growth in answers_of(entry, answers, "growth"):
        value = growth["values"].get("error_at_10x")
        if value:
            cut = growth["values"]["cut_at_10x"]["median"]
            note = join([interval(value), say_change(turned(cut))], "; ", "、")
            return Cell(say_value(value["median"], entry["unit"]), note)
    return Cell("—")
