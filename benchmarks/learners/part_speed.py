"""Part `speed`: trials a second next to PyTorch and scikit-learn, the share of the machine's own rate, and of a sweep.

All take turns on the same cores in one run, round after round; medians over the rounds are reported. A wall clock is
what a user waits for; processor seconds tell engines apart on a machine that does other work meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.learners import precision, speed_report, torch_peer
from benchmarks.learners.context import Context, Figures, write
from benchmarks.learners.sklearn_peer import by_sklearn
from benchmarks.learners.speed_report import OWN, Machine, Record, Study
from benchmarks.learners.sweep_share import measure_sweep
from benchmarks.learners.torch_peer import TorchWay, by_torch
from benchmarks.learners.trials import ASKED, Spent, Task, by_simworth, keep, made_up, public
from simworth.learners.settings import NetworkSpec
from simworth.workers import process_pool

NETWORKS: Mapping[str, NetworkSpec] = {"256-128-64": NetworkSpec(hidden=(256, 128, 64)), "128-64": NetworkSpec()}
QUICK = {"8": NetworkSpec(hidden=(8,), least_steps=10, most_steps=20, tuning_steps=10)}
SIZES = (300, 1000, 10_000, 85_000)
M = (100, 500)
LANES = 8
OTHER_LANES = (16, 32)
ONCE_AT = 1000
"""The n at which what runs once runs."""
ROUNDS = 2


class Engine(NamedTuple):
    """One way to train: its function, where it runs, how many processes take part, replicates in one task."""

    run: Callable[[Task], Spent]
    pool: Executor
    processes: int
    replicates: int

    def turn(self, folder: str, spec: NetworkSpec, n: int, m: tuple[int, ...]) -> list[Spent]:
        """All processes at once, each with replicates of its own."""
        k = self.replicates
        tasks = [Task(folder, spec, n, m, tuple(range(i * k, (i + 1) * k))) for i in range(self.processes)]
        return [f.result() for f in [self.pool.submit(self.run, t) for t in tasks]]


def machine_rate(size: int) -> tuple[float, float]:
    """GFLOP/s by wall and by processor time of NumPy's or JAX's ``size``² float32 product, whichever is faster."""
    import jax

    a = np.ones((size, size), dtype=np.float32)
    on_device = jax.numpy.asarray(a)
    product = jax.jit(lambda x: x @ x)
    found = []
    for multiply in (lambda: a @ a, lambda: product(on_device).block_until_ready()):
        multiply()
        for _ in range(3):
            wall, cpu = time.perf_counter(), time.process_time()
            multiply()
            found.append((time.perf_counter() - wall, max(time.process_time() - cpu, 1e-9)))
    walls, cpus = zip(*found, strict=True)
    return 2e-9 * size**3 / min(walls), 2e-9 * size**3 / min(cpus)


def engines(stack: ExitStack, study: Study, jobs: int, lanes: int) -> tuple[dict[str, Engine], dict[str, Engine]]:
    """All that can take part here, simworth's own first; and those that run once, at one n.

    A step is the same at every n, so one n shows whether other lanes, or threads in the place of processes, do better.
    """
    own, one_by_one = (stack.enter_context(process_pool(jobs)) for _ in range(2))
    found = {f"{OWN}, {lanes} lanes": Engine(by_simworth, own, jobs, lanes)}
    once = {f"{OWN}, {k} lanes": Engine(by_simworth, own, jobs, k) for k in study.other_lanes}
    if not torch_peer.absent():
        threaded = stack.enter_context(process_pool(1))
        for name, fused in (("torch", False), ("torch fused", True)):
            one = partial(by_torch, way=TorchWay(1, fused))
            many = partial(by_torch, way=TorchWay(jobs, fused, 0.1))
            found[f"{name}, {jobs} processes"] = Engine(one, one_by_one, jobs, 1)
            once[f"{name}, {jobs} threads"] = Engine(many, threaded, 1, 1)
    found[f"scikit-learn, {jobs} processes"] = Engine(by_sklearn, one_by_one, jobs, 1)
    return found, once


def compile_seconds(engine: Engine, folder: str, spec: NetworkSpec, study: Study) -> tuple[float, float]:
    """Wall and processor seconds that a process's first batch takes more than its second, of the same shapes."""
    first, second = (engine.turn(folder, spec, study.sizes[0], study.m) for _ in range(2))
    more = [
        float(np.mean([s.total(clock) for s in first]) - np.mean([s.total(clock) for s in second])) for clock in (0, 1)
    ]
    return more[0], more[1]


