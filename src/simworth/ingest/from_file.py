"""A database that was downloaded as a file becomes a table."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simworth.errors import InputError
from simworth.ingest.download import ENTRY, Order, extra_fields, table_columns
from simworth.ingest.landing import Counts, Landed, check_out, land
from simworth.ingest.sources.chi import CHI
from simworth.ingest.sources.conditions import conditions, fields_of
from simworth.ingest.sources.files import FileOrder, FileSource, field_name
from simworth.ingest.sources.gnome import GNOME
from simworth.ingest.sources.omat import Omat
from simworth.ingest.sources.polyinfo import POLYINFO
from simworth.ingest.sources.protocol import Catalogue, check_fields
from simworth.ingest.sources.radonpy import POLYOMICS_SOURCE, RADONPY
from simworth.ingest.transfer.archives import is_archive, unpack

FILES: tuple[FileSource, ...] = (GNOME, Omat(), RADONPY, POLYOMICS_SOURCE, CHI, POLYINFO)


PACKED = (".csv.gz", ".tsv.gz")
"""Files that are read as they are."""


def find_file_source(name: str) -> FileSource | None:
    """The file database of a name, or None."""
    return next((s for s in FILES if s.name == name), None)


def file_catalogue(source: FileSource, path: Path | None) -> Catalogue:
    """What a file offers.

    Raises
    ------
    InputError
        When no file is given, or it is another kind of file.
    """
    if path is None:
        place = f" from {source.home}" if source.home else ""
        raise InputError(f"{source.name}: is a file that you download{place}; give it with --file")
    with plain_file(path) as inner:
        return _catalogue(source, inner)


def _catalogue(source: FileSource, path: Path) -> Catalogue:
    try:
        return source.catalogue(path)
    except InputError as error:
        raise InputError(str(error) if str(path) in str(error) else f"{path}: {error}") from None


@contextmanager
def plain_file(path: Path) -> Iterator[Path]:
    """The file, or what a zip or tar archive holds: its one CSV file, or a folder of ``.aselmdb`` files.

    Raises
    ------
    InputError
        When the archive is damaged, or holds none or several.
    """
    if not is_archive(path) or path.name.lower().endswith(PACKED):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="simworth-") as name:
        made = unpack(path, Path(name))
        tables = [f for f in made if f.name.lower().endswith((".csv", ".tsv", *PACKED))]
        if any(f.suffix == ".aselmdb" for f in made):
            yield Path(name)
        elif len(tables) == 1:
            yield tables[0]
        else:
            shown = ", ".join(repr(str(f.relative_to(name))) for f in tables[:5])
            what = f"{len(tables)} tables ({shown})" if tables else "no table"
            raise InputError(f"{path}: holds {what}; unpack it and name one CSV file")


def read_file(source: FileSource, path: Path, order: Order, *, seed: int = 0, failed: bool = False) -> Landed:
    """Bring a file's rows into a table.

    Parameters
    ----------
    source : FileSource
    path : Path
        The file, or for OMat24 a folder of them.
    order : Order
        What is wanted; its ``limit`` takes the first rows, and of OMat24 a sample.
    seed : int
        Of that sample.
    failed : bool
        Keep rows that failed the database's own checks.

    Raises
    ------
    InputError
        When a field, a unit, a condition, the file or the output cannot be used.
    """
    if order.out:
        check_out(order.out)
    with plain_file(path) as inner:
        return _read(source, inner, str(path), order, seed, failed)


def _read(source: FileSource, path: Path, origin: str, order: Order, seed: int, failed: bool) -> Landed:
    """`read_file` of a file that is no archive; ``origin`` is where the user has it."""
    from simworth.digest import digest_file
    from simworth.ingest.sources.omat import files
    from simworth.store import Recipe

    catalogue = _catalogue(source, path)
    out = check_out(order.out)
    order = _spelled(order, catalogue)
    asked = conditions(order.where)
    unknown = [f for f in fields_of(asked) if f not in catalogue.fields]
    if unknown:
        check_fields(source.name, (unknown[0],), catalogue.fields)
    extra = extra_fields(order, asked, catalogue)
    columns = table_columns(source.name, order, extra, catalogue)
    if not catalogue.named:
        columns = tuple(c for c in columns if c.name != ENTRY or ENTRY in order.fields)
    wanted = FileOrder((*order.fields, *extra), asked, order.limit, seed, failed)
    counts = Counts(notes=list(catalogue.notes))
    if order.limit is not None and isinstance(source, Omat):
        counts.notes.append(f"a sample of at most {order.limit} entries, seed {seed}")
    parents = {} if isinstance(source, Omat) else {f.name: digest_file(f) for f in ([path] if path.is_file() else [])}
    where = origin if not path.is_dir() else f"{origin} ({len(files(path))} files)"
    recipe = Recipe(
        name="table", kind=catalogue.kind, columns=columns, merge=order.merge, unreadable=order.unreadable,
        source=where, licence=catalogue.licence, citation=catalogue.citation, parents=parents,
        private=catalogue.private,
    )  # fmt: skip
    return land(out, recipe, source.batches(path, wanted, catalogue, counts), counts)


def _spelled(order: Order, catalogue: Catalogue) -> Order:
    """Fields may be written as the file's columns are, in any case."""
    import msgspec

    small = {k.lower(): k for k in catalogue.fields}

    def known(name: str) -> str:
        return name if name in catalogue.fields else small.get(field_name(name).lower(), name)

    return msgspec.structs.replace(
        order, fields=tuple(known(f) for f in order.fields), units={known(k): v for k, v in order.units.items()}
    )
