"""read_table: from a file or a table in memory to a PropertyTable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.identity import KINDS, Kind, pair_text
from simworth.tables.about import Merge, Provenance, Unreadable
from simworth.tables.arrowtable import ArrowStream, read_parquet, read_stream
from simworth.tables.build import build_table
from simworth.tables.csvfile import read_csv
from simworth.tables.rows import FloatArray, RawTable, Rows, need_columns
from simworth.tables.table import PropertyTable
from simworth.units import convert, convert_spread, parse_unit

PARQUET = b"PAR1"
Bound = tuple[float, float] | str
"""Lowest and highest value allowed (both included), or the one text allowed."""


class PropertyColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a property stands in a file, and in which unit."""

    column: str
    unit: str
    uncertainty: str | None = None
    """Column of uncertainties, in the same unit."""
    convert: str | None = None
    """Unit to convert to before repeats are merged; None keeps the file's."""


def read_table(
    source: str | Path | ArrowStream,
    *,
    kind: Kind,
    material: str,
    partner: str | None = None,
    temperature: str | None = None,
    temperature_unit: str = "K",
    properties: Mapping[str, PropertyColumn | tuple[str, str]],
    features: Sequence[str] = (),
    keep: Sequence[str] = (),
    where: Mapping[str, Bound] | None = None,
    merge: Merge = "mean",
    unreadable: Unreadable = "error",
    name: str | None = None,
    licence: str = "",
    citation: str = "",
) -> PropertyTable:
    """Read a property table from CSV (also .gz), Parquet, or any object with the Arrow C stream interface.

    Parameters
    ----------
    source : str, Path or ArrowStream
        File, or a pandas, polars, pyarrow ... table.
    kind : Kind
        What the materials are: ``composition``, ``molecule``, ``polymer``, ``pair`` or ``features``.
    material : str
        Column of materials; for kind ``pair`` of polymers.
    partner : str or None
        Column of the molecules that polymers are paired with; for kind ``pair`` alone.
    temperature, temperature_unit : str or None, str
        Column of the temperature of each pair and its unit. One pair may stand there at several temperatures.
    properties : mapping of str to PropertyColumn or (column, unit)
        Property name → where it stands. A row without any of them is left out and counted.
    features : sequence of str
        Numeric columns that describe the materials; for kind ``features`` at least one.
    keep : sequence of str
        Further columns to carry.
    where : mapping of str to (low, high) or str
        Column → bounds, in the file's unit, or the text it must hold. Other rows are left out and counted.
    merge, unreadable
        See `simworth.tables.build.build_table`.
    name : str or None
        What the table is called; the file's name by default.
    licence, citation : str
        Carried along.

    Raises
    ------
    InputError
        When anything in the file or the settings cannot be used, in one sentence that names the place.
    """
    wanted = {p: _column(c) for p, c in properties.items()}
    _check_settings(kind, wanted, features, str(source) if isinstance(source, str | Path) else "")
    _check_pair(kind, partner, temperature)
    raw = open_raw(source)
    asked = Asked(material, wanted, partner, temperature, temperature_unit, tuple(features), tuple(keep), where or {})
    rows, left_out = read_rows(raw, asked)
    if not len(rows):
        said = ", ".join(f"{n} with {why}" for why, n in left_out.items())
        raise InputError(f"{raw.where}: 'where' leaves no row ({said}); widen the bounds")
    return build_table(
        rows,
        name=name or Path(raw.where).name.split(".")[0],
        kind=kind,
        provenance=Provenance(raw.where, raw.digest, licence, citation),
        merge=merge,
        unreadable=unreadable,
        left_out=left_out,
    )


class Asked(NamedTuple):
    """What is asked of a file: the parameters of `read_table` that are about its columns."""

    material: str
    properties: Mapping[str, PropertyColumn]
    partner: str | None = None
    temperature: str | None = None
    temperature_unit: str = "K"
    features: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    where: Mapping[str, Bound] = {}


def read_rows(raw: RawTable, asked: Asked) -> tuple[Rows, dict[str, int]]:
    """The rows of a table that was read, in their final units, and how many were left out for each reason.

    Raises
    ------
    InputError
        When a column is missing or a cell cannot be used.
    """
    wanted = asked.properties
    uncertainties = [c.uncertainty for c in wanted.values() if c.uncertainty is not None]
    named = [c for c in (asked.material, asked.partner, asked.temperature) if c is not None]
    need_columns(raw, [*named, *(c.column for c in wanted.values()), *uncertainties, *asked.features, *asked.keep])
    raw, left_out = _bounded(raw, asked.where)
    values, spreads = _numbers(raw, wanted)
    rows = Rows(
        raw.where,
        raw.numbers,
        _pairs(raw, asked.material, asked.partner, asked.temperature, asked.temperature_unit)
        if asked.partner
        else raw.texts(asked.material),
        values,
        {p: c.convert or c.unit for p, c in wanted.items()},
        spreads,
        {f: raw.floats(f) for f in asked.features},
        {k: raw.either(k) for k in asked.keep},
    )
    return rows, left_out


def check_asked(kind: Kind, asked: Asked, where: str = "") -> None:
    """Refuse what cannot work before a file is opened; ``where`` is the file, for messages.

    Raises
    ------
    InputError
        For an unknown kind or unit, no property, missing features, or what only pairs have.
    """
    _check_settings(kind, asked.properties, asked.features, where)
    _check_pair(kind, asked.partner, asked.temperature)


