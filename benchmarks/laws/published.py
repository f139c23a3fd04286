"""Published estimators, written anew from the papers and the authors' description of their algorithms.

M1-M4: Alabdulmohsin, Neyshabur, Zhai 2022 (arXiv 2209.06640). Theirs is a block coordinate descent of the squared log
of the *excess* error that starts just below the smallest error; it ends in the first local minimum on its way down (the
global one is often at a limit of zero, and predicts worse), and this is what is sought here, directly.
Broken law: Caballero et al. 2022 (arXiv 2210.14891), equation 1 with one break.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares, minimize_scalar, nnls

Array = NDArray[np.float64]
Forecast = Callable[[Array], Array]

MARGIN = 1e-3
"""Distance that limits keep from the data, relative to the largest error (the authors' errors are below 1)."""
STEPS = 300


def _last_of_each(n: Array, error: Array) -> tuple[Array, Array]:
    """One error a size, the last one, as the authors' dictionaries keep it."""
    kept = dict(zip(n.tolist(), error.tolist(), strict=True))
    return np.array(sorted(kept)), np.array([kept[x] for x in sorted(kept)])


def _ols(x: Array, t: Array) -> tuple[float, float, float]:
    """Intercept, slope and residual sum of squares."""
    dx, dt = x - x.mean(), t - t.mean()
    slope = float(dx @ dt / (dx @ dx))
    residual = dt - slope * dx
    return float(t.mean() - slope * x.mean()), slope, float(residual @ residual)


def m1(n: Array, error: Array) -> Forecast:
    """β x^c, by a regression of logs."""
    x, y = _last_of_each(n, error)
    a, slope, _ = _ols(np.log(x), np.log(y))
    return lambda ahead: np.exp(a + slope * np.log(ahead))


def _way_down(top: float) -> Array:
    """Limits to try, from just below the smallest error to zero, denser at the start."""
    return np.asarray(top * (1 - np.linspace(0, 1, STEPS) ** 1.5))


def m2(n: Array, error: Array) -> Forecast:
    """β x^c + ε∞."""
    x, y = _last_of_each(n, error)
    top = float(y.min() - MARGIN * min(1.0, y.max()))
    if top <= 0:
        return m1(n, error)
    log_x = np.log(x)

    def loss(limit: float) -> float:
        return _ols(log_x, np.log(y - limit))[2]

    tried = _way_down(top)
    i, value = 0, loss(top)
    while i + 1 < STEPS and (below := loss(tried[i + 1])) <= value:
        i, value = i + 1, below
    limit = float(tried[i])
    if 0 < i < STEPS - 1:
        found = minimize_scalar(loss, bounds=(tried[i + 1], tried[i - 1]), method="bounded", options={"xatol": 1e-9})
        limit = float(found.x) if found.fun < value else limit
    a, slope, _ = _ols(log_x, np.log(y - limit))
    return lambda ahead: limit + np.exp(a + slope * np.log(ahead))


def m3(n: Array, error: Array) -> Forecast:
    """β (1/x + γ)^c: regressions of logs in turn with the best γ of those that meet one point exactly."""
    x, y = _last_of_each(n, error)
    gamma, before = 0.0, 1.0
    for _ in range(1000):
        a, c, _ = _ols(np.log(1 / x + gamma), np.log(y))
        if c <= 0:
            return lambda ahead: np.full(len(ahead), np.exp(a))
        exact = (y / np.exp(a)) ** (1 / c) - 1 / x
        candidates = np.append(exact[exact >= 0], gamma)
        loss = ((np.log(y) - a - c * np.log(1 / x + candidates[:, None])) ** 2).sum(1)
        gamma = float(candidates[loss.argmin()])
        if abs(np.exp(a) - before) < 1e-10:
            break
        before = float(np.exp(a))
    return lambda ahead: np.exp(a + c * np.log(1 / ahead + gamma))


class _M4:
    """(ε - ε∞) / (ε0 - ε)^α = β x^c: the fixed point of the authors' descent for a given ε∞."""

    def __init__(self, n: Array, error: Array) -> None:
        self.x, self.y = _last_of_each(n, error)
        margin = MARGIN * min(1.0, float(self.y.max()))
        self.top = float(self.y.min() - margin)
        self.bottom = float(self.y.max() + margin)
        self.start = max(1.0, self.bottom) if self.y.max() < 1 else self.bottom
        self.columns = np.stack([np.ones_like(self.x), -np.log(self.x), np.log(self.start - self.y)], axis=1)

    def settle(self, limit: float, chance: float) -> tuple[Array, float, float]:
        """(log β, -c, α) by non-negative regression, ε0 by Newton's method, and the slope of the loss in ε∞."""
        excess = np.log(self.y - limit)
        b, _ = nnls(self.columns, excess)
        rest = excess - b[0] + b[1] * np.log(self.x)
        for _ in range(60 if b[2] > 1e-5 else 0):
            gap = chance - self.y
            residual = rest - b[2] * np.log(gap)
            slope, bend = -np.mean(residual / gap), np.mean((b[2] + residual) / gap**2)
            if abs(b[2] * bend) < 1e-5:
                break
            before, chance = chance, max(chance - 0.5 * slope / bend, self.bottom)
            if abs(chance - before) < 1e-10:
                break
        residual = rest - b[2] * np.log(chance - self.y)
        return b, chance, -float(np.mean(residual / (self.y - limit)))

    def descend(self) -> tuple[Array, float, float]:
        """(log β, -c, α), ε∞ and ε0 where the loss stops falling on the way down."""
        chance, above, limit = self.start, self.top, 0.0
        for tried in _way_down(self.top):
            b, chance_here, slope = self.settle(float(tried), chance)
            if slope <= 0:
                low, limit = float(tried), float(tried)
                for _ in range(40 if above > low else 0):
                    limit = 0.5 * (low + above)
                    low, above = (limit, above) if self.settle(limit, chance)[2] <= 0 else (low, limit)
                break
            above, chance = float(tried), chance_here
        b, chance, _ = self.settle(limit, chance)
        return b, limit, chance


def m4(n: Array, error: Array) -> Forecast:
    """(ε - ε∞) / (ε0 - ε)^α = β x^c, solved for ε by bisection."""
    law = _M4(n, error)
    if law.top <= 0:
        return m1(n, error)
    b, limit, chance = law.descend()

    def forecast(ahead: Array) -> Array:
        goal = b[0] - b[1] * np.log(ahead)
        low, high = np.zeros(len(ahead)), np.full(len(ahead), chance - limit)
        for _ in range(60):
            middle = 0.5 * (low + high)
            with np.errstate(divide="ignore"):
                over = np.log(middle) - b[2] * np.log(chance - limit - middle) > goal
            low, high = np.where(over, low, middle), np.where(over, middle, high)
        return np.asarray(limit + 0.5 * (low + high))

    return forecast


def broken(n: Array, error: Array) -> Forecast:
    """a + b x^-c0 (1 + (x/d)^(1/f))^(-c1 f), by least squares of logs from 18 starts."""
    centre = float(np.log(n).mean())
    x, t, smallest = np.log(n) - centre, np.log(error), float(error.min())
    span = float(np.ptp(x))

    def law(p: Array, at: Array) -> Array:
        f = np.exp(p[5])
        power = p[1] - p[2] * at - p[3] * f * np.logaddexp(0, (at - p[4]) / f)
        return np.asarray(smallest * p[0] + np.exp(np.clip(power, -700, 700)))

    low = np.array([0, -60, -5, -10, x.min() - span / 2, np.log(0.02)])
    high = np.array([0.999, 60, 10, 10, x.max() + span / 2, np.log(3)])
    tries = []
    for a in (0.0, 0.5, 0.9):
        excess = np.log(error - a * smallest)
        slope = -_ols(x, excess)[1]
        for place in (0.25, 0.5, 0.75):
            for turn in (0.5 * abs(slope), -0.5 * abs(slope)):
                start = [a, excess.mean(), slope - turn / 2, turn, x.min() + place * span, np.log(0.3)]
                start = np.clip(start, low + 1e-6, high - 1e-6)
                tries.append(least_squares(lambda p: np.log(law(p, x)) - t, start, bounds=(low, high), max_nfev=100))
    p = min(tries, key=lambda found: float(found.cost)).x
    return lambda ahead: law(p, np.log(ahead) - centre)
