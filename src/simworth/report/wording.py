"""How an answer is said to people, in both languages: short headlines, badges, intervals beside their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.inference.words import say_count, say_error, say_percent, say_probability, say_range
from simworth.report.japanese import numbers
from simworth.report.language import Both, join, same

Entry = Mapping[str, Any]
"""One element of ``curves`` in a law document."""

MINUS = "\N{MINUS SIGN}"
NOTHING = same("")
UNKNOWN = Both("not known", "不明")

BADGES = {
    "law": ("good", Both("Scaling law", "スケーリング則")),
    "plateau": ("level", Both("Levelled off", "頭打ち")),
    "no_transfer": ("none", Both("No transfer detectable", "転移効果なし")),
    "harmful": ("bad", Both("Transfer harms", "転移が逆効果")),
    "rising": ("bad", Both("Error rises", "誤差が増加")),
    "no_trend": ("none", Both("No clear trend", "傾向不明")),
    "too_few_sizes": ("none", Both("Too few sizes for a law", "サイズ数不足")),
}
"""Verdict code -> (tone, words)."""

LEARNERS = {
    "blend": "the blend of models",
    "network": "the same network",
    "ridge": "ridge regression",
    "forest": "a random forest",
    "boosting": "gradient boosting",
    "gaussian_process": "a Gaussian process",
}

TRENDS = {
    "law": Both(
        "The error still falls as the database grows.", "データベースの拡大とともに、誤差はなお減少しています。"
    ),
    "plateau": Both(
        "Growing the database further changes almost nothing.",
        "データベースをさらに拡張しても、誤差はほとんど変わりません。",
    ),
    "rising": Both("The error rises as the database grows.", "データベースの拡大とともに、誤差は増加しています。"),
    "no_trend": Both(
        "Whether a larger database would help is not settled by these trials.",
        "データベースの拡張が有効かどうかは、これらの試行からは判断できません。",
    ),
    "too_few_sizes": Both(
        "There are too few database sizes to say how it would go on.",
        "データベースのサイズの種類が少なく、今後の推移は判断できません。",
    ),
    "harmful": Both("Do not use this source as it is.", "このソースをそのまま使わないでください。"),
}


def badge(code: str) -> tuple[str, Both]:
    """Tone and words of a verdict; an unknown code is said as it stands."""
    return BADGES.get(code, ("none", same(code.replace("_", " "))))


def spaced(name: str) -> str:
    """A column's name as words."""
    return name.replace("_", " ")


def badges(entry: Entry) -> list[tuple[str, Both]]:
    """Badges of a curve: that test materials leaked, that transfer surely helps, and the verdict."""
    code = entry["verdict"]["code"]
    out = []
    if entry["overlap"]["used_max"]:
        out.append(("bad", Both("Test materials in training", "学習データにテスト材料が混入")))
    if surely_positive(entry["gain"]) and code not in ("no_transfer", "harmful"):
        out.append(("good", Both("Transfer helps", "転移が有効")))
    return [*out, badge(code)]


def say_learner(name: str) -> Both:
    """A learner as people call it."""
    return Both(LEARNERS.get(name, name), numbers.learner(name))


def headline(entry: Entry, level: float) -> Both:
    """The answer in one or two short sentences, with the uncertainty of the gain."""
    gain, code = entry["gain"], entry["verdict"]["code"]
    return join([_gained(gain, level), _trend(code, surely_positive(gain))])


def surely_positive(gain: Entry | None) -> bool:
    """Whether the whole interval of a gain lies above zero."""
    low = gain["difference"]["low"] if gain else None
    return low is not None and low > 0


def _gained(gain: Entry | None, level: float) -> Both:
    if gain is None:
        return NOTHING
    share, learner = gain["relative"], say_learner(gain["against"])
    rival = Both(f"{learner.en} trained on the experiments alone", f"実験データのみで学習した{learner.ja}")
    if share["low"] is None:
        return Both(
            "The error is {0} than with {1}; one replicate cannot say how surely.",
            "誤差は{1}より{0}なりますが、反復が一つしかないため、確からしさは判断できません。",
        ).format(_changed(share["median"]), rival)
    sure = same(f"{100 * level:.0f} %")
    if share["low"] > 0:
        return Both(
            "The simulations cut the prediction error by {0} ({1} interval {2}) compared with {3}.",
            "シミュレーションの利用により、予測誤差は{3}と比べて{0}減少しました（{1}区間：{2}）。",
        ).format(say_percent(share["median"]), sure, percent_range(share["low"], share["high"]), rival)
    if share["high"] < 0:
        return Both(
            "The simulations raise the prediction error by {0} ({1} interval {2}) compared with {3}.",
            "シミュレーションの利用により、予測誤差は{3}と比べて{0}増加しました（{1}区間：{2}）。",
        ).format(say_percent(-share["median"]), sure, percent_range(-share["high"], -share["low"]), rival)
    return Both(
        "No benefit of the simulations is detectable: the gain over {0} is {1} ({2} interval).",
        "シミュレーションの効果は検出できません。{0}に対する改善率は{1}です（{2}区間）。",
    ).format(rival, percent_range(share["low"], share["high"]), sure)


