"""Two files while they are understood: what is known so far, and what has to be asked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from simworth.errors import InputError
from simworth.starting.looking import Column, Look
from simworth.starting.said import Guess, Question, Said

Side = Literal["measured", "computed"]
SIDES: tuple[Side, Side] = ("measured", "computed")


@dataclass
class Case:
    """What `simworth.starting.guess` works on; a `Guess` comes of it."""

    measured: Look
    computed: Look
    said: Said
    questions: list[Question] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def look(self, side: Side) -> Look:
        """The file of a side."""
        return self.measured if side == "measured" else self.computed

    def get(self, side: Side, key: str) -> str | None:
        """What is known of a side."""
        found: str | None = getattr(self.said, f"{side}_{key}")
        return found

    def column(self, side: Side, key: str) -> Column | None:
        """The column that is known to hold something.

        Raises
        ------
        InputError
            When the file has no such column.
        """
        name = self.get(side, key)
        return None if name is None else need_column(self.look(side), name)

    def tell(self, side: Side, key: str, value: str) -> None:
        """Note what a side's file has told."""
        self.said = msgspec.structs.replace(self.said, **{f"{side}_{key}": value})

    def ask(
        self,
        key: str,
        text: str,
        option: str,
        choices: tuple[str, ...] = (),
        suggestion: str | None = None,
        many: bool = False,
    ) -> None:
        """Note what has to be asked."""
        asked = Question(key=key, text=text, option=option, choices=choices, suggestion=suggestion, many=many)
        self.questions.append(asked)

    def guess(self) -> Guess:
        """What came of it."""
        return Guess(
            said=self.said, questions=tuple(self.questions), reasons=tuple(self.reasons), notes=tuple(self.notes)
        )


def need_column(looked: Look, name: str) -> Column:
    """The column of a name.

    Raises
    ------
    InputError
        When the file has none, naming those that it has.
    """
    found = looked.column(name)
    if found is not None:
        return found
    names = [c.name for c in looked.named]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    shown = ", ".join(map(repr, names[:8])) + (" and others" if len(names) > 8 else "")
    advice = f"did you mean {close[0]!r}?" if close else f"it has {shown}"
    raise InputError(f"{looked.path}: has no column {name!r}; {advice}")
