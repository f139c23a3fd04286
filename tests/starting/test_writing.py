from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from simworth.errors import InputError
from simworth.starting import Said, guess, study_text
from simworth.study import Study


def same(i: int) -> Any:
    """The material itself."""
    return ...


def value(i: int) -> str:
    return f"{1 + 0.37 * i:.2f}"


def larger(i: int) -> str:
    return f"{2 + 0.7 * i:.2f}"


def written(tmp_path: Path, measured: Any, computed: Any, said: Said | None = None) -> Study:
    text = study_text(measured, computed, guess(measured, computed, said), (measured.name, computed.name))
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    return Study.read(tmp_path / "study.toml")


@pytest.mark.parametrize("kind", ["molecule", "composition", "polymer"])
def test_check_accepts_what_is_written(kind: str, tmp_path: Path, made: Any, table: Any) -> None:
    measured = made("m.csv", table(kind, m=same, **{"gap (eV)": value, "gap err (eV)": value}))
    computed = made("c.csv", table(kind, m=same, gap_meV=larger))
    study = written(tmp_path, measured, computed)
    target, source = study.spec.target[0], study.spec.source[0]
    assert (target.column, target.unit, source.unit, source.name) == ("gap (eV)", "eV", "meV", "c")
    assert any("trials in" in line for line in study.check())


def test_materials_that_cannot_be_read_are_left_out_and_named(tmp_path: Path, made: Any, table: Any) -> None:
    text = table("molecule", smiles=same, y_eV=value)
    one = made("m.csv", text + "not a molecule,1.5\n")
    study = written(tmp_path, one, made("c.csv", text))
    assert study.spec.target[0].unreadable == "drop"
    assert study.spec.source[0].unreadable == "error"
    assert "1 cannot be read: row 74 'not a molecule'" in (tmp_path / "study.toml").read_text()


def test_small_tables_get_sizes_that_fit(tmp_path: Path, made: Any, table: Any) -> None:
    rows = table("composition", formula=same, y_eV=value).splitlines()
    measured, computed = made("m.csv", "\n".join(rows[:16])), made("c.csv", "\n".join(rows))
    study = written(tmp_path, measured, computed)
    assert study.spec.sweep.test_fraction > 0.2
    assert study.spec.sweep.smallest_n == 10
    study.check()


def test_too_few_materials_are_said_at_once(tmp_path: Path, made: Any, table: Any) -> None:
    rows = table("composition", formula=same, y_eV=value).splitlines()
    measured, computed = made("m.csv", "\n".join(rows[:8])), made("c.csv", "\n".join(rows))
    with pytest.raises(InputError, match="7 materials with a value are left"):
        written(tmp_path, measured, computed)


def test_names_cannot_break_out_of_the_file(tmp_path: Path, made: Any) -> None:
    evil = 'y "\' ] # \\ \u2028 = "x"'
    head = '"smi""les","' + evil.replace('"', '""') + '"\n'
    rows = "".join(f"{'C' * k}{end},{k}.{n}\n" for k in range(1, 12) for n, end in enumerate(("O", "N", "F")))
    one = made("m.csv", head + rows + '"\x1b[31m\n[sweep]\nreplicates = 1",1\n')
    study = written(tmp_path, one, one, Said(kind="molecule", unit="eV", name='a\n[learner]\n"'))
    assert study.spec.target[0].column == evil.strip()
    assert study.spec.name == 'a\n[learner]\n"'
    assert study.spec.sweep.replicates == 16
    assert tomllib.loads((tmp_path / "study.toml").read_text(encoding="utf-8")).keys() <= {
        "schema", "name", "target", "source", "sweep",
    }  # fmt: skip


def test_a_cell_that_is_no_number_stops_in_the_words_of_check(tmp_path: Path, made: Any, table: Any) -> None:
    text = table("molecule", smiles=same, y_eV=value)
    one = made("m.csv", text + "CCCCCCOC,3.2 eV\n")
    with pytest.raises(InputError, match=r"m\.csv, row 74, column 'y_eV': '3\.2 eV' is not a number"):
        written(tmp_path, one, made("c.csv", text))


def test_nothing_may_be_open(made: Any, table: Any) -> None:
    one = made("m.csv", table("molecule", smiles=same, y=value))
    with pytest.raises(InputError, match=r"in which unit is 'y' .*; say it with --unit UNIT"):
        study_text(one, one, guess(one, one), ("m.csv", "m.csv"))
