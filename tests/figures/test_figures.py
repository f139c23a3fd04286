from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.image import imread

from simworth.errors import InputError
from simworth.figures.look import WIDTHS, look_of
from simworth.figures.make import Figures, draw_figures
from simworth.figures.picture import FORMATS
from simworth.inference.written import law_of
from simworth.planning.budget import budget
from simworth.planning.costs import Costs
from simworth.planning.isoline import equal_m, isoline
from simworth.report.folder import read_folder
from simworth.report.parity import parities

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
COSTS = Costs(1.0, 100.0, 20_000.0)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(r[name]) for r in rows])


def json_of(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def drawn(plain_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, Path]:
    out = tmp_path_factory.mktemp("figures")
    return draw_figures(plain_run, out, costs=COSTS), out


def test_every_format_exists_with_its_numbers(drawn: tuple[Figures, Path]) -> None:
    made, out = drawn
    assert [d.kind for d in made.drawn] == ["law", "grid", "isolines", "budget", "parity"]
    for d in made.drawn:
        assert [p.suffix for p in d.files] == [".svg", ".pdf", ".png", ".csv"]
        for kind, path in zip(FORMATS, d.files, strict=False):
            assert path.read_bytes().startswith(STARTS[kind])
        assert rows_of(d.files[-1])
    assert {p.name for p in out.iterdir()} == {p.name for d in made.drawn for p in d.files} | {"captions.txt"}
    assert [g.kind for g in made.left_out] == ["ranking"]
    captions = made.captions.read_text(encoding="utf-8")
    assert all(d.caption in captions for d in made.drawn)


def test_fonts_are_embedded_as_true_type(drawn: tuple[Figures, Path]) -> None:
    pdf = (drawn[1] / "law.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


@pytest.mark.parametrize("width", ["single", "slide", "120"])
def test_widths_are_true(plain_run: Path, tmp_path: Path, width: str) -> None:
    draw_figures(plain_run, tmp_path, formats=("png",), width=width, kinds=("law",))
    look = look_of(width, "en")
    for path in tmp_path.glob("*.png"):
        pixels = imread(path).shape
        assert pixels[1] == pytest.approx(look.width / 25.4 * look.dots, abs=1)
        assert pixels[0] <= look.tallest / 25.4 * look.dots + 1


def test_law_numbers_are_those_of_the_law(plain_run: Path, drawn: tuple[Figures, Path]) -> None:
    document = json_of(plain_run / "law.json")
    entry = next(c for c in document["curves"] if c["m"] == 240 and not c["control"])
    rows = rows_of(drawn[1] / "law.csv")
    of = {what: [r for r in rows if r["what"] == what] for what in ("mean", "direct", "limit", "law", "replicate")}
    assert column(of["mean"], "error").tolist() == [p["mean"] for p in entry["points"]]
    assert column(of["mean"], "high").tolist() == [p["high"] for p in entry["points"]]
    assert [(r["of"], float(r["error"])) for r in of["direct"]] == [(d["learner"], d["mean"]) for d in entry["direct"]]
    assert float(of["limit"][0]["error"]) == entry["law"]["parameters"]["C"]["median"]
    law = law_of(entry, document["level"])
    assert law is not None
    low, high = law.predict(column(of["law"], "n")).interval()
    np.testing.assert_array_equal(column(of["law"], "low"), low)
    np.testing.assert_array_equal(column(of["law"], "high"), high)
    assert len(of["replicate"]) == sum(p["replicates"] for p in entry["points"])


def test_grid_has_every_m(plain_run: Path, drawn: tuple[Figures, Path]) -> None:
    rows = rows_of(drawn[1] / "grid.csv")
    assert {r["m"] for r in rows} == {"60", "240"}
    law = [r for r in rows if r["m"] == "240"]
    assert law == rows_of(drawn[1] / "law.csv")


def joint(run: Path) -> Any:
    document = json_of(run / "law.json")
    law = law_of(next(c for c in document["joint"] if not c["control"]), document["level"])
    assert law is not None
    return law


def test_isolines_are_those_of_the_plan(plain_run: Path, drawn: tuple[Figures, Path]) -> None:
    law, rows = joint(plain_run), rows_of(drawn[1] / "isolines.csv")
    now = [r for r in rows if r["what"] == "now"]
    wanted = isoline(law, grid=column(now, "n").tolist()).values
    for name in ("m", "low", "high"):
        expected = [getattr(v, "median" if name == "m" else name) for v in wanted.values()]
        assert column(now, name).tolist() == expected
    row = [r for r in rows if r["what"] == "level"][10]
    draws = equal_m(law, float(row["n"]), np.full(len(law.draw_form), float(row["error"])), 240.0)
    assert float(row["m"]) == np.quantile(draws, 0.5, method="inverted_cdf")


def test_budget_plane_is_that_of_the_plan(plain_run: Path, drawn: tuple[Figures, Path]) -> None:
    law, rows = joint(plain_run), rows_of(drawn[1] / "budget.csv")
    for r in (r for r in rows if r["what"] == "best"):
        answer = budget(law, 1.0, 100.0, float(r["budget"]))
        assert [float(r[k]) for k in ("share", "n", "m")] == [answer.expected[k] for k in ("share", "n", "m")]
        assert (float(r["low"]), float(r["high"])) == (answer.values["error"].low, answer.values["error"].high)
    ways = [r for r in rows if r["what"] == "split"]
    best = next(r for r in rows if r["what"] == "best" and float(r["budget"]) == 20_000.0)
    assert column(ways, "error").min() == pytest.approx(float(best["error"]))
    spot = [r for r in rows if r["what"] == "surface"][77]
    assert float(spot["error"]) == pytest.approx(law.curve([float(spot["n"])], [float(spot["m"])]).mean())


def test_parity_has_the_mean_predictions(plain_run: Path, drawn: tuple[Figures, Path]) -> None:
    run, rows = read_folder(plain_run), rows_of(drawn[1] / "parity.csv")
    entry = next(c for c in run.law["curves"] if c["m"] == 240 and not c["control"])
    shown = parities(run.trials, entry, run.truths["dipole moment"])
    for way, picture in zip(("direct", "transfer"), shown, strict=True):
        mine = [r for r in rows if r["what"] == way]
        assert column(mine, "measured").tolist() == picture.measured.tolist()
        assert column(mine, "predicted").tolist() == picture.predicted.tolist()


def test_equal_runs_are_equal_files(plain_run: Path, drawn: tuple[Figures, Path], tmp_path: Path) -> None:
    draw_figures(plain_run, tmp_path, formats=("pdf", "png", "svg"), costs=COSTS, kinds=("law", "budget"))
    again = [p for p in tmp_path.iterdir() if p.name != "captions.txt"]
    assert len(again) == 8
    for path in again:
        assert (drawn[1] / path.name).read_bytes() == path.read_bytes(), path.name


def test_hostile_names_and_one_m(wide_run: Path, tmp_path: Path) -> None:
    made = draw_figures(wide_run, tmp_path, formats=("svg",))
    kinds = [d.kind for d in made.drawn]
    assert kinds.count("law") == kinds.count("parity") == 4
    assert kinds.count("grid") == kinds.count("ranking") == 2
    assert {(g.kind, g.why) for g in made.left_out} == {
        (kind, "the run is at one number of experiments m; it needs two or more") for kind in ("isolines", "budget")
    }
    for path in tmp_path.iterdir():
        assert path.name.isascii()
        assert not set(path.name) & set("<>'\" /&")
        if path.suffix == ".svg":
            assert b"<script" not in path.read_bytes()


def test_ranking_is_that_of_the_plan(wide_run: Path, tmp_path: Path) -> None:
    made = draw_figures(wide_run, tmp_path, formats=("svg",), kinds=("ranking",))
    path = next(d.files[-1] for d in made.drawn if d.kind == "ranking")
    rows = rows_of(path)
    plan = json_of(wide_run / "plan.json")
    answer = next(a for a in plan["answers"] if a["question"] == "ranking_limit" and a["target"] == rows[0]["target"])
    for r in (r for r in rows if r["question"] == "ranking_limit"):
        value = answer["values"][f"error {r['source']}"]
        assert [float(r[k]) for k in ("error", "low", "high")] == [value[k] for k in ("median", "low", "high")]
        assert float(r["best"]) == answer["probabilities"][f"best {r['source']}"]


def test_names_that_formats_cannot_hold(
    make_run: Callable[..., Path], settings: Callable[..., Any], tmp_path: Path
) -> None:
    target = "=HYPERLINK($x$) \u202e\x07" + "very " * 60
    run = make_run(tmp_path / "run", settings(targets=(target,), m=(60,), sizes=(100, 300), unit="1", control=False))
    made = draw_figures(run, tmp_path / "out", formats=("svg", "pdf"))
    assert [d.kind for d in made.drawn] == ["law", "parity"]
    assert {(g.kind, g.why.partition(";")[0].partition(",")[0]) for g in made.left_out} == {
        ("grid", "there is one curve only"),
        ("isolines", "the run is at one number of experiments m"),
        ("budget", "the run is at one number of experiments m"),
        ("ranking", "there is one source only"),
    }
    cells = (tmp_path / "out" / "law.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert all(line.startswith(("'=", "\"'=")) for line in cells)
    assert not [r for r in rows_of(tmp_path / "out" / "law.csv") if r["what"] == "law"]  # two sizes are no law


def test_without_costs_the_plane_is_left_out(plain_run: Path, tmp_path: Path) -> None:
    made = draw_figures(plain_run, tmp_path, formats=("svg",), kinds=("budget",))
    assert {g.kind: g.why for g in made.left_out}["budget"].startswith("the costs are not known; give the cost")
    assert not (tmp_path / "budget.svg").exists()


def test_refusals(plain_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="name a folder"):
        draw_figures(plain_run, tmp_path / "file")
    for bad in ("wide", "10", "nan", "1000"):
        with pytest.raises(InputError, match="single, double, slide, or millimetres"):
            draw_figures(plain_run, tmp_path, width=bad)
    with pytest.raises(InputError, match="svg, pdf, png"):
        draw_figures(plain_run, tmp_path, formats=("gif",))
    with pytest.raises(InputError, match="law, grid, isolines, budget, ranking, parity"):
        draw_figures(plain_run, tmp_path, kinds=("laws",))
    with pytest.raises(InputError, match="use one of en, ja"):
        draw_figures(plain_run, tmp_path, language="fr")
    monkeypatch.setattr(font_manager, "get_font_names", lambda: ["DejaVu Sans"])
    with pytest.raises(InputError, match="no font with Japanese characters"):
        draw_figures(plain_run, tmp_path, language="ja")


def test_legends_fit() -> None:
    labels = ["same error as now, 90 % band", "other errors", "sizes measured", "present point"]
    assert WIDTHS["double"].columns(labels) == 4
    assert 1 <= WIDTHS["single"].columns(labels) < 4
