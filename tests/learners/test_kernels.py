from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from sklearn.linear_model import LinearRegression

from simworth.learners import kernels


def table(seed: int, m: int = 30, d: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, d)), rng.normal(size=(7, d)), rng.normal(size=m)


@given(st.integers(0, 20))
@settings(deadline=None, max_examples=10)
def test_left_out_predictions_are_those_of_a_refit(seed: int) -> None:
    """A free intercept is a very wide prior of the constant."""
    rows, _, labels = table(seed)
    kernel = rows @ rows.T
    out = kernels._ridge(kernel, labels, np.array([0.5])).out
    wide = kernel + 1e7
    for i in range(3):
        keep = np.arange(len(labels)) != i
        weight = np.linalg.solve(wide[np.ix_(keep, keep)] + 0.5 * np.eye(keep.sum()), labels[keep])
        assert out[i] == pytest.approx(wide[i, keep] @ weight, abs=1e-4)


def test_more_features_than_rows_are_penalised_as_they_need() -> None:
    """Centred rows have the constant as a null vector: the row left out must not be known through the mean."""
    rng = np.random.default_rng(0)
    rows, asked = rng.normal(size=(40, 60)), rng.normal(size=(500, 60))
    labels, truth = rows[:, 0] + rng.normal(size=40), asked[:, 0]
    predicted, out = kernels.linear(kernels.standardised(rows, asked), labels)
    assert np.abs(out - labels).mean() > 0.7 * np.abs(predicted - truth).mean()


def test_a_damped_column_that_hardly_varies_stays_small() -> None:
    rows = np.column_stack([np.random.default_rng(0).normal(size=(50, 3)), 1e-4 * np.arange(50.0)])
    plain, damped = (kernels.standardised(rows, rows, damped)[0].std(0) for damped in (False, True))
    np.testing.assert_allclose(plain, 1.0)
    assert damped[3] < 0.01
    assert damped[:3].min() > 0.5


def test_the_exponential_kernel_is_a_gaussian_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one feature, one length and one penalty it equals scikit-learn's process with a Matérn 1/2 kernel."""
    monkeypatch.setattr(kernels, "LENGTHS", (1.0,))
    monkeypatch.setattr(kernels, "TRENDS", (0.0,))
    monkeypatch.setattr(kernels, "PENALTIES", np.array([0.1]))
    rows, asked, labels = (v[:, :1] if v.ndim == 2 else v for v in table(1))
    length = np.median(np.abs(rows - rows.T))
    process = GaussianProcessRegressor(Matern(length, nu=0.5), alpha=0.1, optimizer=None)
    covariance = np.exp(-np.abs(rows - rows.T) / length) + 0.1 * np.eye(len(labels))
    ones, plain = (np.linalg.solve(covariance, v) for v in (np.ones(len(labels)), labels))
    intercept = plain.sum() / ones.sum()  # generalised least squares
    expected = intercept + process.fit(rows, labels - intercept).predict(asked)
    np.testing.assert_allclose(kernels.exponential([(rows, asked)], labels)[0], expected, atol=1e-8)


def test_blocks_have_equal_say_whatever_their_numbers_of_features() -> None:
    rows, asked, labels = table(6)
    wide = tuple(np.tile(v, 5) for v in (rows, asked))
    one, two = (kernels.exponential([block, (rows**3, asked**3)], labels)[0] for block in ((rows, asked), wide))
    np.testing.assert_allclose(one, two)


def test_the_line_is_least_squares_and_its_left_out_predictions_are_refits() -> None:
    rows, asked, labels = (v[:, 0] if v.ndim == 2 else v for v in table(2))
    fitted, out = kernels.line(rows, asked, labels)
    model = LinearRegression().fit(rows[:, None], labels)
    np.testing.assert_allclose(fitted, model.predict(asked[:, None]))
    without = LinearRegression().fit(rows[1:, None], labels[1:])
    assert out[0] == pytest.approx(without.predict(rows[:1, None])[0])


def test_a_linear_law_is_found_whatever_the_units() -> None:
    rng = np.random.default_rng(3)
    rows, asked = rng.normal(size=(80, 5)) * 1e3 + 7, rng.normal(size=(9, 5)) * 1e3 + 7
    slope = np.array([1.0, -2.0, 0.0, 3.0, 0.5])
    predicted, _ = kernels.linear(kernels.standardised(rows, asked), rows @ slope)
    np.testing.assert_allclose(predicted, asked @ slope, rtol=0.02, atol=50)


def test_constant_features_and_constant_sources_say_nothing() -> None:
    rows, asked, labels = table(4)
    same = np.column_stack([rows, np.full(len(rows), 5.0)]), np.column_stack([asked, np.full(len(asked), 99.0)])
    np.testing.assert_allclose(
        np.concatenate(kernels.standardised(*same)), np.concatenate(kernels.standardised(rows, asked))
    )
    flat, _ = kernels.line(np.ones(30), np.full(7, 3.0), labels)
    np.testing.assert_allclose(flat, labels.mean())
