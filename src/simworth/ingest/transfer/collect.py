"""From the first page to the last: go on where the journal ends, notice what is missing, and say so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from simworth.ingest.sources.protocol import Ask, Catalogue, Page, Source
from simworth.ingest.transfer.addresses import follow, home_of
from simworth.ingest.transfer.client import Client
from simworth.ingest.transfer.journal import Journal
from simworth.ingest.transfer.policy import PageError, RefusedError, TransferError

PASSES = 3
"""How often a database that changes while it is read is read from its beginning."""
SMALLER = (250, 100, 50, 20, 10)
"""Entries a page to try where a server refuses more."""
EMPTY = 3
"""Empty pages in a row after which a server is thought to turn in circles."""


@dataclass(frozen=True)
class Progress:
    """How far a transfer is; ``total`` is None where the server does not say."""

    entries: int
    total: int | None
    received: int


@dataclass(frozen=True)
class Collected:
    """What came: how many different entries, how many the server said there are, and how many of these are missing."""

    entries: int
    total: int | None
    missing: int
    notes: tuple[str, ...]


@dataclass
class _State:
    """Where a pass stands."""

    seen: set[int] = field(default_factory=set)
    total: int | None = None
    visited: set[str] = field(default_factory=set)
    link: str | None = None
    empty: int = 0
    trouble: str = ""

    def take(self, page: Page, url: str, link: str | None) -> None:
        """Count a page; `trouble` says why this pass cannot be completed."""
        before = len(self.seen)
        self.seen.update(key_hash(k) for k in page.keys)
        self.visited.add(url)
        self.link = link
        self.trouble = self.trouble or page.trouble
        if page.total is not None:
            if self.total is not None and page.total != self.total:
                self.trouble = f"the database changed while it was read ({self.total} entries, then {page.total})"
            self.total = page.total
        self.empty = 0 if len(page) else self.empty + 1
        if link is None:
            return
        if link in self.visited or self.empty >= EMPTY or (len(page) and len(self.seen) == before):
            self.trouble = "the server sends the same pages again"


def collect(
    source: Source,
    ask: Ask,
    catalogue: Catalogue,
    client: Client,
    journal: Journal,
    *,
    limit: int | None = None,
    partial: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Collected:
    """Bring every page of a request into the journal.

    Parameters
    ----------
    source, ask, catalogue, client, journal
        What is asked, of whom, and where pages are kept.
    limit : int or None
        Entries that are enough.
    partial : bool
        Take what came although entries are missing.
    report, say : callable
        Told how far it is, and, in sentences, why something is done again.

    Raises
    ------
    TransferError
        When a page could not be had, or entries are missing in the end; the pages stay in the journal.
    """
    notes: list[str] = []
    for again in range(PASSES):
        begun = len(journal.records)
        resumed = begun > 0
        state = _replay(source, ask, catalogue, journal)
        try:
            _pages(source, ask, catalogue, client, journal, state, limit, report)
        except TransferError:
            if not resumed or len(journal.records) != begun:
                raise
            state = _mended(source, ask, catalogue, client, journal)
            _pages(source, ask, catalogue, client, journal, state, limit, report)
        missing = _missing(state, limit)
        if not state.trouble and not missing:
            return _collected(state, 0, notes)
        why = state.trouble or f"{missing} of {state.total} entries did not come"
        if partial and not (resumed and again == 0 and state.link is not None):
            return _collected(state, missing, [*notes, f"{why}; this table was made without them"])
        if again + 1 < PASSES:
            say(f"{why}; reading it again from the beginning")
            notes[:] = [f"read from the beginning {again + 2} times: {why}"]
            journal.start_again()
    raise TransferError(
        f"{client.home.host}: {why}, {PASSES} times over; run the same command again later, or take what came with "
        "--partial"
    )


def key_hash(key: str) -> int:
    """Eight bytes that stand for an entry, so that millions of them fit into memory."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _collected(state: _State, missing: int, notes: list[str]) -> Collected:
    if state.total is None:
        notes = [*notes, "the server does not say how many entries there are, so that none is missing is not known"]
    return Collected(len(state.seen), state.total, missing, tuple(notes))


def _missing(state: _State, limit: int | None) -> int:
    """Entries that should be here and are not."""
    if state.total is None:
        return 0
    wanted = state.total if limit is None else min(limit, state.total)
    return max(0, wanted - len(state.seen))


def _replay(source: Source, ask: Ask, catalogue: Catalogue, journal: Journal) -> _State:
    """Count the pages that are there; ones that make no sense any more are fetched again."""
    state = _State()
    for record in list(journal.records):
        try:
            page = source.read(journal.body(record), record.url, ask, catalogue)
        except PageError:
            journal.start_again()
            return _State()
        state.take(page, record.url, record.next)
    return state


def _mended(source: Source, ask: Ask, catalogue: Catalogue, client: Client, journal: Journal) -> _State:
    """The state with the last page got once more: the link that an earlier run kept from it may be damaged."""
    last = journal.records[-1]
    try:
        url, body, page, link = _page(source, ask, catalogue, client, last.url, False)
    except TransferError as error:
        raise _where_it_stopped(error, journal, _replay(source, ask, catalogue, journal)) from None
    journal.drop_last()
    journal.add(url, body, len(page), page.total, link)
    return _replay(source, ask, catalogue, journal)


def _pages(
    source: Source,
    ask: Ask,
    catalogue: Catalogue,
    client: Client,
    journal: Journal,
    state: _State,
    limit: int | None,
    report: Callable[[Progress], None],
) -> None:
    """Fetch pages until the last, the limit, or trouble."""
    client.received = max(client.received, journal.received)
    url = state.link if journal.records else source.first(ask, catalogue)
    first = not journal.records
    report(Progress(len(state.seen), state.total, client.received))
    while url is not None and not state.trouble and (limit is None or len(state.seen) < limit):
        try:
            url, body, page, link = _page(source, ask, catalogue, client, url, first)
        except TransferError as error:
            raise _where_it_stopped(error, journal, state) from None
        state.take(page, url, link)
        journal.add(url, body, len(page), page.total, link)
        report(Progress(len(state.seen), state.total, client.received))
        url, first = link, False


def _page(
    source: Source, ask: Ask, catalogue: Catalogue, client: Client, url: str, first: bool
) -> tuple[str, bytes, Page, str | None]:
    """One page; the first is asked for in smaller and smaller sizes where the server refuses large ones."""

    def check(body: bytes) -> tuple[Page, str | None]:
        page = source.read(body, url, ask, catalogue)
        keyed = source.key is not None
        link = None if page.next is None else follow(page.next, url, home_of(url) if not keyed else client.home, keyed)
        return page, link

    sizes = [s for s in SMALLER if s < ask.page] if first else []
    while True:
        try:
            body, (page, link) = client.get(url, check)
        except RefusedError as error:
            if not sizes or not _about_size(error):
                raise
            url = source.first(msgspec.structs.replace(ask, page=sizes.pop(0)), catalogue)
            continue
        return url, body, page, link


def _about_size(error: RefusedError) -> bool:
    """Whether a refusal speaks of the size of a page."""
    return error.status == 413 or (error.status in (400, 403, 422) and "limit" in error.words.lower())


def _where_it_stopped(error: TransferError, journal: Journal, state: _State) -> TransferError:
    """The same error, with what is there and how to go on."""
    of = f" of {state.total}" if state.total is not None else ""
    here = f"{len(state.seen)}{of} entries are kept in {journal.folder}; " if journal.records else ""
    found = TransferError(f"{error}; {here}run the same command again to go on")
    if isinstance(error, RefusedError) and not journal.records:
        return error
    return found
