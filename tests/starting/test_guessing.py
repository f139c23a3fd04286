from __future__ import annotations

from typing import Any

import pytest

from simworth.errors import InputError
from simworth.starting import Said, guess, with_answer


def same(i: int) -> Any:
    """The material itself."""
    return ...


def value(i: int) -> str:
    return f"{1 + 0.37 * i:.2f}"


def other(i: int) -> str:
    return f"{9 - 0.11 * i:.2f}"


@pytest.mark.parametrize("kind", ["molecule", "composition", "polymer"])
def test_two_clear_tables_ask_nothing(kind: str, made: Any, table: Any) -> None:
    measured = made("measured.csv", table(kind, structure=same, **{"gap (eV)": value}))
    computed = made("computed.csv", table(kind, id=lambda i: i, thing=same, **{"calc_gap [kJ/mol]": value}))
    told = guess(measured, computed)
    assert told.questions == ()
    assert told.said == Said(
        kind=kind, property="gap", measured_material="structure", measured_property="gap (eV)", measured_unit="eV",
        computed_material="thing", computed_property="calc_gap [kJ/mol]", computed_unit="kJ/mol",
    )  # fmt: skip
    assert len(told.reasons) == 6


def test_names_of_samples_are_no_formulas(made: Any, table: Any) -> None:
    one = made("a.csv", table("name", sample=same, a=value, b=other, **{"y (eV)": value}))
    assert one.column("sample").kinds == {}
    told = guess(one, one, Said(measured_property="y (eV)", computed_property="y (eV)"))
    assert [q.key for q in told.questions] == ["kind"]
    assert told.questions[0].suggestion == "features"
    told = guess(one, one, with_answer(told.said, "kind", "features"))
    assert [(q.key, q.choices, q.suggestion) for q in told.questions] == [("features", ("a", "b"), "a,b")]
    told = guess(one, one, with_answer(told.said, "features", "a, b"))
    assert not told.questions
    assert told.said.measured_material == "sample"


def test_a_unit_that_no_header_states_is_asked_with_the_other_tables_as_suggestion(made: Any, table: Any) -> None:
    measured = made("m.csv", table("molecule", smiles=same, dipole=value))
    computed = made("c.csv", table("molecule", smiles=same, mu_D=value))
    [question] = guess(measured, computed).questions
    assert (question.key, question.suggestion, question.choices) == ("measured_unit", "debye", ())
    assert not guess(measured, computed, Said(unit="D")).questions
    with pytest.raises(InputError, match=r"m\.csv, column 'dipole': the unit 'debbye' is not known; did you mean"):
        guess(measured, computed, Said(unit="debbye"))


def test_one_unit_said_is_of_the_table_that_states_none(made: Any, table: Any) -> None:
    measured = made("m.csv", table("molecule", smiles=same, T=value))
    computed = made("c.csv", table("molecule", smiles=same, **{"T (K)": value}))
    said = guess(measured, computed, Said(unit="degC")).said
    assert (said.measured_unit, said.computed_unit) == ("degC", "K")


def test_several_columns_that_could_be_meant_are_asked(made: Any, table: Any) -> None:
    measured = made("m.csv", table("molecule", smiles=same, x_eV=value, y_eV=other))
    computed = made("c.csv", table("molecule", smiles=same, u_eV=value, v_eV=other))
    [question] = guess(measured, computed).questions
    assert (question.key, question.choices, question.suggestion) == ("measured_property", ("x_eV", "y_eV"), None)
    [question] = guess(measured, computed, with_answer(Said(), "measured_property", "y_eV")).questions
    assert (question.key, question.choices) == ("computed_property", ("u_eV", "v_eV"))


def test_of_two_columns_of_molecules_the_one_with_a_clear_name_is_taken(made: Any, table: Any) -> None:
    text = table("molecule", solvent=lambda i: "CCO" if i % 2 else "CO", smiles=same, y_eV=value)
    assert guess(made("m.csv", text), made("c.csv", text)).said.measured_material == "smiles"
    text = table("molecule", a=same, b=same, y_eV=value)
    [question, _] = guess(made("m.csv", text), made("c.csv", text)).questions
    assert (question.key, question.choices) == ("measured_material", ("a", "b"))


