"""GAFF2's parameters: non-bonded by atom type, and those of a bond, an angle or a dihedral by the types in it.

The table is read from the wheel of the package radonpy-pypi without importing it. Where it has no entry for some
types, their more general relatives are tried, and an unknown angle gets GAFF's empirical rule, in RadonPy's order.

References: GAFF, Wang, Wolf, Caldwell, Kollman, Case, J. Comput. Chem. 25, 1157 (2004), doi 10.1002/jcc.20035, the
empirical angles in its eq. 3 and table 3; RadonPy, Hayashi et al., npj Comput. Mater. 8, 222 (2022), doi
10.1038/s41524-022-00906-4.
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from simworth.errors import MissingExtraError

Pair = tuple[float, float]

WITHOUT_EMBEDDING = ("hw", "n4", "nx", "ny", "nz", "n+")
"""Atom types that do not set the range to which the non-bonded parameters are scaled."""
WEAK = 20.0
"""Bonds and angles with a smaller force constant do not set the range either."""

RELATIVES: dict[str, str] = {
    "cc": "c2", "cd": "c2", "ce": "c2", "cf": "c2", "cg": "c1", "ch": "c1", "cp": "ca", "cq": "ca", "cs": "c",
    "cu": "c2", "cv": "c2", "cx": "c3", "cy": "c3", "h1": "hc", "h2": "hc", "h3": "hc", "h4": "ha", "h5": "ha",
    "hx": "hc", "n+": "n4", "n7": "n3", "n8": "n3", "n9": "n3", "nb": "nc", "nc": "n2", "nd": "n2", "ne": "n2",
    "nf": "n2", "ns": "n", "nt": "n", "nu": "nh", "nv": "nh", "nx": "n4", "ny": "n4", "nz": "n4", "p4": "px",
    "p5": "py", "pb": "pc", "pc": "p2", "pd": "p2", "pe": "p2", "pf": "p2", "px": "p4", "py": "p5", "s4": "sx",
    "s6": "sy", "sx": "s4", "sy": "s6",
}  # fmt: skip
"""The atom type whose parameters stand in for those of another, as RadonPy has it."""

ANGLE_C = {"C": 1.339, "N": 1.300, "O": 1.249, "P": 0.906, "S": 1.448}
"""Empirical constant of an angle's middle atom; only these elements have one."""
ANGLE_Z = {"H": 0.784, "C": 1.183, "N": 1.212, "O": 1.219, "F": 1.166, "Cl": 1.272, "Br": 1.378, "I": 1.398,
           "P": 1.620, "S": 1.280}  # fmt: skip
"""Empirical constant of an angle's outer atoms."""


@dataclass(frozen=True)
class ForceField:
    """The tables of a force field, keys are types joined by commas in both reading directions.

    Attributes
    ----------
    atoms : mapping of type to (ε in kcal/mol, σ in Å)
    bonds : mapping of types to (k in kcal/mol/Å², r0 in Å)
    angles : mapping of types to (k in kcal/mol/rad², θ0 in degrees)
    dihedrals : mapping of types to the largest k in kcal/mol; ``X`` is any type
    ranges : the smallest and largest value of ε, σ, k and r0 of bonds, k and θ0 of angles, k of dihedrals
    """

    atoms: Mapping[str, Pair]
    bonds: Mapping[str, Pair]
    angles: Mapping[str, Pair]
    dihedrals: Mapping[str, float]
    ranges: tuple[Pair, ...]
    known: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """What `bond`, `angle` and `dihedral` have answered before, by their arguments."""

    def bond(self, a: str, b: str) -> tuple[Pair | None, bool]:
        """(k, r0) of the bond between two atom types, and whether it is the same from both ends.

        Where the table has no entry, relatives are tried, the first type's before the second's, so the answer can
        depend on the end that comes first. None where neither end leads to an answer.
        """
        key = (a, b)
        if key not in self.known:
            self.known[key] = _both_ends(_first(self.bonds, _variants(a, b)), _first(self.bonds, _variants(b, a)))
        return self.known[key]  # type: ignore[no-any-return]

    def angle(self, types: tuple[str, str, str], elements: tuple[str, str, str]) -> tuple[Pair | None, bool]:
        """(k, θ0) of an angle, by its empirical rule where the tables have none; otherwise as `bond`."""
        key = (*types, *elements)
        if key not in self.known:
            self.known[key] = _both_ends(self._angle(types, elements), self._angle(types[::-1], elements[::-1]))
        return self.known[key]  # type: ignore[no-any-return]

    def dihedral(self, a: str, b: str, c: str, d: str) -> tuple[float | None, bool]:
        """The largest force constant of a dihedral; otherwise as `bond`."""
        key = (a, b, c, d)
        if key not in self.known:
            forth, back = _dihedral_keys(a, b, c, d), _dihedral_keys(d, c, b, a)
            self.known[key] = _both_ends(_first(self.dihedrals, forth), _first(self.dihedrals, back))
        return self.known[key]  # type: ignore[no-any-return]

    def _angle(self, types: tuple[str, str, str], elements: tuple[str, str, str]) -> Pair | None:
        found = _first(self.angles, _variants(*types))
        return self._empirical(types, elements) if found is None else found

    def _empirical(self, types: tuple[str, str, str], elements: tuple[str, str, str]) -> Pair | None:
        """GAFF's guess: θ0 is the mean of the two symmetric angles, k follows from it and the two bond lengths."""
        (a, b, c), (first, middle, last) = types, elements
        if middle not in ANGLE_C:
            return None
        left = _first(self.angles, (f"{x},{y},{x}" for x, y in _relaxed(a, b)))
        right = _first(self.angles, (f"{x},{y},{x}" for x, y in _relaxed(c, b)))
        near = _first(self.bonds, (f"{x},{y}" for x, y in _relaxed(a, b)))
        # the middle atom is relaxed first here: the order of RadonPy
        far = _first(self.bonds, (f"{x},{y}" for x, y in _relaxed(b, c)))
        if left is None or right is None or near is None or far is None:
            return None
        theta, r1, r2 = (left[1] + right[1]) / 2, near[1], far[1]
        decay = math.exp(-2 * (r1 - r2) ** 2 / (r1 + r2) ** 2)
        scale = ANGLE_Z[first] * ANGLE_C[middle] * ANGLE_Z[last]
        return 143.9 * scale / (r1 + r2) / math.sqrt(math.radians(theta)) * decay, theta


