"""Arithmetic that the forms share: safe from n = 0 to the largest float, without warnings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def floats(*values: ArrayLike) -> list[Array]:
    """The values as float arrays, each in its own shape."""
    return [np.asarray(v, float) for v in values]


def log(x: Array) -> Array:
    """Natural logarithm of ``x`` >= 0; -inf at 0, where a term is simply absent."""
    return np.asarray(np.log(x, out=np.full(np.shape(x), -np.inf), where=x > 0))


def log1p_exp(x: ArrayLike) -> Array:
    """log(1 + e^x), without overflow."""
    return np.asarray(np.logaddexp(0.0, x))


def fraction(x: Array) -> Array:
    """1 / (1 + e^-x), without overflow and accurate in both tails."""
    return np.asarray(np.exp(-log1p_exp(-x)))


def ratio(x: Array, scale: Array) -> Array:
    """x / scale; infinite where that is beyond the largest float."""
    with np.errstate(over="ignore"):
        return np.asarray(x / scale)
