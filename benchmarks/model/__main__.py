"""``python -m benchmarks.model --json OUT [--quick] [--part model,campaign] [--jobs N]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.learners.__main__ import names, run_parts
from benchmarks.learners.context import Context, data_folder

PARTS: Mapping[str, str] = {"campaign": "benchmarks.model.part_campaign", "model": "benchmarks.model.part_model"}
"""A part is a module with ``run(context) -> dict``; only the chosen ones are imported."""


def main(argv: list[str] | None = None) -> int:
    """Run the chosen parts; 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--part", type=names, default=[], help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    options = parser.parse_args(argv)
    return run_parts(options.part, PARTS, Context(max(1, options.jobs), data_folder(), options.quick), options.json)


if __name__ == "__main__":
    sys.exit(main())
