"""A run as a process of its own: it outlives the server, and any later server knows whether it lives.

The process holds a lock on a file for as long as it lives, and the system lets go of it whatever the end. So no process
number has to be trusted: numbers are used again, locks are not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOG = "log.txt"
"""What the run says, in its folder."""


def run_command(workers: int | None) -> list[str]:
    """The command that runs a study; -P and the safe path take no module from the run's folder."""
    command = [sys.executable, "-P", "-m", "simworth", "run"]
    return command if workers is None else [*command, "--workers", str(workers)]


class Processes:
    """Runs begun by this server or by one before it, by the names of their folders."""

    def __init__(self, state: Path, command: Sequence[str]) -> None:
        self._state, self._command = state, tuple(command)
        self._children: list[subprocess.Popen[bytes]] = []

    def begin(self, name: str, folder: Path, study: str) -> None:
        """Run ``folder``/``study`` into ``folder``."""
        log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        lock = os.open(self._lock(name), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # waits for no more than a look of `alive`
            child = subprocess.Popen(
                [*self._command, study, "-o", "."],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C and a closed terminal end the server alone
                pass_fds=(lock,),
                # No module is taken from the run's folder: nothing that was put there is ever executed.
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"},
            )
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(child.pid).encode(), 0)
        finally:
            os.close(log)
            os.close(lock)
        self._children.append(child)

    def alive(self, name: str) -> bool:
        """Whether the process of this name lives, whoever began it."""
        try:
            lock = os.open(self._lock(name), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    def interrupt(self, name: str) -> None:
        """Do as Ctrl-C does, to a process that lives."""
        text = self._lock(name).read_text(encoding="ascii")
        if self.alive(name) and text.isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(text), signal.SIGINT)

    def reap(self) -> None:
        """Let go of those that ended, and end the workers that one that was killed left behind."""
        for child in [c for c in self._children if c.poll() is not None]:
            self._children.remove(child)
            # The group has the number of its first process, which no other gets while a worker is left.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGTERM)

    def _lock(self, name: str) -> Path:
        return self._state / f"{name}.lock"
