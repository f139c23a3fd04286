"""``simworth get`` from end to end: a server, a table, its units and provenance, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from simworth.cli.app import app
from simworth.cli.app import main as run_main
from simworth.errors import InputError
from simworth.ingest.download import Order, download, open_source
from simworth.ingest.sources.registry import find_source
from simworth.ingest.transfer.collect import Progress
from simworth.ingest.transfer.policy import Policy
from simworth.store import default_store, open_stored
from simworth.tables import PropertyTable

QUICK = Policy(tries=3, first_wait=0.001, longest_wait=0.002, interval=0.0)


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api_key: str) -> None:
    monkeypatch.setenv("SIMWORTH_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("MP_API_KEY", api_key)


def get(name: str, base: str, **order: Any) -> Any:
    return download(open_source(find_source(name), base, QUICK), Order(**order))


def gaps(table: PropertyTable, column: str) -> dict[str, float]:
    return dict(zip(table.materials, table.values(column).tolist(), strict=True))


def truth(server: Any) -> dict[str, float]:
    return {e.formula: e.gap for e in server.rows if e.gap is not None}


@pytest.mark.parametrize(
    ("name", "field"),
    [("optimade", "_x_gap"), ("materials-project", "band_gap"), ("oqmd", "band_gap"), ("aflow", "Egap")],
)
def test_from_server_to_file(name: str, field: str, loopback: Any, tmp_path: Path) -> None:
    server = loopback(name, 60)
    landed = get(name, server.base, fields=(field,), out=str(tmp_path / "t.parquet"), page=25)
    table = PropertyTable.from_parquet(landed.place)
    assert gaps(table, field) == truth(server)
    assert table.unit(field) == "eV"
    assert table.kind == "composition"
    assert table.about.left_out == {"no value": 9}
    assert table.about.rows_read == 60
    assert set(table.data.column("entry").to_pylist()) <= {e.name for e in server.rows}
    assert table.provenance.source.startswith(server.base)
    assert table.provenance.licence
    assert table.provenance.citation
    assert any(n.startswith("obtained 20") for n in table.about.notes)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.parquet"]  # nothing else stays


def test_into_the_store(loopback: Any) -> None:
    server = loopback("oqmd", 60)
    landed = get("oqmd", server.base, fields=("band_gap", "prototype"), out="gaps")
    assert landed.place.startswith("store:gaps@")
    stored = open_stored(default_store(), "gaps")
    assert gaps(stored.load(), "band_gap") == truth(server)
    assert stored.card.obtained.endswith("Z")
    assert {c.name: (c.unit, c.role) for c in stored.card.columns} == {
        "band_gap": ("eV", "property"), "prototype": ("", "keep"), "entry": ("", "keep"),
    }  # fmt: skip
    assert [p.name for p in default_store().iterdir()] == ["gaps"]


def test_conditions_are_checked_where_they_arrive(loopback: Any) -> None:
    """AFLOW's stand-in ignores conditions, as servers do with what they do not know."""
    server = loopback("aflow", 60)
    get("aflow", server.base, fields=("Egap",), where="Egap > 0.5 AND Egap <= 0.7", out="a")
    stored = open_stored(default_store(), "a")
    wanted = {k: v for k, v in truth(server).items() if 0.5 < v <= 0.7}
    assert gaps(stored.load(), "Egap") == wanted
    assert stored.card.left_out == {"entries that do not satisfy --where": 60 - len(wanted)}
    server = loopback("materials-project", 60)
    get("materials-project", server.base, fields=("band_gap",), where="band_gap >= 0.5", out="b")
    stored = open_stored(default_store(), "b")
    assert gaps(stored.load(), "band_gap") == {k: v for k, v in truth(server).items() if v >= 0.5}
    assert stored.card.left_out == {}


def test_the_lowest_polymorph_and_a_limit(loopback: Any) -> None:
    server = loopback("materials-project", 40)
    twin = server.rows[1]
    server.rows.append(type(twin)("e-99999", twin.formula, 0.0, True))
    get("materials-project", server.base, fields=("nsites", "band_gap"), merge="lowest:band_gap", out="a", page=7)
    assert gaps(open_stored(default_store(), "a").load(), "band_gap")[twin.formula] == 0.0
    get("materials-project", server.base, fields=("band_gap",), limit=10, out="b", page=4)
    assert open_stored(default_store(), "b").card.rows_read == 10


def test_fields_inside_fields_and_units_that_nobody_states(loopback: Any) -> None:
    server = loopback("optimade", 20)
    get("optimade", server.base, fields=("_x_deep.gap", "_x_stable"), out="a")
    table = open_stored(default_store(), "a").load()
    assert gaps(table, "_x_deep.gap") == truth(server)
    assert set(table.data.column("_x_stable").to_pylist()) == {"true", "false"}
    for field, why in (("_x_bare", "states no unit"), ("_x_odd", "which is not known here")):
        with pytest.raises(InputError, match=why):
            get("optimade", server.base, fields=(field,), out="b")
    get("optimade", server.base, fields=("_x_bare",), units={"_x_bare": "eV"}, out="b")
    assert open_stored(default_store(), "b").card.units == {"_x_bare": "eV"}


