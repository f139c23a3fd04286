"""Look at two uploaded tables in a process of its own: ``python -m simworth.serve.describe FOLDER``.

What strangers write into a table is read by libraries written in C. A file that makes one of them crash, or take all
memory or time, ends this process and not the server. What the user has said comes from standard input, as JSON; so is
the answer.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from simworth.errors import InputError, SimworthError
from simworth.files import replacing, write_text
from simworth.learners.settings import BlendSpec
from simworth.starting import Guess, Look, Said, guess, look, study_text
from simworth.sweep.spec import study_from

QUICK = (6, 5)
"""Replicates and sizes of a quick look."""
MOST_MEMORY = 8 * 2**30
MOST_SECONDS = 300
SHOWN_COLUMNS = 40


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is asked."""

    said: dict[str, Any]
    names: tuple[str, str]
    """The user's names of the files: what sentences call them."""
    effort: Literal["usual", "quick"] = "usual"
    write: bool = False
    """Whether to write the study, if nothing is left to be asked."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What it answers."""

    said: dict[str, Any] = {}
    effort: Literal["usual", "quick"] = "usual"
    questions: tuple[dict[str, Any], ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[dict[str, Any], ...], ...] = ()
    """Of each table: name, examples, unit."""
    rows: tuple[int, ...] = ()
    changes: tuple[tuple[str, ...], ...] = ()
    problem: str = ""
    """Why the tables cannot be used, or what was said is impossible."""
    written: bool = False


def describe(asked: Asked, files: tuple[Path, Path]) -> Answered:
    """Look at both tables, complete what was said, and write the study where that is asked."""
    try:
        looks = tuple(msgspec.structs.replace(look(f), name=n) for f, n in zip(files, asked.names, strict=True))
    except SimworthError as error:
        return Answered(problem=_named(str(error), files, asked.names))
    about = Answered(
        said=asked.said,
        effort=asked.effort,
        columns=tuple(tuple(_column(c) for c in one.named[:SHOWN_COLUMNS]) for one in looks),
        rows=tuple(one.rows for one in looks),
        changes=tuple(one.changes for one in looks),
    )
    try:
        told = guess(looks[0], looks[1], msgspec.convert(asked.said, Said))
        about = msgspec.structs.replace(
            about,
            said=msgspec.to_builtins(told.said),
            questions=tuple(msgspec.to_builtins(q) for q in told.questions),
            reasons=told.reasons,
            notes=told.notes,
        )
        if asked.write and not told.questions:
            _write((looks[0], looks[1]), told, files, asked.effort == "quick")
            about = msgspec.structs.replace(about, written=True)
    except (SimworthError, msgspec.ValidationError) as error:
        about = msgspec.structs.replace(about, problem=_named(str(error), files, asked.names))
    return about


def _write(looks: tuple[Look, Look], told: Guess, files: tuple[Path, Path], quick: bool) -> None:
    """The study and, where a table is not plain CSV, a plain copy beside it.

    Raises
    ------
    InputError
        When the study would be of other tables than these or run code that came with it, whatever a cell holds.
    """
    names = []
    for one, file in zip(looks, files, strict=True):
        name = file.name
        if one.plain is not None:
            name = f"{file.stem}.plain.csv"
            with replacing(file.with_name(name)) as temporary:
                temporary.write_bytes(one.plain)
        names.append(name)
    text = study_text(looks[0], looks[1], told, (names[0], names[1]))
    if quick:
        text = text.replace("\n[sweep]\n", f"\n[sweep]\nreplicates = {QUICK[0]}\nsizes = {QUICK[1]}\n", 1)
    spec = study_from(tomllib.loads(text), "study.toml", files[0].parent)
    tables = {Path(table.table).name for table in (*spec.target, *spec.source)}
    if tables != set(names) or spec.learner != BlendSpec():
        raise InputError("the tables hold names that no study can be written with; rename the columns")
    write_text(files[0].with_name("study.toml"), text)


def _column(column: Any) -> dict[str, Any]:
    return {"name": column.name, "examples": column.examples, "unit": column.unit, "numeric": column.numeric}


def _named(sentence: str, files: tuple[Path, Path], names: tuple[str, str]) -> str:
    """A sentence with the user's names of the files in the place of their paths."""
    for file, name in zip(files, names, strict=True):
        sentence = sentence.replace(str(file), name)
    return sentence


def main() -> None:
    """Read what is asked, answer."""
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    folder = Path(sys.argv[1])
    # Libraries write warnings to either stream: the answer goes to the original output, all else to nothing.
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        answered = describe(asked, (folder / "measured.csv", folder / "computed.csv"))
    except MemoryError:
        answered = Answered(said=asked.said, problem="The tables take more memory than they may; send smaller ones.")
    with os.fdopen(out, "wb") as stream:
        stream.write(msgspec.json.encode(answered))


if __name__ == "__main__":
    main()
