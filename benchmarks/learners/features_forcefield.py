"""The 190 force-field numbers of polymers and molecules: simworth's and RadonPy's, side by side on one core.

``python -m benchmarks.learners.features_forcefield --json OUT [--quick]`` compares every column and times both on the
same repeat units. It takes the units of the public polymer table (the folder named by SIMWORTH_SHARED, default
``../shared``) or, where this is absent, a list of its own. RadonPy is run where it is installed
(``pip install radonpy-pypi``) and named as missing where it is not; each unit gets a process of its own with limits on
time and memory, since RadonPy searches 2^r paths around a ring of ten units with r rings in the backbone. Times are
processor seconds. The exit status is 1 where a column differs by more than 1e-6.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import importlib.metadata
import io
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.features.forcefield import FORCEFIELD_NAMES, forcefield_rows
from simworth.seeds import stream

UNITS = (
    *("*CC*", "*CC(*)C", "*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*CC(*)Cl", "*C(F)(F)C(*)(F)F", "*CCO*", "*CO*"),
    *("*CC(*)C#N", "*CC=CC*", "*CCOC(=O)c1ccc(C(=O)O*)cc1", "*NCCCCCC(=O)*", "*c1ccc(*)s1", "*C=Cc1ccc(*)cc1"),
    *("*c1cccc(*)c1", "*C=C*", "*c1ccc(S*)cc1", "*CC(*)n1c2ccccc2c2ccccc21", "*N=P(*)(OC)OC", "*CC(*)c1ccncc1"),
    *("*CC(*)[N+](=O)[O-]", "*CCS(=O)(=O)*", "*CC(*)C1CO1", "*C=C1C=CC(=C*)C=C1", "*CC(*)Br"),
)
"""Repeat units of common kinds: chains, side groups, conjugated backbones, and rings that close to aromatic ones."""

MOLECULES = (
    *("O", "CO", "CCO", "CC(C)=O", "CC(=O)OCC", "O=C1OCCO1", "CN(C)C=O", "CN1CCCC1=O", "CS(C)=O", "CC#N", "ClC(Cl)Cl"),
    *("c1ccccc1", "Cc1ccccc1", "Clc1ccccc1Cl", "C1CCCCC1", "CCCCCC", "C1CCOC1", "C1COCCO1", "CCN(CC)CC", "c1ccncc1"),
    *("c1ccsc1", "S=C=S", "C[N+](=O)[O-]", "CN(C)P(=O)(N(C)C)N(C)C", "c1ccc2ncccc2c1", "FC(F)(F)CO", "OCC(O)CO"),
)
"""Common solvents."""

SECONDS, BYTES = 20, 3 << 30
"""What RadonPy may use on one unit."""

Row = NDArray[np.float64]


def write(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def public_units() -> list[str]:
    """Repeat units of the public table, none where it is absent."""
    root = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("SIMWORTH_SHARED", root.parent / "shared"))
    path = shared / "data" / "polymers" / "computed_radonpy_PI1070.csv.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [row["smiles"] for row in csv.DictReader(file)]


def radonpy_row() -> Callable[[str, int], Row] | None:
    """RadonPy's descriptor of one SMILES and a number of units (0: a molecule), None where it is not installed."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            from radonpy.core import const, utils
            from radonpy.ff.descriptor import FF_descriptor, ffkm_mp_wrapper
            from radonpy.ff.gaff2 import GAFF2
        except ImportError:
            return None
        const.print_level = 3
        descriptor = FF_descriptor(GAFF2(), polar=True)
        settings = utils.picklable_const()

    def row(smiles: str, units: int) -> Row:
        options = [None] * 7
        return np.asarray(ffkm_mp_wrapper([smiles, *options, units, False, descriptor, settings]), dtype=np.float64)

    return row


def within_limits(run: Callable[[], Row]) -> tuple[Row, float] | None:
    """A row and its processor seconds, from a process of its own; None where that is ended by its limits."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        started = time.process_time()
        row = run()
        os.write(writer, np.append(row, time.process_time() - started).tobytes())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        found = np.frombuffer(pipe.read(), dtype=np.float64)
    os.waitpid(child, 0)
    return (found[:-1], float(found[-1])) if len(found) else None


def compared(theirs: Callable[[str, int], Row], texts: list[str], units: int) -> dict[str, Any]:
    """Both on the same texts: the largest difference, and the rates on those that both describe."""
    both, agree, spent, seconds, apart = 0, 0, 0.0, 0.0, 0.0
    figures: dict[str, Any] = {"given": len(texts), "not_finished_by_radonpy": [], "refused_by_simworth": {}}
    for text in texts:
        started = time.process_time()
        rows, why = forcefield_rows([text])
        mine = time.process_time() - started
        reference = within_limits(lambda text=text: theirs(text, units))  # type: ignore[misc]
        if why:
            figures["refused_by_simworth"][text] = why[0]
            agree += reference is not None and bool(np.isnan(reference[0]).any())
        elif reference is None or np.isnan(reference[0]).any():
            figures["not_finished_by_radonpy"].append(text)
        else:
            apart = max(apart, float(np.abs(rows[0] - reference[0]).max()))
            both, seconds, spent = both + 1, seconds + mine, spent + reference[1]
    return figures | {
        "refused_by_both": agree,
        "described_by_both": both,
        "largest_difference": apart,
        "simworth_per_second": both / seconds if seconds else None,
        "radonpy_per_second": both / spent if spent else None,
        "times_faster": spent / seconds if seconds else None,
    }


def told(name: str, figures: dict[str, Any]) -> None:
    """The figures of one comparison, line by line."""
    for key, value in figures.items():
        text = len(value) if isinstance(value, list | dict) else format(value, "12.6g") if value is not None else "-"
        write(f"{name:10} {key:26} {text!s:>12}")


def main(argv: list[str] | None = None) -> int:
    """Compare and time; 1 where a column differs by more than 1e-6."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.features_forcefield", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help="20 public units instead of 150")
    options = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    public = public_units()
    number = min(20 if options.quick else 150, len(public))
    chosen = [public[i] for i in stream("benchmark units").choice(len(public), number, replace=False)] if public else []
    units = [*UNITS, *chosen]
    forcefield_rows(["*CC*"])  # its first call reads a file
    started = time.process_time()
    reasons = forcefield_rows(units)[1]
    rate = len(units) / (time.process_time() - started)
    figures: dict[str, Any] = {
        "columns": len(FORCEFIELD_NAMES),
        "units": len(units),
        "of_these_public": number,
        "simworth_per_second": rate,
        "simworth_refused": {units[i]: reason for i, reason in reasons.items()},
    }
    write(
        f"{len(units)} repeat units ({number} public), one core: simworth {rate:.0f} a second, {len(reasons)} refused"
    )
    theirs = radonpy_row()
    figures["radonpy"] = None
    if theirs is None:
        write("radonpy    not installed (pip install radonpy-pypi): not compared")
    else:
        figures["radonpy"] = {"version": importlib.metadata.version("radonpy-pypi")}
        for name, texts, ring in (("polymers", units, 10), ("molecules", list(MOLECULES), 0)):
            figures["radonpy"][name] = compared(theirs, texts, ring)
            told(name, figures["radonpy"][name])
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    parts = [figures["radonpy"][p] for p in ("polymers", "molecules")] if figures["radonpy"] else []
    return int(any(p["largest_difference"] > 1e-6 for p in parts))


if __name__ == "__main__":
    sys.exit(main())
