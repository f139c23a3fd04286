"""Every method behind one interface: fit errors at sizes, then forecast errors at larger sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtri

from benchmarks.laws import peers, plain, published
from benchmarks.laws.scores import LEVEL
from simworth import fit_law
from simworth.errors import InputError
from simworth.inference.law import Law
from simworth.seeds import stream

Array = NDArray[np.float64]

FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, InputError)
"""What a method may end with on a curve: counted, never hidden."""


@dataclass(frozen=True)
class Fit:
    """A fitted curve. Without a predictive distribution the last three are None.

    forecast : sizes -> errors (the median where there is a distribution).
    interval : sizes -> low, high.
    log_density : sizes, errors -> log density of each error.
    needed : error -> the size at which it is reached; None: searched on ``forecast``.
    """

    forecast: Callable[[Array], Array]
    interval: Callable[[Array], tuple[Array, Array]] | None = None
    log_density: Callable[[Array, Array], Array] | None = None
    needed: Callable[[float], float] | None = None


@dataclass(frozen=True)
class Method:
    """A name, how to fit, and what a reader has to know."""

    name: str
    fit: Callable[[Array, Array], Fit]
    remark: str


def mixture(point: Callable[[Array], Array], centre: Callable[[Array], Array], spread: Callable[[Array], Array]) -> Fit:
    """A forecast as a mixture of Gaussians: ``centre`` of sizes is (draws, sizes), ``spread`` of centres likewise."""

    def interval(n: Array) -> tuple[Array, Array]:
        c = centre(n)
        scores = stream("benchmark", "mixture", len(c)).permutation(ndtri((np.arange(len(c)) + 0.5) / len(c)))
        low, high = np.quantile(c + spread(c) * scores[:, None], [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
        return low, high

    def log_density(n: Array, error: Array) -> Array:
        c = centre(n)
        s = spread(c)
        each = -0.5 * ((error - c) / s) ** 2 - np.log(s) - 0.5 * np.log(2 * np.pi)
        return np.asarray(logsumexp(each, axis=0) - np.log(len(c)))

    return Fit(point, interval, log_density)


def _last(n: Array, error: Array) -> Fit:
    value = float(error[n == n.max()].mean())
    return Fit(lambda ahead: np.full(len(ahead), value))


def _bootstrap(n: Array, error: Array) -> Fit:
    found = plain.bootstrap(n, error)
    return mixture(found.point, found.draws, lambda centre: np.full_like(centre, found.noise))


def needed(law: Law, error: float) -> float:
    """Median over draws of the size needed; draws may be infinite, so an order statistic."""
    return float(np.quantile(law.needed(error), 0.5, method="inverted_cdf"))


def _simworth(n: Array, error: Array) -> Fit:
    law = fit_law(n, error)
    return Fit(
        lambda ahead: law.predict(ahead).median,
        lambda ahead: law.predict(ahead).interval(LEVEL),
        lambda ahead, measured: law.predict(ahead).log_density(measured),
        lambda target: needed(law, target),
    )


def _peer(run: Callable[[Array, Array], peers.Forecast]) -> Callable[[Array, Array], Fit]:
    def fit(n: Array, error: Array) -> Fit:
        found = run(n, error)
        if found.centre is None or found.spread is None:
            return Fit(found.point)
        return mixture(found.point, found.centre, found.spread)

    return fit


OWN = "simworth"

METHODS: Mapping[str, Method] = {
    m.name: m
    for m in (
        Method("last value", _last, "the error at the largest fitted size"),
        Method("M1", lambda n, e: Fit(published.m1(n, e)), "power law; Alabdulmohsin et al. 2022, written anew"),
        Method("M2", lambda n, e: Fit(published.m2(n, e)), "power law and limit; the same authors"),
        Method("M3", lambda n, e: Fit(published.m3(n, e)), "shifted power law; the same authors"),
        Method("M4", lambda n, e: Fit(published.m4(n, e)), "sigmoid-like; the same authors' best"),
        Method("broken law", lambda n, e: Fit(published.broken(n, e)), "one break; Caballero et al. 2022, 18 starts"),
        Method("curve_fit", lambda n, e: Fit(plain.default_curve_fit(n, e)), "scipy's, D n^-a + C, default start"),
        Method("NNLS", lambda n, e: Fit(plain.least_squares(n, e)), "D n^-a + C, exact non-negative least squares"),
        Method("NNLS bootstrap", _bootstrap, f"{plain.RESAMPLES} residual resamples, and residual noise"),
        *(Method(p.name, _peer(p.fit), p.remark) for p in peers.PEERS if p.fit and not peers.missing(p)),
        Method(OWN, _simworth, "fit_law, recommended settings"),
    )
}
"""In the order in which they are printed; peers that are not installed are named by `peers.absent`."""


def chosen(names: Sequence[str]) -> list[str]:
    """``names``, or all methods where there are none."""
    unknown = [n for n in names if n not in METHODS]
    if unknown:
        raise InputError(f"there is no method '{unknown[0]}' (or it is not installed); there are {', '.join(METHODS)}")
    return list(names) or list(METHODS)


def size_needed(fit: Fit, error: float, largest: float) -> float:
    """The least size at which ``error`` is forecast, infinite if never; searched from e^-12 to e^40 of ``largest``."""
    if fit.needed is not None:
        return fit.needed(error)
    sizes = largest * np.exp(np.linspace(-12, 40, 5201))
    with np.errstate(all="ignore"):
        reached = fit.forecast(sizes) <= error
    return float(sizes[reached.argmax()]) if reached.any() else np.inf
