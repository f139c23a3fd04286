"""Everything that the page says is said in both languages, with the same numbers."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.inference.words import say_count
from simworth.planning.costs import Costs
from simworth.planning.documents import plan_law
from simworth.report import texts
from simworth.report.appendix import failures_table, map_table
from simworth.report.folder import RunFolder, read_folder
from simworth.report.japanese import law, numbers, plan
from simworth.report.language import Both, join, plain, same
from simworth.report.page import render
from simworth.report.svg import doubled
from simworth.report.view import TargetView, target_views

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?) ?(million|billion|万|億)?")
SIZES = {"million": 1e6, "billion": 1e9, "万": 1e4, "億": 1e8, "": 1.0}
NAMES = ("quantum chemistry", "dipole moment", "debye", "falling", "level", "rising", "harmful", "useless")


def numbers_in(text: str) -> Counter[float]:
    """Every number of a text with its size word, in whatever order."""
    found = NUMBER.findall(text)
    return Counter(float(f"{float(digits.replace(',', '')) * SIZES[size]:.6g}") for digits, size in found)


def texts_in(value: Any) -> Iterator[Both]:
    """Every text in a value, however deep."""
    if isinstance(value, Both):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts_in(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def without_names(text: str) -> str:
    for name in NAMES:
        text = text.replace(name, "")
    return text


def check(text: Both) -> None:
    """Prose has Japanese, and the numbers are the same."""
    english = without_names(text.en)
    if re.search(r"[a-z]{3,}", english):
        assert JAPANESE.search(text.ja), text
    assert numbers_in(english) == numbers_in(without_names(text.ja)), text


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory, make_run: Any, settings: Any, truth: Any) -> Path:
    """Five sources: the error falls, has levelled off, or rises; one does harm, and one brings nothing."""
    arms = (
        ("falling", truth(1.2, 0.35, 0.22)),
        ("level", truth(0.0, 0.3, 0.3)),
        ("rising", truth(-0.6, 0.3, 0.3)),
        ("useless", truth(0.0, 0.3, 0.48)),
        ("harmful", truth(0.0, 0.3, 0.9)),
    )
    found: Path = make_run(
        tmp_path_factory.mktemp("kinds") / "run",
        settings(arms=arms, sizes=(100, 300, 1500, 10000), replicates=8, materials=100, failed=0, control=False),
    )
    return found


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, make_run: Any, settings: Any) -> Path:
    """Too few sizes for a law, one replicate, no control."""
    few = settings(sizes=(100, 1000), m=(60,), control=False, failed=1, replicates=1, materials=60)
    found: Path = make_run(tmp_path_factory.mktemp("few") / "run", few)
    return found


@pytest.fixture(scope="module", params=["plain_run", "kinds", "few", "blend_run"])
def run(request: pytest.FixtureRequest) -> RunFolder:
    return read_folder(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def views(plain_run: Path) -> list[TargetView]:
    """What the page says of a run."""
    return target_views(read_folder(plain_run))


def test_everything_in_view_is_in_both_languages(plain_run: Path, views: list[TargetView]) -> None:
    run = read_folder(plain_run)
    arms = [c["arm"] for c in run.law["curves"]]
    for text in texts_in([*views, failures_table(run.trials), map_table(run.law, [v.name for v in views] * 2, arms)]):
        check(text)
    for view in views:
        assert all(said.sentence.ja for said in (*view.advice, *view.verdicts, *view.checks))


def test_drawings_hold_their_labels_twice(views: list[TargetView]) -> None:
    for view in views:
        for plot in (view.main, *view.others, *([view.parity] if view.parity else [])):
            for drawing in (plot.wide, plot.narrow):
                english = re.findall(r'<text lang="en"', drawing)
                japanese = re.findall(r'<text lang="ja"[^>]*>([^<]*)', drawing)
                assert len(english) == len(japanese) >= 2
                assert all(JAPANESE.search(text) for text in japanese)
                alone = re.findall(r"<text(?! lang)[^>]*>([^<]*)", drawing)
                assert not [text for text in alone if re.search(r"[a-z]{3,}", without_names(text))]


def test_every_answer_of_a_plan_is_said_in_japanese(run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "law.json"
    path.write_text(json.dumps(run.law), encoding="utf-8")
    for costs in (Costs(), Costs(1.0, 50.0, 20000.0, 1e6), Costs(2.0, budget=5000.0)):
        document = plan_law(path, costs=costs)
        for told in document["answers"]:
            said = plan.answer(told, "debye", document["level"])
            assert said.en == told["sentence"]
            assert said.ja, told
            check(said)
    for told in plan_law(path, target_error=0.001)["answers"]:
        check(plan.answer(told, "debye", 0.9))


def test_every_verdict_of_a_law_is_said_in_japanese(run: RunFolder) -> None:
    for entry in (*run.law["curves"], *run.law["joint"]):
        said = law.verdict(entry)
        assert said.en == entry["verdict"]["sentence"]
        assert said.ja, entry["verdict"]
        check(said)
        if "overlap" in entry:
            check(law.overlap(entry["overlap"]))


def test_the_kinds_are_told_apart(kinds: Path) -> None:
    document = read_folder(kinds).law
    codes = {c["arm"]: c["verdict"]["code"] for c in document["curves"] if not c["control"] and c["m"] == 240}
    assert codes == {
        "falling": "law",
        "level": "plateau",
        "rising": "rising",
        "harmful": "harmful",
        "useless": "no_transfer",
    }


def test_a_document_without_facts_is_shown_in_english() -> None:
    entry = {"verdict": {"code": "law", "sentence": "Falls."}, "unit": ""}
    assert law.verdict(entry) == plain("Falls.")
    told = {"question": "rounds", "sentence": "Grow.", "given": {"target_error": 1.0, "present": 10.0}}
    assert plan.answer({**told, "probabilities": {}, "verdict": "law"}, "", 0.9) == plain("Grow.")
    assert plan.answer({"question": "new", "sentence": "New."}, "", 0.9) == plain("New.")


@given(st.floats(1, 1e14))
def test_counts_are_the_same_numbers(n: float) -> None:
    assert numbers_in(numbers.count(n)) == numbers_in(say_count(n))


def test_large_counts_are_in_myriads() -> None:
    assert [numbers.count(n) for n in (32_112, 1.5e6, 18e6, 349e6, 1.2e11, 1e13)] == [
        "32,100", "150万", "1,800万", "3.49億", "1,200億", "10^13"
    ]  # fmt: skip


def test_both_is_escaped_and_marked() -> None:
    assert Both("a <b>", "「<」").__html__() == '<span lang="en">a &lt;b&gt;</span><span lang="ja">「&lt;」</span>'
    assert same("3 < 4").__html__() == "3 &lt; 4"
    assert plain("only").__html__() == '<span class="only" lang="en">only</span>'
    assert not Both("", "")
    label = Both('say "x"', "「x」").attribute("aria-label")
    assert label == 'aria-label="say &#34;x&#34;" data-ja-aria-label="「x」"'
    assert same("x").attribute("title") == 'title="x"'
    assert Both("a", "あ").pair() == {"en": "a", "ja": "あ"}
    assert plain("a").pair() == {"en": "a", "ja": "a"}


def test_pieces_are_joined_and_filled_in_each_language() -> None:
    parts = [Both("One.", "一。"), Both("", ""), plain("Two.")]
    assert join(parts) == Both("One. Two.", "一。Two.")
    assert Both("{0} of {1}", "{1}の{0}").format(Both("half", "半分"), 10) == Both("half of 10", "10の半分")
    assert str(Both("a", "あ")) == "a"


def test_labels_with_signs_are_doubled() -> None:
    svg = '<text x="1">a &lt;b&gt; \'c\'</text><text x="2">0.5</text>'
    found = doubled(svg, [Both("a <b> 'c'", "あ<b>"), same("0.5")])
    assert found == (
        '<text lang="en" x="1">a &lt;b&gt; \'c\'</text><text lang="ja" x="1">あ&lt;b&gt;</text><text x="2">0.5</text>'
    )


def test_the_pages_own_texts() -> None:
    for key, text in texts.TEXTS.items():
        check(text)
        assert text.en.count("{}") == text.ja.count("{}"), key


def test_the_texts_of_scripts() -> None:
    path = Path(texts.__file__).parent / "scripts" / "words.json"
    either = {"where", "Where", "low", "high", "range"}
    for key, said in json.loads(path.read_text(encoding="utf-8")).items():
        places = [Counter(re.findall(r"\{(\w+)\}", said[language])) for language in ("en", "ja")]
        assert set(places[0]) - either == set(places[1]) - either, key
        fixed = {language: re.sub(r"\{\w+\}", "", said[language]) for language in said}
        if not key.startswith("number."):
            check(Both(fixed["en"], fixed["ja"]))


class Spoken(HTMLParser):
    """Texts of a page that stand outside code and scripts: those of one language, and those of neither."""

    SILENT = ("script", "style", "pre", "code", "title", "select")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.english: list[str] = []
        self.japanese: list[str] = []
        self.alone: list[str] = []
        self.labels: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        if {"aria-label", "title"} & set(found):
            self.labels.append(found)
        if tag not in ("meta", "link", "input", "br", "img", "path", "use", "rect", "circle", "image"):
            mark = "only" if found.get("class") == "only" else found.get("lang", "")
            self.open.append((tag, "" if tag == "html" else mark))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not data.strip() or any(tag in self.SILENT for tag, _ in self.open):
            return
        mark = next((mark for _, mark in reversed(self.open) if mark), "")
        {"en": self.english, "ja": self.japanese, "only": self.alone}.get(mark, self.alone).append(data.strip())


@pytest.mark.parametrize("which", ["kinds", "few", "blend_run"])
def test_nothing_of_the_page_is_in_one_language_alone(which: str, request: pytest.FixtureRequest) -> None:
    run = read_folder(request.getfixturevalue(which))
    page = Spoken(render(run))
    assert len(page.english) == len(page.japanese) > 100
    names = {*NAMES, "network", "simworth", "Minami", "Mikami", "BibTeX", *map(str, run.law["parents"].values())}
    told = {re.sub("|".join(map(re.escape, names)), "", text) for text in page.alone}
    settings = re.compile(r"[a-z_]+ ?\d|\.(json|parquet)|exclude|shuffled|random|none|numpy|study|table")
    assert [text for text in told if re.search(r"[a-z]{3,} [a-z]{3,}", text) and not settings.search(text)] == []
    for english, japanese in zip(page.english, page.japanese, strict=True):
        check(Both(english, japanese))
    for found in page.labels:
        for name in {"aria-label", "title"} & set(found):
            if re.search(r"[a-z]{3,} [a-z]{3,}", without_names(found[name])):
                check(Both(found[name], found[f"data-ja-{name}"]))
