"""From the names in a study to tables: files, shipped ones, experiments of the package `chemicals`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from simworth.errors import StudyError
from simworth.ingest.builtin import read_builtin
from simworth.ingest.experiments import read_experiment
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
    tables = []
    for wanted in (*spec.target, *spec.source):
        say(f"reading {wanted.label}")
        found = _load(wanted, given)
        say(found.about.sentence(len(found)))
        tables.append(found)
    return tuple(tables[: len(spec.target)]), tuple(tables[len(spec.target) :])


def _load(table: NamedTable, given: Mapping[str, PropertyTable]) -> PropertyTable:
    """One table; a property that is empty for a material leaves it out (the table counts it)."""
    if is_file(table):
        return read_spec(table, Path()).only(table.property)
    place, _, name = table.table.partition(":")
    if place == "given":
        if name not in given:
            raise StudyError(f"table {table.table!r} was not given; pass it in tables as {name!r}")
        return select(given[name], table)
    return select(read_builtin(name) if place == "builtin" else read_experiment(name), table)
