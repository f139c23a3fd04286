"""What is counted, as whole numbers of 64 bits: the top byte is the sort of thing, the rest packs what tells it.

Nothing is hashed or numbered by a list, so a key means the same in every table, on every machine and for ever.

====  ===================  =============================================================================
sort  thing                fields, from the highest
====  ===================  =============================================================================
1     element              atomic number
2     atom type            atomic number, aromatic, hydrogens, neighbours, charge + 8 (the last four 4 bits each)
3     bond                 the atomic numbers, smaller first, twice the order (3 is aromatic)
4     ring                 atoms (9 stands for more, too), aromatic
5     other                place in `OTHERS`
6     environment          32-bit identifier of RDKit's Morgan fingerprint, radius 0 to 2
7     pair of elements     the atomic numbers, smaller first
====  ===================  =============================================================================

Bit 55 is set for things in the solvent of a pair of polymer and solvent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.features.element_table import magpie_table

UInt64 = NDArray[np.uint64]

TOP = 56
"""Bits below the sort."""
ELEMENT, ATOM, BOND, RING, OTHER, ENVIRONMENT, TOGETHER = (sort << TOP for sort in range(1, 8))
SOLVENT = 1 << 55
MOST = 15
"""Largest number in a field of four bits; more are told as so many."""
NO_CHARGE = 8
LARGEST_RING = 9
OTHERS = ("heavy atoms", "conjugated bonds", "rotatable bonds", "further parts", "backbone atoms")
HEAVY, CONJUGATED, ROTATABLE, PARTS, BACKBONE = (OTHER | i for i in range(len(OTHERS)))
SINGLE = 2
ORDERS = {0: "zero", 2: "single", 3: "aromatic", 4: "double", 6: "triple", 8: "quadruple"}
"""Names of twice the bond order."""


class Rows(NamedTuple):
    """What some materials have: row i has entries ``start[i]:start[i + 1]``, each key at most once, in any order."""

    start: NDArray[np.int64]
    """(materials + 1,)."""
    keys: UInt64
    """(entries,)."""
    counts: NDArray[np.float32]
    """(entries,), above zero."""

    def entries(self) -> NDArray[np.int64]:
        """The row (entries,) that each entry belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    def take(self, places: NDArray[np.integer]) -> Rows:
        """The rows at these places."""
        lengths = np.diff(self.start)[places]
        start = starts(lengths)
        inside = np.arange(start[-1]) + np.repeat(self.start[places] - start[:-1], lengths)
        return Rows(start, self.keys[inside], self.counts[inside])


def starts(lengths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where rows of these lengths (rows,) begin and the last one ends (rows + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def side_by_side(left: Rows, right: Rows) -> Rows:
    """Rows with the entries of both, which have no key in common."""
    order = np.argsort(np.concatenate([left.entries(), right.entries()]), kind="stable")
    keys, counts = np.concatenate([left.keys, right.keys]), np.concatenate([left.counts, right.counts])
    return Rows(left.start + right.start, keys[order], counts[order])


def name_of(key: int) -> str:
    """A readable name of what a key counts, such as ``C–O single`` or ``aromatic ring of 6``.

    Raises
    ------
    InputError
        For a number that is no key.
    """
    sort, rest = int(key) >> TOP << TOP, int(key) & (SOLVENT - 1)
    side = "solvent: " if int(key) & SOLVENT else ""
    if sort == ELEMENT:
        return side + _symbol(rest)
    if sort == ATOM:
        return side + _atom_name(rest)
    if sort == BOND:
        order = rest & 0xFF
        return f"{side}{_symbol(rest >> 16)}–{_symbol(rest >> 8 & 0xFF)} {ORDERS.get(order, f'order {order / 2:g}')}"
    if sort == RING:
        size, aromatic = rest >> 1, "aromatic " if rest & 1 else ""
        return f"{side}{aromatic}ring of {size}{' or more' if size == LARGEST_RING else ''}"
    if sort == OTHER and rest < len(OTHERS):
        return side + OTHERS[rest]
    if sort == ENVIRONMENT:
        return f"{side}environment {rest}"
    if sort == TOGETHER:
        return f"{side}{_symbol(rest >> 8)} with {_symbol(rest & 0xFF)}"
    raise InputError(f"{key} is no key of a count; give one from a vocabulary")


def _symbol(number: int) -> str:
    symbols = magpie_table().symbols
    return symbols[number - 1] if 0 < number <= len(symbols) else f"element {number}"


def _atom_name(rest: int) -> str:
    """Such as ``aromatic C, 1 H, degree 2`` or ``N, 0 H, degree 3, charge +1``."""
    number, aromatic, hydrogens, degree, charge = rest >> 16, *((rest >> shift & MOST) for shift in (12, 8, 4, 0))
    name = f"{'aromatic ' if aromatic else ''}{_symbol(number)}, {hydrogens} H, degree {degree}"
    return name if charge == NO_CHARGE else f"{name}, charge {charge - NO_CHARGE:+d}"
