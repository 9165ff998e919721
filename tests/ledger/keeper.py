"""The keeper: writes deliveries into a ledger for a test, leads them to a state, and reads what became of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, select

from scheduler.channels.contract import Post
from scheduler.clock import micros
from scheduler.ledger import plans, turn, witness
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import ARROWS, Event, State
from scheduler.ledger.moves import ATTEMPT, COUNTER, DELIVERY, EVENT, move
from scheduler.ledger.plans import Wanted

NOON = micros(datetime(2027, 6, 26, 5, tzinfo=UTC))  # 12:00 in Hanoi
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
KEY = "thu/tin@once/a"


def wanted(key: str = KEY, *, text: str = "Xin chào", approval: bool = False, **other: Any) -> Wanted:
    """Return a delivery as a campaign wants it: due at noon, two hours before it is late."""
    campaign, rest = key.split("/", 1)
    message, rest = rest.split("@", 1)
    occurrence, channel = rest.split("/", 1)
    values = {"unit": "", "kind": "ordinary", "due_us": NOON, "digest": Post(text).digest, **other}
    values.setdefault("late_us", values["due_us"] + 2 * HOUR)
    return Wanted(
        key=key, campaign=campaign, message=message, occurrence=occurrence, channel=channel,
        needs_approval=approval, **values,
    )  # fmt: skip


def way_to(state: State) -> list[tuple[State, Event]]:
    """Return the shortest way along the arrows from `scheduled` to a state."""
    ways: deque[tuple[State, list[tuple[State, Event]]]] = deque([(State.SCHEDULED, [])])
    seen = {State.SCHEDULED}
    while ways:
        here, way = ways.popleft()
        if here is state:
            return way
        for (before, event), after in ARROWS.items():
            if before is here and after not in seen:
                seen.add(after)
                ways.append((after, [*way, (before, event)]))
    raise AssertionError(f"{state} cannot be reached")


@dataclass
class Keeper:
    """One ledger and the time that its next entry bears."""

    database: Database
    now_us: int = NOON

    def count_intents(self) -> int:
        """Write a group of intents; return its number."""
        numbers: list[int] = []
        with self.database.writing() as connection:
            witness.count_intents(connection, numbers.append)
        return numbers[0]

    def write(self, key: str = KEY, state: State = State.SCHEDULED, **other: Any) -> int:
        """Write a delivery down and lead it to a state; return its id."""
        with self.database.writing() as connection:
            plans.create(connection, [wanted(key, **other)], set(), at_us=self.now_us, by="")
        id = int(self.row(key).id)
        for before, event in way_to(state):
            self.move(id, before, event)
        return id

    def move(self, id: int, state: State, event: Event, **how: Any) -> list[Row[Any]]:
        with self.database.writing() as connection:
            return move(connection, [id], state, event, at_us=self.now_us, **how)

    def claim(self, *keys: str) -> set[int]:
        """Arm these deliveries and claim them at once."""
        return self.claim_armed(self.arm(*keys))

    def arm(self, *keys: str) -> list[Row[Any]]:
        with self.database.reading() as connection:
            rows = turn.due(connection, self.now_us, (0, 0), 1000, turn.stops(connection))
        return [row for row in rows if not keys or row.key in keys]

    def claim_armed(self, rows: list[Row[Any]]) -> set[int]:
        with self.database.writing() as connection:
            return turn.claim(connection, rows, at_us=self.now_us)

    def record(self, row: Row[Any], event: Event, **how: Any) -> None:
        """Write down what became of a delivery that was being sent."""
        shared = {"id": row.id, "campaign": row.campaign, "message": row.message, "channel": row.channel}
        outcome = turn.Outcome(**shared, started_us=self.row(row.key).started_us, event=event, **how)
        with self.database.writing() as connection:
            turn.record(connection, [outcome], at_us=self.now_us)

    def row(self, key: str = KEY) -> Row[Any]:
        with self.database.reading() as connection:
            return connection.execute(select(DELIVERY).where(DELIVERY.c.key == key)).one()

    def state(self, key: str = KEY) -> State:
        return State(self.row(key).state)

    def events(self, key: str = KEY) -> list[Row[Any]]:
        with self.database.reading() as connection:
            statement = select(EVENT).where(EVENT.c.delivery == self.row(key).id).order_by(EVENT.c.id)
            return list(connection.execute(statement))

    def attempts(self, key: str = KEY) -> list[Row[Any]]:
        with self.database.reading() as connection:
            statement = select(ATTEMPT).where(ATTEMPT.c.delivery == self.row(key).id).order_by(ATTEMPT.c.started_us)
            return list(connection.execute(statement))

    def orders(self) -> list[Row[Any]]:
        """Return the events that concern no delivery in particular."""
        with self.database.reading() as connection:
            return list(connection.execute(select(EVENT).where(EVENT.c.delivery == 0).order_by(EVENT.c.id)))

    def counted(self) -> dict[tuple[str, str, str], int]:
        """Return the counters that are not zero."""
        with self.database.reading() as connection:
            rows = connection.execute(select(COUNTER).where(COUNTER.c.n != 0))
            return {(row.campaign, row.message, row.state): int(row.n) for row in rows}

    def truth(self) -> dict[tuple[str, str, str], int]:
        """Return what the counters should be."""
        names = (DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.state)
        with self.database.reading() as connection:
            rows = connection.execute(select(*names, func.count().label("n")).group_by(*names))
            return {(row.campaign, row.message, row.state): int(row.n) for row in rows}
