"""Polymer–solvent pairs as numbers: the polymer, the solvent, and the temperature they meet at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simworth.errors import InputError

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]
Describe = Callable[[list[str]], NDArray[np.floating]]
"""SMILES to features (materials, d)."""

INVERSE = 1000.0
"""Temperature is described by 1000 K / T, which is a few units at most: χ = A + B / T is then a straight line."""


class PairFeatures(NamedTuple):
    """R rows of pairs."""

    polymer: Float32Array
    """(R, p)."""
    solvent: Float32Array
    """(R, s)."""
    temperature: Float64Array
    """(R,) in K."""

    def matrix(self) -> Float32Array:
        """Everything side by side (R, p + s + 1), the last column being 1000 K / T, for learners of one table."""
        inverse = (INVERSE / self.temperature).astype(np.float32)
        return np.concatenate([self.polymer, self.solvent, inverse[:, None]], axis=1)

    def take(self, rows: NDArray[np.integer]) -> PairFeatures:
        """The pairs at these places."""
        return PairFeatures(self.polymer[rows], self.solvent[rows], self.temperature[rows])


def pair_features(
    polymers: Sequence[str],
    solvents: Sequence[str],
    temperature: Float64Array,
    describe_polymer: Describe | None = None,
    describe_solvent: Describe | None = None,
) -> PairFeatures:
    """Features of pairs at temperatures (R,) in K.

    Parameters
    ----------
    polymers, solvents
        Identities (R): canonical repeat units and SMILES; each different one is described once.
    temperature
        (R,) in K.
    describe_polymer, describe_solvent
        From a list of repeat units, or of SMILES, to features, such as
        `simworth.features.forcefield.forcefield_features`; default: `simworth.features.molecules` of the cyclic
        oligomer and of the molecule.

    Raises
    ------
    InputError
        When lengths differ, a temperature is not above 0 K, or a material cannot be described.
    """
    if not len(polymers) == len(solvents) == len(temperature):
        raise InputError(
            f"{len(polymers)} polymers, {len(solvents)} solvents and {len(temperature)} temperatures make no pairs; "
            "give as many of each"
        )
    cold = np.flatnonzero(~(np.isfinite(temperature) & (temperature > 0)))
    if cold.size:
        raise InputError(f"pair {cold[0] + 1}: temperature {temperature[cold[0]]:g} K is not above zero; correct it")
    return PairFeatures(
        _each(polymers, describe_polymer or oligomer_features),
        _each(solvents, describe_solvent or _molecules),
        np.asarray(temperature, dtype=np.float64),
    )


def oligomer_features(units: list[str]) -> Float32Array:
    """`simworth.features.molecules.polymer_features` of repeat units, (units, d)."""
    from simworth.features.molecules import polymer_features

    return polymer_features(units)


def _molecules(smiles: list[str]) -> Float32Array:
    from simworth.features.molecules import molecule_features

    return molecule_features(smiles)


def _each(materials: Sequence[str], describe: Describe) -> Float32Array:
    """Features (R, d), each different material being described once."""
    place = {m: i for i, m in enumerate(dict.fromkeys(materials))}
    return np.asarray(describe(list(place)), dtype=np.float32)[[place[m] for m in materials]]
