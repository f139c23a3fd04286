"""Seeded samples: nested, the same from any layout, uniform, and read from few row groups."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from simworth.errors import InputError
from simworth.store import Column, Recipe, Stored, build_stored, sample_places, sample_stored, spill, stored
from simworth.store import build as building

Build = Callable[..., Stored]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 300),
    small=st.integers(1, 320),
    more=st.integers(0, 200),
    seed=st.integers(0, 2**63),
    size=st.integers(1, 100),
    held=st.integers(1, 200),
    group=st.integers(1, 50),
    order=st.randoms(use_true_random=False),
)
def test_samples_are_nested_and_the_same_for_any_layout(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    small: int,
    more: int,
    seed: int,
    size: int,
    held: int,
    group: int,
    order: Any,
) -> None:
    rows = [(f"m{i}", float(i)) for i in range(count)]
    found = []
    for layout in range(2):
        if layout:
            order.shuffle(rows)
            monkeypatch.setattr(building, "Spill", functools.partial(spill.Spill, held_rows=held))
            monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", group)
        else:
            monkeypatch.undo()
        frame = pa.table({"material": [m for m, _ in rows], "y": [y for _, y in rows]})
        recipe = Recipe(name="t", kind="features", columns=(Column("y", "1"),))
        batches = frame.to_batches(max_chunksize=size if layout else 1000)
        made = build_stored(tmp_path_factory.mktemp("store"), recipe, batches)
        less = sample_stored(made, small, seed)
        larger = sample_stored(made, small + more, seed)
        assert larger.materials[: len(less)] == less.materials
        assert len(larger) == min(count, small + more) == len(set(larger.materials))
        assert larger.values("y").tolist() == [float(m[1:]) for m in larger.materials]
        whole = made.load()
        assert whole.take(sample_places(whole, small + more, seed)).materials == larger.materials
        found.append(larger.materials)
    assert found[0] == found[1]


def test_every_material_is_as_likely_as_another(build: Build) -> None:
    """1,000 seeds, 10 of 100 materials each: χ² of the counts, at a false alarm in a million."""
    made = build({"material": [f"m{i}" for i in range(100)], "y": [float(i) for i in range(100)]})
    table = made.load()
    values = table.values("y").astype(int)
    # stretches of a circle are no independent draws, so the spread is that of their starts: one in each gap of the keys
    starts = np.bincount([values[sample_places(table, 1, seed)[0]] for seed in range(1000)], minlength=100)
    from simworth.digest import identity_keys

    keys = np.sort(identity_keys(table.identities)).astype(object)
    gaps = np.array([(b - a) % 2**64 for a, b in zip(np.roll(keys, 1), keys, strict=True)], dtype=float) / 2**64
    order = np.argsort(identity_keys(table.identities))
    expected = 1000 * gaps
    large = expected > 5
    observed = starts[values[order]]
    grouped = [*observed[large], observed[~large].sum()], [*expected[large], expected[~large].sum()]
    assert stats.chisquare(*grouped).pvalue > 1e-6


def test_a_sample_costs_what_it_takes_not_what_there_is(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 50)
    made = build({"material": [f"m{i}" for i in range(5000)], "y": [1.0] * 5000})
    read: list[int] = []
    original = stored.read_group

    def counted(*words: Any) -> Any:
        read.append(words[2])
        return original(*words)

    monkeypatch.setattr(stored, "read_group", counted)
    assert len(made.sample(120, 0)) == 120
    assert len(read) <= 4


def test_conditions_are_met_and_samples_stay_nested(build: Build) -> None:
    rows: dict[str, list[Any]] = {
        "material": [f"m{i}" for i in range(400)],
        "y": [None if i % 2 else float(i) for i in range(400)],
        "z": [float(i % 7) for i in range(400)],
        "t": [f"t{i % 3}" for i in range(400)],
    }
    made = build(rows, keep=["t"])
    found = sample_stored(made, 30, 5, having="y", where={"z": (2.0, 4.0), "t": "t1"})
    wanted = [i for i in range(400) if i % 2 == 0 and 2 <= i % 7 <= 4 and i % 3 == 1]
    assert len(found) == 30 or len(found) == len(wanted)
    assert {int(m[1:]) for m in found.materials} <= set(wanted)
    assert sample_stored(made, 10, 5, having="y", where={"z": (2.0, 4.0), "t": "t1"}).materials == found.materials[:10]
    everything = sample_stored(made, 10_000, 5, having="y", where={"z": (2.0, 4.0), "t": "t1"})
    assert {int(m[1:]) for m in everything.materials} == set(wanted)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"n": 0}, "a sample of 0 was asked for"),
        ({"having": "q"}, "has no property 'q'; it has 'y'"),
        ({"where": {"q": (0, 1)}}, "has no column 'q' for 'where'"),
        ({"where": {"y": "text"}}, "the column 'y' holds numbers; give \\[lowest, highest\\]"),
        ({"where": {"y": (5, 6)}}, "no material passes"),
    ],
)
def test_impossible_samples_are_told(build: Build, settings_: dict[str, Any], message: str) -> None:
    made = build({"material": ["a"], "y": [1.0]})
    with pytest.raises(InputError, match=message):
        sample_stored(made, **{"n": 1, "seed": 0, **settings_})


def test_a_table_too_large_to_load_asks_for_a_sample(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build({"material": ["a", "b"], "y": [1.0, 2.0]})
    monkeypatch.setattr(stored, "WHOLE", 1)
    with pytest.raises(InputError, match="ask for a sample, such as sample = 100000"):
        made.load()
