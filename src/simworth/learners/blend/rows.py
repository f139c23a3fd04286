"""Some materials as the members of a blend see them, and how their columns are scaled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.learners.scaling import CLIP

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

FLAT = 1e-6
"""Relative spread below which a column counts as constant."""
BLOCK = 64
"""Rows of a product that are formed at once."""


class Rows(NamedTuple):
    """Materials, one a row."""

    features: Float64
    """(rows, d) as the study describes materials."""
    counts: Float64
    """(rows, c) of atoms, bonds, rings, as they are."""
    size: Float64
    """(rows,) heavy atoms; 1 where materials have no size."""
    source: Float64
    """(rows, k) predictions of k source models; k = 0 for direct learning."""

    def take(self, places: NDArray[np.integer]) -> Rows:
        """The rows at ``places``."""
        return Rows(*(part[places] for part in self))

    def alone(self) -> Rows:
        """The same without the source's predictions."""
        return self._replace(source=self.source[:, :0])

    @property
    def all_counts(self) -> Float64:
        """(rows, 2 c) counts, and counts a heavy atom: what sums over atoms and what averages over them follow."""
        return np.hstack([self.counts, self.counts / np.maximum(self.size, 1e-9)[:, None]])

    @property
    def everything(self) -> Float32:
        """All columns, for trees, to which scales are nothing; the mean over source models is one more."""
        mean = self.source.mean(axis=1, keepdims=True) if self.source.shape[1] else self.source
        return np.hstack([self.features, self.all_counts, self.source, mean]).astype(np.float32)


class Scale(NamedTuple):
    """Means and standard deviations (columns,), and which columns vary at all."""

    centre: Float64
    spread: Float64
    keep: NDArray[np.bool_]

    @classmethod
    def of(cls, columns: Float64) -> Scale:
        """The scale of some rows (rows, columns)."""
        centre, spread = columns.mean(axis=0), columns.std(axis=0)
        return cls(centre, spread, spread > FLAT * (np.abs(centre) + 1))

    def apply(self, columns: Float64) -> Float64:
        """Standardised (rows, columns that vary), cut at `CLIP`."""
        kept = self.keep
        standard = (columns[:, kept] - self.centre[kept]) / self.spread[kept]
        return np.asarray(np.clip(standard, -CLIP, CLIP))


class Limits(NamedTuple):
    """Between which a member may predict."""

    low: float
    high: float

    @classmethod
    def of(cls, labels: Float64) -> Limits:
        """A range beyond the labels on either side; none beyond an end at which labels pile up, as band gaps do at 0.

        An end is taken for a wall when at least a tenth of the labels, and no fewer than five, lie exactly on it.
        """
        low, high = float(labels.min()), float(labels.max())
        wall = [end for end in (low, high) if (labels == end).sum() >= max(PILE * len(labels), FEWEST_PILED)]
        return cls(low if low in wall else 2 * low - high, high if high in wall else 2 * high - low)

    def cut(self, predictions: Float64) -> Float64:
        """Predictions within the limits."""
        return np.clip(predictions, self.low, self.high)


PILE = 0.1
FEWEST_PILED = 5


def rowwise(rows: Float64, others: Float64) -> Float64:
    """``rows @ others``, in blocks of one shape: the numbers of a row do not depend on how many rows there are."""
    found = np.empty((len(rows), *others.shape[1:]))
    for first in range(0, len(rows), BLOCK):
        part = rows[first : first + BLOCK]
        block = np.zeros((BLOCK, rows.shape[1]))
        block[: len(part)] = part
        found[first : first + len(part)] = (block @ others)[: len(part)]
    return found
