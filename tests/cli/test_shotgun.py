"""The commands of source choice, as a user would type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simworth.documents import read_document
from simworth.shotgun import pretrain, ranking

QUICK = "replicates = 2", "replicates = 4"


@pytest.fixture
def made(here: Path, command) -> Path:
    study = (here / "study.toml").read_text().replace(*QUICK).replace("[learner]", '[learner]\nadaptation = "affine"')
    (here / "study.toml").write_text(study)
    code, out, err = command("pretrain", "study.toml", "-o", "library", "--lanes", "2", "-w", "1")
    assert code == 0, err
    assert out.startswith("simulation-")
    assert "2 networks for y of 300 materials; error" in out
    return here


def test_pretrain_then_rank(made: Path, command, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.read_bytes() for p in made.glob("library/*/*")}
    assert command("pretrain", "study.toml", "-o", "library", "--lanes", "2")[0] == 0
    assert {p: p.read_bytes() for p in made.glob("library/*/*")} == before

    (made / "target.toml").write_text((made / "study.toml").read_text().replace("[[source]]", "[[ignored]]"))
    assert command("shotgun", "library", "target.toml")[0] == 2
    text = (made / "study.toml").read_text()
    source = text[text.index("[[source]]") : text.index("[sweep]")]
    (made / "target.toml").write_text(text.replace(source, ""))
    code, out, err = command("shotgun", "library", "target.toml", "-o", "ranking.json", "-w", "1")
    assert code == 0, err
    document = read_document(made / "ranking.json", "simworth-shotgun/1")
    target = document["targets"][0]
    assert target["sentence"] in out
    assert target["procedure"]["sentence"] in out
    assert all(row["name"] in out for row in target["ranking"])

    # What follows is about printing alone: the ranking is not computed again.
    monkeypatch.setattr(ranking, "rank_library", lambda *_, **__: document)
    code, out, _ = command("shotgun", "library", "target.toml", "--json")
    assert code == 0
    assert json.loads(out) == document
    document["overlap"], target["seen"], target["ranking"][0]["seen_tested"] = "allow", 7, 2.0
    target["left_out"] = [{"model": "oxides", "reason": "is for materials of kind 'composition'"}]
    code, out, _ = command("shotgun", "library", "target.toml", "--overlap", "allow")
    assert code == 0
    assert "2 of 8" in out
    assert "seen 7 of the 40 materials; errors on them are no test" in out
    assert "Left out: oxides is for materials of kind 'composition'." in out


def test_an_interruption_is_a_sentence(here: Path, command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pretrain, "pretrain_library", interrupt)
    code, out, err = command("pretrain", "study.toml", "-o", "library")
    assert (code, out) == (130, "")
    assert "Interrupted; finished models are kept in library. The same command continues." in err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("shotgun", "nowhere", "study.toml"), "nowhere: is no folder"),
        (("shotgun", "empty", "study.toml"), "empty: holds no model"),
        (("shotgun", "empty", "study.toml", "--overlap", "ignore"), "--overlap is 'ignore'"),
        (("pretrain", "study.toml", "-o", "target.csv"), "target.csv: is a file"),
        (("pretrain", "missing.toml", "-o", "library"), "no such study file"),
    ],
)
def test_bad_input_is_one_sentence(here: Path, command, words: tuple[str, ...], expected: str) -> None:
    (here / "empty").mkdir()
    (here / "study.toml").write_text((here / "study.toml").read_text().replace(*QUICK))
    code, out, err = command(*words)
    assert code == 2
    assert out == ""
    assert expected in err.splitlines()[-1]
    assert err.splitlines()[-1].startswith("simworth: ")
    assert not (here / "library").exists()
