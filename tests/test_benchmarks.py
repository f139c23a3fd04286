"""The benchmark's loaders, fits and scores do what they say, on made-up data."""

from __future__ import annotations

import gzip
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package

from benchmarks.laws import (  # noqa: E402
    __main__,
    methods,
    part_curves,
    part_grid,
    part_need,
    part_rounds,
    peers,
    plain,
    published,
    scores,
    suites,
    tables,
)
from benchmarks.laws.context import Context  # noqa: E402

from simworth.errors import InputError  # noqa: E402

SIZES = 100 * 2.0 ** np.arange(9)
FITTED = SIZES[:6]


def falling(n: np.ndarray, D: float = 3.0, alpha: float = 0.4, C: float = 0.1) -> np.ndarray:
    return D * n**-alpha + C


def write_csv(path: Path, heads: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([heads, *rows]) + "\n"
    if path.suffix == ".gz":
        with gzip.open(path, "wt") as file:
            file.write(text)
    else:
        path.write_text(text)


@pytest.fixture
def curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like the public one, with a few made-up curves."""
    folder = tmp_path / "curves"
    nsl = "Domain,Task,Model,Seen Examples,Loss,Training"
    for file, domain in (("vision", "IC"), ("lang", "LM")):
        rows = [f"{domain},t,m,{n},{falling(n)},{int(n <= FITTED[-1])}" for n in SIZES[::-1]]
        write_csv(folder / "revisiting_nsl" / f"benchmark.{file}.csv", nsl, rows)
    heads = "n_pretrain,pscale,ptask,fdata,finetune_percent,ftask,model,pdata,error_last,kind"
    rows = []
    for share in (1, 2, 4, 16, 32, 100):
        name = f"64k,mulclass,imagenet,{share},sinclass,r50,bop"
        rows += [f"{n},{name},{0.3 * share**-0.2 + n**-0.3},synthetic" for n in 1000 * 2.0 ** np.arange(7)]
        rows += [f"0,{name},0.9,scratch", f",{name},0.5,synthetic"]
    write_csv(folder / "mikami_syn2real" / "tidy_transfer_curves.csv", heads, rows)
    for task in ("flan", "gigaword", "wmt19"):
        heads = "config name,0," + ",".join(f"{n:.0f}" for n in SIZES) + ",size,family"
        rows = ["a,9," + ",".join(str(falling(n)) for n in SIZES) + ",1,T5"]
        write_csv(folder / "rectified_sft" / f"{task}.csv", heads, rows)
    rows = [f"{d},tree,{n:.0f},{falling(n)},0,0" for d in range(1, 30) for n in 16 * 2 ** (np.arange(28) / 2)]
    rows += [f"99,tree,{n},{0 if n > 50 else 0.1},0,0" for n in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)]
    write_csv(folder / "lcdb11" / "lcdb11_error_rate.csv.gz", "openml_id,learner,n_train,test_error,a,b", rows)
    monkeypatch.setenv("SIMWORTH_SHARED", str(tmp_path))
    return folder


@pytest.mark.usefixtures("curves")
def test_curves_are_split_as_the_suites_say() -> None:
    nsl = suites.load("revisiting_nsl")
    assert [s.domain for s in nsl] == ["IC", "LM"]
    assert all(np.array_equal(s.n, FITTED) and np.array_equal(s.n_ahead, SIZES[6:]) for s in nsl)
    transfer = suites.load("mikami_syn2real")
    assert len(transfer) == 6
    assert all(len(s.n) == 4 and s.n_ahead[-1] == 8 * s.n[-1] for s in transfer)
    tuned = suites.load("rectified_sft")
    assert [s.domain for s in tuned] == ["flan", "gigaword", "wmt19"]
    assert all(np.array_equal(s.n, FITTED) for s in tuned)


@pytest.mark.usefixtures("curves")
def test_lcdb_is_thinned_sampled_and_kept_apart() -> None:
    open_, held = suites.load("lcdb11"), suites.load("lcdb11_held")
    names = {s.name for s in open_}, {s.name for s in held}
    assert names[0].isdisjoint(names[1])
    assert len(names[0] | names[1]) == 29  # the curve with errors of zero is left out
    assert all(suites.is_held(s.name.split()[0]) for s in held)
    for split in open_:
        ratio = split.sizes[1:] / split.sizes[:-1]
        assert ratio == pytest.approx(2, rel=0.05)
        assert split.n.max() <= split.sizes.max() / 8 * suites.SLACK
    few, more = suites.sample(open_, 3, "x"), suites.sample(open_, 6, "x")
    assert {s.name for s in few} <= {s.name for s in more}


def test_a_missing_folder_and_unknown_names_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIMWORTH_SHARED", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="SIMWORTH_SHARED"):
        suites.load("revisiting_nsl")
    with pytest.raises(InputError, match="no suite"):
        suites.load("nothing")
    with pytest.raises(InputError, match="no method"):
        methods.chosen(["nothing"])


def test_scores_of_known_forecasts() -> None:
    observed = np.array([1.0, 2.0])
    assert scores.rmsle(observed * math.e, observed, 1.0) == pytest.approx(1.0)
    assert scores.rmsle(np.array([-1.0]), np.array([1e-3]), 1.0) == 0.0  # the floor
    low, high = np.array([0.5, 2.5]), np.array([1.5, 3.0])
    assert scores.coverage(low, high, observed) == 0.5
    assert scores.width(low, high, observed) == pytest.approx(np.median([1.0, 0.25]))


def test_summaries_compare_with_the_last_value() -> None:
    base = [scores.Score("s", "", c, "last value", e, seconds=1.0) for c, e in (("a", 0.2), ("b", 0.4))]
    other = [
        scores.Score("s", "", "a", "x", 0.1, log_likelihood=1.0, coverage=1.0, width=0.5, seconds=1.0),
        scores.Score("s", "", "b", "x", 0.5, log_likelihood=3.0, coverage=0.0, width=0.7, seconds=3.0, failed="why"),
    ]
    last, x = scores.summarise([*base, *other])
    assert (last.skill, last.better, last.log_likelihood) == (0.0, 0.0, None)
    assert x.rmsle == pytest.approx(0.3)
    assert (x.skill, x.better, x.failures) == (pytest.approx(0.0), 0.5, 1)
    assert (x.log_likelihood, x.median_log_likelihood) == (2.0, 2.0)
    assert (x.coverage, x.width) == (0.5, pytest.approx(0.6))
    assert (x.median_seconds, x.mean_seconds) == (2.0, 2.0)


@pytest.mark.parametrize("fit", [published.m2, published.broken, plain.least_squares])
def test_forms_recover_a_law_with_a_limit(fit: object) -> None:
    assert fit(FITTED, falling(FITTED))(SIZES) == pytest.approx(falling(SIZES), rel=0.02)  # type: ignore[operator]


def test_curve_fit_recovers_a_law_near_its_default_start() -> None:
    assert plain.default_curve_fit(SIZES / 100, falling(SIZES / 100))(SIZES) == pytest.approx(falling(SIZES), rel=1e-4)


@pytest.mark.parametrize("fit", [published.m1, published.m2, published.m3, published.m4])
def test_forms_recover_a_power_law(fit: object) -> None:
    pure = falling(SIZES, C=0.0)
    assert fit(FITTED, pure[:6])(SIZES) == pytest.approx(pure, rel=0.02)  # type: ignore[operator]


def test_least_squares_is_never_negative_and_exact_on_its_supports() -> None:
    rising = plain.least_squares(FITTED, 1 / falling(FITTED))
    assert rising.D == 0
    assert pytest.approx(np.mean(1 / falling(FITTED))) == rising.C
    pure = plain.least_squares(FITTED, falling(FITTED, C=0.0))
    assert pytest.approx(0.0, abs=1e-4) == pure.C
    assert pure.alpha == pytest.approx(0.4, rel=1e-3)


def test_the_bootstrap_is_repeatable_and_surrounds_the_fit() -> None:
    noisy = falling(FITTED) * (1 + 0.02 * (-1.0) ** np.arange(6))
    one, two = (methods.METHODS["NNLS bootstrap"].fit(FITTED, noisy) for _ in range(2))
    assert one.interval is not None
    assert two.interval is not None
    low, high = one.interval(SIZES)
    assert np.array_equal(low, two.interval(SIZES)[0])
    assert np.all((low <= one.forecast(SIZES)) & (one.forecast(SIZES) <= high))


def test_the_mixture_density_is_that_of_a_gaussian() -> None:
    fit = methods.mixture(lambda n: n, lambda n: np.zeros((50, len(n))), lambda c: np.full_like(c, 2.0))
    assert fit.log_density is not None
    assert fit.interval is not None
    assert fit.log_density(np.ones(1), np.zeros(1))[0] == pytest.approx(-math.log(2 * math.sqrt(2 * math.pi)))
    assert fit.interval(np.ones(1))[1][0] == pytest.approx(2 * 1.6449, rel=0.05)


def test_a_failure_is_counted_and_scored_as_the_last_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(n: np.ndarray, error: np.ndarray) -> methods.Fit:
        raise RuntimeError("no luck")

    monkeypatch.setattr(methods, "METHODS", methods.METHODS)
    monkeypatch.setitem(methods.METHODS, "broken law", methods.Method("broken law", fail, ""))  # type: ignore[misc]
    split = suites.split_at("s", "", "c", SIZES, falling(SIZES), FITTED[-1])
    bad, last = part_curves.score(split, "broken law"), part_curves.score(split, "last value")
    assert bad.failed == "RuntimeError: no luck"
    assert bad.rmsle == last.rmsle
    assert bad.coverage is None


def test_need_asks_for_the_size_that_the_curve_reached() -> None:
    split = suites.split_at("s", "", "c", SIZES, falling(SIZES), FITTED[-1])
    target, truth = part_need.question(split) or (0.0, 0.0)
    assert truth == pytest.approx(SIZES[-2])
    answer = methods.size_needed(methods.METHODS["NNLS"].fit(split.n, split.error), target, SIZES[-1])
    assert answer == pytest.approx(truth, rel=0.02)
    assert part_need.first_reached(SIZES, falling(SIZES), 0.01) == math.inf
    flat = suites.split_at("s", "", "c", SIZES, np.ones(9), FITTED[-1])
    assert part_need.question(flat) is None
    judged = part_need.judge("x", np.array([1.0, 1.9, 4.0, math.inf, math.nan]))
    assert (judged.within, judged.never, judged.failures) == (0.4, 0.2, 1)


def test_rounds_stop_at_the_target_and_at_the_end_of_the_curve() -> None:
    split = suites.split_at("s", "", "c", 10 * 2.0 ** np.arange(12), falling(10 * 2.0 ** np.arange(12)), 1000)
    doubled = part_rounds.play(split, "doubling", part_rounds.steps(())["doubling"])
    assert doubled is not None
    assert doubled.reached
    assert 1 <= doubled.ratio <= 2
    wild = part_rounds.play(split, "wild", lambda n, error, target, now, number: math.inf)
    assert wild is not None
    assert (wild.reached, wild.rounds) == (True, 1)
    assert wild.ratio == pytest.approx(part_rounds.GOAL, rel=0.05)
    shy = part_rounds.play(split, "shy", lambda n, error, target, now, number: 0.0)
    assert shy is not None
    assert (shy.reached, shy.rounds) == (False, part_rounds.ROUNDS)


@pytest.mark.usefixtures("curves")
def test_the_grid_is_split_in_n_and_in_m() -> None:
    grid = part_grid.load()
    assert len(grid.n) == 7 * 6
    by_n, by_m = part_grid.splits(grid).values()
    assert grid.n[by_n].max() == grid.n.max() / 8
    assert grid.m[by_m].max() == pytest.approx(0.16 * part_grid.IMAGENET)
    last = part_grid.last_value(grid.where(by_n), grid.where(~by_n))
    assert last[0] == grid.error[by_n & (grid.m == grid.m[~by_n][0])].min()


def test_a_joint_form_recovers_itself() -> None:
    n, m = (v.ravel() for v in np.meshgrid(1000 * 2.0 ** np.arange(5), 100 * 3.0 ** np.arange(5)))
    grid = part_grid.Grid(n, m, (2 * n**-0.3 + 0.4) * m**-0.25)
    forecast = part_grid.fit_form(part_grid.FORMS["product, E = 0"], grid)
    assert forecast(2 * n, 2 * m) == pytest.approx((2 * (2 * n) ** -0.3 + 0.4) * (2 * m) ** -0.25, rel=0.01)


def test_tables_align_and_show_what_is_missing() -> None:
    text = tables.table(("a", "b"), [["x", tables.show(None)], ["yy", tables.show(1.234, "{:.1f}")]])
    assert text.splitlines() == ["| a   |   b |", "|-----|----:|", "| x   |   - |", "| yy  | 1.2 |"]
    assert tables.show(math.nan) == "-"


def test_absent_peers_are_named() -> None:
    for peer in peers.PEERS:
        assert (peer.name in methods.METHODS) != (peer.name in peers.absent())
    assert "absent" in peers.absent()["lcpfn"]
    assert __main__.plain({"a": [math.inf, 1.0]}) == {"a": [None, 1.0]}


@pytest.mark.usefixtures("curves")
def test_parts_print_and_return_figures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    context = Context(None, ("M1", "NNLS bootstrap", "simworth"), ("rectified_sft",), quick=True)
    figures = part_curves.run(context)
    needs = part_need.run(context)
    shown = capsys.readouterr().out
    assert "IN-SAMPLE" in shown
    assert "lcpfn: absent" in shown
    summary = {s["method"]: s for s in figures["rectified_sft"]["all"]}
    assert list(summary) == ["last value", "M1", "NNLS bootstrap", "simworth"]
    assert summary["simworth"]["rmsle"] < summary["last value"]["rmsle"]
    assert summary["M1"]["coverage"] is None
    assert [n["method"] for n in needs["rectified_sft"]] == ["M1", "simworth"]
    saved = tmp_path / "out.json"
    __main__._save({"curves": figures, "need": needs}, saved)
    assert json.loads(saved.read_text())["curves"]["rectified_sft"]["all"][0]["method"] == "last value"
    __main__._save({}, None)


ORACLE = Path(os.environ.get("SIMWORTH_SHARED", ROOT.parent / "shared")) / "curves" / "revisiting_nsl"


@pytest.mark.shared
@pytest.mark.skipif(not ORACLE.is_dir(), reason="the public curves are not there")
def test_m1_to_m4_agree_with_the_authors_own_code() -> None:
    rows = suites.read(ORACLE / "reproduced_m1_m4_rmsle.csv")
    theirs = {(r["Domain"], f"{r['Task']} {r['Model']}", r["method"]): float(r["rmsle"]) for r in rows}
    ours = {"M1": published.m1, "M2": published.m2, "M3": published.m3, "M4": published.m4}
    splits = [s for s in suites.revisiting_nsl(ORACLE.parent) if s.domain in ("NMT", "LM")]
    assert len(splits) == 10
    for split in splits:
        for name, fit in ours.items():
            own = scores.rmsle(fit(split.n, split.error)(split.n_ahead), split.error_ahead, split.error.min())
            assert own == pytest.approx(theirs[split.domain, split.name, name], abs=1e-3), (split.name, name)
