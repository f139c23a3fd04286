"""PropertyTable: materials with properties in stated units, one row a material."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.digest import canonical_json, digest_bytes
from simworth.errors import InputError
from simworth.identity import Kind, subject
from simworth.tables.about import About, Provenance
from simworth.units import convert, convert_spread

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PropertyTable:
    """A frozen table of N materials; no material stands in it twice.

    Attributes
    ----------
    about : About
        Name, kind, units, provenance, what was merged and left out.
    data : pyarrow.Table
        N rows. Columns: ``material`` (first spelling), ``identity``, ``row`` (number of the first row in what
        was read), then for each property ``P`` (float64), ``P_spread`` (standard deviation of merged repeats,
        null for one row), ``P_count`` (rows merged), where given ``P_uncertainty``; then features (float64)
        and kept columns.
    """

    about: About
    data: Any

    def __len__(self) -> int:
        return int(self.data.num_rows)

    def __repr__(self) -> str:
        units = ", ".join(f"{p} in {u}" for p, u in self.about.units.items())
        return f"PropertyTable({self.name!r}, {len(self)} materials of kind {self.kind}, {units})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from simworth.tables.shown import table_html

        return table_html(self)

    @property
    def name(self) -> str:
        """What the table is called in messages and results."""
        return self.about.name

    @property
    def kind(self) -> Kind:
        """What its materials are."""
        return self.about.kind

    @property
    def properties(self) -> tuple[str, ...]:
        """Names of its properties."""
        return tuple(self.about.units)

    @property
    def provenance(self) -> Provenance:
        """Where it came from."""
        return self.about.provenance

    @cached_property
    def materials(self) -> tuple[str, ...]:
        """First spelling of each material, (N,)."""
        return tuple(self.data.column("material").to_pylist())

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """Canonical identity of each material, (N,), all different."""
        return tuple(self.data.column("identity").to_pylist())

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What each material is without its condition, (N,): pairs without temperature, so they may repeat."""
        return tuple(subject(self.kind, identity) for identity in self.identities)

    def unit(self, name: str) -> str:
        """Unit of a property.

        Raises
        ------
        InputError
            When the table has no such property.
        """
        if name not in self.about.units:
            raise InputError(f"{self.name}: has no property {name!r}; it has {', '.join(map(repr, self.properties))}")
        return self.about.units[name]

    def values(self, name: str) -> FloatArray:
        """A property, (N,), in `unit`; NaN where a material has no value (see `only`)."""
        self.unit(name)
        return self.numbers(name)

    def spread(self, name: str) -> FloatArray:
        """Standard deviation (N,) of the merged rows of each material, in `unit`; NaN for a single row."""
        self.unit(name)
        return self.numbers(f"{name}_spread")

    def counts(self, name: str) -> NDArray[np.int64]:
        """Rows (N,) that were merged into each value."""
        self.unit(name)
        return np.asarray(self.data.column(f"{name}_count").to_numpy(), dtype=np.int64)

    def uncertainty(self, name: str) -> FloatArray | None:
        """Stated uncertainty (N,) in `unit`, NaN where none; None when the table carries none."""
        self.unit(name)
        column = f"{name}_uncertainty"
        return self.numbers(column) if column in self.data.column_names else None

    def feature_matrix(self) -> FloatArray:
        """The features a table of kind ``features`` brings, (N, features)."""
        if not self.about.features:
            return np.empty((len(self), 0))
        return np.column_stack([self.numbers(f) for f in self.about.features])

    def numbers(self, column: str) -> FloatArray:
        """A numeric column (N,), NaN for null.

        Raises
        ------
        InputError
            When the table has no such column or it holds text.
        """
        if column not in self.data.column_names:
            raise InputError(f"{self.name}: has no column {column!r}; name it under 'keep' when reading the table")
        if not (pa.types.is_floating(self.data.schema.field(column).type)):
            raise InputError(f"{self.name}: column {column!r} holds no decimal numbers; choose a numeric column")
        return np.array(self.data.column(column).to_numpy(), dtype=np.float64)

    def take(self, rows: Sequence[int] | NDArray[np.integer[Any]]) -> PropertyTable:
        """The materials at these places (0-based), in this order."""
        return PropertyTable(self.about, self.data.take(pa.array(np.asarray(rows, dtype=np.int64))))

    def only(self, name: str, beside: Sequence[str] = (), *, partial: bool = False) -> PropertyTable:
        """The materials that have a value of this property, and no other property.

        Properties named ``beside`` stay as kept columns; with ``partial`` materials that have one of those stay too.
        """
        self.unit(name)
        beside = [p for p in beside if p in self.properties and p != name]
        known = np.isfinite(self.values(name))
        for p in beside if partial else ():
            known |= np.isfinite(self.values(p))
        have = np.flatnonzero(known)
        others = [c for p in self.properties if p != name for c in property_columns(p) if c not in beside]
        kept = [c for c in self.data.column_names if c not in others and c not in beside]
        keep = (*self.about.keep, *beside)
        about = msgspec.structs.replace(self.about, units={name: self.unit(name)}, keep=keep)
        kept += beside
        if len(have) < len(self):
            what = " or ".join([name, *beside]) if partial else name
            gone = {**self.about.left_out, f"no value of {what}": len(self) - len(have)}
            about = msgspec.structs.replace(about, left_out=gone)
        return PropertyTable(about, self.data.select(kept)).take(have)

    def convert(self, name: str, unit: str) -> PropertyTable:
        """The same table with one property expressed in another unit.

        Spreads and uncertainties are converted to first order. A mean of wavelengths is not the wavelength of
        the mean energy: to merge repeats in the new unit, convert while reading (`PropertyColumn.convert`).

        Raises
        ------
        InputError
            When the property is unknown or the units are incompatible.
        """
        old = self.unit(name)
        if old == unit:
            return self
        where = f"{self.name}, property {name!r}"
        values = self.values(name)
        data = _replace(self.data, name, convert(values, old, unit, where))
        for suffix in ("spread", "uncertainty"):
            column = f"{name}_{suffix}"
            if column in data.column_names:
                spreads = self.numbers(column)
                data = _replace(data, column, convert_spread(values, spreads, old, unit, where))
        about = msgspec.structs.replace(self.about, units={**self.about.units, name: unit})
        return PropertyTable(about, data)

    @cached_property
    def digest(self) -> str:
        """Identity of the content: materials in order, numbers, units, kept columns; not the file's place."""
        head = canonical_json(
            {
                "kind": self.kind,
                "units": self.about.units,
                "features": list(self.about.features),
                "keep": list(self.about.keep),
            }
        )
        return digest_bytes(b"\0".join([head.encode(), *_column_bytes(self.data)]))

    def to_parquet(self, path: str | Path) -> None:
        """Write the table whole; `from_parquet` gives back an equal one."""
        from simworth.tables.parquet import write

        write(self, Path(path))

    @staticmethod
    def from_parquet(path: str | Path) -> PropertyTable:
        """Read what `to_parquet` wrote.

        Raises
        ------
        InputError
            When the file is missing, damaged, or was not written by `to_parquet`.
        """
        from simworth.tables.parquet import read

        return read(Path(path))


def property_columns(name: str) -> tuple[str, ...]:
    """The columns that belong to a property."""
    return (name, f"{name}_spread", f"{name}_count", f"{name}_uncertainty")


def float_column(values: FloatArray) -> Any:
    """An Arrow float64 array; NaN becomes null."""
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _replace(data: Any, column: str, values: FloatArray) -> Any:
    return data.set_column(data.column_names.index(column), column, float_column(values))


def _column_bytes(data: Any) -> Iterator[bytes]:
    """Bytes of each column's name and content, the same for equal content however Arrow stores it."""
    for field in data.schema:
        if field.name == "row":  # where a material stood is not what it is
            continue
        yield field.name.encode()
        column = data.column(field.name)
        if pa.types.is_floating(field.type):
            yield np.ascontiguousarray(column.to_numpy(), dtype="<f8").tobytes()
        elif pa.types.is_integer(field.type):
            yield np.ascontiguousarray(column.to_numpy(), dtype="<i8").tobytes()
        else:
            yield canonical_json(column.to_pylist()).encode()
