"""The composition statistics against matminer: its values kept here, and matminer itself where it is installed."""

from __future__ import annotations

import csv
import math
import warnings
from importlib.resources import files

import numpy as np
import pytest

from simworth.features.composition import composition_names, magpie_statistics
from simworth.features.element_table import magpie_table

COLUMNS = (
    *("Number_mean", "Electronegativity_min", "MeltingT_max"),
    *("CovalentRadius_range", "GSvolume_pa_avg_dev", "SpaceGroupNumber_mode"),
)

# Made with matminer 0.10.1, for each formula and each of its columns such as "MagpieData mean Number":
#   preset = ElementProperty.from_preset("magpie")
#   dict(zip(preset.feature_labels(), preset.featurize(Composition(formula))))
MATMINER = {
    "Fe2O3": (15.2, 1.83, 1811.0, 66.0, 0.78, 12.0),
    "NaCl": (14.0, 0.93, 370.87, 64.0, 2.372916666650001, 64.0),
    "He": (2.0, 1.7151020408163267, 1296.471485148515, 0.0, 0.0, 225.0),
    "RnF2": (34.666666666666664, 1.7151020408163267, 202.0, 93.0, 12.899444444444446, 15.0),
    "FrAt": (86.0, 0.7, 1296.471485148515, 110.0, 0.0, 182.5157894736842),
    "BkO2": (37.666666666666664, 1.3, 1323.0, 85.98958333333334, 3.9888888888888876, 12.0),
    "Cf": (98.0, 1.3, 1173.0, 0.0, 0.0, 194.0),
    "LrCn2": (109.0, 1.7151020408163267, 1900.0, 0.0, 0.0, 182.5157894736842),
    "LiNi0.8Co0.1Mn0.1O2": (11.65, 0.98, 1768.0, 73.0, 2.6550926724012496, 12.0),
    "Fe333333Ni333334": (27.00000149999925, 1.83, 1811.0, 8.0, 0.2049999999995388, 225.0),
    "CrMnFeCoNi": (26.0, 1.55, 2180.0, 15.0, 0.2923862068960002, 194.0),
    "D2O": (3.3333333333333335, 2.2, 54.8, 35.0, 1.1066666666666667, 194.0),
}


def test_the_values_that_matminer_gave() -> None:
    places = [composition_names().index(name) for name in COLUMNS]
    np.testing.assert_allclose(magpie_statistics(list(MATMINER))[:, places], list(MATMINER.values()), atol=1e-9, rtol=0)


def random_formulas(number: int) -> list[str]:
    """One to eight elements, whole and decimal amounts, many ties."""
    random, symbols = np.random.default_rng(3), magpie_table().symbols
    out = []
    for i in range(number):
        chosen = random.choice(len(symbols), random.integers(1, 9), replace=False)
        amounts = random.integers(1, 4, len(chosen)) * (0.25 if i % 3 == 0 else 1)
        out.append("".join(f"{symbols[e]}{n:g}" for e, n in zip(chosen, amounts, strict=True)))
    return out


def matminer_preset(impute: bool) -> object:
    composition = pytest.importorskip("matminer.featurizers.composition")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return composition.ElementProperty.from_preset("magpie", impute_nan=impute)


@pytest.mark.filterwarnings("ignore")
def test_every_column_of_many_formulas_equals_matminer() -> None:
    preset = matminer_preset(impute=True)
    from pymatgen.core import Composition

    formulas = [*magpie_table().symbols, *MATMINER, *random_formulas(200)]
    theirs = np.array([preset.featurize(Composition(f)) for f in formulas])  # type: ignore[attr-defined]
    np.testing.assert_allclose(magpie_statistics(formulas), theirs, atol=1e-9, rtol=0)
    labels = [label.split() for label in preset.feature_labels()]  # type: ignore[attr-defined]
    short = {"minimum": "min", "maximum": "max"}
    assert [f"{p}_{short.get(s, s)}" for _, s, p in labels] == list(composition_names()[: len(labels)])


@pytest.mark.filterwarnings("ignore")
def test_the_table_that_is_carried_is_matminers() -> None:
    known = matminer_preset(impute=False).data_source.all_elemental_props  # type: ignore[attr-defined]
    text = files("simworth.features").joinpath("magpie.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        for name, cell in row.items():
            if name != "element":
                value = known[name][row["element"]]
                assert (cell == "") == math.isnan(value)
                assert cell == "" or float(cell) == value
