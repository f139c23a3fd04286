"""Rows as they were read, before materials are recognised: the one shape every reader produces."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError

FloatArray = NDArray[np.float64]
Kept = FloatArray | list[str | None]


@dataclass(frozen=True)
class Rows:
    """R rows of materials with numbers, all in their final units; NaN or None means 'no value'.

    Attributes
    ----------
    where : str
        File or name, for messages.
    numbers : NDArray[np.int64], shape (R,)
        Row numbers, for messages.
    materials : list[str | None], length R
    values, uncertainties : dict[str, FloatArray]
        Property → (R,).
    units : dict[str, str]
        Property → unit.
    features : dict[str, FloatArray]
        Name → (R,).
    keep : dict[str, Kept]
        Other columns, (R,) numbers or R texts.
    """

    where: str
    numbers: NDArray[np.int64]
    materials: list[str | None]
    values: dict[str, FloatArray]
    units: dict[str, str]
    uncertainties: dict[str, FloatArray] = field(default_factory=dict)
    features: dict[str, FloatArray] = field(default_factory=dict)
    keep: dict[str, Kept] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.materials)

    def take(self, places: NDArray[np.int64]) -> Rows:
        """The rows at these places."""
        return Rows(
            self.where,
            self.numbers[places],
            [self.materials[i] for i in places],
            {k: v[places] for k, v in self.values.items()},
            self.units,
            {k: v[places] for k, v in self.uncertainties.items()},
            {k: v[places] for k, v in self.features.items()},
            {k: _take(v, places) for k, v in self.keep.items()},
        )


class RawTable(Protocol):
    """A file or an object in memory, read but not yet understood."""

    @property
    def where(self) -> str:
        """File or name, for messages."""

    @property
    def digest(self) -> str:
        """Of the bytes or the content."""

    @property
    def names(self) -> Sequence[str]:
        """Column names."""

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Row numbers (R,), for messages."""

    def take(self, places: NDArray[np.int64]) -> RawTable:
        """The rows at these places."""

    def texts(self, column: str) -> list[str | None]:
        """A text column (R,); None for an empty cell. Raises InputError for other types."""

    def floats(self, column: str) -> FloatArray:
        """A numeric column (R,); NaN for an empty cell. Raises InputError for text, inf and nan."""

    def either(self, column: str) -> Kept:
        """A column as numbers where all its cells are, as texts otherwise."""


def need_columns(raw: RawTable, columns: Sequence[str]) -> None:
    """Raise InputError, naming the close names, when a column is missing."""
    for column in columns:
        if column not in raw.names:
            raise InputError(f"{raw.where}: has no column {column!r}; {_advice(column, raw.names)}")


def _advice(column: str, names: Sequence[str]) -> str:
    if len(names) == 1 and any(c in names[0] for c in ";\t|"):
        return "its first line has no commas, so save it with commas between the columns"
    by_small = {n.lower(): n for n in names}
    close = [by_small[n] for n in difflib.get_close_matches(column.lower(), list(by_small), n=3, cutoff=0.5)]
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    shown = ", ".join(map(repr, names[:8]))
    return f"it has {shown}{' and others' if len(names) > 8 else ''}"


def _take(column: Kept, places: NDArray[np.int64]) -> Kept:
    return column[places] if isinstance(column, np.ndarray) else [column[i] for i in places]
