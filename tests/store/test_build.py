"""Building a stored table: the same bits from any pieces, losses counted, one sentence for what cannot be used."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simworth.digest import identity_keys
from simworth.errors import InputError
from simworth.seeds import stream
from simworth.store import Column, Recipe, Stored, build_stored, open_stored, spill, store_table
from simworth.store import build as building
from simworth.tables import PropertyTable, read_table

Build = Callable[..., Stored]


def made_up(count: int) -> dict[str, list[Any]]:
    rng = stream("store-build", count)
    return {
        "material": [f"m{i}" for i in range(count)],
        "y": rng.normal(size=count).tolist(),
        "x": rng.normal(size=count).tolist(),
        "t": [None if i % 3 == 0 else f"t{i % 5}" for i in range(count)],
    }


def shuffled(rows: dict[str, list[Any]], seed: int) -> dict[str, list[Any]]:
    order = stream("store-shuffle", seed).permutation(len(rows["material"]))
    return {name: [cells[i] for i in order] for name, cells in rows.items()}


def test_what_is_stored_is_what_was_given(build: Build) -> None:
    rows = made_up(500)
    table = build(rows, keep=["t"], features=["x"]).load()
    place = {m: i for i, m in enumerate(table.materials)}
    order = [place[m] for m in rows["material"]]
    assert table.values("y")[order].tolist() == rows["y"]
    assert table.numbers("x")[order].tolist() == rows["x"]
    assert [table.data.column("t")[i].as_py() for i in order] == rows["t"]
    assert [table.data.column("row")[i].as_py() for i in order] == list(range(1, 501))
    keys = identity_keys(table.identities)
    assert (np.diff(keys.astype(object)) > 0).all()


def test_the_version_depends_on_the_content_alone(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = made_up(1500)
    wanted = build(rows, keep=["t"]).card
    for size, held, largest in ((7, 10**6, 10**6), (1000, 500, 10**6), (64, 700, 5)):
        monkeypatch.setattr(building, "Spill", functools.partial(spill.Spill, held_rows=held))
        monkeypatch.setattr(spill, "LARGEST", largest)
        found = build(shuffled(rows, size), keep=["t"], size=size, store=tmp_path / str(size)).card
        assert (found.content, found.version) == (wanted.content, wanted.version)
        assert found.rows == 1500
    changed = {**rows, "y": [math.nextafter(rows["y"][0], 9), *rows["y"][1:]]}
    assert build(changed, keep=["t"]).card.version != wanted.version
    assert build(rows, keep=["t"], units={"y": "meV"}).card.version != wanted.version


def test_row_groups_and_files_have_one_size(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.store.writer.GROUP_ROWS", 64)
    monkeypatch.setattr("simworth.store.writer.PART_GROUPS", 3)
    stored = build(made_up(1000), keep=["t"], size=13)
    assert [p.rows for p in stored.card.parts] == [192] * 5 + [40]
    assert all(a.last < b.first for a, b in zip(stored.card.parts, stored.card.parts[1:], strict=False))
    sizes = []
    for part in stored.card.parts:
        file = pq.ParquetFile(stored.folder / part.file)
        sizes += [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]
    assert sizes == [64] * 15 + [40]
    assert stored.load().materials == build(made_up(1000), keep=["t"], name="other").load().materials


def test_repeats_of_one_material_in_many_pieces_are_one(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "Spill", functools.partial(spill.Spill, held_rows=50))
    monkeypatch.setattr(spill, "LARGEST", 10)
    stored = build({"material": ["a", "b"] * 200, "y": [1.0, 2.0] * 200}, size=7)
    assert (stored.card.rows, stored.card.merged, stored.card.rows_read) == (2, 398, 400)
    assert stored.load().counts("y").tolist() == [200, 200]


def test_colliding_keys_keep_materials_apart(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of 64 bits will collide one day; identities still tell materials apart."""
    monkeypatch.setattr("simworth.store.columns.identity_keys", lambda texts: np.full(len(texts), 7, dtype=np.uint64))
    stored = build({"material": ["b", "a", "b", "c", "a"], "y": [1.0, 2.0, 3.0, 4.0, 5.0]})
    table = stored.load()
    assert table.materials == ("a", "b", "c")
    assert table.values("y").tolist() == [3.5, 2.0, 4.0]


def test_a_stored_table_in_memory_comes_back_equal(tmp_path: Path) -> None:
    frame = pa.table(
        {"f": ["Fe2O3", "NaCl", "O3Fe2"], "e": [1.0, 2.0, 4.0], "u": [0.1, 0.2, 0.3], "k": ["a", "b", "a"]}
    )
    properties: Any = {"e": ("e", "eV")}
    table = read_table(
        frame, kind="composition", material="f", properties=properties, keep=["k"], name="t", licence="L"
    )
    stored = store_table(tmp_path, table, meanings={"e": "energy"})
    back = stored.load()
    order = [back.identities.index(i) for i in table.identities]
    assert back.take(order).digest == table.digest
    assert back.about.merged == 1
    assert back.provenance.licence == "L"
    assert stored.card.columns[0].meaning == "energy"
    assert open_stored(tmp_path, "store:t").card == stored.card


