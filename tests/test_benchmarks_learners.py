"""The benchmark of learners counts and compares as it says, on made-up data."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # benchmarks/ is not part of the package

from benchmarks.learners import (  # noqa: E402
    __main__,
    part_speed,
    precision,
    sklearn_peer,
    speed_report,
    sweep_share,
    torch_peer,
    trials,
    tunings,
)
from benchmarks.learners.context import Context  # noqa: E402
from benchmarks.learners.speed_report import Machine, Record, Study  # noqa: E402
from benchmarks.learners.trials import Data, Spent, Task  # noqa: E402

from simworth.learners.settings import NetworkSpec  # noqa: E402

SPEC = NetworkSpec(hidden=(8,), least_steps=50, most_steps=60, tuning_steps=20)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with small made-up arrays."""
    monkeypatch.setattr(trials, "FEATURES", 10)
    monkeypatch.setattr(trials, "ASKED", 15)
    for peer in (torch_peer, sklearn_peer):
        monkeypatch.setattr(peer, "ASKED", 15)
    trials.keep(trials.made_up(120, 60), tmp_path)
    return str(tmp_path)


def plain_spent(replicates: int, pretrain: float, tune: dict[int, float]) -> Spent:
    return Spent(replicates, [pretrain, pretrain], {m: [t, t] for m, t in tune.items()}, dict.fromkeys(tune, 0.1))


def test_every_engine_does_the_same_trials(kept: str) -> None:
    task = Task(kept, SPEC, 100, (20,), (0, 1))
    ways = [trials.by_simworth, sklearn_peer.by_sklearn]
    if not torch_peer.absent():
        ways.append(lambda t: torch_peer.by_torch(t, torch_peer.TorchWay(1, True)))
    spread = float(np.abs(trials.load(kept).measured).mean())
    for way in ways:
        spent = way(task)
        assert spent.replicates == 2
        assert set(spent.tune) == set(spent.mae) == {20}
        assert min(spent.pretrain) > 0
        assert all(min(t) > 0 for t in spent.tune.values())
        assert all(0 < error < 2 * spread for error in spent.mae.values())


def test_scikit_learn_takes_as_many_steps_as_asked(kept: str) -> None:
    from sklearn.neural_network import MLPRegressor

    data = trials.load(kept)
    model = MLPRegressor(hidden_layer_sizes=(4,), batch_size=10)
    sklearn_peer._descend(model, data.source, data.computed, np.arange(120) % 70, 10)
    assert model._optimizer.t == 12


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_torch_network_has_the_layers_of_the_spec() -> None:
    shapes = [tuple(p.shape) for p in torch_peer.network(10, (8, 4)).parameters() if p.ndim == 2]
    assert shapes == [(8, 10), (4, 8), (1, 4)]


def test_rows_are_the_same_for_all_engines_and_nested() -> None:
    assert np.array_equal(trials.source_rows(3, 50), trials.source_rows(3, 50))
    assert sorted(trials.source_rows(3, 50)) == list(range(50))
    assert not np.array_equal(trials.target_rows(0, 50), trials.target_rows(1, 50))


def test_standardised_rows_have_unit_spread_and_constants_are_silent() -> None:
    rows = np.array([[1, 5], [3, 5], [5, 5]], dtype=np.float32)
    done = trials.Standard.of(rows).apply(rows)
    assert done[:, 0].std() == pytest.approx(1)
    assert np.all(done[:, 1] == 0)


def test_operations_are_six_a_weight_less_the_unused_gradient() -> None:
    spec = NetworkSpec(hidden=(3, 2))
    assert speed_report.operations(spec, 5, False) == 6 * (15 + 6 + 2)
    assert speed_report.operations(spec, 5, True) == 6 * (15 + 6 + 2) - 2 * 15


def test_rates_add_over_processes_and_average_over_processors() -> None:
    record = Record(0, "a", 300, "simworth, 4 lanes", 0.0, (plain_spent(4, 1, {50: 1}), plain_spent(4, 3, {50: 1})))
    assert record.rate(50, 0) == pytest.approx(4 / 2 + 4 / 4)
    assert record.rate(50, 1) == pytest.approx(8 / 6)
    assert record.seconds(0) == pytest.approx(1 / 3)
    assert record.step_rate(None, 1e9, 0) == pytest.approx(4 / 1 + 4 / 3)
    assert record.step_rate(50, 1e9, 1) == pytest.approx(4)


def test_a_report_compares_with_the_best_way_of_each_peer(capsys: pytest.CaptureFixture[str]) -> None:
    study = Study({"a": NetworkSpec(hidden=(3,))}, (300,), (50,), (), (64,), 5, {"a": (2.0, 1.0)})
    seconds = {"simworth, 4 lanes": 1, "torch, 2 processes": 4, "torch, 2 threads": 8, "scikit-learn, 2 processes": 16}
    records = [
        Record(i, "a", 300, e, 1.0, (plain_spent(1, s / 2, {50: s / 2}),)) for e, s in seconds.items() for i in (0, 1)
    ]
    figures = speed_report.report(study, records, [Machine(i, 64, 10.0, 5.0, 1.0) for i in (0, 1)])
    (line,) = figures["trials"]
    assert line["over torch"] == [pytest.approx(4), pytest.approx(4)]
    assert line["over scikit-learn"] == [pytest.approx(16), pytest.approx(16)]
    whole = figures["sweep_of_trials"][0]["seconds"]["simworth, 4 lanes"]
    assert whole == {"training": pytest.approx(16), "compiling": 2.0}
    work = 150 * 64 * 6 * 18 / 1e9
    assert figures["share"][0]["share"][0] == pytest.approx(work / 0.5 / 10)
    assert "over the best" in capsys.readouterr().out


