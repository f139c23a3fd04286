"""Tables united and joined: as a dictionary would do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.store import Column, Recipe, Stored, build_stored, join, memory, store_table, union
from simworth.store.unite import unite
from simworth.tables.about import PRIVATE

Build = Callable[..., Stored]


def by_material(stored: Stored) -> dict[str, dict[str, Any]]:
    return {row["material"]: row for row in stored.load().data.to_pylist()}


def test_a_union_converts_units_and_counts_each_table_once(build: Build, tmp_path: Path) -> None:
    a = build({"material": ["a", "a", "b"], "y": [1.0, 3.0, 5.0], "t": ["p", "p", "q"]}, name="one", keep=["t"])
    b = build({"material": ["a", "c"], "y": [8000.0, 1000.0], "z": [1.0, 2.0]}, name="two", units={"y": "meV"})
    found = union(tmp_path / "store", [a, b], "both", "mean")
    rows = by_material(found)
    assert rows["a"]["y"] == pytest.approx(5.0)  # of 2 and 8
    assert (rows["a"]["y_count"], rows["b"]["y_count"]) == (2, 1)
    assert rows["c"]["y"] == pytest.approx(1.0)
    assert (rows["a"]["z"], rows["b"]["z"], rows["c"]["t"]) == (1.0, None, None)
    assert [rows[m]["from_table"] for m in "abc"] == [None, "one", "two"]
    assert (found.card.rows_read, found.card.merged, found.card.rows) == (4, 1, 3)
    assert found.card.units == {"y": "eV", "z": "eV"}
    assert found.card.parents == {a.card.label: a.card.content, b.card.label: b.card.content}


def test_the_lowest_row_wins_across_tables(build: Build, tmp_path: Path) -> None:
    a = build({"material": ["a", "b"], "y": [1.0, 2.0], "e": [-3.0, -1.0]}, name="one")
    b = build({"material": ["a", "b"], "y": [10.0, 20.0], "e": [-2.0, -4.0]}, name="two")
    rows = by_material(union(tmp_path / "store", [a, b], "both", "lowest:e"))
    assert [(rows[m]["y"], rows[m]["from_table"]) for m in "ab"] == [(1.0, "one"), (20.0, "two")]


def test_uncertainties_of_one_table_survive(build: Build, tmp_path: Path) -> None:
    a = build({"material": ["a"], "y": [1.0], "y_uncertainty": [0.2]}, name="one")
    b = build({"material": ["b"], "y": [1000.0]}, name="two", units={"y": "meV"})
    rows = by_material(union(tmp_path / "store", [b, a], "both", "error"))
    assert rows["a"]["y_uncertainty"] == pytest.approx(200.0)
    assert rows["b"]["y_uncertainty"] is None


@pytest.mark.parametrize("how", ["left", "inner", "outer"])
def test_a_join_adds_columns(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Any) -> None:
    monkeypatch.setattr(memory.windows, "__defaults__", (3,))
    count = 40
    left = {"material": [f"m{i}" for i in range(count)], "y": [float(i) for i in range(count)]}
    right: dict[str, list[Any]] = {
        "material": [f"m{i}" for i in range(0, 2 * count, 4)],
        "y": [10.0 * i for i in range(0, 2 * count, 4)],
        "y_uncertainty": [0.5] * (count // 2),
        "t": [f"t{i}" for i in range(0, 2 * count, 4)],
    }
    a, b = build(left, name="one"), build(right, name="two", keep=["t"])
    found = join(tmp_path / "store", a, b, "both", how)
    rows = by_material(found)
    whole = {*range(count), *range(0, 2 * count, 4)}
    wanted = {"left": range(count), "inner": range(0, count, 4), "outer": sorted(whole)}[how]
    assert set(rows) == {f"m{i}" for i in wanted}
    for i in wanted:
        row = rows[f"m{i}"]
        known = i % 4 == 0
        if i >= count:
            assert (row["y"], row["y_count"], row["y_two"], row["t"]) == (None, 0, 10.0 * i, f"t{i}")
            continue
        assert (row["y"], row["y_two"], row["t"]) == (float(i), 10.0 * i if known else None, f"t{i}" if known else None)
        assert row["y_two_uncertainty"] == (0.5 if known else None)
        assert row["y_two_count"] == (1 if known else 0)
    assert found.card.units == {"y": "eV", "y_two": "eV"}
    assert found.load().uncertainty("y_two") is not None
    assert found.card.left_out == ({f"not in {b.card.label}": 30} if how == "inner" else {})
    assert (found.card.rows_read, found.card.merged) == ((60, 10) if how == "outer" else (40, 0))
    said = (f"'y' of {b.card.label} is called 'y_two'", f"10 materials stand in both {a.card.label} and {b.card.label}")
    assert set(said) <= set(found.card.notes)


def test_an_outer_join_is_in_the_order_of_keys(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.windows, "__defaults__", (7,))
    a = build({"material": [f"m{i}" for i in range(0, 60, 2)], "y": [float(i) for i in range(0, 60, 2)]}, name="one")
    b = build({"material": [f"m{i}" for i in range(0, 60, 3)], "z": [float(i) for i in range(0, 60, 3)]}, name="two")
    found = join(tmp_path / "store", a, b, "both", "outer")
    keys = [k for batch in found.batches() for k in batch.column("key").to_pylist()]
    assert keys == sorted(keys)
    assert len(keys) == 40
    other = join(tmp_path / "store", b, a, "turned", "outer")
    turned = {m: (row["y"], row["z"]) for m, row in by_material(other).items()}
    assert turned == {m: (row["y"], row["z"]) for m, row in by_material(found).items()}


def test_a_table_is_not_united_with_itself(build: Build, tmp_path: Path) -> None:
    a = build({"material": ["a"], "y": [1.0]}, name="one")
    with pytest.raises(InputError, match="stands twice among the tables"):
        union(tmp_path / "store", [a, a], "both", "mean")


def test_what_may_not_be_passed_on_stays_so(build: Build, tmp_path: Path) -> None:
    a = build({"material": ["a"], "y": [1.0]}, name="one", private=True)
    b = build({"material": ["b"], "y": [2.0]}, name="two", licence="MIT")
    assert a.card.private
    assert PRIVATE in a.card.notes
    assert a.load().provenance.private
    for found in (union(tmp_path / "store", [a, b], "both", "mean"), join(tmp_path / "store", b, a, "beside")):
        assert found.card.private
        assert any(PRIVATE in note for note in found.card.notes)
        assert found.card.licence == f"MIT; of {a.card.label} not stated"
    assert build({"material": ["b"], "y": [2.0]}, name="two").card.licence == "MIT"
    united = unite([a.load(), b.load()], "mean", name="both")
    assert united.provenance.private
    assert store_table(tmp_path / "store", united, name="again").card.private


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"units": {"y": "eV"}}, {"units": {"y": "K/m"}}, "cannot be converted"),
        ({}, {"kind": "composition", "rows": {"material": ["NaCl"], "y": [1.0]}}, "only tables of one kind"),
        ({"features": ["x"]}, {}, "must have the same features"),
        ({}, {"keep": ["x"]}, "the column 'x' is a property of type number in one table but a keep"),
    ],
)
def test_what_does_not_fit_is_told(
    build: Build, tmp_path: Path, first: dict[str, Any], second: dict[str, Any], message: str
) -> None:
    rows = {"material": ["a"], "y": [1.0], "x": [2.0]}
    a = build(first.pop("rows", rows), name="one", **first)
    b = build(second.pop("rows", rows), name="two", **second)
    with pytest.raises(InputError, match=re.escape(message)):
        union(tmp_path / "store", [a, b], "both", "mean")
    if "kind" in message or "features" in message:
        with pytest.raises(InputError, match="cannot be joined"):
            join(tmp_path / "store", a, b, "both")


@settings(max_examples=25, deadline=None)
@given(
    tables=st.lists(
        st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 9), min_size=1, max_size=8), min_size=2, max_size=3
    ),
    rule=st.sampled_from(["mean", "min", "max", "first", "lowest:y", "highest:y"]),
)
def test_a_union_is_that_of_dictionaries(
    tmp_path_factory: pytest.TempPathFactory, tables: list[dict[str, int]], rule: str
) -> None:
    import pyarrow as pa

    store = tmp_path_factory.mktemp("store")
    made = []
    for i, table in enumerate(tables):
        batch = pa.RecordBatch.from_pydict({"material": list(table), "y": [float(v) for v in table.values()]})
        recipe = Recipe(name=f"t{i}", kind="features", columns=(Column("y", "1"),))
        made.append(build_stored(store, recipe, [batch]))
    found = by_material(union(store, made, "all", rule))
    combine: dict[str, Callable[[list[int]], float]] = {
        "mean": lambda v: sum(v) / len(v), "min": min, "lowest:y": min, "max": max, "highest:y": max,
        "first": lambda v: v[0],
    }  # fmt: skip
    wanted = {m: combine[rule]([t[m] for t in tables if m in t]) for t in tables for m in t}
    assert {m: row["y"] for m, row in found.items()} == pytest.approx(wanted)
