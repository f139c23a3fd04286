"""The command that puts a file or a query into the store, and the options that say what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from simworth.cli.output import interruptible, note
from simworth.cli.tables import Store, folder

if TYPE_CHECKING:
    from simworth.identity import Kind
    from simworth.ingest.importing import Import
    from simworth.store import Stored
    from simworth.tables import PropertyColumn, Unreadable
    from simworth.tables.reading import Bound

commands = typer.Typer()
KindOption = Annotated[
    str | None, typer.Option(metavar="KIND", help="composition, molecule, polymer, pair or features")
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


@commands.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV or Parquet, or sqlite:///FILE, postgresql://USER@HOST/NAME")
    ],
    name: Annotated[str, typer.Option("--name", "-n", metavar="NAME", help="of the table in the store")],
    kind: KindOption = None,
    material: Material = None,
    property: Property = None,  # noqa: A002 (it names the option)
    uncertainty: Uncertainty = None,
    partner: Partner = None,
    temperature: Temperature = None,
    feature: Feature = None,
    keep: Keep = None,
    where: Where = None,
    merge: MergeOption = "mean",
    drop_unreadable: Drop = False,
    sql: Annotated[str | None, typer.Option("--sql", metavar="SQL", help="the query, for a database")] = None,
    meaning: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=TEXT", help="what a column means; repeatable")
    ] = None,
    licence: Annotated[str, typer.Option(metavar="TEXT", help="of the table")] = "",
    citation: Annotated[str, typer.Option(metavar="TEXT", help="of the table")] = "",
    store: Store = None,
) -> None:
    """Put a table of any length into the store: from a file, or from a query to SQLite or PostgreSQL.

    Example: simworth import gaps.csv --name gaps --kind composition --material formula --property band_gap=Eg:eV
    """
    from dataclasses import replace

    from simworth.cli.tables import say_stored
    from simworth.errors import InputError
    from simworth.ingest.importing import import_table
    from simworth.ingest.sql import Query, is_database
    from simworth.tables.parquet import is_own

    wanted = file_options(
        name, kind, material, property, uncertainty, partner, temperature, feature, keep, where, merge, drop_unreadable
    )
    if wanted is None and is_own(Path(source)):
        with interruptible("nothing was stored."):
            say_stored(_own(folder(store), Path(source), name, licence, citation))
        return
    if wanted is None:
        raise InputError("say what the columns are: --kind, --material and --property are needed")
    if is_database(source) != (sql is not None):
        raise InputError("--sql and the address of a database go together; give both, or a file alone")
    told = dict(_pair(m, "meaning") for m in meaning or ())
    wanted = replace(wanted, licence=licence, citation=citation, meanings=told)
    given = Query(source, sql) if sql is not None else Path(source)
    with interruptible("nothing was stored."):
        say_stored(import_table(folder(store), given, wanted, _Progress()))


def _own(store: Path, path: Path, name: str, licence: str, citation: str) -> Stored:
    """Store a table that simworth wrote, which says itself what its columns are."""
    from dataclasses import replace

    import msgspec

    from simworth.store import store_table
    from simworth.tables import PropertyTable

    table = PropertyTable.from_parquet(path)
    origin = table.provenance
    origin = msgspec.structs.replace(
        origin,
        licence=licence or origin.licence,
        citation=citation or origin.citation,
        source=origin.source or str(path),
    )
    about = msgspec.structs.replace(table.about, provenance=origin)
    return store_table(store, replace(table, about=about), name=name)


class _Progress:
    """Says now and then how many rows were read."""

    def __init__(self) -> None:
        self.next = 1_000_000

    def __call__(self, rows: int) -> None:
        if rows >= self.next:
            note(f"{rows:,} rows read")
            self.next = rows + 1_000_000


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
    stated = dict(_pair(u, "uncertainty") for u in uncertainty or ())
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


def _pair(text: str, option: str) -> tuple[str, str]:
    from simworth.errors import InputError

    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise InputError(f"--{option} {text!r} is not of the form NAME=VALUE; write it so")
    return name, value


def _bound(text: str) -> tuple[str, Bound]:
    """``COLUMN=LOW..HIGH``, an end may be left out; anything else is the text that a column must hold."""
    import math

    column, value = _pair(text, "where")
    low, dots, high = value.partition("..")
    if not dots:
        return column, value
    try:
        return column, (float(low) if low else -math.inf, float(high) if high else math.inf)
    except ValueError:
        return column, value
