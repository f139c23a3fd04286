"""A version of a stored table appears whole or not at all.

Everything is written into a folder whose name begins with a dot, which no reader looks at; one rename makes it the
version. A process that is killed leaves such a folder behind; the next one that stores a table of that name removes it,
since the system has let go of the dead process's lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simworth.digest import DIGEST_LENGTH, canonical_json
from simworth.documents import write_document
from simworth.errors import InputError
from simworth.files import write_text
from simworth.store.card import CARD, VERSION_LENGTH, Card, Part, card_document, footer_digest, read_card
from simworth.store.croissant import croissant_text

GROUP_ROWS = 1 << 16
PART_GROUPS = 64
"""Row groups of one file: about four million rows."""
PENDING = ".part-"
LOCK = ".lock"
CROISSANT = "croissant.json"


class SortedWriter:
    """Takes rows in the order of their keys, and writes row groups of one size into files of one length.

    So the files depend on the content alone, not on the pieces in which it came.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = 0
        self._parts: list[Part] = []
        self._held: list[Any] = []
        self._held_rows = 0
        self._digest = hashlib.sha256()
        self._open: pq.ParquetWriter | None = None
        self._range: tuple[int, int] = (0, 0)
        self._groups = self._part_rows = 0

    def write(self, rows: Any) -> None:
        """Take further rows (a pyarrow.Table); keys never fall."""
        if rows.num_rows:
            self._held.append(rows)
            self._held_rows += rows.num_rows
        if self._held_rows >= GROUP_ROWS:
            self._flush(last=False)

    def finish(self) -> tuple[tuple[Part, ...], str]:
        """Close the last file: all of them, and the digest of the rows."""
        self._flush(last=True)
        self._close()
        return tuple(self._parts), self._digest.hexdigest()

    def abandon(self) -> None:
        """Close what is open after a failure."""
        if self._open is not None:
            self._open.close()

    def _flush(self, last: bool) -> None:
        if not self._held:
            return
        table = pa.concat_tables(self._held)
        whole = table.num_rows if last else table.num_rows // GROUP_ROWS * GROUP_ROWS
        for start in range(0, whole, GROUP_ROWS):
            self._group(table.slice(start, min(GROUP_ROWS, whole - start)).combine_chunks())
        rest = table.slice(whole)
        self._held = [rest.combine_chunks()] if rest.num_rows else []
        self._held_rows = rest.num_rows

    def _group(self, rows: Any) -> None:
        """Write one row group."""
        if self._open is None:
            path = self.folder / f"part-{len(self._parts):05}.parquet"
            numbered = [n for n in rows.column_names if n in ("key", "row")]
            self._open = pq.ParquetWriter(
                path, rows.schema, write_page_checksum=True, write_statistics=["key"],
                # hashes do not compress, but their differences are small; every name stands there once
                compression={n: "none" if n in numbered else "zstd" for n in rows.column_names},
                column_encoding=dict.fromkeys(numbered, "DELTA_BINARY_PACKED"),
                use_dictionary=[n for n in rows.column_names if n not in (*numbered, "material", "identity")],
            )  # fmt: skip
            self._range = (rows.column("key")[0].as_py(), 0)
        self._open.write_table(rows, row_group_size=GROUP_ROWS)
        for name in rows.column_names:
            if name != "row":  # where a material stood is not what it is
                _feed(self._digest, name, pa.concat_arrays(rows.column(name).chunks))
        self._range = (self._range[0], rows.column("key")[-1].as_py())
        self._groups += 1
        self._part_rows += rows.num_rows
        self.rows += rows.num_rows
        if self._groups == PART_GROUPS:
            self._close()

    def _close(self) -> None:
        if self._open is None:
            return
        self._open.close()
        path = Path(self.folder / f"part-{len(self._parts):05}.parquet")
        self._parts.append(Part(path.name, self._part_rows, *self._range, path.stat().st_size, *_synced(path)))
        self._open, self._groups, self._part_rows = None, 0, 0


