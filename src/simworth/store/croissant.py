"""Croissant 1.0 metadata, so that other programs find what a stored table holds (https://docs.mlcommons.org/croissant)."""

from __future__ import annotations

import json
from typing import Any

from simworth.store.card import Card, Column

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes."""

MATERIAL = "first spelling of the material in what was read"
IDENTITY = "canonical identity: equal for two rows of the same material"


def croissant_text(card: Card) -> str:
    """The metadata of a stored table as JSON-LD."""
    return json.dumps(croissant(card), indent=1, ensure_ascii=False) + "\n"


def croissant(card: Card) -> dict[str, Any]:
    """The metadata of a stored table."""
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": card.name,
        "description": _description(card),
        "version": f"0.0.0+{card.version}",
        "datePublished": card.stored[:10],
        "distribution": [_file(card, i) for i in range(len(card.parts))],
        "recordSet": [_records(card, i) for i in range(len(card.parts))],
    }
    for key, value in (("license", card.licence), ("citeAs", card.citation), ("isBasedOn", card.source)):
        if value:
            found[key] = value
    return found


def _description(card: Card) -> str:
    what = ", ".join(f"{name} in {unit}" for name, unit in card.units.items())
    return " ".join((f"{card.rows} materials of kind {card.kind}: {what}.", *card.notes))


def _file(card: Card, i: int) -> dict[str, Any]:
    part = card.parts[i]
    return {
        "@type": "cr:FileObject",
        "@id": part.file,
        "name": part.file,
        "contentUrl": part.file,
        "contentSize": f"{part.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": part.sha256,
    }


def _records(card: Card, i: int) -> dict[str, Any]:
    """One record set a file: rows lie side by side in files of the same columns."""
    name = "materials" if len(card.parts) == 1 else f"materials-{i:05}"
    fields = [_field(name, card.parts[i].file, *text) for text in (("material", MATERIAL), ("identity", IDENTITY))]
    fields += [_field(name, card.parts[i].file, c.name, _meaning(c), c.type == "number") for c in card.columns]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}


def _meaning(column: Column) -> str:
    words = [column.meaning, f"unit: {column.unit}" if column.unit else "", "predicted" if column.predicted else ""]
    return "; ".join(w for w in words if w) or column.name


def _field(records: str, file: str, name: str, meaning: str, number: bool = False) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "description": meaning,
        "dataType": "sc:Float" if number else "sc:Text",
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }
