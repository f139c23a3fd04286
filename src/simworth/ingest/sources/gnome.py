"""GNoME's summary of stable crystals, ``stable_materials_summary.csv``."""

from __future__ import annotations

from simworth.errors import InputError
from simworth.ingest.sources.files import CsvSource, Layout, field_name, find_column
from simworth.ingest.sources.protocol import Field

CITATION = (
    "Merchant et al., Scaling deep learning for materials discovery, Nature 624, 80 (2023), "
    "doi 10.1038/s41586-023-06735-9"
)
KNOWN = {
    "Formation Energy Per Atom": ("eV/atom", "formation energy from the elements"),
    "Decomposition Energy Per Atom": ("eV/atom", "energy above the hull of the Materials Project"),
    "Decomposition Energy Per Atom All": ("eV/atom", "energy above the hull of all entries"),
    "Decomposition Energy Per Atom Relative": ("eV/atom", "energy above the hull of all entries but this one"),
    "Decomposition Energy Per Atom MP": ("eV/atom", "energy above the hull of the Materials Project's entries"),
    "Decomposition Energy Per Atom MP OQMD": ("eV/atom", "energy above the hull of Materials Project and OQMD"),
    "Bandgap": ("eV", "band gap, where it was computed"),
    "Corrected Energy": ("eV", "corrected total energy of the cell"),
    "Uncorrected Energy": ("eV", "total energy of the cell"),
    "Volume": ("angstrom^3", "volume of the cell"),
    "Density": ("g/cm^3", "mass density"),
    "NSites": ("1", "atoms in the cell"),
}
TEXTS = {
    "MaterialId": "the database's name of the entry", "Reduced Formula": "reduced formula",
    "Elements": "elements", "Composition": "composition", "Space Group": "space group",
    "Space Group Number": "number of the space group", "Point Group": "point group",
    "Crystal System": "crystal system", "Is Train": "whether a model was trained on it",
    "Dimensionality Cheon": "dimensionality after Cheon et al. 2017",
}  # fmt: skip
PREDICTED = ("Dimensionality Cheon",)


def shape(names: tuple[str, ...]) -> Layout:
    """Columns by their names.

    Raises
    ------
    InputError
        When it is another file.
    """
    material = find_column(names, ("Reduced Formula", "Composition"), "formulas")
    known = {n: field_name(n).lower() for n in names if n in KNOWN or n in TEXTS}
    if not any(n in KNOWN for n in names):
        raise InputError("this is not GNoME's summary: it has no 'Formation Energy Per Atom'; give that file")
    fields = {}
    for column, name in known.items():
        if column in KNOWN:
            fields[name] = Field(name, *KNOWN[column])
        else:
            fields[name] = Field(name, None, TEXTS[column], "text", column in PREDICTED)
    entry = "MaterialId" if "MaterialId" in names else None
    return Layout("composition", material, fields, {v: k for k, v in known.items()}, entry=entry)


GNOME = CsvSource(
    "gnome",
    "GNoME's stable crystals (stable_materials_summary.csv, give it with --file)",
    "CC BY-NC 4.0",
    CITATION,
    shape,
    (*KNOWN, *TEXTS),
    "https://github.com/google-deepmind/materials_discovery",
    example="bandgap >= 1",
)
