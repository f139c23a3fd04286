"""Reading trials.parquet: long form, one row a trial, checked before anything is computed.

A replicate's tunings at one (n, m) share their split, so the replicate is what is independent: laws and means are of
the mean over its finished tunings, and only paired differences look at single ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.curves import Curve
from simworth.errors import InputError

SCHEMA = "simworth-trials/3"
METRICS = ("mae", "rmse")
KEYS = ("target", "arm", "learner", "control")
COLUMNS = (*KEYS, "n", "m", "replicate", "tuning", "n_test", "overlap_removed", "overlap_used", "status")


class Scored(NamedTuple):
    """A member of a blend, in one trial."""

    name: str
    miss: float
    weight: float


@dataclass(frozen=True, eq=False)
class Trials:
    """The trials of a study in one metric, a replicate at an (n, m) a row, and the targets' units.

    Attributes
    ----------
    target, arm, learner, control, n_test, overlap_removed, overlap_used : columns of the file, each (rows,).
    curve : the mean over a replicate's finished tunings; NaN where all failed.
    each : error of every tuning, (rows, tunings); NaN where it failed or there is none.
    database : the mean error of the source models alone, through the best map, (rows,); NaN where it was not recorded.
    members : of each row's first trial, what was blended: name, error on unseen training rows, and weight.
    failures : how many of a row's tunings failed, (rows,).
    """

    target: NDArray[np.str_]
    arm: NDArray[np.str_]
    learner: NDArray[np.str_]
    control: NDArray[np.str_]
    curve: Curve
    each: NDArray[np.float64]
    failures: NDArray[np.int64]
    n_test: NDArray[np.float64]
    overlap_removed: NDArray[np.float64]
    overlap_used: NDArray[np.float64]
    units: dict[str, str]
    database: NDArray[np.float64] | None = None
    members: tuple[tuple[Scored, ...], ...] = ()

    def rows(self, target: str, arm: str, learner: str, control: str, m: float | None = None) -> NDArray[np.bool_]:
        """Which trials with n > 0 are of the given kind (of every m for None), (trials,)."""
        keep = (self.target == target) & (self.arm == arm) & (self.learner == learner)
        keep &= (self.control == control) & (self.curve.n > 0)
        return np.asarray(keep if m is None else keep & (self.curve.m == m))

    def errors(self, row: int) -> dict[int, float]:
        """Errors of a row's finished tunings."""
        return {j: float(e) for j, e in enumerate(self.each[row].tolist()) if e == e}

    def groups(self) -> Iterator[tuple[str, str, str, str, float]]:
        """Every (target, arm, learner, control, m) that has trials with n > 0, sorted."""
        columns = zip(
            *(getattr(self, k).tolist() for k in KEYS), self.curve.m.tolist(), self.curve.n.tolist(), strict=True
        )
        yield from sorted({row[:5] for row in columns if row[5] > 0})


def read_trials(path: Path, metric: str = "mae") -> Trials:
    """Read a trials file.

    Raises
    ------
    InputError
        When the file is missing, not Parquet, of another kind, has no trials, lacks a column, or holds an impossible
        value (the record is named, counting from 1).
    """
    if metric not in METRICS:
        raise InputError(f"metric '{metric}' is unknown; choose one of {', '.join(METRICS)}")
    try:
        table = pq.ParquetFile(path)
        metadata = _metadata(path, table.schema_arrow)
        missing = [c for c in (*COLUMNS, metric) if c not in table.schema_arrow.names]
        if missing:
            raise InputError(f"{path}: has no column '{missing[0]}'; give a trials file as the sweep writes it")
        alone = f"database_{metric}"
        further = [c for c in (alone, "members") if c in table.schema_arrow.names]
        columns = table.read(columns=[*COLUMNS, metric, *further])
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror or 'not a whole file'}); check the path") from None
    except pa.ArrowInvalid:
        raise InputError(f"{path}: is not a Parquet file; give a trials file as the sweep writes it") from None
    if columns.num_rows == 0:
        raise InputError(f"{path}: holds no trials; run the study first")
    read: dict[str, NDArray[Any]] = {k: _strings(path, columns, k) for k in (*KEYS, "status")}
    read |= {k: _numbers(path, columns, k) for k in COLUMNS if k not in read}
    read["error"] = _numbers(path, columns, metric, nulls=True)
    first, row = _check(path, read, metric)
    nothing = np.full(columns.num_rows, np.nan)
    read["database"] = _numbers(path, columns, alone, nulls=True) if alone in further else nothing
    members = tuple(_scored(columns["members"][int(i)].as_py()) for i in first) if "members" in further else ()
    units = {k: str(v.get("unit") or "") for k, v in metadata.get("targets", {}).items()}
    return _together(read, first, row, units, members)


