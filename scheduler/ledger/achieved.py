"""What was achieved: how many deliveries of a part of the ledger are public, late, missed, and what networks told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from scheduler.ledger.delivery import State
from scheduler.ledger.metrics import METRIC, NO_NUMBERS
from scheduler.ledger.moves import DELIVERY

PUBLIC = (State.PUBLISHED.value, State.WITHDRAWN.value)  # is, or was
LATE_US = 60_000_000  # after its time by more than a minute

_PROMISED = case(
    (DELIVERY.c.not_before_us > DELIVERY.c.due_us, DELIVERY.c.not_before_us), else_=DELIVERY.c.due_us
)  # the embargo ends later than it was due
_WAS_LATE = DELIVERY.c.published_us - _PROMISED > LATE_US


@dataclass(frozen=True)
class Part:
    """A part of the ledger: of one campaign, of some units, due in [since, until) (microseconds). None: no bound."""

    campaign: str | None = None
    units: Collection[str] | None = None
    since_us: int | None = None
    until_us: int | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The part as conditions on deliveries."""
        found: list[ColumnElement[bool]] = []
        if self.campaign is not None:
            found.append(DELIVERY.c.campaign == self.campaign)
        if self.units is not None:
            found.append(DELIVERY.c.unit.in_(self.units))
        if self.since_us is not None:
            found.append(DELIVERY.c.due_us >= self.since_us)
        if self.until_us is not None:
            found.append(DELIVERY.c.due_us < self.until_us)
        return found


def counted(connection: Connection, part: Part) -> list[Row[Any]]:
    """Return campaign, channel, unit, state, n, late (those that were public so long after their time), first_us, last_us
    (when the first and the last of them are due)."""
    columns = (DELIVERY.c.campaign, DELIVERY.c.channel, DELIVERY.c.unit, DELIVERY.c.state)
    late = func.coalesce(func.sum(case((_WAS_LATE, 1), else_=0)), 0)
    due = func.min(DELIVERY.c.due_us).label("first_us"), func.max(DELIVERY.c.due_us).label("last_us")
    statement = select(*columns, func.count().label("n"), late.label("late"), *due).where(*part.conditions)
    return list(connection.execute(statement.group_by(*columns)))


def numbers(connection: Connection, part: Part) -> list[Row[Any]]:
    """Return channel, unit, name, total: what networks told last of each post, summed. `gone` counts lost posts."""
    newest = _newest(part, METRIC.c.delivery, METRIC.c.name)
    total = func.sum(newest.c.value).label("total")
    columns = (newest.c.channel, newest.c.unit, newest.c.name)
    return list(connection.execute(select(*columns, total).where(newest.c.nth == 1).group_by(*columns)))


def ages(connection: Connection, part: Part) -> list[Row[Any]]:
    """Return channel, unit, age, n: at which age networks last told numbers, and of how many posts."""
    newest = _newest(part, METRIC.c.delivery, only=[METRIC.c.name.not_in(NO_NUMBERS)])
    columns = (newest.c.channel, newest.c.unit, newest.c.age)
    statement = select(*columns, func.count().label("n")).where(newest.c.nth == 1).group_by(*columns)
    return list(connection.execute(statement))


def _newest(part: Part, *each: ColumnElement[Any], only: Sequence[ColumnElement[bool]] = ()) -> Any:
    """Return what networks told as a table in which `nth` is 1 for the newest of each."""
    nth = func.row_number().over(partition_by=each, order_by=METRIC.c.at_us.desc()).label("nth")
    columns = (DELIVERY.c.channel, DELIVERY.c.unit, METRIC.c.name, METRIC.c.age, METRIC.c.value)
    joined = select(*columns, nth).join(DELIVERY, DELIVERY.c.id == METRIC.c.delivery)
    return joined.where(DELIVERY.c.state.in_(PUBLIC), *part.conditions, *only).subquery()
