"""Numbers in sentences: three digits where they are known, thousands separated, units kept."""

from __future__ import annotations

import math

BLEND = "direct learning, a blend of models that saw the experiments alone"


def say_error(value: float, unit: str = "") -> str:
    """Three significant digits and the unit; a pure number (unit "1") has none."""
    digits = f"{value:.3g}"
    if "e" in digits and 1e-3 <= abs(value) < 1e6:
        digits = f"{float(digits):,.0f}"
    return f"{digits} {unit}".strip() if unit != "1" else digits


def say_direct(learner: str) -> str:
    """Direct learning with a learner."""
    return BLEND if learner == "blend" else f"direct learning with {learner}"


def say_range(low: float, high: float, unit: str = "") -> str:
    """An interval: "0.12 to 0.34 debye"."""
    return f"{say_error(low)} to {say_error(high, unit)}"


def say_count(n: float) -> str:
    """A number of materials, with two or three significant digits."""
    if not math.isfinite(n):
        return "no number"
    if n >= 1e12:
        return f"10^{math.log10(n):.0f}"
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if n >= size:
            return f"{n / size:.3g} {name}"
    if n < 1000:
        return f"{n:.3g}"
    return f"{float(f'{n:.3g}'):,.0f}"


def say_percent(share: float) -> str:
    """A share as percent: whole ones, one decimal below 10 %."""
    percent = 100 * share
    return f"{percent:.0f} %" if abs(percent) >= 9.95 or percent == 0 else f"{percent:.1f} %"


def say_probability(p: float) -> str:
    """A probability as percent that never claims certainty."""
    if p > 0.99:
        return "over 99 %"
    if p < 0.01:
        return "under 1 %"
    return f"{100 * p:.0f} %"
