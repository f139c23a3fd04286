from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa

import simworth
from simworth.documents import seal, write_document
from simworth.inference.documents import fit_csv
from simworth.inference.verdict import Verdict
from simworth.notebook import LONGEST, ROWS, bars, document_html, listed, shown, table
from simworth.planning.documents import plan_document
from simworth.planning.need import need
from simworth.study import Run
from simworth.tables.about import About, Provenance
from simworth.testing import synthetic_curve

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)> & \"more\""
SIZES = [50, 100, 200, 400, 800, 1600]


class Tags(HTMLParser):
    """Tags that are opened and not closed, and every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.attributes: set[str] = set()
        self.seen: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.stack.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def assert_safe(html: str, largest: int = 12_000) -> None:
    """Well-formed, light, without scripts, handlers, links or nan."""
    found = Tags(html)
    assert found.stack == []
    assert not found.seen & {"script", "img", "iframe", "style", "a", "link"}
    assert not [name for name in found.attributes if name.startswith("on")]
    assert not re.search(r"\bnan\b", html)
    assert len(html) < largest


def fitted() -> simworth.Law:
    trials = synthetic_curve(SIZES, D=3.0, alpha=0.5, C=0.5)
    return simworth.fit_law(trials.n, trials.error, replicate=trials.replicate)


def test_law_verdict_and_answer() -> None:
    law = fitted()
    html = law._repr_html_()
    assert_safe(html)
    assert law.verdict.sentence in html
    assert html.count("<circle") == len(SIZES)
    assert_safe(law.verdict._repr_html_())
    answer = need(law, 0.6)
    assert_safe(answer._repr_html_())
    assert answer.sentence in answer._repr_html_()


def test_joint_law_and_no_law() -> None:
    n, m = (v.ravel() for v in np.meshgrid([50, 100, 200, 400], [20, 40, 80]))
    joint = simworth.fit_law(n, 3.0 * n**-0.5 + 2.0 * m**-0.5 + 0.2, m=m)
    assert_safe(joint._repr_html_())
    few = simworth.fit_law([10, 20], [1.0, 0.9])
    assert_safe(few._repr_html_())
    assert "There is no law" in few._repr_html_()


def test_table_names_are_escaped() -> None:
    about = About(HOSTILE, "composition", {HOSTILE: "eV", "empty": ""}, Provenance("given", "0"), left_out={HOSTILE: 3})
    columns = {"material": [HOSTILE] * 4, "identity": list("abcd"), "row": pa.array(range(4), pa.int64())}
    for name, values in ((HOSTILE, [1.0, 2.0, None, 4.0]), ("empty", [None] * 4)):
        columns |= {name: pa.array(values, pa.float64()), f"{name}_spread": pa.nulls(4, pa.float64())}
        columns[f"{name}_count"] = pa.array([1] * 4, pa.int64())
    html = simworth.PropertyTable(about, pa.table(columns))._repr_html_()
    assert_safe(html)
    assert "4 materials" in html
    assert "&lt;script&gt;" in html


def test_documents_show_their_sentences(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("n,error\n" + "".join(f"{n},{3 * n**-0.5 + 0.5}\n" for n in SIZES), encoding="utf-8")
    law = fit_csv(path)
    plan = plan_document(law)
    for document in (law, plan):
        assert_safe(document._repr_html_())
    assert shown(plan["answers"][0]["sentence"]) in plan._repr_html_()
    hostile = seal("a/1", {}, {"answers": [{"question": HOSTILE, "arm": HOSTILE, "sentence": HOSTILE}] * 99})
    assert_safe(hostile._repr_html_(), 20_000)
    assert f"and {99 - ROWS} more" in hostile._repr_html_()
    assert_safe(document_html({"schema": "b/1", "parents": {}, HOSTILE: 1}))


def test_run_shows_its_answer_or_why_not(tmp_path: Path) -> None:
    def run() -> str:
        names = ("trials.parquet", "law.json", "plan.json", "report.html")
        return Run(tmp_path, *(tmp_path / name for name in names))._repr_html_()

    assert_safe(run())
    assert "cannot be read" in run()
    path = tmp_path / "curve.csv"
    path.write_text("n,error\n" + "".join(f"{n},{3 * n**-0.5 + 0.5}\n" for n in SIZES), encoding="utf-8")
    law = fit_csv(path)
    write_document(tmp_path / "law.json", law)
    write_document(tmp_path / "plan.json", plan_document(law))
    assert_safe(run())
    assert "<svg" in run()
    assert "report.html" in run()


def test_pieces() -> None:
    assert shown(HOSTILE).startswith("&lt;script&gt;")
    assert len(shown("x" * 999)) == LONGEST
    assert listed([]) == table(("a",), []) == ""
    assert "and 3 more" in listed(["line"] * (ROWS + 3))
    assert_safe(bars([0, 0], HOSTILE))
    assert_safe(Verdict("law", HOSTILE)._repr_html_())
