"""A molecule that is unlike everything a model learned from is flagged, with the reason in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from simworth.documents import write_document
from simworth.inference.documents import fit_trials
from simworth.model.ask import Model
from simworth.model.card import readme
from simworth.model.choose import keep_model
from simworth.model.folder import load_model
from simworth.model.unlike import met_by, reasons_unlike
from simworth.sweep.run import sweep
from simworth.sweep.spec import study_from
from simworth.tables import PropertyColumn, PropertyTable, read_table

pytest.importorskip("rdkit")

EXPERIMENTS = ("CCO", "CCCO", "CCN", "CC(C)O", "C1CCCC1", "c1ccccc1O")
SOURCE = ("C", "CC[N+](C)(C)C", "CC=O", "C1CCCCC1", "CCS")


def said(kind: str, texts: list[str], experiments: tuple[str, ...] = EXPERIMENTS) -> list[str]:
    seen, met = met_by(kind, experiments, SOURCE)  # type: ignore[arg-type]
    found = reasons_unlike(kind, texts, seen, met, [False] * len(texts))  # type: ignore[arg-type]
    return ["; ".join(why) for why in found]


def test_what_is_like_the_experiments_is_not_flagged() -> None:
    assert said("molecule", ["CCCO", "CC(C)O", "CCCCO"]) == ["", "", ""]


def test_one_heavy_atom_is_flagged_where_no_experiment_has_so_few() -> None:
    assert said("molecule", ["C"]) == ["has one heavy atom, and no experiment has fewer than 3"]
    assert said("molecule", ["C"], (*EXPERIMENTS, "C")) == [""]
    assert "one heavy atom" in said("molecule", ["O"])[0]


def test_ions_and_mixtures_are_flagged_where_no_experiment_is_one() -> None:
    ion, salt = said("molecule", ["CC[N+](C)(C)C", "CCO.CCN"])
    assert ion == "is charged, and no experiment is"
    assert salt == "has several parts that no bond joins, and no experiment has"
    assert said("molecule", ["CC[N+](C)(C)C"], (*EXPERIMENTS, "CC[N+](C)(C)C")) == [""]
    assert said("molecule", ["CCO.CCN"], (*EXPERIMENTS, "CCO.CCO")) == [""]


def test_things_that_nothing_has_are_named() -> None:
    [alkyne] = said("molecule", ["CC#CO"])
    assert alkyne.startswith("has what no material it learned from has (C–C triple; ")
    assert "ring of 8" in said("molecule", ["C1CCCCCCC1"])[0]
    assert said("molecule", ["CC=O", "CCCS"]) == ["", ""]  # the source has such bonds


def test_nothing_is_said_of_materials_whose_atoms_are_not_counted() -> None:
    for kind, texts in (("composition", ["Fe2O3"]), ("features", ["a"])):
        assert met_by(kind, texts, texts)[0] is None  # type: ignore[arg-type]
        assert reasons_unlike(kind, texts, None, np.zeros(0, np.uint64), [False]) == [[]]  # type: ignore[arg-type]


def table(name: str, molecules: list[str], slope: float) -> PropertyTable:
    values = [slope * (text.count("C") - 2.0 * text.count("O") + 0.1 * len(text)) for text in molecules]
    return read_table(
        pa.table({"smiles": molecules, "y": values}), kind="molecule", material="smiles",
        properties={"y": PropertyColumn("y", "1")}, name=name,
    )  # fmt: skip


@pytest.fixture(scope="module")
def molecules(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A blend of molecules of two atoms or more."""
    folder = tmp_path_factory.mktemp("molecules") / "run"
    every = ["C" * i + x + "C" * j for x in ("O", "N", "C(C)", "C(=O)", "S") for i in range(1, 8) for j in range(1, 8)]
    tables = {"target": table("target", every[::3], 1.1), "source": table("source", every, 1.0)}
    same = {"property": "y", "unit": "1"}
    raw = {
        "name": "molecules",
        "target": [{"table": "given:target", "name": "experiment", **same}],
        "source": [{"table": "given:source", "name": "simulation", **same}],
        "sweep": {"n": [60], "m": [30], "replicates": 3, "lanes": 2, "baselines": [], "near": "allow"},
        "learner": {"trees": 5, "members": 1, "hidden": [8], "most_steps": 50, "least_steps": 50},
    }
    with ThreadPoolExecutor(1) as pool:
        spec = study_from(raw, "study", Path())
        trials = sweep(spec, folder, workers=1, executor=pool, given=tables, keep_work=True)
        write_document(folder / "law.json", fit_trials(trials))
        keep_model(spec, folder, 1, pool)
    return load_model(folder / "model")


def test_a_blend_of_molecules_answers_and_flags(molecules: Model) -> None:
    assert molecules.card.difference == 0
    assert molecules.card.counts > 5
    read = molecules.read(["CCCOCC", "C", "O", "CCC[NH3+]", "CCO.CCN", "CC#N", "CC[Hg]C"])
    asked = molecules.ask([str(x) for x in read.identities])
    assert np.isfinite(asked.networks).all()
    assert asked.inside.tolist() == [True, False, False, False, False, False, False]
    for reason, word in zip(asked.reason[1:], ("heavy", "heavy", "charged", "parts", "triple", "Hg"), strict=True):
        assert word in reason
    assert "what no material" not in asked.reason[-1]  # the element says enough
    alone = molecules.ask(["CCCOCC"])
    np.testing.assert_array_equal(alone.networks, asked.networks[:, :1])


def test_the_card_names_no_networks_over_elements_of_molecules(molecules: Model) -> None:
    assert "linear, boosting, network |" in readme(molecules.card)


def test_the_vocabulary_is_no_larger_than_the_source_models_need(molecules: Model) -> None:
    words = molecules.predictor.vocabulary
    assert words is not None
    assert len(words.wide) > 0
    used = {int(c) for model in molecules.predictor.sources.linear for c in model.columns}  # type: ignore[attr-defined]
    assert used == set(range(len(words.wide)))
