"""Tables of candidates ranked, and batches chosen from them, by a model of a known law."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simworth.cli import main
from simworth.cli.suggest import write_list
from simworth.documents import decode_document
from simworth.errors import InputError
from simworth.ingest.candidates import from_file
from simworth.model.ask import Model
from simworth.model.candidates import Candidates, read_candidates
from simworth.model.gather import BATCH, Gathered, gather
from simworth.model.proposal import SCHEMA as SUGGESTION
from simworth.model.proposal import computed_already, propose
from simworth.model.screen import SCHEMA as SCREEN
from simworth.model.screen import screen
from simworth.model.window import in_window

ROWS = 60
LOW, HIGH = 0.0, 1.0


@pytest.fixture(scope="module")
def file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """New materials, then one that was measured, a repetition, one with a hole, and a name like a formula."""
    random = np.random.default_rng(5)
    names = [f"new {i}" for i in range(ROWS)]
    rows = [[name, "shelf", *map(str, x)] for name, x in zip(names, random.normal(size=(ROWS, 6)), strict=True)]
    rows.append([model.known.material[3], "=1+1", *map(str, model.features[3])])
    rows.append([names[0], "shelf", *rows[0][2:]])
    rows.append(["hole", "shelf", "", *["1"] * 5])
    path = tmp_path_factory.mktemp("candidates") / "candidates.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([["name", "place", *model.card.features], *rows])
    return path


@pytest.fixture(scope="module")
def candidates(model: Model, file: Path) -> Candidates:
    return read_candidates(file, model.card)


@pytest.fixture(scope="module")
def gathered(model: Model, candidates: Candidates) -> Gathered:
    return gather(model, candidates)


def test_gathering_keeps_every_row(model: Model, candidates: Candidates, gathered: Gathered) -> None:
    assert gathered.rows.tolist() == list(range(ROWS + 2))
    assert list(gathered.refused) == [ROWS + 2]
    assert np.flatnonzero(gathered.twice).tolist() == [ROWS + 1]
    assert gathered.known[ROWS] == 3
    assert (gathered.known[:ROWS] == -1).all()
    assert candidates.features is not None
    asked = model.ask([f"new {i}" for i in range(ROWS)], candidates.features[:ROWS])
    np.testing.assert_array_equal(gathered.mean[:ROWS], asked.mean)
    np.testing.assert_array_equal(gathered.learned[:ROWS], asked.learned)
    np.testing.assert_array_equal(gathered.low[:ROWS], asked.interval()[0])


def test_gathering_in_parts_is_gathering_at_once(
    model: Model, candidates: Candidates, gathered: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simworth.model.gather.BATCH", 20)
    told: list[tuple[int, int]] = []
    parts = gather(model, candidates, progress=lambda done, total: told.append((done, total)))
    assert BATCH > ROWS
    assert told == [(20, ROWS + 3), (40, ROWS + 3), (60, ROWS + 3), (ROWS + 3, ROWS + 3)]
    np.testing.assert_array_equal(parts.mean, gathered.mean)
    np.testing.assert_array_equal(parts.twice, gathered.twice)


def test_screening_ranks_all_and_says_why(model: Model, candidates: Candidates, gathered: Gathered) -> None:
    found = screen(model, candidates, gathered, LOW, HIGH, None)
    rows = [dict(zip(found.names, row, strict=True)) for row in found.rows]
    assert len(rows) == ROWS + 3
    assert [row["rank"] for row in rows] == [*range(1, ROWS + 3), None]
    chances = [row["probability"] for row in rows[:-1]]
    assert chances == sorted(chances, reverse=True)
    by_name = {row["name"]: row for row in rows}
    assert rows[-1]["name"] == "hole"
    assert (rows[-1]["status"], rows[-1]["why"]) == ("unreadable", "a feature has no number")
    assert by_name[model.known.material[3]]["status"] == "measured"
    assert sum(row["status"] == "repeated" for row in rows) == 1
    expected = in_window(model.calibrated, gathered.mean[:ROWS], gathered.scale[:ROWS], LOW, HIGH).sum()
    assert found.expected == pytest.approx(expected)
    assert len(screen(model, candidates, gathered, LOW, HIGH, 7).rows) == 7


def test_a_batch_leaves_out_what_is_known_and_repeated(
    model: Model, candidates: Candidates, gathered: Gathered
) -> None:
    found = propose(model, candidates, gathered, 500, LOW, HIGH)
    assert found.considered == len(found.rows) == ROWS
    assert sorted(found.identities) == sorted(f"new {i}" for i in range(ROWS))
    assert found.left_out == {"measured already": 1, "repeated": 1, "not readable": 1}


def test_a_batch_near_the_target_is_more_probable_than_one_to_learn_from(
    model: Model, candidates: Candidates, gathered: Gathered
) -> None:
    near = propose(model, candidates, gathered, 10, LOW, HIGH, explore=0)
    away = propose(model, candidates, gathered, 10, LOW, HIGH, explore=1)
    both = propose(model, candidates, gathered, 10, LOW, HIGH, explore=0.3)
    assert near.expected is not None
    assert away.expected is not None
    assert both.expected is not None
    assert away.expected < both.expected < near.expected
    aims = [row[both.names.index("aim")] for row in both.rows]
    assert aims == ["target"] * 7 + ["learn"] * 3
    assert propose(model, candidates, gathered, 10).expected is None


def test_a_batch_to_simulate_leaves_out_what_is_computed(run: Path, model: Model, tmp_path: Path) -> None:
    computed = next(iter(model.known.computed))
    path = tmp_path / "some.csv"
    cells = ",".join(["0.1"] * len(model.card.features))
    path.write_text(f"name,{','.join(model.card.features)}\n{computed},{cells}\nfresh,{cells}\n")
    table = read_candidates(path, model.card)
    every = computed_already(run, model)
    assert computed_already(run / "model", model) == set(model.known.computed) <= every
    found = propose(model, table, gather(model, table), 5, computed=every)
    assert found.identities == ["fresh"]
    assert found.left_out == {"computed already": 1}


def test_nothing_left_is_said(model: Model, candidates: Candidates, gathered: Gathered) -> None:
    far = replace(gathered, inside=np.zeros(ROWS + 2, bool))
    with pytest.raises(InputError, match=r"no candidate is left to choose from .*outside"):
        propose(model, candidates, far, 5, inside_only=True)


def test_a_table_without_a_readable_row_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text(f"name,{','.join(model.card.features)}\na{',' * len(model.card.features)}\n")
    with pytest.raises(InputError, match="none of the 1 candidates can be read; the first: a feature has no number"):
        gather(model, read_candidates(path, model.card))


def ran(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Exit code and what was printed."""
    monkeypatch.setattr("sys.argv", ["simworth", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    return (code, *capsys.readouterr())


def test_the_command_screens(
    run: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "ranked.csv"
    code, out, err = ran(monkeypatch, capsys, "screen", run, file, "--low", 0, "--high", 1, "-o", place)
    assert code == 0
    assert not out
    assert "are expected in the window" in err
    rows = list(csv.DictReader(place.read_text().splitlines()))
    assert len(rows) == ROWS + 3
    assert {row["place"] for row in rows} == {"shelf", "'=1+1"}
    code, out, _ = ran(monkeypatch, capsys, "screen", run, file, "--low", 0, "--top", 2, "--json")
    document = decode_document(out.encode(), "output", SCREEN)
    assert [row["rank"] for row in document["rows"]] == [1, 2]
    assert (document["low"], document["high"]) == (0, None)
    code, out, err = ran(monkeypatch, capsys, "screen", run, file, "--low", 2, "--high", 1)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_the_command_suggests(
    run: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("suggest", run, file, "-k", 4, "--low", 0, "--high", 1)
    code, out, err = ran(monkeypatch, capsys, *words)
    assert code == 0
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["order"] for row in rows] == ["1", "2", "3", "4"]
    assert "4 of 60 candidates chosen" in err
    assert ran(monkeypatch, capsys, *words)[1] == out, "the same again"
    code, out, _ = ran(monkeypatch, capsys, *words, "--json")
    document = decode_document(out.encode(), "output", SUGGESTION)
    assert json.dumps(document["rows"])
    assert document["considered"] == ROWS
    place = tmp_path / "next.smi"
    code, out, _ = ran(monkeypatch, capsys, *words, "-o", place)
    assert (code, out) == (0, "")
    assert place.read_text().splitlines() == [row["name"] for row in rows]
    assert ran(monkeypatch, capsys, *words, "--explore", 2)[0] == 2


def test_a_list_can_be_produced(tmp_path: Path) -> None:
    write_list(tmp_path / "next.txt", ["CCO", "CCN"])
    assert from_file(tmp_path / "next.txt", ("H", "C", "N", "O"), 12).smiles == ("CCN", "CCO")
