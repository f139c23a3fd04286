"""What the page's live drawings are made from: every point with its name, in plain values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simworth.errors import InputError
from simworth.report.folder import RunFolder
from simworth.report.language import Both, same
from simworth.report.lawplot import LawPicture, law_picture
from simworth.report.parity import parities
from simworth.report.summary import control_of
from simworth.report.svg import COLOURS
from simworth.report.wording import Entry, say_learner
from simworth.seeds import stream
from simworth.tables import PropertyTable
from simworth.tables.quality import agreement

Plain = dict[str, Any]

MOST_POINTS = 3000
"""Points of a drawing; of more, this many are drawn by lot, and the page says so."""

LARGEST_SOURCE = 300_000
"""Materials of a source above which it is not read again to be drawn."""


def curve_data(run: RunFolder, entry: Entry) -> Plain:
    """One curve: points, replicates, the law's band, direct learning, control, backtest."""
    picture = law_picture(entry, control_of(entry, run.law["curves"]), run.trials, run.metric, run.level)
    kept = _some(len(picture.n), "replicates", str(entry["arm"]))
    return {
        **{k: entry[k] for k in ("arm", "m", "learner", "unit", "points")},
        "direct": [{**d, "name": say_learner(d["learner"]).pair()} for d in entry["direct"]],
        "database": _database(picture),
        "verdict": entry["verdict"]["code"],
        "control": [] if picture.control is None else picture.control["points"],
        "replicates": {"n": _plain(picture.n[kept]), "error": _plain(picture.error[kept]), "all": len(picture.n)},
        "band": _band(picture),
        "limit": picture.limit,
        "backtest": entry["backtest"]["predicted"] if entry["backtest"] else [],
    }


def _database(picture: LawPicture) -> Plain | None:
    """The database's own curve; its law, if any, stands on the grid of the band."""
    own = picture.database
    return None if own is None else {"points": own.points, "x": _plain(own.x), "median": _plain(own.median)}


def _band(picture: LawPicture) -> Plain:
    return {k: _plain(getattr(picture, k)) for k in ("x", "median", "low", "high")}


def parity_data(run: RunFolder, entry: Entry) -> list[Plain]:
    """Predictions of held-out materials, with their names: the best direct learning, then transfer."""
    truth, names = run.truths.get(entry["target"]), run.names.get(entry["target"], ())
    if truth is None:
        return []
    out = []
    for panel in parities(run.trials, entry, np.asarray(truth, float)):
        kept = _some(len(panel.rows), "parity", str(entry["target"]))
        out.append(
            {
                "title": _pair(panel.title),
                "role": next((role for role, colour in COLOURS.items() if colour == panel.colour), "other"),
                "names": [names[i] for i in panel.rows[kept]],
                "measured": _plain(panel.measured[kept]),
                "predicted": _plain(panel.predicted[kept]),
                "all": len(panel.rows),
            }
        )
    return out


def agreement_data(run: RunFolder, target: str) -> list[Plain]:
    """Computed and measured values of the materials in both tables, a source each; where the tables were kept."""
    targets, sources = run.study.get("target", ()), run.study.get("source", ())
    at = [i for i, t in enumerate(targets) if str(t.get("name") or t["property"]) == target]
    measured = _kept(run, "target", at[0]) if at else None
    if measured is None:
        return []
    out = []
    for i, source in enumerate(sources):
        computed = _kept(run, "source", i)
        if computed is None:
            continue
        wanted = source["property"], targets[at[0]]["property"]
        try:
            found = agreement(computed, measured, *wanted, proxy=bool(source.get("proxy")))
        except InputError:  # tables that were kept as they are, but do not compare
            continue
        kept = _some(len(found), "agreement", target)
        names = [measured.materials[int(k)] for k in found.target_places[kept]]
        if names:
            out.append(
                {
                    "title": same(str(source.get("name") or source["property"])).pair(),
                    "names": names,
                    "computed": _plain(found.source[kept]),
                    "measured": _plain(found.target[kept]),
                    "unit": found.unit,
                    "all": len(found),
                }
            )
    return out


def _kept(run: RunFolder, role: str, place: int) -> PropertyTable | None:
    path = None if run.path is None else run.path / "inputs" / f"{role}-{place}.parquet"
    if path is None or not path.exists() or pq.ParquetFile(path).metadata.num_rows > LARGEST_SOURCE:
        return None
    return PropertyTable.from_parquet(path)


def _some(count: int, *what: str) -> NDArray[np.int64]:
    """Places of the points that are drawn, in their order."""
    if count <= MOST_POINTS:
        return np.arange(count)
    return np.sort(stream("drawn", *what, count).permutation(count)[:MOST_POINTS])


def _pair(text: str | Both) -> dict[str, str]:
    return text.pair() if isinstance(text, Both) else same(text).pair()


def _plain(values: NDArray[np.float64]) -> list[float]:
    """Numbers of six digits, which is more than a drawing can show."""
    return [float(f"{v:.6g}") for v in values]