def open_raw(source: str | Path | ArrowStream) -> RawTable:
    """Read a file or take over a table in memory, without understanding its columns.

    Raises
    ------
    InputError
        When it is missing, a folder, empty, damaged, or of a type that is not known.
    """
    if not isinstance(source, str | Path):
        if not hasattr(source, "__arrow_c_stream__"):
            raise InputError(
                f"a table in memory of type {type(source).__name__} cannot be read; give a path or a "
                "pandas, polars or "
                "pyarrow table"
            )
        return read_stream(source, f"{type(source).__module__.split('.')[0]} {type(source).__name__}")
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a CSV or Parquet file in it")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; name a CSV or Parquet file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be opened ({error.strerror}); check its permissions") from None
    if not data.strip():
        raise InputError(f"{path}: the file is empty; give a CSV file with a header and rows")
    if data.startswith(PARQUET) or path.suffix in (".parquet", ".pq"):
        return read_parquet(path, data)
    return read_csv(path, data)


def _column(given: PropertyColumn | tuple[str, str]) -> PropertyColumn:
    return given if isinstance(given, PropertyColumn) else PropertyColumn(*given)


def _check_settings(kind: Kind, wanted: Mapping[str, PropertyColumn], features: Sequence[str], where: str) -> None:
    """Refuse what cannot work before the file is opened."""
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}")
    if not wanted:
        raise InputError("a table needs at least one property; name its column and unit")
    if kind == "features" and not features:
        raise InputError("a table of kind 'features' needs 'features', the names of its descriptor columns")
    for name, column in wanted.items():
        place = f"{where}, property {name!r}" if where else f"property {name!r}"
        parse_unit(column.unit, place)
        if column.convert is not None:
            convert(np.ones(1), column.unit, column.convert, place)


def _check_pair(kind: Kind, partner: str | None, temperature: str | None) -> None:
    """Only pairs have two materials and a temperature."""
    if kind == "pair" and partner is None:
        raise InputError("a table of kind 'pair' needs 'partner', the column of the molecules beside the polymers")
    for key, column in (("partner", partner), ("temperature", temperature)):
        if kind != "pair" and column is not None:
            raise InputError(f"{key!r} is for tables of kind 'pair'; leave it out or set kind = 'pair'")


def _pairs(raw: RawTable, material: str, partner: str, temperature: str | None, unit: str) -> list[str | None]:
    """One text (R,) a row for `simworth.identity.canonical`; None where a part is missing.

    A bar inside a part would shift the parts, so such a text is made unreadable by one bar more.
    """
    polymers, molecules = raw.texts(material), raw.texts(partner)
    place = f"{raw.where}, column {temperature!r}"
    kelvin = None if temperature is None else convert(raw.floats(temperature), unit, "K", place).tolist()
    found: list[str | None] = []
    for i, (polymer, molecule) in enumerate(zip(polymers, molecules, strict=True)):
        at = None if kelvin is None else kelvin[i]
        missing = polymer is None or molecule is None or (at is not None and np.isnan(at))
        bars = "|" in f"{polymer}{molecule}"
        found.append(None if missing else pair_text(str(polymer), f"|{molecule}" if bars else str(molecule), at))
    return found


def _bounded(raw: RawTable, where: Mapping[str, Bound]) -> tuple[RawTable, dict[str, int]]:
    """Rows inside the bounds, and how many were left out for each reason."""
    need_columns(raw, list(where))
    inside = np.ones(len(raw.numbers), dtype=bool)
    left_out: dict[str, int] = {}
    for column, bound in where.items():
        passed, empty, reason = _passes(raw, column, bound)
        for why, rows in ((f"no value of {column!r}", empty), (reason, ~passed & ~empty)):
            if (inside & rows).any():
                left_out[why] = int((inside & rows).sum())
        inside &= passed & ~empty
    return (raw, left_out) if inside.all() else (raw.take(np.flatnonzero(inside)), left_out)


def _passes(raw: RawTable, column: str, bound: Bound) -> tuple[NDArray[np.bool_], NDArray[np.bool_], str]:
    """Which rows pass, which are empty, and the words for those that do not pass."""
    if isinstance(bound, str):
        texts = raw.texts(column)
        empty = np.array([t is None for t in texts])
        return np.array([t == bound for t in texts]), empty, f"{column!r} other than {bound!r}"
    low, high = bound
    if not low <= high:
        raise InputError(f"{raw.where}: the bounds of {column!r} are [{low}, {high}]; give the lower one first")
    values = raw.floats(column)
    return (values >= low) & (values <= high), np.isnan(values), f"{column!r} outside [{low:g}, {high:g}]"


def _numbers(
    raw: RawTable, wanted: Mapping[str, PropertyColumn]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Values and uncertainties of each property, in its final unit."""
    values: dict[str, FloatArray] = {}
    spreads: dict[str, FloatArray] = {}
    for name, c in wanted.items():
        place = f"{raw.where}, column {c.column!r}"
        given, unit = raw.floats(c.column), c.convert or c.unit
        values[name] = convert(given, c.unit, unit, place)
        if c.uncertainty is not None:
            spreads[name] = convert_spread(given, raw.floats(c.uncertainty), c.unit, unit, place)
    return values, spreads
