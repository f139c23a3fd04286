"""Do simulations lower the error, and do experiments? No joint question has an answer without."""

from __future__ import annotations

from dataclasses import dataclass

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_probability
from simworth.planning.answer import SURE

NOTHING = 1e-3
"""Doubling a size must cut the error by this share at least to count as having an effect."""


@dataclass(frozen=True)
class Effects:
    """Probability that doubling n, and that doubling m, cuts the error by more than `NOTHING` of it."""

    n: float
    m: float

    @property
    def sentence(self) -> str:
        """Which of the two is not detectable; empty where both are."""
        if self.n >= SURE and self.m >= SURE:
            return ""
        which, p = ("simulations", self.n) if self.n <= self.m else ("experiments", self.m)
        return f"the trials do not show that more {which} lower the error (probability {say_probability(p)})"

    @property
    def probabilities(self) -> dict[str, float]:
        """Both, as an answer has them."""
        return {"n_matters": self.n, "m_matters": self.m}


def effects(law: Law, n: float, m: float) -> Effects:
    """The effects of both sizes at (n, m) under a joint law."""
    error = law.curve([n, 2 * n, n], [m, m, 2 * m])
    cut = error[:, :1] - error[:, 1:] > NOTHING * error[:, :1]
    return Effects(float(cut[:, 0].mean()), float(cut[:, 1].mean()))


def say_sizes(n: float, m: float) -> str:
    """The present point: "at 1,000 simulated and 40 experimental materials"."""
    return f"at {say_count(n)} simulated and {say_count(m)} experimental materials"
