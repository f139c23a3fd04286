from __future__ import annotations

import io

import pytest
from rich.console import Console

from simworth.cli import lines
from simworth.cli.lines import Clock, Line, say_time
from simworth.cli.progress import CampaignProgress


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; its one number is the time."""
    now = [1000.0]
    monkeypatch.setattr(lines.time, "monotonic", lambda: now[0])
    return now


def test_a_log_is_calm(time: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Line() as line:
        for i in range(100):
            line.show(f"{i} of 100")
            time[0] += 1
        line.show("100 of 100", always=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["0 of 100", "21 of 100", "42 of 100", "63 of 100", "84 of 100", "100 of 100"]
    assert "\r" not in err
    assert "\x1b" not in err


def test_a_long_line_and_brackets_are_not_touched(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]" + 500 * "x" + "/home/someone[1]"
    with Line() as line:
        line.show(text)
    assert capsys.readouterr().err == text + "\n"


def test_a_terminal_is_alive_and_left_clean() -> None:
    shown = io.StringIO()
    with Line() as line:
        line.console = Console(file=shown, force_terminal=True, width=40)
        line._live.console = line.console
        line._live.start()
        line.show("1 of 2")
        line.show("2 of 2 " + 100 * "x")
    assert "2 of 2" in shown.getvalue()
    assert "…" in shown.getvalue()
    assert shown.getvalue().rstrip().endswith("\x1b[2K")  # what was shown is erased


def test_time_left_counts_from_where_this_run_began(time: list[float]) -> None:
    clock = Clock()
    assert clock.left(50, 100) == ""
    time[0] += 10
    assert clock.left(60, 100) == ", about 40 s left"
    time[0] += 600
    assert clock.left(61, 100) == ", about 36 min left"
    assert clock.left(61, None) == ""
    assert clock.left(100, 100) == ""
    assert clock.left(3, 100) == ""  # begun anew


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (9e4, "25 h")])
def test_times_are_said_as_people_do(seconds: float, said: str) -> None:
    assert say_time(seconds) == said


def test_a_campaign_says_its_first_and_its_last_part(capsys: pytest.CaptureFixture[str]) -> None:
    with CampaignProgress() as progress:
        for done in range(9):
            progress(done, 8)
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == [
        "0 of 8 parts computed",
        "8 of 8 parts computed",
    ]
