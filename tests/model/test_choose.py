from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from simworth.errors import InputError
from simworth.files import alone
from simworth.model.choose import open_model


@pytest.fixture
def bare(run: Path, tmp_path: Path) -> Path:
    """A run without its model."""
    place = tmp_path / "bare"
    shutil.copytree(run, place)
    shutil.rmtree(place / "model")
    return place


@pytest.mark.parametrize("text", [b"name = = 1", b"name = 3", b"\xff\xfe"])
def test_a_damaged_study_is_told(text: bytes, bare: Path) -> None:
    (bare / "study.toml").write_bytes(text)
    with pytest.raises(InputError, match=r"study\.toml: is damaged"):
        open_model(bare)


def test_a_run_that_is_not_finished_is_told(bare: Path) -> None:
    (bare / "law.json").unlink()
    with pytest.raises(InputError, match="is not finished"):
        open_model(bare)


def test_a_damaged_model_says_how_it_is_made_again(bare: Path, run: Path) -> None:
    shutil.copytree(run / "model", bare / "model")
    (bare / "model" / "model.safetensors").write_bytes(b"x")
    with pytest.raises(InputError, match=r"is damaged .*where the folder .* is removed, it is made again"):
        open_model(bare)


def test_a_run_that_cannot_be_written_to_is_refused_before_work(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="copy the run folder"):
        open_model(bare, say_stage=lambda line: pytest.fail(line))


def test_a_second_process_waits_and_takes_what_the_first_made(bare: Path, run: Path) -> None:
    said: list[str] = []
    waits = threading.Event()

    def told(line: str) -> None:
        said.append(line)
        waits.set()

    second = threading.Thread(target=open_model, args=(bare, None, None, told))
    with alone(bare):
        second.start()
        assert waits.wait(30)
        shutil.copytree(run / "model", bare / "model")
    second.join(30)
    assert not second.is_alive()
    assert said == ["waiting for another process that works on this run's model"]
