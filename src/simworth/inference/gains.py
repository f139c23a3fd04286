"""What transfer gains over direct learning: paired differences over replicates.

Tuning j of replicate r measures transfer and direct learning on the same split and the same training experiments, so
d_rj = direct_rj - transfer_rj is free of what makes these easy or hard. A replicate's gain d_r is the mean over its
tunings, and replicates are what is independent.

What the interval is conditional on. Replicates split the *same* experimental set again and again, so their d_r are
not independent pictures of the material world: the naive variance s²/R would say how well the mean over all splits
of this set is known, and shrink to nothing as R grows, but not the gain on new sets of the same size. The correction
of Nadeau & Bengio (2003, eq. 9: 1/R + n_test/m) takes n_test/(n_test + m) for the correlation of two splits' results;
it is meant for n_test << m, while experimental sets are split the other way round, and is then very wide. Here that
correlation is taken to be the share of (training, test) pairs of materials that two random splits of the same set have
in common: see `shared_variance`.

Tunings do not lessen what the set is shared for. Two trials of different replicates have the covariance c = ρ v, v the
variance of a single trial, whichever their tunings; the means d_r of two replicates therefore have the covariance c
too. With s² the variance of the d_r over replicates and w that of the d_rj within them, E s² = Var(d_r) - c and
Var(d_r) = v - w + w/k for k tunings, so v - c = E[s² + (1 - 1/k) w], and the mean gain has the variance

    s²/R + c,    c = ρ/(1 - ρ) (s² + (1 - 1/k) w).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Errors = Mapping[tuple[int, int], float]
"""By replicate and tuning."""


@dataclass(frozen=True)
class Gain:
    """Direct error minus transfer error at ``n``, positive where transfer helps; in the errors' unit.

    ``low`` and ``high`` are None with fewer than two shared replicates: then nothing tells how sure the gain is.
    The relative numbers are shares of the direct error.
    """

    against: str
    n: float
    replicates: int
    difference: float
    low: float | None
    high: float | None
    relative: float
    relative_low: float | None
    relative_high: float | None
    direct: float


def paired_gain(
    against: str, n: float, direct: Errors, transfer: Errors, level: float, spare: float = 0.0
) -> Gain | None:
    """The gain from errors by replicate and tuning; None where no replicate has both.

    Parameters
    ----------
    direct, transfer : errors by (replicate, tuning); those that are in both count.
    spare : ρ/(1 - ρ), what sharing one experimental set adds: see `shared_variance`.

    Notes
    -----
    The relative gain is the ratio of means, its variance that of the residuals d_rj - ratio · direct_rj (the
    ratio estimator: Cochran 1977, eq. 6.13).
    """
    shared = sorted(set(direct) & set(transfer))
    if not shared:
        return None
    base = np.array([direct[key] for key in shared])
    d = base - np.array([transfer[key] for key in shared])
    which = np.unique([r for r, _ in shared], return_inverse=True)[1]
    count = int(which[-1]) + 1
    mean, level_of = float(_means(d, which).mean()), float(_means(base, which).mean())
    ratio = mean / level_of if level_of > 0 else 0.0
    if count < 2:
        return Gain(against, n, 1, mean, None, None, ratio, None, None, level_of)
    half = _half(d, which, level, spare)
    relative_half = _half(d - ratio * base, which, level, spare) / level_of if level_of > 0 else 0.0
    return Gain(
        against,
        n,
        count,
        mean,
        mean - half,
        mean + half,
        ratio,
        ratio - relative_half,
        ratio + relative_half,
        level_of,
    )


def shared_variance(m: float, n_test: float) -> float:
    """What sharing one experimental set adds to 1/R: ρ/(1 - ρ), ρ = m n_test / (m + n_test)².

    The form is Nadeau & Bengio's (2003, section 3: the variance of a mean of R equally correlated values); ρ is the
    probability that a (training, test) pair of one split is one of another split as well, at most 1/4.
    """
    if m <= 0 or n_test <= 0:
        return 0.0
    share = m * n_test / (m + n_test) ** 2
    return share / (1 - share)


def _means(values: Array, which: Integers) -> Array:
    """Mean of each replicate's tunings, (replicates,); ``which`` (tunings,) is the replicate of each."""
    return np.asarray(np.bincount(which, values) / np.bincount(which))


def _half(values: Array, which: Integers, level: float, spare: float) -> float:
    """Half width of the t interval of the mean over replicates of values of single tunings."""
    means, tunings = _means(values, which), np.bincount(which)
    count, further = len(means), len(values) - len(means)
    within = float(((values - means[which]) ** 2).sum()) / further if further else 0.0
    variance = float(means.var(ddof=1))
    single = variance + (1 - float((1 / tunings).mean())) * within
    return float(student.ppf(0.5 + 0.5 * level, count - 1) * (variance / count + spare * single) ** 0.5)
