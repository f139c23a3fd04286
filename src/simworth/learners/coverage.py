"""Do intervals hold what they promise? Each replicate in turn plays the new experiments.

The replicate's test materials are asked, and calibration sees the other replicates alone, and of them no prediction of
an asked material. That is stricter than leaving out the replicate: a material is held out in several.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.learners.intervals import as_matrix, calibrate

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """How intervals fared."""

    asked: int
    """Material and replicate pairs."""
    covered: float
    """Share of measurements within their interval."""
    width: float
    """Median width, in the property's unit."""
    score: float
    """Mean interval score, in the property's unit: the width, plus 2 / (1 − level) × the distance of measurements
    outside; smaller is better (Gneiting and Raftery, doi 10.1198/016214506000001437, eq. 43)."""


def leave_one_replicate_out(
    predictions: Float64, measured: Float64, level: float = 0.9, *, single: bool = False, strict: bool = True
) -> Coverage:
    """Coverage over every replicate's test materials.

    Parameters
    ----------
    predictions, measured
        As for `simworth.learners.intervals.calibrate`; at least two replicates.
    single
        Ask the replicate's own network alone, which ties every answer to a replicate that calibration never saw;
        otherwise all networks that had not seen the material, which is nearer to what is used later.
    strict
        Keep the asked materials out of calibration altogether; otherwise only the replicate.

    Raises
    ------
    InputError
        When fewer than two replicates have predictions, or too few materials are left for the level.
    """
    predictions = as_matrix(predictions)
    used = np.flatnonzero(np.isfinite(predictions).any(axis=1))
    if len(used) < 2:
        raise InputError(f"leaving a replicate out needs two replicates with predictions; there is {len(used)}")
    ends = []
    for r in used:
        asked = np.flatnonzero(np.isfinite(predictions[r]))
        others = np.delete(predictions, r, axis=0)
        if strict:
            others[:, asked] = np.nan
        asking = predictions[[r]] if single else predictions
        low, high = calibrate(others, measured).interval(asking[:, asked], level)
        ends.append(np.stack([low, high, measured[asked]]))
    all_low, all_high, truth = np.concatenate(ends, axis=1)
    return judge(all_low, all_high, truth, level)


def judge(low: Float64, high: Float64, measured: Float64, level: float) -> Coverage:
    """Coverage, width and score of intervals, (asked,) each."""
    outside = np.maximum(low - measured, 0) + np.maximum(measured - high, 0)
    score = high - low + 2 / (1 - level) * outside
    return Coverage(len(low), float((outside == 0).mean()), float(np.median(high - low)), float(score.mean()))
