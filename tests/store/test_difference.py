"""What changed between two tables: as a dictionary would find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.store import Column, Recipe, Stored, build_stored, difference, memory
from simworth.tables import read_table

Build = Callable[..., Stored]


def test_every_sort_of_change_is_told(build: Build) -> None:
    earlier = build(
        {
            "material": ["a", "b", "c", "d", "gone"],
            "y": [1.0, 2.0, 3.0, None, 5.0],
            "z": [1.0, 1.0, 1.0, 1.0, 1.0],
            "t": ["p", "q", None, "s", "t"],
            "old": [0.0] * 5,
        },
        keep=["t"],
    )
    later = build(
        {
            "material": ["new", "d", "c", "b", "a"],
            "y": [9000.0, 4000.0, None, 2500.0, 1000.0],
            "z": [1.0, 1.0, 1.0, 1.0, 1.0],
            "t": ["n", "s", "r", "Q", "p"],
            "young": [0.0] * 5,
        },
        keep=["t"],
        units={"y": "meV"},
    )
    found = difference(earlier, later)
    assert (found.added, found.removed, found.same) == (1, 1, 1)
    assert (found.added_first, found.removed_first) == (("new",), ("gone",))
    assert (found.columns_added, found.columns_removed) == (("young",), ("old",))
    assert found.units == {"y": ("eV", "meV")}
    assert (found.earlier, found.later, found.rows) == (earlier.card.label, later.card.label, (5, 5))
    changes = {c.column: c for c in found.changes}
    assert set(changes) == {"y", "t"}
    y = changes["y"]
    assert (y.changed, y.filled, y.emptied, y.material, y.unit) == (1, 1, 1, "b", "meV")
    assert y.mean == pytest.approx(500.0)
    assert y.largest == pytest.approx(500.0)
    t = changes["t"]
    assert (t.changed, t.filled, t.emptied, t.mean, t.material) == (1, 1, 0, None, "b")
    assert not found.is_empty


def test_equal_tables_do_not_differ(build: Build) -> None:
    rows: dict[str, list[Any]] = {"material": ["a", "b"], "y": [0.1, None], "x": [1.0, 2.0]}
    made = build(rows)
    assert difference(made, made).is_empty
    assert difference(made, made.load()).is_empty
    assert difference(made.load(), build({k: v[::-1] for k, v in rows.items()}, name="other")).is_empty


def test_a_change_of_unit_alone_changes_no_value(build: Build) -> None:
    values = [0.1 * i for i in range(50)]
    names = [f"m{i}" for i in range(50)]
    a = build({"material": names, "y": values})
    b = build({"material": names, "y": [1000 * v for v in values]}, units={"y": "meV"})
    found = difference(a, b)
    assert (found.same, found.changes) == (50, ())
    assert not found.is_empty


def test_only_tables_of_one_kind_are_compared(build: Build) -> None:
    frame = pa.table({"f": ["NaCl"], "y": [1.0]})
    other = read_table(frame, kind="composition", material="f", properties={"y": ("y", "eV")}, name="salt")
    with pytest.raises(InputError, match=re.escape("salt of kind 'composition'; only tables of one kind")):
        difference(build({"material": ["a"], "y": [1.0]}), other)


@settings(max_examples=40, deadline=None)
@given(
    pair=st.tuples(*[st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 2), min_size=1, max_size=10)] * 2),
    size=st.integers(1, 20),
)
def test_a_difference_is_that_of_dictionaries(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[dict[str, int], dict[str, int]], size: int
) -> None:
    store = tmp_path_factory.mktemp("store")
    made = []
    for rows in pair:
        batch = pa.RecordBatch.from_pydict({"material": list(rows), "y": [float(v) for v in rows.values()]})
        made.append(build_stored(store, Recipe(name="t", kind="features", columns=(Column("y", "1"),)), [batch]))
    before, after = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory.windows, "__defaults__", (size,))
        found = difference(*made)
    both = set(before) & set(after)
    steps = {m: after[m] - before[m] for m in both if after[m] != before[m]}
    assert (found.added, found.removed) == (len(set(after) - set(before)), len(set(before) - set(after)))
    assert found.same == len(both) - len(steps)
    if steps:
        [change] = found.changes
        assert change.changed == len(steps)
        assert change.mean == pytest.approx(sum(steps.values()) / len(steps))
        assert change.largest == max(map(abs, steps.values())) == abs(steps[change.material])
    else:
        assert found.changes == ()
