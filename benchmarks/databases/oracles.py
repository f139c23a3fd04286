"""The databases' own clients against ours, on servers of this machine that speak the documented shapes.

``pip install mp-api aflow`` into an environment of their own, and name its interpreter:

    SIMWORTH_ORACLES_PYTHON=VENV/bin/python python -m benchmarks.databases.oracles [--json OUT]

The server answers what the official client asks, so that the official client's addresses, headers and reading confirm
the shape that ours is tested with; then both must bring the same entries.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.databases.failing import TESTS, load

VARIABLE = "SIMWORTH_ORACLES_PYTHON"
KEY = "k" * 32
"""mp-api wants 32 characters."""
MP_API = """
import json, sys, warnings
warnings.simplefilter("ignore")
from mp_api.client.routes.materials.summary import SummaryRester
with SummaryRester(
    api_key=sys.argv[2], endpoint=sys.argv[1] + "/", use_document_model=False, mute_progress_bars=True
) as client:
    found = client.search(fields=["material_id", "formula_pretty", "band_gap"], include_gnome=False)
json.dump({str(d["material_id"]): [d["formula_pretty"], d["band_gap"]] for d in found}, open(sys.argv[3], "w"))
"""
AFLOW = """
import json, sys
import aflow.control
aflow.control.server = sys.argv[1] + "/API/aflux/?"
import aflow
from aflow import K
query = aflow.search(batch_size=40).select(K.compound, K.Egap, K.auid)
query._directives = lambda n, k: "$paging(%d,%d)" % (n, k)
json.dump({e.auid: [e.compound, e.Egap] for e in query}, open(sys.argv[3], "w"))
"""


def with_heartbeat(servers: ModuleType) -> Callable[..., Any]:
    """The Materials Project's stand-in with what the official client asks beside summaries."""

    def answer(server: Any, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        if path.endswith("heartbeat"):
            said = {"db_version": "2025.1.1", "version": "0.84", "access_controlled_batch_ids": []}
            return 200, {}, json.dumps(said).encode()
        return servers.materials_project(server, path, {"_skip": "0", **query}, headers)

    return answer


def run(python: str, code: str, base: str) -> dict[str, Any] | str:
    """What a client brings, or the last line of its traceback."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        done = subprocess.run([python, "-c", code, base, KEY, str(out)], capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason"])[-1]
        found: dict[str, Any] = json.loads(out.read_text())
        return found


def compare(python: str) -> dict[str, Any]:
    """Entries of both clients against the truth."""
    servers = load(TESTS / "conftest.py")
    servers.KEY = os.environ["MP_API_KEY"] = KEY
    tests = load(TESTS / "transfer" / "test_faults.py")
    figures: dict[str, Any] = {}
    plans = (
        ("materials-project", "mp-api", MP_API, with_heartbeat(servers), 2500),
        ("aflow", "aflow", AFLOW, servers.aflux, 200),
        ("aflow-list", "aflow", AFLOW, servers.aflux_list, 200),
    )
    for name, client, code, fake, n in plans:
        server = servers.Loopback(fake, servers.entries(n)).start()
        truth = {k: list(v) for k, v in tests.truth(server).items()}
        official = run(python, code, server.base)
        with tempfile.TemporaryDirectory() as folder:
            ours = {k: list(v) for k, v in tests.gather(name, server.base, Path(folder) / "d", page=500).items()}
        server.stop()
        says = official if isinstance(official, str) else {"entries": len(official), "right": official == truth}
        figures[name] = {"entries": n, client: says, "simworth": {"entries": len(ours), "right": ours == truth}}
    return figures


def main(argv: list[str] | None = None) -> int:
    """Compare, where the clients are installed; 0 also where they are not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases.oracles", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    python = os.environ.get(VARIABLE, "")
    if not python or not Path(python).is_file():
        sys.stdout.write(f"skipped: {VARIABLE} names no interpreter that has mp-api and aflow\n")
        return 0
    figures = compare(python)
    text = json.dumps(figures, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    sys.stdout.write(text + "\n")
    return int(not all(f["simworth"]["right"] for f in figures.values()))


if __name__ == "__main__":
    raise SystemExit(main())
