"""Numbers and laws are worked out in the page as in Python, form by form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_percent, say_probability
from simworth.laws import JOINT, SINGLE
from simworth.seeds import stream

SIZES = (1.0, 37.0, 1000.0, 30000.0, 4e6)
SINGLES = [*((form,) for form in SINGLE), ("power", "bounded", "exponential", "flat")]
JOINTS = [*((form,) for form in JOINT), ("product", "effective", "additive")]
MadeLaw = Callable[..., tuple[Law, dict[str, Any]]]


def close(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(wanted, float), rtol=1e-9, atol=1e-12)


def test_numbers_are_written_as_python_writes_them(mirror: Any) -> None:
    rng = stream("mirror-digits")
    values = [*(10 ** rng.uniform(-9, 14, 400) * rng.choice([-1, 1], 400)).tolist(), *rng.uniform(0, 2, 200).tolist()]
    values += [0.0, -0.0, 0.125, 2.5, 3.5, 0.5, 1.5, 32150.0, 32250.0, 999.5, 9995.0, 0.0009995, 1e21, 1e300, 5e-324]
    found = mirror.evaluate(
        """(values) => values.map((x) => {
            const { fixed, general, grouped } = simworth.digits;
            return [general(x, 3), general(x, 10), fixed(x, 0), fixed(x, 1), grouped(x)];
        })""",
        values,
    )
    for x, row in zip(values, found, strict=True):
        assert row == [f"{x:.3g}", f"{x:.10g}", f"{x:.0f}", f"{x:.1f}", f"{x:,.0f}"], x


def test_words_for_numbers(mirror: Any) -> None:
    values = [
        0.0,
        1e-5,
        0.02,
        0.0995,
        0.5,
        0.991,
        0.5049,
        1.0,
        12.5,
        512.4,
        1234.5,
        99950,
        1.5e6,
        2.4e9,
        3e12,
        float("inf"),
    ]
    found = mirror.evaluate(
        """(values) => values.map((x) => {
            const s = simworth.say.en;
            return [s.error(x, "eV"), s.error(x, "1"), s.count(x), s.percent(x), s.probability(x)];
        })""",
        values,
    )
    for x, row in zip(values, found, strict=True):
        if np.isfinite(x):
            assert row == [say_error(x, "eV"), say_error(x, "1"), say_count(x), say_percent(x), say_probability(x)]
        else:
            assert row[2] == say_count(x)


@pytest.mark.parametrize("forms", SINGLES, ids=" ".join)
def test_a_law_in_n(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    goal = float(np.quantile(law.curve([30000])[:, 0], 0.4))
    found = mirror.evaluate(
        """([written, sizes, goal]) => {
            const law = simworth.law.read(written);
            return {
                curve: sizes.map((n) => Array.from(law.curve(n))),
                limit: Array.from(law.limit()),
                falls: law.falls,
                needed: Array.from(law.needed(goal)),
                predicted: sizes.map((n) => law.predict(n)),
            };
        }""",
        [written, SIZES, goal],
    )
    close(np.transpose(found["curve"]), law.curve(SIZES))
    close(found["limit"], law.limit())
    assert found["falls"] == law.falls.tolist()
    close(found["needed"], law.needed(goal))
    prediction = law.predict(SIZES)
    low, high = prediction.interval()
    close([p["median"] for p in found["predicted"]], prediction.median)
    close([[p["low"], p["high"]] for p in found["predicted"]], np.stack([low, high], 1))


@pytest.mark.parametrize("forms", JOINTS, ids=" ".join)
def test_a_law_in_n_and_m(mirror: Any, made_law: MadeLaw, forms: tuple[str, ...]) -> None:
    law, written = made_law(forms)
    found = mirror.evaluate(
        """([written, sizes]) => {
            const law = simworth.law.read(written);
            return {
                curve: sizes.map((n) => Array.from(law.curve(n, 60))),
                limit: Array.from(law.limit(60)),
                falls: law.falls,
                slopes: law.slopes(2000, 60).map((v) => Array.from(v)),
            };
        }""",
        [written, SIZES],
    )
    close(np.transpose(found["curve"]), law.curve(SIZES, [60.0] * len(SIZES)))
    close(found["limit"], law.limit(60))
    assert found["falls"] == law.falls.tolist()
    close(found["slopes"], law.slopes(2000, 60))
