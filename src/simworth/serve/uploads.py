"""Two tables that a browser sends: bounded, plain text, under names of our own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from starlette.datastructures import UploadFile
from starlette.requests import Request

from simworth.serve.jobs import UPLOADS
from simworth.serve.refusal import RefusedError
from simworth.serve.runs import shown

MOST_LINES = 2_000_000
MOST_COLUMNS = 1000
MOST_FIELDS = 64
FIELD_BYTES = 2**14
BLOCK = 2**20
PACKED = {
    b"PK\x03\x04": "a spreadsheet or a zip archive",
    b"\x1f\x8b": "compressed",
    b"BZh": "compressed",
    b"\xfd7zXZ": "compressed",
    b"\x28\xb5\x2f\xfd": "compressed",
    b"\xd0\xcf\x11\xe0": "a spreadsheet",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
}
"""How files begin that unpack to more than they are, or are no tables. Plain text cannot grow."""


class Form(NamedTuple):
    """What a form sent: texts, and files by their field."""

    texts: dict[str, list[str]]
    files: dict[str, UploadFile]

    def text(self, key: str) -> str:
        """The one text of a field; empty where there is none."""
        return (self.texts.get(key) or [""])[0]


@asynccontextmanager
async def reading_form(request: Request) -> AsyncIterator[Form]:
    """A form within bounds; its files are gone afterwards.

    Raises
    ------
    HTTPException
        For too many or too long fields, or what is no form.
    """
    bounds = {"max_files": len(UPLOADS), "max_fields": MOST_FIELDS, "max_part_size": FIELD_BYTES}
    async with request.form(**bounds) as data:
        texts: dict[str, list[str]] = {}
        files: dict[str, UploadFile] = {}
        for key, value in data.multi_items():
            if isinstance(value, UploadFile):
                files[key] = value
            else:
                texts.setdefault(key, []).append(value)
        yield Form(texts, files)


def room_for(folder: Path, most: int) -> None:
    """Refuse uploads where the disk is nearly full.

    Raises
    ------
    RefusedError
        When there is less room than three such uploads.
    """
    if shutil.disk_usage(folder).free < 3 * most:
        raise RefusedError(507, "The disk of the server is nearly full; make room before another study is started.")


def store(upload: UploadFile, path: Path) -> None:
    """Write an uploaded table to ``path``, if it may be one.

    Raises
    ------
    RefusedError
        For a file that is empty, packed, no text, or too large in lines or columns.
    """
    called = file_name(upload)
    upload.file.seek(0)
    with path.open("xb") as out:
        check_plain(upload.file, out, called)


def check_plain(file: BinaryIO, out: BinaryIO, called: str) -> None:
    """Copy a file, piece by piece, while it looks like plain text with lines of a table."""
    lines, first = 0, True
    while block := file.read(BLOCK):
        if first:
            _check_start(block, called)
        lines += block.count(b"\n")
        if lines > MOST_LINES:
            raise RefusedError(413, f"{called} has more than {MOST_LINES:,} lines; start such a study in a terminal.")
        out.write(block)
        first = False
    if first:
        raise RefusedError(422, f"{called} is empty; choose a CSV file with a header and rows.")


def _check_start(block: bytes, called: str) -> None:
    for magic, what in PACKED.items():
        if block.startswith(magic):
            raise RefusedError(415, f"{called} is {what}; save the table as plain CSV and send that.")
    header = block.partition(b"\n")[0]
    if max(header.count(b) for b in (b",", b";", b"\t")) > MOST_COLUMNS:
        raise RefusedError(413, f"{called} has more than {MOST_COLUMNS:,} columns; leave out those not needed.")
    if b"\0" in block and not block.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RefusedError(415, f"{called} is not text; save the table as plain CSV and send that.")


def file_name(upload: UploadFile) -> str:
    """The user's name of a file, to be shown and never to be opened."""
    name = (upload.filename or "the file").replace("\\", "/").rpartition("/")[2]
    return shown(name.strip(), 80).strip() or "the file"
