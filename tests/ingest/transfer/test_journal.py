"""Whatever a killed process leaves behind, the journal holds whole pages from the first on, and no others."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.ingest.transfer.journal import PAGES, open_journal

SLOW = [HealthCheck.too_slow]

REQUEST = {"source": "x", "fields": ["a"]}


def fill(folder: Path, pages: int) -> None:
    with open_journal(folder, REQUEST) as journal:
        for i in range(len(journal.records), pages):
            link = f"u{i + 1}" if i + 1 < pages else None
            journal.add(f"u{i}", b"[%d]" % i * 50, 1, pages, link)


@given(st.integers(0, 2000), st.binary(max_size=20), st.integers(0, 4), st.sampled_from(["cut", "change", "remove"]))
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_any_damage_leaves_a_good_beginning(at: int, junk: bytes, page: int, how: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "d"
        fill(folder, 5)
        lines = folder / PAGES
        whole = lines.read_bytes()
        at = min(at, len(whole))
        lines.write_bytes(whole[:at] + junk)
        victim = folder / f"page-{page:06d}.json"
        if how == "change":
            victim.write_bytes(victim.read_bytes()[::-1])
        elif how == "remove":
            victim.unlink()
        with open_journal(folder, REQUEST) as journal:
            kept = len(journal.records)
            assert kept <= whole[:at].count(b"\n") + (junk.endswith(b"\n") and whole[:at] + junk == whole)
            assert how == "cut" or kept <= page
            for i, record in enumerate(journal.records):
                assert (record.page, record.url) == (i, f"u{i}")
                assert journal.body(record) == b"[%d]" % i * 50
            assert len(list(folder.glob("page-*"))) == kept
        fill(folder, 5)
        with open_journal(folder, REQUEST) as journal:
            assert len(journal.records) == 5


@pytest.mark.parametrize("steps", range(9))
def test_killed_while_it_is_removed(steps: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class KilledError(BaseException):
        pass

    fill(tmp_path / "d", 5)
    unlink, left = Path.unlink, [steps]

    def until(path: Path, missing_ok: bool = False) -> None:
        if not left[0]:
            raise KilledError
        left[0] -= 1
        unlink(path, missing_ok=missing_ok)

    with open_journal(tmp_path / "d", REQUEST) as journal, monkeypatch.context() as m:
        m.setattr(Path, "unlink", until)
        with contextlib.suppress(KilledError):
            journal.remove()
    fill(tmp_path / "d", 5)
    with open_journal(tmp_path / "d", REQUEST) as journal:
        assert len(journal.records) == 5


def test_another_request_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "d", 1)
    with (
        pytest.raises(InputError, match="holds pages of another request"),
        open_journal(tmp_path / "d", {"source": "y"}),
    ):
        pass


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="holds other files"), open_journal(tmp_path, REQUEST):
        pass
    with pytest.raises(InputError, match="is a file"), open_journal(tmp_path / "thesis.tex", REQUEST):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


HOLD = """
import sys
from pathlib import Path
from simworth.ingest.transfer.journal import open_journal
with open_journal(Path(sys.argv[1]), {"source": "x", "fields": ["a"]}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "d")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another simworth is downloading"), open_journal(tmp_path / "d", REQUEST):
            pass
        other.communicate()


def test_a_page_changed_behind_our_back(tmp_path: Path) -> None:
    with open_journal(tmp_path / "d", REQUEST) as journal:
        record = journal.add("u0", b"abc", 1, 1, None)
        (tmp_path / "d" / "page-000000.json").write_bytes(b"abd")
        with pytest.raises(InputError, match="was changed after it was downloaded"):
            journal.body(record)
