"""How a pretrained network is adapted to experiments: one function a strategy, and their blend.

Every strategy sees the experimental training rows alone and returns predictions of the rows asked for, and of each
training row as if it had not been seen (in closed form by leave-one-out, for tuned networks by folds). From the latter,
``auto`` blends the strategies and direct learning by non-negative weights that sum to one (stacking: Breiman 1996,
Mach. Learn. 24, 49): where the source is of no use, direct learning has the weight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from simworth.learners import kernels
from simworth.learners.network import Float32, Float64, Int32, Pretrained, represent
from simworth.learners.settings import NetworkSpec
from simworth.learners.tuning import tune

FOLDS = 4
"""Parts of the experiments that are left out in turn where a strategy has no closed form for it."""
BEYOND = 0.5
"""Of the range of the experiments: how far outside it a strategy in closed form may predict."""


class Lane(NamedTuple):
    """One replicate's experiments as a strategy in closed form sees them, first to learn from, then asked for.

    features : (m, d), (asked, d). learned : last hidden layer of the source network, (m, h), (asked, h).
    source : its prediction, (m,), (asked,). labels : measured, (m,).
    """

    features: tuple[Float32, Float32]
    learned: tuple[Float64, Float64]
    source: tuple[Float64, Float64]
    labels: Float64


Predicted = tuple[Float64, Float64]
"""Predictions (asked,), and of each training row as if it were unseen (m,)."""


def affine(lane: Lane) -> Predicted:
    """A least-squares line through the source prediction."""
    return kernels.line(*lane.source, lane.labels)


def head(lane: Lane) -> Predicted:
    """The network's body frozen, its head a ridge regression in closed form."""
    return kernels.linear(kernels.standardised(*lane.learned, damped=True), lane.labels)


def kernel(lane: Lane) -> Predicted:
    """Kernel ridge regression (the mean of a Gaussian process) on the learned features."""
    return kernels.exponential([kernels.standardised(*lane.learned, damped=True)], lane.labels)


def residual(lane: Lane) -> Predicted:
    """Kernel ridge regression of what the line through the source prediction leaves, on given and learned features."""
    asked, out = affine(lane)
    blocks = [kernels.standardised(*lane.features), kernels.standardised(*lane.learned, damped=True)]
    fitted = _line_at_rows(lane)
    more, more_out = kernels.exponential(blocks, lane.labels - fitted)
    return asked + more, out + more_out


def direct(lane: Lane) -> Predicted:
    """Kernel ridge regression on the given features: no source at all."""
    return kernels.exponential([kernels.standardised(*lane.features)], lane.labels)


def _line_at_rows(lane: Lane) -> Float64:
    rows = lane.source[0]
    return kernels.line(rows, rows, lane.labels)[0]


CLOSED: Mapping[str, Callable[[Lane], Predicted]] = {
    "affine": affine,
    "head": head,
    "kernel": kernel,
    "residual": residual,
}
"""Strategies in closed form, by their names in a study."""


def adapt_and_predict(
    spec: NetworkSpec, pretrained: Pretrained, features: Float32, labels: Float64, train: Int32, ask: Int32
) -> Float64:
    """Adapt every lane to its experiments by ``spec.adaptation`` and predict others.

    Parameters
    ----------
    features, labels
        Experimental table: (materials, features), (materials,).
    train, ask
        Rows to learn from (lanes, m) and to predict (lanes, asked).

    Returns
    -------
    (lanes, asked) predictions in the unit of ``labels``: the mean over a lane's ``spec.members`` networks, each adapted
    by itself. Not finite where tuning diverged.
    """
    train_each, ask_each = (np.repeat(rows, spec.members, axis=0) for rows in (train, ask))
    each = _each_network(spec, pretrained, features, labels, train_each, ask_each)
    return np.asarray(each.reshape(len(train), spec.members, -1).mean(axis=1))


def direct_and_predict(features: Float32, labels: Float64, train: Int32, ask: Int32) -> Float64:
    """Direct learning in closed form, what every strategy but tuning comes to without a source: (lanes, asked)."""
    nothing = np.zeros((0, 0)), np.zeros((0, 0))
    lanes = [Lane((features[t], features[a]), nothing, nothing, labels[t]) for t, a in zip(train, ask, strict=True)]
    return np.stack([direct(lane)[0] for lane in lanes])


def _each_network(
    spec: NetworkSpec, pretrained: Pretrained, features: Float32, labels: Float64, train: Int32, ask: Int32
) -> Float64:
    inputs, learned, source = represent(pretrained, features, train)
    asked = represent(pretrained, features, ask)
    lanes = [
        Lane((features[t], features[a]), (learned[i], asked[1][i]), (source[i], asked[2][i]), labels[t])
        for i, (t, a) in enumerate(zip(train, ask, strict=True))
    ]
    if spec.adaptation in CLOSED:
        return np.stack([bounded(CLOSED[spec.adaptation](lane), lane.labels)[0] for lane in lanes])
    folds = FOLDS if spec.adaptation == "auto" else 0
    gradual = spec.adaptation == "unfreeze"
    tuned = tune(spec, pretrained.layers, inputs, labels[train], asked[0], folds, gradual)
    if spec.adaptation != "auto":
        return tuned[0]
    return np.stack([_blended(lane, (tuned[0][i], tuned[1][i])) for i, lane in enumerate(lanes)])


def bounded(predicted: Predicted, labels: Float64) -> Predicted:
    """Predictions cut at `BEYOND` times the range of ``labels`` (m,) outside it, as far as any line is trusted."""
    low, high = float(labels.min()), float(labels.max())
    more = BEYOND * (high - low)
    asked, out = (np.clip(part, low - more, high + more) for part in predicted)
    return asked, out


def _blended(lane: Lane, tuned: Predicted) -> Float64:
    """All strategies and direct learning of one lane, weighed by their predictions of unseen rows."""
    found = [bounded(strategy(lane), lane.labels) for strategy in (*CLOSED.values(), direct)]
    if all(np.isfinite(part).all() for part in tuned):
        found.append(tuned)
    weight = weights(np.stack([out for _, out in found], 1), lane.labels)
    return np.asarray(np.stack([asked for asked, _ in found], 1) @ weight)


def weights(unseen: Float64, labels: Float64) -> Float64:
    """Non-negative weights (strategies,) that sum to one, with the least mean absolute error on unseen rows.

    ``unseen`` (m, strategies), ``labels`` (m,). Absolute, because that is what is reported, and one far-off prediction
    must not decide. A linear programme: labels = unseen w + over - under, all of them non-negative.
    """
    m, count = unseen.shape
    cost = np.concatenate([np.zeros(count), np.ones(2 * m)])
    total = csr_array(np.concatenate([np.ones(count), np.zeros(2 * m)])[None])
    scale = float(np.abs(labels).max()) or 1.0
    balance = hstack([csr_array(unseen / scale), eye_array(m), -eye_array(m)])
    found = linprog(cost, A_eq=vstack([balance, total]).tocsr(), b_eq=np.append(labels / scale, 1.0), bounds=(0, None))
    if found.x is None:
        misses = np.abs(unseen - labels[:, None]).mean(0)
        return np.asarray((misses == misses.min()) / (misses == misses.min()).sum(), np.float64)
    return np.asarray(found.x[:count] / found.x[:count].sum(), np.float64)
