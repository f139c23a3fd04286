"""Planted duplicates in public pairs of tables: ``python -m benchmarks.databases.duplicates [--count N] [--json OUT]``.

Target materials without a relative in the source are written in another form, or exchanged for a look-alike, and added
to the source. The check is run on both tables and asked what it found. The natural materials of the source stay in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.databases.planting import PLANTS, Plant
from benchmarks.learners.context import Figures, data_folder, write
from simworth.identity import Kind, canonical
from simworth.seeds import stream
from simworth.tables import NEARNESS, PropertyTable, nearby, read_table
from simworth.tables.listing import read_materials

PAIRS: tuple[tuple[Kind, str, str, str], ...] = (
    ("molecule", "molecules", "computed_qm9_b3lyp.csv.gz", "chemicals:enthalpy_of_formation"),
    ("molecule", "uv_vis", "computed_tddft.csv.gz", "experimental_deep4chem.csv.gz"),
    ("composition", "formation_enthalpy", "computed_mp_lowest.csv.gz", "experimental_pymatgen.csv"),
    ("polymer", "polymers", "computed_radonpy_PI1070.csv.gz", "experimental_simpoly.csv"),
    ("pair", "miscibility", "computed_cosmo.csv", "experimental.csv"),
)
COLUMN: dict[Kind, str] = {"molecule": "smiles", "composition": "formula", "polymer": "smiles", "pair": "polymer"}


@dataclass(frozen=True)
class Planted:
    """One way of planting, and which of its rows were found."""

    plant: Plant
    asked: int
    planted: int
    found: int
    rightly: int
    """Of those found, the ones of the right kind of nearness."""


def read(folder: Path, name: str, kind: Kind) -> PropertyTable:
    """The materials of a public table, or of the package chemicals."""
    if name.startswith("chemicals:"):
        from simworth.ingest.experiments import read_experiment

        return read_experiment(name.removeprefix("chemicals:"))
    path = folder / name
    more = {"partner": "solvent", "temperature": "temperature_C", "temperature_unit": "degC"} if kind == "pair" else {}
    column = COLUMN[kind].upper() if "qm9" in name else COLUMN[kind]
    return read_materials(path, kind=kind, material=column, unreadable="drop", **more)  # type: ignore[arg-type]


def table(kind: Kind, name: str, texts: Sequence[str]) -> PropertyTable:
    """A table of these materials."""
    if kind != "pair":
        columns: dict[str, Any] = {"material": list(texts)}
        how: dict[str, Any] = {}
    else:
        parts = [(*t.split("|"), "")[:3] for t in texts]
        columns = {
            "material": [p[0] for p in parts],
            "solvent": [p[1] for p in parts],
            "K": [float(p[2].removesuffix(" K")) if p[2] else None for p in parts],
        }
        how = {"partner": "solvent", "temperature": "K"}
    data = pa.table({**columns, "y": np.ones(len(texts))})
    return read_table(data, kind=kind, material="material", properties={"y": ("y", "1")}, name=name, **how)


def try_plants(kind: Kind, source: PropertyTable, target: PropertyTable, count: int, seed: int = 0) -> list[Planted]:
    """Plant every kind of duplicate and look-alike that these materials can have, each at most ``count`` times."""
    alone = np.setdiff1d(np.arange(len(target)), nearby(source, target).target_places)
    if len(alone) < count:  # small tables: those with relatives may be used too, once these are taken out
        alone = np.arange(len(target))
        source = _without(source, target)
    subjects = _subjects(target, alone, seed)
    made: list[tuple[Plant, int, str]] = []
    asked = dict.fromkeys(PLANTS, 0)
    for plant in (p for p in PLANTS if p.kind == kind):
        for place in subjects:
            if asked[plant] == count:
                break
            text = plant.change(target.identities[place], seed + place)
            if text is not None and _differs(plant, kind, text, target.identities[place]):
                asked[plant] += 1
                made.append((plant, place, text))
    names = [canonical(kind, text) for _, _, text in made]
    grown = table(kind, "source", [*source.materials, *(text for _, _, text in made)])
    found = nearby(grown, target)
    place_of = {identity: i for i, identity in enumerate(grown.identities)}
    pairs = zip(found.source_places.tolist(), found.target_places.tolist(), strict=True)
    told = {pair: NEARNESS[code] for pair, code in zip(pairs, found.codes.tolist(), strict=True)}
    results = []
    for plant in (p for p in PLANTS if p.kind == kind):
        mine = [(place_of[str(n)], t) for (p, t, _), n in zip(made, names, strict=True) if p is plant and n is not None]
        hits = [told.get(pair) for pair in mine]
        results.append(
            Planted(
                plant, asked[plant], len(mine), sum(h is not None for h in hits), hits.count(plant.nearness or "same")
            )
        )
    return results


def _without(source: PropertyTable, target: PropertyTable) -> PropertyTable:
    """The source without the target's relatives."""
    gone = nearby(source, target).source_places
    return source.take(np.setdiff1d(np.arange(len(source)), gone))


