"""``python -m benchmarks.laws --json OUT [--quick] [--part P] [--suites a,b] [--methods a,b] [--jobs N]``."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.laws import (
    part_calibration,
    part_curves,
    part_grid,
    part_need,
    part_rounds,
    part_speed,
    peers,
)
from benchmarks.laws.context import Context, Figures, write
from benchmarks.laws.methods import METHODS, chosen
from benchmarks.laws.suites import SUITES
from simworth.errors import InputError
from simworth.workers import cores, process_pool

PARTS: Mapping[str, Callable[[Context], Figures]] = {
    "curves": part_curves.run,
    "grid": part_grid.run,
    "need": part_need.run,
    "rounds": part_rounds.run,
    "calibration": part_calibration.run,
    "speed": part_speed.run,
}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def plain(value: Any) -> Any:
    """The value as JSON can hold it: what is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.laws", description=__doc__)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--quick", action="store_true", help="a few curves of everything")
    parser.add_argument("--part", type=_names, default=[], help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--suites", type=_names, default=[], help=f"some of {', '.join(SUITES)} (default: all)")
    parser.add_argument("--methods", type=_names, default=[], help="some of the methods (default: all)")
    parser.add_argument("--without", type=_names, default=[], help="methods to leave out")
    parser.add_argument("--jobs", type=int, default=cores(), help="processes (default: one a core)")
    return parser.parse_args(argv)


def _check(kind: str, given: list[str], known: Mapping[str, Any]) -> list[str]:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise InputError(f"there is no {kind} '{unknown[0]}'; there are {', '.join(known)}")
    return given or list(known)


def _save(figures: Figures, path: Path | None) -> None:
    if path:
        path.write_text(json.dumps(plain(figures), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """Run the chosen parts; 2 for input that cannot be used."""
    options = _arguments(argv)
    started = time.perf_counter()
    try:
        parts = _check("part", options.part, PARTS)
        chosen_suites = _check("suite", options.suites, SUITES)
        left_out = chosen(options.without) if options.without else []
        methods = [m for m in chosen(options.methods) if m not in left_out]
        write("Methods: " + "; ".join(f"{m} ({METHODS[m].remark})" for m in methods))
        for name, why in {**peers.absent(), **dict.fromkeys(left_out, "left out by --without")}.items():
            write(f"{name}: {why}")
        figures: Figures = {"versions": peers.versions(), "absent": peers.absent(), "left_out": left_out}
        with process_pool(max(1, options.jobs)) as pool:
            context = Context(pool, tuple(methods), tuple(chosen_suites), options.quick)
            for part in parts:
                figures[part] = PARTS[part](context)
                figures["seconds"] = time.perf_counter() - started
                _save(figures, options.json)  # after each part: what was measured is not lost with a later one
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    write(f"\n{time.perf_counter() - started:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
