"""Which of several rows of one material wins: known truths, and invariants."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.store import Stored
from simworth.store.rules import Rule, read_rule

Build = Callable[..., Stored]
ROWS: dict[str, list[Any]] = {
    "material": ["a", "b", "a", "a", "b"],
    "y": [1.0, 7.0, 4.0, None, 9.0],
    "energy": [-1.0, -2.0, -3.0, -5.0, None],
    "day": ["2024-01-31", None, "2025-03-01", "2023-12-31", "2020-02-02"],
    "code": ["p", "q", "r", "s", "q"],
}


def by_material(stored: Stored) -> dict[str, dict[str, Any]]:
    return {row["material"]: row for row in stored.load().data.to_pylist()}


@pytest.mark.parametrize(
    ("rule", "a", "b"),
    [
        ("mean", (2.5, -3.0, None, None), (8.0, -2.0, None, "q")),
        ("median", (2.5, -3.0, None, None), (8.0, -2.0, None, "q")),
        ("min", (1.0, -5.0, None, None), (7.0, -2.0, None, "q")),
        ("max", (4.0, -1.0, None, None), (9.0, -2.0, None, "q")),
        ("first", (1.0, -1.0, "2024-01-31", "p"), (7.0, -2.0, None, "q")),
        ("lowest:energy", (None, -5.0, "2023-12-31", "s"), (7.0, -2.0, None, "q")),
        ("highest:energy", (1.0, -1.0, "2024-01-31", "p"), (7.0, -2.0, None, "q")),
        ("lowest:y", (1.0, -1.0, "2024-01-31", "p"), (7.0, -2.0, None, "q")),
        ("latest:day", (4.0, -3.0, "2025-03-01", "r"), (9.0, None, "2020-02-02", "q")),
        ("latest:energy", (1.0, -1.0, "2024-01-31", "p"), (7.0, -2.0, None, "q")),
    ],
)
def test_each_rule_on_rows_by_hand(build: Build, rule: str, a: tuple[Any, ...], b: tuple[Any, ...]) -> None:
    stored = build(ROWS, merge=rule, keep=["day", "code"])
    found = by_material(stored)
    for material, wanted in (("a", a), ("b", b)):
        row = found[material]
        assert (row["y"], row["energy"], row["day"], row["code"]) == wanted
    assert (found["a"]["y_count"], found["b"]["y_count"], found["b"]["energy_count"]) == (2, 2, 1)
    assert found["a"]["y_spread"] == pytest.approx(4.5**0.5)
    assert found["b"]["energy_spread"] is None
    assert stored.card.merge == rule
    assert stored.card.merged == 3


def test_of_equal_rows_the_earliest_wins(build: Build) -> None:
    rows: dict[str, list[Any]] = {"material": ["a"] * 3, "y": [3.0, 1.0, 1.0], "code": ["p", "q", "r"]}
    assert by_material(build(rows, merge="lowest:y", keep=["code"]))["a"]["code"] == "q"


def test_uncertainties_follow_their_rule(build: Build) -> None:
    rows: dict[str, list[Any]] = {"material": ["a", "a", "a"], "y": [3.0, 1.0, None], "y_uncertainty": [0.3, 0.1, 9.0]}
    assert by_material(build(rows))["a"]["y_uncertainty"] == pytest.approx(0.2)
    assert by_material(build(rows, merge="lowest:y"))["a"]["y_uncertainty"] == 0.1
    assert by_material(build(rows, merge="first"))["a"]["y_uncertainty"] == 0.3


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("lowest:code", "needs numbers, but 'code' holds texts"),
        ("latest:code", "needs numbers or dates such as 2025-01-31"),
        ("lowest:nothing", "needs a column of the table, as in 'lowest:COLUMN'"),
        ("mean:y", "is not known"),
    ],
)
def test_rules_that_cannot_work_are_told(build: Build, rule: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        build(ROWS, merge=rule, keep=["day", "code"])


def test_a_rule_reads_as_it_is_written() -> None:
    for text in ("mean", "lowest:y", "latest:y"):
        assert read_rule(text, ("y",)).text == text
    assert read_rule("highest:y", ("y",)) == Rule("highest", "y")


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(-50, 50)), min_size=1, max_size=25, unique_by=lambda r: r
    ),
    order=st.randoms(use_true_random=False),
    rule=st.sampled_from(["mean", "median", "min", "max", "lowest:y", "highest:y"]),
)
def test_the_order_of_rows_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]], order: Any, rule: str
) -> None:
    import pyarrow as pa

    from simworth.store import Column, Recipe, build_stored

    contents = []
    for _ in range(2):
        batch = pa.RecordBatch.from_pydict({"material": [m for m, _ in rows], "y": [float(y) for _, y in rows]})
        recipe = Recipe(name="t", kind="features", columns=(Column("y", "1"),), merge=rule)
        contents.append(build_stored(tmp_path_factory.mktemp("store"), recipe, [batch]).card.content)
        order.shuffle(rows)
    assert contents[0] == contents[1]
