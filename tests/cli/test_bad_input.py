"""Bad input gets one clear sentence and exit code 2, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simworth.cli import main  # noqa: F401 - imported early, so that its cost is in no single case

Change = Callable[[Path], None]


def replaced(file: str, old: str, new: str) -> Change:
    """A change of one piece of text in one file."""

    def change(folder: Path) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return change


def written(file: str, content: str | bytes) -> Change:
    """A file with this content."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / file).write_bytes(data) and None


def removed(file: str) -> Change:
    return lambda folder: (folder / file).unlink()


def line(file: str, number: int, new: str) -> Change:
    """Line ``number`` (from 1, the header) of a file replaced."""

    def change(folder: Path) -> None:
        lines = (folder / file).read_text().splitlines()
        lines[number - 1] = new
        (folder / file).write_text("\n".join(lines) + "\n")

    return change


def truncated_parquet(folder: Path) -> None:
    path = folder / "target.parquet"
    pq.write_table(pa.table({"id": ["x"] * 9}), path)
    path.write_bytes(path.read_bytes()[:60])
    replaced("study.toml", "target.csv", "target.parquet")(folder)


def truncated_gzip(folder: Path) -> None:
    packed = gzip.compress((folder / "target.csv").read_bytes())
    (folder / "target.csv.gz").write_bytes(packed[: len(packed) // 2])
    replaced("study.toml", "target.csv", "target.csv.gz")(folder)


def constant_target(folder: Path) -> None:
    rows = [f"t{i},{i},{-i},1.5" for i in range(40)]
    (folder / "target.csv").write_text("\n".join(["id,a,b,y", *rows]) + "\n")


def materials(kind: str, texts: list[str]) -> Change:
    """Both tables hold materials of a kind; the target's last one is under test."""

    def change(folder: Path) -> None:
        study = (folder / "study.toml").read_text()
        study = study.replace('kind = "features"', f'kind = "{kind}"').replace('features = ["a", "b"]\n', "")
        (folder / "study.toml").write_text(study)
        for file in ("source.csv", "target.csv"):
            rows = [f"{text},0,0,{i}.5" for i, text in enumerate(texts)]
            (folder / file).write_text("\n".join(["id,a,b,y", *rows]) + "\n")

    return change


def same_material_in_both(folder: Path) -> None:
    replaced("target.csv", "t3,", "s7,")(folder)
    replaced("study.toml", "[sweep]", '[sweep]\noverlap = "error"')(folder)


def second_arm(folder: Path) -> None:
    study = (folder / "study.toml").read_text()
    arm = study[study.index("[[source]]") : study.index("[sweep]")]
    (folder / "study.toml").write_text(study.replace("[sweep]", arm + "[sweep]"))


def source_of_compositions(folder: Path) -> None:
    before, sep, after = (folder / "study.toml").read_text().partition("[[source]]")
    after = after.replace('kind = "features"', 'kind = "composition"').replace('features = ["a", "b"]\n', "")
    (folder / "study.toml").write_text(before + sep + after)


STUDY, TARGET = "study.toml", "target.csv"
CASES: dict[str, tuple[Change, str]] = {
    "no study file": (removed(STUDY), "study.toml: no such study file"),
    "study not TOML": (written(STUDY, "name = "), "not readable as TOML"),
    "study not text": (written(STUDY, b"\xff\xfe\x00"), "not readable as TOML"),
    "empty study": (written(STUDY, ""), "study.toml: 'name' is missing; add it"),
    "unknown key": (replaced(STUDY, "replicates", "replicas"), "unknown key 'replicas'; did you mean 'replicates'?"),
    "unknown section": (written(STUDY, "[swep]\n"), "unknown key 'swep'"),
    "text for a number": (
        replaced(STUDY, "replicates = 2", 'replicates = "two"'),
        "[sweep] replicates is text; it must be a whole number",
    ),
    "no replicates": (replaced(STUDY, "replicates = 2", "replicates = 0"), "sweep.replicates is 0"),
    "test fraction above one": (replaced(STUDY, "[sweep]", "[sweep]\ntest_fraction = 1.5"), "between 0 and 1"),
    "n too small": (replaced(STUDY, "n = [30,", "n = [3,"), "sweep.n must be"),
    "the same n twice": (replaced(STUDY, "n = [30, 60", "n = [60, 60"), "sweep.n must be"),
    "n beyond the table": (replaced(STUDY, "240]", "9000]"), "source 'simulation' has 300"),
    "m beyond the table": (replaced(STUDY, "m = [10]", "m = [400]"), "largest possible m is 32"),
    "unknown policy": (replaced(STUDY, "[sweep]", '[sweep]\noverlap = "ignore"'), "overlap"),
    "unknown sampling": (replaced(STUDY, "[sweep]", '[sweep]\ncontrol = "mixed"'), "control"),
    "growth without a column": (
        replaced(STUDY, 'table = "source.csv"', 'table = "source.csv"\nsampling = "ascending"'),
        "ascending:COLUMN",
    ),
    "growth by an unknown column": (
        replaced(STUDY, 'table = "source.csv"', 'table = "source.csv"\nsampling = "ascending:year"'),
        "has no column 'year'",
    ),
    "mistyped policy": (
        replaced(STUDY, "[sweep]", '[sweep]\nnear = "exclud"'),
        "near is 'exclud'; it may be 'allow', 'exclude' or 'report'",
    ),
    "endless rate": (replaced(STUDY, "[learner]", "[learner]\nrate = inf"), "learner.rate is not a finite number"),
    "huge feature": (line(TARGET, 5, "t3,1e300,0.2,1.0"), "beyond 1e+15"),
    "output is a file": (written("out.txt", ""), "out.txt: is a file"),
    "learner rate of zero": (replaced(STUDY, "[learner]", "[learner]\nrate = 0.0"), "learner.rate is 0.0"),
    "no target": (written(STUDY, 'name = "x"\ntarget = []\nsource = []\n'), "there is no [[target]]"),
    "two arms of one name": (second_arm, "two [[source]] are called 'simulation'"),
    "no table": (removed(TARGET), "target.csv"),
    "table is a folder": (lambda f: removed(TARGET)(f) or (f / TARGET).mkdir(), "target.csv"),
    "empty table": (written(TARGET, ""), "target.csv"),
    "header only": (written(TARGET, "id,a,b,y\n"), "target.csv"),
    "missing column": (line(TARGET, 1, "id,a,b,z"), "'y'"),
    "duplicate header": (line(TARGET, 1, "id,a,a,y"), "'a'"),
    "text in numbers": (line(TARGET, 5, "t3,0.1,0.2,high"), "5"),
    "infinite value": (line(TARGET, 6, "t4,0.1,0.2,inf"), "6"),
    "row too short": (line(TARGET, 7, "t5,0.1"), "7"),
    "not UTF-8": (written(TARGET, b"id,a,b,y\nt\xff,1,2,3\n"), "UTF-8"),
    "unknown unit": (replaced(STUDY, 'unit = "eV"', 'unit = "evv"'), "target.csv, property 'y': the unit 'evv'"),
    "wrong unit": (replaced(STUDY, 'unit = "eV"', 'unit = "kelvin"'), "does not convert"),
    "no unit": (replaced(STUDY, 'unit = "eV"\n', ""), "'unit' is missing"),
    "unknown kind": (replaced(STUDY, 'kind = "features"', 'kind = "protein"'), "protein"),
    "features of a molecule": (replaced(STUDY, 'kind = "features"\n', 'kind = "molecule"\n'), "leave out 'features'"),
    "kinds differ": (source_of_compositions, "source.csv"),
    "no features": (replaced(STUDY, 'features = ["a", "b"]\n', ""), "features"),
    "constant target": (constant_target, "same for all"),
    "truncated Parquet": (truncated_parquet, "target.parquet"),
    "truncated gzip": (truncated_gzip, "target.csv.gz"),
    "unreadable SMILES": (materials("molecule", ["C", "CC", "C1CC"]), "C1CC"),
    "unreadable formula": (materials("composition", ["NaCl", "MgO", "Xx2O"]), "Xx2O"),
    "repeat unit with one end": (materials("polymer", ["*CC*", "*CO*", "*CCC"]), "*CCC"),
    "repeats refused": (
        lambda f: replaced(STUDY, 'table = "target.csv"', 'table = "target.csv"\nmerge = "error"')(f)
        or line(TARGET, 3, "t0,0.1,0.2,1.0")(f),
        "t0",
    ),
    "leakage refused": (same_material_in_both, "stands in both experiment and simulation"),
    "unknown built-in table": (replaced(STUDY, "source.csv", "builtin:nothing"), "builtin:nothing"),
    "unknown experiment": (replaced(STUDY, "target.csv", "chemicals:colour"), "chemicals:colour"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_study_input(case: str, here: Path, command) -> None:
    change, expected = CASES[case]
    change(here)
    code, out, err = command("run", "study.toml", "-o", "out.txt" if case == "output is a file" else "out")
    lines = [text for text in err.splitlines() if text.startswith("simworth:")]
    assert code == 2, err
    assert len(lines) == 1, err
    assert expected in lines[0]
    assert out == ""
    assert "Traceback" not in err
    assert not (here / "out").exists()


CURVE = "n,error\n100,1.0\n200,0.8\n400,0.7\n800,0.65\n"
OTHER: dict[str, tuple[list[str], Change, str]] = {
    "curve without errors": (["fit", "c.csv"], written("c.csv", "n,mae\n1,2\n"), "'error'"),
    "curve with text": (["fit", "c.csv"], written("c.csv", CURVE + "1600,low\n"), "line 6"),
    "curve with negative n": (["fit", "c.csv"], written("c.csv", CURVE + "-5,0.5\n"), "n is -5"),
    "curve of zeros": (["fit", "c.csv"], written("c.csv", "n,error\n1,0\n2,0\n3,0\n4,0\n"), "every error is 0"),
    "curve beyond numbers": (["fit", "c.csv"], written("c.csv", CURVE.replace("1.0", "1e300")), "1e+300"),
    "law into a folder": (["fit", "c.csv", "-o", "."], written("c.csv", CURVE), "is a folder"),
    "no curve": (["fit", "missing.csv"], written("c.csv", CURVE), "missing.csv"),
    "level above one": (["fit", "c.csv", "--level", "90"], written("c.csv", CURVE), "level is 90"),
    "trials that are none": (["fit", "t.parquet"], written("t.parquet", "PAR1"), "t.parquet"),
    "law that is none": (["plan", "law.json"], written("law.json", "{}"), "law.json"),
    "law that is no JSON": (["plan", "law.json"], written("law.json", "law"), "law.json"),
    "no law": (["plan", "law.json"], written("c.csv", CURVE), "law.json"),
    "no run folder": (["report", "nowhere"], written("c.csv", CURVE), "nowhere"),
    "no campaign": (["produce", "c.toml", "-o", "out"], written("c.csv", CURVE), "c.toml"),
    "unknown engine": (
        ["produce", "c.toml", "-o", "out"],
        written("c.toml", 'name="x"\n[candidates]\nsource="chemicals"\n[engine]\nname="vasp"\n'),
        "vasp",
    ),
    "impossible force": (
        ["produce", "c.toml", "-o", "out"],
        written("c.toml", 'name="x"\n[candidates]\nsource="chemicals"\n[engine]\nname="xtb"\nfmax=0.0\n'),
        "engine.fmax is 0.0",
    ),
    "no candidates": (
        ["produce", "c.toml", "-o", "out"],
        written("c.toml", 'name="x"\n[candidates]\nsource="none.smi"\n[engine]\nname="xtb"\n'),
        "none.smi",
    ),
    "unknown example": (["demo", "viscosity", "-o", "out"], written("c.csv", CURVE), "viscosity"),
}


@pytest.mark.parametrize("case", OTHER)
def test_bad_input_of_other_commands(case: str, here: Path, command) -> None:
    words, change, expected = OTHER[case]
    change(here)
    code, out, err = command(*words)
    assert code == 2, err
    assert out == ""
    assert err.startswith("simworth: ")
    assert len(err.splitlines()) == 1
    assert expected in err
    assert not (here / "out").exists()


@pytest.mark.parametrize("words", [["run"], ["run", "study.toml"], ["fit", "--colour"], ["nothing"]])
def test_unknown_or_missing_options_are_errors(words: list[str], here: Path, command) -> None:
    assert command(*words)[0] == 2


def test_a_changed_law_is_refused(here: Path, command) -> None:
    (here / "c.csv").write_text(CURVE)
    assert command("fit", "c.csv", "-o", "law.json")[0] == 0
    law = json.loads((here / "law.json").read_text())
    law["level"] = 0.5
    (here / "law.json").write_text(json.dumps(law))
    code, _, err = command("plan", "law.json")
    assert code == 2
    assert "was changed after it was written" in err
