"""Fine-tuning of many pretrained networks at once, with the predictions of rows that were left out.

The source prediction is first calibrated to the experiments by a least-squares line, which is folded into the last
layer; then the network is tuned on all its experimental training rows at once (Adam, cosine decay). Tuning may unfreeze
gradually, from the last layer down (Howard & Ruder 2018, arXiv 1801.06146, section 3.3).

A lane is tuned once on all its rows and once without each of a few folds, as lanes of one batch; the latter are what an
inner validation needs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from simworth.learners.network import SMALLEST_SCALE, Float32, Float64, Layers, forward, forward_lanes, spread_lanes
from simworth.learners.settings import NetworkSpec

Bool = NDArray[np.bool_]


def tune(
    spec: NetworkSpec, layers: Layers, inputs: Any, labels: Float64, asked: Any, folds: int, gradual: bool
) -> tuple[Float64, Float64]:
    """Tune every lane on its experiments and predict others.

    Parameters
    ----------
    layers
        Of `network.Pretrained`, (lanes, …).
    inputs, labels
        Standardised features (lanes, m, features) and measured values (lanes, m).
    asked
        Standardised features (lanes, asked, features).
    folds
        How many parts of the experiments are left out in turn; 0 for none.
    gradual
        Whether layers are unfrozen one after another.

    Returns
    -------
    Predictions (lanes, asked), and of the left-out experiments (lanes, m), which are NaN without folds. Not finite
    where tuning diverged.
    """
    lanes, m = labels.shape
    part = np.arange(m) % max(folds, 1)
    kept = np.stack([np.ones(m, bool), *(part != k for k in range(folds))])
    each = [_one(spec, layers, inputs, labels, asked, keep, gradual) for keep in kept]
    predicted = each[0][:, m:]
    out = np.full((lanes, m), np.nan)
    for k in range(folds):
        out[:, part == k] = each[k + 1][:, :m][:, part == k]
    return predicted, out


def _one(
    spec: NetworkSpec, layers: Layers, inputs: Any, labels: Float64, asked: Any, keep: Bool, gradual: bool
) -> Float64:
    """Tune on the rows of ``keep`` (m,); predict all rows and ``asked``: (lanes, m + asked)."""
    seen = labels[:, keep]
    centre, scale = seen.mean(axis=1), np.maximum(seen.std(axis=1), SMALLEST_SCALE)
    standard = ((labels - centre[:, None]) / scale[:, None]).astype(np.float32)
    source = np.asarray(forward_lanes(layers, inputs)[1])
    begun = _calibrated(layers, source[:, keep], standard[:, keep])
    (x, y, more) = spread_lanes([inputs, jnp.asarray(standard), asked])
    weight = jnp.asarray(keep / keep.sum(), jnp.float32)
    answer = _tuning(spec, gradual)(begun, x, y, weight, more, jnp.int32(spec.tuning_steps))
    predicted: Float64 = np.asarray(answer, np.float64) * scale[:, None] + centre[:, None]
    return predicted


def _calibrated(layers: Layers, source: Float32, standard: Float32) -> Layers:
    """Fold the least-squares line standard = a source + b of each lane into its last layer."""
    mean_source, mean = source.mean(axis=1), standard.mean(axis=1)
    spread = source - mean_source[:, None]
    a = (spread * (standard - mean[:, None])).sum(axis=1) / np.maximum((spread**2).sum(axis=1), SMALLEST_SCALE)
    b = mean - a * mean_source
    weight, bias = layers[-1]
    head = (weight * jnp.asarray(a)[:, None, None], bias * jnp.asarray(a)[:, None] + jnp.asarray(b)[:, None])
    return [*layers[:-1], head]


@functools.cache
def _tuning(spec: NetworkSpec, gradual: bool) -> Callable[..., jax.Array]:
    """The compiled adaptation of one specification: full-batch Adam, cosine decay, then prediction."""
    optimiser = optax.adam(1.0)

    def loss(layers: Layers, x: jax.Array, y: jax.Array, weight: jax.Array) -> jax.Array:
        return jnp.sum(weight * optax.losses.huber_loss(forward(layers, x)[1][..., 0], y))

    def one(
        layers: Layers, x: jax.Array, y: jax.Array, weight: jax.Array, asked: jax.Array, steps: jax.Array
    ) -> jax.Array:
        depth = len(layers)
        # The last layer thaws at once, the first after half of the steps.
        thaw = [0.5 * steps * (depth - 1 - i) / max(depth - 1, 1) * gradual for i in range(depth)]

        def body(s: jax.Array, carry: Any) -> Any:
            layers, state = carry
            updates, state = optimiser.update(jax.grad(loss)(layers, x, y, weight), state)
            rate = spec.tuning_rate * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            moved = [
                jax.tree.map(functools.partial(_moved, rate * (s >= start)), layer, update)
                for layer, update, start in zip(layers, updates, thaw, strict=True)
            ]
            return moved, state

        tuned, _ = jax.lax.fori_loop(0, steps, body, (layers, optimiser.init(layers)))
        return jnp.concatenate([forward(tuned, v)[1][..., 0] for v in (x, asked)])

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, None, 0, None)))


def _moved(rate: jax.Array, value: jax.Array, update: jax.Array) -> jax.Array:
    return value + rate * update
