"""Exit codes are as docs/reference/exit-codes.md says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from simworth.cli import app as cli
from simworth.errors import InputError, SimworthError, TrialError

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md"
PROGRAM = [sys.executable, "-m", "simworth"]


def test_the_page_lists_every_code_that_there_is() -> None:
    codes = {line.split("|")[1].strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"}
    assert codes == {"`0`", "`1`", "`2`", "`130`"}


def test_success_is_0(here: Path, command: Any) -> None:
    assert command("version")[0] == 0
    assert command("--help")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("run", "absent.toml", "-o", "out"),
        ("check", "absent.toml"),
        ("fit", "absent.csv"),
        ("plan", "absent.json"),
        ("report", "absent"),
        ("init", "absent.csv", "source.csv"),
        ("describe", "absent.csv"),
        ("overlap", "absent.csv"),
        ("tables", "absent"),
        ("predict", "absent", "candidates.csv"),
        ("nonsense",),
        ("run",),
        ("run", "study.toml", "-o", "out", "--workers", "none"),
        ("plan", "law.json", "--error", "small"),
        ("check", "study.toml", "--nonsense"),
    ],
)
def test_bad_input_and_bad_usage_are_2(here: Path, command: Any, words: tuple[str, ...]) -> None:
    code, out, err = command(*words)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "out", "match"),
    [
        (("fit", "source.csv"), "source.csv", "is the file that is read"),
        (("plan", "law.json"), "./law.json", "is the file that is read"),
        (("report", "."), "law.json", "is the place of a part of"),
        (("report", "."), "model/card.json", "is the place of a part of"),
        (("report", "."), "source.csv/page.html", "is a file and no folder"),
        (("init", "target.csv", "source.csv", "--force"), ".", "is a folder"),
        (("predict", ".", "source.csv"), "trials/00000.parquet", "is the place of a part of"),
    ],
)
def test_an_output_that_cannot_be_is_told_before_work(
    here: Path, command: Any, words: tuple[str, ...], out: str, match: str
) -> None:
    (here / "law.json").write_text("{}")
    kept = {path.name: path.read_bytes() for path in here.iterdir()}
    code, said, err = command(*words, "-o", out)
    assert (code, said, len(err.splitlines())) == (2, "", 1)
    assert match in err
    assert {path.name: path.read_bytes() for path in here.iterdir()} == kept


@pytest.mark.parametrize(
    ("error", "code"),
    [(SimworthError("x"), 1), (TrialError("x"), 1), (InputError("x"), 2), (OSError(28, "No space left on device"), 2)],
)
def test_an_error_made_on_purpose_has_its_code_and_one_line(
    error: Exception, code: int, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(line: str) -> None:
        raise error

    monkeypatch.setattr(cli, "say", stop)
    found, out, err = command("version")
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert err.startswith("simworth: ")


def test_an_interrupt_is_130_everywhere(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "say", stop)
    assert command("version")[0] == 130


def test_ctrl_c_during_a_run_says_what_is_kept(here: Path) -> None:
    text = (here / "study.toml").read_text().replace("replicates = 2", "replicates = 400")
    (here / "study.toml").write_text(text)
    run = subprocess.Popen(
        [*PROGRAM, "run", "study.toml", "-o", "out", "-w", "1"], cwd=here, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("trials:"):
            break
    time.sleep(0.2)
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Interrupted; what is finished is kept in out. The same command continues." in err
    assert "Traceback" not in err
    assert "\r" not in err


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    line = f"{sys.executable} -m simworth get 2>&1 >&3 | cat; exit ${{PIPESTATUS[0]}}"
    read, write = os.pipe()
    os.close(read)
    found = subprocess.run(
        ["bash", "-c", line.replace(">&3", f">&{write}")],
        pass_fds=(write,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(write)
    assert found.returncode in (0, 1)
    assert "Traceback" not in found.stdout + found.stderr
