"""Pages on disk, each with its checksum, so that a transfer goes on after any interruption.

A folder holds ``request.json`` (what was asked), ``page-000000.json`` … (each written whole, then forced to disk) and
``pages.jsonl``, one line a page, added after the page itself is safe. A process killed at any point leaves at worst one
page that no line names, or half a line: both are dropped when the folder is opened again. No key is ever in them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from simworth.digest import digest_value
from simworth.errors import InputError
from simworth.files import replacing, write_text

SCHEMA = "simworth-download/1"
REQUEST, PAGES, LOCK = "request.json", "pages.jsonl", ".lock"


class PageRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the journal."""

    page: int
    url: str
    sha256: str
    bytes: int
    entries: int
    total: int | None
    """Entries the server said there are."""
    next: str | None
    """Address of the next page; None after the last."""


class Journal:
    """The pages of one request; made by `open_journal`."""

    def __init__(self, folder: Path, records: list[PageRecord]) -> None:
        self.folder = folder
        self.records = records

    @property
    def received(self) -> int:
        """Bytes of all pages."""
        return sum(r.bytes for r in self.records)

    def body(self, record: PageRecord) -> bytes:
        """A page as it came.

        Raises
        ------
        InputError
            When the file is not what was written.
        """
        path = _page(self.folder, record.page)
        body = path.read_bytes()
        if hashlib.sha256(body).hexdigest() != record.sha256:
            raise InputError(f"{path}: was changed after it was downloaded; delete it and run the same command again")
        return body

    def add(self, url: str, body: bytes, entries: int, total: int | None, link: str | None) -> PageRecord:
        """Keep a page for good."""
        record = PageRecord(len(self.records), url, hashlib.sha256(body).hexdigest(), len(body), entries, total, link)
        with replacing(_page(self.folder, record.page)) as temporary:
            temporary.write_bytes(body)
        with (self.folder / PAGES).open("ab") as f:
            f.write(msgspec.json.encode(record) + b"\n")
            f.flush()
            os.fsync(f.fileno())
        self.records.append(record)
        return record

    def drop_last(self) -> None:
        """Forget the last page, whose link leads nowhere."""
        self.records.pop()
        with replacing(self.folder / PAGES) as temporary:
            temporary.write_bytes(b"".join(msgspec.json.encode(r) + b"\n" for r in self.records))

    def start_again(self) -> None:
        """Forget all pages: the database changed while it was read."""
        with replacing(self.folder / PAGES) as temporary:
            temporary.write_bytes(b"")
        self.records.clear()
        for path in self.folder.glob("page-*.json"):
            path.unlink()

    def remove(self) -> None:
        """Delete the folder, after the table is written; what says whose it is goes last, lest we be killed midway."""
        (self.folder / PAGES).unlink(missing_ok=True)
        for path in [p for p in self.folder.iterdir() if p.name not in (REQUEST, LOCK)]:
            path.unlink()
        (self.folder / REQUEST).unlink()
        (self.folder / LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


@contextmanager
def open_journal(folder: Path, request: Mapping[str, Any]) -> Iterator[Journal]:
    """The journal of a request, with the pages that are whole.

    Raises
    ------
    InputError
        When the folder belongs to another request, is no download, or another process is writing into it.
    """
    from filelock import FileLock, Timeout

    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file where the pages would be kept; move it away")
    if folder.is_dir() and not (folder / REQUEST).is_file() and not _only_lock(folder):
        raise InputError(f"{folder}: holds other files than a download; move them away or choose another output")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{folder}: another simworth is downloading into it; wait for it to end") from None
    try:
        _same_request(folder, request)
        yield Journal(folder, _whole(folder))
    finally:
        lock.release()


def _only_lock(folder: Path) -> bool:
    """True for a folder that a process began and left before it wrote its request."""
    return all(p.name == LOCK or p.suffix == ".part" for p in folder.iterdir())


def _same_request(folder: Path, request: Mapping[str, Any]) -> None:
    path = folder / REQUEST
    sealed = {"schema": SCHEMA, "digest": digest_value(dict(request)), "request": dict(request)}
    if not path.is_file():
        write_text(path, msgspec.json.encode(sealed).decode() + "\n")
        return
    found: Any = None
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        found = msgspec.json.decode(path.read_bytes())
    if not isinstance(found, dict) or found.get("digest") != sealed["digest"]:
        raise InputError(
            f"{folder}: holds pages of another request; finish that one with its own options, or delete the folder"
        )


def _whole(folder: Path) -> list[PageRecord]:
    """The pages from the first on that are named, there and unchanged; the rest is cut off."""
    path = folder / PAGES
    records: list[PageRecord] = []
    good = 0
    for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else []:
        record = _record(line)
        if record is None or record.page != len(records) or not _intact(folder, record):
            break
        if records and records[-1].next != record.url:
            break
        records.append(record)
        good += len(line)
    if path.is_file() and path.stat().st_size != good:
        with path.open("r+b") as f:
            f.truncate(good)
            os.fsync(f.fileno())
    named = {_page(folder, r.page) for r in records}
    for stray in folder.glob("page-*.json"):
        if stray not in named:
            stray.unlink()
    for stray in folder.glob(".*.part"):
        stray.unlink()
    return records


def _record(line: bytes) -> PageRecord | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return msgspec.json.decode(line, type=PageRecord)
    except msgspec.DecodeError:
        return None


def _intact(folder: Path, record: PageRecord) -> bool:
    path = _page(folder, record.page)
    if not path.is_file() or path.stat().st_size != record.bytes:
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == record.sha256


def _page(folder: Path, page: int) -> Path:
    return folder / f"page-{page:06d}.json"
