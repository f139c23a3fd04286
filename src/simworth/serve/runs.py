"""What the folder of runs holds: each run's name, state, answer and how far it is, from its files alone.

The files may come from anybody. They are read below the folder, in bounded pieces, and one that cannot be understood
makes its run one without an answer, and nothing else.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from simworth.documents import decode_document
from simworth.errors import InputError
from simworth.inference.documents import SCHEMA as LAW
from simworth.planning.documents import SCHEMA as PLAN
from simworth.report.summary import summary_lines
from simworth.serve.inside import Mark, mark_inside, names_inside, read_inside, tail_inside
from simworth.serve.jobs import UPLOADED, UPLOADS, Job, Jobs
from simworth.serve.process import LOG

State = Literal["draft", "waiting", "running", "elsewhere", "finished", "stopped"]
MOST_RUNS = 1000
"""Runs that a page lists; further ones are counted."""
FRESH = 600.0
"""Seconds since a part was written in which a run that was begun elsewhere counts as running."""
PAGE = "report.html"
CHUNK = re.compile(r"\d{5,9}\.parquet")
LINE = re.compile(r" {2}([a-z]+) {2,}(.*)")
SPOKEN = re.compile(r"simworth: |Interrupted|Aborted|[\w.]*(Error|Exception|Interrupt)\b")
"""How a last line begins that says why a run ended."""
DAMAGED = (InputError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What reading a document of unknown make can raise."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class RunView:
    """A run as pages show it."""

    name: str
    title: str
    state: State
    words: str
    """The state in words."""
    changed: float
    """When something of it was last written, in seconds since 1970."""
    done: int = 0
    total: int = 0
    """Parts of the sweep; no total while it is not known."""
    answer: tuple[tuple[str, str], ...] = ()
    """(what, how) a line; the first have no what."""
    said: str = ""
    """Where it is, or why it stopped."""
    page: bool = False
    job: Job | None = None

    @property
    def live(self) -> bool:
        """Whether it may change by itself."""
        return self.state in ("waiting", "running", "elsewhere")

    @property
    def order(self) -> tuple[bool, bool, float, str]:
        """Sorts what goes on first, then what is to be described, then the last changed."""
        return not self.live, self.state != "draft", -self.changed, self.name


class Runs:
    """The runs of one folder. What was read is kept until the file changes."""

    def __init__(self, root: Path, jobs: Jobs, clock: Callable[[], float] = time.time) -> None:
        self.root, self.jobs, self._clock = root, jobs, clock
        self._kept: dict[tuple[str, str], tuple[tuple[Mark | None, ...], Any]] = {}

    def all(self) -> tuple[list[RunView], int]:
        """The runs, the last changed first, and how many more there are."""
        names = [n for n in names_inside(self.root, folders=True) if self._is_run(n)]
        views = sorted((self.view(n) for n in names[:MOST_RUNS]), key=lambda v: v.order)
        return views, max(len(names) - MOST_RUNS, 0)

    def names(self) -> set[str]:
        """Names of the folders that are runs."""
        return {n for n in names_inside(self.root, folders=True) if self._is_run(n)}

    def _is_run(self, name: str) -> bool:
        marks = (mark_inside(self.root, name, file) for file in ("manifest.json", "law.json", PAGE))
        return any(m is not None for m in marks) or self.jobs.get(name) is not None

    def view(self, name: str) -> RunView:
        """A run as it is now."""
        job, done, total = self.jobs.get(name), self.done(name), self.total(name)
        page = mark_inside(self.root, name, PAGE) is not None
        answer = self._answer(name)
        changed = self._changed(name)
        finished = page and (bool(answer) or 0 < total <= done)
        state, words, said = self._state(name, job, finished, changed)
        if state == "finished" and not answer:
            said = "Its documents are damaged or from another version of simworth; its page may still be read."
        title = job.title if job is not None else self.study(name).get("name")
        if not isinstance(title, str) or not title.strip():
            title = name
        return RunView(name, shown(title, 120), state, words, changed, min(done, total), total, answer, said, page, job)

    def _state(self, name: str, job: Job | None, finished: bool, changed: float) -> tuple[State, str, str]:
        if job is not None and job.state == "draft":
            return "draft", "to be described", ""
        if job is not None and job.state == "waiting":
            place = [j.name for j in self.jobs.waiting()].index(name) + 1 if self.jobs.get(name) == job else 1
            return "waiting", "waiting", f"Number {place} in the queue: one study runs at a time."
        if job is not None and self.jobs.alive(name):
            # How many trials are done stands beside it; what is left of such a line is the time left.
            words = self.last_words(name)
            return "running", "running", words.partition(", ")[2] if words.startswith("trials:") else words
        if finished:
            return "finished", "finished", ""
        if job is not None:
            return "stopped", "stopped", job.trouble or self._why(name)
        if self._clock() - changed < FRESH:
            return "elsewhere", "running", "Begun outside this page; its last part came less than 10 minutes ago."
        return (
            "stopped",
            "unfinished",
            "Nothing was written for more than 10 minutes; the command that began it continues it.",
        )

    def _why(self, name: str) -> str:
        """Why a run that was begun here ended early."""
        lines = tail_inside(self.root, name, LOG, most=4096).split("\n")
        said = [line for line in lines if SPOKEN.match(line)]
        # The last line alone can be one about work that went well, where the process was killed.
        if said and said[-1] in [line for line in lines if line.strip()][-1:]:
            return self.last_words(name)
        return "It ended without a word; what was finished is kept."

    def last_words(self, name: str) -> str:
        """The last line of what a run said."""
        lines = [line.strip() for line in tail_inside(self.root, name, LOG, most=4096).splitlines() if line.strip()]
        return shown(lines[-1].removeprefix("simworth: "), 600) if lines else ""

    def done(self, name: str) -> int:
        """Finished parts of the sweep."""
        return len(self.parts(name))

    def parts(self, name: str) -> list[str]:
        """Names of the files of the finished parts."""
        return [f for f in names_inside(self.root, name, "trials", folders=False) if CHUNK.fullmatch(f)]

    def total(self, name: str) -> int:
        """All parts of the sweep; 0 while that is not known."""

        def read() -> int:
            manifest = msgspec.json.decode(read_inside(self.root, name, "manifest.json", most=2**24))
            return len(manifest["chunks"])

        return self._cached(name, "total", ("manifest.json",), read, 0)

    def study(self, name: str) -> dict[str, Any]:
        """The resolved study; empty where there is none."""

        def read() -> dict[str, Any]:
            return tomllib.loads(read_inside(self.root, name, "study.toml", most=2**20).decode("utf-8"))

        return self._cached(name, "study", ("study.toml",), read, {})

    def _answer(self, name: str) -> tuple[tuple[str, str], ...]:
        """The answer of a finished run in a few lines."""

        def read() -> tuple[tuple[str, str], ...]:
            law = decode_document(read_inside(self.root, name, "law.json", most=2**27), "law.json", LAW)
            plan = decode_document(read_inside(self.root, name, "plan.json", most=2**25), "plan.json", PLAN)
            return tuple(_parted(shown(str(line), 600)) for line in summary_lines(law, plan))

        return self._cached(name, "answer", ("law.json", "plan.json"), read, ())

    def _changed(self, name: str) -> float:
        files = ("manifest.json", "trials.parquet", "law.json", "plan.json", PAGE, LOG)
        marks = [mark_inside(self.root, name, file) for file in files]
        marks.append(mark_inside(self.root, name, UPLOADED, UPLOADS[0]))
        marks += [mark_inside(self.root, name, "trials", part) for part in self.parts(name)[-64:]]
        return max((m.changed / 1e9 for m in marks if m is not None), default=0.0)

    def _cached(self, name: str, what: str, files: tuple[str, ...], read: Callable[[], Value], nothing: Value) -> Value:
        """What ``read`` gives, read again when a file changes; ``nothing`` where they cannot be understood."""
        marks = tuple(mark_inside(self.root, name, file) for file in files)
        kept = self._kept.get((name, what))
        if kept is None or kept[0] != marks:
            value = nothing
            if all(m is not None for m in marks):
                try:
                    value = read()
                except DAMAGED:
                    value = nothing
            self._kept[name, what] = kept = (marks, value)
        found: Value = kept[1]
        return found


def _parted(line: str) -> tuple[str, str]:
    """What a line of a terminal's answer is about, and what it says."""
    found = LINE.fullmatch(line)
    return (found[1], found[2]) if found else ("", line.strip())


def shown(text: str, most: int) -> str:
    """A text to show: one line, without control characters, of a bounded length."""
    text = "".join(c if c.isprintable() else " " for c in text[: 4 * most])
    return text if len(text) <= most else f"{text[: most - 1]}…"
