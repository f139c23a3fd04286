"""What may stand in a page of JSON: each reader takes any value and gives a plain one, or says what is wrong."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import msgspec

from simworth.ingest.transfer.policy import PageError

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
NOTHING = frozenset({"", "null", "none", "nan", "n/a", "na", "-"})
"""Texts, in small letters, that stand for no value."""
LONGEST = 10_000
"""Characters of a text cell."""


def decode(body: bytes) -> Any:
    """JSON, strictly: no NaN, no bytes after its end.

    Raises
    ------
    PageError
        When it is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        head = body[:40].lstrip()
        what = "a web page" if head.startswith(b"<") else "no JSON" if len(body) else "empty"
        raise PageError(f"it is {what}, or cut short") from None


def mapping(value: Any, what: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise PageError(f"{what} is no object")
    return value


def listing(value: Any, what: str) -> list[Any]:
    """A JSON list."""
    if not isinstance(value, list):
        raise PageError(f"{what} is no list")
    return value


def count(value: Any) -> int | None:
    """A number of entries, or None where none is said."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**12:
        return None
    return value


def identifier(value: Any) -> str:
    """An entry's name: a short text, or a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:40]
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise PageError("an entry has no name")
    return value.strip()


def number(value: Any, name: str, unreadable: Counter[str]) -> float | None:
    """A finite number, also where it is written as a text; None for no value.

    What is neither is counted under ``name`` and becomes no value.
    """
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in NOTHING:
            return None
        if NUMBER.fullmatch(text):
            found = float(text)
            if math.isfinite(found):
                return found
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if math.isfinite(found):
            return found
    unreadable[name] += 1
    return None


def text(value: Any, name: str, unreadable: Counter[str]) -> str | None:
    """A text; numbers and truth values are spelled out, anything else is counted and becomes no value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:LONGEST]
    if isinstance(value, str) and len(value) <= LONGEST:
        return value.strip() or None
    unreadable[name] += 1
    return None


def inner(entry: dict[str, Any], path: str) -> Any:
    """The value under a name, or under names joined by dots."""
    if path in entry:
        return entry[path]
    found: Any = entry
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found
