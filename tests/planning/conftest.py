from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from simworth.inference.law import Law, Status

Certain = Callable[..., Law]


@pytest.fixture(scope="session")
def certain() -> Certain:
    """A law of draws that are given: D, alpha, C (flat where D is 0) or A, alpha, B, beta, E; no noise unless given."""

    def law(
        draws: Mapping[str, Sequence[float]],
        p_gap_zero: float = 0.0,
        noise: float = 0.0,
        shift: Sequence[float] | None = None,
        largest: float = 1000.0,
    ) -> Law:
        values = {k: np.array(v, float) for k, v in draws.items()}
        joint = "A" in values
        count = len(next(iter(values.values())))
        nothing = np.zeros(count)
        return Law(
            status=Status.fitted,
            joint=joint,
            draws=values,
            draw_form=np.full(count, "product") if joint else np.where(values["D"] == 0, "flat", "power"),
            p_forms={"gap": 1.0},
            p_gap_zero=p_gap_zero,
            n=np.array([largest / 10, largest]),
            m=np.array([20.0, 40.0]) if joint else np.zeros(2),
            mean=np.ones(2),
            anchor=largest,
            replicates=10.0,
            discrepancy=nothing,
            wander=nothing,
            bend=nothing,
            shift=nothing if shift is None else np.array(shift, float),
            noise=nothing + noise,
            level=0.9,
        )

    return law


@pytest.fixture(scope="session")
def known(certain: Certain) -> Law:
    """3 n^-0.5 + 0.5 up to n = 1000, where it is 0.5949; 0.53 at n = 10,000."""
    return certain({"D": [3.0] * 10, "alpha": [0.5] * 10, "C": [0.5] * 10})


@pytest.fixture(scope="session")
def both(certain: Certain) -> Law:
    """(8 n^-0.5 + 1) m^-0.4 + 0.1 up to n = 1000 and m = 40."""
    return certain({"A": [8.0] * 5, "alpha": [0.5] * 5, "B": [1.0] * 5, "beta": [0.4] * 5, "E": [0.1] * 5})
