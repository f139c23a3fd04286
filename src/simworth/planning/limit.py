"""How low can the error get, whatever the database grows to? The transfer gap."""

from __future__ import annotations

import numpy as np

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_percent, say_probability, say_range
from simworth.planning.answer import Answer, estimate, present, require_positive, require_single

NEAR = 0.1
"""Within this share of the limit the present error is near it, unless told otherwise."""


def limit(law: Law, n: float | None = None, unit: str = "", near: float = NEAR) -> Answer:
    """The limit of the error, and the probability that the present error is within the share ``near`` of it.

    Raises
    ------
    InputError
        When there is no law, it is joint, or ``near`` is not positive.
    """
    require_single(law, "limit")
    require_positive("the share that is near the limit", near, "a positive one, such as 0.1")
    now = present(law, n)
    error, lowest = law.curve([now])[:, 0], law.limit()
    close = float((error <= (1 + near) * lowest).mean())
    found = estimate(lowest, law.level)
    rising = float((~law.falls & (lowest > error * (1 + 1e-9))).mean())
    sentence = (
        f"No growth of the database brings the error below {say_error(found.median, unit)} ({100 * law.level:.0f} % "
        f"interval {say_range(found.low, found.high, unit)}); at n = {say_count(now)} it is within {say_percent(near)} "
        f"of that limit with probability {say_probability(close)}, and the limit is zero with probability "
        f"{say_probability(law.p_gap_zero)}."
    )
    case = "limit"
    if found.median <= 0:
        case = "none_seen"
        sentence = (
            f"No limit shows yet: if growing the database has one, it lies below {say_error(found.high, unit)} "
            f"(upper end of the {100 * law.level:.0f} % interval); the limit is zero with probability "
            f"{say_probability(law.p_gap_zero)}."
        )
    if rising > 0.5:
        case = "rising"
        sentence = (
            f"The error rises with n, towards {say_error(found.median, unit)} "
            f"({say_range(found.low, found.high, unit)}): growing this database does not lower it."
        )
    return Answer(
        "limit",
        sentence,
        {"C": found, "error_now": estimate(np.maximum(error, 0.0), law.level)},
        {"present": now, "near": near},
        {f"within_{100 * near:.3g}_percent": close, "zero": law.p_gap_zero},
        facts={"case": case},
    )
