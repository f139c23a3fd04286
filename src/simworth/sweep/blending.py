"""Trials of a learner of parts: what experiments alone tell is learned once a split and m, and serves every n and arm.

It is kept in ``work/``, whole and by content the same whoever makes it; two workers that need it at once both make it.
"""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from simworth.files import replacing
from simworth.learners.protocol import Blending, Said, Told
from simworth.sweep.inputs import TargetData

Int32 = NDArray[np.int32]


def blended_lanes(
    place: Path, learner: Blending, foreseen: object | None, target: TargetData, train: Int32, test: list[Int32],
    names: list[str], seeds: list[int],
) -> list[Told]:  # fmt: skip
    """Blend every lane of a chunk at one m.

    Parameters
    ----------
    place
        Folder for what serves other trials too.
    foreseen
        From `Blending.foresee`; None for direct learning.
    train, test
        Rows to learn from (lanes, m), and each lane's rows to predict.
    names, seeds
        Of each lane's direct learning: its file, and its seed.
    """
    told = []
    for i, (rows, asked, name, seed) in enumerate(zip(train, test, names, seeds, strict=True)):
        path = place / f"{name}.npz"
        direct = _kept(path)
        if direct is None:
            direct = learner.direct(target.materials, target.values, rows, asked, seed)
            _keep(path, direct)
        told.append(learner.blended(foreseen, i, direct, target.materials, target.values, rows, asked, seed))
    return told


def _keep(path: Path, said: Said) -> None:
    with replacing(path) as temporary, temporary.open("wb") as f:
        np.savez(f, names=np.array(said.names), unseen=said.unseen, asked=said.asked)


def _kept(path: Path) -> Said | None:
    """What was kept; None where there is nothing whole."""
    try:
        with np.load(path) as found:
            return Said(tuple(found["names"].tolist()), found["unseen"], found["asked"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
