"""Tables and how they compare, said in Japanese."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from simworth.ingest.compilations import EXPERIMENTS
from simworth.report.japanese import quality, tables
from simworth.report.language import Both
from simworth.sweep.quality import compare_tables
from simworth.tables import NEARNESS, PropertyTable
from simworth.tables.about import PRIVATE, About, Provenance

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def table(name: str, materials: list[str], values: list[float], unit: str = "eV") -> PropertyTable:
    about = About(name, "composition", {"gap": unit}, Provenance("given", "0"))
    data = {
        "material": materials,
        "identity": materials,
        "row": pa.array(range(1, len(materials) + 1), pa.int64()),
        "gap": values,
        "gap_spread": pa.nulls(len(materials), pa.float64()),
        "gap_count": pa.array([1] * len(materials), pa.int64()),
    }
    return PropertyTable(about, pa.table(data))


MATERIALS = [f"C{i}H{j}" for i in range(1, 9) for j in range(1, 6) if np.gcd(i, j) == 1]


def numbers_in(text: str) -> Counter[str]:
    for name in [*MATERIALS, *OTHERS]:
        text = text.replace(f"'{name}'", "").replace(f"「{name}」", "")
    return Counter(re.findall(r"\d[\d,.]*(?<![.,])", text))


OTHERS = ["C100H101", "C100H102", "C50H49"]


def checked(source: PropertyTable, target: PropertyTable, **settings: bool) -> list[str]:
    """The Japanese sentences, each compared with the document's own."""
    (pair,) = compare_tables(source, target, **settings)["pairs"]
    said = [quality.agreement(pair), quality.coverage(pair), quality.near(pair)]
    said = [text for text in said if text]
    assert len(said) == len(pair["sentences"])
    for english, japanese in zip(pair["sentences"], said, strict=True):
        assert JAPANESE.search(japanese)
        assert numbers_in(english) == numbers_in(japanese), (english, japanese)
    return said


def test_agreement_coverage_and_near_relatives() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(3.0, 1.0, len(MATERIALS))
    wild = values - 0.3 + 0.01 * rng.standard_normal(len(values))
    wild[np.argsort(np.abs(values - values.mean()))[:4]] += [3.0, -3.0, 2.5, -2.5]
    source = table("computed", [*MATERIALS, "C100H101"], [*values, 1.0])
    target = table("measured", [*MATERIALS, "C100H102"], [*wild, 1.0])
    said = " ".join(checked(source, target))
    for words in ("平均", "相関係数", "回帰直線", "ほか1件", "最近傍距離", "「computed」の値は「measured」の値より"):
        assert words in said
    assert "特徴量" not in said


def test_few_materials_and_constant_values() -> None:
    source = table("computed", MATERIALS, [1.0] * len(MATERIALS))
    target = table("measured", OTHERS, [1.0, 2.0, 3.0])
    assert "材料はないため、比較できません" in checked(source, target, describe=False)[0]
    some = table("measured", MATERIALS[:2], [1.0, 2.0])
    assert "2件だけで" in checked(source, some, describe=False)[0]
    proxy = checked(
        source, table("measured", MATERIALS, [float(i) for i in range(len(MATERIALS))]), describe=False, proxy=True
    )
    assert "一方の値が一定です" in proxy[0]


def test_every_kind_of_nearness_has_a_name() -> None:
    assert set(quality.KINDS) == set(NEARNESS)


def test_how_a_table_was_read() -> None:
    about = table("measured", MATERIALS, [1.0] * len(MATERIALS)).about
    gone = {"no value of 'gap'": 3, "charged": 1200, "not between 293 and 298.2 K": 4, "a reason of its own": 2}
    rule = "where compilations differ the value of the first of A, B is taken and the spread is kept"
    notes = (PRIVATE, f"{EXPERIMENTS[0].description}; {rule}", "a note of its own")
    told = tables.reading(replace_about(about, gone, notes), 25)
    assert told.en == (
        "measured: 1,300 rows read, 3 left out (no value of 'gap'), 1,200 left out (charged), 4 left out (not between "
        "293 and 298.2 K), 2 left out (a reason of its own), 7 merged with another row of the same material, "
        "25 materials."
    )
    assert told.ja == (
        "「measured」：1,300行を読み込み、3行を除外（「gap」の値がない）、1,200行を除外（電荷をもつ）、4行を除外"
        "（293〜298.2 Kの範囲外）、2行を除外（a reason of its own）、7行を同じ材料の行と統合、材料は25件です。"
    )
    private, subject, own = tables.notes(replace_about(about, gone, notes))
    assert JAPANESE.search(private.ja)
    assert re.search("永久.*A, Bのうち", subject.ja)
    assert own == Both("A note of its own.", "")


def replace_about(about: About, gone: dict[str, int], notes: tuple[str, ...]) -> About:
    return msgspec.structs.replace(about, rows_read=1300, merged=7, left_out=gone, notes=notes)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.property)
def test_the_experiments_that_come_with_simworth_are_named(experiment: object) -> None:
    assert experiment.description in tables.SUBJECTS  # type: ignore[attr-defined]
