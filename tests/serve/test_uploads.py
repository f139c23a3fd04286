"""What is taken as a table: plain text within bounds, under a name of the server's own."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile

from simworth.serve.refusal import RefusedError
from simworth.serve.uploads import check_plain, file_name, room_for, store


def upload(content: bytes, name: str | None = "table.csv") -> UploadFile:
    return UploadFile(io.BytesIO(content), filename=name)


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.csv", "0" * 10**6)
    return out.getvalue()


def test_a_plain_table_is_kept(tmp_path: Path) -> None:
    store(upload(b"a,b\n1,2\n"), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (zipped(), "zip archive"),
        (gzip.compress(b"a,b\n" * 10**6), "compressed"),
        (bz2.compress(b"a,b\n" * 10**6), "compressed"),
        (lzma.compress(b"a,b\n" * 10**6), "compressed"),
        (b"PAR1" + b"\0" * 100, "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "spreadsheet"),
        (b"a,b\n\0\0\0", "not text"),
        (b"," * 5000 + b"\n1", "columns"),
    ],
)
def test_what_unpacks_or_is_no_text_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        store(upload(content), tmp_path / "x.csv")


def test_lines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.serve.uploads.MOST_LINES", 1000)
    monkeypatch.setattr("simworth.serve.uploads.BLOCK", 512)
    out = io.BytesIO()
    with pytest.raises(RefusedError, match="more than 1,000 lines"):
        check_plain(io.BytesIO(b"\n" * 10**6), out, "table")
    assert len(out.getvalue()) < 2000


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to(tmp_path / "other")
    with pytest.raises(FileExistsError):
        store(upload(b"a,b\n"), tmp_path / "x.csv")
    assert not (tmp_path / "other").exists()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    room_for(tmp_path, 1)
    with pytest.raises(RefusedError, match="nearly full"):
        room_for(tmp_path, 2**62)


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\data.csv", "data.csv"),
        ("a\r\nSet-Cookie: x=y.csv", "a  Set-Cookie: x=y.csv"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "the file"),
        (None, "the file"),
        ("..", ".."),
    ],
)
def test_the_users_name_is_only_shown(given_name: str | None, shown: str) -> None:
    assert file_name(upload(b"", given_name)) == shown


@given(st.text())
def test_any_name_is_one_short_line(name: str) -> None:
    found = file_name(upload(b"", name))
    assert 0 < len(found) <= 80
    assert "/" not in found
    assert found.isprintable()
