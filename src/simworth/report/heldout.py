"""Held-out materials of a curve: each one's mean prediction over the trials that tested it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.report.wording import Entry

Array = NDArray[np.float64]


def mean_predictions(
    trials: Any, entry: Entry, arms: tuple[str, ...], learner: str, n: int, count: int
) -> tuple[NDArray[np.int64], Array]:
    """Rows of the target table that were ever held out at one n, and their mean predictions, each (materials,).

    Parameters
    ----------
    trials
        All trials, as an Arrow table.
    entry
        The curve, whose target and m are meant.
    count
        Materials of the target table.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    same = {"target": entry["target"], "learner": learner, "control": "", "n": n, "m": entry["m"], "status": "ok"}
    tests = [pc.equal(trials[k], pa.scalar(v, trials.schema.field(k).type)) for k, v in same.items()]
    tests.append(pc.is_in(trials["arm"], pa.array(arms, pa.string())))
    found = trials.filter(functools.reduce(pc.and_, tests))
    total, tested = np.zeros(count), np.zeros(count)
    for rows, values in zip(found["test_rows"].to_pylist(), found["predictions"].to_pylist(), strict=True):
        if rows and values and len(rows) == len(values):
            np.add.at(total, rows, values)
            np.add.at(tested, rows, 1.0)
    rows = np.flatnonzero(tested)
    return rows, total[rows] / tested[rows]
