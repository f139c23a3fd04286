"""law.json to plan.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from simworth.documents import read_document, write_document
from simworth.errors import InputError
from simworth.inference.documents import SCHEMA as LAW_SCHEMA
from simworth.inference.documents import fit_csv
from simworth.planning.documents import CAUTION, SCHEMA, plan_document, plan_law
from simworth.testing import synthetic_grid


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
    single = ("need", "limit", "growth", "stop")
    assert asked[:8] == [(q, m, "law") for m in (20, 40) for q in single]
    assert asked[8:12] == [(q, 60, "too_few_sizes") for q in single]
    assert asked[12][:2] == ("equivalence", None)
    assert all(a["sentence"].endswith(".") for a in plan["answers"])
    assert plan["parents"] == {"law": read_document(law, "simworth-law/1")["digest"]}
    write_document(tmp_path / "plan.json", plan)
    assert read_document(tmp_path / "plan.json", SCHEMA) == plan


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
    assert after["stop"] == f"{before['stop']} {CAUTION}"
    assert after["limit"] == before["limit"]
