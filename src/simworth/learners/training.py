"""Lanes of any small network trained by AdamW: the loop that `simworth.learners.network` and its kin share.

A `Task` says what one lane learns, as pure functions; here it becomes a compiled program of many lanes in which each
has its own rows, labels, random stream, learning-rate schedule, stopping point and best weights. The number of rows and
of steps are data, so that one program serves all sizes of source.

AdamW (Loshchilov and Hutter, arXiv 1711.05101) with a warm-up and a cosine decay (Loshchilov and Hutter, arXiv
1608.03983): after s of S steps the rate is peak min(1, (s + 1) / (S / 20 + 1)) (1 + cos(π s / S)) / 2.
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

from simworth.seeds import seed_of

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

WATCH = 100
"""Steps between two looks at the validation rows."""


class Task(NamedTuple):
    """What one lane learns; it is hashable, and equal tasks share their compiled programs.

    ``shared`` is a tree of arrays that all lanes read, ``lane`` a tree of one lane's own, with its key's (2,) words in
    ``lane.key``; weights and batches are trees of any kind.
    """

    initial: Callable[[jax.Array], Any]
    """Key to fresh weights."""
    batch: Callable[[Any, Any, jax.Array, jax.Array], Any]
    """(shared, lane, key, n) to a batch drawn from the lane's first n rows."""
    loss: Callable[[Any, Any], jax.Array]
    """(weights, batch) to what is made small."""
    peak: float
    """The largest learning rate."""
    decay: float
    """Of weights, a step and unit of the rate."""
    watched: Callable[[Any, Any, jax.Array, jax.Array], Any] | None = None
    """(shared, lane, n, held) to validation rows, of the ``held`` ones after the first n; None learns to the end."""


class State(NamedTuple):
    """How far lanes have come; each (slots, …)."""

    weights: Any
    moments: Any
    step: jax.Array
    best: Any
    least: jax.Array
    """Validation loss of ``best``."""
    stale: jax.Array
    """Looks at the validation rows since."""


class Training:
    """`simworth.learners.slots.Work` of one call."""

    def __init__(self, task: Task, shared: Any, n: int, steps: int, held: int = 0, patience: int = 1) -> None:
        self._task, self._shared, self._held, self._patience = task, shared, held, patience
        self._n, self._steps = jnp.int32(n - held), steps
        self._begin, self._advance = _programs(task)

    def bytes(self, lanes: Any) -> int:
        """Of one slot: its own data, and weights with two moments, a gradient and the best so far."""
        weights = jax.eval_shape(lambda words: self._task.initial(_key(words)), jnp.zeros(2, jnp.uint32))
        own = sum(a[0].nbytes for a in jax.tree.leaves(lanes))
        return int(5 * 4 * sum(a.size for a in jax.tree.leaves(weights)) + own)

    def begin(self, data: Any) -> State:
        """Fresh lanes."""
        fresh: State = self._begin(data.key)
        return fresh

    def advance(self, data: Any, state: State) -> State:
        """To the next look at the validation rows, or to the end."""
        count = WATCH if self._task.watched else self._steps
        further: State = self._advance(self._shared, data, state, self._n, self._held, self._steps, count)
        return further

    def finished(self, state: State) -> list[bool]:
        """Which slots have taken their steps, or have waited for progress long enough."""
        done = np.asarray(state.step) >= self._steps
        if self._task.watched:
            done |= np.asarray(state.stale) >= self._patience
        return list(done)

    def result(self, state: State) -> Any:
        """The last weights, or with validation the best."""
        return state.best if self._task.watched else state.weights


def key_words(seeds: list[int]) -> NDArray[np.uint32]:
    """The words (lanes, 2) of a JAX key from 64-bit seeds."""
    return np.array([[s >> 32 & 0xFFFFFFFF, s & 0xFFFFFFFF] for s in seeds], dtype=np.uint32)


def with_members(members: int, labels: Float64, rows: Int32, seeds: list[int]) -> tuple[Float64, Int32, list[int]]:
    """Each lane ``members`` times over, with seeds made from its own; one member is the lane itself."""
    if members == 1:
        return labels, rows, seeds
    several = [seed_of("member", seed, k) for seed in seeds for k in range(members)]
    return np.repeat(labels, members, axis=0), np.repeat(rows, members, axis=0), several


def huber(outputs: jax.Array, labels: jax.Array, weight: jax.Array | float = 1.0) -> jax.Array:
    """Mean Huber loss of the known labels (rows, properties) of each property, then the mean over properties.

    Huber's is close to the MAE that is reported, yet smooth. A property that few materials have weighs as much as one
    that all have. ``weight`` is one of each row, (rows, 1).
    """
    known = jnp.isfinite(labels) * weight
    miss = optax.losses.huber_loss(outputs, jnp.where(jnp.isfinite(labels), labels, 0.0))
    return jnp.mean(jnp.sum(miss * known, 0) / jnp.maximum(known.sum(0), 1))


def _key(words: jax.Array) -> jax.Array:
    key: jax.Array = jax.random.wrap_key_data(words, impl="threefry2x32")
    return key


@functools.cache
def _programs(task: Task) -> tuple[Any, Any]:
    """The compiled beginning and advance of one task (pure functions; the cache saves tracing again)."""
    optimiser = optax.adamw(1.0, weight_decay=task.decay)

    @jax.jit
    @jax.vmap
    def begin(words: jax.Array) -> State:
        weights = task.initial(_key(words))
        return State(weights, optimiser.init(weights), jnp.int32(0), weights, jnp.float32(jnp.inf), jnp.int32(0))

    def one(
        shared: Any, lane: Any, state: State, n: jax.Array, held: jax.Array, steps: jax.Array, count: jax.Array
    ) -> State:
        key = _key(lane.key)

        def body(_: jax.Array, carry: Any) -> Any:
            weights, moments, s = carry
            batch = task.batch(shared, lane, jax.random.fold_in(key, s), n)
            warm = jnp.minimum(1.0, (s + 1) / (0.05 * steps + 1))
            rate = (s < steps) * task.peak * warm * 0.5 * (1 + jnp.cos(jnp.pi * s / steps))
            updates, moments = optimiser.update(jax.grad(task.loss)(weights, batch), moments, weights)
            return jax.tree.map(lambda a, u: a + rate * u, weights, updates), moments, s + 1

        weights, moments, step = jax.lax.fori_loop(0, count, body, (state.weights, state.moments, state.step))
        if task.watched is None:
            return state._replace(weights=weights, moments=moments, step=step)
        loss = task.loss(weights, task.watched(shared, lane, n, held))
        better = loss < state.least
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), weights, state.best)
        stale = jnp.where(better, 0, state.stale + 1)
        return State(weights, moments, step, best, jnp.minimum(loss, state.least), stale)

    return begin, jax.jit(jax.vmap(one, in_axes=(None, 0, 0, None, None, None, None)))
