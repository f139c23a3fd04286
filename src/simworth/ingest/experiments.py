"""Experimental molecular properties read, when asked for, from the installed PyPI package ``chemicals``.

The numbers are not in simworth: they are in the user's installation of ``chemicals`` (MIT), which carries
them from the compilations named in `simworth.ingest.compilations`.

Rule of merging: molecules are recognised by canonical SMILES (CAS numbers are looked up in the package's
identifier files). Where several compilations know a molecule, the value of the most trusted one is taken;
compilations often quote the same measurement, so a mean would count it twice. ``P_spread`` is the standard
deviation between compilations and ``P_count`` their number. Only neutral, closed-shell, single-fragment
molecules with carbon are kept.
"""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from simworth.digest import digest_bytes, digest_file
from simworth.errors import InputError, MissingExtraError
from simworth.ingest.candidates import ORGANIC_ELEMENTS, choose
from simworth.ingest.compilations import ENTHALPY, EXPERIMENTS, Compilation, Experiment
from simworth.ingest.references import ENTHALPY_REFERENCES
from simworth.tables import PropertyTable, Provenance, Rows, build_table
from simworth.units import convert

PREFIX = "chemicals:"
IDENTIFIERS = (
    "Identifiers/chemical identifiers pubchem small.tsv",
    "Identifiers/chemical identifiers pubchem large.tsv",
    "Identifiers/chemical identifiers example user db.tsv",
)
CAS_FIELD, SMILES_FIELD = 1, 4
NO_LIMIT = 10**6
LICENCE = "MIT (package chemicals); facts from the cited compilations"


def experiment_names() -> tuple[str, ...]:
    """What `read_experiment` can read."""
    return tuple(e.property for e in EXPERIMENTS)


def citations(name: str) -> tuple[str, ...]:
    """The compilations behind a property, in order of trust.

    Raises
    ------
    InputError
        When the property is not known.
    """
    return tuple(f"{c.name}: {c.citation}" for c in _experiment(name).compilations)


def read_experiment(name: str) -> PropertyTable:
    """An experimental property of molecules, with one value a molecule.

    Parameters
    ----------
    name : str
        One of `experiment_names`, without the prefix ``chemicals:``.

    Returns
    -------
    PropertyTable
        Kind ``molecule``; keeps ``CAS`` and ``compilation`` (whose value it is). For enthalpies
        ``enthalpy_of_formation_uncertainty`` holds the 95 % uncertainty where ATcT states one.

    Raises
    ------
    InputError
        When the property is not known.
    MissingExtraError
        When ``chemicals`` or RDKit is not installed.
    """
    wanted = _experiment(name)
    folder = _folder()
    found = _everything(wanted, folder)
    if wanted is ENTHALPY:
        found = found.without(frozenset(ENTHALPY_REFERENCES))
    with_uncertainty = any(c.uncertainty for c in wanted.compilations)
    rows = Rows(
        where=f"{PREFIX}{name}",
        numbers=np.arange(1, len(found.smiles) + 1, dtype=np.int64),
        materials=list(found.smiles),
        values={name: np.array(found.values)},
        units={name: wanted.unit},
        uncertainties={name: np.array(found.uncertainties)} if with_uncertainty else {},
        keep={"CAS": list(found.cas), "compilation": list(found.compilations)},
    )
    files = [folder / f for f in (*(c.file for c in wanted.compilations), *IDENTIFIERS)]
    version = importlib.metadata.version("chemicals")
    return build_table(
        rows,
        name=name,
        kind="molecule",
        provenance=Provenance(
            f"chemicals {version}: {', '.join(c.name for c in wanted.compilations)}",
            digest_bytes("".join(digest_file(f) for f in files).encode()),
            LICENCE,
            "; ".join(citations(name)),
        ),
        merge="first",
        left_out=dict(sorted(found.left_out.items())),
        notes=(
            f"{wanted.description}; where compilations differ the value of the first of "
            f"{', '.join(c.name for c in wanted.compilations)} is taken and the spread is kept",
        ),
    )


def reference_enthalpies() -> dict[str, float]:
    """Measured enthalpies of formation (kJ/mol) of the molecules that anchor computed ones, by canonical SMILES.

    `read_experiment` leaves these molecules out.

    Raises
    ------
    MissingExtraError
        When ``chemicals`` or RDKit is not installed.
    """
    found = _everything(ENTHALPY, _folder())
    values: dict[str, float] = {}
    for smiles, value in zip(found.smiles, found.values, strict=True):
        if smiles in ENTHALPY_REFERENCES:
            values.setdefault(smiles, value)
    return values


