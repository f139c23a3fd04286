from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simworth.report.language import Both
from simworth.report.summary import largest_m, summary_lines
from simworth.report.wording import badge, headline, percent_range, say_control, signed_percent


def documents(run: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    law, plan = (json.loads((run / f"{k}.json").read_text(encoding="utf-8")) for k in ("law", "plan"))
    return law, plan


def test_one_curve_gets_every_number(plain_run: Path) -> None:
    lines = summary_lines(*documents(plain_run))
    assert 4 <= len(lines) <= 9
    text = "\n".join(lines)
    for word in ("law", "gain", "control", "growth", "need", "worth", "2×", "10×", "α", "240 experiments"):
        assert word in text
    assert "against a random forest" in text


def test_several_curves_get_a_line_each(wide_run: Path) -> None:
    lines = summary_lines(*documents(wide_run))
    assert len(lines) == 4
    assert all("m = 80" in line for line in lines)


def test_many_curves_are_counted(wide_run: Path) -> None:
    law, plan = documents(wide_run)
    law["curves"] = [c | {"arm": f"{c['arm']} {i}"} for i in range(5) for c in law["curves"]]
    lines = summary_lines(law, plan)
    assert len(lines) == 9
    assert "12 more" in lines[-1]


def test_the_largest_m_speaks(plain_run: Path) -> None:
    law, _ = documents(plain_run)
    assert [c["m"] for c in largest_m(law["curves"])] == [240]


def test_a_curve_without_law_or_baseline(plain_run: Path) -> None:
    law, plan = documents(plain_run)
    bare = [c | {"law": None, "gain": None, "gains": []} for c in law["curves"] if not c["control"]]
    lines = summary_lines(law | {"curves": bare}, plan | {"answers": []})
    assert lines[1].strip() == bare[-1]["verdict"]["sentence"]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(-0.05, 0.02, "Control passed"), (0.03, 0.09, "Warning"), (None, None, "cannot be compared")],
)
def test_controls(low: float | None, high: float | None, said: str) -> None:
    gain = {"against": "network", "relative": {"median": 0.0, "low": low, "high": high}}
    assert said in say_control({"gains": [gain], "gain": gain}, "network").en


def test_percent() -> None:
    assert signed_percent(-0.123) == "−12 %"
    assert signed_percent(0.034) == "+3.4 %"
    assert signed_percent(-0.0001) == "0 %"
    assert percent_range(0.1, 0.25) == Both("10 to 25 %", "10〜25 %")
    assert percent_range(-0.1, 0.25) == Both("−10 to +25 %", "−10〜+25 %")


def test_a_rising_curve_is_not_told_as_an_open_question() -> None:
    assert badge("rising") == ("bad", Both("Error rises", "誤差が増加"))
    assert headline({"gain": None, "verdict": {"code": "rising"}}, 0.9).en == "The error rises as the database grows."
