"""Answers of ``plan.json`` to questions about one curve, in Japanese."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simworth.inference.words import say_error, say_percent
from simworth.planning.answer import SURE
from simworth.report.japanese import together
from simworth.report.japanese.numbers import Entry, count, counted, percents, probability, spread
from simworth.report.language import Both

CAUTIOUS = ("stop", "rounds")
NOT_BETTER = ("no_transfer", "harmful")
CAUTION = "ただし、測定したサイズの範囲では、シミュレーションを用いても実験データだけによる学習を上回っていません。"
ABOUT = {"need": "必要なサイズ", "limit": "極限値", "growth": "シミュレーション倍増時の誤差"}


def answer(told: Entry, unit: str, level: float) -> Both:
    """One answer; ``unit`` is that of the target's errors, ``level`` the plan's."""
    facts = told.get("facts", {})
    if facts.get("case") == "no_law":
        japanese = _no_law(facts)
    else:
        saying = QUESTIONS.get(told["question"])
        japanese = "" if saying is None else saying(told, unit, f"{100 * level:.0f} %区間")
    if japanese and told["question"] in CAUTIOUS and told["verdict"] in NOT_BETTER:
        japanese += CAUTION
    return Both(told["sentence"], japanese)


def _no_law(facts: Entry) -> str:
    if "sizes" not in facts:
        return ""
    return (
        f"試行が完了したサイズは{facts['sizes']}種類です。スケーリング則の当てはめには4種類が必要なため、"
        "サイズを追加してください。"
    )


def _aim(told: Entry, unit: str) -> str:
    """The target error as a noun."""
    share = told.get("facts", {}).get("share")
    of_now = [] if share is None else [f"現在の{100 * share:.0f} %"]
    splits = ["同じ分割での測定値"] if told.get("facts", {}).get("own_splits") else []
    aside = f"（{'、'.join([*of_now, *splits])}）" if of_now or splits else ""
    return f"誤差{say_error(told['given']['target_error'], unit)}{aside}"


def _need(told: Entry, unit: str, interval: str) -> str:
    what, now, n = _aim(told, unit), count(told["given"]["present"]), told["values"]["n"]
    reached, unreachable = (told["probabilities"][k] for k in ("reached_now", "unreachable"))
    if reached >= 0.5:
        return f"現在の材料{now}件で{what}に達している確率は{probability(reached)}です。"
    never = f"シミュレーションをいくら増やしても到達できない確率は{probability(unreachable)}"
    if n["median"] is None:
        at_least = "" if n["low"] is None else f"；到達できる場合でも{count(n['low'])}件以上が必要"
        return f"{what}は、このデータベースではおそらく到達できません（{never}{at_least}）。"
    return (
        f"{what}に達するには、約{count(n['median'])}件のシミュレーション材料が必要です（{interval}："
        f"{counted(n['low'], n['high'])}、現在{now}件）。{never}です。段階的に拡張し、そのつど当てはめ直してください。"
    )


def _limit(told: Entry, unit: str, interval: str) -> str:
    C, zero = told["values"]["C"], probability(told["probabilities"]["zero"])
    case = told.get("facts", {}).get("case")
    if case is None:
        return ""
    if case == "rising":
        return (
            f"誤差はnとともに増加し、{say_error(C['median'], unit)}（{spread(C, unit)}）に近づきます。"
            "このデータベースを拡張しても誤差は下がりません。"
        )
    if case == "none_seen":
        return (
            f"極限値はまだ見えていません。データベースの拡張に極限があるとしても{say_error(C['high'], unit)}"
            f"（{interval}の上端）未満です。極限値がゼロである確率は{zero}です。"
        )
    near = told["given"]["near"]
    close = probability(told["probabilities"][f"within_{100 * near:.3g}_percent"])
    return (
        f"データベースをいくら拡張しても、誤差は{say_error(C['median'], unit)}（{interval}：{spread(C, unit)}）を"
        f"下回りません。n = {count(told['given']['present'])}の誤差がこの極限値から{say_percent(near)}以内にある確率は"
        f"{close}、極限値がゼロである確率は{zero}です。"
    )


def _growth(told: Entry, unit: str, interval: str) -> str:
    values = told["values"]
    parts = []
    for factor in (2, 10):
        error, cut = values[f"error_at_{factor}x"], values[f"cut_at_{factor}x"]
        name, low, middle, high = "減少", cut["low"], cut["median"], cut["high"]
        if middle < 0:
            name, low, middle, high = "増加", -cut["high"], -cut["median"], -cut["low"]
        parts.append(
            f"{factor}倍にすると{say_error(error['median'], unit)}（{spread(error, unit)}）となり、"
            f"{say_percent(middle)}（{percents(low, high)}）{name}します"
        )
    now = f"n = {count(told['given']['present'])}での誤差の期待値は{say_error(values['error_now']['median'], unit)}です"
    return f"{now}。{'。'.join(parts)}（括弧内は{interval}）。"


def _stop(told: Entry, _: str, interval: str) -> str:
    given, chances = told["given"], told["probabilities"]
    doubled = f"データベースを{count(given['present'])}件から倍増"
    if "cost" not in given:
        p = chances["not_worth_it"]
        less = say_percent(given["worthwhile"])
        return f"{doubled}したときの誤差の減少が{less}未満である確率は{probability(p)}です。{_advice(p)}"
    p, worth = chances["worth_less_than_cost"], told["values"]["worth"]
    return (
        f"{doubled}する費用は{say_error(given['cost'])}、それによる誤差低減の価値は{say_error(worth['median'])}"
        f"（{interval}：{spread(worth)}）で、価値が費用を下回る確率は{probability(p)}です。{_advice(p)}"
    )


def _advice(p: float) -> str:
    if p >= SURE:
        return "拡張を止め、計算資源を他に回してください。"
    if p <= 1 - SURE:
        return "拡張を続けてください。"
    return "現時点では判断できません。反復を増やすか、さらに一段階拡張すれば明らかになります。"


def _rounds(told: Entry, unit: str, _: str) -> str:
    facts, given, chances = told.get("facts", {}), told["given"], told["probabilities"]
    case, now = facts.get("case"), count(given["present"])
    what = _aim(told, unit)
    if case == "reached":
        return f"追加の収集は不要です。材料{now}件で{what}に達しています。"
    if case == "not_falling":
        return _not_falling(facts)
    if case == "hopeless":
        never = probability(chances["unreachable"])
        return f"計画は立てられません。{what}は、このデータベースでは到達できません（確率{never}）。"
    if case is None:
        return ""
    expected = told["expected"]
    over = ""
    if "overshoot" in expected:
        over = f"、その際の材料数は必要最小限の{expected['overshoot']:.2g}倍"
    return (
        f"{what}を目指すには、データベースを{now}件から{count(expected['next_n'])}件に拡張し、当てはめ直してください。"
        f"このような拡張{given['rounds']:.0f}回以内（期待値は約{expected['rounds']:.1f}回、最終的に"
        f"{count(told['values']['n']['median'])}件）に目標に達する確率は{probability(chances['reached'])}{over}です。"
        f"到達不可能である確率は{probability(chances['unreachable'])}です。"
    )


def _not_falling(facts: Entry) -> str:
    falls = probability(facts["falls"])
    return f"計画は立てられません。データベースを拡張しても、誤差はおそらく減少しません（減少する確率は{falls}）。"


def _design(told: Entry, _: str, __: str) -> str:
    facts = told.get("facts", {})
    case = facts.get("case")
    if case == "not_falling":
        return _not_falling(facts)
    if case == "hopeless":
        return "計画は立てられません。目標は、このデータベースではおそらく到達できません。"
    if case == "noiseless":
        return (
            "計画は立てられません。試行のばらつきがこの則からは分からないため、試行の追加で何が得られるかを"
            "見積もれません。"
        )
    if case is None:
        return ""
    more = ""
    if "most_n" in facts:
        more = (
            f"n = {count(facts['most_n'])}で{facts['most_replicates']}回なら{say_percent(facts['most_removed'])}を"
            f"取り除けますが、費用は{facts['times_cost']:.3g}倍です。"
        )
    return (
        f"{ABOUT[facts['about']]}をより正確に知るには、n = {count(facts['n'])}で反復を{facts['replicates']}回実行して"
        f"ください。費用当たりの情報量が最も大きく、分散の{say_percent(facts['removed'])}を取り除ける見込みです。{more}"
    )


QUESTIONS: Mapping[str, Callable[[Entry, str, str], str]] = {
    "need": _need,
    "limit": _limit,
    "growth": _growth,
    "stop": _stop,
    "rounds": _rounds,
    "design": _design,
    "equivalence": together.equivalence,
    "isoline": together.isoline,
    "budget": together.budget,
    "ranking": together.ranking,
    "ranking_limit": together.ranking,
    "ranking_budget": together.ranking,
}
"""Question -> function of an answer, its unit and "90 %区間"; each gives an empty text where it cannot say it."""
