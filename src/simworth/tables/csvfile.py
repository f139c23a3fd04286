"""CSV files (also gzipped, also tab-separated): every cell with its line number."""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simworth.digest import digest_bytes
from simworth.errors import InputError
from simworth.tables.rows import FloatArray, Kept

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
LONGEST = 1 << 24
"""Characters of one line of a file that is read in pieces."""
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
    [table] = _tables(path, io.StringIO(text, newline=""), digest_bytes(data), None)
    return table


def csv_tables(path: Path, size: int) -> Iterator[CsvTable]:
    """A CSV file in pieces of ``size`` rows, so that one of any length can be read; their digest is empty.

    Raises
    ------
    InputError
        As `read_csv`, and for a line of more than `LONGEST` characters.
    """
    with path.open("rb") as f:
        magic = f.read(4)
        if magic == ZIP:
            _unzip(path, magic)
        f.seek(0)
        plain = gzip.GzipFile(fileobj=f) if magic.startswith(GZIP) else f
        with io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text:
            try:
                yield from _tables(path, _lines(path, text), "", size)
            except UnicodeDecodeError:
                raise _not_utf8(path, _bad_line(path)) from None
            except (EOFError, gzip.BadGzipFile, zlib.error):
                raise _damaged(path) from None


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    row = 0
    while line := text.readline(LONGEST):
        row += 1
        if len(line) == LONGEST:
            raise InputError(f"{path}, row {row}: has more than {LONGEST:,} characters; is it a CSV file?")
        yield line


def _bad_line(path: Path) -> int:
    """The first line that is not UTF-8."""
    with path.open("rb") as f:
        plain = gzip.GzipFile(fileobj=f) if f.read(2) == GZIP else f
        f.seek(0)
        row = 0
        try:
            for line in plain:
                row += 1
                line.decode("utf-8")
        except (UnicodeDecodeError, EOFError, OSError, zlib.error):
            pass
        return row


def _tables(path: Path, lines: Iterable[str], digest: str, size: int | None) -> Iterator[CsvTable]:
    """The rows in pieces of ``size``, or in one."""
    delimiter = "\t" if {".tsv", ".tab"} & set(path.suffixes) else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    cells: list[list[str]] = []
    numbers: list[int] = []
    names: tuple[str, ...] = ()
    line, any_ = 1, False
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
                numbers.append(start)
            if len(cells) == size:
                yield CsvTable(str(path), digest, names, np.array(numbers, dtype=np.int64), cells)
                cells, numbers, any_ = [], [], True
    except csv.Error as error:
        raise InputError(f"{path}, row {line}: not readable as CSV ({error}); correct the quotes") from None
    if not names:
        raise InputError(f"{path}: the file is empty; give a CSV file with a header and rows")
    if not cells and not any_:
        raise InputError(f"{path}: has a header but no rows; give a file with data")
    if cells:
        yield CsvTable(str(path), digest, names, np.array(numbers, dtype=np.int64), cells)


def _unzip(path: Path, data: bytes) -> bytes:
    if data.startswith(ZIP):
        raise InputError(f"{path}: is a spreadsheet or zip archive; save the table as CSV")
    if not data.startswith(GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        raise _damaged(path) from None


def _damaged(path: Path) -> InputError:
    return InputError(f"{path}: the gzip file is damaged or cut short; copy or download it again")


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        raise _not_utf8(path, row) from None


def _not_utf8(path: Path, row: int) -> InputError:
    return InputError(f"{path}, row {row}: not UTF-8 text; save the file with the encoding UTF-8")


def _header(path: Path, row: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row)
    if not any(names):
        raise InputError(f"{path}, row 1: names no column; the first row must be the header")
    twice = [name for name, n in Counter(names).items() if n > 1 and name]
    if twice:
        raise InputError(f"{path}, row 1: the column {twice[0]!r} stands there twice; rename one of them")
    return names
