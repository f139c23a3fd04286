"""plan.json: the answers to every question that a law.json can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simworth.documents import Document, finite, read_document, seal
from simworth.inference.documents import SCHEMA as LAW_SCHEMA
from simworth.inference.written import law_of
from simworth.planning.answer import Answer
from simworth.planning.budget import budget
from simworth.planning.costs import Costs
from simworth.planning.design import design
from simworth.planning.equivalence import equivalence
from simworth.planning.growth import growth
from simworth.planning.isoline import isoline
from simworth.planning.limit import limit
from simworth.planning.need import need
from simworth.planning.ranking import rank_at, rank_for_budget, rank_in_limit
from simworth.planning.rounds import rounds
from simworth.planning.stop import WORTHWHILE, stop

SCHEMA = "simworth-plan/1"
NOT_BETTER = ("no_transfer", "harmful")
CAUTION = "But at the sizes measured the simulations do not beat learning from the experiments alone."


def plan_law(
    path: Path, target_error: float | None = None, worthwhile: float = WORTHWHILE, costs: Costs | None = None
) -> Document:
    """Answer every question that a law file supports; those of costs only where the costs they need are given.

    Every curve: need, limit, growth, stop, rounds and design. Every joint law: equivalence, isoline and budget. Curves
    of one target, m and learner: rankings of their sources. Controls (shuffled labels) are not planned with. A curve
    without a law gets its verdict as the answer.

    Raises
    ------
    InputError
        When the file is no law document or was changed, or a setting is out of range.
    """
    return plan_document(read_document(path, LAW_SCHEMA), target_error, worthwhile, costs)


def plan_document(
    law: Document, target_error: float | None = None, worthwhile: float = WORTHWHILE, costs: Costs | None = None
) -> Document:
    """`plan_law` of a document at hand."""
    level, money = float(law["level"]), costs or Costs()
    answers: list[dict[str, Any]] = []
    for entry in law["curves"]:
        if not entry["control"]:
            answers += [_written(a, entry) for a in _answers(entry, level, target_error, worthwhile, money)]
    for entry in law["joint"]:
        if not entry["control"]:
            answers += [_written(a, entry) for a in _joint_answers(entry, level, money)]
    for rivals in _rivals(law["curves"]):
        shared = {**rivals[0], "arm": None, "verdict": {"code": None}}
        answers += [_written(a, shared) for a in _rankings(rivals, level, money)]
    unspent = _unspent(law, answers, money)
    if unspent is not None:
        first = next(e for e in law["curves"] if not e["control"])
        answers.append(_written(unspent, {**first, "arm": None, "m": None, "verdict": {"code": None}}))
    return seal(SCHEMA, {"law": law["digest"]}, {"level": level, "answers": answers})


def _unspent(law: Document, answers: Sequence[Mapping[str, Any]], costs: Costs) -> Answer | None:
    """Why costs that were given changed no answer; None where they did, or none were given."""
    asked = {a["question"] for a in answers}
    if (costs.budget is None and costs.experiment is None) or asked & {"budget", "isoline", "ranking_budget"}:
        return None
    if all(e["control"] for e in law["curves"]):
        return None
    if all(e["control"] for e in law["joint"]):
        sentence = (
            "No split of a budget can be told: that needs a law in simulations and experiments, and these trials are "
            "at one m; add trials at another."
        )
        return Answer("budget", sentence, facts={"case": "one_m"})
    sentence = "No split of a budget can be told without the cost of an experiment; give that too."
    return Answer("budget", sentence, facts={"case": "no_cost"})


def _answers(
    entry: Mapping[str, Any], level: float, target_error: float | None, worthwhile: float, costs: Costs
) -> list[Answer]:
    law, unit = law_of(entry, level), entry["unit"]
    if law is None:
        return [_lawless(q, entry) for q in ("need", "limit", "growth", "stop")]
    needed = need(law, target_error, unit=unit)
    advice = stop(law, worthwhile, cost_per_simulation=costs.simulation if costs.value else None, value=costs.value)
    plan = rounds(law, target_error, unit=unit, own_splits=True)
    if entry["verdict"]["code"] in NOT_BETTER:
        # A falling curve alone is no reason to produce: it may start far above what the experiments give by themselves.
        advice, plan = (replace(a, sentence=f"{a.sentence} {CAUTION}") for a in (advice, plan))
    open_question = needed.probabilities["unreachable"] < 0.5 and needed.probabilities["reached_now"] < 0.5
    trial = design(law, "need" if open_question else "growth", target_error)
    return [needed, limit(law, unit=unit), growth(law, unit=unit), advice, plan, trial]


def _lawless(question: str, entry: Mapping[str, Any]) -> Answer:
    """The verdict as the answer, where there is no law to ask."""
    verdict = entry["verdict"]
    return Answer(question, verdict["sentence"], facts={"case": "no_law", **verdict.get("facts", {})})


def _joint_answers(entry: Mapping[str, Any], level: float, costs: Costs) -> list[Answer]:
    law, unit = law_of(entry, level), entry["unit"]
    if law is None:
        return [_lawless("equivalence", entry)]
    answers = [equivalence(law)]
    if costs.simulation is not None and costs.experiment is not None:
        answers.append(isoline(law))
        if costs.budget is not None:
            answers.append(budget(law, costs.simulation, costs.experiment, costs.budget, unit=unit))
    return answers


def _rivals(curves: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Curves with a law of the same target, m and learner, where two sources at least have one."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for entry in curves:
        if entry["law"] and not entry["control"]:
            groups.setdefault((entry["target"], entry["m"], entry["learner"]), []).append(entry)
    return [g for g in groups.values() if len({e["arm"] for e in g}) > 1]


def _rankings(rivals: Sequence[Mapping[str, Any]], level: float, costs: Costs) -> list[Answer]:
    """Rankings of sources; paired, since the replicates of a study split the experiments alike for every source."""
    laws = {str(e["arm"]): law for e in rivals if (law := law_of(e, level)) is not None}
    unit = rivals[0]["unit"]
    paired = all(law.shift.any() for law in laws.values())
    answers = [rank_at(laws, paired=paired, unit=unit), rank_in_limit(laws, paired=paired, unit=unit)]
    if costs.simulation is not None and costs.budget is not None:
        each = dict.fromkeys(laws, costs.simulation)
        answers.append(rank_for_budget(laws, each, costs.budget, paired=paired, unit=unit))
    return answers


def _written(answer: Answer, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as JSON: infinite values are null."""
    return {
        "question": answer.question,
        "target": entry["target"],
        "arm": entry["arm"],
        "m": entry.get("m"),
        "learner": entry["learner"],
        "verdict": entry["verdict"]["code"],
        "sentence": answer.sentence,
        "values": {
            k: {"median": finite(v.median), "low": finite(v.low), "high": finite(v.high)}
            for k, v in answer.values.items()
        },
        "given": dict(answer.given),
        "probabilities": dict(answer.probabilities),
        "expected": {k: finite(v) for k, v in answer.expected.items()},
        "facts": dict(answer.facts),
    }
