"""A power law of n and a head start.

    R(n) = D (n + s)^-α + C

s: what is known before the first simulated material, in simulated materials. It bends the curve down at small n.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats

Array = NDArray[np.float64]

NAME = "shifted"
EQUATION = "D (n + s)^-α + C"
REFERENCE = "pow4 of Mohr et al., LCDB 1.0, ECML PKDD 2022; code: github.com/fmohr/lcdb"
DOMAIN = "n + s > 0, s >= 0, α > 0."
PARAMETERS = ("D", "alpha", "s", "C")
COEFFICIENTS = ("D", "C")
EXPONENTS = ("alpha", "s")


def value(n: ArrayLike, D: ArrayLike, alpha: ArrayLike, s: ArrayLike, C: ArrayLike) -> Array:
    """The error at ``n`` in the unit of D and C; the arguments broadcast. s is in materials, as n."""
    n, D, alpha, s, C = floats(n, D, alpha, s, C)
    return np.asarray(D * np.exp(-alpha * np.log(n + s)) + C)


def gradient(n: ArrayLike, D: ArrayLike, alpha: ArrayLike, s: ArrayLike, C: ArrayLike) -> Array:
    """Derivatives by (n, D, alpha, s, C) in that order, on a new last axis: shape (..., 5)."""
    n, D, alpha, s, C = np.broadcast_arrays(*floats(n, D, alpha, s, C))
    height = np.log(n + s)
    fall = np.exp(-alpha * height)
    slope = -alpha * D * fall / (n + s)
    return np.stack([slope, fall, -D * height * fall, slope, np.ones_like(fall)], -1)


def basis(n: ArrayLike, alpha: ArrayLike, s: ArrayLike, unit: float = 1.0) -> Array:
    """Columns of (D, C): shape (cells, sizes, 2), for ``n`` (sizes,), ``alpha`` and ``s`` (cells,).

    The first coefficient is D (unit + s)^-α: the reducible error at n = unit.
    """
    n, alpha, s = floats(n, alpha, s)
    fall = np.exp(-alpha[:, None] * (np.log(n[None, :] + s[:, None]) - np.log(unit + s)[:, None]))
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """D, alpha, s and C, each (draws,), from alpha and s (draws, 2) and the coefficients of `basis` (draws, 2)."""
    alpha, s = nonlinear.T
    return {"D": coefficients[:, 0] * (unit + s) ** alpha, "alpha": alpha, "s": s, "C": coefficients[:, 1]}


def limit(params: Mapping[str, ArrayLike]) -> Array:
    """The error as n grows without end: C."""
    return np.asarray(params["C"], float)
