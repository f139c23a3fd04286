"""Each answer from draws whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.inference.fit import fit_law
from simworth.inference.law import Law, Status
from simworth.laws import power, product
from simworth.planning.equivalence import equivalence
from simworth.planning.growth import growth
from simworth.planning.limit import limit
from simworth.planning.need import need, sizes_needed
from simworth.planning.stop import stop


def certain(draws: dict[str, list[float]], p_gap_zero: float = 0.0) -> Law:
    count = len(next(iter(draws.values())))
    nothing = np.zeros(count)
    joint = "A" in draws
    return Law(
        status=Status.fitted,
        form="product" if joint else "power",
        draws={k: np.array(v, float) for k, v in draws.items()},
        draw_form=np.full(count, "gap"),
        p_forms={"gap": 1.0},
        p_gap_zero=p_gap_zero,
        n=np.array([100.0, 1000.0]),
        m=np.array([20.0, 40.0]) if joint else np.zeros(2),
        mean=np.ones(2),
        discrepancy=nothing,
        wander=nothing,
        bend=nothing,
        shift=nothing,
        noise=nothing,
        level=0.9,
    )


KNOWN = certain({"D": [3.0] * 10, "alpha": [0.5] * 10, "C": [0.5] * 10})
"""R(1000) = 0.5949; R = 0.53 at n = 10,000."""


def test_need_inverts_the_law() -> None:
    answer = need(KNOWN, 0.53, unit="debye")
    assert answer.values["n"].median == pytest.approx(10_000)
    assert answer.probabilities == {"unreachable": 0.0, "reached_now": 0.0}
    assert "about 10,000 simulated materials" in answer.sentence
    assert "0.53 debye" in answer.sentence


def test_need_says_when_it_is_reached_or_out_of_reach() -> None:
    assert "present 1,000 materials reach" in need(KNOWN, 0.6).sentence
    assert "out of reach" in need(KNOWN, 0.4).sentence
    half = certain({"D": [3.0, 3.0], "alpha": [0.5, 0.5], "C": [0.5, 0.6]})
    answer = need(half, 0.53)
    assert answer.probabilities["unreachable"] == 0.5
    assert np.isinf(answer.values["n"].high)


def test_need_of_flat_and_rising_draws() -> None:
    law = certain({"D": [0.0, 0.0, -1.0, 1e-3], "alpha": [np.nan, np.nan, 0.5, 0.02], "C": [0.5, 0.7, 1.0, 0.5]})
    got = sizes_needed(law, 0.6)
    assert got[0] == 1
    assert np.isinf(got[1])
    assert np.isinf(got[2])
    assert np.isfinite(got[3])


def test_need_chooses_a_target_and_refuses_a_bad_one() -> None:
    answer = need(KNOWN)
    assert answer.given["target_error"] == pytest.approx(0.9 * power.value(1000, 3.0, 0.5, 0.5))
    for target in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="positive number"):
            need(KNOWN, target)


def test_limit() -> None:
    law = certain({"D": [3.0, 1.0], "alpha": [0.5, 0.5], "C": [0.5, 0.5]}, 0.2)
    answer = limit(law, unit="K")
    assert answer.values["C"].median == 0.5
    assert answer.probabilities == {"within_10_percent": 0.5, "zero": 0.2}
    assert "0.5 K" in answer.sentence


def test_limit_of_a_rising_curve() -> None:
    assert "rises with n" in limit(certain({"D": [-1.0], "alpha": [0.5], "C": [0.5]})).sentence


def test_growth() -> None:
    answer = growth(KNOWN)
    for factor in (2, 10):
        error = power.value(factor * 1000, 3.0, 0.5, 0.5)
        assert answer.values[f"error_at_{factor}x"].median == pytest.approx(float(error))
        cut = 1 - error / power.value(1000, 3.0, 0.5, 0.5)
        assert answer.values[f"cut_at_{factor}x"].median == pytest.approx(float(cut))


def test_stop() -> None:
    cut = float(1 - power.value(2000, 3.0, 0.5, 0.5) / power.value(1000, 3.0, 0.5, 0.5))
    assert "go on" in stop(KNOWN, 0.9 * cut).sentence
    assert "stop, and spend" in stop(KNOWN, 1.1 * cut).sentence
    mixed = certain({"D": [3.0, 0.0], "alpha": [0.5, np.nan], "C": [0.5, 0.5]})
    assert "undecided" in stop(mixed).sentence
    with pytest.raises(InputError, match="between 0 and 1"):
        stop(KNOWN, 2)


def test_equivalence_is_the_ratio_of_slopes() -> None:
    law = certain({"A": [8.0] * 5, "alpha": [0.5] * 5, "B": [1.0] * 5, "beta": [0.4] * 5, "E": [0.1] * 5})
    got = equivalence(law).values["simulations_per_experiment"].median
    r = [product.value(n, m, 8.0, 0.5, 1.0, 0.4, 0.1) for n, m in ((1001, 40), (999, 40), (1000, 40.1), (1000, 39.9))]
    assert got == pytest.approx(float((r[2] - r[3]) / 0.2 / ((r[0] - r[1]) / 2)), rel=1e-4)


def test_equivalence_can_say_none() -> None:
    n_idle = certain({"A": [0.0] * 5, "alpha": [np.nan] * 5, "B": [1.0] * 5, "beta": [0.4] * 5, "E": [0.1] * 5})
    answer = equivalence(n_idle)
    assert "None detectable" in answer.sentence
    assert not answer.values
    m_idle = certain({"A": [0.0] * 5, "alpha": [np.nan] * 5, "B": [0.0] * 5, "beta": [np.nan] * 5, "E": [1.0] * 5})
    assert "None detectable" in equivalence(m_idle).sentence


def test_questions_need_the_right_law() -> None:
    joint = certain({"A": [8.0], "alpha": [0.5], "B": [1.0], "beta": [0.4], "E": [0.1]})
    nothing = fit_law([10, 20], [2, 1])
    for question in (need, limit, growth, stop):
        with pytest.raises(InputError, match="joint in n and m"):
            question(joint)
        with pytest.raises(InputError, match="at least 4"):
            question(nothing)
    with pytest.raises(InputError, match="two or more m"):
        equivalence(KNOWN)
    with pytest.raises(InputError, match="at least 4"):
        equivalence(nothing)
