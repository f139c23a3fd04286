"""The command that puts a file or a query into the store, and the options that say what a file holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simworth.cli.options import (
    Drop,
    Feature,
    Json,
    Keep,
    KindOption,
    Material,
    MergeOption,
    Partner,
    Property,
    Store,
    Temperature,
    Uncertainty,
    Where,
    file_options,
    folder,
    pair,
)
from simworth.cli.output import interruptible, note

if TYPE_CHECKING:
    from simworth.ingest.importing import Import
    from simworth.store import Stored

commands = typer.Typer()


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
    private: Annotated[bool, typer.Option("--private", help="may not be passed on")] = False,
    store: Store = None,
    json: Json = False,
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
            say_stored(_own(folder(store), Path(source), name, licence, citation, private), json)
        return
    if wanted is None:
        raise InputError("say what the columns are: --kind, --material and --property are needed")
    if is_database(source) != (sql is not None):
        raise InputError("--sql and the address of a database go together; give both, or a file alone")
    told = dict(pair(m, "meaning") for m in meaning or ())
    wanted = replace(wanted, licence=licence, citation=citation, private=private, meanings=told)
    _doubt(wanted)
    given = Query(source, sql) if sql is not None else Path(source)
    with interruptible("nothing was stored."):
        say_stored(import_table(folder(store), given, wanted, _Progress()), json)


def _doubt(wanted: Import) -> None:
    """Say where a column's name states another unit than the user; the user's counts."""
    from simworth.starting.headers import split_unit
    from simworth.units import parse_unit

    for asked in wanted.asked.properties.values():
        stated = split_unit(asked.column)[1]
        if stated is not None and parse_unit(stated, asked.column) != parse_unit(asked.unit, asked.column):
            note(f"the column {asked.column!r} is called as if in {stated}; it is read in {asked.unit}, as you say")


def _own(store: Path, path: Path, name: str, licence: str, citation: str, private: bool) -> Stored:
    """Store a table that simworth wrote, which says itself what its columns are."""
    from dataclasses import replace

    import msgspec

    from simworth.store import store_table
    from simworth.tables import PropertyTable
    from simworth.tables.about import PRIVATE

    table = PropertyTable.from_parquet(path)
    origin = table.provenance
    origin = msgspec.structs.replace(
        origin,
        licence=licence or origin.licence,
        citation=citation or origin.citation,
        source=origin.source or str(path),
        private=private or origin.private,
    )
    if private and PRIVATE not in table.about.notes:
        table = replace(table, about=msgspec.structs.replace(table.about, notes=(*table.about.notes, PRIVATE)))
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
