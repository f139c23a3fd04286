"""How would a plan in rounds go, if a draw of the law were the truth?

The other draws are what is known. In each round the mean of as many replicates is measured at the new size,

    y = R(n) + shift + noise + discrepancy,

and what it teaches is weight: each of the other draws counts as much as it makes y likely (importance weights). The
plan then goes on from the weighted draws. All truths are followed at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.inference.law import Law
from simworth.seeds import stream

Array = NDArray[np.float64]

TRUTHS = 300
"""At most so many draws, and no more than half of them, are truths; the rest is what is known."""


@dataclass(frozen=True)
class Course:
    """What became of each truth, all (truths,).

    ``n``: size at the end; ``rounds``: grown so often; ``least``: the n that would have done, infinite for none;
    ``reached``: whether the true error at the end is at or below the target.
    """

    n: Array
    rounds: NDArray[np.int64]
    least: Array
    reached: NDArray[np.bool_]

    @property
    def possible(self) -> NDArray[np.bool_]:
        """Whether any n reaches the target."""
        return np.isfinite(self.least)

    @property
    def overshoot(self) -> Array:
        """n at arrival over the least n that would have done, of the truths that reached it."""
        return self.n[self.reached] / self.least[self.reached]


def follow(
    law: Law,
    needed: Array,
    now: float,
    quantiles: Sequence[float],
    sure: tuple[float, float],
    factors: tuple[float, float],
) -> Course:
    """Play the plan: grow to ``quantiles`` of the needed n, within ``factors`` of the size, until the end is sure.

    ``needed`` is the least n that will do in each draw, (draws,); ``sure`` the weights at which planning ends:
    of the draws that have it, and of those that never will.
    """
    count = min(TRUTHS, len(needed) // 2)
    true, known = slice(0, count), slice(count, None)
    order = np.argsort(needed[known], kind="stable")
    sizes, rounds = np.full(count, float(now)), np.zeros(count, np.int64)
    log_weight = np.zeros((count, len(order)))
    going = np.ones(count, bool)
    noise = stream("rounds", len(needed)).standard_normal((len(quantiles), count, 2))
    for share, scores in zip(quantiles, noise, strict=True):
        weight = _normal(log_weight)
        p_reached = (weight * (needed[known][None, :] <= sizes[:, None])).sum(1)
        p_never = (weight * np.isinf(needed[known])[None, :]).sum(1)
        going &= (p_reached < sure[0]) & (p_never < sure[1])
        if not going.any():
            break
        wanted = _quantile(needed[known][order], weight[:, order], share)
        grown = np.ceil(np.clip(wanted, factors[0] * sizes, factors[1] * sizes))
        sizes, rounds = np.where(going, grown, sizes), rounds + going
        log_weight += going[:, None] * _lesson(law, sizes, true, known, scores)
    return Course(sizes, rounds, np.maximum(needed[true], 1.0), needed[true] <= sizes)


def _lesson(law: Law, sizes: Array, true: slice, known: slice, scores: Array) -> Array:
    """Log-likelihood of every known draw under each truth's measurement at its own size, (truths, known)."""
    at = law.curve(sizes) + law.shift[:, None]
    truth, others = np.diag(at[true]), at[known].T
    own = law.discrepancy[true] * np.abs(truth)
    measured = truth + law.noise[true] * scores[:, 0] + own * scores[:, 1]
    spread = np.hypot(law.noise[known][None, :], law.discrepancy[known][None, :] * np.abs(others))
    spread = np.maximum(spread, 1e-9 * np.abs(others) + 1e-300)
    return np.asarray(-0.5 * ((measured[:, None] - others) / spread) ** 2 - np.log(spread))


def _normal(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max(1, keepdims=True))
    return np.asarray(weight / weight.sum(1, keepdims=True))


def _quantile(needed: Array, weight: Array, share: float) -> Array:
    """Weighted quantile over the finite of the sorted ``needed`` (known,), in each row of ``weight``; (truths,)."""
    finite = np.isfinite(needed)
    if not finite.any():
        return np.full(len(weight), np.inf)
    rising = np.cumsum(weight[:, finite], axis=1)
    place = (rising < share * rising[:, -1:]).sum(1)
    return np.asarray(needed[finite][np.minimum(place, finite.sum() - 1)])
