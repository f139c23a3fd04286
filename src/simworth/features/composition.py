"""Compositions as numbers: Magpie's statistics of element properties over the atoms, and the element fractions.

Statistics of each property: minimum, maximum, range, fraction-weighted mean, fraction-weighted mean absolute
deviation from it, and the value of the most abundant element (the smallest value, where several are). They are those
of matminer's ``ElementProperty.from_preset("magpie")``, in its order.

Reference: Ward, Agrawal, Choudhary, Wolverton, npj Comput. Mater. 2, 16028 (2016), doi
10.1038/npjcompumats.2016.28.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simworth.errors import InputError
from simworth.features.element_table import magpie_table
from simworth.formulas import flat_pairs
from simworth.identity import elements

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Parser = Callable[[str], Mapping[str, float]]

STATISTICS = ("min", "max", "range", "mean", "avg_dev", "mode")

BLOCK = 8192
"""Compositions worked on at once: enough to keep numpy busy, few enough for the processor's cache."""

TIE = 1e-5, 1e-8
"""Amounts this close to the largest, relative and absolute, are as abundant: matminer's tolerance (numpy.isclose)."""


class Atoms(NamedTuple):
    """The elements of each composition: row i has entries ``start[i]:start[i + 1]``, by atomic number (less one)."""

    start: NDArray[np.int64]
    which: NDArray[np.int64]
    amount: Float64Array


def composition_features(compositions: Sequence[str], parse: Parser = elements) -> Float32Array:
    """Magpie statistics and element fractions, in the order of `composition_names`.

    Parameters
    ----------
    compositions : sequence of str
        Formulas, such as the identities of a property table.
    parse : callable, optional
        Reads a formula that is more than symbols and amounts in a row (brackets, hydrates, other scripts).

    Returns
    -------
    array of float32, shape (compositions, 6 statistics x 22 properties + 112 elements)

    Raises
    ------
    InputError
        For a formula that cannot be read and for an element that the table does not have, with its place in the list.
    """
    atoms = read_atoms(compositions, parse)
    width = len(STATISTICS) * len(magpie_table().properties)
    out = np.empty((len(compositions), width + len(magpie_table().symbols)), dtype=np.float32)
    for first in range(0, len(compositions), BLOCK):
        part = _part(atoms, first, first + BLOCK)
        fractions = _fractions(part)
        out[first : first + BLOCK, :width] = _statistics(part, fractions)
        out[first : first + BLOCK, width:] = fractions.toarray()
    return out


def composition_names() -> tuple[str, ...]:
    """Names of the columns of `composition_features`; the first 132 are those of `magpie_statistics`."""
    table = magpie_table()
    return (
        *(f"{p}_{s}" for p in table.properties for s in STATISTICS),
        *(f"fraction_{e}" for e in table.symbols),
    )


def magpie_statistics(compositions: Sequence[str], parse: Parser = elements) -> Float64Array:
    """Magpie's 132 statistics (compositions, 22 properties x 6 statistics) at full precision.

    Parameters, order and errors are those of `composition_features`.
    """
    atoms = read_atoms(compositions, parse)
    out = np.empty((len(compositions), len(STATISTICS) * len(magpie_table().properties)))
    for first in range(0, len(compositions), BLOCK):
        part = _part(atoms, first, first + BLOCK)
        out[first : first + BLOCK] = _statistics(part, _fractions(part))
    return out


def element_fractions(compositions: Sequence[str], parse: Parser = elements) -> csr_array:
    """Atomic fractions (compositions, elements from H to Cn), sparse; each row sums to one.

    Parameters and errors are those of `composition_features`.
    """
    return _fractions(read_atoms(compositions, parse))


