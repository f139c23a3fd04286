"""Databases that a user downloads as a file: one protocol, and one shape for those that are CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np

from simworth.errors import InputError
from simworth.identity import Kind, pair_text
from simworth.ingest.landing import Counts
from simworth.ingest.sources.cells import NOTHING, NUMBER
from simworth.ingest.sources.conditions import Condition, holds
from simworth.ingest.sources.protocol import Catalogue, Cell, Field

PIECE = 20_000
"""Rows read at once."""
PEEK = 1000
"""Rows that are looked at to tell numbers from texts."""
SMILES = ("smiles", "psmiles", "p-smiles", "polymer_smiles", "smiles_list", "smiles_string")
Shape = Callable[[tuple[str, ...]], "Layout"]


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check that the database made of its own rows."""

    words: str
    """For the rows that fail it."""
    of: tuple[str, ...] = ()
    """Beginnings of the fields it speaks of; empty for all."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things stand in one CSV file."""

    kind: Kind
    material: str
    fields: dict[str, Field]
    columns: dict[str, str]
    """Field → its column."""
    partner: str | None = None
    temperature: str | None = None
    celsius: bool = False
    entry: str | None = None
    """Column of the database's own names."""
    uncertainties: dict[str, tuple[str, str | None]] = {}
    """Field → column of its standard deviation, and of the number of repeats where it is one of a single repeat."""
    checks: dict[str, Check] = {}
    """Column → what it checks; a failed check holds false, or a remark."""


class FileSource(Protocol):
    """A database in a file."""

    @property
    def name(self) -> str:
        """What the command line calls it."""

    @property
    def title(self) -> str:
        """One line for people."""

    @property
    def where(self) -> str:
        """One sentence: the language of ``--where``."""

    @property
    def home(self) -> str:
        """Address where its makers offer the file; empty where none is known."""

    def catalogue(self, path: Path) -> Catalogue:
        """Fields, licence and citation. Raises InputError for a file of another kind."""

    def batches(self, path: Path, order: FileOrder, catalogue: Catalogue, counts: Counts) -> Iterator[Any]:
        """Record batches with ``material``, ``entry``, the fields, and ``FIELD_uncertainty`` where it is known."""


class FileOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted of a file."""

    fields: tuple[str, ...]
    asked: tuple[Condition, ...] = ()
    limit: int | None = None
    seed: int = 0
    failed: bool = False
    """Keep rows that failed the database's own checks."""


class CsvSource(msgspec.Struct, frozen=True):
    """A database that is a CSV file; ``shape`` understands its header."""

    name: str
    title: str
    licence: str
    citation: str
    shape: Shape
    usual: tuple[str, ...]
    """Columns of its usual file that are known."""
    home: str = ""
    notes: tuple[str, ...] = ()
    private: bool = False
    example: str = "temp = 300"
    """Of a condition."""

    @property
    def where(self) -> str:
        """One sentence: the language of ``--where``."""
        return f"comparisons of fields joined by AND, such as: {self.example}"

    def catalogue(self, path: Path) -> Catalogue:
        """Fields that the file's header names."""
        layout = self._layout(path)
        named = layout.entry is not None
        return Catalogue(layout.fields, self.licence, self.citation, layout.kind, self.notes, named, self.private)

    def _layout(self, path: Path) -> Layout:
        """What the header says; a column of which nothing is known holds texts where no number begins it."""
        layout = self.shape(header(path))
        strange = [f.name for f in layout.fields.values() if f.holds == "number" and f.unit is None]
        if not strange:
            return layout
        first = _first(path)
        texts = {f: [t for t in first.texts(layout.columns[f]) if t and t.lower() not in NOTHING] for f in strange}
        wordy = [f for f, cells in texts.items() if cells and not any(NUMBER.fullmatch(t) for t in cells)]
        fields = {f: msgspec.structs.replace(v, holds="text") if f in wordy else v for f, v in layout.fields.items()}
        return msgspec.structs.replace(layout, fields=fields)

    def batches(self, path: Path, order: FileOrder, catalogue: Catalogue, counts: Counts) -> Iterator[Any]:
        """The rows that are wanted, in pieces; what is left out is counted by reason."""
        from simworth.tables.csvfile import csv_tables

        layout = self._layout(path)
        rows = 0
        bad: dict[str, int] = {}
        for table in csv_tables(path, PIECE):
            places = np.ones(len(table.numbers), dtype=bool)
            if not order.failed:
                _drop_failed(table, layout, order.fields, places, counts)
            columns = {f: _cells(table, layout, f, bad) for f in order.fields}
            for c in order.asked:
                keep = np.array([holds(c, cell) for cell in columns[c.field]], dtype=bool)
                counts.left_out["rows that do not satisfy --where"] += int((places & ~keep).sum())
                places &= keep
            chosen = np.flatnonzero(places)
            if order.limit is not None:
                chosen = chosen[: max(0, order.limit - rows)]
            rows += len(chosen)
            yield _batch(table, layout, catalogue, columns, chosen, bad)
            if order.limit is not None and rows >= order.limit:
                break
        counts.notes += [f"{n} values of {f} could not be read and count as no value" for f, n in bad.items()]
        for reason in [r for r, n in counts.left_out.items() if not n]:
            del counts.left_out[reason]


