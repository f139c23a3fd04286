"""One cell's evidence against numerical integration over the coefficients."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from simworth.inference import forms
from simworth.inference.posterior import Noise, explore
from simworth.inference.settings import Settings
from simworth.laws import power

N = np.array([10.0, 20.0, 40.0, 80.0, 160.0])
M = np.zeros(5)


def one_noise(sd: float) -> Noise:
    nothing = np.zeros(1)
    return Noise(sd**2 * np.eye(5)[None], nothing, nothing, nothing, nothing, nothing + 1, nothing + 1)


def slow_evidence(candidate: forms.Candidate, mean: np.ndarray, sd: float, s: Settings) -> float:
    """Sum over a fine grid of exponents and coefficients of likelihood × prior."""
    grid = np.linspace(0, 4 * s.coefficient_scale, 121)
    width = grid[1] - grid[0]
    half = 2 * np.exp(-0.5 * (grid / s.coefficient_scale) ** 2) / (s.coefficient_scale * np.sqrt(2 * np.pi))
    log_alpha = np.linspace(np.log(0.02), np.log(3.0), 60)
    z = (log_alpha - np.log(s.exponent.median or 1.0)) / s.exponent.spread
    alpha_mass = np.exp(-0.5 * z**2)
    alpha_mass /= alpha_mass.sum()
    weight = np.full(len(grid), width)
    weight[0] *= 0.5
    total = 0.0
    for alpha, mass in zip(np.exp(log_alpha), alpha_mass, strict=True):
        column = forms.design(candidate, N, M, np.array([[alpha]]))[0]
        if column.shape[1] == 1:
            residual = mean - grid[:, None] * column[:, 0]
            prior = half * weight
        else:
            both = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2)
            residual = mean - both @ column.T
            prior = np.outer(half * weight, half * weight).ravel()
        density = multivariate_normal(np.zeros(5), sd**2 * np.eye(5)).pdf(residual)
        total += mass * float(density @ prior)
    return float(np.log(total))


@pytest.mark.parametrize("name", ["gap", "no_gap", "rising"])
def test_evidence_is_the_integral(name: str) -> None:
    s = Settings()
    candidate = next(c for c in forms.IN_N if c.name == name)
    mean = power.value(N, 2.0, 0.6, 0.3) / 0.9
    design = partial(forms.design, candidate, N, M)
    got = explore(design, [s.exponent], 40, mean, one_noise(0.1), s.coefficient_scale).log_evidence()
    assert got == pytest.approx(slow_evidence(candidate, mean, 0.1, s), abs=0.1)


def test_the_draws_do_not_depend_on_the_grid() -> None:
    candidate = forms.IN_N[0]
    mean = power.value(N, 2.0, 0.6, 0.3)
    medians = []
    for points in (30, 120):
        cells = explore(
            partial(forms.design, candidate, N, M), [Settings().exponent], points, mean, one_noise(0.02), 1.5
        )
        cell, coefficients = cells.draw(4000, np.random.default_rng(0))
        medians.append([np.median(cells.theta[cell, 0]), *np.median(coefficients, axis=0)])
    np.testing.assert_allclose(medians[0], medians[1], rtol=0.06)
