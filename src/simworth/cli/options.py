"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from simworth.identity import Kind
    from simworth.ingest.importing import Import
    from simworth.tables import PropertyColumn, Unreadable
    from simworth.tables.reading import Bound


def kinds(incomplete: str) -> list[str]:
    """Kinds of material, for the shell to complete."""
    from simworth.identity import KINDS

    return [k for k in KINDS if k.startswith(incomplete)]


def stored(incomplete: str) -> list[str]:
    """Names of stored tables, for the shell to complete."""
    from simworth.store import catalogue, default_store

    return sorted({c.name for c in catalogue(default_store()).cards if c.name.startswith(incomplete)})


def databases(incomplete: str) -> list[str]:
    """Names of databases, for the shell to complete."""
    from simworth.ingest.from_file import FILES
    from simworth.ingest.sources.registry import SOURCES

    return [name for name in [*(s.name for s in SOURCES), *(f.name for f in FILES)] if name.startswith(incomplete)]


def demos(incomplete: str) -> list[str]:
    """Names of shipped studies, for the shell to complete."""
    return [name for name in ("enthalpy", "dipole", "arms") if name.startswith(incomplete)]


StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="study file (TOML)")]
RunFolder = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="run folder; continued if begun")]
Workers = Annotated[
    int | None, typer.Option("--workers", "-w", min=1, metavar="N", help="processes; default one a core")
]
OutFile = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="file to write; default standard output")
]
Store = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="folder of tables; default $SIMWORTH_STORE, else one in your data folder"),
]
Json = Annotated[bool, typer.Option("--json", help="print as JSON")]
Table = Annotated[
    str,
    typer.Argument(metavar="TABLE", help="NAME or NAME@VERSION of a stored table, or a file", autocompletion=stored),
]
KindOption = Annotated[
    str | None,
    typer.Option(metavar="KIND", help="composition, molecule, polymer, pair or features", autocompletion=kinds),
]
Material = Annotated[str | None, typer.Option(metavar="COLUMN", help="of the materials")]
Property = Annotated[
    list[str] | None,
    typer.Option(metavar="P[=COLUMN]:UNIT[>UNIT]", help="a property, its unit, and the one to convert to; repeatable"),
]
Uncertainty = Annotated[
    list[str] | None, typer.Option(metavar="P=COLUMN", help="uncertainty of a property, in its unit; repeatable")
]
Partner = Annotated[str | None, typer.Option(metavar="COLUMN", help="of the molecules beside polymers (kind pair)")]
Temperature = Annotated[
    str | None, typer.Option(metavar="COLUMN[:UNIT]", help="temperature of each pair; the unit is K by default")
]
Feature = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="descriptor (kind features); repeatable")]
Keep = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help="further column to carry; repeatable")]
Where = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN=LOW..HIGH", help="or COLUMN=TEXT: only these rows; repeatable")
]
MergeOption = Annotated[
    str,
    typer.Option(metavar="RULE", help="of a material's rows: mean, median, min, max, first, error, lowest:COLUMN, …"),
]
Drop = Annotated[bool, typer.Option("--drop-unreadable", help="leave out, and count, materials that cannot be read")]


def folder(store: Path | None) -> Path:
    """The store that a command is about."""
    from simworth.store import default_store

    return store or default_store()


def file_options(
    name: str,
    kind: str | None,
    material: str | None,
    properties: list[str] | None,
    uncertainty: list[str] | None,
    partner: str | None,
    temperature: str | None,
    feature: list[str] | None,
    keep: list[str] | None,
    where: list[str] | None,
    merge: str,
    drop: bool,
) -> Import | None:
    """What the options say of a file; None where they say nothing."""
    from simworth.errors import InputError
    from simworth.ingest.importing import Import
    from simworth.tables.reading import Asked

    if not any((kind, material, properties)):
        return None
    if not (kind and material and properties):
        missing = next(k for k, v in (("kind", kind), ("material", material), ("property", properties)) if not v)
        raise InputError(f"--{missing} is missing; a table needs --kind, --material and --property")
    stated = dict(pair(u, "uncertainty") for u in uncertainty or ())
    wanted = dict(_property(p, stated) for p in properties)
    unknown = [p for p in stated if p not in wanted]
    if unknown:
        raise InputError(f"--uncertainty names {unknown[0]!r}, which no --property does; name that too")
    at, _, unit = (temperature or "").partition(":")
    asked = Asked(
        material, wanted, partner, at or None, unit or "K", tuple(feature or ()), tuple(keep or ()),
        dict(_bound(w) for w in where or ()),
    )  # fmt: skip
    unreadable: Unreadable = "drop" if drop else "error"
    return Import(name, cast("Kind", kind), asked, merge, unreadable)


def _property(text: str, uncertainty: dict[str, str]) -> tuple[str, PropertyColumn]:
    """``P=COLUMN:UNIT>UNIT``; a column's name may hold ``:`` and ``=``, a unit may not."""
    from simworth.errors import InputError
    from simworth.tables import PropertyColumn

    place, _, units = text.rpartition(":")
    if not place:
        raise InputError(f"--property {text!r} has no unit; write it as in 'band_gap=Eg:eV' or 'ratio:1'")
    name, _, column = place.partition("=")
    unit, _, convert = units.partition(">")
    return name, PropertyColumn(column or name, unit, uncertainty.get(name), convert or None)


def pair(text: str, option: str) -> tuple[str, str]:
    """``NAME=VALUE``.

    Raises
    ------
    InputError
        When it is not of that form.
    """
    from simworth.errors import InputError

    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise InputError(f"--{option} {text!r} is not of the form NAME=VALUE; write it so")
    return name, value


def _bound(text: str) -> tuple[str, Bound]:
    """``COLUMN=LOW..HIGH``, an end may be left out; anything else is the text that a column must hold."""
    import math

    column, value = pair(text, "where")
    low, dots, high = value.partition("..")
    if not dots:
        return column, value
    try:
        return column, (float(low) if low else -math.inf, float(high) if high else math.inf)
    except ValueError:
        return column, value
