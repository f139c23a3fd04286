"""How many simulated materials are needed for a target error?

Each draw of the law has its own least n at which it is at or below the target, or none. For D n^-α + C and a target
T > C it is n = (D / (T - C))^(1/α).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_probability
from simworth.planning.answer import Answer, estimate, present, require_single, require_target

EASIER = 0.9
"""Without a target error, one of this share of the present error is asked for."""


def default_target(law: Law, n: float | None = None) -> float:
    """The error that is aimed at unless one is given: a tenth below the present expected one."""
    return EASIER * float(np.median(law.curve([present(law, n)])[:, 0]))


def sizes_needed(law: Law, target_error: float | NDArray[np.float64], now: float) -> NDArray[np.float64]:
    """n at which each draw reaches the error (a number, or one a draw), infinite where it never does; (draws,).

    Where the error does not fall with n, the present one is the least that is in sight.
    """
    settled = np.where(law.curve([now])[:, 0] <= target_error, 1.0, np.inf)
    return np.where(law.falls, law.needed(target_error), settled)


def need(law: Law, target_error: float | None = None, n: float | None = None, unit: str = "") -> Answer:
    """The n for ``target_error`` (default: 90 % of the present expected error), and whether it can be reached at all.

    Raises
    ------
    InputError
        When there is no law, it is joint, or the target error is not positive.
    """
    require_single(law, "need")
    now = present(law, n)
    error_now = law.curve([now])[:, 0]
    chosen = target_error is None
    target = require_target(default_target(law, now) if target_error is None else target_error)
    needed = sizes_needed(law, target, now)
    unreachable = float(np.isinf(needed).mean())
    reached = float((error_now <= target).mean())
    found = estimate(needed, law.level)
    what = f"an error of {say_error(target, unit)}" + (" (90 % of the present one)" if chosen else "")
    return Answer(
        "need",
        _sentence(what, now, found.low, found.median, found.high, unreachable, reached, law.level),
        {"n": found},
        {"target_error": target, "present": now},
        {"unreachable": unreachable, "reached_now": reached},
        facts={"share": EASIER} if chosen else {},
    )


def _sentence(
    what: str, now: float, low: float, median: float, high: float, unreachable: float, reached: float, level: float
) -> str:
    if reached >= 0.5:
        return f"The present {say_count(now)} materials reach {what} with probability {say_probability(reached)}."
    never = f"probability {say_probability(unreachable)} that no number of simulations reaches it"
    if not math.isfinite(median):
        at_least = f"; if it can be reached, it takes at least {say_count(low)}" if math.isfinite(low) else ""
        return f"More likely than not {what} is out of reach of this database ({never}{at_least})."
    top = say_count(high) if math.isfinite(high) else "no limit"
    return (
        f"To reach {what} takes about {say_count(median)} simulated materials ({100 * level:.0f} % interval "
        f"{say_count(low)} to {top}), from {say_count(now)} now; {never}: grow it in rounds and fit again after each."
    )
