"""``python -m benchmarks.learners --json OUT [--quick] [--part accuracy,full,…] [--jobs N]``."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.laws.__main__ import plain
from benchmarks.learners.context import Context, Figures, data_folder, write
from simworth.errors import InputError
from simworth.workers import cores

PARTS: Mapping[str, str] = {
    "accuracy": "benchmarks.learners.part_accuracy",
    "full": "benchmarks.learners.part_full",
    "networks": "benchmarks.learners.part_networks",
    "properties": "benchmarks.learners.part_properties",
    "speed": "benchmarks.learners.part_speed",
}
"""A part is a module with ``run(context) -> dict``; only the chosen ones are imported."""
PACKAGES = ("simworth", "jax", "jaxlib", "optax", "numpy", "scipy", "scikit-learn", "torch")


def versions() -> dict[str, str]:
    """Versions of what is measured."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def names(text: str) -> list[str]:
    """What stands between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--part", type=names, default=[], help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes (default: one a core)")
    return parser.parse_args(argv)


def run_parts(chosen: Sequence[str], parts: Mapping[str, str], context: Context, out: Path | None) -> int:
    """Run the chosen ones of ``parts``, all where none is named; 2 for input that cannot be used."""
    started = time.perf_counter()
    figures: Figures = {"versions": versions(), "cores": cores(), "load": os.getloadavg(), "quick": context.quick}
    try:
        for name in chosen or parts:
            if name not in parts:
                raise InputError(f"there is no part '{name}'; there are {', '.join(parts)}")
            figures[name] = importlib.import_module(parts[name]).run(context)
            figures["seconds"] = time.perf_counter() - started
            if out:  # after each part: what was measured is not lost with a later one
                out.write_text(json.dumps(plain(figures), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    write(f"\n{time.perf_counter() - started:.0f} s in all")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the chosen parts; 2 for input that cannot be used."""
    options = _arguments(argv)
    log = options.json.with_suffix(".log") if options.json else None
    context = Context(max(1, options.jobs), data_folder(), options.quick, log)
    return run_parts(options.part, PARTS, context, options.json)


if __name__ == "__main__":
    sys.exit(main())
