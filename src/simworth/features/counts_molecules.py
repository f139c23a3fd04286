"""Counts of molecules and repeat units: atoms by type, bonds, rings, and the environments of atoms.

Reference for the environments: Morgan (circular) fingerprints, Rogers and Hahn, J. Chem. Inf. Model. 50, 742 (2010),
doi 10.1021/ci100050t; here each has a column of its own, where features fold them to 512.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from simworth.features import counts_keys as key
from simworth.features.cache import remembered_bytes
from simworth.features.counts_keys import Rows, starts
from simworth.features.molecules import read_molecule, without_isotopes

RADIUS = 2
BLOCK = 4096
"""Molecules whose counts are packed together."""
ENTRY = np.dtype([("key", "<u8"), ("count", "<f4")])
"""One entry of a row, as it is kept."""


def molecule_rows(smiles: Sequence[str]) -> Rows:
    """Counts in whole molecules, isotopes being their element.

    Raises
    ------
    InputError
        For a SMILES that RDKit cannot read, with its place in the list.
    MissingExtraError
        When RDKit is not installed.
    """
    return _remembered("moleculecounts", smiles, _of_molecule)


def polymer_rows(units: Sequence[str]) -> Rows:
    """Counts a repeat unit in the ring of a few, from the SMILES of units with two ``*``.

    Rings are those of the unit: the ring that it is closed to is none of the polymer's.

    Raises
    ------
    InputError, MissingExtraError
        As `simworth.features.polymers.fitting_oligomer`.
    """
    return _remembered("polymercounts", units, _of_unit)


def _remembered(what: str, texts: Sequence[str], count: Callable[[str, int], dict[int, float]]) -> Rows:
    """Rows of structures, made where they are not in the user's cache folder."""

    def make(some: list[str]) -> tuple[list[bytes], dict[int, str]]:
        return [row for first in range(0, len(some), BLOCK) for row in _packed(some, first, count)], {}

    found, _ = remembered_bytes(what, texts, make)
    entries = np.frombuffer(b"".join(found), dtype=ENTRY)
    lengths = np.array([len(row) for row in found], dtype=np.int64) // ENTRY.itemsize
    return Rows(starts(lengths), np.array(entries["key"], dtype=np.uint64), np.array(entries["count"]))


def _packed(texts: list[str], first: int, count: Callable[[str, int], dict[int, float]]) -> list[bytes]:
    """The rows of a block of structures, as bytes."""
    keys: list[int] = []
    counts: list[float] = []
    ends = [0]
    for place, text in enumerate(texts[first : first + BLOCK], first + 1):
        found = count(text, place)
        keys.extend(found)
        counts.extend(found.values())
        ends.append(len(keys) * ENTRY.itemsize)
    entries = np.empty(len(keys), dtype=ENTRY)
    entries["key"], entries["count"] = np.array(keys, dtype=np.uint64), counts
    data = entries.tobytes()
    return [data[begin:end] for begin, end in pairwise(ends)]


def _of_molecule(text: str, place: int) -> dict[int, float]:
    """Counts in one molecule."""
    text = without_isotopes(text)
    molecule = _heavy(read_molecule(text, place))
    return _bonded(molecule, text.count(".")) | _rings(molecule)


def _of_unit(unit: str, place: int) -> dict[int, float]:
    """Counts a repeat unit. A ring of one unit will do where no other can be searched: such units are long."""
    from rdkit.Chem import rdmolops

    from simworth.features.polymers import fitting_oligomer, open_ends

    unit = without_isotopes(unit)
    ring, units = fitting_oligomer(unit, 1)
    found = {k: n / units for k, n in _bonded(_heavy(read_molecule(ring, place)), ring.count(".")).items()}
    molecule, ends = open_ends(unit)
    found[key.BACKBONE] = len(rdmolops.GetShortestPath(molecule, *ends)) - 2
    return found | _rings(molecule)


