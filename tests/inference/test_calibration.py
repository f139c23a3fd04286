"""Do 90 % intervals hold the truth in nine cases of ten? Simulated, with shared splits."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.inference.backtest import backtest_curve
from simworth.inference.fit import fit_curve
from simworth.laws import power
from simworth.testing import synthetic_curve

CURVES = 60


@pytest.mark.parametrize(("replicates", "sizes"), [(5, 8), (10, 6), (30, 7)])
def test_intervals_cover(replicates: int, sizes: int) -> None:
    """With 60 curves, fewer than 48 of them covered has a probability of .01 at a true coverage of .9."""
    n = 50 * 2.0 ** np.arange(sizes)
    inside = {"alpha": 0, "C": 0, "far": 0}
    held: list[bool] = []
    for seed in range(CURVES):
        rng = np.random.default_rng([seed, replicates])
        alpha = rng.uniform(0.2, 1.2)
        C = rng.uniform(0, 1) if rng.random() < 0.8 else 0.0
        D = 50**alpha
        split, noise = (1 + C) * 10 ** rng.uniform(-2, -0.7), (1 + C) * 10 ** rng.uniform(-2.5, -1)
        made = synthetic_curve(n, D, alpha, C, replicates, split, noise, missing=0.05, seed=seed)
        law = fit_curve(made)
        low, high = law.predict([4 * n[-1]]).interval()
        truth = power.value(4 * n[-1], D, alpha, C)
        inside["far"] += bool(low[0] <= truth <= high[0])
        low_c, high_c = np.quantile(law.draws["C"], [0.05, 0.95])
        inside["C"] += bool(low_c <= C <= high_c)
        falling = law.draws["alpha"][law.draws["D"] > 0]
        if len(falling) < 20:
            falling = np.array([0.02, 3.0])
        low_a, high_a = np.quantile(falling, [0.05, 0.95])
        inside["alpha"] += bool(low_a <= alpha <= high_a)
        tested = backtest_curve(made) if seed % 3 == 0 else None
        held += [h.inside for h in tested.predicted] if tested else []
    assert min(inside.values()) >= 48
    assert np.mean(held) > 0.75
