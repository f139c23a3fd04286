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
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from simworth.learners.network import Float32, Float64, Layers, forward, forward_lanes
from simworth.learners.scaling import label_scaling, line
from simworth.learners.settings import NetworkSpec
from simworth.learners.slots import in_groups, slots

Bool = NDArray[np.bool_]


class Tuned(NamedTuple):
    """Networks tuned to experiments, (lanes, …); not finite where tuning diverged."""

    layers: Layers
    centre: Float64
    """Of the labels (lanes,); outputs are in units of ``scale`` around it."""
    scale: Float64

    def predict(self, asked: Any) -> Float64:
        """Predictions (lanes, asked) for standardised features (lanes, asked, features)."""
        outputs = forward_lanes(self.layers, asked)[1].astype(np.float64)
        return np.asarray(outputs * self.scale[:, None] + self.centre[:, None])


def tune(
    spec: NetworkSpec, layers: Layers, inputs: Any, labels: Float64, folds: int, gradual: bool
) -> tuple[Tuned, Float64]:
    """Tune every lane on its experiments.

    Parameters
    ----------
    layers
        Of `network.Pretrained`, (lanes, …).
    inputs, labels
        Standardised features (lanes, m, features) and measured values (lanes, m).
    folds
        How many parts of the experiments are left out in turn; 0 for none.
    gradual
        Whether layers are unfrozen one after another.

    Returns
    -------
    The tuned networks, and predictions of the left-out experiments (lanes, m), which are NaN without folds.
    """
    lanes, m = labels.shape
    part = np.arange(m) % max(folds, 1)
    whole = _one(spec, layers, inputs, labels, np.ones(m, bool), gradual)
    out = np.full((lanes, m), np.nan)
    for k in range(folds):
        without = _one(spec, layers, inputs, labels, part != k, gradual)
        out[:, part == k] = without.predict(inputs)[:, part == k]
    return whole, out


def _one(spec: NetworkSpec, layers: Layers, inputs: Any, labels: Float64, keep: Bool, gradual: bool) -> Tuned:
    """Tune on the rows of ``keep`` (m,)."""
    centre, scale = np.array([label_scaling(seen[keep]) for seen in labels]).T
    standard = ((labels - centre[:, None]) / scale[:, None]).astype(np.float32)
    source = forward_lanes(layers, inputs)[1]
    begun = _calibrated(layers, source[:, keep], standard[:, keep])
    weight, steps = jnp.asarray(keep / keep.sum(), jnp.float32), jnp.int32(spec.tuning_steps)

    def run(*lanes: Any) -> Layers:
        return _tuning(spec.tuning_rate, gradual)(*lanes, weight, steps)

    data = (begun, inputs, standard)
    return Tuned(in_groups(run, data, slots(len(labels), _lane_bytes(data))), centre, scale)


def _lane_bytes(data: Any) -> int:
    """Of one lane: its rows and weights, the latter with two moments and a gradient."""
    return sum(4 * a[0].nbytes for a in jax.tree.leaves(data))


def _calibrated(layers: Layers, source: Float32, standard: Float32) -> Layers:
    """Fold the least-squares line standard = a source + b of each lane into its last layer."""
    lines = [line(x, y) for x, y in zip(source.astype(np.float64), standard.astype(np.float64), strict=True)]
    a, b = np.array(lines).T
    weight, bias = layers[-1]
    head = weight * a[:, None, None], bias * a[:, None] + b[:, None]
    return [*layers[:-1], tuple(np.asarray(part, np.float32) for part in head)]


@functools.cache
def _tuning(peak: float, gradual: bool) -> Callable[..., Layers]:
    """The compiled adaptation of networks of any shape: full-batch Adam, cosine decay."""
    optimiser = optax.adam(1.0)

    def loss(layers: Layers, x: jax.Array, y: jax.Array, weight: jax.Array) -> jax.Array:
        return jnp.sum(weight * optax.losses.huber_loss(forward(layers, x)[1][..., 0], y))

    def one(layers: Layers, x: jax.Array, y: jax.Array, weight: jax.Array, steps: jax.Array) -> Layers:
        depth = len(layers)
        # The last layer thaws at once, the first after half of the steps.
        thaw = [0.5 * steps * (depth - 1 - i) / max(depth - 1, 1) * gradual for i in range(depth)]

        def body(s: jax.Array, carry: Any) -> Any:
            layers, state = carry
            updates, state = optimiser.update(jax.grad(loss)(layers, x, y, weight), state)
            rate = peak * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            moved = [
                jax.tree.map(functools.partial(_moved, rate * (s >= start)), layer, update)
                for layer, update, start in zip(layers, updates, thaw, strict=True)
            ]
            return moved, state

        tuned, _ = jax.lax.fori_loop(0, steps, body, (layers, optimiser.init(layers)))
        found: Layers = tuned
        return found

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, None, None)))


def _moved(rate: jax.Array, value: jax.Array, update: jax.Array) -> jax.Array:
    return value + rate * update
