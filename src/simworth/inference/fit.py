"""Fit a law: the recommended method.

1. `noise.summarise`: the mean curve and its covariance from paired replicates.
2. `posterior.explore`: each candidate form's evidence and posterior.
3. Here: forms are mixed by evidence, and draws are taken. The same trials give the same bits: the random stream is
   named by their content.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from simworth.curves import Curve, curve
from simworth.errors import InputError
from simworth.inference import drift, forms
from simworth.inference.law import Law, Status, no_law
from simworth.inference.noise import Summary, binned, summarise
from simworth.inference.posterior import Cells, Noise, explore, explore_scattered
from simworth.inference.settings import Settings, drift_grid, misfit_grid
from simworth.seeds import stream

Array = NDArray[np.float64]

LEAST_SIZES = 4
"""Three parameters and one to be wrong with."""

_THREE = np.array([0.0, 0.25, 0.75, 1.0])
"""Probability edges of the nodes of a variance scale."""

SMALLEST, LARGEST = 1e-60, 1e60
"""Errors outside have squares, and squares of squares, beyond floating point."""


def fit_law(
    n: ArrayLike,
    error: ArrayLike,
    m: ArrayLike | None = None,
    replicate: ArrayLike | None = None,
    level: float = 0.9,
) -> Law:
    """Fit D n^-α + C to errors at sizes n, or (A n^-α + B) m^-β + E where m takes two values or more.

    Parameters
    ----------
    n, error : (trials,). All trials, not means; n = 0 (direct learning) is not part of the law; a NaN error is a
        failed trial.
    m : (trials,), optional. Experimental training materials.
    replicate : (trials,), optional. Equal numbers share their split: errors along a curve are then compared within
        replicates. Without it the noise is inferred from the scatter around the form, and intervals are wide.
    level : probability of intervals.

    Returns
    -------
    Law
        With status ``too_few_sizes``, and no draws, for fewer than 4 sizes.

    Raises
    ------
    InputError
        For unusable numbers (see `simworth.curves.curve`) or a level outside (0, 1).
    """
    return fit_curve(curve(n, error, m, replicate), level)


def fit_curve(trials: Curve, level: float = 0.9, settings: Settings | None = None) -> Law:
    """`fit_law` of a `Curve`; ``settings`` replace the recommended priors and grids."""
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}; it must lie between 0 and 1, such as 0.9")
    s = settings or Settings()
    trials = trials.where(trials.n > 0)
    _check_scale(trials)
    joint = len(np.unique(trials.m[~trials.failed])) > 1
    if trials.failed.all() or len(trials.sizes) < LEAST_SIZES:
        return no_law(Status.too_few_sizes, joint, *_points(trials), level)
    return fit_summary(summarise(trials, s.shrink), level, s, trials.digest())


def _check_scale(trials: Curve) -> None:
    """Refuse errors whose squares a computer cannot hold, and a curve of nothing but zeros."""
    errors = trials.error[~trials.failed]
    largest = float(np.abs(errors).max()) if len(errors) else 1.0
    if not SMALLEST < largest < LARGEST:
        what = "every error is 0" if largest == 0 else f"the largest error is {largest:g}"
        raise InputError(f"{what}, which no law can be fitted to; check the errors, or give them in another unit")


def fit_summary(summary: Summary, level: float, s: Settings, name: str) -> Law:
    """The law of a mean curve with known covariance; ``name`` names the random stream."""
    joint = len(np.unique(summary.m)) > 1
    fitted, spare = (summary, np.ones(len(summary.n))) if joint else binned(summary, s.most_points)
    unit = float(np.abs(fitted.mean).max()) or 1.0
    noise = noise_nodes(fitted, s, spare)
    candidates, priors = _candidates(fitted, joint, s)
    still = noise_nodes(fitted, s, spare, along_n=False) if joint else noise.without_drift()
    noises = [noise if c.drifts else still for c in candidates]
    fits = [_explore(c, fitted, unit, own, s) for c, own in zip(candidates, noises, strict=True)]
    share = _shares(candidates, np.array([f.log_evidence() for f in fits]), priors, joint, s)
    rng = stream("law", name, level)
    pieces = [
        _draws(c, f, count, fitted, unit, own, rng)
        for c, f, own, count in zip(candidates, fits, noises, _counts(share, s.draws), strict=True)
        if count
    ]
    drawn = _together(pieces, rng.permutation(s.draws))
    names = (set(drawn) - _DEPARTURES) | ({"A", "alpha", "B", "beta", "E"} if joint else {"D", "alpha", "C"})
    nothing = np.full(s.draws, np.nan)
    p_forms = {c.name: float(p) for c, p in zip(candidates, share, strict=True)}
    return Law(
        status=Status.fitted,
        joint=joint,
        draws={k: drawn.get(k, nothing).astype(float) for k in sorted(names)},
        draw_form=drawn["form"],
        p_forms=p_forms,
        p_gap_zero=sum(p_forms.get(k, 0.0) for k in (forms.BOTH_NO_GAP if joint else forms.NO_GAP)),
        n=summary.n,
        m=summary.m,
        mean=summary.mean,
        anchor=float(fitted.n.max()),
        replicates=float(summary.counted.mean()),
        discrepancy=drawn["discrepancy"],
        wander=_surprised(drawn["wander"], s),
        bend=drawn["bend"],
        shift=drawn["shift"],
        noise=drawn["noise"],
        level=level,
    )


_DEPARTURES = {"form", "discrepancy", "wander", "bend", "shift", "noise"}


def _shares(candidates: list[forms.Candidate], log_evidence: Array, priors: Array, joint: bool, s: Settings) -> Array:
    """Posterior probabilities of the forms, (forms,).

    Joint forms in which n matters are weighed against each other by a power of their evidence; whether it matters at
    all is decided by the whole of it.
    """
    out = _normalised(log_evidence + np.log(priors))
    matters = np.array([c.name not in forms.WITHOUT_N for c in candidates])
    if joint and matters.any():
        tempered = s.temper_joint * log_evidence[matters] + np.log(priors[matters])
        out[matters] = out[matters].sum() * _normalised(tempered)
    return out


def _normalised(log_weight: Array) -> Array:
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def _surprised(wander: Array, s: Settings) -> Array:
    """``wander`` with a few draws that leave their form beyond the data, as no curve's past can tell.

    Rows are in random order, so that every k-th one is a fair sample.
    """
    share, strength = s.surprise
    out = wander.copy()
    if share > 0:
        chosen = out[:: max(round(1 / share), 1)]
        chosen[:] = np.hypot(chosen, strength)
    return out


def _candidates(summary: Summary, joint: bool, s: Settings) -> tuple[list[forms.Candidate], Array]:
    """The forms that have enough sizes, and their prior probabilities."""
    priors = s.joint_forms if joint else s.forms_with_replicates if summary.replicated else s.forms
    pairs = zip(forms.IN_BOTH if joint else forms.IN_N, priors, strict=True)
    kept = [(c, p) for c, p in pairs if p > 0 and len(summary.n) >= c.least]
    weight = np.array([p for _, p in kept])
    return [c for c, _ in kept], weight / weight.sum()


def _together(pieces: list[dict[str, NDArray[Any]]], order: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The draws of all forms, shuffled; NaN where a form does not have a parameter."""
    names = sorted(set().union(*pieces))
    whole = {k: np.concatenate([p.get(k, np.full(len(p["form"]), np.nan)) for p in pieces]) for k in names}
    return {k: v[order] for k, v in whole.items()}


