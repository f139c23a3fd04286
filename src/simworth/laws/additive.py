"""Simulated and experimental materials that each remove an error of their own.

    R(n, m) = A n^-α + B m^-β + E

The worth of a simulated material does not depend on m.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats

Array = NDArray[np.float64]

NAME = "additive"
EQUATION = "A n^-α + B m^-β + E"
REFERENCE = (
    "the form of Hoffmann et al. 2022, arXiv 2203.15556, there in model size and data; here in two kinds of data"
)
DOMAIN = "n > 0, m > 0, α > 0, β > 0."
PARAMETERS = ("A", "alpha", "B", "beta", "E")
COEFFICIENTS = ("A", "B", "E")
EXPONENTS = ("alpha", "beta")


def value(
    n: ArrayLike, m: ArrayLike, A: ArrayLike, alpha: ArrayLike, B: ArrayLike, beta: ArrayLike, E: ArrayLike
) -> Array:
    """The error at ``n`` and ``m``, in the unit of A, B and E; the arguments broadcast."""
    n, m, A, alpha, B, beta, E = floats(n, m, A, alpha, B, beta, E)
    return np.asarray(A * n**-alpha + B * m**-beta + E)


def gradient(
    n: ArrayLike, m: ArrayLike, A: ArrayLike, alpha: ArrayLike, B: ArrayLike, beta: ArrayLike, E: ArrayLike
) -> Array:
    """Derivatives by (n, m, A, alpha, B, beta, E) in that order, on a new last axis: shape (..., 7)."""
    n, m, A, alpha, B, beta, E = np.broadcast_arrays(*floats(n, m, A, alpha, B, beta, E))
    by_n, by_m = n**-alpha, m**-beta
    return np.stack(
        [
            -alpha * A * by_n / n,
            -beta * B * by_m / m,
            by_n,
            -A * np.log(n) * by_n,
            by_m,
            -B * np.log(m) * by_m,
            np.ones_like(by_m),
        ],
        -1,
    )


def basis(
    n: ArrayLike,
    m: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    unit_n: float = 1.0,
    unit_m: float = 1.0,
) -> Array:
    """Columns of (A, B, E): shape (cells, points, 3), for ``n``, ``m`` (points,), ``alpha``, ``beta`` (cells,).

    The coefficients are A unit_n^-α, B unit_m^-β and E: error contributions at the units.
    """
    n, m, alpha, beta = floats(n, m, alpha, beta)
    by_n = np.exp(-alpha[:, None] * np.log(n / unit_n)[None, :])
    by_m = np.exp(-beta[:, None] * np.log(m / unit_m)[None, :])
    return np.stack([by_n, by_m, np.ones_like(by_m)], -1)


def parameters(unit_n: float, unit_m: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """A, alpha, B, beta and E, each (draws,), from alpha and beta (draws, 2) and the coefficients (draws, 3)."""
    alpha, beta = nonlinear.T
    A, B, E = coefficients.T
    return {"A": A * unit_n**alpha, "alpha": alpha, "B": B * unit_m**beta, "beta": beta, "E": E}


def limit(m: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
    """The error at ``m`` as n grows without end: B m^-β + E."""
    m, B, beta, E = floats(m, params["B"], params["beta"], params["E"])
    return np.asarray(B * m**-beta + E)
