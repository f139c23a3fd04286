"""Polymer–solvent miscibility: one network for computed χ, measured χ and solubility, many replicates at a time.

Two networks with sigmoid units describe the polymer and the solvent, each by vectors u and r. They meet in

    z0 = (u_p - u_s)² - r_p² - r_s²        (entry by entry: close in u, or large in r, mixes well)

and a linear layer turns z0 into five numbers: a logit of solubility, and A, B of χ = A + B / T for computed and for
measured χ. The loss is λ_c BCE + (1 - λ_c) [λ_s MSE_computed + (1 - λ_s) MSE_measured], minimised by Adam.

Reference: Aoki et al., Macromolecules (2023), doi 10.1021/acs.macromol.2c02600. Their public sample code has u and r of
3 to 40 entries, a mini-batch of every task in each step, 20 steps an epoch, 50 epochs, and a learning rate that is
halved every 10 epochs. Theirs normalises batches, keeps the best epoch of a validation part and searches λ_c, λ_s
and the rate; here there is no such part, and the settings are fixed.

The leading axis of every array is the lane (replicate). A lane sees the rows that it has labels for, nothing else.
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

from simworth.errors import InputError
from simworth.learners.chi_settings import ChiSpec
from simworth.seeds import stream

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
Layers = list[tuple[jax.Array, jax.Array]]
Network = tuple[Layers, Layers, tuple[jax.Array, jax.Array]]
"""Polymer layers, solvent layers, head."""

CLIP = 8.0
"""Standardised inputs are cut at this many standard deviations."""
SMALLEST_SCALE = 1e-6
SOLUBLE, COMPUTED, MEASURED = 0, 1, 2
"""Places of the three tasks in labels and predictions."""


class Pairs(NamedTuple):
    """R rows of polymer–solvent pairs."""

    polymer: Float32
    """(R, p)."""
    solvent: Float32
    """(R, s)."""
    temperature: Float64
    """(R,) in K; NaN where there is none, for rows with a solubility label only."""


class Scaling(NamedTuple):
    """What a lane's own rows say of inputs; a constant input has an infinite scale, which silences it."""

    polymer: tuple[Float32, Float32]
    """Centre and scale, both (lanes, p)."""
    solvent: tuple[Float32, Float32]
    inverse: tuple[Float32, Float32]
    """Of 1000 K / T, both (lanes,)."""


class ChiModel(NamedTuple):
    """A batch of trained networks, ``members`` of them for each lane."""

    network: Network
    """Arrays (lanes x members, ...), the members of a lane side by side."""
    members: int
    scaling: Scaling
    centre: Float64
    """Label means (lanes, 3); 0 for the logit."""
    scale: Float64
    """Label standard deviations (lanes, 3); 1 for the logit."""


def fit(spec: ChiSpec, pairs: Pairs, labels: Float64, seeds: list[int]) -> ChiModel:
    """Train one network (or ``spec.members``) a lane.

    Parameters
    ----------
    pairs
        All rows of all tables.
    labels
        (lanes, R, 3): solubility (0 or 1), computed χ, measured χ; NaN where the lane has none. A lane trains on
        the rows with a label. A task without labels takes no part, and the shares of the others are as if its own
        were zero.
    seeds
        One 64-bit seed a lane.

    Raises
    ------
    InputError
        When a lane has no χ at all, or a χ without a temperature.
    """
    _check(pairs, labels)
    known = np.isfinite(labels)
    scaling = _scaling(pairs, known)
    centre, scale = _label_scaling(labels, known)
    rows, counts = _places(known)
    shares = np.stack([_shares(spec, lane > 0) for lane in counts])
    tasks = tuple(int(t) for t in np.flatnonzero((shares > 0).any(axis=0)))
    standard = np.nan_to_num(np.moveaxis((labels - centre[:, None]) / scale[:, None], 2, 1)).astype(np.float32)
    lanes = np.repeat(np.arange(len(labels)), spec.members)
    each = jax.tree.map(lambda x: jnp.asarray(x[lanes]), (scaling, standard[:, tasks], shares[:, tasks]))
    network = _training(tasks)(
        tuple(jnp.asarray(x) for x in (pairs.polymer, pairs.solvent, _inverse(pairs))),
        _Dials(spec.rate, spec.decay),
        _starts(spec, scaling, seeds),
        (*each, jnp.asarray(_draws(spec, rows, counts, seeds, tasks))),
    )
    return ChiModel(network, spec.members, scaling, centre, scale)


def predict(model: ChiModel, pairs: Pairs, ask: Int32) -> Float64:
    """Probability of solubility, computed χ and measured χ of rows ``ask`` (lanes, asked): (lanes, asked, 3).

    Rows without a temperature get the lane's mean of 1/T.
    """
    lanes = np.repeat(np.arange(len(ask)), model.members)
    outputs = _predicting(
        model.network,
        *(jnp.asarray(x) for x in (pairs.polymer, pairs.solvent, _inverse(pairs))),
        jax.tree.map(lambda x: jnp.asarray(x[lanes]), (model.scaling, ask)),
    )
    found = np.asarray(outputs, dtype=np.float64).reshape(len(ask), model.members, -1, 3)
    found[..., SOLUBLE] = 1 / (1 + np.exp(-found[..., SOLUBLE]))
    answer: Float64 = found.mean(axis=1) * model.scale[:, None] + model.centre[:, None]
    return answer


