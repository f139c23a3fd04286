"""Sealed documents: written, read back, and refused when they are not what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simworth.documents import finite, read_document, seal, write_document
from simworth.errors import InputError

SCHEMA = "simworth-law/1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    p = tmp_path / "law.json"
    write_document(p, seal(SCHEMA, {"trials": "abc"}, {"level": 0.9, "curves": [{"α": 0.1}]}))
    return p


def test_round_trip(path: Path) -> None:
    document = read_document(path, SCHEMA)
    assert document["parents"] == {"trials": "abc"}
    assert document["curves"] == [{"α": 0.1}]
    assert list(document)[:3] == ["schema", "digest", "parents"]


def test_equal_content_gives_equal_bytes(path: Path, tmp_path: Path) -> None:
    write_document(tmp_path / "again.json", read_document(path, SCHEMA))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_a_changed_value_is_refused(path: Path) -> None:
    path.write_text(path.read_text().replace("0.9", "0.5"))
    with pytest.raises(InputError, match="was changed after it was written"):
        read_document(path, SCHEMA)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no json", "is not a JSON document"),
        ("[1, 2]", "has no 'schema'"),
        ("{}", "has no 'schema'"),
        ('{"schema": "simworth-plan/1"}', "simworth-plan/1 document where a simworth-law/1 one is needed"),
        ('{"schema": "simworth-law/2"}', "make it again with this version"),
    ],
)
def test_what_is_no_such_document_is_refused(tmp_path: Path, content: str, says: str) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(content)
    with pytest.raises(InputError, match=says):
        read_document(wrong, SCHEMA)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_document(tmp_path / "nowhere.json", SCHEMA)


def test_an_unsealed_change_is_not_written(path: Path) -> None:
    document = read_document(path, SCHEMA)
    document["level"] = 0.5
    with pytest.raises(ValueError, match="changed after it was sealed"):
        write_document(path, document)
    assert json.loads(path.read_text())["level"] == 0.9


def test_infinity_is_null() -> None:
    assert finite(float("inf")) is None
    assert finite(float("nan")) is None
    assert finite(2.0) == 2.0
