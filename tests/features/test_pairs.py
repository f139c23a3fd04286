from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simworth.errors import InputError
from simworth.features.pairs import oligomer_features, pair_features
from simworth.features.table import table_features
from simworth.identity import canonical, pair_parts, subject
from simworth.spellings import respell
from simworth.tables import (
    PropertyColumn,
    PropertyTable,
    TableSpec,
    overlap,
    read_spec,
    read_table,
    split,
    usable_source,
)

POLYMERS = ["*CCO*", "*OCC*", "*CC*", "*CC*"]
SOLVENTS = ["CCO", "OCC", "O", "O"]
KELVIN = np.array([300.0, 300.0, 300.0, 350.0])


def table(
    polymers: list[str] = POLYMERS, solvents: list[str] = SOLVENTS, kelvin: Any = KELVIN, name: str = "pairs"
) -> PropertyTable:
    n = len(polymers)
    columns = {
        "p": polymers,
        "s": solvents,
        "T": np.asarray(kelvin),
        "chi": np.arange(float(n)),
        "by": ["a", "b"] * (n // 2),
    }
    return read_table(
        pa.table(columns),
        kind="pair",
        material="p",
        partner="s",
        temperature="T",
        properties={"chi": PropertyColumn("chi", "1")},
        keep=["by"],
        name=name,
    )


def many() -> PropertyTable:
    polymers = ["*CC*", "*CCO*", "*CC(C)*", "*CC(Cl)*", "*CC(F)*"]
    rows = [(p, s, t) for p in polymers for s in ("CCO", "O", "CCCC", "C1CCCCC1") for t in (280.0, 300.0, 320.0)]
    return table(*(list(x) for x in zip(*rows, strict=True)))


def test_each_material_is_described_once_and_in_place() -> None:
    asked: list[list[str]] = []

    def describe(materials: list[str]) -> np.ndarray:
        asked.append(materials)
        return np.array([[len(m), 1] for m in materials], dtype=np.float32)

    found = pair_features(POLYMERS, SOLVENTS, KELVIN, describe, describe)
    assert asked == [["*CCO*", "*OCC*", "*CC*"], ["CCO", "OCC", "O"]]
    assert found.polymer[:, 0].tolist() == [5, 5, 4, 4]
    assert found.take(np.array([2])).solvent.tolist() == [[1, 1]]
    matrix = found.matrix()
    assert matrix.shape == (4, 5)
    np.testing.assert_allclose(matrix[:, -1], 1000 / KELVIN, rtol=1e-6)
    np.testing.assert_array_equal(matrix[2, :4], matrix[3, :4])


def test_the_polymer_is_its_ring() -> None:
    np.testing.assert_allclose(oligomer_features(["*CCO*"]), oligomer_features(["*OCC*"]), atol=1e-5)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_an_impossible_temperature_is_named(bad: float) -> None:
    with pytest.raises(InputError, match="pair 2: temperature"):
        pair_features(["*CC*"] * 2, ["O"] * 2, np.array([300.0, bad]))


def test_lengths_must_agree() -> None:
    with pytest.raises(InputError, match="as many of each"):
        pair_features(["*CC*"], ["O", "CO"], np.array([300.0]))


def test_a_pair_is_recognised_in_any_spelling() -> None:
    one = canonical("pair", "*CCO*|OCC|298.15 K")
    assert one == canonical("pair", " *OCC* | CCO | 298.1500001 ") == canonical("pair", respell("pair", str(one), 3))
    assert one != canonical("pair", "*CCO*|OCC|298.2 K")
    assert subject("pair", str(one)) == canonical("pair", "*OCC*|CCO")
    assert pair_parts(str(one)).kelvin == 298.15
    assert pair_parts(subject("pair", str(one))).kelvin is None
    assert subject("polymer", "*CC*") == "*CC*"


@pytest.mark.parametrize(
    "text", ["", "*CC*", "*CC*|", "|CCO", "*CC*|*CC*", "CCO|*CC*", "*CC*|O|hot", "*CC*|O|0 K", "*CC*|O|1|2"]
)
def test_what_is_no_pair(text: str) -> None:
    assert canonical("pair", text) is None


def test_a_pair_may_repeat_at_other_temperatures_and_equal_rows_are_merged() -> None:
    found = table()
    assert len(found) == 3  # the first two rows are one pair at one temperature
    assert len(set(found.subjects)) == 2
    assert found.values("chi").tolist() == [0.5, 2.0, 3.0]


def test_celsius_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("p,s,t_C,chi\n*CC*,O,25,1\n*CC*,O,,2\n*C|C*,O,25,2\n")
    spec = TableSpec(
        table="t.csv", kind="pair", material="p", partner="s", temperature="t_C", temperature_unit="degC",
        property="chi", unit="1", unreadable="drop",
    )  # fmt: skip
    found = read_spec(spec, tmp_path)
    assert found.identities == ("*C*|O|298.15 K",)
    assert found.about.left_out == {"unreadable material": 2}
    (described,) = table_features([found])
    assert described[0, -1] == pytest.approx(1000 / 298.15)


def test_settings_that_do_not_fit_are_named() -> None:
    rows = pa.table({"p": ["*CC*"], "s": ["O"], "y": [1.0]})
    with pytest.raises(InputError, match="needs 'partner'"):
        read_table(rows, kind="pair", material="p", properties={"y": ("y", "1")})
    with pytest.raises(InputError, match="'partner' is for tables of kind 'pair'"):
        read_table(rows, kind="polymer", material="p", partner="s", properties={"y": ("y", "1")})
    bare = read_table(rows, kind="pair", material="p", partner="s", properties={"y": ("y", "1")})
    with pytest.raises(InputError, match="has no temperature"):
        table_features([bare])


def test_a_pair_is_never_split_and_a_polymer_only_when_asked() -> None:
    whole = many()
    for r in range(5):
        by_pair = split(whole, r, 0, test_fraction=0.2)
        test = {whole.subjects[i] for i in by_pair.test}
        assert test
        assert not test & {whole.subjects[i] for i in by_pair.order}
        by_polymer = split(whole, r, 0, test_fraction=0.2, group="polymer")
        test = {pair_parts(whole.identities[i]).polymer for i in by_polymer.test}
        assert not test & {pair_parts(whole.identities[i]).polymer for i in by_polymer.order}


def test_a_group_that_would_split_a_pair_is_refused() -> None:
    with pytest.raises(InputError, match="two values of 'by'"):
        split(
            table(["*CC*"] * 4, ["O", "O", "CO", "CO"], [300.0, 310.0, 300.0, 310.0]),
            0,
            0,
            test_fraction=0.5,
            group="by",
        )


def test_test_pairs_leave_the_source_at_every_temperature() -> None:
    source = table(["*CC*", "*CC*", "*CCO*", "*OCC*"], ["O", "O", "O", "CO"], [280.0, 290.0, 280.0, 280.0], "computed")
    target = table(["*CC*", "*CCO*"], ["O", "OC"], [300.0, 300.0], "measured")
    found = overlap(source, target)
    assert len(found) == 2
    assert found.in_source([0]).tolist() == [0, 1]
    assert usable_source(found, "exclude", [0], 4).tolist() == [False, False, True, True]
    assert "2 materials stand in both" in found.sentence


SHARED = (
    Path(os.environ.get("SIMWORTH_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data" / "miscibility"
)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the public miscibility tables are not here")
def test_public_tables_of_polymer_solvent_pairs() -> None:
    computed, measured = (
        read_table(
            SHARED / name,
            kind="pair",
            material="polymer",
            partner="solvent",
            temperature="temperature_C",
            temperature_unit="degC",
            properties={"chi": PropertyColumn("chi", "1")},
        )
        for name in ("computed_cosmo.csv", "experimental.csv")
    )
    assert (len(computed), len(measured)) == (1206, 1190)
    found = overlap(computed, measured)
    assert len(found) == len(set(computed.subjects)) == 761
    test = split(measured, 0, 0, test_fraction=0.2).test
    usable = usable_source(found, "exclude", test, len(computed))
    left = {name for name, ok in zip(computed.subjects, usable, strict=True) if ok}
    assert not left & {measured.subjects[i] for i in test}
    assert 600 < len(left) < 700
