"""A law as JSON, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from simworth.inference.law import Law, Status

DEPARTURES = ("discrepancy", "wander", "bend", "shift", "noise")
"""Draws beside the parameters: how far and how fast the curve departs from the form (see `Law`)."""

KEPT_DRAWS = 1000
"""Draws written to the file; enough for a 90 % interval, and files stay small."""


def law_entry(law: Law) -> dict[str, Any] | None:
    """The law as written; None where there is none.

    Draws are rounded to 6 digits; an exponent that a draw does not have is 0 (its coefficient is 0 too).
    """
    if law.status is not Status.fitted:
        return None
    low, high = 0.5 - law.level / 2, 0.5 + law.level / 2
    of_power = ("alpha",) if law.joint else ("D", "alpha")
    parameters = {}
    for name, values in law.draws.items():
        known = values[law.powers if name in of_power else ~np.isnan(values)]
        bounds = np.quantile(known, [0.5, low, high]) if len(known) >= 20 else [None] * 3
        parameters[name] = dict(zip(("median", "low", "high"), _plain(bounds), strict=True))
    draws = {k: _plain(np.nan_to_num(v[:KEPT_DRAWS])) for k, v in law.draws.items()}
    departures = {k: _plain(getattr(law, k)[:KEPT_DRAWS]) for k in DEPARTURES}
    return {
        "form": max(law.p_forms, key=lambda k: law.p_forms[k]),
        "parameters": parameters,
        "p_gap_zero": law.p_gap_zero,
        "p_forms": dict(law.p_forms),
        "anchor": law.anchor,
        "replicates": law.replicates,
        "draw_form": [str(name) for name in law.draw_form[:KEPT_DRAWS]],
        "draws": {**draws, **departures},
    }


def _plain(values: Iterable[float | None]) -> list[float | None]:
    return [None if v is None else float(f"{v:.6g}") for v in values]


def law_of(entry: Mapping[str, Any], level: float) -> Law | None:
    """The law of an entry of ``curves`` or ``joint``, back as a value; None where there is none."""
    written = entry.get("law", entry)
    if written is None or not written.get("draws"):
        return None
    drawn = {k: np.asarray(v, float) for k, v in written["draws"].items()}
    # A size at which every trial failed has no mean and is not where the law stands.
    points = [p for p in entry["points"] if p["mean"] is not None]
    return Law(
        status=Status.fitted,
        joint="E" in drawn,
        draws={k: v for k, v in drawn.items() if k not in DEPARTURES},
        draw_form=np.asarray(written["draw_form"], np.str_),
        p_forms=written["p_forms"],
        p_gap_zero=written["p_gap_zero"],
        n=np.array([p["n"] for p in points], float),
        m=np.array([p.get("m", entry.get("m") or 0) for p in points], float),
        mean=np.array([p["mean"] for p in points], float),
        anchor=float(written["anchor"]),
        replicates=float(written["replicates"]),
        **{k: drawn[k] for k in DEPARTURES},
        level=level,
    )


def whole(value: float) -> int | float:
    """A size as JSON: whole numbers without a point."""
    return int(value) if float(value).is_integer() else float(value)
