"""The features of a property table, by the kind of its materials."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.identity import elements
from simworth.tables import PropertyTable

Float32Array = NDArray[np.float32]


def table_features(table: PropertyTable) -> Float32Array:
    """Features (materials, d) of a table, from identities, so that every spelling gets the same numbers.

    Raises
    ------
    InputError
        When a material has no features (an element outside the element table), or a table of kind
        ``features`` brings none.
    """
    identities = list(table.identities)
    if table.kind == "composition":
        from simworth.features.composition import composition_features

        return composition_features(identities, elements)
    if table.kind == "molecule":
        from simworth.features.molecules import molecule_features

        return molecule_features(identities)
    if table.kind == "polymer":
        from simworth.features.molecules import molecule_features
        from simworth.features.polymers import cyclic_oligomer

        return molecule_features([cyclic_oligomer(i) for i in identities])
    return _given(table)


def _given(table: PropertyTable) -> Float32Array:
    """The columns a user named as features."""
    if not table.about.features:
        raise InputError(f"{table.name}: is of kind 'features' but names none; list its columns under 'features'")
    return table.feature_matrix().astype(np.float32)
