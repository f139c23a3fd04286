"""From errors to a ranking with words: which models are surely better than direct learning, and what choosing yields.

The reference is the direct learner with the least mean error on the very same splits. Picking it so favours direct
learning: no model is then found better because its rival was chosen badly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.errors import TrialError
from simworth.inference.words import say_error, say_range
from simworth.learners.library import Card
from simworth.shotgun.attempts import Candidate, Errors
from simworth.shotgun.compare import Difference, choose_within, paired_differences, probability_best

Plain = dict[str, Any]
Array = NDArray[np.float64]
NAMED = 5


def judge(
    errors: Mapping[Candidate, Errors],
    cards: Mapping[str, Card],
    leaked: Mapping[str, float],
    about: Mapping[str, Any],
    spare: float,
    level: float,
) -> Plain:
    """The ranking of one target.

    Parameters
    ----------
    errors
        Of every candidate on the same R splits.
    cards, leaked
        By model: its card, and how many test materials of a split it has seen, on average.
    about
        ``target`` and ``unit``.
    spare
        As in `simworth.shotgun.compare.paired_differences`.

    Returns
    -------
    ``ranking`` (best first, direct learning among it), ``reference``, ``procedure``, ``choice``, ``failed`` and
    ``sentence``.

    Raises
    ------
    TrialError
        When every direct learner diverged.
    """
    good = {c: e for c, e in errors.items() if np.isfinite(e.outer).all() and np.isfinite(e.inner).all()}
    # Direct learners first: a tie within the training part is theirs.
    candidates = sorted(good, key=lambda c: c.folder is not None)
    count = sum(c.folder is not None for c in candidates)
    direct = len(candidates) - count
    if not direct:
        raise TrialError(f"direct learning diverged on {about['target']!r}; lower learner.rate")
    outer = np.stack([good[c].outer for c in candidates], axis=1)
    inner = np.stack([good[c].inner for c in candidates], axis=1)
    reference = int(np.argmin(outer[:, :direct].mean(axis=0)))
    gains = paired_differences(outer[:, [reference]] - outer[:, direct:], spare, level)
    best, picked = probability_best(outer, spare), choose_within(inner)
    rows = []
    for k in np.argsort(outer.mean(axis=0), kind="stable").tolist():
        gain = gains[k - direct] if k >= direct else None
        row: Plain = {"name": candidates[k].name, "kind": "direct" if gain is None else "model"}
        if gain is not None:
            card = cards[candidates[k].name]
            row |= {"source": card.source, "property": card.property, "n": card.n, "licence": card.licence}
        row |= {"error": float(outer[:, k].mean()), "errors": outer[:, k].tolist(), "inner": inner[:, k].tolist()}
        row |= {"gain": None if gain is None else gain._asdict()}
        row |= {"verdict": _verdict(gain, level) if gain else "reference" if k == reference else "direct"}
        row |= {"best": float(best[k]), "chosen": int((picked == k).sum())}
        rows.append(row | {"seen_tested": leaked.get(candidates[k].name, 0.0)})
    name = candidates[reference].name
    return {
        "reference": name,
        "ranking": rows,
        "procedure": _procedure(outer, inner, direct, rows, about, spare, level),
        "choice": candidates[int(np.argmin(inner.mean(axis=0)))].name,
        "failed": [
            {"name": c.name, "splits": int((~np.isfinite(e.outer + e.inner)).sum()), "reason": "training diverged"}
            for c, e in errors.items()
            if c not in good
        ],
        "sentence": _sentence(rows, name, about, count),
    }


def _procedure(
    outer: Array, inner: Array, direct: int, rows: list[Plain], about: Mapping[str, Any], spare: float, level: float
) -> Plain:
    """What a user who chooses by the training part may expect, with the library and without it.

    ``outer``, ``inner`` (R, candidates), of which the first ``direct`` are direct learners. Both choices are made in
    each split by its own training part and measured outside it, so neither number is flattered.
    """
    splits = np.arange(len(outer))
    all_of_them = outer[splits, choose_within(inner)]
    alone = outer[splits, choose_within(inner[:, :direct])]
    (gain,) = paired_differences((alone - all_of_them)[:, None], spare, level)
    unit, error, without = about["unit"], float(all_of_them.mean()), float(alone.mean())
    chosen = sorted((row for row in rows if row["chosen"]), key=lambda row: -row["chosen"])
    listed = ", ".join(f"{row['name']} {row['chosen']} x" for row in chosen[:NAMED])
    more = f", {len(chosen) - NAMED} more" if len(chosen) > NAMED else ""
    told = (
        f"a gain of {say_error(gain.mean, unit)} ({100 * level:.0f} % interval {say_range(gain.low, gain.high, unit)})"
    )
    if not any(row["kind"] == "model" for row in chosen):
        told = "no model was chosen"
    said = (
        f"Choosing in each split by its training part alone has an error of {say_error(error, unit)} with the library "
        f"and {say_error(without, unit)} without it: {told}. Chosen: {listed}{more}."
    )
    return {"error": error, "without": without, "gain": gain._asdict(), "sentence": said}


def _verdict(gain: Difference, level: float) -> str:
    if gain.corrected >= 1 - level:
        return "untold"
    return "better" if gain.mean > 0 else "worse"


def _sentence(rows: list[Plain], reference: str, about: Mapping[str, Any], count: int) -> str:
    better = [row for row in rows if row["verdict"] == "better"]
    what = f"surely better than direct learning ({reference}) on {about['target']}"
    if not better:
        none = {0: "No model could be adapted, so none is", 1: "The one model tried is not"}
        return f"{none.get(count, f'None of {count} models tried is')} {what}."
    listed = ", ".join(row["name"] for row in better[:NAMED])
    more = f" and {len(better) - NAMED} more" if len(better) > NAMED else ""
    leaked = sum(row["seen_tested"] > 0 for row in better)
    warning = f" Of these, {leaked} had seen test materials, which proves nothing." if leaked else ""
    verb = "is" if len(better) == 1 else "are"
    tried = "the only one tried" if count == 1 else f"{count} were tried, all considered at once"
    return f"{listed}{more} {verb} {what}; {tried}.{warning}"
