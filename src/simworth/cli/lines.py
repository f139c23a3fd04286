"""One line of progress: it changes in a terminal, and comes back now and then in a log."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

LOG_EVERY = 20.0
"""Seconds between lines where there is no terminal."""


class Line:
    """What is shown while something takes long, on standard error.

    In a terminal the line is written over and is gone at the end. Elsewhere (a file, a scheduler's log) a line is
    printed at most every `LOG_EVERY` seconds, without colours and without carriage returns.
    """

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self._live = Live(console=self.console, refresh_per_second=4, transient=True)
        self._said: float | None = None

    def __enter__(self) -> Line:
        if self.alive:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @property
    def alive(self) -> bool:
        """Whether somebody is looking."""
        return self.console.is_terminal

    def picture(self, shown: RenderableType) -> None:
        """Show something in a terminal, and nothing in a log."""
        if self.alive:
            self._live.update(shown)

    def show(self, text: str, *, always: bool = False) -> None:
        """Show a line; ``always`` also in a log that has just had one."""
        now = time.monotonic()
        if self.alive:
            self._live.update(Text(text, no_wrap=True, overflow="ellipsis"))
        elif always or self._said is None or now - self._said > LOG_EVERY:
            self._said = now
            self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class Clock:
    """Time left of work that is counted; what was done before it began does not count into the speed."""

    def __init__(self) -> None:
        self._began: tuple[float, float] | None = None

    def left(self, done: float, total: float | None, least: float = 1.0) -> str:
        """``", about 3 min left"``, or nothing before ``least`` was done and at the end."""
        now = time.monotonic()
        if self._began is None or done < self._began[1]:
            self._began = (now, done)
        worked = done - self._began[1]
        if total is None or worked < least or done >= total:
            return ""
        return f", about {say_time((now - self._began[0]) / worked * (total - done))} left"


def say_time(seconds: float) -> str:
    """Seconds as a person would say them.

    >>> say_time(42), say_time(600), say_time(40_000)
    ('42 s', '10 min', '11 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"
