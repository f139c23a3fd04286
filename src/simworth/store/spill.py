"""Rows of any number in the order of their keys, in bounded memory.

Keys are hashes, so their leading bits share rows out evenly: rows go to one file for each of 256 ranges of keys, and
each file fits in memory. A few rows never touch the disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

HELD_ROWS = 1_000_000
HELD_BYTES = 96 << 20
BITS = 8
LARGEST = 3_000_000
"""Rows of one file that are sorted at once; a larger one is shared out again by the next bits."""


class Spill:
    """Takes rows in any order, gives them back by key; use it with ``with``, which closes its files."""

    def __init__(self, folder: Path, schema: Any, level: int = 0, held_rows: int = HELD_ROWS) -> None:
        self.folder = folder
        self.schema = schema
        self.level = level
        self.held_rows = held_rows
        self._held: list[Any] = []
        self._rows = self._bytes = 0
        self._files: list[Any] = []
        self._sizes = np.zeros(1 << BITS, dtype=np.int64)

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def add(self, rows: Any) -> None:
        """Take rows (a pyarrow.Table of the schema)."""
        self._held.append(rows)
        self._rows += rows.num_rows
        self._bytes += rows.nbytes
        if self._rows >= self.held_rows or self._bytes >= HELD_BYTES:
            self._share()

    def sorted(self) -> Iterator[Any]:
        """Tables whose rows are in the order of key, identity and reading; no material is in two of them."""
        if not self._files:  # all of them are in memory
            if self._rows:
                yield in_order(pa.concat_tables(self._held))
            return
        self._share()
        self.close()
        for i, size in enumerate(self._sizes.tolist()):
            path = self._path(i)
            if size > LARGEST and 64 - BITS * (self.level + 1) > BITS:
                yield from self._again(path)
            elif size:
                with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
                    table = reader.read_all()
                yield in_order(table)
                del table
            path.unlink(missing_ok=True)

    def _again(self, path: Path) -> Iterator[Any]:
        """A file too large to sort at once, shared out by the next bits."""
        folder = path.with_suffix("")
        folder.mkdir()
        with Spill(folder, self.schema, self.level + 1, self.held_rows) as finer:
            with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
                for batch in reader:
                    finer.add(pa.Table.from_batches([batch]))
            path.unlink()
            yield from finer.sorted()
        folder.rmdir()

    def _share(self) -> None:
        """Send the rows in memory to the files of their ranges."""
        if not self._rows:
            return
        if not self._files:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._files = [
                pa.ipc.new_stream(str(self._path(i)), self.schema, options=options) for i in range(1 << BITS)
            ]
        table = pa.concat_tables(self._held)
        self._held, self._rows, self._bytes = [], 0, 0
        shift = np.uint64(64 - BITS * (self.level + 1))
        bucket = (keys_of(table) >> shift).astype(np.int64) & ((1 << BITS) - 1)
        order = np.argsort(bucket, kind="stable")
        counts = np.bincount(bucket, minlength=1 << BITS)
        table = table.take(pa.array(order)).combine_chunks()
        ends = np.cumsum(counts)
        for i in np.flatnonzero(counts).tolist():
            self._files[i].write_table(table.slice(int(ends[i] - counts[i]), int(counts[i])))
        self._sizes += counts

    def _path(self, i: int) -> Path:
        return self.folder / f"bucket-{i:03}.arrow"

    def close(self) -> None:
        """Close the files that are written to."""
        while self._files:
            self._files.pop().close()


def keys_of(rows: Any) -> NDArray[np.uint64]:
    """The keys of rows (a pyarrow.Table)."""
    return np.asarray(rows.column("key").to_numpy(), dtype=np.uint64)


def in_order(rows: Any) -> Any:
    """Rows by key, then by identity, then as they came."""
    keys = keys_of(rows)
    order = np.argsort(keys, kind="stable")
    rows = rows.take(pa.array(order)).combine_chunks()
    keys = keys[order]
    same_key = keys[1:] == keys[:-1]
    if not same_key.any():
        return rows
    identity = rows.column("identity").combine_chunks()
    differ = np.asarray(pc.not_equal(identity.slice(1), identity.slice(0, len(identity) - 1)))
    if not (same_key & differ).any():
        return rows
    rows = rows.append_column("_place", pa.array(np.arange(rows.num_rows)))
    order = pc.sort_indices(rows, [("key", "ascending"), ("identity", "ascending"), ("_place", "ascending")])
    return rows.take(order).drop_columns(["_place"]).combine_chunks()


def groups_of(rows: Any) -> NDArray[np.int64]:
    """0, 0, 1, 2, 2, …: which of the ordered rows are one material."""
    if not rows.num_rows:
        return np.zeros(0, dtype=np.int64)
    keys = keys_of(rows)
    new = np.ones(len(keys), dtype=bool)
    new[1:] = keys[1:] != keys[:-1]
    if not new.all():
        identity = rows.column("identity").combine_chunks()
        differ = pc.not_equal(identity.slice(1), identity.slice(0, len(identity) - 1))
        new[1:] |= np.asarray(differ)
    return (np.cumsum(new) - 1).astype(np.int64)
