"""Deliveries that are made ready long before their time: those with a film, and those on channels that ask for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from scheduler.ledger.moves import DELIVERY, chunks
from scheduler.ledger.plans import POST
from scheduler.ledger.turn import ARMED, SCHEDULED, Stop, not_stopped, on_own

HAS_FILM = '"video":{'  # of a post's body; inside a text the quotes would be escaped


def with_film(connection: Connection, until_us: int, held: Sequence[Stop], worker: int | None = None) -> list[Row[Any]]:
    """Return what is to be tried until then and has a film, in order of time."""
    shown = POST.c.digest == DELIVERY.c.digest
    statement = select(*ARMED).join(POST, shown).where(
        SCHEDULED, DELIVERY.c.next_us <= until_us, POST.c.body.contains(HAS_FILM),
        *not_stopped(held), *on_own(worker),
    )  # fmt: skip
    return list(connection.execute(statement.order_by(DELIVERY.c.next_us, DELIVERY.c.id)))


def on_channels(
    connection: Connection, channels: Collection[str], until_us: int, held: Sequence[Stop], worker: int | None = None
) -> list[Row[Any]]:
    """Return what is to be tried on these channels until then, in order of time."""
    found: list[Row[Any]] = []
    for part in chunks(channels):
        statement = select(*ARMED).where(
            SCHEDULED, DELIVERY.c.next_us <= until_us, DELIVERY.c.channel.in_(part), *not_stopped(held), *on_own(worker)
        )
        found += connection.execute(statement)
    return sorted(found, key=lambda row: (row.next_us, row.id))
