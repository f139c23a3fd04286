from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.cli.app import main
from simworth.documents import digest_of
from simworth.errors import InputError
from simworth.model.ask import Model
from simworth.model.candidates import csv_text, own_names, read_candidates, write_rows
from simworth.model.predictions import predict_candidates
from simworth.tables.csvfile import number

HEADER = "name,x0,x1,x2,x3,x4,x5,note\n"


def candidates(folder: Path, rows: str, header: str = HEADER) -> Path:
    path = folder / "candidates.csv"
    path.write_text(header + rows)
    return path


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def three(tmp_path: Path, model: Model) -> Path:
    known = ",".join(str(x) for x in model.features[3])
    return candidates(tmp_path, f"a,0,0,0,0,0,0,=1+1\nb,0,,0,0,0,0,x\n{model.known.identity[3]},{known},-3\n")


def test_no_row_is_dropped_and_columns_pass_through(three: Path, model: Model) -> None:
    found = predict_candidates(model, read_candidates(three, model.card))
    rows = [dict(zip(found.names, row, strict=True)) for row in found.rows]
    assert [row["status"] for row in rows] == ["ok", "unreadable", "measured"]
    assert rows[1]["why"] == "a feature has no number"
    assert rows[1]["prediction"] is None
    assert rows[2]["why"] == f"measured already: {model.known.measured[3]:.3g}"
    assert rows[2]["nearest_1"] == model.known.material[3]
    asked = model.ask(["a"], np.zeros((1, 6)))
    low, high = asked.interval(0.9)
    assert (rows[0]["prediction"], rows[0]["low"], rows[0]["high"]) == (asked.mean[0], low[0], high[0])
    assert found.table.rows[0][-1] == "=1+1"


def test_a_wider_level_gives_wider_intervals(three: Path, model: Model) -> None:
    read = read_candidates(three, model.card)
    widths = []
    for level in (0.5, 0.8, 0.95):
        found = predict_candidates(model, read, level)
        widths.append(float(found.rows[0][2]) - float(found.rows[0][1]))  # type: ignore[arg-type]
    assert widths == sorted(widths)
    for level, match in ((0.99999, "lower the level"), (0.0, "between 0 and 1"), (1.0, "between 0 and 1")):
        with pytest.raises(InputError, match=match):
            predict_candidates(model, read, level)


@given(st.text(min_size=1, max_size=30).filter(lambda t: "\0" not in t and t.isprintable()))
def test_no_text_is_a_formula_in_a_spreadsheet(text: str) -> None:
    [cell] = next(csv.reader(io.StringIO(csv_text([text], []))))
    if number(text) is None:
        assert cell[0] not in "=+-@"
        assert cell.removeprefix("'") == text.removeprefix("'")
    else:
        assert cell == text


def test_cells_are_written_plainly() -> None:
    text = csv_text(["a", "b"], [[True, None], [-1.23456789, "-CO"], [7, "-1.5e3"], [1e-12, "two\nlines"]])
    assert text == 'a,b\ntrue,\n-1.23457,\'-CO\n7,-1.5e3\n1e-12,"two\nlines"\n'


def test_names_that_are_taken() -> None:
    assert own_names(["low", "x"], ["low", "high"]) == ["model_low", "high"]
    with pytest.raises(InputError, match="model_low"):
        own_names(["low", "model_low"], ["low"])


def test_columns_are_found_or_asked_for(tmp_path: Path, model: Model) -> None:
    zeros = ",0,0,0,0,0,0\n"
    assert read_candidates(candidates(tmp_path, f"a{zeros}", "Name,x0,x1,x2,x3,x4,x5\n"), model.card).texts == ["a"]
    odd = candidates(tmp_path, f"a{zeros}", "what,x0,x1,x2,x3,x4,x5\n")
    with pytest.raises(InputError, match="--column"):
        read_candidates(odd, model.card)
    assert read_candidates(odd, model.card, "what").texts == ["a"]
    with pytest.raises(InputError, match="x1"):
        read_candidates(candidates(tmp_path, "a,0\n", "name,x0\n"), model.card)
    with pytest.raises(InputError, match="pairs"):
        read_candidates(candidates(tmp_path, f"a{zeros}", HEADER.replace(",note", "")), model.card, partner="x0")
    with pytest.raises(InputError, match="folder"):
        write_rows(tmp_path, ["a"], [])


