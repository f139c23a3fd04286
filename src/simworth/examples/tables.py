"""The tables of a shipped study as CSV files, for whoever wants to go the whole way from files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from simworth.errors import InputError
from simworth.examples import example_path
from simworth.files import write_text
from simworth.seeds import stream
from simworth.sweep.spec import read_study
from simworth.sweep.tables import load_tables
from simworth.tables import PropertyTable, overlap

CANDIDATES = 20
FEWEST = 100


class ExampleTables(NamedTuple):
    """Files that were written."""

    measured: Path
    computed: Path
    candidates: Path


def write_example_tables(name: str, folder: Path, rows: int) -> ExampleTables:
    """Write the first target and the first source of a shipped study, and candidates that stand in neither file.

    Parameters
    ----------
    name : str
        Of the study.
    folder : Path
        Gets ``measured.csv``, ``computed.csv`` and ``candidates.csv``.
    rows : int
        Computed materials, a random part that is the same every time.

    Raises
    ------
    InputError
        When there is no such study, a file is there already, or there are fewer materials.
    """
    spec = read_study(example_path(name))
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder")
    made = ExampleTables(*(folder / f"{part}.csv" for part in ExampleTables._fields))
    for path in made:
        if path.exists():
            raise InputError(f"{path}: is there already; name another folder")
    targets, sources = load_tables(spec, {}, lambda line: None)
    target, source = targets[0], sources[0]
    known = set(overlap(source, target).source_places.tolist())
    order = stream("example tables", name).permutation(len(source)).tolist()
    if not FEWEST <= rows <= len(source) - CANDIDATES:
        raise InputError(
            f"--rows {rows} is not possible; it must be at least {FEWEST} and at most {len(source) - CANDIDATES}"
        )
    rest = [i for i in order[rows:] if i not in known][:CANDIDATES]
    _write(made.measured, target, range(len(target)))
    _write(made.computed, source, order[:rows])
    _write(made.candidates, source, rest, values=False)
    return made


def _write(path: Path, table: PropertyTable, places: Sequence[int], values: bool = True) -> None:
    """SMILES and, unless left out, the property with its unit in the header."""
    [name] = table.properties
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    numbers = table.values(name)
    writer.writerow(["smiles", f"{name} ({table.unit(name)})"] if values else ["smiles"])
    writer.writerows([table.materials[i], f"{numbers[i]:.6g}"] if values else [table.materials[i]] for i in places)
    write_text(path, made.getvalue())
