"""How a pretrained network is adapted to experiments: one recipe a strategy, and their blend.

Every strategy sees the experimental training rows alone. It gives a fit that predicts any rows, and predictions of each
training row as if it had not been seen (in closed form by leave-one-out, for tuned networks by folds). From the latter,
``auto`` blends the strategies and direct learning by non-negative weights that sum to one (stacking: Breiman 1996,
Mach. Learn. 24, 49): where the source is of no use, direct learning has the weight.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from simworth.learners.network import Float32, Float64, Int32, Pretrained, represent, standardised
from simworth.learners.recipes import RECIPES, Fit, Lane, Rows, apply, bounds, fit
from simworth.learners.settings import NetworkSpec
from simworth.learners.tuning import Tuned, tune

FOLDS = 4
"""Parts of the experiments that are left out in turn where a strategy has no closed form for it."""
CLOSED = ("affine", "head", "kernel", "residual")
"""Strategies in closed form that use the source, by their names in a study."""
TUNED = ("tune", "unfreeze", "auto")
"""Adaptations that tune the network."""


class Adapted(NamedTuple):
    """Networks adapted to experiments, (lanes, …): enough to predict any material.

    Which parts there are follows from the adaptation: tuned networks, fits in closed form, or for ``auto`` both.
    """

    pretrained: Pretrained
    train: Int32
    """(lanes, m) rows of the experimental table that were learned from."""
    learned: Float32
    """(lanes, m, h) last hidden layer of the pretrained networks for them."""
    bounds: Float64
    """(lanes, 2) between which a strategy in closed form may predict."""
    tuned: Tuned | None
    fits: dict[str, list[Fit]]
    """By strategy, one a lane."""
    blend: Float64
    """(lanes, fits and then the tuned network) weights that sum to one."""


def adapt(spec: NetworkSpec, pretrained: Pretrained, features: Float32, labels: Float64, train: Int32) -> Adapted:
    """Adapt every lane to its experiments by ``spec.adaptation``.

    Parameters
    ----------
    features, labels
        Experimental table: (materials, features), (materials,).
    train
        Rows to learn from (lanes, m).
    """
    inputs, learned, source = represent(pretrained, features, train)
    limits = np.array([bounds(labels[rows]) for rows in train])
    lanes = [Lane(Rows(features[t], learned[i], source[i]), labels[t]) for i, t in enumerate(train)]
    tuned, out = None, np.zeros((len(train), 0))
    if spec.adaptation in TUNED:
        folds = FOLDS if spec.adaptation == "auto" else 0
        tuned, out = tune(spec, pretrained.layers, inputs, labels[train], folds, spec.adaptation == "unfreeze")
    names = fit_names(spec)
    found = {name: [fit(RECIPES[name], lane) for lane in lanes] for name in names}
    blend = np.ones((len(train), 1))
    if spec.adaptation == "auto":
        blend = np.stack([_blend(i, lane, found, limits[i], tuned, out[i]) for i, lane in enumerate(lanes)])
    fits = {name: [each for each, _ in both] for name, both in found.items()}
    return Adapted(pretrained, train, learned.astype(np.float32), limits, tuned, fits, blend)


def fit_names(spec: NetworkSpec) -> tuple[str, ...]:
    """The recipes that an adaptation fits."""
    return (*CLOSED, "direct") if spec.adaptation == "auto" else tuple(k for k in CLOSED if k == spec.adaptation)


def predict(adapted: Adapted, known: Float32, features: Float32, ask: Int32) -> Float64:
    """Predictions (lanes, asked) of the rows ``ask`` (lanes, asked) of ``features``, in the unit of the labels.

    Parameters
    ----------
    known
        (materials, features) of the experimental table that the networks were adapted to.

    Returns
    -------
    Not finite where tuning diverged.
    """
    if not adapted.fits:
        assert adapted.tuned is not None
        return adapted.tuned.predict(standardised(features, ask, adapted.pretrained))
    inputs, learned, source = represent(adapted.pretrained, features, ask)
    tuned = None if adapted.tuned is None else adapted.tuned.predict(inputs)
    found = []
    for i, (low, high) in enumerate(adapted.bounds):
        rows = Rows(known[adapted.train[i]], adapted.learned[i].astype(np.float64), np.zeros(0))
        asked = Rows(features[ask[i]], learned[i], source[i])
        each = [np.clip(apply(RECIPES[k], fits[i], rows, asked), low, high) for k, fits in adapted.fits.items()]
        weight = adapted.blend[i]
        if tuned is not None and weight[-1] > 0:
            each.append(tuned[i])
        found.append(np.stack(each, 1) @ weight[: len(each)] if tuned is not None else each[0])
    return np.stack(found)


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
    each = predict(adapt(spec, pretrained, features, labels, train_each), features, features, ask_each)
    return np.asarray(each.reshape(len(train), spec.members, -1).mean(axis=1))


def direct_and_predict(features: Float32, labels: Float64, train: Int32, ask: Int32) -> Float64:
    """Direct learning in closed form, what every strategy but tuning comes to without a source: (lanes, asked)."""
    nothing, recipe, found = np.zeros((0, 0)), RECIPES["direct"], []
    for t, a in zip(train, ask, strict=True):
        rows, asked = (Rows(features[part], nothing, np.zeros(0)) for part in (t, a))
        found.append(apply(recipe, fit(recipe, Lane(rows, labels[t]))[0], rows, asked))
    return np.stack(found)


def _blend(
    i: int, lane: Lane, found: dict[str, list[tuple[Fit, Float64]]], limits: Float64, tuned: Tuned | None, out: Float64
) -> Float64:
    """Weights of one lane's fits and of its tuned network, by their predictions of unseen rows."""
    unseen = [np.clip(both[i][1], *limits) for both in found.values()]
    assert tuned is not None
    whole = np.isfinite(out).all() and all(
        np.isfinite(np.asarray(part)[i]).all() for pair in tuned.layers for part in pair
    )
    found_weights = weights(np.stack([*unseen, *([out] if whole else [])], 1), lane.labels)
    return np.pad(found_weights, (0, len(unseen) + 1 - len(found_weights)))


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
