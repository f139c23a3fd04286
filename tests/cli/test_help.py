"""The help teaches: every command has an example, says its arguments, and can be completed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
import typer

from simworth.cli.app import app

GROUP: Any = typer.main.get_command(app)
ALWAYS_JSON = {"fit", "plan"}
NO_RESULT = {"serve"}


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_every_command_has_an_example_that_its_own_parser_accepts(name: str) -> None:
    text, found, example = GROUP.commands[name].help.partition("Example: simworth ")
    assert found, f"{name} has no example"
    assert text.strip()
    words = _words(example)
    assert words[0] == name
    GROUP.commands[name].make_context(name, words[1:], resilient_parsing=False).close()


@pytest.mark.parametrize("name", sorted(GROUP.commands))
def test_every_option_and_argument_is_explained(name: str) -> None:
    for p in GROUP.commands[name].params:
        assert p.help, f"{name}: nothing says what {p.name} is"


@pytest.mark.parametrize("name", sorted(set(GROUP.commands) - ALWAYS_JSON - NO_RESULT))
def test_every_command_with_a_result_can_print_it_as_json(name: str) -> None:
    assert any("--json" in p.opts for p in GROUP.commands[name].params)


def test_the_first_help_shows_the_way() -> None:
    for command in ("init", "check", "run", "predict"):
        assert f"\n  simworth {command} " in GROUP.help
        assert command in GROUP.commands


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("simworth do", ["doctor"]),
        ("simworth demo d", ["dipole"]),
        ("simworth init a b --kind po", ["polymer"]),
        ("simworth get oq", ["oqmd"]),
        ("simworth init --temp", ["--temperature"]),
    ],
)
def test_the_shell_completes_commands_options_and_values(line: str, offered: list[str]) -> None:
    said = {"_SIMWORTH_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    program = "import sys; from simworth.cli import main; sys.argv = ['simworth']; main()"
    found = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | said, capture_output=True, text=True, check=False
    )
    assert found.stdout.split() == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_each_shell_is_shown(shell: str, monkeypatch: pytest.MonkeyPatch, command: Any) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    code, out, _ = command("--show-completion", shell)
    assert code == 0
    assert "simworth" in out


def _words(example: str) -> list[str]:
    """The words of the one command; a pipe ends it."""
    import shlex

    return shlex.split(example.strip().splitlines()[0].partition(" | ")[0])
