"""Which database, property or protocol is worth most: now, for a budget, and in the limit?

Candidates are compared within draws: the rank of each, and how far it is behind the best. Where they were studied with
the same splits (replicate r holds out the same experiments for all), the luck of these splits is common to them. The
mean of these very replicates, R(n) + shift, is known better than R(n), and its differences are those of R.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_probability, say_range
from simworth.planning.answer import SURE, Answer, estimate, present, require_positive, require_single
from simworth.seeds import stream

Array = NDArray[np.float64]
Laws = Mapping[str, Law]


def rank_at(laws: Laws, n: float | None = None, paired: bool = False, unit: str = "") -> Answer:
    """Rank by the error at the same ``n`` (default: the largest that any of them was measured at).

    Values: ``error NAME`` and ``behind NAME``, the difference to the best. Expected: ``rank NAME``. Probabilities:
    ``best NAME``.

    Parameters
    ----------
    laws : each at one m.
    paired : whether the laws come from the same replicates, so that their differences are paired.

    Raises
    ------
    InputError
        For fewer than two laws, one that is none or joint, or a size that is not positive.
    """
    _check(laws)
    size = max(present(law, n) for law in laws.values())
    errors = {k: _errors(law, size, k, paired) for k, law in laws.items()}
    return _ranked("ranking", errors, f"at n = {say_count(size)}", {"n": size}, _level(laws), unit)


def rank_for_budget(
    laws: Laws,
    costs: Mapping[str, float],
    budget: float,
    sizes: Mapping[str, float] | None = None,
    paired: bool = False,
    unit: str = "",
) -> Answer:
    """Rank by the error at the size that ``budget`` grows each to from its present one; otherwise as `rank_at`.

    Parameters
    ----------
    costs : of one more simulated material of each.
    sizes : present size of each; default the largest measured.
    """
    _check(laws)
    require_positive("the budget", budget)
    now = {k: present(law, None if sizes is None else sizes.get(k)) for k, law in laws.items()}
    missing = [k for k in laws if k not in costs]
    if missing:
        raise InputError(f"the cost of a simulation of '{missing[0]}' is missing; give one for each candidate")
    reach = {k: now[k] + budget / require_positive(f"the cost of a simulation of '{k}'", costs[k]) for k in laws}
    errors = {k: _errors(law, reach[k], k, paired) for k, law in laws.items()}
    given = {"budget": float(budget), **{f"n {k}": v for k, v in reach.items()}}
    return _ranked("ranking_budget", errors, f"for a budget of {say_error(budget)}", given, _level(laws), unit)


def rank_in_limit(laws: Laws, paired: bool = False, unit: str = "") -> Answer:
    """Rank by the limit of the error, however large each may grow; otherwise as `rank_at`."""
    _check(laws)
    errors = {k: _shuffled(_luck(law, law.limit(), paired), k) for k, law in laws.items()}
    return _ranked("ranking_limit", errors, "in the limit of endless growth", {}, _level(laws), unit)


def _check(laws: Laws) -> None:
    if len(laws) < 2:
        raise InputError("a ranking needs two candidates at least; give another law")
    for law in laws.values():
        require_single(law, "ranking")


def _level(laws: Laws) -> float:
    return next(iter(laws.values())).level


def _errors(law: Law, n: float, name: str, paired: bool) -> Array:
    """The error at n in each draw, with what the true curve may depart from the form by; (draws,)."""
    return _shuffled(_luck(law, law.predict([n]).draws()[:, 0], paired), name)


def _luck(law: Law, error: Array, paired: bool) -> Array:
    return np.asarray(error + law.shift if paired else error)


def _shuffled(error: Array, name: str) -> Array:
    """Draws in an order of the candidate's own: those of two laws have nothing to do with each other by number."""
    return np.asarray(stream("ranking", name, len(error)).permutation(error))


def _ranked(
    question: str, errors: Mapping[str, Array], where: str, given: Mapping[str, float], level: float, unit: str
) -> Answer:
    names = list(errors)
    draws = min(len(e) for e in errors.values())
    table = np.stack([e[:draws] for e in errors.values()], axis=1)
    ranks = rankdata(table, axis=1)
    least = table == table.min(1, keepdims=True)
    p_best = (least / least.sum(1, keepdims=True)).mean(0)
    order = sorted(range(len(names)), key=lambda i: (ranks[:, i].mean(), names[i]))
    lead = order[0]
    behind = {names[i]: estimate(table[:, i] - table[:, lead], level) for i in order if i != lead}
    values = {f"error {names[i]}": estimate(table[:, i], level) for i in order}
    values |= {f"behind {k}": v for k, v in behind.items()}
    listed = ", ".join(f"{names[i]} ({say_probability(p_best[i])})" for i in order)
    follower = names[order[1]]
    gap = behind[follower]
    ahead = (
        f"{follower} is behind it by {say_error(gap.median, unit)} ({100 * level:.0f} % interval "
        f"{say_range(gap.low, gap.high, unit)})"
    )
    if p_best[lead] >= SURE:
        sentence = f"{where[:1].upper() + where[1:]} {names[lead]} is best (probability to be best: {listed}); {ahead}."
    else:
        sentence = f"The order cannot be told {where}: probability to be best is {listed}; {ahead}."
        sentence = sentence.replace("behind it", f"behind {names[lead]}")
    return Answer(
        question,
        sentence,
        values,
        given,
        {f"best {names[i]}": float(p_best[i]) for i in order},
        {f"rank {names[i]}": float(ranks[:, i].mean()) for i in order},
    )
