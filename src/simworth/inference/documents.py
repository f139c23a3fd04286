"""law.json: every curve of a trials file with its law, gains, backtest and verdict."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from simworth.curves import Curve, read_csv
from simworth.digest import digest_file
from simworth.documents import Document, seal
from simworth.errors import InputError
from simworth.inference.backtest import backtest_curve
from simworth.inference.fit import fit_curve
from simworth.inference.gains import Errors, Gain, paired_gain, shared_variance
from simworth.inference.trials import Trials, read_trials
from simworth.inference.verdict import Verdict, judge
from simworth.inference.written import law_entry, whole

Array = NDArray[np.float64]

SCHEMA = "simworth-law/2"
UNKNOWN_OVERLAP = "Whether test materials stood in the source is not known: a table of errors does not tell."


def fit_trials(path: Path, metric: str = "mae", level: float = 0.9) -> Document:
    """Fit every curve of a trials file: one per target, arm, m, learner and control, and joint laws over m.

    Raises
    ------
    InputError
        As `read_trials`; or for a level outside (0, 1).
    """
    _check_level(level)
    trials = read_trials(path, metric)
    curves = [_curve_entry(trials, *group, level) for group in trials.groups()]
    joint = [_joint_entry(trials, *group, level) for group in _joint_groups(trials)]
    if not curves:
        raise InputError(f"{path}: holds direct learning alone (no trial with n > 0); add a source to the study")
    body = {"metric": metric, "level": level, "curves": curves, "joint": joint}
    return seal(SCHEMA, {"trials": digest_file(path)}, body)


def fit_csv(path: Path, level: float = 0.9, unit: str = "") -> Document:
    """Fit errors and sizes of a CSV (see `simworth.curves.read_csv`), from any field; n = 0 is direct learning.

    Raises
    ------
    InputError
        As `read_csv`; or for a level outside (0, 1), or no row with n > 0.
    """
    _check_level(level)
    made = read_csv(path)
    if not (made.n > 0).any():
        raise InputError(f"{path}: has no row with n > 0; a law needs at least 4 sizes")
    rows = len(made.n)
    text = np.full(rows, "")
    numbers = Curve(made.n, made.m, made.replicate, made.error)
    nothing = np.zeros(rows)
    target = np.full(rows, path.stem)
    each, none = made.error[:, None], np.zeros(rows, np.int64)
    trials = Trials(target, text, text, text, numbers, each, none, nothing, nothing, nothing, {path.stem: unit})
    curves = [_curve_entry(trials, *group, level) for group in trials.groups()]
    for entry in curves:
        entry["overlap"] = {**entry["overlap"], "policy": "unknown", "sentence": UNKNOWN_OVERLAP}
    joint = [_joint_entry(trials, *group, level) for group in _joint_groups(trials)]
    body = {"metric": "error", "level": level, "curves": curves, "joint": joint}
    return seal(SCHEMA, {"trials": digest_file(path)}, body)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError(f"level is {level:g}; it must lie between 0 and 1, such as 0.9")


def _curve_entry(
    trials: Trials, target: str, arm: str, learner: str, control: str, m: float, level: float
) -> dict[str, Any]:
    """One entry of ``curves``."""
    rows = trials.rows(target, arm, learner, control, m)
    mine = trials.curve.where(rows)
    unit = trials.units.get(target, "")
    law = fit_curve(mine, level)
    direct = _direct_rows(trials, target, arm, m)
    gains = _gains(trials, rows, direct, level)
    best = min(gains, key=lambda g: g.direct) if gains else None
    verdict = judge(law, best, unit)
    tested = backtest_curve(mine, level, unit)
    return {
        "target": target,
        "arm": arm,
        "m": whole(m),
        "learner": learner,
        "control": control,
        "unit": unit,
        "points": _points(mine, trials.failures[rows], level),
        "direct": [
            {"learner": name, **_mean(trials.curve.error[mine], level), "replicates": len(mine)}
            for name, mine in sorted(direct.items())
        ],
        "gain": _gain_entry(best),
        "gains": [_gain_entry(g) for g in gains],
        "law": law_entry(law),
        "verdict": _verdict_entry(verdict),
        "backtest": None
        if tested is None
        else {
            "fitted_sizes": [whole(n) for n in tested.fitted_sizes],
            "predicted": [
                {
                    "n": whole(h.n),
                    "median": h.median,
                    "low": h.low,
                    "high": h.high,
                    "observed": h.observed,
                    "inside": h.inside,
                }
                for h in tested.predicted
            ],
            "sentence": tested.sentence,
        },
        "overlap": _overlap(trials, rows),
        "database": _database(trials, rows, unit, level),
        "members": _members(trials, _largest(trials, rows)),
        "direct_members": _members(trials, direct.get(learner, [])),
    }


def _largest(trials: Trials, rows: NDArray[np.bool_]) -> list[int]:
    """Finished rows at the largest n of some."""
    finished = rows & ~trials.curve.failed
    return np.flatnonzero(finished & (trials.curve.n == trials.curve.n[finished].max(initial=0.0))).tolist()


def _database(trials: Trials, rows: NDArray[np.bool_], unit: str, level: float) -> dict[str, Any] | None:
    """The curve of the source models alone, through the best map to the experiments, and its law."""
    if trials.database is None or not np.isfinite(trials.database[rows]).any():
        return None
    c, keep = trials.curve, rows & np.isfinite(trials.database)
    mine = Curve(c.n[keep], c.m[keep], c.replicate[keep], trials.database[keep])
    law = fit_curve(mine, level)
    return {
        "points": _points(mine, np.zeros(int(keep.sum()), np.int64), level),
        "law": law_entry(law),
        "verdict": _verdict_entry(judge(law, None, unit)),
    }


def _members(trials: Trials, rows: list[int]) -> list[dict[str, Any]]:
    """What was blended in some rows: mean error on unseen training rows and mean weight, the heaviest member first."""
    found: dict[str, list[tuple[float, float]]] = {}
    for i in rows if trials.members else []:
        for x in trials.members[i]:
            found.setdefault(x.name, []).append((x.miss, x.weight))
    means = {name: np.mean(pairs, axis=0).tolist() for name, pairs in found.items()}
    order = sorted(means, key=lambda name: (-means[name][1], name))
    return [{"name": name, "miss": means[name][0], "weight": means[name][1]} for name in order]


def _direct_rows(trials: Trials, target: str, arm: str, m: float) -> dict[str, list[int]]:
    """Finished rows of direct learning by learner: n = 0, of no arm or this one, at the same target and m."""
    c = trials.curve
    rows = (trials.target == target) & (c.m == m) & (c.n == 0) & (trials.control == "")
    rows &= ((trials.arm == "") | (trials.arm == arm)) & ~c.failed
    out: dict[str, dict[int, int]] = {}
    for i in np.flatnonzero(rows).tolist():
        out.setdefault(str(trials.learner[i]) or "the same learner", {})[_number(trials, i)] = i
    return {name: list(mine.values()) for name, mine in out.items()}


def _number(trials: Trials, row: int) -> int:
    """A row's replicate; where it was not told one that no other row has."""
    told = int(trials.curve.replicate[row])
    return told if told >= 0 else -1 - row


