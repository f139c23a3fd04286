"""Every fault at every connector: the table is whole afterwards, or the command says what is missing and a rerun
completes it; and never a wrong number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simworth.errors import SimworthError
from simworth.ingest.download import batches, open_source
from simworth.ingest.landing import Counts
from simworth.ingest.sources.protocol import Ask
from simworth.ingest.sources.registry import find_source
from simworth.ingest.transfer.collect import collect
from simworth.ingest.transfer.journal import open_journal
from simworth.ingest.transfer.policy import Policy, TransferError

QUICK = Policy(
    tries=5, bad_tries=3, first_wait=0.001, longest_wait=0.002, read_seconds=1.0, page_seconds=1.0,
    page_bytes=200_000, interval=0.0,
)  # fmt: skip
GAP = {"optimade": "_x_gap", "materials-project": "band_gap", "oqmd": "band_gap", "aflow": "Egap", "aflow-list": "Egap"}
CONNECTORS = tuple(GAP)
SLOW = ("drip", "drip headers", "silence")


def gather(name: str, base: str, folder: Path, page: int = 12) -> dict[str, tuple[str, float | None]]:
    """Entry → formula and gap, as a download brings them."""
    opened = open_source(find_source(name.removesuffix("-list")), base, QUICK)
    source, catalogue = opened.source, opened.catalogue
    ask = Ask((GAP[name],), "", opened.base, page)
    with open_journal(folder, {"name": name}) as journal:
        collect(source, ask, catalogue, opened.client, journal)
        found: dict[str, tuple[str, float | None]] = {}
        for batch in batches(source, ask, catalogue, journal, (), None, Counts()):
            columns = batch.to_pydict()
            for e, m, g in zip(columns["entry"], columns["material"], columns[GAP[name]], strict=True):
                assert e not in found
                found[e] = (m, g)
    return found


def truth(server: Any) -> dict[str, tuple[str, float | None]]:
    return {e.name: (e.formula, e.gap) for e in server.rows}


def is_useful(sentence: str) -> bool:
    """Whether a message says what to do."""
    return any(w in sentence for w in ("again", "--page", "--url", "check it")) and "Traceback" not in sentence


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_fault_is_overcome_or_told_and_a_rerun_completes_the_table(
    name: str, loopback: Any, faults: tuple[str, ...], tmp_path: Path, monkeypatch: Any, api_key: str
) -> None:
    monkeypatch.setenv("MP_API_KEY", api_key)
    other = loopback("oqmd", 3)
    said = {}
    chosen = [f for f in faults if f not in SLOW or name == "optimade"]  # waiting is the same for all
    for i, fault in enumerate(chosen):
        # Each fault at another page: the first, one in the middle, or the last.
        server = loopback(name, 60, faults={(0, 2, 4)[i % 3]: fault}, elsewhere=other.base)
        folder = tmp_path / str(i)
        try:
            found = gather(name, server.base, folder)
        except SimworthError as error:
            said[fault] = str(error)
            server.faults.clear()
            found = gather(name, server.base, folder)
        assert found == truth(server), fault
        server.stop()
    assert all(map(is_useful, said.values())), said
    assert not any(other.keys), "a key went to another host"
    assert len(chosen) >= 30
    assert len(said) <= 10, said  # most faults are overcome without the user


@pytest.mark.parametrize("name", CONNECTORS)
def test_faults_at_every_page_at_once(name: str, loopback: Any, tmp_path: Path, monkeypatch: Any, api_key: str) -> None:
    monkeypatch.setenv("MP_API_KEY", api_key)
    faults = {0: "500", 1: "cut", 3: "429", 4: "html", 5: "garbage", 7: "close", 9: "length too large", 11: "bad gzip"}
    server = loopback(name, 60, faults=faults)
    assert gather(name, server.base, tmp_path / "x") == truth(server)


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_server_that_dies_and_comes_back(
    name: str, loopback: Any, tmp_path: Path, monkeypatch: Any, api_key: str
) -> None:
    monkeypatch.setenv("MP_API_KEY", api_key)
    server = loopback(name, 60, faults={3: "close", 4: "close", 5: "close", 6: "close", 7: "close", 8: "close"})
    with pytest.raises(TransferError, match=r"36 .*kept in .* run the same command again"):
        gather(name, server.base, tmp_path / "x")
    server.stop()
    for _ in range(2):  # trying in vain costs nothing
        with pytest.raises(TransferError, match=r"does not take connections.* run the same command again"):
            gather(name, server.base, tmp_path / "x")
    server.faults.clear()
    server.start()
    before = server.pages
    assert gather(name, server.base, tmp_path / "x") == truth(server)
    assert server.pages - before <= 4  # the pages that were there were not asked for again


def test_a_page_that_stays_wrong_is_told(loopback: Any, tmp_path: Path) -> None:
    server = loopback("oqmd", 60, faults=dict.fromkeys(range(2, 40), "html"))
    with pytest.raises(TransferError, match="it is a web page, or cut short, 3 times over; 24 of 60 entries"):
        gather("oqmd", server.base, tmp_path / "x")


def test_entries_that_never_come_are_told_and_can_be_done_without(loopback: Any, tmp_path: Path) -> None:
    server = loopback("optimade", 60, faults=dict.fromkeys(range(2, 60, 5), "half the rows"))
    with pytest.raises(TransferError, match="6 of 60 entries did not come, 3 times over"):
        gather("optimade", server.base, tmp_path / "x")
    server.faults.clear()
    assert gather("optimade", server.base, tmp_path / "x") == truth(server)


def test_what_came_can_be_taken(loopback: Any, tmp_path: Path) -> None:
    server = loopback("optimade", 60, faults=dict.fromkeys(range(2, 60, 5), "half the rows"))
    opened = open_source(find_source("optimade"), server.base, QUICK)
    ask = Ask(("_x_gap",), "", opened.base, 12)
    with open_journal(tmp_path / "x", {}) as journal:
        found = collect(opened.source, ask, opened.catalogue, opened.client, journal, partial=True)
    assert (found.entries, found.total, found.missing) == (54, 60, 6)
    assert found.notes == ("6 of 60 entries did not come; this table was made without them",)
    assert server.pages == 5


def test_a_link_that_was_kept_damaged_is_got_again(loopback: Any, tmp_path: Path) -> None:
    server = loopback("oqmd", 60)
    real = server.base
    whole = server.fake

    def damaged(s: Any, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        status, more, body = whole(s, path, query, headers)
        bad = query.get("offset") == "24" and s.pages < 3
        return status, more, body.replace(real.encode(), b"http://127.0.0.1:1") if bad else body

    server.fake = damaged
    with pytest.raises(TransferError, match="36 of 60"):
        gather("oqmd", server.base, tmp_path / "x")
    assert gather("oqmd", server.base, tmp_path / "x") == truth(server)


def test_a_server_that_turns_in_circles_is_left(loopback: Any, tmp_path: Path) -> None:
    server = loopback("oqmd", 60)
    whole = server.fake

    def circle(s: Any, path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        return whole(s, path, query | {"offset": "0"}, headers)

    server.fake = circle
    with pytest.raises(TransferError, match="sends the same pages again"):
        gather("oqmd", server.base, tmp_path / "x")
    assert server.pages < 20


def test_a_smaller_page_where_the_server_refuses_a_large_one(loopback: Any, tmp_path: Path) -> None:
    server = loopback("optimade", 60, most=20)
    assert gather("optimade", server.base, tmp_path / "x", page=500) == truth(server)
    assert server.pages == 4 + 3  # 500, 250, 100, 50 refused; then three of twenty
