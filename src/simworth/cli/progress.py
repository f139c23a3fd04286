"""Progress of a study and of a campaign: alive in a terminal, a line now and then in a log."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from simworth.cli.lines import Clock, Line
from simworth.curves import curve
from simworth.inference.fit import fit_curve
from simworth.inference.verdict import judge
from simworth.sweep.records import read_chunk
from simworth.sweep.run import SweepState
from simworth.sweep.spec import StudySpec


class StudyProgress:
    """Shows sizes done, time left and the law of the first arm as it firms up."""

    def __init__(self, spec: StudySpec) -> None:
        self._spec = spec
        self._line = Line()
        self._clock = Clock()
        self._read: dict[Path, pa.Table] = {}

    def __enter__(self) -> StudyProgress:
        self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.__exit__(kind, value, trace)

    def __call__(self, state: SweepState) -> None:
        """Show one state of the run."""
        if not state.total:
            self._line.show(state.stage, always=True)
            return
        # The first part of a run also compiles, so the speed is that of the parts after it.
        left = self._clock.left(state.done, state.total, least=2)
        line = f"trials: {state.done} of {state.total} parts{left}"
        if self._line.alive:
            head = Table.grid(padding=(0, 2))
            head.add_row(ProgressBar(total=state.total, completed=state.done, width=30), Text(line))
            self._line.picture(Group(head, *self._curve(state)))
        else:
            self._line.show(line, always=state.done == state.total)

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
    """Parts done and time left."""

    def __init__(self) -> None:
        self._line = Line()
        self._clock = Clock()

    def __enter__(self) -> CampaignProgress:
        self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.__exit__(kind, value, trace)

    def __call__(self, done: int, total: int) -> None:
        """Show how far the work is."""
        self._line.show(f"{done} of {total} parts computed{self._clock.left(done, total)}", always=done == total)
