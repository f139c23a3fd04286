"""Every real computed–experimental pair of the development data comes in through read_table.

The data lie outside the repository, in the folder named by SIMWORTH_SHARED (default: beside the checkout).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simworth.tables import PropertyColumn, check_property, overlap, read_table

DATA = Path(os.environ.get("SIMWORTH_SHARED", Path(__file__).resolve().parents[2].parent / "shared")) / "data"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no development data in {DATA} (set SIMWORTH_SHARED)"),
]

FORMULA: dict[str, Any] = {"kind": "composition", "material": "formula"}
SMILES: dict[str, Any] = {"kind": "molecule", "material": "smiles"}
UNIT: dict[str, Any] = {"kind": "polymer", "material": "smiles"}
ENTHALPY = {"h": PropertyColumn("formation_energy_eV_per_atom", "eV/atom")}
GAP = {"gap": PropertyColumn("band_gap_eV", "eV")}
CHI = {"chi": PropertyColumn("chi", "1")}
PCE = {"pce": PropertyColumn("power_conversion_efficiency_percent", "%")}

PAIRS: list[tuple[str, str, dict[str, Any], str, dict[str, Any], int]] = [
    (
        "formation_enthalpy",
        "computed_jarvis_optb88.csv.gz",
        FORMULA | {"properties": ENTHALPY},
        "experimental_pymatgen.csv",
        FORMULA | {"properties": ENTHALPY},
        1391,
    ),
    (
        "band_gap",
        "computed_jarvis_optb88.csv.gz",
        FORMULA | {"properties": GAP},
        "experimental_matbench.csv",
        FORMULA | {"properties": GAP},
        1400,
    ),
    (
        "polymers",
        "computed_radonpy_PI1070.csv.gz",
        UNIT | {"properties": {"density": PropertyColumn("density", "g/cm^3", "density_std")}},
        "experimental_simpoly.csv",
        UNIT | {"properties": {"density": PropertyColumn("density", "g/cm^3")}},
        77,
    ),
    (
        "miscibility",
        "computed_cosmo.csv",
        {"kind": "polymer", "material": "polymer", "properties": CHI, "where": {"temperature_C": (20, 30)}},
        "experimental.csv",
        {"kind": "polymer", "material": "polymer", "properties": CHI, "where": {"temperature_C": (20, 30)}},
        15,
    ),
]


@pytest.mark.parametrize(("folder", "computed", "how", "measured", "how_measured", "least"), PAIRS)
def test_pairs(
    folder: str, computed: str, how: dict[str, Any], measured: str, how_measured: dict[str, Any], least: int
) -> None:
    source = read_table(DATA / folder / computed, **how)
    target = read_table(DATA / folder / measured, **how_measured)
    name = source.properties[0]
    check_property(source, name, 20)
    check_property(target, name, 20)
    found = overlap(source, target)
    assert len(found) >= least
    a, b = source.values(name)[found.source_places], target.values(name)[found.target_places]
    assert np.corrcoef(a, b)[0, 1] > 0.3


def test_negative_control_and_empty_cells() -> None:
    target = read_table(DATA / "negative_control/experimental_hopv.csv", **SMILES, properties=PCE)
    assert (len(target), target.about.left_out) == (340, {"no value": 7})


def test_wavelengths_become_energies() -> None:
    energy = {"E": PropertyColumn("absorption_peak_nm", "nm", convert="eV")}
    path = DATA / "uv_vis/experimental_deep4chem.csv.gz"
    target = read_table(path, **SMILES, properties=energy, keep=["solvent"], where={"solvent": "ClCCl"})
    assert len(target) > 1000
    assert 1.0 < np.median(target.values("E")) < 5.0


def test_hartrees_and_bohrs(tmp_path: Path) -> None:
    """The first rows of QM9, whose material column is called SMILES."""
    import gzip

    with gzip.open(DATA / "molecules/computed_qm9_b3lyp.csv.gz", "rt") as file:
        (tmp_path / "part.csv").write_text("".join(next(file) for _ in range(500)))
    source = read_table(
        tmp_path / "part.csv",
        kind="molecule",
        material="SMILES",
        properties={
            "dipole": ("Dipole_debye", "debye"),
            "polarizability": PropertyColumn("Polarizability_bohr3", "bohr^3", convert="angstrom^3"),
            "homo": PropertyColumn("HOMO_au", "hartree", convert="eV"),
        },
    )
    assert source.values("polarizability")[0] == pytest.approx(13.21 * 0.529177210903**3)
    assert source.values("homo")[0] == pytest.approx(-0.3877 * 27.211386246)
