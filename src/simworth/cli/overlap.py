"""The command that shows which materials two tables have in common, in whatever form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simworth.cli.options import Drop, Feature, Json, KindOption, Partner, Store, Temperature, folder
from simworth.cli.output import note, say

if TYPE_CHECKING:
    from simworth.identity import Kind
    from simworth.store import Stored
    from simworth.tables import Nearby, PropertyTable

commands = typer.Typer()
SHOWN = 20
"""Pairs that are listed unless asked otherwise."""
TableName = Annotated[str, typer.Argument(metavar="A", help="a file, a stored table, builtin:NAME or chemicals:NAME")]


@commands.command()
def overlap(
    a: TableName,
    b: Annotated[
        str | None, typer.Argument(metavar="[B]", help="the other table; without it A is searched alone")
    ] = None,
    kind: KindOption = None,
    material: Annotated[
        str | None, typer.Option(metavar="COLUMN[,COLUMN]", help="of the materials, in A and in B where it differs")
    ] = None,
    partner: Partner = None,
    temperature: Temperature = None,
    feature: Feature = None,
    entry: Annotated[
        str | None, typer.Option(metavar="COLUMN[,COLUMN]", help="of identifiers in one and the same database")
    ] = None,
    drop_unreadable: Drop = False,
    shown: Annotated[int, typer.Option(metavar="N", min=0, help="pairs to list; --json lists all")] = SHOWN,
    store: Store = None,
    json: Json = False,
) -> None:
    """Find the materials of B that stand in A, spelt otherwise or nearly the same: salts, tautomers, roundings, …

    Example: simworth overlap computed.csv measured.csv --kind molecule --material smiles
    """
    import json as codec

    from simworth.store.relatives import nearby_stored
    from simworth.tables import PropertyTable, nearby, nearby_within

    place, first, second = folder(store), _sides(material), _sides(entry)
    options = (kind, partner, temperature, tuple(feature or ()), drop_unreadable, place)
    one = _open(a, first[0], second[0], *options)
    entries = None if second[0] is None or second[1] is None else (second[0], second[1])
    if b is None:
        found = nearby_within(_loaded(one), entry=second[0])
    else:
        other = _loaded(_open(b, first[1], second[1], *options))
        found = (
            nearby(one, other, entry=entries)
            if isinstance(one, PropertyTable)
            else nearby_stored(one, other, entry=entries)
        )
    if json:
        say(codec.dumps(_plain(found, len(one))))
    else:
        _show(found, shown, len(one))


def _sides(text: str | None) -> tuple[str | None, str | None]:
    """One column for both tables, or two."""
    first, _, second = (text or "").partition(",")
    return first or None, second or first or None


def _open(
    text: str,
    material: str | None,
    entry: str | None,
    kind: str | None,
    partner: str | None,
    temperature: str | None,
    features: tuple[str, ...],
    drop: bool,
    store: Path,
) -> PropertyTable | Stored:
    """A table by its name, or the materials of a file.

    Raises
    ------
    InputError
        When there is none, or a file needs --kind and --material.
    """
    from simworth.cli.describing import open_any
    from simworth.errors import InputError
    from simworth.tables.listing import read_materials

    origin, _, name = text.partition(":")
    if origin == "builtin":
        from simworth.ingest.builtin import read_builtin

        return read_builtin(name)
    if origin == "chemicals":
        from simworth.ingest.experiments import read_experiment

        return read_experiment(name)
    if kind is None or material is None or not Path(text).is_file():
        if Path(text).is_file() and (Path(text).suffix != ".parquet" or kind is not None or material is not None):
            raise InputError(f"{text}: say what it holds: a file needs --kind and --material")
        return open_any(text, store, None)
    at, _, unit = (temperature or "").partition(":")
    return read_materials(
        Path(text), kind=_kind(kind), material=material, partner=partner, temperature=at or None,
        temperature_unit=unit or "K", features=features, entry=entry, unreadable="drop" if drop else "error",
    )  # fmt: skip


def _loaded(table: PropertyTable | Stored) -> PropertyTable:
    """A table in memory; only A may be larger."""
    from simworth.tables import PropertyTable

    return table if isinstance(table, PropertyTable) else table.load()


def _kind(text: str) -> Kind:
    from simworth.errors import InputError
    from simworth.identity import KINDS

    if text not in KINDS:
        raise InputError(f"--kind {text} is not known; use one of {', '.join(KINDS)}")
    return text


def _plain(found: Nearby, size: int) -> dict[str, object]:
    return {
        "source": {"name": found.source.name, "materials": size},
        "target": {"name": found.target.name, "materials": len(found.target)},
        "counts": dict(found.counts()),
        "pairs": list(found.rows()),
    }


def _show(found: Nearby, shown: int, size: int) -> None:
    from simworth.tables import MEANING, NEARNESS

    a, b = found.source, found.target
    say(f"{a.name}: {size:,} materials" + ("" if a is b else f"; {b.name}: {len(b):,} materials of the same kind"))
    counts = found.counts()
    if not counts:
        say("No material has a relative." if a is b else f"No material of {b.name} stands in {a.name} or is near one.")
        return
    for kind, count in counts.items():
        say(f"{count:>9,}  {kind:<12} {MEANING[kind]}")
    rows = sorted(found.rows(), key=lambda row: -NEARNESS.index(row["nearness"]))
    for row in rows[:shown]:
        left = f"{row['source_material']!r} (row {row['source_row']} of {a.name})"
        say(f"{row['nearness']}: {row['target_material']!r} (row {row['target_row']} of {b.name}) – {left}")
    if len(rows) > shown:
        note(f"{len(rows) - shown:,} further pairs; --shown or --json lists them")