def _first(table: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The entry of the first key that is in the table, or None."""
    return next((table[k] for k in keys if k in table), None)


def _both_ends(forth: Any, back: Any) -> tuple[Any, bool]:
    """What is found from the first end, else from the other, and whether both find the same."""
    return (back if forth is None else forth), forth == back


def _relaxed(a: str, b: str) -> Iterator[tuple[str, str]]:
    """Two types as they are, the first relaxed, the second, both."""
    yield a, b
    if a in RELATIVES:
        yield RELATIVES[a], b
    if b in RELATIVES:
        yield a, RELATIVES[b]
    if a in RELATIVES and b in RELATIVES:
        yield RELATIVES[a], RELATIVES[b]


def _variants(*types: str) -> Iterator[str]:
    """Keys of the types as they are, then with one of them relaxed, then two, and so on."""
    places = [i for i, t in enumerate(types) if t in RELATIVES]
    for count in range(len(places) + 1):
        for relaxed in combinations(places, count):
            yield ",".join(RELATIVES[t] if i in relaxed else t for i, t in enumerate(types))


def _dihedral_keys(a: str, b: str, c: str, d: str) -> Iterator[str]:
    """Keys of a dihedral: exact, then with open ends, the same again with the two middle types relaxed."""
    for x, y in _relaxed(b, c):
        yield from (f"{a},{x},{y},{d}", f"X,{x},{y},X", f"X,{x},{y},{d}", f"{a},{x},{y},X")


def gaff2() -> ForceField:
    """GAFF2 as RadonPy ships it.

    Raises
    ------
    MissingExtraError
        When the package radonpy-pypi is not installed; the package called radonpy is another project.
    """
    spec = importlib.util.find_spec("radonpy")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / "ff" / "ff_dat" / "gaff2.json"
    if path is None or not path.is_file():
        raise MissingExtraError("radonpy-pypi", "forcefield", "The force-field descriptor")
    return _read(path)


@cache
def _read(path: Path) -> ForceField:
    document = json.loads(path.read_text(encoding="utf-8"))
    atoms = {p["name"]: (p["epsilon"], p["sigma"]) for p in document["particle_types"]}
    bonds = _both_ways(document["bond_types"], lambda b: (b["k"], b["r0"]))
    angles = _both_ways(document["angle_types"], lambda a: (a["k"], a["theta0"]))
    dihedrals = _both_ways(document["dihedral_types"], lambda d: max(d["k"]))
    spread = [v for name, v in atoms.items() if name not in WITHOUT_EMBEDDING]
    columns = [
        *zip(*spread, strict=True),
        *zip(*(b for b in bonds.values() if b[0] >= WEAK), strict=True),
        *zip(*(a for a in angles.values() if a[0] >= WEAK), strict=True),
        tuple(dihedrals.values()),
    ]
    return ForceField(atoms, bonds, angles, dihedrals, tuple((min(c), max(c)) for c in columns))


def _both_ways(entries: list[dict[str, Any]], value: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    return {key: value(e) for e in entries for key in (e["name"], e["rname"])}
