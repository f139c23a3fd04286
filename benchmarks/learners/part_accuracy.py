"""Part `accuracy`: transfer against direct learning on real pairs, same splits, same leakage rule.

Each pair is read as a study reads it: canonical identities, duplicates merged by their median, and in every replicate
neither a test material nor a near relative of one in the source. What was tried while choosing settings used other
splits than these.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from benchmarks.learners.context import Context, Figures, write
from simworth.features.table import table_features
from simworth.learners.baselines import fit_predict
from simworth.learners.network import Pretrained, pretrain
from simworth.learners.settings import Baseline, NetworkSpec
from simworth.learners.strategies import adapt_and_predict
from simworth.seeds import seed_of
from simworth.sweep.inputs import Inputs, prepare_inputs
from simworth.sweep.leakage import Links, links
from simworth.sweep.order import identity_keys, source_order
from simworth.sweep.spec import study_from
from simworth.sweep.tables import load_tables
from simworth.workers import process_pool

NM_EV = 1239.84
"""Wavelength in nm × energy in eV."""
SEED = 0
BASELINES: tuple[Baseline, ...] = ("ridge", "forest", "boosting", "gaussian_process")
MEMBERS = 3
"""Networks of the ensembles; the other methods use the first of them."""
STRATEGIES = ("affine", "head", "kernel", "residual", "tune", "unfreeze", "auto")
ENSEMBLES = ("tune", "auto")
LANES = 5


@dataclass(frozen=True)
class Pair:
    """One computed and one measured table below the folder of shared data."""

    kind: str
    material: str
    measured: tuple[str, str]
    """File and column."""
    computed: tuple[str, str]
    unit: str
    m: tuple[int, ...]


PAIRS = {
    "formation_enthalpy": Pair(
        "composition",
        "formula",
        ("formation_enthalpy/experimental_pymatgen.csv", "formation_energy_eV_per_atom"),
        ("formation_enthalpy/computed_mp_lowest.csv.gz", "formation_energy_eV_per_atom"),
        "eV",
        (100, 500),
    ),
    "band_gap": Pair(
        "composition",
        "formula",
        ("band_gap/experimental_matbench.csv", "band_gap_eV"),
        ("band_gap/computed_mp_pbe.csv.gz", "band_gap_eV"),
        "eV",
        (100, 1000),
    ),
    "uv_vis": Pair(
        "molecule",
        "smiles",
        ("uv_vis/experimental_deep4chem.csv.gz", "absorption_peak_nm"),
        ("uv_vis/computed_tddft.csv.gz", "excitation_energy_eV"),
        "eV",
        (100, 1000),
    ),
    "negative_control": Pair(
        "molecule",
        "smiles",
        ("negative_control/experimental_hopv.csv", "power_conversion_efficiency_percent"),
        ("negative_control/computed_cep.csv.gz", "power_conversion_efficiency_percent"),
        "percent",
        (100, 250),
    ),
}


def network(quick: bool) -> NetworkSpec:
    """The network of every pair: wider and longer than the default, which is made for many trials."""
    steps = {"least_steps": 50, "most_steps": 50} if quick else {"most_steps": 10_000}
    return NetworkSpec(hidden=(256, 128, 64), **steps)  # type: ignore[arg-type]


def load(name: str, folder: Path, replicates: int, seed: int = SEED) -> Inputs:
    """The tables of a pair as a study reads them."""
    pair = PAIRS[name]
    with TemporaryDirectory() as made:
        measured = folder / pair.measured[0]
        if name == "uv_vis":
            measured = _as_energy(measured, Path(made) / "measured.csv")
        common = {"property": name, "kind": pair.kind, "material": pair.material, "unit": pair.unit}
        common |= {"merge": "median", "unreadable": "drop"}
        column = "energy_eV" if name == "uv_vis" else pair.measured[1]
        target = common | {"table": str(measured), "column": column, "name": "measured"}
        source = common | {"table": str(folder / pair.computed[0]), "column": pair.computed[1], "name": "computed"}
        study = {
            "name": name,
            "target": [target],
            "source": [source],
            "sweep": {"replicates": replicates},
            "seed": seed,
        }
        spec = study_from(study, name, folder)
        return prepare_inputs(spec, *load_tables(spec, {}, lambda what: None))


def _as_energy(path: Path, made: Path) -> Path:
    """The absorption peaks as energies; solvents are not told apart, the median over them is taken."""
    with gzip.open(path, "rt", newline="") as f, made.open("w", newline="") as g:
        out = csv.writer(g)
        out.writerow(["smiles", "energy_eV"])
        out.writerows([row["smiles"], NM_EV / float(row["absorption_peak_nm"])] for row in csv.DictReader(f))
    return made


def lanes_of(task: tuple[str, str, tuple[int, ...], int, bool]) -> list[dict[str, Any]]:
    """All methods on some replicates of a pair: one row a method, m and replicate, with its mean absolute error."""
    name, folder, replicates, total, quick = task
    inputs, pair, spec = load(name, Path(folder), total), PAIRS[name], network(quick)
    target, source = inputs.targets[0], inputs.sources[0]
    x, source_x = table_features([target, source])
    y, source_y = target.values(name), source.values(name)
    parts = [inputs.splits(0)[r] for r in replicates]
    rows, n = source_rows(inputs, replicates)
    several = msgspec.structs.replace(spec, members=MEMBERS)
    made = pretrain(several, source_x, source_y[rows], rows, n, [seed_of("benchmark", r) for r in replicates])
    found = []
    for m in pair.m:
        train = np.stack([p.order[:m] for p in parts]).astype(np.int32)
        ask = np.stack([p.test for p in parts]).astype(np.int32)
        for method, predict in _methods(spec, made, x, y, train, ask):
            misses = np.abs(predict() - y[ask]).mean(axis=1)
            found += [
                {"pair": name, "n": n, "m": m, "method": method, "replicate": r, "mae": float(e)}
                for r, e in zip(replicates, misses, strict=True)
            ]
    return found


def source_rows(inputs: Inputs, replicates: Sequence[int]) -> tuple[NDArray[np.int32], int]:
    """Rows (replicates, n) of the source in the order of each replicate, without what its test materials bar; and n."""
    source, spec = inputs.sources[0], inputs.spec
    kept = Links(links(spec.sweep, inputs.related[0, 0]), len(source))
    keys, n = identity_keys(list(source.identities)), inputs.available(0, 0)
    tests = [inputs.splits(0)[r].test.astype(np.int32) for r in replicates]
    orders = [source_order(keys, spec.seed, r, kept.barred(t), None) for r, t in zip(replicates, tests, strict=True)]
    return np.stack([order[:n] for order in orders]), n


def _methods(
    spec: NetworkSpec, made: Any, x: Any, y: Any, train: Any, ask: Any
) -> Iterator[tuple[str, Callable[[], NDArray[np.float64]]]]:
    """Name, and how to predict (lanes, asked)."""
    for baseline in BASELINES:
        yield (
            f"direct {baseline}",
            lambda b=baseline: np.stack(  # type: ignore[misc]
                [fit_predict(b, x[t], y[t], x[a], i) for i, (t, a) in enumerate(zip(train, ask, strict=True))]
            ),
        )
    first = every(MEMBERS, made)
    for strategy in STRATEGIES:
        own = msgspec.structs.replace(spec, adaptation=strategy)
        yield f"transfer {strategy}", lambda s=own: adapt_and_predict(s, first, x, y, train, ask)  # type: ignore[misc]
    for strategy in ENSEMBLES:
        own = msgspec.structs.replace(spec, adaptation=strategy, members=MEMBERS)
        yield (
            f"transfer {strategy}, {MEMBERS} networks",
            lambda s=own: adapt_and_predict(s, made, x, y, train, ask),  # type: ignore[misc]
        )


def every(step: int, made: Pretrained) -> Pretrained:
    """The first network of each lane of an ensemble."""
    layers = [(weight[::step], bias[::step]) for weight, bias in made.layers]
    return Pretrained(layers, *(np.asarray(part)[::step] for part in made[1:]))


def run(context: Context) -> Figures:
    """Print a table of each pair and m as it is done; return every error and the summaries."""
    if context.folder is None:
        write("accuracy: skipped, the folder of public tables is not there (name it by SIMWORTH_SHARED)")
        return {"skipped": "no public tables"}
    total, size = (2, 1) if context.quick else (10, LANES)
    rows: list[dict[str, Any]] = []
    summaries = []
    with process_pool(context.jobs) as pool:
        for name, pair in PAIRS.items():
            batches = [tuple(range(first, min(first + size, total))) for first in range(0, total, size)]
            tasks = [(name, str(context.folder), batch, total, context.quick) for batch in batches]
            mine = [row for part in pool.map(lanes_of, tasks) for row in part]
            rows += mine
            for m in pair.m:
                table = summary([r for r in mine if r["m"] == m])
                write(f"\n## {name}: n = {mine[0]['n']:,}, m = {m}, {total} replicates ({pair.unit})\n")
                write(_table(table))
                summaries += [{"pair": name, "m": m, **asdict(line)} for line in table]
    return {"trials": rows, "summaries": summaries}


@dataclass(frozen=True)
class Line:
    """Mean error of a method, and its relative difference to the best direct learning with a 90 % paired interval."""

    method: str
    mae: float
    difference: float
    low: float
    high: float


def summary(rows: list[dict[str, Any]]) -> list[Line]:
    """One line a method; the best direct learning is the baseline with the least mean error on these splits."""
    errors = {
        method: np.array([r["mae"] for r in sorted(rows, key=lambda r: r["replicate"]) if r["method"] == method])
        for method in dict.fromkeys(r["method"] for r in rows)
    }
    best = min((e for method, e in errors.items() if method.startswith("direct")), key=lambda e: float(e.mean()))
    lines = []
    for method, e in errors.items():
        relative = (e - best) / best.mean()
        half = float(student.ppf(0.95, len(e) - 1) * relative.std(ddof=1) / np.sqrt(len(e)))
        middle = float(relative.mean())
        lines.append(Line(method, float(e.mean()), middle, middle - half, middle + half))
    return lines


def _table(lines: list[Line]) -> str:
    out = ["| method | MAE | against the best direct learning (90 %) |", "|---|---:|---:|"]
    for x in lines:
        out.append(
            f"| {x.method} | {x.mae:.4f} | {100 * x.difference:+.1f} % ({100 * x.low:+.1f} to {100 * x.high:+.1f}) |"
        )
    return "\n".join(out)