def _subjects(target: PropertyTable, places: np.ndarray[Any, Any], seed: int) -> list[int]:
    """Places in random order, of each pair at one temperature only."""
    order = places[stream("planting", seed).permutation(len(places))].tolist()
    first: dict[str, int] = {}
    for place in order:
        first.setdefault(target.subjects[place], place)
    return list(first.values())


def _differs(plant: Plant, kind: Kind, text: str, identity: str) -> bool:
    """Whether a text can be read and is what it should be: another identity, or the same for another spelling."""
    found = canonical(kind, text)
    return found is not None and (found == identity) == (plant.nearness == "same")


def together(rows: Sequence[Planted]) -> list[Planted]:
    """The same with the tables of one kind of material counted together."""
    found: dict[Plant, Planted] = {}
    for r in rows:
        b = found.get(r.plant, Planted(r.plant, 0, 0, 0, 0))
        found[r.plant] = Planted(
            r.plant, b.asked + r.asked, b.planted + r.planted, b.found + r.found, b.rightly + r.rightly
        )
    return list(found.values())


def report(rows: Sequence[Planted]) -> list[str]:
    """The table as lines of Markdown."""
    lines = ["| planted | kind | n | found | as it should be | recall |", "|---|---|---|---|---|---|"]
    for r in (r for r in rows if r.plant.nearness is not None and r.planted):
        rightly, share = f"{r.rightly} as `{r.plant.nearness}`", f"{100 * r.found / r.planted:.1f} %"
        lines.append(f"| {r.plant.name} | {r.plant.kind} | {r.planted} | {r.found} | {rightly} | {share} |")
    lines += ["", "| look-alike | kind | n | taken for a duplicate |", "|---|---|---|---|"]
    for r in (r for r in rows if r.plant.nearness is None and r.planted):
        lines.append(f"| {r.plant.name} | {r.plant.kind} | {r.planted} | {r.found} |")
    true = sum(r.found for r in rows if r.plant.nearness is not None)
    false = sum(r.found for r in rows if r.plant.nearness is None)
    total = sum(r.planted for r in rows if r.plant.nearness is not None)
    lines += ["", f"Recall {true} of {total} ({100 * true / max(total, 1):.1f} %); precision {true} of {true + false}"]
    lines[-1] += f" ({100 * true / max(true + false, 1):.1f} %)."
    return lines


def figures(rows: Sequence[Planted]) -> Figures:
    """The same as plain values."""
    return {
        "rows": [
            {
                "planted": r.plant.name, "kind": r.plant.kind, "nearness": r.plant.nearness, "n": r.planted,
                "found": r.found, "rightly": r.rightly,
            }
            for r in rows
        ]
    }  # fmt: skip


def main(words: Sequence[str] | None = None) -> None:
    """Plant in every public pair of tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200, metavar="N", help="duplicates of each kind")
    parser.add_argument("--json", type=Path, metavar="OUT")
    asked = parser.parse_args(words)
    folder = data_folder()
    if folder is None:
        sys.exit("the public tables are not here; name their folder in SIMWORTH_SHARED")
    rows: list[Planted] = []
    for kind, name, computed, measured in PAIRS:
        source, target = read(folder / name, computed, kind), read(folder / name, measured, kind)
        start = time.perf_counter()
        rows += try_plants(kind, source, target, asked.count)
        write(f"{name}: {len(source):,} and {len(target):,} materials, {time.perf_counter() - start:.1f} s")
    rows = together(rows)
    for line in ["", *report(rows)]:
        write(line)
    if asked.json is not None:
        asked.json.write_text(json.dumps(figures(rows), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
