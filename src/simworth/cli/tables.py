"""Commands of the store: list tables, import one, describe it, compare, merge and join, ask in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simworth.cli.options import Json, Store, Table, folder, stored
from simworth.cli.output import interruptible, note, say

if TYPE_CHECKING:
    from simworth.store import Card, Difference, Stored

commands = typer.Typer()
Name = Annotated[str, typer.Option("--name", "-n", metavar="NAME", help="of the table in the store")]


@commands.command()
def tables(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="show the versions of this table", autocompletion=stored)
    ] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """List the stored tables: the newest version of each, or all versions of one.

    Example: simworth tables
    """
    import msgspec

    from simworth.store import catalogue

    place = folder(store)
    found = catalogue(place)
    cards = [c for c in found.cards if name in (None, c.name)]
    if name is not None and not cards:
        from simworth.store import open_stored

        open_stored(place, name)
    if name is None:
        cards = list({c.name: c for c in reversed(found.cards)}.values())[::-1]
    if json:
        say(msgspec.json.encode(cards).decode())
    elif cards:
        _show_cards(cards)
    for problem in found.problems:
        note(problem)
    if not found.cards:
        note(f"{place} holds no table; 'simworth import FILE --name NAME' stores one")


def _show_cards(cards: list[Card]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("table", "materials", "kind", "properties", "licence"):
        narrow = heading in ("properties", "licence")
        grid.add_column(heading, justify="right" if heading == "materials" else "left", no_wrap=not narrow)
    for c in cards:
        properties = ", ".join(f"{p} ({u})" for p, u in c.units.items())
        grid.add_row(c.label, f"{c.rows:,}", c.kind, properties, c.licence or "not stated")
    Console().print(grid, highlight=False, markup=False)


@commands.command()
def diff(
    earlier: Table,
    later: Annotated[str, typer.Argument(metavar="TABLE", help="the table to compare it with", autocompletion=stored)],
    store: Store = None,
    json: Json = False,
) -> None:
    """Compare two tables or two versions of one: materials that came and went, values and units that changed.

    Example: simworth diff bandgaps@1f3a bandgaps
    """
    import msgspec

    from simworth.cli.describing import open_any
    from simworth.store import difference

    place = folder(store)
    found = difference(open_any(earlier, place, None), open_any(later, place, None))
    if json:
        say(msgspec.json.encode(found).decode())
    else:
        _show_difference(found)


def _show_difference(found: Difference) -> None:
    say(f"{found.earlier}: {found.rows[0]:,} materials; {found.later}: {found.rows[1]:,} materials")
    if found.is_empty:
        say("Nothing differs.")
        return
    for what, count, first in (
        ("removed", found.removed, found.removed_first),
        ("added", found.added, found.added_first),
    ):
        if count:
            say(f"{what}: {count:,} ({', '.join(first)}{', …' if count > len(first) else ''})")
    say(f"equal in every column: {found.same:,}")
    for what, names in (("removed", found.columns_removed), ("added", found.columns_added)):
        if names:
            say(f"columns {what}: {', '.join(names)}")
    for name, (before, after) in found.units.items():
        say(f"{name}: the unit was {before or 'not stated'} and is {after or 'not stated'}")
    for c in found.changes:
        unit = f" {c.unit}" if c.unit not in ("", "1") else ""
        size = f", by {c.mean:.4g}{unit} on average, at most {c.largest:.4g}{unit}" if c.mean is not None else ""
        where = f" ({c.material})" if c.material else ""
        parts = [f"{c.changed:,} changed{size}{where}"] if c.changed else []
        parts += [f"{n:,} {what}" for n, what in ((c.filled, "filled"), (c.emptied, "emptied")) if n]
        say(f"{c.column}: {'; '.join(parts)}")


@commands.command()
def merge(
    table: Annotated[
        list[str], typer.Argument(metavar="TABLE…", help="NAME or NAME@VERSION, two or more", autocompletion=stored)
    ],
    name: Name,
    rule: Annotated[
        str,
        typer.Option(
            metavar="RULE", help="of one material's rows: mean, median, min, max, first, error, lowest:COLUMN, …"
        ),
    ],
    store: Store = None,
    json: Json = False,
) -> None:
    """Unite stored tables into one; a stated rule says what becomes of a material that stands in several.

    Example: simworth merge mp oqmd --name formation --rule lowest:energy
    """
    from simworth.errors import InputError
    from simworth.store import open_stored, union

    if len(table) < 2:
        raise InputError("name two tables or more to be merged")
    place = folder(store)
    with interruptible("nothing was stored."):
        say_stored(union(place, [open_stored(place, t) for t in table], name, rule), json)


@commands.command()
def join(
    left: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="NAME or NAME@VERSION, whose materials are kept", autocompletion=stored),
    ],
    right: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="NAME or NAME@VERSION, whose columns are added", autocompletion=stored),
    ],
    name: Name,
    both: Annotated[bool, typer.Option("--both", help="only materials that stand in both")] = False,
    every: Annotated[bool, typer.Option("--all", help="also materials that stand in the second alone")] = False,
    store: Store = None,
    json: Json = False,
) -> None:
    """Add the columns of one stored table to the materials of another.

    Example: simworth join mp experiments --name together --both
    """
    from simworth.errors import InputError
    from simworth.store import join as join_tables
    from simworth.store import open_stored

    if both and every:
        raise InputError("--both and --all exclude each other; leave one out")
    place = folder(store)
    with interruptible("nothing was stored."):
        how: Any = "inner" if both else "outer" if every else "left"
        say_stored(join_tables(place, open_stored(place, left), open_stored(place, right), name, how), json)


def say_stored(stored: Stored, json: bool) -> None:
    """Say what was stored, and what a reader of it should know; or print its card as JSON."""
    import msgspec

    say(msgspec.json.encode(stored.card).decode() if json else stored.card.sentence())
    for line in stored.card.notes:
        note(line)
    if not stored.card.licence:
        note("Its licence is not stated; 'import' takes --licence.")


@commands.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="a query; stored tables are named in double quotes")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="write .parquet or .csv; default: print CSV")
    ] = None,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="that the query may use")] = "1GB",
    store: Store = None,
    json: Json = False,
) -> None:
    """Ask stored tables in SQL, by DuckDB: every table, and every version as "NAME@VERSION", is a view.

    Example: simworth query 'select count(*) from "bandgaps" where band_gap > 1'
    """
    import json as codec

    from simworth.store.query import SHOWN, run_query, write_result

    with interruptible("nothing was written."):
        found = run_query(folder(store), sql, memory)
        if json and out is None:
            say(codec.dumps(found.read_all().slice(0, SHOWN).to_pylist(), default=str))
        else:
            write_result(found, out, say)
