"""The table that ships is the one its card describes and its engine computes."""

from __future__ import annotations

import csv
import importlib.resources

import numpy as np
import pytest

from simworth.ingest.builtin import read_builtin
from simworth.ingest.experiments import read_experiment
from simworth.ingest.references import ENTHALPY_REFERENCES

DATA = importlib.resources.files("simworth") / "data"


def test_card_and_failures_agree_with_the_table() -> None:
    table = read_builtin("small-organics")
    card = (DATA / "small-organics.md").read_text(encoding="utf-8")
    failures = list(csv.DictReader((DATA / "small-organics.failures.csv").read_text(encoding="utf-8").splitlines()))
    assert len(table) >= 30_000
    assert f"{len(table):,} molecules computed" in card
    assert f"{len(failures):,} of {len(table) + len(failures):,} candidates failed" in card
    assert all(f["reason"] for f in failures)
    assert len((DATA / "small-organics.parquet").read_bytes()) < 3_000_000
    for name in ("dipole_moment", "homo_lumo_gap", "polarizability"):
        assert np.isfinite(table.values(name)).all()


@pytest.mark.parametrize("smiles", ["CC#N", "ClC(Cl)Cl", "c1ccncc1"])
def test_the_engine_gives_the_shipped_numbers_again(smiles: str) -> None:
    pytest.importorskip("tblite", reason="the engine is not installed (extra 'produce')")
    from simworth.simulate.xtb import XtbEngine

    table = read_builtin("small-organics")
    row = table.identities.index(smiles)
    values = XtbEngine().run(smiles).values
    for name, tolerance in (("dipole_moment", 0.01), ("homo_lumo_gap", 0.01), ("polarizability", 0.01)):
        assert values[name] == pytest.approx(table.values(name)[row], abs=tolerance)


def test_molecules_that_anchor_computed_enthalpies_are_not_among_the_measured_ones() -> None:
    measured = set(read_experiment("enthalpy_of_formation").identities)
    assert not measured & set(ENTHALPY_REFERENCES)
