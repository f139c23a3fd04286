"""From timings to what is compared: trials a second, ratios, shares of the machine's rate, a whole sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise

import numpy as np

from benchmarks.laws.tables import table
from benchmarks.learners.context import Figures, write
from benchmarks.learners.trials import Spent
from simworth.learners.settings import NetworkSpec

OWN = "simworth"
PEERS = ("torch", "scikit-learn")
REPLICATES = 16
"""Of the sweep over which compiling is spread."""


@dataclass
class Study:
    """What is compared."""

    networks: Mapping[str, NetworkSpec]
    sizes: tuple[int, ...]
    m: tuple[int, ...]
    other_lanes: tuple[int, ...]
    matrices: tuple[int, ...]
    features: int = 0
    compile: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of each network, wall and processor seconds a process."""


@dataclass(frozen=True)
class Record:
    """One turn of one engine."""

    round: int
    network: str
    n: int
    engine: str
    load: float
    spent: tuple[Spent, ...]

    def rate(self, m: int, clock: int) -> float:
        """Trials at ``m`` a second of wall (``clock`` 0), or a second of processor (1)."""
        if clock:
            return sum(s.replicates for s in self.spent) / sum(s.pretrain[1] + s.tune[m][1] for s in self.spent)
        return sum(s.replicates / (s.pretrain[0] + s.tune[m][0]) for s in self.spent)

    def seconds(self, clock: int) -> float:
        """A replicate with all its m: wall seconds with all processes at work (0), or processor seconds (1)."""
        if clock:
            return sum(s.total(1) for s in self.spent) / sum(s.replicates for s in self.spent)
        return 1 / sum(s.replicates / s.total(0) for s in self.spent)

    def step_rate(self, m: int | None, work: float, clock: int) -> float:
        """GFLOP/s of pretraining or of tuning at ``m``, where a replicate does ``work`` operations.

        Of all processes together by wall (0), of one by its processor (1).
        """
        done = [(s.replicates * work / 1e9, (s.pretrain if m is None else s.tune[m])[clock]) for s in self.spent]
        return sum(d / t for d, t in done) if clock == 0 else sum(d for d, _ in done) / sum(t for _, t in done)


@dataclass(frozen=True)
class Machine:
    """GFLOP/s of a float32 matrix product: of all processes together by wall, of one by its processor time."""

    round: int
    size: int
    wall: float
    cpu: float
    load: float


def operations(spec: NetworkSpec, features: int, needed: bool) -> float:
    """Of a gradient step on one row: six a weight, or (``needed``) without the first layer's unused input gradient."""
    sizes = (features, *spec.hidden, 1)
    weights = [a * b for a, b in pairwise(sizes)]
    return float(6 * sum(weights) - (2 * weights[0] if needed else 0))


def report(study: Study, records: Sequence[Record], machines: Sequence[Machine]) -> Figures:
    """Print tables; return what they show."""
    figures: Figures = {"sizes": study.sizes, "m": study.m, "features": study.features, "compile": study.compile}
    figures["machine"] = [asdict(m) for m in machines]
    figures["mae"] = _errors(study, records)
    figures["load"] = [min(r.load for r in records), max(r.load for r in records)]
    figures["trials"] = [line for name in study.networks for line in _trials(study, records, name)]
    figures["sweep_of_trials"] = [_whole_sweep(study, records, name) for name in study.networks]
    figures["share"] = _shares(study, records, machines)
    write("Load average while all this ran: {:.1f} to {:.1f}.\n".format(*figures["load"]))
    return figures


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else float("nan")


def _trials(study: Study, records: Sequence[Record], network: str) -> list[Figures]:
    """Median trials a second of every engine at every (n, m), and simworth's ratio to the best of each peer's ways."""
    mine = [r for r in records if r.network == network]
    names = list(dict.fromkeys(r.engine for r in mine))
    standing = [e for e in names if {r.n for r in mine if r.engine == e} == set(study.sizes)]
    lines, rows = [], []
    for n in study.sizes:
        for m in study.m:
            rates = {e: [_rates(mine, n, m, e, clock) for clock in (0, 1)] for e in names}
            own = rates[next(e for e in standing if e.startswith(OWN))]
            line: Figures = {"network": network, "n": n, "m": m}
            line["per_second"] = {e: v[0] for e, v in rates.items()}
            line["per_processor_second"] = {e: v[1] for e, v in rates.items()}
            for peer in PEERS:
                best = [[v[c] for e, v in rates.items() if e.startswith(peer)] for c in (0, 1)]
                line[f"over {peer}"] = [own[c] / max(best[c]) if best[c] else float("nan") for c in (0, 1)]
            lines.append(line)
            shown = [f"{rates[e][0]:.3g} ({rates[e][1]:.3g})" for e in standing]
            ratios = [_ratio(*line[f"over {peer}"]) for peer in PEERS]
            rows.append([f"{n:,}", str(m), *shown, *ratios])
    write(f"### {network}: trials a second (in brackets a second of one processor), and simworth over the best of\n")
    write(table(["n", "m", *standing, *PEERS], rows) + "\n")
    for n, engine in dict.fromkeys((r.n, r.engine) for r in mine if r.engine not in standing):
        told = [f"m = {m}: {_rates(mine, n, m, engine, 0):.3g} ({_rates(mine, n, m, engine, 1):.3g})" for m in study.m]
        write(f"- {engine}, at n = {n:,} alone: {', '.join(told)}")
    write()
    return lines


