"""Run folders with a known law, as a sweep would leave them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.documents import write_document
from simworth.inference.documents import fit_trials
from simworth.planning.documents import plan_law
from simworth.seeds import stream
from simworth.tables import PropertyTable
from simworth.tables.about import About, Provenance

SIZES = (100, 300, 1000, 3000, 10000, 30000)


@dataclass(frozen=True)
class Truth:
    """Error = (D n^-alpha + C) (m / largest m)^-beta; ``D = 0`` is a source that brings nothing beyond C."""

    D: float
    alpha: float
    C: float


@dataclass(frozen=True)
class RunSettings:
    """What to put into a synthetic run."""

    targets: Sequence[str] = ("dipole moment",)
    unit: str = "debye"
    arms: tuple[tuple[str, Truth], ...] = (("quantum chemistry", Truth(1.2, 0.35, 0.22)),)
    sizes: Sequence[int] = SIZES
    m: Sequence[int] = (60, 240)
    replicates: int = 8
    tunings: int = 1
    materials: int = 300
    control: bool = True
    overlap: str = "exclude"
    failed: int = 2
    seed: int = 0
    blend: bool = False
    """Trials of the blend: no other direct learning, the database's own error, and members."""


TRANSFER = {"line": 1.6, "ridge": 1.1, "rest of ridge mean": 1.2, "trees median": 2.4, "gaussian": 1.05}
ALONE = {"direct ridge": 1.15, "direct trees mean": 1.9, "direct gaussian": 1.05}
"""Member of a blend -> its error on unseen experiments over that of the blend."""


def told(s: RunSettings, law: Truth | None, n: int, error: float) -> dict[str, object]:
    """What a trial of the blend says beside its error; that of direct learning for no law."""
    if not s.blend:
        return {}
    direct = {name: DIRECT * share for name, share in ALONE.items()}
    misses = direct if law is None else {name: error * share for name, share in TRANSFER.items()} | direct
    total = sum(1 / miss**4 for miss in misses.values())
    members = [{"name": k, "miss": v, "weight": v**-4 / total} for k, v in misses.items()]
    own = None if law is None else 1.4 * law.D * n**-law.alpha + 1.2 * law.C
    return {"members": members, "database_mae": own, "database_rmse": own}


DIRECT = 0.5
"""Error of the blend of direct learning at the largest m."""


def trial_rows(s: RunSettings, target: str, truth: np.ndarray) -> list[dict[str, object]]:
    """Every trial of one target."""
    rows: list[dict[str, object]] = []
    held = len(truth) // 5
    largest = max(s.m)
    for r in range(s.replicates):
        rng = stream("synthetic-run", s.seed, target, r)
        test = rng.permutation(len(truth))[:held]
        shared = rng.standard_normal(held)
        effect = float(np.exp(0.06 * rng.standard_normal()))

        def trial(arm: str, learner: str, control: str, n: int, m: int, error: float, law: Truth | None = None) -> None:
            for tuning in range(s.tunings):
                tuned(arm, learner, control, n, m, error, tuning)
                rows[-1] |= told(s, law, n, error)

        def tuned(arm: str, learner: str, control: str, n: int, m: int, error: float, tuning: int, r: int = r) -> None:
            noise = (0.8 * shared + 0.6 * rng.standard_normal(held)) * error * effect * 1.25  # noqa: B023
            predicted = truth[test] + noise  # noqa: B023
            used = s.overlap == "allow" and n > 0
            rows.append(
                {
                    "target": target,
                    "arm": arm,
                    "learner": learner,
                    "control": control,
                    "n": n,
                    "m": m,
                    "replicate": r,
                    "tuning": tuning,
                    "n_test": held,
                    "overlap_removed": 3 + r % 3 if n > 0 and not used else 0,
                    "overlap_used": 7 if used else 0,
                    "mae": float(np.abs(noise).mean()),
                    "rmse": float(np.sqrt((noise**2).mean())),
                    "status": "ok",
                    "reason": None,
                    "test_rows": test.tolist(),  # noqa: B023
                    "predictions": predicted.tolist(),
                }
            )

        own = "blend" if s.blend else "network"
        for m in s.m:
            grown = (m / largest) ** -0.25
            plain = (("network", 0.62), ("ridge", 0.55), ("forest", 0.47))
            for learner, error in (("blend", DIRECT),) if s.blend else plain:
                trial("", learner, "", 0, m, error * grown)
            for arm, law in s.arms:
                for n in s.sizes:
                    trial(arm, own, "", n, m, (law.D * n**-law.alpha + law.C) * grown, law)
                if s.control:
                    trial(arm, own, "shuffled", max(s.sizes), m, 0.64 * grown)
    for row in [row for row in rows if row["n"] == s.sizes[0]][: s.failed]:
        row |= {
            "status": "failed",
            "reason": "training diverged: a prediction is not finite",
            "mae": None,
            "rmse": None,
        }
    return rows


