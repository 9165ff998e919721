"""What must hold before a delivery may go, besides its time: asked for when it is claimed, see ledger/waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.contract import Channel, Receipt
from scheduler.channels.registry import pace_of
from scheduler.clock import micros
from scheduler.errors import Rejected
from scheduler.ledger.waits import Demand, Look, Room
from scheduler.planning.sending_on import day_of, month_of
from scheduler.posting.arm import Armed
from scheduler.posting.pace import is_urgent


def demands(
    batch: Sequence[Armed], entry_of: Callable[[str], ChannelEntry | None], zone: ZoneInfo, now: datetime
) -> list[Demand]:
    """Return what those of the batch wait for that wait for anything."""
    found: list[Demand] = []
    for armed in batch:
        channel, row = armed.channel, armed.row
        entry = None if channel is None or armed.receipt is not None else entry_of(row.channel)
        if channel is None or entry is None:
            continue
        rooms = _rooms(entry, channel, zone, now) if not is_urgent(row) else ()
        if channel.leader is not None or channel.has_hours or rooms:
            follows = "" if channel.leader is None else f"{row.key.rpartition('/')[0]}/{channel.leader.id}"
            opens_us = micros(channel.opens_at(now, channel.chosen)) if channel.has_hours else 0
            found.append(Demand(row, follows, rooms, opens_us))
    return found


def _rooms(entry: ChannelEntry, channel: Channel, zone: ZoneInfo, now: datetime) -> tuple[Room, ...]:
    """Return how much a channel may say in this day and this month. (An emergency knows none of our own limits.)"""
    if channel.per_day is None and channel.per_month is None and entry.pace.per_month is None:
        return ()
    pace, rooms = pace_of(entry), []
    if channel.per_day is not None and pace.per_day is not None:
        rooms.append(Room(pace.per_day, *map(micros, day_of(now, zone))))
    if pace.per_month is not None:
        rooms.append(Room(pace.per_month, *map(micros, month_of(now, zone))))
    return tuple(rooms)


def tell(armed: Armed, found: Look) -> None:
    """Give a delivery what it sends on, or the reason why it never can."""
    if (leader := found.public.get(armed.row.id)) is not None:
        armed.outgoing = armed.outgoing.sending_on(Receipt(leader.remote_id, leader.url))
    if why := found.never.get(armed.row.id):
        armed.failure = Rejected(why)
