"""How members are blended: by their predictions of experiments that they had not seen.

Half of the story is each member's own error: weights that fall with its sixth power shrink the blend towards its good
members and need no fit. The other half is what members tell together: non-negative weights that sum to one and have the
least mean absolute error (stacking: Breiman 1996, Mach. Learn. 24, 49). Fitted weights overfit few experiments, so they
have the say m / (m + 100).
"""

from __future__ import annotations

import numpy as np

from simworth.learners.blend.rows import Float64
from simworth.learners.strategies import weights as least_absolute

POWER = 6.0
HALFWAY = 100.0
"""Experiments with which the fitted weights have half of the say."""
LEAST = 0.01
"""Weight below which a member is left out: it would cost its prediction and change nothing."""


def blend_weights(unseen: Float64, labels: Float64) -> Float64:
    """Weights (members,) that sum to one, from predictions ``unseen`` (m, members) of ``labels`` (m,)."""
    misses = np.abs(unseen - labels[:, None]).mean(axis=0)
    least = misses.min()
    falling = (misses == 0).astype(np.float64) if least == 0 else (misses / least) ** -POWER
    say = len(labels) / (len(labels) + HALFWAY)
    mixed = (1 - say) * falling / falling.sum() + say * least_absolute(unseen, labels)
    kept = np.where(mixed < LEAST, 0.0, mixed)
    return np.asarray(kept / kept.sum())


def mixed(said: Float64, weights: Float64) -> Float64:
    """What members (rows, members) say, by their weights: the same whether or not those of weight 0 are asked."""
    total = np.zeros(len(said))
    for k in np.flatnonzero(weights):
        total += weights[k] * said[:, k]
    return total
