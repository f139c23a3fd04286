"""Counts of compositions: the fraction of each element, and the root of the product of the fractions of each two."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simworth.features.composition import read_atoms
from simworth.features.counts_keys import ELEMENT, TOGETHER, Rows, starts


def composition_rows(compositions: Sequence[str]) -> Rows:
    """Fractions fᵢ of the elements and √(fᵢfⱼ) of every two, of formulas; deuterium is hydrogen.

    Raises
    ------
    InputError
        As `simworth.features.composition.composition_features`.
    """
    atoms = read_atoms(compositions)
    counts = np.diff(atoms.start)
    start = starts(counts * (counts + 1) // 2)
    keys, values = np.empty(start[-1], dtype=np.uint64), np.empty(start[-1], dtype=np.float32)
    for n in np.unique(counts).tolist():
        members = np.flatnonzero(counts == n)
        entries = atoms.start[members][:, None] + np.arange(n)
        number = atoms.which[entries].astype(np.uint64) + np.uint64(1)  # (members, n), ascending
        amount = atoms.amount[entries]
        fraction = amount / np.add.reduce(amount, axis=1, keepdims=True)
        one, other = np.triu_indices(n, 1)
        places = start[members][:, None] + np.arange(n * (n + 1) // 2)
        keys[places[:, :n]] = number | np.uint64(ELEMENT)
        keys[places[:, n:]] = number[:, one] << np.uint64(8) | number[:, other] | np.uint64(TOGETHER)
        values[places[:, :n]] = fraction
        values[places[:, n:]] = np.sqrt(fraction[:, one] * fraction[:, other])
    return Rows(start, keys, values)