def test_what_reads_both_as_formula_and_as_molecule_is_told_by_its_name_or_asked(made: Any) -> None:
    both = [f"{a}{b}" for a in ("C", "CC", "CCC", "CO", "CN") for b in ("O", "N", "F", "S")]
    rows = "".join(f"{text},{i}.5\n" for i, text in enumerate(dict.fromkeys(both)))
    for name, kind in (("SMILES", "molecule"), ("formula", "composition"), ("material", None)):
        one = made("m.csv", f"{name},y_eV\n{rows}")
        assert guess(one, one).said.kind == kind


def test_pairs_are_asked_and_then_found_with_their_temperature(made: Any) -> None:
    rows = "".join(f"*{'C' * k}C(F)*,{'C' * j}O,{20 + j},{0.1 * j + k:.2f}\n" for k in range(1, 6) for j in range(1, 6))
    one = made("m.csv", f"polymer,solvent,temperature_C,chi\n{rows}")
    assert guess(one, one).questions[0].key == "kind"
    said = guess(one, one, Said(kind="pair", unit="1")).said
    assert (said.measured_material, said.measured_partner) == ("polymer", "solvent")
    assert (said.computed_temperature, said.computed_temperature_unit) == ("temperature_C", "degC")
    assert said.measured_property == "chi"


def test_another_property_has_to_be_called_a_proxy(made: Any, table: Any) -> None:
    measured = made("m.csv", table("molecule", smiles=same, **{"Tg (K)": value}))
    computed = made("c.csv", table("molecule", smiles=same, **{"density (g/cm3)": value}))
    [question] = guess(measured, computed).questions
    assert question.key == "proxy"
    assert not guess(measured, computed, with_answer(Said(), "proxy", "yes")).questions
    with pytest.raises(InputError, match="measure different things"):
        guess(measured, computed, with_answer(Said(), "proxy", "no"))


def test_numbering_and_uncertainties_are_no_properties(made: Any, table: Any) -> None:
    text = table("molecule", no=lambda i: i + 1, smiles=same, mp_id=lambda i: 7 * i, gap_eV=value, gap_err=value)
    one = made("m.csv", text)
    assert guess(one, one).said.measured_property == "gap_eV"


def test_tables_of_different_kinds_are_asked_about(made: Any, table: Any) -> None:
    measured = made("m.csv", table("molecule", s=same, y_eV=value))
    computed = made("c.csv", table("composition", s=same, y_eV=value))
    question = guess(measured, computed).questions[0]
    assert question.key == "kind"
    assert "m.csv holds molecules and c.csv holds compositions" in question.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said(kind="crystal"), "kind 'crystal' is not known"),
        (Said(measured_material="smile"), r"m\.csv: has no column 'smile'; did you mean 'smiles'"),
        (Said(computed_property="zzz"), "has no column 'zzz'; it has"),
        (Said(measured_property="smiles"), "holds no number"),
        (Said(kind="features", features=("smiles",)), "is no column of numbers"),
        (Said(kind="features"), "no column of numbers in common"),
    ],
)
def test_what_is_said_must_be_possible(said: Said, why: str, made: Any, table: Any) -> None:
    one = made("m.csv", table("molecule", smiles=same, y_eV=value))
    with pytest.raises(InputError, match=why):
        guess(one, one, said)


def test_no_column_of_numbers_is_said(made: Any, table: Any) -> None:
    one = made("m.csv", table("molecule", smiles=same, note=lambda i: "good"))
    with pytest.raises(InputError, match="no column of numbers that could be the property is among 'smiles', 'note'"):
        guess(one, one)


def test_the_larger_table_first_is_remarked_on(made: Any, table: Any) -> None:
    large = made("l.csv", table("molecule", smiles=same, y_eV=value))
    small = made("s.csv", "\n".join(table("molecule", smiles=same, y_eV=value).splitlines()[:20]))
    assert "is their order right?" in guess(large, small).notes[0]
    assert guess(small, large).notes == ()


@pytest.mark.parametrize(("key", "text"), [("proxy", "perhaps"), ("__class__", "x"), ("nothing", "x")])
def test_an_answer_must_answer_a_question(key: str, text: str) -> None:
    with pytest.raises(InputError):
        with_answer(Said(), key, text)
