from __future__ import annotations

import pytest

from simworth.starting.headers import read_unit, split_unit, words


@pytest.mark.parametrize(
    ("name", "base", "unit"),
    [
        ("band gap (eV)", "band gap", "eV"),
        ("gap [eV]", "gap", "eV"),
        ("gap / eV", "gap", "eV"),
        ("gap, eV", "gap", "eV"),
        ("gap in eV", "gap", "eV"),
        ("gap_eV", "gap", "eV"),
        ("formation_energy_eV_per_atom", "formation_energy", "eV/atom"),
        ("formation_energy_eV_per_formula", "formation_energy", "eV"),
        ("density_kg_m3", "density", "kg/m^3"),
        ("density (g/cm3)", "density", "g/cm^3"),
        ("density (g cm-3)", "density", "g/cm^3"),
        ("density [g·cm⁻³]", "density", "g/cm^3"),
        ("conductivity (W m-1 K-1)", "conductivity", "W/m/K"),
        ("Cv_cal_mol_K", "Cv", "cal/mol/K"),
        ("dHf (kJ mol^-1)", "dHf", "kJ/mol"),
        ("H (kJ/(mol))", "H", "kJ/mol"),
        ("mu_D", "mu", "debye"),
        ("Dipole_debye", "Dipole", "debye"),
        ("Tg (°C)", "Tg", "degC"),
        ("temperature_C", "temperature", "degC"),
        ("melting point [K]", "melting point", "K"),
        ("efficiency_percent", "efficiency", "%"),
        ("yield (%)", "yield", "%"),
        ("chi (-)", "chi", "1"),
        ("peak_nm", "peak", "nm"),
        ("polarizability_bohr3", "polarizability", "bohr^3"),
        ("バンドギャップ (eV)", "バンドギャップ", "eV"),
    ],
)
def test_a_unit_in_a_name_is_found(name: str, base: str, unit: str) -> None:
    assert split_unit(name) == (base, unit)


@pytest.mark.parametrize(
    "name",
    [
        "band_gap", "dipole", "x_m", "alpha_s", "HOMO_au", "HOMO (a.u.)", "charge (C)", "grade_C", "gap (PBE)",
        "gap (DFT, PBE)",
        "", "_", "()", "a ()", "eV", "K", "sample (2)", "n_atoms", "density_MD", "x" * 500, "(((", "a_b_c_d",
        "gap_per_atom",
        "index_of_refraction", "x /", "T, ", "\n(\n)", "gap (__import__)", "gap (1e9999)", "gap (0)",
    ],
)  # fmt: skip
def test_what_may_be_no_unit_is_left_to_be_asked(name: str) -> None:
    assert split_unit(name)[1] is None


def test_words_are_without_unit_and_punctuation() -> None:
    assert words("expt_gap (eV)") == ("expt", "gap")
    assert words("BandGap [eV]") == ("band", "gap")


def test_a_unit_is_written_in_its_usual_way() -> None:
    assert read_unit("gram / centimeter ** 3") == "g/cm^3"
    assert read_unit("D") == "debye"
    assert read_unit("Ha") == "hartree"
    assert read_unit("nonsense") is None