def element_lists(compositions: Sequence[str], parse: Parser = elements) -> tuple[Int32Array, Float32Array]:
    """The elements of each composition and their atomic fractions, both (compositions, k), k the most elements of any.

    Elements are places in `magpie_table`, so 0 is hydrogen, in ascending order; a row is filled up with hydrogen of
    fraction 0. Parameters and errors are those of `composition_features`.
    """
    fractions = element_fractions(compositions, parse)
    counts = np.diff(fractions.indptr)
    inside = np.arange(max(counts, default=1)) < counts[:, None]
    which, fraction = np.zeros(inside.shape, np.int32), np.zeros(inside.shape, np.float32)
    which[inside], fraction[inside] = fractions.indices, fractions.data
    return which, fraction


def read_atoms(compositions: Sequence[str], parse: Parser = elements) -> Atoms:
    """Places in the element table and amounts; deuterium is hydrogen here, as it is for matminer.

    Parameters and errors are those of `composition_features`.
    """
    position = {s: i for i, s in enumerate(magpie_table().symbols)}
    position["D"] = position["H"]
    start, which, amount = [0], [], []
    for row, text in enumerate(compositions):
        found: dict[int, float] = {}
        for symbol, n in _read(text, parse, row + 1):
            place = position.get(symbol)
            if place is None:
                raise InputError(
                    f"composition {row + 1} ({text!r}): no element properties for {symbol!r}; leave this material out"
                )
            found[place] = found.get(place, 0.0) + n
        if not found:
            raise InputError(f"composition {row + 1} ({text!r}) has no elements")
        places = sorted(found)  # so that the order of a formula does not change a bit
        which += places
        amount += [found[p] for p in places]
        start.append(len(which))
    return Atoms(np.array(start, dtype=np.int64), np.array(which, dtype=np.int64), np.array(amount, dtype=np.float64))


def _read(text: str, parse: Parser, row: int) -> list[tuple[str, float]]:
    """Symbols and amounts of one formula."""
    pairs = flat_pairs(text)
    try:
        return list(parse(text).items()) if pairs is None else pairs
    except InputError as problem:
        raise InputError(f"composition {row}: {problem}") from None


def _part(atoms: Atoms, first: int, stop: int) -> Atoms:
    """The rows from ``first`` to before ``stop``."""
    start = atoms.start[first : stop + 1]
    inside = slice(start[0], start[-1])
    return Atoms(start - start[0], atoms.which[inside], atoms.amount[inside])


def _fractions(atoms: Atoms) -> csr_array:
    rows = len(atoms.start) - 1
    entries = np.repeat(np.arange(rows), np.diff(atoms.start))
    total = np.bincount(entries, weights=atoms.amount, minlength=rows)
    shape = (rows, len(magpie_table().symbols))
    return csr_array((atoms.amount / total[entries], atoms.which, atoms.start), shape=shape)


def _statistics(atoms: Atoms, fractions: csr_array) -> Float64Array:
    """All statistics (rows, properties x statistics).

    The means are one matrix product; a sparse one adds up each row on its own, so that the bits of a row do not
    depend on its neighbours. The rest takes together the compositions of equally many elements.
    """
    values = magpie_table().values
    rows, properties = fractions.shape[0], values.shape[1]
    out = np.empty((rows, properties, len(STATISTICS)))
    mean = fractions @ values
    out[:, :, 3] = mean
    counts = np.diff(atoms.start)
    for n in np.unique(counts):
        members = np.flatnonzero(counts == n)
        entries = atoms.start[members] + np.arange(n)[:, None]  # (n, members)
        value = values[atoms.which[entries]]  # (n, members, properties)
        amount, fraction = atoms.amount[entries], fractions.data[entries][:, :, None]
        low, high = value.min(axis=0), value.max(axis=0)
        most = np.isclose(amount, amount.max(axis=0), *TIE)[:, :, None]
        out[members, :, 0], out[members, :, 1], out[members, :, 2] = low, high, high - low
        out[members, :, 4] = (fraction * np.abs(value - mean[members])).sum(axis=0)
        out[members, :, 5] = np.where(most, value, np.inf).min(axis=0)
    return out.reshape(rows, -1)
