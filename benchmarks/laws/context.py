"""What every part is given, and how it spreads its work over processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np

from benchmarks.laws.methods import FAILURES, METHODS

Item = TypeVar("Item")
Result = TypeVar("Result")


def write(text: str = "") -> None:
    """A line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Context:
    """The pool (None: this process), which methods and suites, and whether to make everything small."""

    pool: Executor | None
    methods: tuple[str, ...]
    suites: tuple[str, ...]
    quick: bool

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """``function`` of each item, in order, whoever computed it."""
        if self.pool is None:
            return [function(i) for i in items]
        return list(self.pool.map(function, items, chunksize=1))

    def count(self, full: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else full


@cache
def warm_up(methods: tuple[str, ...]) -> None:
    """Fit once with each method, so that imports and first calls are not timed with the first curve."""
    n = np.geomspace(100, 12_800, 8)
    error = 3 * n**-0.4 + 0.1 + 0.001 * (-1.0) ** np.arange(8)
    for method in methods:
        with suppress(*FAILURES):  # it will fail again, and be counted, on the curves
            METHODS[method].fit(n, error).forecast(n)


Figures = dict[str, Any]
