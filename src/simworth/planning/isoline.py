"""Which numbers of simulations and experiments give the same error?

The isoline through the present point (n₀, m₀) is R(n, m) = R(n₀, m₀): each draw has its own m at every n.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.inference.words import say_count
from simworth.planning.answer import Answer, estimate, present, present_m, require_joint, require_positive
from simworth.planning.effects import effects, say_sizes

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""The grid of n, in present sizes, unless one is given."""

FARTHEST = 1e3
"""More than this many times the present experiments is no number of experiments."""

STEPS = 400


def isoline(law: Law, n: float | None = None, m: float | None = None, grid: Sequence[float] | None = None) -> Answer:
    """The m that gives the present error at each n of ``grid`` (default: a quarter to 8 times the present n).

    The values ``m_at_N`` are 1 where a single experiment is enough, and infinite where a thousand times the present
    experiments are not.

    Raises
    ------
    InputError
        When there is no law, it holds at one m only, or a size is not positive.
    """
    require_joint(law, "isoline")
    now, materials = present(law, n), present_m(law, m)
    sizes = [f * now for f in FACTORS] if grid is None else [require_positive("a size of the grid", g) for g in grid]
    if not sizes:
        raise InputError("the grid of the isoline is empty; give at least one n")
    found, given, where = effects(law, now, materials), {"n": now, "m": materials}, say_sizes(now, materials)
    if found.sentence:
        return Answer("isoline", f"No isoline: {where} {found.sentence}.", {}, given, found.probabilities)
    goal = law.curve([now], [materials])[:, 0]
    values = {f"m_at_{size:.10g}": estimate(equal_m(law, size, goal, materials), law.level) for size in sizes}
    parts = [
        f"{say_count(v.median)} at n = {say_count(size)} ({say_count(v.low)} to {say_count(v.high)})"
        for size, v in zip(sizes, values.values(), strict=True)
    ]
    sentence = (
        f"The error {where} is also had with these numbers of experiments: {', '.join(parts)} "
        f"({100 * law.level:.0f} % intervals)."
    )
    return Answer("isoline", sentence, values, given, found.probabilities)


def equal_m(law: Law, n: float, error: NDArray[np.float64], m: float) -> NDArray[np.float64]:
    """The least m at which each draw's error at n is ``error`` (draws,); searched from 1 to `FARTHEST` times m.

    Read off a grid in log m, linearly between its points.
    """
    log_m = np.linspace(0.0, np.log(FARTHEST * max(m, 1.0)), STEPS)
    at = law.curve(np.full(STEPS, n), np.exp(log_m))
    below = at <= error[:, None] * (1 + 1e-12)
    first = np.where(below.any(1), below.argmax(1), 0)
    row, before = np.arange(len(at)), np.maximum(first - 1, 0)
    fall = at[row, before] - at[row, first]
    share = np.where(fall > 0, (at[row, before] - error) / np.where(fall > 0, fall, 1.0), 0.0)
    found = np.exp(log_m[before] + np.clip(share, 0.0, 1.0) * (log_m[first] - log_m[before]))
    return np.where(below.any(1), found, np.inf)