def _first(path: Path) -> Any:
    """The first rows of a CSV file."""
    from simworth.tables.csvfile import csv_tables

    return next(iter(csv_tables(path, PEEK)))


def header(path: Path) -> tuple[str, ...]:
    """The column names of a CSV file.

    Raises
    ------
    InputError
        When it is missing or no CSV file.
    """
    from simworth.tables.csvfile import csv_tables

    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a CSV file in it")
    try:
        return next(iter(csv_tables(path, 1))).names
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; download it from its makers first") from None


def field_name(column: str) -> str:
    """What a column is called as a field: letters, digits and underscores."""
    return re.sub(r"[^A-Za-z0-9]+", "_", column).strip("_")


def find_column(names: Sequence[str], candidates: Sequence[str], what: str) -> str:
    """The column with one of these names, whatever its case.

    Raises
    ------
    InputError
        When there is none.
    """
    small = {n.lower(): n for n in names}
    for one in candidates:
        if one.lower() in small:
            return small[one.lower()]
    shown = ", ".join(map(repr, [n for n in names if n][:8]))
    raise InputError(f"no column holds {what} (looked for {candidates[0]!r} and its like); the file has {shown}")


def _drop_failed(table: Any, layout: Layout, fields: Sequence[str], places: Any, counts: Counts) -> None:
    for column, check in layout.checks.items():
        if check.of and not any(f.startswith(check.of) for f in fields):
            continue
        failed = np.array([_failed(cell) for cell in table.texts(column)], dtype=bool)
        counts.left_out[check.words] += int((places & failed).sum())
        places &= ~failed


def _failed(cell: str | None) -> bool:
    """Whether a check's cell says that something went wrong; an empty one says nothing."""
    return cell is not None and cell.lower() not in ("true", "1", "1.0", "ok", "none", "nan")


def _cells(table: Any, layout: Layout, name: str, bad: dict[str, int]) -> list[Cell]:
    texts: list[str | None] = table.texts(layout.columns[name])
    if layout.fields[name].holds == "flag":
        return [None if t is None else {"1": "true", "0": "false"}.get(t, t.lower()) for t in texts]
    return list(texts) if layout.fields[name].holds != "number" else list(_numbers(texts, name, bad))


def _numbers(texts: Sequence[str | None], name: str, bad: dict[str, int]) -> list[float | None]:
    found: list[float | None] = []
    for t in texts:
        value = float(t) if t is not None and NUMBER.fullmatch(t) else None
        if value is not None and not np.isfinite(value):
            value = None
        if value is None and t is not None and t.lower() not in NOTHING:
            bad[name] = bad.get(name, 0) + 1
        found.append(value)
    return found


def _batch(
    table: Any,
    layout: Layout,
    catalogue: Catalogue,
    columns: Mapping[str, list[Cell]],
    chosen: Any,
    bad: dict[str, int],
) -> Any:
    import pyarrow as pa

    places = chosen.tolist()
    texts = _materials(table, layout, bad)
    entries = table.texts(layout.entry) if layout.entry else [None] * len(texts)
    made = {
        "material": pa.array([texts[i] for i in places], pa.string()),
        "entry": pa.array([entries[i] for i in places], pa.string()),
        "row": pa.array(table.numbers[chosen], pa.int64()),
    }
    for f, cells in columns.items():
        kind = pa.float64() if catalogue.fields[f].holds == "number" else pa.string()
        made[f] = pa.array([cells[i] for i in places], kind)
        if f in layout.uncertainties:
            spread = _uncertainty(table, *layout.uncertainties[f], bad)
            made[f"{f}_uncertainty"] = pa.array([spread[i] for i in places], pa.float64())
    return pa.RecordBatch.from_pydict(made)


def _uncertainty(table: Any, column: str, repeats: str | None, bad: dict[str, int]) -> list[float | None]:
    """The standard error of each value: the spread of its repeats by the root of their number."""
    spread = _numbers(table.texts(column), column, bad)
    spread = [s if s is not None and s >= 0 else None for s in spread]
    if repeats is None:
        return spread
    count = _numbers(table.texts(repeats), repeats, bad)
    return [
        None if s is None or n is None or n < 2 else s / float(n) ** 0.5 for s, n in zip(spread, count, strict=True)
    ]


def _materials(table: Any, layout: Layout, bad: dict[str, int]) -> list[str | None]:
    texts: list[str | None] = table.texts(layout.material)
    if layout.partner is None:
        return texts
    others = table.texts(layout.partner)
    kelvin: list[float | None] = [None] * len(texts)
    if layout.temperature is not None:
        found = _numbers(table.texts(layout.temperature), layout.temperature, bad)
        kelvin = [None if t is None else t + 273.15 * layout.celsius for t in found]
    made: list[str | None] = []
    for a, b, k in zip(texts, others, kelvin, strict=True):
        missing = a is None or b is None or "|" in f"{a}{b}" or (layout.temperature is not None and k is None)
        made.append(None if missing else pair_text(str(a), str(b), k))
    return made
