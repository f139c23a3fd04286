"""The section of the model, and what the page says beside the answer: private tables, time, draws left out."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from simworth.documents import seal, write_document
from simworth.errors import InputError, StaleRunError
from simworth.learners.settings import NetworkSpec
from simworth.model.card import SCHEMA as MODEL_SCHEMA
from simworth.model.card import Calibration, Card, Covered, Limits, Origin
from simworth.report import data
from simworth.report.equations import EQUATIONS, set_equations
from simworth.report.folder import read_folder
from simworth.report.language import Both, same
from simworth.report.method import private_tables
from simworth.report.model import COMMAND, SCHEMA, model_view
from simworth.report.page import render, render_runs
from simworth.report.spent import say_spent, say_time
from simworth.sweep.times import Session, Times
from simworth.tables.about import PRIVATE

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def origin(name: str, digest: str) -> Origin:
    return Origin(label=name, name=name, property="y", materials=300, digest=digest, licence="", citation="")


def card(**changes: Any) -> Card:
    made = Card(
        study="synthetic study", property="dipole moment", unit="debye", kind="molecule", descriptor="usual",
        features=(), width=3, target=origin("dipole moment", "0" * 20), source=origin("quantum", "1" * 20),
        n=30000, m=240, replicates=8, tunings=2, learner=NetworkSpec(members=3),
        counts=0, members=(), range=None, elements=("C", "H"), sample=10,
        calibration=Calibration(materials=200, shared=None, weight=None, usual=None),
        coverage=Covered(level=0.9, asked=1234, covered=0.91, width=1.5),
        limits=Limits(farthest=2.9, widest=0.7, networks=4), error=0.25, difference=0.0, gain="", verdict="",
        versions={}, asked="2" * 20, tensors="3" * 20, known="4" * 20,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def with_model(plain_run: Path, tmp_path: Path) -> Callable[..., Path]:
    """A run that keeps a model with a card of one's own."""

    def make(parents: tuple[str, str] = ("0" * 20, "1" * 20), **changes: Any) -> Path:
        folder = tmp_path / "run"
        shutil.copytree(plain_run, folder, dirs_exist_ok=True)
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["inputs"] = {"target-0": "0" * 20, "source-0": "1" * 20}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        body = msgspec.to_builtins(card(**changes))
        (folder / "model").mkdir(exist_ok=True)
        write_document(folder / "model" / "card.json", seal(SCHEMA, {"target": parents[0], "source": parents[1]}, body))
        return folder

    return make


def section(text: str) -> str:
    return text[text.index('<section id="model">') : text.index('<section id="failures">')]


def test_the_card_that_is_read_is_the_one_that_is_written() -> None:
    assert SCHEMA == MODEL_SCHEMA


def test_the_model_is_told_in_both_languages(with_model: Callable[..., Path]) -> None:
    run = read_folder(with_model())
    view = model_view(run)
    told = {what.en: how for what, how in view.rows}
    assert told["Predicts"].en == "dipole moment (debye) of molecules"
    assert told["Learned from"].en.startswith("30,000 simulations of quantum, then 240 experiments")
    assert told["Networks"].en.startswith("48; a prediction is their mean; this is what was measured")
    assert told["Error"].en.startswith("0.25 debye: mean absolute error")
    assert (
        told["Intervals"].en
        == "90 % intervals held 91 % of 1,234 held-out measurements; their median width is 1.5 debye"
    )
    for word in ("element", "2.9 times the usual distance", "disagree", "(0.7 debye)"):
        assert word in told["Outside"].en
    for what, how in view.rows:
        assert JAPANESE.search(what.ja)
        assert JAPANESE.search(how.ja)
        assert sorted(NUMBER.findall(how.en)) == sorted(NUMBER.findall(how.ja))
    text = section(render(run))
    assert COMMAND in text
    assert "--target NAME" not in text


def test_what_was_not_measured_is_not_claimed(with_model: Callable[..., Path]) -> None:
    folder = with_model(
        coverage=None, difference=0.002, elements=(), limits=Limits(farthest=None, widest=None, networks=4)
    )
    told = {what.en: how.en for what, how in model_view(read_folder(folder)).rows}
    assert "too few" in told["Intervals"]
    assert told["Outside"] == "too few experiments to tell"
    assert "differ by up to 0.002 debye" in told["Networks"]


def test_without_a_model_the_page_says_why(plain_run: Path) -> None:
    run = read_folder(plain_run)
    text = section(render(run))
    assert "None is kept yet" in text
    assert COMMAND in text
    other = dataclasses.replace(run, study={**run.study, "learner": {"name": "<i>sklearn</i>"}})
    text = section(render(other))
    assert "the learner of this run is “&lt;i&gt;sklearn&lt;/i&gt;”" in text
    assert COMMAND not in text


