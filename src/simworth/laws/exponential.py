"""An exponential fall: the rival of every power law, for a database that soon has nothing more to give.

    R(n) = D exp(-n/τ) + C

τ: how many simulated materials take the reducible error down to 1/e.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.errors import InputError
from simworth.laws.numeric import floats, ratio

Array = NDArray[np.float64]

NAME = "exponential"
EQUATION = "D exp(-n/τ) + C"
REFERENCE = "exp3 of Mohr et al., LCDB 1.0, ECML PKDD 2022; code: github.com/fmohr/lcdb"
DOMAIN = "n >= 0 and τ > 0; where D is wanted, τ at least 1/600 of the smallest size."
PARAMETERS = ("D", "tau", "C")
COEFFICIENTS = ("D", "C")
EXPONENTS = ("tau",)
_MOST = 600.0
"""e^600 times an error is still a float; no error can be measured e^600 times smaller than another."""


def value(n: ArrayLike, D: ArrayLike, tau: ArrayLike, C: ArrayLike) -> Array:
    """The error at ``n`` in the unit of D and C; the arguments broadcast. τ is in materials, as n."""
    n, D, tau, C = floats(n, D, tau, C)
    return np.asarray(D * np.exp(-ratio(n, tau)) + C)


def gradient(n: ArrayLike, D: ArrayLike, tau: ArrayLike, C: ArrayLike) -> Array:
    """Derivatives by (n, D, tau, C) in that order, on a new last axis: shape (..., 4)."""
    n, D, tau, C = np.broadcast_arrays(*floats(n, D, tau, C))
    times = np.minimum(ratio(n, tau), 1e4)  # beyond, exp is 0 and so is everything it multiplies
    fall = np.exp(-times)
    return np.stack([-D * fall / tau, fall, D * fall * times / tau, np.ones_like(fall)], -1)


def basis(n: ArrayLike, tau: ArrayLike, unit: float = 1.0) -> Array:
    """Columns of (D, C): shape (cells, sizes, 2), for ``n`` (sizes,) >= unit and ``tau`` (cells,).

    The first coefficient is D exp(-unit/τ): the reducible error at n = unit.
    """
    n, tau = floats(n, tau)
    fall = np.exp(-ratio(n[None, :] - unit, tau[:, None]))
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """D, tau and C, each (draws,), from tau (draws, 1) and the coefficients of `basis` (draws, 2).

    Raises
    ------
    InputError
        When unit/τ is so large that D, the reducible error at n = 0, is no number.
    """
    tau = nonlinear[:, 0]
    times = unit / tau
    if np.any(times > _MOST):
        least = unit / _MOST
        raise InputError(f"tau = {tau.min():g} is too short for a smallest size of {unit:g}: keep it above {least:g}")
    return {"D": coefficients[:, 0] * np.exp(times), "tau": tau, "C": coefficients[:, 1]}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)
