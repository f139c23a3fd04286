"""Many curves in one call: the same laws as one at a time, with few enough draws that ten thousand fit in memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from simworth.curves import Curve
from simworth.errors import InputError
from simworth.inference.fit import fit_curve
from simworth.inference.law import Law
from simworth.inference.settings import Settings
from simworth.workers import process_pool

DRAWS = 400
"""Draws a curve keeps: enough for a 90 % interval."""

CHUNK = 50


def fit_curves(curves: Sequence[Curve], level: float = 0.9, draws: int = DRAWS, workers: int = 1) -> list[Law]:
    """`fit_curve` of each curve, in order; the result does not depend on ``workers`` (processes).

    Raises
    ------
    InputError
        As `fit_curve`, or for fewer than 20 draws or no workers.
    """
    if draws < 20 or workers < 1:
        raise InputError(f"{draws} draws by {workers} workers is not possible; give at least 20 draws and 1 worker")
    one = partial(fit_curve, level=level, settings=Settings(draws=draws))
    if workers == 1:
        return [one(c) for c in curves]
    with process_pool(workers) as pool:
        return list(pool.map(one, curves, chunksize=CHUNK))
