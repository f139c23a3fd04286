"""Put candidates through an engine, chunk by chunk; interrupt and rerun to continue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from simworth.campaign.spec import CampaignSpec
from simworth.digest import digest_value
from simworth.errors import StaleRunError
from simworth.files import replacing, write_text
from simworth.ingest.candidates import CandidateList, from_chemicals, from_file
from simworth.seeds import stream
from simworth.simulate.engine import Engine
from simworth.workers import as_finished, process_pool

Progress = Callable[[int, int], None]


class CampaignManifest(msgspec.Struct, frozen=True):
    """Everything that will be computed, fixed before anything runs."""

    campaign: str
    candidates: tuple[str, ...]
    left_out: dict[str, int]
    chunk: int
    versions: dict[str, str]

    def chunks(self) -> list[tuple[str, ...]]:
        """Candidates cut into units of work, in order."""
        return [self.candidates[i : i + self.chunk] for i in range(0, len(self.candidates), self.chunk)]


def candidates_of(spec: CampaignSpec) -> CandidateList:
    """The campaign's molecules in random order (fixed by content): any first part is a fair sample."""
    c = spec.candidates
    if c.source == "chemicals":
        found = from_chemicals(c.elements, c.max_heavy_atoms)
    else:
        found = from_file(Path(c.source), c.elements, c.max_heavy_atoms)
    order = stream("campaign-order", spec.name).permutation(len(found.smiles))[: c.limit]
    return CandidateList(tuple(found.smiles[i] for i in order), found.left_out)


def prepare(spec: CampaignSpec, folder: Path) -> CampaignManifest:
    """Write or re-read the manifest of a campaign folder.

    Raises
    ------
    StaleRunError
        When the folder holds another campaign, or was begun with other library versions.
    """
    path = folder / "manifest.json"
    versions = spec.engine.versions()
    if path.exists():
        manifest = msgspec.json.decode(path.read_bytes(), type=CampaignManifest)
        if manifest.campaign != spec.digest():
            raise StaleRunError(f"{folder}: holds another campaign; choose another output folder")
        if manifest.versions != versions:
            raise StaleRunError(
                f"{folder}: begun with {_say(manifest.versions)} but {_say(versions)} are installed; "
                "install the former or choose another output folder"
            )
        return manifest
    found = candidates_of(spec)
    manifest = CampaignManifest(spec.digest(), found.smiles, found.left_out, spec.chunk, versions)
    write_text(path, json.dumps(msgspec.to_builtins(manifest), indent=1) + "\n")
    return manifest


def produce(spec: CampaignSpec, folder: Path, workers: int, progress: Progress | None = None) -> CampaignManifest:
    """Run every chunk that has no file yet; returns the manifest when all are there."""
    manifest = prepare(spec, folder)
    chunks = manifest.chunks()
    todo = [i for i in range(len(chunks)) if not chunk_path(folder, i).exists()]
    done = len(chunks) - len(todo)
    if progress:
        progress(done, len(chunks))
    with process_pool(workers) as pool:
        calls = ((spec.engine, chunks[i], chunk_path(folder, i)) for i in todo)
        for _, future in as_finished(pool, compute_chunk, calls, 2 * workers):
            future.result()
            done += 1
            if progress:
                progress(done, len(chunks))
    return manifest


def chunk_path(folder: Path, index: int) -> Path:
    """Where a chunk's outcomes are kept."""
    return folder / "chunks" / f"{index:05d}.parquet"


def compute_chunk(engine: Engine, smiles: tuple[str, ...], path: Path) -> None:
    """Compute one chunk and write it whole; a failed candidate is a row with its reason."""
    outcomes = [engine.run(s) for s in smiles]
    columns: dict[str, Any] = {
        "smiles": list(smiles),
        "reason": pa.array([o.reason for o in outcomes], pa.string()),
        "evaluations": pa.array([o.effort for o in outcomes], pa.int16()),
    }
    for p in engine.properties:
        columns[p.name] = pa.array([o.values.get(p.name) for o in outcomes], pa.float64())
    table = pa.table(columns).replace_schema_metadata({"engine": digest_value(engine.settings())})
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def _say(versions: dict[str, str]) -> str:
    return ", ".join(f"{k} {v}" for k, v in versions.items())
