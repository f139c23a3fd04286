"""Many small networks trained as one computation: the leading axis of every array is the lane (replicate).

Each lane has its own rows, standardisation, labels and random stream; the compiled program is the same for
all sizes of source, since the number of rows and of steps are data. On CPU a lane's numbers come from one
thread, so they do not depend on the machine's core count.

Pretraining: AdamW (Loshchilov and Hutter, arXiv 1711.05101) on a Huber loss with a warm-up and a cosine
decay (Loshchilov and Hutter, arXiv 1608.03983). Adaptation: the source prediction is first calibrated to
the experiments by a least-squares line, folded into the last layer, then every layer is tuned on all
experimental training rows at a lower rate. Direct learning (n = 0) is the same two steps with the
experimental training rows in the place of the source.
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

from simworth.learners.settings import NetworkSpec

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Layers = list[tuple[jax.Array, jax.Array]]

CLIP = 8.0
"""Standardised features are cut at this many standard deviations: a target may lie far outside the source."""
SMALLEST_SCALE = 1e-6


class Pretrained(NamedTuple):
    """A batch of networks; each layer is (weights (lanes, in, out), biases (lanes, out))."""

    layers: Layers
    centre: Float32
    """Feature means (lanes, features) of each lane's own rows."""
    scale: Float32
    """Standard deviations (lanes, features); infinite where a feature is constant, which silences it."""
    label_centre: Float64
    label_scale: Float64


def pretrain(
    spec: NetworkSpec, features: Float32, labels: Float64, rows: Int32, n: int, seeds: list[int]
) -> Pretrained:
    """Train one network a lane on ``n`` source materials.

    Parameters
    ----------
    features
        (materials, features) of the whole source.
    labels
        (lanes, width): the label of the material in ``rows`` at the same place.
    rows
        (lanes, width): each lane's materials in its own order, of which the first ``n`` are used; ``width``
        may be larger, which lets one compiled program serve every n.
    seeds
        One 64-bit seed a lane.
    """
    centre, scale = zip(*(_standardisation(features[lane[:n]]) for lane in rows), strict=True)
    label_centre = labels[:, :n].mean(axis=1)
    label_scale = np.maximum(labels[:, :n].std(axis=1), SMALLEST_SCALE)
    standard = ((labels - label_centre[:, None]) / label_scale[:, None]).astype(np.float32)
    layers = _pretraining(spec)(
        jnp.asarray(features),
        jnp.asarray(standard),
        jnp.asarray(rows),
        jnp.int32(n),
        jnp.asarray(np.stack(centre)),
        jnp.asarray(np.stack(scale)),
        _keys(seeds),
        jnp.int32(spec.pretraining_steps(n)),
    )
    return Pretrained(layers, np.stack(centre), np.stack(scale), label_centre, label_scale)


def adapt_and_predict(
    spec: NetworkSpec,
    pretrained: Pretrained,
    features: Float32,
    labels: Float64,
    train: Int32,
    ask: Int32,
) -> Float64:
    """Tune every lane on its experiments and predict others.

    Parameters
    ----------
    features, labels
        Experimental table: (materials, features), (materials,).
    train, ask
        Rows to learn from (lanes, m) and to predict (lanes, asked).

    Returns
    -------
    (lanes, asked) predictions in the unit of ``labels``; not finite where tuning diverged.
    """
    seen = labels[train]
    centre, scale = seen.mean(axis=1), np.maximum(seen.std(axis=1), SMALLEST_SCALE)
    standard = ((seen - centre[:, None]) / scale[:, None]).astype(np.float32)
    inputs = _standardised(features, train, pretrained)
    source = np.asarray(_forward_lanes(pretrained.layers, inputs))
    layers = _calibrated(pretrained.layers, source, standard)
    predicted = _tuning(spec)(
        layers,
        inputs,
        jnp.asarray(standard),
        _standardised(features, ask, pretrained),
        jnp.int32(spec.tuning_steps),
    )
    answer: Float64 = np.asarray(predicted, dtype=np.float64) * scale[:, None] + centre[:, None]
    return answer


def _standardisation(rows: Float32) -> tuple[Float32, Float32]:
    """Mean and standard deviation (features,) of a lane's own rows; constant features get an infinite one."""
    centre = rows.mean(axis=0, dtype=np.float64)
    scale = rows.std(axis=0, dtype=np.float64)
    return centre.astype(np.float32), np.where(scale > SMALLEST_SCALE, scale, np.inf).astype(np.float32)


def _standardised(features: Float32, rows: Int32, pretrained: Pretrained) -> jax.Array:
    """Inputs (lanes, rows, features) as each lane's network sees them."""
    centred = features[rows] - pretrained.centre[:, None, :]
    return jnp.asarray(np.clip(centred / pretrained.scale[:, None, :], -CLIP, CLIP))


