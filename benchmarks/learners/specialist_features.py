"""How a specialist describes materials in an afternoon, straight from RDKit and a table of the elements.

Nothing here comes from simworth's own features, so that a mistake in those cannot hide in both. A molecule is counts of
atoms, bonds and rings, counts of groups (an atom with its neighbours, after Benson et al., Chem. Rev. 69, 279, 1969,
doi 10.1021/cr60259a002), RDKit's 2D descriptors and the bits of a Morgan fingerprint. A polymer is its repeat unit
joined to itself for the counts, and with methyl ends for the descriptors. A composition is its element fractions, the
products of two of them, and statistics of properties of the elements.
"""

from __future__ import annotations

import csv
import functools
import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, RDLogger
from rdkit.Chem import Descriptors
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from scipy.sparse import csr_matrix, diags, hstack

from simworth.errors import InputError

Float64 = NDArray[np.float64]

SLOW = re.compile(r"qed|BertzCT|.*EState.*|(Avg)?Ipc|SPS|BCUT2D.*|Chi4.|BalabanJ|FpDensity.*")
"""Descriptors that take most of the time of all."""
LARGEST_RING = 8
"""Larger rings are counted as one of this size."""
LARGEST = 1e5
"""Of a descriptor; some grow without bound."""
FORMULA = re.compile(r"([A-Z][a-z]?)([0-9.]*)")
ISOTOPES = {"D": "H", "T": "H"}


@dataclass(frozen=True, eq=False)
class Described:
    """Materials as numbers, one row a material.

    Attributes
    ----------
    small, wide : mapping of str to csr_matrix, shape (N, p)
        Blocks of counts for linear models, each by its name; the wide ones have a column for every group or pair.
    descriptors : shape (N, d)
        For trees and kernels.
    prints : shape (N, k)
        Fingerprint bits of molecules and polymers, element fractions of compositions.
    """

    small: Mapping[str, Any]
    wide: Mapping[str, Any]
    descriptors: Float64
    prints: Float64

    def take(self, rows: NDArray[Any]) -> Described:
        """The same of some materials."""
        small, wide = ({k: x[rows] for k, x in blocks.items()} for blocks in (self.small, self.wide))
        return Described(small, wide, self.descriptors[rows], self.prints[rows])


class Structure(NamedTuple):
    """What is counted in a molecule or a repeat unit; ``size`` is the number of its heavy atoms."""

    counts: dict[str, int]
    groups: dict[str, int]
    descriptors: Float64
    bits: NDArray[np.uint8]
    size: int


def describe(kind: str, texts: Sequence[Sequence[str]]) -> list[Described]:
    """Describe several tables of one kind by the same columns.

    Parameters
    ----------
    kind : str
        ``"molecule"``, ``"polymer"`` or ``"composition"``.
    texts : sequence of sequences of str
        Canonical identities of the materials of each table.

    Raises
    ------
    InputError
        When the kind is another one or a text cannot be read.
    """
    known = {"molecule": _molecules, "polymer": _molecules, "composition": _compositions}
    if kind not in known:
        raise InputError(f"materials of kind {kind!r} are not described here; use one of {', '.join(known)}")
    every = known[kind](kind, [text for table in texts for text in table])
    ends = np.cumsum([0, *map(len, texts)])
    return [every.take(np.arange(a, b)) for a, b in itertools.pairwise(ends)]


def _molecules(kind: str, texts: list[str]) -> Described:
    found = [structure(text) for text in texts]
    size = np.array([s.size for s in found], dtype=np.float64)
    per_atom = diags(1 / size).tocsr()
    counts, groups = columns([s.counts for s in found]), columns([s.groups for s in found])
    small, wide = {"counts": counts}, {"groups": hstack([counts, groups]).tocsr()}
    shares = {"counts per atom": (per_atom @ counts).tocsr()}, {"groups per atom": (per_atom @ wide["groups"]).tocsr()}
    descriptors = np.stack([s.descriptors for s in found])
    if kind == "polymer":  # a repeat unit has no size of its own
        small, wide = shares
        descriptors = np.hstack([descriptors, descriptors / size[:, None]])
    else:
        small, wide = small | shares[0], wide | shares[1]
    numbers = np.hstack([descriptors, shares[0]["counts per atom"].toarray()])
    return Described(small, wide, numbers, np.stack([s.bits for s in found]))


