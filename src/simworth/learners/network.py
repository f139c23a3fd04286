"""Many small networks pretrained as one computation: the leading axis of every array is the lane (replicate).

Each lane has its own rows, standardisation, labels, random stream, learning-rate schedule, stopping point and best
weights; see `simworth.learners.training`. On a CPU a lane's numbers come from one thread, so they do not depend on the
machine's core count; where JAX sees several devices, lanes are shared out among them. Several properties may be learned
at once, each where it is known.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from simworth.learners.scaling import CLIP, lane_scaling, properties_scaling
from simworth.learners.settings import NetworkSpec
from simworth.learners.slots import BUDGET, in_groups, slots, work_off
from simworth.learners.training import Task, Training, huber, key_words, with_members
from simworth.seeds import stream

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Layers = list[tuple[Any, Any]]
"""Weights (in, out) and biases (out,) of each layer, with a leading axis where there are several lanes."""

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
    labels, rows, seeds = with_members(spec.members, labels, rows, seeds)
    wanted = labels[..., None] if labels.ndim == 2 else labels
    if spec.validation:
        wanted, rows = _shuffled(wanted, rows, n, seeds)
    centre, scale = lane_scaling(features, rows, n)
    label_centre, label_scale = properties_scaling(wanted[:, :n])
    standard = ((wanted - label_centre[:, None]) / label_scale[:, None]).astype(np.float32)
    table, places = _bounded(features, rows, n)
    lanes = _Lanes(standard, places, centre, scale, key_words(seeds))
    held = int(np.clip(round(spec.validation * n), 1, n - 1)) if spec.validation else 0
    task = _task((features.shape[1], *spec.hidden, standard.shape[-1]), spec.batch, spec.rate, spec.decay, held > 0)
    work = Training(task, jnp.asarray(table), n, spec.pretraining_steps(n), held, spec.patience)
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


def fresh_layers(key: jax.Array, sizes: tuple[int, ...]) -> Layers:
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


class _Lanes(NamedTuple):
    """What lanes learn from; each (lanes, …)."""

    labels: Any
    """(width, properties), standardised."""
    rows: Any
    centre: Any
    scale: Any
    key: Any
    """(2,) words."""


@functools.cache
def _task(sizes: tuple[int, ...], batch: int, peak: float, decay: float, watch: bool) -> Task:
    """Networks of one shape."""

    def rows(features: jax.Array, lane: _Lanes, place: jax.Array) -> tuple[jax.Array, jax.Array]:
        x = (features[lane.rows[place]] - lane.centre) / lane.scale
        return jnp.clip(x, -CLIP, CLIP), lane.labels[place]

    def drawn(features: jax.Array, lane: _Lanes, key: jax.Array, n: jax.Array) -> tuple[jax.Array, jax.Array]:
        u = jax.random.uniform(key, (batch,))
        return rows(features, lane, jnp.minimum((u * n).astype(jnp.int32), n - 1))

    def watched(features: jax.Array, lane: _Lanes, n: jax.Array, held: jax.Array) -> tuple[jax.Array, jax.Array]:
        return rows(features, lane, n + jnp.arange(WATCHED) % held)

    def loss(layers: Layers, rows: tuple[jax.Array, jax.Array]) -> jax.Array:
        x, y = rows
        return huber(forward(layers, x)[1], y)

    return Task(lambda key: fresh_layers(key, sizes), drawn, loss, peak, decay, watched if watch else None)
