"""Six computed sources and one experiment, small enough to be learned in a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simworth.seeds import stream
from simworth.shotgun.pretrain import pretrain_library
from simworth.sweep.spec import StudySpec, study_from
from simworth.tables import PropertyColumn, PropertyTable, read_table

SOURCES, FEATURES = 6, 6
TARGET = {"table": "given:target", "name": "experiment", "property": "y", "unit": "1"}


def table(name: str, materials: list[str], x: np.ndarray, y: np.ndarray) -> PropertyTable:
    features = {f"x{j}": x[:, j] for j in range(x.shape[1])}
    return read_table(
        pa.table({"material": materials, "y": y, **features}),
        kind="features",
        material="material",
        properties={"y": PropertyColumn("y", "1")},
        features=tuple(features),
        name=name,
        licence="CC0-1.0",
    )


def make_tables(informative: int | None, shared: int = 0, n: int = 600, m: int = 50) -> dict[str, PropertyTable]:
    """A target 0.8 h + 0.5 and sources of h, their labels shuffled in all but the informative one.

    The first ``shared`` materials of the target stand in every source.
    """
    rng = stream("shotgun-tables")
    x = rng.normal(size=(m, FEATURES))
    names = [f"target {i}" for i in range(m)]
    tables = {"target": table("target", names, x, 0.8 * hidden(x) + 0.5 + 0.05 * rng.normal(size=m))}
    for s in range(SOURCES):
        own = np.concatenate([x[:shared], rng.normal(size=(n - shared, FEATURES))])
        labels = hidden(own) if s == informative else rng.permutation(hidden(own))
        known = names[:shared] + [f"source {s}-{i}" for i in range(n - shared)]
        tables[f"source-{s}"] = table(f"source-{s}", known, own, labels)
    return tables


def hidden(x: np.ndarray) -> np.ndarray:
    """A wave along the diagonal: easy for a network with many materials, hopeless with few."""
    return 2 * np.sin(2 * x.sum(axis=1) / FEATURES**0.5)


def make_study(sources: int = SOURCES, learner: dict[str, Any] | None = None, **sweep: Any) -> StudySpec:
    network = {"name": "network", "hidden": [24], "rate": 2e-2, "least_steps": 400, "most_steps": 400}
    raw = {
        "name": "six sources",
        "target": [TARGET],
        "source": [
            {"table": f"given:source-{s}", "name": f"S {s}", "property": "y", "unit": "1"} for s in range(sources)
        ],
        "sweep": {"replicates": 8, "baselines": ["ridge"], **sweep},
        "learner": {**network, "adaptation": "residual", **(learner or {})},
    }
    return study_from(raw, "study", Path())


@pytest.fixture(scope="session")
def pool() -> Iterator[Executor]:
    """One thread: what is compiled once serves all tests."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="session")
def tables() -> Callable[..., dict[str, PropertyTable]]:
    return make_tables


@pytest.fixture(scope="session")
def study() -> Callable[..., StudySpec]:
    return make_study


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, pool: Executor) -> Path:
    """Models of all six sources, the fourth of which is informative."""
    folder = tmp_path_factory.mktemp("library")
    pretrain_library(make_study(), folder, workers=1, lanes=2, executor=pool, given=make_tables(3))
    return folder
