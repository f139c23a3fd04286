"""``python -m benchmarks.store --json OUT [--quick] [--rows 1e5,1e6] [--folder DIR]``: cost against size."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.store.step import SAMPLE, STEPS, TESTED

ROWS = (10**5, 10**6, 10**7, 10**8)
QUICK = (10**5, 10**6)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ENOUGH = 160
"""Bytes of free disk that a row needs while the table is built."""


def step(name: str, folder: Path, rows: int) -> dict[str, Any]:
    """Run a step in a process of its own, on one thread."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.store.step", name, str(folder), str(rows)],
        stdout=subprocess.PIPE, env=environment, text=True, check=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def measure(rows: int, folder: Path) -> dict[str, Any]:
    """Every step at one size."""
    figures: dict[str, Any] = {}
    for name in STEPS:
        figures[name] = step(name, folder, rows)
        f = figures[name]
        sys.stdout.write(
            f"{rows:>11,} rows  {name:8} {f['seconds']:9.2f} s  {f['processor_seconds']:9.2f} s of processor  "
            f"{f['peak_megabytes']:7.0f} MB\n"
        )
        sys.stdout.flush()
    return figures


def main(argv: list[str] | None = None) -> int:
    """Measure every size; 2 where the disk is too small."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help=f"up to {QUICK[-1]:,} rows alone")
    parser.add_argument("--rows", type=lambda t: tuple(int(float(n)) for n in t.split(",")), help="other sizes")
    parser.add_argument("--folder", type=Path, help="where tables are made, and removed (default: temporary)")
    options = parser.parse_args(argv)
    packages = ("simworth", "pyarrow", "numpy")
    figures: dict[str, Any] = {
        "versions": {p: importlib.metadata.version(p) for p in packages},
        "load": os.getloadavg(),
        "sample": SAMPLE,
        "tested": TESTED,
    }
    for rows in options.rows or (QUICK if options.quick else ROWS):
        with tempfile.TemporaryDirectory(dir=options.folder, prefix="store-") as folder:
            room = os.statvfs(folder)
            if room.f_bavail * room.f_frsize < ENOUGH * rows:
                sys.stderr.write(f"{folder}: too little room for {rows:,} rows; name another place with --folder\n")
                return 2
            figures[str(rows)] = measure(rows, Path(folder))
        if options.json:  # after each size: what was measured is not lost with a later one
            options.json.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
