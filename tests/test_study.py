from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import simworth
from simworth.documents import read_document
from simworth.errors import LeakageError, StudyError
from simworth.spellings import respell
from simworth.tables import PropertyColumn, read_table
from simworth.testing import synthetic_study, synthetic_tables


def test_a_study_in_python_from_tables_in_memory(tmp_path: Path) -> None:
    states = []
    study = simworth.Study(synthetic_study(), synthetic_tables())
    run = study.run(tmp_path / "run", workers=2, progress=states.append)
    law = read_document(run.law, "simworth-law/2")
    entry = next(c for c in law["curves"] if c["m"] == 20)
    assert entry["gain"]["difference"]["low"] > 0
    assert entry["verdict"]["code"] in ("law", "plateau")
    assert run.report.exists()
    assert states[-1].stage == "writing the page"


def test_a_table_that_was_not_given_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="'source'"):
        simworth.Study(synthetic_study(), {"target": synthetic_tables()["target"]}).run(tmp_path / "run")


LEAKS = {
    "molecule": ["CC(=O)OC", "OCC(O)CO", "Cc1ccccc1O", "CCN(CC)CC", "CC#N", "C1CCOC1", "NCCO", "CCCCCl"],
    "composition": ["Fe2O3", "NaCl", "LiCoO2", "BaTiO3", "Al2SiO5", "CuInSe2", "MgO", "TiO2"],
    "polymer": ["*CCO*", "*CC(C)O*", "*CC(*)c1ccccc1", "*CCCCC(=O)N*", "*CC(*)Cl", "*CO*", "*CC*", "*CC(C)(*)C(=O)OC"],
}


@pytest.mark.parametrize("kind", LEAKS)
def test_planted_leaks_in_other_spellings_are_found(kind: str) -> None:
    texts = LEAKS[kind]
    tables = {}
    for name, spelled in (("source", texts), ("target", [respell(kind, t, seed=5) for t in texts])):
        rows = pa.table({"material": spelled, "y": [float(i) for i in range(len(texts))]})
        properties = {"y": PropertyColumn("y", "eV")}
        tables[name] = read_table(rows, kind=kind, material="material", properties=properties, name=name)
    assert set(tables["source"].materials) != set(tables["target"].materials)
    settings = {
        "name": "leaks",
        "target": [{"table": "given:target", "property": "y"}],
        "source": [{"table": "given:source", "property": "y"}],
        "sweep": {"overlap": "error"},
    }
    with pytest.raises(LeakageError, match="8 materials stand in both"):
        simworth.Study(settings, tables).check()