def test_what_cannot_be_had_is_told_before_anything_is_downloaded(loopback: Any) -> None:
    server = loopback("optimade", 20)
    orders: tuple[tuple[dict[str, Any], str], ...] = (
        ({"fields": ("band_gap",)}, "did you mean '_x_gap'"),
        ({"fields": ("_other_gap",)}, "did you mean '_x_gap'"),
        ({"fields": ("species_at_sites",)}, "has no field"),
        ({"fields": ("_x_stable",)}, "names no number"),
        ({"fields": ()}, "no field is asked for"),
        ({"fields": ("_x_gap",), "units": {"_x_gap": "K"}}, "states that '_x_gap' is in eV"),
        ({"fields": ("_x_gap",), "units": {"gap": "K"}}, "not among --fields"),
        ({"fields": ("_x_gap",), "merge": "lowest:gap"}, "--merge: there is no field 'gap'"),
        ({"fields": ("_x_gap",), "out": "a b"}, "cannot name a stored table"),
    )
    for order, why in orders:
        with pytest.raises(InputError, match=why):
            get("optimade", server.base, **({"out": "a"} | order))
    assert server.pages == 0


def test_progress_is_told(loopback: Any) -> None:
    server = loopback("oqmd", 60)
    seen: list[Progress] = []
    opened = open_source(find_source("oqmd"), server.base, QUICK)
    download(opened, Order(fields=("band_gap",), out="a", page=25), report=seen.append)
    assert [(p.entries, p.total) for p in seen] == [(0, None), (25, 60), (50, 60), (60, 60)]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "simworth", "get", *words]


def test_killed_at_any_point_and_run_again(loopback: Any, tmp_path: Path) -> None:
    server = loopback("materials-project", 72, pause=0.01)
    words = ["materials-project", "--fields", "band_gap", "--url", server.base, "--page", "6", "-o", "gaps"]
    for kill_at in (1, 5):
        child = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before, deadline = server.pages, time.monotonic() + 60
        while server.pages - before < kill_at and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.003)
        child.send_signal(signal.SIGKILL)
        child.wait()
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert server.pages <= 12 + 2 * 2  # no page that was kept was asked for again
    assert gaps(open_stored(default_store(), "gaps").load(), "band_gap") == truth(server)


def run(capsys: Any, monkeypatch: Any, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["simworth", "get", *words])
    code = 0
    try:
        run_main()
    except SystemExit as error:
        code = int(error.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_key_is_written_nowhere(loopback: Any, tmp_path: Path, api_key: str, capsys: Any, monkeypatch: Any) -> None:
    server = loopback("materials-project", 30, faults={1: "429", 2: "404", 4: "429 long"})
    words = [
        "materials-project",
        "-f",
        "band_gap",
        "--url",
        server.base,
        "--page",
        "10",
        "-o",
        str(tmp_path / "t.parquet"),
    ]
    codes = []
    for _ in range(3):
        code, out, err = run(capsys, monkeypatch, *words)
        codes.append(code)
        assert api_key not in out + err
        for path in tmp_path.rglob("*"):
            assert path.is_dir() or api_key.encode() not in path.read_bytes(), path
    assert codes == [1, 1, 0]
    assert set(server.keys) == {api_key}


def test_the_command(loopback: Any, capsys: Any, monkeypatch: Any) -> None:
    assert app is not None
    code, out, _ = run(capsys, monkeypatch)
    assert code == 0
    assert "materials-project " in out
    assert "MP_API_KEY" in out
    code, out, _ = run(capsys, monkeypatch, "aflow")
    assert code == 0
    assert "fitted to measured ones (estimated by a model)" in out
    server = loopback("optimade", 20)
    code, out, _ = run(capsys, monkeypatch, "optimade", "--url", server.base)
    assert "_x_bare" in out
    assert "unit not stated" in out
    code, out, err = run(capsys, monkeypatch, "optimade", "--url", server.base, "-f", "_x_gap", "-o", "a")
    assert (code, out.startswith("store:a@")) == (0, True)
    assert "Licence: https://example.org/by" in err
    assert "20 rows read, 3 left out (no value), 17 materials" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nothing",), "no such database"),
        (("optimade",), "give the provider's with --url"),
        (("oqmd", "-f", "delta_e"), "-o is missing"),
        (("oqmd", "-f", "delta_e", "-o", "x", "--unit", "delta_e"), "write it as in --unit"),
        (("oqmd", "-f", "delta_e", "-o", "x", "--url", "https://u:p@oqmd.org"), "user name or password"),
        (("aflow", "-f", "Egap", "-o", "x", "--where", "Egap is 3"), "--where"),
    ],
)
def test_bad_words(words: tuple[str, ...], why: str, capsys: Any, monkeypatch: Any) -> None:
    code, _, err = run(capsys, monkeypatch, *words)
    assert code == 2
    assert why in err
    assert len(err.strip().splitlines()) == 1


def test_no_key_no_request(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.delenv("MP_API_KEY")
    monkeypatch.setitem(sys.modules, "keyring", None)
    code, _, err = run(capsys, monkeypatch, "materials-project", "-f", "band_gap", "-o", "x")
    assert code == 2
    assert "set the environment variable MP_API_KEY" in err
    assert "MP_API_KEY" not in os.environ
