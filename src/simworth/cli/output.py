"""What the command line prints: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
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


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Turn Ctrl-C into a sentence: what is kept."""
    try:
        yield
    except (KeyboardInterrupt, typer.Abort):
        note(f"Interrupted; {kept}")
        raise SystemExit(INTERRUPTED) from None