def check_kind(path: Path, schema: pa.Schema) -> None:
    """Refuse, with an `InputError`, a Parquet file that is not one of trials as this version writes them."""
    _metadata(path, schema)


def _scored(members: list[dict[str, Any]] | None) -> tuple[Scored, ...]:
    return tuple(Scored(str(x["name"]), float(x["miss"]), float(x["weight"])) for x in members or ())


def _together(
    read: dict[str, NDArray[Any]],
    first: NDArray[np.int64],
    row: NDArray[np.int64],
    units: dict[str, str],
    members: tuple[tuple[Scored, ...], ...],
) -> Trials:
    """One row a replicate: ``first`` (rows,) is where its first trial stands, ``row`` (trials,) where each one goes."""
    failed = read["status"] != "ok"
    numbers, tuning = np.unique(read["tuning"], return_inverse=True)
    each = np.full((len(first), len(numbers)), np.nan)
    each[row, tuning] = np.where(failed, np.nan, read["error"])
    finished = np.bincount(row, ~failed, len(first))
    mean = np.where(finished > 0, np.nansum(each, axis=1), np.nan) / np.maximum(finished, 1)
    n, m, replicate = (read[k][first] for k in ("n", "m", "replicate"))
    told = np.isfinite(read["database"])
    with np.errstate(invalid="ignore"):  # 0 / 0 where no trial of a row has one
        alone = np.bincount(row, np.where(told, read["database"], 0.0), len(first)) / np.bincount(row, told, len(first))
    return Trials(
        **{k: read[k][first] for k in KEYS},
        curve=Curve(n, m, replicate.astype(np.int64), mean),
        each=each,
        failures=np.bincount(row, failed, len(first)).astype(np.int64),
        **{k: read[k][first] for k in ("n_test", "overlap_removed", "overlap_used")},
        units=units,
        database=alone,
        members=members,
    )


def _metadata(path: Path, schema: pa.Schema) -> dict[str, Any]:
    text = (schema.metadata or {}).get(b"simworth")
    try:
        metadata = json.loads(text) if text else {}
    except ValueError:
        metadata = {}
    if not isinstance(metadata, dict) or metadata.get("schema") != SCHEMA:
        found = metadata.get("schema", "no simworth file") if isinstance(metadata, dict) else "no simworth file"
        raise InputError(f"{path}: is {found} where {SCHEMA} is needed; give a trials file as the sweep writes it")
    return metadata


def _strings(path: Path, table: pa.Table, name: str) -> NDArray[np.str_]:
    column = table[name]
    if column.null_count:
        record = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise InputError(f"{path}, record {record}, column {name}: is empty; give a trials file as the sweep writes it")
    return np.array(column.to_pylist(), dtype=np.str_)


def _numbers(path: Path, table: pa.Table, name: str, nulls: bool = False) -> NDArray[np.float64]:
    column = table[name]
    kind = column.type  # a column that is null throughout may have no other type than that
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or (nulls and pa.types.is_null(kind))):
        raise InputError(f"{path}, column {name}: holds {column.type} where numbers are needed")
    if column.null_count and not nulls:
        record = int(np.flatnonzero(column.is_null().to_numpy())[0]) + 1
        raise InputError(f"{path}, record {record}, column {name}: is empty; give a trials file as the sweep writes it")
    return np.asarray(column.cast(pa.float64()).to_numpy(), float)


def _check(path: Path, read: dict[str, NDArray[Any]], metric: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Refuse impossible records; give the first trial (rows,) of every replicate at an (n, m), and each trial's row."""
    ok, error = read["status"] == "ok", read["error"]
    wrong = (
        (ok & ~(np.isfinite(error) & (error >= 0)), metric, "a finished trial needs a finite error, not below 0"),
        (read["n"] < 0, "n", "it must not be negative"),
        (read["m"] <= 0, "m", "it must be positive"),
        (read["replicate"] < 0, "replicate", "it must not be negative"),
        (read["tuning"] < 0, "tuning", "it must not be negative"),
        ((read["arm"] == "") & (read["n"] > 0), "arm", "a trial with n > 0 needs the name of its source"),
    )
    for rows, column, rule in wrong:
        if rows.any():
            record = int(np.flatnonzero(rows)[0]) + 1
            raise InputError(f"{path}, record {record}, column {column}: {rule}; make the trials again")
    seen: dict[tuple[object, ...], int] = {}
    first: dict[tuple[object, ...], int] = {}
    row = []
    for i, key in enumerate(zip(*(read[k].tolist() for k in (*KEYS, "n", "m", "replicate", "tuning")), strict=True)):
        if key in seen:
            raise InputError(f"{path}, record {i + 1}: repeats record {seen[key] + 1}; merge each trial once")
        seen[key] = i
        first.setdefault(key[:-1], i)
        row.append(key[:-1])
    place = {key: i for i, key in enumerate(first)}
    return np.array(list(first.values())), np.array([place[key] for key in row])
