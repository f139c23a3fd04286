"""Many small networks pretrained as one computation: the leading axis of every array is the lane (replicate).

Each lane has its own rows, standardisation, labels, random stream, learning-rate schedule, stopping point and best
weights; the compiled program is the same for all sizes of source, since the number of rows and of steps are data. On a
CPU a lane's numbers come from one thread, so they do not depend on the machine's core count; where JAX sees several
devices, lanes are shared out among them.

AdamW (Loshchilov and Hutter, arXiv 1711.05101) on a Huber loss with a warm-up and a cosine decay (Loshchilov and
Hutter, arXiv 1608.03983). Several properties may be learned at once, each where it is known.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from simworth.learners.scaling import CLIP, SMALLEST_SCALE, lane_scaling
from simworth.learners.settings import NetworkSpec
from simworth.learners.slots import BUDGET, in_groups, slots, work_off
from simworth.seeds import seed_of, stream

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Layers = list[tuple[Any, Any]]
"""Weights (in, out) and biases (out,) of each layer, with a leading axis where there are several lanes."""

WATCH = 100
"""Steps between two looks at the validation rows."""
WATCHED = 512
"""Validation rows that are looked at."""


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
    if spec.validation:
        wanted, rows = _shuffled(wanted, rows, n, seeds)
    centre, scale = lane_scaling(features, rows, n)
    label_centre, label_scale = _label_scaling(wanted[:, :n])
    standard = ((wanted - label_centre[:, None]) / label_scale[:, None]).astype(np.float32)
    table, places = _bounded(features, rows, n)
    lanes = _Lanes(standard, places, centre, scale, _key_words(seeds))
    work = _Pretraining(spec, jnp.asarray(table), n, standard.shape[-1])
    layers = work_off(work, lanes, slots(len(seeds), work.bytes(lanes)))
    weight, bias = layers[-1]
    first = [*layers[:-1], (weight[..., :1], bias[..., :1])]
    return Pretrained(first, centre, scale, label_centre[:, 0], label_scale[:, 0])


def represent(pretrained: Pretrained, features: Float32, rows: Int32) -> tuple[Float32, Float64, Float64]:
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


def standardised(features: Float32, rows: Int32, pretrained: Pretrained) -> Float32:
    """Inputs (lanes, rows, features) as each lane's network sees them."""
    centred = features[rows] - pretrained.centre[:, None, :]
    return np.asarray(np.clip(centred / pretrained.scale[:, None, :], -CLIP, CLIP))


def _shuffled(labels: Float64, rows: Int32, n: int, seeds: list[int]) -> tuple[Float64, Int32]:
    """Each lane's first ``n`` rows in random order, since a source may be grown in order of something."""
    labels, rows = labels.copy(), rows.copy()
    for i, seed in enumerate(seeds):
        order = stream("validation", seed).permutation(n)
        labels[i, :n], rows[i, :n] = labels[i, order], rows[i, order]
    return labels, rows


def _bounded(features: Float32, rows: Int32, n: int) -> tuple[Float32, Int32]:
    """The table and rows into it; of a table beyond half the budget only the rows in use, padded to a power of two."""
    if features.nbytes <= BUDGET // 2:
        return features, rows
    used, places = np.unique(rows[:, :n], return_inverse=True)
    table = np.zeros((2 ** int(len(used) - 1).bit_length(), features.shape[1]), np.float32)
    table[: len(used)] = features[used]
    renamed = np.zeros_like(rows)
    renamed[:, :n] = places.reshape(len(rows), n)
    return table, renamed


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


def _key_words(seeds: list[int]) -> NDArray[np.uint32]:
    """The words (lanes, 2) of a JAX key from 64-bit seeds."""
    return np.array([[s >> 32 & 0xFFFFFFFF, s & 0xFFFFFFFF] for s in seeds], dtype=np.uint32)


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


def forward_lanes(layers: Layers, x: Float32) -> tuple[Float32, Float32]:
    """`forward` of every lane, its first output alone: (lanes, rows, width), (lanes, rows)."""
    learned, outputs = in_groups(_forward, (layers, x), slots(len(x), 4 * x[0].nbytes))
    return learned, outputs[..., 0]


