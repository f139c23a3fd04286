"""plan.json: the answers to every question that a law.json can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from simworth.documents import Document, finite, read_document, seal
from simworth.inference.documents import SCHEMA as LAW_SCHEMA
from simworth.inference.written import law_of
from simworth.planning.answer import Answer
from simworth.planning.equivalence import equivalence
from simworth.planning.growth import growth
from simworth.planning.limit import limit
from simworth.planning.need import need
from simworth.planning.stop import WORTHWHILE, stop

SCHEMA = "simworth-plan/1"
NOT_BETTER = ("no_transfer", "harmful")
CAUTION = "But at the sizes measured the simulations do not beat learning from the experiments alone."


def plan_law(path: Path, target_error: float | None = None, worthwhile: float = WORTHWHILE) -> Document:
    """Answer need, limit, growth and stop for every curve, and equivalence for every joint law, of a law file.

    Controls (shuffled labels) are not planned with. A curve without a law gets its verdict as the answer.

    Raises
    ------
    InputError
        When the file is no law document or was changed, or a setting is out of range.
    """
    return plan_document(read_document(path, LAW_SCHEMA), target_error, worthwhile)


def plan_document(law: Document, target_error: float | None = None, worthwhile: float = WORTHWHILE) -> Document:
    """`plan_law` of a document at hand."""
    level = float(law["level"])
    answers: list[dict[str, Any]] = []
    for entry in law["curves"]:
        if not entry["control"]:
            answers += [_written(a, entry) for a in _answers(entry, level, target_error, worthwhile)]
    for entry in law["joint"]:
        if not entry["control"]:
            answers.append(_written(_equivalence(entry, level), entry))
    return seal(SCHEMA, {"law": law["digest"]}, {"level": level, "answers": answers})


def _answers(entry: Mapping[str, Any], level: float, target_error: float | None, worthwhile: float) -> list[Answer]:
    law, unit = law_of(entry, level), entry["unit"]
    if law is None:
        return [Answer(q, entry["verdict"]["sentence"]) for q in ("need", "limit", "growth", "stop")]
    advice = stop(law, worthwhile)
    if entry["verdict"]["code"] in NOT_BETTER:
        # A falling curve alone is no reason to produce: it may start far above what the experiments give by themselves.
        advice = replace(advice, sentence=f"{advice.sentence} {CAUTION}")
    return [need(law, target_error, unit=unit), limit(law, unit=unit), growth(law, unit=unit), advice]


def _equivalence(entry: Mapping[str, Any], level: float) -> Answer:
    law = law_of(entry, level)
    return Answer("equivalence", entry["verdict"]["sentence"]) if law is None else equivalence(law)


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
    }
