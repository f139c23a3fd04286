"""What a model learned from: the experiments, and a sample of the source's materials."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.seeds import stream
from simworth.tables import PropertyTable
from simworth.tables.parquet import UNREADABLE

SAMPLE = 20_000
"""Source materials that are kept at most."""
LARGEST = 2**31
"""Bytes of the unpacked columns."""
FIELDS = pa.schema(
    [("role", pa.string()), ("material", pa.string()), ("identity", pa.string()), ("value", pa.float64())]
)


@dataclass(frozen=True, eq=False)
class Known:
    """Materials a model learned from.

    Attributes
    ----------
    material, identity : (T,)
        Spelling and canonical identity of each experiment, in the order of the model's features.
    measured : (T,)
        In the model's unit.
    computed : dict
        Identity → computed value (in the unit of the source) of a seeded sample of the source's materials.
    """

    material: tuple[str, ...]
    identity: tuple[str, ...]
    measured: NDArray[np.float64]
    computed: dict[str, float]

    @cached_property
    def place(self) -> dict[str, int]:
        """Of each experiment, by identity."""
        return {identity: i for i, identity in enumerate(self.identity)}


def known_of(target: PropertyTable, measured: str, source: PropertyTable, computed: str, seed: int) -> Known:
    """All of a target and a seeded sample of a source."""
    chosen = np.sort(stream("known-sample", seed).permutation(len(source))[:SAMPLE])
    names, values = source.identities, source.values(computed)
    some = {names[i]: float(values[i]) for i in chosen if np.isfinite(values[i])}
    return Known(target.materials, target.identities, target.values(measured), some)


def known_bytes(known: Known) -> bytes:
    """``known.parquet``; equal content gives equal bytes."""
    count, more = len(known.identity), len(known.computed)
    table = pa.table(
        {
            "role": ["measured"] * count + ["computed"] * more,
            "material": [*known.material, *known.computed],
            "identity": [*known.identity, *known.computed],
            "value": np.concatenate([known.measured, np.array(list(known.computed.values()), np.float64)]),
        },
        schema=FIELDS,
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def read_known(data: bytes, path: Path, experiments: int, sample: int) -> Known:
    """What `known_bytes` wrote, of so many materials.

    Raises
    ------
    InputError
        When it is something else.
    """
    table = _table(data, path, experiments + sample)
    roles = table["role"].to_pylist()
    values = np.asarray(table["value"].to_numpy(), np.float64)
    holes = sum(table[name].null_count for name in FIELDS.names)
    if roles != ["measured"] * experiments + ["computed"] * sample or holes or not np.isfinite(values).all():
        raise _strange(path)
    material, identity = tuple(table["material"].to_pylist()), tuple(table["identity"].to_pylist())
    computed = dict(zip(identity[experiments:], values[experiments:].tolist(), strict=True))
    if len(set(identity[:experiments])) < experiments or len(computed) < sample:
        raise _strange(path)
    return Known(material[:experiments], identity[:experiments], values[:experiments], computed)


def _table(data: bytes, path: Path, rows: int) -> Any:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        about = file.metadata
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if about.num_rows != rows or size > LARGEST or not file.schema_arrow.equals(FIELDS):
            raise _strange(path)
        return file.read()
    except UNREADABLE:
        raise InputError(f"{path}: cannot be read as Parquet; make the model again") from None


def _strange(path: Path) -> InputError:
    return InputError(f"{path}: does not hold the materials its card describes; make the model again")
