"""Names, versions and cards of a store; questions in SQL."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.errors import InputError
from simworth.store import Stored, catalogue, default_store, open_stored, stores
from simworth.store.query import run_query, write_result

Build = Callable[..., Stored]


def test_the_default_store_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path))
    assert default_store() == tmp_path
    monkeypatch.delenv("SIMWORTH_STORE")
    assert default_store().parts[-2:] == ("simworth", "tables")


def test_the_catalogue_lists_newest_first_and_tells_problems(build: Build, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert catalogue(store).cards == ()
    first = build({"material": ["a"], "y": [1.0]}, name="one")
    second = build({"material": ["a"], "y": [2.0]}, name="one")
    other = build({"material": ["a"], "y": [2.0]}, name="another")
    (store / "empty").mkdir()
    (store / "one" / ".part-left").mkdir()
    found = catalogue(store)
    assert [c.label for c in found.cards] == [other.card.label, second.card.label, first.card.label]
    assert stores(store, "store:one@abc")
    assert not stores(store, "empty")
    path = first.folder / "table.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "licence": "mine"}))
    assert len(catalogue(store).cards) == 2
    assert "was changed after it was written" in catalogue(store).problems[0]
    path.write_text(json.dumps({**card, "schema": "simworth-stored/99"}))
    assert "simworth-stored/99" in catalogue(store).problems[0]


def test_versions_are_found_by_their_beginning(build: Build, tmp_path: Path) -> None:
    store = tmp_path / "store"
    made = [build({"material": ["a"], "y": [float(i)]}, name="one") for i in range(20)]
    assert open_stored(store, "one").card == made[-1].card
    assert open_stored(store, f"store:one@{made[3].card.version}").card == made[3].card
    starts = [m.card.version[0] for m in made]
    shared = next(s for s in starts if starts.count(s) > 1)
    with pytest.raises(InputError, match="begin so; write more of the version"):
        open_stored(store, f"one@{shared}")
    with pytest.raises(InputError, match=r"no such version in .*; there are "):
        open_stored(store, "one@nothing")
    with pytest.raises(InputError, match="did you mean 'one'"):
        open_stored(store, "ones")
    with pytest.raises(InputError, match="it is empty: fill it with 'simworth import'"):
        open_stored(tmp_path / "nowhere", "one")


def test_tables_are_asked_in_sql(build: Build, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    a = build({"material": ["a", "b"], "y": [1.0, 2.0]}, name="one")
    build({"material": ["b", "c"], "z": [10.0, 20.0]}, name="the-other")
    store = tmp_path / "store"
    sql = 'select material, y, z from "one" join "the-other" using (identity, material)'
    rows = run_query(store, sql).read_all().to_pylist()
    assert rows == [{"material": "b", "y": 2.0, "z": 10.0}]
    assert run_query(store, f'select count(*) n from "{a.card.label}"').read_all().to_pylist() == [{"n": 2}]
    for name in ("out.csv", "out.parquet"):
        write_result(run_query(store, sql), tmp_path / name, print)
        assert (tmp_path / name).stat().st_size
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == '"b",2,10'
    short = a.card.label[:-4]
    assert run_query(store, f'select y from "{short}" order by y desc').read_all().to_pylist() == [
        {"y": 2.0},
        {"y": 1.0},
    ]
    for other in ("create table x as select 1", f"copy (select 1) to '{tmp_path / 'x'}'", "select 1; select 2"):
        with pytest.raises(InputError, match="one SELECT statement"):
            run_query(store, other)
    with pytest.raises(InputError, match="'simworth tables' lists the tables"):
        run_query(store, 'select * from "nothing"')
    with pytest.raises(InputError, match=r"written as \.parquet or \.csv"):
        write_result(run_query(store, sql), tmp_path / "out.txt", print)
    said: list[str] = []
    write_result(run_query(store, sql), None, said.append)
    assert said == ['"material","y","z"\n"b",2,10']


def test_names_that_are_no_folders_are_refused(build: Build) -> None:
    for name in ("", ".hidden", "a/b", "a" * 101, "über", "a b", "end."):
        with pytest.raises(InputError, match="cannot name a stored table"):
            build({"material": ["a"], "y": [1.0]}, name=name)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_store_that_cannot_be_written_is_an_error_of_the_system(build: Build, tmp_path: Path) -> None:
    place = tmp_path / "closed"
    place.mkdir(mode=0o500)
    with pytest.raises(OSError, match="closed"):
        build({"material": ["a"], "y": [1.0]}, store=place)