def _calibrated(layers: Layers, source: Float32, standard: Float32) -> Layers:
    """Fold the least-squares line standard = a source + b of each lane into its last layer."""
    mean_source, mean = source.mean(axis=1), standard.mean(axis=1)
    spread = source - mean_source[:, None]
    a = (spread * (standard - mean[:, None])).sum(axis=1) / np.maximum((spread**2).sum(axis=1), SMALLEST_SCALE)
    b = mean - a * mean_source
    weight, bias = layers[-1]
    head = (weight * jnp.asarray(a)[:, None, None], bias * jnp.asarray(a)[:, None] + jnp.asarray(b)[:, None])
    return [*layers[:-1], head]


def _keys(seeds: list[int]) -> jax.Array:
    """One JAX key a lane from a 64-bit seed."""
    words = np.array([[s >> 32 & 0xFFFFFFFF, s & 0xFFFFFFFF] for s in seeds], dtype=np.uint32)
    keys: jax.Array = jax.random.wrap_key_data(jnp.asarray(words), impl="threefry2x32")
    return keys


def _initial(key: jax.Array, sizes: tuple[int, ...]) -> Layers:
    """He initialisation (He et al., arXiv 1502.01852) of one lane."""
    keys = jax.random.split(key, len(sizes) - 1)
    return [
        (jax.random.normal(k, (a, b)) * np.sqrt(2 / a), jnp.zeros(b))
        for k, a, b in zip(keys, sizes[:-1], sizes[1:], strict=True)
    ]


def _forward(layers: Layers, x: jax.Array) -> jax.Array:
    """Predictions (rows,) of one lane for inputs (rows, features)."""
    for weight, bias in layers[:-1]:
        x = jax.nn.silu(x @ weight + bias)
    weight, bias = layers[-1]
    return (x @ weight + bias)[..., 0]


_forward_lanes = jax.jit(jax.vmap(_forward))


def _loss(layers: Layers, x: jax.Array, y: jax.Array) -> jax.Array:
    """Mean Huber loss in standardised units: close to the MAE that is reported, yet smooth."""
    return jnp.mean(optax.losses.huber_loss(_forward(layers, x), y))


@functools.cache
def _pretraining(spec: NetworkSpec) -> Callable[..., Layers]:
    """The compiled pretraining of one specification (a pure function; the cache saves tracing it again)."""
    optimiser = optax.adamw(1.0, weight_decay=spec.decay)

    def step(layers: Layers, state: Any, x: jax.Array, y: jax.Array, rate: jax.Array) -> tuple[Layers, Any]:
        updates, state = optimiser.update(jax.grad(_loss)(layers, x, y), state, layers)
        return jax.tree.map(lambda a, u: a + rate * u, layers, updates), state

    @jax.jit
    def run(
        features: jax.Array, labels: jax.Array, rows: jax.Array, n: jax.Array,
        centre: jax.Array, scale: jax.Array, keys: jax.Array, steps: jax.Array,
    ) -> Layers:  # fmt: skip
        def draw(s: jax.Array, key: jax.Array, lane: jax.Array, label: jax.Array, c: jax.Array, d: jax.Array) -> Any:
            u = jax.random.uniform(jax.random.fold_in(key, s), (spec.batch,))
            place = jnp.minimum((u * n).astype(jnp.int32), n - 1)
            x = jnp.clip((features[lane[place]] - c) / d, -CLIP, CLIP)
            return x, label[place]

        def body(s: jax.Array, carry: Any) -> Any:
            x, y = jax.vmap(functools.partial(draw, s))(keys, rows, labels, centre, scale)
            warm = jnp.minimum(1.0, (s + 1) / (0.05 * steps + 1))
            rate = spec.rate * warm * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            layers, state = carry
            return jax.vmap(step, in_axes=(0, 0, 0, 0, None))(layers, state, x, y, rate)

        sizes = (features.shape[1], *spec.hidden, 1)
        layers = jax.vmap(functools.partial(_initial, sizes=sizes))(keys)
        trained: Layers = jax.lax.fori_loop(0, steps, body, (layers, jax.vmap(optimiser.init)(layers)))[0]
        return trained

    return run


@functools.cache
def _tuning(spec: NetworkSpec) -> Callable[..., jax.Array]:
    """The compiled adaptation of one specification: full-batch Adam, cosine decay, then prediction."""
    optimiser = optax.adam(1.0)

    def one(layers: Layers, x: jax.Array, y: jax.Array, asked: jax.Array, steps: jax.Array) -> jax.Array:
        def body(s: jax.Array, carry: Any) -> Any:
            layers, state = carry
            updates, state = optimiser.update(jax.grad(_loss)(layers, x, y), state)
            rate = spec.tuning_rate * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            return jax.tree.map(lambda a, u: a + rate * u, layers, updates), state

        tuned, _ = jax.lax.fori_loop(0, steps, body, (layers, optimiser.init(layers)))
        return _forward(tuned, asked)

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, 0, None)))