def test_the_parts_of_a_run_add_up_to_it() -> None:
    notes = [
        {"start": 4.0, "end": 8.0, "network": 3.0, "baselines": 0.5},
        {"start": 5.0, "end": 7.0, "network": 1.0, "baselines": 0.0},
    ]
    found = sweep_share.breakdown(notes, 2, 0.0, 3.0, 10.0)
    assert sum(found["seconds"].values()) == pytest.approx(10)
    assert found["outside"] == pytest.approx(1 - 4.5 / 2 / 10)
    assert found["seconds"]["workers without work"] == pytest.approx(1)


def test_the_speed_part_runs_without_public_tables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(part_speed, "measure", _measured)
    monkeypatch.setattr(part_speed, "measure_sweep", lambda context: {})
    cells = [precision.Cell(n, m, 1.0, 0.04, 0.08) for n in (300, 1000) for m in (50, 100)]
    monkeypatch.setattr(part_speed.precision, "variances", lambda *a: cells)
    monkeypatch.setattr(part_speed, "made_up", lambda *a: Data(*(np.zeros((1, 1)),) * 4))
    monkeypatch.setattr(part_speed.torch_peer, "absent", lambda: "not installed")
    figures = part_speed.run(Context(2, None, True))
    said = capsys.readouterr().out
    assert "torch: not installed" in said
    assert "public tables are absent" in said
    assert figures["precision"][0]["ratio"] == {}
    assert figures["trials"][0]["over torch"] == pytest.approx([np.nan] * 2, nan_ok=True)
    json.dumps(__main__.plain(figures))


def _measured(study: Study, *rest: object) -> tuple[list[Record], list[Machine]]:
    study.compile["8"] = (1.0, 1.0)
    return [_record(300), _record(1000)], [Machine(0, 128, 10.0, 5.0, 1.0)]


def _record(n: int) -> Record:
    return Record(0, "8", n, "simworth, 2 lanes", 1.0, (plain_spent(2, 1, {50: 1, 100: 1}),))


def test_an_equally_precise_sweep_pretrains_less(capsys: pytest.CaptureFixture[str]) -> None:
    """Two tunings at m = 50: 16 replicates are worth 24 single trials, each of which a peer pretrains for."""
    study = Study({"a": NetworkSpec(hidden=(3,), epochs=640)}, (300,), (50,), (), (64,), 5, {"a": (0.0, 0.0)})
    records = [
        Record(0, "a", 300, e, 1.0, (plain_spent(1, p, {50: t}),))
        for e, p, t in (("simworth, 8 lanes", 1.0, 0.25), ("torch, 2 processes", 3.0, 1.0))
    ]
    figures = precision.report(study, "a", records, [precision.Cell(300, 50, 1.0, 0.1, 0.2)], 400)
    k = figures["tunings"][50]
    assert k > 1
    assert figures["seconds"]["simworth, 8 lanes"] == pytest.approx(16 * (1 + k * 0.25))
    assert figures["seconds"]["torch, 2 processes"] == pytest.approx(16 * 0.3 / (0.1 + 0.2 / k) * 4)
    assert "the same half-width" in capsys.readouterr().out


def test_the_cost_of_another_m_is_the_first_tuning_less_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.learners import shapes_and_types

    took = iter([5.0, 1.0, 3.0, 0.5])
    monkeypatch.setattr(shapes_and_types, "spent", lambda call: next(took))
    assert shapes_and_types.of_m((50,)) == [{"m": 50, "first": 3.0, "second": 0.5, "compiling": 2.5}]


def test_every_choice_of_columns_is_compared_with_both() -> None:
    from benchmarks.learners import features_elements

    chosen = features_elements.columns()
    assert [len(c) for c in chosen.values()] == [132, 112, 244]
    assert sorted([*chosen["Magpie alone"], *chosen["fractions alone"]]) == chosen["both"]
    errors = {"Magpie alone": (1.1, 1.3), "fractions alone": (2.0, 2.0), "both": (1.0, 1.2)}
    found = [
        {"features": name, "n": 300, "m": 50, "replicate": r, "mae": e}
        for name, pair in errors.items()
        for r, e in enumerate(pair)
    ]
    assert "| 300 | 50 | 1.2000 (+9.1 ± 0.0 %) | 2.0000 (+81.8 ± " in features_elements.table(found)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["--part", "nothing"]) == 2
    assert "there is no part 'nothing'" in capsys.readouterr().err


def test_the_variances_of_two_stages_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    each = 5 + rng.normal(0, 0.3, (4000, 1)) + rng.normal(0, 0.5, (4000, 3))
    each[::7, 2] = np.nan
    each[5, 1:] = np.nan
    among, within = tunings.components(each)
    assert among == pytest.approx(0.09, rel=0.1)
    assert within == pytest.approx(0.25, rel=0.1)
