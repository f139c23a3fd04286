"""What stands in a table: counts, ranges, units, gaps, repeats, outliers. One pass, in bounded memory."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simworth.store.card import Card, Column, Role
from simworth.store.memory import ByKey, by_key
from simworth.store.rules import COUNT, SPREAD, floats
from simworth.store.stored import MOST
from simworth.tables import PropertyTable

FloatArray = NDArray[np.float64]
SAMPLED = 200_000
"""Materials, a random part of larger tables, from which quartiles are computed."""
FENCE = 3.0
"""Interquartile ranges beyond the quartiles from which a value is called an outlier (Tukey's "far out")."""
BINS = 20
NAMED = 5
DISTINCT = 10_000
"""Different texts of a column that are counted apart."""


class Histogram(msgspec.Struct, frozen=True):
    """Counts between ``edges`` (bins + 1), and of what lies below and above them."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int
    above: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One column."""

    name: str
    role: Role
    type: str
    unit: str
    meaning: str
    predicted: bool
    present: int
    missing: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    sd: float | None = None
    quartiles: tuple[float, float, float] | None = None
    """From the first `SAMPLED` materials in the order of their keys, which are a random part."""
    outliers: int | None = None
    """Values beyond the fences; None where the quartiles are equal, so that nothing can be judged."""
    farthest: tuple[tuple[str, float], ...] = ()
    """(material, value) of the outliers farthest out."""
    histogram: Histogram | None = None
    repeated: int = 0
    """Materials whose value was merged from several rows; properties alone."""
    repeat_spread: float | None = None
    """Median standard deviation of those, among the materials that quartiles are from."""
    distinct: int | None = None
    """Different texts; None where there are more than `DISTINCT`."""
    commonest: tuple[tuple[str, int], ...] = ()


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A table in numbers."""

    name: str
    version: str
    kind: str
    rows: int
    rows_read: int
    merged: int
    left_out: dict[str, int]
    merge: str
    source: str
    licence: str
    citation: str
    obtained: str
    stored: str
    notes: tuple[str, ...]
    sampled: int
    """Materials from which quartiles were computed."""
    columns: tuple[Summary, ...]


def describe(table: PropertyTable | ByKey) -> Description:
    """Counts, ranges, quartiles, outliers and pictures of every column.

    Parameters
    ----------
    table : PropertyTable or Stored

    Raises
    ------
    InputError
        When a file of a stored table is damaged.
    """
    found = by_key(table)
    card = found.card
    first = _first(found)
    tallies = [_Text(c) if c.type == "text" else _begin(c, first) for c in card.columns]
    for rows in found.range(0, MOST):
        for tally in tallies:
            tally.take(rows)
    return Description(
        name=card.name, version=card.version, kind=card.kind, rows=len(found), rows_read=card.rows_read,
        merged=card.merged, left_out=card.left_out, merge=card.merge, source=card.source, licence=card.licence,
        citation=card.citation, obtained=card.obtained, stored=card.stored, notes=card.notes,
        sampled=first.num_rows, columns=tuple(t.summary() for t in tallies),
    )  # fmt: skip


def _first(table: ByKey) -> Any:
    """The rows with the lowest keys: a random part, since keys are hashes."""
    found, size = [], 0
    for rows in table.range(0, MOST):
        found.append(rows.slice(0, SAMPLED - size))
        size += found[-1].num_rows
        if size >= SAMPLED:
            break
    return pa.concat_tables(found)


@dataclass
class _Number:
    """A numeric column while it is read."""

    column: Column
    quartiles: tuple[float, float, float] | None
    fences: tuple[float, float] | None
    edges: FloatArray | None
    repeat_spread: float | None
    present: int = 0
    missing: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    outliers: int = 0
    repeated: int = 0
    below: int = 0
    above: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    farthest: list[tuple[float, str, float]] = field(default_factory=list)

    def take(self, rows: Any) -> None:
        """Count further rows."""
        name = self.column.name
        given = floats(rows, name)
        values = given[np.isfinite(given)]
        self.missing += len(given) - len(values)
        if self.column.role == "property":
            self.repeated += int((np.asarray(rows.column(name + COUNT).to_numpy()) > 1).sum())
        if not len(values):
            return
        self.low, self.high = min(self.low, float(values.min())), max(self.high, float(values.max()))
        self._moments(values)
        if self.edges is not None:
            self.counts += np.histogram(values, self.edges)[0]
            self.below += int((values < self.edges[0]).sum())
            self.above += int((values > self.edges[-1]).sum())
        if self.fences is not None:
            self._outliers(rows, given)

    def _moments(self, values: FloatArray) -> None:
        """Mean and sum of squared deviations of all parts so far (Chan, Golub, LeVeque 1983, eqs. 2.1)."""
        count, mean = len(values), float(values.mean())
        total, step = self.present + count, mean - self.mean
        self.squares += float(((values - mean) ** 2).sum()) + step**2 * self.present * count / total
        self.mean += step * count / total
        self.present = total

    def _outliers(self, rows: Any, given: FloatArray) -> None:
        low, high = self.fences or (0.0, 0.0)
        far = np.fmax(low - given, given - high)
        out = np.flatnonzero(far > 0)
        self.outliers += len(out)
        for i in out[np.argsort(-far[out], kind="stable")[:NAMED]].tolist():
            self.farthest.append((-float(far[i]), rows.column("material")[i].as_py(), float(given[i])))
        self.farthest = sorted(self.farthest)[:NAMED]

    def summary(self) -> Summary:
        """The column in numbers."""
        c, any_ = self.column, self.present > 0
        drawn = self.edges is not None and any_
        return Summary(
            name=c.name, role=c.role, type=c.type, unit=c.unit, meaning=c.meaning, predicted=c.predicted,
            present=self.present, missing=self.missing, low=self.low if any_ else None,
            high=self.high if any_ else None, mean=self.mean if any_ else None,
            sd=math.sqrt(self.squares / (self.present - 1)) if self.present > 1 else None, quartiles=self.quartiles,
            outliers=self.outliers if self.fences else None, farthest=tuple((m, v) for _, m, v in self.farthest),
            histogram=self._histogram() if drawn else None, repeated=self.repeated, repeat_spread=self.repeat_spread,
        )  # fmt: skip

    def _histogram(self) -> Histogram:
        edges = self.edges if self.edges is not None else np.zeros(0)
        return Histogram(tuple(edges.tolist()), tuple(self.counts.tolist()), self.below, self.above)


def _begin(column: Column, first: Any) -> _Number:
    """Quartiles, fences and bins of a numeric column, from a random part of the table."""
    values = floats(first, column.name)
    values = values[np.isfinite(values)]
    spread = None
    if column.role == "property":
        spreads = floats(first, column.name + SPREAD)
        spreads = spreads[np.isfinite(spreads)]
        spread = float(np.median(spreads)) if len(spreads) else None
    if not len(values):
        return _Number(column, None, None, None, spread)
    q1, q2, q3 = (float(q) for q in np.quantile(values, [0.25, 0.5, 0.75]))
    reach = FENCE * (q3 - q1)
    fences = (q1 - reach, q3 + reach) if reach > 0 else None
    low, high = float(values.min()), float(values.max())
    if fences is not None:
        low, high = max(low, fences[0]), min(high, fences[1])
    edges = np.linspace(low, high, BINS + 1) if high > low else None
    return _Number(column, (q1, q2, q3), fences, edges, spread)


@dataclass
class _Text:
    """A text column while it is read."""

    column: Column
    present: int = 0
    missing: int = 0
    many: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, rows: Any) -> None:
        """Count further rows."""
        texts = rows.column(self.column.name)
        self.missing += texts.null_count
        self.present += len(texts) - texts.null_count
        if self.many:
            return
        for pair in pc.value_counts(texts.combine_chunks().drop_null()).to_pylist():
            self.counts[pair["values"]] += pair["counts"]
        if len(self.counts) > DISTINCT:
            self.many = True
            self.counts.clear()

    def summary(self) -> Summary:
        """The column in numbers."""
        c = self.column
        common = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:NAMED]
        return Summary(
            name=c.name, role=c.role, type=c.type, unit=c.unit, meaning=c.meaning, predicted=c.predicted,
            present=self.present, missing=self.missing, distinct=None if self.many else len(self.counts),
            commonest=tuple(common),
        )  # fmt: skip


def card_line(card: Card) -> str:
    """A stored table in one line."""
    units = ", ".join(f"{name} in {unit}" for name, unit in card.units.items())
    return f"{card.label}: {card.rows:,} materials of kind {card.kind}; {units}"
