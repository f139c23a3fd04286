"""Tables inside the package."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from simworth.errors import InputError
from simworth.ingest import builtin
from simworth.tables import read_table


def test_unknown_name() -> None:
    with pytest.raises(InputError, match="'builtin:nothing': no such built-in table; there are: "):
        builtin.read_builtin("nothing")


def test_every_listed_table_opens() -> None:
    for name in builtin.builtin_names():
        assert len(builtin.read_builtin(name)) > 0


def test_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = read_table(
        pa.table({"f": ["Fe", "Co"], "p": [1.0, 2.0]}),
        kind="composition",
        material="f",
        properties={"p": ("p", "eV")},
        name="t",
    )
    table.to_parquet(tmp_path / "data" / "tiny.parquet")
    (tmp_path / "data" / "README.md").write_text("not a table")
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    assert builtin.builtin_names() == ("tiny",)
    assert builtin.read_builtin("tiny").digest == table.digest
    with pytest.raises(InputError, match="there are: 'builtin:tiny'"):
        builtin.read_builtin("other")
