"""What a model is, how well it did, and where it comes from; also as a page to be read."""

from __future__ import annotations

from typing import Annotated

import msgspec

from simworth.identity import Descriptor, Kind
from simworth.inference.words import say_error, say_percent
from simworth.learners.settings import BlendSpec, NetworkSpec
from simworth.tables.about import PRIVATE

SCHEMA = "simworth-model/2"
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e300)]
Error = Annotated[float, msgspec.Meta(ge=0, le=1e300)]


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table that the model learned from."""

    label: str
    """What the study calls it."""
    name: str
    property: str
    materials: Count
    digest: str
    licence: str
    citation: str
    private: bool = False
    """Its values may not be passed on, and ``known.parquet`` lists some."""


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How errors of held-out experiments were turned into intervals; the errors stand in ``model.safetensors``."""

    materials: Count
    shared: Positive | None
    """Of `simworth.learners.spread.Spread`, as the next two; null where the spread is not read."""
    weight: Positive | None
    usual: Positive | None


class Covered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How intervals fared on replicates that calibration did not see; see `simworth.learners.coverage`."""

    level: Share
    asked: Count
    covered: Share
    width: Error


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Beyond which a candidate lies outside what the model knows; null where too few experiments tell."""

    farthest: Error | None
    """Distance from what was learned from, in usual distances."""
    widest: Error | None
    """Standard deviation of the networks, shrunk towards the usual one, in the property's unit."""
    networks: Count
    """How many networks a held-out experiment was usually predicted by."""


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the experiments have, of materials whose atoms are counted."""

    fewest: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    """Heavy atoms."""
    charged: bool
    """Whether some experiment is."""
    mixed: bool
    """Whether some experiment has several parts that no bond joins."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member of the blend, over all replicates."""

    name: str
    weight: Share
    error: Error
    """Mean absolute error on experiments learned from that the member had not seen, in ``unit``."""


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The card of a model; a document of the schema `SCHEMA`."""

    study: str
    property: str
    unit: str
    kind: Kind
    descriptor: Descriptor
    features: tuple[str, ...]
    """Names of given features; empty where features are made from the material."""
    width: Count
    """Number of features."""
    counts: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    """Number of counts beside them; 0 where the learner reads none."""
    target: Origin
    source: Origin
    n: Count
    m: Count
    replicates: Count
    """Pretrained models, each with a split of its own."""
    tunings: Count
    """Of each."""
    learner: BlendSpec | NetworkSpec
    members: tuple[Part, ...]
    """Of a blend."""
    elements: tuple[str, ...]
    """That some material it learned from has."""
    sample: Annotated[int, msgspec.Meta(ge=0, le=20_000)]
    """Source materials in ``known.parquet``."""
    calibration: Calibration
    coverage: Covered | None
    limits: Limits
    range: Range | None
    """Null for compositions and for materials that are given by features."""
    error: Error
    """Mean absolute error on held-out experiments, in ``unit``."""
    difference: Error | None
    """Largest difference of held-out predictions from the study's trials; 0 where they are the same numbers."""
    gain: str
    verdict: str
    versions: dict[str, str]
    asked: str
    """Digest of everything it follows from: the same request is not computed twice."""
    tensors: str = ""
    """Digest of ``model.safetensors``."""
    known: str = ""
    """Digest of ``known.parquet``."""


def networks_each(card: Card) -> int:
    """Adapted networks a replicate, of a model of networks."""
    return card.tunings * card.learner.members


def card_sentence(card: Card) -> str:
    """A card in a line."""
    unit = "" if card.unit == "1" else f" in {card.unit}"
    what = "networks" if isinstance(card.learner, NetworkSpec) else "blends"
    return (
        f"{card.property}{unit} of materials of kind {card.kind}: {card.replicates} {what} pretrained on "
        f"{card.n:,} materials of {card.source.label}, adapted to {card.m:,} experiments; error "
        f"{say_error(card.error, card.unit)} on held-out ones"
    )


