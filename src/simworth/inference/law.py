"""A law: what was learned about the parameters, as draws, and what it predicts."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from simworth.errors import InputError
from simworth.inference import drift
from simworth.inference.settings import Settings
from simworth.inference.verdict import Verdict, judge
from simworth.inference.words import say_count
from simworth.laws import JOINT, SINGLE
from simworth.seeds import stream

Array = NDArray[np.float64]


class Status(enum.Enum):
    """Whether there is a law, in words."""

    fitted = "The law was fitted."
    too_few_sizes = (
        "There is no law: a curve needs at least 4 different sizes with a finished trial; add sizes to the study."
    )


@dataclass(frozen=True, eq=False)
class Prediction:
    """An error at some sizes: a mixture, over draws, of Gaussians ``centre`` ± ``spread``, each (draws, sizes).

    Both are in the unit of the errors. `median` and the bounds of `interval` have the shape (sizes,).
    """

    centre: Array
    spread: Array
    level: float

    @property
    def median(self) -> Array:
        """The value that the error is as likely above as below."""
        return self.quantile(0.5)

    def interval(self, level: float | None = None) -> tuple[Array, Array]:
        """Low and high bound that hold the error with probability ``level`` (default: the law's)."""
        half = 0.5 * (1 - (self.level if level is None else level))
        return self.quantile(half), self.quantile(1 - half)

    def quantile(self, probability: float) -> Array:
        """The quantile of the mixture, not below zero."""
        return np.maximum(np.quantile(self.draws(), probability, axis=0), 0.0)

    def draws(self) -> Array:
        """One error a draw, (draws, sizes): the same numbers at every call."""
        draws = len(self.centre)
        scores = ndtri((np.arange(draws) + 0.5) / draws)
        return self.centre + self.spread * stream("prediction", draws).permutation(scores)[:, None]

    def log_density(self, error: ArrayLike) -> Array:
        """Log density of the error itself (per its unit) at each size."""
        z = (np.asarray(error, float)[None, :] - self.centre) / self.spread
        each = -0.5 * z**2 - np.log(self.spread) - 0.5 * np.log(2 * np.pi)
        top = each.max(0)
        return np.asarray(top + np.log(np.exp(each - top).mean(0)))


@dataclass(frozen=True, eq=False, repr=False)
class Law:
    """The posterior over parametric forms. ``print(law)`` says its verdict.

    Attributes
    ----------
    status : whether there is a law at all; without one every array is empty and `predict` refuses.
    joint : whether it holds in n and m, or in n at one m.
    draws : parameter -> (draws,); see `simworth.laws` for their names. Forms are mixed: NaN where the form of a draw
        does not have the parameter, C = 0 where there is no gap, D < 0 where the error rises; an exponent means
        nothing where its coefficient is 0.
    draw_form : the form each draw came from, a name in `simworth.laws.SINGLE` or `JOINT`; (draws,).
    p_forms : posterior probability of each candidate form (see `simworth.inference.forms`).
    p_gap_zero : probability that no gap is left: that the error would fall to zero with n.
    n, m, mean : the points that were fitted, (points,); m is 0 where it was not told.
    anchor : the size from which departures from the form are counted: the largest one fitted.
    replicates : how many trials a point has, on average.
    discrepancy : how far the true curve strays from the form, relative to the error, (draws,).
    wander, bend : how fast the true curve departs from the form away from the largest n (see `drift`), (draws,).
    shift : what the mean of these very replicates differs from the mean over all splits, (draws,).
    noise : standard deviation that a mean over as many replicates would have at a new size, (draws,).
    level : default probability of intervals.
    """

    status: Status
    joint: bool
    draws: Mapping[str, Array]
    draw_form: NDArray[np.str_]
    p_forms: Mapping[str, float]
    p_gap_zero: float
    n: Array
    m: Array
    mean: Array
    anchor: float
    replicates: float
    discrepancy: Array
    wander: Array
    bend: Array
    shift: Array
    noise: Array
    level: float

    def __str__(self) -> str:
        """The sentence of the verdict."""
        return self.verdict.sentence

    def __repr__(self) -> str:
        """What it is of, without its draws."""
        sizes = f"{say_count(self.n.min())} to {say_count(self.n.max())}" if len(self.n) else "none"
        drawn = f"{len(self.draw_form)} draws" if self.fitted else self.status.name
        return f"<Law in {'n and m' if self.joint else 'n'}: {len(self.n)} points, n = {sizes}, {drawn}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from simworth.inference.shown import law_html

        return law_html(self)

    @property
    def fitted(self) -> bool:
        """Whether there is a law."""
        return self.status is Status.fitted

    @cached_property
    def verdict(self) -> Verdict:
        """What the law says: a ``code`` and a ``sentence``, in which errors have no unit.

        `simworth.inference.verdict.judge` says it with a unit, and with the gain over direct learning.
        """
        return judge(self)

    @property
    def falls(self) -> NDArray[np.bool_]:
        """Whether the error falls with n in each draw, (draws,). Raises as `limit`."""
        self._require_fitted()
        m = float(self.m.max()) if self.joint else None
        first = self.curve([float(self.n.min())], None if m is None else [m])[:, 0]
        return np.asarray(first > self.limit(m) * (1 + 1e-9))

    @cached_property
    def _rows(self) -> list[tuple[str, NDArray[np.int64]]]:
        """Each form that occurs, and its draws."""
        return [(str(name), np.flatnonzero(self.draw_form == name)) for name in np.unique(self.draw_form)]

    def curve(self, n: ArrayLike, m: ArrayLike | None = None) -> Array:
        """The form at ``n`` (and ``m`` for a joint law) in each draw, (draws, sizes).

        Raises
        ------
        InputError
            When there is no law, a size is not positive, or m is missing or not wanted.
        """
        self._require_fitted()
        sizes = _positive("n", n)
        return self._evaluate(sizes[None, :], self._materials(m, sizes))

    def limit(self, m: float | None = None) -> Array:
        """The error as n grows without end, in each draw, (draws,). Raises as `curve`."""
        self._require_fitted()
        materials = self._materials(m, np.ones(1))
        out = np.zeros(len(self.draw_form))
        for name, rows in self._rows:
            if self.joint:
                form = JOINT[name]
                out[rows] = form.limit(materials[0, 0], {k: self.draws[k][rows] for k in form.PARAMETERS})
            else:
                one = SINGLE[name]
                out[rows] = one.limit({k: self.draws[k][rows] for k in one.PARAMETERS})
        return out

    @property
    def powers(self) -> NDArray[np.bool_]:
        """The draws in which the error falls as a power law throughout, (draws,); of a joint law: with a term in n^-α.

        D and α say how the error falls only where that law holds, so draws of other forms, and those that leave the
        power law slowly, do not count; the latter do where there are fewer than 20 others.
        """
        if self.joint:
            return np.asarray(np.isfinite(self.draws["alpha"]) & (np.nan_to_num(self.draws["A"]) > 0))
        power = (self.draw_form == "power") & (np.nan_to_num(self.draws["D"]) > 0)
        strict = power & (self.wander == 0) & (self.bend == 0)
        return np.asarray(strict if strict.sum() >= 20 else power)

    def decay_rate(self) -> Array:
        """α in the draws in which the power law holds: few, many or none, (some draws,). Raises as `limit`."""
        self._require_fitted()
        return np.asarray(self.draws["alpha"][self.powers])

    @property
    def rate_at_bound(self) -> bool:
        """Whether the median α lies at a bound of what is looked for, so that the bound made it and not the trials.

        False where fewer than 20 draws have a decay rate: then none is told.
        """
        alpha = self.decay_rate()
        axis = Settings().exponent
        return len(alpha) >= 20 and not 1.2 * axis.low < float(np.median(alpha)) < axis.high / 1.2

    def slopes(self, n: float, m: float | None = None) -> tuple[Array, Array]:
        """∂R/∂n and ∂R/∂m at a size, each (draws,); the latter is zero for a law at one m. Raises as `curve`."""
        self._require_fitted()
        materials = self._materials(m, _positive("n", n))
        by_n, by_m = np.zeros(len(self.draw_form)), np.zeros(len(self.draw_form))
        for name, rows in self._rows:
            form = JOINT[name] if self.joint else SINGLE[name]
            values = [self.draws[k][rows] for k in form.PARAMETERS]
            if self.joint:
                slope = form.gradient(float(n), materials[0, 0], *values)
                by_m[rows] = slope[..., 1]
            else:
                slope = form.gradient(float(n), *values)
            by_n[rows] = slope[..., 0]
        return by_n, by_m

    def needed(self, error: ArrayLike, m: float | None = None) -> Array:
        """The least n at which each draw's form is at or below ``error`` (a number, or one a draw); (draws,).

        1 where it is from the start, infinite where it never gets there; take quantiles with "inverted_cdf", which does
        not interpolate between infinities. Raises as `curve`, and for several errors that are not one a draw.
        """
        self._require_fitted()
        if np.shape(error) not in ((), self.draw_form.shape):
            raise InputError(f"error has the shape {np.shape(error)}; ask for one error, or give one a draw")
        goal = np.broadcast_to(np.asarray(error, float), self.draw_form.shape)
        materials = self._materials(m, np.ones(1))
        low, high = np.zeros(len(goal)), np.full(len(goal), _HUGE)
        first, last = (self._evaluate(np.exp(v)[:, None], materials)[:, 0] for v in (low, high))
        for _ in range(60):
            middle = 0.5 * (low + high)
            below = self._evaluate(np.exp(middle)[:, None], materials)[:, 0] <= goal
            low, high = np.where(below, low, middle), np.where(below, middle, high)
        return np.asarray(np.where(first <= goal, 1.0, np.where(last <= goal, np.exp(high), np.inf)))

    def predict(self, n: ArrayLike, m: ArrayLike | None = None) -> Prediction:
        """The error expected at ``n`` over all splits: the form plus its discrepancy. Raises as `curve`."""
        centre = self.curve(n, m)
        beyond = np.maximum(np.log(_positive("n", n) / self.anchor), 0.0)
        drifted = drift.spread(beyond, self.wander, self.bend)
        spread = np.hypot(self.discrepancy[:, None], drifted) * np.abs(centre) + 1e-12 * np.abs(self.mean).max()
        return Prediction(centre, spread, self.level)

    def predict_measured(self, n: ArrayLike, m: ArrayLike | None = None) -> Prediction:
        """What the mean over the same replicates would measure at ``n``: `predict`, their shift and their noise."""
        expected = self.predict(n, m)
        spread = np.hypot(expected.spread, self.noise[:, None])
        return Prediction(expected.centre + self.shift[:, None], spread, self.level)

    def _require_fitted(self) -> None:
        if not self.fitted:
            raise InputError(f"nothing can be predicted: {self.status.value}")

    def _materials(self, m: ArrayLike | None, sizes: Array) -> Array:
        """m as (1, sizes); 0 for a law in n."""
        if self.joint and m is None:
            raise InputError("this law holds in n and m: give m as well")
        if not self.joint and m is not None:
            raise InputError("this law holds for one m only: leave m out, or fit trials at several m")
        return np.zeros((1, 1)) if m is None else np.broadcast_to(_positive("m", m), sizes.shape)[None, :]

    def _evaluate(self, n: Array, m: Array) -> Array:
        """The form at ``n`` (1 or draws, sizes) and ``m`` (1, sizes or 1): (draws, sizes)."""
        out = np.empty((len(self.draw_form), n.shape[1]))
        for name, rows in self._rows:
            form = JOINT[name] if self.joint else SINGLE[name]
            values = [self.draws[k][rows, None] for k in form.PARAMETERS]
            own = n if len(n) == 1 else n[rows]
            out[rows] = form.value(own, m, *values) if self.joint else form.value(own, *values)
        return out


_HUGE = 690.0
"""Logarithm of the largest size that is looked at."""


def no_law(status: Status, joint: bool, n: Array, m: Array, mean: Array, level: float) -> Law:
    """A law that says why it is none."""
    nothing = np.zeros(0)
    names = ("A", "alpha", "B", "beta", "E") if joint else ("D", "alpha", "C")
    return Law(
        status=status,
        joint=joint,
        draws=dict.fromkeys(names, nothing),
        draw_form=np.zeros(0, np.str_),
        p_forms={},
        p_gap_zero=float("nan"),
        n=n,
        m=m,
        mean=mean,
        anchor=float(n.max()) if len(n) else 1.0,
        replicates=0.0,
        discrepancy=nothing,
        wander=nothing,
        bend=nothing,
        shift=nothing,
        noise=nothing,
        level=level,
    )


def _positive(name: str, values: ArrayLike) -> Array:
    sizes = np.atleast_1d(np.asarray(values, float))
    if sizes.ndim != 1 or not np.all(np.isfinite(sizes)) or np.any(sizes <= 0):
        raise InputError(f"{name} to predict at must be positive finite numbers, one or a list")
    return sizes
