"""Whether a material is made of things that nothing a model learned from has, whatever the model makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.features.counts import contents
from simworth.features.counts_keys import (
    ATOM,
    HEAVY,
    MOST,
    NO_CHARGE,
    OTHER,
    PARTS,
    SOLVENT,
    TOP,
    Rows,
    UInt64,
    name_of,
)
from simworth.identity import Kind
from simworth.model.card import Range
from simworth.model.predictor import Float64

COUNTED: tuple[Kind, ...] = ("molecule", "polymer", "pair")
NAMED = 2
"""Things that are named; of more it is said how many."""
NEUTRAL = 0.01
"""Charge below which a material has none: repeat units are counted in the mean of a few."""


class Extremes(NamedTuple):
    """Of some materials, (materials,) each."""

    heavy: Float64
    """Heavy atoms."""
    charge: Float64
    """Net charge."""
    further: Float64
    """Parts besides the first."""


def met_by(kind: Kind, experiments: Sequence[str], source: Sequence[str]) -> tuple[Range | None, UInt64]:
    """What the experiments range over, and the keys of all things that some material learned from has.

    None and no keys for materials whose atoms are not counted.
    """
    if kind not in COUNTED:
        return None, np.zeros(0, np.uint64)
    rows = contents(kind, experiments)
    of = _extremes(rows)
    found = Range(
        fewest=int(of.heavy.min()),
        charged=bool((np.abs(of.charge) > NEUTRAL).any()),
        mixed=bool((of.further > 0).any()),
    )
    return found, np.unique(np.concatenate([rows.keys, contents(kind, source).keys]))


def reasons_unlike(
    kind: Kind, identities: Sequence[str], seen: Range | None, met: UInt64, told: Sequence[bool]
) -> list[list[str]]:
    """Why each material is unlike everything a model learned from; nothing where it is not.

    Of materials ``told`` to have a strange element the things that this element forms are not named too.
    """
    if seen is None:
        return [[] for _ in identities]
    rows = contents(kind, identities)
    of = _extremes(rows)
    strange = (rows.keys >> np.uint64(TOP) != np.uint64(OTHER >> TOP)) & ~np.isin(rows.keys, met)
    found = []
    for i, (first, last) in enumerate(zip(rows.start[:-1].tolist(), rows.start[1:].tolist(), strict=True)):
        why = []
        if kind != "pair" and of.heavy[i] <= 1 and seen.fewest > 1:
            why.append(f"has one heavy atom, and no experiment has fewer than {seen.fewest}")
        if abs(of.charge[i]) > NEUTRAL and not seen.charged:
            why.append("is charged, and no experiment is")
        if of.further[i] > 0 and not seen.mixed:
            why.append("has several parts that no bond joins, and no experiment has")
        # Rings first, then bonds, then atoms by their neighbours: the larger is told more easily.
        things = [name_of(key) for key in sorted(rows.keys[first:last][strange[first:last]].tolist(), reverse=True)]
        if things and not told[i]:
            why.append(f"has what no material it learned from has ({_listed(things)})")
        found.append(why)
    return found


def _extremes(rows: Rows) -> Extremes:
    plain = rows.keys & ~np.uint64(SOLVENT)
    atoms = plain >> np.uint64(TOP) == np.uint64(ATOM >> TOP)
    charge = (plain & np.uint64(MOST)).astype(np.float64) - NO_CHARGE
    return Extremes(
        _sums(rows, plain == np.uint64(HEAVY)),
        _sums(rows, atoms, charge),
        _sums(rows, plain == np.uint64(PARTS)),
    )


def _sums(rows: Rows, chosen: NDArray[np.bool_], times: Float64 | float = 1.0) -> Float64:
    """Sum (materials,) of the counts of the entries ``chosen`` (entries,)."""
    counted = np.where(chosen, rows.counts * times, 0.0)
    return np.asarray(np.bincount(rows.entries(), weights=counted, minlength=len(rows.start) - 1), np.float64)


def _listed(things: list[str]) -> str:
    more = len(things) - NAMED
    return "; ".join([*things[:NAMED], *([f"and {more} more"] if more > 0 else [])])
