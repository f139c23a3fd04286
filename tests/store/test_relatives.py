"""Near relatives in a stored table are those of the same table in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from simworth.errors import InputError
from simworth.identity import Kind
from simworth.store import store_table
from simworth.store.relatives import nearby_stored
from simworth.tables import PropertyTable, nearby, read_table


def made(name: str, kind: Kind, texts: list[str]) -> PropertyTable:
    data = pa.table({"m": texts, "y": np.arange(float(len(texts))), "id": [f"e{i}" for i in range(len(texts))]})
    return read_table(data, kind=kind, material="m", properties={"y": ("y", "eV")}, name=name, keep=["id"])


SOURCE = [f"Al{i}Cu{j}" for i in range(1, 40) for j in range(1, 40)]
TARGET = ["Al0.333Cu0.667", "Cu2Al", "Fe2O3", "Al67Cu33", "Al0.5Cu0.5"]


@pytest.mark.parametrize("piece", [1, 300, 10**6])
def test_the_same_is_found_in_pieces(tmp_path: Path, piece: int) -> None:
    source, target = made("s", "composition", SOURCE), made("t", "composition", TARGET)
    stored = store_table(tmp_path, source, name="s")
    wanted, found = nearby(source, target), nearby_stored(stored, target, piece=piece)
    assert found.counts() == wanted.counts() == {"same": 2, "rounding": 2}

    def pairs(near: object) -> set[tuple[str, str, str, int]]:
        rows = near.rows()  # type: ignore[attr-defined]
        return {(r["nearness"], r["source_material"], r["target_material"], r["source_row"]) for r in rows}

    assert pairs(found) == pairs(wanted)
    assert len(found.source) == len(set(wanted.source_places.tolist()))


def test_nothing_found_entries_and_kinds(tmp_path: Path) -> None:
    stored = store_table(tmp_path, made("s", "composition", ["NaCl", "KF"]), name="s")
    assert len(nearby_stored(stored, made("t", "composition", ["Fe2O3"]))) == 0
    by_entry = nearby_stored(stored, made("t", "composition", ["Fe2O3"]), entry=("id", "id"))
    assert by_entry.counts() == {"entry": 1}
    with pytest.raises(InputError, match="give both the same kind"):
        nearby_stored(stored, made("t", "molecule", ["C"]))
