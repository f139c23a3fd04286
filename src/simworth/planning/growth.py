"""What would a database twice, or ten times, as large bring?"""

from __future__ import annotations

from simworth.inference.law import Law
from simworth.inference.words import say_count, say_error, say_percent, say_range
from simworth.planning.answer import Answer, Estimate, estimate, present, relative_cut, require_single

FACTORS = (2, 10)


def growth(law: Law, n: float | None = None, unit: str = "") -> Answer:
    """The expected error at 2 and 10 times the present size, and the cut against the present one.

    Errors include the discrepancy of the form; cuts are of the form alone, compared within each draw.

    Raises
    ------
    InputError
        When there is no law, or it is joint.
    """
    require_single(law, "growth")
    now = present(law, n)
    at = law.curve([now, *(f * now for f in FACTORS)])
    prediction = law.predict([now, *(f * now for f in FACTORS)])
    low, high = prediction.interval()
    values = {"error_now": Estimate(float(prediction.median[0]), float(low[0]), float(high[0]))}
    parts = []
    for i, factor in enumerate(FACTORS, start=1):
        error = Estimate(float(prediction.median[i]), float(low[i]), float(high[i]))
        cut = estimate(relative_cut(at[:, 0], at[:, i]), law.level)
        values[f"error_at_{factor}x"] = error
        values[f"cut_at_{factor}x"] = cut
        parts.append(
            f"{factor} times as many bring it to {say_error(error.median, unit)} "
            f"({say_range(error.low, error.high, unit)}), {_change(cut)}"
        )
    sentence = (
        f"At n = {say_count(now)} the expected error is {say_error(values['error_now'].median, unit)}; "
        f"{'; '.join(parts)} ({100 * law.level:.0f} % intervals)."
    )
    return Answer("growth", sentence, values, {"present": now})


def _change(cut: Estimate) -> str:
    """A cut in words, or a rise where the error does not fall."""
    name, low, middle, high = "cut", cut.low, cut.median, cut.high
    if middle < 0:
        name, low, middle, high = "rise", -cut.high, -cut.median, -cut.low
    return f"a {name} of {say_percent(middle)} ({say_percent(low)} to {say_percent(high)})"
