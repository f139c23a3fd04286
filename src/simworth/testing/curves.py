"""Synthetic inputs with known truth, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simworth.curves import Curve
from simworth.laws import power, product
from simworth.seeds import stream

Array = NDArray[np.float64]


def synthetic_curve(
    n: Sequence[float],
    D: float,
    alpha: float,
    C: float,
    replicates: int = 10,
    replicate_sd: float = 0.1,
    noise_sd: float = 0.02,
    missing: float = 0.0,
    m: int = 0,
    seed: int = 0,
) -> Curve:
    """Trials of D n^-α + C with paired replicates.

    Parameters
    ----------
    n : sizes, (sizes,).
    D, alpha, C : the truth.
    replicates : trials a size.
    replicate_sd : standard deviation of a replicate's effect, shared by all its sizes; in the errors' unit.
    noise_sd : standard deviation of what each trial has of its own. Nothing is clipped (that would move the
        truth), so a large one can make errors negative.
    missing : share of trials that fail, at random.
    """
    rng = stream("synthetic-curve", seed, replicates, len(n))
    return _trials(
        np.asarray(n, float),
        np.full(len(n), float(m)),
        power.value(n, D, alpha, C),
        rng,
        replicates,
        replicate_sd,
        noise_sd,
        missing,
    )


def synthetic_grid(
    n: Sequence[float],
    m: Sequence[float],
    A: float,
    alpha: float,
    B: float,
    beta: float,
    E: float,
    replicates: int = 10,
    replicate_sd: float = 0.1,
    noise_sd: float = 0.02,
    missing: float = 0.0,
    seed: int = 0,
) -> Curve:
    """Trials of (A n^-α + B) m^-β + E at every (n, m); a replicate's effect is its own at every m."""
    rng = stream("synthetic-grid", seed, replicates, len(n), len(m))
    parts = []
    for materials in m:
        sizes, all_m = np.asarray(n, float), np.full(len(n), float(materials))
        truth = product.value(sizes, all_m, A, alpha, B, beta, E)
        parts.append(_trials(sizes, all_m, truth, rng, replicates, replicate_sd, noise_sd, missing))
    return Curve(*(np.concatenate([getattr(p, k) for p in parts]) for k in ("n", "m", "replicate", "error")))


def _trials(
    n: Array,
    m: Array,
    truth: Array,
    rng: np.random.Generator,
    replicates: int,
    replicate_sd: float,
    noise_sd: float,
    missing: float,
) -> Curve:
    effect = replicate_sd * rng.standard_normal((replicates, 1))
    error = truth + effect + noise_sd * rng.standard_normal((replicates, len(n)))
    error[rng.random(error.shape) < missing] = np.nan
    number = np.repeat(np.arange(replicates), len(n))
    return Curve(np.tile(n, replicates), np.tile(m, replicates), number, error.ravel())
