"""``python -m benchmarks.learners.features_elements [--json OUT] [--quick]``: Magpie, element fractions, or both.

The first layer of a network is linear in the element fractions, so its rows for them are learned embeddings of the
elements. Formation enthalpies on development splits, which no reported table uses; the same rows, networks and seeds
with each choice of columns.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from benchmarks.learners.context import data_folder, write
from benchmarks.learners.pairs import load, source_rows
from simworth.features.composition import composition_names
from simworth.features.table import table_features
from simworth.learners.network import pretrain
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import adapt_and_predict
from simworth.seeds import seed_of

SEED = 101
"""Of the development splits."""
PAIR = "formation_enthalpy"
N = (300, 3_000, 30_000)
M = (100, 500)
REPLICATES = 8


def columns() -> dict[str, list[int]]:
    """Which columns each choice has."""
    names = composition_names()
    fractions = [i for i, name in enumerate(names) if name.startswith("fraction")]
    return {
        "Magpie alone": [i for i in range(len(names)) if i not in set(fractions)],
        "fractions alone": fractions,
        "both": list(range(len(names))),
    }


def measure(folder: Path, quick: bool) -> list[dict[str, Any]]:
    """The error of every choice, n, m and replicate."""
    replicates = range(2 if quick else REPLICATES)
    inputs = load(PAIR, folder, len(replicates), SEED)
    target, source = inputs.targets[0], inputs.sources[0]
    x, source_x = table_features([target, source])
    y, source_y = target.values(PAIR), source.values(PAIR)
    rows, _ = source_rows(inputs, replicates)
    parts = [inputs.splits(0)[r] for r in replicates]
    ask = np.stack([p.test for p in parts]).astype(np.int32)
    spec = NetworkSpec(least_steps=50, most_steps=50) if quick else NetworkSpec()
    seeds = [seed_of("benchmark", r) for r in replicates]
    found = []
    for name, chosen in columns().items():
        mine, own = (np.ascontiguousarray(z[:, chosen]) for z in (source_x, x))
        for n in N[:1] if quick else N:
            made = pretrain(spec, mine, source_y[rows], rows, n, seeds)
            for m in M:
                train = np.stack([p.order[:m] for p in parts]).astype(np.int32)
                missed = np.abs(adapt_and_predict(spec, made, own, y, train, ask) - y[ask]).mean(axis=1)
                found += [{"features": name, "n": n, "m": m, "replicate": r, "mae": float(e)} for r, e in
                          zip(replicates, missed, strict=True)]  # fmt: skip
    return found


def table(found: list[dict[str, Any]]) -> str:
    """Mean errors, and in brackets the difference to both with a 90 % paired interval, in percent of it."""
    names = list(columns())
    lines = [f"| n | m | {' | '.join(names)} |", "|---|---:|" + "---:|" * len(names)]
    for n, m in dict.fromkeys((r["n"], r["m"]) for r in found):
        errors = {
            name: np.array([r["mae"] for r in found if (r["n"], r["m"], r["features"]) == (n, m, name)])
            for name in names
        }
        both = errors["both"]
        cells = []
        for name in names:
            cell = f"{errors[name].mean():.4f}"
            if name != "both":
                relative = 100 * (errors[name] - both) / both.mean()
                half = student.ppf(0.95, len(both) - 1) * relative.std(ddof=1) / np.sqrt(len(both))
                cell += f" ({relative.mean():+.1f} ± {half:.1f} %)"
            cells.append(cell)
        lines.append(f"| {n:,} | {m} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 also where the public tables are absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(argv)
    folder = data_folder()
    if folder is None:
        write("skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return 0
    found = measure(folder, options.quick)
    write(table(found))
    if options.json:
        options.json.write_text(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
