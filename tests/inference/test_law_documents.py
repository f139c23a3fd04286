"""trials.parquet and CSV to law.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.digest import digest_file
from simworth.documents import read_document, write_document
from simworth.errors import InputError
from simworth.inference.documents import SCHEMA, fit_csv, fit_trials
from simworth.inference.words import say_count, say_error, say_percent
from simworth.inference.written import law_of
from simworth.testing import synthetic_curve

SIZES = [50, 100, 200, 400, 800, 1600]


def record(n: float, m: int, replicate: int, error: float, **other: Any) -> dict[str, Any]:
    failed = bool(np.isnan(error))
    return {
        "target": "dipole",
        "arm": "xtb" if n else "",
        "learner": "network",
        "control": "",
        "n": int(n),
        "m": m,
        "replicate": replicate,
        "tuning": 0,
        "n_test": 30,
        "overlap_removed": 4,
        "overlap_used": 0,
        "mae": None if failed else float(error),
        "rmse": None if failed else 2 * float(error),
        "status": "failed" if failed else "ok",
        "reason": "diverged" if failed else None,
        **other,
    }


def records() -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    rows = []
    for m in (20, 40):
        made = synthetic_curve(SIZES, 60.0 / m, 0.5, 8.0 / m, missing=0.05, seed=m)
        shuffled = synthetic_curve(SIZES, 0.0, 0.5, 1.1, seed=m)
        parts = zip(made.n, made.replicate.tolist(), made.error, shuffled.error, strict=True)
        for n, replicate, error, control in parts:
            rows.append(record(n, m, replicate, error))
            rows.append(record(n, m, replicate, control, control="shuffled"))
        for replicate in range(10):
            rows.append(record(0, m, replicate, rng.normal(1.2, 0.1)))
            rows.append(record(0, m, replicate, rng.normal(1.1, 0.1), learner="ridge"))
    return rows


def write(path: Path, rows: list[dict[str, Any]], schema: str = "simworth-trials/3") -> Path:
    meta = {"schema": schema, "targets": {"dipole": {"unit": "debye", "property": "dipole"}}, "study": "x"}
    table = pa.Table.from_pylist(rows) if rows else pa.table({k: [] for k in record(1, 1, 1, 1.0)})
    pq.write_table(table.replace_schema_metadata({b"simworth": json.dumps(meta).encode()}), path)
    return path


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("run") / "trials.parquet", records())


@pytest.fixture(scope="module")
def law(trials: Path) -> dict[str, Any]:
    return fit_trials(trials)


def test_every_curve_is_there_with_its_parts(trials: Path, law: dict[str, Any]) -> None:
    assert law["schema"] == SCHEMA
    assert law["parents"] == {"trials": digest_file(trials)}
    kinds = [(c["m"], c["control"], c["verdict"]["code"]) for c in law["curves"]]
    assert kinds == [
        (20, "", "law"),
        (40, "", "law"),
        (20, "shuffled", "no_transfer"),
        (40, "shuffled", "no_transfer"),
    ]
    one = law["curves"][0]
    assert [p["n"] for p in one["points"]] == SIZES
    assert sum(p["replicates"] + p["failed"] for p in one["points"]) == 60
    assert sum(p["failed"] for p in one["points"]) > 0
    assert [d["learner"] for d in one["direct"]] == ["network", "ridge"]
    assert one["gain"]["against"] == "ridge"
    assert {g["against"] for g in one["gains"]} == {"network", "ridge"}
    assert one["backtest"]["fitted_sizes"] == SIZES[:4]
    assert one["overlap"]["policy"] == "exclude"
    assert one["unit"] == "debye"
    assert law["joint"][0]["verdict"]["code"] == "law"


def test_the_numbers_of_a_verdict_are_its_facts(law: dict[str, Any]) -> None:
    verdict = law["curves"][0]["verdict"]
    facts = verdict["facts"]
    assert facts["trend"] == "law"
    assert facts["limit_low"] <= facts["limit"] <= facts["limit_high"]
    for said in (f"α = {facts['alpha']:.2f}", say_error(facts["limit"]), say_percent(facts["cut"])):
        assert said in verdict["sentence"]
    joint = law["joint"][0]["verdict"]
    assert f"{joint['facts']['points']} points, n up to {say_count(joint['facts']['n_max'])}" in joint["sentence"]


def test_it_survives_the_file_and_predicts_alike(law: dict[str, Any], tmp_path: Path) -> None:
    write_document(tmp_path / "law.json", law)
    again = read_document(tmp_path / "law.json", SCHEMA)
    assert again == law
    back = law_of(again["curves"][0], 0.9)
    assert back is not None
    last = again["curves"][0]["points"][-1]
    assert back.predict([1600]).median[0] == pytest.approx(last["mean"], rel=0.1)
    joint = law_of(again["joint"][0], 0.9)
    assert joint is not None
    assert joint.predict([1600], [20]).median[0] == pytest.approx(last["mean"], rel=0.2)


def test_the_same_trials_give_the_same_document(trials: Path, law: dict[str, Any]) -> None:
    assert fit_trials(trials)["digest"] == law["digest"]


def tuned(rows: list[dict[str, Any]], errors: list[float | None]) -> list[dict[str, Any]]:
    """The first record several times, as its tunings with these errors; None is a failed one."""
    first = {**rows[0], "status": "ok"}
    further = [
        {**first, "tuning": j, "mae": e, "rmse": e, "status": "failed" if e is None else "ok"}
        for j, e in enumerate(errors)
    ]
    return [*further, *rows[1:]]


@pytest.mark.parametrize(
    ("errors", "mean", "failed"),
    [([1.0, 2.0, 4.5], 2.5, 0), ([1.0, None, 2.0], 1.5, 1), ([None, 3.0], 3.0, 1), ([None, None], None, 2)],
)
def test_a_replicate_is_the_mean_of_its_finished_tunings(
    tmp_path: Path, errors: list[float | None], mean: float | None, failed: int
) -> None:
    few = [record(n, 20, r, 1 + n**-0.5 + 0.01 * r) for n in SIZES[:3] for r in range(3)]
    found = fit_trials(write(tmp_path / "tuned.parquet", tuned(few, errors)))["curves"][0]["points"][0]
    others = [row["mae"] for row in few[1:3]]
    assert found["mean"] == pytest.approx(np.mean(others if mean is None else [mean, *others]))
    assert (found["replicates"], found["failed"]) == (2 if mean is None else 3, failed)


def test_the_law_sees_replicates_and_not_tunings(tmp_path: Path, law: dict[str, Any]) -> None:
    twice = [{**row, "tuning": j} for row in records() for j in range(2)]
    again = fit_trials(write(tmp_path / "twice.parquet", twice))
    # Only failures, which are of trials, are counted twice.
    for one, other in zip(law["curves"], again["curves"], strict=True):
        for p, q in zip(one["points"], other["points"], strict=True):
            assert {**p, "failed": 2 * p["failed"]} == q
        assert {k: v for k, v in one.items() if k not in ("points", "gain", "gains")} == {
            k: v for k, v in other.items() if k not in ("points", "gain", "gains")
        }
        assert other["gain"]["difference"]["low"] == pytest.approx(one["gain"]["difference"]["low"])
    assert again["joint"] == law["joint"]


def test_gains_are_paired_by_tuning(tmp_path: Path) -> None:
    rows = []
    for r in range(4):
        for j, hard in enumerate((0.0, 1.0, 2.0)):
            direct = record(0, 20, r, 3 + hard + 0.01 * r)
            rows += [direct | {"tuning": j}, record(50, 20, r, 2 + hard) | {"tuning": j}]
    rows[0] |= {"status": "failed", "mae": None, "rmse": None}  # its partner must not count either
    gain = fit_trials(write(tmp_path / "paired.parquet", rows))["curves"][0]["gain"]
    assert gain["difference"]["median"] == pytest.approx(1.015)
    assert gain["replicates"] == 4


def test_the_metric_is_chosen(trials: Path, law: dict[str, Any]) -> None:
    other = fit_trials(trials, metric="rmse")
    first = other["curves"][0]["points"][0]["mean"]
    assert first == pytest.approx(2 * law["curves"][0]["points"][0]["mean"])
    with pytest.raises(InputError, match="metric 'r2' is unknown"):
        fit_trials(trials, metric="r2")


def changed(**values: Any) -> list[dict[str, Any]]:
    rows = records()[:12]
    rows[2] = {**rows[2], **values}
    return rows


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (changed(mae=None), "record 3, column mae: a finished trial needs a finite error"),
        (changed(mae=-1.0), "record 3, column mae"),
        (changed(n=-5), "record 3, column n: it must not be negative"),
        (changed(m=0), "record 3, column m: it must be positive"),
        (changed(arm=""), "record 3, column arm: a trial with n > 0 needs"),
        (changed(target=None), "record 3, column target: is empty"),
        (changed(n=None), "record 3, column n: is empty"),
        ([*records()[:4], records()[3]], "record 5: repeats record 4"),
        ([], "holds no trials"),
        ([r for r in records() if r["n"] == 0], "direct learning alone"),
        ([{k: v for k, v in r.items() if k != "m"} for r in records()[:3]], "has no column 'm'"),
    ],
)
def test_bad_trials_are_refused_in_words(tmp_path: Path, rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit_trials(write(tmp_path / "trials.parquet", rows))


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        fit_trials(tmp_path / "nowhere.parquet")
    (tmp_path / "text.parquet").write_text("n,error")
    with pytest.raises(InputError, match="is not a Parquet file"):
        fit_trials(tmp_path / "text.parquet")
    with pytest.raises(InputError, match="is simworth-table/1 where simworth-trials/3 is needed"):
        fit_trials(write(tmp_path / "table.parquet", records()[:3], "simworth-table/1"))
    with pytest.raises(InputError, match="is simworth-trials/1 where simworth-trials/3 is needed"):
        fit_trials(write(tmp_path / "old.parquet", records()[:3], "simworth-trials/1"))


def test_a_failed_study_still_gives_a_document(tmp_path: Path) -> None:
    rows = [record(n, 20, 0, float("nan")) for n in SIZES]
    entry = fit_trials(write(tmp_path / "trials.parquet", rows))["curves"][0]
    assert entry["law"] is None
    assert entry["verdict"]["code"] == "too_few_sizes"
    assert entry["points"][0] == {
        "n": 50, "mean": None, "low": None, "high": None, "replicates": 0, "failed": 1
    }  # fmt: skip


def test_a_csv_of_any_field(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    path.write_text("n,error\n" + "\n".join(f"{n},{3 * n**-0.5 + 0.5}" for n in [0.5, *SIZES]))
    document = fit_csv(path, unit="nats")
    assert {c["overlap"]["policy"] for c in document["curves"]} == {"unknown"}
    entry = document["curves"][0]
    assert (entry["target"], entry["unit"], entry["verdict"]["code"]) == ("loss", "nats", "law")
    assert entry["points"][0]["n"] == 0.5
    assert entry["gain"] is None
    with pytest.raises(InputError, match="between 0 and 1"):
        fit_csv(path, level=2)
    path.write_text("n,error\n0,1\n")
    with pytest.raises(InputError, match="no row with n > 0"):
        fit_csv(path)
