from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tblite", reason="the engine is not installed (extra 'produce')")

from simworth.campaign.enthalpy import atoms, enthalpies_of_formation, fit_references
from simworth.campaign.produce import prepare, produce
from simworth.campaign.spec import read_campaign
from simworth.campaign.table import write_table
from simworth.errors import StaleRunError
from simworth.tables import PropertyTable

SMILES = ["CO", "OC", "CCO", "C1CC", "[Na+].[Cl-]", "CC(=O)C", "C#N", "CN", "CCCl", "c1ccccc1", "CF", "CS"]
CAMPAIGN = """
name = "small"
chunk = 2
[candidates]
source = "list.smi"
[engine]
name = "xtb"
"""


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    (tmp_path / "list.smi").write_text("smiles\n" + "\n".join(SMILES) + "\n")
    (tmp_path / "campaign.toml").write_text(CAMPAIGN)
    return tmp_path / "campaign.toml"


def test_every_candidate_is_a_row_or_a_reason(campaign: Path, tmp_path: Path) -> None:
    spec = read_campaign(campaign)
    manifest = produce(spec, tmp_path / "out", 1)
    assert manifest.left_out == {"same molecule again": 1, "several fragments": 1, "unreadable SMILES": 1}
    write_table(spec, tmp_path / "out")
    table = PropertyTable.from_parquet(tmp_path / "out" / "table.parquet")
    with (tmp_path / "out" / "failures.csv").open() as f:
        failures = list(csv.DictReader(f))
    assert len(table) + len(failures) == len(manifest.candidates) == 9
    assert table.unit("dipole_moment") == "debye"
    assert "9 molecules computed with GFN2-xTB" in (tmp_path / "out" / "card.md").read_text()


def test_killed_and_continued_gives_the_same_table(campaign: Path, tmp_path: Path) -> None:
    spec = read_campaign(campaign)
    produce(spec, tmp_path / "whole", 1)
    write_table(spec, tmp_path / "whole")
    command = [sys.executable, "-m", "simworth", "produce", str(campaign), "-o", str(tmp_path / "killed"), "-w", "1"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    first = tmp_path / "killed" / "chunks" / "00000.parquet"
    while not first.exists() and process.poll() is None:
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    produce(spec, tmp_path / "killed", 2)
    write_table(spec, tmp_path / "killed")
    one = PropertyTable.from_parquet(tmp_path / "whole" / "table.parquet")
    two = PropertyTable.from_parquet(tmp_path / "killed" / "table.parquet")
    assert one.digest == two.digest


def test_another_campaign_does_not_continue_a_folder(campaign: Path, tmp_path: Path) -> None:
    prepare(read_campaign(campaign), tmp_path / "out")
    campaign.write_text(CAMPAIGN + "fmax = 0.1\n")
    with pytest.raises(StaleRunError, match="another campaign"):
        prepare(read_campaign(campaign), tmp_path / "out")


def test_element_references_are_recovered() -> None:
    truth = {"C": -50.0, "H": -13.0, "O": -100.0}
    smiles = ["C", "CC", "CO", "CCO", "COC", "C=O", "CC=O"]
    enthalpies = np.array([-74.0, -84.0, -201.0, -235.0, -184.0, -109.0, -166.0])
    energies = np.array([sum(truth[e] * k for e, k in atoms(s).items()) for s in smiles]) + enthalpies / 96.48533212
    fit = fit_references(smiles, energies, enthalpies)
    assert dict(zip(fit.symbols, fit.energies, strict=True)) == pytest.approx(truth)
    assert fit.residual == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(enthalpies_of_formation(smiles, energies, fit), enthalpies)
    assert np.isnan(enthalpies_of_formation(["CN"], np.zeros(1), fit)).all()
