from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = ("init", "target.csv", "source.csv")
FEATURES = ("--kind", "features", "--feature", "a", "--feature", "b")
SAID = (*HERE, *FEATURES, "--property", "y", "--unit", "eV")
AT_TERMINAL = """
import fcntl, termios
from simworth.cli import main
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C typed there interrupts
main()
"""


@pytest.fixture
def fresh(here: Path) -> Path:
    """Two tables and no study."""
    (here / "study.toml").unlink()
    (here / "other.toml").write_text("mine")
    return here


def test_what_is_written_is_accepted_by_check(fresh: Path, command: Any) -> None:
    code, out, err = command(*SAID)
    assert (code, out) == (0, "wrote study.toml\n")
    assert "target.csv: materials in 'id'" in err
    assert err.endswith("Next: simworth check study.toml\n")
    code, out, err = command("check", "study.toml")
    assert code == 0, err
    assert "no material of target stands in source" in out.replace("y: ", "")


def test_a_study_that_is_there_is_never_written_over(fresh: Path, command: Any) -> None:
    (fresh / "study.toml").write_text("mine")
    code, _, err = command(*SAID)
    assert code == 2
    assert err == "simworth: study.toml: is there already; name another file with -o, or give --force\n"
    assert (fresh / "study.toml").read_text() == "mine"
    assert command(*SAID, "--force")[0] == 0


def test_without_a_terminal_what_is_missing_is_one_sentence(fresh: Path, command: Any) -> None:
    code, out, err = command(*HERE, *FEATURES)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "in which unit is 'y'" in err
    assert err.endswith("say it with --unit UNIT\n")
    assert not (fresh / "study.toml").exists()


def test_json_tells_what_was_understood_and_writes_nothing(fresh: Path, command: Any) -> None:
    code, out, _ = command(*HERE, *FEATURES, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["measured"]["rows"] == 40
    assert [q["key"] for q in told["questions"]] == ["measured_unit", "computed_unit"]
    assert not (fresh / "study.toml").exists()


def test_a_table_of_another_country_is_copied_when_asked(fresh: Path, command: Any) -> None:
    text = (fresh / "target.csv").read_text().replace(",", ";").replace(".", ",")
    (fresh / "target.csv").write_text(text)
    code, _, err = command(*SAID)
    assert code == 2
    assert "columns are separated by semicolons; column 'a' has decimal commas" in err
    assert "--tidy write the copy target.plain.csv" in err
    assert command(*SAID, "--tidy")[0] == 0
    assert (fresh / "target.csv").read_text() == text
    assert 'table = "target.plain.csv"' in (fresh / "study.toml").read_text()
    assert command("check", "study.toml")[0] == 0
    (fresh / "target.plain.csv").write_text("other")
    code, _, err = command(*SAID, "--tidy", "--force")
    assert code == 2
    assert "is there already and is another file" in err


def test_a_study_in_another_folder_finds_its_tables(fresh: Path, command: Any) -> None:
    (fresh / "studies").mkdir()
    assert command(*SAID, "-o", "studies/one.toml")[0] == 0
    assert 'table = "../target.csv"' in (fresh / "studies" / "one.toml").read_text()
    assert command("check", "studies/one.toml")[0] == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("init", "absent.csv", "source.csv"), "absent.csv: no such file"),
        (("init", ".", "source.csv"), "is a folder"),
        ((*HERE, "--unit", "eV,meV,K"), "more than two units"),
        ((*SAID[:-1], "parsec-ish"), "target.csv, column 'y': the unit 'parsec-ish' is not known"),
        ((*HERE, "--property", "z"), "target.csv: has no column 'z'; it has 'id', 'a', 'b', 'y'"),
        ((*HERE, "--kind", "crystal"), "kind 'crystal' is not known"),
        ((*SAID, "-o", "absent/../source.csv", "--force"), "is a table; name another file"),
        ((*SAID, "-o", "absent/../other.toml"), "is there already"),
    ],
)
def test_bad_input_is_one_sentence(fresh: Path, command: Any, words: tuple[str, ...], why: str) -> None:
    code, out, err = command(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert why in err
    assert not (fresh / "study.toml").exists()


def test_in_a_terminal_it_asks(fresh: Path) -> None:
    """Property by its number in the list, unit after a wrong one, features as suggested."""
    text = (fresh / "target.csv").read_text().replace("id,a,b,y", "id,a,b,gap")
    (fresh / "target.csv").write_text(text)
    code, shown = at_terminal(fresh, [*HERE, "--kind", "features"], ["9", "3", "3", "eV", "", ""])
    assert code == 0, shown
    assert "target.csv: which column holds the property?" in shown
    assert "That is none of them" in shown
    study = (fresh / "study.toml").read_text()
    assert 'column = "y"' in study
    assert 'property = "gap"' in study
    assert 'features = ["a", "b"]' in study


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_at_a_question_write_nothing(fresh: Path, key: str) -> None:
    code, shown = at_terminal(fresh, [*HERE], [key])
    assert code == 130, shown
    assert "Interrupted; nothing was written." in shown
    assert not (fresh / "study.toml").exists()


def at_terminal(folder: Path, words: list[str], answers: list[str]) -> tuple[int, str]:
    """Run a command in a pseudo-terminal and type an answer whenever it waits for one."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, *words], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True, env=os.environ | {"TERM": "dumb", "NO_COLOR": "1"},
    )  # fmt: skip
    os.close(theirs)
    shown, seen = "", 0
    while True:
        if not select.select([ours], [], [], 60)[0]:
            os.killpg(run.pid, signal.SIGKILL)
            raise AssertionError(f"it waits for nothing that was typed: {shown}")
        try:
            data = os.read(ours, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data.decode()
        rest = shown[seen:].rstrip(" ")
        if answers and (rest.endswith(":") or rest.endswith("]:")):
            seen = len(shown)
            answer = answers.pop(0)
            os.write(ours, (answer if answer in ("\x03", "\x04") else answer + "\n").encode())
    os.close(ours)
    return run.wait(timeout=60), shown
