"""No name leaves the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.serve.inside import mark_inside, names_inside, open_inside, plain_name, read_inside, tail_inside
from simworth.serve.refusal import RefusedError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    made = tmp_path / "root"
    (made / "run" / "deep").mkdir(parents=True)
    (made / "run" / "file").write_text("content", encoding="utf-8")
    (made / "run" / "deep" / "file").write_text("deep", encoding="utf-8")
    return made


def test_files_are_read(root: Path) -> None:
    assert read_inside(root, "run", "file", most=7) == b"content"
    assert read_inside(root, "run", "deep", "file", most=100) == b"deep"
    assert names_inside(root, folders=True) == ["run"]
    assert names_inside(root, "run", folders=False) == ["file"]
    assert tail_inside(root, "run", "file", most=100) == "content"


@pytest.mark.parametrize(
    "names",
    [("..", "secret"), ("run", "..", "..", "secret"), ("../secret",), ("run/file",), ("",), (".", "run"), ("run", ""),
     ("/etc/passwd",), ("run\0", "file"), ("run", "deep"), ("run", "file", "file"), ("nothing",)],
)  # fmt: skip
def test_no_path_leaves_the_folder(root: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError):
        open_inside(root, *names)
    assert mark_inside(root, *names) is None
    assert tail_inside(root, *names, most=10) == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text(max_size=12) | st.sampled_from(["..", ".", "run", "file"]), min_size=1, max_size=5))
def test_whatever_the_names_only_the_folder_is_read(root: Path, names: list[str]) -> None:
    try:
        found = read_inside(root, *names, most=100)
    except RefusedError:
        return
    assert (names, found) in ((["run", "file"], b"content"), (["run", "deep", "file"], b"deep"))


def _file(root: Path) -> None:
    (root / "run" / "link").symlink_to(root.parent / "secret")


def _own(root: Path) -> None:
    (root / "run" / "link").symlink_to("file")


def _fifo(root: Path) -> None:
    os.mkfifo(root / "run" / "link")


def _device(root: Path) -> None:
    (root / "run" / "link").symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_file, _own, _fifo, _device])
def test_what_is_no_ordinary_file_is_not_read(root: Path, make: Callable[[Path], None]) -> None:
    make(root)
    with pytest.raises(RefusedError):
        read_inside(root, "run", "link", most=100)
    assert names_inside(root, "run", folders=False) == ["file"]


def test_a_linked_folder_is_no_way_in(root: Path) -> None:
    (root / "out").symlink_to(root.parent)
    (root / "run" / "up").symlink_to("..")
    for names in (("out", "secret"), ("run", "up", "run", "file")):
        with pytest.raises(RefusedError):
            read_inside(root, *names, most=100)
    assert names_inside(root, folders=True) == ["run"]
    assert names_inside(root, "out", folders=False) == []


def test_reading_is_bounded(root: Path) -> None:
    with pytest.raises(RefusedError, match="more than 6 bytes") as refused:
        read_inside(root, "run", "file", most=6)
    assert refused.value.status == 413
    (root / "run" / "log").write_text("first\nsecond\nthird\n", encoding="utf-8")
    assert tail_inside(root, "run", "log", most=10) == "third\n"


def test_names_that_are_no_text_are_left_out(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9")).mkdir()
    (root / ".hidden").mkdir()
    assert names_inside(root, folders=True) == ["run"]
    assert not plain_name(os.fsdecode(b"caf\xe9"))


def test_a_folder_that_vanished_is_said(root: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be read any more"):
        open_inside(root / "gone", "file")
    assert names_inside(root / "gone", folders=True) == []
