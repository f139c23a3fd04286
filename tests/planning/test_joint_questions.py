"""Equivalence, isoline and budget against closed forms and brute force."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.laws import product
from simworth.planning.budget import budget, splits
from simworth.planning.equivalence import equivalence
from simworth.planning.isoline import isoline

Certain = Callable[..., Law]


def test_equivalence_is_the_ratio_of_slopes(both: Law) -> None:
    got = equivalence(both).values["simulations_per_experiment"].median
    r = [product.value(n, m, 8.0, 0.5, 1.0, 0.4, 0.1) for n, m in ((1001, 40), (999, 40), (1000, 40.1), (1000, 39.9))]
    assert got == pytest.approx(float((r[2] - r[3]) / 0.2 / ((r[0] - r[1]) / 2)), rel=1e-4)


def test_the_isoline_is_that_of_the_product_law(both: Law) -> None:
    # (A n^-α + B) m^-β is constant along it.
    sizes = [200.0, 1000.0, 5000.0]
    values = isoline(both, grid=sizes).values
    for n in sizes:
        expected = 40 * ((8 * n**-0.5 + 1) / (8 * 1000**-0.5 + 1)) ** (1 / 0.4)
        assert values[f"m_at_{n:g}"].median == pytest.approx(expected, rel=1e-3)
    assert values["m_at_1000"].low == pytest.approx(40, rel=1e-3)


def test_the_isoline_ends_at_one_experiment_and_where_none_are_enough(certain: Certain) -> None:
    law = certain({"A": [8.0] * 5, "alpha": [1.0] * 5, "B": [0.0] * 5, "beta": [0.2] * 5, "E": [0.1] * 5}, largest=100)
    values = isoline(law, m=2.0, grid=[1.0, 1e4]).values
    assert np.isinf(values["m_at_1"].median)
    assert values["m_at_10000"].median == 1.0
    with pytest.raises(InputError, match="grid"):
        isoline(law, grid=[])


def test_the_split_of_a_pure_product_is_in_closed_form(certain: Certain) -> None:
    """n^-α m^-β at c n + k m = W is least where experiments take β / (α + β) of W."""
    law = certain({"A": [8.0] * 5, "alpha": [0.6] * 5, "B": [0.0] * 5, "beta": [0.3] * 5, "E": [0.0] * 5})
    answer = budget(law, 0.5, 10.0, 20_000.0)
    wealth = 0.5 * 1000 + 10 * 40 + 20_000
    assert answer.expected["m"] == pytest.approx(wealth / 3 / 10, rel=0.01)
    assert answer.expected["n"] == pytest.approx(wealth * 2 / 3 / 0.5, rel=0.01)
    share = (wealth / 3 - 400) / 20_000
    assert answer.expected["share"] == pytest.approx(share, abs=0.01)
    assert answer.values["share"].low == pytest.approx(share, abs=0.01)
    assert answer.expected["flat_low"] < answer.expected["share"] < answer.expected["flat_high"]


def test_the_split_is_the_best_of_all_on_average(certain: Certain) -> None:
    rng = np.random.default_rng(3)
    alpha, beta = rng.uniform(0.2, 0.9, 50), rng.uniform(0.2, 0.6, 50)
    draws = {"A": [8.0] * 50, "alpha": alpha, "B": [0.3] * 50, "beta": beta, "E": [0.05] * 50}
    law = certain(draws)
    answer = budget(law, 1.0, 30.0, 3000.0)
    every = np.arange(101)  # new experiments, one by one
    errors = law.curve(1000 + 3000 - 30.0 * every, 40.0 + every)
    best = errors.mean(0).argmin()
    assert answer.expected["m"] == 40 + best
    assert answer.values["error"].median == pytest.approx(np.median(errors[:, best]), rel=0.02)
    assert answer.values["gain_over_simulations"].low >= 0 or best > 0
    own = every[errors.argmin(1)] / 100
    assert answer.values["share"].low >= own.min()
    assert answer.values["share"].high <= own.max()
    good = every[errors.mean(0) <= 1.01 * errors.mean(0).min()] / 100
    assert (answer.expected["flat_low"], answer.expected["flat_high"]) == pytest.approx((good[0], good[-1]))


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 100), st.floats(0.01, 1e4), st.floats(0.01, 1e6))
def test_no_split_spends_more_than_the_budget(simulation: float, experiment: float, money: float) -> None:
    ways = splits(100.0, 10.0, simulation, experiment, money)
    spent = (ways.n - 100) * simulation + (ways.m - 10) * experiment
    assert np.all(spent <= money * (1 + 1e-9))
    assert np.all(spent >= money - simulation - 1e-9 * money)
    assert ways.share[0] == 0
    assert np.all(np.diff(ways.share) > 0)


def test_what_shows_no_effect_is_not_planned_with(certain: Certain) -> None:
    none, some = [0.0] * 5, [0.5] * 5
    n_idle = certain({"A": none, "alpha": some, "B": [1.0] * 5, "beta": some, "E": [0.1] * 5})
    m_idle = certain({"A": [1.0] * 5, "alpha": some, "B": none, "beta": none, "E": [0.1] * 5})
    idle = certain({"A": none, "alpha": some, "B": none, "beta": some, "E": [1.0] * 5})
    for law, which in ((n_idle, "more simulations"), (m_idle, "more experiments"), (idle, "do not show")):
        for answer in (equivalence(law), isoline(law), budget(law, 1.0, 10.0, 1000.0)):
            assert not answer.values
            assert not answer.expected
            assert which in answer.sentence
    assert "None detectable" in equivalence(n_idle).sentence
    assert "speaks for experiments alone" in budget(n_idle, 1.0, 10.0, 1000.0).sentence
    assert "speaks for simulations alone" in budget(m_idle, 1.0, 10.0, 1000.0).sentence
    assert "alone" not in budget(idle, 1.0, 10.0, 1000.0).sentence


def test_costs_must_be_costs(both: Law) -> None:
    for wrong, word in (((0.0, 1.0, 1.0), "simulation"), ((1.0, -1.0, 1.0), "experiment"), ((1.0, 1.0, 0.0), "budget")):
        with pytest.raises(InputError, match=f"{word} is"):
            budget(both, *wrong)
    with pytest.raises(InputError, match="buys neither"):
        budget(both, 5.0, 10.0, 1.0)