def test_the_same_content_again_becomes_the_newest(build: Build, tmp_path: Path) -> None:
    first = build({"material": ["a"], "y": [1.0]})
    second = build({"material": ["a"], "y": [2.0]})
    store = tmp_path / "store"
    assert open_stored(store, "made-up").card.version == second.card.version
    again = build({"material": ["a"], "y": [1.0]})
    assert again.folder == first.folder
    assert open_stored(store, "made-up").card.version == first.card.version
    assert sorted(p.name for p in (store / "made-up").iterdir()) == sorted(
        [".lock", first.card.version, second.card.version]
    )


def test_a_damaged_version_is_refused_and_mended(build: Build) -> None:
    rows = made_up(200)
    stored = build(rows, keep=["t"])
    part = stored.folder / stored.card.parts[0].file
    content = bytearray(part.read_bytes())
    content[len(content) // 3] ^= 0xFF
    part.write_bytes(bytes(content))
    with pytest.raises(InputError, match="damaged"):
        stored.load()
    part.write_bytes(bytes(content[:100]))
    with pytest.raises(InputError, match="damaged"):
        stored.load()
    part.unlink()
    with pytest.raises(InputError, match="is missing from the stored table; import the table again"):
        stored.load()
    assert len(build(rows, keep=["t"]).load()) == 200


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        ({"material": ["a"], "y": [None]}, {}, "made up: no row is left (1 with no value)"),
        ({"material": ["a", "b"], "y": [1.0, math.inf]}, {}, "row 2, column 'y': 'inf' is not a finite number"),
        ({"material": ["a", None], "y": [1.0, 2.0]}, {}, "row 2: no material"),
        ({"material": ["a", "a"], "y": [1.0, 2.0]}, {"merge": "error"}, "rows 1 and 2 are the same material 'a'"),
        ({"material": ["a", "a"], "y": [1.0, 2.0], "x": [1.0, 3.0]}, {"features": ["x"]}, "differ in the feature 'x'"),
        ({"material": ["a"], "y": ["text"]}, {}, "holds string instead of numbers"),
        ({"material": ["a"], "y": [1.0], "y_spread": [1.0]}, {}, "would be called 'y_spread'"),
        ({"material": ["a"], "y": [1.0], "y_uncertainty": [-1.0]}, {}, "the uncertainty of 'y' is negative"),
        ({"material": ["a"], "y": [1.0]}, {"merge": "lowest"}, "needs a column of the table"),
        ({"material": ["a"], "y": [1.0]}, {"merge": "best"}, "is not known; use one of mean"),
        ({"material": ["a"], "y": [1.0]}, {"units": {"y": "parrots"}}, "the unit 'parrots' is not known"),
        ({"material": ["a"], "y": [1.0]}, {"name": "../up"}, "cannot name a stored table"),
        ({"material": ["Xx2"], "y": [1.0]}, {"kind": "composition"}, "'Xx2' cannot be read"),
        ({"material": ["a"], "t": ["b"]}, {"keep": ["t"]}, "needs at least one property"),
    ],
)
def test_bad_input_is_one_sentence(
    build: Build, tmp_path: Path, rows: dict[str, list[Any]], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        build(rows, **changes)
    assert "\n" not in str(caught.value)
    assert [p.name for p in (tmp_path / "store").rglob("*") if p.name != ".lock" and p.is_file()] == []


def test_nan_in_a_batch_is_no_number(tmp_path: Path) -> None:
    recipe = Recipe(name="t", kind="features", columns=(Column("y", "1"),))
    batch = pa.RecordBatch.from_pydict({"material": ["a"], "y": pa.array([math.nan])})
    with pytest.raises(InputError, match="'nan' is not a finite number"):
        build_stored(tmp_path, recipe, [batch])


def test_losses_are_counted_and_told(tmp_path: Path) -> None:
    recipe = Recipe(name="t", kind="composition", columns=(Column("y", "1"),), unreadable="drop", obtained="2026-01-01")
    gone: dict[str, int] = {}
    notes: list[str] = []

    def batches() -> Any:
        yield pa.RecordBatch.from_pydict({"material": ["NaCl", "Qq", None, "ClNa"], "y": [1.0, 2.0, 3.0, 5.0]})
        yield pa.RecordBatch.from_pydict({"material": ["KCl"], "y": pa.nulls(1, pa.float64())})
        gone["a failed check"] = 4
        notes.append("read on the way")

    card = build_stored(tmp_path, recipe, batches(), left_out=gone, notes=notes).card
    assert card.left_out == {"unreadable material": 2, "no value": 1, "a failed check": 4}
    assert (card.rows_read, card.merged, card.rows) == (9, 1, 1)
    assert card.notes == ("read on the way", "left out as unreadable: row 2 'Qq', row 3 '(empty)'")
    assert card.obtained == "2026-01-01"
    assert "9 rows read, 2 left out (unreadable material)" in card.sentence()


def test_identities_that_are_known_are_believed(tmp_path: Path) -> None:
    recipe = Recipe(name="t", kind="composition", columns=(Column("y", "1"),), material="as_written", identity="id")
    batch = pa.RecordBatch.from_pydict({"as_written": ["Na1Cl1", "x"], "id": ["ClNa", "ClK"], "y": [1, 2]})
    table = build_stored(tmp_path, recipe, [batch]).load()
    assert set(zip(table.materials, table.identities, strict=True)) == {("Na1Cl1", "ClNa"), ("x", "ClK")}


def test_kept_columns_of_every_type(tmp_path: Path) -> None:
    columns = (Column("y", "1"), *(Column(c, role="keep") for c in ("flag", "whole", "empty", "day")))
    batch = pa.RecordBatch.from_pydict(
        {
            "material": ["a", "b"],
            "y": [1, 2],
            "flag": [True, None],
            "whole": pa.array([3, None], pa.int64()),
            "empty": pa.nulls(2),
            "day": pa.array([0, 20000], pa.date32()),
        }
    )
    table = build_stored(tmp_path, Recipe(name="t", kind="features", columns=columns), [batch]).load()
    rows = {r["material"]: r for r in table.data.to_pylist()}
    assert rows["a"]["flag"] == "True"
    assert rows["a"]["whole"] == 3.0
    assert rows["b"]["whole"] is None
    assert rows["a"]["empty"] is None
    assert rows["b"]["day"] == "2024-10-04"
    many = pa.RecordBatch.from_pydict({"material": ["a"], "y": [1.0], "entry": [2**60 + 1]})
    recipe = Recipe(name="u", kind="features", columns=(Column("y", "1"), Column("entry", role="keep")))
    with pytest.raises(InputError, match="give them as text"):
        build_stored(tmp_path, recipe, [many])


def test_two_processes_cannot_store_one_name(tmp_path: Path) -> None:
    recipe = Recipe(name="t", kind="features", columns=(Column("y", "1"),))

    def batches() -> Any:
        yield pa.RecordBatch.from_pydict({"material": ["a"], "y": [1.0]})
        with pytest.raises(InputError, match="another process is storing a table of this name"):
            build_stored(tmp_path, recipe, [])

    assert len(build_stored(tmp_path, recipe, batches())) == 1


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c", "d ", " d"]),
            st.one_of(st.none(), st.floats(-1e6, 1e6)),
            st.one_of(st.none(), st.sampled_from(["x", "y"])),
        ),
        min_size=1,
        max_size=30,
    ),
    size=st.integers(1, 9),
    merge=st.sampled_from(["mean", "median", "min", "max", "first"]),
)
def test_the_store_merges_as_read_table_does(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], size: int, merge: Any
) -> None:
    materials, values, texts = ([r[i] for r in rows] for i in range(3))
    arrow = pa.table({"m": materials, "y": pa.array(values, pa.float64()), "t": pa.array(texts, pa.string())})
    store = tmp_path_factory.mktemp("store")
    columns = (Column("y", "eV"), Column("t", role="keep"))
    recipe = Recipe(name="t", kind="features", columns=columns, material="m", merge=merge)
    # kind 'composition' and its like have no features; 'features' asks read_table for some, so its builder is used
    if all(v is None for v in values):
        with pytest.raises(InputError, match="no row is left"):
            build_stored(store, recipe, arrow.to_batches(max_chunksize=size))
        return
    found = build_stored(store, recipe, arrow.to_batches(max_chunksize=size)).load()
    wanted = _read(arrow, merge)
    order = [found.identities.index(i) for i in wanted.identities]
    assert found.take(order).digest == wanted.digest
    assert found.take(order).data.column("row").to_pylist() == wanted.data.column("row").to_pylist()
    assert (found.about.merged, found.about.left_out) == (wanted.about.merged, wanted.about.left_out)


def _read(arrow: Any, merge: Any) -> PropertyTable:
    from simworth.tables import Provenance, Rows, build_table

    number = np.array([math.nan if v is None else v for v in arrow.column("y").to_pylist()])
    materials = [t.strip() for t in arrow.column("m").to_pylist()]
    numbers = np.arange(1, len(number) + 1)
    rows = Rows("w", numbers, materials, {"y": number}, {"y": "eV"}, keep={"t": arrow.column("t").to_pylist()})
    return build_table(rows, name="t", kind="features", provenance=Provenance("", ""), merge=merge)
