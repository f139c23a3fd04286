"""Features that were made before, in the user's cache folder: a structure is described once a machine.

A row is found by the digest of its text, in a folder whose name is a digest of everything else that it follows from:
the code that makes it, the packages behind that code, and the kind of processor. So another version of any of them
makes its rows anew. Files are whole or absent, named by their digests, and the least recently used make room.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simworth.digest import digest_bytes, digest_value
from simworth.files import cache_folder, replacing
from simworth.workers import machine

Float32Array = NDArray[np.float32]
Make = Callable[[list[str]], tuple[Float32Array, dict[int, str]]]
MakeBytes = Callable[[list[str]], tuple[list[bytes], dict[int, str]]]
FEWEST = 32
"""Structures below which nothing is looked up or kept."""
LEAST_SECONDS = 0.5
"""Of making rows, below which they are not kept."""
MOST_BYTES = 512 * 2**20
"""Of all files; the least recently used make room."""
BATCH = 1024
"""Rows that are compressed, and read, together."""
PACKAGES = ("rdkit", "radonpy-pypi", "numpy")
"""Which rows follow from, beside the code beside this file."""
KEY = 16


def remembered(what: str, texts: Sequence[str], width: int, make: Make) -> tuple[Float32Array, dict[int, str]]:
    """Features of structures, made only where they are not kept already.

    Parameters
    ----------
    what : str
        The descriptor; letters alone.
    texts : sequence of str
        Canonical SMILES.
    width : int
        Numbers of a row.
    make : callable
        Gives the rows (texts, width) of some texts, each by itself, and the places of those that have none with the
        reason.

    Returns
    -------
    rows : array of float32, shape (texts, width)
        The bits that ``make`` gives.
    reasons : dict of int to str
        Places of texts without features; they are never kept.
    """
    if len(texts) < FEWEST:
        return make(list(texts))

    def packed(some: list[str]) -> tuple[list[bytes], dict[int, str]]:
        made, why = make(some)
        return [row.tobytes() for row in made], why

    found, reasons = remembered_bytes(what, texts, packed)
    return np.frombuffer(bytearray().join(found), dtype=np.float32).reshape(len(texts), width), reasons


def remembered_bytes(what: str, texts: Sequence[str], make: MakeBytes) -> tuple[list[bytes], dict[int, str]]:
    """As `remembered`, of rows that are bytes of any length."""
    if len(texts) < FEWEST:
        return make(list(texts))
    folder = cache_folder() / "features" / f"{what}-{_version()}"
    keys = _keys(texts)
    rows = _read(folder, keys)
    missing = [i for i, row in enumerate(rows) if row is None]
    if not missing:
        return [row for row in rows if row is not None], {}
    began = time.perf_counter()
    made, why = make([texts[i] for i in missing])
    took = time.perf_counter() - began
    for i, row in zip(missing, made, strict=True):
        rows[i] = row
    if took >= LEAST_SECONDS:
        good = [k for k in range(len(missing)) if k not in why]
        with contextlib.suppress(OSError):  # a full disk or a folder that cannot be written: nothing is kept
            _write(folder, [keys[missing[k]] for k in good], [made[k] for k in good])
            _make_room(folder.parent)
    return [row for row in rows if row is not None], {missing[k]: reason for k, reason in why.items()}


@functools.cache
def _version() -> str:
    """Digest of what rows follow from besides their texts."""
    code = [digest_bytes(path.read_bytes()) for path in sorted(Path(__file__).parent.glob("*.py"))]
    packages = []
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            packages.append([name, importlib.metadata.version(name)])
    return digest_value([packages, machine(), *code])


def _keys(texts: Sequence[str]) -> list[bytes]:
    """(texts,) 128-bit digests."""
    return [hashlib.blake2b(text.encode(), digest_size=KEY).digest() for text in texts]


def _read(folder: Path, keys: list[bytes]) -> list[bytes | None]:
    """The rows (keys,) that are kept; None for the others."""
    rows: dict[bytes, bytes] = {}
    wanted = set(keys)
    for path in sorted(folder.glob("*.arrow")):
        try:
            _read_file(path, wanted, rows)
        except (OSError, ValueError):  # another process made room, or the file is damaged
            with contextlib.suppress(OSError):
                path.unlink()
    return [rows.get(key) for key in keys]


def _read_file(path: Path, wanted: set[bytes], rows: dict[bytes, bytes]) -> None:
    """`_read` of one file, into the rows by key. Raises ValueError where it is damaged."""
    import pyarrow as pa

    data = path.read_bytes()
    if _digest(data) != path.stem:
        raise ValueError("damaged")
    used = False
    reader = pa.ipc.open_file(pa.BufferReader(data))
    narrow = pa.ipc.open_file(pa.BufferReader(data), options=pa.ipc.IpcReadOptions(included_fields=[0]))
    for b in range(reader.num_record_batches):
        held = narrow.get_batch(b).column(0).to_pylist()
        places = [i for i, key in enumerate(held) if key in wanted and key not in rows]
        if places:
            kept = reader.get_batch(b).column(1)
            rows.update((held[i], kept[i].as_py()) for i in places)
            used = True
    if used:
        os.utime(path)


def _write(folder: Path, keys: list[bytes], rows: list[bytes]) -> None:
    """Keep some rows in a file of their own, which is named by its digest and never changed."""
    import pyarrow as pa

    if not rows:
        return
    schema = pa.schema([pa.field("key", pa.binary(KEY)), pa.field("row", pa.binary())])
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=3), use_threads=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema, options=options) as writer:
        for first in range(0, len(rows), BATCH):
            some = slice(first, first + BATCH)
            arrays = [pa.array(cells[some], field.type) for cells, field in zip((keys, rows), schema, strict=True)]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    data = sink.getvalue().to_pybytes()
    with replacing(folder / f"{_digest(data)}.arrow") as temporary:
        temporary.write_bytes(data)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=KEY).hexdigest()


def _make_room(folder: Path) -> None:
    """Remove the least recently used files beyond `MOST_BYTES`, and the folders that this empties."""
    files = sorted(((f.stat(), f) for f in folder.glob("*/*.arrow")), key=lambda pair: -pair[0].st_mtime)
    total = 0
    for about, path in files:
        total += about.st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # not empty
                path.parent.rmdir()
