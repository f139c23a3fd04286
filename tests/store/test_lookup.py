"""Overlap with a stored table is that with the table in memory, and reads little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.store import Stored, find, lookup, overlap_stored, store_table
from simworth.tables import PropertyTable, overlap, read_table

Build = Callable[..., Stored]


def compositions(formulas: list[str]) -> PropertyTable:
    frame = pa.table({"f": formulas, "y": [float(i) for i in range(len(formulas))]})
    return read_table(frame, kind="composition", material="f", properties={"y": ("y", "eV")}, name="target")


def test_rows_are_found_with_their_places(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 50)
    monkeypatch.setattr("simworth.store.writer.PART_GROUPS", 3)
    made = build({"material": [f"m{i}" for i in range(1000)], "y": [float(i) for i in range(1000)]})
    rows = find(made, ["m5", "nothing", "m999", "m5"]).to_pylist()
    assert {r["material"]: r["y"] for r in rows} == {"m5": 5.0, "m999": 999.0}
    table = made.load()
    assert [table.materials[r["place"]] for r in rows] == [r["material"] for r in rows]
    assert find(made, ["nothing"], ["row"]).column_names == ["identity", "row", "place"]
    assert find(made, []).num_rows == 0


def test_few_materials_touch_few_row_groups(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 20)
    made = build({"material": [f"m{i}" for i in range(2000)], "y": [1.0] * 2000})
    read: list[int] = []
    original = lookup.read_group

    def counted(*words: Any) -> Any:
        read.append(words[2])
        return original(*words)

    monkeypatch.setattr(lookup, "read_group", counted)
    assert find(made, ["m1", "m2", "nothing"]).num_rows == 2
    assert len(read) <= 5


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    source=st.lists(st.sampled_from(["NaCl", "ClNa", "KCl", "Fe2O3", "MgO", "Cu"]), min_size=1, max_size=8),
    target=st.lists(st.sampled_from(["Na2Cl2", "KBr", "O3Fe2", "MgO", "Cu"]), min_size=1, max_size=8),
)
def test_overlap_is_that_of_tables_in_memory(
    tmp_path_factory: pytest.TempPathFactory, source: list[str], target: list[str]
) -> None:
    a, b = compositions(source), compositions(target)
    stored = store_table(tmp_path_factory.mktemp("store"), a, name="t")
    found, wanted = overlap_stored(stored, b), overlap(a, b)
    assert sorted(found.identities) == sorted(wanted.identities)
    assert found.target_places.tolist() == wanted.target_places.tolist()
    assert found.source_rows.tolist() == wanted.source_rows.tolist()
    loaded = stored.load()
    assert [loaded.identities[i] for i in found.source_places] == list(found.identities)
    assert len(found) == len(wanted)


def test_pairs_overlap_at_any_temperature(build: Build) -> None:
    source = build(
        {"material": ["*CC*|CCO|300 K", "*CC*|CCO|350 K", "*CCO*|CCO|300 K"], "y": [1.0, 2.0, 3.0]}, kind="pair"
    )
    frame = pa.table({"p": ["*CC*"], "s": ["OCC"], "T": [320.0], "y": [1.0]})
    target = read_table(
        frame, kind="pair", material="p", partner="s", temperature="T", properties={"y": ("y", "1")}, name="target"
    )
    found = overlap_stored(source, target)
    assert len(found) == 1
    assert found.source_rows.tolist() in ([1, 2], [2, 1])
    assert "row 1 of target" in found.sentence


def test_kinds_must_agree(build: Build) -> None:
    with pytest.raises(InputError, match="give both the same kind"):
        overlap_stored(build({"material": ["a"], "y": [1.0]}), compositions(["NaCl"]))
