"""Three public pairs as arrays: measured values to be found, computed ones to learn from."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.learners.pairs import load
from simworth.features.table import table_features
from simworth.tables import PropertyTable

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

WINDOWS = {"formation_enthalpy": (0.1, 0.2), "band_gap": (0.8, 0.9), "uv_vis": (0.8, 0.9)}
"""Pairs, and the quantiles of the measured values between which the target window of a campaign lies."""


class Pair(NamedTuple):
    """A pair described; no material of the source stands in the target."""

    name: str
    unit: str
    features: Float32
    measured: Float64
    source: Float32
    computed: Float64


@functools.lru_cache(maxsize=1)
def read_tables(name: str, folder: Path) -> tuple[PropertyTable, PropertyTable]:
    """Measured and computed table, as a study reads them."""
    inputs = load(name, folder, replicates=2)
    return inputs.targets[0], inputs.sources[0]


def read_pair(name: str, folder: Path) -> Pair:
    """Read and describe a pair."""
    target, source = read_tables(name, folder)
    features, computed = table_features([target, source])
    known = set(target.identities)
    free = np.array([identity not in known for identity in source.identities])
    return Pair(name, target.unit(name), features, target.values(name), computed[free], source.values(name)[free])
