"""The command that writes a study file from two tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simworth.cli.options import Feature, KindOption
from simworth.cli.output import check_out, interruptible, note, say, say_json
from simworth.errors import InputError

if TYPE_CHECKING:
    from simworth.starting import Guess, Look, Question, Said

commands = typer.Typer()
Both = "COLUMN[,COLUMN]"


@commands.command()
def init(
    measured: Annotated[Path, typer.Argument(metavar="MEASURED", help="table of experiments (CSV or Parquet)")],
    computed: Annotated[Path, typer.Argument(metavar="COMPUTED", help="table of simulations (CSV or Parquet)")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="study file to write")] = Path("study.toml"),
    kind: KindOption = None,
    material: Annotated[
        str | None, typer.Option(metavar=Both, help="of the materials, in MEASURED and in COMPUTED where it differs")
    ] = None,
    property: Annotated[  # noqa: A002 (it names the option)
        str | None, typer.Option(metavar=Both, help="of the property, in MEASURED and in COMPUTED where it differs")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="UNIT[,UNIT]", help="of the property, where the column's name states none")
    ] = None,
    partner: Annotated[
        str | None, typer.Option(metavar=Both, help="of the molecules beside polymers (kind pair)")
    ] = None,
    temperature: Annotated[
        str | None, typer.Option(metavar="COLUMN[:UNIT]", help="of each pair, in both tables (kind pair)")
    ] = None,
    feature: Feature = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="of the study")] = None,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="the computed property is another one and stands in for the measured")
    ] = False,
    tidy: Annotated[
        bool, typer.Option("--tidy", help="write plain copies of tables with semicolons, decimal commas, …")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="write over an existing study file")] = False,
    json: Annotated[bool, typer.Option("--json", help="print what was told as JSON; write and ask nothing")] = False,
) -> None:
    """Write a commented study file by looking at two tables; what they do not tell is asked.

    Example: simworth init measured.csv computed.csv -o study.toml
    """
    from simworth.starting import look

    if not json:
        _check_out(out, force, (measured, computed))
    looked = (look(measured), look(computed))
    said = _said(looked, kind, material, property, unit, partner, temperature, feature, name, proxy)
    if json:
        _print(looked, said)
        return
    with interruptible("nothing was written."):
        told = _settled(looked, said)
        for line in (*told.reasons, *told.notes):
            note(line)
        _write(looked, told, out, tidy)


def _check_out(out: Path, force: bool, tables: tuple[Path, Path]) -> None:
    """Refuse to write over what is there, and over a table in any case."""
    place = out.resolve()
    if place in (table.resolve() for table in tables):
        raise InputError(f"{out}: is a table; name another file with -o")
    if place.exists() and not force:
        raise InputError(f"{out}: is there already; name another file with -o, or give --force")
    check_out(out)


def _said(
    looked: tuple[Look, Look],
    kind: str | None,
    material: str | None,
    property_: str | None,
    unit: str | None,
    partner: str | None,
    temperature: str | None,
    feature: list[str] | None,
    name: str | None,
    proxy: bool,
) -> Said:
    """What the options say."""
    from simworth.starting import Said

    materials, properties, partners = (_columns(looked, c) for c in (material, property_, partner))
    units = (unit or "").split(",")
    if len(units) > 2:
        raise InputError(f"--unit {unit!r} names more than two units; write --unit MEASURED,COMPUTED")
    one = len(units) == 1
    at, colon, warm = (temperature or "").rpartition(":")
    if not colon or looked[0].column(temperature or ""):
        at, warm = temperature or "", ""
    return Said(
        name=name, kind=kind, proxy=True if proxy else None, features=tuple(feature or ()),
        unit=(units[0].strip() or None) if one else None,
        measured_unit=None if one else units[0].strip() or None,
        computed_unit=None if one else units[1].strip() or None,
        measured_material=materials[0], computed_material=materials[1],
        measured_property=properties[0], computed_property=properties[1],
        measured_partner=partners[0], computed_partner=partners[1],
        measured_temperature=at or None, computed_temperature=at or None,
        measured_temperature_unit=warm or None, computed_temperature_unit=warm or None,
    )  # fmt: skip


def _columns(looked: tuple[Look, Look], text: str | None) -> tuple[str | None, str | None]:
    """One column for both tables, or two; a column's name may itself hold commas."""
    if text is None:
        return None, None
    for i, c in enumerate(text):
        first, second = text[:i].strip(), text[i + 1 :].strip()
        if c == "," and looked[0].column(first) and looked[1].column(second):
            return first, second
    if "," not in text or looked[0].column(text) or looked[1].column(text):
        return text, text if looked[1].column(text) or not looked[0].column(text) else None
    first, _, second = text.partition(",")
    return first.strip() or None, second.strip() or None


