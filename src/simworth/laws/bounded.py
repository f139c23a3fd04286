"""An error that lies between a start and an end, with a power law between them.

    R(n) = (C + I g) / (1 + g),    g = (n/n0)^-α

I: the error before any simulated material; C: the error that stays; n0: where half of I - C is gone. Far above n0 it
is the power law (I - C) (n/n0)^-α + C; unlike that law it does not grow without end as n falls.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats, fraction, log, log1p_exp

Array = NDArray[np.float64]

NAME = "bounded"
EQUATION = "(C + I g) / (1 + g), g = (n/n0)^-α"
REFERENCE = (
    "M4 of Alabdulmohsin et al. 2022, arXiv 2209.06640, with the exponent of its denominator 1: "
    "(R - C) / (I - R) = (n/n0)^-α; also mmf4 of Mohr et al., LCDB 1.0, ECML PKDD 2022"
)
DOMAIN = "n >= 0, n0 > 0, α > 0 and I >= C."
PARAMETERS = ("I", "alpha", "n0", "C")
COEFFICIENTS = ("D", "C")
EXPONENTS = ("alpha", "n0")


def value(n: ArrayLike, I: ArrayLike, alpha: ArrayLike, n0: ArrayLike, C: ArrayLike) -> Array:  # noqa: E741
    """The error at ``n`` in the unit of I and C; the arguments broadcast. n0 is in materials, as n."""
    n, start, alpha, n0, C = floats(n, I, alpha, n0, C)
    return np.asarray(C + (start - C) * _left(n, alpha, n0))


def gradient(n: ArrayLike, I: ArrayLike, alpha: ArrayLike, n0: ArrayLike, C: ArrayLike) -> Array:  # noqa: E741
    """Derivatives by (n, I, alpha, n0, C) in that order, on a new last axis: shape (..., 5)."""
    n, start, alpha, n0, C = np.broadcast_arrays(*floats(n, I, alpha, n0, C))
    apart = np.log(n) - np.log(n0)
    left, gone = fraction(-alpha * apart), fraction(alpha * apart)
    turn = (start - C) * left * gone
    return np.stack([-turn * alpha / n, left, -turn * apart, turn * alpha / n0, gone], -1)


def basis(n: ArrayLike, alpha: ArrayLike, n0: ArrayLike, unit: float = 0.0) -> Array:
    """Columns of (D, C): shape (cells, sizes, 2), for ``n`` (sizes,), ``alpha`` and ``n0`` (cells,).

    D is what of I - C is left at n = unit. At unit = 0, the default, the columns are g/(1 + g) and 1 and the
    coefficients are exactly I - C and C. See `parameters` for the way back.
    """
    n, alpha, n0 = floats(n, alpha, n0)
    height = log1p_exp(alpha[:, None] * (log(n)[None, :] - np.log(n0)[:, None]))
    fall = np.exp(_log_spent(unit, alpha, n0)[:, None] - height)
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """I, alpha, n0 and C, each (draws,), from alpha and n0 (draws, 2) and the coefficients (D, C) of `basis`.

    I = C + D (1 + (unit/n0)^α); with unit = 0 it is C + D.
    """
    alpha, n0 = nonlinear.T
    D, C = coefficients.T
    return {"I": C + D * np.exp(_log_spent(unit, alpha, n0)), "alpha": alpha, "n0": n0, "C": C}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)


def _left(n: Array, alpha: Array, n0: Array) -> Array:
    """g / (1 + g): the part of I - C that n materials leave."""
    return fraction(-alpha * (log(n) - np.log(n0)))


def _log_spent(unit: float, alpha: Array, n0: Array) -> Array:
    """log(1 + (unit/n0)^α), (cells,); 0 at unit = 0."""
    return log1p_exp(alpha * (log(np.asarray(unit, float)) - np.log(n0)))
