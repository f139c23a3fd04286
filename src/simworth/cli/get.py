"""``simworth get``: a database, some of its fields, one table."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer

from simworth.cli.options import Json, databases
from simworth.cli.output import interruptible, note, say, say_json
from simworth.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simworth.ingest.landing import Landed
    from simworth.ingest.sources.protocol import Field
    from simworth.ingest.transfer.collect import Progress

commands = typer.Typer()


@commands.command()
def get(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="database; without it all are listed", autocompletion=databases),
    ] = None,
    fields: Annotated[
        str, typer.Option("--fields", "-f", metavar="A,B", help="its fields; without it all are listed")
    ] = "",
    where: Annotated[str, typer.Option(metavar="TEXT", help="which entries, in the database's own terms")] = "",
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="TABLE", help="name in the store, or a path FILE.parquet")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="address of the server, where it is another")] = None,
    unit: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=UNIT", help="where the database states none; may be repeated")
    ] = None,
    merge: Annotated[
        str, typer.Option(metavar="RULE", help="of several entries of one material: mean, lowest:FIELD, first, …")
    ] = "mean",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="entries that are enough")] = None,
    page: Annotated[int | None, typer.Option(min=1, max=100_000, metavar="N", help="entries a request")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="PATH", help="for databases that you download as a file")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="of the sample that --limit takes (omat24)")] = 0,
    failed: Annotated[
        bool, typer.Option("--failed", help="keep rows that failed the database's own checks (radonpy, polyomics)")
    ] = False,
    partial: Annotated[bool, typer.Option("--partial", help="take what came although entries are missing")] = False,
    json: Json = False,
) -> None:
    """Get a table from a database. Interrupt and rerun to continue.

    Example: simworth get materials-project --fields band_gap --where "is_stable = true" -o gaps
    """
    if name is None:
        _list_sources(json)
        return
    from simworth.ingest.download import Order, download, open_source
    from simworth.ingest.from_file import file_catalogue, find_file_source, read_file
    from simworth.ingest.sources.registry import find_source

    wanted = tuple(f.strip() for f in fields.split(",") if f.strip())
    if wanted and out is None:
        raise InputError("-o is missing: name the table in the store, or a file that ends in .parquet")
    order = Order(
        fields=wanted, out=out or "", where=where, url=url, units=_units(unit or ()), merge=merge, limit=limit,
        page=page, partial=partial,
    )  # fmt: skip
    if (local := find_file_source(name)) is not None:
        if not wanted or out is None or file is None:
            _list_fields(local.title, local.where, list(file_catalogue(local, file).fields.values()), json)
            return
        _tell(read_file(local, file, order, seed=seed, failed=failed), json)
        return
    if file is not None:
        raise InputError(f"{name}: is reached over the network; leave --file out")
    source = find_source(name)
    opened = open_source(source, url, say=note, keyed=bool(wanted))
    if not wanted or out is None:
        _list_fields(source.title, source.where, list(opened.catalogue.fields.values()), json)
        return
    with interruptible("what came is kept; run the same command again to go on"), Shown() as shown:
        landed = download(opened, order, report=shown, say=note)
    _tell(landed, json)


def _tell(landed: Landed, json: bool) -> None:
    note(landed.sentence)
    for sentence in landed.notes:
        note(f"Note: {sentence}.")
    note(f"Licence: {landed.licence}. Cite: {landed.citation}.")
    if json:
        from dataclasses import asdict

        say_json(asdict(landed))
    else:
        say(landed.place)


def _units(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for one in given:
        field, sign, unit = one.partition("=")
        if not sign or not field.strip() or not unit.strip():
            raise InputError(f"--unit: {one!r} cannot be read; write it as in --unit band_gap=eV")
        found[field.strip()] = unit.strip()
    return found


def _list_sources(json: bool) -> None:
    from simworth.ingest.from_file import FILES
    from simworth.ingest.sources.registry import SOURCES

    if json:
        found = [{"name": s.name, "title": s.title, "key": s.key, "file": False} for s in SOURCES]
        say_json([*found, *({"name": f.name, "title": f.title, "key": None, "file": True} for f in FILES)])
        return
    width = max(len(name) for name in [*(s.name for s in SOURCES), *(f.name for f in FILES)])
    for s in SOURCES:
        say(f"{s.name:{width}}  {s.title}{f'; needs a key ({s.key})' if s.key else ''}")
    for f in FILES:
        say(f"{f.name:{width}}  {f.title}")


def _list_fields(title: str, where: str, fields: Sequence[Field], json: bool) -> None:
    if json:
        import msgspec

        say_json({"title": title, "where": where, "fields": msgspec.to_builtins(fields)})
        return
    say(f"{title}. --where: {where}")
    width = max((len(f.name) for f in fields), default=0)
    for f in fields:
        unit = f.unit or ("unit not stated" if f.holds == "number" else f.holds)
        mark = " (estimated by a model)" if f.predicted else ""
        say(f"{f.name:{width}}  {unit:16}  {f.meaning}{mark}".rstrip())
    silent = next((f.name for f in fields if f.holds == "number" and f.unit is None), None)
    if silent is not None:
        note(f"Where the unit is not stated, say it, as in --unit {silent}=UNIT.")


class Shown:
    """Entries so far, of how many, and the time left."""

    def __init__(self) -> None:
        from simworth.cli.lines import Clock, Line

        self._line, self._clock = Line(), Clock()

    def __enter__(self) -> Shown:
        self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.__exit__(kind, value, trace)

    def __call__(self, progress: Progress) -> None:
        """Show one state."""
        of = "" if progress.total is None else f" of {progress.total:,}"
        size = f"{progress.received / 1e6:.1f} MB"
        self._line.show(f"{progress.entries:,}{of} entries, {size}{self._clock.left(progress.entries, progress.total)}")
