"""From rows to a PropertyTable: recognise materials, leave out the unusable, merge repeats, count it all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.identity import WHAT, Kind, canonical
from simworth.tables.about import RESERVED, About, Merge, Provenance, Unreadable
from simworth.tables.merge import merge_groups
from simworth.tables.rows import Kept, Rows
from simworth.tables.table import PropertyTable, float_column, property_columns

IntArray = NDArray[np.int64]
NAMED = 5
"""How many left-out rows a note names."""


def build_table(
    rows: Rows,
    *,
    name: str,
    kind: Kind,
    provenance: Provenance,
    merge: Merge = "mean",
    unreadable: Unreadable = "error",
    left_out: dict[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> PropertyTable:
    """Make a table whose materials are all different.

    Parameters
    ----------
    rows : Rows
        What a reader found, in final units.
    name : str
        What the table is called.
    kind : Kind
        What the materials are.
    provenance : Provenance
        Where they came from.
    merge : Merge
        What becomes of several rows of one material. A stated uncertainty becomes the mean of the rows'
        (repeats are not assumed independent); a kept column keeps its value where the rows agree and is null
        otherwise.
    unreadable : Unreadable
        Stop at a material that cannot be read, or leave its row out and count it.
    left_out : dict[str, int] or None
        Rows the reader left out already, by reason.
    notes : tuple[str, ...]
        Sentences to carry on.

    Raises
    ------
    InputError
        When column names collide, a material cannot be read, an uncertainty is negative, repeats are not
        allowed or differ in their features, or no row is left.
    """
    _check_names(rows)
    _check_uncertainties(rows)
    said = list(notes)
    gone = dict(left_out or {})
    read = len(rows) + sum(gone.values())
    rows = _with_values(rows, gone)
    rows, identities = _readable(rows, kind, unreadable, gone, said)
    if not len(rows):
        reasons = ", ".join(f"{n} with {r}" for r, n in gone.items())
        raise InputError(f"{rows.where}: no row is left ({reasons}); check the settings of this table")
    group, first = _groups(identities)
    if merge == "error":
        _refuse_repeats(rows, group, identities)
    _check_features(rows, group, first)
    about = About(
        name=name, kind=kind, units=dict(rows.units), provenance=provenance, features=tuple(rows.features),
        keep=tuple(rows.keep), merge=merge, rows_read=read, merged=len(rows) - len(first),
        left_out=gone, notes=tuple(said),
    )  # fmt: skip
    return PropertyTable(about, _columns(rows, identities, group, first, merge))


def _columns(rows: Rows, identities: list[str], group: IntArray, first: IntArray, merge: Merge) -> Any:
    """The Arrow table, one row a group, in the order of first appearance."""
    columns: dict[str, Any] = {
        "material": pa.array([rows.materials[i] for i in first], pa.string()),
        "identity": pa.array([identities[i] for i in first], pa.string()),
        "row": pa.array(rows.numbers[first], pa.int64()),
    }
    for name, values in rows.values.items():
        merged = merge_groups(values, group, len(first), merge)
        columns[name] = float_column(merged.value)
        columns[f"{name}_spread"] = float_column(merged.spread)
        columns[f"{name}_count"] = pa.array(merged.count, pa.int64())
        if name in rows.uncertainties:
            known = np.where(np.isfinite(values), rows.uncertainties[name], np.nan)
            how: Merge = "first" if merge == "first" else "mean"
            columns[f"{name}_uncertainty"] = float_column(merge_groups(known, group, len(first), how).value)
    for name, values in rows.features.items():
        columns[name] = float_column(values[first])
    for name, kept in rows.keep.items():
        columns[name] = _first(kept, first) if merge == "first" else _agreed(kept, group, first)
    return pa.table(columns)


def _first(kept: Kept, first: IntArray) -> Any:
    """The value of each group's first row."""
    if isinstance(kept, np.ndarray):
        return float_column(kept[first])
    return pa.array([kept[i] for i in first], pa.string())


def _agreed(kept: Kept, group: IntArray, first: IntArray) -> Any:
    """One value a group where its rows agree, null otherwise."""
    if isinstance(kept, np.ndarray):
        same = np.ones(len(first), dtype=bool)
        differ = ~((kept == kept[first][group]) | (np.isnan(kept) & np.isnan(kept[first][group])))
        same[group[differ]] = False
        return float_column(np.where(same, kept[first], np.nan))
    found: list[str | None] = [kept[i] for i in first]
    for text, g in zip(kept, group.tolist(), strict=True):
        if text != found[g]:
            found[g] = None
    return pa.array(found, pa.string())


