"""Answers of ``plan.json`` about simulations and experiments together, and rankings of sources, in Japanese."""

from __future__ import annotations

from simworth.inference.words import say_error, say_percent
from simworth.planning.answer import SURE
from simworth.planning.budget import FLAT
from simworth.report.japanese.numbers import Entry, count, counted, percents, probability, quoted, spread


def _where(given: Entry) -> str:
    """The present point, to go on a sentence with."""
    return f"シミュレーション材料{count(given['n'])}件・実験材料{count(given['m'])}件の時点で"


def _undetected(told: Entry) -> str:
    """Which of both is not seen to lower the error; empty where both are."""
    n, m = told["probabilities"]["n_matters"], told["probabilities"]["m_matters"]
    if n >= SURE and m >= SURE:
        return ""
    which, p = ("シミュレーション", n) if n <= m else ("実験", m)
    return (
        f"{_where(told['given'])}は、{which}を増やすと誤差が下がるとは、これらの試行からは言えません"
        f"（確率{probability(p)}）。"
    )


def equivalence(told: Entry, _: str, interval: str) -> str:
    """How many simulations an experiment is worth."""
    nothing = _undetected(told)
    if nothing:
        return f"検出できません。{nothing}"
    worth = told["values"]["simulations_per_experiment"]
    return (
        f"{_where(told['given'])}、実験材料を一つ増やすことは、シミュレーション材料約{count(worth['median'])}件に"
        f"相当します（{interval}：{counted(worth['low'], worth['high'])}）。"
    )


def isoline(told: Entry, _: str, interval: str) -> str:
    """Numbers of both that give the same error."""
    nothing = _undetected(told)
    if nothing:
        return f"等誤差線は描けません。{nothing}"
    parts = [
        f"n = {count(float(name.removeprefix('m_at_')))}では{count(v['median'])}（{counted(v['low'], v['high'])}）"
        for name, v in told["values"].items()
    ]
    return f"{_where(told['given'])}の誤差は、次の実験材料数でも得られます：{'、'.join(parts)}（括弧内は{interval}）。"


def budget(told: Entry, unit: str, interval: str) -> str:
    """How to split a budget."""
    case = told.get("facts", {}).get("case")
    if case == "one_m":
        return (
            "予算の配分は決められません。シミュレーション数と実験数の両方についての則が必要ですが、これらの試行の"
            "mは一種類だけです。別のmでの試行を追加してください。"
        )
    if case == "no_cost":
        return "実験の費用がなければ予算の配分は決められません。実験の費用も指定してください。"
    nothing = _undetected(told)
    if nothing:
        return f"予算の配分は決められません。{nothing}{_spend(told['probabilities'])}"
    best, given, values = told["expected"], told["given"], told["values"]
    share, over_n, over_m = (values[k] for k in ("share", "gain_over_simulations", "gain_over_experiments"))
    return (
        f"予算{say_error(given['budget'])}のうち{say_percent(best['share'])}を実験に充てると、誤差の期待値が最小になります"
        f"（実験を{count(best['m'] - given['m'])}件、シミュレーションを{count(best['n'] - given['n'])}件追加し、誤差は"
        f"{say_error(values['error']['median'], unit)}へ）。真の最適配分は{percents(share['low'], share['high'])}"
        f"（{interval}）の可能性があります。このとき誤差は、シミュレーションだけに充てる場合より"
        f"{say_error(over_n['median'], unit)}（{spread(over_n)}）、実験だけに充てる場合より"
        f"{say_error(over_m['median'], unit)}（{spread(over_m)}）低くなります。"
        f"{percents(best['flat_low'], best['flat_high'])}のどの配分でも、差は{say_percent(FLAT)}以内です。"
    )


def _spend(chances: Entry) -> str:
    if chances["m_matters"] >= SURE:
        return "現時点の情報からは、実験だけに充てるのが妥当です。"
    if chances["n_matters"] >= SURE:
        return "現時点の情報からは、シミュレーションだけに充てるのが妥当です。"
    return ""


def ranking(told: Entry, unit: str, interval: str) -> str:
    """Which source is best: at one size, for a budget, or in the limit."""
    names = [k.removeprefix("error ") for k in told["values"] if k.startswith("error ")]
    best = {name: told["probabilities"][f"best {name}"] for name in names}
    listed = "、".join(f"{name} ({probability(p)})" for name, p in best.items())
    lead, follower = names[:2]
    gap = told["values"][f"behind {follower}"]
    ahead = (
        f"{quoted(follower)}の誤差は{quoted(lead)}より{say_error(gap['median'], unit)}（{interval}："
        f"{spread(gap, unit)}）大きい見込みです。"
    )
    where = {
        "ranking": "n = {n}では",
        "ranking_limit": "際限なく拡張した極限では",
        "ranking_budget": "予算{budget}では",
    }
    place = where[told["question"]].format(
        n=count(told["given"].get("n", 0.0)), budget=say_error(told["given"].get("budget", 0.0))
    )
    if best[lead] >= SURE:
        return f"{place}、{quoted(lead)}が最良です（最良である確率：{listed}）。{ahead}"
    return f"{place}順位を決められません。最良である確率は{listed}です。{ahead}"
