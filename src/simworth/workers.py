"""A process pool whose workers are single-threaded: one worker a core, equal bits on any machine."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simworth.digest import digest_value
from simworth.files import cache_folder

CACHE_BYTES = 256 * 2**20
"""Of compiled programs; the oldest make room."""

SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "NPROC": "1",  # XLA's CPU client sizes its thread pool by this
}
"""Read by the numerical libraries when a worker first imports them."""


def compiled() -> dict[str, str]:
    """Variables that make JAX keep compiled programs in the user's cache folder, so that each is compiled once.

    Programs are of one kind of processor; machines that share a home each have a folder. What the user has set stays;
    nothing is kept where the folder cannot be made.
    """
    folder = cache_folder() / f"jax-{machine()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    wanted = {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "JAX_COMPILATION_CACHE_MAX_SIZE": str(CACHE_BYTES),
    }
    return {name: os.environ.get(name, value) for name, value in wanted.items()}


def machine() -> str:
    """A digest of the kind of processor."""
    about = Path("/proc/cpuinfo")
    text = about.read_text(encoding="utf-8") if about.exists() else platform.processor()
    features = sorted({line for line in text.splitlines() if line.startswith(("flags", "Features", "model name"))})
    return digest_value([platform.system(), platform.machine(), *(features or [text])])[:16]


def cores() -> int:
    """Cores this process may use (affinity is respected where the system tells)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin() -> None:
    """Leave Ctrl-C to the parent, which stops handing out work and says what is kept; end when the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    """A worker whose parent was killed would wait for work for ever; what it computes then, nobody records."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Linear algebra by one thread, whoever's process this is: sums by several are rounded otherwise."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@contextmanager
def process_pool(workers: int) -> Iterator[Executor]:
    """A pool of ``workers`` fresh (spawned) single-threaded processes.

    The variables in `SINGLE_THREADED` and `compiled` are set while the pool lives, since children inherit them at
    start, and restored afterwards.
    """
    wanted = SINGLE_THREADED | compiled()
    before = {k: os.environ.get(k) for k in wanted}
    os.environ.update(wanted)
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for k, v in before.items():
            if v is None:
                os.environ.pop(k, None)
            else:
                os.environ[k] = v


def as_finished(
    pool: Executor, function: Callable[..., None], calls: Iterable[tuple[Any, ...]], most: int
) -> Iterator[tuple[tuple[Any, ...], Future[None]]]:
    """Call ``function`` on each of ``calls``, at most ``most`` handed out at a time; (call, future) as they finish.

    A caller that stops early leaves the calls that were not handed out undone.
    """
    waiting = iter(calls)
    running: dict[Future[None], tuple[Any, ...]] = {}
    while True:
        for call in waiting:
            running[pool.submit(function, *call)] = call
            if len(running) >= most:
                break
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future
