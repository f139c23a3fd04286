"""Is the ring that ten units close to aromatic itself? RadonPy's types follow from that.

The ring of ten units takes the shortest path along each backbone. In the MDL model it is aromatic when each atom on
it is a carbon or a nitrogen with one double bond inside a ring, and the number of these atoms is 2 more than a multiple
of 4 (Hückel's rule): for ten units, an odd number per unit, as in poly(m-phenylene).
"""

from __future__ import annotations

from collections import deque
from typing import Any


def aromatic_loop(ring: Any, size: int, unit: int, path: list[int]) -> tuple[set[int], set[frozenset[int]]]:
    """Atoms and bonds (pairs of atoms) of one unit on the ring of ten units if that is aromatic, else empty sets.

    Parameters
    ----------
    ring
        RDKit molecule, perceived in the open chain; heavy atoms come unit by unit.
    size, unit : int
        Heavy atoms per unit, and the unit to look at; the answer numbers its atoms from 0.
    path : list of int
        The shortest path along the backbone, in numbers within a unit.
    """
    if len(path) % 2 == 0:
        return set(), set()
    near = {i: _donor_neighbours(ring, size, unit, i, set(path)) for i in range(size)}
    after_head, before_tail = _distances(near, path[0]), _distances(near, path[-1])
    steps = {
        frozenset((i, j))
        for i in after_head
        for j in near[i] or ()
        if j in before_tail and after_head[i] + 1 + before_tail[j] == len(path) - 1
    }
    return {i for step in steps for i in step}, steps


def _donor_neighbours(ring: Any, size: int, unit: int, i: int, path: set[int]) -> list[int] | None:
    """Neighbours in the unit of an atom that gives one electron to the ring, None for an atom that does not."""
    atom = ring.GetAtomWithIdx(unit * size + i)
    if atom.GetAtomicNum() not in (6, 7):
        return None
    near, double, open_bonds = [], 0, False
    for bond in atom.GetBonds():
        j = bond.GetOtherAtomIdx(atom.GetIdx()) - unit * size
        order = bond.GetBondTypeAsDouble()
        if 0 <= j < size:
            near.append(j)
        closed = bond.IsInRing() or not 0 <= j < size or (i in path and j in path)
        double += closed and order == 2
        open_bonds |= order > 2 or (order == 2 and not closed)
    return near if not open_bonds and (double == 1 or atom.GetIsAromatic()) else None


def _distances(near: dict[int, list[int] | None], start: int) -> dict[int, int]:
    """Bonds from an atom to all others that are reached through atoms that give an electron."""
    found, queue = ({start: 0}, deque([start])) if near[start] is not None else ({}, deque())
    while queue:
        i = queue.popleft()
        for j in near[i] or ():
            if near[j] is not None and j not in found:
                found[j] = found[i] + 1
                queue.append(j)
    return found
