"""A PropertyTable as one Parquet file, its metadata in the schema."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.errors import InputError
from simworth.files import replacing
from simworth.tables.about import About
from simworth.tables.table import PropertyTable

KEY = b"simworth"
DIGEST_KEY = b"simworth-digest"
UNREADABLE = (pa.ArrowException, OSError, ValueError, LookupError, OverflowError)
"""What pyarrow raises for damaged files."""


def write(table: PropertyTable, path: Path) -> None:
    """Write the table whole, with its digest."""
    metadata = {KEY: msgspec.json.encode(table.about), DIGEST_KEY: table.digest.encode()}
    with replacing(path) as temporary:
        pq.write_table(table.data.replace_schema_metadata(metadata), temporary, compression="zstd")


def read(path: Path) -> PropertyTable:
    """Read a table and check its digest.

    Raises
    ------
    InputError
        When the file is missing, damaged, edited, or not a simworth table.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; name a Parquet file written by simworth")
    try:
        data = pq.read_table(path)
    except UNREADABLE as error:
        raise InputError(f"{path}: not readable as Parquet ({first_line(error)}); make the file again") from None
    metadata = data.schema.metadata or {}
    if KEY not in metadata or DIGEST_KEY not in metadata:
        raise InputError(f"{path}: not a table written by simworth; read it with read_table, which asks for units")
    try:
        about = msgspec.json.decode(metadata[KEY], type=About)
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: written by another version of simworth ({error}); make the file again") from None
    table = PropertyTable(about, data.replace_schema_metadata(None))
    if table.digest != metadata[DIGEST_KEY].decode():
        raise InputError(f"{path}: its content is not what was written; make the file again")
    return table


def is_own(path: Path) -> bool:
    """Whether a file is a Parquet file that `write` wrote, as far as its metadata say."""
    try:
        return KEY in (pq.read_schema(path).metadata or {})
    except UNREADABLE:
        return False


def first_line(error: Exception) -> str:
    """The first line of an error's message, without a final stop."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
