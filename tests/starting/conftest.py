from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simworth.starting import Look, look

MATERIALS = {
    "molecule": tuple("C" * k + end for k in range(1, 13) for end in ("O", "N", "F", "C=O", "C#N", "c1ccccc1")),
    "composition": tuple(f"{a}{i}O{k}" for i in (1, 2, 3) for k in (2, 3, 4, 5) for a in ("Fe", "Ti", "Mn", "Co")),
    "polymer": tuple("*" + "C" * k + end + "*" for k in range(1, 10) for end in ("O", "C(F)", "C(=O)", "c1ccc(cc1)")),
    "name": tuple(f"P{i}" for i in range(60)),
}


@pytest.fixture
def table() -> Callable[..., str]:
    """CSV with a row a material; every further column is made from the number of its row."""

    def text(kind: str, **columns: Callable[[int], object]) -> str:
        head = ",".join(f'"{c}"' for c in columns)
        rows = [
            ",".join(m if c(i) is Ellipsis else str(c(i)) for c in columns.values())
            for i, m in enumerate(MATERIALS[kind])
        ]
        return "\n".join([head, *rows]) + "\n"

    return text


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str, str | bytes], Look]:
    """Write a file and look at it."""

    def make(name: str, text: str | bytes) -> Look:
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return look(tmp_path / name)

    return make
