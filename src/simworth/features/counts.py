"""Counts of what materials are made of, as they are: neither compressed, nor scaled, nor folded.

Beside the features, which are about as large for every material, counts let a learner add up: the energy of a molecule
is nearly a sum over its bonds. Columns are those of a `Vocabulary`, told by keys (`simworth.features.counts_keys`).

===========  ==========================================================================================
kind         a row
===========  ==========================================================================================
molecule     counts of elements, atom types, bonds, rings, environments (`counts_molecules`)
polymer      the same a repeat unit
composition  fractions of elements, and the root of the product of every two (`counts_compositions`)
pair         that of the polymer and that of the solvent, in columns of their own
features     no columns
===========  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simworth.features.counts_keys import ENVIRONMENT, HEAVY, SOLVENT, Rows, UInt64, side_by_side, starts
from simworth.identity import Kind, pair_parts
from simworth.tables import PropertyTable

Float32Array = NDArray[np.float32]

FEWEST = 3
"""Materials that a column must occur in."""


class Vocabulary(NamedTuple):
    """What the columns of counts are, as sorted keys; `simworth.features.counts_keys.name_of` names them."""

    small: UInt64
    """(c,) Elements, atom types, bonds, rings and others."""
    wide: UInt64
    """(w,) These and environments and pairs of elements."""


class Counts(NamedTuple):
    """Counts in some materials, columns being those of a vocabulary."""

    small: Float32Array
    """(materials, c)."""
    wide: csr_array
    """(materials, w) of float32; what stands in no cell is none."""
    size: Float32Array
    """(materials,) Heavy atoms, a repeat unit where it is a polymer, at least 1; 1 for materials of other kinds."""

    def take(self, places: NDArray[np.integer]) -> Counts:
        """The materials at these places."""
        return Counts(self.small[places], self.wide[places], self.size[places])


def table_counts(tables: Sequence[PropertyTable]) -> tuple[Vocabulary, list[Counts]]:
    """The vocabulary of all materials of some tables of one kind, and the counts (materials, columns) of each table.

    A material that stands in several tables is counted once.

    Raises
    ------
    InputError, MissingExtraError
        As `vocabulary_of`.
    """
    kind = tables[0].kind
    if kind == "features":
        return _vocabulary([]), [no_counts(len(t)) for t in tables]
    place = {identity: i for i, identity in enumerate(dict.fromkeys(i for t in tables for i in t.identities))}
    made = _made(kind, list(place))
    vocabulary = _vocabulary(made.described)
    counts = _filled(made, vocabulary)
    return vocabulary, [counts.take(np.array([place[i] for i in t.identities], dtype=np.int64)) for t in tables]


def vocabulary_of(kind: Kind, identities: Sequence[str]) -> Vocabulary:
    """What occurs in at least `FEWEST` of some materials, however often each is given.

    Of pairs, it is the polymers that are counted on one side and the solvents on the other.

    Raises
    ------
    InputError
        When a material cannot be counted: an element outside the element table, a polymer too rich in rings.
    MissingExtraError
        When the package that reads the materials is not installed.
    """
    return _vocabulary([] if kind == "features" else _made(kind, list(dict.fromkeys(identities))).described)


def counted(kind: Kind, identities: Sequence[str], vocabulary: Vocabulary) -> Counts:
    """Counts in materials, in their order; what is not in the vocabulary is left out.

    The numbers of a material follow from its identity and the vocabulary alone.

    Raises
    ------
    InputError, MissingExtraError
        As `vocabulary_of`.
    """
    if kind == "features":
        return no_counts(len(identities))
    place = {identity: i for i, identity in enumerate(dict.fromkeys(identities))}
    counts = _filled(_made(kind, list(place)), vocabulary)
    return counts.take(np.array([place[i] for i in identities], dtype=np.int64))


def contents(kind: Kind, identities: Sequence[str]) -> Rows:
    """What each material is made of by keys, environments and pairs of elements left out.

    Raises
    ------
    InputError, MissingExtraError
        As `vocabulary_of`.
    """
    place = {identity: i for i, identity in enumerate(dict.fromkeys(identities))}
    if kind == "features" or not place:
        return Rows(np.zeros(len(identities) + 1, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.float32))
    rows = _made(kind, list(place)).rows.take(np.array([place[i] for i in identities], dtype=np.int64))
    plain = rows.keys & ~np.uint64(SOLVENT) < np.uint64(ENVIRONMENT)
    entries = np.bincount(rows.entries()[plain], minlength=len(identities))
    return Rows(starts(entries), rows.keys[plain], rows.counts[plain])


def no_counts(materials: int) -> Counts:
    """Counts without columns, of so many materials."""
    nothing = np.zeros((materials, 0), dtype=np.float32)
    return Counts(nothing, csr_array(nothing), np.ones(materials, dtype=np.float32))


class _Made(NamedTuple):
    """What some materials are made of."""

    rows: Rows
    size: Float32Array
    described: list[Rows]
    """Different structures or compositions, of each side."""


def _made(kind: Kind, identities: list[str]) -> _Made:
    """Count in different materials."""
    if kind == "pair":
        return _made_of_pairs(identities)
    if kind == "composition":
        from simworth.features.counts_compositions import composition_rows

        rows = composition_rows(identities)
        return _Made(rows, np.ones(len(identities), dtype=np.float32), [rows])
    from simworth.features.counts_molecules import molecule_rows, polymer_rows

    rows = polymer_rows(identities) if kind == "polymer" else molecule_rows(identities)
    return _Made(rows, _heavy_atoms(rows), [rows])


def _made_of_pairs(identities: list[str]) -> _Made:
    from simworth.features.counts_molecules import molecule_rows, polymer_rows

    parts = [pair_parts(identity) for identity in identities]
    polymers = {p: i for i, p in enumerate(dict.fromkeys(part.polymer for part in parts))}
    solvents = {s: i for i, s in enumerate(dict.fromkeys(part.molecule for part in parts))}
    left, right = polymer_rows(list(polymers)), molecule_rows(list(solvents))
    right = right._replace(keys=right.keys | np.uint64(SOLVENT))
    rows = side_by_side(
        left.take(np.array([polymers[part.polymer] for part in parts], dtype=np.int64)),
        right.take(np.array([solvents[part.molecule] for part in parts], dtype=np.int64)),
    )
    return _Made(rows, np.ones(len(identities), dtype=np.float32), [left, right])


def _heavy_atoms(rows: Rows) -> Float32Array:
    """Of each material (materials,), at least 1."""
    heavy = rows.keys == np.uint64(HEAVY)
    size = np.zeros(len(rows.start) - 1, dtype=np.float32)
    size[rows.entries()[heavy]] = rows.counts[heavy]
    return np.maximum(size, np.float32(1))


def _vocabulary(described: list[Rows]) -> Vocabulary:
    keys, often = np.unique(np.concatenate([np.zeros(0, np.uint64), *(r.keys for r in described)]), return_counts=True)
    wide = keys[often >= FEWEST]
    return Vocabulary(wide[wide & ~np.uint64(SOLVENT) < np.uint64(ENVIRONMENT)], wide)


def _filled(made: _Made, vocabulary: Vocabulary) -> Counts:
    """Put entries into their columns."""
    rows, materials = made.rows, len(made.rows.start) - 1
    entries = rows.entries()
    known, column = _columns(rows.keys, vocabulary.small)
    small = np.zeros((materials, len(vocabulary.small)), dtype=np.float32)
    small[entries[known], column] = rows.counts[known]
    known, column = _columns(rows.keys, vocabulary.wide)
    start = starts(np.bincount(entries[known], minlength=materials))
    wide = csr_array((rows.counts[known], column, start), shape=(materials, len(vocabulary.wide)))
    wide.sort_indices()
    return Counts(small, wide, made.size)


def _columns(keys: UInt64, vocabulary: UInt64) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which entries (entries,) have a column, and the columns of these."""
    if not len(vocabulary):
        return np.zeros(len(keys), dtype=bool), np.zeros(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(vocabulary, keys), len(vocabulary) - 1)
    known = vocabulary[place] == keys
    return known, place[known]
