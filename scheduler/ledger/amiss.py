"""Amiss: a part of an approved post that its network did not take, though the post goes out; told until a person has seen to it.

A channel says so in the checkpoint of a harmless step (`amiss`), with '' once nothing is.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from scheduler.ledger.delivery import State
from scheduler.ledger.moves import BEAT, DELIVERY, beat, chunks, unsay

AMISS = "amiss"
GOES_OUT = (State.SCHEDULED, State.SENDING, State.UNCONFIRMED, State.PUBLISHED)


def note(connection: Connection, row: Row[Any], checkpoint: str) -> None:
    """Keep what a checkpoint says of it; one that says nothing changes nothing."""
    words = json.loads(checkpoint).get(AMISS)
    if words:
        beat(connection, f"{AMISS} {row.key}", row.due_us, str(words))
    elif words is not None:
        settled(connection, row.key)


def settled(connection: Connection, key: str) -> None:
    """Nothing is amiss any more, or the post is gone."""
    unsay(connection, f"{AMISS} {key}")


def amiss(connection: Connection) -> dict[str, str]:
    """Return what is amiss with deliveries that go out or are public, by key, in order of due."""
    noted = select(BEAT.c.name, BEAT.c.detail).where(BEAT.c.name.like(f"{AMISS} %"), BEAT.c.detail != "")
    told = connection.execute(noted.order_by(BEAT.c.at_us, BEAT.c.name))
    words = {str(row.name).partition(" ")[2]: str(row.detail) for row in told}
    still: set[str] = set()
    for part in chunks(words):
        these = DELIVERY.c.key.in_(part) & DELIVERY.c.state.in_([state.value for state in GOES_OUT])
        still.update(connection.execute(select(DELIVERY.c.key).where(these)).scalars())
    return {key: said for key, said in words.items() if key in still}
