"""What the tables of a study say of each other before anything is trained: ``quality.json``.

How the source's values compare with the measured ones where both are known, how far the target's materials lie from
the source's, and which materials stand in both, in whatever form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simworth.documents import Document, finite, seal
from simworth.seeds import stream
from simworth.sweep.inputs import Inputs
from simworth.sweep.leakage import barred_kinds, near_sentence
from simworth.sweep.spec import SweepSpec
from simworth.tables import NEARNESS, SAME, Nearby, PropertyTable, nearby
from simworth.tables.quality import ASKED, FEWEST, REFERENCE, SCHEMA, Agreement, Coverage, agreement, coverage

Float32 = NDArray[np.float32]
Entry = dict[str, Any]
NAMED = 10
"""Outliers, near relatives and far materials that are named."""


def quality_document(inputs: Inputs, features: Mapping[str, Float32]) -> Document:
    """Every target of a study against every source; ``features`` by file name, as `Inputs.features` makes them."""
    spec = inputs.spec
    pairs = []
    for t, target in enumerate(inputs.targets):
        for s, source in enumerate(inputs.sources):
            wanted = spec.target[t], spec.source[s]
            compared = agreement(source, target, wanted[1].property, wanted[0].property, proxy=wanted[1].proxy)
            covered = _coverage(inputs.related[t, s], features[f"source-{s}"], features[f"target-{t}"], spec.seed)
            pairs.append(_pair(wanted[0].label, wanted[1].label, compared, covered, inputs.related[t, s], spec.sweep))
    body = {"study": spec.digest(), "overlap": spec.sweep.overlap, "near": spec.sweep.near, "pairs": pairs}
    return seal(SCHEMA, inputs.digests(), body)


def compare_tables(
    source: PropertyTable,
    target: PropertyTable,
    source_property: str | None = None,
    target_property: str | None = None,
    *,
    proxy: bool = False,
    describe: bool = True,
) -> Document:
    """One source against one target, without a study; a document of the same kind.

    Parameters
    ----------
    source, target : PropertyTable
        Of the same kind.
    source_property, target_property : str or None
        The first one by default.
    proxy : bool
        The source's property is another one.
    describe : bool
        Describe up to 5,000 materials, so that domain coverage can be told.

    Raises
    ------
    InputError
        When kinds or units do not fit.
    """
    chosen = source_property or source.properties[0], target_property or target.properties[0]
    compared = agreement(source, target, *chosen, proxy=proxy)
    found = nearby(source, target)
    covered = _sampled_coverage(found) if describe else None
    pair = _pair(target.name, source.name, compared, covered, found, SweepSpec())
    return seal(SCHEMA, {"source": source.digest, "target": target.digest}, {"pairs": [pair]})


def _sampled_coverage(found: Nearby) -> Coverage | None:
    """Coverage with only those materials described that are looked at; None where the tables' features differ."""
    from simworth.features.table import table_features, undescribed

    if found.source.about.features != found.target.about.features:
        return None
    places, parts = [], []
    for table, most in ((found.source, REFERENCE), (found.target, ASKED)):
        some = stream("quality-sample", table.digest).permutation(len(table))[:most]
        gone = undescribed(table.take(some))
        some = some[[i not in gone for i in range(len(some))]]
        places.append(some)
        parts.append(table.take(some))
    if not all(map(len, parts)):
        return None
    source, target = table_features(parts)
    at = [{int(p): i for i, p in enumerate(some)} for some in places]
    both = zip(found.source_places.tolist(), found.target_places.tolist(), strict=True)
    identical = np.array([(at[0][s], at[1][t]) for s, t in both if s in at[0] and t in at[1]], dtype=np.int64)
    covered = coverage(source, target, identical.reshape(-1, 2), subjects=parts[0].subjects)
    return None if covered is None else replace(covered, places=places[1][covered.places])


def quality_lines(document: Document) -> list[str]:
    """The document's sentences, in its order."""
    return [line for pair in document["pairs"] for line in pair["sentences"]]


def _coverage(found: Nearby, source: Float32, target: Float32, seed: int) -> Coverage | None:
    identical = np.stack([found.source_places, found.target_places], axis=1)
    return coverage(source, target, identical, subjects=found.source.subjects, seed=seed)


