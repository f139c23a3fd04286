"""How long a run took: a session at a time, in ``times.json``. Nothing is computed from it and no digest covers it.

A session is one call of the sweep or of the whole run. It is written down when it ends, also when it was interrupted;
one that was killed is missing, so the sum of what stands there is the least the run took.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from simworth.errors import InputError
from simworth.files import write_text

TIMES = "times.json"
SCHEMA = "simworth-times/1"

Stage = Literal["tables", "trials", "law", "model"]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One call, from its beginning to its end."""

    begun: str
    """ISO 8601, in UTC."""
    ended: Literal["finished", "stopped"]
    workers: Count | None
    """Processes; None where the executor was the caller's own."""
    trials: Count
    """Computed in the session, failed ones included."""
    seconds: dict[Stage, Seconds]
    """By stage, as a clock on the wall shows them."""


class Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in ``times.json``."""

    schema: Literal["simworth-times/1"]
    sessions: tuple[Session, ...]

    @property
    def seconds(self) -> float:
        """Of all stages and sessions."""
        return sum(sum(s.seconds.values()) for s in self.sessions)


class Watch:
    """Counts the seconds and trials of one session."""

    def __init__(self, workers: int | None) -> None:
        self.workers = workers
        self.trials = 0
        self.made = False
        """Whether a model was made."""
        self.begun = datetime.now(UTC)
        self.seconds: dict[Stage, float] = {}

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Count the time until the block ends, however it does."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - begun, 3)


@contextmanager
def timed(folder: Path, watch: Watch) -> Iterator[None]:
    """Write a session down in ``folder`` when the block ends; see `note_session`.

    Raises
    ------
    InputError
        At the beginning, when the folder's ``times.json`` is damaged.
    """
    read_times(folder)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            note_session(folder, watch, "stopped")
        raise
    note_session(folder, watch, "finished")


def note_session(folder: Path, watch: Watch, ended: Literal["finished", "stopped"]) -> None:
    """Add a session to ``times.json``; one that computed no trial and made no model leaves the file as it is."""
    if not (watch.trials or watch.made):
        return
    before = read_times(folder)
    now = Session(
        begun=watch.begun.isoformat(timespec="seconds"),
        ended=ended,
        workers=watch.workers,
        trials=watch.trials,
        seconds=watch.seconds,
    )
    sessions = [msgspec.to_builtins(s) for s in (*(before.sessions if before else ()), now)]
    write_text(folder / TIMES, json.dumps({"schema": SCHEMA, "sessions": sessions}, indent=1) + "\n")


def read_times(folder: Path) -> Times | None:
    """How long the run in ``folder`` took; None where it was not recorded.

    Raises
    ------
    InputError
        When the file is damaged.
    """
    path = folder / TIMES
    try:
        return msgspec.json.decode(path.read_bytes(), type=Times)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{path}: is damaged; remove it, nothing else needs it") from None
