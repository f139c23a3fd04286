"""TableSpec: what a study file writes for one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from simworth.errors import InputError
from simworth.identity import Kind
from simworth.tables.about import Merge, Unreadable
from simworth.tables.reading import Bound, PropertyColumn, read_table
from simworth.tables.table import PropertyTable

REGISTRIES = ("builtin:", "chemicals:", "store:")
"""Prefixes of names that are not files."""


class TableSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of a study file."""

    table: str
    """Path (relative to the study file), ``"builtin:NAME"``, ``"chemicals:PROPERTY"`` or ``"store:NAME"``."""
    property: str
    """Name of the property in results."""
    kind: Kind | None = None
    material: str | None = None
    """Column of materials."""
    partner: str | None = None
    """Column of the molecules that polymers are paired with, for kind ``pair``."""
    temperature: str | None = None
    """Column of the temperature of each pair; one pair may stand there at several."""
    temperature_unit: str = "K"
    """Unit of the temperatures in the file."""
    column: str | None = None
    """Column of the property, when it is not called like the property."""
    unit: str | None = None
    """Unit in the file; for a built-in table the unit to convert to."""
    convert: str | None = None
    """Unit to convert to before repeats are merged."""
    uncertainty: str | None = None
    """Column of uncertainties, in the file's unit."""
    features: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    where: dict[str, Bound] = {}
    sample: int | None = None
    """Take a seeded sample of so many materials; the same ones from a file and from the store."""
    merge: Merge = "mean"
    unreadable: Unreadable = "error"
    name: str | None = None
    licence: str = ""
    citation: str = ""


def is_file(spec: TableSpec) -> bool:
    """False where ``table`` names a built-in or registry table."""
    return not spec.table.startswith(REGISTRIES)


def read_spec(spec: TableSpec, folder: Path) -> PropertyTable:
    """Read the file a spec names; a relative path is relative to ``folder``.

    Raises
    ------
    InputError
        When a setting is missing, the spec names no file, or as `read_table`.
    """
    if not is_file(spec):
        raise InputError(f"{spec.table}: is not a file; built-in tables are opened by name")
    kind, material, unit = spec.kind, spec.material, spec.unit
    if kind is None or material is None or unit is None:
        missing = next(k for k in ("kind", "material", "unit") if getattr(spec, k) is None)
        raise InputError(f"table {spec.table!r}: {missing!r} is missing; a file needs kind, material and unit")
    return read_table(
        folder / spec.table,
        kind=kind,
        material=material,
        partner=spec.partner,
        temperature=spec.temperature,
        temperature_unit=spec.temperature_unit,
        properties={spec.property: PropertyColumn(spec.column or spec.property, unit, spec.uncertainty, spec.convert)},
        features=spec.features,
        keep=spec.keep,
        where=spec.where,
        merge=spec.merge,
        unreadable=spec.unreadable,
        name=spec.name,
        licence=spec.licence,
        citation=spec.citation,
    )


def select(
    table: PropertyTable, spec: TableSpec, beside: Sequence[str] = (), *, partial: bool = False
) -> PropertyTable:
    """The part of a ready-made table that a spec asks for: its property, bounds on numeric columns, and unit.

    ``beside`` and ``partial`` as in `PropertyTable.only`.

    Raises
    ------
    InputError
        When the table has no such property or column, when the spec sets what only a file needs, or no
        material is left.
    """
    for key in ("kind", "material", "partner", "temperature", "column", "uncertainty", "features"):
        if getattr(spec, key):
            raise InputError(f"table {spec.table!r}: {key!r} is for files; leave it out, the table knows it")
    chosen = table.only(spec.property, beside, partial=partial)
    for column, bound in spec.where.items():
        if column not in chosen.data.column_names:
            known = ", ".join(map(repr, chosen.data.column_names))
            raise InputError(f"table {spec.table!r}: has no column {column!r} for 'where'; it has {known}")
        if isinstance(bound, str):
            inside = [v == bound for v in chosen.data.column(column).to_pylist()]
        else:
            values = chosen.numbers(column)
            inside = ((values >= bound[0]) & (values <= bound[1])).tolist()
        chosen = chosen.take([i for i, ok in enumerate(inside) if ok])
    if not len(chosen):
        raise InputError(f"table {spec.table!r}: 'where' leaves no material; widen the bounds")
    unit = spec.convert or spec.unit
    return chosen if unit is None else chosen.convert(spec.property, unit)
