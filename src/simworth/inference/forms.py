"""The candidate forms that are weighed against each other: column subsets and signs of the laws.

Weighing them by evidence is what turns "is the gap zero?" and "is there a trend at all?" into probabilities, instead
of a boundary estimate that is always positive or always zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.laws import power, product

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A form: which coefficients it has (the others are 0), with which sign, and which exponents matter.

    A form that ``drifts`` may be left slowly (see `simworth.inference.drift`); "flat" and "rising" may not, or
    a flat line that drifts down would compete with a falling law for the same fall.
    """

    name: str
    coefficients: tuple[str, ...]
    signs: tuple[int, ...]
    exponents: tuple[str, ...]
    drifts: bool = True


SINGLE = (
    Candidate("gap", ("D", "C"), (1, 1), ("alpha",)),
    Candidate("no_gap", ("D",), (1,), ("alpha",)),
    Candidate("flat", ("C",), (1,), (), drifts=False),
    Candidate("rising", ("D", "C"), (-1, 1), ("alpha",), drifts=False),
)
"""D n^-α + C, D n^-α, C, and C - |D| n^-α: the last is a check, not a law anyone plans with."""

FALLING = ("gap", "no_gap")

JOINT = (
    Candidate("gap_and_floor", ("A", "B", "E"), (1, 1, 1), ("alpha", "beta")),
    Candidate("gap", ("A", "B"), (1, 1), ("alpha", "beta")),
    Candidate("floor", ("A", "E"), (1, 1), ("alpha", "beta")),
    Candidate("no_gap", ("A",), (1,), ("alpha", "beta")),
    Candidate("experiments_and_floor", ("B", "E"), (1, 1), ("beta",)),
    Candidate("experiments", ("B",), (1,), ("beta",)),
    Candidate("flat", ("E",), (1,), ()),
)
"""(A n^-α + B) m^-β + E and what is left of it when terms vanish; in the last three n does not matter."""


def single_design(candidate: Candidate, n: Array, theta: Array) -> Array:
    """Columns (cells, sizes, d) of a `SINGLE` candidate; unit n = the smallest size."""
    alpha = theta[:, 0] if theta.shape[1] else np.ones(len(theta))
    columns = power.basis(n, alpha, unit=float(n.min()))
    picked = [power.COEFFICIENTS.index(c) for c in candidate.coefficients]
    return np.asarray(columns[..., picked] * np.array(candidate.signs, float))


def joint_design(candidate: Candidate, n: Array, m: Array, theta: Array) -> Array:
    """Columns (cells, points, d) of a `JOINT` candidate; units: the smallest n and m."""
    alpha, beta = _both(candidate, theta)
    columns = product.basis(n, m, alpha, beta, float(n.min()), float(m.min()))
    picked = [product.COEFFICIENTS.index(c) for c in candidate.coefficients]
    return columns[..., picked]


def single_parameters(candidate: Candidate, n: Array, theta: Array, coefficients: Array) -> dict[str, Array]:
    """D, alpha and C of draws, each (draws,); alpha is NaN where the form has none."""
    out = {"D": np.zeros(len(theta)), "alpha": np.full(len(theta), np.nan), "C": np.zeros(len(theta))}
    for name, sign, column in zip(candidate.coefficients, candidate.signs, coefficients.T, strict=True):
        out[name] = sign * column
    if candidate.exponents:
        out["alpha"] = theta[:, 0]
        out["D"] = out["D"] * float(n.min()) ** theta[:, 0]
    return out


def joint_parameters(candidate: Candidate, n: Array, m: Array, theta: Array, coefficients: Array) -> dict[str, Array]:
    """A, alpha, B, beta and E of draws, each (draws,); exponents are NaN where the form has none."""
    out = {name: np.zeros(len(theta)) for name in product.COEFFICIENTS}
    for name, column in zip(candidate.coefficients, coefficients.T, strict=True):
        out[name] = column
    alpha, beta = _both(candidate, theta)
    out["A"] = out["A"] * float(n.min()) ** alpha * float(m.min()) ** beta
    out["B"] = out["B"] * float(m.min()) ** beta
    nothing = np.full(len(theta), np.nan)
    out["alpha"] = alpha if "alpha" in candidate.exponents else nothing
    out["beta"] = beta if "beta" in candidate.exponents else nothing
    return out


def _both(candidate: Candidate, theta: Array) -> tuple[Array, Array]:
    """α and β (cells,), 1 where the form has none (its columns are then not used)."""
    given = dict(zip(candidate.exponents, theta.T, strict=True))
    ones = np.ones(len(theta))
    return given.get("alpha", ones), given.get("beta", ones)
