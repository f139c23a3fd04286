"""Studies that were started here: what is waiting, what runs, what was stopped. One runs at a time.

What is to be run is noted outside the served folder: a folder that came from somebody else cannot ask for anything to
be run. One server at a time looks after a folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from simworth.digest import digest_bytes
from simworth.errors import InputError
from simworth.files import write_text
from simworth.serve.inside import folder_inside, names_inside, read_inside
from simworth.serve.process import LOG, Processes
from simworth.serve.refusal import RefusedError, missing

UPLOADED = "upload"
"""Folder in a run for the two tables, and the study that was made of them."""
UPLOADS = ("measured.csv", "computed.csv")
STUDY = "study.toml"
MOST_OPEN = 20
"""Studies that are being described or are waiting."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MOST_READ = 2**30


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A study that was started here, by the name of its run folder."""

    name: str
    title: str
    files: dict[str, str]
    """The user's name of each uploaded file."""
    state: Literal["draft", "waiting", "begun"] = "draft"
    asked: float = 0.0
    """When it was asked to run, in seconds since 1970: the order of the queue."""
    digests: dict[str, str] = {}
    """Of the files that it runs from, at that time."""
    told: dict[str, Any] = {}
    """What the files and the user have told so far."""
    trouble: str = ""
    """Why it could not be begun."""


class Jobs:
    """The studies started over one folder of runs."""

    def __init__(self, root: Path, state: Path, processes: Processes) -> None:
        self.root, self._state, self._processes = root, state, processes
        self._changing = threading.RLock()
        state.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other server away from the same folder.

        Raises
        ------
        InputError
            When another one serves it.
        """
        lock = os.open(self._state / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise InputError(f"{self.root}: is served already; use that server, or stop it first") from None
        try:
            yield
        finally:
            os.close(lock)

    def get(self, name: str) -> Job | None:
        """What is known of a run; None for one that was not started here, or whose folder was removed since."""
        if not _NAME.fullmatch(name) or not names_inside(self.root, name, UPLOADED, folders=False):
            return None
        try:
            job = msgspec.json.decode(read_inside(self._state, f"{name}.json", most=2**22), type=Job)
        except (RefusedError, msgspec.DecodeError):
            return None
        return job if job.name == name else None

    def all(self) -> list[Job]:
        """Every job, in the order in which they were asked for."""
        names = [n.removesuffix(".json") for n in names_inside(self._state, folders=False) if n.endswith(".json")]
        jobs = [job for job in map(self.get, names) if job is not None]
        return sorted(jobs, key=lambda job: (job.asked, job.name))

    def waiting(self) -> list[Job]:
        """The queue."""
        return [job for job in self.all() if job.state == "waiting"]

    def alive(self, name: str) -> bool:
        """Whether the run's process lives."""
        return self.get(name) is not None and self._processes.alive(name)

    def reserve(self, title: str) -> str:
        """Make the folder of a new run, whose name is made from the title; two that come at once get two names.

        Raises
        ------
        RefusedError
            When too many studies are open.
        """
        with self._changing:
            if sum(job.state != "begun" for job in self.all()) >= MOST_OPEN:
                raise RefusedError(
                    409, f"{MOST_OPEN} studies are open; let them run, or discard those that you do not need."
                )
            base = slug(title)
            for number in range(1, 10_000):
                name = base if number == 1 else f"{base}-{number}"
                if self.get(name) is not None:
                    continue
                try:
                    (self.root / name).mkdir()
                except FileExistsError:
                    continue
                (self.root / name / UPLOADED).mkdir()
                (self._state / f"{name}.json").unlink(missing_ok=True)  # of a run whose folder was removed
                return name
        raise RefusedError(409, "There are too many runs of that name; choose another name.")

    def put(self, job: Job) -> None:
        """Note a job."""
        with self._changing:
            write_text(self._state / f"{job.name}.json", msgspec.json.encode(job).decode())

    def ask(self, job: Job) -> None:
        """Put a job at the end of the queue; what it runs from must stay as it is now."""
        digests = {
            name: self._digest(job.name, name) for name in names_inside(self.root, job.name, UPLOADED, folders=False)
        }
        self.put(msgspec.structs.replace(job, state="waiting", asked=time.time(), digests=digests, trouble=""))
        self.tick()

    def tick(self) -> None:
        """Begin the next job if none runs."""
        with self._changing:
            self._processes.reap()
            jobs = self.all()
            if any(job.state == "begun" and self._processes.alive(job.name) for job in jobs):
                return
            for job in jobs:
                if job.state == "waiting" and self._begin(job):
                    return

    def _begin(self, job: Job) -> bool:
        """Whether it could be begun; why not is noted."""
        begun = msgspec.structs.replace(job, state="begun")
        # Noted first: a server that dies here leaves a stopped run, which can be continued, not one that runs twice.
        self.put(begun)
        try:
            for name, digest in job.digests.items():
                if self._digest(job.name, name) != digest:
                    raise RefusedError(
                        409, "The uploaded files were changed after the study was started; upload them again."
                    )
            with folder_inside(self.root, job.name):
                self._processes.begin(job.name, self.root / job.name, f"{UPLOADED}/{STUDY}")
        except (RefusedError, OSError) as error:
            self.put(msgspec.structs.replace(begun, trouble=str(error)))
            return False
        return True

    def stop(self, job: Job) -> None:
        """Interrupt a run, or take a waiting one out of the queue; what is finished is kept."""
        with self._changing:
            if job.state == "waiting":
                self.put(msgspec.structs.replace(job, state="begun", trouble="It was taken out of the queue."))
            elif self._processes.alive(job.name):
                self.put(msgspec.structs.replace(job, trouble="It was stopped; what was finished is kept."))
                self._processes.interrupt(job.name)

    def discard(self, job: Job) -> None:
        """Remove a draft with its tables. What has begun to run is never removed.

        Raises
        ------
        RefusedError
            When it is no draft.
        """
        with self._changing:
            now = self.get(job.name)
            if now is None or now.state != "draft":
                raise RefusedError(409, "Only a study that never ran is discarded here.")
            self._remove(job.name)
            (self._state / f"{job.name}.json").unlink(missing_ok=True)

    def _remove(self, name: str) -> None:
        """Remove what the server itself put into a folder, and the folder."""
        with folder_inside(self.root, name, UPLOADED) as at:
            for file in os.listdir(at):  # noqa: PTH208 (a descriptor)
                os.unlink(file, dir_fd=at)
        with folder_inside(self.root, name) as at:
            os.rmdir(UPLOADED, dir_fd=at)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(LOG, dir_fd=at)
        try:
            with folder_inside(self.root) as at:
                os.rmdir(name, dir_fd=at)
        except OSError:
            raise RefusedError(409, "Its tables are gone, but its folder holds other files; look at them.") from None

    def abandon(self, name: str) -> None:
        """Remove a folder just made by `reserve`, whose upload failed."""
        if self.get(name) is None:
            shutil.rmtree(self.root / name / UPLOADED, ignore_errors=True)
            (self.root / name).rmdir()

    def _digest(self, name: str, file: str) -> str:
        return digest_bytes(read_inside(self.root, name, UPLOADED, file, most=_MOST_READ))


def known(jobs: Jobs, name: str) -> Job:
    """The job of this name.

    Raises
    ------
    RefusedError
        When it was not started here.
    """
    job = jobs.get(name)
    if job is None:
        raise missing("study that was started here")
    return job


def slug(title: str) -> str:
    """A folder's name from a title: small Latin letters, digits, single hyphens, at most 40 of them."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    name = "-".join(words)[:40].strip("-")
    return name or "study"
