"""A file's materials alone: what an overlap needs, where no property is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simworth.identity import Kind
from simworth.tables.about import Provenance, Unreadable
from simworth.tables.build import build_table
from simworth.tables.reading import Asked, PropertyColumn, open_raw, read_rows
from simworth.tables.rows import FloatArray, Kept, RawTable
from simworth.tables.table import PropertyTable

LISTED = "listed"
"""The property that such a table has instead: 1 for every material."""


def read_materials(
    path: Path,
    *,
    kind: Kind,
    material: str,
    partner: str | None = None,
    temperature: str | None = None,
    temperature_unit: str = "K",
    features: tuple[str, ...] = (),
    entry: str | None = None,
    unreadable: Unreadable = "error",
) -> PropertyTable:
    """The materials of a CSV or Parquet file.

    Parameters
    ----------
    path, kind, material, partner, temperature, temperature_unit, unreadable
        See `simworth.tables.read_table`.
    features : tuple of str
        Columns that describe materials of kind ``features``; without them only names are compared.
    entry : str or None
        Column of identifiers to carry along.

    Raises
    ------
    InputError
        As `simworth.tables.read_table`.
    """
    raw, bare = _Listed(open_raw(path)), kind == "features" and not features
    asked = Asked(
        material,
        {LISTED: PropertyColumn(LISTED, "1")},
        partner,
        temperature,
        temperature_unit,
        (LISTED + " too",) if bare else features,
        (entry,) if entry is not None else (),
    )
    rows, left_out = read_rows(raw, asked)
    return build_table(
        rows,
        name=path.name.split(".")[0],
        kind=kind,
        provenance=Provenance(raw.where, raw.digest),
        unreadable=unreadable,
        left_out=left_out,
    )


@dataclass(frozen=True)
class _Listed:
    """A file with the columns that a table needs and that it may not have."""

    raw: RawTable

    @property
    def where(self) -> str:
        return self.raw.where

    @property
    def digest(self) -> str:
        return self.raw.digest

    @property
    def names(self) -> Sequence[str]:
        return (*self.raw.names, LISTED, LISTED + " too")

    @property
    def numbers(self) -> NDArray[np.int64]:
        return self.raw.numbers

    def take(self, places: NDArray[np.int64]) -> _Listed:
        return _Listed(self.raw.take(places))

    def texts(self, column: str) -> list[str | None]:
        return self.raw.texts(column)

    def floats(self, column: str) -> FloatArray:
        return np.ones(len(self.numbers)) if column.startswith(LISTED) else self.raw.floats(column)

    def either(self, column: str) -> Kept:
        return self.raw.either(column)
