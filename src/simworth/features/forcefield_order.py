"""Ten units in RadonPy's order of atoms, for the polymers whose atom types depend on that order.

Everything but the order is known from one unit, so the ten are written down and not perceived again: the rings
through ten units with two paths each are too many to search.
"""

from __future__ import annotations

from typing import Any

from simworth.features.forcefield_rings import Counted
from simworth.features.forcefield_types import BondGraph
from simworth.features.polymers import UNITS, open_ends

FIRST_END = 113
"""Atomic number that marks the first end of the open chain while its atoms are ordered, as RadonPy has it."""


def ten_units(unit: str, one: Counted) -> Counted:
    """The ring of ten units, all of which count, as RadonPy numbers and joins them.

    The open chain is read from its canonical SMILES, hydrogens follow, and the bond that closes the ring comes last.
    ``one`` is what `simworth.features.forcefield_rings.one_unit` makes of the same text.
    """
    local = [i for i, counts in enumerate(one.counts) if counts]
    place = {i: n for n, i in enumerate(local)}
    inner = {frozenset((place[a], place[b])): order for a, b, order in one.bonds if a in place and b in place}
    joint = next(order for a, b, order in one.bonds if (a in place) != (b in place))
    homes, pairs, ends = _written_chain(unit)
    hydrogens: dict[int, list[int]] = {}
    for i, n in place.items():
        if n >= len(homes) // UNITS:
            hydrogens.setdefault(place[one.graph.neighbours[i][0][0]], []).append(n)
    bonds = []
    for a, b in pairs:
        (u, m), (v, n) = homes[a], homes[b]
        bonds.append((a, b, inner[frozenset((m, n))] if u == v else joint))
    for a in range(len(homes)):
        for n in hydrogens.get(homes[a][1], ()):
            bonds.append((a, len(homes), 1.0))
            homes.append((homes[a][0], n))
    bonds.append((*ends, joint))
    neighbours: list[list[tuple[int, float]]] = [[] for _ in homes]
    for a, b, order in bonds:
        neighbours[a].append((b, order))
        neighbours[b].append((a, order))
    source = [local[n] for _, n in homes]
    g = one.graph
    graph = BondGraph(
        [g.element[i] for i in source],
        [g.hybridization[i] for i in source],
        [g.aromatic[i] for i in source],
        neighbours,
        [g.rings[i] for i in source],
    )
    masses, charges = ([values[i] for i in source] for values in (one.masses, one.charges))
    return Counted(graph, masses, charges, bonds, [True] * len(source))


def _written_chain(unit: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]], tuple[int, int]]:
    """Ten units in a row, as their canonical SMILES is read.

    Returns
    -------
    homes : list of (unit, atom), one per heavy atom
        Where each atom comes from.
    pairs : list of (atom, atom)
        The bonds.
    ends : (atom, atom)
        The atoms that the closing bond joins, the one at the end that is written last first.
    """
    from rdkit import Chem

    chain, homes = _chain(unit)
    written = Chem.MolToSmiles(chain)
    order = list(chain.GetPropsAsDict(includePrivate=True, includeComputed=True)["_smilesAtomOutputOrder"])
    first, last = (i for i in order if homes[i] is None)
    number = {i: n for n, i in enumerate(i for i in order if homes[i] is not None)}
    read = Chem.MolFromSmiles(written, sanitize=False)
    pairs, joined = [], {}
    for k in range(read.GetNumBonds()):
        bond = read.GetBondWithIdx(k)
        a, b = order[bond.GetBeginAtomIdx()], order[bond.GetEndAtomIdx()]
        if homes[a] is None or homes[b] is None:
            joined[a if homes[a] is None else b] = number[b if homes[a] is None else a]
        else:
            pairs.append((number[a], number[b]))
    kept = [homes[i] for i in order]
    return [h for h in kept if h is not None], pairs, (joined[last], joined[first])


def _chain(unit: str) -> tuple[Any, list[tuple[int, int] | None]]:
    """Ten units in a row as an RDKit molecule, and where each atom comes from (None: an end)."""
    from rdkit import Chem

    molecule, (left, right) = open_ends(unit)
    size = molecule.GetNumAtoms()
    head, tail = (molecule.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in (left, right))
    chain = Chem.RWMol(molecule)
    for _ in range(UNITS - 1):
        chain.InsertMol(molecule)
    joint = molecule.GetAtomWithIdx(left).GetBonds()[0].GetBondType()
    for k in range(UNITS - 1):
        chain.AddBond(tail + k * size, head + (k + 1) * size, joint)
    chain.GetAtomWithIdx(left).SetAtomicNum(FIRST_END)
    removed = {i + k * size for i in (left, right) for k in range(UNITS)} - {left, right + (UNITS - 1) * size}
    for index in sorted(removed, reverse=True):
        chain.RemoveAtom(index)
    Chem.SanitizeMol(chain)
    numbers = {i: n for n, i in enumerate(i for i in range(size) if i not in (left, right))}
    homes = [(i // size, numbers[i % size]) if i % size in numbers else None for i in range(UNITS * size)]
    return chain, [home for i, home in enumerate(homes) if i not in removed]
