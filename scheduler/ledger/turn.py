"""The hot way: outcomes and the next intents of many deliveries in one transaction, before a byte leaves.

Statements are SQLAlchemy Core, built once; a turn of a hundred deliveries is some five of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)

from scheduler.ledger import amiss
from scheduler.ledger.bulk import as_json, given, insert_rows, update_rows
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.mourning import HELD_FOR, MOURNING, covers, is_mourned
from scheduler.ledger.moves import ATTEMPT, DELIVERY, chunks, count_moves, move, move_each, note, upsert
from scheduler.ledger.tables import ChannelNote, Hold, Pump

HOLD: Any = Hold.__table__  # type: ignore[attr-defined]
CHANNEL: Any = ChannelNote.__table__  # type: ignore[attr-defined]
PUMP: Any = Pump.__table__  # type: ignore[attr-defined]

SCHEDULED: Any = literal_column("state = 'scheduled'")  # a literal: a bound value would not find the partial index
SENDING: Any = literal_column("state = 'sending'")
_EXPIRING: Any = literal_column("state = 'held' AND not_after_us IS NOT NULL")
_URGENT: Any = literal_column("state = 'scheduled' AND kind = 'emergency'")

EXPIRED = "expired"  # why a delivery was missed whose `expires` has passed

ARMED = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.channel, DELIVERY.c.unit,
    DELIVERY.c.kind, DELIVERY.c.due_us, DELIVERY.c.late_us, DELIVERY.c.next_us, DELIVERY.c.digest, DELIVERY.c.rev,
    DELIVERY.c.attempts, DELIVERY.c.resends, DELIVERY.c.look_first, DELIVERY.c.checkpoint, DELIVERY.c.tags,
    DELIVERY.c.not_before_us, DELIVERY.c.not_after_us, DELIVERY.c.at_once_us,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery that was being sent; `event` says where it goes."""

    id: int
    campaign: str
    message: str
    channel: str
    started_us: int
    event: Event
    why: str = ""
    next_us: int | None = None
    remote_id: str = ""
    url: str = ""
    attempts: int = 0
    hold_channel: bool = False
    pauses: Mapping[str, int] = field(default_factory=dict)  # a channel or `app:NAME` -> until when (microseconds)


@dataclass(frozen=True, slots=True)
class Stop:
    """A hold in force, or a time of mourning that was declared (it has a beginning and an end)."""

    scope: str
    value: str
    by: str
    why: str
    at_us: int
    since_us: int = 0
    until_us: int = 0

    def stops(self, row: Row[Any], at_us: int) -> bool:
        """Tell whether the row must not be sent at this moment (or at its due time, when that is later)."""
        match self.scope:
            case "mourning":
                return covers(self.since_us, self.until_us, row.due_us, at_us) and is_mourned(row.kind, row.tags)
            case "all":
                return True
            case "channel":
                return bool(row.channel == self.value)
            case "unit":
                return bool(row.unit == self.value)
            case "campaign":
                return bool(row.campaign == self.value)
            case _:
                return bool(row.kind == self.value)


_NONE: Any = literal(0, BigInteger)
_STOPS = union_all(
    select(HOLD.c.scope, HOLD.c.value, HOLD.c.by, HOLD.c.why, HOLD.c.at_us, _NONE, _NONE),
    select(
        literal(HELD_FOR), MOURNING.c.basis, MOURNING.c.by, MOURNING.c.why, MOURNING.c.at_us,
        MOURNING.c.since_us, MOURNING.c.until_us,
    ).where(MOURNING.c.ended_us.is_(None)),
)  # fmt: skip


def stops(connection: Connection) -> list[Stop]:
    """Return the holds in force, and the times of mourning that nobody has ended."""
    return [Stop(*row) for row in connection.execute(_STOPS)]


def not_stopped(held: Sequence[Stop]) -> list[Any]:
    """Return SQL conditions that leave out what is on hold. (What a mourning stops is held row by row.)"""
    columns = {
        "channel": DELIVERY.c.channel,
        "unit": DELIVERY.c.unit,
        "campaign": DELIVERY.c.campaign,
        "class": DELIVERY.c.kind,
    }
    if any(stop.scope == "all" for stop in held):
        return [literal_column("1 = 0")]
    return [
        column.not_in(values)
        for scope, column in columns.items()
        if (values := [stop.value for stop in held if stop.scope == scope])
    ]


