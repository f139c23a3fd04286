"""Identity is content: digests of plain values, arrays and files.

Laws and plans carry their own digest and their parents', manifests the tables', so mixed runs are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIGEST_LENGTH = 20
"""Hexadecimal characters kept: 80 bits, ample for files of one project."""


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no spaces, shortest round-trip floats, no NaN.

    Raises
    ------
    ValueError
        For NaN or infinity, which have no JSON spelling.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def digest_value(value: Any) -> str:
    """Digest of a JSON-able value."""
    return digest_bytes(canonical_json(value).encode())


def digest_bytes(data: bytes) -> str:
    """Digest of bytes."""
    return hashlib.sha256(data).hexdigest()[:DIGEST_LENGTH]


def digest_file(path: Path) -> str:
    """Digest of a file's bytes, read in pieces."""
    h = hashlib.sha256()
    with path.open("rb") as f:
        while piece := f.read(1 << 20):
            h.update(piece)
    return h.hexdigest()[:DIGEST_LENGTH]


def identity_keys(identities: Iterable[str]) -> NDArray[np.uint64]:
    """A 64-bit number (rows,) for each identity, from its text alone."""
    joined = b"".join([hashlib.blake2b(i.encode(), digest_size=8).digest() for i in identities])
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)