def test_a_damaged_card_or_one_of_other_tables_is_refused(with_model: Callable[..., Path]) -> None:
    with pytest.raises(StaleRunError, match="other tables"):
        model_view(read_folder(with_model(("0" * 20, "9" * 20))))
    folder = with_model()
    path = folder / "model" / "card.json"
    path.write_text(path.read_text().replace("30000", "30001"))
    with pytest.raises(InputError, match=r"card\.json: was changed"):
        model_view(read_folder(folder))
    write_document(path, seal(SCHEMA, {"target": "0" * 20, "source": "1" * 20}, {"property": 3}))
    with pytest.raises(InputError, match=r"card\.json: .*make the model again"):
        model_view(read_folder(folder))


def test_several_sources_name_the_options(wide_run: Path) -> None:
    assert "--source NAME" in section(render(read_folder(wide_run)))


def test_a_private_table_is_told_at_the_top(plain_run: Path) -> None:
    run = read_folder(plain_run)
    assert private_tables([run]) == []
    assert PRIVATE not in render(run)
    (kept,) = run.tables
    provenance = msgspec.structs.replace(kept.about.provenance, private=True)
    about = msgspec.structs.replace(kept.about, provenance=provenance, name="<b>{0} ours")
    private = dataclasses.replace(run, tables=[kept._replace(about=about)])
    text = render_runs([private, dataclasses.replace(private)])
    said = f"The table “&lt;b&gt;{{0}} ours” {PRIVATE}. This page lists some."
    assert text.count(said) == 1
    assert text.index(said) < text.index("<h1")
    assert "第三者に渡せません" in text


def test_the_time_is_told_as_far_as_it_was_recorded(plain_run: Path, tmp_path: Path) -> None:
    assert say_spent(read_folder(plain_run)) == Both("not recorded", "記録なし")
    copy = tmp_path / "run"
    shutil.copytree(plain_run, copy)
    run = read_folder(copy)
    count = run.trials.num_rows

    def recorded(*sessions: tuple[int, int | None, float]) -> Both:
        made = [
            Session(begun="", ended="finished", workers=w, trials=t, seconds={"trials": s, "law": 2.0})
            for t, w, s in sessions
        ]
        (copy / "times.json").write_bytes(msgspec.json.encode(Times("simworth-times/1", tuple(made))))
        return say_spent(run)

    assert recorded((count, 2, 600.0)) == Both(
        "10 min with 2 workers: trials 10 min, law and plan 2 s", "10分、ワーカー2個：試行10分、スケーリング則と計画2秒"
    )
    assert recorded((count - 1, 1, 60.0), (1, 4, 60.0)).en.startswith("2.1 min in 2 sessions with 1 to 4 workers: ")
    assert recorded((count, None, 60.0)).en.startswith("62 s: ")
    part = recorded((5, 1, 60.0))
    assert part.en.startswith("at least 62 s with 1 worker: ")
    assert part.en.endswith(
        f". The time of 5 of {count} trials was recorded; what was killed, or ran with an older version, is missing"
    )
    assert JAPANESE.search(part.ja)
    assert "Computing time" in render(run)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "under 1 s"), (99.4, "99 s"), (99.6, "1.7 min"), (5950, "99 min"), (6000, "1.7 h"), (2e5, "2.31 days")],
)
def test_times_are_said_in_few_digits(seconds: float, said: str) -> None:
    assert say_time(seconds).en == said


def test_curves_without_draws_are_named(wide_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = read_folder(wide_run)
    assert "not to be chosen here" not in render(run)
    monkeypatch.setattr(data, "MOST_LETTERS", 1_000)
    text = render(run)
    assert text.count("not to be chosen here") == len({c["target"] for c in run.law["curves"]})
    named = text[text.index("not to be chosen here") :]
    assert "&#34;quoted&#34; none, m = 80" in named[: named.index("</p>")]


@pytest.mark.parametrize("equation", EQUATIONS)
def test_exponents_are_raised_and_stay_whole(equation: str) -> None:
    text = set_equations(f"as {equation} with")
    assert text.count("<sup>") == text.count('<span class="unseen">^</span>') == equation.count("^")
    assert re.sub(r"<[^>]+>", "", text) == f"as {equation} with"
    for piece in re.split(r'<span class="power">.*?</sup>(?: \+ C)?</span>', text):
        assert "<sup>" not in piece


def test_only_the_laws_own_equations_are_set() -> None:
    assert set_equations("x^2 and n^-α") == "x^2 and n^-α"
    assert same("D n^-α + C").__html__() == (
        '<span class="power">D n<span class="unseen">^</span><sup>-α</sup> + C</span>'
    )
    assert Both("a <b>", "").attribute("title") == 'title="a &lt;b&gt;"'
    assert "D n^-α + C" in Both("as D n^-α + C", "").attribute("title")
