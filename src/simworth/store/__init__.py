"""Layer 4: a folder of property tables of any size, each version whole and sorted by a hash of its materials."""

from __future__ import annotations

from simworth.store.beside import join
from simworth.store.build import build_stored, store_rows, store_table
from simworth.store.card import Card, Column, Part, Recipe
from simworth.store.combine import union
from simworth.store.describe import Description, Histogram, Summary, describe
from simworth.store.difference import Change, Difference, difference
from simworth.store.lookup import find, overlap_stored
from simworth.store.picture import svg_picture, text_picture
from simworth.store.place import Catalogue, catalogue, default_store, stores
from simworth.store.sample import sample_places, sample_stored
from simworth.store.stored import Stored, open_stored

__all__ = [
    "Card",
    "Catalogue",
    "Change",
    "Column",
    "Description",
    "Difference",
    "Histogram",
    "Part",
    "Recipe",
    "Stored",
    "Summary",
    "build_stored",
    "catalogue",
    "default_store",
    "describe",
    "difference",
    "find",
    "join",
    "open_stored",
    "overlap_stored",
    "sample_places",
    "sample_stored",
    "store_rows",
    "store_table",
    "stores",
    "svg_picture",
    "text_picture",
    "union",
]
