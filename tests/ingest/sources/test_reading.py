"""Every page reader reads anything: a damaged page is a PageError, and no cell becomes a number it is not."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.sources.aflow import Aflow
from simworth.ingest.sources.cells import number, text
from simworth.ingest.sources.conditions import Condition, conditions, holds
from simworth.ingest.sources.materials_project import MaterialsProject
from simworth.ingest.sources.optimade import Optimade, read_info_body
from simworth.ingest.sources.optimade_info import read_info, read_licence
from simworth.ingest.sources.oqmd import Oqmd
from simworth.ingest.sources.protocol import Ask, Catalogue, Field, Page, Source, check_fields
from simworth.ingest.sources.registry import SOURCES, find_source
from simworth.ingest.transfer.policy import PageError
from simworth.units import parse_unit

SLOW = [HealthCheck.too_slow]

FUZZ = int(os.environ.get("SIMWORTH_FUZZ", "250"))
"""Inputs a reader is tried with; more when asked."""
BASE = "http://127.0.0.1:1"
OPTIMADE = Catalogue(
    {"_x_gap": Field("_x_gap", "eV", "gap"), "_x_t": Field("_x_t", None, "a text", "text")}, "", "", "composition"
)
READERS: tuple[tuple[Source, str, str], ...] = (
    (Optimade(), "_x_gap", "_x_t"), (MaterialsProject(), "band_gap", "ordering"), (Oqmd(), "delta_e", "prototype"),
    (Aflow(), "Egap", "catalog"),
)  # fmt: skip


def reader(place: int) -> tuple[Source, Ask, Catalogue, str]:
    source, a, b = READERS[place]
    catalogue = OPTIMADE if place == 0 else source.catalogue(BASE, lambda url, check: b"")
    ask = Ask((a, b), "", BASE, 3)
    return source, ask, catalogue, source.first(ask, catalogue)


KEYS = (
    "data", "meta", "links", "next", "href", "id", "attributes", "_x_gap", "_x_t", "chemical_formula_reduced",
    "total_doc", "data_available", "data_returned", "more_data_available", "entry_id", "formationenergy_id", "name",
    "delta_e", "prototype", "material_id", "band_gap", "formula_pretty", "ordering", "auid", "compound", "Egap",
    "catalog", "1 of 3", "2 of 3", "3 of 3", "1 of 1",
)  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=8),
    st.sampled_from(["1.5", "1,5", "1e5", "1e999", "0x10", "１２", "nan", "inf", "-", " 2 ", "1_000", "1.5 eV"]),
)  # fmt: skip
VALUES = st.recursive(
    CELLS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@st.composite
def likely(draw: Any) -> Any:
    """Nearly a page: entries with cells of every kind."""
    names = st.one_of(st.text(min_size=1, max_size=5), st.integers(0, 99), CELLS)
    rows = [
        {**{k: draw(CELLS) for k in KEYS[7:10] + KEYS[16:27]}, "id": draw(names), "entry_id": draw(names)}
        for _ in range(draw(st.integers(0, 3)))
    ]
    for row in rows:
        row["attributes"] = {k: draw(CELLS) for k in KEYS[7:10]}
    if draw(st.booleans()):
        return rows if draw(st.booleans()) else {f"{i + 1} of {len(rows)}": r for i, r in enumerate(rows)}
    meta = {k: draw(CELLS | st.just(len(rows))) for k in KEYS[10:14]}
    return {"data": rows, "meta": meta, "links": {"next": draw(CELLS | st.just({"href": "/x"}))}}


def check(page: Page, raw: Any, field: str) -> None:
    """Every number of a page stands in the page."""
    lengths = {len(page.keys), len(page.entries), len(page.materials), *(len(c) for c in page.columns.values())}
    assert len(lengths) == 1
    there = set(numbers(raw))
    for cell in page.columns[field]:
        assert cell is None or (isinstance(cell, float) and math.isfinite(cell) and cell in there)
    assert all(isinstance(k, str) and k for k in page.keys)


def numbers(value: Any) -> Any:
    """All finite numbers, also those written plainly as texts."""
    if isinstance(value, dict):
        for v in value.values():
            yield from numbers(v)
    elif isinstance(value, list):
        for v in value:
            yield from numbers(v)
    elif isinstance(value, str):
        if value.isascii() and "_" not in value:
            try:
                yield float(value)
            except ValueError:
                return
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            yield float(value)
        except OverflowError:
            return


@given(st.integers(0, 3), st.one_of(VALUES, likely(), likely()), st.booleans())
@settings(max_examples=2 * FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_json(place: int, value: Any, cut: bool) -> None:
    source, ask, catalogue, url = reader(place)
    body = json.dumps(value).encode("utf-8", "surrogatepass")
    if cut:
        body = body[: len(body) // 2]
    try:
        page = source.read(body, url, ask, catalogue)
    except PageError:
        return
    check(page, value, ask.fields[0])


@given(st.integers(0, 3), st.binary(max_size=300), st.text(max_size=60))
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_bytes_and_any_address(place: int, body: bytes, url: str) -> None:
    source, ask, catalogue, own = reader(place)
    for address in (url, own):
        for content in (body, b"[]", b"{}", b"[" * 5000):
            try:
                source.read(content, address, ask, catalogue)
            except PageError:
                continue


@given(VALUES)
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_info(value: Any) -> None:
    for page in (value, {"data": value}, {"data": {"properties": value}}, {"data": {"properties": {"a": value}}}):
        try:
            fields, meta = read_info(page)
        except PageError:
            continue
        read_licence(value if isinstance(value, dict) else {}, meta, BASE)
        assert all(isinstance(f, Field) for f in fields.values())


@given(st.text(max_size=60))
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_where(where: str) -> None:
    for source, a, _ in READERS[1:]:
        try:
            source.first(Ask((a,), where, BASE, 3), source.catalogue(BASE, lambda url, check: b""))
        except InputError:
            continue


def test_numbers() -> None:
    bad: Counter[str] = Counter()
    good = {1: 1.0, 1.5: 1.5, "1.5": 1.5, " -2e3 ": -2000.0, "+.5": 0.5, "7.": 7.0, 0: 0.0}
    for given_, wanted in good.items():
        assert number(given_, "x", bad) == wanted
    for nothing in (None, "", "null", "NaN", "N/A", "-"):
        assert number(nothing, "x", bad) is None
    assert not bad
    wrong = (True, [], {}, "1,5", "1 eV", "inf", "1e999", "0x10", "1_000", "１２", "--1", 10**400, float("inf"))
    for value in wrong:
        assert number(value, "x", bad) is None
    assert bad["x"] == len(wrong)


def test_texts() -> None:
    bad: Counter[str] = Counter()
    assert [text(v, "x", bad) for v in (" a ", "", None, True, 3, 1.5)] == ["a", None, None, "true", "3", "1.5"]
    assert [text(v, "x", bad) for v in ([], {}, "x" * 20_000)] == [None] * 3
    assert bad["x"] == 3


def test_conditions() -> None:
    found = conditions("band_gap >= 1.5 AND is_stable = true and elements HAS \"O\" AND a.b!= 'x y'")
    assert found == (
        Condition("band_gap", ">=", 1.5), Condition("is_stable", "=", "true"), Condition("elements", "HAS", "O"),
        Condition("a.b", "!=", "x y"),
    )  # fmt: skip
    assert conditions("") == ()
    for wrong in ("band_gap", "a >", "a = 1 OR b = 2", "a = 1 b = 2", "a > x", "= 1", 'a = "x'):
        with pytest.raises(InputError, match="--where"):
            conditions(wrong)
    assert holds(Condition("a", ">", 1.0), 1.5)
    assert not holds(Condition("a", ">", 1.0), 1.0)
    assert not holds(Condition("a", "!=", 1.0), None)
    assert holds(Condition("a", "=", "true"), "true")
    assert holds(Condition("a", "=", "icsd"), "ICSD")
    assert holds(Condition("a", "=", 225.0), "225")


def test_every_known_field_has_a_unit_and_a_meaning() -> None:
    for source in SOURCES:
        if source.name.startswith("optimade"):
            continue
        catalogue = source.catalogue(str(source.base), lambda url, check: b"")
        assert catalogue.licence
        assert "doi" in catalogue.citation
        for name, field in catalogue.fields.items():
            assert name == field.name
            assert field.meaning
            assert (field.unit is not None) == (field.holds == "number")
            if field.unit is not None:
                parse_unit(field.unit, name)


def test_unknown_names_bring_near_ones() -> None:
    with pytest.raises(InputError, match="did you mean 'materials-project"):
        find_source("material-project")
    known = {k: Field(k, "eV", "") for k in ("_alexandria_band_gap", "_alexandria_hull_distance", "nsites")}
    with pytest.raises(InputError, match="did you mean '_alexandria_band_gap'"):
        check_fields("x", ("band_gap",), known)
    with pytest.raises(InputError, match="did you mean '_alexandria_band_gap'"):
        check_fields("x", ("_mp_band_gap",), known)
    with pytest.raises(InputError, match="no field is asked for"):
        check_fields("x", (), known)
    with pytest.raises(InputError, match="twice"):
        check_fields("x", ("nsites", "nsites"), known)


def test_info_of_version_1_2() -> None:
    """Units and types of OPTIMADE 1.2's property definitions."""
    properties = {
        "_a_gap": {
            "title": "band gap",
            "x-optimade-type": "float",
            "x-optimade-unit": "eV",
            "type": ["number", "null"],
        },
        "_a_n": {"type": ["integer", "null"], "x-optimade-unit": "dimensionless"},
        "_a_s": {"type": ["string", "null"], "x-optimade-unit": "inapplicable"},
        "_a_l": {"x-optimade-type": "list", "type": ["array", "null"]},
        "nsites": {"type": "integer", "unit": None},
    }
    fields, _ = read_info({"data": {"properties": properties}})
    assert {k: (f.unit, f.holds) for k, f in fields.items() if k != "id"} == {
        "_a_gap": ("eV", "number"), "_a_n": ("1", "number"), "_a_s": (None, "text"), "nsites": ("1", "number"),
    }  # fmt: skip
    with pytest.raises(PageError):
        read_info_body(b"{}")


