"""RadonPy's wide CSV files, and PolyOmics, which RadonPy made: polymers by molecular dynamics, repeats beside means.

Beside a property stand the least, the largest, the spread and the number of its repeats (``_min``, ``_max``, ``_std``,
``_count``): the uncertainty of the mean is the spread by the root of the number. Rows that failed the pipeline's own
checks (``remarks``, ``check_eq``, ``check_tc``) are counted and left out unless they are asked for.
"""

from __future__ import annotations

import re

from simworth.identity import Kind
from simworth.ingest.sources.files import SMILES, Check, CsvSource, Layout, field_name, find_column
from simworth.ingest.sources.protocol import Field

CITATION = (
    "Hayashi et al., RadonPy: automated physical property calculation using all-atom classical molecular dynamics "
    "simulations for polymer informatics, npj Computational Materials 8, 222 (2022), doi 10.1038/s41524-022-00906-4"
)
POLYOMICS = (
    "Omics-scale polymer computational database transferable to real-world artificial intelligence applications, "
    "arXiv:2511.11626 (2025)"
)
KNOWN = {
    "density": ("g/cm^3", "mass density"),
    "Rg": ("angstrom", "radius of gyration"),
    "self-diffusion": ("m^2/s", "self-diffusion coefficient"),
    "Cp": ("J/kg/K", "heat capacity at constant pressure"),
    "Cv": ("J/kg/K", "heat capacity at constant volume"),
    "compressibility": ("1/Pa", "isothermal compressibility"),
    "isentropic_compressibility": ("1/Pa", "isentropic compressibility"),
    "bulk_modulus": ("Pa", "isothermal bulk modulus"),
    "isentropic_bulk_modulus": ("Pa", "isentropic bulk modulus"),
    "volume_expansion": ("1/K", "coefficient of volume expansion"),
    "linear_expansion": ("1/K", "coefficient of linear expansion"),
    "static_dielectric_const": ("1", "static dielectric constant"),
    "dielectric_const_dc": ("1", "dielectric constant"),
    "nematic_order_parameter": ("1", "nematic order parameter"),
    "refractive_index": ("1", "refractive index"),
    "thermal_conductivity": ("W/m/K", "thermal conductivity"),
    "thermal_diffusivity": ("m^2/s", "thermal diffusivity"),
    "mol_weight_monomer": ("g/mol", "molar mass of the repeat unit"),
    "Mn": ("g/mol", "number-averaged molar mass"),
    "Mw": ("g/mol", "mass-averaged molar mass"),
    "qm_homo_monomer": ("eV", "highest occupied orbital of the repeat unit"),
    "qm_lumo_monomer": ("eV", "lowest unoccupied orbital of the repeat unit"),
    "qm_dipole_monomer": ("debye", "dipole moment of the repeat unit"),
    "qm_polarizability_monomer": ("angstrom^3", "polarizability of the repeat unit"),
    "abbe_number_sos": ("1", "Abbe number"),
    "temp": ("K", "temperature"),
    "press": ("atm", "pressure"),
    "DP": ("1", "degree of polymerisation"),
    "n_mol": ("1", "chains"),
}
CONDITIONS = ("temp", "press", "DP", "n_mol")
TEXTS = ("monomer_ID", "UUID", "tacticity", "input_tacticity", "polymer_class", "remarks", "check_eq", "check_tc")
CHECKS = {
    "remarks": Check("rows with a remark of the pipeline (remarks)"),
    "check_eq": Check("rows that did not reach equilibrium (check_eq)"),
    "check_tc": Check("rows whose thermal conductivity failed its check (check_tc)", ("thermal", "TC_")),
}
ESTIMATED = {"mean", "std", "min", "max", "median"}
BESIDE = re.compile(r"_(min|max|std|count)$")


def shape(names: tuple[str, ...]) -> Layout:
    """A table of simulated properties, or one of estimated χ parameters.

    Raises
    ------
    InputError
        When no column holds SMILES.
    """
    material = find_column(names, SMILES, "SMILES")
    small = {n.lower(): n for n in names}
    if small.keys() >= ESTIMATED:
        return _estimated(material, small)
    fields: dict[str, Field] = {}
    columns: dict[str, str] = {}
    uncertainties: dict[str, tuple[str, str | None]] = {}
    for column in names:
        name = field_name(column)
        if not name or column == material or BESIDE.search(column) or name in columns:
            continue
        if column in KNOWN:
            unit, meaning = KNOWN[column]
            fields[name] = Field(name, unit, meaning)
        elif column in TEXTS or "smiles" in column.lower() or column.startswith("class_"):
            fields[name] = Field(name, None, "", "text")
        else:
            fields[name] = Field(name, None, "")
        columns[name] = column
        if f"{column}_std" in names:
            repeats = f"{column}_count"
            uncertainties[name] = (f"{column}_std", repeats if repeats in names else None)
    entry = next((n for n in ("monomer_ID", "UUID") if n in names), None)
    checks = {c: check for c, check in CHECKS.items() if c in names}
    return Layout(_kind(names), material, fields, columns, entry=entry, uncertainties=uncertainties, checks=checks)


def _kind(names: tuple[str, ...]) -> Kind:
    return "polymer" if {"DP", "Mn", "monomer_ID", "polymer_class", "Mw"} & set(names) else "molecule"


def _estimated(material: str, small: dict[str, str]) -> Layout:
    """PolyOmics' χ parameters of many polymers in one solvent: mean and spread of several models."""
    chi = Field("chi", "1", "Flory-Huggins parameter in the solvent the file is named for", "number", True)
    median = Field("chi_median", "1", "the same, median of the models", "number", True)
    return Layout(
        "polymer", material, {"chi": chi, "chi_median": median}, {"chi": small["mean"], "chi_median": small["median"]},
        uncertainties={"chi": (small["std"], None)},
    )  # fmt: skip


RADONPY = CsvSource(
    "radonpy",
    "RadonPy: polymers by molecular dynamics (CSV, give it with --file)",
    "BSD-3-Clause",
    CITATION,
    shape,
    ("smiles", *TEXTS, *KNOWN),
    "https://github.com/RadonPy/RadonPy",
)
POLYOMICS_SOURCE = CsvSource(
    "polyomics",
    "PolyOmics: polymers by molecular dynamics as in RadonPy, and χ estimated by models (CSV, give it with --file)",
    "CC BY 4.0",
    f"{POLYOMICS}; {CITATION}",
    shape,
    ("smiles", "Mean", "Std", "Min", "Max", "Median"),
)
