"""OMat24's files: every entry, seeded samples, damage, and anything else an entry may hold."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.landing import Counts
from simworth.ingest.sources.omat import array, describe, entries
from simworth.tables import PropertyTable

Read = Callable[..., tuple[PropertyTable, Any]]
SLOW = [HealthCheck.too_slow]
FUZZ = int(os.environ.get("SIMWORTH_FUZZ", "250"))


def packed(value: Any) -> bytes:
    return zlib.compress(json.dumps(value).encode())


def entry(i: int) -> dict[str, Any]:
    numbers = [26, 26, 8, 8, 8] if i % 2 else [11, 17]
    cell = (np.eye(3) * (3 + i)).tolist()
    forces = np.zeros((len(numbers), 3))
    forces[0] = [0.0, 3.0, 4.0]
    return {
        "numbers": {"__ndarray__": [[len(numbers)], "int64", numbers]},
        "positions": {"__ndarray__": [[len(numbers), 3], "float64", [0.0] * 3 * len(numbers)]},
        "cell": {"__ndarray__": [[3, 3], "float64", [x for row in cell for x in row]]} if i % 3 else cell,
        "energy": -1.5 * i,
        "forces": {"__ndarray__": [[len(numbers), 3], "float64", forces.ravel().tolist()]},
        "unique_id": f"{i:032d}",
    }


@pytest.fixture
def omat(tmp_path: Path) -> Path:
    lmdb = pytest.importorskip("lmdb")
    folder = tmp_path / "omat"
    folder.mkdir()
    n = 0
    for name, size in (("data0000.aselmdb", 30), ("data0001.aselmdb", 20)):
        with (
            lmdb.open(str(folder / name), subdir=False, map_size=1 << 24, lock=False) as database,
            database.begin(write=True) as t,
        ):
            for i in range(1, size + 1):
                n += 1
                if i != 5:  # deleted
                    t.put(str(i).encode(), packed(entry(n)))
            t.put(b"nextid", packed(size + 1))
            t.put(b"metadata", packed({"format": "x"}))
    return folder


def test_omat_reads_every_entry(read: Read, omat: Path) -> None:
    found = dict(entries(omat, None, 0, Counts()))
    assert len(found) == 48
    formula, cells = describe(found["data0001.aselmdb/1"], Counter())
    assert formula == "O3Fe2"
    assert cells["energy"] == -1.5 * 31
    assert cells["energy_per_atom"] == pytest.approx(-1.5 * 31 / 5)
    assert cells["volume"] == pytest.approx(34.0**3)
    assert cells["largest_force"] == pytest.approx(5.0)
    table, card = read("omat24", omat, fields=("energy_per_atom",), merge="lowest:energy")
    assert len(table) == 2
    assert card.merged == 46


def test_omat_samples(omat: Path) -> None:
    one = [name for name, _ in entries(omat, 10, 1, Counts())]
    assert one == [name for name, _ in entries(omat, 10, 1, Counts())]
    assert one != [name for name, _ in entries(omat, 10, 2, Counts())]
    assert 8 <= len(set(one)) <= 10
    assert len(list(entries(omat, 1000, 1, Counts()))) == 48


def test_omat_cut_short(omat: Path) -> None:
    path = omat / "data0000.aselmdb"
    data = path.read_bytes()
    for size in (0, 10, 4096, 8192, len(data) // 2):
        path.write_bytes(data[:size])
        with pytest.raises(InputError, match=r"LMDB|cut short"):
            list(entries(path, None, 0, Counts()))


def test_omat_as_its_own_library_writes_it(tmp_path: Path) -> None:
    """ase-db-backends is the reference; it is no dependency of simworth."""
    pytest.importorskip("ase_db_backends")
    from ase.build import bulk
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.db import connect

    wanted = []
    with connect(tmp_path / "x.aselmdb", type="aselmdb") as database:
        for i in range(40):
            atoms = bulk("Cu", "fcc", a=3.5 + 0.01 * i, cubic=bool(i % 2))
            atoms.calc = SinglePointCalculator(atoms, energy=-0.25 * i, forces=np.full((len(atoms), 3), 0.1))
            database.write(atoms)
            wanted.append((-0.25 * i, atoms.get_volume(), len(atoms)))
    found = [describe(e, Counter())[1] for _, e in entries(tmp_path / "x.aselmdb", None, 0, Counts())]
    for (energy, volume, n), cells in zip(wanted, found, strict=True):
        assert (cells["energy"], cells["natoms"]) == (energy, n)
        assert cells["volume"] == pytest.approx(volume)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just("float64"),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["__ndarray__", "numbers", "cell", "forces", "energy"]), inner, max_size=4
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON, JSON)
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=SLOW)
def test_any_entry(a: Any, b: Any) -> None:
    array(a)
    array({"__ndarray__": a})
    for value in (a, {"numbers": a, "cell": b, "forces": b, "energy": a}, {"numbers": [1, 1], "cell": b, "forces": a}):
        if isinstance(value, dict):
            _, cells = describe(value, Counter())
            assert all(math.isfinite(c) for c in cells.values() if isinstance(c, float))
