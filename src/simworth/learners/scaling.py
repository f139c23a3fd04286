"""Standardisation of features and labels from a lane's own rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

CLIP = 25.0
"""Standardised features are cut at this many standard deviations: a material may lie far outside the rows. Wide, since
a property that is a sum over atoms has to follow counts that lie far outside."""
SMALLEST_SCALE = 1e-6
BLOCK = 16_384
"""Rows that are held in double precision at once."""


class Scaling(NamedTuple):
    """Means and standard deviations (d,); infinite where a feature is constant, which silences it."""

    centre: Float64
    scale: Float64

    @classmethod
    def of(cls, rows: NDArray[np.floating]) -> Scaling:
        """The scaling of ``rows`` (m, d)."""
        wide = rows.astype(np.float64)
        scale = wide.std(axis=0)
        return cls(wide.mean(axis=0), np.where(scale > SMALLEST_SCALE, scale, np.inf))

    def apply(self, features: NDArray[np.floating]) -> Float64:
        """Standardised features (materials, d), cut at `CLIP`."""
        return np.asarray(np.clip((features - self.centre) / self.scale, -CLIP, CLIP))


def label_scaling(labels: Float64) -> tuple[float, float]:
    """Mean and standard deviation of labels (m,); the latter is never zero."""
    return float(labels.mean()), max(float(labels.std()), SMALLEST_SCALE)


def properties_scaling(labels: Float64) -> tuple[Float64, Float64]:
    """Mean and standard deviation (lanes, properties) of the known ones of ``labels`` (lanes, n, properties).

    0 and a tiny one for a property that none of a lane's materials has.
    """
    known = np.isfinite(labels)
    count = np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, labels, 0.0)
    centre = filled.sum(axis=1) / count
    spread = np.where(known, filled - centre[:, None], 0.0)
    return centre, np.maximum(np.sqrt((spread**2).sum(axis=1) / count), SMALLEST_SCALE)


def line(source: Float64, labels: Float64) -> tuple[float, float]:
    """Slope and intercept of the least-squares line labels = slope x source + intercept; flat for a constant source."""
    spread = source - source.mean()
    squares = float(spread @ spread)
    slope = float(spread @ (labels - labels.mean())) / squares if squares > 0 else 0.0
    return slope, float(labels.mean()) - slope * float(source.mean())


def lane_scaling(features: Float32, rows: NDArray[np.int32], n: int) -> tuple[Float32, Float32]:
    """Means and standard deviations (lanes, d) of each lane's first ``n`` ``rows`` of ``features``.

    Standard deviations are infinite where a feature is constant, which silences it. Where lanes hold most of a table,
    the sums of the whole are formed once and each lane takes off what it has not.
    """
    if 2 * n <= len(features):
        return _stacked([_moments(features, lane[:n]) for lane in rows])
    everything = np.arange(len(features))
    shift = features[0].astype(np.float64)
    total, squares = _sums(features, everything, shift)
    found = []
    for lane in rows:
        without = np.ones(len(features), bool)
        without[lane[:n]] = False
        if without.sum() != len(features) - n:
            found.append(_moments(features, lane[:n]))
            continue
        less, less_squares = _sums(features, np.flatnonzero(without), shift)
        mean = (total - less) / n
        variance = (squares - less_squares) / n - mean**2
        # A difference of nearly equal sums says nothing: a feature that hardly varies is looked at again.
        doubtful = np.flatnonzero(variance <= 1e-6 * squares / len(features))
        centre, scale = shift + mean, np.sqrt(np.maximum(variance, 0.0))
        if len(doubtful):
            centre[doubtful], scale[doubtful] = _moments(features[:, doubtful], lane[:n])
        found.append((centre, scale))
    return _stacked(found)


def _moments(features: Float32, rows: NDArray[np.int32]) -> tuple[Float64, Float64]:
    """Mean and standard deviation (d,) of some rows, in two passes."""
    mean = sum(features[block].sum(axis=0, dtype=np.float64) for block in _blocks(rows)) / len(rows)
    return mean, np.sqrt(_sums(features, rows, mean)[1] / len(rows))


def _sums(features: Float32, rows: NDArray[np.integer], shift: Float64) -> tuple[Float64, Float64]:
    """Sums (d,) of some rows less ``shift``, and of their squares, in double precision a block at a time."""
    total, squares = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    for block in _blocks(rows):
        centred = features[block] - shift
        total += centred.sum(axis=0)
        squares += np.einsum("ij,ij->j", centred, centred)
    return total, squares


def _blocks(rows: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    return [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)]


def _stacked(found: list[tuple[Float64, Float64]]) -> tuple[Float32, Float32]:
    centre, scale = (np.stack(part) for part in zip(*found, strict=True))
    return centre.astype(np.float32), np.where(scale > SMALLEST_SCALE, scale, np.inf).astype(np.float32)
