"""Every number that the page shows of a target, as tables: errors, direct learning and gains, laws, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simworth.inference.words import say_error
from simworth.report.cells import Cell, Table, cells
from simworth.report.language import Both, join, same
from simworth.report.wording import (
    Entry,
    at_m,
    count_interval,
    interval,
    number,
    percent_range,
    probability,
    say_change,
    say_learner,
    say_value,
    turned,
    with_interval,
)

ASKED = ("growth", "need", "limit", "stop", "equivalence")
"""Questions whose values are numbers to be shown."""

CURVE, MEAN, INTERVAL = Both("curve", "曲線"), Both("mean error", "平均誤差"), Both("interval", "区間")
POINTS = (CURVE, "n", MEAN, INTERVAL, Both("replicates", "反復数"), Both("failed", "失敗数"))
DIRECT = (
    CURVE,
    Both("direct learning", "直接学習"),
    MEAN,
    INTERVAL,
    Both("gain of transfer", "転移による改善"),
    Both("relative gain", "改善率"),
)
LAWS = (
    CURVE,
    "D",
    "α",
    "C",
    Both("no limit left", "極限値ゼロの確率"),
    Both("probability of each form", "各関数形の確率"),
)
ANSWERS = (CURVE, Both("question", "問い"), Both("value", "値"), Both("median", "中央値"), INTERVAL)

QUESTIONS: Mapping[str, str] = {
    "growth": "拡張の効果",
    "need": "必要数",
    "limit": "極限値",
    "stop": "継続の判断",
    "equivalence": "等価サンプルサイズ",
}
VALUES: Mapping[str, str] = {
    "n": "必要なシミュレーション数",
    "simulations_per_experiment": "実験一件当たりのシミュレーション数",
    "error_now": "現在の誤差",
    "error_at_2x": "2倍時の誤差",
    "error_at_10x": "10倍時の誤差",
    "cut_at_2x": "2倍時の変化",
    "cut_at_10x": "10倍時の変化",
    "cut": "倍増時の変化",
    "worth": "倍増の価値",
    "C": "C",
}
FORMS: Mapping[str, str] = {
    "gap": "ギャップあり",
    "no_gap": "ギャップなし",
    "flat": "一定",
    "rising": "増加",
    "shifted_gap": "シフト・ギャップあり",
    "shifted": "シフト",
    "bounded_gap": "有界・ギャップあり",
    "bounded": "有界",
    "broken_gap": "折れ曲がり・ギャップあり",
    "exponential": "指数関数",
}
"""Candidate forms of a law in n; another name is said as it stands."""


def number_tables(curves: Sequence[Entry], answers: Sequence[Entry]) -> list[Table]:
    """Every number shown for a target: points, direct learning and gains, laws, forecasts and needs."""
    tables = [_points_table(curves), _direct_table(curves)]
    laws = [c for c in curves if c["law"]]
    if laws:
        tables.append(_laws_table(laws))
    forecasts = [a for a in answers if a["question"] in ASKED and a["values"]]
    if forecasts:
        tables.append(_answers_table(forecasts, {c["target"]: c["unit"] for c in curves}))
    return [t for t in tables if t.rows]


def _name(c: Entry) -> Both:
    where = same(c["arm"]) if c.get("m") is None else at_m(c)
    return join([where, Both("shuffled", "シャッフル")], ", ", "、") if c.get("control") else where


def _points_table(curves: Sequence[Entry]) -> Table:
    failed = Both("all failed", "すべて失敗")
    rows = [
        cells(
            _name(c),
            f"{p['n']:,}",
            failed if p["mean"] is None else say_error(p["mean"], c["unit"]),
            interval(p),
            str(p["replicates"]),
            str(p["failed"]),
        )
        for c in curves
        for p in c["points"]
    ]
    return Table(Both("Errors with transfer", "転移学習での誤差"), POINTS, rows)


def _direct_table(curves: Sequence[Entry]) -> Table:
    rows = []
    for c in curves:
        gains = {g["against"]: g for g in c["gains"]}
        for d in c["direct"]:
            g = gains.get(d["learner"])
            rows.append(
                cells(
                    _name(c),
                    Both(d["learner"], say_learner(d["learner"]).ja),
                    say_error(d["mean"], c["unit"]),
                    interval(d),
                    with_interval(g["difference"], c["unit"]) if g else "—",
                    _share(g["relative"]) if g else "—",
                )
            )
    caption = Both(
        "Direct learning, and the paired gain of transfer over it at the largest n",
        "直接学習と、最大の n での転移による改善（対にした比較）",
    )
    return Table(caption, DIRECT, rows)


def _share(value: Entry) -> Both:
    said = say_change(value["median"])
    if value["low"] is None:
        return said
    inside = percent_range(value["low"], value["high"])
    return Both(f"{said.en} ({inside.en})", f"{said.ja}（{inside.ja}）")


def _laws_table(curves: Sequence[Entry]) -> Table:
    rows = []
    for c in curves:
        p, forms = c["law"]["parameters"], c["law"]["p_forms"]
        weighed = [join([Both(k.replace("_", " "), FORMS.get(k, k)), probability(v)], ja=" ") for k, v in forms.items()]
        rows.append(
            cells(
                _name(c),
                with_interval(p["D"]),
                with_interval(p["alpha"]),
                with_interval(p["C"], c["unit"]),
                probability(c["law"]["p_gap_zero"]),
                join(weighed, ", ", "、"),
            )
        )
    return Table(Both("Laws D n^-α + C", "スケーリング則 D n^-α + C"), LAWS, rows)


def _answers_table(answers: Sequence[Entry], units: dict[str, str]) -> Table:
    rows = []
    for a in answers:
        unit, asked = units.get(a["target"], ""), Both(a["question"], QUESTIONS[a["question"]])
        for key, value in a["values"].items():
            rows.append([Cell(_name(a)), Cell(asked), *cells(*_value(key, value, unit))])
    return Table(Both("Answers", "回答"), ANSWERS, rows)


def _value(key: str, value: Entry, unit: str) -> tuple[Both, Both, Both]:
    words = key.replace("_", " ").replace("cut", "change").replace("10x", "10 times").replace("2x", "2 times")
    name = Both("simulations needed" if key == "n" else words, VALUES.get(key, key))
    if key in ("n", "simulations_per_experiment"):
        none = Both("no number", "上限なし")
        return name, none if value["median"] is None else number(value["median"]), count_interval(value)
    if key.startswith("cut"):
        median, low, high = (say_change(turned(value[k])) for k in ("median", "low", "high"))
        return name, median, Both(f"{high.en} to {low.en}", f"{high.ja}〜{low.ja}")
    return name, say_value(value["median"], unit), interval(value)
