"""The study's tables as a worker needs them: one folder of plain files, checked by digest.

``inputs/`` keeps the tables (part of the run's record). ``work/`` keeps features, which can be made again
from the tables and are removed when the sweep is complete.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import tomli_w
from numpy.typing import NDArray

from simworth.errors import InputError, StaleRunError, StudyError
from simworth.features.counts import table_counts
from simworth.features.table import check_descriptor, table_features
from simworth.files import replacing
from simworth.learners.choose import check_kind, make_learner
from simworth.learners.protocol import Materials
from simworth.learners.settings import BlendSpec
from simworth.sweep.counts import load_counts, save_array, save_counts, with_elements
from simworth.sweep.leakage import Links, barred, links, relate, untested
from simworth.sweep.order import identity_keys
from simworth.sweep.spec import SourceSpec, StudySpec
from simworth.tables import Nearby, PropertyTable, Split, check_overlap, overlap, splits
from simworth.units import check_convertible

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
LARGEST = 1e15
"""Of a property or a given feature."""


@dataclass(frozen=True)
class Inputs:
    """Every table of a study, read and checked."""

    spec: StudySpec
    targets: tuple[PropertyTable, ...]
    sources: tuple[PropertyTable, ...]
    related: Mapping[tuple[int, int], Nearby]
    """(target, source) → their materials that are the same or near to each other."""

    def digests(self) -> dict[str, str]:
        """Digest of each table, by the name of its file."""
        names = [f"target-{i}" for i in range(len(self.targets))]
        names += [f"source-{i}" for i in range(len(self.sources))]
        return dict(zip(names, (t.digest for t in (*self.targets, *self.sources)), strict=True))

    def splits(self, t: int) -> list[Split]:
        """The division of a target in every replicate."""
        return _splits(self.spec, self.targets[t], t, self.untested(t))

    def untested(self, t: int) -> NDArray[np.bool_] | None:
        """Materials of a target that the study never tests; None where it may test all."""
        return untested(self.spec.sweep, self.targets[t], [self.related[t, s] for s in range(len(self.sources))])

    def available(self, t: int, s: int) -> int:
        """Source materials every replicate has, once its test materials are taken out."""
        found = barred(self.spec.sweep, self.related[t, s])
        return len(self.sources[s]) - max(len(found.in_source(p.test)) for p in self.splits(t))

    def named(self) -> list[tuple[str, PropertyTable]]:
        """(file name, table) of every table, targets first."""
        return list(zip(self.digests(), (*self.targets, *self.sources), strict=True))

    def features(self, say: Callable[[str], None]) -> dict[str, Float32]:
        """Features (materials, d) of every table, by file name.

        Raises
        ------
        InputError
            When a material has none.
        """
        total = sum(len(table) for _, table in self.named())
        say(f"describing {total:,} materials")
        described = table_features([*self.targets, *self.sources], self.spec.descriptor)
        return dict(zip(self.digests(), described, strict=True))

    def write(self, folder: Path, features: Mapping[str, Float32]) -> None:
        """Put tables and features where workers find them."""
        for file, table in self.named():
            (folder / "inputs").mkdir(parents=True, exist_ok=True)
            table.to_parquet(folder / "inputs" / f"{file}.parquet")
            save_array(folder / "work" / f"{file}.npy", features[file])
        self._write_counts(folder / "work")
        for t in range(len(self.targets)):
            held = self.untested(t)
            if held is not None:
                save_array(folder / "work" / f"untested-{t}.npy", held)
            for s in range(len(self.sources)):
                save_array(folder / "work" / f"near-{t}-{s}.npy", links(self.spec.sweep, self.related[t, s]))

    def _write_counts(self, work: Path) -> None:
        """Counts of every table, and what their columns are, where the learner reads them."""
        if not isinstance(self.spec.learner, BlendSpec):
            return
        vocabulary, counts = table_counts([*self.targets, *self.sources])
        save_counts(work, vocabulary, dict(zip(self.digests(), counts, strict=True)))


def prepare_inputs(spec: StudySpec, targets: tuple[PropertyTable, ...], sources: tuple[PropertyTable, ...]) -> Inputs:
    """Check the tables against each other.

    Raises
    ------
    InputError
        When kinds, units or features of a source and a target do not fit, a target is constant, or the learner cannot
        be made or cannot read such materials.
    LeakageError
        When ``sweep.overlap = "error"`` and a source holds materials of a target.
    """
    make_learner(spec.learner)
    for x, table in zip((*spec.target, *spec.source), (*targets, *sources), strict=True):
        check_kind(spec.learner, table.kind)
        check_descriptor(spec.descriptor, table.kind)
        _check_size(x.label, table, table.values(x.property))
        _check_size(x.label, table, table.feature_matrix())
    for t, target in zip(spec.target, targets, strict=True):
        values = target.values(t.property)
        if len(values) < 2 or values.std() == 0:
            raise InputError(f"target {t.label!r}: {t.property} is the same for all {len(values)} materials")
        for s, source in zip(spec.source, sources, strict=True):
            _fit(t.label, target, s, source, target.unit(t.property))
            _check_growth(s, source)
            _check_also(s, source)
            check_overlap(overlap(source, target), spec.sweep.overlap)
    related = {
        (i, j): relate(spec, i, j, source, target)
        for i, target in enumerate(targets)
        for j, source in enumerate(sources)
    }
    return Inputs(spec, targets, sources, related)


def _check_growth(s: SourceSpec, source: PropertyTable) -> None:
    """The column by which a database grows must be there, hold numbers, and be filled."""
    column = s.sampling.partition(":")[2]
    if column and not np.isfinite(source.numbers(column)).all():
        row = int(np.flatnonzero(~np.isfinite(source.numbers(column)))[0])
        raise InputError(
            f"source {s.label!r}: {source.materials[row]!r} has no number in {column!r}, by which the database grows; "
            "fill it or leave the material out"
        )


def _check_also(s: SourceSpec, source: PropertyTable) -> None:
    """Columns to learn along must be there, hold numbers, and differ somewhere."""
    for column in s.also:
        known = source.numbers(column)
        known = known[np.isfinite(known)]
        if len(np.unique(known)) < 2:
            raise InputError(
                f"source {s.label!r}: {column!r} has {len(known)} numbers that do not differ; drop it from 'also'"
            )


def _check_size(file: str, table: PropertyTable, values: Float64) -> None:
    """Training is in single precision, which holds no number of this size."""
    far = np.argwhere(np.abs(values) > LARGEST)
    if len(far):
        material = table.materials[int(far[0][0])]
        raise InputError(f"{file}: {material!r} has a number beyond {LARGEST:g}; correct it or use another unit")


def _fit(name: str, target: PropertyTable, s: SourceSpec, source: PropertyTable, unit: str) -> None:
    """A source must be of the target's kind, in a unit that converts (or say that it is another property)."""
    if source.kind != target.kind:
        raise StudyError(
            f"source {s.label!r} has materials of kind {source.kind!r} but target {name!r} of kind "
            f"{target.kind!r}; they must be the same"
        )
    if source.about.features != target.about.features:
        raise StudyError(f"source {s.label!r} and target {name!r} must name the same 'features' in the same order")
    if s.proxy:
        return
    try:
        check_convertible(source.unit(s.property), unit, s.property)
    except InputError:
        raise StudyError(
            f"source {s.label!r} is in {source.unit(s.property)!r}, which does not convert to {unit!r} of "
            f"target {name!r}; correct the unit, or set proxy = true if another property is meant"
        ) from None


