"""Part `properties`: a source of one property against the same materials with several, on the same splits.

The network learns all of them at once, and the first is transferred. In every replicate no test material is in the
source. The difference is paired over replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.stats import t as student

from benchmarks.laws.tables import table
from benchmarks.learners.context import Context, Figures, write
from simworth.features.table import table_features
from simworth.learners.network import pretrain
from simworth.learners.settings import NetworkSpec
from simworth.learners.strategies import adapt_and_predict
from simworth.seeds import seed_of
from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.order import identity_keys, source_order
from simworth.sweep.spec import study_from
from simworth.sweep.tables import load_tables
from simworth.workers import process_pool

SEED = 0
ADAPTATIONS = ("tune", "head", "auto")


@dataclass(frozen=True)
class Case:
    """One measured property and the computed ones to learn before it, the first alone or with the others."""

    target: dict[str, Any]
    source: dict[str, Any]
    also: tuple[str, ...]
    n: int
    m: tuple[int, ...]


POLYMER = {"kind": "polymer", "material": "smiles", "unreadable": "drop", "merge": "median"}
SIMPOLY = POLYMER | {"table": "polymers/experimental_simpoly.csv"}
RADONPY = POLYMER | {
    "table": "polymers/computed_radonpy_PI1070.csv.gz", "property": "density", "unit": "g/cm^3", "column": "density",
}  # fmt: skip
OF_POLYMERS = (
    "Rg", "Cp", "compressibility", "volume_expansion", "static_dielectric_const", "refractive_index",
    "thermal_conductivity", "qm_homo_monomer", "qm_lumo_monomer", "qm_dipole_monomer",
)  # fmt: skip
CASES = {
    "density of polymers": Case(
        SIMPOLY | {"property": "density", "unit": "g/cm^3", "column": "density"}, RADONPY, OF_POLYMERS, 900, (25, 90)
    ),
    "glass transition of polymers, from density": Case(
        SIMPOLY | {"property": "tg", "unit": "K", "column": "tg"}, RADONPY | {"proxy": True}, OF_POLYMERS, 900, (25, 60)
    ),
    "dipole moment of molecules": Case(
        {"table": "chemicals:dipole_moment", "property": "dipole_moment"},
        {
            "table": "molecules/computed_qm9_b3lyp.csv.gz", "kind": "molecule", "material": "SMILES",
            "property": "dipole_moment", "unit": "D", "column": "Dipole_debye", "unreadable": "drop",
            "merge": "median",
        },
        ("Polarizability_bohr3", "HOMO_au", "LUMO_au", "ZPVE_au", "Heatcapacity_Cv_cal_mol_K"),
        20_000,
        (100, 400),
    ),
}  # fmt: skip
"""Computed polymers have several replicates of a property; their mean is the column named here."""


def load(name: str, folder: Path, replicates: int) -> Inputs:
    """The tables of a case as a study reads them; a source of at most twice the materials it gives."""
    case = CASES[name]
    target, source = (
        x if x["table"].startswith("chemicals:") else x | {"table": str(folder / x["table"])}
        for x in (case.target, case.source)
    )
    source = source | {"keep": case.also, "also": case.also, "name": "computed"}
    sweep = {"replicates": replicates}
    spec = study_from(
        {"name": name, "target": [target | {"name": "measured"}], "source": [source], "sweep": sweep, "seed": SEED},
        name,
        folder,
    )
    return prepare_inputs(spec, *load_tables(spec, {}, lambda what: None))


def errors(task: tuple[str, str, tuple[int, ...], int, bool]) -> list[dict[str, Any]]:
    """One row a width of source, way to adapt, m and replicate, with its mean absolute error."""
    name, folder, replicates, total, quick = task
    case, inputs = CASES[name], load(name, Path(folder), total)
    target, source = inputs.targets[0], inputs.sources[0]
    arm, wanted = inputs.spec.source[0], target.values(inputs.spec.target[0].property)
    if not arm.proxy:
        source = source.convert(arm.property, target.unit(inputs.spec.target[0].property))
    parts = [inputs.splits(0)[r] for r in replicates]
    orders, n = _orders(inputs, replicates, 100 if quick else case.n)
    used = np.unique(orders)  # only these are described: a source may be far larger than what is learned from
    x, source_x = table_features([target, source.take(used)])
    rows = np.searchsorted(used, orders).astype(np.int32)
    values = np.stack([source.values(arm.property), *(source.numbers(c) for c in case.also)], axis=1)[orders]
    steps = {"least_steps": 50, "most_steps": 50} if quick else {}
    found = []
    for width in (1, values.shape[-1]):
        spec = NetworkSpec(**steps)  # type: ignore[arg-type]
        made = pretrain(spec, source_x, values[..., :width], rows, n, [seed_of("properties", r) for r in replicates])
        for m in case.m:
            train = np.stack([p.order[:m] for p in parts]).astype(np.int32)
            ask = np.stack([p.test for p in parts]).astype(np.int32)
            for way in ADAPTATIONS:
                own = msgspec.structs.replace(spec, adaptation=way)
                misses = np.abs(adapt_and_predict(own, made, x, wanted, train, ask) - wanted[ask]).mean(axis=1)
                found += [
                    {"case": name, "n": n, "m": m, "way": way, "properties": width, "replicate": r, "mae": float(e)}
                    for r, e in zip(replicates, misses, strict=True)
                ]
    return found


def _orders(inputs: Inputs, replicates: tuple[int, ...], n: int) -> tuple[Any, int]:
    """Rows (lanes, n) of the source for each replicate, without its test materials."""
    target, source = inputs.targets[0], inputs.sources[0]
    place = {identity: i for i, identity in enumerate(target.subjects)}
    match = np.array([place.get(i, -1) for i in source.subjects])
    keys = identity_keys(list(source.identities))
    parts = inputs.splits(0)
    n = min(n, inputs.available(0, 0))
    return np.stack([source_order(keys, SEED, r, np.isin(match, parts[r].test), None)[:n] for r in replicates]), n


def run(context: Context) -> Figures:
    """Print one table of all cases; return every error."""
    if context.folder is None:
        write("properties: skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return {"skipped": "no public tables"}
    total, size = (2, 1) if context.quick else (20, 10)
    batches = [tuple(range(first, first + size)) for first in range(0, total, size)]
    tasks = [(name, str(context.folder), batch, total, context.quick) for name in CASES for batch in batches]
    with process_pool(context.jobs) as pool:
        rows = [row for part in pool.map(errors, tasks) for row in part]
    write(f"## Several properties against one: {total} replicates, 90 % intervals of the paired difference\n")
    header = ("target", "n", "m", "adapted by", "one", "several", "difference")
    write(table(header, [_line(rows, *key) for key in dict.fromkeys((r["case"], r["m"], r["way"]) for r in rows)]))
    return {"trials": rows}


def _line(rows: list[dict[str, Any]], case: str, m: int, way: str) -> list[str]:
    mine = [r for r in rows if (r["case"], r["m"], r["way"]) == (case, m, way)]
    widths = sorted({r["properties"] for r in mine})
    one, several = (
        np.array([r["mae"] for r in sorted(mine, key=lambda r: r["replicate"]) if r["properties"] == w]) for w in widths
    )
    relative = (several - one) / one.mean()
    half = float(student.ppf(0.95, len(one) - 1) * relative.std(ddof=1) / np.sqrt(len(one)))
    middle = float(relative.mean())
    shown = f"{100 * middle:+.1f} % ({100 * (middle - half):+.1f} to {100 * (middle + half):+.1f})"
    return [case, f"{mine[0]['n']:,}", str(m), way, f"{one.mean():.4g}", f"{several.mean():.4g}", shown]
