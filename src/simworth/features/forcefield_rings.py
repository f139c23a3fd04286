"""The molecule that stands for a polymer when its force-field parameters are counted.

RadonPy counts the parameters of ten units closed to a ring. All units of a ring are alike, and an atom's type and
charge follow from what it is bonded to: the charges are passed from bond to bond, and every ring is a path that the
ring of ten units repeats. So one unit of a ring of a few units gives the same numbers. Rings, aromaticity and
hybridization are perceived in the open chain: in the closed one, with two paths around each ring of the backbone, the
rings would be too many to search. What closing ten units changes is known: atoms of a backbone with one atom per unit
are then in a ring of ten.

References: Hayashi et al., npj Comput. Mater. 8, 222 (2022), doi 10.1038/s41524-022-00906-4 (cyclic 10-mer);
Gasteiger, Marsili, Tetrahedron 36, 3219 (1980), doi 10.1016/0040-4020(80)80168-2 (charges).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from simworth.errors import InputError
from simworth.features.forcefield_loop import aromatic_loop
from simworth.features.forcefield_types import BondGraph
from simworth.features.polymers import UNITS, open_ends

REACH = 4
"""Bonds beyond a unit that can change how its own atoms are perceived, with one to spare."""
FUSED = 24
"""RDKit looks for aromaticity over several rings only in rings of at most this many atoms."""


@dataclass(frozen=True)
class Counted:
    """A molecule with all hydrogens, and which of its atoms count.

    Attributes
    ----------
    graph : BondGraph
        What typing looks at.
    masses, charges : lists of float, one per atom
        Atomic masses, and Gasteiger's charges in units of e.
    bonds : list of (atom, atom, order)
    counts : list of bool, one per atom
        Whether the atom is in the unit that is counted.
    """

    graph: BondGraph
    masses: list[float]
    charges: list[float]
    bonds: list[tuple[int, int, float]]
    counts: list[bool]


def whole(smiles: str) -> Counted:
    """A molecule of which every atom counts.

    Raises
    ------
    InputError
        When RDKit cannot read it.
    """
    from rdkit import Chem
    from rdkit.Chem import rdPartialCharges

    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or not molecule.GetNumAtoms():
        raise InputError("RDKit cannot read this SMILES")
    rings = _ring_sizes(molecule)
    full = _perceived(molecule)
    rdPartialCharges.ComputeGasteigerCharges(full)
    return _counted(full, rings, range(full.GetNumAtoms()))


def one_unit(unit: str) -> Counted:
    """A ring of a few units of which one counts.

    Raises
    ------
    InputError
        When the text is not a repeat unit with two open ends.
    """
    from rdkit import Chem
    from rdkit.Chem import rdPartialCharges

    link = _read(unit)
    size, beside = link.core.GetNumAtoms(), -(-REACH // len(link.path))
    units = 2 * beside + 1
    chain, ends = _open_chain(link, units)
    rings = _ring_sizes(chain)[beside * size : (beside + 1) * size]
    for i in link.path:
        rings[i].append(len(link.path) * UNITS)
    full = _perceived(chain)
    atoms, bonds = aromatic_loop(full, size, beside, link.path)
    ring = Chem.RWMol(full)
    for _ in range(chain.GetNumAtoms() - units * size):
        ring.RemoveAtom(units * size)
    ring.AddBond(ends[1], ends[0], link.order)
    ring.UpdatePropertyCache(strict=False)
    middle = _made_alike(ring, size, units)
    rdPartialCharges.ComputeGasteigerCharges(ring)
    if atoms:
        joints = [(link.path[-1] + k * size, link.path[0] + (k + 1) % units * size) for k in range(units)]
        inner = [(i + k * size, j + k * size) for i, j in map(tuple, bonds) for k in range(units)]
        _mark_aromatic(ring, [i + k * size for i in atoms for k in range(units)], joints + inner)
    return _counted(ring, rings * units, middle)


class _Link(NamedTuple):
    """A repeat unit without its open ends, its shortest path along the backbone, and the bond between units."""

    core: Any
    path: list[int]
    order: Any
    quinoid: bool
    """Whether a double bond of the backbone starts at a ring: it is inside a ring too once the chain is closed."""


def _read(unit: str) -> _Link:
    from rdkit import Chem

    molecule, (left, right) = open_ends(unit)
    path = list(Chem.GetShortestPath(molecule, left, right))
    if len(path) < 3:
        raise InputError("its two open ends '*' are not connected")
    along = [molecule.GetBondBetweenAtoms(i, j) for i, j in pairwise(path)]
    if along[0].GetBondType() != along[-1].GetBondType():
        raise InputError("its two open ends '*' have bonds of different orders")
    quinoid = any(
        b.GetBondType() == Chem.BondType.DOUBLE
        and not b.IsInRing()
        and (b.GetBeginAtom().IsInRing() or b.GetEndAtom().IsInRing())
        for b in along
    )
    core = Chem.RWMol(molecule)
    for end in sorted((left, right), reverse=True):
        core.RemoveAtom(end)
    inner = [i - (left < i) - (right < i) for i in path[1:-1]]
    return _Link(core, inner, along[0].GetBondType(), quinoid)


def _open_chain(link: _Link, units: int) -> tuple[Any, tuple[int, int]]:
    """Units in a row, atoms unit by unit and whatever stands at the ends behind them; the first and the last atom."""
    from rdkit import Chem

    size, head, tail = link.core.GetNumAtoms(), link.path[0], link.path[-1]
    chain = Chem.RWMol(link.core)
    for _ in range(units - 1):
        chain.InsertMol(link.core)
    for k in range(units - 1):
        chain.AddBond(tail + k * size, head + (k + 1) * size, link.order)
    ends = head, tail + (units - 1) * size
    # a bridge of atoms that are never aromatic puts the backbone in a ring, and changes nothing else
    caps = [chain.AddAtom(Chem.Atom("Xe" if link.quinoid else "*")) for _ in range(FUSED if link.quinoid else 2)]
    for cap in caps:
        chain.GetAtomWithIdx(cap).SetNoImplicit(True)
    for end, cap in zip(ends, (caps[0], caps[-1]), strict=True):
        chain.AddBond(end, cap, link.order)
    for a, b in pairwise(caps) if link.quinoid else ():
        chain.AddBond(a, b, Chem.BondType.SINGLE)
    Chem.SanitizeMol(chain)
    return chain, ends


def _mark_aromatic(ring: Any, atoms: list[int], pairs: list[tuple[int, int]]) -> None:
    from rdkit import Chem

    for i in atoms:
        ring.GetAtomWithIdx(i).SetIsAromatic(True)
    for a, b in pairs:
        ring.GetBondBetweenAtoms(a, b).SetBondType(Chem.BondType.AROMATIC)


def _perceived(molecule: Any) -> Any:
    """The molecule with all hydrogens, and aromatic where the MDL model says so."""
    from rdkit import Chem

    full = Chem.AddHs(molecule)
    Chem.Kekulize(full, clearAromaticFlags=True)
    Chem.SetAromaticity(full, Chem.AromaticityModel.AROMATICITY_MDL)
    return full


def _ring_sizes(molecule: Any) -> list[list[int]]:
    """Sizes of the rings that each atom is in."""
    found: list[list[int]] = [[] for _ in range(molecule.GetNumAtoms())]
    for ring in molecule.GetRingInfo().AtomRings():
        for i in ring:
            found[i].append(len(ring))
    return found


def _made_alike(ring: Any, size: int, units: int) -> list[int]:
    """Give all units what was perceived in the middle one, which was farthest from the ends; the atoms of that one."""
    heavy = units * size
    hydrogens = (ring.GetNumAtoms() - heavy) // units

    def home(i: int) -> tuple[int, int]:
        """The unit of an atom, and the atom's number within it."""
        return divmod(i, size) if i < heavy else ((i - heavy) // hydrogens, size + (i - heavy) % hydrogens)

    atoms = _atoms(ring)
    homes = [home(i) for i in range(len(atoms))]
    middle = [i for i, (unit, _) in enumerate(homes) if unit == units // 2]
    model = {homes[i][1]: atoms[i].GetHybridization() for i in middle}
    for atom, (_, local) in zip(atoms, homes, strict=True):
        atom.SetHybridization(model[local])
    if any(atoms[i].GetFormalCharge() for i in middle):  # only these are spread over conjugated bonds
        _conjugate_alike(_bonds(ring), homes, units // 2)
    return middle


def _conjugate_alike(bonds: list[Any], homes: list[tuple[int, int]], middle: int) -> None:
    """Copy from the middle unit which bonds are conjugated; ``homes`` are the unit and number of each atom."""
    keys = []
    conjugated = {}
    for bond in bonds:
        (u, a), (v, b) = sorted((homes[bond.GetBeginAtomIdx()], homes[bond.GetEndAtomIdx()]))
        keys.append((u == v, frozenset((a, b))))
        if u == middle:
            conjugated[keys[-1]] = bond.GetIsConjugated()
    for bond, key in zip(bonds, keys, strict=True):
        bond.SetIsConjugated(conjugated[key])


def _atoms(molecule: Any) -> list[Any]:
    return [molecule.GetAtomWithIdx(i) for i in range(molecule.GetNumAtoms())]


def _bonds(molecule: Any) -> list[Any]:
    return [molecule.GetBondWithIdx(i) for i in range(molecule.GetNumBonds())]


def _counted(molecule: Any, rings: list[list[int]], counting: Sequence[int]) -> Counted:
    """Read a molecule with all hydrogens; ``rings`` of its heavy atoms, which come first."""
    atoms = _atoms(molecule)
    neighbours: list[list[tuple[int, float]]] = [[] for _ in atoms]
    bonds = []
    for bond in _bonds(molecule):
        a, b, order = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondTypeAsDouble()
        bonds.append((a, b, order))
        neighbours[a].append((b, order))
        neighbours[b].append((a, order))
    graph = BondGraph(
        [a.GetSymbol() for a in atoms],
        [a.GetHybridization().name for a in atoms],
        [a.GetIsAromatic() for a in atoms],
        neighbours,
        [*rings, *([] for _ in range(len(atoms) - len(rings)))],
    )
    here = set(counting)
    charges = [a.GetDoubleProp("_GasteigerCharge") for a in atoms]
    return Counted(graph, [a.GetMass() for a in atoms], charges, bonds, [i in here for i in range(len(atoms))])