@dataclass
class _Found:
    """Usable entries of all compilations, in order of trust."""

    smiles: list[str | None] = field(default_factory=list)
    cas: list[str | None] = field(default_factory=list)
    compilations: list[str | None] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    uncertainties: list[float] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    verdicts: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """CAS → (canonical SMILES or None, why not)."""

    def without(self, references: frozenset[str]) -> _Found:
        """The entries of other molecules; the references are counted as left out."""
        keep = [i for i, s in enumerate(self.smiles) if s not in references]
        left_out = self.left_out + Counter({"reference of computed enthalpies": len(self.smiles) - len(keep)})
        return _Found(
            [self.smiles[i] for i in keep],
            [self.cas[i] for i in keep],
            [self.compilations[i] for i in keep],
            [self.values[i] for i in keep],
            [self.uncertainties[i] for i in keep],
            left_out,
        )


def _experiment(name: str) -> Experiment:
    for experiment in EXPERIMENTS:
        if experiment.property == name:
            return experiment
    known = ", ".join(f"'{PREFIX}{n}'" for n in experiment_names())
    raise InputError(f"'{PREFIX}{name}': no such experimental property; there are {known}")


def _folder() -> Path:
    """Where the package lies; it is not imported, which would take seconds."""
    found = importlib.util.find_spec("chemicals")
    if found is None or found.origin is None:
        raise MissingExtraError("chemicals", "chem", "Reading experimental compilations")
    return Path(found.origin).parent


def _everything(wanted: Experiment, folder: Path) -> _Found:
    """The usable entries of every compilation of a property."""
    smiles = _smiles_by_cas(folder)
    found = _Found()
    for compilation in wanted.compilations:
        _collect(found, wanted, compilation, folder, smiles)
    return found


def _smiles_by_cas(folder: Path) -> dict[str, str]:
    entries: dict[str, str] = {}
    for file in IDENTIFIERS:
        for line in (folder / file).read_text(encoding="utf-8").splitlines():
            fields = line.split("\t", SMILES_FIELD + 1)
            entries.setdefault(fields[CAS_FIELD], fields[SMILES_FIELD])
    return entries


def _collect(found: _Found, wanted: Experiment, source: Compilation, folder: Path, smiles: dict[str, str]) -> None:
    """Add one compilation's usable entries; count the others by reason."""
    with (folder / source.file).open(encoding="utf-8", newline="") as file:
        entries = [row for row in csv.DictReader(file, delimiter="\t") if row[source.column]]
    for row in entries:
        cas = _with_dashes(row["CAS"])
        if wanted.temperatures is not None and source.temperature is not None:
            reason = _wrong_temperature(row[source.temperature], wanted.temperatures)
            if reason:
                found.left_out[reason] += 1
                continue
        if cas not in found.verdicts:
            found.verdicts[cas] = _judge(smiles.get(cas))
        canonical, reason = found.verdicts[cas]
        if canonical is None:
            found.left_out[reason] += 1
            continue
        given = row[source.uncertainty] if source.uncertainty else ""
        number, uncertainty = convert(
            np.array([float(row[source.column]), float(given or "nan")]),
            source.unit,
            wanted.unit,
            source.name,
        )
        found.smiles.append(canonical)
        found.cas.append(cas)
        found.compilations.append(source.name)
        found.values.append(float(number))
        found.uncertainties.append(float(uncertainty))


def _wrong_temperature(text: str, bounds: tuple[float, float]) -> str:
    if not text:
        return "no temperature stated"
    low, high = bounds
    return "" if low <= float(text) <= high else f"not between {low:g} and {high:g} K"


def _judge(smiles: str | None) -> tuple[str | None, str]:
    """Canonical SMILES of a neutral closed-shell organic molecule, or None and why not."""
    if smiles is None:
        return None, "no structure known for the CAS number"
    chosen = choose([smiles], ORGANIC_ELEMENTS, NO_LIMIT)
    return (chosen.smiles[0], "") if chosen.smiles else (None, next(iter(chosen.left_out)))


def _with_dashes(cas: str) -> str:
    """Some files write 64-17-5 as 64175."""
    return cas if "-" in cas else f"{cas[:-3]}-{cas[-3:-1]}-{cas[-1]}"
