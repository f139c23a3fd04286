"""Start the server: one folder, one address, one key."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from simworth.digest import digest_value
from simworth.errors import InputError, MissingExtraError
from simworth.serve.jobs import Jobs
from simworth.serve.key import Key
from simworth.serve.process import Processes, run_command

if TYPE_CHECKING:
    import uvicorn

    from simworth.serve.guard import Bounds

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
MEGABYTE = 2**20
CONNECTIONS = 64
HEADERS_WITHIN = 20.0
"""Seconds in which a connection has to say what it wants."""


def serve(
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    names: Sequence[str] = (),
    most: int = 200,
    workers: int | None = None,
    say: Callable[[str], None],
) -> None:
    """Serve a folder of runs until it is interrupted.

    Parameters
    ----------
    host
        Address to listen at.
    port
        0 takes any free one.
    names
        Further names by which browsers may call this server, where it is not reached by number.
    most
        Megabytes of the two tables of an upload together.
    say
        Called with the address to open, key included, and with warnings.

    Raises
    ------
    InputError
        When there is no such folder, it is served already, or the address is taken.
    MissingExtraError
        When the extra ``serve`` is not installed.
    """
    try:
        import uvicorn  # noqa: F401 (whether the extra is there)

        from simworth.serve.guard import Bounds
    except ImportError as error:
        raise MissingExtraError(str(error.name), "serve", "simworth serve") from None
    root = check_folder(folder)
    state = state_of(root)
    jobs = Jobs(root, state, Processes(state, run_command(workers)))
    with listen(host, port) as listening, jobs.alone():
        key = Key(listening.getsockname()[1])
        server = make_server(jobs, key, hosts_of(host, names), Bounds(most * MEGABYTE))
        shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host
        say(f"http://{shown}:{key.port}/enter?token={key.token}")
        server.run(sockets=[listening])


def make_server(jobs: Jobs, key: Key, hosts: frozenset[str], bounds: Bounds) -> uvicorn.Server:
    """The server of a folder, ready to run on a socket that listens."""
    import uvicorn

    from simworth.serve.app import make_app

    config = uvicorn.Config(
        make_app(jobs, key, hosts, bounds),
        access_log=False,  # the address that holds the key would stand in it
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        http=_impatient(),
        lifespan="on",
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def check_folder(folder: Path) -> Path:
    """The folder of runs, resolved.

    Raises
    ------
    InputError
        When it is no folder, or is itself a run.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder that holds your runs")
    if (folder / "manifest.json").exists():
        raise InputError(f"{folder}: is a run; name the folder that holds it")
    return folder.resolve()


def state_of(root: Path) -> Path:
    """Where the queue of a folder is noted: beside the user's other settings, out of reach of what is in the folder."""
    return platformdirs.user_state_path("simworth") / "serve" / digest_value(str(root))


def hosts_of(host: str, names: Sequence[str]) -> frozenset[str]:
    """Names that a request may call the server by; ``"*"``: any address of numbers."""
    given = frozenset(n.lower() for n in names)
    return LOOPBACK | given if is_loopback(host) else LOOPBACK | given | {host.lower(), "*"}


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises
    ------
    InputError
        When the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(CONNECTIONS)  # before the address is said: who opens it at once waits, and is not turned away
    except (OSError, OverflowError) as error:
        listening.close()
        why = error.strerror if isinstance(error, OSError) else "no such port"
        raise InputError(f"{host}:{port}: cannot listen there ({why}); choose another --port or --host") from None
    return listening


def _impatient() -> Any:
    """Uvicorn's protocol, which also closes connections that never say what they want."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.loop.call_later(HEADERS_WITHIN, self._close_if_silent)

        def _close_if_silent(self) -> None:
            if self.cycle is None and not self.transport.is_closing():
                self.transport.close()

    return Impatient
