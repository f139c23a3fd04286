"""What stands in a file: its columns, what they hold, and which could be materials."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from simworth.errors import InputError, MissingExtraError
from simworth.identity import Kind, canonical
from simworth.starting.headers import split_unit
from simworth.starting.plain import MOST_BYTES, Plain, plain_csv
from simworth.tables.csvfile import number, read_csv
from simworth.tables.reading import PARQUET, open_raw
from simworth.tables.rows import FloatArray, RawTable

LOOKED = 100
"""Different cells of a column that are tried as materials."""
LONGEST = 2000
"""Characters of such a cell."""
TRIED: tuple[Kind, ...] = ("composition", "molecule", "polymer")
MOSTLY = 0.9
"""Share of its cells that must be numbers in a column of numbers."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a file."""

    name: str
    numbers: int = 0
    """Cells that hold a number; the others hold text or nothing."""
    texts: int = 0
    empty: int = 0
    distinct: int = 0
    low: float | None = None
    high: float | None = None
    whole: bool = False
    """All numbers are whole."""
    examples: tuple[str, ...] = ()
    unit: str | None = None
    """As its name states it."""
    kinds: dict[Kind, float] = {}
    """Share of the cells that can be read as each kind of material."""

    @property
    def numeric(self) -> bool:
        """Whether nearly all its cells are numbers."""
        return self.numbers > 0 and self.numbers >= MOSTLY * (self.numbers + self.texts)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at."""

    path: str
    name: str
    rows: int
    columns: tuple[Column, ...]
    changes: tuple[str, ...] = ()
    """In what it is not plain CSV; empty where it is, and for Parquet."""
    plain: bytes | None = None
    """A plain copy, where ``changes`` is not empty."""
    missing: str = ""
    """Why molecules and polymers could not be recognised, where they could not."""

    def column(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def named(self) -> tuple[Column, ...]:
        """The columns that have a name."""
        return tuple(c for c in self.columns if c.name)


def look(path: Path) -> Look:
    """Look at a CSV (also gzipped or tab-separated) or Parquet file.

    Raises
    ------
    InputError
        When it is missing, empty, no table, damaged, or has no header.
    """
    data = _bytes(path)
    if data.startswith(PARQUET) or path.suffix in (".parquet", ".pq"):
        plain, raw = Plain(data, ()), open_raw(path)
    else:
        plain = plain_csv(path, data)
        # A copy has commas, whatever the file's ending says.
        raw = read_csv(path.with_name(path.name.split(".")[0] + ".csv") if plain.changes else path, plain.data)
    return look_at(raw, path, plain)


def look_at(raw: RawTable, path: Path, plain: Plain) -> Look:
    """`look` at a table that was read."""
    missing = _untried()
    kinds = tuple(k for k in TRIED if k == "composition" or not missing)
    columns = tuple(_column(raw, name, kinds) for name in raw.names)
    if len(columns) < 2:
        raise InputError(f"{path}: has only one column; a table needs the materials and a property")
    return Look(
        path=str(path), name=path.name, rows=len(raw.numbers), columns=columns, changes=plain.changes,
        plain=plain.data if plain.changes else None, missing=missing,
    )  # fmt: skip


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a CSV or Parquet file in it")
    try:
        with path.open("rb") as f:
            data = f.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; name a CSV or Parquet file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{path}: is larger than {MOST_BYTES >> 20} MiB; store it with 'simworth import' instead")
    return data


def _untried() -> str:
    """What has to be installed before SMILES can be told from other texts."""
    try:
        canonical("molecule", "C")
    except MissingExtraError as error:
        return str(error)
    return ""


def _column(raw: RawTable, name: str, kinds: tuple[Kind, ...]) -> Column:
    unit = split_unit(name)[1]
    try:
        found = raw.either(name)
    except InputError:
        # A type that is no property and no material, such as a list.
        return Column(name=name, empty=len(raw.numbers))
    if isinstance(found, np.ndarray):
        return _numeric(name, unit, found)
    texts = [t for t in found if t is not None]
    values = [v for v in (number(t) for t in texts) if v is not None]
    different = list(dict.fromkeys(texts))
    mostly = len(values) >= MOSTLY * len(texts)
    return Column(
        name=name, numbers=len(values), texts=len(texts) - len(values), empty=len(found) - len(texts),
        distinct=len(different), low=min(values, default=None), high=max(values, default=None), unit=unit,
        examples=tuple(t[:60] for t in different[:3]), kinds={} if mostly else _kinds(different, kinds),
    )  # fmt: skip


def _numeric(name: str, unit: str | None, values: FloatArray) -> Column:
    known = values[np.isfinite(values)]
    return Column(
        name=name, numbers=len(known), empty=len(values) - len(known), distinct=len(np.unique(known)),
        low=float(known.min()) if len(known) else None, high=float(known.max()) if len(known) else None,
        whole=bool(len(known)) and bool((known == np.round(known)).all()), unit=unit,
        examples=tuple(f"{v:g}" for v in known[:3]),
    )  # fmt: skip


def _kinds(texts: list[str], kinds: tuple[Kind, ...]) -> dict[Kind, float]:
    """Share of some texts that can be read as each kind and that are different materials.

    Names such as P1, P2, … are all readable as phosphorus, which does not make them formulas: texts of a column of
    materials are, for the most part, different materials.
    """
    step = max(1, len(texts) // LOOKED)
    some = texts[::step][:LOOKED]
    shares: dict[Kind, float] = {}
    for kind in kinds:
        found = [_identity(kind, t) for t in some]
        known = [f for f in found if f is not None]
        if known and 2 * len(set(known)) > len(known):
            shares[kind] = len(known) / len(some)
    return shares


def _identity(kind: Kind, text: str) -> str | None:
    if len(text) > LONGEST or (kind == "polymer" and text.count("*") != 2):
        return None
    return canonical(kind, text)
