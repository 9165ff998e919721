"""What the register of laws has stopped: held at the claim, remembered by message, let go by a person or a new text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import BEAT, DELIVERY, beat, chunks, move

HELD_FOR = "law"
MEMORY = "law"  # the sign of life that names the messages of which something was held: status looks only at those


@dataclass(frozen=True)
class Stopped:
    """The deliveries of one message that the register has stopped, and why."""

    campaign: str
    message: str
    count: int
    key: str  # of one of them
    why: str


def hold_for_law(connection: Connection, refused: Sequence[tuple[Row[Any], str]], *, at_us: int) -> int:
    """Hold scheduled deliveries of which the register refuses the post as it was read; return how many."""
    held = 0
    in_order = sorted(refused, key=lambda pair: (pair[1], pair[0].digest))
    for (why, digest), pairs in groupby(in_order, key=lambda pair: (pair[1], pair[0].digest)):
        values = {"held_for": HELD_FOR, "error": why}
        same = [DELIVERY.c.digest == digest]  # a plan may just have mended the text
        ids = [row.id for row, _ in pairs]
        moved = move(connection, ids, State.SCHEDULED, Event.HOLD, at_us=at_us, why=why, where=same, values=values)
        held += len(moved)
    if held:
        _remember(connection, {(row.campaign, row.message) for row, _ in refused}, at_us)
    return held


def held_for_law(connection: Connection) -> list[Stopped]:
    """Return what is held for the law, by message."""
    found: list[Stopped] = []
    for campaign, messages in sorted(_remembered(connection).items()):
        for part in chunks(messages):
            statement = (
                select(DELIVERY.c.message, func.count(), func.min(DELIVERY.c.key), func.min(DELIVERY.c.error))
                .where(
                    DELIVERY.c.campaign == campaign,
                    DELIVERY.c.message.in_(part),
                    DELIVERY.c.state == State.HELD.value,
                    DELIVERY.c.held_for == HELD_FOR,
                )
                .group_by(DELIVERY.c.message)
                .order_by(DELIVERY.c.message)
            )
            rows = connection.execute(statement)
            found += [Stopped(campaign, message, int(n), key, why) for message, n, key, why in rows]
    return found


def _remembered(connection: Connection) -> Mapping[str, list[str]]:
    detail = connection.execute(select(BEAT.c.detail).where(BEAT.c.name == MEMORY)).scalar()
    messages: dict[str, list[str]] = {}
    for campaign, message in json.loads(detail or "[]"):
        messages.setdefault(campaign, []).append(message)
    return messages


def _remember(connection: Connection, messages: Collection[tuple[str, str]], at_us: int) -> None:
    known = {(campaign, message) for campaign, listed in _remembered(connection).items() for message in listed}
    if not known.issuperset(messages):
        still = {(stopped.campaign, stopped.message) for stopped in held_for_law(connection)}
        beat(connection, MEMORY, at_us, json.dumps(sorted(still | set(messages))))
