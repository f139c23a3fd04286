"""The features of materials that a model is asked about, made as they were for those it learned from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.errors import InputError, MissingExtraError
from simworth.features.counts import Vocabulary, counted
from simworth.features.table import table_features, undescribed
from simworth.identity import Descriptor, Kind, elements, pair_parts
from simworth.learners.protocol import Materials
from simworth.model.card import Card
from simworth.sweep.counts import with_elements
from simworth.tables import PropertyTable
from simworth.tables.about import About, Provenance

Float32 = NDArray[np.float32]
TOLERANCE = 1e-3
"""Relative difference of features that is rounding, on another machine, and nothing else."""


def described(identities: Sequence[str], kind: Kind, descriptor: Descriptor) -> Float32:
    """Features (materials, d).

    Raises
    ------
    InputError
        When a material has none.
    """
    found = table_features([candidates_table(identities, kind)], descriptor)[0]
    if not np.isfinite(found).all():
        place = int(np.flatnonzero(~np.isfinite(found).all(axis=1))[0])
        raise InputError(f"{identities[place]!r} has a feature that is not a finite number; leave it out")
    return found


def materials_of(identities: Sequence[str], features: Float32, kind: Kind, vocabulary: Vocabulary | None) -> Materials:
    """Materials with features (materials, d), counted in the columns of a vocabulary.

    Raises
    ------
    InputError, MissingExtraError
        As `simworth.features.counts.counted`.
    """
    counts = () if vocabulary is None else counted(kind, identities, vocabulary)
    return with_elements(Materials(features, tuple(identities), kind, *counts))


def some(materials: Materials, places: NDArray[np.integer]) -> Materials:
    """The materials at these places."""
    counts = (part if part is None else part[places] for part in (materials.small, materials.wide, materials.size))
    names = tuple(materials.identities[i] for i in places.tolist())
    lists = None if materials.elements is None else (materials.elements[0][places], materials.elements[1][places])
    found = Materials(materials.features[places], names, materials.kind, *counts)
    return found._replace(elements=lists, vectors=materials.vectors)


def reasons_against(identities: Sequence[str | None], kind: Kind, descriptor: Descriptor) -> dict[int, str]:
    """Places of the materials that have no features, and why; None is passed over."""
    places = [i for i, identity in enumerate(identities) if identity is not None]
    known = [str(identities[i]) for i in places]
    found = (
        {places[i]: why for i, why in undescribed(candidates_table(known, kind), descriptor).items()} if known else {}
    )
    for place, identity in zip(places, known, strict=True):
        why = _bare_pair(identity) if kind == "pair" else _strange_formula(identity) if kind == "composition" else ""
        if why:
            found.setdefault(place, why)
    return found


def check_described(card: Card, known: Materials, vocabulary: Vocabulary | None) -> None:
    """Refuse a model some of whose experiments, ``known``, this installation describes otherwise.

    Raises
    ------
    InputError
        Naming the versions it was made with.
    """
    try:
        here = materials_of(
            known.identities, described(known.identities, card.kind, card.descriptor), card.kind, vocabulary
        )
        alike = _close(here.features, known.features) and (known.small is None or _close(here.small, known.small))
    except MissingExtraError:
        raise
    except InputError:
        alike = False
    if not alike:
        made = ", ".join(f"{k} {card.versions.get(k, 'unknown')}" for k in ("simworth", "rdkit"))
        raise InputError(
            f"the model was made where materials are described otherwise ({made}); install these versions or make "
            "the model again"
        )


def candidates_table(identities: Sequence[str], kind: Kind) -> PropertyTable:
    """Materials alone."""
    names, rows = pa.array(list(identities), pa.string()), pa.array(range(1, len(identities) + 1), pa.int64())
    about = About(name="candidates", kind=kind, units={}, provenance=Provenance("candidates", ""))
    return PropertyTable(about, pa.table({"material": names, "identity": names, "row": rows}))


def _close(one: Float32 | None, other: Float32) -> bool:
    return one is not None and one.shape == other.shape and np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


def _bare_pair(identity: str) -> str:
    return "" if pair_parts(identity).kelvin is not None else "has no temperature, such as '*CC*|CCO|298.15 K'"


def _strange_formula(identity: str) -> str:
    from simworth.features.element_table import magpie_table

    strange = sorted(elements(identity).keys() - {*magpie_table().symbols, "D"})
    return f"contains {', '.join(strange)}, of which no properties are known" if strange else ""
