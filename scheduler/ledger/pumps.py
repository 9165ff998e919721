"""Pumps: which worker speaks on which channel, and on which channels there is something to do.

A channel is one worker's for as long as it has something to do there. It is taken over only from a worker whose row is
gone (`workers`), and what that one left in the middle of sending is unconfirmed from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, or_, select, text

from scheduler.ledger import early, looks, workers
from scheduler.ledger.looks import UNCONFIRMED
from scheduler.ledger.moves import DELIVERY, chunks
from scheduler.ledger.turn import PUMP, SCHEDULED, SENDING, Stop, not_stopped

_TAKE = text(
    """
    INSERT INTO pump (channel, worker, since_us) SELECT wanted, :worker, :now FROM unnest(CAST(:channels AS text[])) wanted
    ON CONFLICT (channel) DO UPDATE SET worker = excluded.worker, since_us = excluded.since_us
    WHERE pump.worker = excluded.worker OR NOT EXISTS (SELECT 1 FROM worker WHERE worker.number = pump.worker)
    RETURNING channel
    """
)
_HELD = text("SELECT channel FROM pump JOIN worker ON worker.number = pump.worker")


def take(
    connection: Connection, worker: int, channels: Iterable[str], *, at_us: int, first_look_us: int
) -> tuple[set[str], int]:
    """Make channels a worker's own; return those that are, and how many deliveries were found in mid-sending there.

    LeaseLost when the worker itself is gone. What another living worker holds is not taken.
    """
    workers.secure(connection, worker)
    values = {"worker": worker, "now": at_us, "channels": sorted(channels)}
    taken = set(connection.execute(_TAKE, values).scalars())
    left = sending_on(connection, taken)
    adopted = looks.adopt_unfinished(connection, at_us=at_us, first_look_us=first_look_us, only=left) if left else 0
    return taken, adopted


def give_back(connection: Connection, worker: int, channels: Iterable[str]) -> None:
    """Let go of channels on which there is nothing more to do."""
    for part in chunks(sorted(channels)):
        connection.execute(PUMP.delete().where(PUMP.c.channel.in_(part), PUMP.c.worker == worker))


def held(connection: Connection) -> set[str]:
    """Return the channels that a living worker has."""
    return set(connection.execute(_HELD).scalars())


def sending_on(connection: Connection, channels: Collection[str]) -> list[int]:
    """Return what is being sent on some channels."""
    found = connection.execute(select(DELIVERY.c.id, DELIVERY.c.channel).where(SENDING))
    return [row.id for row in found if row.channel in channels]


def wanted(
    connection: Connection,
    until_us: int,
    stopped: Sequence[Stop],
    *,
    films_until_us: int | None = None,
    early_until_us: Mapping[str, int] = {},
) -> set[str]:
    """Return the channels on which something is to be done until then: to send, to look for, or left by a dead worker.

    Films, and channels that need minutes (`early_until_us`, by channel), have moments of their own.
    """
    scheduled = select(DELIVERY.c.channel).where(SCHEDULED, DELIVERY.c.next_us <= until_us, *not_stopped(stopped))
    far = until_us + looks.FARTHEST  # put down before the clock was set back
    look = or_(DELIVERY.c.next_us <= until_us, DELIVERY.c.next_us > far)
    unconfirmed = select(DELIVERY.c.channel).where(UNCONFIRMED, look)
    sending = select(DELIVERY.c.channel).where(SENDING)
    found = {c for query in (scheduled, unconfirmed, sending) for c in connection.execute(query.distinct()).scalars()}
    if films_until_us is not None:
        found |= {row.channel for row in early.with_film(connection, films_until_us, stopped)}
    for moment_us in set(early_until_us.values()):
        channels = [channel for channel, until in early_until_us.items() if until == moment_us]
        found |= {row.channel for row in early.on_channels(connection, channels, moment_us, stopped)}
    return found
