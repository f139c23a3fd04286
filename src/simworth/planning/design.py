"""Which trial next would tell the most?

Preposterior analysis by linear Bayes on the draws: measuring the mean of r replicates at n is expected to leave of the
variance of an answer a

    Var(a) (1 - corr(a, S)² Var(S) / (Var(S) + s²)),    S = R(n) + shift,    s² = noise² R₀ / r + (discrepancy R)²,

with R₀ the replicates that the present means were taken over. What scatters from size to size (discrepancy) is not
averaged away by replicates, so more of them at one size tell less and less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_percent
from simworth.planning.answer import Answer, not_falling, present, require_positive, require_single, require_target
from simworth.planning.need import default_target, sizes_needed

Array = NDArray[np.float64]

ABOUT = {
    "need": "the needed size",
    "limit": "the limit",
    "growth": "the error with twice as many simulations",
}
"""The answers that a design can sharpen: log n at the target, the limit, the error at twice the present n."""

GROWN = (2.0, 4.0)
"""Sizes beyond the present one that are candidates beside the measured sizes, in present sizes."""

NOISELESS = "the law does not tell the noise of a trial, so more trials teach nothing that could be foreseen"


HALF = 0.5
"""The advice is the most telling trial for its cost among those that tell at least this share of what any tells."""


@dataclass(frozen=True)
class Candidates:
    """The trials to choose from, and what one costs.

    ``sizes``: n; default the measured ones and 2 and 4 times the present one. ``replicates``: numbers of trials.
    ``cost``: of one trial at n; default ``overhead + n ** power``.
    """

    sizes: Sequence[float] | None = None
    replicates: Sequence[int] = (5, 10, 20, 40)
    cost: Callable[[float], float] | None = None
    power: float = 1.0
    overhead: float = 0.0

    def price(self, n: float) -> float:
        """What one trial at n costs, or one sentence where that is no positive number."""
        price = self.overhead + n**self.power if self.cost is None else self.cost(n)
        return require_positive(f"the cost of a trial at n = {say_count(n)}", price)


@dataclass(frozen=True)
class Choice:
    """Mean of ``replicates`` new trials at ``n``: the share of the answer's variance that it is expected to remove.

    ``cost`` is that of the trials, ``worth`` the removed share per cost.
    """

    n: float
    replicates: int
    removed: float
    cost: float

    @property
    def worth(self) -> float:
        """Removed share of the variance per unit of cost."""
        return self.removed / self.cost


def choices(
    law: Law,
    about: str = "growth",
    target_error: float | None = None,
    candidates: Candidates | None = None,
    replicates: float | None = None,
    n: float | None = None,
) -> tuple[Choice, ...]:
    """Every candidate trial, the one that removes the most variance per cost first.

    Parameters
    ----------
    about : the answer to sharpen, a key of `ABOUT`.
    target_error : of "need"; default 90 % of the present error.
    candidates : trials to choose from.
    replicates : R₀, replicates that the law's means are over; default as it tells.
    n : present size; default the largest measured.

    Raises
    ------
    InputError
        When there is no law, it is joint, it does not tell the noise of a mean, or a number is out of range.
    """
    require_single(law, "design")
    now, asked = present(law, n), candidates or Candidates()
    over = require_positive("the number of replicates", law.replicates if replicates is None else replicates)
    if not law.noise.any():
        raise InputError(f"'design' cannot be answered: {NOISELESS}")
    rows, answer = _answer(law, about, target_error, now)
    sizes = [float(s) for s in ([*np.unique(law.n), *(f * now for f in GROWN)] if asked.sizes is None else asked.sizes)]
    if not sizes or not asked.replicates or min(asked.replicates) < 1:
        raise InputError("'design' needs candidate sizes and numbers of replicates, 1 or more; give some")
    prices = [asked.price(require_positive("a candidate size", s)) for s in sizes]
    at = law.curve(sizes)[rows]
    seen = at + law.shift[rows, None]
    both = ((seen - seen.mean(0)) * (answer - answer.mean())[:, None]).mean(0)
    fixed = seen.var(0) + ((law.discrepancy[rows, None] * at) ** 2).mean(0)
    noise, spread = over * float((law.noise[rows] ** 2).mean()), float(answer.var())
    made = []
    for i, (size, price) in enumerate(zip(sizes, prices, strict=True)):
        for number in asked.replicates:
            removed = both[i] ** 2 / (spread * (fixed[i] + noise / number)) if spread > 0 else 0.0
            made.append(Choice(size, int(number), float(removed), float(number * price)))
    return tuple(sorted(made, key=lambda c: (-c.worth, c.cost, c.n)))


def design(
    law: Law,
    about: str = "growth",
    target_error: float | None = None,
    candidates: Candidates | None = None,
    replicates: float | None = None,
    n: float | None = None,
) -> Answer:
    """The trials that sharpen an answer most for their cost, among those that tell much; arguments as of `choices`.

    Expected, by falling worth: ``R at N``, the share of the variance that R replicates at n = N remove.
    """
    require_single(law, "design")
    given = {"present": present(law, n)}
    refusal = not_falling(law)
    if refusal:
        return Answer("design", refusal, {}, given, facts={"case": "not_falling", "falls": float(law.falls.mean())})
    case, refusal = _refused(law, about, target_error, given["present"])
    if case:
        return Answer("design", refusal, {}, given, facts={"case": case})
    ranked = choices(law, about, target_error, candidates, replicates, n)
    most = max(ranked, key=lambda c: (c.removed, -c.cost))
    best = next(c for c in ranked if c.removed >= HALF * most.removed)
    sentence = (
        f"To know {ABOUT[about]} better, run {best.replicates} replicates at n = {say_count(best.n)}: for their cost "
        f"they tell most, and are expected to remove {say_percent(best.removed)} of its variance"
    )
    facts: dict[str, float | str] = {
        "case": "plan",
        "about": about,
        "replicates": best.replicates,
        "n": best.n,
        "removed": best.removed,
    }
    if most != best:
        facts |= {
            "most_replicates": most.replicates,
            "most_n": most.n,
            "most_removed": most.removed,
            "times_cost": most.cost / best.cost,
        }
        sentence += (
            f"; {most.replicates} at n = {say_count(most.n)} remove {say_percent(most.removed)} at "
            f"{most.cost / best.cost:.3g} times the cost"
        )
    expected = {f"{c.replicates} at {c.n:.10g}": c.removed for c in ranked}
    return Answer("design", f"{sentence}.", {}, given, {}, expected, facts)


def _refused(law: Law, about: str, target_error: float | None, now: float) -> tuple[str, str]:
    """Why this law tells no design, as a code and a sentence; both empty where it does."""
    if not law.noise.any():
        return "noiseless", f"Not to be planned: {NOISELESS}."
    rows, _ = _answer(law, about, target_error, now)
    if rows.mean() < HALF:
        return "hopeless", "Not to be planned: more likely than not the target is out of reach of this database."
    return "", ""


def _answer(law: Law, about: str, target_error: float | None, now: float) -> tuple[NDArray[np.bool_], Array]:
    """Which draws have the answer, (draws,), and the answer in those."""
    every = np.ones(len(law.falls), bool)
    if about == "limit":
        return every, law.limit()
    if about == "growth":
        return every, law.curve([2 * now])[:, 0]
    if about != "need":
        raise InputError(f"'{about}' is no answer to sharpen; choose {', '.join(ABOUT)}")
    target = require_target(default_target(law, now) if target_error is None else target_error)
    needed = sizes_needed(law, target, now)
    found = np.isfinite(needed)
    # A far tail of log n would be all of its variance: who needs 10^30 materials needs no sharper number.
    return found, np.log(np.clip(needed[found], 1.0, 1e4 * now))
