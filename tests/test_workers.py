from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simworth.workers import compiled, process_pool


def trained() -> bytes:
    """The bits of a small network, trained in a worker."""
    from simworth.learners.network import pretrain
    from simworth.learners.settings import NetworkSpec

    features = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    rows = np.arange(50, dtype=np.int32)[None]
    spec = NetworkSpec(hidden=(16,), least_steps=20, most_steps=20)
    made = pretrain(spec, features, features[rows, 0].astype(np.float64), rows, 50, [1])
    return b"".join(np.asarray(part).tobytes() for layer in made.layers for part in layer)


def test_a_program_is_compiled_once_and_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    before = dict(os.environ)
    found = []
    for _ in range(2):
        with process_pool(1) as pool:
            found.append((pool.submit(trained).result(), sorted(p.name for p in tmp_path.glob("*-cache"))))
    assert found[0] == found[1]
    assert found[0][1]
    assert dict(os.environ) == before


def test_nothing_is_kept_where_no_folder_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SIMWORTH_CACHE", str(tmp_path / "file" / "cache"))
    assert compiled() == {}


PARENT = """
import os, sys, time
from simworth.workers import process_pool

if __name__ == "__main__":
    with process_pool(2) as pool:
        print(*{pool.submit(os.getpid).result() for _ in range(4)}, flush=True)
        time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(p) for p in parent.stdout.readline().split()]
        assert workers
        assert all(map(alive, workers))
        parent.send_signal(signal.SIGKILL)
    for _ in range(300):
        if not any(map(alive, workers)):
            return
        time.sleep(0.1)
    raise AssertionError(f"workers {workers} outlive their parent")
