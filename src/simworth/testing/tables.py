"""Synthetic tables: a cheap biased simulation and a few noisy experiments of the same hidden property."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.seeds import stream
from simworth.tables import PropertyColumn, PropertyTable, read_table

Float64 = NDArray[np.float64]
FEATURES = 6


def synthetic_tables(
    source: int = 600, target: int = 120, overlap: int = 20, noise: float = 0.1, seed: int = 0
) -> dict[str, PropertyTable]:
    """Tables ``"source"`` and ``"target"`` of kind ``features`` with a property ``y`` in unit 1.

    The simulation is a hidden property, a simple function of three of six numbers; the experiment is 0.8 times it
    plus 0.5 plus Gaussian noise of standard deviation ``noise``. ``overlap`` materials stand in both.
    """
    rng = stream("synthetic-tables", source, target, overlap, noise, seed)
    x = rng.normal(size=(source + target - overlap, FEATURES))
    hidden = 2 * np.tanh(x[:, 0]) + 1.5 * np.abs(x[:, 1]) - x[:, 2]
    measured = 0.8 * hidden + 0.5 + noise * rng.normal(size=len(x))
    names = [f"material {i}" for i in range(len(x))]
    last = source - overlap
    return {
        "source": _table("source", names[:source], x[:source], hidden[:source]),
        "target": _table("target", names[last:], x[last:], measured[last:]),
    }


def _table(name: str, materials: list[str], x: Float64, y: Float64) -> PropertyTable:
    features = {f"x{j}": x[:, j] for j in range(FEATURES)}
    return read_table(
        pa.table({"material": materials, "y": y, **features}),
        kind="features",
        material="material",
        properties={"y": PropertyColumn("y", "1")},
        features=tuple(features),
        name=name,
    )


def synthetic_study(n: tuple[int, ...] = (50, 100, 200, 400), m: tuple[int, ...] = (20, 60)) -> dict[str, object]:
    """Settings of a study of `synthetic_tables` that runs in seconds."""
    table = {"property": "y", "unit": "1"}
    return {
        "name": "synthetic",
        "target": [{"table": "given:target", "name": "experiment", **table}],
        "source": [{"table": "given:source", "name": "simulation", **table}],
        "sweep": {"n": list(n), "m": list(m), "replicates": 6, "tunings": 1, "lanes": 2, "baselines": ["ridge"]},
        "learner": {
            "name": "network",
            "hidden": [32],
            "rate": 1e-2,
            "epochs": 160,
            "least_steps": 300,
            "most_steps": 900,
            "tuning_steps": 50,
        },
    }