@jax.jit
def _forward(layers: Layers, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.vmap(forward)(layers, x)


def _loss(layers: Layers, x: jax.Array, y: jax.Array) -> jax.Array:
    """Mean Huber loss of the known labels of each property, in standardised units, then the mean over properties.

    Huber's is close to the MAE that is reported, yet smooth. A property that few materials have weighs as much as one
    that all have.
    """
    known = jnp.isfinite(y)
    miss = optax.losses.huber_loss(forward(layers, x)[1], jnp.where(known, y, 0.0))
    return jnp.mean(jnp.sum(miss * known, 0) / jnp.maximum(known.sum(0), 1))


class _Lanes(NamedTuple):
    """What lanes learn from; each (lanes, …)."""

    labels: Any
    """(width, properties), standardised."""
    rows: Any
    centre: Any
    scale: Any
    key: Any
    """(2,) words."""


class _State(NamedTuple):
    """How far lanes have come; each (slots, …)."""

    layers: Layers
    moments: Any
    step: jax.Array
    best: Layers
    least: jax.Array
    """Validation loss of ``best``."""
    stale: jax.Array
    """Looks at the validation rows since."""


class _Pretraining:
    """`simworth.learners.slots.Work` of one call."""

    def __init__(self, spec: NetworkSpec, features: jax.Array, n: int, properties: int) -> None:
        self._spec, self._features = spec, features
        self._held = int(np.clip(round(spec.validation * n), 1, n - 1)) if spec.validation else 0
        self._n, self._steps = jnp.int32(n - self._held), spec.pretraining_steps(n)
        self._sizes = (features.shape[1], *spec.hidden, properties)
        self._begin, self._advance = _programs(self._sizes, spec.batch, spec.rate, spec.decay, self._held > 0)

    def bytes(self, lanes: _Lanes) -> int:
        """Of one slot: its rows and labels, and weights with two moments, a gradient and the best so far."""
        weights = sum((a + 1) * b for a, b in zip(self._sizes[:-1], self._sizes[1:], strict=True))
        return 5 * 4 * weights + int(sum(a[0].nbytes for a in lanes))

    def begin(self, data: _Lanes) -> _State:
        fresh: _State = self._begin(data.key)
        return fresh

    def advance(self, data: _Lanes, state: _State) -> _State:
        count = WATCH if self._held else self._steps
        further: _State = self._advance(self._features, data, state, self._n, self._held, self._steps, count)
        return further

    def finished(self, state: _State) -> list[bool]:
        done = np.asarray(state.step) >= self._steps
        if self._held:
            done |= np.asarray(state.stale) >= self._spec.patience
        return list(done)

    def result(self, state: _State) -> Layers:
        return state.best if self._held else state.layers


@functools.cache
def _programs(sizes: tuple[int, ...], batch: int, peak: float, decay: float, watch: bool) -> tuple[Any, Any]:
    """The compiled beginning and advance of networks of one shape (pure functions; the cache saves tracing again)."""
    optimiser = optax.adamw(1.0, weight_decay=decay)

    @jax.jit
    @jax.vmap
    def begin(words: jax.Array) -> _State:
        layers = _initial(jax.random.wrap_key_data(words, impl="threefry2x32"), sizes)
        return _State(layers, optimiser.init(layers), jnp.int32(0), layers, jnp.float32(jnp.inf), jnp.int32(0))

    def one(
        features: jax.Array, lane: _Lanes, state: _State, n: jax.Array, held: jax.Array, steps: jax.Array,
        count: jax.Array,
    ) -> _State:  # fmt: skip
        key = jax.random.wrap_key_data(lane.key, impl="threefry2x32")

        def rows(place: jax.Array) -> tuple[jax.Array, jax.Array]:
            x = (features[lane.rows[place]] - lane.centre) / lane.scale
            return jnp.clip(x, -CLIP, CLIP), lane.labels[place]

        def body(_: jax.Array, carry: Any) -> Any:
            layers, moments, s = carry
            u = jax.random.uniform(jax.random.fold_in(key, s), (batch,))
            x, y = rows(jnp.minimum((u * n).astype(jnp.int32), n - 1))
            warm = jnp.minimum(1.0, (s + 1) / (0.05 * steps + 1))
            rate = (s < steps) * peak * warm * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            updates, moments = optimiser.update(jax.grad(_loss)(layers, x, y), moments, layers)
            return jax.tree.map(lambda a, u: a + rate * u, layers, updates), moments, s + 1

        layers, moments, step = jax.lax.fori_loop(0, count, body, (state.layers, state.moments, state.step))
        if not watch:
            return state._replace(layers=layers, moments=moments, step=step)
        loss = _loss(layers, *rows(n + jnp.arange(WATCHED) % held))
        better = loss < state.least
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), layers, state.best)
        return _State(
            layers, moments, step, best, jnp.minimum(loss, state.least), jnp.where(better, 0, state.stale + 1)
        )

    return begin, jax.jit(jax.vmap(one, in_axes=(None, 0, 0, None, None, None, None)))
