"""Archives stay in their folder, within bounds, and hold plain files alone."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.transfer.archives import unpack

SLOW = [HealthCheck.too_slow]


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as z:
        for name, data in members.items():
            z.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w:gz") as t:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, "/etc/passwd"
            if kind != tarfile.REGTYPE:
                info.size = 0
            t.addfile(info, io.BytesIO(data))
    return path


def test_what_is_inside_comes_out(tmp_path: Path) -> None:
    members = {"a.csv": b"x,y\n", "deep/er/b.csv": b"1" * 100_000}
    for archive in (zipped(tmp_path / "a.zip", members), tarred(tmp_path / "a.tar.gz", members)):
        made = unpack(archive, tmp_path / archive.suffix)
        assert {str(p.relative_to(tmp_path / archive.suffix)): p.read_bytes() for p in made} == members
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"hello"))
    assert [(p.name, p.read_bytes()) for p in unpack(tmp_path / "c.csv.gz", tmp_path / "g")] == [("c.csv", b"hello")]


EVIL = ("../x", "/abs", "a/../../x", "..\\x", "C:\\x", "a/../..", "\n", "./../x")


@pytest.mark.parametrize("name", EVIL)
def test_nothing_leaves_the_folder(name: str, tmp_path: Path) -> None:
    for archive in (zipped(tmp_path / "a.zip", {name: b"x"}), tarred(tmp_path / "a.tgz", {name: b"x"})):
        with pytest.raises(InputError, match="outside its folder"):
            unpack(archive, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tgz", "a.zip", "out"]
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(kind: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        unpack(tarred(tmp_path / "a.tgz", {"x": b""}, kind), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as z:
        info = zipfile.ZipInfo("x")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        z.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="link or a device"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_link_that_stands_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "away").mkdir()
    (tmp_path / "out" / "d").symlink_to(tmp_path / "away")
    with pytest.raises(InputError, match="outside its folder"):
        unpack(zipped(tmp_path / "a.zip", {"d/x": b"x"}), tmp_path / "out")
    assert not list((tmp_path / "away").iterdir())


def test_bounds(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("x", b"0" * 10_000_000)
    with pytest.raises(InputError, match="more than is allowed"):
        unpack(tmp_path / "bomb.zip", tmp_path / "out", most_bytes=1_000_000)
    many = zipped(tmp_path / "many.zip", {f"{i}": b"" for i in range(20)})
    with pytest.raises(InputError, match="more than 10 files"):
        unpack(many, tmp_path / "out", most_files=10)


@given(st.binary(max_size=400), st.sampled_from(["zip", "tar", "tar.gz", "gz"]), st.booleans(), st.integers(0, 400))
@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
def test_any_bytes(data: bytes, kind: str, real: bool, at: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        archive = Path(name) / f"a.{kind}"
        if real:  # a whole archive with some of its bytes changed
            make = {"zip": zipped, "tar.gz": tarred}.get(kind)
            if make is not None:
                make(archive, {"a": b"hello" * 20})
                whole = archive.read_bytes()
                data = whole[: at % len(whole)] + data[:3] + whole[at % len(whole) + 3 :]
        archive.write_bytes(data)
        try:
            made = unpack(archive, Path(name) / "out")
        except InputError:
            return
        assert all(p.is_file() for p in made)