def _by_tuning(trials: Trials, rows: Iterable[int]) -> Errors:
    """Errors by (replicate, tuning)."""
    return {(_number(trials, i), tuning): error for i in rows for tuning, error in trials.errors(i).items()}


def _gains(trials: Trials, rows: NDArray[np.bool_], direct: dict[str, list[int]], level: float) -> list[Gain]:
    """The gain at the largest finished n against each baseline, paired by replicate and tuning."""
    c = trials.curve
    finished = rows & ~c.failed
    if not finished.any():
        return []
    n = float(c.n[finished].max())
    at = np.flatnonzero(finished & (c.n == n))
    transfer = _by_tuning(trials, at[c.replicate[at] >= 0].tolist())
    spare = shared_variance(float(c.m[at].mean()), float(trials.n_test[at].mean()))
    errors = {name: _by_tuning(trials, mine) for name, mine in sorted(direct.items())}
    gains = [paired_gain(name, n, base, transfer, level, spare) for name, base in errors.items()]
    return [g for g in gains if g is not None]


def _points(mine: Curve, failures: NDArray[np.int64], level: float) -> list[dict[str, Any]]:
    """Means with t intervals, a size a point; sizes where all failed have null. ``failures``: trials a row."""
    out = []
    for n in np.unique(mine.n):
        at = mine.n == n
        errors = mine.error[at & ~mine.failed]
        out.append(
            {
                "n": whole(n),
                **_mean(errors, level),
                "replicates": len(errors),
                "failed": int(failures[at].sum()),
            }
        )
    return out


