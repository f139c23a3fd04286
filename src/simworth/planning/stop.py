"""Is it time to stop growing this database?"""

from __future__ import annotations

import numpy as np

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count, say_percent, say_probability
from simworth.planning.answer import Answer, estimate, present, require_single

WORTHWHILE = 0.02
"""Cut of the error by doubling, as a share of it, under which growth counts as not worth it unless told otherwise."""

SURE = 0.9


def stop(law: Law, worthwhile: float = WORTHWHILE, n: float | None = None) -> Answer:
    """The probability that doubling the database cuts the error by less than the share ``worthwhile``.

    Raises
    ------
    InputError
        When there is no law, it is joint, or ``worthwhile`` does not lie in (0, 1).
    """
    require_single(law, "stop")
    if not 0 < worthwhile < 1:
        raise InputError(f"the worthwhile cut is {worthwhile:g}; give a share between 0 and 1, such as 0.02")
    now = present(law, n)
    at = law.curve([now, 2 * now])
    cut = np.where(at[:, 0] > 0, 1 - at[:, 1] / np.where(at[:, 0] > 0, at[:, 0], 1.0), 0.0)
    p = float((cut < worthwhile).mean())
    if p >= SURE:
        advice = "stop, and spend the computing elsewhere"
    elif p <= 1 - SURE:
        advice = "go on"
    else:
        advice = "undecided: more replicates or one more round would tell"
    return Answer(
        "stop",
        f"Doubling the database from {say_count(now)} cuts the error by less than {say_percent(worthwhile)} with "
        f"probability {say_probability(p)}: {advice}.",
        {"cut": estimate(cut, law.level)},
        {"worthwhile": worthwhile, "present": now},
        {"not_worth_it": p},
    )
