"""Many small networks pretrained as one computation: the leading axis of every array is the lane (replicate).

Each lane has its own rows, standardisation, labels and random stream; the compiled program is the same for
all sizes of source, since the number of rows and of steps are data. On CPU a lane's numbers come from one
thread, so they do not depend on the machine's core count; where JAX sees several devices, lanes are shared
out among them.

AdamW (Loshchilov and Hutter, arXiv 1711.05101) on a Huber loss with a warm-up and a cosine decay (Loshchilov and
Hutter, arXiv 1608.03983). Several properties may be learned at once, each where it is known.
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
from simworth.seeds import seed_of

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Layers = list[tuple[jax.Array, jax.Array]]

CLIP = 8.0
"""Standardised features are cut at this many standard deviations: a target may lie far outside the source."""
SMALLEST_SCALE = 1e-6


class Pretrained(NamedTuple):
    """A batch of networks; each layer is (weights (lanes, in, out), biases (lanes, out)).

    The last layer predicts the first property alone, in units of ``label_scale`` around ``label_centre``.
    """

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
        (lanes, width) or (lanes, width, properties): the labels of the material in ``rows`` at the same place; NaN
        where one is not known. The first property is the one to transfer.
    rows
        (lanes, width): each lane's materials in its own order, of which the first ``n`` are used; ``width``
        may be larger, which lets one compiled program serve every n.
    seeds
        One 64-bit seed a lane; where ``spec.members`` is more than one, each lane is trained that many times over, with
        seeds made from its own, and the returned batch has ``members`` networks of the first lane, then of the next.
    """
    if spec.members > 1:
        labels, rows = np.repeat(labels, spec.members, axis=0), np.repeat(rows, spec.members, axis=0)
        seeds = [seed_of("member", seed, k) for seed in seeds for k in range(spec.members)]
    wanted = labels[..., None] if labels.ndim == 2 else labels
    centre, scale = zip(*(_standardisation(features[lane[:n]]) for lane in rows), strict=True)
    label_centre, label_scale = _label_scaling(wanted[:, :n])
    standard = ((wanted - label_centre[:, None]) / label_scale[:, None]).astype(np.float32)
    lanes = [standard, rows, np.stack(centre), np.stack(scale), _keys(seeds)]
    layers = _pretraining(spec)(
        jnp.asarray(features), *spread_lanes(lanes), jnp.int32(n), jnp.int32(spec.pretraining_steps(n))
    )
    weight, bias = layers[-1]
    first = [*layers[:-1], (weight[..., :1], bias[..., :1])]
    return Pretrained(first, np.stack(centre), np.stack(scale), label_centre[:, 0], label_scale[:, 0])


def represent(pretrained: Pretrained, features: Float32, rows: Int32) -> tuple[jax.Array, Float64, Float64]:
    """What each lane's network makes of ``rows`` (lanes, asked) of ``features``.

    Returns
    -------
    Its inputs (lanes, asked, features), its last hidden layer (lanes, asked, width), and its prediction (lanes, asked)
    of the source property.
    """
    inputs = standardised(features, rows, pretrained)
    learned, predicted = forward_lanes(pretrained.layers, inputs)
    scale, centre = pretrained.label_scale[:, None], pretrained.label_centre[:, None]
    return inputs, np.asarray(learned, np.float64), np.asarray(predicted, np.float64) * scale + centre


def standardised(features: Float32, rows: Int32, pretrained: Pretrained) -> jax.Array:
    """Inputs (lanes, rows, features) as each lane's network sees them."""
    centred = features[rows] - pretrained.centre[:, None, :]
    return jnp.asarray(np.clip(centred / pretrained.scale[:, None, :], -CLIP, CLIP))


def spread_lanes(arrays: list[Any]) -> list[jax.Array]:
    """The arrays on JAX's devices, their first axis shared out among several where it divides evenly."""
    devices = jax.devices()
    if len(devices) == 1 or len(arrays[0]) % len(devices):
        return [jnp.asarray(a) for a in arrays]
    lane = jax.sharding.PartitionSpec("lane")  # type: ignore[no-untyped-call]
    shares = jax.sharding.NamedSharding(jax.sharding.Mesh(np.array(devices), ("lane",)), lane)
    return [jax.device_put(a, shares) for a in arrays]


def _standardisation(rows: Float32) -> tuple[Float32, Float32]:
    """Mean and standard deviation (features,) of a lane's own rows; constant features get an infinite one."""
    centre = rows.mean(axis=0, dtype=np.float64)
    scale = rows.std(axis=0, dtype=np.float64)
    return centre.astype(np.float32), np.where(scale > SMALLEST_SCALE, scale, np.inf).astype(np.float32)


def _label_scaling(labels: Float64) -> tuple[Float64, Float64]:
    """Mean and standard deviation (lanes, properties) of the known ones of ``labels`` (lanes, n, properties).

    0 and a tiny one for a property that none of a lane's materials has.
    """
    known = np.isfinite(labels)
    count = np.maximum(known.sum(axis=1), 1)
    filled = np.where(known, labels, 0.0)
    centre = filled.sum(axis=1) / count
    spread = np.where(known, filled - centre[:, None], 0.0)
    return centre, np.maximum(np.sqrt((spread**2).sum(axis=1) / count), SMALLEST_SCALE)


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


def forward(layers: Layers, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Last hidden layer (rows, width) and outputs (rows, properties) of one lane for inputs (rows, features)."""
    for weight, bias in layers[:-1]:
        x = jax.nn.silu(x @ weight + bias)
    weight, bias = layers[-1]
    return x, x @ weight + bias


@jax.jit
def forward_lanes(layers: Layers, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """`forward` of every lane, its first output alone: (lanes, rows, width), (lanes, rows)."""
    learned, outputs = jax.vmap(forward)(layers, x)
    return learned, outputs[..., 0]


def _loss(layers: Layers, x: jax.Array, y: jax.Array) -> jax.Array:
    """Mean Huber loss of the known labels of each property, in standardised units, then the mean over properties.

    Huber's is close to the MAE that is reported, yet smooth. A property that few materials have weighs as much as one
    that all have.
    """
    known = jnp.isfinite(y)
    miss = optax.losses.huber_loss(forward(layers, x)[1], jnp.where(known, y, 0.0))
    return jnp.mean(jnp.sum(miss * known, 0) / jnp.maximum(known.sum(0), 1))


@functools.cache
def _pretraining(spec: NetworkSpec) -> Callable[..., Layers]:
    """The compiled pretraining of one specification (a pure function; the cache saves tracing it again)."""
    optimiser = optax.adamw(1.0, weight_decay=spec.decay)

    def step(layers: Layers, state: Any, x: jax.Array, y: jax.Array, rate: jax.Array) -> tuple[Layers, Any]:
        updates, state = optimiser.update(jax.grad(_loss)(layers, x, y), state, layers)
        return jax.tree.map(lambda a, u: a + rate * u, layers, updates), state

    @jax.jit
    def run(
        features: jax.Array, labels: jax.Array, rows: jax.Array, centre: jax.Array, scale: jax.Array,
        keys: jax.Array, n: jax.Array, steps: jax.Array,
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

        sizes = (features.shape[1], *spec.hidden, labels.shape[-1])
        layers = jax.vmap(functools.partial(_initial, sizes=sizes))(keys)
        trained: Layers = jax.lax.fori_loop(0, steps, body, (layers, jax.vmap(optimiser.init)(layers)))[0]
        return trained

    return run
