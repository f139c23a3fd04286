"""How many simulations is one experiment worth?

Along R(n, m) = const, dm/dn = -(∂R/∂n)/(∂R/∂m), so one experimental material is worth

    N_eq = (∂R/∂m) / (∂R/∂n)

simulated ones at the present sizes: the equivalent sample size (Minami et al. 2025, doi
10.1038/s41524-025-01606-5).
"""

from __future__ import annotations

import numpy as np

from simworth.inference.law import Law
from simworth.inference.words import say_count
from simworth.planning.answer import Answer, estimate, present, present_m, require_joint
from simworth.planning.effects import effects, say_sizes


def equivalence(law: Law, n: float | None = None, m: float | None = None) -> Answer:
    """N_eq at the present sizes (default: the largest measured), or that none is detectable.

    None is detectable unless, with probability 90 % each, n has an effect on the error and m has one.

    Raises
    ------
    InputError
        When there is no law, or it holds at one m only.
    """
    require_joint(law, "equivalence")
    now, materials = present(law, n), present_m(law, m)
    found, given, where = effects(law, now, materials), {"n": now, "m": materials}, say_sizes(now, materials)
    if found.sentence:
        sentence = f"None detectable: {where} {found.sentence}."
        return Answer("equivalence", sentence, {}, given, found.probabilities)
    by_n, by_m = law.slopes(now, materials)
    worth = np.full(len(by_n), np.inf)
    np.divide(by_m, by_n, out=worth, where=by_n < 0)
    worth = np.maximum(worth, 0.0)
    value = estimate(worth, law.level)
    sentence = (
        f"One more experimental material is worth about {say_count(value.median)} simulated ones "
        f"({100 * law.level:.0f} % interval {say_count(value.low)} to {say_count(value.high)}) {where}."
    )
    return Answer("equivalence", sentence, {"simulations_per_experiment": value}, given, found.probabilities)
