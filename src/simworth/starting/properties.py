"""Which columns hold the property, in which units, and which describe materials without a formula."""

from __future__ import annotations

import msgspec

from simworth.errors import InputError
from simworth.starting.case import SIDES, Case, Side, need_column
from simworth.starting.headers import read_unit
from simworth.starting.looking import Column
from simworth.starting.pairing import candidates, convertible, likeness, pairs, result_name
from simworth.units import parse_unit


def find_property(case: Case) -> None:
    """Tell or ask the columns of the property, their units, and what they are called in results.

    Raises
    ------
    InputError
        When a table has no column of numbers, or what was said cannot be.
    """
    choices = {side: _choices(case, side) for side in SIDES}
    _match(case, choices["measured"], choices["computed"])
    if case.said.measured_property is None or case.said.computed_property is None:
        return
    for side in SIDES:
        _find_unit(case, side)
    if case.said.property is None:
        case.said = msgspec.structs.replace(case.said, property=result_name(case.said.measured_property))
    _compare_units(case)


def find_features(case: Case) -> None:
    """Ask which columns describe the materials, where nothing else does.

    Raises
    ------
    InputError
        When the tables have no column of numbers in common beside the property.
    """
    if case.said.kind != "features":
        return
    taken = {case.said.measured_property, case.said.computed_property}
    other = {c.name for c in case.computed.named if c.numeric}
    shared = tuple(c.name for c in candidates(case.measured) if c.name in other and c.name not in taken)
    if not case.said.features:
        if not shared:
            raise InputError(
                f"{case.measured.path} and {case.computed.path}: have no column of numbers in common that could "
                "describe the materials; add the same columns of descriptors to both"
            )
        case.ask(
            "features", "which columns, in both files, describe the materials", "--feature COLUMN", shared,
            ",".join(shared), many=True,
        )  # fmt: skip
    for name in case.said.features:
        for side in SIDES:
            if not need_column(case.look(side), name).numeric:
                raise InputError(f"{case.look(side).path}: {name!r} is no column of numbers; name another feature")


def _choices(case: Case, side: Side) -> tuple[Column, ...]:
    """The named column, or all that may hold a property."""
    looked = case.look(side)
    named = case.column(side, "property")
    if named is not None:
        if not named.numbers:
            raise InputError(f"{looked.path}: the column {named.name!r} holds no number; name another")
        return (named,)
    taken = {case.get(side, "temperature"), case.get(side, "material"), *case.said.features}
    found = tuple(c for c in candidates(looked) if c.name not in taken)
    if not found:
        shown = ", ".join(repr(c.name) for c in looked.named[:8])
        raise InputError(f"{looked.path}: no column of numbers that could be the property is among {shown}; add one")
    return found


def _match(case: Case, measured: tuple[Column, ...], computed: tuple[Column, ...]) -> None:
    """Tell the two columns where there is no choice or their names belong together."""
    found = pairs(measured, computed)
    if len(found) == 1 and (len(measured) == len(computed) == 1 or likeness(*found[0])[0] > 0):
        for side, column, among in zip(SIDES, found[0], (measured, computed), strict=True):
            if case.get(side, "property") is None:
                case.tell(side, "property", column.name)
                more = "" if len(among) == 1 else f", the name most like the other table's among {len(among)}"
                case.reasons.append(f"{case.look(side).name}: the property in {column.name!r}{more}")
        return
    alike = likeness(*found[0])[0] > 0
    for side, k, among in zip(SIDES, (0, 1), (measured, computed), strict=True):
        if len(among) == 1:
            if case.get(side, "property") is None:
                case.tell(side, "property", among[0].name)
            continue
        likely = list(dict.fromkeys(pair[k].name for pair in found)) if alike else []
        names = tuple(dict.fromkeys([*likely, *(c.name for c in among)]))
        place = "MEASURED" if side == "measured" else "MEASURED,COMPUTED"
        case.ask(
            f"{side}_property", f"{case.look(side).name}: which column holds the property", f"--property {place}",
            names, likely[0] if len(likely) == 1 else None,
        )  # fmt: skip
        return  # the other table's column may follow from the answer


def _find_unit(case: Case, side: Side) -> None:
    """The unit that was said, or that the column's name states."""
    looked, column = case.look(side), case.column(side, "property")
    assert column is not None
    said = case.get(side, "unit") or (case.said.unit if column.unit is None else None)
    if said is not None:
        unit = read_unit(said) or said
        parse_unit(unit, f"{looked.path}, column {column.name!r}")
        case.tell(side, "unit", unit)
        return
    if column.unit is not None:
        case.tell(side, "unit", column.unit)
        case.reasons.append(f"{looked.name}: {column.name!r} is in {column.unit}, as its name says")
        return
    # What the other table says may be meant here, and may not.
    other = SIDES[1 - SIDES.index(side)]
    there = case.column(other, "property")
    likely = case.get(other, "unit") or (there.unit if there else None)
    place = "UNIT" if side == "measured" else "MEASURED,COMPUTED"
    case.ask(
        f"{side}_unit",
        f"{looked.name}: in which unit is {column.name!r} (such as eV, kJ/mol, g/cm^3; 1 for a pure number)",
        f"--unit {place}", (), likely,
    )  # fmt: skip


def _compare_units(case: Case) -> None:
    """Units that measure different things make the computed property a proxy, which has to be said."""
    one, two = case.said.measured_unit, case.said.computed_unit
    if one is None or two is None or convertible(two, one):
        return
    different = (
        f"{case.said.computed_property!r} in {two} ({case.computed.name}) and {case.said.measured_property!r} in {one} "
        f"({case.measured.name}) measure different things"
    )
    if case.said.proxy is None:
        case.ask("proxy", f"{different}: does the one stand in for the other", "--proxy", ("yes", "no"), "no")
    elif not case.said.proxy:
        raise InputError(f"{different}; name columns of one property, or correct the unit")
