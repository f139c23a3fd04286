from __future__ import annotations

import shutil
from concurrent.futures import Executor
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from simworth.errors import InputError, LeakageError, StudyError, TrialError
from simworth.learners.library import load_model, model_folders, read_card, readme
from simworth.learners.settings import SklearnSpec
from simworth.shotgun import pretrain
from simworth.shotgun.pretrain import pretrain_library
from simworth.sweep.order import identity_keys
from simworth.tables import PropertyTable
from simworth.tables.about import PRIVATE


def test_a_card_says_what_the_model_is(library: Path) -> None:
    folders = model_folders(library)
    assert [read_card(f).source for f in folders] == [f"S {s}" for s in range(6)]
    card = read_card(folders[3])
    assert (card.materials, card.n, card.held_out, card.lanes) == (600, 540, 60, 2)
    assert (card.kind, card.unit, card.licence, card.without) == ("features", "1", "CC0-1.0", ("experiment",))
    assert card.error < 0.3 * card.ignorance
    assert all(read_card(f).error > 0.8 * card.ignorance for f in folders if f != folders[3])
    text = (folders[3] / "README.md").read_text()
    for word in (card.source, card.table_digest, card.licence, "540"):
        assert word in text
    assert PRIVATE not in text
    assert PRIVATE in readme(msgspec.structs.replace(card, private=True))


def test_same_inputs_same_bytes_and_a_second_run_computes_nothing(
    library: Path, tmp_path: Path, study, tables, pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"workers": 1, "lanes": 2, "executor": pool, "given": tables(3)}
    made = pretrain_library(study(sources=2), tmp_path, **ask)
    assert [f.name for f in made] == [f.name for f in model_folders(library)[:2]]
    for folder in made:
        for file in ("model.safetensors", "card.json", "README.md"):
            assert (folder / file).read_bytes() == (library / folder.name / file).read_bytes()
    monkeypatch.setattr(pretrain, "make_model", lambda job: pytest.fail("was made again"))
    assert pretrain_library(study(sources=2), tmp_path, **ask) == made


def test_how_models_are_adapted_is_no_part_of_them(
    library: Path, study, tables, pool: Executor, tmp_path: Path
) -> None:
    other = study(sources=1, learner={"adaptation": "tune", "tuning_steps": 3, "members": 2})
    (made,) = pretrain_library(other, tmp_path, workers=1, lanes=2, executor=pool, given=tables(3))
    assert made.name == model_folders(library)[0].name
    more = study(sources=1, learner={"hidden": [8], "least_steps": 10, "most_steps": 10})
    (another,) = pretrain_library(more, tmp_path, workers=1, lanes=1, executor=pool, given=tables(3))
    assert another != made
    assert len(model_folders(tmp_path)) == 2


