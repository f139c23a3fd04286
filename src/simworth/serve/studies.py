"""From two uploaded tables to a study: what the files tell, what is asked, and the form for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from simworth.identity import KINDS
from simworth.serve.describe import Answered, Asked
from simworth.serve.jobs import UPLOADS
from simworth.serve.refusal import RefusedError

PATIENCE = 300.0
"""Seconds that looking at two tables may take."""
SIDES = ("measured", "computed")
TEXTS = {
    "name": "Name of the study",
    "kind": "Kind of material",
    "property": "Name of the property in results",
    "unit": "Unit of the property",
    "features": "Columns that describe a material",
    "proxy": "The computed property is another one than the measured",
    "material": "Column of the materials",
    "partner": "Column of their partners",
    "temperature": "Column of the temperature",
    "temperature_unit": "Unit of the temperature",
}
PAIRS = ("partner", "temperature", "temperature_unit")


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    key: str
    label: str
    value: str
    choices: tuple[str, ...] = ()
    """Empty: any text."""
    many: tuple[str, ...] = ()
    """The choices that are taken, where several may be."""
    asked: str = ""
    """Why it is asked, where the files do not tell it."""

    @property
    def several(self) -> bool:
        """Whether several choices may be taken."""
        return self.key == "features"


def look_at(
    folder: Path, names: tuple[str, str], said: Mapping[str, Any], quick: bool = False, write: bool = False
) -> Answered:
    """What two tables in ``folder`` tell, in another process; ``write`` also writes the study if all is told.

    Raises
    ------
    RefusedError
        When looking takes too long or the process ends abnormally.
    """
    asked = Asked(said=dict(said), names=names, effort="quick" if quick else "usual", write=write)
    command = [sys.executable, "-P", "-m", "simworth.serve.describe", str(folder)]
    try:
        done = subprocess.run(
            command, input=msgspec.json.encode(asked), capture_output=True, timeout=PATIENCE, check=False, cwd="/"
        )
        return msgspec.json.decode(done.stdout, type=Answered)
    except subprocess.TimeoutExpired:
        raise RefusedError(422, "Looking at these tables takes too long; send smaller ones.") from None
    except msgspec.DecodeError:
        raise RefusedError(422, "These tables make the reader stop; send others.") from None


def fields(told: Answered) -> list[tuple[str, list[Field]]]:
    """The form in parts: what is common, then each table."""
    asked = {str(q["key"]): q for q in told.questions}
    kind = told.said.get("kind")
    both = ["name", "kind", "property", "unit", "features", "proxy"]
    parts = [("Both tables", [f for key in both if (f := _field(key, "", told, asked))])]
    for side, title in zip(SIDES, ("Experiments", "Simulations"), strict=True):
        keys = ["material", *(PAIRS if kind == "pair" else ()), "property", "unit"]
        parts.append((title, [f for key in keys if (f := _field(key, side, told, asked))]))
    return parts


def _field(key: str, side: str, told: Answered, asked: Mapping[str, Mapping[str, Any]]) -> Field | None:
    full = f"{side}_{key}" if side else key
    question, value = asked.get(full), told.said.get(full)
    if not side and key in ("unit", "proxy") and question is None and value is None:
        return None
    if key == "features" and told.said.get("kind") != "features":
        return None
    label = "Column of the property" if side and key == "property" else TEXTS[key]
    why = _sentence(str(question["text"])) if question else ""
    choices = tuple(question["choices"]) if question else ()
    if question and value is None:
        value = question["suggestion"]
    if key == "features":
        chosen = tuple(value.split(",")) if isinstance(value, str) else tuple(value or ())
        return Field(full, label, "", _common(told), chosen, why)
    if key == "proxy":
        return Field(
            full,
            label,
            "yes" if value is True else "no" if value is False else str(value or ""),
            ("no", "yes"),
            asked=why,
        )
    if key == "kind":
        choices = tuple(KINDS)
    if side and key in ("material", "partner", "temperature", "property"):
        choices = _columns(told, side, numeric=key in ("temperature", "property"))
    return Field(full, label, str(value or ""), choices, asked=why)


def _columns(told: Answered, side: str, numeric: bool) -> tuple[str, ...]:
    """Columns to choose from, the likelier sort first."""
    columns = told.columns[SIDES.index(side)] if len(told.columns) == 2 else ()
    return tuple(c["name"] for c in sorted(columns, key=lambda c: bool(c["numeric"]) != numeric))


def _common(told: Answered) -> tuple[str, ...]:
    """Columns of numbers that both tables have."""
    if len(told.columns) != 2:
        return ()
    second = {c["name"] for c in told.columns[1] if c["numeric"]}
    return tuple(c["name"] for c in told.columns[0] if c["numeric"] and c["name"] in second)


def said_by(texts: Mapping[str, Sequence[str]], told: Answered) -> dict[str, Any]:
    """What a sent form says; only fields of the form count, and an empty one says nothing.

    Raises
    ------
    RefusedError
        For a choice that was not offered.
    """
    said: dict[str, Any] = {}
    for _, part in fields(told):
        for field in part:
            given = [t.strip() for t in texts.get(field.key, ()) if t.strip()]
            wrong = [t for t in given if field.choices and t not in field.choices]
            if wrong:
                raise RefusedError(422, f"{field.label}: that choice was not offered; choose one of the list.")
            if field.several:
                said[field.key] = given
            elif given and field.key == "proxy":
                said[field.key] = given[0] == "yes"
            elif given:
                said[field.key] = given[0]
    return said


def _sentence(text: str) -> str:
    """A question with a capital and an end."""
    start = text[:1] if "." in text.partition(" ")[0] else text[:1].upper()  # a file keeps its name
    return f"{start}{text[1:]}{'' if text.endswith(('.', '?')) else '?' if ':' in text else '.'}"


def names_of(files: Mapping[str, str]) -> tuple[str, str]:
    """The user's names of the two files."""
    return files.get(UPLOADS[0], UPLOADS[0]), files.get(UPLOADS[1], UPLOADS[1])
