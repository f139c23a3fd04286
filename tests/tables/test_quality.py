"""Agreement and coverage find what was put into made-up tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.tables import PropertyTable, read_table
from simworth.tables.quality import agreement, coverage


def made(name: str, values: np.ndarray, unit: str = "eV", start: int = 0) -> PropertyTable:
    data = pa.table({"m": [f"m{start + i}" for i in range(len(values))], "x": np.zeros(len(values)), "y": values})
    return read_table(data, kind="features", material="m", features=["x"], properties={"y": ("y", unit)}, name=name)


def test_a_known_line_bias_and_outlier() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=400)
    computed = (truth - 0.3) / 0.8
    measured = truth + 0.01 * rng.normal(size=400)
    measured[7] += 2
    found = agreement(made("s", computed), made("t", measured), "y", "y")
    assert len(found) == 400
    assert found.slope == pytest.approx(0.8, abs=0.01)
    assert found.offset == pytest.approx(0.3, abs=0.02)
    assert found.bias == pytest.approx((computed - measured).mean())
    assert found.mae == pytest.approx(np.abs(computed - measured).mean())
    assert found.pearson == pytest.approx(np.corrcoef(computed, measured)[0, 1])
    assert [found.target_places[k] for k in found.outliers] == [7]


def test_units_convert_and_proxies_have_no_bias() -> None:
    values = np.arange(1.0, 20.0)
    found = agreement(made("s", values, "eV"), made("t", 1000 * values, "meV"), "y", "y")
    assert found.bias == pytest.approx(0, abs=1e-6)
    proxy = agreement(made("s", values, "K"), made("t", values, "eV"), "y", "y", proxy=True)
    assert (proxy.unit, proxy.bias, proxy.pearson) == ("", None, pytest.approx(1))
    with pytest.raises(InputError, match="eV"):
        agreement(made("s", values, "K"), made("t", values, "eV"), "y", "y")


def test_too_few_or_constant_say_nothing() -> None:
    none = agreement(made("s", np.ones(5)), made("t", np.ones(5), start=5), "y", "y")
    assert (len(none), none.bias, none.slope) == (0, None, None)
    constant = agreement(made("s", np.ones(5)), made("t", np.arange(5.0)), "y", "y")
    assert constant.bias == pytest.approx(-1)
    assert constant.pearson is None


@settings(deadline=None, max_examples=30)
@given(shift=st.floats(-3, 3), scale=st.floats(0.5, 2), seed=st.integers(0, 99))
def test_correlation_knows_no_shift_and_scale(shift: float, scale: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 30))
    one = agreement(made("s", x), made("t", y), "y", "y")
    two = agreement(made("s", x * scale + shift), made("t", y), "y", "y")
    assert one.pearson == pytest.approx(two.pearson)
    assert one.spearman == pytest.approx(two.spearman)
    assert one.scatter == pytest.approx(two.scatter)


def nothing() -> np.ndarray:
    return np.empty((0, 2), dtype=np.int64)


def test_the_same_cloud_is_covered_and_a_far_one_is_not() -> None:
    rng = np.random.default_rng(1)
    cloud = rng.normal(size=(3000, 5)).astype(np.float32)
    like = coverage(cloud[:2500], cloud[2500:], nothing())
    far = coverage(cloud[:2500], cloud[2500:] + 6, nothing())
    assert like is not None
    assert far is not None
    assert 0.02 < like.outside < 0.09
    assert like.ratio == pytest.approx(1, abs=0.15)
    assert far.outside == 1
    assert far.ratio is not None
    assert far.ratio > 5


def test_nothing_is_its_own_neighbour() -> None:
    rng = np.random.default_rng(2)
    cloud = rng.normal(size=(200, 3)).astype(np.float32)
    places = np.arange(200)
    same = coverage(cloud, cloud, np.stack([places, places], axis=1))
    assert same is not None
    assert same.outside == pytest.approx(0.05, abs=0.01)
    twice = coverage(np.repeat(cloud, 2, axis=0), cloud, nothing(), subjects=tuple(str(i // 2) for i in range(400)))
    assert twice is not None
    assert twice.usual == pytest.approx(same.usual, rel=0.1)


def test_a_feature_the_source_never_varies_counts() -> None:
    rng = np.random.default_rng(3)
    source = np.column_stack([rng.normal(size=300), np.zeros(300)]).astype(np.float32)
    target = np.column_stack([rng.normal(size=50), np.ones(50)]).astype(np.float32)
    found = coverage(source, target, nothing())
    assert found is not None
    assert found.outside == 1


def test_too_small_tables_have_no_coverage() -> None:
    one = np.zeros((1, 2), dtype=np.float32)
    assert coverage(one, one, nothing()) is None
    assert coverage(np.zeros((5, 2), dtype=np.float32), one[:0], nothing()) is None
