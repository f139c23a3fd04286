"""Predictive intervals of an ensemble of networks, calibrated on measurements that they never saw.

Every replicate's network predicts the materials that its own split held out, so a material is predicted by the few
networks that had not seen it. Their mean, as for the out-of-bag predictions of the jackknife+-after-bootstrap (Kim, Xu
and Barber, arXiv 2002.09025), gives one error a material, however often it was held out. An error divided by its scale
(see `simworth.learners.spread`) is a score, and the interval of a new material is its mean ± scale × the conformal
quantile of the scores: normalised split conformal prediction (Papadopoulos, Gammerman and Vovk 2008; Lei et al.,
arXiv 1604.04173, section 5.2), computed by crepes.

What is promised: were the scores of old and new materials exchangeable, an interval of level L would hold at least a
share L of the measurements (Lei et al., theorem 2.2). Two things bend that a little: the three parameters of the scale
are read from the same materials, and a new material is predicted by more networks than an old one. So coverage is also
measured: `simworth.learners.coverage`.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.learners.spread import Ensemble, Spread, ensemble, fit_spread

Float64 = NDArray[np.float64]

ROUNDING = 1e-12
"""So that 1 − 0.9 counts as a tenth."""


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What calibration found; enough to make intervals, and plain numbers to keep in a file.

    Attributes
    ----------
    errors : (materials,)
        Measured value − mean of the networks that had not seen the material.
    scales : (materials,)
        Expected size of each error; ones where the spread is not read.
    spread : Spread or None
        Makes scales of new materials; None when too few materials were predicted by several networks: all intervals
        are then as wide as one network's.
    """

    errors: Float64
    scales: Float64
    spread: Spread | None

    def interval(self, predictions: Float64, level: float = 0.9) -> tuple[Float64, Float64]:
        """Intervals that hold a share ``level`` of measurements.

        Parameters
        ----------
        predictions
            (networks, asked) in the property's unit; not finite where a network is not asked.
        level
            Between 0 and 1, one interval at a time.

        Returns
        -------
        Lower and upper ends, (asked,) each.

        Raises
        ------
        InputError
            When there are too few calibration materials for the level, or a material has no prediction.
        """
        return self.around(ensemble(as_matrix(predictions)), level)

    def around(self, e: Ensemble, level: float = 0.9) -> tuple[Float64, Float64]:
        """`interval` of predictions that are summed up already."""
        check_level(level, len(self.errors))
        if not np.isfinite(e.mean).all():
            place = int(np.flatnonzero(~np.isfinite(e.mean))[0])
            raise InputError(f"material {place} of those asked has no finite prediction; leave it out")
        with warnings.catch_warnings():  # crepes sets a filter for the whole process when it is imported
            from crepes import ConformalRegressor
        conformal = ConformalRegressor().fit(self.errors, sigmas=self.scales)
        ends = conformal.predict_int(e.mean, sigmas=_scales(self.spread, e), confidence=level - ROUNDING)
        return ends[:, 0], ends[:, 1]


def calibrate(predictions: Float64, measured: Float64) -> Calibrated:
    """Calibrate intervals.

    Parameters
    ----------
    predictions
        (networks, materials) in the property's unit; not finite where a network had seen the material, or failed.
    measured
        (materials,) in the same unit.

    Raises
    ------
    InputError
        When the shapes do not fit, a measured value is not finite, or no material has a prediction.
    """
    predictions, measured = as_matrix(predictions), np.asarray(measured, dtype=np.float64)
    if measured.shape != predictions.shape[1:]:
        raise InputError(
            f"predictions are of {predictions.shape[1]} materials but measured values have the shape {measured.shape}; "
            "give one measured value a material"
        )
    held = np.isfinite(predictions).any(axis=0)
    if not held.any():
        raise InputError("no network predicts a material that it had not seen, so nothing calibrates an interval")
    if not np.isfinite(measured[held]).all():
        place = int(np.flatnonzero(held & ~np.isfinite(measured))[0])
        raise InputError(f"the measured value of material {place} is not a finite number; leave the material out")
    return calibrate_ensemble(ensemble(predictions[:, held]), measured[held])


def calibrate_ensemble(e: Ensemble, measured: Float64) -> Calibrated:
    """`calibrate` by predictions of all ``measured`` (materials,) that are summed up already."""
    errors = measured - e.mean
    spread = fit_spread(e, errors)
    return Calibrated(errors, _scales(spread, e), spread)


def by_material(
    rows: list[NDArray[np.int32]], predictions: list[Float64], materials: int, replicates: list[int] | None = None
) -> Float64:
    """Predictions of trials as a (networks, materials) matrix, NaN where a material was not held out.

    Parameters
    ----------
    rows, predictions
        Of each trial (see ``test_rows`` and ``predictions`` of trials.parquet).
    materials
        How many the target has.
    replicates
        Of each trial; the tunings of one count as one network that predicts their mean, since they come from one
        pretraining and held out the same materials. Default: one trial each.
    """
    networks, line = np.unique(range(len(rows)) if replicates is None else replicates, return_inverse=True)
    total, count = np.zeros((2, len(networks), materials))
    for i, place, values in zip(line, rows, predictions, strict=True):
        finite = np.isfinite(values)
        total[i, place[finite]] += values[finite]
        count[i, place[finite]] += 1
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def as_matrix(predictions: Float64) -> Float64:
    """Predictions as (networks, materials), or a refusal."""
    matrix = np.asarray(predictions, dtype=np.float64)
    if matrix.ndim != 2:
        raise InputError(f"predictions have the shape {matrix.shape}; give (networks, materials)")
    return matrix


def needed(level: float) -> int:
    """Fewest calibration materials for a finite interval of a level: L / (1 − L), rounded up."""
    return math.ceil(level / (1 - level) - 1e-9)


def check_level(level: float, materials: int) -> None:
    """Refuse a level that is none, or for which there are too few materials."""
    if not 0 < level < 1:
        raise InputError(f"the level of an interval is {level}; it must lie between 0 and 1, like 0.9")
    if materials < needed(level):
        raise InputError(
            f"{level:.12g} intervals need measurements of at least {needed(level)} materials that the networks had not "
            f"seen, and there are {materials}; lower the level or hold out more"
        )


def _scales(spread: Spread | None, e: Ensemble) -> Float64:
    return np.ones_like(e.mean) if spread is None else spread.scale(e)
