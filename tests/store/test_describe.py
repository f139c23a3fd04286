"""A table in numbers, against NumPy's on the same values; its picture; its metadata for others."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from simworth.seeds import stream
from simworth.store import Histogram, Stored, describe, svg_picture, text_picture

Build = Callable[..., Stored]


def made_up(build: Build) -> tuple[Stored, np.ndarray[Any, Any]]:
    values = stream("store-describe").normal(3.0, 2.0, size=2000)
    values[7] = 1e3
    rows: dict[str, list[Any]] = {
        "material": [*(f"m{i}" for i in range(2000)), "m0", "m1", "only text"],
        "y": [*values.tolist(), values[0] + 1.0, values[1] - 1.0, None],
        "zeros": [*[0.0] * 1999, 5.0, None, None, 0.0],
        "t": [*("ab"[i % 2] for i in range(2000)), "a", "b", None],
    }
    return build(rows, keep=["t"], size=300), values


def test_numbers_are_those_of_numpy(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 100)
    stored, values = made_up(build)
    values[0] += 0.5
    values[1] -= 0.5
    found = describe(stored)
    assert (found.rows, found.rows_read, found.merged, found.kind) == (2001, 2003, 2, "features")
    y, zeros, t = found.columns
    assert (y.present, y.missing, y.repeated) == (2000, 1, 2)
    assert (y.low, y.high) == (values.min(), 1e3)
    assert y.mean == pytest.approx(values.mean())
    assert y.sd == pytest.approx(values.std(ddof=1))
    assert y.quartiles == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]))
    assert y.repeat_spread == pytest.approx(0.5**0.5)
    q1, _, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    out = (values < q1 - 3 * (q3 - q1)) | (values > q3 + 3 * (q3 - q1))
    assert y.outliers == out.sum()
    assert y.farthest[0] == ("m7", 1e3)
    assert y.histogram is not None
    assert sum(y.histogram.counts) + y.histogram.below + y.histogram.above == 2000
    assert zeros.outliers is None
    assert (t.present, t.missing, t.distinct) == (2000, 1, 2)
    assert t.commonest == (("a", 1000), ("b", 1000))


def test_a_table_in_memory_is_described_alike(build: Build) -> None:
    stored, _ = made_up(build)
    assert describe(stored.load()).columns == describe(stored).columns


def test_large_tables_are_judged_by_a_part(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["simworth.store.describe"], "SAMPLED", 500)  # a function has the module's name
    stored, values = made_up(build)
    found = describe(stored)
    assert found.sampled == 500
    y = found.columns[0]
    assert y.quartiles is not None
    assert abs(y.quartiles[1] - np.median(values)) < 0.4
    assert (y.present, y.high) == (2000, 1e3)


def test_columns_without_a_range_have_no_picture(build: Build) -> None:
    found = describe(build({"material": ["a", "b"], "y": [1.0, 1.0], "x": [None, None]}))
    assert [c.histogram for c in found.columns] == [None, None]
    assert found.columns[1].low is None
    assert ElementTree.fromstring(svg_picture(found)).tag.endswith("svg")


def test_the_text_picture_shows_every_count() -> None:
    lines = text_picture(Histogram((0.0, 1.0, 2.0, 3.0), (4, 0, 1), 2, 1), width=8)
    assert lines == ["0 ████████ 4", "1          0", "2 ██       1", "3", "not shown: 2 below and 1 above"]


def test_the_svg_is_well_formed_and_escapes_names(build: Build) -> None:
    rows: dict[str, list[Any]] = {"material": [f"m{i}" for i in range(50)], "y<&": [float(i) for i in range(50)]}
    text = svg_picture(describe(build(rows)))
    root = ElementTree.fromstring(text)
    assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) == 20
    assert "y<& in eV, 50 values" in "".join(root.itertext())


def test_the_croissant_metadata_name_every_file_and_column(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 100)
    monkeypatch.setattr("simworth.store.writer.PART_GROUPS", 4)
    stored, _ = made_up(build)
    found = json.loads((stored.folder / "croissant.json").read_text(encoding="utf-8"))
    assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert found["name"] == "made-up"
    files = {f["@id"]: f for f in found["distribution"]}
    assert set(files) == {p.file for p in stored.card.parts}
    assert len(files) > 1
    for part in stored.card.parts:
        assert files[part.file]["sha256"] == part.sha256
    fields = found["recordSet"][0]["field"]
    assert [f["name"] for f in fields] == ["material", "identity", "y", "zeros", "t"]
    assert [f["dataType"] for f in fields] == ["sc:Text", "sc:Text", "sc:Float", "sc:Float", "sc:Text"]
    assert "unit: eV" in fields[2]["description"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["datePublished"])


def test_croissants_own_library_reads_the_table(build: Build) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    stored = build({"material": ["a"], "y": [1.5]})
    records = list(mlcroissant.Dataset(jsonld=stored.folder / "croissant.json").records("materials"))
    assert records[0]["materials/y"] == 1.5


def test_the_metadata_are_for_this_folder(build: Build, tmp_path: Path) -> None:
    stored = build({"material": ["a"], "y": [1.5]})
    for part in stored.card.parts:
        assert (stored.folder / part.file).stat().st_size == part.bytes
