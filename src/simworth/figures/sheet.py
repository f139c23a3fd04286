"""The numbers that a figure shows, as a table; drawings are made from it, so both say the same."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cell = str | float | int | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these at its start a spreadsheet would run a text."""


@dataclass(frozen=True)
class Sheet:
    """Rows under named columns; None where there is no such number, infinite where nothing finite will do."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def where(self, column: str, value: Cell) -> Sheet:
        """The rows that have this value there."""
        i = self.columns.index(column)
        return Sheet(self.columns, tuple(r for r in self.rows if r[i] == value))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column, (rows,); NaN for None."""
        i = self.columns.index(column)
        return np.array([math.nan if r[i] is None else float(r[i]) for r in self.rows], float)  # type: ignore[arg-type]

    def texts(self, column: str) -> list[str]:
        """A column of names."""
        i = self.columns.index(column)
        return [str(r[i]) for r in self.rows]

    def kinds(self, column: str) -> list[Cell]:
        """The different values of a column, in order."""
        i = self.columns.index(column)
        return list(dict.fromkeys(r[i] for r in self.rows))

    def text(self) -> str:
        """The sheet as CSV: numbers in full, None empty, infinity ``inf``."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_written(cell) for cell in row] for row in self.rows)
        return out.getvalue()


def sheet(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    """A sheet of rows that fit its columns."""
    fixed = tuple(tuple(row) for row in rows)
    if any(len(row) != len(columns) for row in fixed):
        raise ValueError("a row does not fit the columns")
    return Sheet(tuple(columns), fixed)


def _written(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    return repr(float(cell)) if isinstance(cell, float) else str(cell)
