"""The command that shows a folder of runs in a browser."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from simworth.cli.output import note, say

commands = typer.Typer()


@commands.command()
def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder that holds run folders")],
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 takes a free one")] = 8765,
    name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="further name by which browsers may call this machine")
    ] = None,
    upload: Annotated[int, typer.Option(min=1, max=2000, metavar="MB", help="most that two tables may have")] = 200,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", min=1, metavar="N", help="processes of a study; default one a core")
    ] = None,
) -> None:
    """Show a folder of runs in a browser, live while they run; start studies by uploading two tables.

    Example: simworth serve runs
    """
    from simworth.serve.running import is_loopback, serve

    if not is_loopback(host):
        note(f"Others can reach {host}, and nothing is encrypted: an SSH tunnel to the usual address is safer.")
    note("Open the address below; it holds the key. Ctrl-C ends the server, and studies go on.")
    with contextlib.suppress(KeyboardInterrupt):  # the usual end
        serve(folder, host=host, port=port, names=tuple(name or ()), most=upload, workers=workers, say=say)
