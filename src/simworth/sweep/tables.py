"""From the names in a study to tables: files, shipped ones, experiments of the package `chemicals`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from simworth.ingest.builtin import read_builtin
from simworth.ingest.experiments import read_experiment

from simworth.errors import StudyError
from simworth.sweep.spec import NamedTable, StudySpec, is_file
from simworth.tables import PropertyTable, read_spec, select


def load_tables(
    spec: StudySpec, given: Mapping[str, PropertyTable], say: Callable[[str], None]
) -> tuple[tuple[PropertyTable, ...], tuple[PropertyTable, ...]]:
    """Read every table of a study: (targets, sources), each with the asked property alone.

    Raises
    ------
    InputError
        When a table cannot be used as it is.
    """
    return (
        tuple(_load(t, given, say) for t in spec.target),
        tuple(_load(s, given, say) for s in spec.source),
    )


def _load(table: NamedTable, given: Mapping[str, PropertyTable], say: Callable[[str], None]) -> PropertyTable:
    """One table; a property that is empty for a material leaves it out (the table counts it)."""
    say(f"reading {table.label}")
    if is_file(table):
        return read_spec(table, Path()).only(table.property)
    place, _, name = table.table.partition(":")
    if place == "given":
        if name not in given:
            raise StudyError(f"table {table.table!r} was not given; pass it in tables as {name!r}")
        return select(given[name], table)
    return select(read_builtin(name) if place == "builtin" else read_experiment(name), table)
