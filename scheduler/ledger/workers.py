"""The workers of one ledger on PostgreSQL: who lives, and how one that died is kept from ever writing an intent again.

Every worker has a row and writes its beat into it. Each group of intents is committed only while that row stands: it is
held until the commit, so nobody can take it away in between. Whoever finds a beat that is too old takes the row away,
and from that moment the dead worker's deliveries belong to others, whether it is dead, cut off or only asleep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, literal_column, select, text, update

from scheduler.errors import LeaseLost
from scheduler.ledger.bulk import BY_INDEX
from scheduler.ledger.moves import note
from scheduler.ledger.tables import Worker

WORKER: Any = Worker.__table__  # type: ignore[attr-defined]

# the server's clock: those of several machines never agree
_NOW: Any = literal_column("CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")

# a beat may go on beside it; a worker that falls asleep in the middle is ended by the server, and keeps nobody waiting
_SECURE = text(
    f"SELECT (SELECT 1 FROM worker WHERE number = :number FOR KEY SHARE) AS stands, {BY_INDEX}, "
    "set_config('idle_in_transaction_session_timeout', '5s', true)"
)
_TAKE_AWAY = text("DELETE FROM worker WHERE number = ANY(:numbers) AND beat_us < :before RETURNING number, name")


def join(connection: Connection, name: str, place: str, queues: str) -> int:
    """Enter a new worker; return its number. Whoever worked in the same place is gone: its place is locked by us."""
    connection.execute(WORKER.delete().where(WORKER.c.place == place))
    values = {"name": name, "place": place, "queues": queues, "since_us": _NOW, "beat_us": _NOW}
    return int(connection.execute(WORKER.insert().values(values).returning(WORKER.c.number)).scalar_one())


def beat(connection: Connection, number: int) -> bool:
    """Write a worker's beat; False when its row was taken away."""
    return bool(connection.execute(update(WORKER).where(WORKER.c.number == number).values(beat_us=_NOW)).rowcount)


def secure(connection: Connection, number: int) -> None:
    """Hold the worker's row until this transaction ends; LeaseLost when it was taken away. Rows are found as by `find_by_id`."""
    if connection.execute(_SECURE, {"number": number}).one().stands is None:
        raise LeaseLost


def take_away(connection: Connection, older_us: int, *, but: int) -> list[Row[Any]]:
    """Take away the rows of workers whose beat is older than that (microseconds); return their numbers and names.

    It waits for what such a worker is just committing; afterwards it can commit nothing more.
    """
    before = connection.execute(select(_NOW)).scalar_one() - older_us
    old = select(WORKER.c.number).where(WORKER.c.beat_us < before, WORKER.c.number != but)
    numbers = list(connection.execute(old).scalars())
    if not numbers:
        return []
    gone = list(connection.execute(_TAKE_AWAY, {"numbers": numbers, "before": before}))
    for row in gone:
        note(connection, [0], "worker lost", "", row.name, at_us=before, why="its beat was too old")
    return gone


def leave(connection: Connection, number: int) -> None:
    """Take a worker's row away: it has ended."""
    connection.execute(WORKER.delete().where(WORKER.c.number == number))


def living(connection: Connection) -> Sequence[Row[Any]]:
    """Return the workers: number, name, place, queues, since_us, and how old their beat is (microseconds)."""
    if connection.dialect.name != "postgresql":
        return []
    wanted = (WORKER.c.number, WORKER.c.name, WORKER.c.place, WORKER.c.queues, WORKER.c.since_us)
    age = func.greatest(_NOW - WORKER.c.beat_us, 0).label("age_us")
    return list(connection.execute(select(*wanted, age).order_by(WORKER.c.number)))