def _splits(spec: StudySpec, table: PropertyTable, t: int, held: NDArray[np.bool_] | None) -> list[Split]:
    sweep, group = spec.sweep, spec.target[t].group
    return splits(table, sweep.replicates, spec.seed, test_fraction=sweep.test_fraction, group=group, untested=held)


class TargetData(NamedTuple):
    """A target as the trials use it; ``test[r]`` and the order ``train[r]`` are the rows of replicate r."""

    materials: Materials
    values: Float64
    test: list[NDArray[np.int32]]
    train: list[NDArray[np.int32]]


class Arm(NamedTuple):
    """A source as the trials of one target use it."""

    materials: Materials
    labels: Float64
    """(N,) in the target's unit where it converts; (N, 1 + k) with k columns that are learned along with it."""
    keys: NDArray[np.uint64]
    links: Links
    """Which of its materials are which of the target's, or near to them."""
    growth: Float64 | None


def save_spec(spec: StudySpec, folder: Path) -> None:
    """Keep the study as it was resolved, every default written out (TOML has no null, so absent stays absent)."""
    with replacing(folder / "study.toml") as temporary:
        temporary.write_text(tomli_w.dumps(_without_null(msgspec.to_builtins(spec))), encoding="utf-8")


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_null(v) for k, v in value.items() if v is not None}
    return [_without_null(v) for v in value] if isinstance(value, list | tuple) else value