def on_own(worker: int | None) -> list[Any]:
    """Return SQL conditions that leave only the channels that a worker has (None: there is but one daemon)."""
    if worker is None:
        return []
    return [DELIVERY.c.channel.in_(select(PUMP.c.channel).where(PUMP.c.worker == worker))]


_DUE = select(*ARMED).where(
    SCHEDULED,
    DELIVERY.c.next_us <= bindparam("until"),
    or_(
        DELIVERY.c.next_us > bindparam("after_us"),
        (DELIVERY.c.next_us == bindparam("after_us")) & (DELIVERY.c.id > bindparam("after_id")),
    ),
    DELIVERY.c.next_us >= bindparam("after_us"),
)


def due(
    connection: Connection,
    until_us: int,
    cursor: tuple[int, int],
    limit: int,
    held: Sequence[Stop],
    worker: int | None = None,
) -> list[Row[Any]]:
    """Return scheduled deliveries to be tried until then, behind the cursor (next_us, id), in order of time."""
    statement = _DUE.where(*not_stopped(held), *on_own(worker)).order_by(DELIVERY.c.next_us, DELIVERY.c.id).limit(limit)
    values = {"until": until_us, "after_us": cursor[0], "after_id": cursor[1]}
    return list(connection.execute(statement, values))


def urgent(connection: Connection, until_us: int, held: Sequence[Stop], worker: int | None = None) -> list[Row[Any]]:
    """Return the emergencies to be tried until then, however much else is due."""
    statement = select(*ARMED).where(_URGENT, DELIVERY.c.next_us <= until_us, *not_stopped(held), *on_own(worker))
    return list(connection.execute(statement.order_by(DELIVERY.c.next_us, DELIVERY.c.id)))


def next_due(
    connection: Connection,
    held: Sequence[Stop],
    after_us: int = -1,
    *,
    until_us: int | None = None,
    worker: int | None = None,
) -> int | None:
    """Return when the next delivery that no hold stops is to be tried (microseconds, later than `after_us`).

    A worker that asks for its own channels says how far to look (`until_us`): others may have a million before it.
    """
    bounds = [DELIVERY.c.next_us > after_us, *([DELIVERY.c.next_us <= until_us] if until_us is not None else [])]
    statement = select(DELIVERY.c.next_us).where(SCHEDULED, *bounds, *not_stopped(held), *on_own(worker))
    return connection.execute(statement.order_by(DELIVERY.c.next_us).limit(1)).scalar()


def due_on(connection: Connection, until_us: int) -> set[str]:
    """Return the channels on which something is to be tried until then."""
    statement = select(DELIVERY.c.channel).where(SCHEDULED, DELIVERY.c.next_us <= until_us)  # DISTINCT misleads SQLite
    return set(connection.execute(statement).scalars())


_CLAIM = """
    UPDATE delivery SET state = 'sending', rev = delivery.rev + 1, attempts = delivery.attempts + 1, started_us = :now,
    next_us = NULL
    FROM {rows} WHERE delivery.id = v.id AND delivery.rev = v.rev AND delivery.state = v.state AND late_us >= :now
    AND (not_before_us IS NULL OR not_before_us <= :now) AND (not_after_us IS NULL OR not_after_us > :now)
    RETURNING delivery.id
"""
_CLAIMS = {
    name: text(_CLAIM.format(rows=given(name, "delivery", ("id", "rev", "state")))) for name in ("sqlite", "postgresql")
}


def claim(connection: Connection, rows: Sequence[Row[Any]], *, at_us: int) -> set[int]:
    """Write the intent to send for those of the rows that are still as they were armed; return their ids.

    Nothing of it may leave before this transaction is committed, and the witness knows of it.
    """
    held = stops(connection)
    free = [row for row in rows if not any(stop.stops(row, at_us) for stop in held)]
    # the state comes with the row: written out, it would lead PostgreSQL to read all that is scheduled
    wanted = [{"id": row.id, "rev": row.rev, "state": State.SCHEDULED.value} for row in free]
    values = {"rows": as_json(wanted), "now": at_us}
    ids = set(connection.execute(_CLAIMS[connection.dialect.name], values).scalars()) if free else set()
    if ids:
        insert_rows(connection, ATTEMPT, [{"delivery": i, "started_us": at_us} for i in ids])
        note(connection, ids, Event.CLAIM, State.SCHEDULED, State.SENDING, at_us=at_us)
        moved = ((row.campaign, row.message) for row in free if row.id in ids)
        count_moves(connection, moved, State.SCHEDULED, State.SENDING)
    return ids


