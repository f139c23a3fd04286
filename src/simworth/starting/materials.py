"""Which kind of material two tables hold, and in which columns."""

from __future__ import annotations

import msgspec

from simworth.errors import InputError
from simworth.identity import KINDS, WHAT, Kind
from simworth.starting.case import SIDES, Case, Side, need_column
from simworth.starting.headers import WARM, split_unit
from simworth.starting.looking import TRIED, Column, Look
from simworth.starting.pairing import NUMBERING

READABLE = 0.8
"""Share of the looked-at cells that must be readable as a kind."""
NAMES: dict[Kind, tuple[str, ...]] = {
    "composition": ("formula", "composition", "chemical_formula", "reduced_formula", "formula_pretty"),
    "molecule": ("smiles", "canonical_smiles", "isomeric_smiles", "molecule"),
    "polymer": ("smiles", "psmiles", "p_smiles", "repeat_unit", "monomer", "polymer"),
    "features": ("material", "name", "sample", "id"),
}
"""Names of columns that hold materials of a kind, among which the choice is clear."""
MEANT: dict[Kind, tuple[str, ...]] = {"composition": ("formula", "composition"), "molecule": ("smiles", "molecul")}
"""Words in a name that tell whether ``CO`` is a formula or a SMILES."""


def find_materials(case: Case) -> None:
    """Tell or ask the kind, the columns of materials, and for pairs the partners and temperatures.

    Raises
    ------
    InputError
        When the kind is not known, or a named column is not there.
    """
    _find_kind(case)
    if case.said.kind is None:
        return
    kind = KINDS[KINDS.index(case.said.kind)]
    found = {side: _choices(case, side, "polymer" if kind == "pair" else kind, "material") for side in SIDES}
    for side in SIDES:
        _choose(case, side, "material", "polymer" if kind == "pair" else kind, found)
    if kind == "pair":
        partners = {side: _choices(case, side, "molecule", "partner") for side in SIDES}
        for side in SIDES:
            _choose(case, side, "partner", "molecule", partners)
            _find_temperature(case, side)


def readable(looked: Look, kind: Kind) -> tuple[Column, ...]:
    """Columns that hold materials of a kind."""
    return tuple(c for c in looked.named if c.kinds.get(kind, 0.0) >= READABLE)


def _find_kind(case: Case) -> None:
    if case.said.kind is not None:
        if case.said.kind not in KINDS:
            raise InputError(f"kind {case.said.kind!r} is not known; use one of {', '.join(KINDS)}")
        return
    possible = [k for k in TRIED if all(_columns(case, s, k) for s in SIDES)]
    if len(possible) == 2 and set(possible) == {"composition", "molecule"}:
        possible = _meant(case) or possible
    if len(possible) == 1:
        case.said = msgspec.structs.replace(case.said, kind=possible[0])
        return
    if set(possible) == {"polymer", "molecule"}:
        case.ask(
            "kind", "both files have a column of repeat units and one of molecules: are the materials pairs of both",
            "--kind KIND", ("pair", "polymer", "molecule"), "pair",
        )  # fmt: skip
        return
    if possible:
        case.ask("kind", f"the materials can be read as {' or '.join(possible)}", "--kind KIND", tuple(possible))
        return
    why = f" ({case.measured.missing})" if case.measured.missing else ""
    seen = {side: [k for k in TRIED if _columns(case, side, k)] for side in SIDES}
    text = f"no kind of material was recognised in a column of both files{why}"
    if seen["measured"] and seen["computed"]:
        one, two = (f"{case.look(side).name} holds {_what('', seen[side][0])}" for side in SIDES)
        text = f"{one} and {two}, while both must hold one kind: which is it"
    case.ask("kind", text, "--kind KIND", KINDS, None if why else "features")


def _columns(case: Case, side: Side, kind: Kind) -> tuple[Column, ...]:
    """Columns of a kind, or the named one where it is of that kind."""
    named = case.column(side, "material")
    if named is None:
        return readable(case.look(side), kind)
    return (named,) if named.kinds.get(kind, 0.0) >= READABLE else ()


def _meant(case: Case) -> list[Kind]:
    """Composition or molecule, where the same columns can be read as both and their names tell."""
    votes = set()
    for side in SIDES:
        for kind in ("composition", "molecule"):
            if any(word in c.name.lower() for c in _columns(case, side, kind) for word in MEANT[kind]):
                votes.add(kind)
    return [k for k in ("composition", "molecule") if votes == {k}]


def _choices(case: Case, side: Side, kind: Kind, key: str) -> tuple[Column, ...]:
    """Columns that may hold what is looked for."""
    looked = case.look(side)
    named = case.column(side, key)
    if named is not None:
        return (named,)
    found = readable(looked, kind)
    if kind == "features":
        found = tuple(c for c in looked.named if not c.numeric and 2 * c.distinct > looked.rows - c.empty > 0)
        found = found or tuple(c for c in looked.named if NUMBERING.match(c.name) and c.distinct == looked.rows)
    return found


def _choose(case: Case, side: Side, key: str, kind: Kind, found: dict[Side, tuple[Column, ...]]) -> None:
    """Take the one column, the one with a clear name, or the one that the other table has; ask otherwise."""
    looked, mine = case.look(side), found[side]
    if case.get(side, key) is not None:
        return
    clear = [c for c in mine if c.name.lower() in NAMES[kind]]
    other = found[SIDES[1 - SIDES.index(side)]]
    same = [c for c in mine if len(other) == 1 and c.name == other[0].name]
    one = mine if len(mine) == 1 else clear if len(clear) == 1 else same
    if one:
        case.tell(side, key, one[0].name)
        share = one[0].kinds.get(kind)
        read = "" if share is None else f", of which {100 * share:.0f} % can be read"
        case.reasons.append(f"{looked.name}: {_what(key, kind)} in {one[0].name!r}{read}")
        return
    offered = mine or tuple(c for c in looked.named if not c.numeric) or looked.named
    likely = max(offered, key=lambda c: c.distinct).name if mine else None
    place = "MEASURED" if side == "measured" else "MEASURED,COMPUTED"
    text = f"{looked.name}: which column holds the {_what(key, kind)}"
    case.ask(
        f"{side}_{key}", text if mine else f"{text} ({WHAT[kind]})", f"--{key} {place}",
        tuple(c.name for c in offered), likely,
    )  # fmt: skip


def _what(key: str, kind: Kind) -> str:
    if key == "partner":
        return "partners"
    return {"polymer": "repeat units", "molecule": "molecules", "composition": "compositions"}.get(kind, "materials")


def _find_temperature(case: Case, side: Side) -> None:
    """A column of temperatures, where there is one, and its unit."""
    looked = case.look(side)
    if case.get(side, "temperature") is None:
        warm = [c for c in looked.named if c.numeric and WARM.search(split_unit(c.name)[0])]
        if len(warm) != 1:
            return
        case.tell(side, "temperature", warm[0].name)
        case.reasons.append(f"{looked.name}: temperatures in {warm[0].name!r}")
    column = need_column(looked, case.get(side, "temperature") or "")
    if case.get(side, "temperature_unit") is None and column.unit in ("K", "degC", "degF"):
        case.tell(side, "temperature_unit", column.unit)
    if case.get(side, "temperature_unit") is None:
        case.ask(
            f"{side}_temperature_unit", f"{looked.name}: in which unit is {column.name!r}",
            "--temperature COLUMN:UNIT", ("K", "degC"),
        )  # fmt: skip
