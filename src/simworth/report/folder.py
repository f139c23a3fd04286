"""A run directory as the page needs it: documents that do not belong together are refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.digest import digest_file
from simworth.documents import Document, read_document
from simworth.errors import InputError, StaleRunError
from simworth.inference.documents import SCHEMA as LAW_SCHEMA
from simworth.inference.trials import check_kind
from simworth.planning.documents import SCHEMA as PLAN_SCHEMA
from simworth.tables import About, PropertyTable
from simworth.tables.quality import SCHEMA as QUALITY_SCHEMA


class KeptTable(NamedTuple):
    """What a kept input table says of itself."""

    role: str
    about: About
    materials: int


@dataclass(frozen=True, eq=False)
class RunFolder:
    """What a run left: documents, trials (an Arrow table, one row a trial), settings, and measured values.

    ``truths`` holds, for each target by name, its values (materials,) in the order of the table; a target without
    a kept table is missing there.
    """

    law: Document
    plan: Document
    trials: Any
    manifest: Mapping[str, Any]
    study: Mapping[str, Any]
    truths: Mapping[str, NDArray[np.float64]]
    tables: Sequence[KeptTable]
    quality: Document | None = None
    """What the tables say of each other, where the run has told."""
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Materials of each target in ``truths``, in the order of its values."""
    path: Path | None = None
    """The run directory."""

    @property
    def metric(self) -> str:
        """The error that the law is about: mae or rmse."""
        return str(self.law["metric"])

    @property
    def level(self) -> float:
        """Probability that intervals hold."""
        return float(self.law["level"])


def read_folder(folder: Path) -> RunFolder:
    """Read a run directory.

    Raises
    ------
    InputError
        When a file is missing or damaged.
    StaleRunError
        When the law or the plan was made from other files than those that are there.
    """
    law = read_document(folder / "law.json", LAW_SCHEMA)
    plan = read_document(folder / "plan.json", PLAN_SCHEMA)
    trials = folder / "trials.parquet"
    if not trials.is_file():
        raise InputError(f"{trials}: no such file; run the study first")
    if law["parents"].get("trials") != digest_file(trials):
        raise StaleRunError(f"{folder / 'law.json'}: was fitted to another trials.parquet; fit the law again")
    if plan["parents"].get("law") != law["digest"]:
        raise StaleRunError(f"{folder / 'plan.json'}: was made from another law.json; plan again")
    study = _study(folder / "study.toml")
    manifest = _manifest(folder / "manifest.json")
    tables, quality = _tables(folder, study), _quality(folder / "quality.json", manifest)
    values = _values(folder, study)
    truths, names = {k: v[0] for k, v in values.items()}, {k: v[1] for k, v in values.items()}
    return RunFolder(law, plan, _trials(trials), manifest, study, truths, tables, quality, names, folder)


def _quality(path: Path, manifest: Mapping[str, Any]) -> Document | None:
    if not path.exists():
        return None
    quality = read_document(path, QUALITY_SCHEMA)
    if quality["parents"] != manifest.get("inputs"):
        raise StaleRunError(f"{path}: is about other tables than this run's; run the study in another folder")
    return quality


def _trials(path: Path) -> Any:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError):
        raise InputError(f"{path}: cannot be read as Parquet; merge the trials again") from None
    check_kind(path, table.schema)
    return table


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        manifest = msgspec.json.decode(path.read_bytes())
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}); the report needs the run's manifest") from None
    except msgspec.DecodeError:
        raise InputError(f"{path}: is not JSON; restore the run's manifest") from None
    if not isinstance(manifest, dict):
        raise InputError(f"{path}: is no manifest; restore the run's manifest")
    return manifest


def _study(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}); the report needs the resolved study") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InputError(f"{path}: is not TOML; restore the run's study file") from None


def _values(folder: Path, study: Mapping[str, Any]) -> dict[str, tuple[NDArray[np.float64], tuple[str, ...]]]:
    """Measured values and materials by target, of those whose table was kept."""
    out = {}
    for i, target in enumerate(study.get("target", ())):
        path = folder / "inputs" / f"target-{i}.parquet"
        if path.exists():
            table = PropertyTable.from_parquet(path)
            name = str(target.get("name") or target["property"])
            out[name] = table.values(target["property"]), tuple(table.materials)
    return out


def _tables(folder: Path, study: Mapping[str, Any]) -> list[KeptTable]:
    """What the kept tables say of themselves, targets first; their values are not read."""
    out = []
    for role in ("target", "source"):
        for i in range(len(study.get(role, ()))):
            path = folder / "inputs" / f"{role}-{i}.parquet"
            if not path.exists():
                continue
            try:
                file = pq.ParquetFile(path)
                about = msgspec.json.decode((file.schema_arrow.metadata or {})[b"simworth"], type=About)
            except (pa.ArrowException, OSError, KeyError, msgspec.DecodeError):
                raise InputError(f"{path}: is no table as the sweep keeps it; run the study again") from None
            out.append(KeptTable(role, about, file.metadata.num_rows))
    return out