def _feed(digest: Any, name: str, column: Any) -> None:
    """A column's name and content, the same for equal content however Arrow stores it."""
    digest.update(f"{name}\0{len(column)}\0".encode())
    if pa.types.is_floating(column.type):
        values = np.array(column.to_numpy(zero_copy_only=False), dtype="<f8")
        values[np.isnan(values)] = np.nan  # one spelling of "no value"
        digest.update(values.tobytes())
    elif pa.types.is_integer(column.type):
        digest.update(np.ascontiguousarray(column.to_numpy(zero_copy_only=False)).astype("<i8").tobytes())
    else:
        lengths = pc.fill_null(pc.cast(pc.binary_length(column), pa.int64()), -1)
        digest.update(lengths.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        digest.update(_characters(column.drop_null()))


def _characters(texts: Any) -> bytes:
    """The bytes of all texts (a string array without nulls), one behind the other."""
    if not len(texts):
        return b""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(memoryview(texts.buffers()[2] or b"")[offsets[0] : offsets[-1]])


def _synced(path: Path) -> tuple[str, str]:
    """SHA-256 of a file, and of its footer; it is on the disk when this returns."""
    found = hashlib.sha256()
    with path.open("rb") as f:
        os.fsync(f.fileno())
        while piece := f.read(1 << 20):
            found.update(piece)
    return found.hexdigest(), footer_digest(path)


def content_digest(card: Card, rows: str) -> str:
    """Digest of a table's content: what the columns are, and the rows."""
    columns = [(c.name, c.unit, c.role) for c in card.columns]
    return hashlib.sha256(canonical_json([card.kind, columns, rows]).encode()).hexdigest()[:DIGEST_LENGTH]


@contextmanager
def pending(store: Path, name: str) -> Iterator[Path]:
    """A folder to write a version of the table ``name`` into; removed at the end unless `publish` moved it.

    Raises
    ------
    InputError
        While another process stores a table of that name.
    """
    from filelock import FileLock, Timeout

    place = store / name
    place.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(place / LOCK, timeout=0):
            for left in place.glob(f"{PENDING}*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=place, prefix=PENDING))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise InputError(
            f"{place}: another process is storing a table of this name; wait for it, or choose another name"
        ) from None


def publish(folder: Path, card: Card, rows: str) -> tuple[Path, Card]:
    """Turn a pending folder with its parts into the version that ``card`` describes; ``rows`` is their digest.

    The version is named by the content. Where it is stored already, its card alone is written anew, so that it becomes
    the newest; what it does not say of licence and citation stays as it was.
    """
    content = content_digest(card, rows)
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    card = msgspec.structs.replace(card, version=content[:VERSION_LENGTH], content=content, stored=now)
    final = folder.parent / card.version
    if _is_whole(final, card):
        card = _said_before(final, card)
        _write_card(final, card)
        return final, card
    if final.exists():  # damaged: files are missing or cut short
        final.rename(folder / "damaged")
    whole = folder / "whole"
    whole.mkdir()
    for part in card.parts:
        (folder / part.file).rename(whole / part.file)
    _write_card(whole, card)
    _sync(whole)
    whole.rename(final)
    _sync(final.parent)
    return final, card


def _said_before(final: Path, card: Card) -> Card:
    """The card with the licence and the citation of an earlier one where it has none; private stays private."""
    try:
        old = read_card(final)
    except InputError:
        return card
    return msgspec.structs.replace(
        card,
        licence=card.licence or old.licence,
        citation=card.citation or old.citation,
        private=card.private or old.private,
    )


def _is_whole(final: Path, card: Card) -> bool:
    def size(path: Path) -> int:
        return path.stat().st_size if path.is_file() else -1

    return (final / CARD).is_file() and all(size(final / p.file) == p.bytes for p in card.parts)


def _write_card(folder: Path, card: Card) -> None:
    write_text(folder / CROISSANT, croissant_text(card))
    write_document(folder / CARD, card_document(card))


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def refuse_empty(where: str, left_out: dict[str, int]) -> InputError:
    """The error for a table without rows."""
    reasons = ", ".join(f"{n:,} with {r}" for r, n in left_out.items()) or "nothing was read"
    return InputError(f"{where}: no row is left ({reasons}); check the settings of this table")
