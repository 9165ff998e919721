"""What must hold before a delivery may go, besides its time: asked for when it is claimed, see ledger/waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.authoring.channels_file import PaceEntry
from scheduler.channels.contract import Receipt
from scheduler.clock import micros
from scheduler.errors import Rejected
from scheduler.ledger.waits import Demand, Look
from scheduler.planning.sending_on import month_of
from scheduler.posting.arm import Armed
from scheduler.posting.pace import is_urgent


def demands(batch: Sequence[Armed], paces: Mapping[str, PaceEntry], zone: ZoneInfo, now: datetime) -> list[Demand]:
    """Return what those of the batch wait for that wait for anything. An emergency knows none of our own limits."""
    found: list[Demand] = []
    for armed in batch:
        channel, row = armed.channel, armed.row
        if channel is None or armed.receipt is not None:
            continue
        per_month = None if is_urgent(row) else paces[row.channel].per_month
        if channel.leader is None and per_month is None and not channel.has_hours:
            continue
        since, until = month_of(now, zone)
        found.append(
            Demand(
                row,
                follows="" if channel.leader is None else f"{row.key.rpartition('/')[0]}/{channel.leader.id}",
                per_month=per_month,
                since_us=micros(since),
                until_us=micros(until),
                opens_us=micros(channel.opens_at(now, channel.chosen)) if channel.has_hours else 0,
            )
        )
    return found


def tell(armed: Armed, found: Look) -> None:
    """Give a delivery what it sends on, or the reason why it never can."""
    if (leader := found.public.get(armed.row.id)) is not None:
        armed.outgoing = armed.outgoing.sending_on(Receipt(leader.remote_id, leader.url))
    if why := found.never.get(armed.row.id):
        armed.failure = Rejected(why)
