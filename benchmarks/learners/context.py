"""What every part is given."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def write(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def data_folder() -> Path | None:
    """The public tables: the folder ``data`` of the one that SIMWORTH_SHARED names, or beside the project; or none."""
    shared = Path(os.environ.get("SIMWORTH_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    return shared / "data" if (shared / "data").is_dir() else None


@dataclass(frozen=True)
class Context:
    """Worker processes, the folder of public tables, and whether to make everything small."""

    jobs: int
    folder: Path | None
    quick: bool
    log: Path | None = None
    """Where finished work is kept as it is done; a rerun takes it from there."""