def write_run(folder: Path, s: RunSettings) -> Path:
    """Write every document but the page."""
    from simworth.sweep.records import SCHEMA

    (folder / "inputs").mkdir(parents=True)
    rows = []
    for t, target in enumerate(s.targets):
        rng = stream("synthetic-target", s.seed, target)
        truth = np.exp(0.3 + 0.5 * rng.standard_normal(s.materials))
        names = [f"C{i + 1}H{2 * i + 4}" for i in range(s.materials)]
        about = About("measured", "composition", {target: s.unit}, Provenance("given", "0"))
        data = pa.table(
            {
                "material": names,
                "identity": names,
                "row": pa.array(range(1, s.materials + 1), pa.int64()),
                target: truth,
                f"{target}_spread": pa.nulls(s.materials, pa.float64()),
                f"{target}_count": pa.array([1] * s.materials, pa.int64()),
            }
        )
        PropertyTable(about, data).to_parquet(folder / "inputs" / f"target-{t}.parquet")
        rows += trial_rows(s, target, truth)
    meta = {
        "schema": "simworth-trials/3",
        "study": "0123456789abcdef0123",
        "targets": {t: {"unit": s.unit, "property": t} for t in s.targets},
    }
    table = pa.Table.from_pylist(rows, schema=SCHEMA).replace_schema_metadata({"simworth": json.dumps(meta)})
    pq.write_table(table, folder / "trials.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest(s)), encoding="utf-8")
    (folder / "study.toml").write_bytes(msgspec.toml.encode(study(s)))
    write_document(folder / "law.json", fit_trials(folder / "trials.parquet"))
    write_document(folder / "plan.json", plan_law(folder / "law.json"))
    return folder


def manifest(s: RunSettings) -> dict[str, object]:
    return {
        "study": "0123456789abcdef0123",
        "inputs": {f"target-{t}": f"{t}" * 20 for t in range(len(s.targets))},
        "units": [s.unit] * len(s.targets),
        "m": [list(s.m)] * len(s.targets),
        "tunings": [[s.tunings] * len(s.m)] * len(s.targets),
        "width": [[max(s.sizes)] * len(s.arms)] * len(s.targets),
        "chunks": [],
        "versions": {"simworth": "0.1.0", "jax": "0.6.0"},
    }


def study(s: RunSettings) -> dict[str, object]:
    return {
        "schema": "simworth-study/1",
        "name": "synthetic study",
        "seed": s.seed,
        "target": [{"table": f"t{i}.csv", "property": t, "name": t} for i, t in enumerate(s.targets)],
        "source": [{"table": f"s{i}.csv", "property": "p", "name": a} for i, (a, _) in enumerate(s.arms)],
        "sweep": {
            "n": list(s.sizes),
            "m": list(s.m),
            "replicates": s.replicates,
            "test_fraction": 0.2,
            "overlap": s.overlap,
            "control": "shuffled" if s.control else "none",
            "baselines": [] if s.blend else ["ridge", "forest"],
        },
        "learner": {"name": "blend", "sources": ["linear", "network"], "trees": 150}
        if s.blend
        else {"name": "network", "hidden": [128, 64], "rate": 0.002},
    }


@pytest.fixture(scope="session")
def plain_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target, one arm, two m, a control, two failed trials."""
    return write_run(tmp_path_factory.mktemp("plain") / "run", RunSettings())


@pytest.fixture(scope="session")
def wide_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two targets, two arms of which one brings nothing, hostile names, test materials allowed."""
    return write_run(
        tmp_path_factory.mktemp("wide") / "run",
        RunSettings(
            targets=("<script>alert('x')</script>", "density & more"),
            arms=(("a <b>bold</b> one", Truth(1.2, 0.35, 0.22)), ('"quoted" none', Truth(0.0, 0.3, 0.56))),
            sizes=(100, 300, 1000, 3000),
            m=(80,),
            replicates=6,
            materials=120,
            overlap="allow",
        ),
    )


@pytest.fixture(scope="session")
def blend_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One target, four sources of the blend: the error falls or has levelled off, transfer brings nothing or harms."""
    arms = (
        ("falling", Truth(1.2, 0.35, 0.22)),
        ("level", Truth(0.0, 0.3, 0.3)),
        ("useless", Truth(0.0, 0.3, 0.5)),
        ("harmful", Truth(0.0, 0.3, 0.9)),
    )
    return write_run(
        tmp_path_factory.mktemp("blend") / "run",
        RunSettings(arms=arms, m=(80,), sizes=(100, 300, 1500, 10000), materials=120, failed=0, blend=True),
    )


@pytest.fixture(scope="session")
def make_run() -> Callable[[Path, RunSettings], Path]:
    """`write_run`, for a test's own settings."""
    return write_run


@pytest.fixture(scope="session")
def settings() -> type[RunSettings]:
    """`RunSettings`, whose defaults make a small run."""
    return RunSettings


@pytest.fixture(scope="session")
def truth() -> type[Truth]:
    """`Truth`, for an arm of a test's own."""
    return Truth
