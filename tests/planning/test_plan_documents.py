"""law.json to plan.json."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simworth.documents import read_document, seal, write_document
from simworth.errors import InputError
from simworth.inference.documents import SCHEMA as LAW_SCHEMA
from simworth.inference.documents import fit_csv
from simworth.inference.words import say_count
from simworth.planning.costs import Costs
from simworth.planning.documents import CAUTION, SCHEMA, plan_document, plan_law
from simworth.testing import synthetic_curve, synthetic_grid

SINGLE = ("need", "limit", "growth", "stop")
BEYOND = (*SINGLE, "rounds", "design")


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    made = synthetic_grid([50, 100, 200, 400, 800], [20, 40], 8.0, 0.5, 1.0, 0.4, 0.1)
    rows = zip(made.n, made.error, made.m, made.replicate, strict=True)
    text = "n,error,m,replicate\n" + "\n".join(",".join(str(v) for v in row) for row in rows)
    (folder / "errors.csv").write_text(text + "\n50,1,60,0\n")
    write_document(folder / "law.json", fit_csv(folder / "errors.csv", unit="debye"))
    return folder / "law.json"


def test_every_question_of_every_curve(law: Path, tmp_path: Path) -> None:
    plan = plan_law(law, target_error=0.4)
    asked = [(a["question"], a["m"], a["verdict"]) for a in plan["answers"]]
    assert asked[:12] == [(q, m, "law") for m in (20, 40) for q in BEYOND]
    assert asked[12:16] == [(q, 60, "too_few_sizes") for q in SINGLE]
    assert [a[:2] for a in asked[16:]] == [("equivalence", None)]
    assert all(a["sentence"].endswith(".") for a in plan["answers"])
    facts = {(a["question"], a["m"]): a["facts"] for a in plan["answers"]}
    assert facts["need", 60] == {"case": "no_law", "sizes": 1}
    assert facts["rounds", 20] == {"own_splits": True, "case": "plan"}
    assert facts["limit", 20] == {"case": "limit"}
    designed = next(a for a in plan["answers"] if (a["question"], a["m"]) == ("design", 20))
    told = designed["facts"]
    assert f"run {told['replicates']} replicates at n = {say_count(told['n'])}" in designed["sentence"]
    assert "share" in next(a for a in plan_law(law)["answers"] if a["question"] == "need")["facts"]
    assert plan["parents"] == {"law": read_document(law, "simworth-law/2")["digest"]}
    write_document(tmp_path / "plan.json", plan)
    assert read_document(tmp_path / "plan.json", SCHEMA) == plan


def test_costs_ask_more(law: Path) -> None:
    answers = plan_law(law, 0.4, costs=Costs(1.0, 20.0, 1000.0, 500.0))["answers"]
    assert [a["question"] for a in answers[16:]] == ["equivalence", "isoline", "budget"]
    bought = answers[-1]
    assert bought["given"]["budget"] == 1000.0
    assert bought["expected"]["m"] <= 60 + 50
    assert bought["expected"]["n"] <= 800 + 1000
    assert next(a for a in answers if a["question"] == "stop")["given"]["value"] == 500.0


def test_a_budget_that_no_answer_uses_is_not_dropped_in_silence(law: Path, tmp_path: Path) -> None:
    csv = tmp_path / "one.csv"
    csv.write_text("n,error\n" + "\n".join(f"{n},{3 * n**-0.5 + 0.1}" for n in (50, 100, 200, 400, 800)))
    one_m = plan_document(fit_csv(csv), costs=Costs(1.0, 20.0, 1000.0))["answers"][-1]
    assert (one_m["question"], one_m["values"]) == ("budget", {})
    assert "one m" in one_m["sentence"]
    assert one_m["facts"] == {"case": "one_m"}
    no_cost = plan_law(law, costs=Costs(simulation=1.0, budget=1000.0))["answers"][-1]
    assert "cost of an experiment" in no_cost["sentence"]


def test_sources_are_ranked(tmp_path: Path) -> None:
    """Two sources, as `fit` would write them for a study."""
    entries = []
    for arm, C in (("good", 0.3), ("poor", 0.4)):
        made = synthetic_curve([50, 100, 200, 400, 800], 3.0, 0.5, C)
        rows = zip(made.n, made.error, made.replicate, strict=True)
        (tmp_path / "c.csv").write_text("n,error,replicate\n" + "\n".join(f"{n},{e},{r}" for n, e, r in rows))
        document = fit_csv(tmp_path / "c.csv")
        entries.append({**document["curves"][0], "arm": arm})
    body = {k: v for k, v in document.items() if k not in ("schema", "digest", "parents")}
    both = seal(LAW_SCHEMA, {}, {**body, "curves": entries})
    answers = plan_document(both, costs=Costs(1.0, budget=5000.0))["answers"]
    ranked = {a["question"]: a for a in answers if a["question"].startswith("ranking")}
    assert list(ranked) == ["ranking", "ranking_limit", "ranking_budget"]
    assert all(a["arm"] is None and a["verdict"] is None for a in ranked.values())
    assert ranked["ranking"]["probabilities"]["best good"] > 0.9
    assert ranked["ranking_budget"]["given"]["n good"] == 5800
    shuffled = {**body, "curves": [entries[0], {**entries[1], "control": "shuffled"}]}
    alone = plan_document(seal(LAW_SCHEMA, {}, shuffled))["answers"]
    assert {a["question"] for a in alone} == set(BEYOND)


def test_a_tampered_law_is_refused(law: Path, tmp_path: Path) -> None:
    (tmp_path / "law.json").write_text(law.read_text().replace("0.9", "0.8", 1))
    with pytest.raises(InputError, match="was changed"):
        plan_law(tmp_path / "law.json")


def test_no_one_is_told_to_go_on_where_transfer_does_not_help(law: Path) -> None:
    document = read_document(law, LAW_SCHEMA)
    entry = next(c for c in document["curves"] if c["law"])
    before = {a["question"]: a["sentence"] for a in plan_document({**document, "curves": [entry]})["answers"]}
    entry["verdict"]["code"] = "no_transfer"
    after = {a["question"]: a["sentence"] for a in plan_document({**document, "curves": [entry]})["answers"]}
    for question in ("stop", "rounds"):
        assert after[question] == f"{before[question]} {CAUTION}"
    assert after["limit"] == before["limit"]


@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_flat_and_rising_curves_are_not_planned_with(tmp_path: Path, amount: float) -> None:
    made = synthetic_curve([50, 100, 200, 400, 800], 1e-12, 0.5, 1.0, replicate_sd=0.05)
    error = made.error + amount * np.log(made.n / 50)
    rows = zip(made.n, error, made.replicate, strict=True)
    (tmp_path / "c.csv").write_text("n,error,replicate\n" + "\n".join(f"{n},{e},{r}" for n, e, r in rows))
    answers = {a["question"]: a for a in plan_document(fit_csv(tmp_path / "c.csv"))["answers"]}
    for question in ("rounds", "design"):
        assert "does not fall" in answers[question]["sentence"]
        assert not answers[question]["values"]
    assert "stop" in answers["stop"]["sentence"]
    assert "out of reach" in answers["need"]["sentence"]


def test_a_law_of_an_older_format_is_refused_in_a_sentence(tmp_path: Path) -> None:
    old = tmp_path / "law.json"
    old.write_text('{"schema": "simworth-law/1"}')
    with pytest.raises(InputError, match="simworth-law/1"):
        plan_law(old)
