"""What a delivery waits for besides its time: the post that it sends on, and room in its channel's day and month.

Looked at in the transaction of the claim, so that two for one last place cannot both go. What must wait is put off: it
stays scheduled, nothing was asked, and no attempt is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from scheduler.ledger.delivery import SETTLED, State
from scheduler.ledger.moves import DELIVERY, chunks
from scheduler.text import say

SECOND_US = 1_000_000
SOONEST_US, LATEST_US = 10 * SECOND_US, 300 * SECOND_US  # from one look at the post that is sent on to the next


@dataclass(frozen=True, slots=True)
class Room:
    """How much a channel may say from one moment to another (microseconds): a day, a month."""

    most: int
    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold before a delivery may be claimed. Moments in microseconds."""

    row: Row[Any]
    follows: str = ""  # the key of the delivery that must be public
    rooms: tuple[Room, ...] = ()
    opens_us: int = 0  # the network takes nothing before


@dataclass
class Look:
    """What was found: until when a delivery is put off and why, what is public that it sends on, why it never can."""

    put_off: dict[int, tuple[int, str]] = field(default_factory=dict)
    public: dict[int, Row[Any]] = field(default_factory=dict)
    never: dict[int, str] = field(default_factory=dict)


def look(connection: Connection, demands: Sequence[Demand], *, at_us: int) -> Look:
    """Look at what deliveries wait for, and put off those that must wait."""
    found = Look()
    leading = _leading(connection, [demand.follows for demand in demands if demand.follows])
    for demand in demands:
        wait = _wait(connection, demand, leading, found, at_us)
        if wait is not None:
            until_us, why = wait
            until_us = min(until_us, demand.row.late_us + SECOND_US)  # by then it is missed
            _put_off(connection, demand.row, until_us, why)
            found.put_off[demand.row.id] = until_us, why
    return found


def _wait(
    connection: Connection, demand: Demand, leading: Mapping[str, Row[Any]], found: Look, at_us: int
) -> tuple[int, str] | None:
    row = demand.row
    if demand.follows:
        leader = leading.get(demand.follows)
        if leader is None or leader.state not in (State.PUBLISHED, State.WITHDRAWN):
            passed = max(0, at_us - row.due_us)
            why = say(f"chờ {demand.follows} lên công khai", f"waits until {demand.follows} is public")
            return at_us + min(LATEST_US, max(SOONEST_US, passed // 2)), why
        if never := _never(row, leader):
            found.never[row.id] = never
            return None
        found.public[row.id] = leader
    if demand.opens_us > at_us:
        return demand.opens_us, say("ngoài giờ mạng nhận", "outside the hours in which the network takes posts")
    for room in demand.rooms:
        if said_since(connection, [row.channel], room.since_us)[row.channel] >= room.most:
            why = say(
                f"kênh {row.channel} đã đăng đủ {room.most} bài của ngày hoặc tháng này",
                f"{row.channel} has said its {room.most} of this day or month",
            )
            return room.until_us, why
    return None


def _never(row: Row[Any], leader: Row[Any]) -> str:
    if leader.state == State.WITHDRAWN:
        return say(f"{leader.key} đã gỡ, không còn gì để gửi", f"{leader.key} was taken down, nothing is left to send")
    if leader.digest != row.digest:
        return say(
            f"bài đã lên ở {leader.key} khác bài được duyệt để gửi",
            f"what is public at {leader.key} is not what was approved to be sent on",
        )
    return ""


def _leading(connection: Connection, keys: Collection[str]) -> dict[str, Row[Any]]:
    wanted = [DELIVERY.c[name] for name in ("key", "state", "digest", "remote_id", "url")]
    found: list[Row[Any]] = []
    for part in chunks(keys):
        found += connection.execute(select(*wanted).where(DELIVERY.c.key.in_(part)))
    return {row.key: row for row in found}


def said_since(connection: Connection, channels: Iterable[str], since_us: int) -> dict[str, int]:
    """Return how much each of the channels has said since then, or perhaps said."""
    counted = dict.fromkeys(channels, 0)
    states = [state.value for state in SETTLED]
    for part in chunks(list(counted)):
        statement = select(DELIVERY.c.channel, func.count()).where(
            DELIVERY.c.channel.in_(part), DELIVERY.c.started_us >= since_us, DELIVERY.c.state.in_(states)
        )
        counted.update({channel: int(n) for channel, n in connection.execute(statement.group_by(DELIVERY.c.channel))})
    return counted


def _put_off(connection: Connection, row: Row[Any], until_us: int, why: str) -> None:
    these = (DELIVERY.c.id == row.id) & (DELIVERY.c.rev == row.rev) & (DELIVERY.c.state == State.SCHEDULED.value)
    connection.execute(update(DELIVERY).where(these).values(next_us=until_us, error=why, rev=DELIVERY.c.rev + 1))