def test_aflux_addresses() -> None:
    source, _, catalogue, _ = reader(3)
    ask = Ask(
        ("Egap",), 'Egap >= 1 AND Egap < 3 AND catalog = "ICSD" AND species HAS "O" AND species HAS "Fe"', BASE, 7
    )
    wanted = "/API/aflux/?auid,Egap(1*,*3),catalog(ICSD),species(O,Fe),compound,$paging(1,7),format(json)"
    assert source.first(ask, catalogue) == BASE + wanted


def test_materials_project_addresses() -> None:
    source, _, catalogue, _ = reader(1)
    ask = Ask(("band_gap",), 'band_gap > 1 AND elements HAS "O" AND elements HAS "Fe" AND is_stable = true', BASE, 7)
    assert source.first(ask, catalogue) == (
        f"{BASE}/materials/summary/?_fields=material_id%2Cformula_pretty%2Cband_gap&_limit=7&_skip=0"
        "&_sort_fields=material_id&batch_id_not_eq=gnome_r2scan_statics&band_gap_min=1&elements=O%2CFe&is_stable=true"
    )
    gnome = MaterialsProject(gnome=True)
    assert "batch_id" not in gnome.first(ask, catalogue)
    for wrong in ("spacegroup = 3", "elements = O", "band_gap HAS 3", "band_gap > 1 AND band_gap >= 2"):
        with pytest.raises(InputError):
            source.first(Ask(("band_gap",), wrong, BASE, 7), catalogue)
