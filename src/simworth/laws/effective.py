"""Simulated materials that count as experimental ones.

    R(n, m) = D (m + k n^γ)^-β + E

k n^γ: how many experimental materials n simulated ones are worth, whatever m is. There is no transfer gap: with
γ > 0 enough simulated materials bring the error down to E.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.laws.numeric import floats, log

Array = NDArray[np.float64]

NAME = "effective"
EQUATION = "D (m + k n^γ)^-β + E"
REFERENCE = "after the effective data transferred of Hernandez et al. 2021, Scaling laws for transfer, arXiv 2102.01293"
DOMAIN = "n >= 0, m >= 0, k >= 0, m + k n^γ > 0, β > 0, γ > 0; k n^γ is in experimental materials."
PARAMETERS = ("D", "beta", "gamma", "k", "E")
COEFFICIENTS = ("D", "E")
EXPONENTS = ("beta", "gamma", "k")


def value(
    n: ArrayLike, m: ArrayLike, D: ArrayLike, beta: ArrayLike, gamma: ArrayLike, k: ArrayLike, E: ArrayLike
) -> Array:
    """The error at ``n`` and ``m``, in the unit of D and E; the arguments broadcast."""
    n, m, D, beta, gamma, k, E = floats(n, m, D, beta, gamma, k, E)
    return np.asarray(D * np.exp(-beta * _log_data(n, m, gamma, k)) + E)


def gradient(
    n: ArrayLike, m: ArrayLike, D: ArrayLike, beta: ArrayLike, gamma: ArrayLike, k: ArrayLike, E: ArrayLike
) -> Array:
    """Derivatives by (n, m, D, beta, gamma, k, E) in that order, on a new last axis: shape (..., 7).

    The one by k is infinite where it is beyond the largest float, as it may be at k = 0 and a huge n.
    """
    n, m, D, beta, gamma, k, E = np.broadcast_arrays(*floats(n, m, D, beta, gamma, k, E))
    data = _log_data(n, m, gamma, k)
    fall = np.exp(-beta * data)
    share = np.exp(log(k) + gamma * np.log(n) - data)  # of the data, the part that n makes up
    with np.errstate(over="ignore"):
        by_k = -beta * D * np.exp(gamma * np.log(n) - (1 + beta) * data)
    return np.stack(
        [
            -beta * D * fall * share * gamma / n,
            -beta * D * np.exp(-(1 + beta) * data),
            fall,
            -D * data * fall,
            -beta * D * fall * share * np.log(n),
            by_k,
            np.ones_like(fall),
        ],
        -1,
    )


def basis(
    n: ArrayLike,
    m: ArrayLike,
    beta: ArrayLike,
    gamma: ArrayLike,
    k: ArrayLike,
    unit_n: float = 1.0,
    unit_m: float = 1.0,
) -> Array:
    """Columns of (D, E): shape (cells, points, 2), for ``n``, ``m`` (points,) and the others (cells,).

    The first coefficient is D (unit_m + k unit_n^γ)^-β: the reducible error at the units. k is that of `value`;
    what is of order 1 in it is k unit_n^γ / unit_m.
    """
    n, m, beta, gamma, k = floats(n, m, beta, gamma, k)
    data = _log_data(n[None, :], m[None, :], gamma[:, None], k[:, None])
    fall = np.exp(
        -beta[:, None] * (data - _log_data(np.asarray(unit_n, float), np.asarray(unit_m, float), gamma, k)[:, None])
    )
    return np.stack([fall, np.ones_like(fall)], -1)


def parameters(unit_n: float, unit_m: float, nonlinear: Array, coefficients: Array) -> dict[str, Array]:
    """D, beta, gamma, k and E, each (draws,), from beta, gamma, k (draws, 3) and the coefficients (draws, 2)."""
    beta, gamma, k = nonlinear.T
    D = coefficients[:, 0] * np.exp(beta * _log_data(np.asarray(unit_n, float), np.asarray(unit_m, float), gamma, k))
    return {"D": D, "beta": beta, "gamma": gamma, "k": k, "E": coefficients[:, 1]}


def limit(m: ArrayLike, params: Mapping[str, ArrayLike]) -> Array:
    """The error at ``m`` as n grows without end: E, or D m^-β + E where k is 0."""
    m, D, beta, k, E = floats(m, params["D"], params["beta"], params["k"], params["E"])
    some = k > 0
    without = D * np.exp(-beta * np.log(np.where(some, 1.0, m))) + E
    return np.asarray(np.where(some, E, without))


def _log_data(n: Array, m: Array, gamma: Array, k: Array) -> Array:
    """log(m + k n^γ), where n^γ itself may be beyond the largest float."""
    return np.asarray(np.logaddexp(log(m), log(k) + gamma * log(n)))
