"""A study takes stored tables by name, whole or a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simworth.errors import InputError, StudyError
from simworth.store import sample_places, store_table
from simworth.study import Study
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyTable
from simworth.testing import synthetic_tables


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, PropertyTable]:
    """Made-up tables, in memory and in a store."""
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))
    tables = synthetic_tables(source=300, target=80)
    for name, table in tables.items():
        store_table(tmp_path / "store", table, name=name)
    return tables


def loaded(changes: dict[str, Any], **given: PropertyTable) -> tuple[PropertyTable, PropertyTable]:
    settings = {
        "name": "t",
        "seed": 4,
        "target": [{"table": "store:target", "property": "y"}],
        "source": [{"table": "store:source", "property": "y", **changes}],
    }
    study = Study(settings, given)
    (target,), (source,) = load_tables(study.spec, study.tables, lambda what: None)
    return target, source


def test_a_stored_table_is_what_was_stored(given: dict[str, PropertyTable]) -> None:
    target, source = loaded({})
    for found, wanted in ((target, given["target"]), (source, given["source"])):
        order = [found.identities.index(i) for i in wanted.identities]
        assert found.take(order).digest == wanted.digest


def test_a_sample_is_the_same_from_the_store_and_from_memory(given: dict[str, PropertyTable]) -> None:
    _, stored = loaded({"sample": 50})
    _, memory = loaded({"sample": 50, "table": "given:here"}, here=given["source"])
    assert stored.digest == memory.digest
    assert stored.about.left_out == {"not in the sample": 250}
    assert stored.materials == given["source"].take(sample_places(given["source"], 50, 4)).materials
    assert loaded({"sample": 80})[1].materials[:50] == stored.materials
    assert "250 left out (not in the sample)" in stored.about.sentence(50)


def test_conditions_and_units_go_with_a_sample(given: dict[str, PropertyTable]) -> None:
    _, found = loaded({"sample": 30, "where": {"x0": [0.0, 9.0]}, "unit": "%"})
    assert len(found) == 30
    assert (found.numbers("x0") >= 0).all()
    assert found.unit("y") == "%"


def test_a_version_may_be_named(given: dict[str, PropertyTable], tmp_path: Path) -> None:
    from simworth.store import open_stored

    old = open_stored(tmp_path / "store", "source").card.version
    store_table(tmp_path / "store", given["source"].take(range(10)), name="source")
    assert len(loaded({})[1]) == 10
    assert len(loaded({"table": f"store:source@{old}"})[1]) == 300


def test_target_and_source_are_sampled_apart(given: dict[str, PropertyTable], tmp_path: Path) -> None:
    """One stretch of materials for both would make them overlap more than chance does."""
    study = Study(
        {
            "name": "t",
            "target": [{"table": "store:source", "property": "y", "sample": 30, "name": "a"}],
            "source": [{"table": "store:source", "property": "y", "sample": 30, "name": "b"}],
        }
    )
    (target,), (source,) = load_tables(study.spec, {}, lambda what: None)
    assert target.materials != source.materials


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample": 0}, "it must be at least 1"),
        ({"table": "store:sauce"}, "did you mean 'source'"),
        ({"kind": "molecule"}, "'kind' is for files"),
        ({"property": "z"}, "has no property 'z'"),
    ],
)
def test_mistakes_are_told(given: dict[str, PropertyTable], changes: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, StudyError), match=message):
        loaded(changes)
