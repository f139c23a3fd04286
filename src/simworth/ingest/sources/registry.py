"""Names of the databases, for the command line."""

from __future__ import annotations

from simworth.errors import InputError
from simworth.ingest.sources.aflow import Aflow
from simworth.ingest.sources.materials_project import MaterialsProject
from simworth.ingest.sources.optimade import PROVIDERS
from simworth.ingest.sources.oqmd import Oqmd
from simworth.ingest.sources.protocol import Source, near

SOURCES: tuple[Source, ...] = (
    MaterialsProject(),
    MaterialsProject("materials-project-gnome", "Materials Project, with its GNoME entries (CC BY-NC 4.0)", True),
    Aflow(),
    Oqmd(),
    *PROVIDERS,
)


def find_source(name: str) -> Source:
    """The database of a name.

    Raises
    ------
    InputError
        When there is none; near names are given.
    """
    known = {s.name: s for s in SOURCES}
    if name not in known:
        raise InputError(f"{name!r}: no such database; {near(name, list(known))}, and 'simworth get' lists them all")
    return known[name]
