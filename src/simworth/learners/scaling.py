"""Standardisation of features and labels from a lane's own rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

CLIP = 8.0
"""Standardised features are cut at this many standard deviations: a material may lie far outside the rows."""
SMALLEST_SCALE = 1e-6


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


def line(source: Float64, labels: Float64) -> tuple[float, float]:
    """Slope and intercept of the least-squares line labels = slope x source + intercept; flat for a constant source."""
    spread = source - source.mean()
    squares = float(spread @ spread)
    slope = float(spread @ (labels - labels.mean())) / squares if squares > 0 else 0.0
    return slope, float(labels.mean()) - slope * float(source.mean())
