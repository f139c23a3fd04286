"""Is it time to stop growing this database?

Either by a share of the error, or by money: doubling n simulations costs n times the cost of one, and is worth
the value of a unit of error times R(n) - R(2n).
"""

from __future__ import annotations

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_percent, say_probability, say_range
from simworth.planning.answer import (
    SURE,
    Answer,
    Estimate,
    estimate,
    present,
    relative_cut,
    require_positive,
    require_single,
)

WORTHWHILE = 0.02
"""Cut of the error by doubling, as a share of it, under which growth counts as not worth it unless told otherwise."""


def stop(
    law: Law,
    worthwhile: float = WORTHWHILE,
    n: float | None = None,
    cost_per_simulation: float | None = None,
    value: float | None = None,
) -> Answer:
    """The probability that doubling the database is not worth it: stop at 90 %, go on at 10 %, undecided between.

    Not worth it is a cut of the error by less than the share ``worthwhile``; or, where both are given, a cut that is
    worth less, at ``value`` per unit of error, than ``cost_per_simulation`` for each simulation added.

    Raises
    ------
    InputError
        When there is no law, it is joint, ``worthwhile`` does not lie in (0, 1), or a cost or value is not positive or
        alone.
    """
    require_single(law, "stop")
    if not 0 < worthwhile < 1:
        raise InputError(f"the worthwhile cut is {worthwhile:g}; give a share between 0 and 1, such as 0.02")
    now = present(law, n)
    at = law.curve([now, 2 * now])
    cut = relative_cut(at[:, 0], at[:, 1])
    p = float((cut < worthwhile).mean())
    values, given = {"cut": estimate(cut, law.level)}, {"worthwhile": worthwhile, "present": now}
    probabilities = {"not_worth_it": p}
    if cost_per_simulation is None and value is None:
        sentence = (
            f"Doubling the database from {say_count(now)} cuts the error by less than {say_percent(worthwhile)} with "
            f"probability {say_probability(p)}: {_advice(p)}."
        )
        return Answer("stop", sentence, values, given, probabilities)
    cost, worth_of_unit = _money(cost_per_simulation, value)
    gain = worth_of_unit * (at[:, 0] - at[:, 1])
    p = float((gain < cost * now).mean())
    values["worth"] = estimate(gain, law.level)
    given |= {"cost_per_simulation": cost, "value": worth_of_unit, "cost": cost * now}
    probabilities["worth_less_than_cost"] = p
    return Answer("stop", _in_money(now, cost * now, values["worth"], p, law.level), values, given, probabilities)


def _money(cost: float | None, value: float | None) -> tuple[float, float]:
    if cost is None or value is None:
        raise InputError(
            "'stop' in money needs both the cost of a simulation and the value of a lower error; give both"
        )
    return (
        require_positive("the cost of a simulation", cost),
        require_positive("the value of lowering the error by one unit", value),
    )


def _in_money(now: float, cost: float, worth: Estimate, p: float, level: float) -> str:
    return (
        f"Doubling the database from {say_count(now)} costs {say_error(cost)} and its lower error is worth "
        f"{say_error(worth.median)} ({100 * level:.0f} % interval {say_range(worth.low, worth.high)}), less than it "
        f"costs with probability {say_probability(p)}: {_advice(p)}."
    )


def _advice(p: float) -> str:
    if p >= SURE:
        return "stop, and spend the computing elsewhere"
    if p <= 1 - SURE:
        return "go on"
    return "undecided: more replicates or one more round would tell"
