"""Lanes that take turns in a few slots: one compiled program trains as many lanes at once as suit the device.

A lane that has reached its stopping point leaves its slot to the next one, so lanes of different length share a batch
without waiting for each other. All lanes of a batch do the same arithmetic on their own numbers: what a lane learns
does not depend on its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np

BUDGET = 2 * 2**30
"""Bytes that a process gives to tables and slots together."""
CACHED = 2
"""Lanes at once on a CPU: their weights and moments stay in its cache; more at once were no faster."""


class Work(Protocol):
    """What is done to lanes; ``data`` and ``state`` are trees of arrays whose leading axis is the slot."""

    def begin(self, data: Any) -> Any:
        """The state of fresh lanes."""
        ...

    def advance(self, data: Any, state: Any) -> Any:
        """Some steps further."""
        ...

    def finished(self, state: Any) -> Sequence[bool]:
        """Which slots have reached their stopping point."""
        ...

    def result(self, state: Any) -> Any:
        """What is kept of a lane."""
        ...


def slots(lanes: int, lane_bytes: int) -> int:
    """How many lanes are worked on at once.

    On a CPU always the same, even for one lane: its numbers are then the same bits in whatever company. Elsewhere a
    power of two, so that one program serves many numbers of lanes; as many as the budget holds.
    """
    devices = len(jax.devices())
    if jax.default_backend() == "cpu":
        return CACHED * devices
    fitting = max(1, BUDGET // max(lane_bytes, 1))
    return int(min(2 ** math.ceil(math.log2(lanes)), 2 ** math.floor(math.log2(fitting))))


def work_off(work: Work, data: Any, width: int) -> Any:
    """Every lane of ``data`` through ``width`` slots; results of all lanes in their order, in the host's memory."""
    lanes = len(jax.tree.leaves(data)[0])

    def some(indices: Sequence[int]) -> Any:
        return jax.tree.map(lambda a: a[np.array(indices)], data)

    held: list[int | None] = [i if i < lanes else None for i in range(width)]
    now = spread_lanes(some([i if i is not None else 0 for i in held]))
    state = work.begin(now)
    found: list[Any] = [None] * lanes
    waiting = width
    while any(i is not None for i in held):
        state = work.advance(now, state)
        finished = work.finished(state)
        kept = jax.device_get(work.result(state)) if any(finished) else None
        for slot, lane in enumerate(held):
            if lane is None or not finished[slot]:
                continue
            found[lane] = jax.tree.map(lambda a, s=slot: a[s], kept)
            held[slot] = waiting if waiting < lanes else None
            if waiting < lanes:
                fresh = some([waiting] * width)  # one program begins all
                now, state = _put((now, state), slot, (fresh, work.begin(fresh)))
                waiting += 1
    return jax.tree.map(lambda *a: np.stack(a), *found)


def in_groups(run: Callable[..., Any], data: Any, width: int) -> Any:
    """``run`` of ``width`` lanes at a time, all in the same number of steps; results stacked in the lanes' order."""
    lanes = len(jax.tree.leaves(data)[0])
    found = []
    for first in range(0, lanes, width):
        chosen = np.minimum(np.arange(first, first + width), lanes - 1)
        part = run(*spread_lanes(jax.tree.map(lambda a, c=chosen: a[c], data)))
        found.append(jax.tree.map(np.asarray, part))
    return jax.tree.map(lambda *a: np.concatenate(a)[:lanes], *found)


def spread_lanes(tree: Any) -> Any:
    """A tree of arrays on JAX's devices, their first axis shared out among several where it divides evenly."""
    devices = jax.devices()
    if len(devices) == 1 or any(len(a) % len(devices) for a in jax.tree.leaves(tree)):
        return jax.tree.map(jnp.asarray, tree)
    lane = jax.sharding.PartitionSpec("lane")  # type: ignore[no-untyped-call]
    shares = jax.sharding.NamedSharding(jax.sharding.Mesh(np.array(devices), ("lane",)), lane)
    return jax.tree.map(lambda a: jax.device_put(a, shares), tree)


@jax.jit
def _put(tree: Any, slot: int, fresh: Any) -> Any:
    return jax.tree.map(lambda a, b: a.at[slot].set(b[0]), tree, fresh)
