"""What the page and the terminal say of a blend: the database alone, the members, and what was tried."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from simworth.learners.settings import Member
from simworth.report.database import say_database
from simworth.report.drawn import curve_data
from simworth.report.folder import RunFolder, read_folder
from simworth.report.lawplot import law_picture
from simworth.report.members import MEMBERS, compared, members_table, rival, say_member, tried
from simworth.report.page import render
from simworth.report.summary import summary_lines
from simworth.report.view import target_views


@pytest.fixture(scope="module")
def run(blend_run: Path) -> RunFolder:
    return read_folder(blend_run)


@pytest.fixture(scope="module")
def curves(run: RunFolder) -> dict[str, Any]:
    """The curves by their source, without controls."""
    return {c["arm"]: c for c in run.law["curves"] if not c["control"]}


def test_verdicts_of_the_sources(curves: dict[str, Any]) -> None:
    codes = {arm: c["verdict"]["code"] for arm, c in curves.items()}
    assert codes == {"falling": "law", "level": "plateau", "useless": "no_transfer", "harmful": "harmful"}


def test_the_database_alone_is_drawn_and_told(run: RunFolder, curves: dict[str, Any]) -> None:
    entry = curves["falling"]
    picture = law_picture(entry, None, run.trials, run.metric, run.level)
    assert picture.database is not None
    assert [p["n"] for p in picture.database.points] == [p["n"] for p in entry["points"]]
    np.testing.assert_array_equal(picture.database.x, picture.x)
    assert np.interp(1500, picture.x, picture.database.median) == pytest.approx(1.4 * 1.2 * 1500**-0.35 + 0.264, 0.03)
    (view,) = target_views(run)
    assert ("database", "the database alone") in [(mark, words.en) for mark, words in view.main.legend]
    assert "The database alone: n = 100: " in view.main.alt.en
    assert "Triangles: the database alone" in str(view.main.caption)
    assert "var(--database)" in view.main.wide
    live = curve_data(run, entry)
    assert live["database"]["points"] == entry["database"]["points"]
    assert len(live["database"]["median"]) == len(live["band"]["x"])
    said = say_database(entry)
    assert said.en.startswith("alone: ")
    assert "at n = 10,000 (law: α = 0.3" in said.en
    assert say_database(curves["level"]).en == "alone: 0.36 debye at n = 10,000 (levelled off)"


def test_members_have_their_errors_and_weights(curves: dict[str, Any]) -> None:
    entry = curves["falling"]
    table = members_table(entry)
    assert table is not None
    rows = [[str(cell.text) for cell in row] for row in table.rows]
    assert len(rows) == len(entry["members"]) == 8
    assert rows[0][:2] == ["a Gaussian process", "simulations and experiments"]
    assert {row[4] for row in rows if row[1] == "simulations and experiments"} == {"—"}
    assert "What the blend is made of" not in str(members_table(entry | {"members": [], "direct_members": []}))
    assert sum(float(row[3].removesuffix(" %")) for row in rows) == pytest.approx(100, abs=2)


def test_a_gain_names_the_strongest_part_of_direct_learning(curves: dict[str, Any]) -> None:
    said = rival(curves["falling"])
    assert said.en == (
        "direct learning, the blend of models that saw the experiments alone; its strongest part: a Gaussian process"
    )
    (network,) = [curves["falling"] | {"direct_members": []}]
    assert rival(network).en == "the blend of models"


def test_negative_verdicts_say_what_was_tried(run: RunFolder, curves: dict[str, Any]) -> None:
    assert not tried(curves["falling"])
    assert not compared(curves["falling"])
    harmful = tried(curves["harmful"]).en
    for words in ("a line through the source models", "With the experiments alone: a Gaussian process", "Blended"):
        assert words in harmful
    assert "it is not one learner that fails" in harmful
    better = copy.deepcopy(curves["harmful"])
    better["members"][0]["miss"] = 0.1
    for name in ("members", "direct_members"):
        assert better[name]
    better["members"].append({"name": "line", "miss": 0.1, "weight": 0.0})
    assert "too few to tell" in tried(better).en
    assert "The database alone has levelled off too" in tried(curves["level"]).en
    falling = curves["level"] | {"database": curves["falling"]["database"]}
    assert "The database alone still improves" in tried(falling).en
    assert not tried(curves["level"] | {"members": [], "direct_members": []})
    page = render(run)
    assert "What the blend is made of" in page
    assert page.count("On unseen experiments the best member with simulations") == 3


def test_the_terminal_says_it_of_one_source(
    make_run: Callable[..., Path], settings: Any, truth: Any, tmp_path: Path
) -> None:
    s = settings(
        arms=(("useless", truth(0.0, 0.3, 0.5)),), m=(80,), sizes=(100, 300, 1500, 10000), failed=0, blend=True
    )
    run = make_run(tmp_path / "run", s)
    law, plan = (json.loads((run / f"{k}.json").read_text(encoding="utf-8")) for k in ("law", "plan"))
    lines = summary_lines(law, plan)
    assert len(lines) <= 11
    starts = [line.split()[0] for line in lines[1:5]]
    assert starts == ["law", "database", "gain", "tried"]
    assert "its strongest part" in lines[3]
    assert "What was tried" in render(read_folder(run))


def test_every_member_has_words() -> None:
    for choice in get_args(Member):
        assert any(choice in name for name in MEMBERS)
    assert say_member("direct rest of ridge mean") == say_member("rest of ridge mean")
    assert say_member("some_new member").en == "some new member"
