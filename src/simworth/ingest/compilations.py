"""The experimental compilations that the PyPI package ``chemicals`` carries, and who stands behind them.

Only compilations of measurements are listed. Left out on purpose: group-contribution and quantum-chemistry
columns (Joback, psi4), and compilations whose makers say that part of the values is estimated (Yaws, API TDB
by Albahri, TRC 1994).
"""

from __future__ import annotations

import msgspec

CRC = "Haynes, Lide, Bruno (eds.), CRC Handbook of Chemistry and Physics, 95th ed., CRC Press (2014)"


class Compilation(msgspec.Struct, frozen=True):
    """One column of one file of ``chemicals``."""

    name: str
    file: str
    """Path inside the package."""
    column: str
    unit: str
    citation: str
    uncertainty: str | None = None
    temperature: str | None = None
    """Column of the temperature (K) a value holds at."""


class Experiment(msgspec.Struct, frozen=True):
    """One experimental property."""

    property: str
    unit: str
    description: str
    compilations: tuple[Compilation, ...]
    """In order of trust: where several know a molecule, the first one's value is taken."""
    temperatures: tuple[float, float] | None = None
    """K; values measured outside are left out."""


DIPOLE = Experiment(
    "dipole_moment",
    "debye",
    "norm of the permanent electric dipole moment, gas phase where the compilation distinguishes",
    (
        Compilation(
            "CCCBDB",
            "Misc/cccbdb.nist.gov Dipoles.csv",
            "dipole_moment",
            "debye",
            "Johnson (ed.), NIST Computational Chemistry Comparison and Benchmark Database, NIST Standard "
            "Reference Database 101, release 17b (2015), http://cccbdb.nist.gov",
        ),
        Compilation(
            "Muller",
            "Misc/Muller Supporting Info Dipoles.csv",
            "dipole_moment",
            "debye",
            "Müller, Mokrushina, Arlt, J. Chem. Eng. Data 57, 1231 (2012), doi 10.1021/je2013395",
        ),
        Compilation(
            "Poling",
            "Misc/Poling Dipole.csv",
            "dipole_moment",
            "debye",
            "Poling, Prausnitz, O'Connell, The Properties of Gases and Liquids, 5th ed., McGraw-Hill (2000)",
        ),
    ),
)

ENTHALPY = Experiment(
    "enthalpy_of_formation",
    "kJ/mol",
    "standard enthalpy of formation of the ideal gas at 298.15 K",
    (
        Compilation(
            "ATcT",
            "Reactions/ATcT 1.112 (g).tsv",
            "Hfg",
            "J/mol",
            "Ruscic et al., Active Thermochemical Tables 1.112; J. Phys.: Conf. Ser. 16, 561 (2005), "
            "doi 10.1088/1742-6596/16/1/078",
            uncertainty="uncertainty",
        ),
        Compilation(
            "CRC",
            "Heat Capacity/CRC Standard Thermodynamic Properties of Chemical Substances.tsv",
            "Hfg",
            "J/mol",
            CRC,
        ),
        Compilation(
            "WebBook",
            "Misc/webbook_constants.tsv",
            "Hfg",
            "J/mol",
            "Linstrom, Mallard (eds.), NIST Chemistry WebBook, Standard Reference Database 69, doi 10.18434/T4D303",
        ),
    ),
)

REFRACTIVE_INDEX = Experiment(
    "refractive_index",
    "1",
    "refractive index of the liquid at the sodium D line, 293 to 298 K",
    (
        Compilation(
            "CRC",
            "Misc/CRC Handbook Organic RI.csv",
            "RI",
            "1",
            CRC,
            temperature="RIT",
        ),
    ),
    temperatures=(293.0, 298.2),
)

EXPERIMENTS = (DIPOLE, ENTHALPY, REFRACTIVE_INDEX)