def _check(pairs: Pairs, labels: Float64) -> None:
    """Refuse what no network could learn from."""
    if labels.shape[1:] != (len(pairs.temperature), 3):
        raise InputError(f"labels have shape {labels.shape}; give (lanes, {len(pairs.temperature)}, 3)")
    chi = np.isfinite(labels[..., COMPUTED:])
    if not chi.any(axis=(1, 2)).all():
        raise InputError("a replicate has no χ to learn from; give computed or measured values")
    cold = np.flatnonzero(chi.any(axis=(0, 2)) & ~(np.nan_to_num(pairs.temperature) > 0))
    if cold.size:
        raise InputError(f"pair {cold[0] + 1}: χ needs a temperature above 0 K, which is missing; give it in kelvin")


def _inverse(pairs: Pairs) -> Float32:
    """1000 K / T, (R,); NaN where there is no temperature."""
    return (1000.0 / pairs.temperature).astype(np.float32)


def _scaling(pairs: Pairs, known: NDArray[np.bool_]) -> Scaling:
    """Mean and standard deviation of inputs over each lane's own rows."""
    seen = [lane.any(axis=1) for lane in known]
    inverse = _inverse(pairs)[:, None]
    centre, scale = _over_lanes(inverse, [lane & np.isfinite(inverse[:, 0]) for lane in seen])
    return Scaling(_over_lanes(pairs.polymer, seen), _over_lanes(pairs.solvent, seen), (centre[:, 0], scale[:, 0]))


def _over_lanes(values: Float32, seen: list[NDArray[np.bool_]]) -> tuple[Float32, Float32]:
    """Mean and standard deviation (lanes, d) of values (R, d) over each lane's rows."""
    centre, scale = zip(*(_standardisation(values[lane]) for lane in seen), strict=True)
    return np.stack(centre), np.stack(scale)


def _standardisation(rows: Float32) -> tuple[Float32, Float32]:
    """Mean and standard deviation (d,) over rows (rows, d)."""
    centre, scale = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
    return centre.astype(np.float32), np.where(scale > SMALLEST_SCALE, scale, np.inf).astype(np.float32)


def _label_scaling(labels: Float64, known: NDArray[np.bool_]) -> tuple[Float64, Float64]:
    """Mean and standard deviation (lanes, 3) of the labels; 0 and 1 for solubility and for a task without any."""
    count = np.maximum(known.sum(axis=1), 1)
    centre = np.where(known, labels, 0.0).sum(axis=1) / count
    scale = np.sqrt(np.where(known, (labels - centre[:, None]) ** 2, 0.0).sum(axis=1) / count)
    centre[:, SOLUBLE] = 0.0
    scale[:, SOLUBLE] = 1.0
    return centre, np.where(scale > SMALLEST_SCALE, scale, 1.0)


def _places(known: NDArray[np.bool_]) -> tuple[Int32, Int32]:
    """Rows with a label first (lanes, 3, R), and how many there are (lanes, 3)."""
    by_task = np.moveaxis(known, 2, 1)
    return np.argsort(~by_task, axis=2, kind="stable").astype(np.int32), by_task.sum(axis=2).astype(np.int32)


def _shares(spec: ChiSpec, present: NDArray[np.bool_]) -> Float32:
    """Weights (3,) of the three losses; a task without labels counts as if its share were zero."""
    soluble = spec.soluble_share if present[SOLUBLE] else 0.0
    computed = (spec.computed_share if present[MEASURED] else 1.0) if present[COMPUTED] else 0.0
    return np.array([soluble, (1 - soluble) * computed, (1 - soluble) * (1 - computed)], dtype=np.float32)


def _starts(spec: ChiSpec, scaling: Scaling, seeds: list[int]) -> Network:
    """Networks before training, on the host: arrays (lanes x members, ...)."""
    made = []
    for lane, seed in enumerate(seeds):
        for member in range(spec.members):
            chance = stream("chi-start", seed, member)
            sides = [_layers(spec, scale[lane], chance) for _, scale in (scaling.polymer, scaling.solvent)]
            head = chance.standard_normal((spec.width, 5)) / np.sqrt(spec.width)
            made.append((*sides, (head, np.zeros(5))))
    network: Network = jax.tree.map(lambda *x: jnp.asarray(np.stack(x), jnp.float32), *made)
    return network


