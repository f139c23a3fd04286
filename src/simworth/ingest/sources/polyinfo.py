"""Tables that users made from PoLyInfo: several measurements of one polymer, in rows of their own.

PoLyInfo has no public interface and its data may not be passed on, so such a table says so wherever it goes.
"""

from __future__ import annotations

from simworth.errors import InputError
from simworth.ingest.sources.files import SMILES, CsvSource, Layout, field_name, find_column
from simworth.ingest.sources.protocol import Field
from simworth.tables.about import PRIVATE

CITATION = (
    "Otsuka et al., PoLyInfo: Polymer database for polymeric materials design, International Conference on Emerging "
    "Intelligent Data and Web Technologies (2011) 22, doi 10.1109/EIDWT.2011.13"
)
LICENCE = "PoLyInfo's terms of use: may not be passed on"
TEXTS = frozenset(
    {"pid", "polymer class", "class", "name", "polymer name", "polymer", "method", "reference", "condition"}
)


def shape(names: tuple[str, ...]) -> Layout:
    """SMILES, texts known by their names, and numbers whose units the user says.

    Raises
    ------
    InputError
        When no column holds SMILES, or nothing else stands beside it.
    """
    material = find_column(names, SMILES, "SMILES")
    fields: dict[str, Field] = {}
    columns: dict[str, str] = {}
    for column in names:
        name = field_name(column)
        if not name or column == material or name in fields:
            continue
        text = column.lower() in TEXTS or column.lower().endswith((" id", "_id", " class", "_class"))
        fields[name] = Field(name, None, "", "text" if text else "number")
        columns[name] = column
    if not fields:
        raise InputError("nothing stands beside the SMILES; give a table with a property")
    entry = next((n for n in names if n.lower() == "pid"), None)
    return Layout("polymer", material, fields, columns, entry=entry)


POLYINFO = CsvSource(
    "polyinfo",
    "your own table from PoLyInfo (CSV, give it with --file)",
    LICENCE,
    CITATION,
    shape,
    ("SMILES", "PID", "Polymer Class", "Tg"),
    "https://polymer.nims.go.jp",
    (PRIVATE,),
    private=True,
    example="Tg >= 300",
)
