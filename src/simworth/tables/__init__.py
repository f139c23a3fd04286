"""Layer 4: property tables, their reading, overlap between them, and experimental splits."""

from __future__ import annotations

from simworth.tables.about import About, Merge, Provenance, Unreadable
from simworth.tables.build import build_table
from simworth.tables.checks import check_property
from simworth.tables.groups import FAMILIES, group_labels, groups_sentence
from simworth.tables.nearness import MEANING, NEARNESS, SAME, Nearby, Nearness, nearby, nearby_within, overlapping
from simworth.tables.overlap import NearPolicy, Overlap, Policy, check_overlap, overlap, usable_source
from simworth.tables.reading import PropertyColumn, read_table
from simworth.tables.rows import Rows
from simworth.tables.spec import TableSpec, read_spec, select
from simworth.tables.splits import Split, split, splits
from simworth.tables.table import PropertyTable

__all__ = [
    "FAMILIES",
    "MEANING",
    "NEARNESS",
    "SAME",
    "About",
    "Merge",
    "NearPolicy",
    "Nearby",
    "Nearness",
    "Overlap",
    "Policy",
    "PropertyColumn",
    "PropertyTable",
    "Provenance",
    "Rows",
    "Split",
    "TableSpec",
    "Unreadable",
    "build_table",
    "check_overlap",
    "check_property",
    "group_labels",
    "groups_sentence",
    "nearby",
    "nearby_within",
    "overlap",
    "overlapping",
    "read_spec",
    "read_table",
    "select",
    "split",
    "splits",
    "usable_source",
]
