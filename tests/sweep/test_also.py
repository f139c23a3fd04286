"""Columns that a network learns along with the source property."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError, StudyError
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from

FEATURES = tuple(f"x{i}" for i in range(6))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source whose property is noisy and which also has the truth; a target that is a line of the truth.

    The body learns the truth from both, so a head that is fitted to experiments finds it there.
    """
    folder = tmp_path_factory.mktemp("also")
    rng = np.random.default_rng(0)
    for name, rows in (("source", 500), ("target", 120)):
        x = rng.normal(size=(rows, len(FEATURES)))
        truth = np.sin(x[:, 0] + x[:, 1]) + 0.5 * x[:, 2]
        columns = {"noisy": truth + 1.5 * rng.normal(size=rows), "truth": truth, "measured": 2 * truth - 1}
        lines = [",".join(("material", *FEATURES, *columns, "same"))]
        for i in range(rows):
            numbers = (*x[i], *(c[i] for c in columns.values()))
            lines.append(",".join((f"{name}{i}", *(f"{v:.6f}" for v in numbers), "1.5")))
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def study(folder: Path, also: tuple[str, ...], learner: dict[str, Any] | None = None) -> StudySpec:
    common = {"property": "p", "unit": "eV", "kind": "features", "material": "material", "features": FEATURES}
    target = common | {"table": str(folder / "target.csv"), "column": "measured"}
    source = common | {"table": str(folder / "source.csv"), "column": "noisy", "also": also, "keep": also}
    network = {"hidden": (64, 32), "least_steps": 800, "most_steps": 800, "adaptation": "head"}
    sizes = {"n": (450,), "m": (20,), "replicates": 2, "lanes": 2, "baselines": ("ridge",)}
    raw = {"name": "also", "target": [target], "source": [source | {"name": "s"}], "sweep": sizes}
    return study_from(raw | {"learner": learner or network}, "study", folder)


def error(spec: StudySpec, folder: Path) -> float:
    with ThreadPoolExecutor(1) as pool:
        trials = pq.read_table(sweep(spec, folder, workers=1, executor=pool))
    return float(pc.mean(trials.filter(pc.field("n") == 450)["mae"]).as_py())


def test_a_noisy_property_is_learned_better_with_a_clean_one(tables: Path, tmp_path: Path) -> None:
    assert error(study(tables, ("truth",)), tmp_path / "with") < 0.9 * error(study(tables, ()), tmp_path / "without")


def test_a_column_of_one_value_is_refused(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'same' has 500 numbers that do not differ"):
        error(study(tables, ("same",)), tmp_path / "run")


def test_other_learners_refuse_it(tables: Path) -> None:
    with pytest.raises(StudyError, match="which the learner 'ExtraTreesRegressor' cannot do"):
        study(tables, ("truth",), {"name": "sklearn", "estimator": "sklearn.ensemble.ExtraTreesRegressor"})
