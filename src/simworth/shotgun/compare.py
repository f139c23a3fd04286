"""Many candidates compared with one reference on the same splits: how sure is a difference among so many?

Replicates test on the same materials again and again, so their differences are correlated: the variance of their mean
is s² (1/R + ρ/(1 - ρ)) (Nadeau & Bengio 2003, Mach. Learn. 52, 239, section 3). Here ρ is the share of test materials
that two splits have in common, which is the correlation where each material has a difference of its own, and more than
it otherwise. Among many useless candidates one looks good by luck: p-values are corrected by Holm's method (Holm
1979, Scand. J. Stat. 6, 65).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from simworth.seeds import stream

Array = NDArray[np.float64]
DRAWS = 20_000


class Difference(NamedTuple):
    """A paired mean difference with its interval.

    ``p`` is the two-sided probability of so large a mean by chance, ``corrected`` the same among all comparisons. The
    interval is as wide as the correction asks, so it leaves out zero where ``corrected`` is below 1 - level.
    """

    mean: float
    low: float
    high: float
    p: float
    corrected: float


def shared(tested: float, testable: int) -> float:
    """What is added to 1/R for splits that each test on ``tested`` of the same ``testable`` materials: ρ/(1 - ρ)."""
    share = min(tested / testable, 0.5)
    return share / (1 - share)


def paired_differences(values: Array, spare: float, level: float) -> list[Difference]:
    """The means of paired differences (R, K), R ≥ 2, all K considered at once.

    Parameters
    ----------
    spare
        From `shared`.
    level
        Where nothing differs, no ``corrected`` is below 1 - ``level`` with this probability.
    """
    count, means = len(values), values.mean(axis=0)
    errors = values.std(axis=0, ddof=1) * (1 / count + spare) ** 0.5
    size = np.divide(np.abs(means), errors, out=np.where(means == 0, 0.0, np.inf), where=errors > 0)
    p = 2 * student.sf(size, count - 1)
    corrected = holm(p)
    # How many comparisons Holm's method makes each one pay for: all of them for the smallest p, fewer for the next.
    paid = np.divide(corrected, p, out=np.full(len(p), float(len(p))), where=p > 0)
    half = student.ppf(1 - (1 - level) / (2 * paid), count - 1) * errors
    return [
        Difference(*(float(x) for x in row))
        for row in zip(means, means - half, means + half, p, corrected, strict=True)
    ]


def holm(p: Array) -> Array:
    """Holm's corrected p-values (K,): below 1 - level with probability at most 1 - level where nothing differs."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def probability_best(errors: Array, spare: float) -> Array:
    """Probability (K,) of each candidate to have the least mean error over new sets of experiments like this one.

    Parameters
    ----------
    errors
        (R, K) on the same splits.

    Notes
    -----
    Draws of the means from their multivariate t distribution; of two candidates it is the correlated Bayesian t test
    (Corani & Benavoli 2015, Mach. Learn. 100, 285), with the variance of `paired_differences`.
    """
    count = len(errors)
    off = errors - errors.mean(axis=0)
    rng = stream("probability-best", *errors.shape)
    # Normal weights of the replicates give draws with the replicates' covariance, whatever its rank.
    normal = rng.standard_normal((DRAWS, count)) @ off / (count - 1) ** 0.5
    scale = ((1 / count + spare) / (rng.chisquare(count - 1, DRAWS) / (count - 1))) ** 0.5
    least = np.argmin(errors.mean(axis=0) + normal * scale[:, None], axis=1)
    return np.bincount(least, minlength=errors.shape[1]) / DRAWS


def choose_within(inner: Array) -> NDArray[np.int64]:
    """The candidate (R,) that each split's own training part would choose, from ``inner`` errors (R, K)."""
    return np.asarray(np.argmin(inner, axis=1), dtype=np.int64)
