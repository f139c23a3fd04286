"""OPTIMADE's reference server and client, in an environment of their own, against ``simworth get``.

``pip install "optimade[server,http-client]"`` into an environment, and name its interpreter:

    SIMWORTH_OPTIMADE_PYTHON=VENV/bin/python python -m benchmarks.databases.reference [--json OUT] [--entries N]

The server holds made-up entries and runs on this machine; both contestants ask the same server process for the same
entries. The reference client is told to fetch all (by default it stops at 1,000) and
pages as it does by default; simworth asks for the largest page that the server allows. Its seconds are those of the
whole command, from the start of its interpreter to the written table; the reference client's are those of the call.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

VARIABLE = "SIMWORTH_OPTIMADE_PYTHON"
ELEMENTS = (
    "Li",
    "Na",
    "K",
    "Mg",
    "Ca",
    "Al",
    "Ga",
    "Zn",
    "Ti",
    "Zr",
    "Fe",
    "Ni",
    "Cu",
    "Ag",
    "Au",
    "O",
    "S",
    "F",
    "Cl",
    "N",
)
CLIENT = """
import json, sys, time
from optimade.client import OptimadeClient
t = time.perf_counter()
client = OptimadeClient(base_urls=[sys.argv[1]], max_results_per_provider=-1)
found = client.get(endpoint="structures", response_fields=["chemical_formula_reduced", "_sw_band_gap"])
seconds = time.perf_counter() - t
data = found["structures"][""][sys.argv[1]]["data"]
rows = {d["id"]: [d["attributes"]["chemical_formula_reduced"], d["attributes"]["_sw_band_gap"]] for d in data}
json.dump({"seconds": seconds, "entries": rows}, open(sys.argv[2], "w"))
"""
"""The reference client as its documentation uses it, with its limit taken off."""


def made_up(n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Entries with every field that OPTIMADE 1.1 asks of a structure."""
    draws = np.random.default_rng(seed)
    found = []
    for i in range(n):
        a, b = sorted(str(e) for e in draws.choice(ELEMENTS, 2, replace=False))
        x, y = 1 + i % 89, 1 + i // 89
        gcd = int(np.gcd(x, y))
        x, y = x // gcd, y // gcd
        formula = f"{a}{x if x > 1 else ''}{b}{y if y > 1 else ''}"
        # A few sites stand for all: the server checks that sites, species and ratios go together.
        attributes = {
            "chemical_formula_reduced": formula, "chemical_formula_anonymous": "AB",
            "chemical_formula_descriptive": formula, "elements": [a, b], "nelements": 2,
            "elements_ratios": [0.5, 0.5], "dimension_types": [1, 1, 1],
            "nperiodic_dimensions": 3, "lattice_vectors": (np.eye(3) * 4).tolist(), "nsites": 2,
            "cartesian_site_positions": [[0.0, 0.0, 0.0], [2.0, 2.0, 2.0]], "species_at_sites": [a, b],
            "species": [{"name": s, "chemical_symbols": [s], "concentration": [1.0]} for s in (a, b)],
            "structure_features": [], "last_modified": "2025-01-01T00:00:00Z", "immutable_id": None,
            "band_gap": None if i % 11 == 5 else round(float(draws.uniform(0, 9)), 4),
        }  # fmt: skip
        found.append({"id": f"sw-{i:06d}", "type": "structures", "attributes": attributes})
    return found


