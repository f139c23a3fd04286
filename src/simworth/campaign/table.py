"""From a finished campaign to a property table, the list of failures and a dataset card."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.campaign.card import card
from simworth.campaign.enthalpy import ElementReferences, enthalpies_of_formation, fit_references
from simworth.campaign.produce import CampaignManifest, chunk_path
from simworth.campaign.spec import CampaignSpec
from simworth.digest import digest_value
from simworth.errors import InputError
from simworth.files import write_text
from simworth.ingest.experiments import reference_enthalpies
from simworth.tables import PropertyTable, Provenance, Rows, build_table

DECIMALS = {"dipole_moment": 4, "homo_lumo_gap": 4, "polarizability": 3, "enthalpy_of_formation": 2}
"""Digits kept: finer than any of these methods means, coarse enough to pack well."""
FEWEST_REFERENCES = 12


def write_table(spec: CampaignSpec, folder: Path) -> list[str]:
    """Write table.parquet, failures.csv and card.md of a finished campaign; returns what to tell the user.

    Raises
    ------
    InputError
        When parts of the campaign are missing or no candidate succeeded.
    """
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=CampaignManifest)
    outcomes = _outcomes(folder, manifest)
    good = outcomes.filter(pc.is_null(outcomes["reason"]))
    bad = outcomes.filter(pc.is_valid(outcomes["reason"]))
    if not len(good):
        raise InputError(f"{folder}: none of {len(outcomes)} candidates succeeded; see failures.csv")
    table, references = _table(spec, manifest, good, len(bad))
    table.to_parquet(folder / "table.parquet")
    write_text(folder / "failures.csv", _failures(bad))
    reasons = Counter(_kind(r) for r in bad["reason"].to_pylist())
    write_text(folder / "card.md", card(spec, manifest, table, reasons, references))
    said = ", ".join(f"{n} {reason}" for reason, n in reasons.most_common())
    return [
        f"{len(good)} of {len(outcomes)} candidates computed{f'; failed: {said}' if said else ''}",
        str(folder / "table.parquet"),
    ]


def _outcomes(folder: Path, manifest: CampaignManifest) -> pa.Table:
    paths = [chunk_path(folder, i) for i in range(len(manifest.chunks()))]
    missing = [p for p in paths if not p.exists()]
    if missing:
        raise InputError(f"{folder}: {len(missing)} of {len(paths)} parts are not computed; run produce again")
    return pa.concat_tables([pq.read_table(p) for p in paths], promote_options="default").replace_schema_metadata(None)


def _table(
    spec: CampaignSpec, manifest: CampaignManifest, good: pa.Table, failed: int
) -> tuple[PropertyTable, ElementReferences | None]:
    smiles: list[str] = good["smiles"].to_pylist()
    energies = good["total_energy"].to_numpy()
    values = {p.name: good[p.name].to_numpy() for p in spec.engine.properties if p.name != "total_energy"}
    units = {p.name: p.unit for p in spec.engine.properties if p.name != "total_energy"}
    references = _references(smiles, energies)
    if references is not None:
        values["enthalpy_of_formation"] = enthalpies_of_formation(smiles, energies, references)
        units["enthalpy_of_formation"] = "kJ/mol"
    versions = ", ".join(f"{k} {v}" for k, v in manifest.versions.items())
    rows = Rows(
        spec.name,
        np.arange(1, len(smiles) + 1),
        list(smiles),
        {name: np.round(column, DECIMALS[name]) for name, column in values.items()},
        units,
        keep={"heavy_atoms": _heavy_atoms(smiles)},
    )
    table = build_table(
        rows,
        name=spec.name,
        kind="molecule",
        provenance=Provenance(
            source=f"simworth produce, campaign {spec.name}",
            digest=digest_value([manifest.campaign, list(manifest.candidates), manifest.versions]),
            licence=_licence(spec),
            citation=f"computed with {spec.engine.method} by simworth ({versions})",
        ),
        left_out={"calculation failed": failed} if failed else None,
        notes=(f"gas phase, one conformer, {spec.engine.method}, settings {spec.engine.settings()}",),
    )
    return table, references


def _references(smiles: list[str], energies: NDArray[np.float64]) -> ElementReferences | None:
    """Element references from the reference molecules the campaign computed; None with too few of them."""
    measured = reference_enthalpies()
    both = [i for i, s in enumerate(smiles) if s in measured]
    if len(both) < FEWEST_REFERENCES:
        return None
    known = [smiles[i] for i in both]
    fit = fit_references(known, energies[both], np.array([measured[s] for s in known]))
    return fit if fit.symbols else None


def _licence(spec: CampaignSpec) -> str:
    """Computed numbers are free; whose the user's own list of molecules is, only the user knows."""
    if spec.candidates.source != "chemicals":
        return ""
    return "CC0-1.0; identifiers of molecules from the PyPI package chemicals (MIT)"


def _heavy_atoms(smiles: list[str]) -> NDArray[np.float64]:
    from rdkit import Chem

    return np.array([float(Chem.MolFromSmiles(s).GetNumHeavyAtoms()) for s in smiles])


def _failures(bad: pa.Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["smiles", "reason"])
    writer.writerows(zip(bad["smiles"].to_pylist(), bad["reason"].to_pylist(), strict=True))
    return out.getvalue()


def _kind(reason: str) -> str:
    """A reason without its particulars, to count by."""
    return reason.partition(" (")[0].partition(":")[0]
