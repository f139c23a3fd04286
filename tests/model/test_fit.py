from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.learners.strategies import predict
from simworth.model.ask import Model
from simworth.model.choose import model_name, open_model
from simworth.model.folder import load_model
from simworth.model.networks import Networks

FILES = ("card.json", "model.safetensors", "known.parquet", "README.md")


def check_same_as_trials(folder: Path, model: Model) -> int:
    """The loaded networks say of held-out experiments what trials.parquet holds, bit for bit; how many trials."""
    card = model.card
    trials = pq.read_table(folder / "trials.parquet").to_pylist()
    mine = [t for t in trials if (t["n"], t["m"], t["arm"]) == (card.n, card.m, "simulation")]
    predictor = model.predictor
    assert isinstance(predictor, Networks)
    each, members = predictor.each, card.learner.members
    for trial in mine:
        first = trial["replicate"] * each + trial["tuning"] * members
        lanes = slice(first, first + members)
        ask = np.tile(np.array(trial["test_rows"], np.int32), (card.replicates * each, 1))
        said = predict(predictor.adapted, model.features, model.features, ask)[lanes].mean(axis=0)
        np.testing.assert_array_equal(said.astype(np.float32), np.array(trial["predictions"], np.float32))
    return len(mine)


def test_the_model_is_the_one_that_was_measured(run: Path, model: Model) -> None:
    assert model.card.difference == 0
    assert check_same_as_trials(run, model) == 6 * 2
    errors = [
        t["mae"]
        for t in pq.read_table(run / "trials.parquet").to_pylist()
        if (t["n"], t["m"]) == (model.card.n, model.card.m)
    ]
    assert model.card.error == pytest.approx(np.mean(errors), rel=1e-6)


def test_the_card_says_where_it_comes_from(run: Path, model: Model) -> None:
    card, law = model.card, json.loads((run / "law.json").read_text())
    curve = next(c for c in law["curves"] if c["m"] == card.m)
    assert (card.n, card.m, card.replicates, card.tunings) == (560, 60, 6, 2)
    assert (card.property, card.unit, card.kind) == ("y", "1", "features")
    assert card.features == tuple(f"x{j}" for j in range(6))
    assert card.verdict == curve["verdict"]["sentence"]
    assert card.coverage is not None
    assert 0.75 < card.coverage.covered <= 1
    text = (run / "model" / "README.md").read_text()
    assert "bit for bit" in text
    assert "not stated" in text  # the licence


def test_nothing_is_left_beside_the_model(run: Path) -> None:
    assert not (run / "work").exists()
    assert sorted(p.name for p in (run / "model").iterdir()) == sorted(FILES)


def test_a_run_without_its_model_gives_the_same_again(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    shutil.rmtree(copy / "model")
    model = open_model(copy)  # its networks were not kept: they are trained again, by another process
    for name in FILES:
        assert (copy / "model" / name).read_bytes() == (run / "model" / name).read_bytes()
    assert model.card.difference == 0
    assert not (copy / "work").exists()


def test_a_second_run_keeps_the_model(run: Path, tmp_path: Path, make_run: Callable[..., list[str]]) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    before = (copy / "model" / "model.safetensors").stat().st_mtime_ns
    make_run(copy)
    assert (copy / "model" / "model.safetensors").stat().st_mtime_ns == before


@pytest.mark.parametrize("adaptation", ["auto", "residual"])
def test_other_adaptations_are_kept_as_they_were_measured(
    adaptation: str, tmp_path: Path, make_run: Callable[..., list[str]]
) -> None:
    sweep = {"n": [100], "m": [20], "replicates": 2, "lanes": 1}
    make_run(tmp_path, sweep, {"adaptation": adaptation, "members": 2, "hidden": [8], "most_steps": 300})
    model = load_model(tmp_path / "model")
    assert model.card.difference == 0
    assert check_same_as_trials(tmp_path, model) == 4


def test_another_learner_has_no_model_and_the_run_goes_on(tmp_path: Path, make_run: Callable[..., list[str]]) -> None:
    sweep = {"n": [50], "m": [20], "replicates": 2, "tunings": 1}
    ridge = {"name": "sklearn", "estimator": "sklearn.linear_model.Ridge"}
    [said] = make_run(tmp_path, sweep, ridge)
    assert "no model folder is kept for the learner 'Ridge'" in said
    assert not (tmp_path / "work").exists()
    with pytest.raises(InputError, match="no model folder is kept"):
        open_model(tmp_path)


def test_names_of_targets_and_sources(run: Path, tmp_path: Path) -> None:
    assert open_model(run, "experiment").card.target.label == "experiment"
    assert open_model(run / "model", "experiment", "simulation").card.source.label == "simulation"
    for place in (run, run / "model"):
        with pytest.raises(InputError, match="nothing"):
            open_model(place, None, "nothing")
    with pytest.raises(InputError, match="neither a run folder nor a model folder"):
        open_model(tmp_path)
    assert model_name(0, None) == "model"
    assert model_name(1, 2) == "model-target1-source2"
