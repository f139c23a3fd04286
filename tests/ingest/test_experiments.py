"""Experimental compilations in the installed package `chemicals`: known values, exclusions, disagreement."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from simworth.errors import InputError
from simworth.identity import canonical
from simworth.ingest.experiments import citations, experiment_names, read_experiment
from simworth.tables import PropertyTable

pytest.importorskip("rdkit")
if importlib.util.find_spec("chemicals") is None:
    pytest.skip("the package chemicals is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def tables() -> dict[str, PropertyTable]:
    return {name: read_experiment(name) for name in experiment_names()}


KNOWN = [  # CCCBDB; ATcT 1.112; CRC Handbook, 95th edition
    ("dipole_moment", "O=C", 2.33, 1e-9),
    ("dipole_moment", "CCO", 1.44, 1e-9),
    ("dipole_moment", "ClC(Cl)(Cl)Cl", 0.0, 0.0),
    ("enthalpy_of_formation", "CC(C)O", -272.8, 1e-9),
    ("enthalpy_of_formation", "CC(C)(C)O", -312.6, 0.2),
    ("enthalpy_of_formation", "Cc1ccccn1", 99.2, 1e-9),  # the WebBook column says 11.8
    ("refractive_index", "CCO", 1.3611, 1e-9),
    ("refractive_index", "c1ccccc1", 1.5011, 1e-9),
]


@pytest.mark.parametrize(("name", "smiles", "value", "tolerance"), KNOWN)
def test_known_values(tables: dict[str, PropertyTable], name: str, smiles: str, value: float, tolerance: float) -> None:
    identity = canonical("molecule", smiles)
    assert identity is not None
    found = tables[name].values(name)[tables[name].identities.index(identity)]
    assert found == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(
    ("name", "unit", "least", "low", "high"),
    [
        ("dipole_moment", "debye", 450, 0, 8),
        ("enthalpy_of_formation", "kJ/mol", 2000, -6000, 3000),
        ("refractive_index", "1", 3000, 1.1, 1.95),
    ],
)
def test_shape_of_the_tables(
    tables: dict[str, PropertyTable], name: str, unit: str, least: int, low: float, high: float
) -> None:
    table = tables[name]
    assert table.kind == "molecule"
    assert table.unit(name) == unit
    assert len(table) >= least
    assert np.all((table.values(name) >= low) & (table.values(name) <= high))
    assert not any("." in s or "*" in s for s in table.identities)
    total = len(table) + table.about.merged + sum(table.about.left_out.values())
    assert table.about.rows_read == total
    assert table.provenance.citation.count(": ") >= len(citations(name))


def test_disagreement_between_compilations_is_kept(tables: dict[str, PropertyTable]) -> None:
    table = tables["enthalpy_of_formation"]
    counts, spread = table.counts("enthalpy_of_formation"), table.spread("enthalpy_of_formation")
    assert counts.max() == 3
    assert np.isfinite(spread).sum() == (counts > 1).sum() > 700
    uncertainty = table.uncertainty("enthalpy_of_formation")
    assert uncertainty is not None
    stated = np.isfinite(uncertainty)
    compilation = np.array(table.data.column("compilation").to_pylist())
    assert set(compilation[stated]) == {"ATcT"}
    assert set(compilation) == {"ATcT", "CRC", "WebBook"}


def test_the_same_every_time(tables: dict[str, PropertyTable]) -> None:
    assert read_experiment("dipole_moment").digest == tables["dipole_moment"].digest


def test_unknown_names() -> None:
    with pytest.raises(
        InputError, match="'chemicals:viscosity': no such experimental property; there are 'chemicals:di"
    ):
        read_experiment("viscosity")
    with pytest.raises(InputError, match="no such experimental property"):
        citations("viscosity")


def test_nothing_estimated_is_cited() -> None:
    text = " ".join(c for name in experiment_names() for c in citations(name))
    assert not any(word in text for word in ("Joback", "Psi4", "psi4", "Yaws", "Albahri"))
