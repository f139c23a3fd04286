"""Counts of a study's materials in the run's ``work/``, beside the features."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from simworth.features.counts import Counts, Vocabulary
from simworth.files import replacing
from simworth.learners.protocol import Materials

VOCABULARY = "vocabulary.npz"


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write one array whole."""
    with replacing(path) as temporary, temporary.open("wb") as f:
        np.save(f, array)


def save_counts(work: Path, vocabulary: Vocabulary, counts: Mapping[str, Counts]) -> None:
    """Write the counts of each table by the name of its file, and what the columns are."""
    _save(work / VOCABULARY, small=vocabulary.small, wide=vocabulary.wide)
    for name, own in counts.items():
        wide = {"data": own.wide.data, "column": own.wide.indices, "start": own.wide.indptr, "shape": own.wide.shape}
        _save(work / f"{name}-counts.npz", small=own.small, size=own.size, **wide)


def load_counts(work: Path, name: str) -> Counts | None:
    """The counts of a table; None where a run keeps none."""
    path = work / f"{name}-counts.npz"
    if not path.exists():
        return None
    with np.load(path) as found:
        wide = csr_array((found["data"], found["column"], found["start"]), shape=tuple(found["shape"]))
        return Counts(found["small"], wide, found["size"])


def load_vocabulary(work: Path) -> Vocabulary:
    """What the columns of a run's counts are."""
    with np.load(work / VOCABULARY) as found:
        return Vocabulary(found["small"], found["wide"])


def with_elements(materials: Materials) -> Materials:
    """The same with lists of elements, where the materials are compositions."""
    if materials.kind != "composition":
        return materials
    from simworth.features.composition import element_lists
    from simworth.features.element_table import magpie_table

    return materials._replace(elements=element_lists(materials.identities), vectors=magpie_table().values)


def _save(path: Path, **arrays: Any) -> None:
    with replacing(path) as temporary, temporary.open("wb") as f:
        np.savez(f, **arrays)
