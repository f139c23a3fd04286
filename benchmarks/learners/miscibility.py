"""Polymer–solvent χ: does COSMO-RS help to predict measured values of unseen pairs? Every learner on the same splits.

    python -m benchmarks.learners.miscibility [--json OUT] [--quick] [--development] [--group polymer]

Needs the public tables in $SIMWORTH_SHARED/data/miscibility (default: ../shared beside the repository). A test pair is
in no training part at any temperature, and its computed values leave the source. Half of the pairs, drawn once, is for
development: settings were chosen with ``--development``, which trains and tests on that half alone; without it only
pairs of the other half are tested. Intervals are of paired differences over replicates, and count that replicates share
one experimental set (`simworth.inference.gains`). Figures already in OUT are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.laws.tables import table as text_table
from simworth.digest import digest_value
from simworth.errors import InputError
from simworth.features.pairs import PairFeatures, pair_features
from simworth.identity import pair_parts
from simworth.inference.gains import Gain, paired_gain, shared_variance
from simworth.learners.baselines import fit_predict
from simworth.learners.chi import COMPUTED, MEASURED, Pairs, fit, predict
from simworth.learners.chi_settings import ChiSpec
from simworth.learners.network import pretrain
from simworth.learners.settings import Baseline, NetworkSpec
from simworth.learners.strategies import adapt_and_predict
from simworth.seeds import seed_of, stream
from simworth.tables import PropertyColumn, PropertyTable, overlap, read_table, split, usable_source

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]
SEED = {True: "chi-development", False: "chi-report"}
SIZES = (50, 200)
LEVEL = 0.9
TEST = 0.2
CHI = ChiSpec()
NETWORK = NetworkSpec()


@dataclass(frozen=True, eq=False)
class Data:
    """The two tables as one list of rows, computed ones first."""

    features: PairFeatures
    chi: Float64
    matrix: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Replicate:
    """Rows of `Data`: tested, trained on in order, and the computed ones that may be used, in order."""

    seed: int
    test: Int32
    train: Int32
    computed: Int32


def read(name: str) -> PropertyTable:
    """One of the public tables; rows of one pair at one temperature are averaged."""
    root = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("SIMWORTH_SHARED", root.parent / "shared")) / "data" / "miscibility"
    return read_table(
        folder / name, kind="pair", material="polymer", partner="solvent", temperature="temperature_C",
        temperature_unit="degC", properties={"chi": PropertyColumn("chi", "1")},
    )  # fmt: skip


def development_half(experiments: PropertyTable) -> set[str]:
    """The pairs on which settings may be tried."""
    pairs = np.array(sorted(set(experiments.subjects)))
    return set(stream("chi-development-half").permutation(pairs)[: len(pairs) // 2].tolist())


def data_of(source: PropertyTable, target: PropertyTable) -> Data:
    """Features and values of all rows; features that are the same everywhere are left out."""
    parts = [pair_parts(i) for i in (*source.identities, *target.identities)]
    kelvin = np.array([p.kelvin for p in parts], dtype=np.float64)
    found = pair_features([p.polymer for p in parts], [p.molecule for p in parts], kelvin)
    alive = [x[:, np.ptp(x, axis=0) > 0] for x in (found.polymer, found.solvent)]
    features = PairFeatures(alive[0], alive[1], kelvin)
    return Data(features, np.concatenate([source.values("chi"), target.values("chi")]), features.matrix())


def replicates(
    source: PropertyTable, target: PropertyTable, count: int, development: bool, group: str | None
) -> list[Replicate]:
    """Splits of the experiments, and what is left of the computed table for each."""
    half, found, made = development_half(target), overlap(source, target), []
    own = np.array([(name in half) == development for name in target.subjects])
    pool = target.take(np.flatnonzero(own))
    trainable = own if development else np.ones(len(target), bool)
    for r in range(count):
        seed = seed_of(SEED[development], r)
        test = np.flatnonzero(own)[
            split(pool, r, seed, test_fraction=TEST if development else 2 * TEST, group=group).test
        ]
        kept = trainable & ~np.isin(_parts(target, group), _parts(target, group)[test])
        usable = usable_source(found, "exclude", test, len(source))
        usable &= ~np.isin(_parts(source, group), _parts(target, group)[test])
        if development:
            usable &= np.array([name in half for name in source.subjects])
        train, computed = (
            stream("chi-order", seed, k).permutation(np.flatnonzero(x)) for k, x in enumerate((kept, usable))
        )
        made.append(Replicate(seed, *(x.astype(np.int32) for x in (test + len(source), train + len(source), computed))))
    return made


def _parts(of: PropertyTable, group: str | None) -> NDArray[np.str_]:
    return np.array([pair_parts(i).polymer for i in of.identities] if group == "polymer" else of.subjects)


def baseline(name: Baseline) -> Callable[[Data, list[Replicate], int], list[Float64]]:
    """Direct learning without a network."""

    def run(data: Data, parts: list[Replicate], m: int) -> list[Float64]:
        x, y = data.matrix, data.chi
        return [fit_predict(name, x[p.train[:m]], y[p.train[:m]], x[p.test], p.seed) for p in parts]

    return run


def network(transfer: bool) -> Callable[[Data, list[Replicate], int], list[Float64]]:
    """The generic network on all features, pretrained on computed χ or on the experiments themselves."""

    def run(data: Data, parts: list[Replicate], m: int) -> list[Float64]:
        n = min(len(p.computed) for p in parts) if transfer else m
        rows = np.stack([(p.computed if transfer else p.train)[:n] for p in parts])
        own = pretrain(NETWORK, data.matrix, data.chi[rows], rows, n, [p.seed for p in parts])
        train = np.stack([p.train[:m] for p in parts])
        return _cut(adapt_and_predict(NETWORK, own, data.matrix, data.chi, train, _ask(parts)), parts)

    return run


def chi(computed: bool, shuffled: bool = False) -> Callable[[Data, list[Replicate], int], list[Float64]]:
    """The χ network on measured χ alone, or together with computed χ (of other pairs, where shuffled)."""

    def run(data: Data, parts: list[Replicate], m: int) -> list[Float64]:
        labels = np.full((len(parts), len(data.chi), 3), np.nan)
        for known, p in zip(labels, parts, strict=True):
            known[p.train[:m], MEASURED] = data.chi[p.train[:m]]
            if computed:
                values = data.chi[p.computed]
                known[p.computed, COMPUTED] = stream("chi-shuffled", p.seed).permutation(values) if shuffled else values
        pairs = Pairs(*data.features)
        return _cut(predict(fit(CHI, pairs, labels, [p.seed for p in parts]), pairs, _ask(parts))[..., MEASURED], parts)

    return run


def _ask(parts: list[Replicate]) -> Int32:
    """Test rows (replicates, widest), the last one repeated."""
    widest = max(len(p.test) for p in parts)
    return np.stack([np.pad(p.test, (0, widest - len(p.test)), mode="edge") for p in parts])


def _cut(predicted: Float64, parts: list[Replicate]) -> list[Float64]:
    return [row[: len(p.test)] for row, p in zip(predicted, parts, strict=True)]


DIRECT = {
    "ridge": baseline("ridge"),
    "forest": baseline("forest"),
    "boosting": baseline("boosting"),
    "Gaussian process": baseline("gaussian_process"),
    "network": network(False),
    "χ network": chi(False),
}
TRANSFER = {
    "network, COSMO → fine-tuned": network(True),
    "χ network, COSMO together": chi(True),
    "χ network, shuffled COSMO": chi(True, shuffled=True),
}


def gain(errors: dict[str, list[float]], name: str, against: str, m: int, tested: float) -> Gain:
    """The paired gain of one learner over another."""
    direct, other = ({(r, 0): error for r, error in enumerate(errors[k])} for k in (against, name))
    found = paired_gain(against, 0, direct, other, LEVEL, shared_variance(m, tested))
    assert found is not None
    return found


def show(m: int, errors: dict[str, list[float]], tested: float) -> str:
    """A table of one m: MAE, and the gains over the best direct learning and over the χ network alone."""
    best = min(DIRECT, key=lambda name: float(np.mean(errors[name])))
    heads = (f"m = {m}", "MAE of χ", f"gain over {best} (best direct)", "gain over χ network alone")
    rows = []
    for name, found in errors.items():
        gains = [gain(errors, name, against, m, tested) for against in (best, "χ network")]
        said = [f"{g.difference:+.4f} ({g.low:+.4f} to {g.high:+.4f})" if g.against != name else "-" for g in gains]
        rows.append([name, f"{np.mean(found):.4f}", *said])
    return text_table(heads, rows)


def settings(count: int, development: bool, group: str | None, tables: tuple[PropertyTable, ...]) -> str:
    """Identity of what the figures depend on."""
    plain: Any = [[getattr(s, k) for k in s.__struct_fields__] for s in (CHI, NETWORK)]
    return digest_value([count, development, group, TEST, repr(plain), [t.digest for t in tables]])


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    """All figures; after each cell they are saved, and those saved before are not computed again."""
    source, target = read("computed_cosmo.csv"), read("experimental.csv")
    count = 3 if asked.quick else asked.replicates
    parts = replicates(source, target, count, asked.development, asked.group)
    data = data_of(source, target)
    most = min(len(p.train) for p in parts)
    sizes = [100] if asked.quick else [*(m for m in SIZES if m < most), most]
    tested = float(np.mean([len(p.test) for p in parts]))
    key = settings(count, asked.development, asked.group, (source, target))
    figures: dict[str, Any] = {"settings": key, "tested": tested, "errors": {}}
    if asked.json and asked.json.exists():
        before = json.loads(asked.json.read_text(encoding="utf-8"))
        figures = before if before.get("settings") == key else figures
    used = [len(p.computed) for p in parts]
    sys.stdout.write(f"{count} replicates, {tested:.0f} test rows, {min(used)} to {max(used)} computed rows left\n")
    for m in sizes:
        errors = figures["errors"].setdefault(str(m), {})
        for name, run in {**DIRECT, **TRANSFER}.items():
            if name in errors:
                continue
            started = time.perf_counter()
            found = run(data, parts, m)
            errors[name] = [float(np.abs(y - data.chi[p.test]).mean()) for y, p in zip(found, parts, strict=True)]
            sys.stderr.write(f"{m} {name}: {time.perf_counter() - started:.0f} s\n")
            if asked.json:
                asked.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        sys.stdout.write("\n" + show(m, errors, tested) + "\n")
        sys.stdout.flush()
    return figures


def main(argv: list[str] | None = None) -> int:
    """Measure, print, keep; 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.miscibility", description=__doc__)
    parser.add_argument("--json", type=Path, help="keep all figures in this file, and go on from those it holds")
    parser.add_argument("--quick", action="store_true", help="three replicates of one size")
    parser.add_argument("--replicates", type=int, default=12)
    parser.add_argument("--development", action="store_true", help="on the half of pairs for choosing settings")
    parser.add_argument("--group", choices=["polymer"], help="test on polymers that no training pair has (stricter)")
    try:
        measure(parser.parse_args(argv))
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
