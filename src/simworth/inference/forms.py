"""The candidate forms that are weighed against each other: laws with some coefficients left out.

Weighing them by evidence is what turns "is the gap zero?" and "is there a trend at all?" into probabilities, instead
of a boundary estimate that is always positive or always zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.inference.settings import Axis, Settings
from simworth.laws import JOINT, SINGLE, Form

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Candidate:
    """A form: a law of `simworth.laws`, which coefficients it has (the others are 0), and with which sign.

    A form that ``drifts`` may be left slowly (see `simworth.inference.drift`), or smoothly where it is joint; "flat",
    "rising" and those without n may not, or a flat line that drifts down would compete with a falling law for its fall.
    ``least`` sizes are wanted.
    """

    name: str
    law: str
    coefficients: tuple[str, ...]
    sign: int = 1
    drifts: bool = True
    least: int = 0


IN_N = (
    Candidate("gap", "power", ("D", "C")),
    Candidate("no_gap", "power", ("D",)),
    Candidate("flat", "flat", ("C",), drifts=False),
    Candidate("rising", "power", ("D", "C"), sign=-1, drifts=False),
    Candidate("shifted_gap", "shifted", ("D", "C")),
    Candidate("shifted", "shifted", ("D",)),
    Candidate("bounded_gap", "bounded", ("D", "C")),
    Candidate("bounded", "bounded", ("D",)),
    Candidate("broken_gap", "broken", ("D", "C"), least=8),
    Candidate("exponential", "exponential", ("D", "C")),
)
"""Forms in n. "rising" is C - |D| n^-α: a check, not a law anyone plans with."""

FALLING = tuple(c.name for c in IN_N if c.law != "flat" and c.sign > 0)
NO_GAP = tuple(c.name for c in IN_N if c.name in FALLING and "C" not in c.coefficients)

IN_BOTH = (
    Candidate("gap_and_floor", "product", ("A", "B", "E")),
    Candidate("gap", "product", ("A", "B")),
    Candidate("floor", "product", ("A", "E")),
    Candidate("no_gap", "product", ("A",)),
    Candidate("experiments_and_floor", "product", ("B", "E"), drifts=False),
    Candidate("experiments", "product", ("B",), drifts=False),
    Candidate("flat", "product", ("E",), drifts=False),
    Candidate("shifted_gap_and_floor", "product_shifted", ("A", "B", "E")),
    Candidate("shifted_gap", "product_shifted", ("A", "B")),
    Candidate("effective_floor", "effective", ("D", "E")),
    Candidate("effective", "effective", ("D",)),
    Candidate("additive_floor", "additive", ("A", "B", "E")),
)
"""Forms in n and m; in "experiments…" and "flat" n does not matter."""

WITHOUT_N = ("experiments_and_floor", "experiments", "flat")
BOTH_NO_GAP = ("no_gap",)


def axes(candidate: Candidate, n: Array, m: Array, s: Settings) -> list[Axis]:
    """Where the nonlinear parameters of a candidate are looked for, and their priors."""
    law = _law(candidate)
    names = _used(candidate, law.EXPONENTS)
    low, high = float(n.min()), float(n.max())
    scales = {
        "s": Axis(low / 2, 4 * high),
        "n0": Axis(low / 10, 10 * high),
        "b": Axis(1.5 * low, max(high / 1.5, 2 * low)),
        "tau": Axis(low / 2, 10 * high),
        "m0": Axis(float(m.min()) / 10 or 1.0, float(m.max()) or 2.0),
        # k n^γ is in experimental materials: k is looked for through what the largest n is worth.
        "k": Axis(float(m.min()) / 30 or 1.0, 30 * float(m.max()) or 2.0),
    }
    power = s.exponent if len(names) == 1 or candidate in IN_BOTH else s.exponent_of_many
    return [scales.get(name, power) for name in names]


def nonlinear(candidate: Candidate, n: Array, theta: Array) -> Array:
    """Grid coordinates (cells, p), all positive, as the law's nonlinear parameters (cells, its EXPONENTS).

    "broken" is searched in its two exponents, of which δ is the difference; "effective" in what the largest n is
    worth, of which k is the share a unit of n^γ. Exponents whose coefficients a candidate leaves out are 1.
    """
    law = _law(candidate)
    names = _used(candidate, law.EXPONENTS)
    given = dict(zip(names, theta.T, strict=True))
    if candidate.law == "broken":
        given["delta"] = given["delta"] - given["alpha"]
    if candidate.law == "effective":
        given["k"] = given["k"] * float(n.max()) ** -given["gamma"]
    ones = np.ones(len(theta))
    return np.stack([given.get(name, ones) for name in law.EXPONENTS], -1) if law.EXPONENTS else theta


def design(candidate: Candidate, n: Array, m: Array, theta: Array) -> Array:
    """Columns (cells, points, d) for grid coordinates (cells, p); units: the smallest n and m."""
    values = nonlinear(candidate, n, theta)
    if candidate in IN_N:
        law = SINGLE[candidate.law]
        columns = law.basis(n, *values.T, unit=float(n.min())) if law.EXPONENTS else np.ones((1, len(n), 1))
        signs = np.array([candidate.sign if c == "D" else 1 for c in candidate.coefficients], float)
    else:
        both = JOINT[candidate.law]
        columns = both.basis(n, m, *values.T, unit_n=float(n.min()), unit_m=float(m.min()))
        signs = np.ones(len(candidate.coefficients))
    order = _law(candidate).COEFFICIENTS
    return np.asarray(columns[..., [order.index(c) for c in candidate.coefficients]] * signs)


def parameters(candidate: Candidate, n: Array, m: Array, theta: Array, coefficients: Array) -> dict[str, Array]:
    """The law's named parameters of draws, each (draws,), from grid coordinates and coefficients (draws, d)."""
    order = _law(candidate).COEFFICIENTS
    full = np.zeros((len(theta), len(order)))
    for name, column in zip(candidate.coefficients, coefficients.T, strict=True):
        full[:, order.index(name)] = column * (candidate.sign if name == "D" else 1)
    values = nonlinear(candidate, n, theta)
    if candidate in IN_N:
        return SINGLE[candidate.law].parameters(float(n.min()), values, full)
    return JOINT[candidate.law].parameters(float(n.min()), float(m.min()), values, full)


def _law(candidate: Candidate) -> Form:
    return SINGLE[candidate.law] if candidate in IN_N else JOINT[candidate.law]


def _used(candidate: Candidate, exponents: tuple[str, ...]) -> tuple[str, ...]:
    """The nonlinear parameters that matter for the coefficients a candidate has."""
    if candidate.law != "product":
        return exponents
    if "A" in candidate.coefficients:
        return exponents
    return ("beta",) if "B" in candidate.coefficients else ()
