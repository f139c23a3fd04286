"""What a user has said of two tables, and what is still to be asked."""

from __future__ import annotations

import msgspec

from simworth.errors import InputError


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a study; None where nothing is."""

    name: str | None = None
    """Of the study."""
    kind: str | None = None
    property: str | None = None
    """Name of the property in results."""
    unit: str | None = None
    """Of the property in each table whose header states none."""
    measured_material: str | None = None
    measured_property: str | None = None
    measured_unit: str | None = None
    measured_partner: str | None = None
    measured_temperature: str | None = None
    measured_temperature_unit: str | None = None
    computed_material: str | None = None
    computed_property: str | None = None
    computed_unit: str | None = None
    computed_partner: str | None = None
    computed_temperature: str | None = None
    computed_temperature_unit: str | None = None
    features: tuple[str, ...] = ()
    proxy: bool | None = None
    """The computed property is another one than the measured."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the files do not tell."""

    key: str
    """The field of `Said` that an answer fills."""
    text: str
    """What the files do not tell, in one sentence without a full stop."""
    option: str
    """The option of the command line that answers."""
    choices: tuple[str, ...] = ()
    """What may be answered; empty: any text."""
    suggestion: str | None = None
    many: bool = False
    """Several choices may be taken, with commas between them."""


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What was told from two files: ``said`` completed as far as could be."""

    said: Said
    questions: tuple[Question, ...] = ()
    reasons: tuple[str, ...] = ()
    """A sentence for each thing that was told from the files."""
    notes: tuple[str, ...] = ()
    """What a user should look at."""


def with_answer(said: Said, key: str, text: str) -> Said:
    """``said`` with the answer to a question.

    Raises
    ------
    InputError
        When there is no such question, or "yes" or "no" was to be said and was not.
    """
    text = text.strip()
    if key not in Said.__struct_fields__:
        raise InputError(f"{key!r} is not asked; answer one of {', '.join(Said.__struct_fields__)}")
    if key == "features":
        return msgspec.structs.replace(said, features=tuple(f.strip() for f in text.split(",") if f.strip()))
    if key == "proxy":
        if text.lower() not in ("yes", "no", "y", "n"):
            raise InputError(f"{text!r} is neither yes nor no; answer one of them")
        return msgspec.structs.replace(said, proxy=text.lower().startswith("y"))
    return msgspec.structs.replace(said, **{key: text or None})