def _mean(errors: Array, level: float) -> dict[str, float | None]:
    if not len(errors):
        return {"mean": None, "low": None, "high": None}
    mean = float(errors.mean())
    if len(errors) == 1:
        return {"mean": mean, "low": mean, "high": mean}
    half = float(student.ppf(0.5 + level / 2, len(errors) - 1) * errors.std(ddof=1) / len(errors) ** 0.5)
    return {"mean": mean, "low": max(mean - half, 0.0), "high": mean + half}


def _gain_entry(gain: Gain | None) -> dict[str, Any] | None:
    if gain is None:
        return None
    return {
        "against": gain.against,
        "n": whole(gain.n),
        "replicates": gain.replicates,
        "difference": {"median": gain.difference, "low": gain.low, "high": gain.high},
        "relative": {"median": gain.relative, "low": gain.relative_low, "high": gain.relative_high},
    }


def _overlap(trials: Trials, rows: NDArray[np.bool_]) -> dict[str, Any]:
    removed, used = float(trials.overlap_removed[rows].mean()), float(trials.overlap_used[rows].max())
    if used > 0:
        policy = "allow"
        sentence = (
            f"Up to {used:.0f} test materials stood in the source that the model was trained on: "
            "the errors are too optimistic for new materials."
        )
    elif removed > 0:
        policy = "exclude"
        sentence = (
            f"On average {removed:.1f} source materials were removed because they were test materials or near "
            "relatives of them; none was used."
        )
    else:
        policy, sentence = "none", "No test material stood in the source."
    return {"policy": policy, "removed_mean": removed, "used_max": int(used), "sentence": sentence}


def _joint_groups(trials: Trials) -> list[tuple[str, str, str, str]]:
    """(target, arm, learner, control) with a finished trial at two m or more."""
    c = trials.curve
    out = []
    for group in sorted({g[:4] for g in trials.groups()}):
        if len(np.unique(c.m[trials.rows(*group) & ~c.failed])) > 1:
            out.append(group)
    return out


def _joint_entry(trials: Trials, target: str, arm: str, learner: str, control: str, level: float) -> dict[str, Any]:
    """One entry of ``joint``."""
    rows = trials.rows(target, arm, learner, control)
    law = fit_curve(trials.curve.where(rows), level)
    written = law_entry(law) or {"form": None, "parameters": {}, "p_gap_zero": None, "p_forms": {}, "draws": {}}
    return {
        "target": target,
        "arm": arm,
        "learner": learner,
        "control": control,
        "unit": trials.units.get(target, ""),
        "points": [
            {"n": whole(n), "m": whole(m), "mean": float(mean)}
            for n, m, mean in zip(law.n, law.m, law.mean, strict=True)
        ],
        **written,
        "verdict": _verdict_entry(judge(law)),
    }


def _verdict_entry(verdict: Verdict) -> dict[str, Any]:
    return {"code": verdict.code, "sentence": verdict.sentence, "facts": dict(verdict.facts)}
