from __future__ import annotations

from pathlib import Path

import pytest

from simworth.errors import InputError
from simworth.examples.tables import write_example_tables
from simworth.starting import guess, look

pytest.importorskip("chemicals")
pytest.importorskip("rdkit")


def test_the_tables_are_the_same_every_time_and_init_understands_them(tmp_path: Path) -> None:
    made, again = (write_example_tables("dipole", tmp_path / part, 200) for part in "ab")
    assert [p.read_bytes() for p in made] == [p.read_bytes() for p in again]
    measured, computed, candidates = (path.read_text().splitlines() for path in made)
    assert len(computed) == 201
    assert len(candidates) == 21
    assert not {line.partition(",")[0] for line in (*measured[1:], *computed[1:])} & set(candidates[1:])
    told = guess(look(made.measured), look(made.computed))
    assert not told.questions
    assert (told.said.kind, told.said.measured_unit) == ("molecule", "debye")
    with pytest.raises(InputError, match=r"measured\.csv: is there already"):
        write_example_tables("dipole", tmp_path / "a", 200)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; name a folder"):
        write_example_tables("dipole", tmp_path / "file", 200)


def test_a_size_that_cannot_be_writes_nothing(tmp_path: Path) -> None:
    for rows in (99, 10**6):
        with pytest.raises(InputError, match="it must be at least 100 and at most"):
            write_example_tables("dipole", tmp_path, rows)
    assert list(tmp_path.iterdir()) == []
