"""Compositions as numbers: statistics of element properties over the atoms, and the element fractions.

The element table is Magpie's, read from the wheel of the package CBFV. Statistics: minimum, maximum, range,
fraction-weighted mean, mean absolute deviation, and the value of the most abundant element (lowest atomic
number first among equals).

Reference: Ward, Agrawal, Choudhary, Wolverton, npj Comput. Mater. 2, 16028 (2016), doi
10.1038/npjcompumats.2016.28.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError, MissingExtraError

Float32Array = NDArray[np.float32]

STATISTICS = ("min", "max", "range", "mean", "deviation", "mode")


class ElementTable(NamedTuple):
    """Element properties: ``values`` (elements, properties), ordered by atomic number."""

    symbols: tuple[str, ...]
    properties: tuple[str, ...]
    values: NDArray[np.float64]


def magpie_table() -> ElementTable:
    """Magpie's 22 element properties for 97 elements, without importing the package that carries them.

    Raises
    ------
    MissingExtraError
        When CBFV is not installed.
    """
    spec = importlib.util.find_spec("CBFV")
    if spec is None or spec.origin is None:
        raise MissingExtraError("CBFV", "chem", "Features of compositions")
    path = Path(spec.origin).parent / "element_properties" / "magpie.csv"
    with path.open(encoding="utf-8", newline="") as f:
        header, *rows = list(csv.reader(f))
    values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    return ElementTable(tuple(row[0] for row in rows), tuple(header[1:]), values)


def composition_features(compositions: list[str], parse: Callable[[str], Mapping[str, float]]) -> Float32Array:
    """Features (rows, 6 statistics x properties + elements), in the order of `composition_names`.

    Raises
    ------
    InputError
        For an element that the table does not have, with its place in the list.
    """
    table = magpie_table()
    position = {s: i for i, s in enumerate(table.symbols)}
    parsed = [parse(c) for c in compositions]
    widest = max((len(p) for p in parsed), default=1)
    which = np.zeros((len(parsed), widest), dtype=np.int64)
    fraction = np.zeros((len(parsed), widest))
    for i, amounts in enumerate(parsed):
        unknown = [s for s in amounts if s not in position]
        if unknown:
            raise InputError(f"composition {i + 1} ({compositions[i]!r}): no element properties for {unknown[0]!r}")
        total = sum(amounts.values())
        for j, symbol in enumerate(sorted(amounts, key=position.__getitem__)):
            which[i, j], fraction[i, j] = position[symbol], amounts[symbol] / total
    return _statistics(table, which, fraction)


def _statistics(table: ElementTable, which: NDArray[np.int64], fraction: NDArray[np.float64]) -> Float32Array:
    """Statistics from element places ``which`` and ``fraction``, both (rows, most elements)."""
    rows = len(which)
    shares = np.zeros((rows, len(table.symbols)))
    np.add.at(shares, (np.arange(rows)[:, None], which), fraction)
    mean = shares @ table.values
    deviation, low, high = (np.zeros_like(mean), np.full_like(mean, np.inf), np.full_like(mean, -np.inf))
    for j in range(which.shape[1]):
        present = fraction[:, j, None] > 0
        value = table.values[which[:, j]]
        deviation += fraction[:, j, None] * np.abs(value - mean)
        low = np.where(present & (value < low), value, low)
        high = np.where(present & (value > high), value, high)
    mode = table.values[which[np.arange(rows), fraction.argmax(axis=1)]]
    return np.concatenate([low, high, high - low, mean, deviation, mode, shares], axis=1).astype(np.float32)


def composition_names() -> tuple[str, ...]:
    """Names of the columns of `composition_features`."""
    table = magpie_table()
    return (
        *(f"{p}_{s}" for s in STATISTICS for p in table.properties),
        *(f"fraction_{e}" for e in table.symbols),
    )