def _heavy(molecule: Any) -> Any:
    """A molecule without the hydrogens that are atoms only because they tell the geometry of a double bond."""
    from rdkit import Chem

    if molecule.GetNumAtoms() == molecule.GetNumHeavyAtoms():
        return molecule
    how: Any = Chem.RemoveHsParameters()
    how.removeDefiningBondStereo = True
    how.showWarnings = False
    return Chem.RemoveHs(molecule, how)


def _bonded(molecule: Any, further: int) -> dict[int, float]:
    """Count everything but rings, in a molecule of one part and so many further ones."""
    from rdkit.Chem import rdMolDescriptors

    numbers, found = _atoms(molecule)
    _add_bonds(molecule, numbers, found)
    found[key.HEAVY] = len(numbers) - numbers.count(1)
    found[key.ROTATABLE] = rdMolDescriptors.CalcNumRotatableBonds(molecule, strict=False)
    found[key.PARTS] = further
    environments = _environments().GetSparseCountFingerprint(molecule).GetNonzeroElements()
    return {k: n for k, n in found.items() if n} | {key.ENVIRONMENT | i: n for i, n in environments.items()}


def _atoms(molecule: Any) -> tuple[list[int], dict[int, float]]:
    """Atomic number of each atom; counts of elements, atom types and bonds to hydrogens that are no atoms."""
    numbers, types = [], []
    # By place, here and for bonds: RDKit's sequences look up their length at every step, which takes twice as long.
    for atom in map(molecule.GetAtomWithIdx, range(molecule.GetNumAtoms())):
        number = atom.GetAtomicNum()
        charge = min(max(atom.GetFormalCharge() + key.NO_CHARGE, 0), key.MOST)
        about = min(atom.GetTotalNumHs(), key.MOST) << 8 | min(atom.GetDegree(), key.MOST) << 4 | charge
        numbers.append(number)
        types.append(number << 16 | atom.GetIsAromatic() << 12 | about)
    found: dict[int, float] = {}
    for kind, n in Counter(types).items():
        number, hydrogens = kind >> 16, kind >> 8 & key.MOST
        found[key.ATOM | kind] = n
        found[key.ELEMENT | number] = found.get(key.ELEMENT | number, 0) + n
        if hydrogens:
            bond = key.BOND | 1 << 16 | number << 8 | key.SINGLE
            found[bond] = found.get(bond, 0) + n * hydrogens
            found[key.ELEMENT | 1] = found.get(key.ELEMENT | 1, 0) + n * hydrogens
    return numbers, found


def _add_bonds(molecule: Any, numbers: list[int], found: dict[int, float]) -> None:
    """Add the bonds between atoms of these atomic numbers to what was found."""
    kinds, conjugated = [], 0
    for bond in map(molecule.GetBondWithIdx, range(molecule.GetNumBonds())):
        one, other = numbers[bond.GetBeginAtomIdx()], numbers[bond.GetEndAtomIdx()]
        if one > other:
            one, other = other, one
        kinds.append(one << 16 | other << 8 | int(2 * bond.GetBondTypeAsDouble()))
        conjugated += bond.GetIsConjugated()
    for kind, n in Counter(kinds).items():
        found[key.BOND | kind] = found.get(key.BOND | kind, 0) + n
    found[key.CONJUGATED] = conjugated


def _rings(molecule: Any) -> dict[int, float]:
    """The smallest rings, by size; a ring is aromatic where all of its bonds are."""
    aromatic = molecule.GetBondWithIdx
    found = Counter(
        key.RING | min(len(ring), key.LARGEST_RING) << 1 | all(aromatic(i).GetIsAromatic() for i in ring)
        for ring in molecule.GetRingInfo().BondRings()
    )
    return {ring: float(n) for ring, n in found.items()}


@cache
def _environments() -> Any:
    """RDKit's generator of environments."""
    from rdkit.Chem import rdFingerprintGenerator

    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS)
