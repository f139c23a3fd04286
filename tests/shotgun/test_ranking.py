from __future__ import annotations

import json
import shutil
from concurrent.futures import Executor
from pathlib import Path

import msgspec
import numpy as np
import pytest

from simworth.documents import decode_document
from simworth.errors import InputError, LeakageError, StudyError
from simworth.learners.library import Model, Probe, load_model, model_folders, save_model
from simworth.learners.settings import SklearnSpec
from simworth.shotgun import attempts
from simworth.shotgun.attempts import Candidate, Errors, make_parts
from simworth.shotgun.pretrain import pretrain_library
from simworth.shotgun.ranking import SCHEMA, rank_library, read_target
from simworth.shotgun.verdict import judge
from simworth.tables import splits


@pytest.fixture(scope="module")
def ranking(library: Path, study, tables, pool: Executor) -> dict:
    return rank_library(library, study(), workers=1, executor=pool, given=tables(3))


def rows(document: dict) -> dict[str, dict]:
    return {row["name"]: row for row in document["targets"][0]["ranking"]}


def test_the_informative_source_is_first_and_alone_surely_better(ranking: dict) -> None:
    target = ranking["targets"][0]
    first = target["ranking"][0]
    assert first["source"] == "S 3"
    assert first["best"] > 0.99
    assert [row["source"] for row in target["ranking"] if row["verdict"] == "better"] == ["S 3"]
    assert first["gain"]["low"] > 0
    assert target["sentence"].startswith(f"{first['name']} is surely better than direct learning")
    assert target["choice"] == first["name"]
    assert first["chosen"] == 8


def test_the_choosing_is_measured_outside_what_it_looked_at(ranking: dict) -> None:
    target = ranking["targets"][0]
    inner = np.array([row["inner"] for row in target["ranking"]])
    outer = np.array([row["errors"] for row in target["ranking"]])
    direct = [row["kind"] == "direct" for row in target["ranking"]]
    splits_of = np.arange(inner.shape[1])
    assert target["procedure"]["error"] == pytest.approx(outer[inner.argmin(0), splits_of].mean())
    alone = outer[direct][inner[direct].argmin(0), splits_of].mean()
    assert target["procedure"]["without"] == pytest.approx(alone)
    assert target["procedure"]["gain"]["low"] > 0