def _pair(
    target: str, source: str, compared: Agreement, covered: Coverage | None, found: Nearby, sweep: SweepSpec
) -> Entry:
    sentences = [_agreement_sentence(source, target, compared, found)]
    if covered is not None:
        sentences.append(_coverage_sentence(source, target, covered))
    near = found.only([k for k in NEARNESS if k not in SAME])
    if sweep.near != "allow":
        sentences.append(near_sentence(near))
    return {
        "target": target,
        "source": source,
        "agreement": _agreement_entry(compared, found),
        "coverage": None if covered is None else _coverage_entry(covered, found.target),
        "overlap": {
            "materials": len(found.target),
            "touched": len(np.unique(found.target_places)),
            "counts": dict(found.counts()),
            "near_touched": len(np.unique(near.target_places)),
            "kept_apart": list(barred_kinds(sweep)),
            "near": [row for row, _ in zip(near.rows(), range(NAMED), strict=False)],
        },
        "sentences": sentences,
    }


def _agreement_entry(a: Agreement, found: Nearby) -> Entry:
    def number(value: float | None) -> float | None:
        return None if value is None else finite(value)

    return {
        "materials": len(a),
        "unit": a.unit,
        "bias": number(a.bias),
        "mae": number(a.mae),
        "rmse": number(a.rmse),
        "pearson": number(a.pearson),
        "spearman": number(a.spearman),
        "line": None if a.slope is None else {"slope": a.slope, "offset": a.offset, "scatter": a.scatter},
        "outlying": len(a.outliers),
        "outliers": [_outlier(a, int(k), found) for k in a.outliers[:NAMED]],
    }


def _outlier(a: Agreement, k: int, found: Nearby) -> Entry:
    s, t = int(a.source_places[k]), int(a.target_places[k])
    return {
        "material": found.target.materials[t],
        "target_row": found.target.data.column("row")[t].as_py(),
        "source_row": found.source.data.column("row")[s].as_py(),
        "source": float(a.source[k]),
        "target": float(a.target[k]),
    }


def _coverage_entry(c: Coverage, target: PropertyTable) -> Entry:
    quantiles = {"median": 0.5, "q90": 0.9, "q95": 0.95}
    far = np.argsort(-c.distances, kind="stable")[:NAMED]
    return {
        "asked": len(c.distances),
        "reference": c.reference,
        "target": {name: float(np.quantile(c.distances, q)) for name, q in quantiles.items()},
        "source": {name: float(np.quantile(c.own, q)) for name, q in quantiles.items()},
        "usual": c.usual,
        "outside": c.outside,
        "ratio": c.ratio,
        "farthest": [{"material": target.materials[int(c.places[k])], "distance": float(c.distances[k])} for k in far],
    }


def _agreement_sentence(source: str, target: str, a: Agreement, found: Nearby) -> str:
    if len(a) < FEWEST:
        what = "no material has" if not len(a) else f"only {len(a)} materials have"
        return f"{what} a value in both {source} and {target}, too few to compare them"
    parts = []
    if a.bias is not None and a.mae is not None:
        side = "above" if a.bias > 0 else "below"
        parts.append(
            f"{source} lies {abs(a.bias):.3g}{_unit(a.unit)} {side} {target} on average, MAE {a.mae:.3g}{_unit(a.unit)}"
        )
    if a.pearson is not None and a.slope is not None:
        parts.append(f"correlation {a.pearson:.3f}")
        parts.append(f"the best line has slope {a.slope:.3g} and leaves {a.scatter:.3g}{_unit(a.unit)}")
    outliers = _names([found.target.materials[int(a.target_places[k])] for k in a.outliers[:3]], len(a.outliers))
    if outliers:
        parts.append(f"far from it: {outliers}")
    said = "; ".join(parts) or "one side is constant"
    return f"of {len(a)} materials with a value in both: {said}"


def _names(first: Sequence[str], total: int) -> str:
    more = f" and {total - len(first)} more" if total > len(first) else ""
    return ", ".join(map(repr, first)) + more


def _unit(unit: str) -> str:
    return f" {unit}" if unit not in ("", "1") else ""


def _coverage_sentence(source: str, target: str, c: Coverage) -> str:
    times = "" if c.ratio is None else f"; in the middle {c.ratio:.2g} times as far away as {source}'s own are"
    return (
        f"{100 * c.outside:.0f} % of the materials of {target} lie farther from {source} than 95 % of its own "
        f"materials lie from each other, where 5 % would be like the source's own{times}"
    )
