"""One step in a process of its own, whose largest memory is thus its own: prints seconds and megabytes as JSON.

    python -m benchmarks.store.step build FOLDER ROWS

The table is made up: names ``m0``, ``m1``, …, two properties, one text; a tenth of the rows are a second row of a
material. Files are put out of the system's cache before they are read, where the system can do that.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from simworth.seeds import stream
from simworth.store import Column, Recipe, Stored, build_stored, find, open_stored

NAME = "made-up"
PIECE = 100_000
SAMPLE = 100_000
TESTED = 10_000
CLASSES = pa.array(["oxide", "nitride", "sulfide", "halide", "metal"])


def batches(rows: int) -> Iterator[Any]:
    """The made-up table in pieces."""
    distinct = rows - rows // 10
    for start in range(0, rows, PIECE):
        rng = stream("benchmark-store", start)
        number = np.arange(start, min(start + PIECE, rows))
        names = np.char.add("m", (number % distinct).astype(str))
        columns = {
            "material": pa.array(names.tolist(), pa.string()),
            "energy": pa.array(rng.normal(size=len(number))),
            "band_gap": pa.array(rng.gamma(1.0, size=len(number)), mask=rng.random(len(number)) < 0.1),
            "class": CLASSES.take(pa.array(rng.integers(0, len(CLASSES), len(number)))),
        }
        yield pa.RecordBatch.from_pydict(columns)


def generate(folder: Path, rows: int) -> dict[str, Any]:
    """Make the rows and drop them: what of the next step is not the store's."""
    return {"rows": sum(b.num_rows for b in batches(rows))}


def build(folder: Path, rows: int) -> dict[str, Any]:
    """Store the table; of two rows of a material the one of lower energy stays."""
    columns = (Column("energy", "eV/atom"), Column("band_gap", "eV"), Column("class", role="keep"))
    recipe = Recipe(name=NAME, kind="features", columns=columns, merge="lowest:energy")
    stored = build_stored(folder, recipe, batches(rows))
    size = sum(p.bytes for p in stored.card.parts)
    return {"materials": len(stored), "merged": stored.card.merged, "megabytes_on_disk": size / 1e6}


def sample(folder: Path, rows: int) -> dict[str, Any]:
    """Take a seeded sample."""
    table = _cold(folder).sample(SAMPLE, 0)
    return {"materials": len(table), "first": table.materials[0]}


def overlap(folder: Path, rows: int) -> dict[str, Any]:
    """Look for test materials, of which half stand in the table."""
    rng = stream("benchmark-store-test", rows)
    here = rng.choice(rows - rows // 10, TESTED // 2, replace=False)
    tested = [*(f"m{i}" for i in here), *(f"absent {i}" for i in range(TESTED // 2))]
    found = find(_cold(folder), tested, ["row"])
    if found.num_rows != TESTED // 2:
        raise AssertionError(f"{found.num_rows} of {TESTED // 2} were found")
    return {"found": found.num_rows}


def read(folder: Path, rows: int) -> dict[str, Any]:
    """Read every row once: what a sample would cost without an order of the rows."""
    return {"rows": sum(b.num_rows for b in _cold(folder).batches())}


STEPS: Mapping[str, Callable[[Path, int], dict[str, Any]]] = {
    "generate": generate, "build": build, "sample": sample, "overlap": overlap, "read": read,
}  # fmt: skip


def _cold(folder: Path) -> Stored:
    """The stored table, its files out of the system's cache."""
    stored = open_stored(folder, NAME)
    for part in stored.card.parts:
        with (stored.folder / part.file).open("rb") as f:
            if hasattr(os, "posix_fadvise"):
                os.fsync(f.fileno())
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return stored


def main() -> None:
    """Run one step."""
    name, folder, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    started, worked = time.perf_counter(), time.process_time()
    found = STEPS[name](folder, rows)
    found["seconds"] = time.perf_counter() - started
    found["processor_seconds"] = time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found["peak_megabytes"] = peak / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
