"""A law: what was learned about the parameters, as draws, and what it predicts."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from simworth.errors import InputError
from simworth.inference import drift
from simworth.laws import power, product
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


@dataclass(frozen=True, eq=False)
class Law:
    """The posterior over a parametric form.

    Attributes
    ----------
    status : whether there is a law at all; without one every array is empty and `predict` refuses.
    form : "power" (D n^-α + C at one m) or "product" ((A n^-α + B) m^-β + E).
    draws : parameter -> (draws,). Forms are mixed: D = 0 where the curve is flat (α is then NaN), D < 0 where it
        rises, C = 0 where there is no gap.
    draw_form : the form each draw came from, (draws,).
    p_forms : posterior probability of each form.
    p_gap_zero : probability that no gap is left: that the error would fall to zero with n.
    n, m, mean : the points that were fitted, (points,); m is 0 where it was not told.
    discrepancy : how far the true curve strays from the form, relative to the error, (draws,).
    wander, bend : how fast the true curve departs from the form away from the largest n (see `drift`), (draws,).
    shift : what the mean of these very replicates differs from the mean over all splits, (draws,).
    noise : standard deviation that a mean over as many replicates would have at a new size, (draws,).
    level : default probability of intervals.
    """

    status: Status
    form: str
    draws: Mapping[str, Array]
    draw_form: NDArray[np.str_]
    p_forms: Mapping[str, float]
    p_gap_zero: float
    n: Array
    m: Array
    mean: Array
    discrepancy: Array
    wander: Array
    bend: Array
    shift: Array
    noise: Array
    level: float

    def curve(self, n: ArrayLike, m: ArrayLike | None = None) -> Array:
        """The form at ``n`` (and ``m`` for the product form) in each draw, (draws, sizes).

        Raises
        ------
        InputError
            When there is no law, a size is not positive, or m is missing or not wanted.
        """
        if self.status is not Status.fitted:
            raise InputError(f"nothing can be predicted: {self.status.value}")
        sizes = _positive("n", n)
        d = self.draws
        if self.form == power.NAME:
            if m is not None:
                raise InputError("this law holds for one m only: leave m out, or fit trials at several m")
            alpha = np.nan_to_num(d["alpha"], nan=1.0)
            return power.value(sizes, d["D"][:, None], alpha[:, None], d["C"][:, None])
        if m is None:
            raise InputError("this law holds in n and m: give m as well")
        materials = np.broadcast_to(_positive("m", m), sizes.shape)
        alpha, beta = (np.nan_to_num(d[e], nan=1.0)[:, None] for e in ("alpha", "beta"))
        return product.value(sizes, materials, d["A"][:, None], alpha, d["B"][:, None], beta, d["E"][:, None])

    def predict(self, n: ArrayLike, m: ArrayLike | None = None) -> Prediction:
        """The error expected at ``n`` over all splits: the form plus its discrepancy. Raises as `curve`."""
        centre = self.curve(n, m)
        beyond = np.maximum(np.log(_positive("n", n) / self.n.max()), 0.0)
        drifted = drift.spread(beyond, self.wander, self.bend)
        spread = np.hypot(self.discrepancy[:, None], drifted) * np.abs(centre) + 1e-12 * np.abs(self.mean).max()
        return Prediction(centre, spread, self.level)

    def predict_measured(self, n: ArrayLike, m: ArrayLike | None = None) -> Prediction:
        """What the mean over the same replicates would measure at ``n``: `predict`, their shift and their noise."""
        expected = self.predict(n, m)
        spread = np.hypot(expected.spread, self.noise[:, None])
        return Prediction(expected.centre + self.shift[:, None], spread, self.level)


def no_law(status: Status, form: str, n: Array, m: Array, mean: Array, level: float) -> Law:
    """A law that says why it is none."""
    nothing = np.zeros(0)
    names = ("D", "alpha", "C") if form == power.NAME else ("A", "alpha", "B", "beta", "E")
    return Law(
        status,
        form,
        dict.fromkeys(names, nothing),
        np.zeros(0, np.str_),
        {},
        float("nan"),
        n,
        m,
        mean,
        nothing,
        nothing,
        nothing,
        nothing,
        nothing,
        level,
    )


def _positive(name: str, values: ArrayLike) -> Array:
    sizes = np.atleast_1d(np.asarray(values, float))
    if sizes.ndim != 1 or not np.all(np.isfinite(sizes)) or np.any(sizes <= 0):
        raise InputError(f"{name} to predict at must be positive finite numbers, one or a list")
    return sizes
