"""Progress: alive in a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simworth.curves import curve
from simworth.inference.fit import fit_curve
from simworth.inference.verdict import judge
from simworth.sweep.records import read_chunk
from simworth.sweep.run import SweepState
from simworth.sweep.spec import StudySpec

LOG_EVERY = 20.0
"""Seconds between lines where there is no terminal."""


class StudyProgress:
    """Shows sizes done, time left and the law of the first arm as it firms up."""

    def __init__(self, spec: StudySpec) -> None:
        self._spec = spec
        self._console = Console(stderr=True)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._began: tuple[float, int] | None = None
        self._said = 0.0
        self._read: dict[Path, pa.Table] = {}

    def __enter__(self) -> StudyProgress:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def __call__(self, state: SweepState) -> None:
        """Show one state of the run."""
        if not state.total:
            self._stage(state.stage)
            return
        now = time.monotonic()
        if self._began is None:
            # The first news of this run: what earlier runs finished must not count into the speed.
            self._began = (now, state.done - 1)
        line = f"trials: {state.done} of {state.total} parts{self._left(now, state)}"
        if self._console.is_terminal:
            head = Table.grid(padding=(0, 2))
            head.add_row(ProgressBar(total=state.total, completed=state.done, width=30), Text(line))
            self._live.update(Group(head, *self._curve(state)))
        elif now - self._said > LOG_EVERY or state.done == state.total:
            self._said = now
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _stage(self, stage: str) -> None:
        if self._console.is_terminal:
            self._live.update(Text(stage))
        else:
            self._console.print(stage, markup=False, highlight=False, soft_wrap=True)

    def _left(self, now: float, state: SweepState) -> str:
        assert self._began is not None
        start, before = self._began
        done = state.done - before
        if done < 3:
            return ""
        seconds = (now - start) / (done - 1) * (state.total - state.done)
        return f", about {seconds:.0f} s left" if seconds < 90 else f", about {seconds / 60:.0f} min left"

    def _curve(self, state: SweepState) -> list[Table | Text]:
        """The first arm at its largest m: mean error at every size so far, and the law through it."""
        self._read |= {p: read_chunk(p) for p in state.finished if p not in self._read}
        trials = pa.concat_tables(list(self._read.values()))
        target, arm = self._spec.target[0], self._spec.source[0]
        mine = trials.filter(
            (pc.field("target") == target.label)
            & (pc.field("arm") == arm.label)
            & (pc.field("control") == "")
            & (pc.field("status") == "ok")
        )
        if not len(mine):
            return []
        # A law is of replicates: the tunings of one are not independent.
        mine = mine.filter(pc.field("m") == pc.max(mine["m"])).group_by(["n", "replicate"]).aggregate([("mae", "mean")])
        n, error = mine["n"].to_numpy(), mine["mae_mean"].to_numpy()
        table = Table("simulations", "replicates", "mean error", title=f"{arm.label} → {target.label}")
        for size in np.unique(n):
            errors = error[n == size]
            table.add_row(f"{size:,}", str(len(errors)), f"{errors.mean():.4g}")
        law = fit_curve(curve(n, error, replicate=mine["replicate"].to_numpy()))
        return [table, Text(judge(law, None, target.unit or "", len(np.unique(n))).sentence)]


class CampaignProgress:
    """Candidates done and time left."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._began: tuple[float, int] | None = None
        self._said = 0.0

    def __enter__(self) -> CampaignProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._console.print()

    def __call__(self, done: int, total: int) -> None:
        """Show how far a campaign is."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        left = ""
        if done > self._began[1]:
            seconds = (now - self._began[0]) / (done - self._began[1]) * (total - done)
            left = f", about {seconds / 60:.0f} min left"
        end = "\r" if self._console.is_terminal else "\n"
        if self._console.is_terminal or now - self._said > LOG_EVERY or done == total:
            self._said = now
            self._console.print(f"{done} of {total} parts computed{left}   ", end=end, highlight=False)
