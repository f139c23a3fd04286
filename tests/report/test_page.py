from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simworth.digest import digest_file
from simworth.documents import read_document, seal, write_document
from simworth.errors import InputError, StaleRunError
from simworth.report.lawplot import curve_replicates
from simworth.report.page import CITATIONS, write_report

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """Balanced tags, every attribute, every id, the text and the scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        assert len({k for k, _ in attrs}) == len(attrs), f"<{tag}> repeats an attribute"
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append(({k: v or "" for k, v in attrs}, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            attributes, text = self.scripts.pop()
            self.scripts.append((attributes, text + data))
        elif self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def written(run: Path) -> str:
    return write_report(run).read_text(encoding="utf-8")


def still(text: str) -> str:
    """A page without its scripts."""
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def law_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "law.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["plain_run", "wide_run", "blend_run"])
def run(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def text(run: Path) -> str:
    return written(run)


def test_html_is_balanced_and_ids_are_unique(text: str) -> None:
    page = Page(text)
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [a["href"][1:] for _, a in page.tags if a.get("href", "").startswith("#")]
    targets += re.findall(r"url\(#([^)]+)\)", still(text))
    assert set(targets) <= set(ids)


def test_nothing_is_loaded_from_elsewhere(text: str) -> None:
    page = Page(text)
    cited = {address for _, address, _ in CITATIONS}
    for tag, attrs in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        assert not any(name.startswith("on") for name in attrs), f"<{tag}> has a handler"
        for name in ("src", "srcset", "href", "xlink:href", "action", "poster", "data"):
            value = attrs.get(name, "")
            local = value.startswith(("#", "data:image/png;base64,")) or not value
            assert local or (tag == "a" and value in cited), f"<{tag} {name}={value[:60]}>"
    assert "@import" not in text
    assert all(u.startswith("#") for u in re.findall(r"url\(([^)]*)\)", still(text)))


def test_only_the_scripts_of_the_page_may_run(text: str) -> None:
    page = Page(text)
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    data, *scripts = page.scripts
    assert data[0] == {"type": "application/json", "id": "data"}
    assert all(attributes == {} for attributes, _ in scripts)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for _, script in scripts]
    assert rules["script-src"].split() == [f"'sha256-{h}'" for h in hashes]
    assert "unsafe" not in rules["script-src"]
    assert set(json.loads(data[1])) == {"targets", "scores", "orders", "words"}
    assert "<" not in data[1]


def test_the_page_is_light(text: str) -> None:
    assert len(text.encode()) < 6_000_000


def test_every_verdict_and_answer_is_there(run: Path, text: str) -> None:
    shown = Page(text).text
    for curve in law_of(run)["curves"]:
        if not curve["control"]:
            assert curve["verdict"]["sentence"] in shown
        assert curve["overlap"]["sentence"] in shown
    for digest in (law_of(run)["digest"], law_of(run)["parents"]["trials"]):
        assert digest in shown


def test_answers_for_the_leading_curve(plain_run: Path) -> None:
    shown = Page(written(plain_run)).text
    plan = read_document(plain_run / "plan.json", "simworth-plan/1")
    for answer in plan["answers"]:
        if answer["m"] in (None, 240) and answer["question"] != "growth":
            assert answer["sentence"] in shown
    law = law_of(plain_run)
    for curve in law["curves"]:
        for point in curve["points"]:
            assert f"{point['n']:,}" in shown
    assert "Control passed" in shown
    assert "No test material in the source" in shown
    assert "training diverged" in shown
    assert "2 of " in shown


def test_names_are_escaped(wide_run: Path) -> None:
    text = written(wide_run)
    assert "<script>alert" not in text
    assert "<b>bold" not in text
    assert html.escape("<script>alert('x')</script>", quote=False).replace("'", "&#39;") in text
    shown = Page(text).text
    assert "<script>alert('x')</script>" in shown
    assert "density & more" in shown


def test_allowed_leakage_is_loud(wide_run: Path) -> None:
    shown = Page(written(wide_run)).text
    assert "Test materials were used in training" in shown
    assert shown.index("Test materials in training") < shown.index("What to do")


def test_a_map_and_a_ranking_when_there_are_several(wide_run: Path) -> None:
    captions = Page(written(wide_run)).text
    assert "Gain over direct learning, by target and source" in captions
    assert "Which source is worth most?" in captions
    assert "1. a <b>bold</b> one" in captions


def test_figures_tell_their_numbers(text: str, run: Path) -> None:
    figures = [a["aria-label"] for _, a in Page(text).tags if a.get("role") == "img"]
    assert len(figures) >= 2
    assert all(re.search(r"\d", label) for label in figures)
    assert len(re.findall(r"<svg", still(text))) == 2 * len(figures)


def test_same_documents_same_bytes(plain_run: Path, tmp_path: Path) -> None:
    first = write_report(plain_run).read_bytes()
    copy = tmp_path / "copy"
    shutil.copytree(plain_run, copy)
    assert write_report(copy).read_bytes() == first
    assert sorted(p.name for p in copy.iterdir() if p.name.startswith(".")) == []


def test_matplotlib_settings_are_left_alone(plain_run: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    write_report(plain_run)
    assert dict(mpl.rcParams) == before


def test_without_law_control_or_measured_values(make_run: Callable[..., Path], settings: Any, tmp_path: Path) -> None:
    few = dataclasses.replace(
        settings(), sizes=(100, 1000), m=(60,), control=False, failed=0, replicates=3, materials=60
    )
    run = make_run(tmp_path / "run", few)
    shutil.rmtree(run / "inputs")
    shown = Page(written(run)).text
    assert "Too few sizes for a law" in shown
    assert "No negative control was run" in shown
    assert "Not shown" in shown
    assert "every trial of the run finished" in shown


def test_a_single_replicate(make_run: Callable[..., Path], settings: Any, tmp_path: Path) -> None:
    lone = dataclasses.replace(settings(), m=(60,), failed=1, replicates=1, materials=60)
    shown = Page(written(make_run(tmp_path / "run", lone))).text
    assert "one replicate" in shown
    assert "all failed" in shown


@pytest.mark.parametrize("name", ["law.json", "plan.json", "trials.parquet", "manifest.json", "study.toml"])
def test_a_missing_or_damaged_file_is_one_sentence(plain_run: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(plain_run, copy)
    (copy / "report.html").unlink(missing_ok=True)
    (copy / name).unlink()
    with pytest.raises(InputError, match=name):
        write_report(copy)
    (copy / name).write_bytes(b"\x00damaged")
    with pytest.raises(InputError, match=re.escape(name.partition(".")[0])):
        write_report(copy)
    assert not (copy / "report.html").exists()


def test_fine_tunings_are_said_and_drawn_as_replicates(
    make_run: Callable[..., Path], settings: Any, tmp_path: Path
) -> None:
    s = settings(tunings=3, sizes=(100, 300, 1000, 3000), m=(80,), replicates=4, materials=100, failed=3)
    run = make_run(tmp_path / "run", s)
    page = write_report(run).read_text(encoding="utf-8")
    assert "4 replicates, 3 fine-tunings each" in page
    assert "3 at m = 80; the others of a replicate learn from other experiments" in page
    assert "3 of 96 trials failed" in page
    entry = next(c for c in law_of(run)["curves"] if not c["control"])
    assert [(p["replicates"], p["failed"]) for p in entry["points"]] == [(3, 3), (4, 0), (4, 0), (4, 0)]
    n, error = curve_replicates(pq.read_table(run / "trials.parquet"), entry, "mae")
    assert len(n) == 15
    for point in entry["points"]:
        assert error[n == point["n"]].mean() == pytest.approx(point["mean"])


def test_trials_of_another_schema_are_refused(plain_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(plain_run, copy)
    table = pq.read_table(copy / "trials.parquet").drop_columns("tuning")
    meta = table.schema.metadata[b"simworth"].replace(b"trials/3", b"trials/1")
    pq.write_table(table.replace_schema_metadata({b"simworth": meta}), copy / "trials.parquet")
    for name, schema, parents in (("law", "simworth-law/2", "trials"), ("plan", "simworth-plan/1", "law")):
        document = read_document(copy / f"{name}.json", schema)
        digest = digest_file(copy / "trials.parquet") if name == "law" else law_of(copy)["digest"]
        body = {k: v for k, v in document.items() if k not in ("schema", "digest", "parents")}
        write_document(copy / f"{name}.json", seal(schema, {parents: digest}, body))
    with pytest.raises(InputError, match="is simworth-trials/1 where simworth-trials/3 is needed"):
        write_report(copy)


def test_documents_of_different_runs_are_refused(plain_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(plain_run, copy)
    plan = read_document(copy / "plan.json", "simworth-plan/1")
    body = {k: v for k, v in plan.items() if k not in ("schema", "digest", "parents")}
    write_document(copy / "plan.json", seal("simworth-plan/1", {"law": "0" * 20}, body))
    with pytest.raises(StaleRunError, match=r"plan\.json"):
        write_report(copy)
    table = pq.read_table(copy / "trials.parquet")
    pq.write_table(table.slice(1).replace_schema_metadata(table.schema.metadata), copy / "trials.parquet")
    with pytest.raises(StaleRunError, match=r"law\.json"):
        write_report(copy)


@pytest.mark.parametrize(
    ("low", "median", "high", "value", "spread"),
    [(0.1, 0.2, 0.3, "20 %", "10 to 30 %"), (-0.34, -0.25, -0.16, "−25 %", "−34 to −16 %")],
)
def test_a_gain_and_its_interval_have_the_same_sign(
    low: float, median: float, high: float, value: str, spread: str
) -> None:
    from simworth.report.view import _gain_tile

    tile = _gain_tile({"relative": {"low": low, "median": median, "high": high}, "against": "ridge"}, 3)
    assert (tile.value.en, tile.spread.en) == (value, spread)
    assert tile.note.en.startswith("lower error" if median > 0 else "higher error")