def test_a_file_without_header_or_commas_is_refused(tmp_path: Path, model: Model) -> None:
    card = msgspec.structs.replace(model.card, kind="molecule", features=())
    for header, match in (("CCO\n", "is a material"), ("smiles;note\n", "commas"), ("smiles\tnote\n", "commas")):
        with pytest.raises(InputError, match=match):
            read_candidates(candidates(tmp_path, "CCN\n", header), card)
    assert read_candidates(candidates(tmp_path, "CCN\n", "what\n"), card).texts == ["CCN"]
    assert read_candidates(candidates(tmp_path, "CCN\n", "CCO\n"), card, "CCO").texts == ["CCN"]
    with pytest.raises(InputError, match="--partner"):
        read_candidates(candidates(tmp_path, "CCN\n", "what\n"), card, temperature="T")


def test_a_table_of_which_nothing_can_be_read_is_refused(tmp_path: Path, model: Model) -> None:
    path = candidates(tmp_path, "a,0,,0,0,0,0,x\nb,,0,0,0,0,0,x\n")
    with pytest.raises(InputError, match="none of the 2 candidates can be read; the first: a feature has no number"):
        predict_candidates(model, read_candidates(path, model.card))


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["simworth", "predict", *words])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_the_command_writes_a_table(
    run: Path, three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "predictions.csv"
    assert call(monkeypatch, str(run), str(three), "-o", str(out)) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 of 3 candidates predicted" in said.err
    rows = table(out.read_text())
    assert [row["name"] for row in rows][:2] == ["a", "b"]
    assert rows[0]["note"] == "'=1+1"
    assert rows[2]["note"] == "-3"
    assert rows[0]["inside"] in ("true", "false")
    assert call(monkeypatch, str(run / "model"), str(three)) == 0
    assert table(capsys.readouterr().out) == rows


def test_the_command_prints_a_document(
    run: Path, three: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, str(run), str(three), "--json", "--level", "0.8") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "simworth-predictions/1"
    assert document["digest"] == digest_of(document)
    assert document["level"] == 0.8
    assert document["rows"][0]["given"]["note"] == "=1+1"
    assert document["rows"][1]["model"]["prediction"] is None


@pytest.mark.parametrize("words", [("nowhere", "x.csv"), ("RUN", "nowhere.csv"), ("RUN", "CSV", "--level", "2")])
def test_bad_input_is_one_sentence(
    words: tuple[str, ...], run: Path, three: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"RUN": str(run), "CSV": str(three)}
    assert call(monkeypatch, *(places.get(word, word) for word in words)) == 2
    assert [line.startswith("simworth: ") for line in capsys.readouterr().err.splitlines()][-1]


@pytest.mark.parametrize("words", [("predict",), ("screen", "--low", "0"), ("suggest", "-k", "1")])
def test_no_input_is_written_over(
    words: tuple[str, ...],
    run: Path,
    three: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "same.csv").hardlink_to(three)
    kept = {path: path.read_bytes() for path in (three, run / "law.json", run / "model" / "card.json")}
    outs = [*kept, tmp_path / "same.csv", run / "inputs" / "new.csv", three / "x.csv", tmp_path]
    for out in outs:
        for more in ((), ("--json",)):
            command, *rest = words
            monkeypatch.setattr(sys, "argv", ["simworth", command, str(run), str(three), "-o", str(out), *rest, *more])
            with pytest.raises(SystemExit) as stop:
                main()
            assert stop.value.code == 2
            [sentence] = capsys.readouterr().err.splitlines()
            assert sentence.startswith(f"simworth: {out}: ")
    assert all(path.read_bytes() == content for path, content in kept.items())


@pytest.mark.parametrize("words", [("predict",), ("screen", "--low", "0"), ("suggest", "-k", "1")])
def test_ctrl_c_says_that_nothing_was_written(
    words: tuple[str, ...],
    run: Path,
    three: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "ask", stop)
    command, *rest = words
    out = tmp_path / "out.csv"
    monkeypatch.setattr(sys, "argv", ["simworth", command, str(run), str(three), "-o", str(out), *rest])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 130
    assert capsys.readouterr().err.endswith("Interrupted; nothing was written.\n")
    assert not out.exists()