def noise_nodes(summary: Summary, s: Settings, spare: Array, along_n: bool = True) -> Noise:
    """Covariances of the mean curve, in units of its largest value squared, with their prior weights.

    ``spare`` (points,): how many times smaller the variance of a point's discrepancy is. ``along_n``: whether
    that of a joint form may change with n, as a trend does.

    Nodes: relative discrepancy × how it fades with n × drift × scale of the between-replicate part × scale of the
    within-replicate part. A scale is inverse-χ² with the degrees of freedom its estimate has, so few replicates give
    heavy tails.
    """
    unit = float(np.abs(summary.mean).max()) or 1.0
    alone = not summary.replicated
    joint = len(np.unique(summary.m)) > 1
    none = (np.zeros(1), np.zeros(1), np.ones(1))
    by_wander, by_bend, p_drift = none if joint else drift_grid(s, alone)
    misfit, p_misfit = misfit_grid(s, alone, joint)
    between, p_between = _scales(summary.between_dof, _THREE)
    within, p_within = _scales(summary.within_dof, _THREE)
    fading = np.array(s.fading if alone and not joint else (0.0,))
    axes = [np.arange(len(p)) for p in (p_misfit, p_drift, p_between, p_within, fading)]
    i, j, b, e, f = (v.ravel() for v in np.meshgrid(*axes, indexing="ij"))
    size = np.maximum(np.abs(summary.mean) / unit, 0.05)
    distance = np.log(summary.n.max() / summary.n)
    relative = (
        (misfit[i] ** 2)[:, None, None]
        * (_alike(summary, s, along_n) if joint else np.eye(len(size)))
        * (np.exp(2 * fading[f][:, None] * distance) / spare)[:, None]
        + (by_wander[j] ** 2)[:, None, None] * drift.wander(distance)
        + (by_bend[j] ** 2)[:, None, None] * drift.bend(distance)
    )
    covariance = (
        between[b][:, None, None] * summary.between / unit**2
        + within[e][:, None, None] * summary.within / unit**2
        + relative * np.outer(size, size)
    )
    log_weight = np.log(p_misfit[i] * p_drift[j] * p_between[b] * p_within[e] / len(fading))
    return Noise(covariance, log_weight, misfit[i], by_wander[j], by_bend[j], between[b], within[e])


