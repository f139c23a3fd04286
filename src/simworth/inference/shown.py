"""A law and a verdict as a notebook shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simworth.inference.words import say_count, say_error, say_percent, say_range
from simworth.notebook import Points, band, block, paragraph, table

if TYPE_CHECKING:
    from simworth.inference.law import Law
    from simworth.inference.verdict import Verdict

AHEAD = 10.0
"""The picture reaches to this many times the largest size."""


def law_html(law: Law) -> str:
    """Its verdict, its picture, its parameters and its forms."""
    title = repr(law).strip("<>")
    if not law.fitted:
        return block(title, paragraph(law.status.value))
    return block(title, paragraph(law.verdict.sentence), law_picture(law), _parameters(law), _forms(law))


def verdict_html(verdict: Verdict) -> str:
    """Its code and its sentence."""
    return block(verdict.code, paragraph(verdict.sentence))


def law_picture(law: Law) -> str:
    """The means and the law with its band, to ten times the largest size; a joint law at its largest m."""
    m = float(law.m.max()) if law.joint else None
    here = law.m == m if law.joint else np.ones(len(law.n), bool)
    x = np.geomspace(law.n.min(), AHEAD * law.n.max(), 41)
    at = None if m is None else np.full(len(x), m)
    low, high = law.predict(x, at).interval()
    middle = np.median(law.curve(x, at), axis=0)
    top, bottom = float(max(high.max(), law.mean[here].max())), float(max(0.0, min(low.min(), law.mean[here].min())))
    room = top - bottom or 1.0

    def points(sizes: np.ndarray, errors: np.ndarray) -> Points:
        across = np.log(sizes / x[0]) / np.log(x[-1] / x[0])
        return list(zip(across.tolist(), ((errors - bottom) / room).tolist(), strict=True))

    where = "" if m is None else f" at m = {say_count(m)}"
    says = f"Error against n{where}: {say_error(float(middle[0]))} to {say_error(float(middle[-1]))}"
    ends = (f"n = {say_count(x[0])}", say_count(x[-1]), say_error(bottom), say_error(top))
    return band(points(x, middle), points(x, low), points(x, high), points(law.n[here], law.mean[here]), says, ends)


def _parameters(law: Law) -> str:
    """Those of the power law, with intervals: D and α of the draws in which it holds throughout, if they are enough."""
    rows = []
    for name in ("alpha", "beta") if law.joint else ("D", "alpha", "C"):
        of_power, values = name in ("D", "alpha"), law.draws[name]
        known = values[law.powers if of_power else ~np.isnan(values)]
        if len(known) >= 20:
            low, middle, high = np.quantile(known, [0.5 - law.level / 2, 0.5, 0.5 + law.level / 2])
            rows.append((name, say_error(middle), say_range(low, high)))
    return table(("parameter", "median", f"{say_percent(law.level)} interval"), rows)


def _forms(law: Law) -> str:
    likely = sorted(law.p_forms.items(), key=lambda form: -form[1])[:3]
    forms = ", ".join(f"{name.replace('_', ' ')} {say_percent(p)}" for name, p in likely)
    return paragraph(f"Likeliest forms: {forms}. No gap left: {say_percent(law.p_gap_zero)}.")