def _layers(spec: ChiSpec, scale: Float32, chance: np.random.Generator) -> list[tuple[Float64, Float64]]:
    """One network before training; inputs that are constant in its lane, (features,) by ``scale``, do not count."""
    sizes = (len(scale), *spec.hidden, 2 * spec.width)
    fans = [max(1, int(np.isfinite(scale).sum())), *(n / 4 for n in spec.hidden)]
    # a sigmoid's outputs spread about a quarter as wide as its inputs, hence n / 4
    return [
        (chance.standard_normal((a, b)) * spec.gain / np.sqrt(fan), np.zeros(b))
        for a, b, fan in zip(sizes[:-1], sizes[1:], fans, strict=True)
    ]


def _draws(spec: ChiSpec, rows: Int32, counts: Int32, seeds: list[int], tasks: tuple[int, ...]) -> Int32:
    """Rows (lanes x members, steps, tasks, batch) of every mini-batch: each task draws its own, with replacement.

    A lane without labels of a task gets some row, which weighs nothing.
    """
    shape = (spec.epochs * spec.batches, 3, spec.batch)
    made = []
    for seed, lane, count in zip(seeds, rows, counts, strict=True):
        for member in range(spec.members):
            place = (stream("chi-batches", seed, member).random(shape) * count[:, None]).astype(np.int32)
            made.append(np.stack([lane[task][place[:, task]] for task in tasks], axis=1))
    return np.stack(made)


def _describe(layers: Layers, x: jax.Array) -> jax.Array:
    """u and r side by side, (rows, 2 width), of materials (rows, features)."""
    for weight, bias in layers[:-1]:
        x = jax.nn.sigmoid(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def _forward(network: Network, polymer: jax.Array, solvent: jax.Array, inverse: jax.Array) -> jax.Array:
    """Logit, computed χ and measured χ (rows, 3), in standardised units."""
    (u_p, r_p), (u_s, r_s) = (
        jnp.split(_describe(layers, x), 2, axis=-1) for layers, x in zip(network[:2], (polymer, solvent), strict=True)
    )
    weight, bias = network[2]
    out = ((u_p - u_s) ** 2 - r_p**2 - r_s**2) @ weight + bias
    return jnp.stack([out[..., 0], out[..., 1] + out[..., 2] * inverse, out[..., 3] + out[..., 4] * inverse], axis=-1)


def _inputs(scaling: Scaling, polymer: jax.Array, solvent: jax.Array, inverse: jax.Array) -> tuple[jax.Array, ...]:
    """Rows as one lane's network sees them; no temperature counts as the mean one."""

    def cut(x: jax.Array, by: tuple[Any, Any]) -> jax.Array:
        return jnp.clip(jnp.nan_to_num((x - by[0]) / by[1]), -CLIP, CLIP)

    return cut(polymer, scaling.polymer), cut(solvent, scaling.solvent), cut(inverse, scaling.inverse)


def _loss(
    network: Network, inputs: tuple[jax.Array, ...], labels: jax.Array, shares: jax.Array, tasks: tuple[int, ...]
) -> jax.Array:
    """The weighted losses of mini-batches, one a task: inputs (tasks x batch, ...), labels (tasks, batch)."""
    out = _forward(network, *inputs).reshape(*labels.shape, 3)
    losses = [
        optax.losses.sigmoid_binary_cross_entropy(out[i, :, task], labels[i]).mean()
        if task == SOLUBLE
        else ((out[i, :, task] - labels[i]) ** 2).mean()
        for i, task in enumerate(tasks)
    ]
    return jnp.dot(shares, jnp.stack(losses))


class _Dials(NamedTuple):
    """Settings that are data to the compiled training."""

    rate: float
    decay: float


@functools.cache
def _training(tasks: tuple[int, ...]) -> Callable[..., Network]:
    """The compiled training of these tasks (a pure function; the cache saves tracing it again)."""
    optimiser = optax.adam(1.0)

    def one(tables: tuple[jax.Array, ...], dials: Any, network: Network, lane: Any) -> Network:
        scaling, standard, shares, draws = lane
        steps = len(draws)

        def body(step: jax.Array, carry: Any) -> Any:
            network, state = carry
            at = draws[step]
            inputs = _inputs(scaling, *(x[at.reshape(-1)] for x in tables))
            labels = jnp.take_along_axis(standard, at, axis=1)
            slope = jax.grad(_loss)(network, inputs, labels, shares, tasks)
            updates, state = optimiser.update(slope, state)
            rate = dials.rate * 0.5 ** jnp.floor(5 * step / steps)
            return jax.tree.map(lambda a, u: a + rate * (u - dials.decay * a), network, updates), state

        trained: Network = jax.lax.fori_loop(0, steps, body, (network, optimiser.init(network)))[0]
        return trained

    return jax.jit(jax.vmap(one, in_axes=(None, None, 0, 0)))


@jax.jit
def _predicting(network: Network, polymer: jax.Array, solvent: jax.Array, inverse: jax.Array, lane: Any) -> jax.Array:
    """Outputs (networks, asked, 3)."""

    def one(network: Network, lane: Any) -> jax.Array:
        scaling, ask = lane
        return _forward(network, *_inputs(scaling, *(x[ask] for x in (polymer, solvent, inverse))))

    found: jax.Array = jax.vmap(one)(network, lane)
    return found