def _turns(
    study: Study, every: Mapping[str, Engine], once: Mapping[str, Engine], index: int
) -> Iterator[tuple[str, int, str, Engine]]:
    """Network, n and engine of every turn of a round; the order of engines alternates from round to round."""
    for name in study.networks:
        for n in study.sizes:
            taking = {**every, **once} if n == ONCE_AT and index == 0 else every
            for engine in list(taking)[:: 1 if index % 2 == 0 else -1]:
                yield name, n, engine, taking[engine]


def measure(study: Study, folder: str, jobs: int, lanes: int, rounds: int) -> tuple[list[Record], list[Machine]]:
    """Every engine at every n, ``rounds`` times over, and the machine's own rate once a round."""
    records: list[Record] = []
    machines: list[Machine] = []
    with ExitStack() as stack:
        every, once = engines(stack, study, jobs, lanes)
        for spec in study.networks.values():
            few = msgspec.structs.replace(spec, least_steps=1, most_steps=2, tuning_steps=2)
            for name, engine in {**every, **once}.items():
                if not name.startswith(OWN):
                    engine.turn(folder, few, study.sizes[0], study.m)  # imports
        for name, spec in study.networks.items():
            study.compile[name] = compile_seconds(next(iter(every.values())), folder, spec, study)
            for engine in (e for other, e in once.items() if other.startswith(OWN)):
                engine.turn(folder, spec, study.sizes[0], study.m)  # compiles
        for index in range(rounds):
            for size in study.matrices:
                pool = next(iter(every.values())).pool
                both = [f.result() for f in [pool.submit(machine_rate, size) for _ in range(jobs)]]
                wall, cpu = zip(*both, strict=True)
                machines.append(Machine(index, size, sum(wall), float(np.mean(cpu)), os.getloadavg()[0]))
            for name, n, engine_name, engine in _turns(study, every, once, index):
                spent = engine.turn(folder, study.networks[name], n, study.m)
                records.append(Record(index, name, n, engine_name, os.getloadavg()[0], tuple(spent)))
    return records, machines


def run(context: Context) -> Figures:
    """Measure, print, return."""
    why = torch_peer.absent()
    if why:
        write(f"torch: {why}; only scikit-learn is compared with")
    folder = context.folder / "formation_enthalpy" if context.folder else None
    if context.quick:
        study, lanes, rounds = Study(QUICK, (300, ONCE_AT), (50, 100), (4,), (128,)), 2, 1
    else:
        study, lanes, rounds = Study(NETWORKS, SIZES, M, OTHER_LANES, (1024, 2048, 4096)), LANES, ROUNDS
    if folder and not context.quick:
        data, what = public(folder), "formation enthalpies"
    else:
        data, what = made_up(max(study.sizes), 1000), "made-up numbers"
        write("" if folder else "speed: the public tables are absent (name their folder by SIMWORTH_SHARED)")
    rows, study.features = data.source.shape
    write(f"\n## speed: {what}, {rows:,} × {study.features} features, {context.jobs} processes\n")
    with TemporaryDirectory() as kept, TemporaryDirectory() as programs:
        # What an earlier run has compiled on this machine is not taken.
        os.environ["JAX_COMPILATION_CACHE_DIR"] = programs
        keep(data, Path(kept))
        records, machines = measure(study, kept, context.jobs, lanes, rounds)
        with process_pool(context.jobs) as pool:
            cells = {
                name: precision.variances(study, spec, kept, pool, context.jobs, lanes, rounds)
                for name, spec in study.networks.items()
            }
    figures = speed_report.report(study, records, machines)
    figures |= {"data": what, "torch_absent": why, "records": [asdict(r) for r in records]}
    whole = len(data.measured) - ASKED
    figures["precision"] = [precision.report(study, name, records, cells[name], whole) for name in study.networks]
    figures["sweep"] = measure_sweep(context)
    return figures
