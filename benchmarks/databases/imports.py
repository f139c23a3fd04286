"""Every public table comes in with one command: ``python -m benchmarks.databases.imports [--largest KB] [--show]``."""

from __future__ import annotations

import argparse
import contextlib
import io
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.learners.context import data_folder, write

FORMULA = "--kind composition --material formula --drop-unreadable"
SMILES = "--kind molecule --material smiles --drop-unreadable"
UNIT = "--kind polymer --material smiles --drop-unreadable"
PAIR = "--kind pair --material polymer --partner solvent --temperature temperature_C:degC --property chi:1"
ENERGY = "--property enthalpy=formation_energy_eV_per_atom:eV/atom"
GAP = "--property gap=band_gap_eV:eV"
PCE = "--property efficiency=power_conversion_efficiency_percent:%"

COMMANDS: tuple[tuple[str, str], ...] = (
    ("formation_enthalpy/computed_jarvis_optb88.csv.gz", f"{FORMULA} {ENERGY}"),
    ("formation_enthalpy/computed_mp_all.csv.gz", f"{FORMULA} {ENERGY} --merge min"),
    ("formation_enthalpy/computed_mp_lowest.csv.gz", f"{FORMULA} {ENERGY}"),
    (
        "formation_enthalpy/computed_oqmd_part.csv.gz",
        f"{FORMULA} {ENERGY} --where formation_energy_eV_per_atom=-6..6",
    ),
    ("formation_enthalpy/experimental_pymatgen.csv", f"{FORMULA} {ENERGY} --keep mpid"),
    ("band_gap/computed_jarvis_optb88.csv.gz", f"{FORMULA} {GAP}"),
    ("band_gap/computed_mp_pbe.csv.gz", f"{FORMULA} {GAP}"),
    ("band_gap/computed_oqmd_pbe.csv.gz", f"{FORMULA} {GAP}"),
    ("band_gap/experimental_matbench.csv", f"{FORMULA} {GAP}"),
    ("uv_vis/computed_tddft.csv.gz", f"{SMILES} --property peak=excitation_energy_eV:eV"),
    ("uv_vis/experimental_deep4chem.csv.gz", f"{SMILES} --property 'peak=absorption_peak_nm:nm>eV' --keep solvent"),
    (
        "molecules/computed_qm9_b3lyp.csv.gz",
        "--kind molecule --material SMILES --drop-unreadable --property dipole=Dipole_debye:debye "
        "--property 'homo=HOMO_au:hartree>eV' --property 'polarizability=Polarizability_bohr3:bohr^3>angstrom^3'",
    ),
    (
        "molecules/computed_refractive_index_dft_md.csv.gz",
        f"{SMILES} --property refractive_index:1 --property 'density=density_MD_kg_m3:kg/m^3>g/cm^3'",
    ),
    (
        "polymers/computed_radonpy_PI1070.csv.gz",
        f"{UNIT} --property density:g/cm^3 --uncertainty density=density_std --keep monomer_ID",
    ),
    ("polymers/experimental_simpoly.csv", f"{UNIT} --property density:g/cm^3 --property tg:K --keep name"),
    ("miscibility/computed_cosmo.csv", PAIR),
    ("miscibility/experimental.csv", PAIR),
    ("negative_control/computed_cep.csv.gz", f"{SMILES} {PCE}"),
    ("negative_control/experimental_hopv.csv", f"{SMILES} {PCE}"),
)
"""(file, options of ``simworth import``)."""


def import_words(folder: Path, file: str, options: str, store: Path) -> list[str]:
    """The words of the one command."""
    name = file.replace("/", "-").split(".")[0]
    return ["import", str(folder / file), "--name", name, *shlex.split(options), "--store", str(store)]


def call(words: Sequence[str]) -> str:
    """Standard output of a command of simworth, run in this process."""
    from simworth.cli.app import app

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        app(list(words), standalone_mode=False)
    return out.getvalue()


def main(words: Sequence[str] | None = None) -> None:
    """Import every public table into a temporary store and say how long each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=float, default=float("inf"), metavar="KB", help="leave out larger files")
    parser.add_argument("--show", action="store_true", help="print the commands alone")
    asked = parser.parse_args(words)
    folder = data_folder()
    if folder is None:
        sys.exit("the public tables are not here; name their folder in SIMWORTH_SHARED")
    with tempfile.TemporaryDirectory() as store:
        for file, options in COMMANDS:
            if (folder / file).stat().st_size > 1000 * asked.largest:
                continue
            command = import_words(folder, file, options, Path(store))
            if asked.show:
                write(f"simworth {shlex.join(command[:-2])}")
                continue
            start = time.perf_counter()
            said = call(command).splitlines()[0]
            write(f"{time.perf_counter() - start:6.1f} s  {said}")


if __name__ == "__main__":
    main()
