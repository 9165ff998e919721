"""The unconfirmed: which of them are to be looked for, and what a look has shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, literal_column, or_, select, update

from scheduler.channels.contract import Receipt
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY, move
from scheduler.ledger.turn import SENDING, on_own

FARTHEST = 900_000_000  # microseconds; no look is put down for later than a quarter of an hour

UNCONFIRMED: Any = literal_column("state = 'unconfirmed'")

_ALL_SENDING = select(DELIVERY.c.id).where(SENDING)

_LOOKED = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.channel, DELIVERY.c.due_us,
    DELIVERY.c.late_us, DELIVERY.c.digest, DELIVERY.c.checkpoint, DELIVERY.c.started_us, DELIVERY.c.looks,
    DELIVERY.c.resends, DELIVERY.c.rev, DELIVERY.c.attempts, DELIVERY.c.error,
)  # fmt: skip


def to_look_for(connection: Connection, at_us: int, limit: int = 200, worker: int | None = None) -> list[Row[Any]]:
    """Return unconfirmed deliveries whose next look is due, oldest first.

    A look that lies very far ahead was put down before the clock was set back: it is due as well.
    """
    due = or_(DELIVERY.c.next_us <= at_us, DELIVERY.c.next_us > at_us + FARTHEST)
    statement = select(*_LOOKED).where(UNCONFIRMED, due, *on_own(worker))
    return list(connection.execute(statement.order_by(DELIVERY.c.next_us, DELIVERY.c.id).limit(limit)))


def still_looked_for(connection: Connection) -> bool:
    """Tell whether any unconfirmed delivery still has a look ahead of it."""
    statement = select(DELIVERY.c.id).where(UNCONFIRMED, DELIVERY.c.next_us.is_not(None)).limit(1)
    return connection.execute(statement).first() is not None


def found(connection: Connection, row: Row[Any], receipt: Receipt, *, at_us: int) -> None:
    """The network shows the post: it is public."""
    values = {
        "remote_id": receipt.remote_id,
        "url": receipt.url,
        "published_us": max(row.started_us or at_us, row.due_us),
        "next_us": None,
        "error": "",
    }
    move(
        connection, [row.id], State.UNCONFIRMED, Event.CONFIRM,
        at_us=at_us, why="found on the network", where=[DELIVERY.c.rev == row.rev], values=values,
    )  # fmt: skip


def absent(connection: Connection, row: Row[Any], *, next_us: int | None, why: str = "") -> None:
    """A look found nothing, or could not look: note it and when the next one is (None: a person's turn)."""
    values: dict[str, Any] = {"next_us": next_us, "rev": DELIVERY.c.rev + 1}
    values |= {"error": why} if why else {"looks": DELIVERY.c.looks + 1}
    statement = update(DELIVERY).where(DELIVERY.c.id == row.id, DELIVERY.c.rev == row.rev, UNCONFIRMED)
    connection.execute(statement.values(**values))


def send_again(connection: Connection, row: Row[Any], *, at_us: int, next_us: int) -> None:
    """It is certainly not public: it may be tried once more, under the same key."""
    values = {"next_us": next_us, "looks": 0, "resends": DELIVERY.c.resends + 1}
    move(
        connection, [row.id], State.UNCONFIRMED, Event.RETRY,
        at_us=at_us, why="absent after two looks", where=[DELIVERY.c.rev == row.rev], values=values,
    )  # fmt: skip


def adopt_unfinished(
    connection: Connection, *, at_us: int, first_look_us: int, only: Sequence[int] | None = None
) -> int:
    """What a daemon left in the middle of sending (all of it, or `only` these) is unconfirmed; return how many."""
    ids = only if only is not None else list(connection.execute(_ALL_SENDING).scalars())
    why = "the daemon ended while it was sending"
    values = {"next_us": at_us + first_look_us, "looks": 0, "error": why}
    return len(move(connection, ids, State.SENDING, Event.AWAIT, at_us=at_us, why=why, values=values))
