"""What is wrong with the settings of a file, in words: where, what it is, what it must be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec.inspect as inspect

WORDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "a table of keys", "null": "nothing",
}  # fmt: skip
AT = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?$", re.DOTALL)
UNKNOWN = re.compile(r"Object contains unknown field `(.*)`$", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(.*)`$", re.DOTALL)
CHOICE = re.compile(r"Invalid (?:enum )?value (.*)$", re.DOTALL)
TYPE = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>[^`]*)`$")
LENGTH = re.compile(r"Expected `array` of length (\d+)(?:, got (\d+))?$")


def say_mistake(message: str, kind: type) -> str:
    """msgspec's message about values that are no ``kind``, as a sentence for whoever wrote the file.

    Parameters
    ----------
    message : str
        Of a `msgspec.ValidationError`.
    kind : type
        The struct that the file describes.

    Examples
    --------
    >>> from simworth.sweep.spec import StudySpec
    >>> say_mistake("Expected `int`, got `str` - at `$.sweep.replicates`", StudySpec)
    '[sweep] replicates is text; it must be a whole number'
    """
    found = AT.match(message)
    assert found is not None
    what, path = found["what"], _path(found["place"] or "")
    known = list(_types(inspect.type_info(kind), path))
    if unknown := UNKNOWN.match(what):
        return _unknown(unknown[1], path, known)
    if missing := MISSING.match(what):
        return f"{_place(path)} lacks {missing[1]!r}; add it" if path else f"{missing[1]!r} is missing; add it"
    if choice := CHOICE.match(what):
        return f"{_place(path)} is {choice[1]}; it may be {_wanted(known, ())}"
    if wrong := TYPE.match(what):
        got = WORDS.get(wrong["got"], wrong["got"])
        if wrong["got"] == "float" and "float" not in wrong["wanted"]:
            got = "a number with decimals"
        return f"{_place(path)} is {got}; it must be {_wanted(known, wrong['wanted'].split(' | '))}"
    if length := LENGTH.match(what):
        number = f" and has {length[2]}" if length[2] else ""
        return f"{_place(path)} must be a list of {length[1]}{number}; correct it"
    return f"{_place(path)}: {what}"


def _path(place: str) -> list[str | int]:
    """``target[0].where[...]`` as its keys and numbers."""
    parts: list[str | int] = []
    for key, number in re.findall(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]", place):
        if key:
            parts.append(key)
        else:
            parts.append(int(number) if number.isdigit() else "…")
    return parts


def _place(path: Sequence[str | int]) -> str:
    """Where that stands, as a file shows it: ``[sweep] replicates``, ``[[target]] 1, unit``."""
    if not path:
        return "the file"
    if len(path) == 1:
        return f"{path[0]!r}"
    first, second, *rest = path
    if isinstance(second, int):
        head = f"[[{first}]] number {second + 1}"
        return f"{head}, {_inner(rest)}" if rest else head
    return f"[{first}] {_inner([second, *rest])}"


def _inner(path: Sequence[str | int]) -> str:
    text = ""
    for part in path:
        text += f", number {part + 1}" if isinstance(part, int) else f".{part}" if text else str(part)
    return text.replace(".…", ", a value")


def _unknown(name: str, path: Sequence[str | int], known: list[Any]) -> str:
    fields = [f.encode_name for kind in known for f in getattr(kind, "fields", ())]
    close = difflib.get_close_matches(name, fields, n=1, cutoff=0.6)
    place = _place(path) if path else "the file"
    if len(path) == 1:
        place = f"[{path[0]}]"
    advice = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(sorted(dict.fromkeys(fields)))}"
    return f"{place} has an unknown key {name!r}; {advice}"


def _wanted(known: list[Any], types: Sequence[str]) -> str:
    """What may stand there: the values that are named one by one, and words for the other types."""
    values = [v for kind in known for v in _values(kind)]
    said = [repr(v) for v in dict.fromkeys(values)]
    plain = [t for t in types if t != "null" and not (t == "str" and said and not _has(known, inspect.StrType))]
    if not types:
        plain = [name for name, kind in (("int", inspect.IntType), ("float", inspect.FloatType)) if _has(known, kind)]
        plain += ["array"] if _has(known, inspect.VarTupleType) else []
    said += [WORDS.get(t, t) for t in plain]
    return " or ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said) or "another value"


def _values(kind: Any) -> list[Any]:
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    return []


def _has(known: list[Any], kind: type) -> bool:
    return any(isinstance(k, kind) for k in known)


def _types(kind: Any, path: Sequence[str | int]) -> Iterator[Any]:
    """The types that may stand at a path, those of a union one by one."""
    for one in getattr(kind, "types", (kind,)):
        if not path:
            yield one
            continue
        first, *rest = path
        if isinstance(first, int):
            inside = [t for t in (getattr(one, "item_type", None),) if t is not None]
        elif first == "…":
            inside = [t for t in (getattr(one, "value_type", None),) if t is not None]
        else:
            inside = [f.type for f in getattr(one, "fields", ()) if f.encode_name == first]
            if not inside and getattr(one, "tag_field", None) == first and not rest:
                inside = [inspect.LiteralType((one.tag,))]
        for found in inside:
            yield from _types(found, rest)