def write_server_files(folder: Path, entries: list[dict[str, Any]], port: int) -> Path:
    """Data and settings of the server; the path of the settings."""
    lines = [{"x-optimade": {"meta": {"api_version": "1.1.0"}}}, *entries]
    (folder / "data.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    settings = {
        "database_backend": "mongomock", "insert_test_data": False, "insert_from_jsonl": str(folder / "data.jsonl"),
        "base_url": f"http://127.0.0.1:{port}", "log_level": "warning", "log_dir": str(folder),
        "provider": {"prefix": "sw", "name": "made up", "description": "made up", "homepage": None},
        "provider_fields": {
            "structures": [{"name": "band_gap", "type": "float", "unit": "eV", "description": "a made-up gap"}]
        },
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    return folder / "settings.json"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def start_server(python: str, folder: Path, entries: list[dict[str, Any]]) -> tuple[subprocess.Popen[bytes], str]:
    """The server, when it answers, and its address."""
    port = free_port()
    settings = write_server_files(folder, entries, port)
    log = (folder / "server.log").open("wb")
    words = [python, "-m", "uvicorn", "optimade.server.main:app", "--port", str(port), "--log-level", "warning"]
    environment = {**os.environ, "OPTIMADE_CONFIG_FILE": str(settings)}
    server = subprocess.Popen(words, env=environment, stdout=log, stderr=log, cwd=folder)
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"the server ended: {(folder / 'server.log').read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{base}/v1/info", timeout=5):
                return server, base
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise SystemExit("the server did not start")


def ours(base: str, folder: Path) -> dict[str, Any]:
    """``simworth get`` as a user runs it, in a process of its own."""
    out = folder / "ours.parquet"
    words = [
        sys.executable,
        "-m",
        "simworth",
        "get",
        "optimade",
        "--url",
        base,
        "--fields",
        "_sw_band_gap",
        "-o",
        str(out),
    ]
    start = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    from simworth.tables import PropertyTable

    table = PropertyTable.from_parquet(out)
    gaps = table.values("_sw_band_gap").tolist()
    return {"seconds": seconds, "about": table.about, "gaps": dict(zip(table.identities, gaps, strict=True))}


def theirs(python: str, base: str, folder: Path) -> dict[str, Any]:
    """The reference client; its own seconds, without the start of its interpreter."""
    out = folder / "theirs.json"
    done = subprocess.run([python, "-c", CLIENT, base, str(out)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the reference client ended: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def compare(python: str, n: int) -> dict[str, Any]:
    """Seconds of both, and what each brought of what the server holds."""
    entries = made_up(n)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server, base = start_server(python, folder, entries)
        try:
            mine = ours(base, folder)
            reference = theirs(python, base, folder)
            again = ours(base, folder)
        finally:
            server.terminate()
            server.wait()
    truth = {e["id"]: [e["attributes"]["chemical_formula_reduced"], e["attributes"]["band_gap"]] for e in entries}
    about = mine["about"]
    return {
        "entries": n,
        "simworth_seconds": [mine["seconds"], again["seconds"]],
        "reference_seconds": reference["seconds"],
        "ratio": reference["seconds"] / max(mine["seconds"], again["seconds"]),
        "simworth_rows": about.rows_read,
        "simworth_left_out": about.left_out,
        "reference_rows": len(reference["entries"]),
        "reference_right": reference["entries"] == truth,
        "simworth_right": mine["gaps"] == means(truth) and again["gaps"] == mine["gaps"],
    }


def means(truth: dict[str, list[Any]]) -> dict[str, float]:
    """What the table should hold: the mean gap of each composition."""
    from simworth.formulas import reduced_formula
    from simworth.tables.merge import merge_groups

    rows = [(reduced_formula(f), g) for f, g in truth.values() if g is not None]
    names = list(dict.fromkeys(str(f) for f, _ in rows))
    place = {f: i for i, f in enumerate(names)}
    group = np.array([place[str(f)] for f, _ in rows])
    merged = merge_groups(np.array([g for _, g in rows]), group, len(names), "mean")
    return dict(zip(names, merged.value.tolist(), strict=True))


def main(argv: list[str] | None = None) -> int:
    """Compare, where the reference is installed; 0 also where it is not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases.reference", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--entries", type=int, default=5000)
    options = parser.parse_args(argv)
    python = os.environ.get(VARIABLE, "")
    if not python or not Path(python).is_file():
        sys.stdout.write(f"skipped: {VARIABLE} names no interpreter that has optimade[server,http-client]\n")
        return 0
    figures = compare(python, options.entries)
    text = json.dumps(figures, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    sys.stdout.write(text + "\n")
    return 0 if figures["simworth_right"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
