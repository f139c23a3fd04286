"""Candidate tables: read by their one column of materials, written with what the model says of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.files import write_text
from simworth.identity import Kind, canonical, pair_text
from simworth.model.card import Card
from simworth.tables.csvfile import CsvTable, number
from simworth.tables.reading import open_raw
from simworth.tables.rows import need_columns
from simworth.units import convert

USUAL: dict[Kind, tuple[str, ...]] = {
    "molecule": ("smiles", "canonical_smiles", "molecule", "structure", "material", "identity"),
    "composition": ("formula", "composition", "reduced_formula", "pretty_formula", "material", "identity"),
    "polymer": ("smiles", "psmiles", "repeat_unit", "polymer", "unit", "structure", "material", "identity"),
    "pair": ("pair", "material", "identity", "polymer"),
    "features": ("name", "material", "id", "sample", "identity"),
}
"""What a column of materials is usually called, whatever its capitals."""
FORMULA = "=+-@\t\r\n＝＋－＠"
"""First characters by which a spreadsheet takes text for a formula."""
Cell = str | float | int | bool | None


class Candidates(NamedTuple):
    """A table of candidates."""

    names: tuple[str, ...]
    """Of its columns, which are passed through."""
    rows: list[list[str]]
    column: str
    """The one of the materials."""
    texts: list[str]
    """One material a row; empty where the row has none."""
    features: NDArray[np.float64] | None
    """(rows, d) for materials of kind ``features``, NaN where a cell is empty or no number."""


def read_candidates(
    path: Path, card: Card, column: str | None = None, partner: str | None = None, temperature: str | None = None
) -> Candidates:
    """Read a CSV file of candidates (also gzipped or tab-separated).

    Parameters
    ----------
    card
        Of the model that is to be asked: tells the kind of materials and the columns of given features.
    column
        Of the materials; default: one of the usual names, or the only column.
    partner, temperature
        For pairs that stand in several columns: of the molecules, and of temperatures in K or as ``COLUMN:UNIT``.

    Raises
    ------
    InputError
        When the file cannot be read or has no such column.
    """
    table = open_raw(path)
    if not isinstance(table, CsvTable):
        raise InputError(f"{path}: candidates are read from a CSV file; export the table as one")
    if temperature is not None and partner is None:
        raise InputError("--temperature is for pairs in several columns; name that of the molecules with --partner")
    chosen = column or _guess(table, card.kind)
    need_columns(table, [chosen, *card.features])
    texts = [text or "" for text in table.texts(chosen)]
    if partner is not None:
        texts = _pairs(table, texts, partner, temperature, card.kind)
    features = np.column_stack([_numbers(table, name) for name in card.features]) if card.features else None
    return Candidates(table.names, table.cells, chosen, texts, features)


def own_names(taken: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Names for further columns beside those taken: ``model_NAME`` where NAME is taken.

    Raises
    ------
    InputError
        When that is taken too.
    """
    found = [f"model_{name}" if name in taken else name for name in wanted]
    twice = sorted(set(found) & set(taken))
    if twice:
        raise InputError(f"the candidates have columns of the names {', '.join(map(repr, twice))}; rename them")
    return found


def csv_text(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A CSV file that a spreadsheet can open: text that would be a formula there begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_safe(name) for name in names])
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return out.getvalue()


def write_rows(path: Path, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Write `csv_text` whole."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file")
    write_text(path, csv_text(names, rows))


def _safe(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if not isinstance(cell, str):
        return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
    return f"'{cell}" if cell and cell[0] in FORMULA and number(cell) is None else cell


def _guess(table: CsvTable, kind: Kind) -> str:
    """The column of materials, by its name."""
    plain = {name.strip().lower().replace(" ", "_"): name for name in reversed(table.names)}
    for name in USUAL[kind]:
        if name in plain:
            return plain[name]
    if len(table.names) == 1:
        return _only(table, kind)
    names = ", ".join(map(repr, table.names))
    raise InputError(f"{table.where}: which column holds the materials is not clear; name one of {names} with --column")


def _only(table: CsvTable, kind: Kind) -> str:
    """The only column, unless it is several that commas do not part, or has no name."""
    [name] = table.names
    if any(c in name for c in ";\t"):
        raise InputError(f"{table.where}: its first line has no commas; save it with commas between the columns")
    if kind != "features" and canonical(kind, name) is not None:
        raise InputError(
            f"{table.where}: its first line, {name!r}, is a material and no column's name; write a line above it, "
            f"such as {USUAL[kind][0]!r}"
        )
    return name


def _numbers(table: CsvTable, column: str) -> NDArray[np.float64]:
    found = (number(text) if text else None for text in table.texts(column))
    return np.array([np.nan if value is None else value for value in found], np.float64)


def _pairs(table: CsvTable, polymers: list[str], partner: str, temperature: str | None, kind: Kind) -> list[str]:
    """Texts of pairs from their columns."""
    if kind != "pair":
        raise InputError(f"--partner is for models of pairs, and this one is of materials of kind {kind!r}")
    name, _, unit = (temperature or "").partition(":")
    need_columns(table, [partner, *([name] if name else [])])
    kelvin = np.full(len(polymers), np.nan)
    if name:
        kelvin = convert(_numbers(table, name), unit or "K", "K", f"{table.where}, column {name!r}")
    molecules = [text or "" for text in table.texts(partner)]
    return [
        pair_text(p, m, None if np.isnan(k) else float(k)) if p and m and "|" not in p + m else ""
        for p, m, k in zip(polymers, molecules, kelvin, strict=True)
    ]
