"""How an answer is said to people: short headlines, badges, and intervals beside their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simworth.inference.words import say_count, say_error, say_percent, say_range

Entry = Mapping[str, Any]
"""One element of ``curves`` in a law document."""

MINUS = "\N{MINUS SIGN}"

BADGES = {
    "law": ("good", "Scaling law"),
    "plateau": ("level", "Levelled off"),
    "no_transfer": ("none", "No transfer detectable"),
    "harmful": ("bad", "Transfer harms"),
    "rising": ("bad", "Error rises"),
    "no_trend": ("none", "No clear trend"),
    "too_few_sizes": ("none", "Too few sizes for a law"),
}
"""Verdict code -> (tone, words)."""

LEARNERS = {
    "network": "the same network",
    "ridge": "ridge regression",
    "forest": "a random forest",
    "boosting": "gradient boosting",
    "gaussian_process": "a Gaussian process",
}


def badge(code: str) -> tuple[str, str]:
    """Tone and words of a verdict; an unknown code is said as it stands."""
    return BADGES.get(code, ("none", code.replace("_", " ")))


def spaced(name: str) -> str:
    """A column's name as words."""
    return name.replace("_", " ")


def badges(entry: Entry) -> list[tuple[str, str]]:
    """Badges of a curve: that test materials leaked, that transfer surely helps, and the verdict."""
    leaked = [("bad", "Test materials in training")] if entry["overlap"]["used_max"] else []
    code = entry["verdict"]["code"]
    helps = surely_positive(entry["gain"]) and code not in ("no_transfer", "harmful")
    return [*leaked, *([("good", "Transfer helps")] if helps else []), badge(code)]


def say_learner(name: str) -> str:
    """A learner as people call it."""
    return LEARNERS.get(name, name)


def headline(entry: Entry, level: float) -> str:
    """The answer in one or two short sentences, with the uncertainty of the gain."""
    gain, code = entry["gain"], entry["verdict"]["code"]
    return f"{_gained(gain, level)} {_trend(code, surely_positive(gain))}".strip()


def surely_positive(gain: Entry | None) -> bool:
    """Whether the whole interval of a gain lies above zero."""
    low = gain["difference"]["low"] if gain else None
    return low is not None and low > 0


def _gained(gain: Entry | None, level: float) -> str:
    if gain is None:
        return ""
    share, rival = gain["relative"], f"{say_learner(gain['against'])} trained on the experiments alone"
    if share["low"] is None:
        return f"The error is {_changed(share['median'])} than with {rival}; one replicate cannot say how surely."
    interval = f"{100 * level:.0f} % interval"
    if share["low"] > 0:
        numbers = f"{percent_range(share['low'], share['high'])}"
        return (
            f"The simulations cut the prediction error by {say_percent(share['median'])} ({interval} {numbers}) "
            f"compared with {rival}."
        )
    if share["high"] < 0:
        numbers = f"{percent_range(-share['high'], -share['low'])}"
        return (
            f"The simulations raise the prediction error by {say_percent(-share['median'])} ({interval} {numbers}) "
            f"compared with {rival}."
        )
    numbers = percent_range(share["low"], share["high"])
    return f"No benefit of the simulations is detectable: the gain over {rival} is {numbers} ({interval})."


def _changed(gain: float) -> str:
    return f"{say_percent(abs(gain))} {'lower' if gain >= 0 else 'higher'}"


def _trend(code: str, helps: bool) -> str:
    if code == "law":
        return "The error still falls as the database grows."
    if code == "plateau":
        return "Growing the database further changes almost nothing."
    if code == "rising":
        return "The error rises as the database grows."
    if code == "no_trend":
        return "Whether a larger database would help is not settled by these trials."
    if code == "too_few_sizes":
        return "There are too few database sizes to say how it would go on."
    if code == "harmful":
        return "Do not use this source as it is."
    return "" if not helps else "Whether a larger database would help is not settled by these trials."


def signed_percent(share: float | None) -> str:
    """A change as percent with its sign: "−12 %", "+3.4 %", "0 %"; null is not known."""
    if share is None:
        return "not known"
    text = say_percent(abs(share))
    if float(text.split()[0]) == 0:
        return "0 %"
    return f"{'+' if share > 0 else MINUS}{text}"


def turned(share: float | None) -> float | None:
    """A cut as a change, a change as a cut; null stays null."""
    return None if share is None else -share


def percent_range(low: float, high: float) -> str:
    """An interval of shares: "12 to 18 %", with signs where it spans zero."""
    if low >= 0:
        return f"{say_percent(low).removesuffix(' %')} to {say_percent(high)}"
    return f"{signed_percent(low).removesuffix(' %')} to {signed_percent(high)}"


def say_value(value: float | None, unit: str = "") -> str:
    """A number with its unit; null in a document is a number that is not known, or infinite."""
    return "not known" if value is None else say_error(value, unit)


def interval(value: Entry | None, unit: str = "") -> str:
    """The interval of an estimate: "0.21 to 0.25 debye"; empty where there is none."""
    if value is None or value["low"] is None or value["high"] is None:
        return ""
    return say_range(value["low"], value["high"], unit)


def count_interval(value: Entry) -> str:
    """The interval of a number of materials, whose ends may be infinite (null)."""
    low = "no number" if value["low"] is None else say_count(value["low"])
    return f"{low} to {'no limit' if value['high'] is None else say_count(value['high'])}"


def with_interval(value: Entry | None, unit: str = "") -> str:
    """A number with its unit and its interval in parentheses: "0.23 debye (0.21 to 0.25)"."""
    if value is None or value["median"] is None:
        return "not known"
    inside = interval(value)
    return say_error(value["median"], unit) + (f" ({inside})" if inside else "")


def say_control(control: Entry, learner: str) -> str:
    """What transfer from shuffled labels gave, by the measure of the gain itself: against the best direct learning.

    Over the same network alone a control may honestly gain a little: it has met more materials and taken more steps,
    though nothing true was said of them. That is stated beside.
    """
    best = control["gain"]
    if best is None or best["relative"]["low"] is None:
        return "The control cannot be compared: it shares fewer than two replicates with direct learning."
    numbers = f"{_share(best)} over {say_learner(best['against'])}"
    if best["relative"]["low"] > 0:
        return f"Warning: shuffled labels gain {numbers}, so the gain does not come from what the simulations say."
    same = next((g for g in control["gains"] if g["against"] == learner != best["against"]), None)
    aside = "" if same is None else f" Over {say_learner(learner)} alone: {_share(same)}."
    return f"Control passed: shuffled labels gain {numbers}, which is no gain.{aside}"


def _share(gain: Mapping[str, Any]) -> str:
    share = gain["relative"]
    return f"{signed_percent(share['median'])} ({percent_range(share['low'], share['high'])})"
