"""Known molecules through the engine; measured values from the CRC Handbook, with GFN2-xTB's own deviation allowed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tblite", reason="the engine is not installed (extra 'produce')")

from simworth.simulate.xtb import XtbEngine, _field_hessian
from simworth.workers import process_pool

ENGINE = XtbEngine()


@pytest.mark.parametrize(("smiles", "debye"), [("O", 1.85), ("CO", 1.70), ("CC#N", 3.92), ("ClC(Cl)Cl", 1.04)])
def test_dipole_moments_of_small_molecules(smiles: str, debye: float) -> None:
    assert ENGINE.run(smiles).values["dipole_moment"] == pytest.approx(debye, abs=0.4)


@pytest.mark.parametrize("smiles", ["O=C=O", "c1ccccc1", "CC"])
def test_symmetric_molecules_have_no_dipole(smiles: str) -> None:
    assert ENGINE.run(smiles).values["dipole_moment"] < 0.01


def test_polarizability_of_benzene() -> None:
    assert ENGINE.run("c1ccccc1").values["polarizability"] == pytest.approx(10.0, rel=0.1)


def test_an_enol_is_higher_in_energy_than_its_ketone() -> None:
    assert ENGINE.run("CC(O)=C").values["total_energy"] > ENGINE.run("CC(C)=O").values["total_energy"]


def test_fresh_single_threaded_workers_give_the_same_bits() -> None:
    outcomes = []
    for _ in range(2):
        with process_pool(1) as pool:
            outcomes.append(pool.submit(ENGINE.run, "CCO").result())
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(("smiles", "reason"), [("C1CC", "unreadable SMILES"), ("C[Xe]C", "force-field|embedded|MMFF")])
def test_a_failed_calculation_is_an_outcome_with_its_reason(smiles: str, reason: str) -> None:
    outcome = ENGINE.run(smiles)
    assert outcome.values == {}
    assert outcome.reason is not None
    assert any(part in outcome.reason for part in reason.split("|"))


def test_too_few_steps_are_said() -> None:
    outcome = XtbEngine(max_steps=1).run("OCCCCO")
    assert outcome.reason == "geometry not optimised in 1 steps"


def test_the_force_field_hessian_is_that_of_its_energy() -> None:
    from rdkit import Chem
    from rdkit.Chem import AllChem

    molecule = Chem.AddHs(Chem.MolFromSmiles("CO"))
    AllChem.EmbedMolecule(molecule, randomSeed=1)
    AllChem.MMFFOptimizeMolecule(molecule, maxIters=500)
    field = AllChem.MMFFGetMoleculeForceField(molecule, AllChem.MMFFGetMoleculeProperties(molecule))
    x = np.array(molecule.GetConformer().GetPositions())
    hessian = _field_hessian(field, x)
    step = 1e-3 * np.eye(x.size)[0]
    up, middle, down = (field.CalcEnergy((x.ravel() + s * step).tolist()) for s in (1, 0, -1))
    assert hessian[0, 0] == pytest.approx((up - 2 * middle + down) / 1e-6 * 0.0433641153, rel=0.02)
