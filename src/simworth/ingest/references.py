"""Small molecules whose measured enthalpies anchor computed ones.

A computed total energy becomes an enthalpy of formation once each element has a reference energy. These are fitted to
the molecules below and to no others, and `read_experiment` leaves the same molecules out, so that no measurement is
used twice.
"""

from __future__ import annotations

ENTHALPY_REFERENCES = (
    "C", "CC", "CCC", "C=C", "C#C", "c1ccccc1",
    "CN", "CNC", "C#N", "CC#N", "c1ccncc1", "NC=O", "C[N+](=O)[O-]",
    "CO", "C=O", "CC=O", "CCO", "COC", "CC(C)=O", "O=CO", "CC(=O)O",
    "CF", "FCF", "FC(F)F", "FC(F)(F)F",
    "CCl", "ClCCl", "ClC(Cl)Cl", "ClC(Cl)(Cl)Cl",
    "CBr", "CCBr", "BrCBr", "BrC(Br)Br",
    "CI", "CCI", "ICI",
    "CS", "CSC", "CCS", "c1ccsc1", "S=C=S",
    "C[Si](C)(C)C", "C[SiH3]", "C[SiH2]C",
    "CP(C)C", "CP",
    "CB(C)C", "CCB(CC)CC",
)  # fmt: skip
"""Canonical SMILES."""
