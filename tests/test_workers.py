from __future__ import annotations

import os
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
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "file" / name)
    assert compiled() == {}
