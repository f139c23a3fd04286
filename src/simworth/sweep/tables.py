"""From the names in a study to tables: files, shipped ones, experiments of the package `chemicals`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from simworth.errors import StudyError
from simworth.features.table import undescribed
from simworth.identity import Descriptor
from simworth.ingest.builtin import read_builtin
from simworth.ingest.experiments import read_experiment
from simworth.seeds import seed_of
from simworth.store import default_store, open_stored, sample_places, sample_stored
from simworth.sweep.spec import NamedTable, SourceSpec, StudySpec, is_file
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
    # samples of a target and of a source must not be the same stretch of materials
    seeds = (*(seed_of("target", spec.seed) for _ in spec.target), *(spec.seed for _ in spec.source))
    for wanted, seed in zip((*spec.target, *spec.source), seeds, strict=True):
        say(f"reading {wanted.label}")
        found = _describable(_load(wanted, given, seed), wanted, spec.descriptor)
        say(found.about.sentence(len(found)))
        tables.append(found)
    return tuple(tables[: len(spec.target)]), tuple(tables[len(spec.target) :])


def _describable(table: PropertyTable, wanted: NamedTable, descriptor: Descriptor) -> PropertyTable:
    """The table without materials that have no features, where it says that they may be left out; they are counted."""
    reasons = undescribed(table, descriptor) if wanted.unreadable == "drop" else {}
    if not reasons:
        return table
    gone = table.about.left_out | Counter(f"no features: {why}" for why in reasons.values())
    rest = table.take([i for i in range(len(table)) if i not in reasons])
    return replace(rest, about=msgspec.structs.replace(rest.about, left_out=gone))


def _load(table: NamedTable, given: Mapping[str, PropertyTable], seed: int) -> PropertyTable:
    """One table or a sample of it; a property that is empty for a material leaves it out (the table counts it)."""
    place, _, name = table.table.partition(":")
    if place == "store":
        return _stored(table, seed)
    if is_file(table):
        found = read_spec(table, Path()).only(table.property)
    elif place == "given":
        if name not in given:
            raise StudyError(f"table {table.table!r} was not given; pass it in tables as {name!r}")
        found = _chosen(given[name], table)
    else:
        found = _chosen(read_builtin(name) if place == "builtin" else read_experiment(name), table)
    if table.sample is None:
        return found
    return _sampled(found.take(sample_places(found, table.sample, seed)), len(found))


def _stored(table: NamedTable, seed: int) -> PropertyTable:
    """A stored table; of a sample, no other rows are read."""
    stored = open_stored(default_store(), table.table)
    if table.sample is None:
        return _chosen(stored.load(), table)
    having = None if isinstance(table, SourceSpec) and table.partial else table.property
    found = sample_stored(stored, table.sample, seed, having=having, where=table.where)
    return _chosen(_sampled(found, len(stored)), table)


def _chosen(table: PropertyTable, wanted: NamedTable) -> PropertyTable:
    """What a study asks for of a table that is no file."""
    if not isinstance(wanted, SourceSpec):
        return select(table, wanted)
    return select(table, wanted, wanted.also, partial=wanted.partial)


def _sampled(table: PropertyTable, among: int) -> PropertyTable:
    """The table with a count of the materials that are not in the sample."""
    if len(table) == among:
        return table
    gone = {**table.about.left_out, "not in the sample": among - len(table)}
    return replace(table, about=msgspec.structs.replace(table.about, left_out=gone))