def _settled(looked: tuple[Look, Look], said: Said) -> Guess:
    """Everything told or asked."""
    from simworth.starting import guess, with_answer

    told = guess(*looked, said)
    while told.questions:
        question = told.questions[0]
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise InputError(_unasked(told))
        told = guess(*looked, with_answer(told.said, question.key, _ask(question)))
    return told


def _unasked(told: Guess) -> str:
    """What is missing where nobody can be asked."""
    first, *others = told.questions
    among = f" (among {', '.join(map(repr, first.choices[:12]))})" if first.choices else ""
    flag = first.option.split()[0]
    more = dict.fromkeys(q.option.split()[0] for q in others if not q.option.startswith(flag))
    return f"{first.text}{among}; say it with {first.option}{', and likewise ' + ' and '.join(more) if more else ''}"


def _ask(question: Question) -> str:
    """Ask until the answer is one of the choices; a number chooses."""
    note(f"\n{question.text}?")
    for i, choice in enumerate(question.choices, 1):
        note(f"  {i:>2}  {choice}")
    while True:
        what = "columns, with commas" if question.many else "answer"
        answer = str(typer.prompt(what, default=question.suggestion, err=True))
        parts = [p.strip() for p in answer.split(",")] if question.many else [answer.strip()]
        chosen = [_chosen(p, question.choices) for p in parts if p]
        if chosen and all(c is not None for c in chosen):
            return ",".join(c for c in chosen if c is not None)
        note("That is none of them; give a number or a name of the list.")


def _chosen(text: str, choices: tuple[str, ...]) -> str | None:
    if not choices or text in choices:
        return text
    return choices[int(text) - 1] if text.isdecimal() and 0 < int(text) <= len(choices) else None


def _write(looked: tuple[Look, Look], told: Guess, out: Path, tidy: bool) -> None:
    """Write the study and, where asked, plain copies of the tables."""
    from simworth.files import write_text
    from simworth.starting import study_text

    paths = tuple(_plain_path(one, out) for one in looked)
    for one, path in zip(looked, paths, strict=True):
        if one.plain is not None and not tidy and not _agreed(one, path):
            raise InputError(
                f"{one.path}: is not plain CSV ({'; '.join(one.changes)}); save it as CSV with commas, decimal points "
                f"and UTF-8, or let --tidy write the copy {path.name}"
            )
        if one.plain is not None and path.exists() and path.read_bytes() != one.plain:
            raise InputError(f"{path}: is there already and is another file; move it away, a plain copy goes there")
    text = study_text(*looked, told, (_relative(paths[0], out), _relative(paths[1], out)))
    for one, path in zip(looked, paths, strict=True):
        if one.plain is not None:
            write_text(path, one.plain.decode())
            note(f"wrote {path}, a plain copy of {one.path}: {'; '.join(one.changes)}")
    write_text(out, text)
    say(f"wrote {out}")
    note(f"Next: simworth check {out}")


def _agreed(one: Look, path: Path) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    note(f"\n{one.path} is not plain CSV: {'; '.join(one.changes)}.")
    return typer.confirm(f"Write a plain copy, {path}?", default=True, err=True)


def _plain_path(one: Look, out: Path) -> Path:
    """Where a study finds the table: the file itself, or its plain copy beside the study."""
    return Path(one.path) if one.plain is None else out.parent / f"{one.name.split('.')[0] or 'table'}.plain.csv"


def _relative(path: Path, out: Path) -> str:
    """A path as the study writes it: relative where the two lie near each other."""
    found = os.path.relpath(path.resolve(), out.parent.resolve())
    return str(path.resolve()) if Path(found).parts[:3] == ("..", "..", "..") else Path(found).as_posix()


def _print(looked: tuple[Look, Look], said: Said) -> None:
    """What was told, for programs."""
    import msgspec

    from simworth.starting import guess

    told = guess(*looked, said)
    files = [msgspec.to_builtins(msgspec.structs.replace(one, plain=None)) for one in looked]
    say_json({"measured": files[0], "computed": files[1], **msgspec.to_builtins(told)})
