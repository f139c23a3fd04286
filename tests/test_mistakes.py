from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simworth.errors import StudyError
from simworth.sweep.spec import study_from

TABLE = {"table": "a.csv", "property": "p"}
GOOD: dict[str, Any] = {"name": "x", "target": [TABLE], "source": [TABLE]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": 3}, "'name' is a whole number; it must be text"),
        ({"target": {}}, "'target' is a table of keys; it must be a list"),
        ({"target": [3]}, "[[target]] number 1 is a whole number; it must be a table of keys"),
        ({"target": [TABLE, {"table": "a"}]}, "[[target]] number 2 lacks 'property'; add it"),
        ({"target": [TABLE | {"unt": "eV"}]}, "[[target]] number 1 has an unknown key 'unt'; did you mean 'unit'?"),
        (
            {"target": [TABLE | {"kind": "crystal"}]},
            "1, kind is 'crystal'; it may be 'composition', 'features', ",
        ),
        ({"target": [TABLE | {"where": {"T": [1, 2, 3]}}]}, "where, a value must be a list of 2 and has 3; correct it"),
        ({"target": [TABLE | {"where": {"T": True}}]}, "where, a value is true or false; it must be text or a list"),
        ({"target": [TABLE | {"features": "a"}]}, "number 1, features is text; it must be a list"),
        ({"sweep": [1]}, "'sweep' is a list; it must be a table of keys"),
        ({"sweep": {"replicates": "two"}}, "[sweep] replicates is text; it must be a whole number"),
        ({"sweep": {"replicates": 2.5}}, "[sweep] replicates is a number with decimals; it must be a whole number"),
        ({"sweep": {"n": [100, "all"]}}, "[sweep] n, number 2 is text; it must be a whole number"),
        ({"sweep": {"n": 7}}, "[sweep] n is a whole number; it must be 'auto' or a list"),
        ({"sweep": {"n": "all"}}, "[sweep] n is 'all'; it may be 'auto' or a list"),
        ({"sweep": {"tunings": "many"}}, "[sweep] tunings is 'many'; it may be 'auto' or a whole number"),
        ({"sweep": {"control": "mixed"}}, "[sweep] control is 'mixed'; it may be 'none' or 'shuffled'"),
        ({"sweep": {"baselines": ["tree"]}}, "[sweep] baselines, number 1 is 'tree'; it may be"),
        ({"sweep": {"replicas": 2}}, "[sweep] has an unknown key 'replicas'; did you mean 'replicates'?"),
        ({"swep": {}}, "the file has an unknown key 'swep'; did you mean 'sweep'?"),
        ({"plan": {"error": "small"}}, "[plan] error is text; it must be a number"),
        (
            {"learner": {"name": "foo"}},
            "[learner] name is 'foo'; it may be 'blend', 'network', 'chi', 'sklearn', 'torch', ",
        ),
        (
            {"learner": {"hidden": [1.5]}},
            "[learner] hidden, number 1 is a number with decimals; it must be a",
        ),
        ({"schema": "simworth-study/9"}, "'schema' is 'simworth-study/9'; it may be 'simworth-study/1'"),
        ({"source": [TABLE | {"proxy": "yes"}]}, "[[source]] number 1, proxy is text; it must be true or false"),
    ],
)
def test_a_wrong_setting_is_said_in_the_words_of_the_file(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyError) as said:
        study_from(GOOD | change, "study.toml", Path())
    assert str(said.value).startswith("study.toml: ")
    assert sentence in str(said.value)
    assert "`" not in str(said.value)
    assert "$" not in str(said.value)


def test_what_is_missing_altogether() -> None:
    with pytest.raises(StudyError, match=r"^study\.toml: 'name' is missing; add it$"):
        study_from({}, "study.toml", Path())
