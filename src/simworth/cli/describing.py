"""The command that shows what stands in a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from simworth.cli.options import (
    Drop,
    Feature,
    Json,
    Keep,
    KindOption,
    Material,
    Partner,
    Property,
    Store,
    Table,
    Temperature,
    Uncertainty,
    Where,
    file_options,
    folder,
)
from simworth.cli.output import note, say

if TYPE_CHECKING:
    from simworth.documents import Document
    from simworth.ingest.importing import Import
    from simworth.store import Description, Stored, Summary
    from simworth.tables import Merge, PropertyTable

commands = typer.Typer()


@commands.command()
def describe(
    table: Table,
    kind: KindOption = None,
    material: Material = None,
    property: Property = None,  # noqa: A002 (it names the option)
    uncertainty: Uncertainty = None,
    partner: Partner = None,
    temperature: Temperature = None,
    feature: Feature = None,
    keep: Keep = None,
    where: Where = None,
    merge: Annotated[
        str, typer.Option(metavar="RULE", help="of a material's rows: mean, median, min, max, first, error")
    ] = "mean",
    drop_unreadable: Drop = False,
    against: Annotated[
        str | None, typer.Option(metavar="TABLE", help="a source: how its values and materials fit those of this table")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="write the pictures as SVG")] = None,
    store: Store = None,
    json: Json = False,
) -> None:
    """Show what stands in a table: counts, ranges, units, gaps, repeats, outliers and a picture of each column.

    Example: simworth describe gaps
    """
    import msgspec

    from simworth.files import write_text
    from simworth.store import describe as describe_table
    from simworth.store import svg_picture

    wanted = file_options(
        "", kind, material, property, uncertainty, partner, temperature, feature, keep, where, merge, drop_unreadable
    )
    opened = open_any(table, folder(store), wanted)
    found = describe_table(opened)
    quality = None if against is None else _quality(open_any(against, folder(store), wanted), opened)
    if svg is not None:
        write_text(svg, svg_picture(found))
        note(f"wrote {svg}")
    if json:
        say(msgspec.json.encode(found if quality is None else {"table": found, "quality": quality}).decode())
    else:
        _show(found)
        if quality is not None:
            _show_quality(quality)


def _quality(source: PropertyTable | Stored, target: PropertyTable | Stored) -> Document:
    """What one table says of another, of the first property that both have, or else of their first ones."""
    from simworth.sweep.quality import compare_tables
    from simworth.tables import PropertyTable

    tables = [t if isinstance(t, PropertyTable) else t.load() for t in (source, target)]
    shared = next((p for p in tables[1].properties if p in tables[0].properties), None)
    if shared is not None and len(tables[1].properties) > 1:
        note(f"compared by {shared}")
    return compare_tables(tables[0], tables[1], shared, shared)


def _show_quality(quality: Document) -> None:
    from simworth.sweep.quality import quality_lines

    for line in ("", *quality_lines(quality)):
        say(line)


def open_any(text: str, store: Path, wanted: Import | None) -> PropertyTable | Stored:
    """A stored table by its name, or a file: one that simworth wrote, or any other as the options say.

    Raises
    ------
    InputError
        When it is neither, or the file needs options.
    """
    from simworth.errors import InputError
    from simworth.store import open_stored
    from simworth.tables import PropertyTable, read_table
    from simworth.tables.parquet import is_own

    path = Path(text)
    if text.startswith("store:") or not path.is_file():
        if path.suffix in (".csv", ".tsv", ".gz", ".parquet", ".pq"):
            raise InputError(f"{path}: no such file; name a file or a stored table")
        return open_stored(store, text)
    if wanted is None:
        if is_own(path):
            return PropertyTable.from_parquet(path)
        raise InputError(f"{path}: say what its columns are: a file needs --kind, --material and --property")
    asked = wanted.asked
    return read_table(
        path, kind=wanted.kind, material=asked.material, partner=asked.partner, temperature=asked.temperature,
        temperature_unit=asked.temperature_unit, properties=asked.properties, features=asked.features,
        keep=asked.keep, where=asked.where, merge=_merge(wanted.merge), unreadable=wanted.unreadable,
    )  # fmt: skip


def _merge(text: str) -> Merge:
    from typing import get_args

    from simworth.errors import InputError
    from simworth.tables import Merge as Known

    if text not in get_args(Known):
        raise InputError(
            f"--merge {text} is not known for a file; use one of {', '.join(get_args(Known))}, or import it"
        )
    return cast("Merge", text)


def _show(found: Description) -> None:
    version = f"@{found.version}" if found.version else ""
    say(f"{found.name}{version}: {found.rows:,} materials of kind {found.kind}")
    gone = "".join(f"; {n:,} left out ({reason})" for reason, n in found.left_out.items())
    merged = f"; {found.merged:,} were rows of a material that had one already (rule: {found.merge})"
    say(f"{found.rows_read:,} rows read{merged if found.merged else '; no material repeated'}{gone}")
    for what, text in (("source", found.source), ("obtained", found.obtained[:19]), ("stored", found.stored[:19])):
        if text:
            say(f"{what}: {text}")
    say(f"licence: {found.licence or 'not stated'}")
    if found.citation:
        say(f"citation: {found.citation}")
    for line in found.notes:
        say(line)
    for column in found.columns:
        _show_column(column)
    if found.sampled < found.rows:
        say(f"\nQuartiles and fences are from {found.sampled:,} materials, a random part.")


def _show_column(c: Summary) -> None:
    from simworth.store import text_picture

    unit = f" {c.unit}" if c.unit not in ("", "1") else ""
    role = (
        "predicted by a model"
        if c.predicted
        else {"property": "property", "feature": "feature", "keep": "kept"}[c.role]
    )
    meaning = f": {c.meaning}" if c.meaning else ""
    say(f"\n{c.name}{f' in {c.unit}' if unit else ''} ({role}){meaning}")
    say(f"  {_count(c.present, 'value')}, {c.missing:,} missing")
    if c.type == "text":
        if c.present:
            kinds = "many different texts" if c.distinct is None else _count(c.distinct, "different text")
            common = ", ".join(f"{text!r} {n:,}" if n > 1 else repr(text) for text, n in c.commonest)
            say(f"  {kinds}{f', such as {common}' if common else ''}")
        return
    if c.low is None or c.high is None or c.mean is None:
        return
    sd = f" ± {c.sd:.4g}" if c.sd is not None else ""
    say(f"  from {c.low:.6g} to {c.high:.6g}{unit}; mean {c.mean:.4g}{sd}")
    if c.quartiles:
        say("  quartiles " + ", ".join(f"{q:.4g}" for q in c.quartiles))
    if c.outliers is None:
        say("  outliers not judged: the quartiles are equal")
    else:
        named = ", ".join(f"{material} {value:.4g}" for material, value in c.farthest)
        who = f": {named}" if named else ""
        say(f"  {_count(c.outliers, 'outlier')}, beyond 3 interquartile ranges from the quartiles{who}")
    if c.repeated:
        spread = f", which scatter by {c.repeat_spread:.3g}{unit} (median)" if c.repeat_spread is not None else ""
        say(f"  {_count(c.repeated, 'value')} from several rows{spread}")
    if c.histogram:
        for line in text_picture(c.histogram):
            say(f"  {line}")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
