"""Features that were made before: the same bits, never those of another version, and within bounds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from simworth.features import cache
from simworth.features.table import table_features
from simworth.identity import canonical
from simworth.tables import About, PropertyTable, Provenance

WIDTH = 5
TEXTS = [f"text {i}" for i in range(100)]


class Maker:
    """Rows from the texts, and how many were asked for; texts that end in 7 have none."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts: list[str]) -> tuple[Any, dict[int, str]]:
        self.asked += len(texts)
        rows = np.array([[np.sin(len(t) + int(t[5:]) * j) for j in range(WIDTH)] for t in texts], dtype=np.float32)
        without = {i: "because" for i, t in enumerate(texts) if t.endswith("7")}
        rows[list(without)] = np.nan
        return rows, without


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMWORTH_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "LEAST_SECONDS", 0.0)
    return tmp_path / "features"


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.arrow"))


def test_what_was_made_is_not_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "BATCH", 16)
    make = Maker()
    rows, why = cache.remembered("made", TEXTS[:60], WIDTH, make)
    assert make.asked == 60
    again, reasons = cache.remembered("made", TEXTS[:60], WIDTH, make)
    assert make.asked == 66  # texts without features are tried again
    assert rows.tobytes() == again.tobytes()
    assert why == reasons == dict.fromkeys(range(7, 60, 10), "because")
    mixed, _ = cache.remembered("made", TEXTS[90:40:-1], WIDTH, make)
    assert make.asked == 66 + 31 + 2
    assert mixed.tobytes() == Maker()(TEXTS[90:40:-1])[0].tobytes()
    assert len(files(folder)) == 2


def test_few_or_quick_ones_are_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.remembered("made", TEXTS[: cache.FEWEST - 1], WIDTH, Maker())
    monkeypatch.setattr(cache, "LEAST_SECONDS", 1e9)
    cache.remembered("made", TEXTS, WIDTH, Maker())
    assert files(folder) == []


def test_another_version_makes_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    cache.remembered("made", TEXTS, WIDTH, make)
    for what, version in (("made", "rdkit of tomorrow"), ("other", cache._version())):
        monkeypatch.setattr(cache, "_version", lambda version=version: version)
        before = make.asked
        cache.remembered(what, TEXTS, WIDTH, make)
        assert make.asked == before + len(TEXTS)


def test_the_version_is_that_of_code_packages_and_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = cache._version.__wrapped__()
    assert usual == cache._version.__wrapped__()
    monkeypatch.setattr(cache, "machine", lambda: "another")
    assert cache._version.__wrapped__() != usual
    monkeypatch.undo()
    monkeypatch.setattr(cache.importlib.metadata, "version", lambda name: "99")
    assert cache._version.__wrapped__() != usual
    monkeypatch.undo()
    monkeypatch.setattr(cache, "digest_bytes", lambda code: "other code")
    assert cache._version.__wrapped__() != usual


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9, 0.999])
def test_a_damaged_file_is_made_anew(folder: Path, place: float) -> None:
    right, _ = cache.remembered("made", TEXTS, WIDTH, Maker())
    [path] = files(folder)
    data = bytearray(path.read_bytes())
    spot = int(place * len(data))
    data[spot : spot + 8] = bytes(b ^ 0xFF for b in data[spot : spot + 8])
    path.write_bytes(data)
    found, _ = cache.remembered("made", TEXTS, WIDTH, Maker())
    assert found.tobytes() == right.tobytes()
    path.write_bytes(bytes(data[: len(data) // 2]))
    assert cache.remembered("made", TEXTS, WIDTH, Maker())[0].tobytes() == right.tobytes()


def test_the_least_recently_used_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.remembered("old", TEXTS[:50], WIDTH, Maker())
    cache.remembered("used", TEXTS[:50], WIDTH, Maker())
    for i, path in enumerate(files(folder)):
        os.utime(path, (1000 + i, 1000 + i))
    cache.remembered("used", TEXTS[:50], WIDTH, Maker())
    monkeypatch.setattr(cache, "MOST_BYTES", sum(f.stat().st_size for f in files(folder)) + 10)
    cache.remembered("new", TEXTS[:50], WIDTH, Maker())
    assert [f.parent.name.partition("-")[0] for f in files(folder)] == ["new", "used"]
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SIMWORTH_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(cache, "LEAST_SECONDS", 0.0)
    make = Maker()
    cache.remembered("made", TEXTS, WIDTH, make)
    cache.remembered("made", TEXTS, WIDTH, make)
    assert make.asked == 2 * len(TEXTS)


@pytest.mark.parametrize("descriptor", ["usual", "forcefield", "both"])
def test_tables_have_the_same_features_from_the_cache(
    folder: Path, monkeypatch: pytest.MonkeyPatch, descriptor: Any
) -> None:
    pytest.importorskip("rdkit")
    if descriptor != "usual":
        pytest.importorskip("radonpy")
    identities = ["C" * k + tail for k in range(1, 11) for tail in ("O", "N", "F", "C=C")]
    columns = {"material": identities, "identity": [canonical("molecule", i) for i in identities]}
    data = pa.table({**columns, "row": pa.array(range(len(identities)), pa.int64())})
    table = PropertyTable(About(name="t", kind="molecule", units={}, provenance=Provenance("t", "")), data)
    first = table_features([table], descriptor)[0]
    assert files(folder)
    again = table_features([table], descriptor)[0]
    monkeypatch.setattr(cache, "FEWEST", 1000)
    assert first.tobytes() == again.tobytes() == table_features([table], descriptor)[0].tobytes()
