"""Studies that choose how molecules and polymers are described."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError, MissingExtraError, StudyError
from simworth.features import forcefield
from simworth.features.molecules import NAMES
from simworth.shotgun.pretrain import pretrain_library
from simworth.shotgun.ranking import rank_library
from simworth.sweep.inputs import load_spec, prepare_inputs
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyColumn, PropertyTable, read_table

pytest.importorskip("rdkit")
LETTERS = "CNOFSP"
RIDGE = {"name": "sklearn", "estimator": "sklearn.linear_model.Ridge"}
NETWORK = {"name": "network", "hidden": [4], "least_steps": 20, "most_steps": 20, "adaptation": "residual"}


@pytest.fixture(autouse=True)
def field(monkeypatch: pytest.MonkeyPatch) -> None:
    """A force field that counts elements, knows no silicon, and for which nothing need be installed."""

    def rows(texts: list[str]) -> tuple[np.ndarray, dict[int, str]]:
        found = np.zeros((len(texts), 190))
        found[:, : len(LETTERS)] = [[t.count(letter) for letter in LETTERS] for t in texts]
        return found, {i: "silicon is unknown" for i, t in enumerate(texts) if "Si" in t}

    monkeypatch.setattr(forcefield, "forcefield_rows", rows)


def tables(*more: str) -> dict[str, PropertyTable]:
    units = [f"*{'C' * (1 + i)}O{'C' * j}N*" for i in range(12) for j in range(i)]

    def made(name: str, own: list[str]) -> PropertyTable:
        columns = {"unit": own, "y": [u.count("C") + 0.1 * u.count("N") for u in own]}
        return read_table(
            pa.table(columns), kind="polymer", material="unit", properties={"y": PropertyColumn("y", "K")}, name=name
        )

    return {"measured": made("measured", [*more, *units[::2]]), "computed": made("computed", units[1::2])}


def study(descriptor: str, unreadable: str = "error", learner: dict[str, Any] = RIDGE) -> StudySpec:
    target = {"table": "given:measured", "property": "y", "unreadable": unreadable}
    source = {"table": "given:computed", "property": "y", "name": "S"}
    size = {"n": [10, 20], "m": [10], "replicates": 4, "baselines": ["ridge"], "lanes": 4}
    raw = {"name": "units", "target": [target], "source": [source], "sweep": size, "learner": learner}
    return study_from(raw | {"descriptor": descriptor}, "study", Path())


@pytest.mark.parametrize(("descriptor", "width"), [("forcefield", 190), ("both", len(NAMES) + 190)])
def test_a_study_runs_with_the_descriptor_it_names(tmp_path: Path, descriptor: str, width: int) -> None:
    spec, given = study(descriptor), tables()
    inputs = prepare_inputs(spec, *load_tables(spec, given, lambda line: None))
    assert {f.shape[1] for f in inputs.features(lambda line: None).values()} == {width}
    with ThreadPoolExecutor(1) as pool:
        trials = pq.read_table(sweep(spec, tmp_path / "run", workers=1, executor=pool, given=given))
    assert set(trials["status"].to_pylist()) == {"ok"}
    assert load_spec(tmp_path / "run").descriptor == descriptor


def test_the_descriptor_is_part_of_what_a_study_is() -> None:
    assert len({study(d).digest() for d in ("usual", "forcefield", "both")}) == 3
    assert study("usual") == msgspec.structs.replace(study("both"), descriptor="usual")
    with pytest.raises(StudyError, match="descriptor"):
        study("magpie")


def test_units_without_features_stop_a_study_or_are_left_out_and_counted() -> None:
    given = tables("*[SiH2]C*", "*[SiH2]CC*")
    spec = study("forcefield")
    with pytest.raises(InputError, match=r"measured, row 1 .*silicon is unknown \(and 1 more like it\).*drop"):
        prepare_inputs(spec, *load_tables(spec, given, lambda line: None)).features(lambda line: None)
    said: list[str] = []
    (target,), _ = load_tables(study("forcefield", "drop"), given, said.append)
    assert len(target) == len(given["measured"]) - 2
    assert any("2 left out (no features: silicon is unknown)" in line for line in said)


def test_a_missing_package_is_named_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(texts: list[str]) -> None:
        raise MissingExtraError("radonpy-pypi", "forcefield", "The force-field descriptor")

    monkeypatch.setattr(forcefield, "forcefield_rows", missing)
    with pytest.raises(MissingExtraError, match=r"simworth\[forcefield\]"):
        sweep(study("forcefield"), tmp_path / "run", workers=1, given=tables())
    assert not (tmp_path / "run").exists()


def test_a_model_of_a_library_is_tried_on_targets_described_as_its_source_was(tmp_path: Path) -> None:
    spec, given = study("forcefield", learner=NETWORK), tables()
    with ThreadPoolExecutor(1) as pool:
        ask: dict[str, Any] = {"workers": 1, "executor": pool, "given": given}
        (folder,) = pretrain_library(spec, tmp_path, lanes=1, **ask)
        assert "descriptor forcefield" in (folder / "README.md").read_text()
        (target,) = rank_library(tmp_path, spec, **ask)["targets"]
        assert folder.name in [row["name"] for row in target["ranking"]]
        with pytest.raises(InputError, match="was trained on other features"):
            rank_library(tmp_path, study("both", learner=NETWORK), **ask)
