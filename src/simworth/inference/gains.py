"""What transfer gains over direct learning: paired differences over replicates.

Replicate r measures transfer and direct learning on the same split, so d_r = direct_r - transfer_r is free of what
makes the split easy or hard.

What the interval is conditional on. Replicates split the *same* experimental set again and again, so their d_r are
not independent pictures of the material world: the naive variance s²/R would say how well the mean over all splits
of this set is known, and shrink to nothing as R grows, but not the gain on new sets of the same size. The correction
of Nadeau & Bengio (2003, eq. 9: 1/R + n_test/m) takes n_test/(n_test + m) for the correlation of two splits' results;
it is meant for n_test << m, while experimental sets are split the other way round, and is then very wide. Here that
correlation is taken to be the share of (training, test) pairs of materials that two random splits of the same set have
in common: see `shared_variance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]


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
    against: str, n: float, direct: dict[int, float], transfer: dict[int, float], level: float, spare: float = 0.0
) -> Gain | None:
    """The gain from errors by replicate; None where no replicate has both.

    Parameters
    ----------
    spare : added to 1/R in the variance of the mean difference: see `shared_variance`.

    Notes
    -----
    The relative gain is the ratio of means, its variance that of the residuals d_r - ratio · direct_r (the
    ratio estimator: Cochran 1977, eq. 6.13).
    """
    shared = sorted(set(direct) & set(transfer))
    if not shared:
        return None
    base = np.array([direct[r] for r in shared])
    d = base - np.array([transfer[r] for r in shared])
    mean, level_of = float(d.mean()), float(base.mean())
    ratio = mean / level_of if level_of > 0 else 0.0
    if len(shared) < 2:
        return Gain(against, n, 1, mean, None, None, ratio, None, None, level_of)
    half = _half(d, level, spare)
    relative_half = _half(d - ratio * base, level, spare) / level_of if level_of > 0 else 0.0
    return Gain(
        against,
        n,
        len(shared),
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


def _half(values: Array, level: float, spare: float) -> float:
    """Half width of the t interval of a mean."""
    count = len(values)
    variance = float(values.var(ddof=1)) * (1 / count + spare)
    return float(student.ppf(0.5 + 0.5 * level, count - 1) * variance**0.5)
