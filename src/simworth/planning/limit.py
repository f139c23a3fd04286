"""How low can the error get, whatever the database grows to? C, the transfer gap."""

from __future__ import annotations

import numpy as np

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_probability, say_range
from simworth.planning.answer import Answer, estimate, present, require_single

NEAR = 1.1
"""Within 10 % of the limit."""


def limit(law: Law, n: float | None = None, unit: str = "") -> Answer:
    """C, and the probability that the present error is within 10 % of it.

    Raises
    ------
    InputError
        When there is no law, or it is joint.
    """
    require_single(law, "limit")
    now = present(law, n)
    error = law.curve([now])[:, 0]
    C = law.draws["C"]
    near = float((error <= NEAR * C).mean())
    found = estimate(C, law.level)
    rising = float((law.draws["D"] < 0).mean())
    sentence = (
        f"No growth of the database brings the error below {say_error(found.median, unit)} ({100 * law.level:.0f} % "
        f"interval {say_range(found.low, found.high, unit)}); at n = {say_count(now)} it is within 10 % of that limit "
        f"with probability {say_probability(near)}, and the limit is zero with probability "
        f"{say_probability(law.p_gap_zero)}."
    )
    if found.median <= 0:
        sentence = (
            f"No limit shows yet: if growing the database has one, it lies below {say_error(found.high, unit)} "
            f"(upper end of the {100 * law.level:.0f} % interval); the limit is zero with probability "
            f"{say_probability(law.p_gap_zero)}."
        )
    if rising > 0.5:
        sentence = (
            f"The error rises with n, towards {say_error(found.median, unit)} "
            f"({say_range(found.low, found.high, unit)}): growing this database does not lower it."
        )
    return Answer(
        "limit",
        sentence,
        {"C": found, "error_now": estimate(np.maximum(error, 0.0), law.level)},
        {"present": now},
        {"within_10_percent": near, "zero": law.p_gap_zero},
    )
