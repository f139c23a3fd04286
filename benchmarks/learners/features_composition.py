"""Magpie statistics of compositions: simworth's and matminer's, side by side on one core.

``python -m benchmarks.learners.features_composition --json OUT`` compares every column and times both, reading the
formulas included. It takes the formulas of the public formation enthalpies (the folder named by SIMWORTH_SHARED,
default ``../shared``) or, where these are absent, made-up ones. matminer is run where it is installed
(``pip install matminer``) and named as missing where it is not. Times are processor seconds of this process.

``--table CSV`` writes the element table that simworth carries, from the installed matminer, and does nothing else.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.metadata
import importlib.util
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.features.composition import composition_features, element_fractions, magpie_statistics
from simworth.features.element_table import magpie_table
from simworth.identity import canonical
from simworth.seeds import stream

HARD = (
    *("H", "He", "Xe", "Po", "At", "Rn", "Fr", "Bk", "Cf", "Lr", "Cn", "O2", "HeNe", "RnF2", "FrAt", "PuO2", "D2O"),
    *("NaCl", "FeCoNi", "CrMnFeCoNi", "LiNi0.8Co0.1Mn0.1O2", "Fe0.5Ni0.5", "Fe0.333Ni0.667", "Fe333333Ni333334"),
    *("Fe0.3333Ni0.3333Co0.3334", "La0.7Sr0.3MnO3", "Ca10(PO4)6(OH)2", "KAl(SO4)2", "YBa2Cu3O6.95", "CH3OH", "H1000U"),
)
"""Ties, near ties, decimals, brackets, single elements, elements with missing values, elements written twice."""

REPEATS = 3
"""Each timing is the fastest of so many."""

Rows = NDArray[np.float64]


def write(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def public_formulas() -> list[str]:
    """Formulas of the public tables as written there, each once; none where the folder is absent."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("SIMWORTH_SHARED", root.parent / "shared")) / "data" / "formation_enthalpy"
    found: dict[str, None] = {}
    for path in sorted(folder.glob("*.csv*")):
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found |= dict.fromkeys(row["formula"] for row in csv.DictReader(data.decode("utf-8").splitlines()))
    return list(found)


def made_up_formulas(number: int) -> list[str]:
    """Formulas of two to five random elements with whole amounts."""
    random, symbols = stream("benchmark formulas"), magpie_table().symbols[:94]
    return [
        "".join(f"{symbols[e]}{random.integers(2, 9)}" for e in random.choice(94, random.integers(2, 6), replace=False))
        for _ in range(number)
    ]


def seconds(run: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Processor seconds of the fastest of some runs."""
    spent = []
    for _ in range(repeats):
        started = time.process_time()
        run()
        spent.append(time.process_time() - started)
    return min(spent)


def matminer_magpie() -> Callable[[Sequence[str]], Rows]:
    """matminer's preset, one formula after the other; raises ImportError where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from matminer.featurizers.composition import ElementProperty
        from pymatgen.core import Composition

        preset = ElementProperty.from_preset("magpie")

    def rows(formulas: Sequence[str]) -> Rows:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.array([preset.featurize(Composition(f)) for f in formulas], dtype=np.float64)

    return rows


def write_table(path: Path) -> None:
    """The element table from matminer's files: a row an element, an empty cell where the value is missing."""
    from matminer.featurizers.composition import ElementProperty
    from pymatgen.core import Element

    preset = ElementProperty.from_preset("magpie", impute_nan=False)
    known = preset.data_source.all_elemental_props
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["element", *preset.features])
        for symbol in (Element.from_Z(z).symbol for z in range(1, 119)):
            values = [float(known[p][symbol]) for p in preset.features]
            if not all(math.isnan(v) for v in values):
                out.writerow([symbol, *("" if math.isnan(v) else repr(v) for v in values)])


def own_figures(formulas: list[str], identities: list[str]) -> dict[str, Any]:
    """How long simworth takes for all, and for what."""
    reading = seconds(lambda: element_fractions(identities))
    statistics = seconds(lambda: magpie_statistics(identities))
    return {
        "compositions": len(identities),
        "identities_seconds": seconds(lambda: [canonical("composition", f) for f in formulas], 1),
        "reading_and_fractions_seconds": reading,
        "statistics_seconds": statistics,
        "features_seconds": seconds(lambda: composition_features(identities)),
        "as_written_seconds": seconds(lambda: magpie_statistics(formulas), 1),
        "per_second": len(identities) / statistics,
    }


def compared(theirs: Callable[[Sequence[str]], Rows], formulas: list[str], number: int) -> dict[str, Any]:
    """Largest difference from matminer, and its time on some of the formulas."""
    some = [formulas[i] for i in stream("benchmark sample").choice(len(formulas), number, replace=False)]
    theirs(some[:10])  # its first call reads files
    apart = max(float(np.abs(magpie_statistics(f) - theirs(f)).max()) for f in (some, list(HARD)))
    return {
        "version": importlib.metadata.version("matminer"),
        "compositions": number,
        "hard": len(HARD),
        "largest_difference": apart,
        "per_second": number / seconds(lambda: theirs(some)),
    }


def main(argv: list[str] | None = None) -> int:
    """Compare and time; 1 where a column differs by more than 1e-9."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.features_composition", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--most", type=int, default=100_000, help="compositions for simworth (default: 100,000)")
    parser.add_argument("--matminer", type=int, default=1000, help="of these for matminer (default: 1,000)")
    parser.add_argument("--table", type=Path, help="write the element table to this file, and stop")
    options = parser.parse_args(argv)
    if options.table:
        write_table(options.table)
        return 0
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    public = public_formulas()
    formulas = (public or made_up_formulas(options.most))[: options.most]
    pairs = [(f, i) for f in formulas if (i := canonical("composition", f)) is not None]
    formulas, identities = [f for f, _ in pairs], [i for _, i in pairs]
    ours = own_figures(formulas, identities)
    figures: dict[str, Any] = {"formulas": "public" if public else "made up", "simworth": ours}
    write(f"{len(identities):,} {figures['formulas']} compositions, one core, processor seconds")
    for name, value in ours.items():
        write(f"simworth  {name:32} {value:12,.3f}")
    if importlib.util.find_spec("matminer") is None:
        write("matminer  not installed (pip install matminer): not compared")
        figures["matminer"] = None
    else:
        figures["matminer"] = compared(matminer_magpie(), identities, min(options.matminer, len(identities)))
        figures["times_faster"] = ours["per_second"] / figures["matminer"]["per_second"]
        for name, value in figures["matminer"].items():
            write(f"matminer  {name:32} {value if isinstance(value, str) else format(value, '12.6g')}")
        write(f"simworth makes {figures['times_faster']:.0f} times as many statistics a second")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return int(bool(figures["matminer"]) and figures["matminer"]["largest_difference"] > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
