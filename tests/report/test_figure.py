from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from simworth.errors import InputError
from simworth.report.figure import law_figure

STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
WHICH: dict[str, Any] = {"target": "dipole moment", "arm": "quantum chemistry", "m": 240}


def drawn(run: Path, path: Path, **which: Any) -> Path:
    law = json.loads((run / "law.json").read_text(encoding="utf-8"))
    return law_figure(law, pq.read_table(run / "trials.parquet"), path, **(which or WHICH))


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_formats_and_equal_bytes(plain_run: Path, tmp_path: Path, kind: str) -> None:
    first = drawn(plain_run, tmp_path / f"a.{kind}").read_bytes()
    assert first.startswith(STARTS[kind])
    assert drawn(plain_run, tmp_path / f"b.{kind}").read_bytes() == first


def test_refusals(plain_run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.svg, \.png or \.pdf"):
        drawn(plain_run, tmp_path / "a.bmp")
    with pytest.raises(InputError, match="there are 'dipole moment'"):
        drawn(plain_run, tmp_path / "a.svg", target="dipole moment", arm="quantum chemistry", m=7)
    assert list(tmp_path.iterdir()) == []