def test_an_interruption_keeps_finished_models(
    study, tables, pool: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = pretrain.make_model, []

    def stop_at_the_third(job: pretrain.Job) -> None:
        if len(made) == 2:
            raise OSError("no space left")
        made.append(job.folder)
        make(job)

    ask = {"workers": 1, "lanes": 1, "executor": pool, "given": tables(3)}
    monkeypatch.setattr(pretrain, "make_model", stop_at_the_third)
    with pytest.raises(TrialError, match="finished ones are kept"):
        pretrain_library(study(sources=3), tmp_path, **ask)
    assert model_folders(tmp_path) == made
    before = {f: (f / "model.safetensors").stat().st_mtime_ns for f in made}
    monkeypatch.setattr(pretrain, "make_model", make)
    steps: list[tuple[int, int]] = []
    assert len(pretrain_library(study(sources=3), tmp_path, **ask, progress=lambda *done: steps.append(done))) == 3
    assert steps == [(2, 3), (3, 3)]
    assert {f: (f / "model.safetensors").stat().st_mtime_ns for f in made} == before


def test_a_folder_half_written_or_damaged_is_made_again(
    library: Path, study, tables, pool: Executor, tmp_path: Path
) -> None:
    name = model_folders(library)[0].name
    shutil.copytree(library / name, tmp_path / name)
    shutil.copytree(library / name, tmp_path / f".{name}.part")
    (tmp_path / name / "model.safetensors").write_bytes(b"half")
    pretrain_library(study(sources=1), tmp_path, workers=1, lanes=2, executor=pool, given=tables(3))
    assert [p.name for p in tmp_path.iterdir()] == [name]
    np.testing.assert_array_equal(load_model(tmp_path / name).seen, load_model(library / name).seen)


def test_no_material_of_a_target_is_learned_unless_allowed(study, tables, pool: Executor, tmp_path: Path) -> None:
    given = tables(3, shared=12)
    target = identity_keys(list(given["target"].identities))
    quick = {"least_steps": 10, "most_steps": 10}
    ask = {"workers": 1, "lanes": 1, "executor": pool, "given": given}
    (without,) = pretrain_library(study(1, quick), tmp_path, **ask)
    (allowed,) = pretrain_library(study(1, quick, overlap="allow"), tmp_path, **ask)
    assert read_card(without).left_out == 12
    assert read_card(without).materials == 588
    assert np.isin(target, load_model(without).seen).sum() == 0
    assert read_card(allowed).without == ()
    assert np.isin(target, load_model(allowed).seen).sum() == 12
    with pytest.raises(LeakageError, match="12 materials stand in both"):
        pretrain_library(study(1, quick, overlap="error"), tmp_path, **ask)


def test_arms_that_are_one_source_at_full_size_are_one_model(study, tables, pool: Executor, tmp_path: Path) -> None:
    given, quick, said = tables(3), {"least_steps": 10, "most_steps": 10}, []
    spec = study(1, quick)
    twin = msgspec.structs.replace(spec.source[0], name="twin")
    both = msgspec.structs.replace(spec, source=(*spec.source, twin))
    made = pretrain_library(both, tmp_path, workers=1, lanes=1, executor=pool, given=given, say=said.append)
    assert len(made) == 1
    assert any("twin: the same as S 0 at full size" in line for line in said)


def test_columns_that_are_learned_along_are_part_of_the_model(study, tables, pool: Executor, tmp_path: Path) -> None:
    given, spec = tables(3), study(1, {"least_steps": 10, "most_steps": 10})
    whole = given["source-0"]
    more = whole.data.append_column("z", pa.array(np.arange(len(whole), dtype=float)))
    given["source-0"] = PropertyTable(msgspec.structs.replace(whole.about, keep=("z",)), more)
    along = msgspec.structs.replace(spec, source=(msgspec.structs.replace(spec.source[0], also=("z",)),))
    ask = {"workers": 1, "lanes": 1, "executor": pool, "given": given}
    (plain,), (made,) = pretrain_library(spec, tmp_path, **ask), pretrain_library(along, tmp_path, **ask)
    assert made != plain
    assert read_card(made).also == ("z",)
    assert "| learned along | z |" in (made / "README.md").read_text()
    assert load_model(made).networks.layers[-1][0].shape == load_model(plain).networks.layers[-1][0].shape


def test_what_cannot_be_made_is_refused_first(study, tables, pool: Executor, tmp_path: Path) -> None:
    ask = {"workers": 1, "executor": pool, "given": tables(3)}
    with pytest.raises(InputError, match="ask for at least 1"):
        pretrain_library(study(), tmp_path / "new", lanes=0, **ask)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        pretrain_library(study(), tmp_path / "file", **ask)
    small = {**tables(3), "source-0": tables(3)["source-0"].take(range(15))}
    with pytest.raises(InputError, match="'S 0' has 15 materials"):
        pretrain_library(study(), tmp_path / "new", **{**ask, "given": small})
    ridge = SklearnSpec("sklearn.linear_model.Ridge")
    with pytest.raises(StudyError, match="simworth's own networks, not 'Ridge'"):
        pretrain_library(msgspec.structs.replace(study(), learner=ridge), tmp_path / "new", **ask)
    assert not (tmp_path / "new").exists()
