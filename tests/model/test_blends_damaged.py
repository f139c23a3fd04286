"""Whatever array of a blend's folder is spoilt, and however, the folder is refused in one sentence or answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from safetensors.numpy import load_file, save_file

from simworth.digest import digest_file
from simworth.documents import seal, write_document
from simworth.errors import InputError
from simworth.inference.documents import fit_trials
from simworth.model.card import SCHEMA
from simworth.model.choose import keep_model
from simworth.model.folder import load_model
from simworth.sweep.run import sweep
from simworth.sweep.spec import study_from
from simworth.tables import PropertyColumn, PropertyTable, read_table

WAYS: dict[str, Callable[[Any], Any]] = {
    "no axis": lambda t: np.zeros((), t.dtype),
    "nothing": lambda t: t[:0],
    "one less": lambda t: t[:-1],
    "twice": lambda t: np.concatenate([t, t]),
    "an axis more": lambda t: t[None],
    "another type": lambda t: np.zeros(t.shape, np.int8),
}


def rewrite(folder: Path, tensors: dict[str, Any]) -> None:
    """Other arrays, sealed as someone would who knows how."""
    path = folder / "model.safetensors"
    save_file({name: np.ascontiguousarray(t) if t.ndim else t for name, t in tensors.items()}, path)
    card = json.loads((folder / "card.json").read_text())
    body = {k: v for k, v in card.items() if k not in ("schema", "digest", "parents")} | {"tensors": digest_file(path)}
    (folder / "card.json").write_text(json.dumps(seal(SCHEMA, card["parents"], body)))


def check_refused(folder: Path, place: Path) -> None:
    """Every array, left out and in each of the `WAYS`."""
    shutil.copytree(folder, place)
    whole = load_file(place / "model.safetensors")
    for name in whole:
        spoilt = {way: {**whole, name: spoil(whole[name])} for way, spoil in WAYS.items()}
        for way, tensors in {**spoilt, "left out": {k: t for k, t in whole.items() if k != name}}.items():
            if way != "left out" and np.array_equal(tensors[name], whole[name]):  # there was nothing to take away
                continue
            rewrite(place, tensors)
            said = reason_against(place)
            assert "\n" not in said, (name, way)
            assert said or name == "met" or name.endswith("-keys"), (name, way)


def reason_against(place: Path) -> str:
    """Why a folder is refused; empty where it is not."""
    try:
        load_model(place)
    except InputError as error:
        return str(error)
    return ""


def test_every_array_is_looked_at(blend_run: Path, tmp_path: Path) -> None:
    check_refused(blend_run / "model", tmp_path / "model")


def table(name: str, slope: float, formulas: list[str]) -> PropertyTable:
    values = [slope * (len(text) + text.count("2") - 3.0 * text.startswith("Fe")) for text in formulas]
    return read_table(
        pa.table({"formula": formulas, "y": values}), kind="composition", material="formula",
        properties={"y": PropertyColumn("y", "1")}, name=name,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compositions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of compositions, whose blend has networks over elements."""
    folder = tmp_path_factory.mktemp("compositions") / "run"
    metals = ("Fe", "Ti", "Zn", "Mg", "Al", "Cu", "Ni", "Ca")
    every = [f"{m}{a}{x}{b}" for m in metals for a in ("", "2", "3") for x in ("O", "S", "N") for b in ("", "2", "5")]
    tables = {"target": table("target", 1.1, every[::4]), "source": table("source", 1.0, every)}
    same = {"property": "y", "unit": "1"}
    raw = {
        "name": "compositions",
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
    return folder


def test_a_blend_of_compositions_is_the_one_that_was_measured(compositions: Path) -> None:
    model = load_model(compositions / "model")
    assert model.card.difference == 0
    assert "elements-bias" in load_file(compositions / "model" / "model.safetensors")
    every = model.ask(["Fe2O3", "TiO2", "Zn3N2"])
    np.testing.assert_array_equal(model.ask(["TiO2"]).networks, every.networks[:, 1:2])
    assert "linear, boosting, network, elements" in (compositions / "model" / "README.md").read_text()


def test_every_array_of_networks_over_elements_is_looked_at(compositions: Path, tmp_path: Path) -> None:
    check_refused(compositions / "model", tmp_path / "model")
    whole = load_file(compositions / "model" / "model.safetensors")
    few = {name: t for name, t in whole.items() if not name.startswith("elements-")}
    rewrite(tmp_path / "model", few)
    with pytest.raises(InputError):
        load_model(tmp_path / "model")
