"""What became of public posts: the numbers that networks told, at four ages of a post, each with its moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, literal_column, select, update

from scheduler.ledger.delivery import State
from scheduler.ledger.moves import DELIVERY, chunks, upsert
from scheduler.ledger.tables import Metric
from scheduler.ledger.turn import Stop, not_stopped

METRIC: Any = Metric.__table__  # type: ignore[attr-defined]

HOUR_US = 3_600_000_000
AGES = {"1h": HOUR_US, "24h": 24 * HOUR_US, "7d": 168 * HOUR_US, "28d": 672 * HOUR_US}
OLDEST = 696 * HOUR_US  # 29 days: what is older is measured no more

GONE = "gone"  # in place of a number's name: the network no longer knows the post
SILENT = "silent"  # the same: it was asked, and told nothing
NO_NUMBERS = (GONE, SILENT)

_UNMEASURED: Any = literal_column("state = 'published' AND measured < 4")  # a literal finds the partial index

_ASKED_FOR = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.channel, DELIVERY.c.remote_id, DELIVERY.c.published_us,
    DELIVERY.c.measured,
)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """What a network answered about one delivery (by id): numbers by our words, or one of NO_NUMBERS."""

    delivery: int
    age: str
    at_us: int
    numbers: Mapping[str, int]

    @property
    def behind(self) -> int:
        """How many ages lie behind the post now: all of them when it is gone."""
        return len(AGES) if GONE in self.numbers else 1 + list(AGES).index(self.age)


def age_of(published_us: int, at_us: int) -> str:
    """Return the newest of the ages to which a post has come, '' when it has come to none."""
    return next((age for age, since in reversed(AGES.items()) if published_us + since <= at_us), "")


def to_measure(
    connection: Connection, at_us: int, *, held: Sequence[Stop] = (), not_on: Collection[str] = (), limit: int = 500
) -> list[Row[Any]]:
    """Return public deliveries that have come to an age at which they were not measured, for each age the oldest first.

    Left out: what a hold stops, what stands on the channels `not_on`, what is older than OLDEST.
    """
    found: list[Row[Any]] = []
    for behind, since in enumerate(AGES.values()):
        statement = select(*_ASKED_FOR).where(
            _UNMEASURED,
            DELIVERY.c.measured == behind,
            DELIVERY.c.published_us <= at_us - since,
            DELIVERY.c.published_us > at_us - OLDEST,
            DELIVERY.c.remote_id != "",
            DELIVERY.c.channel.not_in(not_on),
            *not_stopped(held),
        )
        found += connection.execute(statement.order_by(DELIVERY.c.published_us).limit(limit))
    return found


def keep(connection: Connection, measures: Sequence[Measure]) -> None:
    """Write down what networks told of deliveries that are still public."""
    public = _public(connection, [measure.delivery for measure in measures])
    kept = [measure for measure in measures if measure.delivery in public]
    rows = [
        {"delivery": m.delivery, "age": m.age, "name": name, "at_us": m.at_us, "value": value}
        for m in kept
        for name, value in m.numbers.items()
    ]
    upsert(connection, METRIC, ["delivery", "age", "name"], rows)
    for behind in {measure.behind for measure in kept}:
        _put_behind(connection, [m.delivery for m in kept if m.behind == behind], behind)


def pass_over(connection: Connection, ids: Collection[int]) -> None:
    """Ask for these deliveries no more: nobody tells what became of them."""
    _put_behind(connection, ids, len(AGES))


def _public(connection: Connection, ids: Collection[int]) -> set[int]:
    statement = select(DELIVERY.c.id).where(DELIVERY.c.id.in_(ids), DELIVERY.c.state == State.PUBLISHED.value)
    return set(connection.execute(statement).scalars())


def _put_behind(connection: Connection, ids: Collection[int], behind: int) -> None:
    for part in chunks(ids):
        connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(part)).values(measured=behind))
