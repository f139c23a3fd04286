"""Where what was read becomes a table: in the store under a name, or in one Parquet file."""

from __future__ import annotations

import datetime
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from simworth.errors import InputError

SUFFIX = ".parquet"
PREFIX = "store:"


@dataclass
class Counts:
    """What a reader leaves out or notices on its way; complete when its last batch is read."""

    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Landed:
    """Where a table is now, and how its rows became its materials."""

    place: str
    sentence: str
    notes: tuple[str, ...]
    licence: str
    citation: str


def check_out(out: str) -> str:
    """Where a table shall go: a path that ends in ``.parquet``, or a name in the store.

    Raises
    ------
    InputError
        When it is neither.
    """
    from simworth.store.place import check_name

    if out.endswith(SUFFIX):
        if Path(out).is_dir():
            raise InputError(f"{out}: is a folder; name a file")
        return out
    return check_name(out.removeprefix(PREFIX))


def table_name(out: str) -> str:
    """What the table is called."""
    if not out.endswith(SUFFIX):
        return out
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(out).name.removesuffix(SUFFIX)).strip("-._")[:80] or "table"


def download_folder(out: str) -> Path:
    """Where the pages of a download are kept until its table is written."""
    from simworth.store import default_store

    if out.endswith(SUFFIX):
        return Path(f"{out}.download")
    return default_store() / f".download-{out}"


def land(out: str, recipe: Any, batches: Iterable[Any], counts: Counts) -> Landed:
    """Write the table.

    Parameters
    ----------
    out : str
        What `check_out` passed.
    recipe : simworth.store.Recipe
        What the columns are.
    batches : iterable of pyarrow.RecordBatch
    counts : Counts
        Filled while the batches are read.

    Raises
    ------
    InputError
        When no row is left, or a row cannot be used.
    """
    from simworth.store import build_stored, default_store

    recipe = msgspec.structs.replace(recipe, name=table_name(out), obtained=now())
    if not out.endswith(SUFFIX):
        stored = build_stored(default_store(), recipe, batches, left_out=counts.left_out, notes=counts.notes)
        place = f"{PREFIX}{stored.card.label}"
        return Landed(place, stored.card.sentence(), stored.card.notes, recipe.licence, recipe.citation)
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.parent / f".{path.name}.building"  # of one name, so that what a killed process left is found
    shutil.rmtree(building, ignore_errors=True)
    try:
        stored = build_stored(building, recipe, batches, left_out=counts.left_out, notes=counts.notes)
        table = stored.load()
    finally:
        shutil.rmtree(building, ignore_errors=True)
    from simworth.tables import PropertyTable, Provenance

    origin = Provenance(recipe.source, stored.card.content, recipe.licence, recipe.citation, recipe.private)
    notes = (*table.about.notes, f"obtained {recipe.obtained}")
    about = msgspec.structs.replace(table.about, provenance=origin, notes=notes)
    PropertyTable(about, table.data).to_parquet(path)
    return Landed(str(path), about.sentence(len(table)), stored.card.notes, recipe.licence, recipe.citation)


def now() -> str:
    """The time in UTC, to the second, as ISO 8601."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