def columns(found: Sequence[Mapping[str, float]]) -> Any:
    """Counts by name as a sparse matrix (N, p), the names sorted."""
    names = {name: i for i, name in enumerate(sorted({name for one in found for name in one}))}
    places = [names[name] for one in found for name in one]
    starts = np.cumsum([0, *map(len, found)])
    numbers = np.array([n for one in found for n in one.values()], dtype=np.float64)
    return csr_matrix((numbers, places, starts), shape=(len(found), len(names)))


@functools.lru_cache(maxsize=200_000)
def structure(smiles: str) -> Structure:
    """A molecule, or a repeat unit with two ``*``, as counts and descriptors.

    Raises
    ------
    InputError
        When RDKit cannot read it.
    """
    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise InputError(f"{smiles!r} cannot be read by RDKit; leave it out")
    across = _across(molecule)
    atoms = [a for a in molecule.GetAtoms() if a.GetAtomicNum() > 0]
    capped = _capped(molecule) if across else molecule
    with np.errstate(all="ignore"):
        numbers = np.array([f(capped) for f in _chosen().values()], dtype=np.float64)
    return Structure(
        dict(_counts(molecule, atoms, across)),
        dict(Counter(_group(a, across) for a in atoms)),
        np.clip(np.nan_to_num(numbers), -LARGEST, LARGEST),
        GetMorganGenerator(radius=2, fpSize=2048).GetFingerprintAsNumPy(capped),
        max(1, sum(a.GetAtomicNum() > 1 for a in atoms)),
    )


@functools.cache
def _chosen() -> dict[str, Any]:
    return {name: f for name, f in Descriptors.descList if not SLOW.fullmatch(name)}


def _across(molecule: Any) -> dict[int, Any]:
    """The atom that each open end of a repeat unit leads to: the one at its other end."""
    ends = [a for a in molecule.GetAtoms() if a.GetAtomicNum() == 0]
    if len(ends) != 2:
        return {}
    left, right = (end.GetNeighbors()[0] for end in ends)
    return {ends[0].GetIdx(): right, ends[1].GetIdx(): left}


def _capped(molecule: Any) -> Any:
    """A repeat unit with methyl for its open ends."""
    made = Chem.RWMol(molecule)
    for atom in made.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(6)
            atom.SetIsotope(0)
            atom.SetAtomMapNum(0)
            atom.SetNoImplicit(False)
    capped = made.GetMol()
    Chem.SanitizeMol(capped)
    return capped


def _counts(molecule: Any, atoms: list[Any], across: Mapping[int, Any]) -> Counter[str]:
    """Atoms by element (and charge), bonds by elements and order, rings by size and aromaticity."""
    found: Counter[str] = Counter()
    for atom in atoms:
        symbol, hydrogens = atom.GetSymbol(), atom.GetTotalNumHs()
        found[symbol] += 1
        if hydrogens:
            found["H"] += hydrogens
            found[f"{symbol}-H"] += hydrogens
        if atom.GetFormalCharge():
            found[f"{symbol}{atom.GetFormalCharge():+d}"] += 1
    joined = 0
    for bond in molecule.GetBonds():
        first, second = (across.get(a.GetIdx(), a) for a in (bond.GetBeginAtom(), bond.GetEndAtom()))
        if first.GetIdx() != bond.GetBeginAtomIdx() or second.GetIdx() != bond.GetEndAtomIdx():
            joined += 1
            if joined > 1:  # both halves of the bond between two units
                continue
        a, b = sorted((first.GetSymbol(), second.GetSymbol()))
        found[f"{a} {bond.GetBondType().name} {b}"] += 1
    for ring in molecule.GetRingInfo().BondRings():
        aromatic = all(molecule.GetBondWithIdx(b).GetIsAromatic() for b in ring)
        found[f"{'aromatic ' if aromatic else ''}ring of {min(len(ring), LARGEST_RING)}"] += 1
    return found


