"""What the command line prints: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from simworth.documents import write_document
from simworth.errors import InputError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect."""
OWN = (
    "study.toml", "manifest.json", "law.json", "plan.json", "quality.json", "trials.parquet",
    "inputs", "trials", "work", "model", "card.json", "model.safetensors", "known.parquet",
)  # fmt: skip
"""What a run folder or a model folder consists of, save what is made again at once."""


def say(line: str) -> None:
    """A result, for people or the next program."""
    print(line, flush=True)


def say_json(value: Any) -> None:
    """A result for programs: JSON on one line, without NaN or infinity."""
    say(json.dumps(value, allow_nan=False))


def note(line: str) -> None:
    """Progress or advice."""
    print(line, file=sys.stderr, flush=True)


def problem(line: str) -> None:
    """Why a command stopped."""
    note(f"simworth: {line}")


def emit(document: dict[str, Any], out: Path | None) -> None:
    """A document to its file, or to standard output for the next program."""
    if out is not None and out.is_dir():
        raise InputError(f"{out}: is a folder; name a file")
    if out is None:
        say(json.dumps(document))
    else:
        write_document(out, document)
        note(f"wrote {out}")


def check_out(out: Path | None, *inputs: Path) -> None:
    """Refuse, before anything is computed, a file that cannot be written, or that is or belongs to one of the inputs.

    Raises
    ------
    InputError
        Saying which, and where.
    """
    if out is None:
        return
    if out.is_dir():
        raise InputError(f"{out}: is a folder; name a file")
    if out.exists() and any(given.exists() and out.samefile(given) for given in inputs):
        raise InputError(f"{out}: is the file that is read; name another one with --out")
    for folder in (given.resolve() for given in inputs if given.is_dir()):
        part = out.resolve().relative_to(folder).parts[0] if out.resolve().is_relative_to(folder) else ""
        if part in OWN or part.startswith(("model-target", "model-source")):
            raise InputError(f"{out}: is the place of a part of {folder.name}; name another file with --out")
    above = next(folder for folder in out.absolute().parents if folder.exists())
    if not above.is_dir():
        raise InputError(f"{out}: {above} is a file and no folder; name another place")
    if not os.access(above, os.W_OK):
        raise InputError(f"{out}: nothing may be written to {above}; name another place")


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Turn Ctrl-C into a sentence: what is kept."""
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        note(f"Interrupted; {kept}")
        raise SystemExit(INTERRUPTED) from None
