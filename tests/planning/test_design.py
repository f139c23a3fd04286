"""Which trial next: against the Gaussian closed form, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import norm

from simworth.errors import InputError
from simworth.inference.fit import fit_curve
from simworth.inference.law import Law
from simworth.planning.design import Candidates, choices, design
from simworth.testing import synthetic_curve

Certain = Callable[..., Law]


@pytest.fixture(scope="module")
def offset(certain: Certain) -> Law:
    """Only the limit is open, N(0.5, 0.1²), so a trial at any n tells it alike."""
    C = 0.5 + 0.1 * norm.ppf((np.arange(999) + 0.5) / 999)
    return certain({"D": [3.0] * 999, "alpha": [0.5] * 999, "C": C}, noise=0.05)


def test_the_removed_variance_is_that_of_a_gaussian_measured_with_noise(offset: Law) -> None:
    found = {(c.n, c.replicates): c for c in choices(offset, "limit")}
    variance = offset.limit().var()
    for replicates in (5, 10, 40):
        expected = variance / (variance + 0.05**2 * 10 / replicates)
        for n in (100.0, 1000.0, 4000.0):
            assert found[n, replicates].removed == pytest.approx(expected, rel=1e-9)
            assert found[n, replicates].cost == replicates * n


def test_the_best_comes_first_for_any_cost(offset: Law) -> None:
    for asked in (
        Candidates(),
        Candidates(power=0.0),
        Candidates(overhead=1e4),
        Candidates(cost=lambda n: 5e3 - n, sizes=(100.0, 1000.0)),
    ):
        ranked = choices(offset, "limit", candidates=asked)
        worth = [c.worth for c in ranked]
        assert worth == sorted(worth, reverse=True)
    assert ranked[0].n == 1000.0  # larger is cheaper in the last one, and tells as much
    assert "run 5 replicates at n = 100" in design(offset, "limit").sentence


def test_more_replicates_and_fewer_measured_ones_tell_more(offset: Law) -> None:
    few, many = (
        choices(offset, "growth", candidates=Candidates(sizes=(1000.0,), replicates=(r,)))[0].removed for r in (5, 50)
    )
    assert few < many < 1
    assert choices(offset, "growth", replicates=1.0)[0].removed > choices(offset, "growth")[0].removed


def test_a_real_law_is_told_most_beyond_its_sizes() -> None:
    law = fit_curve(synthetic_curve([100, 200, 400, 800, 1600], 3.0, 0.5, 0.3, replicate_sd=0.02))
    most = max(choices(law, "limit"), key=lambda c: c.removed)
    assert most.n == 6400
    assert most.replicates == 40
    answer = design(law, "need", 0.37)
    assert "the needed size" in answer.sentence
    assert all(0 <= removed <= 1 for removed in answer.expected.values())


def test_what_no_design_is_for(offset: Law, known: Law, certain: Certain) -> None:
    assert "does not tell the noise" in design(known).sentence
    with pytest.raises(InputError, match="does not tell the noise"):
        choices(known)
    flat = certain({"D": [0.0] * 4, "alpha": [np.nan] * 4, "C": [0.5] * 4}, noise=0.1)
    assert "does not fall" in design(flat).sentence
    assert "out of reach" in design(offset, "need", 0.1).sentence
    with pytest.raises(InputError, match="no answer to sharpen"):
        design(offset, "everything")
    with pytest.raises(InputError, match="cost of a trial"):
        design(offset, candidates=Candidates(cost=lambda _: 0.0))
    with pytest.raises(InputError, match="candidate sizes"):
        design(offset, candidates=Candidates(replicates=()))
