"""The tables of the page: errors over n × m, backtest, sources × targets, and failures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simworth.inference.words import say_error
from simworth.report.arms import best_first
from simworth.report.cells import Cell, Table
from simworth.report.japanese.tables import failure
from simworth.report.language import Both, join
from simworth.report.summary import largest_m
from simworth.report.wording import Entry, at_m, badge, interval, number, percent_range, say_change, say_learner


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
        row = [Cell(number(c["m"]))]
        row += [_shaded(direct.get(name), low, high) for name in learners]
        row += [_shaded(points.get(n), low, high) for n in sizes]
        rows.append(row)
    alone, together = (
        Both("experiments alone", "実験データのみ"),
        Both("with n simulations", "シミュレーション n 件を利用"),
    )
    groups: list[tuple[Both | str, int]] = [("", 1), (together, len(sizes))]
    if learners:
        groups.insert(1, (alone, len(learners)))
    unit, unit_ja = (f", {mine[0]['unit']}", f"（{mine[0]['unit']}）") if mine[0]["unit"] else ("", "")
    caption = Both(
        f"Mean error{unit}, by simulations n and experiments m: {mine[0]['arm']}",
        f"シミュレーション数nと実験数mごとの平均誤差{unit_ja}：{mine[0]['arm']}",
    )
    heads = [Both(name, say_learner(name).ja) for name in learners]
    return Table(caption, ("m", *heads, *(number(n) for n in sizes)), rows, groups)


def _shaded(point: Entry | None, low: float, high: float) -> Cell:
    if point is None:
        return Cell("")
    if point["mean"] is None:
        return Cell(Both("failed", "失敗"), tone="bad", shade=20)
    share = (high - point["mean"]) / (high - low) if high > low else 0.0
    failed = point.get("failed")
    note = Both(f"{failed} failed", f"{failed}件失敗") if failed else ""
    return Cell(say_error(point["mean"]), note, shade=round(6 + 54 * share))


BACKTEST = (
    Both("curve", "曲線"),
    Both("fitted to n", "当てはめた n"),
    Both("foretold at n", "予測した n"),
    Both("forecast", "外挿予測"),
    Both("measured", "実測"),
    Both("verdict", "判定"),
)


def backtest_table(curves: Sequence[Entry]) -> Table | None:
    """Every held-out size of every curve; None where no curve had enough sizes."""
    rows = []
    for c in curves:
        for h in c["backtest"]["predicted"] if c["backtest"] else ():
            inside = Cell(Both("inside", "区間内"), tone="good", shade=14)
            passed = inside if h["inside"] else Cell(Both("outside", "区間外"), tone="bad", shade=20)
            fitted = max(c["backtest"]["fitted_sizes"])
            rows.append(
                [
                    Cell(at_m(c)),
                    Cell(Both("up to {}", "{}まで").format(number(fitted))),
                    Cell(number(h["n"])),
                    Cell(say_error(h["median"], c["unit"]), interval(h)),
                    Cell(say_error(h["observed"], c["unit"])),
                    passed,
                ]
            )
    if not rows:
        return None
    caption = Both(
        "The law, fitted to the smaller sizes alone, against what the larger ones then measured",
        "小さいサイズだけに当てはめた則による予測と、より大きいサイズでの実測の比較",
    )
    return Table(caption, BACKTEST, rows)


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
    caption = Both(
        "Gain over direct learning, by target and source, at the largest m and n",
        "直接学習に対する改善率（ターゲットとソースごと、最大の m と n）",
    )
    return Table(caption, (Both("target", "ターゲット"), *arms), rows)


def _gain_cell(c: Entry | None, largest: float) -> Cell:
    if c is None or not c["gain"]:
        return Cell("—", badge(c["verdict"]["code"])[1] if c else "")
    gain = c["gain"]["relative"]
    words = badge(c["verdict"]["code"])[1]
    if gain["low"] is None:
        return Cell(say_change(gain["median"]), words)
    sure = gain["low"] > 0 or gain["high"] < 0
    shade = round(10 + 45 * min(abs(gain["median"]) / largest, 1.0)) if sure else 4
    tone = "muted" if not sure else "good" if gain["median"] > 0 else "bad"
    note = join([percent_range(gain["low"], gain["high"]), words], "; ", "、")
    return Cell(say_change(gain["median"]), note, shade, tone)


FAILURES = (
    Both("target", "ターゲット"),
    Both("source", "ソース"),
    Both("learner", "学習器"),
    Both("reason", "理由"),
    Both("trials", "試行数"),
)


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
            Cell(arm or Both("direct learning", "直接学習")),
            Cell(f"{learner}{', ' + control if control else ''}"),
            Cell(failure(why) if why else Both("no reason", "理由の記録なし")),
            Cell(str(count)),
        ]
        for (t, arm, learner, control, why), count in sorted(counted.items())
    ]
    total = Both(
        f"{failed.num_rows} of {trials.num_rows:,} trials failed; they are in no mean and in no fit",
        f"{trials.num_rows:,}件の試行のうち{failed.num_rows}件が失敗。平均にも当てはめにも含めない",
    )
    return Table(total, FAILURES, rows)
