"""What a forecast is worth: per curve, then over curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVEL = 0.9
"""Nominal probability of all intervals."""
FLOOR = 1e-3
"""A forecast is not scored lower than this share of the smallest fitted error: a law may say zero or less."""


@dataclass(frozen=True)
class Score:
    """One method on one curve. ``failed``: it gave no forecast, and the last value is scored in its place.

    rmsle : root mean squared log error of the extrapolated points.
    log_likelihood : mean log density (natural) of the errors themselves; None without a predictive distribution.
    coverage : share of the points inside the interval; width : median of its width / observed error.
    """

    suite: str
    domain: str
    curve: str
    method: str
    rmsle: float
    log_likelihood: float | None = None
    coverage: float | None = None
    width: float | None = None
    seconds: float = math.nan
    failed: str = ""


def rmsle(forecast: Array, observed: Array, smallest_fitted: float) -> float:
    """Root mean squared log error; see `FLOOR`."""
    above = np.maximum(forecast, FLOOR * smallest_fitted)
    return float(np.sqrt(np.mean(np.log(above / observed) ** 2)))


def coverage(low: Array, high: Array, observed: Array) -> float:
    """Share of observations inside their interval."""
    return float(np.mean((low <= observed) & (observed <= high)))


def width(low: Array, high: Array, observed: Array) -> float:
    """Median width relative to what was observed."""
    return float(np.median((high - low) / observed))


@dataclass(frozen=True)
class Summary:
    """One method on one suite (or domain of it)."""

    method: str
    curves: int
    failures: int
    rmsle: float
    standard_error: float
    skill: float
    better: float
    log_likelihood: float | None
    median_log_likelihood: float | None
    coverage: float | None
    width: float | None
    median_seconds: float
    mean_seconds: float


def summarise(scores: Sequence[Score], reference: str = "last value") -> list[Summary]:
    """Mean scores of each method, in the order of appearance.

    ``skill`` is 1 - mean RMSLE / that of the reference; ``better`` the share of curves on which it is beaten.
    The median log-likelihood is given too, since one forecast that was far too sure ruins a mean.
    """
    base = {(s.suite, s.domain, s.curve): s.rmsle for s in scores if s.method == reference}
    summaries = []
    for method in dict.fromkeys(s.method for s in scores):
        own = [s for s in scores if s.method == method]
        errors = np.array([s.rmsle for s in own])
        against = np.array([base.get((s.suite, s.domain, s.curve), math.nan) for s in own])
        seconds = np.array([s.seconds for s in own])
        summaries.append(
            Summary(
                method=method,
                curves=len(own),
                failures=sum(bool(s.failed) for s in own),
                rmsle=float(errors.mean()),
                standard_error=float(errors.std(ddof=1) / math.sqrt(len(own))) if len(own) > 1 else math.nan,
                skill=float(1 - errors.mean() / against.mean()),
                better=float(np.mean(errors < against)),
                log_likelihood=_mean(s.log_likelihood for s in own),
                median_log_likelihood=_median(s.log_likelihood for s in own),
                coverage=_mean(s.coverage for s in own),
                width=_median(s.width for s in own),
                median_seconds=float(np.median(seconds)),
                mean_seconds=float(seconds.mean()),
            )
        )
    return summaries


def _mean(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None


def _median(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.median(known)) if known else None
