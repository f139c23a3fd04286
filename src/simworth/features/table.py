"""The features of property tables, by the kind of their materials and the study's choice of a descriptor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError, StudyError
from simworth.features.cache import remembered
from simworth.identity import Descriptor, Kind, elements, pair_parts
from simworth.tables import PropertyTable

Float32Array = NDArray[np.float32]
STRUCTURES: tuple[Kind, ...] = ("molecule", "polymer", "pair")
"""Kinds whose materials have atoms and bonds."""


def table_features(tables: Sequence[PropertyTable], descriptor: Descriptor = "usual") -> list[Float32Array]:
    """Features (materials, d) of each table, from identities, so that every spelling gets the same numbers.

    A material that stands in several tables is described once. All tables must be of one kind. Of a pair, polymer and
    solvent are described in the same way.

    Raises
    ------
    InputError
        When a material has no features (an element outside the element table, a chain that GAFF2 has no parameters
        for), or the descriptor is not for this kind.
    MissingExtraError
        When the package that describes the materials is not installed.
    """
    kind = tables[0].kind
    check_descriptor(descriptor, kind)
    if kind == "features":
        return [t.feature_matrix().astype(np.float32) for t in tables]
    identities = list(dict.fromkeys(i for t in tables for i in t.identities))
    if kind == "composition":
        from simworth.features.composition import composition_features

        matrix = composition_features(identities, elements)
    else:
        examined = _examine(kind, identities, descriptor)
        _refuse(tables, examined)
        matrix = _described(kind, identities, descriptor, examined)
    place = {identity: i for i, identity in enumerate(identities)}
    return [matrix[[place[i] for i in t.identities]] for t in tables]


def check_descriptor(descriptor: Descriptor, kind: Kind) -> None:
    """Refuse a descriptor that is not for materials of this kind.

    Raises
    ------
    StudyError
        For another one than the usual, of materials that have no force field.
    """
    if descriptor != "usual" and kind not in STRUCTURES:
        raise StudyError(
            f"descriptor = {descriptor!r} is for molecules, polymers and pairs; leave it out for materials of kind "
            f"{kind!r}"
        )


def undescribed(table: PropertyTable, descriptor: Descriptor = "usual") -> dict[int, str]:
    """Places (from 0) of the materials without such features, and why; of molecules, polymers and pairs alone.

    Raises
    ------
    StudyError, MissingExtraError
        As `table_features`.
    """
    check_descriptor(descriptor, table.kind)
    if table.kind not in STRUCTURES:
        return {}
    return _reasons(table, _examine(table.kind, table.identities, descriptor))


class _Examined(NamedTuple):
    """What is known of structures before their features are made."""

    forces: Mapping[str, Float32Array]
    """The 190 numbers; empty where they are not asked for."""
    reasons: Mapping[str, str]
    """Why a structure has no features."""


def _examine(kind: Kind, identities: Sequence[str], descriptor: Descriptor) -> _Examined:
    """Look at every molecule and repeat unit of some materials."""
    texts = list(dict.fromkeys(part for i in identities for part in _parts(kind, i)))
    why: dict[str, str] = {}
    if descriptor != "forcefield":
        from simworth.features.polymers import ENDLESS, FEWEST, is_endless

        why |= {t: ENDLESS.format(FEWEST) for t in texts if "*" in t and is_endless(t)}
    if descriptor == "usual":
        return _Examined({}, why)
    from simworth.features.forcefield import FORCEFIELD_NAMES, forcefield_rows

    def make(some: list[str]) -> tuple[Float32Array, dict[int, str]]:
        found, without = forcefield_rows(some)
        return found.astype(np.float32), without

    rows, reasons = remembered("forcefield", texts, len(FORCEFIELD_NAMES), make)
    why |= {texts[i]: reason for i, reason in reasons.items()}
    return _Examined(dict(zip(texts, rows, strict=True)), why)


def _parts(kind: Kind, identity: str) -> tuple[str, ...]:
    """The structures of an identity."""
    return pair_parts(identity)[:2] if kind == "pair" else (identity,)


def _reasons(table: PropertyTable, examined: _Examined) -> dict[int, str]:
    """Places of the materials that have no features, and why."""
    why = examined.reasons
    if not why:
        return {}
    found = {i: [why[p] for p in _parts(table.kind, text) if p in why] for i, text in enumerate(table.identities)}
    return {i: reasons[0] for i, reasons in found.items() if reasons}


def _refuse(tables: Sequence[PropertyTable], examined: _Examined) -> None:
    """Refuse materials that have no features, by their row in a table."""
    refused = [(table, i, why) for table in tables for i, why in _reasons(table, examined).items()]
    if refused:
        table, i, why = refused[0]
        others = f" (and {len(refused) - 1} more like it)" if len(refused) > 1 else ""
        raise InputError(
            f"{table.name}, row {table.data.column('row')[i].as_py()} ({table.materials[i]!r}): {why}{others}; "
            "choose another 'descriptor' for the study, or leave such rows out with unreadable = \"drop\""
        )


def _described(kind: Kind, identities: list[str], descriptor: Descriptor, examined: _Examined) -> Float32Array:
    """Features (materials, d) of molecules, polymers or pairs."""
    if kind != "pair":
        return _structures(identities, descriptor, examined)
    from simworth.features.pairs import pair_features

    parts = [pair_parts(identity) for identity in identities]
    bare = next((p for p in parts if p.kelvin is None), None)
    if bare is not None:
        raise InputError(
            f"the pair '{bare.polymer}|{bare.molecule}' has no temperature; name the column 'temperature' of its table"
        )
    kelvin = np.array([p.kelvin for p in parts], dtype=np.float64)

    def describe(texts: list[str]) -> Float32Array:
        return _structures(texts, descriptor, examined)

    return pair_features([p.polymer for p in parts], [p.molecule for p in parts], kelvin, describe, describe).matrix()


def _structures(texts: list[str], descriptor: Descriptor, examined: _Examined) -> Float32Array:
    """Features (texts, d) of repeat units (with ``*``, described by their rings) and of molecules."""
    if descriptor == "forcefield":
        return np.array([examined.forces[t] for t in texts])
    from simworth.features.molecules import NAMES, molecule_features, polymer_features

    rings = bool(texts) and "*" in texts[0]  # texts are all of one kind
    make = polymer_features if rings else molecule_features
    usual, _ = remembered("polymers" if rings else "molecules", texts, len(NAMES), lambda some: (make(some), {}))
    return usual if descriptor == "usual" else np.hstack([usual, [examined.forces[t] for t in texts]])
