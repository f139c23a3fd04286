"""Does the law predict? Fit the small sizes, predict the large ones, compare.

A law is reported with this test only: a good fit of the sizes it was fitted to shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simworth.curves import Curve, curve
from simworth.errors import InputError
from simworth.inference.fit import LEAST_SIZES, fit_curve
from simworth.inference.noise import summarise
from simworth.inference.settings import Settings
from simworth.inference.words import say_count, say_error, say_range


@dataclass(frozen=True)
class Held:
    """One held-out size: predicted interval of the measured mean, what was measured, and whether it is inside."""

    n: float
    median: float
    low: float
    high: float
    observed: float
    inside: bool


@dataclass(frozen=True)
class Backtest:
    """The sizes that were fitted, and the held-out ones. ``print(backtest)`` says the sentence."""

    fitted_sizes: tuple[float, ...]
    predicted: tuple[Held, ...]
    sentence: str

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence

    @property
    def passed(self) -> bool:
        """Whether what was measured lies inside the interval at every held-out size."""
        return all(h.inside for h in self.predicted)


def backtest(
    n: ArrayLike,
    error: ArrayLike,
    m: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    level: float = 0.9,
    unit: str = "",
) -> Backtest:
    """Leave out the largest two sizes (one of five), predict what the same replicates measured there.

    Parameters
    ----------
    n, error, m, replicate, level : as in `simworth.fit_law`.
    unit : unit of the errors, for the sentence.

    Raises
    ------
    InputError
        As `simworth.fit_law`; or for fewer than five sizes, or trials at several m.
    """
    trials = curve(n, error, m, replicate)
    why = _refused(trials)
    if why:
        raise InputError(why)
    return _tested(trials, level, unit, Settings())


def backtest_curve(
    trials: Curve, level: float = 0.9, unit: str = "", settings: Settings | None = None
) -> Backtest | None:
    """`backtest` of a `Curve`; None where that is refused. ``settings`` replace the recommended priors and grids."""
    return None if _refused(trials) else _tested(trials, level, unit, settings or Settings())


def _refused(trials: Curve) -> str:
    """Why these trials allow no backtest; empty where they do."""
    if len(np.unique(trials.m[(trials.n > 0) & ~trials.failed])) > 1:
        return "these trials are at several m, and a backtest is of one curve: choose the trials at one m"
    if len(trials.sizes) <= LEAST_SIZES:
        return (
            f"the curve has {len(trials.sizes)} different sizes with a finished trial and a backtest needs "
            f"{LEAST_SIZES + 1}: add sizes"
        )
    return ""


def _tested(trials: Curve, level: float, unit: str, s: Settings) -> Backtest:
    trials = trials.where(trials.n > 0)
    sizes = trials.sizes
    kept = max(LEAST_SIZES, len(sizes) - 2)
    law = fit_curve(trials.where(trials.n <= sizes[kept - 1]), level, s)
    prediction = law.predict_measured(sizes[kept:])
    low, high = prediction.interval()
    observed = summarise(trials, s.shrink).mean[kept:]
    held = tuple(
        Held(float(n), float(mid), float(a), float(b), float(y), bool(a <= y <= b))
        for n, mid, a, b, y in zip(sizes[kept:], prediction.median, low, high, observed, strict=True)
    )
    return Backtest(tuple(float(n) for n in sizes[:kept]), held, _sentence(float(sizes[kept - 1]), held, level, unit))


def _sentence(largest: float, held: tuple[Held, ...], level: float, unit: str) -> str:
    parts = [
        f"at n = {say_count(h.n)} it foretold {say_range(h.low, h.high, unit)} and {say_error(h.observed, unit)} was "
        f"measured, {'inside' if h.inside else 'outside'}"
        for h in held
    ]
    right = sum(h.inside for h in held)
    verdict = "the law passed" if right == len(held) else "do not trust this law beyond the sizes measured"
    return (
        f"Fitted up to n = {say_count(largest)} alone ({100 * level:.0f} % intervals): {'; '.join(parts)}: {verdict}."
    )
