"""``python -m benchmarks.model --json OUT [--quick] [--part model,campaign] [--jobs N]``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.laws.__main__ import plain
from benchmarks.learners.__main__ import versions
from benchmarks.learners.context import Context, Figures, data_folder, write
from simworth.errors import InputError

PARTS: Mapping[str, str] = {"campaign": "benchmarks.model.part_campaign", "model": "benchmarks.model.part_model"}
"""A part is a module with ``run(context) -> dict``; only the chosen ones are imported."""


def main(argv: list[str] | None = None) -> int:
    """Run the chosen parts; 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--part", default=",".join(PARTS), help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    options, started = parser.parse_args(argv), time.perf_counter()
    context = Context(max(1, options.jobs), data_folder(), options.quick)
    figures: Figures = {"versions": versions(), "load": os.getloadavg(), "quick": options.quick}
    try:
        for name in (part.strip() for part in options.part.split(",")):
            if name not in PARTS:
                raise InputError(f"there is no part '{name}'; there are {', '.join(PARTS)}")
            figures[name] = importlib.import_module(PARTS[name]).run(context)
            if options.json:  # after each part: what was measured is not lost with a later one
                text = json.dumps(plain(figures), indent=1, sort_keys=True)
                options.json.write_text(text + "\n", encoding="utf-8")
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    write(f"\n{time.perf_counter() - started:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