def readme(card: Card) -> str:
    """The card, to be read."""
    given = ", ".join(card.features) or "made from the material by simworth"
    described = given + (f", descriptor {card.descriptor}" if card.descriptor != "usual" else "")
    rows = [
        ("predicts", f"{card.property} in {card.unit}"),
        ("materials", f"{card.kind}; features: {described} ({card.width})"),
        *_learner(card),
        ("learned from", f"{card.n:,} source materials and {card.m:,} experiments a replicate"),
        ("error", f"{say_error(card.error, card.unit)} (mean absolute, held-out experiments)"),
        ("intervals", _coverage(card)),
        ("elements it has met", ", ".join(card.elements) or "not told by this kind of material"),
        *_origin("experiments", card.target),
        *_origin("source", card.source),
        ("made with", ", ".join(f"{k} {v}" for k, v in card.versions.items() if v != "not installed")),
    ]
    same = card.difference == 0
    measured = "what the study measured: held-out predictions are those of its trials, bit for bit"
    again = "what the study measured, learned again where numbers are rounded otherwise"
    lines = [
        f"# {_line(card.property)} from {_line(card.source.label)}",
        "",
        f"{_line(card_sentence(card))}.",
        f"{_line(card.gain)} {_line(card.verdict)}".strip(),
        "",
        "| | |",
        "|---|---|",
        *(f"| {key} | {_line(text)} |" for key, text in rows),
        "",
        f"The model is {measured if same else again}.",
        "",
        "Use: `simworth predict FOLDER candidates.csv -o predictions.csv`. A candidate that lies outside what the",
        "model knows is flagged with the reason; do not trust its interval. Intervals hold for materials like the",
        "experiments.",
        "",
        "Files: `model.safetensors` holds numbers alone, `card.json` what they are, `known.parquet` the experiments",
        "the model learned from and a sample of the source's materials. Loading them runs nothing.",
        "Look at the licences above before you pass the folder on.",
        "",
    ]
    return "\n".join(lines)


def _learner(card: Card) -> list[tuple[str, str]]:
    learner = card.learner
    layers = f"hidden layers {'-'.join(map(str, learner.hidden))}"
    if isinstance(learner, NetworkSpec):
        adaptation = ("adaptation", learner.adaptation)
        return [("networks", f"{card.replicates} × {networks_each(card)}, {layers}"), adaptation]
    sources = [name for name in learner.sources if name != "elements" or card.kind == "composition"]
    rows = [("blends", f"{card.replicates} × {card.tunings}"), ("source models", ", ".join(sources))]
    if "network" in learner.sources:
        rows.append(("networks", f"{learner.members} a replicate, {layers}"))
    return [*rows, *_members(card)]


def _members(card: Card) -> list[tuple[str, str]]:
    """Members of a blend by weight, and the best of those that learn from experiments alone."""
    ranked = sorted((part for part in card.members if part.weight > 0), key=lambda part: -part.weight)
    direct = [part for part in card.members if part.name.startswith("direct ")]
    rows = [("members, by weight", ", ".join(f"{part.name} {say_percent(part.weight)}" for part in ranked))]
    if direct:
        best = min(direct, key=lambda part: part.error)
        what = f"{best.name.removeprefix('direct ')}, {say_error(best.error, card.unit)} on experiments not seen"
        rows.append(("best without the source", what))
    return rows


def _coverage(card: Card) -> str:
    found = card.coverage
    if found is None:
        return "too few replicates or experiments to measure their coverage"
    return (
        f"{say_percent(found.level)} intervals held {say_percent(found.covered)} of {found.asked:,} held-out "
        f"measurements; median width {say_error(found.width, card.unit)}"
    )


def _origin(role: str, table: Origin) -> list[tuple[str, str]]:
    return [
        (f"{role}: table", f"{table.name}, {table.materials:,} materials, {table.property}, digest {table.digest}"),
        (f"{role}: licence", table.licence or "not stated"),
        (f"{role}: citation", table.citation or "not stated"),
        *([(f"{role}: values", PRIVATE)] if table.private else []),
    ]


def _line(text: str) -> str:
    """Text that cannot end a line or a cell of a table, nor become markup."""
    flat = " ".join(text.split()).replace("\\", "\\\\")
    for mark in "|<>`[]":
        flat = flat.replace(mark, f"\\{mark}")
    return flat
