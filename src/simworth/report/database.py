"""The database's own curve: what the models of the source alone make of the experiments, through the best line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.inference.words import say_error
from simworth.inference.written import law_of
from simworth.report.language import Both, join
from simworth.report.wording import NOTHING, Entry, badge, interval, number, with_interval

Array = NDArray[np.float64]

ALONE = Both("the database alone", "データベース単独")


@dataclass(frozen=True, eq=False)
class DatabaseCurve:
    """What is drawn of a database's own curve.

    Attributes
    ----------
    points : by increasing n, as in the law document.
    x, median : the law, each (grid,); empty without a law.
    """

    points: list[Entry]
    x: Array
    median: Array


def _finished(told: Entry | None) -> list[Entry]:
    """Points at which a trial finished."""
    return [p for p in told["points"] if p["mean"] is not None] if told else []


def database_curve(entry: Entry, level: float, x: Array) -> DatabaseCurve | None:
    """The database's own curve on the grid ``x`` (grid,) of sizes; None where a learner does not tell it."""
    told = entry.get("database")
    points = _finished(told)
    if not told or not points:
        return None
    law = law_of({**entry, "points": points, "law": told["law"]}, level)
    if law is None or not len(x):
        return DatabaseCurve(points, x[:0], x[:0])
    return DatabaseCurve(points, x, np.median(law.curve(x), axis=0))


def say_database(entry: Entry) -> Both:
    """The database's own error at the largest size, and its law; nothing where a learner does not tell it."""
    told = entry.get("database")
    points = _finished(told)
    if not told or not points:
        return NOTHING
    now = Both("{0} at n = {1}", "n = {1}で{0}").format(
        say_error(points[-1]["mean"], entry["unit"]), number(points[-1]["n"])
    )
    return Both("alone: {0} ({1})", "単独：{0}（{1}）").format(now, _shape(told, entry["unit"]))


def _shape(told: Entry, unit: str) -> Both:
    """The law in a few words, or the verdict where there is none."""
    parameters = told["law"]["parameters"] if told["law"] else {}
    alpha, limit = parameters.get("alpha"), parameters.get("C")
    if told["verdict"]["code"] != "law" or not alpha or alpha["median"] is None:
        words = badge(told["verdict"]["code"])[1]
        return Both(words.en[:1].lower() + words.en[1:], words.ja)
    return Both("law: α = {0}, limit C = {1}", "スケーリング則：α = {0}、極限値C = {1}").format(
        with_interval(alpha), with_interval(limit, unit)
    )


def database_alt(entry: Entry) -> Both:
    """The database's own numbers in words; nothing where a learner does not tell it."""
    told = entry.get("database")
    if not told:
        return NOTHING
    one = Both("n = {0}: {1} ({2})", "n = {0}：{1}（{2}）")
    points = [one.format(number(p["n"]), say_error(p["mean"], entry["unit"]), interval(p)) for p in _finished(told)]
    return Both("The database alone: {}.", "データベース単独：{}。").format(join(points, "; ", "；"))


TWO_CURVES = Both(
    "Triangles: the database alone, through the best line to the experiments. Its law says what the simulations know. "
    "The error one gets (dots) blends this with the experiments, and is bounded by what the experiments alone can do "
    "(horizontal line).",
    "三角はデータベース単独の誤差で、実験データへの最良の直線を通したものです。その則は、シミュレーションが何を知っているかを"
    "示します。実際に得られる誤差（丸）はこれを実験データと組み合わせたもので、実験データのみで達成できる誤差（水平線）が"
    "その上限となります。",
)
