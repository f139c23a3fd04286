"""The command that says what an installation has and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from simworth.cli.options import Json
from simworth.cli.output import problem, say, say_json

if TYPE_CHECKING:
    from simworth.doctor import Health

commands = typer.Typer()


@commands.command()
def doctor(json: Json = False) -> None:
    """Say what simworth finds here: versions, devices, optional parts and how to add them, folders, memory.

    Exit code 1 where something that is needed is missing or broken; a missing optional part is no problem.

    Example: simworth doctor
    """
    import msgspec

    from simworth.doctor import examine

    health = examine()
    if json:
        say_json(msgspec.to_builtins(health))
    else:
        _show(health)
    for line in health.problems:
        problem(line)
    if health.problems:
        raise SystemExit(1)


def _show(health: Health) -> None:
    say(f"simworth {health.simworth}, Python {health.python} ({health.executable})")
    memory = "" if health.memory is None else f", {_size(health.memory)} of memory"
    free = "" if health.memory_free is None else f", {_size(health.memory_free)} free"
    say(f"{health.system}; {health.cores} {'core' if health.cores == 1 else 'cores'}{memory}{free}")
    say(f"JAX computes on: {', '.join(health.devices) or 'nothing'}")
    say("\nNeeded packages")
    for p in health.packages:
        say(f"  {p.name:14} {p.version or 'missing':12} {p.wanted}")
    say("\nOptional parts")
    for part in health.parts:
        there = ", ".join(f"{p.name} {p.version}" for p in part.packages if p.version) or "not installed"
        say(f"  {part.name:11} {'yes' if part.installed else 'no ':4} {part.purpose} ({there})")
        if part.command:
            say(f"{'':19}add it: {part.command}")
    say("\nFolders")
    for f in health.folders:
        made = "" if f.exists else ", made when needed"
        say(f"  {f.purpose}: {f.path} ({_size(f.free)} free{made})")
    say("\nNothing is wrong." if not health.problems else f"\n{len(health.problems)} to mend:")


def _size(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB"
