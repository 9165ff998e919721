"""Who answers for what went out: who approved it, and by whose order it was held, released, sent again, taken down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, func, select

from scheduler.ledger.achieved import PUBLIC, Part
from scheduler.ledger.delivery import Event
from scheduler.ledger.moves import DELIVERY, EVENT, chunks
from scheduler.ledger.plans import APPROVAL, fingerprint

ORDERS = (Event.HOLD, Event.RELEASE, Event.CANCEL, Event.CONFIRM, Event.RETRY, Event.WITHDRAW, Event.CORRECT)
BY_ITSELF = ("", "loa run")
AT_ONCE = 5000  # deliveries in memory


@dataclass(frozen=True)
class Approved:
    """So many public posts of a unit that a person had approved (by '': nobody was asked)."""

    unit: str
    by: str
    count: int
    first_us: int
    last_us: int


@dataclass(frozen=True)
class Order:
    """One order of a person. `scope`: what it stopped or let go as a whole, '' for deliveries one by one."""

    at_us: int
    event: str
    by: str
    why: str
    unit: str = ""
    count: int = 0
    scope: str = ""
    values: tuple[str, ...] = ()


def approvals(connection: Connection, part: Part) -> list[Approved]:
    """Return who approved the posts of a part that are or were public, just as they went out; by unit, then by name."""
    found: dict[tuple[str, str], list[int]] = {}
    columns = (DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.due_us, DELIVERY.c.digest, DELIVERY.c.unit)
    page = select(*columns).where(DELIVERY.c.state.in_(PUBLIC), *part.conditions).order_by(DELIVERY.c.id).limit(AT_ONCE)
    last = 0
    while rows := connection.execute(page.where(DELIVERY.c.id > last)).all():
        last = rows[-1].id
        units = {fingerprint(row.key, row.due_us, row.digest): row.unit for row in rows}
        said = _said(connection, units)
        for mark, unit in units.items():
            by, at_us = said.get(mark, ("", 0))
            found.setdefault((unit, by), []).append(at_us)
    return [Approved(unit, by, len(at), min(at), max(at)) for (unit, by), at in sorted(found.items())]


def _said(connection: Connection, fingerprints: Collection[str]) -> dict[str, tuple[str, int]]:
    columns = (APPROVAL.c.fingerprint, APPROVAL.c.by, APPROVAL.c.at_us)
    found: dict[str, tuple[str, int]] = {}
    for some in chunks(fingerprints):
        rows = connection.execute(select(*columns).where(APPROVAL.c.fingerprint.in_(some)))
        found |= {row.fingerprint: (row.by, int(row.at_us)) for row in rows}
    return found


def orders(connection: Connection, part: Part) -> list[Order]:
    """Return what persons ordered of the deliveries of a part, one entry for each order and unit, in order of time.

    Left out: approvals (see above), and what a changed plan held or let go by itself.
    """
    columns = (EVENT.c.at_us, EVENT.c.event, EVENT.c.by, EVENT.c.why, DELIVERY.c.unit)
    change = EVENT.alias()
    planned = exists().where(
        change.c.delivery == EVENT.c.delivery, change.c.at_us == EVENT.c.at_us, change.c.event == Event.CHANGE.value
    )
    statement = (
        select(*columns, func.count())
        .join(DELIVERY, DELIVERY.c.id == EVENT.c.delivery)
        .where(EVENT.c.event.in_([e.value for e in ORDERS]), EVENT.c.by.not_in(BY_ITSELF), ~planned, *part.conditions)
        .group_by(*columns)
        .order_by(EVENT.c.at_us, DELIVERY.c.unit)
    )
    approving = {(row.by, row.at_us) for row in connection.execute(select(APPROVAL.c.by, APPROVAL.c.at_us).distinct())}
    return [
        Order(at_us, event, by, why, unit, int(n))
        for at_us, event, by, why, unit, n in connection.execute(statement)
        if event != Event.RELEASE or (by, at_us) not in approving
    ]


def holds(connection: Connection, first_us: int, last_us: int, concerned: Mapping[str, Collection[str]]) -> list[Order]:
    """Return what was held as a whole while something was due from `first_us` to `last_us`, and its release, in order.

    `concerned`: ids of channels, units and campaigns; holds of a class, or of everything, concern all. By '': Loa itself.
    """
    found: set[Order] = set()
    standing: dict[tuple[str, str], Order] = {}
    for order in _whole_orders(connection):
        for value in order.values:
            if order.scope in concerned and value not in concerned[order.scope]:
                continue
            if order.event == Event.HOLD:
                standing[order.scope, value] = order
            elif (
                (held := standing.pop((order.scope, value), None)) and held.at_us <= last_us and order.at_us >= first_us
            ):
                found |= {held, order}
    found |= {held for held in standing.values() if held.at_us <= last_us}
    return sorted(found, key=lambda order: order.at_us)


def _whole_orders(connection: Connection) -> Iterator[Order]:
    statement = select(EVENT).where(EVENT.c.delivery == 0, EVENT.c.event.in_([Event.HOLD.value, Event.RELEASE.value]))
    row: Any
    for row in connection.execute(statement.order_by(EVENT.c.id)):
        scope, *values = (row.after or row.before).split()
        yield Order(int(row.at_us), row.event, row.by, row.why, scope=scope, values=tuple(values))
