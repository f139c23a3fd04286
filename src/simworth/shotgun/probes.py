"""Do two installations recognise and describe materials alike? A few fixed materials tell.

A model is of no use where features are made otherwise, and its seen materials cannot be recognised where identities
are spelled otherwise. Versions of packages say neither; a few materials, kept with the model, say both.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simworth.errors import InputError
from simworth.features.table import table_features
from simworth.identity import Descriptor, Kind, canonical
from simworth.learners.library import Model, Probe
from simworth.sweep.order import identity_keys
from simworth.tables import PropertyTable
from simworth.tables.about import About, Provenance

PROBES: dict[Kind, tuple[str, ...]] = {
    "molecule": ("OCC", "c1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "FC(F)(F)C#N", "O=S(=O)(C)c1ccncc1Cl"),
    "composition": ("Fe2O3", "NaCl", "Ba0.5Sr0.5TiO3", "LiFePO4", "SiC"),
    "polymer": ("*CC*", "*CC(c1ccccc1)*", "*OCC(=O)*", "*CC(C)(C(=O)OC)*"),
    "pair": ("*CC*|CCO|298.15 K", "*CC(c1ccccc1)*|c1ccccc1|330 K", "*CC(C)(C(=O)OC)*|CC(C)=O|350 K"),
    "features": (),
}
TOLERANCE = 1e-3
"""Relative difference of features that is rounding, on another machine, and nothing else."""


def make_probe(kind: Kind, width: int, descriptor: Descriptor = "usual") -> Probe:
    """The fixed materials of a kind as this installation understands them; ``width`` features each."""
    identities = [canonical(kind, text) or text for text in PROBES[kind]]
    if not identities:
        return Probe(np.empty(0, np.uint64), np.empty((0, width), np.float32))
    about = About(name="probe", kind=kind, units={}, provenance=Provenance("probe", ""))
    table = PropertyTable(about, pa.table({"material": list(PROBES[kind]), "identity": identities}))
    return Probe(identity_keys(identities), table_features([table], descriptor)[0])


def check_probe(model: Model, here: Probe) -> None:
    """Refuse a model that was made with other features or identities than ``here``'s.

    Raises
    ------
    InputError
        Naming the model and the versions it was made with.
    """
    there = model.probe
    same = there.keys.shape == here.keys.shape and bool((there.keys == here.keys).all())
    same = same and there.features.shape == here.features.shape
    if same and np.allclose(there.features, here.features, rtol=TOLERANCE, atol=TOLERANCE):
        return
    made = ", ".join(f"{k} {model.card.versions.get(k, 'unknown')}" for k in ("simworth", "rdkit"))
    raise InputError(
        f"model {model.card.name!r} was made where materials are described otherwise ({made}); "
        "install these versions or make the model again"
    )
