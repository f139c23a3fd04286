"""Many curves at once are the curves one at a time."""

from __future__ import annotations

import numpy as np
import pytest

from simworth.curves import curve
from simworth.errors import InputError
from simworth.inference.batch import fit_curves

SIZES = 50 * 2.0 ** np.arange(6)


def test_the_result_does_not_depend_on_the_workers() -> None:
    curves = [curve(SIZES, 3 * SIZES**-a + 0.2) for a in (0.3, 0.5, 0.8)]
    alone, shared = fit_curves(curves), fit_curves(curves, workers=2)
    for a, b in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(a.curve([1e4]), b.curve([1e4]))
    assert [round(float(np.median(law.limit())), 2) for law in alone] == [0.2, 0.2, 0.2]


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(InputError, match="draws"):
        fit_curves([], draws=1)
