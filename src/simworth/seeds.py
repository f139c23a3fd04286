"""Random streams from content, never from time, order or worker.

A stream is named by plain values (study seed, what it is for, replicate, ...); equal names give equal
streams on any machine. Philox is counter-based, so streams of different names are independent.
"""

from __future__ import annotations

import hashlib

import numpy as np

from simworth.digest import canonical_json

Part = str | int | float | bool | None


def seed_of(*parts: Part) -> int:
    """A 64-bit seed named by ``parts``."""
    return int.from_bytes(hashlib.sha256(canonical_json(list(parts)).encode()).digest()[:8], "big")


def stream(*parts: Part) -> np.random.Generator:
    """A generator whose draws depend on ``parts`` alone."""
    return np.random.Generator(np.random.Philox(key=seed_of(*parts)))
