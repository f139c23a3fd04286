"""Rivals next to simworth's default on the same splits: paired differences with a 90 % interval."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from benchmarks.learners.specialist_rivals import kind_of
from simworth.errors import InputError

Row = dict[str, Any]
DEFAULTS = ("transfer blend", "direct blend")
"""Methods of simworth's default, with the source and without it."""
KEYS = ("pair", "m", "method", "replicate", "mae")
LEVEL = 0.9


class Errors(NamedTuple):
    """Rows of errors, and the seed of their splits where the file says it."""

    rows: list[Row]
    seed: int | None


@dataclass(frozen=True)
class Comparison:
    """A rival's error less the default's, as a share of the default's mean error.

    ``half`` is half of the 90 % t-interval of the mean of paired differences; NaN for a single replicate.
    """

    pair: str
    m: int
    rival: str
    default: str
    replicates: int
    mae: float
    default_mae: float
    difference: float
    half: float

    @property
    def fair(self) -> bool:
        """A rival that uses the source is no rival of direct learning, and none may use a test material's own value."""
        kind = kind_of(self.rival)
        return kind == "direct" or (kind == "transferred" and self.default == "transfer blend")

    @property
    def flagged(self) -> bool:
        """Whether a fair rival beats the default by more than the interval."""
        return self.fair and self.difference + self.half < 0


def read_rows(path: Path) -> Errors:
    """Errors from a JSON file: a list of rows, or an object with that list as ``rows`` and perhaps a ``seed``.

    Raises
    ------
    InputError
        When the file cannot be read or a row lacks a key.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError(f"{path}: cannot be read as JSON; name a file of errors") from None
    rows = found.get("rows") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path}: holds no list of errors; write one, or an object with one as 'rows'")
    for i, row in enumerate(rows):
        lacking = [key for key in KEYS if key not in row]
        if lacking:
            raise InputError(f"{path}: row {i} has no {lacking[0]!r}; each needs {', '.join(KEYS)}")
    return Errors(rows, found.get("seed") if isinstance(found, dict) else None)


def compare(rivals: Sequence[Row], defaults: Sequence[Row]) -> list[Comparison]:
    """Every rival with each default of the same pair and m, over the replicates that both have.

    Raises
    ------
    InputError
        When they have no pair, m and replicate in common.
    """
    theirs = _by_lane([row for row in defaults if row["method"] in DEFAULTS])
    found = []
    for (pair, m, rival), errors in _by_lane(rivals).items():
        for default in DEFAULTS:
            other = theirs.get((pair, m, default), {})
            both = sorted(errors.keys() & other.keys())
            if both:
                mine, its = (np.array([e[r] for r in both]) for e in (errors, other))
                found.append(Comparison(pair, m, rival, default, len(both), *_paired(mine, its)))
    if not found:
        raise InputError(f"no pair, m and replicate has errors of a rival and of {' or '.join(map(repr, DEFAULTS))}")
    return found


def _by_lane(rows: Sequence[Row]) -> dict[tuple[str, int, str], dict[int, float]]:
    """(pair, m, method) → replicate → error."""
    found: dict[tuple[str, int, str], dict[int, float]] = {}
    for row in rows:
        found.setdefault((row["pair"], row["m"], row["method"]), {})[row["replicate"]] = float(row["mae"])
    return found


def _paired(mine: Any, its: Any) -> tuple[float, float, float, float]:
    """Both mean errors, the mean of the differences, and half of its interval."""
    share = (mine - its) / its.mean()
    half = float("nan")
    if len(share) > 1:
        half = float(student.ppf((1 + LEVEL) / 2, len(share) - 1) * share.std(ddof=1) / np.sqrt(len(share)))
    return float(mine.mean()), float(its.mean()), float(share.mean()), half


def comparison_table(found: Sequence[Comparison]) -> str:
    """A table for each pair and m; a star marks a rival that beats the default by more than the interval."""
    out = []
    for pair, m in dict.fromkeys((c.pair, c.m) for c in found):
        here = [c for c in found if (c.pair, c.m) == (pair, m)]
        its = {c.default: c.default_mae for c in here}
        out.append(f"\n## {pair}, m = {m}: " + ", ".join(f"{d} {its[d]:.4g}" for d in DEFAULTS if d in its) + "\n")
        out.append(f"| rival | MAE | {' | '.join(f'against {d} (90 %)' for d in DEFAULTS)} |")
        out.append("|---|---:|" + "---:|" * len(DEFAULTS))
        for rival in dict.fromkeys(c.rival for c in here):
            cells = {c.default: c for c in here if c.rival == rival}
            mae = next(iter(cells.values())).mae
            out.append(f"| {rival} | {mae:.4g} | {' | '.join(_cell(cells.get(d)) for d in DEFAULTS)} |")
    flagged = [c for c in found if c.flagged]
    out.append(
        f"\n{len(flagged)} of {sum(c.fair for c in found)} comparisons are lost by the default "
        "(were the two equal, one in twenty would be):"
    )
    out += [f"- {c.pair}, m = {c.m}: {c.rival} against {c.default}, {100 * c.difference:+.1f} %" for c in flagged]
    return "\n".join(out)


def _cell(one: Comparison | None) -> str:
    if one is None:
        return "–"
    interval = f"± {100 * one.half:.1f}" if np.isfinite(one.half) else "no interval"
    return f"{100 * one.difference:+.1f} % ({interval}){' *' if one.flagged else ''}"