def _changed(gain: float) -> Both:
    side = Both("lower", "低く") if gain >= 0 else Both("higher", "高く")
    share = say_percent(abs(gain))
    return Both(f"{share} {side.en}", f"{share}{side.ja}")


def _trend(code: str, helps: bool) -> Both:
    return TRENDS.get(code, TRENDS["no_trend"] if helps else NOTHING)


def signed_percent(share: float | None) -> str:
    """A change as percent with its sign: "−12 %", "+3.4 %", "0 %"; null is not known."""
    return say_change(share).en


def say_change(share: float | None) -> Both:
    """`signed_percent` in both languages."""
    if share is None:
        return UNKNOWN
    text = say_percent(abs(share))
    if float(text.split()[0]) == 0:
        return same("0 %")
    return same(f"{'+' if share > 0 else MINUS}{text}")


def turned(share: float | None) -> float | None:
    """A cut as a change, a change as a cut; null stays null."""
    return None if share is None else -share


def percent_range(low: float, high: float) -> Both:
    """An interval of shares: "12 to 18 %", with signs where it spans zero."""
    first, last = (say_percent(low), say_percent(high)) if low >= 0 else (signed_percent(low), signed_percent(high))
    return _between(first.removesuffix(" %"), last)


def _between(low: str, high: str) -> Both:
    return Both(f"{low} to {high}", f"{low}〜{high}")


def number(n: float) -> Both:
    """A number of materials."""
    return Both(say_count(n), numbers.count(n))


def probability(p: float) -> Both:
    """A probability as percent that never claims certainty."""
    return Both(say_probability(p), numbers.probability(p))


def at_m(entry: Entry) -> Both:
    """A curve by its source and its number of experiments."""
    return Both("{}, m = {}", "{}、m = {}").format(entry["arm"], number(entry["m"]))


def say_value(value: float | None, unit: str = "") -> Both:
    """A number with its unit; null in a document is a number that is not known, or infinite."""
    return UNKNOWN if value is None else same(say_error(value, unit))


def interval(value: Entry | None, unit: str = "") -> Both:
    """The interval of an estimate: "0.21 to 0.25 debye"; empty where there is none."""
    if value is None or value["low"] is None or value["high"] is None:
        return NOTHING
    return Both(say_range(value["low"], value["high"], unit), numbers.ranged(value["low"], value["high"], unit))


def count_interval(value: Entry) -> Both:
    """The interval of a number of materials, whose ends may be infinite (null)."""
    low = "no number" if value["low"] is None else say_count(value["low"])
    high = "no limit" if value["high"] is None else say_count(value["high"])
    return Both(f"{low} to {high}", numbers.counted(value["low"], value["high"]))


def with_interval(value: Entry | None, unit: str = "") -> Both:
    """A number with its unit and its interval in parentheses: "0.23 debye (0.21 to 0.25)"."""
    if value is None or value["median"] is None:
        return UNKNOWN
    said, inside = say_error(value["median"], unit), interval(value)
    return Both(f"{said} ({inside.en})", f"{said}（{inside.ja}）") if inside else same(said)


def control_passed(control: Entry) -> bool | None:
    """Whether transfer from shuffled labels gains nothing; None where it cannot be compared."""
    best = control["gain"]
    return None if best is None or best["relative"]["low"] is None else bool(best["relative"]["low"] <= 0)


def say_control(control: Entry, learner: str) -> Both:
    """What transfer from shuffled labels gave, by the measure of the gain itself: against the best direct learning.

    Over the same network alone a control may honestly gain a little: it has met more materials and taken more steps,
    though nothing true was said of them. That is stated beside.
    """
    best, passed = control["gain"], control_passed(control)
    if passed is None:
        return Both(
            "The control cannot be compared: it shares fewer than two replicates with direct learning.",
            "陰性対照は比較できません。直接学習と共通の反復が足りません。",
        )
    gained, rival = _share(best), say_learner(best["against"])
    if not passed:
        return Both(
            "Warning: shuffled labels gain {0} over {1}, so the gain does not come from what the simulations say.",
            "警告：シャッフルしたラベルでも{1}に対して{0}の改善があり、改善はシミュレーションの内容によるものではありません。",
        ).format(gained, rival)
    own = next((g for g in control["gains"] if g["against"] == learner != best["against"]), None)
    aside = NOTHING
    if own is not None:
        alone = Both(" Over {0} alone: {1}.", "{0}だけとの比較では{1}です。")
        aside = alone.format(say_learner(learner), _share(own))
    return Both(
        "Control passed: shuffled labels gain {0} over {1}, which is no gain.{2}",
        "陰性対照に合格：シャッフルしたラベルでの改善率は{1}に対して{0}で、改善とは言えません。{2}",
    ).format(gained, rival, aside)


def _share(gain: Mapping[str, Any]) -> Both:
    share = gain["relative"]
    said, inside = signed_percent(share["median"]), percent_range(share["low"], share["high"])
    return Both(f"{said} ({inside.en})", f"{said}（{inside.ja}）")
