"""Tables of χ parameters: a polymer, a solvent, a temperature and χ in each row (Aoki et al.)."""

from __future__ import annotations

from simworth.ingest.sources.files import CsvSource, Layout, find_column
from simworth.ingest.sources.protocol import Field

CITATION = (
    "Aoki et al., Multitask machine learning to predict polymer-solvent miscibility using Flory-Huggins interaction "
    "parameters, Macromolecules 56, 5446 (2023), doi 10.1021/acs.macromol.2c02600"
)
POLYMER = ("polymer", "ps_smiles", "polymer_smiles", "psmiles", "smiles_polymer")
SOLVENT = ("solvent", "solvent_smiles", "smiles_solvent", "molecule")
CELSIUS = ("temperature_c", "t_c", "temp_c", "temperature_degc")
KELVIN = ("temperature_k", "t_k", "temp_k", "temperature", "temp")


def shape(names: tuple[str, ...]) -> Layout:
    """Columns by their usual names; a temperature without a unit is in kelvin.

    Raises
    ------
    InputError
        When polymer, solvent or χ is missing.
    """
    polymer = find_column(names, POLYMER, "polymers")
    solvent = find_column(names, SOLVENT, "solvents")
    chi = find_column(names, ("chi", "chi_parameter", "χ"), "χ")
    small = {n.lower(): n for n in names}
    celsius = next((small[n] for n in CELSIUS if n in small), None)
    kelvin = next((small[n] for n in KELVIN if n in small), None)
    fields = {"chi": Field("chi", "1", "Flory-Huggins parameter")}
    columns = {"chi": chi}
    if "polymer_class" in small:
        fields["polymer_class"] = Field("polymer_class", None, "class of the polymer", "text")
        columns["polymer_class"] = small["polymer_class"]
    return Layout(
        "pair", polymer, fields, columns, partner=solvent, temperature=celsius or kelvin, celsius=celsius is not None
    )


CHI = CsvSource(
    "chi",
    "χ parameters of polymers in solvents (CSV, give it with --file)",
    "MIT for the sample of its makers",
    CITATION,
    shape,
    ("polymer", "solvent", "temperature_C", "chi", "polymer_class"),
    "https://github.com/yoshida-lab/MTL_ChiParameter",
    example="chi <= 2",
)
