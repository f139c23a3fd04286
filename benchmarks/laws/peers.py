"""Packages on PyPI that fit learning curves. They are run where they are installed, and named where they are not."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.plain import FAINTEST

Array = NDArray[np.float64]

DRAWS = 200
"""Bootstrap draws asked of simple-scaling-laws (its default is 1,000, five times slower)."""


@dataclass(frozen=True)
class Forecast:
    """Point forecast, and where the package has them its draws of sizes, (draws, sizes), and the noise of these."""

    point: Callable[[Array], Array]
    centre: Callable[[Array], Array] | None = None
    spread: Callable[[Array], Array] | None = None


@dataclass(frozen=True)
class Peer:
    """A package: how it is used (None: it cannot be), and how to get it or why it cannot be had."""

    name: str
    module: str
    fit: Callable[[Array, Array], Forecast] | None
    remark: str
    install: str


def _import(name: str) -> Any:
    """The module, without the warnings of its import (old packages)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def simple_scaling_laws(n: Array, error: Array) -> Forecast:
    """Its default law with bootstrap draws and run-to-run noise; each size is one training run.

    Errors that are all below 1 are declared to lie in [0, 1], as its manual asks for an error rate: it then fits their
    logits, where its noise is measured too.
    """
    package, polars = _import("simple_scaling_laws"), _import("polars")
    target, size = "test_loss__error", "dataset_size__n"
    runs = polars.DataFrame({"training_run_id": [str(i) for i in range(len(n))], size: n, target: error})
    bounded = bool(error.max() < 1)
    kind = {target: {"support": "unit", "direction": "lower"}} if bounded else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = package.fit(runs, n_draws=DRAWS, seed=0, targets=kind)
    unit = model.observed_domain[size]["reference"]
    noise = np.asarray(model.draws[target].run_sd, float)[:, None]

    def centre(ahead: Array) -> Array:
        return np.asarray(model.target_draws(target, np.log(ahead / unit)[:, None], kind="mean"))

    def spread(at: Array) -> Array:
        return np.maximum(noise * (at * (1 - at) if bounded else 1.0), FAINTEST * float(error.max()))

    return Forecast(lambda ahead: np.median(centre(ahead), axis=0), centre, spread)


def learning_curves(n: Array, error: Array) -> Forecast:
    """Its best of four predictors by R², on the accuracy 1 - error, which is what it is made for."""
    package = _import("learning_curves")
    tool = package.LearningCurve()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = tool.best_predictor_cust(tool.predictors, n, 1 - error)
    if best.score is None or not np.isfinite(best.score):
        raise RuntimeError("none of its predictors could be fitted")

    def point(ahead: Array) -> Array:
        with np.errstate(all="ignore"):
            forecast = 1 - np.asarray(best(ahead), float)
        if not np.isfinite(forecast).all():
            raise RuntimeError("its forecast is not finite")
        return forecast

    return Forecast(point)


PEERS = (
    Peer(
        "simple-scaling-laws",
        "simple_scaling_laws",
        simple_scaling_laws,
        f"its default law, {DRAWS} draws; errors below 1 declared to lie in [0, 1]",
        "pip install simple-scaling-laws (declares Python >= 3.12; on 3.11 with --ignore-requires-python)",
    ),
    Peer(
        "learning-curves",
        "learning_curves",
        learning_curves,
        "the best of its four predictors by R²",
        "pip install --no-deps learning-curves dill (its requirement 'sklearn' is a package that refuses to install)",
    ),
    Peer(
        "lcpfn",
        "lcpfn",
        None,
        "a network that continues learning curves",
        "cannot be run: needs torch <= 1.11, which has no wheel for Python 3.11 or later, and loads weights from the "
        "network; no adapter is written",
    ),
)


def missing(peer: Peer) -> bool:
    """Whether the package is not installed."""
    return importlib.util.find_spec(peer.module) is None


def absent() -> dict[str, str]:
    """Peers that do not take part, and why."""
    return {
        p.name: f"absent: {p.install}" if missing(p) else "absent: installed, but no adapter is written"
        for p in PEERS
        if p.fit is None or missing(p)
    }


def versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    names = ["simworth", "numpy", "scipy", *(p.name for p in PEERS if p.fit and not missing(p))]
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed, run from its source"
    return found
