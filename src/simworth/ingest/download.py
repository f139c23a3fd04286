"""One database, some of its fields, one table: from a name to rows with units, identity, licence and provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from simworth.errors import InputError
from simworth.ingest.landing import Counts, Landed, check_out, download_folder, land
from simworth.ingest.sources.conditions import Condition, conditions, fields_of, holds
from simworth.ingest.sources.protocol import Ask, Catalogue, Cell, Field, Page, Source, check_fields, near
from simworth.ingest.transfer.addresses import base_address
from simworth.ingest.transfer.client import Client
from simworth.ingest.transfer.collect import Progress, collect, key_hash
from simworth.ingest.transfer.journal import Journal, open_journal
from simworth.ingest.transfer.policy import Policy, RefusedError, TransferError
from simworth.tables import Unreadable

ENTRY = "entry"
"""Column of the database's own names of its entries."""
NATIVE = ("optimade", "oqmd")
"""Databases whose ``--where`` is a language of their own and goes to them as it is."""


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a user asks for."""

    fields: tuple[str, ...]
    out: str
    """A path that ends in ``.parquet``, or a name in the store."""
    where: str = ""
    url: str | None = None
    units: dict[str, str] = {}
    """Field → unit, where the database does not state one."""
    merge: str = "mean"
    limit: int | None = None
    page: int | None = None
    partial: bool = False
    unreadable: Unreadable = "drop"


@dataclass(frozen=True)
class Opened:
    """A database ready to be read: its catalogue and a client for it."""

    source: Source
    base: str
    client: Client
    catalogue: Catalogue


def open_source(
    source: Source,
    url: str | None = None,
    policy: Policy | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    *,
    keyed: bool = True,
) -> Opened:
    """Find the key, and learn which fields there are.

    Parameters
    ----------
    source : Source
    url : str or None
        Address of the server; the source's own by default.
    policy : Policy or None
        Limits.
    say : callable
        Told why there is a wait.
    keyed : bool
        False where nothing will be asked that needs the key.

    Raises
    ------
    InputError
        When there is no address or key.
    TransferError
        When the server cannot be read.
    """
    if url is None and source.base is None:
        raise InputError(f"{source.name}: has no address of its own; give the provider's with --url")
    base = base_address(url or str(source.base))
    key = None
    if source.key is not None and keyed:
        from simworth.ingest.transfer.keys import find_key

        key = find_key(source.name, source.key)
    client = Client(base, policy or Policy(), key=key, say=say)
    try:
        catalogue = source.catalogue(base, lambda u, check: client.get(u, check)[0])
    except RefusedError:
        raise
    except TransferError as error:
        raise TransferError(f"{error}; run the same command again later") from None
    return Opened(source, base, client, catalogue)


def download(
    opened: Opened,
    order: Order,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Landed:
    """Bring a database's entries into a table; interrupted at any point, the same call goes on.

    Parameters
    ----------
    opened : Opened
        From `open_source`.
    order : Order
        What is wanted.
    report, say : callable
        See `simworth.ingest.transfer.collect.collect`.

    Raises
    ------
    InputError
        When a field, a unit, a condition or the output cannot be used.
    TransferError
        When the server could not be read to the end; what came is kept.
    """
    source, catalogue = opened.source, opened.catalogue
    out = check_out(order.out)
    asked = () if source.name.startswith(NATIVE) else conditions(order.where)
    extra = extra_fields(order, asked, catalogue)
    columns = table_columns(source.name, order, extra, catalogue)
    ask = Ask((*order.fields, *extra), order.where, opened.base, _page_size(order, source))
    address = source.first(ask, catalogue)
    request = {"source": source.name, "base": ask.base, "fields": list(ask.fields), "where": ask.where}
    with open_journal(download_folder(out), request) as journal:
        found = collect(
            source, ask, catalogue, opened.client, journal,
            limit=order.limit, partial=order.partial, report=report, say=say,
        )  # fmt: skip
        counts = Counts(Counter(), list(catalogue.notes) + list(found.notes))
        if found.missing:
            counts.left_out["entries that the server never sent"] = found.missing
        recipe = _recipe(order, columns, catalogue, address)
        rows = batches(source, ask, catalogue, journal, asked, order.limit, counts)
        landed = land(out, recipe, rows, counts)
        journal.remove()
    return landed


def batches(
    source: Source,
    ask: Ask,
    catalogue: Catalogue,
    journal: Journal,
    asked: Sequence[Condition],
    limit: int | None,
    counts: Counts,
) -> Iterator[Any]:
    """The pages of a journal as record batches: every entry once, and only those that satisfy the conditions."""
    import pyarrow as pa

    seen: set[int] = set()
    unreadable: Counter[str] = Counter()
    full: set[str] = set()
    rows = 0
    for record in journal.records:
        page = source.read(journal.body(record), record.url, ask, catalogue)
        unreadable.update(page.unreadable)
        places = []
        for i, key in enumerate(page.keys):
            hashed = key_hash(key)
            if hashed in seen or (limit is not None and len(seen) >= limit):
                counts.left_out["entries sent twice"] += hashed in seen
                continue
            seen.add(hashed)
            if all(_satisfied(c, page, i) for c in asked):
                places.append(i)
            else:
                counts.left_out["entries that do not satisfy --where"] += 1
        full |= {f for f, cells in page.columns.items() if any(c is not None for c in cells)}
        columns = {"material": pa.array([page.materials[i] for i in places], pa.string())}
        if ENTRY not in ask.fields:
            columns[ENTRY] = pa.array([page.entries[i] for i in places], pa.string())
        for f in ask.fields:
            kind = pa.float64() if catalogue.fields[f].holds == "number" else pa.string()
            columns[f] = pa.array([page.columns[f][i] for i in places], kind)
        rows += len(places)
        yield pa.RecordBatch.from_pydict(columns)
    counts.left_out += Counter()  # drops zeros
    for name, n in unreadable.items():
        counts.notes.append(f"{n} values of {name} could not be read and count as no value")
    empty = [f for f in ask.fields if f not in full]
    if empty and rows:
        counts.notes.append(f"no entry has a value of {', '.join(empty)}")


def _satisfied(condition: Condition, page: Page, place: int) -> bool:
    """Whether an entry satisfies a condition on a field that came with it."""
    column: list[Cell] | None = page.columns.get(condition.field)
    return True if column is None else holds(condition, column[place])


def extra_fields(order: Order, asked: Sequence[Condition], catalogue: Catalogue) -> tuple[str, ...]:
    """Fields that conditions and the rule of merging need, beside those that are wanted."""
    named = [f for f in fields_of(asked) if f in catalogue.fields]
    rule = order.merge.partition(":")[2]
    if rule:
        if rule not in catalogue.fields and rule != ENTRY:
            raise InputError(f"--merge: there is no field {rule!r}; {near(rule, list(catalogue.fields))}")
        named.append(rule)
    return tuple(f for f in dict.fromkeys(named) if f not in order.fields and f != ENTRY)


def table_columns(source: str, order: Order, extra: Sequence[str], catalogue: Catalogue) -> tuple[Any, ...]:
    """Columns of the table, each number in a unit that is known before anything is downloaded."""
    from simworth.store import Column
    from simworth.units import parse_unit

    check_fields(source, order.fields, catalogue.fields)
    strange = [f for f in order.units if f not in order.fields]
    if strange:
        raise InputError(f"--unit: {strange[0]!r} is not among --fields; {near(strange[0], order.fields)}")
    made = []
    for name in order.fields:
        field = catalogue.fields[name]
        if field.holds != "number" and name in order.units:
            raise InputError(
                f"{source}: {name!r} holds no plain numbers such as 1.5, so it has no unit; correct the file"
            )
        if field.holds != "number":
            made.append(Column(name, "", field.meaning, "keep", field.predicted, "text"))
            continue
        unit = unit_of(source, field, order.units)
        parse_unit(unit, f"{source}, field {name!r}")
        made.append(Column(name, unit, field.meaning, "property", field.predicted, "number"))
    for name in extra:
        field = catalogue.fields[name]
        number = field.holds == "number"
        made.append(
            Column(name, field.unit or "", field.meaning, "keep", field.predicted, "number" if number else "text")
        )
    if ENTRY not in order.fields:
        made.append(Column(ENTRY, "", "the database's name of the entry", "keep", False, "text"))
    return tuple(made)


def unit_of(source: str, field: Field, stated: Mapping[str, str]) -> str:
    """The unit of a field: the database's, or the user's where the database states none or one that is not known.

    Raises
    ------
    InputError
        When nobody states one, or the two differ.
    """
    from simworth.units import parse_unit

    own = field.unit
    if own is not None:
        try:
            parse_unit(own, field.name)
        except InputError:
            own = None
    mine = stated.get(field.name)
    if own is None and mine is None:
        said = f"states the unit {field.unit!r}, which is not known here" if field.unit else "states no unit"
        raise InputError(f"{source}: {said}, of {field.name!r}; say it, as in --unit {field.name}=eV/atom")
    if own is not None and mine is not None and parse_unit(mine, "--unit") != parse_unit(own, field.name):
        raise InputError(f"{source}: states that {field.name!r} is in {own}, not in {mine}; leave --unit out")
    return str(own if own is not None else mine)


def _page_size(order: Order, source: Source) -> int:
    size = order.page or source.page
    return size if order.limit is None else max(1, min(size, order.limit))


def _recipe(order: Order, columns: tuple[Any, ...], catalogue: Catalogue, address: str) -> Any:
    from simworth.store import Recipe

    return Recipe(
        name="table", kind=catalogue.kind, columns=columns, merge=order.merge, unreadable=order.unreadable,
        source=address, licence=catalogue.licence, citation=catalogue.citation,
    )  # fmt: skip
