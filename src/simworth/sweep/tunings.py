"""How often each pretrained network is fine-tuned, and on which experiments.

A replicate is one split, one order of the source and one pretraining at each n; its tunings learn from different
experiments of the same training part. Pretraining is dear and tuning cheap, so several tunings of one pretraining buy
precision: this is sampling in two stages.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simworth.learners.settings import LearnerSpec, NetworkSpec
from simworth.seeds import stream

MOST = 8
"""Tunings of one pretraining that ``"auto"`` chooses at most."""
VARIANCES = 1.0
"""Variance of a trial's error among the tunings of one replicate, over that among replicates.

Of transfer it was 0.8 to 2.9 on formation enthalpies (n = 300 to 85,000, m = 100 and 500; ``python -m
benchmarks.learners --part speed``), and about the same on the demo's enthalpies (``benchmarks.learners.tunings``).
"""
FITS = {"auto": 5}
"""Times that adapting tunes a network on its experiments, where more than once: the whole, and without each fold."""
DIRECT_NETWORK = ("tune", "unfreeze")
"""Adaptations beside which direct learning is a network too, pretrained on the experiments of every tuning."""


def tuned_order(order: NDArray[np.int32], seed: int, replicate: int, tuning: int) -> NDArray[np.int32]:
    """A replicate's training part in the order of one of its tunings, which learns from the first m.

    So the experiments at a smaller m are among those at a larger one. Tuning 0 takes the split's own order.
    """
    if tuning == 0:
        return order
    return order[stream("tuning", seed, replicate, tuning).permutation(len(order))]


def count_tunings(
    asked: int | str, learner: LearnerSpec, m: Sequence[int], whole: int, n: Sequence[int]
) -> tuple[int, ...]:
    """Tunings of a replicate at each m; the same at every n, so that curves stay paired.

    Parameters
    ----------
    asked
        ``sweep.tunings``: a number, or ``"auto"``.
    m
        Training sizes.
    whole
        Experiments in the smallest training part: trained on all of them, every tuning would be the same, so one is.
    n
        Sizes of every curve of the target.
    """
    counts = (best_count(learner, size, len(m), n) if asked == "auto" else int(asked) for size in m)
    return tuple(k if size < whole else 1 for k, size in zip(counts, m, strict=True))


def best_count(learner: LearnerSpec, m: int, sizes: int, n: Sequence[int]) -> int:
    """The number of tunings that is worth most, 1 to `MOST`, one of ``sizes`` training sizes being ``m``.

    Cochran, Sampling Techniques (3rd ed., 1977), section 10.6: of R replicates with k tunings each the mean has the
    variance (V_replicate + V_tuning / k) / R at the cost R (C_replicate + k C_tuning). Their product is least at
    k² = V_tuning C_replicate / (V_replicate C_tuning); of whole numbers, where k + that / k is.

    Costs are materials put through the network. A pretraining serves every m, and direct learning every n, so each
    counts for its share. An adaptation in closed form is counted as one tuning. What a plug-in costs is not known: 1.
    """
    if not isinstance(learner, NetworkSpec) or not n:
        return 1
    replicate = float(np.mean([learner.pretraining_steps(size) * learner.batch for size in n])) / sizes
    tuning = float(FITS.get(learner.adaptation, 1) * learner.tuning_steps * m)
    if learner.adaptation in DIRECT_NETWORK:
        tuning += (learner.pretraining_steps(m) * learner.batch + tuning) / len(n)
    best = VARIANCES * replicate / tuning
    return min(range(1, MOST + 1), key=lambda k: k + best / k)
