"""The features of property tables, by the kind of their materials."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.identity import Kind, elements, pair_parts
from simworth.tables import PropertyTable

Float32Array = NDArray[np.float32]


def table_features(tables: Sequence[PropertyTable]) -> list[Float32Array]:
    """Features (materials, d) of each table, from identities, so that every spelling gets the same numbers.

    A material that stands in several tables is described once. All tables must be of one kind.

    Raises
    ------
    InputError
        When a material has no features (an element outside the element table).
    """
    if tables[0].kind == "features":
        return [t.feature_matrix().astype(np.float32) for t in tables]
    place = {identity: i for i, identity in enumerate(dict.fromkeys(i for t in tables for i in t.identities))}
    matrix = _described(tables[0].kind, list(place))
    return [matrix[[place[i] for i in t.identities]] for t in tables]


def _described(kind: Kind, identities: list[str]) -> Float32Array:
    """Features (materials, d) made from identities."""
    if kind == "pair":
        return _described_pairs(identities)
    if kind == "composition":
        from simworth.features.composition import composition_features

        return composition_features(identities, elements)
    from simworth.features.molecules import molecule_features

    if kind == "polymer":
        from simworth.features.polymers import cyclic_oligomer

        identities = [cyclic_oligomer(i) for i in identities]
    return molecule_features(identities)


def _described_pairs(identities: list[str]) -> Float32Array:
    """Features of the polymer, of the solvent, and 1000 K / T, (pairs, d)."""
    from simworth.features.pairs import pair_features

    parts = [pair_parts(identity) for identity in identities]
    bare = next((p for p in parts if p.kelvin is None), None)
    if bare is not None:
        raise InputError(
            f"the pair '{bare.polymer}|{bare.molecule}' has no temperature; name the column 'temperature' of its table"
        )
    kelvin = np.array([p.kelvin for p in parts], dtype=np.float64)
    return pair_features([p.polymer for p in parts], [p.molecule for p in parts], kelvin).matrix()
