"""A polymer as the ring of a few repeat units, so that no arbitrary chain end enters its features.

Reference for cyclic oligomers as descriptors of polymers: Hayashi et al., npj Comput. Mater. 8, 222 (2022),
doi 10.1038/s41524-022-00906-4 (RadonPy describes polymers through a cyclic 10-mer).
"""

from __future__ import annotations

from typing import Any

from simworth.errors import InputError, MissingExtraError

UNITS = 10
"""Repeat units in the ring, as RadonPy has it; in a ring of three, polyacetylene would look like benzene."""
FEWEST = 2
"""Units in the ring of a repeat unit with many rings of its own, which is long enough."""

MOST_WAYS = 2**12
"""Shortest ways round a ring above which RDKit, which walks each to find rings, takes long or all memory."""
ENDLESS = "too many rings lie along the backbone to find those in a ring of {} units"


def fitting_oligomer(unit: str, fewest: int = FEWEST) -> tuple[str, int]:
    """`cyclic_oligomer` of `UNITS` units, or of as many as `ring_units` says, at least ``fewest``; and how many.

    Raises
    ------
    InputError, MissingExtraError
        As `cyclic_oligomer`.
    """
    molecule, (left, right) = open_ends(unit)
    units = max(ring_units(ways_along(molecule, left, right)), fewest)
    return cyclic_oligomer(unit, units), units


def cyclic_oligomer(unit: str, units: int = UNITS) -> str:
    """SMILES of ``units`` repeat units closed to a ring, from the SMILES of one unit with two ``*``.

    Raises
    ------
    InputError
        When the unit does not have exactly two open ends, each on one atom, or too many rings lie along it.
    MissingExtraError
        When RDKit is not installed.
    """
    molecule, (left, right) = open_ends(unit)
    if ways_along(molecule, left, right) ** units > MOST_WAYS:
        raise InputError(f"repeat unit {unit!r}: {ENDLESS.format(units)}")
    from rdkit import Chem

    size = molecule.GetNumAtoms()
    head, tail = (molecule.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in (left, right))
    order = molecule.GetAtomWithIdx(left).GetBonds()[0].GetBondType()
    chain = Chem.RWMol(molecule)
    for _ in range(units - 1):
        chain.InsertMol(molecule)
    for k in range(units):
        chain.AddBond(tail + k * size, head + (k + 1) % units * size, order)
    for k in reversed(range(units)):
        for index in sorted((left + k * size, right + k * size), reverse=True):
            chain.RemoveAtom(index)
    ring = chain.GetMol()
    Chem.SanitizeMol(ring)
    return Chem.MolToSmiles(ring)


def is_endless(unit: str) -> bool:
    """Whether the rings in even the smallest ring of units cannot be found in reasonable time.

    Raises
    ------
    InputError, MissingExtraError
        As `open_ends`.
    """
    molecule, (left, right) = open_ends(unit)
    return ring_units(ways_along(molecule, left, right)) < FEWEST


def ring_units(ways: int) -> int:
    """How many units with so many shortest ways through each can be closed to a ring, at most `UNITS`.

    Each ring that can be passed on two ways of equal length doubles the shortest ways through a unit, and those of all
    units are multiplied: a biphenyl has 4, the ring of ten of them a million.
    """
    return next((k for k in range(UNITS, 0, -1) if ways**k <= MOST_WAYS), 0)


def ways_along(molecule: Any, left: int, right: int) -> int:
    """How many shortest ways lead from one atom of an RDKit molecule to another."""
    ways, seen = {left: 1}, {left}
    while ways and right not in ways:
        after: dict[int, int] = {}
        for atom, count in ways.items():
            for near in molecule.GetAtomWithIdx(atom).GetNeighbors():
                if near.GetIdx() not in seen:
                    after[near.GetIdx()] = after.get(near.GetIdx(), 0) + count
        seen.update(after)
        ways = after
    return ways.get(right, 0)


def open_ends(unit: str) -> tuple[Any, tuple[int, int]]:
    """A repeat unit as an RDKit molecule, and its two open ends, each with one bond to an atom.

    Raises
    ------
    InputError, MissingExtraError
        As `cyclic_oligomer`.
    """
    try:
        from rdkit import Chem
    except ImportError:
        raise MissingExtraError("rdkit", "chem", "Features of polymers") from None
    molecule = Chem.MolFromSmiles(unit)
    size = 0 if molecule is None else molecule.GetNumAtoms()
    ends = [a for a in map(molecule.GetAtomWithIdx, range(size)) if a.GetAtomicNum() == 0] if size else []
    if len(ends) != 2 or any(a.GetDegree() != 1 or a.GetNeighbors()[0].GetAtomicNum() == 0 for a in ends):
        raise InputError(f"repeat unit {unit!r}: needs exactly two open ends '*', each with one bond to an atom")
    left, right = (a.GetIdx() for a in ends)
    return molecule, (left, right)