def _ratio(wall: float, cpu: float) -> str:
    return "-" if np.isnan(wall) else f"{wall:.2f} ({cpu:.2f})"


def _errors(study: Study, records: Sequence[Record]) -> list[Figures]:
    """Mean absolute errors of every engine: a check that all learn, no comparison (scikit-learn minimises squares)."""
    found = []
    for name, n, engine in dict.fromkeys((r.network, r.n, r.engine) for r in records):
        spent = [s for r in records if (r.network, r.n, r.engine) == (name, n, engine) for s in r.spent]
        errors = {m: float(np.mean([s.mae[m] for s in spent])) for m in study.m}
        found.append({"network": name, "n": n, "engine": engine, "mae": errors})
    return found


def _rates(records: Sequence[Record], n: int, m: int, engine: str, clock: int) -> float:
    return _median([r.rate(m, clock) for r in records if r.n == n and r.engine == engine])


def _whole_sweep(study: Study, records: Sequence[Record], network: str) -> Figures:
    """`REPLICATES` replicates at every n and m, by each engine; simworth's with what compiling takes."""
    found: Figures = {"network": network, "replicates": REPLICATES, "seconds": {}, "processor_seconds": {}}
    processes = max(len(r.spent) for r in records)
    for engine in dict.fromkeys(r.engine for r in records):
        mine = [r for r in records if r.network == network and r.engine == engine]
        if {r.n for r in mine} != set(study.sizes):
            continue
        for clock, key in enumerate(("seconds", "processor_seconds")):
            trained = sum(_median([r.seconds(clock) for r in mine if r.n == n]) for n in study.sizes) * REPLICATES
            compiled = study.compile[network][clock] * (processes if clock else 1) if engine.startswith(OWN) else 0.0
            found[key][engine] = {"training": trained, "compiling": compiled}
    write(f"### {network}: a sweep of {REPLICATES} replicates at all n and m, seconds (of processor)\n")
    rows = []
    for engine in found["seconds"]:
        both = [found[k][engine] for k in ("seconds", "processor_seconds")]
        cells = [f"{both[0][part]:.1f} ({both[1][part]:.1f})" for part in ("training", "compiling")]
        whole = [sum(b.values()) for b in both]
        rows.append([engine, *cells, f"{whole[0]:.1f} ({whole[1]:.1f})"])
    write(table(["engine", "training", "compiling", "together"], rows) + "\n")
    return found


def _shares(study: Study, records: Sequence[Record], machines: Sequence[Machine]) -> list[Figures]:
    """Of simworth's training, GFLOP/s and the share of the best matrix product of the same round."""
    best = [
        {i: max(getattr(x, clock) for x in machines if x.round == i) for i in {x.round for x in machines}}
        for clock in ("wall", "cpu")
    ]
    found, rows = [], []
    for name, spec in study.networks.items():
        row_cost = [operations(spec, study.features, needed) for needed in (False, True)]
        for engine in (e for e in dict.fromkeys(r.engine for r in records) if e.startswith(OWN)):
            for n, m, counted in _phases(study, spec):
                mine = [r for r in records if (r.network, r.n, r.engine) == (name, n, engine)]
                if not mine:
                    continue
                rate = [_median([r.step_rate(m, counted * row_cost[0], c) for r in mine]) for c in (0, 1)]
                share = [
                    _median([r.step_rate(m, counted * row_cost[0], c) / best[c][r.round] for r in mine]) for c in (0, 1)
                ]
                line = {"network": name, "engine": engine, "n": n, "m": m, "gflops": rate, "share": share}
                found.append(line | {"share_needed": [s * row_cost[1] / row_cost[0] for s in share]})
                rows.append([name, engine, f"{n:,}", "-" if m is None else str(m), *_shown(found[-1])])
    write("### Share of the machine's own rate (in brackets by processor time)\n")
    own = [f"{_median(list(b.values())):.0f}" for b in best]
    write(f"Matrix products: {own[0]} GFLOP/s together, {own[1]} a processor second. Six operations a weight and row;")
    write(
        "needed: without the gradient of the first layer's inputs, which nobody asks for. Where other work shares the"
    )
    write("processors, the share by wall falls with it.\n")
    write(table(["network", "engine", "n", "tuned at m", "GFLOP/s", "share", "needed"], rows) + "\n")
    return found


def _phases(study: Study, spec: NetworkSpec) -> list[tuple[int, int | None, float]]:
    """n, m (None: pretraining) and rows a replicate goes through."""
    pretraining = [(n, None, float(spec.pretraining_steps(n) * spec.batch)) for n in study.sizes]
    return [*pretraining, *((study.sizes[0], m, float(spec.tuning_steps * m)) for m in study.m)]


def _shown(line: Figures) -> list[str]:
    rate, share, needed = line["gflops"], line["share"], line["share_needed"]
    percent = [f"{100 * s[0]:.0f} % ({100 * s[1]:.0f} %)" for s in (share, needed)]
    return [f"{rate[0]:.0f} ({rate[1]:.0f})", *percent]