@functools.lru_cache(maxsize=4)
def load_spec(folder: Path) -> StudySpec:
    """The study of a run folder, as `save_spec` kept it.

    Raises
    ------
    InputError
        When it is missing or damaged.
    """
    path = folder / "study.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=StudySpec)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name a run folder") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{path}: is damaged; restore the study that the run was made with") from None


@functools.lru_cache(maxsize=4)
def load_target(folder: Path, digest: str, t: int) -> TargetData:
    """A target with its splits, from the run folder (kept by the worker for its next chunks)."""
    spec = load_spec(folder)
    table = _table(folder, f"target-{t}", digest)
    held = folder / "work" / f"untested-{t}.npy"
    parts = _splits(spec, table, t, np.load(held) if spec.sweep.overlap == "exclude-test" else None)
    return TargetData(
        _materials(folder, f"target-{t}", table),
        table.values(spec.target[t].property),
        [p.test.astype(np.int32) for p in parts],
        [p.order.astype(np.int32) for p in parts],
    )


@functools.lru_cache(maxsize=2)
def load_arm(folder: Path, digest: str, target_digest: str, t: int, s: int) -> Arm:
    """A source as one target's trials use it, from the run folder."""
    spec = load_spec(folder)
    source, chosen = _table(folder, f"source-{s}", digest), spec.source[s]
    target = _table(folder, f"target-{t}", target_digest)
    if not chosen.proxy:
        source = source.convert(chosen.property, target.unit(spec.target[t].property))
    order, _, column = chosen.sampling.partition(":")
    growth = source.numbers(column) if column else None
    return Arm(
        _materials(folder, f"source-{s}", source),
        _labels(chosen, source),
        identity_keys(list(source.identities)),
        Links(np.load(folder / "work" / f"near-{t}-{s}.npy"), len(source)),
        -growth if growth is not None and order == "descending" else growth,
    )


def _labels(chosen: SourceSpec, source: PropertyTable) -> Float64:
    """The property (N,), or with other columns to learn (N, 1 + k), NaN where one is not known."""
    values = source.values(chosen.property)
    return np.stack([values, *(source.numbers(c) for c in chosen.also)], axis=1) if chosen.also else values


def _materials(folder: Path, name: str, table: PropertyTable) -> Materials:
    counts = load_counts(folder / "work", name) or (None, None, None)
    found = Materials(np.load(folder / "work" / f"{name}.npy"), tuple(table.identities), table.kind, *counts)
    return with_elements(found)


def _table(folder: Path, name: str, digest: str) -> PropertyTable:
    table = PropertyTable.from_parquet(folder / "inputs" / f"{name}.parquet")
    if table.digest != digest:
        raise StaleRunError(f"{folder / 'inputs' / name}.parquet is not the table this run was begun with")
    return table


def clear_work(folder: Path) -> None:
    """Remove features, which can be made again from the tables."""
    shutil.rmtree(folder / "work", ignore_errors=True)
