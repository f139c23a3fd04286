"""The study file, with what it is made from said beside each line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import tomli_w

from simworth.errors import InputError
from simworth.starting.case import SIDES, Side
from simworth.starting.looking import Look
from simworth.starting.pairing import spread_of
from simworth.starting.said import Guess, Said
from simworth.starting.trying import FEWEST, Tried, in_common, try_table
from simworth.sweep.spec import SweepSpec

SMALL_TEST = 5
"""Materials that a test part needs."""
LARGE = 100_000
"""Computed materials from which a sample is proposed."""


def study_text(measured: Look, computed: Look, told: Guess, tables: tuple[str, str]) -> str:
    """A commented study file that `simworth check` accepts.

    Parameters
    ----------
    measured, computed : Look
        The files.
    told : Guess
        What is known of them; nothing may be left to be asked.
    tables : (str, str)
        Paths of the two tables as the study names them, relative to it.

    Raises
    ------
    InputError
        When something is still to be asked, or a table cannot be used as it was said.
    """
    if told.questions:
        raise InputError(f"{told.questions[0].text}; say it with {told.questions[0].option}")
    said = told.said
    tried = {side: try_table(look, side, said) for side, look in zip(SIDES, (measured, computed), strict=True)}
    lines = [
        "# Made from two tables by simworth init. Beside a line stands what it was told from; mend what is wrong.",
        "#   look:  simworth check STUDY",
        "#   run:   simworth run STUDY -o DIR",
        *_pair("schema", "simworth-study/1"),
        *_pair("name", said.name or f"{said.property} from {Path(computed.name).name.split('.')[0]}"),
        "",
        "# The experiments.",
        "[[target]]",
        *_table("measured", measured, said, tried["measured"], tables[0]),
        *_off("group", "near", "keep related materials on one side of a split"),
        "",
        "# The simulations.",
        "[[source]]",
        *_pair("name", Path(computed.name).name.split(".")[0] or "simulations"),
        *_table("computed", computed, said, tried["computed"], tables[1]),
        *_proxy(said),
        *_sample(computed),
        "",
        *_sweep(tried["measured"], tried["computed"], computed.rows),
        "",
        "# [plan]",
        *_off(
            "error", _error(tried["measured"], said), f"a target error{_in(said)}: how many simulations does it take?"
        ),
    ]
    return "\n".join(lines) + "\n"


def _table(side: Side, looked: Look, said: Said, tried: Tried, path: str) -> list[str]:
    """The keys of one table."""

    def get(key: str) -> Any:
        return getattr(said, f"{side}_{key}")

    about = tried.table.about
    column = looked.column(get("property"))
    spread = spread_of(looked, get("property"))
    stated = column is not None and column.unit == get("unit")
    merged = f"{about.merged:,} rows are of a material that stands there already; their mean is taken"
    lines = [
        *_pair("table", path, f"{looked.rows:,} rows{'; ' + tried.part if tried.part else ''}"),
        *_pair("kind", said.kind),
        *_pair("material", get("material")),
        *(_pair("partner", get("partner")) if said.kind == "pair" else ()),
        *(_temperature(get("temperature"), get("temperature_unit")) if said.kind == "pair" else ()),
        *_pair("property", said.property, "what results call it"),
        *(_pair("column", get("property")) if get("property") != said.property else ()),
        *_pair("unit", get("unit"), ("as the column's name says; " if stated else "") + _range(tried, said)),
        *(_pair("features", list(said.features)) if said.kind == "features" else ()),
    ]
    if tried.drop:
        lines += _pair("unreadable", "drop", tried.drop)
    if spread is not None:
        lines += _off("uncertainty", spread, "it looks like one; without the first # it is carried along")
    if about.merged:
        lines += _off("merge", "median", merged)
    return [*lines, *_off("licence", "", "of the table; it stands in the report, as does: citation")]


def _temperature(column: str | None, unit: str | None) -> list[str]:
    return [] if column is None else [*_pair("temperature", column), *_pair("temperature_unit", unit or "K")]


def _range(tried: Tried, said: Said) -> str:
    values = tried.table.values(said.property or "")
    return f"values from {values.min():.4g} to {values.max():.4g}"


def _error(tried: Tried, said: Said) -> float:
    """A tenth of the spread of the measured values: a number of the right size for an example."""
    found = float(tried.table.values(said.property or "").std()) / 10
    return float(f"{found:.1g}") if found > 0 and math.isfinite(found) else 0.1


def _in(said: Said) -> str:
    return "" if said.measured_unit == "1" else f" in {said.measured_unit}"


def _proxy(said: Said) -> list[str]:
    return _pair("proxy", True, "another property than the measured one, standing in for it") if said.proxy else []


def _sample(computed: Look) -> list[str]:
    if computed.rows < LARGE:
        return []
    return _off("sample", 50_000, "a seeded part of the materials: less time, fewer sizes")


def _sweep(measured: Tried, computed: Tried, rows: int) -> list[str]:
    """Sizes; the usual ones as comments, others where the tables are small."""
    usual, experiments = SweepSpec(), len(measured.table)
    shared = in_common(measured.table, computed.table)
    left = int((rows if computed.part else len(computed.table)) - usual.test_fraction * shared)
    lines = ["# How often and at which sizes; simworth check says what is chosen.", "[sweep]"]
    if left < usual.smallest_n:
        if left < FEWEST:
            raise InputError(
                f"{computed.table.provenance.source}: about {left} materials are left once those that are tested are "
                f"taken out; a study needs at least {FEWEST}"
            )
        lines += _pair("smallest_n", max(FEWEST, left // 8), f"about {left} computed materials are left to learn from")
    if experiments * usual.test_fraction < SMALL_TEST + 1:
        fraction = min(0.5, math.ceil(100 * (SMALL_TEST + 1) / experiments) / 100)
        lines += _pair(
            "test_fraction", fraction, f"of {experiments} measured materials, so that some are left to test on"
        )
    return [
        *lines,
        *_off("replicates", usual.replicates, "splits; fewer are faster, more are more certain"),
        *_off("control", "shuffled", "also transfer from shuffled labels, which must not help"),
    ]


def _pair(key: str, value: Any, comment: str = "") -> list[str]:
    """``key = value  # comment``, whatever the texts hold."""
    line = tomli_w.dumps({key: value}).strip("\n") if not isinstance(value, list) else f"{key} = {_list(value)}"
    said = " ".join("".join(c if c.isprintable() else " " for c in comment).split())
    return [f"{line:<26}  # {said}" if said else line]


def _off(key: str, value: Any, comment: str) -> list[str]:
    """A line that says nothing until its first # is taken away."""
    return [f"# {_pair(key, value)[0]:<24}  # {comment}"]


def _list(values: list[str]) -> str:
    return "[" + ", ".join(tomli_w.dumps({"v": v}).strip("\n").partition(" = ")[2] for v in values) + "]"
