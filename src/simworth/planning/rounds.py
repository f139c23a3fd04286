"""How much to collect next, so that a target error is reached in a few rounds without paying for far too much?

Nobody knows the needed n beforehand: its cautious upper end is mostly infinite. Each round therefore grows the database
to a quantile of the needed n, among the draws that reach the target at all, and the law is fitted again. The quantile
is the median in the first round, when more may still be learned, and `ENOUGH` in the last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_probability
from simworth.planning.answer import (
    SURE,
    Answer,
    Estimate,
    estimate,
    not_falling,
    present,
    require_single,
    require_target,
)
from simworth.planning.course import follow
from simworth.planning.need import EASIER, default_target, sizes_needed

Array = NDArray[np.float64]

ROUNDS = 5
FIRST = 0.5
ENOUGH = 0.98
"""The target counts as reached, and planning ends, where this share of the draws is at or below it."""

LEAST, MOST = 1.25, 8.0
"""A round grows the database by no smaller and no larger factor."""


def quantile(turn: int, rounds: int = ROUNDS) -> float:
    """The quantile of the needed n that a turn (1 to ``rounds``) grows to: even steps from `FIRST` to `ENOUGH`."""
    if rounds < 1 or not 1 <= turn <= rounds:
        raise InputError(f"round {turn} of {rounds} is none; rounds are counted from 1")
    return ENOUGH if rounds == 1 else FIRST + (ENOUGH - FIRST) * (turn - 1) / (rounds - 1)


def next_size(
    law: Law,
    target: float,
    now: float | None = None,
    turn: int = 1,
    rounds: int = ROUNDS,
    own_splits: bool = False,
) -> float:
    """The n to grow to in this round, a whole number; always finite and above ``now`` (default: the largest measured).

    To be asked of a new fit in each round, until `is_reached` or `is_hopeless`.

    Parameters
    ----------
    turn : this round, from 1, of ``rounds``.
    own_splits : aim at the mean error over the splits of these very replicates, as the study will measure it, instead
        of the mean over all splits. Their luck is no matter of n, and to be sure of the latter takes more.

    Raises
    ------
    InputError
        When there is no law, it is joint, the target or ``now`` is not positive, or there is no such round.
    """
    require_single(law, "rounds")
    size, share = present(law, now), quantile(turn, rounds)
    needed = sizes_needed(law, _aim(law, target, own_splits), size)
    reachable = needed[np.isfinite(needed)]
    wanted = float(np.quantile(reachable, share, method="inverted_cdf")) if len(reachable) else np.inf
    return float(np.ceil(np.clip(wanted, LEAST * size, MOST * size)))


def is_reached(law: Law, target: float, now: float | None = None, own_splits: bool = False) -> bool:
    """Whether a share `ENOUGH` of the draws is at or below the target at ``now``; arguments as of `next_size`."""
    require_single(law, "rounds")
    below = law.curve([present(law, now)])[:, 0] <= _aim(law, target, own_splits)
    return float(below.mean()) >= ENOUGH


def is_hopeless(law: Law, target: float, now: float | None = None, own_splits: bool = False) -> bool:
    """Whether 90 % of the draws never reach the target, so that planning ends; arguments as of `next_size`."""
    require_single(law, "rounds")
    never = np.isinf(sizes_needed(law, _aim(law, target, own_splits), present(law, now)))
    return float(never.mean()) >= SURE


def _aim(law: Law, target: float, own_splits: bool) -> Array:
    """The error over all splits that each draw has to reach, (draws,)."""
    return np.asarray(require_target(target) - (law.shift if own_splits else np.zeros_like(law.shift)))


def rounds(
    law: Law,
    target_error: float | None = None,
    n: float | None = None,
    rounds: int = ROUNDS,
    unit: str = "",
    own_splits: bool = False,
) -> Answer:
    """The next n for ``target_error`` (default: 90 % of the present error), and how the rounds may go.

    The rule is played on draws of the law as truths (`course.follow`). Values: ``n`` at the end. Expected: ``next_n``,
    the number of ``rounds`` until planning ends, and the median ``overshoot`` where it is
    reached, n at the end over the least that would have done. Probabilities: ``reached`` within the rounds,
    ``reached_if_possible`` among the draws that reach the target at all, and ``unreachable``.

    Raises
    ------
    InputError
        When there is no law, it is joint, or a number is not positive.
    """
    require_single(law, "rounds")
    now, shares = present(law, n), [quantile(turn, rounds) for turn in range(1, max(rounds, 1) + 1)]
    target = require_target(default_target(law, now) if target_error is None else target_error)
    what = f"an error of {say_error(target, unit)}"
    if target_error is None:
        what += f" ({100 * EASIER:.0f} % of the present one)"
    if own_splits:
        what += ", as measured on the same splits,"
    needed = sizes_needed(law, _aim(law, target, own_splits), now)
    given = {"target_error": target, "present": now, "rounds": float(rounds)}
    chances = {"unreachable": float(np.isinf(needed).mean())}
    facts: dict[str, float | str] = {"own_splits": own_splits}
    if target_error is None:
        facts["share"] = EASIER
    if is_reached(law, target, now, own_splits):
        done = f"Nothing to collect: {say_count(now)} materials reach {what}."
        return Answer("rounds", done, {}, given, chances, facts={**facts, "case": "reached"})
    refusal = not_falling(law)
    if refusal:
        facts |= {"case": "not_falling", "falls": float(law.falls.mean())}
        return Answer("rounds", refusal, {}, given, chances, facts=facts)
    if is_hopeless(law, target, now, own_splits):
        never = say_probability(chances["unreachable"])
        refusal = f"Not to be planned: {what} is out of reach of this database (probability {never})."
        return Answer("rounds", refusal, {}, given, chances, facts={**facts, "case": "hopeless"})
    course = follow(law, needed, now, shares, (ENOUGH, SURE), (LEAST, MOST))
    chances["reached"] = float(course.reached.mean())
    if course.possible.any():
        chances["reached_if_possible"] = float(course.reached[course.possible].mean())
    expected = {
        "next_n": next_size(law, target, now, 1, rounds, own_splits),
        "rounds": float(course.rounds.mean()),
    }
    if course.reached.any():
        expected["overshoot"] = float(np.median(course.overshoot))
    end = estimate(course.n, law.level)
    sentence = _sentence(what, now, rounds, expected, chances, end)
    return Answer("rounds", sentence, {"n": end}, given, chances, expected, {**facts, "case": "plan"})


def _sentence(
    what: str, now: float, rounds: int, expected: dict[str, float], chances: dict[str, float], end: Estimate
) -> str:
    over = ""
    if "overshoot" in expected:
        over = f", with {expected['overshoot']:.2g} times as many materials as would have done"
    return (
        f"For {what} grow the database from {say_count(now)} to {say_count(expected['next_n'])} and fit again: within "
        f"{rounds} such rounds (about {expected['rounds']:.1f} expected, ending at {say_count(end.median)}) the target "
        f"is reached with probability {say_probability(chances['reached'])}{over}; it is out of reach with probability "
        f"{say_probability(chances['unreachable'])}."
    )
