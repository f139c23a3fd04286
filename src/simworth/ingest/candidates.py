"""Lists of molecules a campaign can compute."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

from simworth.errors import InputError, MissingExtraError
from simworth.identity import canonical_smiles

ORGANIC_ELEMENTS = ("H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Br", "I")


class CandidateList(msgspec.Struct, frozen=True):
    """Canonical SMILES, sorted, and how many entries were left out for which reason."""

    smiles: tuple[str, ...]
    left_out: dict[str, int]


def from_chemicals(elements: tuple[str, ...], max_heavy_atoms: int) -> CandidateList:
    """Neutral closed-shell organic molecules among the identifiers of the package `chemicals`.

    Raises
    ------
    MissingExtraError
        When `chemicals` or RDKit is not installed.
    """
    try:
        import chemicals
    except ImportError:
        raise MissingExtraError("chemicals", "chem", "This candidate list") from None
    folder = Path(chemicals.__file__).parent / "Identifiers"
    entries = [
        line.split("\t")[4]
        for size in ("small", "large")
        for line in (folder / f"chemical identifiers pubchem {size}.tsv").read_text(encoding="utf-8").splitlines()
    ]
    return choose(entries, elements, max_heavy_atoms)


def from_file(path: Path, elements: tuple[str, ...], max_heavy_atoms: int) -> CandidateList:
    """One SMILES a line (anything after the first blank is ignored); a first line ``smiles`` is a header.

    Raises
    ------
    InputError
        When the file is missing or has no usable line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; name a text file with one SMILES a line")
    lines = [line.split()[0] for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if lines and lines[0].lower() == "smiles":
        lines = lines[1:]
    chosen = choose(lines, elements, max_heavy_atoms)
    if not chosen.smiles:
        raise InputError(f"{path}: no usable candidate among {len(lines)} lines ({_say(chosen.left_out)})")
    return chosen


def choose(entries: list[str], elements: tuple[str, ...], max_heavy_atoms: int) -> CandidateList:
    """Keep what a closed-shell gas-phase engine can compute; count the rest by reason."""
    kept: set[str] = set()
    left_out: Counter[str] = Counter()
    for entry in entries:
        reason = _objection(entry, set(elements), max_heavy_atoms)
        if reason is not None:
            left_out[reason] += 1
            continue
        canonical = canonical_smiles(entry)
        if canonical is None or canonical in kept:
            left_out["same molecule again"] += 1
        else:
            kept.add(canonical)
    return CandidateList(tuple(sorted(kept)), dict(sorted(left_out.items())))


def _objection(smiles: str, elements: set[str], max_heavy_atoms: int) -> str | None:
    """Why a SMILES is not a candidate; None where it is."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]
    if "." in smiles:
        return "several fragments"
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "unreadable SMILES"
    atoms = list(molecule.GetAtoms())
    symbols = {a.GetSymbol() for a in atoms}
    if "C" not in symbols or not symbols <= elements:
        return "other elements"
    if molecule.GetNumHeavyAtoms() > max_heavy_atoms:
        return "too many heavy atoms"
    if Chem.GetFormalCharge(molecule) != 0:
        return "charged"
    if any(a.GetNumRadicalElectrons() for a in atoms):
        return "radical"
    if any(a.GetIsotope() for a in atoms):
        return "isotope label"
    return None


def _say(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in counts.items())
