"""CSV files (also gzipped, also tab-separated): every cell with its line number."""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simworth.digest import digest_bytes
from simworth.errors import InputError
from simworth.tables.rows import FloatArray, Kept

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
NOT_NUMBERS = ("nan", "inf", "infinity", "na", "n/a", "null", "none", "-", "--", "?")
"""Texts that stand for 'no value' or 'too large' elsewhere; here only an empty cell means 'no value'."""


@dataclass(frozen=True)
class CsvTable:
    """Cells as text. ``numbers`` (R,) are the file's line numbers, the header being line 1."""

    where: str
    digest: str
    names: tuple[str, ...]
    numbers: NDArray[np.int64]
    cells: list[list[str]]

    def take(self, places: NDArray[np.int64]) -> CsvTable:
        """The rows at these places."""
        return CsvTable(self.where, self.digest, self.names, self.numbers[places], [self.cells[i] for i in places])

    def texts(self, column: str) -> list[str | None]:
        """Cells without the blanks around them; None for an empty cell."""
        j = self.names.index(column)
        return [row[j].strip() or None for row in self.cells]

    def floats(self, column: str) -> FloatArray:
        """Numbers; NaN for an empty cell.

        Raises
        ------
        InputError
            For text, nan or infinity, naming row and column.
        """
        found = np.full(len(self.cells), np.nan)
        for i, cell in enumerate(self.texts(column)):
            if cell is None:
                continue
            value = number(cell)
            if value is None:
                raise InputError(f"{self.where}, row {self.numbers[i]}, column {column!r}: {_objection(cell)}")
            found[i] = value
        return found

    def either(self, column: str) -> Kept:
        """Numbers where every non-empty cell is one, texts otherwise."""
        texts = self.texts(column)
        found = [math.nan if t is None else number(t) for t in texts]
        if any(t is not None for t in texts) and not any(v is None for v in found):
            return np.array(found, dtype=np.float64)
        return texts


def number(cell: str) -> float | None:
    """A finite decimal number, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _objection(cell: str) -> str:
    shown = cell if len(cell) <= 40 else cell[:37] + "..."
    if cell.lower().lstrip("+-") in NOT_NUMBERS or cell in NOT_NUMBERS:
        return f"{shown!r} is not a finite number; leave the cell empty where there is no value"
    if number(cell.replace(",", ".")) is not None:
        return f"{shown!r} has a decimal comma; write a decimal point"
    return f"{shown!r} is not a number; correct it, or leave the cell empty where there is no value"


def read_csv(path: Path, data: bytes) -> CsvTable:
    """Understand the bytes of a CSV file.

    Raises
    ------
    InputError
        For a damaged gzip file, text that is not UTF-8, no header, no rows, a repeated column name, a row
        with too few or too many cells.
    """
    text = _decode(path, _unzip(path, data))
    delimiter = "\t" if {".tsv", ".tab"} & set(path.suffixes) else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells: list[list[str]] = []
    lines: list[int] = []
    names: tuple[str, ...] = ()
    line = 1
    try:
        for row in reader:
            start, line = line, reader.line_num + 1
            if not row:
                continue
            if not names:
                names = _header(path, row)
            elif len(row) != len(names):
                raise InputError(
                    f"{path}, row {start}: has {len(row)} cells but the header names {len(names)} columns; "
                    "correct the row (put quotes around a text that holds a comma)"
                )
            else:
                cells.append(row)
                lines.append(start)
    except csv.Error as error:
        raise InputError(f"{path}, row {line}: not readable as CSV ({error}); correct the quotes") from None
    if not names:
        raise InputError(f"{path}: the file is empty; give a CSV file with a header and rows")
    if not cells:
        raise InputError(f"{path}: has a header but no rows; give a file with data")
    return CsvTable(str(path), digest_bytes(data), names, np.array(lines, dtype=np.int64), cells)


def _unzip(path: Path, data: bytes) -> bytes:
    if data.startswith(ZIP):
        raise InputError(f"{path}: is a spreadsheet or zip archive; save the table as CSV")
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        raise InputError(f"{path}: the gzip file is damaged or cut short; copy or download it again") from None


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, row {row}: not UTF-8 text; save the file with the encoding UTF-8") from None


def _header(path: Path, row: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row)
    if not any(names):
        raise InputError(f"{path}, row 1: names no column; the first row must be the header")
    twice = [name for name, n in Counter(names).items() if n > 1 and name]
    if twice:
        raise InputError(f"{path}, row 1: the column {twice[0]!r} stands there twice; rename one of them")
    return names