def _with_values(rows: Rows, gone: dict[str, int]) -> Rows:
    """Leave out rows without any property value or with a feature missing."""
    have = np.zeros(len(rows), dtype=bool)
    for values in rows.values.values():
        have |= np.isfinite(values)
    if not have.all():
        gone["no value"] = gone.get("no value", 0) + int((~have).sum())
    for name, values in rows.features.items():
        missing = have & ~np.isfinite(values)
        if missing.any():
            gone[f"no value of the feature {name!r}"] = int(missing.sum())
            have &= ~missing
    return rows if have.all() else rows.take(np.flatnonzero(have))


def _readable(
    rows: Rows, kind: Kind, policy: Unreadable, gone: dict[str, int], said: list[str]
) -> tuple[Rows, list[str]]:
    """Rows whose material can be read, and the identity of each."""
    known = {text: canonical(kind, text) for text in dict.fromkeys(rows.materials) if text is not None}
    identities = [known[text] if text is not None else None for text in rows.materials]
    bad = [i for i, identity in enumerate(identities) if identity is None]
    if bad and policy == "error":
        i = bad[0]
        others = f" ({len(bad)} such rows)" if len(bad) > 1 else ""
        seen = "no material" if rows.materials[i] is None else f"{rows.materials[i]!r} cannot be read"
        raise InputError(
            f"{rows.where}, row {rows.numbers[i]}: {seen}{others}; give {WHAT[kind]}, or leave such rows "
            "out with "
            "unreadable = 'drop'"
        )
    if bad:
        gone["unreadable material"] = len(bad)
        named = ", ".join(f"row {rows.numbers[i]} {rows.materials[i] or '(empty)'!r}" for i in bad[:NAMED])
        said.append(f"left out as unreadable: {named}{' and others' if len(bad) > NAMED else ''}")
        good = np.array([i for i, identity in enumerate(identities) if identity is not None], dtype=np.int64)
        rows = rows.take(good)
    return rows, [identity for identity in identities if identity is not None]


def _groups(identities: list[str]) -> tuple[IntArray, IntArray]:
    """Group number of each row (R,) and the first row of each group (G,)."""
    place: dict[str, int] = {}
    group = np.array([place.setdefault(identity, len(place)) for identity in identities], dtype=np.int64)
    first = np.full(len(place), len(identities), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(identities)))
    return group, first


def _refuse_repeats(rows: Rows, group: IntArray, identities: list[str]) -> None:
    repeated = [g for g, n in Counter(group.tolist()).items() if n > 1]
    if not repeated:
        return
    places = np.flatnonzero(group == repeated[0])
    numbers = " and ".join(str(rows.numbers[i]) for i in places[:NAMED])
    more = f", and {len(repeated) - 1} other materials are repeated" if len(repeated) > 1 else ""
    raise InputError(
        f"{rows.where}: rows {numbers} are the same material {identities[places[0]]!r}{more}; remove the "
        "repeats or "
        "choose merge = 'mean'"
    )


def _check_features(rows: Rows, group: IntArray, first: IntArray) -> None:
    """Rows of one material must agree in their features: otherwise they are not one material."""
    for name, values in rows.features.items():
        differ = np.flatnonzero(values != values[first][group])
        if differ.size:
            i, j = first[group[differ[0]]], differ[0]
            raise InputError(
                f"{rows.where}: rows {rows.numbers[i]} and {rows.numbers[j]} are both "
                f"{rows.materials[j]!r} but differ "
                f"in the feature {name!r}; give them different names in the material column"
            )


def _check_uncertainties(rows: Rows) -> None:
    for name, values in rows.uncertainties.items():
        negative = np.flatnonzero(values < 0)
        if negative.size:
            raise InputError(
                f"{rows.where}, row {rows.numbers[negative[0]]}: the uncertainty of {name!r} is negative; correct it"
            )


def _check_names(rows: Rows) -> None:
    """Every column of the table must have a name of its own."""
    names = Counter(RESERVED)
    for name in rows.values:
        names.update(property_columns(name))
    names.update([*rows.features, *rows.keep])
    twice = [name for name, n in names.items() if n > 1]
    if twice:
        raise InputError(
            f"{rows.where}: two columns of the table would be called {twice[0]!r} (a property P also makes "
            "P_spread, "
            "P_count and P_uncertainty); rename the property or leave the column out of 'keep' and 'features'"
        )
