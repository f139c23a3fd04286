"""How many injected faults the network connectors overcome: ``python -m benchmarks.databases.failing [--json OUT]``.

Servers on this machine speak as the databases do and fail once, in every way that the tests know, at every page of a
download in turn; then the command is killed (SIGKILL) again and again, at moments spread over its whole course. After
each failure the table must be whole and right, or the command must have said why it stopped, and a second run
completes it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from simworth.errors import SimworthError

TESTS = Path(__file__).resolve().parents[2] / "tests" / "ingest"
PAGES = 5
"""Of each download: 60 entries by 12."""


def load(path: Path) -> ModuleType:
    """A test module, which is no part of a package."""
    name = f"simworth_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def faults(servers: ModuleType, tests: ModuleType) -> dict[str, Any]:
    """Every fault at every page of every connector, once each."""
    figures: dict[str, Any] = {}
    other = servers.Loopback(servers.oqmd, servers.entries(3)).start()
    for name in tests.CONNECTORS:
        count = {"injected": 0, "overcome": 0, "told, and completed by a second run": 0, "wrong": []}
        for place in range(PAGES):
            for fault in servers.FAULTS:
                count["injected"] += 1
                how = one(servers, tests, name, {place: fault}, other.base)
                if how == "wrong":
                    count["wrong"].append([fault, place])
                else:
                    count[how] += 1
        figures[name] = count
    figures["keys that went to another host"] = sum(map(bool, other.keys))
    other.stop()
    return figures


def one(servers: ModuleType, tests: ModuleType, name: str, planted: dict[int, str], elsewhere: str) -> str:
    """What became of one download."""
    server = servers.Loopback(servers.FAKES[name], servers.entries(60), faults=planted, elsewhere=elsewhere).start()
    how = "overcome"
    try:
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = tests.gather(name, server.base, Path(folder) / "d")
            except SimworthError as error:
                if not tests.is_useful(str(error)):
                    return "wrong"
                how = "told, and completed by a second run"
                server.faults.clear()
                found = tests.gather(name, server.base, Path(folder) / "d")
            return how if found == tests.truth(server) else "wrong"
    finally:
        server.stop()


def kills(servers: ModuleType, number: int) -> dict[str, Any]:
    """SIGKILL at moments spread over the whole command, the start of the interpreter and the writing included."""
    from simworth.tables import PropertyTable

    server = servers.Loopback(servers.materials_project, servers.entries(200), pause=0.01).start()
    truth = {e.formula: e.gap for e in server.rows if e.gap is not None}
    figures = {
        "killed": 0,
        "whole and right after the last run": 0,
        "downloads": 0,
        "pages asked for more than once": 0,
    }
    with tempfile.TemporaryDirectory() as name:
        words = [sys.executable, "-m", "simworth", "get", "materials-project", "-f", "band_gap", "--url", server.base]
        start = time.perf_counter()
        out = Path(name) / "first.parquet"
        subprocess.run([*words, "--page", "10", "-o", str(out)], check=True, capture_output=True)
        whole = time.perf_counter() - start
        pages = 20
        for i in range(number // 3):
            out = Path(name) / f"{i}.parquet"
            server.pages = 0
            for j in range(3):
                wait = whole * ((3 * i + j + 1) / (number + 1))
                child = subprocess.Popen([*words, "--page", "10", "-o", str(out)], stderr=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL)  # fmt: skip
                time.sleep(wait)
                if child.poll() is None:
                    child.send_signal(signal.SIGKILL)
                    figures["killed"] += 1
                child.wait()
            subprocess.run([*words, "--page", "10", "-o", str(out)], check=True, capture_output=True)
            table = PropertyTable.from_parquet(out)
            figures["downloads"] += 1
            right = dict(zip(table.materials, table.values("band_gap").tolist(), strict=True)) == truth
            figures["whole and right after the last run"] += right
            figures["pages asked for more than once"] += max(0, server.pages - pages)
    server.stop()
    return figures


def main(argv: list[str] | None = None) -> int:
    """Count; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases.failing", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--kills", type=int, default=48, help="SIGKILLs, by threes")
    options = parser.parse_args(argv)
    servers = load(TESTS / "conftest.py")
    os.environ["MP_API_KEY"] = servers.KEY
    tests = load(TESTS / "transfer" / "test_faults.py")
    figures = {"faults": faults(servers, tests), "kills": kills(servers, options.kills)}
    text = json.dumps(figures, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    sys.stdout.write(text + "\n")
    wrong = any(figures["faults"][name]["wrong"] for name in tests.CONNECTORS)
    lost = figures["kills"]["downloads"] != figures["kills"]["whole and right after the last run"]
    return int(wrong or lost)


if __name__ == "__main__":
    raise SystemExit(main())
