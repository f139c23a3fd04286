"""Public pairs of a computed and a measured table, read as a study reads them: the same splits, the same leak rule.

Canonical identities, duplicates merged by their median, and in every replicate neither a test material nor a near
relative of one in the source. Pairs of files lie below the folder of shared data; the others come with packages.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.leakage import Links, links
from simworth.sweep.order import identity_keys, source_order
from simworth.sweep.spec import study_from
from simworth.sweep.tables import load_tables

NM_EV = 1239.84
"""Wavelength in nm × energy in eV."""


@dataclass(frozen=True)
class Pair:
    """One computed and one measured table."""

    kind: str
    material: str
    """Column of the materials; empty for tables that come with packages."""
    measured: tuple[str, str]
    """File and column, or the name of a table and its property."""
    computed: tuple[str, str]
    unit: str
    m: tuple[int, ...]
    """Numbers of experiments to learn from."""

    @property
    def files(self) -> bool:
        """Whether both are files below the folder of shared data."""
        return bool(self.material)


PAIRS = {
    "formation_enthalpy": Pair(
        "composition",
        "formula",
        ("formation_enthalpy/experimental_pymatgen.csv", "formation_energy_eV_per_atom"),
        ("formation_enthalpy/computed_mp_lowest.csv.gz", "formation_energy_eV_per_atom"),
        "eV",
        (100, 500),
    ),
    "band_gap": Pair(
        "composition",
        "formula",
        ("band_gap/experimental_matbench.csv", "band_gap_eV"),
        ("band_gap/computed_mp_pbe.csv.gz", "band_gap_eV"),
        "eV",
        (100, 1000),
    ),
    "uv_vis": Pair(
        "molecule",
        "smiles",
        ("uv_vis/experimental_deep4chem.csv.gz", "absorption_peak_nm"),
        ("uv_vis/computed_tddft.csv.gz", "excitation_energy_eV"),
        "eV",
        (100, 1000),
    ),
    "negative_control": Pair(
        "molecule",
        "smiles",
        ("negative_control/experimental_hopv.csv", "power_conversion_efficiency_percent"),
        ("negative_control/computed_cep.csv.gz", "power_conversion_efficiency_percent"),
        "percent",
        (100, 250),
    ),
    "enthalpy": Pair(
        "molecule",
        "",
        ("chemicals:enthalpy_of_formation", "enthalpy_of_formation"),
        ("builtin:small-organics", "enthalpy_of_formation"),
        "kJ/mol",
        (50, 150, 500),
    ),
    "dipole": Pair(
        "molecule",
        "",
        ("chemicals:dipole_moment", "dipole_moment"),
        ("builtin:small-organics", "dipole_moment"),
        "debye",
        (50, 400),
    ),
    "density": Pair(
        "polymer",
        "smiles",
        ("polymers/experimental_simpoly.csv", "density"),
        ("polymers/computed_radonpy_PI1070.csv.gz", "density"),
        "g/cm^3",
        (50, 100),
    ),
}


def load(name: str, folder: Path, replicates: int, seed: int = 0) -> Inputs:
    """The tables of a pair as a study reads them; ``property_of`` says what its property is called there."""
    pair = PAIRS[name]
    with TemporaryDirectory() as made:
        target, source = _file_tables(name, folder, Path(made)) if pair.files else _named_tables(pair)
        study = {
            "name": name,
            "target": [target],
            "source": [source],
            "sweep": {"replicates": replicates},
            "seed": seed,
        }
        spec = study_from(study, name, folder)
        return prepare_inputs(spec, *load_tables(spec, {}, lambda what: None))


def property_of(name: str) -> str:
    """What the property of a pair is called in its tables."""
    pair = PAIRS[name]
    return name if pair.files else pair.measured[1]


def _named_tables(pair: Pair) -> tuple[dict[str, str], dict[str, str]]:
    """Target and source as the shipped example studies name them."""
    target = {"table": pair.measured[0], "property": pair.measured[1], "unit": pair.unit, "name": "measured"}
    return target, {"table": pair.computed[0], "property": pair.computed[1], "name": "computed"}


def _file_tables(name: str, folder: Path, made: Path) -> tuple[dict[str, str], dict[str, str]]:
    pair = PAIRS[name]
    measured = folder / pair.measured[0]
    if name == "uv_vis":
        measured = _as_energy(measured, made / "measured.csv")
    common = {"property": name, "kind": pair.kind, "material": pair.material, "unit": pair.unit}
    common |= {"merge": "median", "unreadable": "drop"}
    column = "energy_eV" if name == "uv_vis" else pair.measured[1]
    target = common | {"table": str(measured), "column": column, "name": "measured"}
    return target, common | {"table": str(folder / pair.computed[0]), "column": pair.computed[1], "name": "computed"}


def _as_energy(path: Path, made: Path) -> Path:
    """The absorption peaks as energies; solvents are not told apart, the median over them is taken."""
    with gzip.open(path, "rt", newline="") as f, made.open("w", newline="") as g:
        out = csv.writer(g)
        out.writerow(["smiles", "energy_eV"])
        out.writerows([row["smiles"], NM_EV / float(row["absorption_peak_nm"])] for row in csv.DictReader(f))
    return made


def source_rows(inputs: Inputs, replicates: Sequence[int]) -> tuple[NDArray[np.int32], int]:
    """Rows (replicates, n) of the source in the order of each replicate, without what its test materials bar; and n."""
    source, spec = inputs.sources[0], inputs.spec
    kept = Links(links(spec.sweep, inputs.related[0, 0]), len(source))
    keys, n = identity_keys(list(source.identities)), inputs.available(0, 0)
    tests = [inputs.splits(0)[r].test.astype(np.int32) for r in replicates]
    orders = [source_order(keys, spec.seed, r, kept.barred(t), None) for r, t in zip(replicates, tests, strict=True)]
    return np.stack([order[:n] for order in orders]), n
