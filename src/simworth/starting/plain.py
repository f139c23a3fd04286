"""CSV as spreadsheets of many countries write it, made plain: commas, decimal points, UTF-8, empty cells."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import NamedTuple

from simworth.errors import InputError
from simworth.tables.csvfile import GZIP, NOT_NUMBERS, ZIP, number

MOST_BYTES = 1 << 29
"""Of a file and of what a gzip file holds."""
TRIED = 200
"""Rows from which the separator is told."""
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_VALUE = (frozenset(NOT_NUMBERS) - {"inf", "infinity"}) | {"–", "—", "n.d.", "nd", "#n/a", "#value!", "#div/0!"}
COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?$")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+$")
KANA = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
HALF_KANA = re.compile("[\uff61-\uff9f]")
Cells = list[list[str]]


class Plain(NamedTuple):
    """A plain copy of a file, and in what the file is not plain."""

    data: bytes
    changes: tuple[str, ...]


def plain_csv(path: Path, data: bytes) -> Plain:
    """The bytes of a file as plain CSV: its own, with no ``changes``, where they are plain already.

    Raises
    ------
    InputError
        When it is no text, too large, or no table can be seen in it.
    """
    text, changes = _decoded(path, _unpacked(path, data))
    body = text.lstrip("\r\n")
    lines = body.splitlines(keepends=True)
    skipped = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if skipped:
        changes.append(f"{skipped} lines before the header begin with #" if skipped > 1 else "line 1 begins with #")
        body = "".join(lines[skipped:])
    separator = _separator(path, body)
    if separator != _expected(path):
        changes.append(f"columns are separated by {SEPARATORS[separator]}")
    rows = _rows(path, body, separator)
    head, cells = _without_empty(rows, changes)
    for j, name in enumerate(head):
        _mend(name.strip(), [row for row in cells if len(row) == len(head)], j, separator, changes)
    _need_header(path, head, cells)
    if not changes:
        return Plain(data, ())
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator="\n").writerows([head, *cells])
    return Plain(made.getvalue().encode(), tuple(changes))


def _unpacked(path: Path, data: bytes) -> bytes:
    """The bytes inside a gzip file, within bounds."""
    if data.startswith(ZIP):
        raise InputError(f"{path}: is a spreadsheet or zip archive; save the table as CSV")
    if data.startswith(GZIP):
        try:
            with gzip.open(io.BytesIO(data)) as f:
                data = f.read(MOST_BYTES + 1)
        except (EOFError, OSError, zlib.error):
            raise InputError(f"{path}: the gzip file is damaged or cut short; copy or download it again") from None
    if len(data) > MOST_BYTES:
        raise InputError(
            f"{path}: holds more than {MOST_BYTES >> 20} MiB; write the study by hand, or save it as Parquet"
        )
    return data


def _decoded(path: Path, data: bytes) -> tuple[str, list[str]]:
    """The text, and what its encoding is where it is not UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), ["it is UTF-16 text"]
        except UnicodeDecodeError:
            raise InputError(f"{path}: is neither text nor Parquet; save the table as CSV") from None
    if b"\0" in data:
        raise InputError(f"{path}: is neither text nor Parquet; save the table as CSV")
    try:
        text = data.decode("utf-8-sig")
        found: list[str] = []
    except UnicodeDecodeError:
        text, name = _national(data)
        found = [f"it is not UTF-8 but, as it seems, {name} text"]
    if not text.strip():
        raise InputError(f"{path}: the file is empty; give a CSV file with a header and rows")
    if sum(c < " " and c not in "\t\r\n\f" for c in text[:4096]) > 4:
        raise InputError(f"{path}: is neither text nor Parquet; save the table as CSV")
    return text, found


def _national(data: bytes) -> tuple[str, str]:
    """Japanese Windows where it gives Japanese words, Western Windows otherwise."""
    try:
        text = data.decode("cp932")
    except UnicodeDecodeError:
        text = ""
    if KANA.search(text) and not HALF_KANA.search(text):
        return text, "Shift JIS"
    return data.decode("cp1252", errors="replace"), "Windows-1252"


def _expected(path: Path) -> str:
    return "\t" if {".tsv", ".tab"} & set(path.suffixes) else ","


def _separator(path: Path, text: str) -> str:
    """The separator by which most of the first rows have as many cells as the header, and more than one."""
    best: tuple[float, int, str] = (0.0, 1, "")
    first = "".join(text.splitlines(keepends=True)[:TRIED])
    for separator in sorted(SEPARATORS, key=lambda s: s != _expected(path)):
        try:
            rows = [row for row in csv.reader(io.StringIO(first, newline=""), delimiter=separator) if row]
        except csv.Error:
            continue
        width = len(rows[0]) if rows else 1
        fit = sum(len(row) == width for row in rows) / len(rows) if rows else 0.0
        if width > 1 and (fit, width) > best[:2] and (fit > best[0] + 0.1 or not best[2]):
            best = (fit, width, separator)
    if not best[2]:
        raise InputError(f"{path}: only one column is seen in it; give a table with columns separated by commas")
    return best[2]


def _rows(path: Path, text: str, separator: str) -> Cells:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [row for row in reader if row]
    except csv.Error as error:
        raise InputError(f"{path}, row {reader.line_num}: not readable as CSV ({error}); correct the quotes") from None


def _without_empty(rows: Cells, changes: list[str]) -> tuple[list[str], Cells]:
    """Header and rows, without rows in which every cell is empty."""
    head, *cells = rows
    full = [row for row in cells if any(c.strip() for c in row)]
    if len(full) < len(cells):
        gone = len(cells) - len(full)
        changes.append("1 row is empty" if gone == 1 else f"{gone} rows are empty")
    return head, full


def _mend(name: str, rows: Cells, j: int, separator: str, changes: list[str]) -> None:
    """Decimal points for commas and empty cells for words that mean 'no value', in a column of numbers."""
    odd = [(row, row[j].strip()) for row in rows if row[j].strip() and number(row[j]) is None]
    if not odd:
        return
    plain = sum(bool(row[j].strip()) for row in rows) - len(odd)
    commas = [(row, cell) for row, cell in odd if COMMA.match(cell)]
    empty = [(row, cell) for row, cell in odd if cell.lower() in NO_VALUE]
    if plain + len(commas) < max(1, 0.5 * (plain + len(odd))):
        return
    # 1,234 between commas may be a thousand; between semicolons it is what a spreadsheet writes for 1.234
    if commas and (separator != "," or any(cell[0] == "0" or not THOUSANDS.match(cell) for _, cell in commas)):
        changes.append(f"column {name!r} has decimal commas")
        for row, cell in commas:
            row[j] = cell.replace(",", ".")
    if empty:
        shown = ", ".join(repr(w) for w in sorted({cell for _, cell in empty})[:3])
        changes.append(f"column {name!r} says {shown} for no value")
        for row, _ in empty:
            row[j] = ""


def _need_header(path: Path, head: list[str], cells: Cells) -> None:
    """Refuse a file whose first row is data: every column of numbers has a number there."""
    numeric = []
    for j, name in enumerate(head):
        given = [row[j] for row in cells[:TRIED] if len(row) == len(head) and row[j].strip()]
        if given and sum(number(c) is not None for c in given) > 0.9 * len(given):
            numeric.append(name)
    if numeric and all(number(name) is not None for name in numeric):
        raise InputError(
            f"{path}, row 1: holds {numeric[0].strip()!r} where the name of a column should be; "
            "write the names of the columns in a first row"
        )
