"""Atom types of GAFF2 from the bonds around an atom: RadonPy's rules.

A type is first given to each atom by itself; atoms in small rings, conjugated atoms and the two atoms between
connected aromatic rings then get special ones. Alternating types (``cc`` and ``cd``, ``ce`` and ``cf``, ``cp`` and
``cq``) tell single from double bonds between like atoms; they are handed out in the order of the atoms.

Reference: RadonPy, Hayashi et al., npj Comput. Mater. 8, 222 (2022), doi 10.1038/s41524-022-00906-4; the types are
those of GAFF, Wang, Wolf, Caldwell, Kollman, Case, J. Comput. Chem. 25, 1157 (2004), doi 10.1002/jcc.20035.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simworth.errors import InputError

SMALL_RING = 14
"""An atom in no ring of at most this many atoms is a chain atom."""
ALTERNATE = {"ce": "cf", "cg": "ch", "ne": "nf", "pe": "pf", "cc": "cd", "nc": "nd", "pc": "pd", "cp": "cq"}
"""Types that come in pairs, and their partners."""

_CHAIN = ("ce", "cg", "ne", "pe")
_RING = ("cc", "nc", "pc")
_ELECTRON_HUNGRY = ("N", "O", "F", "Cl", "Br", "I")
_HALOGENS = {"F": "f", "Cl": "cl", "Br": "br", "I": "i"}
_CONJUGATED = frozenset((
    "c", "c1", "c2", "ca", "cc", "cd", "ce", "cf", "cg", "ch", "cp", "cq", "cu", "cv", "n1", "n2", "na", "nb", "nc",
    "nd", "ne", "nf", "p2", "pb", "pc", "pd", "pe", "pf", "px", "py", "sx", "sy",
))  # fmt: skip


@dataclass(frozen=True)
class BondGraph:
    """What typing looks at, atom by atom, all hydrogens included.

    Attributes
    ----------
    element, hybridization : list of str, one per atom; hybridization as RDKit names it (``SP2``)
    aromatic : list of bool, in the MDL model: rings of six alternating double bonds
    neighbours : list of lists of (atom, bond order), one list per atom
    rings : list of lists of ring sizes, one list per atom; the ring that the whole polymer is closed to counts with
        its size at ten units
    """

    element: list[str]
    hybridization: list[str]
    aromatic: list[bool]
    neighbours: list[list[tuple[int, float]]]
    rings: list[list[int]]

    def degree(self, i: int) -> int:
        """Bonds of an atom."""
        return len(self.neighbours[i])

    def near(self, i: int) -> list[str]:
        """Elements of the neighbours."""
        return [self.element[j] for j, _ in self.neighbours[i]]

    def hydrogens(self, i: int) -> int:
        """Hydrogen atoms on an atom."""
        return self.near(i).count("H")

    def orders(self, i: int) -> list[float]:
        """Orders of an atom's bonds."""
        return [order for _, order in self.neighbours[i]]

    def flat(self, i: int) -> bool:
        """Whether an atom is sp or sp2."""
        return self.hybridization[i] in ("SP2", "SP")


def atom_types(graph: BondGraph) -> list[str]:
    """The type of each atom.

    Raises
    ------
    InputError
        When an atom has none.
    """
    types: list[str] = []
    for i, element in enumerate(graph.element):
        rule = _RULES.get(element)
        found = _HALOGENS.get(element) if rule is None else rule(graph, i)
        if found is None:
            bonds = f"{graph.degree(i)} bond{'s' if graph.degree(i) != 1 else ''}"
            raise InputError(f"GAFF2 has no atom type for {element} with {bonds} ({graph.hybridization[i].lower()})")
        types.append(found)
    _small_rings(graph, types)
    _conjugated(graph, types)
    _alternate(graph, types)
    _between_rings(graph, types)
    return types


def alternates(types: list[str]) -> bool:
    """Whether some types were handed out in the order of the atoms."""
    return not _PARTNERS.isdisjoint(types)


_PARTNERS = frozenset(ALTERNATE.values())


def _hydrogen(g: BondGraph, i: int) -> str | None:
    if not g.neighbours[i]:
        return None
    on = g.neighbours[i][0][0]
    if g.element[on] != "C":
        if g.element[on] == "O":
            return "hw" if g.hydrogens(on) == 2 else "ho"
        return {"N": "hn", "P": "hp", "S": "hs"}.get(g.element[on])
    if any(g.element[j] in ("N", "P") and g.degree(j) == 4 for j, _ in g.neighbours[on]):
        return "hx"
    hungry = sum(e in _ELECTRON_HUNGRY for e in g.near(on))
    if hungry == 0:
        return "ha" if g.flat(on) else "hc"
    return {(4, 1): "h1", (4, 2): "h2", (4, 3): "h3", (3, 1): "h4", (3, 2): "h5"}.get((g.degree(on), hungry))


def _carbon(g: BondGraph, i: int) -> str | None:
    if g.hybridization[i] != "SP2":
        return {"SP3": "c3", "SP": "c1"}.get(g.hybridization[i])
    ends = {g.element[j] for j, order in g.neighbours[i] if order == 2 and g.degree(j) == 1}
    if "O" in ends:
        return "c"
    if "S" in ends:
        return "cs"
    return "ca" if g.aromatic[i] else "c2"


