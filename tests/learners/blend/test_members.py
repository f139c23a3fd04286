"""Members of the blend against truths that are known: what they fit, and that rows they predict were not seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.sparse import csr_array
from sklearn.ensemble import ExtraTreesRegressor

from simworth.learners.blend.boosting import fit_boosting
from simworth.learners.blend.forest import fit_forest, middle
from simworth.learners.blend.gaussian import Blocks, fit_gaussian
from simworth.learners.blend.lane import fit_members, say
from simworth.learners.blend.linear import PENALTIES, fit_linear
from simworth.learners.blend.rows import Limits, Rows
from simworth.learners.blend.source_linear import fit_sparse
from simworth.learners.blend.weights import blend_weights
from simworth.seeds import stream


def rows(m: int, source: int = 0, seed: str = "rows") -> tuple[Rows, np.ndarray]:
    """Materials whose property is a sum over counts and a little of a feature."""
    rng = stream("blend", seed)
    counts = rng.integers(0, 6, (m, 4)).astype(float)
    features = rng.normal(size=(m, 5))
    y = counts @ np.array([10.0, -20.0, 5.0, 2.0]) + np.sin(features[:, 0])
    said = (y + rng.normal(size=m) * 0.5)[:, None] * np.ones((1, source))
    return Rows(features, counts, np.maximum(counts.sum(axis=1), 1.0), said), y


def test_a_ridge_regression_finds_a_sum_over_counts_and_follows_it_outside() -> None:
    seen, y = rows(60)
    line, unseen = fit_linear([seen.counts], y)
    assert np.abs(unseen - y).mean() < 1.0
    far = np.full((1, 4), 12.0)
    assert line.predict([far])[0] == pytest.approx(12.0 * -3.0, abs=5.0)


def test_leave_one_out_is_leaving_one_out() -> None:
    """Against the same ridge regression fitted again without each row, its scales and penalty kept."""
    seen, y = rows(25)
    x = (seen.counts - seen.counts.mean(axis=0)) / seen.counts.std(axis=0) / 2.0
    _, unseen = fit_linear([seen.counts], y)

    def refitted(penalty: float) -> np.ndarray:
        out = np.empty(len(y))
        for i in range(len(y)):
            kept = np.arange(len(y)) != i
            a, b = np.column_stack([x[kept], np.ones(kept.sum())]), y[kept]
            pull = np.diag([*[penalty] * x.shape[1], 0.0])
            out[i] = np.append(x[i], 1.0) @ np.linalg.solve(a.T @ a + pull, a.T @ b)
        return out

    assert min(np.abs(refitted(p) - unseen).max() for p in PENALTIES) < 1e-6


def test_a_gaussian_process_leaves_one_out_exactly() -> None:
    seen, y = rows(30)
    blocks = Blocks((seen.counts,), (seen.features, seen.counts))
    process, unseen = fit_gaussian(blocks, y)
    assert np.abs(unseen - y).mean() < np.abs(y - y.mean()).mean() / 5
    assert np.abs(process.predict(blocks, blocks) - y).mean() < np.abs(unseen - y).mean()


def test_many_rows_are_predicted_by_the_first_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.learners.blend.gaussian.MOST_ROWS", 40)
    seen, y = rows(70)
    blocks = Blocks((seen.counts,), (seen.features,))
    process, unseen = fit_gaussian(blocks, y)
    assert len(process.dual) == 40
    later = blocks.take(slice(40, None))
    assert np.array_equal(unseen[40:], process.predict(later, blocks))


def test_a_packed_forest_is_scikit_learns() -> None:
    seen, y = rows(80)
    columns = seen.everything
    forest, unseen = fit_forest(columns, y, seed=3)
    tried = min(max(round(0.2 * columns.shape[1]), 100), columns.shape[1])
    same = ExtraTreesRegressor(64, max_features=tried, random_state=3).fit(columns, y)
    new = rows(50, seed="new")[0].everything
    assert forest.predict(new, "mean") == pytest.approx(same.predict(new))
    assert np.isnan(unseen).any(axis=0).all(), "every row is in some tree"
    assert np.isfinite(middle(unseen, "median")).all()


def test_the_median_of_a_forest_finds_a_pile_of_values() -> None:
    """Half of the values are zero, as of band gaps: a mean is between, the median is not."""
    rng = stream("blend", "pile")
    columns = rng.normal(size=(300, 3)).astype(np.float32)
    y = np.where(columns[:, 0] > 0, np.abs(rng.normal(size=300)) + 1, 0.0)
    forest, _ = fit_forest(columns, y, 0)
    new = rng.normal(size=(200, 3)).astype(np.float32)
    metals = new[:, 0] < -0.3
    assert (forest.predict(new, "median")[metals] == 0).mean() > 0.95
    assert (forest.predict(new, "mean")[metals] == 0).mean() < (forest.predict(new, "median")[metals] == 0).mean()


def test_boosting_as_arrays_is_lightgbm() -> None:
    import lightgbm

    from simworth.learners.blend.boosting import SETTINGS

    seen, y = rows(400)
    columns = seen.everything
    forest = fit_boosting(columns, y, 20, 5)
    settings = {**SETTINGS, "seed": 5}
    data = lightgbm.Dataset(columns, y, params=settings)
    theirs = lightgbm.train(settings, data, 20).predict(columns, num_threads=1)
    assert forest.each(columns).sum(axis=0) == pytest.approx(theirs)


def test_a_sparse_model_adds_up_what_nothing_folds() -> None:
    seen, y = rows(300)
    model, explained = fit_sparse(csr_array(seen.counts), y)
    assert explained > 0.9
    assert model.predict(csr_array(np.full((1, 4), 20.0)))[0] == pytest.approx(20.0 * -3.0, rel=0.1)


@given(some.integers(0, 1000), some.integers(2, 6), some.integers(10, 60))
def test_weights_are_shares_and_a_perfect_member_takes_all(seed: int, members: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=m)
    unseen = y[:, None] + rng.normal(size=(m, members))
    weights = blend_weights(unseen, y)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    unseen[:, 0] = y
    assert blend_weights(unseen, y)[0] == pytest.approx(1)


def test_limits_are_a_range_beyond_but_no_pile_is_left() -> None:
    assert Limits.of(np.array([1.0, 2.0, 3.0])) == Limits(-1.0, 5.0)
    gaps = np.array([*[0.0] * 20, *np.linspace(0.5, 6, 20)])
    assert Limits.of(gaps) == Limits(0.0, 12.0)


def test_members_never_look_at_the_label_of_the_row_they_predict() -> None:
    """A label changed by far moves the fits a little, and its own unseen prediction no more than those of others."""
    seen, y = rows(60, source=2)
    other = y.copy()
    other[7] += 30.0
    before, after = (fit_members(seen, labels, seed=1)[1] for labels in (y, other))
    moved = np.abs(after - before)
    assert (moved[7] < 15.0).all()


def test_members_say_the_same_of_a_row_in_any_company() -> None:
    seen, y = rows(50, source=2)
    new, _ = rows(40, source=2, seed="new")
    fitted, _ = fit_members(seen, y, seed=1)
    whole = say(fitted, seen, new)
    assert say(fitted, seen, new.take(np.arange(3))) == pytest.approx(whole[:3], abs=1e-9)
    assert fitted.members[0].name == "line"


def test_materials_without_counts_have_members_too() -> None:
    seen, y = rows(40)
    bare = seen._replace(counts=np.zeros((40, 0)))
    fitted, unseen = fit_members(bare, y, seed=0)
    assert np.isfinite(unseen).all()
    assert unseen.shape == (40, len(fitted.members))
