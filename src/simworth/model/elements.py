"""The chemical elements of a material, from its canonical identity."""

from __future__ import annotations

import re

from simworth.identity import Kind, elements, pair_parts

ATOM = re.compile(r"\[\d*([A-Za-z][a-z]?)[^\]]*\]|(Cl|Br|[BCNOPSFI]|[bcnops])")
"""One atom of a canonical SMILES, in brackets or not."""


def elements_of(kind: Kind, identity: str) -> frozenset[str]:
    """Symbols of the elements; none for materials of kind ``features``. Hydrogen in SMILES is left out."""
    if kind == "composition":
        return frozenset(elements(identity))
    if kind == "features":
        return frozenset()
    texts = pair_parts(identity)[:2] if kind == "pair" else (identity,)
    found = (_symbol(a or b) for text in texts for a, b in ATOM.findall(text))
    return frozenset(found) - {"H"}


def _symbol(text: str) -> str:
    """A symbol as the periodic table has it: SMILES writes aromatic atoms small, and ``n`` before an ``H``."""
    return text.capitalize()
