"""``python -m benchmarks.learners.shapes_and_types [--json OUT] [--quick]``: the cost of another m, and of bfloat16.

Seconds of processor of the first tuning at each of several m, which compiles, and of the second, which does not; and
those of the gradient steps of one network in float32 and bfloat16. One thread, no compiled program kept from before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.learners.context import write
from simworth.workers import SINGLE_THREADED

M = (50, 90, 170, 310, 500)
FEATURES = 244
HIDDEN = (128, 64)
LANES = 2
BATCH = 64
STEPS = 400


def spent(call: Callable[[], object]) -> float:
    """Seconds of processor, those of what JAX computes behind the call included."""
    import jax

    began = time.process_time()
    jax.block_until_ready(call())
    return time.process_time() - began


def of_m(sizes: tuple[int, ...]) -> list[dict[str, float]]:
    """First and second tuning at each m, each of one pretrained batch."""
    import numpy as np

    from benchmarks.learners.trials import ASKED, made_up, source_rows, target_rows
    from simworth.learners.network import pretrain
    from simworth.learners.settings import NetworkSpec
    from simworth.learners.strategies import adapt_and_predict

    data, spec = made_up(1000, 1000), NetworkSpec(least_steps=50, most_steps=50, adaptation="tune")
    rows = np.stack([source_rows(r, 1000) for r in range(LANES)])
    order = np.stack([target_rows(r, 1000) for r in range(LANES)])
    made = pretrain(spec, data.source, data.computed[rows], rows, 500, list(range(LANES)))
    found = []
    for m in (20, *sizes):  # the first one pays for what all share
        train, ask = order[:, ASKED : ASKED + m], order[:, :ASKED]

        def tune(train: Any = train, ask: Any = ask) -> object:
            return adapt_and_predict(spec, made, data.target, data.measured, train, ask)

        first, second = spent(tune), spent(tune)
        found.append({"m": m, "first": first, "second": second, "compiling": first - second})
    return found[1:]


def of_type(name: str, steps: int) -> float:
    """Seconds of so many gradient steps of one network whose products are of this type."""
    import jax
    import jax.numpy as jnp

    sizes = (FEATURES, *HIDDEN, 1)
    keys = jax.random.split(jax.random.key(0), len(sizes))
    kind = jnp.dtype(name)
    layers = [jax.random.normal(k, (a, b)) / a**0.5 for k, a, b in zip(keys, sizes[:-1], sizes[1:], strict=False)]
    x, y = jax.random.normal(keys[-1], (BATCH, FEATURES)), jnp.ones((BATCH, 1))

    def loss(layers: list[jax.Array]) -> jax.Array:
        z = x.astype(kind)
        for weight in layers[:-1]:
            z = jax.nn.silu(z @ weight.astype(kind))
        return jnp.mean((z @ layers[-1].astype(kind) - y).astype(jnp.float32) ** 2)

    @jax.jit
    def train(layers: list[jax.Array]) -> list[jax.Array]:
        def step(_: Any, layers: list[jax.Array]) -> list[jax.Array]:
            return [w - 1e-3 * g for w, g in zip(layers, jax.grad(loss)(layers), strict=True)]

        return list(jax.lax.fori_loop(0, steps, step, layers))

    spent(lambda: train(layers))
    return min(spent(lambda: train(layers)) for _ in range(3))


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(argv)
    os.environ.update(SINGLE_THREADED)
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    tunings = of_m(M[:1] if options.quick else M)
    write("| m | first tuning, s | second, s | compiling, s |\n|---:|---:|---:|---:|")
    for row in tunings:
        write(f"| {row['m']} | {row['first']:.2f} | {row['second']:.2f} | {row['compiling']:.2f} |")
    steps = 20 if options.quick else STEPS
    types = {name: of_type(name, steps) / steps for name in ("float32", "bfloat16")}
    write("\n| products in | ms a step |\n|---|---:|")
    for name, seconds in types.items():
        write(f"| {name} | {1e3 * seconds:.3f} |")
    if options.json:
        options.json.write_text(json.dumps({"tunings": tunings, "types": types}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
