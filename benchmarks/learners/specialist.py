"""``python -m benchmarks.learners.specialist [--pairs a,b] [--replicates 10] [--seed 0] [--json OUT] [--against F]``.

What a specialist would do in an afternoon, on the very splits and with the very leak rule by which simworth is measured
(``--seed`` is the study's): counts and a ridge, trees, kernels, neighbours; a model of the source and a line. None of
it is simworth's own, neither features nor models, and all is tuned by cross-validation on the m experiments alone.

``--against F`` compares with simworth's default, whose errors on the same splits the file holds: a list of
``{"pair", "m", "method", "replicate", "mae"}``, or an object with that list as ``rows`` and its ``seed``; the methods
are ``transfer blend`` and ``direct blend``. A rival is flagged that beats the default by more than the 90 % interval of
the paired difference. ``--read FILE`` takes the rivals' errors from an earlier ``--json`` instead of measuring.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks.learners.context import data_folder, write
from benchmarks.learners.pairs import PAIRS, load, property_of, source_rows
from benchmarks.learners.specialist_against import compare, comparison_table, read_rows
from benchmarks.learners.specialist_features import Described, describe
from benchmarks.learners.specialist_models import QUICK, Effort, Told, experiments
from benchmarks.learners.specialist_rivals import OVERLAP, Source, kind_of, own_value, rivals, source_predictions
from simworth.errors import InputError
from simworth.seeds import seed_of
from simworth.tables import Split
from simworth.workers import process_pool

Float64 = NDArray[np.float64]
Row = dict[str, Any]


class Setting(NamedTuple):
    """What is measured: replicates ``chosen`` among ``replicates`` of the study ``seed``."""

    pair: str
    folder: str
    seed: int
    replicates: int
    chosen: tuple[int, ...]
    quick: bool


class Read(NamedTuple):
    """A pair as arrays; ``own`` (M,) is the source's value of each target material, NaN where it has none."""

    kind: str
    target: Described
    y: Float64
    source: Described
    source_y: Float64
    own: Float64
    splits: list[Split]
    rows: NDArray[np.int64]
    """(replicates, n): rows of ``source`` that each replicate learns from."""


def read(setting: Setting, effort: Effort) -> Read:
    """Read, divide and describe a pair; of the source only what some replicate learns from is described."""
    inputs = load(setting.pair, Path(setting.folder), setting.replicates, setting.seed)
    target, name = inputs.targets[0], property_of(setting.pair)
    source = inputs.sources[0].convert(name, target.unit(name))
    rows = source_rows(inputs, setting.chosen)[0][:, : effort.source]
    used, places = np.unique(rows, return_inverse=True)
    known = dict(zip(source.identities, source.values(name), strict=True))
    described = describe(target.kind, [target.identities, [source.identities[i] for i in used]])
    return Read(
        target.kind,
        described[0],
        target.values(name),
        described[1],
        source.values(name)[used],
        np.array([known.get(identity, np.nan) for identity in target.identities]),
        [inputs.splits(0)[r] for r in setting.chosen],
        places.reshape(rows.shape),
    )


def measure(setting: Setting) -> list[Row]:
    """The mean absolute error of every rival: one row a replicate, m and rival."""
    effort = QUICK if setting.quick else Effort()
    sizes = PAIRS[setting.pair].m[: 1 if setting.quick else None]
    with threadpool_limits(1):
        found = read(setting, effort)
        rows = []
        for part, taken in zip(found.splits, found.rows, strict=True):
            seed = seed_of("specialist", setting.pair, setting.seed, part.replicate) % 2**32
            learned = found.source.take(taken), found.source_y[taken]
            said = source_predictions(*learned, found.target, effort, seed)
            for m in sizes:
                common = {"pair": setting.pair, "n": len(taken), "m": m, "replicate": part.replicate}
                rows += [common | row for row in _lane(found, part, m, said, effort, seed)]
    return rows


def _lane(found: Read, part: Split, m: int, said: Source, effort: Effort, seed: int) -> Iterator[Row]:
    """Every rival on m experiments of one replicate; ``said`` is from the source's models."""
    places = np.concatenate([part.train(m), part.test])
    truth = found.y[part.test]
    given = experiments(found.y[part.train(m)], len(part.test), effort, seed)
    told = rivals(given, found.kind, found.target.take(places), said.take(places), effort)
    for name, one in told.items():
        yield _row(name, one.asked, truth) | {"held": one.error(given.y), "chosen": one.chosen}
    own = own_value(found.own[places], given.y, _closest(told, given.y).asked)
    if own is not None:
        yield _row(OVERLAP, own, truth) | {"covered": int(np.isfinite(found.own[part.test]).sum()), "asked": len(truth)}


