"""How many simulations is one experiment worth?

Along R(n, m) = const, dm/dn = -(∂R/∂n)/(∂R/∂m), so one experimental material is worth

    N_eq = (∂R/∂m) / (∂R/∂n)

simulated ones at the present sizes: the equivalent sample size (Minami et al. 2025, doi
10.1038/s41524-025-01606-5).
"""

from __future__ import annotations

import numpy as np

from simworth.errors import InputError
from simworth.inference.law import Law, Status
from simworth.inference.words import say_count, say_probability
from simworth.laws import product
from simworth.planning.answer import Answer, estimate, present

SURE = 0.9
NOTHING = 1e-3
"""Doubling n must cut the error by this share at least for simulations to count as having an effect."""


def equivalence(law: Law, n: float | None = None, m: float | None = None) -> Answer:
    """N_eq at the present sizes (default: the largest measured), or that none is detectable.

    None is detectable unless, with probability 90 % each, n has an effect on the error and m has one.

    Raises
    ------
    InputError
        When there is no law, or it holds at one m only.
    """
    if law.status is not Status.fitted:
        raise InputError(f"'equivalence' cannot be answered: {law.status.value}")
    if "A" not in law.draws:
        raise InputError("'equivalence' needs a joint law: run the study at two or more m")
    now, materials = present(law, n), float(law.m.max()) if m is None else float(m)
    d = {k: np.nan_to_num(v, nan=1.0) for k, v in law.draws.items()}
    slopes = product.gradient(now, materials, d["A"], d["alpha"], d["B"], d["beta"], d["E"])
    by_n, by_m = -slopes[:, 0], -slopes[:, 1]
    error = law.curve([now, 2 * now], [materials, materials])
    twice_m = law.curve([now], [2 * materials])[:, 0]
    p_n = float((error[:, 0] - error[:, 1] > NOTHING * error[:, 0]).mean())
    p_m = float((error[:, 0] - twice_m > NOTHING * error[:, 0]).mean())
    worth = np.full(len(by_n), np.inf)
    np.divide(by_m, by_n, out=worth, where=by_n > 0)
    found = estimate(worth, law.level)
    where = f"at {say_count(now)} simulated and {say_count(materials)} experimental materials"
    if p_n < SURE or p_m < SURE:
        which, p = ("simulations", p_n) if p_n <= p_m else ("experiments", p_m)
        sentence = (
            f"None detectable: {where} the trials do not show that more {which} lower the error "
            f"(probability {say_probability(p)})."
        )
        return Answer("equivalence", sentence, {}, {"n": now, "m": materials}, {"n_matters": p_n, "m_matters": p_m})
    sentence = (
        f"One more experimental material is worth about {say_count(found.median)} simulated ones "
        f"({100 * law.level:.0f} % interval {say_count(found.low)} to {say_count(found.high)}) {where}."
    )
    return Answer(
        "equivalence",
        sentence,
        {"simulations_per_experiment": found},
        {"n": now, "m": materials},
        {"n_matters": p_n, "m_matters": p_m},
    )