_COLUMNS: Mapping[Event, tuple[str, ...]] = {
    Event.CONFIRM: ("remote_id", "url", "published_us", "error", "look_first"),
    Event.RETRY: ("next_us", "error"),
    Event.WAIT: ("next_us", "error", "attempts"),
    Event.AWAIT: ("next_us", "error", "looks"),
    Event.FAIL: ("error",),
}


def unrecorded(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those outcomes that are not on disk yet, after a commit of which nobody knows how it ended."""
    ids = [o.id for o in outcomes]
    sending = select(DELIVERY.c.id).where(DELIVERY.c.id.in_(ids), SENDING)
    open_ids = set(connection.execute(sending).scalars()) if ids else set()
    return [o for o in outcomes if o.id in open_ids]


def take_back_unheard(connection: Connection, rows: Sequence[Row[Any]], *, at_us: int) -> int:
    """Take back intents whose commit succeeded without our hearing of it: nothing of them was sent. Return how many."""
    sending = select(DELIVERY.c.id).where(DELIVERY.c.id.in_([row.id for row in rows]), SENDING)
    ours = list(connection.execute(sending).scalars()) if rows else []
    why = "the intent's commit was not heard of; nothing was sent"
    return len(move(connection, ours, State.SENDING, Event.RETRY, at_us=at_us, why=why, values={"next_us": at_us}))


def record(connection: Connection, outcomes: Sequence[Outcome], *, at_us: int) -> None:
    """Write what became of deliveries that were being sent, and the holds and pauses that follow."""
    of = {o.id: (o.campaign, o.message) for o in outcomes}
    for event, columns in _COLUMNS.items():
        these = [o for o in outcomes if o.event is event]
        if not these:
            continue
        rows = [
            {
                "id": o.id,
                "why": o.why,
                "error": o.why,
                "next_us": o.next_us,
                "remote_id": o.remote_id,
                "url": o.url,
                "published_us": at_us,
                "attempts": max(0, o.attempts - 1),
                "looks": 0,
                "look_first": 0,
            }
            for o in these
        ]
        move_each(connection, rows, State.SENDING, event, at_us=at_us, columns=columns, of=of)
    ended = [
        {"delivery": o.id, "started_us": o.started_us, "outcome": o.event.value, "detail": o.why} for o in outcomes
    ]
    update_rows(connection, ATTEMPT, ended, keys=("delivery", "started_us"), also={"ended_us": at_us})
    for o in outcomes:
        if o.hold_channel:
            hold(connection, "channel", o.channel, at_us=at_us, by="", why=o.why)
        for name, until_us in o.pauses.items():
            pause(connection, name, until_us)


def hold(connection: Connection, scope: str, value: str, *, at_us: int, by: str, why: str) -> None:
    """Put a hold in force (by '' : Loa itself); one that stands keeps its first reason, but a person's replaces ours."""
    known = connection.execute(select(HOLD.c.by).where(HOLD.c.scope == scope, HOLD.c.value == value)).scalar()
    if known is None or (by and not known):
        upsert(
            connection,
            HOLD,
            ["scope", "value"],
            [{"scope": scope, "value": value, "by": by, "why": why, "at_us": at_us}],
        )
        note(connection, [0], "hold", "", f"{scope} {value}", at_us=at_us, by=by, why=why)


def pause(connection: Connection, channel: str, until_us: int) -> None:
    """Remember until when a network asked a channel (or all of an app, `app:NAME`) to wait."""
    upsert(connection, CHANNEL, ["channel"], [{"channel": channel, "paused_until_us": until_us}])


def pauses(connection: Connection, at_us: int) -> dict[str, int]:
    """Return until when channels and apps were asked to wait, as far as that lies ahead."""
    statement = select(CHANNEL.c.channel, CHANNEL.c.paused_until_us).where(CHANNEL.c.paused_until_us > at_us)
    return {row.channel: int(row.paused_until_us) for row in connection.execute(statement)}


def confirm_after_all(connection: Connection, outcomes: Sequence[Outcome], *, at_us: int) -> list[Outcome]:
    """Record what a worker that was taken for dead knows to be public; return what is beyond help: others sent it again.

    Others have made its deliveries unconfirmed; whoever looks for them next finds them settled.
    """
    late: list[Outcome] = []
    for o in outcomes:
        values = {"remote_id": o.remote_id, "url": o.url, "published_us": at_us, "next_us": None, "error": ""}
        same = [DELIVERY.c.started_us == o.started_us]
        why = "public all along: its worker was taken for dead"
        moved = move(
            connection, [o.id], State.UNCONFIRMED, Event.CONFIRM, at_us=at_us, why=why, where=same, values=values
        )
        again = select(DELIVERY.c.id).where(DELIVERY.c.id == o.id, DELIVERY.c.started_us != o.started_us)
        if not moved and connection.execute(again).first() is not None:
            late.append(o)
    return late


def save_checkpoint(connection: Connection, row: Row[Any], checkpoint: str) -> None:
    """Keep what a harmless step has made, so that it is not made again, unless a plan has changed the post meanwhile."""
    same = (DELIVERY.c.id == row.id) & (DELIVERY.c.rev == row.rev)
    if connection.execute(update(DELIVERY).where(same).values(checkpoint=checkpoint)).rowcount:
        amiss.note(connection, row, checkpoint)


def miss(connection: Connection, *, at_us: int, limit: int = 5000) -> int:
    """Move what is too late, or has expired, to `missed`; return how many."""
    late = select(DELIVERY.c.id).where(SCHEDULED, DELIVERY.c.late_us < at_us).order_by(DELIVERY.c.late_us).limit(limit)
    ids = list(connection.execute(late).scalars())
    still = [DELIVERY.c.late_us < at_us]  # a plan may just have made it later
    gone = [DELIVERY.c.not_after_us <= at_us]  # what has an end is never later than that
    count = _expire(connection, State.SCHEDULED, ids, gone, at_us) if ids else 0
    count += len(move(connection, ids, State.SCHEDULED, Event.MISS, at_us=at_us, where=still)) if ids else 0
    held = list(connection.execute(select(DELIVERY.c.id).where(_EXPIRING, *gone).limit(limit)).scalars())
    return count + (_expire(connection, State.HELD, held, gone, at_us) if held else 0)


def _expire(connection: Connection, state: State, ids: Sequence[int], gone: Sequence[Any], at_us: int) -> int:
    values = {"held_for": "", "error": EXPIRED}
    return len(move(connection, ids, state, Event.MISS, at_us=at_us, why=EXPIRED, where=gone, values=values))


def unfinished(connection: Connection, worker: int | None = None) -> list[Row[Any]]:
    """Return what is being sent: when nobody runs, a daemon ended in the middle of it."""
    statement = select(DELIVERY.c.id, DELIVERY.c.started_us).where(SENDING, *on_own(worker))
    return list(connection.execute(statement))


def count_alone(connection: Connection, budget: str) -> None:
    """Let no other worker count what is left of a budget until this transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"budget {budget}", 0))))


def starts_since(connection: Connection, channels: Sequence[str], since_us: int) -> list[int]:
    """Return when deliveries of some channels were started since then, in order."""
    found: list[int] = []
    for part in chunks(channels):
        statement = select(DELIVERY.c.started_us).where(DELIVERY.c.channel.in_(part), DELIVERY.c.started_us >= since_us)
        found += connection.execute(statement).scalars()
    return sorted(found)


def known_ids(connection: Connection, channel: str, since_us: int) -> Collection[str]:
    """Return the network's ids of what we know to be public on a channel since then, and of the last one before."""
    known = select(DELIVERY.c.remote_id).where(DELIVERY.c.channel == channel, DELIVERY.c.remote_id != "")
    last = known.where(DELIVERY.c.started_us < since_us).order_by(DELIVERY.c.started_us.desc()).limit(1)
    since = known.where(DELIVERY.c.started_us >= since_us)
    return {id for statement in (last, since) for id in connection.execute(statement).scalars()}