def _nitrogen(g: BondGraph, i: int) -> str | None:
    if g.hybridization[i] == "SP":
        return "n1"
    degree, hydrogens = g.degree(i), g.hydrogens(i)
    if degree == 2:
        return "nb" if g.aromatic[i] else "n2" if 2 in g.orders(i) else None
    if degree == 4:
        return {1: "nx", 2: "ny", 3: "nz", 4: "n+"}.get(hydrogens, "n4")
    if degree != 3:
        return None
    carbons = [j for j, _ in g.neighbours[i] if g.element[j] == "C"]
    if g.near(i).count("O") >= 2:
        return "no"
    if any(g.element[k] in ("O", "S") and order == 2 for j in carbons for k, order in g.neighbours[j]):
        return {1: "ns", 2: "nt"}.get(hydrogens, "n")
    if g.aromatic[i] or sum(g.flat(j) for j, _ in g.neighbours[i]) >= 2:
        return "na"
    if any(g.aromatic[j] for j in carbons):
        return {1: "nu", 2: "nv"}.get(hydrogens, "nh")
    return {1: "n7", 2: "n8", 3: "n9"}.get(hydrogens, "n3")


def _oxygen(g: BondGraph, i: int) -> str:
    return "o" if g.degree(i) == 1 else {2: "ow", 1: "oh"}.get(g.hydrogens(i), "os")


def _phosphorus(g: BondGraph, i: int) -> str | None:
    if g.aromatic[i]:
        return "pb"
    if g.degree(i) == 3:
        if 2 not in g.orders(i):
            return "p3"
        return "px" if _conjugates(g, i) else "p4"
    if g.degree(i) == 4:
        return "py" if _conjugates(g, i) else "p5"
    return {2: "p2", 5: "p5", 6: "p5"}.get(g.degree(i))


def _sulfur(g: BondGraph, i: int) -> str | None:
    degree = g.degree(i)
    if degree == 2:
        if g.aromatic[i]:
            return "ss"
        return "sh" if g.hydrogens(i) == 1 else "s2" if 2 in g.orders(i) else "ss"
    if degree in (3, 4):
        plain, conjugated = ("s4", "sx") if degree == 3 else ("s6", "sy")
        return conjugated if _conjugates(g, i) else plain
    return {1: "s", 5: "s6", 6: "s6"}.get(degree)


_RULES: dict[str, Callable[[BondGraph, int], str | None]] = {
    "H": _hydrogen, "C": _carbon, "N": _nitrogen, "O": _oxygen, "P": _phosphorus, "S": _sulfur,
}  # fmt: skip


def _conjugates(g: BondGraph, i: int) -> bool:
    """Whether a neighbour has a multiple bond of its own."""
    return any(order >= 1.5 and k != i for j, _ in g.neighbours[i] for k, order in g.neighbours[j])


def _small_rings(g: BondGraph, types: list[str]) -> None:
    names = {"c2": {3: "cu", 4: "cv"}, "c3": {3: "cx", 4: "cy"}}
    for i, rings in enumerate(g.rings):
        if types[i] in names and rings and min(rings) <= 4:
            types[i] = names[types[i]][min(rings)]


def _conjugated(g: BondGraph, types: list[str]) -> None:
    """Inner atoms of conjugated chains and of rings without MDL aromaticity."""
    chain = {"c2": "ce", "c1": "cg", "n2": "ne", "p2": "pe"}
    ring = {"c2": "cc", "n2": "nc", "p2": "pc"}
    for i, current in enumerate(types):
        inside = any(size <= SMALL_RING for size in g.rings[i])
        new = (ring if inside else chain).get(current)
        if new is None:
            continue
        near = [types[j] for j, _ in g.neighbours[i]]
        if sum(t in _CONJUGATED or (inside and t in ("os", "ss")) for t in near) >= 2:
            types[i] = new


def _alternate(g: BondGraph, types: list[str]) -> None:
    """Across a double bond the type alternates, across the next single bond it does not."""
    for i in range(len(types)):
        group = _CHAIN if types[i] in _CHAIN else _RING if types[i] in _RING else None
        if group is None:
            continue
        multiple = (2, 3) if group is _CHAIN else (2,)
        for j, order in g.neighbours[i]:
            if order in multiple and types[j] in group:
                _turn(g, types, j, group)


def _between_rings(g: BondGraph, types: list[str]) -> None:
    """The atoms of a single bond between aromatic rings, alternating where two of them are in one aromatic bond."""
    for i in range(len(types)):
        for j, order in g.neighbours[i] if types[i] == "ca" else ():
            if order == 1 and types[j] in ("ca", "nb", "pb"):
                types[i] = "cp"
                types[j] = "cp" if types[j] == "ca" else types[j]
    for i in range(len(types)):
        for j, order in g.neighbours[i] if types[i] == "cp" else ():
            if order == 1.5 and types[j] == "cp":
                _turn(g, types, j, ("cp",))


def _turn(g: BondGraph, types: list[str], i: int, group: tuple[str, ...]) -> None:
    """Give an atom, and those of its group at its single bonds, the partner type."""
    types[i] = ALTERNATE[types[i]]
    for j, order in g.neighbours[i]:
        if order == 1 and types[j] in group:
            types[j] = ALTERNATE[types[j]]