def test_of_six_sources_of_noise_it_is_said_that_none_helps(
    library: Path, study, tables, pool: Executor, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    pretrain_library(study(), folder, workers=1, lanes=2, executor=pool, given=tables(None))
    document = rank_library(folder, study(), workers=1, executor=pool, given=tables(None))
    target = document["targets"][0]
    assert not [row for row in target["ranking"] if row["verdict"] == "better"]
    assert target["sentence"].startswith("None of 6 models tried is surely better than direct learning")
    assert target["procedure"]["gain"]["low"] < 0


def test_a_rerun_gives_the_same_document_and_it_is_valid(
    ranking: dict, library: Path, study, tables, pool: Executor
) -> None:
    assert rank_library(library, study(), workers=1, executor=pool, given=tables(3)) == ranking
    assert decode_document(json.dumps(ranking).encode(), "ranking", SCHEMA) == ranking
    assert {f.name for f in model_folders(library)} < set(ranking["parents"])


def test_the_splits_are_those_of_a_sweep_and_nothing_is_chosen_by_test_materials(study, tables) -> None:
    spec, target = study(), tables(3)["target"]
    outer = splits(target, 8, spec.seed, test_fraction=0.2)
    free = np.zeros(len(target), dtype=bool)
    part, inner = make_parts(target, outer, 40, None, free, spec.seed)
    for r, s in enumerate(outer):
        np.testing.assert_array_equal(part.ask[r], s.test)
        np.testing.assert_array_equal(part.train[r], s.order)
        for again in inner:
            assert not set(again.train[r]) & set(again.ask[r])
            assert set(again.train[r]) | set(again.ask[r]) == set(s.order)
    assert len({tuple(again.ask[0]) for again in inner}) == len(inner)


def test_labels_of_test_materials_change_no_choice(library: Path, study, tables, pool: Executor, monkeypatch) -> None:
    spec, given, seen = study(replicates=4), tables(3), []
    attempt = attempts.attempt

    def blinded(task: attempts.Task, candidate: Candidate) -> Errors:
        first = task.outer._replace(train=task.outer.train[:1], ask=task.outer.ask[:1], asked=task.outer.asked[:1])
        inner = tuple(p._replace(train=p.train[:1], ask=p.ask[:1], asked=p.asked[:1]) for p in task.inner)
        values = task.values.copy()
        values[first.ask[0]] = 1e6
        one = attempt(task._replace(outer=first, inner=inner), candidate)
        two = attempt(task._replace(outer=first, inner=inner, values=values), candidate)
        np.testing.assert_array_equal(one.inner, two.inner)
        seen.append(candidate.name)
        return attempt(task, candidate)

    monkeypatch.setattr("simworth.shotgun.ranking.attempt", blinded)
    rank_library(library, spec, workers=1, executor=pool, given=given)
    assert len(seen) == 9


def test_materials_a_model_has_seen_are_never_tested_on_unless_said(
    study, tables, pool: Executor, tmp_path: Path
) -> None:
    given, quick = tables(3, shared=20), {"least_steps": 10, "most_steps": 10}
    (leaky,) = pretrain_library(
        study(1, quick, overlap="allow"), tmp_path, workers=1, lanes=2, executor=pool, given=given
    )
    ask = {"workers": 1, "executor": pool, "given": given}
    sweep = {"test_fraction": 0.4, "replicates": 4}
    held = rank_library(tmp_path, study(1, quick, **sweep), **ask)["targets"][0]
    assert held["seen"] == 20
    assert held["tested"] < 20
    assert rows({"targets": [held]})[leaky.name]["seen_tested"] == 0
    open_ = rank_library(tmp_path, study(1, quick, **sweep), overlap="allow", **ask)
    assert open_["overlap"] == "allow"
    assert open_["targets"][0]["tested"] == 20
    assert rows(open_)[leaky.name]["seen_tested"] == pytest.approx(20 - held["tested"])
    with pytest.raises(LeakageError, match=r"was trained on 20 materials of target .*'target 0'"):
        rank_library(tmp_path, study(1, quick, **sweep), overlap="error", **ask)
    with pytest.raises(InputError, match="test materials that no model has seen"):
        rank_library(tmp_path, study(1, quick, replicates=4, test_fraction=0.12), **ask)


def test_a_study_file_without_sources_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    text = 'name = "x"\n[[target]]\ntable = "t.csv"\nkind = "molecule"\nproperty = "y"\nunit = "eV"\ngroup = "g"\n'
    path.write_text(text)
    spec = read_target(path)
    assert spec.source == ()
    assert spec.target[0].group == "g"
    assert spec.target[0].table == str(tmp_path / "t.csv")
    path.write_text(text.replace("group", "grup"))
    with pytest.raises(StudyError, match="unknown key 'grup'"):
        read_target(path)
    for wrong in ("", "name = ", 'name = "x"\ntarget = []\n'):
        path.write_text(wrong)
        with pytest.raises(StudyError):
            read_target(path)
    with pytest.raises(StudyError, match="no such study file"):
        read_target(tmp_path / "missing.toml")


def altered(folder: Path, model: Model, **card: object) -> Path:
    """A library of a model whose card says something else."""
    return save_model(folder, model._replace(card=msgspec.structs.replace(model.card, **card))).parent


def test_models_for_other_materials_are_left_out_and_said(
    library: Path, study, tables, pool: Executor, tmp_path: Path
) -> None:
    ask = {"workers": 1, "executor": pool, "given": tables(3)}
    model = load_model(model_folders(library)[3])
    shutil.copytree(library / model.card.name, tmp_path / "lib" / model.card.name)
    altered(tmp_path / "lib", model, name="oxides", kind="composition", features=())
    altered(tmp_path / "lib", model, name="others", features=tuple("abcdef"))
    document = rank_library(tmp_path / "lib", study(replicates=4), **ask)
    assert document["targets"][0]["left_out"] == [
        {"model": "others", "reason": "was trained on other features"},
        {"model": "oxides", "reason": "is for materials of kind 'composition'"},
    ]
    assert [row["name"] for row in document["targets"][0]["ranking"] if row["kind"] == "model"] == [model.card.name]
    shutil.rmtree(tmp_path / "lib" / model.card.name)
    with pytest.raises(InputError, match="no model of the library fits target 'target': others was trained on other"):
        rank_library(tmp_path / "lib", study(), **ask)


def test_what_cannot_be_ranked_is_refused_first(library: Path, study, tables, pool: Executor, tmp_path: Path) -> None:
    ask = {"workers": 1, "executor": pool, "given": tables(3)}
    for spec, more, expected in (
        (study(), {"overlap": "ignore"}, "--overlap is 'ignore'"),
        (study(), {"level": 90.0}, "the level is 90"),
        (study(replicates=3), {}, "needs at least 4"),
        (study(learner={"members": 3}), {}, r"learner.members is 3 but .* has 2 networks"),
        (msgspec.structs.replace(study(), learner=SklearnSpec("sklearn.linear_model.Ridge")), {}, "own networks"),
    ):
        with pytest.raises(InputError, match=expected):
            rank_library(library, spec, **ask, **more)
    shutil.copytree(library, tmp_path / "lib")
    (model_folders(tmp_path / "lib")[1] / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match="is damaged"):
        rank_library(tmp_path / "lib", study(), **ask)


def test_another_installation_that_describes_materials_otherwise_is_refused() -> None:
    pytest.importorskip("rdkit")
    from types import SimpleNamespace

    from simworth.shotgun.probes import PROBES, check_probe, make_probe

    for kind in ("molecule", "composition", "polymer", "pair"):
        here = make_probe(kind, 0)
        assert len(here.keys) == len(set(here.keys.tolist())) == len(PROBES[kind])
        card = SimpleNamespace(name="m", versions={"simworth": "0", "rdkit": "1"})
        check_probe(SimpleNamespace(probe=here, card=card), here)  # type: ignore[arg-type]
        for other in (
            Probe(here.keys + np.uint64(1), here.features),
            Probe(here.keys, here.features + 0.1),
            Probe(here.keys, here.features[:, 1:]),
        ):
            with pytest.raises(InputError, match="described otherwise"):
                check_probe(SimpleNamespace(probe=other, card=card), here)  # type: ignore[arg-type]


def test_a_model_that_diverged_is_no_candidate() -> None:
    good = Errors(np.array([1.0, 1.1, 0.9, 1.0]), np.ones(4))
    errors = {
        Candidate("network", None): good,
        Candidate("bad", Path("bad")): good._replace(outer=np.array([0.1, np.nan, 0.1, 0.1])),
    }
    found = judge(errors, {}, {}, {"target": "t", "unit": "eV"}, 0.25, 0.9)
    assert [row["name"] for row in found["ranking"]] == ["network"]
    assert found["failed"] == [{"name": "bad", "splits": 1, "reason": "training diverged"}]
    assert found["sentence"].startswith("No model could be adapted")
