"""The campaign file: which candidates, which engine."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from simworth.digest import digest_value
from simworth.errors import StudyError
from simworth.ingest.candidates import ORGANIC_ELEMENTS
from simworth.mistakes import say_mistake
from simworth.simulate.xtb import XtbEngine


class CandidateSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[candidates]``: where the molecules come from and which of them are taken."""

    source: str
    """``"chemicals"`` (the PyPI package's identifiers) or a text file with one SMILES a line."""
    elements: tuple[str, ...] = ORGANIC_ELEMENTS
    max_heavy_atoms: int = 15
    limit: int | None = None
    """Take only this many, chosen at random by content (the same ones every time)."""


class CampaignSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole campaign file. ``schema`` names the version of this layout."""

    name: str
    candidates: CandidateSpec
    engine: XtbEngine
    schema: Literal["simworth-campaign/1"] = "simworth-campaign/1"
    chunk: int = 100
    """Candidates per unit of work; at most one chunk a worker is lost by a kill."""

    def digest(self) -> str:
        """Identity of what would be computed (not of how the work is cut)."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        plain.pop("chunk")
        return digest_value(plain)


def read_campaign(path: Path) -> CampaignSpec:
    """Read and check a campaign file; a relative ``source`` path is relative to the file.

    Raises
    ------
    StudyError
        When the file is missing, is not TOML, or has unknown or impossible settings.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(f"{path}: no such campaign file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: not readable as TOML: {error}") from None
    try:
        spec = msgspec.convert(raw, CampaignSpec)
    except msgspec.ValidationError as error:
        raise StudyError(f"{path}: {say_mistake(str(error), CampaignSpec)}") from None
    _check(path, spec)
    if spec.candidates.source != "chemicals":
        absolute = str((path.parent / spec.candidates.source).resolve())
        spec = msgspec.structs.replace(spec, candidates=msgspec.structs.replace(spec.candidates, source=absolute))
    return spec


def _check(path: Path, spec: CampaignSpec) -> None:
    positive = {
        "chunk": spec.chunk,
        "candidates.max_heavy_atoms": spec.candidates.max_heavy_atoms,
        "candidates.limit": 1 if spec.candidates.limit is None else spec.candidates.limit,
        "engine.conformers": spec.engine.conformers,
        "engine.max_steps": spec.engine.max_steps,
        "engine.fmax": spec.engine.fmax,
    }
    for key, value in positive.items():
        if value <= 0:
            raise StudyError(f"{path}: {key} is {value}; it must be above zero")
    if spec.engine.method not in ("GFN1-xTB", "GFN2-xTB"):
        raise StudyError(f"{path}: engine.method is {spec.engine.method!r}; use 'GFN2-xTB' or 'GFN1-xTB'")
