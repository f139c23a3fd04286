"""Curves: trials of one learner on one target, in long form and never averaged.

Averages would throw away that replicates share their split across sizes, and with it what makes the differences
along a curve precise.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simworth.digest import digest_bytes
from simworth.errors import InputError

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Curve:
    """Trials, one a row; all arrays have the shape (trials,).

    Attributes
    ----------
    n : simulated materials used; 0 is direct learning.
    m : experimental training materials; 0 where it was not told.
    replicate : equal numbers share their split, test set and nested source subsets; -1: not told.
    error : in the target's unit; NaN where the trial failed.
    """

    n: Array
    m: Array
    replicate: Integers
    error: Array

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which trials failed, shape (trials,)."""
        return np.isnan(self.error)

    @property
    def sizes(self) -> Array:
        """Distinct n > 0 with at least one finished trial, increasing."""
        return np.unique(self.n[(self.n > 0) & ~self.failed])

    def where(self, keep: NDArray[np.bool_]) -> Curve:
        """The trials that ``keep`` (trials,) marks."""
        return Curve(self.n[keep], self.m[keep], self.replicate[keep], self.error[keep])

    def digest(self) -> str:
        """Digest of the trials in canonical order, so that the order of rows does not matter."""
        order = np.lexsort((self.error, self.replicate, self.m, self.n))
        parts = (self.n, self.m, self.replicate.astype("<i8"), self.error)
        return digest_bytes(b"".join(np.ascontiguousarray(p[order]).tobytes() for p in parts))


def curve(n: ArrayLike, error: ArrayLike, m: ArrayLike | None = None, replicate: ArrayLike | None = None) -> Curve:
    """A `Curve` of plain arrays of equal length; NaN in ``error`` marks a failed trial.

    Raises
    ------
    InputError
        For unequal lengths, no trials, n < 0, m <= 0, a negative or infinite error, or one replicate measured
        twice at the same (n, m).
    """
    sizes = _column("n", n)
    errors = _column("error", error)
    materials = np.zeros_like(sizes) if m is None else _column("m", m)
    if replicate is None:
        numbers = np.full(len(sizes), -1, np.int64)
    else:
        numbers = _whole(_column("replicate", replicate))
    for name, column in (("error", errors), ("m", materials), ("replicate", numbers)):
        if len(column) != len(sizes):
            raise InputError(f"n has {len(sizes)} values and {name} {len(column)}; give one of each a trial")
    for i, (a, b, c) in enumerate(zip(sizes, materials, errors, strict=True)):
        problem = _problem(float(a), float(b) if m is not None else 1.0, float(c), failures=True)
        if problem:
            raise InputError(f"trial {i + 1}: {problem}")
    made = Curve(sizes, materials, numbers, errors)
    twice = _measured_twice(made)
    if twice is not None:
        raise InputError(f"trial {twice[1] + 1} repeats trial {twice[0] + 1}: same n, m and replicate; give one")
    return made


def read_csv(path: Path) -> Curve:
    """Read ``n,error[,m][,replicate]`` with a header line; other columns are refused.

    n = 0 is direct learning (m is then usually wanted too). Line numbers in messages count the header as 1.

    Raises
    ------
    InputError
        For a missing or unknown column, an empty file, text where a number is needed, NaN, infinity, n < 0,
        m <= 0, a negative error, or a replicate measured twice at the same (n, m).
    """
    rows = _csv_rows(path)
    header = [name.strip() for name in rows[0][1]]
    _check_header(path, header)
    if len(rows) == 1:
        raise InputError(f"{path}: has a header and no rows; add one row a trial")
    columns: dict[str, list[float]] = {name: [] for name in header}
    for line, row in rows[1:]:
        if len(row) != len(header):
            raise InputError(f"{path}, line {line}: has {len(row)} cells where the header has {len(header)}")
        cells = {name: _number(path, line, name, text) for name, text in zip(header, row, strict=True)}
        problem = _problem(cells["n"], cells.get("m", 1.0), cells["error"], failures=False)
        if problem:
            raise InputError(f"{path}, line {line}: {problem}")
        number = cells.get("replicate", 0.0)
        if not (0 <= number < 2**31 and number % 1 == 0):
            raise InputError(
                f"{path}, line {line}, column replicate: {number:g} is no whole number below 2^31; write 0, 1, 2 …"
            )
        for name, cell in cells.items():
            columns[name].append(cell)
    made = curve(columns["n"], columns["error"], columns.get("m"), None)
    if "replicate" in columns:
        made = Curve(made.n, made.m, np.asarray(columns["replicate"], np.int64), made.error)
        twice = _measured_twice(made)
        if twice is not None:
            first, second = (rows[i + 1][0] for i in twice)
            raise InputError(f"{path}, line {second}: repeats line {first} (same n, m and replicate); keep one")
    return made


def _csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Non-empty lines as (line number, cells)."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as f:
            reader = csv.reader(f)
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except OSError as e:
        raise InputError(f"{path}: cannot be read ({e.strerror}); check the path") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: is not a CSV text file; save it as CSV in UTF-8") from None
    if not rows:
        raise InputError(f"{path}: is empty; write a header n,error[,m][,replicate] and one row a trial")
    return rows


def _check_header(path: Path, header: Sequence[str]) -> None:
    for name in ("n", "error"):
        if name not in header:
            raise InputError(f"{path}: has no column '{name}' (found: {', '.join(header)}); name it in the header")
    for name in header:
        if name not in ("n", "error", "m", "replicate"):
            raise InputError(f"{path}: column '{name}' is unknown; keep only n, error, m and replicate")
        if list(header).count(name) > 1:
            raise InputError(f"{path}: column '{name}' stands twice in the header; keep one")


def _number(path: Path, line: int, name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        shown = f"'{text.strip()}'" if text.strip() else "an empty cell"
        raise InputError(f"{path}, line {line}, column {name}: {shown} is not a number; write one") from None


def _problem(n: float, m: float, error: float, failures: bool) -> str | None:
    """What is wrong with one trial, or None."""
    if not math.isfinite(n) or n < 0:
        return f"n is {n:g}; it must be a finite number, 0 for direct learning"
    if not math.isfinite(m) or m <= 0:
        return f"m is {m:g}; it must be a positive number of experimental materials"
    if math.isnan(error) and failures:
        return None
    if not math.isfinite(error) or error < 0:
        return f"error is {error:g}; it must be finite and not negative (leave failed trials out of a CSV)"
    return None


def _column(name: str, values: ArrayLike) -> Array:
    try:
        column = np.atleast_1d(np.asarray(values, float)).copy()
    except (TypeError, ValueError):
        raise InputError(f"{name} holds something that is not a number; give numbers") from None
    if column.ndim != 1 or column.size == 0:
        raise InputError(f"{name} has the shape {column.shape}; give a list with one number a trial")
    return column


def _whole(values: Array) -> Integers:
    if not np.all(np.isfinite(values) & (values >= 0)) or np.any(values % 1 != 0):
        raise InputError("replicate holds something that is no whole number; number the replicates 0, 1, 2 …")
    return values.astype(np.int64)


def _measured_twice(made: Curve) -> tuple[int, int] | None:
    """The first pair of trials with the same (n, m, replicate), where replicates were told."""
    seen: dict[tuple[float, float, int], int] = {}
    for i, key in enumerate(zip(made.n.tolist(), made.m.tolist(), made.replicate.tolist(), strict=True)):
        if key[2] >= 0 and key in seen:
            return seen[key], i
        seen[key] = i
    return None
