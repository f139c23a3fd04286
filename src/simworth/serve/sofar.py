"""The curve so far of a sweep that runs: mean errors by size, the law through them, and a drawing."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.curves import curve
from simworth.inference.fit import fit_curve
from simworth.inference.verdict import judge
from simworth.inference.words import say_count, say_error
from simworth.serve.inside import read_inside
from simworth.serve.refusal import RefusedError
from simworth.serve.runs import DAMAGED, Runs, shown

NUMBERS = ("m", "n", "mae", "replicate")
MOST_BYTES = 2**26
"""Of one part's file."""
MOST_ROWS = 10**5
MOST_PARTS = 1000
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SoFar:
    """The first source's curve at its largest m.

    Attributes
    ----------
    n, error : (replicates at every size,) the mean error of a replicate's finished tunings.
    rows : (size, replicates, mean error) in words.
    sentence : the verdict on the law through them; empty while there are too few sizes.
    x, median, low, high : (grid,) the law's band; empty without a law.
    """

    target: str
    arm: str
    m: int
    unit: str
    n: Array
    error: Array
    rows: tuple[tuple[str, int, str], ...]
    sentence: str
    x: Array
    median: Array
    low: Array
    high: Array

    @property
    def alt(self) -> str:
        """The drawing in words."""
        points = ", ".join(f"{mean} at {n}" for n, _, mean in self.rows)
        return f"Mean error of {self.target} by simulations used: {points}."


def read_so_far(runs: Runs, name: str) -> SoFar | None:
    """The curve so far; None before there are trials that can be read."""
    try:
        study = runs.study(name)
        target, source = study["target"][0], study["source"][0]
        labels = [str(t.get("name") or t["property"]) for t in (target, source)]
        parts = [_part(runs, name, part, *labels) for part in runs.parts(name)[:MOST_PARTS]]
        m, n, error, replicate = np.concatenate([np.zeros((4, 0)), *parts], axis=1)
        if not len(n):
            return None
        most = m == m.max()
        unit, size = str(target.get("unit") or ""), int(m.max())
        return _summary(labels[0], labels[1], size, unit, n[most], error[most], replicate[most])
    except (*DAMAGED, pa.ArrowException, OSError):
        return None


def _part(runs: Runs, name: str, part: str, target: str, arm: str) -> Array:
    """Of one part's finished trials of an arm: rows m, n, error and replicate, shape (4, trials).

    Names stay in their dictionary: a few bytes of Parquet can stand for a long text repeated a million times.
    """
    nothing = np.zeros((4, 0))
    try:
        content = read_inside(runs.root, name, "trials", part, most=MOST_BYTES)
    except RefusedError:
        return nothing
    names = {"target": target, "arm": arm, "control": "", "status": "ok"}
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=list(names))
    about = file.metadata
    groups = (about.row_group(g) for g in range(about.num_row_groups))
    unpacked = sum(g.column(c).total_uncompressed_size for g in groups for c in range(g.num_columns))
    if about.num_rows > MOST_ROWS or unpacked > MOST_BYTES:
        return nothing
    table = file.read(columns=[*names, *NUMBERS], use_threads=False)
    keep = np.logical_and.reduce([_holds(table[column], text) for column, text in names.items()])
    return np.array([table[c].to_numpy().astype(float)[keep] for c in NUMBERS])


def _holds(column: pa.ChunkedArray, text: str) -> NDArray[np.bool_]:
    """Where a column of texts in dictionaries holds this one."""
    found = [np.zeros(0, dtype=bool)]
    for chunk in column.chunks:
        place = chunk.dictionary.index(pa.scalar(text, chunk.dictionary.type)).as_py()
        found.append(
            chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) == place
            if place >= 0
            else np.zeros(len(chunk), dtype=bool)
        )
    return np.concatenate(found)


def _summary(target: str, arm: str, m: int, unit: str, n: Array, error: Array, replicate: Array) -> SoFar:
    # A law is of replicates: the tunings of one are not independent.
    pairs, place = np.unique(np.column_stack([n, replicate]), axis=0, return_inverse=True)
    mean = np.bincount(place.ravel(), weights=error) / np.bincount(place.ravel())
    sizes = np.unique(pairs[:, 0])
    rows = []
    for size in sizes:
        there = mean[pairs[:, 0] == size]
        rows.append((say_count(size), len(there), say_error(float(there.mean()), unit)))
    law = fit_curve(curve(pairs[:, 0], mean, replicate=pairs[:, 1].astype(np.int64)))
    x = np.geomspace(sizes.min(), 10 * sizes.max(), 61) if law.fitted else np.zeros(0)
    low = high = median = x
    if law.fitted:
        low, high = law.predict(x).interval()
        median = np.median(law.curve(x), axis=0)
    sentence = judge(law, None, unit, len(sizes)).sentence
    return SoFar(
        shown(target, 60),
        shown(arm, 60),
        m,
        shown(unit, 30),
        pairs[:, 0],
        mean,
        tuple(rows),
        sentence,
        x,
        median,
        low,
        high,
    )
