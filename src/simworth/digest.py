"""Identity is content: digests of plain values, arrays and files.

Laws and plans carry their own digest and their parents', manifests the tables', so mixed runs are refused.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

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
