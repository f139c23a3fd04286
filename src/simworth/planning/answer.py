"""What a question is answered with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from simworth.errors import InputError
from simworth.inference.law import Law, Status


@dataclass(frozen=True)
class Estimate:
    """A median and an interval; infinite where no finite value will do."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Answer:
    """``question``: need, limit, growth, equivalence or stop; the sentence says the numbers with their units."""

    question: str
    sentence: str
    values: Mapping[str, Estimate] = field(default_factory=dict)
    given: Mapping[str, float] = field(default_factory=dict)
    probabilities: Mapping[str, float] = field(default_factory=dict)


def estimate(draws: ArrayLike, level: float) -> Estimate:
    """Median and interval of draws, which may be infinite (order statistics, no interpolation between infinities)."""
    values = np.asarray(draws, float)
    low, median, high = np.quantile(values, [0.5 - level / 2, 0.5, 0.5 + level / 2], method="inverted_cdf")
    return Estimate(float(median), float(low), float(high))


def require_single(law: Law, question: str) -> None:
    """Refuse what is no law in n at one m."""
    if law.status is not Status.fitted:
        raise InputError(f"'{question}' cannot be answered: {law.status.value}")
    if "D" not in law.draws:
        raise InputError(f"'{question}' is asked of a law at one m; this one is joint in n and m")


def present(law: Law, n: float | None) -> float:
    """The present size of the database: the largest one measured, unless it is given."""
    return float(law.n.max()) if n is None else float(n)
