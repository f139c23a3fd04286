"""Columns that a network learns along with the source property."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from simworth.digest import digest_value
from simworth.errors import InputError, StudyError
from simworth.store.unite import unite
from simworth.sweep.inputs import prepare_inputs
from simworth.sweep.run import sweep
from simworth.sweep.spec import SourceSpec, StudySpec, study_from
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyColumn, PropertyTable, read_table

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
    network = {"name": "network", "hidden": (64, 32), "least_steps": 800, "most_steps": 800, "adaptation": "head"}
    sizes = {"n": (450,), "m": (20,), "replicates": 2, "lanes": 2, "baselines": ("ridge",)}
    raw = {"name": "also", "target": [target], "source": [source | {"name": "s"}], "sweep": sizes}
    return study_from(raw | {"learner": learner or network}, "study", folder)


def error(spec: StudySpec, folder: Path) -> float:
    with ThreadPoolExecutor(1) as pool:
        trials = pq.read_table(sweep(spec, folder, workers=1, executor=pool))
    return float(pc.mean(trials.filter(pc.field("n") == 450)["mae"]).as_py())


def test_a_noisy_property_is_learned_better_with_a_clean_one(tables: Path, tmp_path: Path) -> None:
    assert error(study(tables, ("truth",)), tmp_path / "with") < 0.9 * error(study(tables, ()), tmp_path / "without")


def both_sources(folder: Path) -> PropertyTable:
    """Of every eighth material of the source the property, of the others the truth alone, as another property."""
    found = []
    for name, column, part in (("one", "noisy", slice(None, None, 8)), ("two", "truth", slice(None))):
        properties = {"p" if name == "one" else "q": PropertyColumn(column, "eV")}
        whole = read_table(
            folder / "source.csv", kind="features", material="material", properties=properties, features=FEATURES,
            name=name,
        )  # fmt: skip
        rows = np.arange(len(whole))
        found.append(whole.take(rows[part] if name == "one" else np.setdiff1d(rows, rows[::8])))
    return unite(found, "error", name="both")


def test_materials_that_have_only_the_other_property_are_learned_from(tables: Path, tmp_path: Path) -> None:
    spec = study(tables, ())
    source = SourceSpec(table="given:both", property="p", name="s", also=("q",), partial=True)
    whole = msgspec.structs.replace(spec, source=(source,))
    given = {"both": both_sources(tables)}
    inputs = prepare_inputs(whole, *load_tables(whole, given, print))
    [table] = inputs.sources
    assert len(table) == 500
    assert np.isfinite(table.values("p")).sum() == 63
    assert np.isfinite(table.numbers("q")).sum() == 437
    narrow = msgspec.structs.replace(source, partial=False)
    [less] = load_tables(msgspec.structs.replace(spec, source=(narrow,)), given, print)[1]
    assert len(less) == 63
    assert less.about.left_out == {"no value of p": 437}
    with ThreadPoolExecutor(1) as pool:
        folder = sweep(whole, tmp_path / "with", workers=1, executor=pool, given=given)
    trials = pq.read_table(folder)
    assert np.isfinite(trials["mae"].to_numpy()).all()
    mixed = float(pc.mean(trials.filter(pc.field("n") == 450)["mae"]).as_py())
    assert mixed < 0.9 * error(study(tables, ()), tmp_path / "noise alone")


def test_partial_needs_another_property_and_no_file(tables: Path) -> None:
    raw = {"table": str(tables / "source.csv"), "property": "p", "unit": "eV", "kind": "features", "partial": True}
    raw |= {"material": "material", "features": FEATURES, "column": "noisy", "keep": ["truth"], "also": ["truth"]}
    target = raw | {"column": "measured"}
    for key in ("partial", "also"):
        target.pop(key)
    with pytest.raises(StudyError, match="partial = true, which needs columns under 'also'"):
        study_from({"name": "a", "target": [target], "source": [raw]}, "study", tables)


def test_a_study_without_the_key_keeps_its_digest(tables: Path) -> None:
    spec = study(tables, ("truth",))
    plain = msgspec.to_builtins(spec)
    assert plain["source"][0].pop("partial") is False
    plain.pop("plan")
    for table in (*plain["target"], *plain["source"]):
        table.pop("table")
    assert spec.digest() == digest_value(plain)
    source = msgspec.structs.replace(spec.source[0], partial=True)
    assert msgspec.structs.replace(spec, source=(source,)).digest() != spec.digest()


def test_a_column_of_one_value_is_refused(tables: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'same' has 500 numbers that do not differ"):
        error(study(tables, ("same",)), tmp_path / "run")


def test_other_learners_refuse_it(tables: Path) -> None:
    with pytest.raises(StudyError, match="which the learner 'ExtraTreesRegressor' cannot do"):
        study(tables, ("truth",), {"name": "sklearn", "estimator": "sklearn.ensemble.ExtraTreesRegressor"})
