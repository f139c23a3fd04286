"""The page as people use it: numbers in, answers out; mouse and keyboard; both languages; nothing leaves it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simworth.documents import read_document
from simworth.inference.law import Law
from simworth.inference.written import law_of
from simworth.planning.budget import budget
from simworth.planning.equivalence import equivalence
from simworth.planning.isoline import isoline
from simworth.planning.need import need
from simworth.planning.stop import stop

UNIT = "debye"


@pytest.fixture(scope="module")
def laws(plain_run: Path) -> tuple[Law, Law]:
    """The law of the leading curve, and the joint one."""
    document = read_document(plain_run / "law.json", "simworth-law/2")
    lead = next(c for c in document["curves"] if c["m"] == 240 and not c["control"])
    joint = next(c for c in document["joint"] if not c["control"])
    found = law_of(lead, document["level"]), law_of(joint, document["level"])
    assert found[0] is not None
    assert found[1] is not None
    return found[0], found[1]


def told(page: Any, question: str, language: str = "en") -> Any:
    """The sentence that answers a question on the page."""
    return page.locator(f'[data-advice="t0"] [data-question="{question}"] p span[lang="{language}"]')


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as expected

    return expected(locator)


def test_the_first_answers_are_the_plan_s(plain_run: Path, plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    plan = read_document(plain_run / "plan.json", "simworth-plan/1")
    for answer in plan["answers"]:
        if answer["m"] in (None, 240) and answer["question"] in ("need", "stop", "equivalence"):
            expect(told(page, answer["question"])).to_have_text(answer["sentence"])
    assert page.log == []


def test_numbers_change_answers_to_what_python_says(plain_page: Path, open_page: Any, laws: tuple[Law, Law]) -> None:
    page, (law, joint) = open_page(plain_page), laws
    expect(told(page, "isoline")).to_have_text(isoline(joint).sentence)
    expect(told(page, "equivalence")).to_have_text(equivalence(joint).sentence)
    for target in (0.245, 0.31, 0.1):
        page.fill("#t0-target", str(target))
        expect(told(page, "need")).to_have_text(need(law, target, unit=UNIT).sentence)
    page.fill("#t0-worthwhile", "7")
    expect(told(page, "stop")).to_have_text(stop(law, 0.07).sentence)
    page.fill("#t0-simulation", "0.5")
    page.fill("#t0-value", "400000")
    expect(told(page, "stop")).to_have_text(stop(law, 0.07, cost_per_simulation=0.5, value=400000).sentence)
    page.fill("#t0-experiment", "250")
    page.fill("#t0-budget", "60000")
    expect(told(page, "budget")).to_have_text(budget(joint, 0.5, 250, 60000, unit=UNIT).sentence)
    assert page.log == []


def test_sliders_do_the_same(plain_page: Path, open_page: Any, laws: tuple[Law, Law]) -> None:
    page, (law, joint) = open_page(plain_page), laws
    for key in ("target", "simulation", "experiment", "budget"):
        slider = page.locator(f'[data-planner="t0"] [data-control="{key}"] input[type=range]')
        slider.focus()
        for _ in range(3 if key != "experiment" else 40):
            slider.press("ArrowRight")
    values = {k: float(page.input_value(f"#t0-{k}")) for k in ("target", "simulation", "experiment", "budget")}
    expect(told(page, "need")).to_have_text(need(law, values.pop("target"), unit=UNIT).sentence)
    wanted = budget(joint, values["simulation"], values["experiment"], values["budget"], unit=UNIT)
    expect(told(page, "budget")).to_have_text(wanted.sentence)
    assert page.locator('[data-chart="split"][data-target="t0"] svg').count() > 0
    page.click('[data-planner="t0"] button[type=reset]')
    expect(told(page, "need")).to_have_text(need(law, unit=UNIT).sentence)
    assert page.input_value("#t0-budget") == ""


def test_what_is_no_number_is_said_and_changes_nothing(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    before = told(page, "need").text_content()
    page.fill("#t0-target", "-3")
    problem = page.locator('[data-planner="t0"] [data-control="target"] .problem span[lang="en"]')
    expect(problem).to_have_text("Give a number above zero.")
    assert page.get_attribute("#t0-target", "aria-invalid") == "true"
    assert told(page, "need").text_content() == before
    page.fill("#t0-worthwhile", "150")
    expect(page.locator('[data-control="worthwhile"] .problem span[lang="en"]')).to_have_text(
        "Give a percentage between 0 and 100."
    )


def test_another_curve_can_be_planned_with(plain_run: Path, plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    document = read_document(plain_run / "law.json", "simworth-law/2")
    entry = next(c for c in document["curves"] if c["m"] == 60 and not c["control"])
    law = law_of(entry, document["level"])
    assert law is not None
    page.select_option("#t0-curve", label=f"{entry['arm']}, m = 60")
    expect(told(page, "need")).to_have_text(need(law, unit=UNIT).sentence)
    expect(page.locator('[data-question="rounds"]')).to_be_hidden()


def test_points_are_named_by_pointer_and_by_keyboard(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    for chart in ("law", "parity"):
        canvas = page.locator(f'[data-chart="{chart}"] .canvas').first
        canvas.scroll_into_view_if_needed()
        canvas.focus()
        canvas.press("ArrowRight")
        first = canvas.locator(".tip").text_content()
        canvas.press("End")
        assert re.search(r"\d", first)
        assert canvas.locator(".tip").text_content() != first
        canvas.press("Escape")
        assert canvas.locator(".tip").count() == 0
        dot = canvas.locator("g[data-mark=dot] circle, g[data-mark=dot] path").first.bounding_box()
        page.mouse.move(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
        assert canvas.locator(".tip").count() == 1
    readout = page.locator('[data-chart="parity"] .readout').first.text_content()
    assert re.match(r"C\d+H\d+: measured .* predicted .* off by ", readout)
    page.get_by_text("show residuals").first.click()
    expect(page.locator('[data-chart="parity"] .canvas').first).to_contain_text("predicted − measured")


def test_both_languages(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    expect(told(page, "need")).to_be_visible()
    page.click("[data-set-language=ja]")
    assert page.get_attribute("html", "lang") == "ja"
    assert page.title() == "synthetic study – シミュレーションの価値"
    expect(told(page, "need")).to_be_hidden()
    expect(told(page, "need", "ja")).to_be_visible()
    page.click("[data-set-language=en]")
    expect(told(page, "need")).to_be_visible()
    assert page.title() == "synthetic study – what the simulations are worth"
    japanese = open_page(plain_page, locale="ja-JP")
    assert japanese.get_attribute("html", "data-language") == "ja"
    assert page.log == japanese.log == []


def test_bibtex_is_copied(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    page.locator("[data-copy=bibtex]").click()
    expect(page.locator(".copy [role=status] span[lang=en]")).to_have_text("Copied.")
    assert page.locator("#bibtex").text_content().count("@") >= 3


def test_without_scripts_everything_is_said(plain_run: Path, plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page, scripts=False)
    plan = read_document(plain_run / "plan.json", "simworth-plan/1")
    words = page.locator("body").text_content()
    for answer in plan["answers"]:
        if answer["m"] in (None, 240) and answer["question"] != "growth":
            assert answer["sentence"] in words
    expect(page.locator('[data-planner="t0"]')).to_be_hidden()
    expect(page.locator(".still svg").first).to_be_visible()


def test_no_other_script_runs_and_nothing_is_fetched(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    with page.expect_event("requestfailed") as failed:
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.intruder = true";
                document.body.append(script);
                new Image().src = "https://example.org/a.png";
            }"""
        )
    assert page.evaluate("window.intruder") is None
    assert failed.value.failure == "csp"
    assert sum("Content Security Policy" in line for line in page.log) == 2


def test_the_keyboard_reaches_everything(plain_page: Path, open_page: Any) -> None:
    page = open_page(plain_page)
    wanted = page.evaluate(
        """() => {
            const all = [...document.querySelectorAll("a[href], button, input, select, [tabindex='0']")];
            const seen = all.filter((e) => e.checkVisibility() && !e.disabled);
            seen.forEach((e, i) => { e.dataset.stop = i; });
            return seen.length;
        }"""
    )
    reached = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.stop ?? null"))
    assert reached - {None} == {str(i) for i in range(wanted)}