def _alike(summary: Summary, s: Settings, along_n: bool) -> Array:
    """Correlation of a joint form's discrepancy between points, (points, points): partly smooth in log n and log m.

    An equation that is wrong is wrong in one direction over neighbouring sizes. Independent discrepancies alone would
    make that improbable, and give nearly all evidence to whichever form has the least of it.
    """
    share, length = s.smooth_joint
    log_n, log_m = np.log(summary.n) * along_n, np.log(np.maximum(summary.m, 1e-9))
    apart = sum(np.subtract.outer(v, v) ** 2 for v in (log_n, log_m))
    return np.asarray((1 - share) * np.eye(len(summary.n)) + share * np.exp(-0.5 * apart / length**2))


def _scales(dof: float, edges: Array) -> tuple[Array, Array]:
    """Nodes and probabilities of ν/χ²_ν; 1 where nothing was estimated."""
    if dof <= 0:
        return np.ones(1), np.ones(1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    return np.asarray(dof / chi2.ppf(1 - middle, dof)), np.diff(edges)


def _explore(c: forms.Candidate, summary: Summary, unit: float, noise: Noise, s: Settings) -> Cells:
    axes = forms.axes(c, summary.n, summary.m, s)
    design = partial(forms.design, c, summary.n, summary.m)
    mean, size = summary.mean / unit, max(len(axes), 1) - 1
    if c in forms.IN_BOTH:
        return explore_scattered(design, axes, s.joint_points[size], mean, noise, s.coefficient_scale)
    return explore(design, axes, s.grid[size], mean, noise, s.coefficient_scale)


def _counts(share: Array, draws: int) -> list[int]:
    """Draws a form, by largest remainder."""
    exact = share * draws
    counts = np.floor(exact).astype(int)
    for i in np.argsort(counts - exact, kind="stable")[: draws - counts.sum()]:
        counts[i] += 1
    return [int(c) for c in counts]


def _draws(
    c: forms.Candidate,
    cells: Cells,
    count: int,
    summary: Summary,
    unit: float,
    noise: Noise,
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    cell, coefficients = cells.draw(count, rng)
    theta, node = cells.theta[cell], cells.node[cell]
    columns = forms.design(c, summary.n, summary.m, theta)
    parameters = forms.parameters(c, summary.n, summary.m, theta, coefficients * unit)
    residual = summary.mean - unit * np.einsum("tki,ti->tk", columns, coefficients)
    shift = _shift(residual, summary, unit, noise, node, rng) if c in forms.IN_N else np.zeros(count)
    largest = float(np.diag(summary.within)[summary.n.argsort()[-2:]].mean())
    return {
        **parameters,
        "form": np.full(count, c.law),
        "discrepancy": noise.misfit[node],
        "wander": noise.wander[node],
        "bend": noise.bend[node],
        "shift": shift,
        "noise": np.sqrt(noise.within_scale[node] * largest),
    }


def _shift(
    residual: Array,
    summary: Summary,
    unit: float,
    noise: Noise,
    node: NDArray[np.int64],
    rng: np.random.Generator,
) -> Array:
    """The replicates' common shift given the residual of each draw: Gaussian conditioning, (draws,)."""
    variance = noise.between_scale * float(summary.between.mean())
    weight = np.linalg.solve(noise.covariance * unit**2, np.ones((len(summary.n), 1)))[..., 0]
    left = np.maximum(variance - variance**2 * weight.sum(1), 0.0)
    centre = variance[node] * np.einsum("tk,tk->t", weight[node], residual)
    return np.asarray(centre + np.sqrt(left[node]) * rng.standard_normal(len(node)))


def _points(trials: Curve) -> tuple[Array, Array, Array]:
    """Points with a finished trial: n, m and the mean error."""
    finished = trials.where(~trials.failed)
    if not len(finished.n):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    pairs = np.unique(np.stack([finished.m, finished.n]), axis=1)
    mean = [finished.error[(finished.m == m) & (finished.n == n)].mean() for m, n in pairs.T]
    return pairs[1], pairs[0], np.array(mean)
