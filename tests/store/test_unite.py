"""Tables in memory united by a stated rule."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.store.unite import ORIGIN, unite
from simworth.tables import PropertyTable, read_table


def made(name: str, rows: dict[str, tuple[float, float, str]], unit: str = "eV") -> PropertyTable:
    """Formula → (gap, energy, date)."""
    data = pa.table({"m": list(rows), **{k: [r[i] for r in rows.values()] for i, k in enumerate(("gap", "E", "day"))}})
    return read_table(
        data, kind="composition", material="m", properties={"gap": ("gap", unit)}, keep=["E", "day"], name=name
    )


ONE = made("one", {"NaCl": (5.0, -1.0, "2020-01-01"), "KF": (7.0, -2.0, "2021-01-01")})
TWO = made("two", {"ClNa": (6.0, -3.0, "2019-01-01"), "MgO": (4.0, -1.0, "2022-01-01")})


@pytest.mark.parametrize(
    ("rule", "gap", "origin"),
    [
        ("first", 5.0, None),
        ("mean", 5.5, None),
        ("median", 5.5, None),
        ("min", 5.0, None),
        ("max", 6.0, None),
        ("lowest:E", 6.0, "two"),
        ("highest:E", 5.0, "one"),
        ("latest:day", 5.0, "one"),
    ],
)
def test_rules(rule: str, gap: float, origin: str | None) -> None:
    found = unite([ONE, TWO], rule, name="both")
    assert found.identities == ("ClNa", "FK", "MgO")
    assert found.values("gap").tolist() == [gap, 7.0, 4.0]
    assert found.counts("gap").tolist() == [2, 1, 1]
    assert found.spread("gap")[0] == pytest.approx(np.std([5, 6], ddof=1))
    origins = found.data.column(ORIGIN).to_pylist()
    assert origins[1:] == ["one", "two"]
    if origin is not None:
        assert origins[0] == origin
    assert found.about.merged == 1
    assert found.about.notes == (
        f"united from one and two; 1 materials stand in several, of which the rule is: {rule}",
    )


def test_units_are_those_of_the_first() -> None:
    other = made("other", {"LiF": (2000.0, 0.0, "2020")}, unit="meV")
    assert unite([ONE, other], "mean", name="u").values("gap").tolist() == pytest.approx([5.0, 7.0, 2.0])


def test_refusals() -> None:
    with pytest.raises(InputError, match="are the same material"):
        unite([ONE, TWO], "error", name="u")
    with pytest.raises(InputError, match="is not known"):
        unite([ONE, TWO], "best", name="u")
    with pytest.raises(InputError, match="needs a column of the table"):
        unite([ONE, TWO], "lowest:density", name="u")
    with pytest.raises(InputError, match="there is no table"):
        unite([], "mean", name="u")
    molecules = read_table(
        pa.table({"m": ["CCO"], "gap": [1.0]}), kind="molecule", material="m", properties={"gap": ("gap", "eV")}
    )
    with pytest.raises(InputError, match="cannot be united"):
        unite([ONE, molecules], "mean", name="u")


@settings(deadline=None, max_examples=30)
@given(
    values=st.lists(
        st.dictionaries(st.sampled_from(["NaCl", "KF", "MgO", "ZnO"]), st.floats(-5, 5), min_size=1),
        min_size=1,
        max_size=4,
    ),
    rule=st.sampled_from(["mean", "median", "min", "max", "first"]),
)
def test_a_rule_is_that_of_plain_numbers(values: list[dict[str, float]], rule: str) -> None:
    tables = [made(f"t{i}", {m: (v, 0.0, "2020") for m, v in rows.items()}) for i, rows in enumerate(values)]
    found = unite(tables, rule, name="u")
    of = {"mean": np.mean, "median": np.median, "min": np.min, "max": np.max, "first": lambda x: x[0]}[rule]
    for material, value in zip(found.materials, found.values("gap"), strict=True):
        assert value == pytest.approx(of([rows[material] for rows in values if material in rows]), abs=1e-12)
