"""Does planning in rounds reach a target, and at what price? On synthetic truths, with a new fit in every round.

    python -m benchmarks.planning.rounds [CASES]

A case: D n^-α + C with a random α, and C a random share of the present error; 5 or 6 sizes up to the present n,
doubling; 10 replicates; a target that the truth reaches at 2 to 64 times the present n. The rule has no setting that
differs from case to case.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from simworth.curves import Curve
from simworth.inference.fit import fit_curve
from simworth.planning.rounds import ROUNDS, is_hopeless, is_reached, next_size
from simworth.seeds import stream
from simworth.testing import synthetic_curve

PRESENT = 1600.0
REPLICATES = 10
WORLDS = {
    "noisy: gap 10 to 90 % of the error, splits differ by 10 %": (0.9, 0.1),
    "plain: gap 10 to 70 % of the error, splits differ by 5 %": (0.7, 0.05),
    "quiet: gap 10 to 50 % of the error, splits differ by 2 %": (0.5, 0.02),
}


@dataclass(frozen=True)
class Truth:
    """A curve, how its trials scatter, and its target, reached at ``factor`` times the present n."""

    D: float
    alpha: float
    C: float
    factor: float
    sizes: int
    replicate_sd: float
    seed: int

    def target(self, own_splits: bool) -> float:
        """The error at ``factor`` times the present n, over all splits or over those of the study."""
        luck = float(self.trials([PRESENT], 0).error.mean() - self.at(PRESENT)) if own_splits else 0.0
        return self.at(self.factor * PRESENT) + luck

    def at(self, n: float) -> float:
        """The true error."""
        return float(self.D * n**-self.alpha + self.C)

    def trials(self, n: list[float], noise_sd: float = 0.02) -> Curve:
        """Paired trials at these sizes: each size has noise of its own, each replicate the same effect at all."""
        quiet = [
            synthetic_curve([size], self.D, self.alpha, self.C, REPLICATES, self.replicate_sd, 0.0, seed=self.seed)
            for size in n
        ]
        noise = [noise_sd * stream("rounds-noise", self.seed, size).standard_normal(REPLICATES) for size in n]
        return Curve(
            np.concatenate([c.n for c in quiet]),
            np.concatenate([c.m for c in quiet]),
            np.concatenate([c.replicate for c in quiet]),
            np.concatenate([c.error + e for c, e in zip(quiet, noise, strict=True)]),
        )


def truth(seed: int, most_gap: float, replicate_sd: float) -> Truth:
    """A random truth whose present error is 1."""
    rng = stream("rounds-truth", seed)
    alpha = float(np.exp(rng.uniform(np.log(0.15), np.log(1.0))))
    gap = float(rng.uniform(0.1, most_gap))
    factor = float(np.exp(rng.uniform(np.log(2.0), np.log(64.0))))
    return Truth((1 - gap) * PRESENT**alpha, alpha, gap, factor, int(rng.integers(5, 7)), replicate_sd, seed)


def play(case: Truth, own_splits: bool) -> tuple[float, int]:
    """n at the end over the needed n, and rounds."""
    sizes = [PRESENT / 2**k for k in reversed(range(case.sizes))]
    target = case.target(own_splits)
    for turn in range(1, ROUNDS + 1):
        law = fit_curve(case.trials(sizes))
        if is_reached(law, target, own_splits=own_splits) or is_hopeless(law, target, own_splits=own_splits):
            return sizes[-1] / (case.factor * PRESENT), turn - 1
        sizes.append(next_size(law, target, turn=turn, own_splits=own_splits))
    return sizes[-1] / (case.factor * PRESENT), ROUNDS


def main(cases: int) -> None:
    """One line a world and kind of target."""
    for name, (most_gap, replicate_sd) in WORLDS.items():
        for own in (False, True):
            ends, rounds = np.array([play(truth(i, most_gap, replicate_sd), own) for i in range(cases)]).T
            reached = ends >= 1 - 1e-9
            over = np.quantile(ends[reached], [0.5, 0.9])
            said = f"{name}; target over {'its own' if own else 'all'} splits: reached {reached.sum()} of {cases} in "
            said += f"{rounds.mean():.1f} rounds on average; overshoot {over[0]:.2f} (median), {over[1]:.2f} (90 %)\n"
            sys.stdout.write(said)
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
