"""One row a trial: the schema of trials.parquet, and the strict merge of chunk files."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.files import replacing
from simworth.learners.protocol import Scored

KIND = "simworth-trials/3"
SCHEMA = pa.schema(
    [
        ("target", pa.string()),
        ("arm", pa.string()),
        ("learner", pa.string()),
        ("control", pa.string()),
        ("n", pa.int64()),
        ("m", pa.int32()),
        ("replicate", pa.int32()),
        ("tuning", pa.int32()),
        ("n_test", pa.int32()),
        ("overlap_removed", pa.int32()),
        ("overlap_used", pa.int32()),
        ("mae", pa.float64()),
        ("rmse", pa.float64()),
        ("database_mae", pa.float64()),
        ("database_rmse", pa.float64()),
        ("members", pa.list_(pa.struct([("name", pa.string()), ("miss", pa.float64()), ("weight", pa.float64())]))),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("test_rows", pa.list_(pa.int32())),
        ("predictions", pa.list_(pa.float32())),
    ]
)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What was trained on which sizes, and its predictions of held-out experiments."""

    target: str
    arm: str
    learner: str
    control: str
    n: int
    m: int
    replicate: int
    tuning: int
    overlap_removed: int
    overlap_used: int
    test_rows: NDArray[np.int32]
    predictions: NDArray[np.float64]
    """(test materials,) in the target's unit; not finite anywhere means the trial failed."""
    database: NDArray[np.float64] | None = None
    """(test materials,) what the source models alone say, through the best map; None where a learner does not tell."""
    members: tuple[Scored, ...] = ()
    """What was blended: each member's error on training rows that it had not seen, and its weight."""


def trial_table(trials: list[Trial], truth: NDArray[np.float64]) -> pa.Table:
    """Rows of `SCHEMA`; ``truth`` (materials,) are the measured values. Failed trials keep their reason."""
    rows = []
    for t in trials:
        row = {name: getattr(t, name) for name in SCHEMA.names if name in t.__struct_fields__}
        residual = t.predictions - truth[t.test_rows]
        failed = not np.isfinite(residual).all()
        alone = None if t.database is None else _errors(t.database - truth[t.test_rows])
        row |= {
            "n_test": len(t.test_rows),
            **dict(zip(("mae", "rmse"), _errors(residual), strict=True)),
            **dict(zip(("database_mae", "database_rmse"), alone or (None, None), strict=True)),
            "members": [{"name": x.name, "miss": x.miss, "weight": x.weight} for x in t.members],
            "status": "failed" if failed else "ok",
            "reason": "training diverged: a prediction is not finite" if failed else None,
            "predictions": t.predictions.astype(np.float32),
        }
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _errors(residual: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Mean absolute and root mean square error; None where a prediction is not finite."""
    if not np.isfinite(residual).all():
        return None, None
    return float(np.abs(residual).mean()), float(np.sqrt((residual**2).mean()))


def write_trials(path: Path, table: pa.Table, meta: dict[str, object]) -> None:
    """Write a table of trials whole, with its meaning in the schema; equal trials give equal bytes."""
    text = json.dumps({"schema": KIND, **meta}, sort_keys=True)
    with replacing(path) as temporary:
        pq.write_table(table.replace_schema_metadata({"simworth": text}), temporary, compression="zstd")


def read_chunk(path: Path) -> pa.Table:
    """The trials of one chunk file."""
    return pq.read_table(path, schema=SCHEMA)


def is_readable(path: Path) -> bool:
    """Whether a file is whole Parquet."""
    try:
        pq.read_table(path, schema=SCHEMA)
    except (pa.ArrowException, OSError):
        return False
    return True


def merge_trials(parts: list[Path]) -> pa.Table:
    """All chunk files in the manifest's order, sorted so that a reader finds curves together."""
    table = pa.concat_tables([read_chunk(p) for p in parts]).combine_chunks()
    keys = [(c, "ascending") for c in ("target", "arm", "control", "learner", "m", "n", "replicate", "tuning")]
    return table.sort_by(keys)
