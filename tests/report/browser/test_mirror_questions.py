"""Questions are answered in the page as by the Python API: numbers, and sentences in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simworth.documents import finite
from simworth.inference.law import Law
from simworth.inference.words import say_error, say_percent
from simworth.laws import JOINT, SINGLE
from simworth.planning.answer import Answer
from simworth.planning.budget import budget, splits
from simworth.planning.equivalence import equivalence
from simworth.planning.growth import growth
from simworth.planning.isoline import equal_m, isoline
from simworth.planning.need import need
from simworth.planning.ranking import rank_at, rank_for_budget
from simworth.planning.stop import stop
from simworth.report.japanese.plan import answer as say_japanese
from simworth.seeds import stream

UNIT = "eV"
N, M = (100.0, 300.0, 1000.0, 3000.0, 10000.0), (50.0, 150.0, 500.0)
"""Sizes of the laws that are made."""

COSTS = ((1.0, 400.0, 90_000.0), (0.02, 3.0, 2_000.0), (5.0, 2.0, 7.0), (1.0, 1.0, 1e6))
SINGLES = [*((form,) for form in SINGLE), ("power", "bounded", "exponential", "flat")]
JOINTS = [*((form,) for form in JOINT), ("product", "effective", "additive")]
MadeLaw = Callable[..., tuple[Law, dict[str, Any]]]


def close(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(wanted, float), rtol=1e-9, atol=1e-12)


def same_estimates(found: dict[str, Any], wanted: Any) -> None:
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        close([found[name][k] for k in ("median", "low", "high")], [value.median, value.low, value.high])


@pytest.mark.parametrize("forms", SINGLES, ids=" ".join)
@pytest.mark.parametrize("share", [None, 1e-3, 0.7, 1.5])
def test_need(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...], share: float | None) -> None:
    law, written = made_law(forms)
    target = None if share is None else float(share * np.median(law.curve([N[-1]])))
    wanted = need(law, target, unit=UNIT)
    found = mirror.evaluate(
        "([written, target, unit]) => simworth.questions.need.ask(simworth.law.read(written), target, unit)",
        [written, target, UNIT],
    )
    assert found["sentence"]["en"] == wanted.sentence
    same_estimates(found["values"], wanted.values)
    close(found["given"]["target_error"], wanted.given["target_error"])
    assert found["probabilities"] == pytest.approx(dict(wanted.probabilities))


@pytest.mark.parametrize("forms", SINGLES, ids=" ".join)
@pytest.mark.parametrize(
    ("worthwhile", "cost", "value"), [(0.02, None, None), (0.2, None, None), (0.02, 1e-3, 90.0), (0.02, 2.0, 5.0)]
)
def test_stop(
    mirror: Any, made_law: MadeLaw, forms: tuple[str, ...], worthwhile: float, cost: float | None, value: float | None
) -> None:
    law, written = made_law(forms)
    wanted = stop(law, worthwhile, cost_per_simulation=cost, value=value)
    found = mirror.evaluate(
        "([written, ...numbers]) => simworth.questions.stop.ask(simworth.law.read(written), ...numbers)",
        [written, worthwhile, cost, value],
    )
    assert found["sentence"]["en"] == wanted.sentence
    same_estimates(found["values"], wanted.values)
    assert found["probabilities"] == pytest.approx(dict(wanted.probabilities))


@pytest.mark.parametrize("forms", SINGLES, ids=" ".join)
@pytest.mark.parametrize("factor", [2, 10])
def test_growth(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...], factor: int) -> None:
    law, written = made_law(forms)
    wanted = growth(law, unit=UNIT)
    found = mirror.evaluate(
        "([written, factor, unit]) => simworth.questions.growth.ask(simworth.law.read(written), factor, unit)",
        [written, factor, UNIT],
    )
    values = {"error": wanted.values[f"error_at_{factor}x"], "cut": wanted.values[f"cut_at_{factor}x"]}
    same_estimates(found["values"], values)
    told = found["sentence"]["en"]
    assert say_error(values["error"].median, UNIT) in told
    assert say_percent(abs(values["cut"].median)) in told


@pytest.mark.parametrize("forms", JOINTS, ids=" ".join)
def test_equivalence_and_isoline(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    found = mirror.evaluate(
        """([written]) => {
            const law = simworth.law.read(written);
            return [simworth.questions.equivalence.ask(law), simworth.questions.isoline.ask(law)];
        }""",
        [written],
    )
    worth, line = equivalence(law), isoline(law)
    assert [f["sentence"]["en"] for f in found] == [worth.sentence, line.sentence]
    same_estimates(found[0]["values"], worth.values)
    close(
        [[p["median"], p["low"], p["high"]] for p in found[1]["points"]],
        [[v.median, v.low, v.high] for v in line.values.values()],
    )
    assert found[1]["probabilities"] == pytest.approx(dict(line.probabilities))


@pytest.mark.parametrize("forms", JOINTS, ids=" ".join)
def test_the_isoline_of_a_target_error(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    target = float(np.median(law.curve([2000], [200])))
    goal = np.full(len(law.draw_form), target)
    found = mirror.evaluate(
        """([written, target, sizes]) => {
            const law = simworth.law.read(written);
            const goal = new Float64Array(law.count).fill(target);
            return sizes.map((n) => Array.from(simworth.questions.isoline.equalM(law, n, goal)));
        }""",
        [written, target, list(N)],
    )
    for n, line in zip(N, found, strict=True):
        close(line, equal_m(law, n, goal, M[-1]))


@pytest.mark.parametrize("forms", JOINTS, ids=" ".join)
@pytest.mark.parametrize("costs", COSTS)
def test_budget(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...], costs: tuple[float, float, float]) -> None:
    law, written = made_law(forms)
    wanted = budget(law, *costs, unit=UNIT)
    simulation, experiment, money = costs
    found = mirror.evaluate(
        "([written, costs, unit]) => simworth.questions.budget.ask(simworth.law.read(written), costs, unit)",
        [written, {"simulation": simulation, "experiment": experiment, "budget": money}, UNIT],
    )
    assert found["sentence"]["en"] == wanted.sentence
    same_estimates(found["values"], wanted.values)
    assert found["expected"] == pytest.approx(dict(wanted.expected))
    ways = splits(N[-1], M[-1], simulation, experiment, money)
    if found["ways"]:
        close([[w["share"], w["n"], w["m"]] for w in found["ways"]], np.stack([ways.share, ways.n, ways.m], 1))


@pytest.mark.parametrize("paired", [False, True])
def test_ranking(mirror: Any, made_law: MadeLaw, paired: bool) -> None:
    made = {
        name: made_law(forms, i)
        for i, (name, forms) in enumerate({"x": SINGLES[0], "y": SINGLES[1], "z": SINGLES[2]}.items())
    }
    laws = {name: law for name, (law, _) in made.items()}
    wanted = [
        rank_at(laws, paired=paired, unit=UNIT),
        rank_for_budget(laws, dict.fromkeys(laws, 2.0), 5e4, paired=paired, unit=UNIT),
    ]
    count = len(laws["x"].draw_form)
    orders = {name: stream("ranking", name, count).permutation(count).tolist() for name in laws}
    found = mirror.evaluate(
        """([written, orders, paired, unit]) => {
            Object.assign(simworth.data.orders, orders);
            const candidates = written.map(([name, law]) => ({ name, law: simworth.law.read(law) }));
            const { at, forBudget } = simworth.questions.ranking;
            return [at(candidates, paired, unit), forBudget(candidates, 2, 5e4, paired, unit)];
        }""",
        [[[name, written] for name, (_, written) in made.items()], orders, paired, UNIT],
    )
    for told, answer in zip(found, wanted, strict=True):
        assert told["sentence"]["en"] == answer.sentence
        for row in told["rows"]:
            assert row["best"] == pytest.approx(answer.probabilities[f"best {row['name']}"])
            assert row["rank"] == pytest.approx(answer.expected[f"rank {row['name']}"])


def written_answer(answer: Answer, verdict: str | None = "law") -> dict[str, Any]:
    """An answer as plan.json holds it, as far as sentences need."""
    return {
        "question": answer.question,
        "sentence": answer.sentence,
        "verdict": verdict,
        "values": {
            k: {name: finite(getattr(v, name)) for name in ("median", "low", "high")} for k, v in answer.values.items()
        },
        "given": dict(answer.given),
        "probabilities": dict(answer.probabilities),
        "expected": dict(answer.expected),
        "facts": dict(answer.facts),
    }


@pytest.mark.parametrize("forms", [("power",), ("flat",), SINGLES[-1]], ids=" ".join)
def test_japanese_sentences_about_n_are_the_same(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    answers = [need(law, target, unit=UNIT) for target in (None, 0.3, 0.9, 1e-4)]
    answers += [stop(law), stop(law, cost_per_simulation=0.001, value=50.0)]
    found = mirror.evaluate(
        """([written, unit]) => {
            const law = simworth.law.read(written);
            const { need, stop } = simworth.questions;
            return [
                ...[null, 0.3, 0.9, 1e-4].map((t) => need.ask(law, t, unit)),
                stop.ask(law, 0.02),
                stop.ask(law, 0.02, 0.001, 50),
            ].map((a) => a.sentence.ja);
        }""",
        [written, UNIT],
    )
    assert found == [say_japanese(written_answer(a), UNIT, 0.9).ja for a in answers]


@pytest.mark.parametrize("forms", JOINTS, ids=" ".join)
def test_japanese_sentences_about_n_and_m_are_the_same(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    answers = [equivalence(law), isoline(law), budget(law, 1.0, 400.0, 90_000.0, unit=UNIT)]
    found = mirror.evaluate(
        """([written, unit]) => {
            const law = simworth.law.read(written);
            const { equivalence, isoline, budget } = simworth.questions;
            const costs = { simulation: 1, experiment: 400, budget: 90000 };
            return [equivalence.ask(law), isoline.ask(law), budget.ask(law, costs, unit)].map((a) => a.sentence.ja);
        }""",
        [written, UNIT],
    )
    assert found == [say_japanese(written_answer(a), UNIT, 0.9).ja for a in answers]
