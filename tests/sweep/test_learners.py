"""Studies whose learner is a plug-in: computed, named, recorded, and told apart."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import sklearn

from simworth.errors import InputError, StaleRunError, StudyError
from simworth.learners.settings import InContextSpec
from simworth.sweep.inputs import load_spec
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.testing import synthetic_study, synthetic_tables

TREES = {"name": "sklearn", "estimator": "sklearn.ensemble.ExtraTreesRegressor", "options": {"n_estimators": 20}}
CONTEXT = {"name": "in_context", "model": "tabicl", "checkpoint": "weights.ckpt"}
MEAN = """
import numpy as np

class Mean:
    def __init__(self, columns=0):
        self.columns = columns

    def pretrain(self, source, labels, rows, n, seeds):
        assert source.kind == "features" and source.identities[rows[0, 0]].startswith("material")
        return labels[:, :n].mean(axis=1)

    def adapt_and_predict(self, state, target, labels, train, ask, seeds):
        level = labels[train].mean(axis=1) if state is None else state
        return np.repeat(level[:, None], ask.shape[1] + self.columns, axis=1)
"""


def study(learner: dict[str, Any], **settings: Any) -> StudySpec:
    raw: dict[str, Any] = synthetic_study(n=(50, 400), m=(20,))
    raw["sweep"] |= settings
    return study_from(raw | {"learner": learner}, "study", Path())


def trials(spec: StudySpec, folder: Path) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pq.read_table(sweep(spec, folder, workers=1, executor=pool, given=synthetic_tables()))


def mean_error(table: Any, learner: str, n: int) -> float:
    return float(pc.mean(table.filter((pc.field("learner") == learner) & (pc.field("n") == n))["mae"]).as_py())


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "mean_learner.py").write_text(MEAN)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "mean_learner", raising=False)
    return folder / "mean_learner.py"


def test_a_regressor_transfers_through_a_whole_sweep(tmp_path: Path) -> None:
    spec = study(TREES, baselines=["ridge", "gaussian_process"], control="shuffled", replicates=2)
    found = trials(spec, tmp_path / "one")
    assert set(found["status"].to_pylist()) == {"ok"}
    assert set(found["learner"].to_pylist()) == {"ExtraTreesRegressor", "ridge", "gaussian_process"}
    transferred = found.filter(pc.field("control") == "")
    name = "ExtraTreesRegressor"
    assert mean_error(transferred, name, 400) < mean_error(transferred, name, 50) < mean_error(transferred, name, 0)
    assert trials(spec, tmp_path / "two").equals(found)
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert manifest["versions"]["scikit-learn"] == sklearn.__version__
    assert load_spec(tmp_path / "one") == spec


def test_lanes_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    one, other = (trials(study(TREES, lanes=k, replicates=3), tmp_path / str(k)) for k in (1, 3))
    assert one["predictions"].equals(other["predictions"])


def test_the_users_object_sees_what_the_sweep_gives(own: Path, tmp_path: Path) -> None:
    found = trials(study({"name": "python", "factory": "mean_learner:Mean"}), tmp_path / "run")
    assert set(found["status"].to_pylist()) == {"ok"}
    assert "mean_learner" in json.loads((tmp_path / "run" / "manifest.json").read_text())["versions"]


def test_changed_code_does_not_continue_a_run(own: Path, tmp_path: Path) -> None:
    spec = study({"name": "python", "factory": "mean_learner:Mean"}, replicates=2)
    trials(spec, tmp_path / "run")
    own.write_text(MEAN.replace("mean(axis=1)", "max(axis=1)"))
    with pytest.raises(StaleRunError, match="was begun with mean_learner file"):
        trials(spec, tmp_path / "run")


def test_predictions_of_another_shape_are_refused(own: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"learner 'Mean': adapt_and_predict gave an array of shape \(2, 25\)"):
        trials(study({"name": "python", "factory": "mean_learner:Mean", "options": {"columns": 1}}), tmp_path / "run")


def test_the_learner_and_its_options_are_part_of_the_studys_identity() -> None:
    digests = {
        study(learner).digest()
        for learner in ({}, TREES, TREES | {"options": {"n_estimators": 21}}, {"name": "chemprop"})
    }
    assert len(digests) == 4
    assert study({}).digest() == study({"name": "blend"}).digest()


def test_a_checkpoint_is_found_beside_the_study_and_may_be_moved(tmp_path: Path) -> None:
    raw: dict[str, Any] = synthetic_study(n=(50,), m=(20,))
    learner = CONTEXT | {"checkpoint": "weights/a.ckpt"}
    here, there = (study_from(raw | {"learner": learner}, "study", tmp_path / place) for place in ("here", "there"))
    assert isinstance(here.learner, InContextSpec)
    assert here.learner.checkpoint == str(tmp_path / "here" / "weights" / "a.ckpt")
    assert here != there
    assert here.digest() == there.digest()


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        ({"name": "perceptron"}, "name is 'perceptron'; it may be 'blend', 'network'"),
        (TREES | {"hidden": [3]}, "unknown key 'hidden'"),
        ({"name": "sklearn"}, "lacks 'estimator'; add it"),
        ({"name": "torch", "module": "a:B", "rate": 0.0}, "learner.rate is 0.0; it must be above zero"),
        ({"name": "chemprop", "dropout": 1.0}, "learner.dropout is 1.0; it must be below one"),
        ({"hidden": []}, "learner.hidden is empty"),
        (CONTEXT | {"model": "gpt"}, "model is 'gpt'; it may be 'tabicl' or 'tabpfn'"),
        (CONTEXT | {"estimators": 0}, "learner.estimators is 0; it must be above zero"),
        (CONTEXT | {"most_rows": 5}, "learner.most_rows is 5; it must be at least 10"),
        ({"name": "in_context", "model": "tabpfn"}, "lacks 'checkpoint'; add it"),
        ({"name": "python", "factory": "mine:ridge"}, "called 'ridge', like a baseline"),
    ],
)
def test_impossible_learners_are_refused_when_the_study_is_read(learner: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        study(learner)


def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"do not fit .* 'n_trees'"):
        trials(study(TREES | {"options": {"n_trees": 3}}), tmp_path / "run")
    assert not (tmp_path / "run").exists()
