"""What a question is answered with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.errors import InputError
from simworth.inference.law import Law, Status
from simworth.inference.words import say_error, say_probability, say_range
from simworth.notebook import block, paragraph, table

SURE = 0.9
"""What is stated as so must be this probable."""


@dataclass(frozen=True)
class Estimate:
    """A median and an interval; infinite where no finite value will do."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Answer:
    """``question``: what was asked, such as need or stop; the sentence says the numbers with their units.

    ``values`` are distributions over the draws of a law, ``expected`` are means over them and choices that were made
    by such means, ``probabilities`` shares of the draws. All three are empty where the law does not support an answer;
    the sentence then says why. ``facts`` are what the sentence says beside all these (which ``case`` of an answer it
    is, which trials it names), so that it can be said again in another language.
    """

    question: str
    sentence: str
    values: Mapping[str, Estimate] = field(default_factory=dict)
    given: Mapping[str, float] = field(default_factory=dict)
    probabilities: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, float | str] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        rows = [(name, say_error(v.median), say_range(v.low, v.high)) for name, v in self.values.items()]
        rows += [(f"probability: {name}", f"{p:.3g}", "") for name, p in self.probabilities.items()]
        return block(self.question, paragraph(self.sentence), table(("", "median", "interval"), rows))


def estimate(draws: ArrayLike, level: float) -> Estimate:
    """Median and interval of draws, which may be infinite (order statistics, no interpolation between infinities)."""
    values = np.asarray(draws, float)
    low, median, high = np.quantile(values, [0.5 - level / 2, 0.5, 0.5 + level / 2], method="inverted_cdf")
    return Estimate(float(median), float(low), float(high))


def require_single(law: Law, question: str) -> None:
    """Refuse what is no law in n at one m."""
    _require_law(law, question)
    if law.joint:
        raise InputError(f"'{question}' is asked of a law at one m; this one is joint in n and m")


def require_joint(law: Law, question: str) -> None:
    """Refuse what is no law in n and m."""
    _require_law(law, question)
    if not law.joint:
        raise InputError(f"'{question}' needs a joint law: run the study at two or more m")


def _require_law(law: Law, question: str) -> None:
    if law.status is not Status.fitted:
        raise InputError(f"'{question}' cannot be answered: {law.status.value}")


def not_falling(law: Law) -> str:
    """A sentence that says so where the error more likely than not does not fall with n; empty where it does."""
    falls = float(law.falls.mean())
    if falls >= 0.5:
        return ""
    return (
        "Not to be planned: more likely than not the error does not fall as the database grows (it falls with "
        f"probability {say_probability(falls)})."
    )


def require_positive(name: str, value: float, what: str = "a positive number") -> float:
    """``value``, or one sentence where it is not a finite number above zero."""
    if not math.isfinite(value) or value <= 0:
        raise InputError(f"{name} is {value:g}; give {what}")
    return float(value)


def require_target(error: float) -> float:
    """A target error, or one sentence."""
    return require_positive("the target error", error, "a positive number in the unit of the errors")


def present(law: Law, n: float | None) -> float:
    """The present size of the database: the largest one measured, unless it is given."""
    return float(law.n.max()) if n is None else require_positive("the present number of simulations", n)


def present_m(law: Law, m: float | None) -> float:
    """The present number of experiments: the largest one measured, unless it is given."""
    return float(law.m.max()) if m is None else require_positive("the present number of experiments", m)


def relative_cut(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """By what share of itself an error falls, in each draw; 0 where it is no positive number."""
    return np.where(before > 0, 1 - after / np.where(before > 0, before, 1.0), 0.0)
