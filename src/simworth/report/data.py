"""What the page's scripts work from: the draws of the laws, the drawings' points, the run's own settings, and words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from simworth.inference.written import law_of
from simworth.laws import JOINT, SINGLE
from simworth.report.assets import words
from simworth.report.drawn import agreement_data, curve_data, parity_data
from simworth.report.folder import RunFolder
from simworth.report.summary import answers_of
from simworth.report.view import lead_of
from simworth.report.wording import Entry
from simworth.seeds import stream

Plain = dict[str, Any]

MOST_LETTERS = 3_500_000
"""Of all draws in a page; curves beyond, the leading ones first, are shown but not planned with."""


def page_data(runs: Sequence[tuple[RunFolder, Sequence[tuple[str, str]]]]) -> Plain:
    """Everything, for runs with the (mark, name) of each target in the page."""
    targets = [_target(run, name, slug) for run, marks in runs for slug, name in marks]
    _trim(targets)
    laws = [c["law"] for t in targets for c in (*t["curves"], *t["joint"]) if c["law"]]
    counts = sorted({len(law["which"]) for law in laws})
    arms = sorted({(c["arm"], len(c["law"]["which"])) for t in targets for c in t["curves"] if c["law"]})
    return {
        "targets": targets,
        "scores": {str(count): draw_scores(count) for count in counts},
        "orders": {arm: stream("ranking", arm, count).permutation(count).tolist() for arm, count in arms},
        "words": words(),
    }


def draw_scores(count: int) -> list[float]:
    """What `Prediction.draws` multiplies the spread of each draw by."""
    scores = ndtri((np.arange(count) + 0.5) / count)
    return [float(v) for v in stream("prediction", count).permutation(scores)]


def _target(run: RunFolder, name: str, slug: str) -> Plain:
    everything = [c for c in run.law["curves"] if c["target"] == name]
    curves = [c for c in everything if not c["control"]] or everything
    lead = lead_of(everything)
    joint = [c for c in run.law["joint"] if c["target"] == name and not c["control"]]
    return {
        "slug": slug,
        "name": name,
        "unit": lead["unit"],
        "metric": run.metric,
        "lead": next(i for i, c in enumerate(curves) if c is lead),
        "curves": [{**curve_data(run, c), "law": law_data(c, run.level)} for c in curves],
        "joint": [_joint(c, run.level) for c in joint],
        "parity": parity_data(run, lead),
        "agreement": agreement_data(run, name),
        "given": _given(run, lead),
    }


def _joint(entry: Entry, level: float) -> Plain:
    kept = {k: entry[k] for k in ("arm", "learner", "unit", "points")}
    return {**kept, "law": law_data(entry, level)}


def law_data(entry: Entry, level: float) -> Plain | None:
    """The draws of a law by form, each with its own parameters alone; None where there is no law."""
    law = law_of(entry, level)
    if law is None:
        return None
    registry: Mapping[str, Any] = JOINT if law.joint else SINGLE
    names = [str(name) for name in np.unique(law.draw_form)]
    forms = {}
    for name in names:
        rows = law.draw_form == name
        forms[name] = {k: law.draws[k][rows].tolist() for k in registry[name].PARAMETERS}
    departures = {k: getattr(law, k).tolist() for k in ("discrepancy", "wander", "bend", "shift")}
    return {
        "joint": law.joint,
        "level": level,
        "names": names,
        "which": "".join(str(names.index(str(f))) for f in law.draw_form),
        "forms": forms,
        "departures": {k: v if any(v) else 0 for k, v in departures.items()},
        "anchor": law.anchor,
        **{k: getattr(law, k).tolist() for k in ("n", "m", "mean")},
    }


def _given(run: RunFolder, lead: Entry) -> Plain:
    """The settings that the run was planned with; null where none was given."""
    plan = run.study.get("plan", {})
    costs = {
        "simulation": plan.get("cost_simulation"),
        "experiment": plan.get("cost_experiment"),
        "budget": plan.get("budget"),
        "value": plan.get("value"),
    }
    for answer in answers_of(lead, run.plan["answers"], "budget"):
        given = answer["given"]
        for key, name in (("simulation", "cost_simulation"), ("experiment", "cost_experiment"), ("budget", "budget")):
            costs[key] = given.get(name, costs[key])
    for answer in answers_of(lead, run.plan["answers"], "stop"):
        costs["simulation"] = answer["given"].get("cost_simulation", costs["simulation"])
        costs["value"] = answer["given"].get("value", costs["value"])
    worthwhile = [a["given"]["worthwhile"] for a in answers_of(lead, run.plan["answers"], "stop") if a["given"]]
    return {
        **costs,
        "target": _chosen_target(run, lead),
        "worthwhile": worthwhile[0] if worthwhile else plan.get("worthwhile", 0.02),
    }


def _chosen_target(run: RunFolder, lead: Entry) -> float | None:
    """The target error that was asked for; None where the default was planned with."""
    for answer in answers_of(lead, run.plan["answers"], "need"):
        if answer["given"] and "(90 % of the present one)" not in answer["sentence"]:
            return float(answer["given"]["target_error"])
    return None


def _trim(targets: Sequence[Plain]) -> None:
    """Leave out draws of curves, the least important first, where all would make the page too large; mark them."""
    ordered = [(t["curves"][t["lead"]]) for t in targets] + [j for t in targets for j in t["joint"]]
    ordered += [c for t in targets for i, c in enumerate(t["curves"]) if i != t["lead"]]
    letters = 0
    for curve in ordered:
        if curve["law"] is not None:
            letters += len(json.dumps(curve["law"], separators=(",", ":")))
            if letters > MOST_LETTERS:
                curve |= {"law": None, "left_out": True}


def left_out(data: Plain) -> dict[str, list[Plain]]:
    """By mark of each target, the curves whose draws the page does not carry; those over n and m have no ``m``."""
    return {t["slug"]: [c for c in (*t["curves"], *t["joint"]) if c.get("left_out")] for t in data["targets"]}
