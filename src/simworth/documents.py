"""Versioned JSON documents that carry their own digest and their parents'.

A document is a plain dictionary whose first keys are ``schema`` ("name/version"), ``digest`` (of everything else)
and ``parents`` (the digests of what it was made from). A file that was changed by hand, or that is another
kind of document, is refused with one sentence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from simworth.digest import digest_value
from simworth.errors import InputError
from simworth.files import write_text
from simworth.notebook import document_html


class Document(dict[str, Any]):
    """A dictionary that a notebook shows by its sentences."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return document_html(self)


def seal(schema: str, parents: Mapping[str, str], body: Mapping[str, Any]) -> Document:
    """A document of ``body`` with its schema, its parents' digests and its own digest.

    Raises
    ------
    ValueError
        When the body holds NaN or infinity, which JSON cannot spell: a programming error, not the user's.
    """
    document = {"schema": schema, "parents": dict(parents), **body}
    return Document({"schema": schema, "digest": digest_of(document), **document})


def digest_of(document: Mapping[str, Any]) -> str:
    """Digest of everything in a document but its own ``digest``."""
    return digest_value({k: v for k, v in document.items() if k != "digest"})


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a sealed document whole, as JSON with one key a line at the top level.

    Raises
    ------
    ValueError
        When the document's digest is not its content's: a programming error.
    """
    if document.get("digest") != digest_of(document):
        raise ValueError("the document was changed after it was sealed")
    lines = [f"{json.dumps(k)}: {json.dumps(v, allow_nan=False)}" for k, v in document.items()]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_document(path: Path, schema: str) -> Document:
    """Read a document of the kind ``schema`` and check its digest.

    Raises
    ------
    InputError
        When there is no such file, it is not JSON, it is another kind or version of document, or its content is
        not what its digest says.
    """
    try:
        content = path.read_bytes()
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}); check the path") from None
    return decode_document(content, str(path), schema)


def decode_document(content: bytes, path: str, schema: str) -> Document:
    """`read_document` of bytes at hand; ``path`` is how messages call them.

    Raises
    ------
    InputError
        As `read_document`.
    """
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last for a million open brackets
        raise InputError(f"{path}: is not a JSON document; give a file of the kind {schema}") from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), str):
        raise InputError(f"{path}: has no 'schema', so it is no simworth document; give a {schema} file")
    found = document["schema"]
    if found != schema:
        raise InputError(f"{path}: {_other(found, schema)}")
    if document.get("digest") != digest_of(document):
        raise InputError(f"{path}: was changed after it was written (its digest does not fit); make it again")
    return Document(document)


def finite(value: float) -> float | None:
    """``value`` as JSON can spell it: None for infinity and NaN."""
    return float(value) if math.isfinite(value) else None


def _other(found: str, wanted: str) -> str:
    if found.partition("/")[0] == wanted.partition("/")[0]:
        return f"is a {found} document and this version reads {wanted}; make it again with this version"
    return f"is a {found} document where a {wanted} one is needed; give the right file"
