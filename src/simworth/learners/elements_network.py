"""Networks that read a composition as a set of elements: layers over elements that see their mean, trained in lanes.

An element i of a composition, with vector e and fraction f (Σ f = 1), begins as

    t_i = A e_i + v_i + B φ(f_i) + b,    φ(f) = (f, √f, 0.3 ln max(f, 0.001), eight Gaussians of f),

where v is learned for each element, and every layer adds to it what it and the mean over the composition say:

    u_i = g t_i / √(mean t_i² + ε),    t_i ← t_i + O silu(P u_i + Q Σ_j f_j u_j + c) + d.

The composition is Σ f_i silu(t_i), which a usual network reads. Neither the order of the elements nor empty places
matter. The layer is the permutation-equivariant one of Deep Sets (Zaheer et al., arXiv 1703.06114, eq. 4 with a mean
for its pooling) as a residual block (He et al., arXiv 1512.03385) after a root-mean-square norm (Zhang and Sennrich,
arXiv 1910.07467). Reading a composition as a weighted set of element vectors, with the fraction as the weight, is
Roost's (Goodall and Lee, doi 10.1038/s41467-020-19964-7), features of the fraction are CrabNet's (Wang et al., doi
10.1038/s41524-021-00545-1); both let elements attend to each other in pairs, which cost twice as much here and was
no better.

Lanes and their loop are those of `simworth.learners.training`.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from simworth.learners.element_layout import Layout, drawn, layout_of, places_used, sorted_rows, spread, sums
from simworth.learners.network import Layers, fresh_layers
from simworth.learners.network import forward as read
from simworth.learners.scaling import properties_scaling
from simworth.learners.settings import ElementsSpec
from simworth.learners.slots import in_groups, slots, work_off
from simworth.learners.training import Task, Training, huber, key_words, with_members

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
BELLS, BELL_WIDTH = 8, 0.12
"""Gaussians of the fraction, and their standard deviation."""
LEAST_FRACTION = 1e-3
EPSILON = 1e-5
BLOCK = 1024
"""Materials that are asked at once."""


class Atoms(NamedTuple):
    """Compositions as lists of elements, such as `simworth.features.composition.element_lists` makes."""

    which: Int32
    """(materials, k): the elements of each by their place in the table of vectors; any where the fraction is 0."""
    fraction: Float32
    """(materials, k); those of a material sum to 1, and 0 fills the rest of its row."""


class Layer(NamedTuple):
    """One layer over elements: g (width,), P and Q (inner, width), c (inner,), O (width, inner), d (width,)."""

    norm: Any
    own: Any
    mean: Any
    bias: Any
    out: Any
    out_bias: Any


class Weights(NamedTuple):
    """Of one network; a batch has a leading axis of lanes."""

    vectors: Any
    """A, (width, d)."""
    elements: Any
    """v, (width, elements)."""
    fraction: Any
    """B, (width, features of the fraction)."""
    bias: Any
    """b, (width,)."""
    layers: tuple[Layer, ...]
    head: Layers


class PretrainedElements(NamedTuple):
    """A batch of networks; they predict the first property alone, in units of ``label_scale`` around its centre."""

    weights: Weights
    """With A folded into v, so that the vectors of the elements are needed no more: its ``vectors`` have d = 0."""
    label_centre: Float64
    label_scale: Float64


def pretrain(
    spec: ElementsSpec, atoms: Atoms, vectors: Float64, labels: Float64, rows: Int32, n: int, seeds: list[int]
) -> PretrainedElements:
    """Train one network a lane on ``n`` source materials.

    Parameters
    ----------
    atoms
        Compositions of the whole source.
    vectors
        (elements, d): numbers that describe the elements, such as ``magpie_table().values``, standardised here over
        all elements; NaN where one is not known.
    labels, rows, n, seeds
        As in `simworth.learners.network.pretrain`.
    """
    labels, rows, seeds = with_members(spec.members, labels, rows, seeds)
    wanted = labels[..., None] if labels.ndim == 2 else labels
    centre, scale = properties_scaling(wanted[:, :n])
    standard = ((wanted - centre[:, None]) / scale[:, None]).astype(np.float32)
    used = places_used(atoms.fraction)
    layout = layout_of(used, spec.batch)
    lanes = _lanes(standard, rows, n, used, layout, seeds)
    described = _standardised(vectors)
    shape = _Shape(
        len(described), described.shape[1], spec.width, spec.layers, spec.inner, spec.hidden, lanes.labels.shape[-1]
    )
    shared = _Shared(jnp.asarray(atoms.which), jnp.asarray(atoms.fraction), jnp.asarray(described))
    work = Training(_task(shape, layout, spec.rate, spec.decay), shared, n, spec.pretraining_steps(n))
    found: Weights = work_off(work, lanes, slots(len(seeds), work.bytes(lanes)))
    return PretrainedElements(_first_property(found, described), centre[:, 0], scale[:, 0])


def represent(pretrained: PretrainedElements, atoms: Atoms, rows: Int32) -> tuple[Float64, Float64]:
    """What each lane's network makes of ``rows`` (lanes, asked) of ``atoms``.

    Returns
    -------
    Its last hidden layer (lanes, asked, hidden), and its prediction (lanes, asked) of the source property.
    """
    lanes, asked = rows.shape
    block = min(BLOCK, 2 ** math.ceil(math.log2(max(asked, 1))))
    padded = np.pad(rows, ((0, 0), (0, -asked % block)), mode="edge")
    width = slots(lanes, 16 * 4 * block * atoms.which.shape[1] * pretrained.weights.bias.shape[-1])
    parts = []
    for first in range(0, asked, block):
        part = padded[:, first : first + block]
        parts.append(in_groups(_represent, (pretrained.weights, atoms.which[part], atoms.fraction[part]), width))
    hidden, outputs = (np.concatenate(p, axis=1)[:, :asked].astype(np.float64) for p in zip(*parts, strict=True))
    return hidden, outputs[..., 0] * pretrained.label_scale[:, None] + pretrained.label_centre[:, None]


@jax.jit
@jax.vmap
def _represent(weights: Weights, which: jax.Array, fraction: jax.Array) -> tuple[jax.Array, jax.Array]:
    vectors = jnp.zeros((weights.elements.shape[1], 0), jnp.float32)
    return forward(weights, vectors, which.T.reshape(-1), fraction.T.reshape(-1), ((len(which), which.shape[1]),))


def forward(
    weights: Weights, vectors: jax.Array, which: jax.Array, fraction: jax.Array, layout: Layout
) -> tuple[jax.Array, jax.Array]:
    """Last hidden layer (materials, hidden) and outputs (materials, properties) of one lane.

    Parameters
    ----------
    vectors
        Standardised, (elements, d).
    which, fraction
        Elements and fractions (places,) of the materials of ``layout``.
    """
    # A product with zeros and ones: the gradient of indexing would add up one place after another.
    chosen = (which == jnp.arange(len(vectors))[:, None]).astype(jnp.float32)
    known = weights.vectors @ vectors.T + weights.elements
    t = known @ chosen + weights.fraction @ _of_fraction(fraction) + weights.bias[:, None]
    for layer in weights.layers:
        u = t * jax.lax.rsqrt((t * t).mean(0) + EPSILON) * layer.norm[:, None]
        seen = layer.mean @ sums(u * fraction, layout) + layer.bias[:, None]
        t = t + layer.out @ jax.nn.silu(layer.own @ u + spread(seen, layout)) + layer.out_bias[:, None]
    return read(weights.head, sums(jax.nn.silu(t) * fraction, layout).T)


def _of_fraction(fraction: jax.Array) -> jax.Array:
    """φ: (features, places) of fractions (places,)."""
    bells = jnp.linspace(0.0, 1.0, BELLS)[:, None]
    plain = jnp.stack([fraction, jnp.sqrt(fraction), 0.3 * jnp.log(jnp.maximum(fraction, LEAST_FRACTION))])
    return jnp.concatenate([plain, jnp.exp(-(((fraction - bells) / BELL_WIDTH) ** 2))])


class _Shape(NamedTuple):
    """Sizes of a network."""

    elements: int
    described: int
    width: int
    layers: int
    inner: int
    hidden: int
    properties: int


class _Shared(NamedTuple):
    which: jax.Array
    fraction: jax.Array
    vectors: jax.Array


class _Lanes(NamedTuple):
    """What lanes learn from; each (lanes, …)."""

    labels: Any
    """(width, properties), standardised."""
    rows: Any
    start: Any
    """(parts + 1,): where the rows for each part of a batch begin, and where the last ones end."""
    key: Any
    """(2,) words."""


class _Batch(NamedTuple):
    vectors: jax.Array
    which: jax.Array
    fraction: jax.Array
    labels: jax.Array
    weight: jax.Array


@functools.cache
def _task(shape: _Shape, layout: Layout, peak: float, decay: float) -> Task:
    """Networks of one shape, learning from batches of one layout."""

    def batch(shared: _Shared, lane: _Lanes, key: jax.Array, n: jax.Array) -> _Batch:
        parts, weight = drawn(key, lane.start, n, layout)
        taken = [(lane.rows[part], places) for part, (_, places) in zip(parts, layout, strict=True)]
        which = jnp.concatenate([shared.which[rows, :places].T.reshape(-1) for rows, places in taken])
        fraction = jnp.concatenate([shared.fraction[rows, :places].T.reshape(-1) for rows, places in taken])
        return _Batch(shared.vectors, which, fraction, lane.labels[jnp.concatenate(parts)], weight)

    def loss(weights: Weights, batch: _Batch) -> jax.Array:
        outputs = forward(weights, batch.vectors, batch.which, batch.fraction, layout)[1]
        return huber(outputs, batch.labels, batch.weight)

    return Task(lambda key: _fresh(key, shape), batch, loss, peak, decay)


def _fresh(key: jax.Array, shape: _Shape) -> Weights:
    """He initialisation (He et al., arXiv 1502.01852), of half that variance where no silu follows at once."""
    start, head, *layers = jax.random.split(key, 2 + shape.layers)
    a, b, c = jax.random.split(start, 3)
    of_fraction = BELLS + 3
    return Weights(
        jax.random.normal(a, (shape.width, shape.described)) / np.sqrt(max(shape.described, 1)),
        0.3 * jax.random.normal(b, (shape.width, shape.elements)),
        jax.random.normal(c, (shape.width, of_fraction)) / np.sqrt(of_fraction),
        jnp.zeros(shape.width),
        tuple(_fresh_layer(k, shape.width, shape.inner) for k in layers),
        fresh_layers(head, (shape.width, shape.hidden, shape.properties)),
    )


def _fresh_layer(key: jax.Array, width: int, inner: int) -> Layer:
    """A layer whose addition is small at first."""
    a, b, c = jax.random.split(key, 3)
    own, mean = (jax.random.normal(k, (inner, width)) * np.sqrt(2 / width) for k in (a, b))
    out = jax.random.normal(c, (width, inner)) * np.sqrt(0.5 / inner)
    return Layer(jnp.ones(width), own, mean, jnp.zeros(inner), out, jnp.zeros(width))


def _lanes(labels: Float32, rows: Int32, n: int, used: NDArray[np.int64], layout: Layout, seeds: list[int]) -> _Lanes:
    """Each lane's first ``n`` rows and labels in the order of `sorted_rows`."""
    order, start = sorted_rows(used, layout, rows, n)
    own = np.take_along_axis(rows[:, :n], order, axis=1)
    labels = np.take_along_axis(labels[:, :n], order[..., None], axis=1)
    filled = ((0, 0), (0, rows.shape[1] - n))  # one compiled program serves every n
    return _Lanes(np.pad(labels, (*filled, (0, 0))), np.pad(own, filled), start, key_words(seeds))


def _first_property(weights: Weights, described: Float32) -> Weights:
    """Networks (lanes, …) with A folded into v, that predict the first property alone."""
    (weight, bias) = weights.head[-1]
    head = [*weights.head[:-1], (weight[..., :1], bias[..., :1])]
    elements = weights.elements + weights.vectors @ described.T
    return weights._replace(vectors=weights.vectors[..., :0], elements=elements, head=head)


def _standardised(vectors: Float64) -> Float32:
    """Vectors (elements, d) of mean 0 and standard deviation 1 over the elements; 0 where not known or constant."""
    centre, scale = np.nanmean(vectors, axis=0), np.nanstd(vectors, axis=0)
    standard = (vectors - centre) / np.where(scale > 0, scale, np.inf)
    return np.asarray(np.nan_to_num(standard), np.float32)
