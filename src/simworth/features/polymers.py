"""A polymer as the ring of a few repeat units, so that no arbitrary chain end enters its features.

Reference for cyclic oligomers as descriptors of polymers: Hayashi et al., npj Comput. Mater. 8, 222 (2022),
doi 10.1038/s41524-022-00906-4 (RadonPy describes polymers through a cyclic 10-mer).
"""

from __future__ import annotations

from typing import Any

from simworth.errors import InputError, MissingExtraError

UNITS = 10
"""Repeat units in the ring, as RadonPy has it; in a ring of three, polyacetylene would look like benzene."""


def cyclic_oligomer(unit: str, units: int = UNITS) -> str:
    """SMILES of ``units`` repeat units closed to a ring, from the SMILES of one unit with two ``*``.

    Raises
    ------
    InputError
        When the unit does not have exactly two open ends, each on one atom.
    MissingExtraError
        When RDKit is not installed.
    """
    molecule, (left, right) = open_ends(unit)
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