def _group(atom: Any, across: Mapping[int, Any]) -> str:
    """An atom with its hydrogens, charge and neighbours."""
    near = []
    for bond in atom.GetBonds():
        other = bond.GetOtherAtom(atom)
        other = across.get(other.GetIdx(), other)
        near.append(f"{bond.GetBondType().name[0]}{other.GetSymbol()}{other.GetDegree()}")
    ring = "r" if atom.IsInRing() else ""
    return f"{atom.GetSymbol()}{ring}H{atom.GetTotalNumHs()}{atom.GetFormalCharge():+d}({','.join(sorted(near))})"


def amounts(formula: str) -> dict[str, float]:
    """Amount of each element in a row of symbols and amounts, such as ``Fe2O3``.

    Raises
    ------
    InputError
        When the formula is something else.
    """
    parts = FORMULA.findall(formula)
    if not parts or "".join(a + b for a, b in parts) != formula:
        raise InputError(f"{formula!r} is no row of elements and amounts; write it without brackets")
    found: Counter[str] = Counter()
    for symbol, number in parts:
        found[ISOTOPES.get(symbol, symbol)] += float(number or 1)  # type: ignore[assignment]
    return {symbol: float(number) for symbol, number in found.items()}


@functools.cache
def element_table() -> tuple[dict[str, int], Float64]:
    """Row of each element, and 22 properties of each (elements, 22), a missing one as the mean over the others."""
    text = (files("simworth") / "features" / "magpie.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))[1:]
    numbers = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    return {row[0]: i for i, row in enumerate(rows)}, np.where(np.isnan(numbers), np.nanmean(numbers, axis=0), numbers)


def _compositions(kind: str, texts: list[str]) -> Described:
    places, properties = element_table()
    shares = np.zeros((len(texts), len(places)))
    for i, text in enumerate(texts):
        for symbol, amount in amounts(text).items():
            if symbol not in places:
                raise InputError(f"{text!r} holds {symbol}, of which no properties are known; leave it out")
            shares[i, places[symbol]] = amount
    shares /= shares.sum(axis=1, keepdims=True)
    fractions = csr_matrix(shares[:, shares.any(axis=0)])
    pairs = columns([_pairs(row) for row in shares])
    return Described(
        {"fractions": fractions},
        {"fractions and pairs": hstack([fractions, pairs]).tocsr()},
        np.hstack([statistics(shares, properties), fractions.toarray()]),
        fractions.toarray(),
    )


def _pairs(shares: Float64) -> dict[str, float]:
    """√(f_i f_j) of every two elements of a composition."""
    there = np.flatnonzero(shares)
    return {f"{i} {j}": float(np.sqrt(shares[i] * shares[j])) for k, i in enumerate(there) for j in there[k + 1 :]}


def statistics(shares: Float64, properties: Float64) -> Float64:
    """Statistics (N, 6 × q + 2) of element properties (E, q), weighted by fractions (N, E).

    Mean, mean absolute deviation, least, greatest, range and the most frequent element's; then the number of elements
    and the 2-norm of the fractions. After Ward et al., npj Comput. Mater. 2, 16028 (2016),
    doi 10.1038/npjcompumats.2016.28.
    """
    found, there, most = [], shares > 0, shares.argmax(axis=1)
    for column in properties.T:
        mean = shares @ column
        spread = (shares * np.abs(column - mean[:, None])).sum(axis=1)
        least = np.where(there, column, np.inf).min(axis=1)
        greatest = np.where(there, column, -np.inf).max(axis=1)
        found += [mean, spread, least, greatest, greatest - least, column[most]]
    return np.stack([*found, there.sum(axis=1), np.linalg.norm(shares, axis=1)], axis=1)