def _closest(told: dict[str, Told], y: Float64) -> Told:
    """Of the source's models with a line, the one of least error on held-out experiments."""
    return min((one for name, one in told.items() if name.endswith("and a line")), key=lambda one: one.error(y))


def _row(name: str, said: Float64, truth: Float64) -> Row:
    return {"method": name, "kind": kind_of(name), "mae": float(np.abs(said - truth).mean())}


def run(pairs: Sequence[str], setting: Setting, jobs: int, out: Path | None) -> list[Row]:
    """Measure pair by pair, print a table of each, and keep what is measured after each."""
    rows: list[Row] = []
    for name in pairs:
        chosen = [setting.chosen[k::jobs] for k in range(min(jobs, len(setting.chosen)))]
        tasks = [setting._replace(pair=name, chosen=tuple(part)) for part in chosen]
        if len(tasks) == 1:
            mine = measure(tasks[0])
        else:
            with process_pool(len(tasks)) as pool:
                mine = [row for part in pool.map(measure, tasks) for row in part]
        rows += sorted(mine, key=lambda row: row["replicate"])
        write(f"\n## {name}: n = {mine[0]['n']:,}, {len(setting.chosen)} replicates of seed {setting.seed}\n")
        write(table(mine, PAIRS[name].unit))
        if out:
            kept = {"seed": setting.seed, "quick": setting.quick, "rows": rows}
            out.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return rows


def table(rows: Iterable[Row], unit: str) -> str:
    """Mean error of each rival of a pair, a column an m; what the leak rule forbids stands last."""
    errors: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        errors.setdefault(row["method"], {}).setdefault(row["m"], []).append(row["mae"])
    sizes = sorted({m for by_size in errors.values() for m in by_size})
    out = [f"| rival | {' | '.join(f'MAE, m = {m}' for m in sizes)} |", "|---" + "|---:" * len(sizes) + "|"]
    for name, by_size in sorted(errors.items(), key=lambda item: item[0] == OVERLAP):
        cells = [f"{np.mean(by_size[m]):.4g}" if m in by_size else "–" for m in sizes]
        out.append(f"| {name}{' (allowed overlap)' if name == OVERLAP else ''} | {' | '.join(cells)} |")
    if OVERLAP not in errors:
        out.append(f"\n{OVERLAP}: too few materials stand in both tables.")
    return "\n".join([*out, f"\nErrors in {unit}."])


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learners.specialist", description=__doc__)
    parser.add_argument("--pairs", default=",".join(PAIRS), help=f"some of {', '.join(PAIRS)} (default: all)")
    parser.add_argument("--replicates", type=int, default=10, help="0 … so many less one")
    parser.add_argument("--seed", type=int, default=0, help="of the study whose splits are used")
    parser.add_argument("--json", type=Path, help="write every error to this file")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--against", type=Path, help="errors of simworth's default on the same splits")
    parser.add_argument("--read", type=Path, help="errors of an earlier run, which is then not repeated")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Measure and compare; 2 for input that cannot be used."""
    options = _arguments(argv)
    try:
        _main(options)
    except InputError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    return 0


def _main(options: argparse.Namespace) -> None:
    pairs = [name.strip() for name in options.pairs.split(",") if name.strip()]
    unknown = [name for name in pairs if name not in PAIRS]
    if unknown or not pairs:
        raise InputError(f"there is no pair {', '.join(unknown) or '(none named)'!r}; there are {', '.join(PAIRS)}")
    if options.replicates < 1 or options.jobs < 1:
        raise InputError("--replicates and --jobs must be at least 1")
    against = read_rows(options.against) if options.against else None
    if options.read:
        earlier = read_rows(options.read)
        rows, seed = [row for row in earlier.rows if row["pair"] in pairs], earlier.seed
    else:
        folder = data_folder()
        if folder is None:
            raise InputError("the folder of public tables is not there; name it by SIMWORTH_SHARED")
        setting = Setting(
            "", str(folder), options.seed, options.replicates, tuple(range(options.replicates)), options.quick
        )
        rows, seed = run(pairs, setting, options.jobs, options.json), options.seed
    if against is not None:
        if against.seed is not None and seed is not None and against.seed != seed:
            raise InputError(f"{options.against}: is of seed {against.seed}, not {seed}; compare on the same splits")
        write(comparison_table(compare(rows, against.rows)))


if __name__ == "__main__":
    sys.exit(main())
