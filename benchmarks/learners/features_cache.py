"""``python -m benchmarks.learners.features_cache [--quick]``: features made, and found again in the cache."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.learners.context import data_folder, write
from simworth.errors import MissingExtraError
from simworth.features.table import table_features
from simworth.files import CACHE
from simworth.identity import Descriptor, Kind
from simworth.tables import PropertyColumn, read_table

TABLES: tuple[tuple[str, Kind, str, str, str, Descriptor, int], ...] = (
    ("RadonPy PI1070", "polymer", "polymers/computed_radonpy_PI1070.csv.gz", "density", "g/cm^3", "usual", 1),
    ("RadonPy PI1070", "polymer", "polymers/computed_radonpy_PI1070.csv.gz", "density", "g/cm^3", "forcefield", 1),
    ("a third of TDDFT", "molecule", "uv_vis/computed_tddft.csv.gz", "excitation_energy_eV", "eV", "usual", 3),
)
"""Name, kind, file, column, unit, descriptor, and of how many materials one is taken."""


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 also where the public tables are absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(argv)
    folder = data_folder()
    if folder is None:
        write("skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return 0
    write("| table | descriptor | materials | made, s | found again, s |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as cache:
        os.environ[CACHE] = cache
        for name, kind, file, column, unit, descriptor, step in TABLES:
            table = read_table(
                folder / file, kind=kind, material="smiles", properties={"p": PropertyColumn(column, unit)},
                unreadable="drop",
            )  # fmt: skip
            table = table.take(range(0, len(table), 100 * step if options.quick else step))
            took = []
            try:
                for _ in range(2):
                    began = time.perf_counter()
                    table_features([table], descriptor)
                    took.append(time.perf_counter() - began)
            except MissingExtraError as error:
                write(f"({name}, {descriptor}: {error})")
                continue
            write(f"| {name} | {descriptor} | {len(table):,} | {took[0]:.1f} | {took[1]:.2f} |")
        size = sum(path.stat().st_size for path in Path(cache).glob("features/*/*"))
    write(f"\n{size / 1e6:.1f} MB are kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
