"""What a law says, in one code and one sentence for whoever owns the database.

`Law.verdict` is `judge` of the law alone, so this module knows a law by its type only and is imported by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simworth.inference.forms import FALLING, IN_N, WITHOUT_N
from simworth.inference.gains import Gain
from simworth.inference.words import say_count, say_direct, say_error, say_percent, say_probability, say_range
from simworth.laws import SINGLE

if TYPE_CHECKING:
    from simworth.inference.law import Law

SURE = 0.9
"""A form, or a level of the doubling gain, must be this probable to be stated."""

LEVELLED = 0.01
"""A curve whose doubling would cut the error by less than this share has levelled off."""


Facts = Mapping[str, float | str]


@dataclass(frozen=True)
class Verdict:
    """What a law says.

    Attributes
    ----------
    code : ``law``, ``plateau``, ``rising``, ``no_trend`` or ``too_few_sizes``; where a gain was judged with the law
        also ``no_transfer`` or ``harmful``.
    sentence : the same in words, with the numbers.
    facts : what the sentence says of the curve's shape, by name, so that it can be said again in another language;
        those of the gain stand in the gain.
    """

    code: str
    sentence: str
    facts: Facts = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from simworth.inference.shown import verdict_html

        return verdict_html(self)


def judge(law: Law, gain: Gain | None = None, unit: str = "", sizes: int | None = None) -> Verdict:
    """The verdict on a law, and on its gain over the best direct learning (None: not measured).

    The gain decides first: transfer that is surely worse than direct learning is harmful, and one that cannot be told
    from it is no transfer, whatever the shape of the curve. Then the forms: falling (law), levelled (plateau), rising,
    or none of them surely (no_trend). A joint law is judged by whether n matters in it: law or no_trend.

    Parameters
    ----------
    unit : unit of the errors, for the sentence.
    sizes : how many sizes the curve has, where the law does not know all of them.
    """
    if not law.fitted:
        known = len(np.unique(law.n)) if sizes is None else sizes
        return Verdict(
            "too_few_sizes",
            f"The curve has {known} different sizes with a finished trial and a law needs 4: add sizes.",
            {"sizes": known},
        )
    if law.joint:
        return _joint(law)
    trend = _trend(law, unit)
    if gain is not None and gain.high is not None and gain.low is not None:
        between = f"interval of the gain {say_range(gain.low, gain.high, unit)}"
        if gain.high < 0:
            said = f"Transfer harms: {_compared(gain, unit)} ({between}); {trend.sentence}"
            return Verdict("harmful", said, trend.facts)
        if gain.low <= 0:
            return Verdict(
                "no_transfer",
                f"No transfer is detectable: at n = {say_count(gain.n)} the error cannot be told from that of "
                f"{say_direct(gain.against)} ({between}, which includes none); {trend.sentence}",
                trend.facts,
            )
        said = f"Transfer helps: {_compared(gain, unit)} ({between}); {trend.sentence}"
        return Verdict(trend.code, said, trend.facts)
    return Verdict(trend.code, trend.sentence[:1].upper() + trend.sentence[1:], trend.facts)


def _compared(gain: Gain, unit: str) -> str:
    side = "below" if gain.difference >= 0 else "above"
    return (
        f"at n = {say_count(gain.n)} the error is {say_error(abs(gain.difference), unit)} "
        f"({say_percent(abs(gain.relative))}) {side} that of {say_direct(gain.against)}"
    )


def _joint(law: Law) -> Verdict:
    """Whether n matters beside m."""
    in_n = sum(p for k, p in law.p_forms.items() if k not in WITHOUT_N)
    where = f"{len(law.n)} points, n up to {say_count(law.n.max())}, m up to {say_count(law.m.max())}"
    known = f"probability {say_probability(in_n)}; {where}"
    facts = {
        "probability": in_n,
        "points": len(law.n),
        "n_max": float(law.n.max()),
        "m_max": float(law.m.max()),
    }
    if in_n >= SURE:
        return Verdict("law", f"The error falls with n and m together ({known}).", facts)
    return Verdict("no_trend", f"The trials do not tell that n matters beside m ({known}).", facts)


def _trend(law: Law, unit: str) -> Verdict:
    """What the curve's shape says."""
    falling, rising, flat = (sum(law.p_forms.get(k, 0.0) for k in names) for names in (FALLING, ["rising"], ["flat"]))
    largest = float(law.n.max())
    now, doubled = (law.curve([k * largest])[:, 0] for k in (1, 2))
    cut = np.where(now > 0, (now - doubled) / np.where(now > 0, now, 1.0), 0.0)
    p_levelled = float((np.abs(cut) < LEVELLED).mean())
    if rising >= SURE:
        return Verdict(
            "rising",
            f"the error rises with the size of the database (probability {say_probability(rising)}): "
            "growing it makes predictions worse; look at what the larger part holds.",
            {"trend": "rising", "probability": rising},
        )
    if p_levelled >= SURE or flat >= SURE:
        level = law.limit() if flat >= SURE else now
        low, median, high = np.quantile(level, [0.5 - law.level / 2, 0.5, 0.5 + law.level / 2])
        return Verdict(
            "plateau",
            f"the error has levelled off at {say_error(median, unit)} ({say_range(low, high, unit)}): doubling the "
            f"database cuts it by less than {say_percent(LEVELLED)} with probability {say_probability(p_levelled)}.",
            {"trend": "plateau", "probability": p_levelled, **_spread("error", low, median, high)},
        )
    if falling >= SURE:
        gap = np.quantile(law.limit()[law.falls], [0.5 - law.level / 2, 0.5, 0.5 + law.level / 2])
        shape, facts = _shape(law)
        doubled_cut = float(np.median(cut))
        return Verdict(
            "law",
            f"the error falls {shape} towards a limit of {say_error(gap[1], unit)} "
            f"({say_range(gap[0], gap[2], unit)}); doubling the database would cut it by {say_percent(doubled_cut)}.",
            {"trend": "law", **facts, **_spread("limit", *gap), "cut": doubled_cut},
        )
    return Verdict(
        "no_trend",
        "the trials do not tell whether the error still falls with the size of the database (probability "
        f"{say_probability(falling)}): add replicates or larger sizes.",
        {"trend": "no_trend", "probability": falling},
    )


def _spread(name: str, low: float, median: float, high: float) -> dict[str, float]:
    """A number and its interval as facts."""
    return {name: float(median), f"{name}_low": float(low), f"{name}_high": float(high)}


def _shape(law: Law) -> tuple[str, dict[str, float | str]]:
    """How the error falls: with its decay rate, or as another form where hardly a draw is a power law; with facts."""
    alpha = law.decay_rate()
    if len(alpha) < 20:
        best = max(law.p_forms, key=lambda name: law.p_forms[name])
        equation = next(SINGLE[c.law].EQUATION for c in IN_N if c.name == best)
        said = f"with the size of the database, but as {equation} rather than as D n^-α + C,"
        return said, {"equation": equation}
    low, middle, high = np.quantile(alpha, [0.5 - law.level / 2, 0.5, 0.5 + law.level / 2])
    bound = ", at the bound of what is looked for: do not read it," if law.rate_at_bound else ""
    facts: dict[str, float | str] = {**_spread("alpha", low, middle, high), "at_bound": law.rate_at_bound}
    return f"as D n^-α + C with α = {middle:.2f} ({low:.2f} to {high:.2f}){bound}", facts
