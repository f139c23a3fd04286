"""Leakage policies: no test material reaches a source in any form, unless the study says so."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.documents import read_document
from simworth.errors import InputError, LeakageError
from simworth.seeds import stream
from simworth.study import Study
from simworth.sweep.design import Manifest
from simworth.sweep.inputs import Inputs, load_arm, load_target, prepare_inputs
from simworth.sweep.leakage import leakage_sentences
from simworth.sweep.quality import compare_tables, quality_lines
from simworth.sweep.run import sweep
from simworth.sweep.spec import StudySpec, study_from
from simworth.tables import PropertyTable, read_table
from simworth.tables.quality import SCHEMA
from simworth.testing import synthetic_study, synthetic_tables

ALKYL = [("C" * i) for i in range(1, 13)]
CHIRAL = [f"{a}[C@H](O){b}" for a in ALKYL for b in ALKYL if len(a) < len(b)]


def table(name: str, smiles: list[str]) -> PropertyTable:
    rng = stream("leakage-table", name)
    data = pa.table({"m": smiles, "y": rng.normal(size=len(smiles))})
    return read_table(data, kind="molecule", material="m", properties={"y": ("y", "eV")}, name=name)


@pytest.fixture(scope="module")
def tables() -> dict[str, PropertyTable]:
    """Measured are chiral alcohols; computed their mirror images, some salts, some of them as they are, and ketones."""
    mirrored = [s.replace("@", "@@") for s in CHIRAL[:30]]
    itself, others = CHIRAL[30:40], [f"{a}C(=O){b}" for a in ALKYL for b in ALKYL]
    return {"measured": table("measured", CHIRAL), "computed": table("computed", [*mirrored, *itself, *others])}


def spec_of(**settings: object) -> StudySpec:
    raw = {
        "name": "leaky",
        "target": [{"table": "given:measured", "property": "y"}],
        "source": [{"table": "given:computed", "property": "y", "name": "s"}],
        "sweep": {"n": [20, 40], "m": [10], "replicates": 4, "baselines": [], **settings},
    }
    return study_from(raw, "study", Path())


def inputs_of(tables: dict[str, PropertyTable], **settings: object) -> Inputs:
    return prepare_inputs(spec_of(**settings), (tables["measured"],), (tables["computed"],))


@pytest.mark.parametrize(
    ("settings", "near", "same"),
    [
        ({}, 0, 0),
        ({"near": "report"}, 1, 0),
        ({"near": "allow"}, 1, 0),
        ({"overlap": "exclude-test"}, 0, 0),
        ({"overlap": "exclude-test", "near": "report"}, 1, 0),
        ({"overlap": "allow"}, 1, 1),
    ],
)
def test_what_a_trial_may_learn(
    tables: dict[str, PropertyTable], tmp_path: Path, settings: dict[str, object], near: int, same: int
) -> None:
    inputs = inputs_of(tables, **settings)
    inputs.write(tmp_path, {f"{k}-0": np.zeros((len(t), 2), np.float32) for k, t in named(tables)})
    from simworth.sweep.inputs import save_spec

    save_spec(inputs.spec, tmp_path)
    digests = inputs.digests()
    target = load_target(tmp_path, digests["target-0"], 0)
    arm = load_arm(tmp_path, digests["source-0"], digests["target-0"], 0, 0)
    bare = [i.replace("@", "") for i in tables["measured"].identities]
    seen_near = seen_same = 0
    for test in target.test:
        left = [tables["computed"].identities[i] for i in np.flatnonzero(~arm.links.barred(test))]
        tested = {tables["measured"].identities[i] for i in test}
        seen_same += len(tested & set(left))
        seen_near += len({bare[i] for i in test} & {i.replace("@", "") for i in left if i not in tested})
        if not inputs.spec.sweep.overlap.startswith("allow"):
            assert inputs.available(0, 0) <= len(left)
    assert (seen_near > 0, seen_same > 0) == (bool(near), bool(same))


def named(tables: dict[str, PropertyTable]) -> list[tuple[str, PropertyTable]]:
    return [("target", tables["measured"]), ("source", tables["computed"])]


def test_never_tested_materials_are_trained_on(tables: dict[str, PropertyTable]) -> None:
    inputs = inputs_of(tables, overlap="exclude-test")
    held = inputs.untested(0)
    assert held is not None
    assert held.sum() == 40
    for part in inputs.splits(0):
        assert not held[part.test].any()
        assert len(part.test) + len(part.order) == len(CHIRAL)
        assert len(part.test) == round(0.2 * (len(CHIRAL) - 40))
    assert inputs.available(0, 0) == len(tables["computed"])


def test_error_stops(tables: dict[str, PropertyTable]) -> None:
    with pytest.raises(LeakageError, match="10 materials stand in both"):
        inputs_of(tables, overlap="error")


def test_nothing_left_to_test_is_said(tables: dict[str, PropertyTable]) -> None:
    both = {"measured": tables["measured"], "computed": tables["measured"]}
    with pytest.raises(InputError, match="0 materials may be tested"):
        inputs_of(both, overlap="exclude-test").splits(0)


def test_check_says_what_is_done(tables: dict[str, PropertyTable]) -> None:
    for settings, said in (
        ({}, "they leave the source when their material is tested"),
        ({"near": "report"}, 'they stay in the source (near = "report")'),
        ({"overlap": "allow"}, 'they stay in the source, since overlap = "allow"'),
        ({"overlap": "exclude-test"}, "such a material is never tested"),
    ):
        inputs = inputs_of(tables, **settings)
        (line,) = leakage_sentences(inputs.spec.sweep, inputs.related[0, 0])
        assert line.startswith("30 materials of measured with near relatives in computed: 30 the same but for stereo")
        assert line.endswith(said)
    inputs = inputs_of(tables, near="allow")
    (line,) = leakage_sentences(inputs.spec.sweep, inputs.related[0, 0])
    assert "not looked for" in line
    lines = Study(spec_of(overlap="exclude-test"), tables).check()
    assert "40 of 66 materials of measured stand in a source and are never tested" in lines


def test_entries_of_one_database_are_relatives() -> None:
    def rows(name: str, formulas: list[str], ids: list[str]) -> PropertyTable:
        data = pa.table({"m": formulas, "y": np.arange(float(len(ids))), "id": ids})
        return read_table(data, kind="composition", material="m", properties={"y": ("y", "eV")}, name=name, keep=["id"])

    given = rows("t", ["NaCl", "KF", "MgO"], ["mp-1", "mp-2", "mp-3"]), rows("s", ["LiF", "ZnO"], ["mp-2", "x"])
    raw = {
        "name": "e",
        "target": [{"table": "given:t", "property": "y", "entry": "id"}],
        "source": [{"table": "given:s", "property": "y", "entry": "id"}],
    }
    inputs = prepare_inputs(study_from(raw, "study", Path()), (given[0],), (given[1],))
    assert inputs.related[0, 0].counts() == {"entry": 1}


def test_quality_is_kept_beside_the_run(tmp_path: Path) -> None:
    given = synthetic_tables(overlap=60)
    raw = synthetic_study(n=(50,), m=(20,))
    raw["sweep"] = {**raw["sweep"], "replicates": 2}  # type: ignore[dict-item]
    sweep(study_from(raw, "study", Path()), tmp_path, workers=1, given=given)
    document = read_document(tmp_path / "quality.json", SCHEMA)
    manifest = msgspec.json.decode((tmp_path / "manifest.json").read_bytes(), type=Manifest)
    assert document["parents"] == manifest.inputs
    (pair,) = document["pairs"]
    assert (pair["target"], pair["source"]) == ("experiment", "simulation")
    compared = pair["agreement"]
    assert compared["materials"] == 60
    assert compared["line"]["slope"] == pytest.approx(0.8, abs=0.03)
    assert compared["line"]["offset"] == pytest.approx(0.5, abs=0.06)
    assert compared["line"]["scatter"] == pytest.approx(0.1, abs=0.03)
    assert pair["overlap"]["counts"] == {"same": 60}
    assert pair["coverage"]["outside"] < 0.2
    json.dumps(document, allow_nan=False)
    again = compare_tables(given["source"], given["target"])
    assert again["pairs"][0]["agreement"]["line"] == compared["line"]
    assert quality_lines(again)[0].startswith("of 60 materials with a value in both: source lies")
    assert pq.read_table(tmp_path / "trials.parquet").num_rows > 0
