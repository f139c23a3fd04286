"""The dataset card: what a table is, how it was made, what is missing, how it may be used."""

from __future__ import annotations

from collections import Counter

import numpy as np

from simworth.campaign.enthalpy import ElementReferences
from simworth.campaign.produce import CampaignManifest
from simworth.campaign.spec import CampaignSpec
from simworth.tables import PropertyTable


def card(
    spec: CampaignSpec,
    manifest: CampaignManifest,
    table: PropertyTable,
    failures: Counter[str],
    references: ElementReferences | None,
) -> str:
    """A Markdown card of a produced table; every number is counted from it."""
    meanings = {p.name: p.meaning for p in spec.engine.properties}
    lines = [
        f"# {spec.name}",
        "",
        f"{len(table):,} molecules computed with {spec.engine.method} by `simworth produce`, one conformer each, "
        "in the gas phase.",
        "",
        "| property | unit | molecules | 1 % | median | 99 % | meaning |",
        "|---|---|---|---|---|---|---|",
        *(_row(table, p, meanings.get(p, "total energy minus fitted element references")) for p in table.properties),
        "",
        "## How it was made",
        "",
        f"Candidates: {_candidates(spec)}. Left out before computing: {_counts(manifest.left_out)}.",
        "",
        "Geometry: RDKit ETKDGv3 conformers, the lowest by MMFF94 (UFF where MMFF94 lacks parameters), optimised with "
        f"{spec.engine.method} until no force exceeds {spec.engine.fmax} eV/Å. A geometry whose bonds are no longer "
        "those of the SMILES is a failure. Unspecified stereocentres are set by the embedding.",
        "",
        f"Settings: `{spec.engine.settings()}`",
        "",
        f"Versions: {', '.join(f'{k} {v}' for k, v in manifest.versions.items())}.",
        "",
        *_enthalpy(references),
        "## What is missing",
        "",
        f"{sum(failures.values()):,} of {len(manifest.candidates):,} candidates failed: {_counts(dict(failures))}. "
        "Each is listed with its reason in the file of failures.",
        "",
        "## Limits",
        "",
        "A semi-empirical method, no conformer average, no vibrational correction, no solvent. The numbers are a "
        "biased simulation of the experiment; that bias is what transfer learning is there to take out.",
        "",
        "## Licence",
        "",
        f"{table.provenance.licence or 'None stated.'}",
    ]
    return "\n".join(lines) + "\n"


def _row(table: PropertyTable, name: str, meaning: str) -> str:
    values = table.values(name)
    values = values[np.isfinite(values)]
    low, middle, high = np.quantile(values, [0.01, 0.5, 0.99])
    numbers = f"{len(values):,} | {low:.4g} | {middle:.4g} | {high:.4g}"
    return f"| {name} | {table.unit(name)} | {numbers} | {meaning} |"


def _candidates(spec: CampaignSpec) -> str:
    c = spec.candidates
    origin = "identifiers of the PyPI package chemicals" if c.source == "chemicals" else "a list of SMILES"
    elements = ", ".join(c.elements)
    return f"{origin}; neutral, closed-shell, one fragment, at most {c.max_heavy_atoms} heavy atoms of {elements}"


def _counts(counts: dict[str, int]) -> str:
    if not counts:
        return "none"
    return ", ".join(f"{n:,} {reason}" for reason, n in sorted(counts.items(), key=lambda z: -z[1]))


def _enthalpy(references: ElementReferences | None) -> list[str]:
    if references is None:
        return []
    energies = ", ".join(f"{s} {e:.4f}" for s, e in zip(references.symbols, references.energies, strict=True))
    return [
        f"Enthalpy of formation: total energy minus element references fitted to {references.molecules} small "
        f"molecules (root mean square deviation {references.residual:.1f} kJ/mol), which the experimental table leaves "
        f"out. References in eV: {energies}.",
        "",
    ]
