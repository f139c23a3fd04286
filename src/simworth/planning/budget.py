"""How should a budget be split between simulations and experiments?

From the present sizes (n₀, m₀), which are kept, a share s of the budget B goes to experiments:

    m(s) = m₀ + s B / cost of an experiment,    n(s) = n₀ + (1 - s) B / cost of a simulation.

m is a whole number. The recommended split has the least error expected over the draws of the law. The middle of the
draws' own best splits is another one, and worse on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_percent, say_range
from simworth.planning.answer import (
    SURE,
    Answer,
    Estimate,
    estimate,
    present,
    present_m,
    require_joint,
    require_positive,
)
from simworth.planning.effects import Effects, effects, say_sizes

Array = NDArray[np.float64]

STEPS = 400
"""Splits that are tried, the closer the nearer one side gets everything."""

FLAT = 0.01
"""Splits whose expected error is within this share of the least are as good."""


@dataclass(frozen=True)
class Splits:
    """Ways to spend a budget, each (splits,), by rising share of it that goes to experiments."""

    share: Array
    n: Array
    m: Array


def splits(n: float, m: float, cost_simulation: float, cost_experiment: float, budget: float) -> Splits:
    """Every whole number of new experiments that can be paid, or `STEPS` of them; the rest buys simulations."""
    most = np.floor(budget / cost_experiment * (1 + 1e-12))
    bent = most * np.sin(np.linspace(0, 0.5 * np.pi, STEPS)) ** 2
    new = np.arange(most + 1) if most < STEPS else np.unique(np.round(bent))
    left = np.maximum(budget - new * cost_experiment, 0.0)
    return Splits(new * cost_experiment / budget, n + np.floor(left / cost_simulation * (1 + 1e-12)), m + new)


def budget(
    law: Law,
    cost_simulation: float,
    cost_experiment: float,
    budget: float,
    n: float | None = None,
    m: float | None = None,
    unit: str = "",
) -> Answer:
    """The split with the least expected error, each draw's own best split, and what the choice is worth.

    Values: ``share`` (each draw's best share for experiments), ``error`` at the recommended split, and how much lower
    it is than with everything spent on simulations (``gain_over_simulations``) or on experiments
    (``gain_over_experiments``).
    Expected: the recommended ``share``, ``n`` and ``m``, and the shares ``flat_low`` to ``flat_high`` whose expected
    error is within 1 % of the least.

    Raises
    ------
    InputError
        When there is no law, it holds at one m only, a cost or the budget is not positive, or it buys nothing.
    """
    require_joint(law, "budget")
    costs = {
        "cost_simulation": require_positive("the cost of a simulation", cost_simulation),
        "cost_experiment": require_positive("the cost of an experiment", cost_experiment),
        "budget": require_positive("the budget", budget),
    }
    if budget < min(cost_simulation, cost_experiment):
        raise InputError(f"the budget of {budget:g} buys neither a simulation nor an experiment; give a larger one")
    now, materials = present(law, n), present_m(law, m)
    found, given = effects(law, now, materials), {"n": now, "m": materials, **costs}
    if found.sentence:
        return Answer("budget", _no_split(found, now, materials), {}, given, found.probabilities)
    ways = splits(now, materials, **costs)
    errors = law.curve(ways.n, ways.m)
    mean = errors.mean(0)
    best = int(mean.argmin())
    good = ways.share[mean <= (1 + FLAT) * mean[best]]
    values = {
        "share": estimate(ways.share[errors.argmin(1)], law.level),
        "error": estimate(errors[:, best], law.level),
        "gain_over_simulations": estimate(errors[:, 0] - errors[:, best], law.level),
        "gain_over_experiments": estimate(errors[:, -1] - errors[:, best], law.level),
    }
    expected = {
        "share": float(ways.share[best]),
        "n": float(ways.n[best]),
        "m": float(ways.m[best]),
        "flat_low": float(good[0]),
        "flat_high": float(good[-1]),
    }
    sentence = _sentence(expected, values, given, law.level, unit)
    return Answer("budget", sentence, values, given, found.probabilities, expected)


def _no_split(found: Effects, n: float, m: float) -> str:
    spend = ""
    if found.m >= SURE:
        spend = "; what is known speaks for experiments alone"
    elif found.n >= SURE:
        spend = "; what is known speaks for simulations alone"
    return f"No split can be told: {say_sizes(n, m)} {found.sentence}{spend}."


def _sentence(
    best: dict[str, float], values: dict[str, Estimate], given: dict[str, float], level: float, unit: str
) -> str:
    share, error = values["share"], values["error"]
    over_n, over_m = values["gain_over_simulations"], values["gain_over_experiments"]
    return (
        f"Of a budget of {say_error(given['budget'])}, {say_percent(best['share'])} for experiments gives the least "
        f"expected error ({say_count(best['m'] - given['m'])} more experiments and "
        f"{say_count(best['n'] - given['n'])} more simulations, towards {say_error(error.median, unit)}); the truth "
        f"may want {say_percent(share.low)} to {say_percent(share.high)} ({100 * level:.0f} % interval). The error is "
        f"then {say_error(over_n.median, unit)} ({say_range(over_n.low, over_n.high)}) lower than with simulations "
        f"alone and {say_error(over_m.median, unit)} ({say_range(over_m.low, over_m.high)}) lower than with "
        f"experiments alone; any share from {say_percent(best['flat_low'])} to {say_percent(best['flat_high'])} is "
        f"as good within {say_percent(FLAT)}."
    )
