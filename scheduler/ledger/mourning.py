"""A national mourning: what is festive is held and never sent by itself afterwards; warnings go out as if nothing were.

Only ordinary messages with one of three tags are meant. What would go out inside a period is held when the period is
declared, and again whenever a plan, an approval or a retry would let it go; a claim looks once more. Once a period is
over, what it held stays held until a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, literal_column, not_, or_, select, update

from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY, chunks, move, note
from scheduler.ledger.tables import Mourning

MOURNING: Any = Mourning.__table__  # type: ignore[attr-defined]

TAGS = ("festive", "contest", "entertainment")  # what a public office does not say while a nation mourns
KIND = "ordinary"  # priority and emergency are warnings: they go out whatever their tags

HELD_FOR = "mourning"
HELD_FOR_BOTH = "mourning, approval"

_HELD: Any = literal_column("held_for IN ('mourning', 'mourning, approval')")  # as the partial index has it
_TAGGED: Any = literal_column("state = 'scheduled' AND tags <> ''")


def is_mourned(kind: str, tags: str) -> bool:
    """Tell whether a delivery of this class, with these tags (separated by blanks), is of the kind that is held."""
    return bool(tags) and kind == KIND and not set(TAGS).isdisjoint(tags.split())


@dataclass(frozen=True, slots=True)
class Period:
    """One time of mourning, from its first moment to the first moment after it (microseconds)."""

    id: int
    since_us: int
    until_us: int
    origin: str
    basis: str
    by: str
    why: str
    at_us: int
    ended_us: int | None = None
    ended_by: str = ""
    ended_why: str = ""

    def open(self, at_us: int) -> bool:
        """Whether it is in force at this moment, or still to come."""
        return self.ended_us is None and at_us < self.until_us

    def covers(self, due_us: int, at_us: int) -> bool:
        """Tell whether something due then, and not sent before `at_us`, would be said inside the period."""
        return covers(self.since_us, self.until_us, due_us, at_us)


def covers(since_us: int, until_us: int, due_us: int, at_us: int) -> bool:
    """Tell whether what is due then, and not sent before `at_us`, would be said from `since_us` to `until_us`."""
    return since_us <= max(due_us, at_us) < until_us


def periods(connection: Connection) -> list[Period]:
    """Return every period ever declared, in order of time."""
    columns = [MOURNING.c[name] for name in Period.__slots__]
    return [Period(*row) for row in connection.execute(select(*columns).order_by(MOURNING.c.since_us, MOURNING.c.id))]


def open_periods(connection: Connection, at_us: int) -> list[Period]:
    """Return the periods in force at this moment, or still to come."""
    return [period for period in periods(connection) if period.open(at_us)]


def covering(found: Iterable[Period], kind: str, tags: str, due_us: int, at_us: int) -> Period | None:
    """Return the period in which such a delivery would be said, if any."""
    if not is_mourned(kind, tags):
        return None
    return next((period for period in found if period.covers(due_us, at_us)), None)


def period_of(connection: Connection, row: Any, at_us: int) -> Period | None:
    """Return the period in which a delivery would be said, if any."""
    if not is_mourned(row.kind, row.tags):
        return None
    return covering(open_periods(connection, at_us), row.kind, row.tags, row.due_us, at_us)


def sweep(connection: Connection, *, at_us: int) -> int:
    """Hold what is scheduled and would be said inside a period; return how many.

    Costs one look at a small table where nobody mourns, so that the daemon asks before every reading.
    """
    return sum(_sweep_one(connection, period, at_us) for period in open_periods(connection, at_us))


def _sweep_one(connection: Connection, period: Period, at_us: int) -> int:
    inside = [DELIVERY.c.due_us < period.until_us]
    if at_us < period.since_us:
        inside.append(DELIVERY.c.due_us >= period.since_us)  # else what is late would be said inside it too
    found = connection.execute(select(DELIVERY.c.id, DELIVERY.c.tags).where(_TAGGED, DELIVERY.c.kind == KIND, *inside))
    ids = [row.id for row in found if is_mourned(KIND, row.tags)]
    moved = move(
        connection, ids, State.SCHEDULED, Event.HOLD,
        at_us=at_us, by=period.by, why=words(period), where=inside, values={"held_for": HELD_FOR},
    )  # fmt: skip
    return len(moved)


def words(period: Period) -> str:
    """Return why a delivery is held, as its events keep it."""
    return f"quốc tang: {period.basis}" + (f" ({period.why})" if period.why else "")


def mark_ended(connection: Connection, ids: Sequence[int], *, at_us: int, by: str, why: str) -> int:
    """End periods; return how many. What they held stays held."""
    these = MOURNING.c.id.in_(ids) & MOURNING.c.ended_us.is_(None)
    values = {"ended_us": at_us, "ended_by": by, "ended_why": why}
    return connection.execute(update(MOURNING).where(these).values(**values)).rowcount


def held(connection: Connection, *, campaign: str | None = None) -> list[Any]:
    """Return all that was held for a mourning and that nobody has decided on, in order of due."""
    statement = select(DELIVERY).where(_HELD, DELIVERY.c.state == State.HELD.value)
    if campaign is not None:
        statement = statement.where(DELIVERY.c.campaign == campaign)
    return list(connection.execute(statement.order_by(DELIVERY.c.due_us, DELIVERY.c.id)))


def let_go(connection: Connection, keys: Sequence[str], *, at_us: int, by: str, why: str) -> list[str]:
    """Schedule again what was held for a mourning alone; return the keys of those that moved."""
    moved: list[Any] = []
    alone = [DELIVERY.c.held_for == HELD_FOR]
    for part in chunks(keys):
        ids = list(connection.execute(select(DELIVERY.c.id).where(DELIVERY.c.key.in_(part))).scalars())
        free = {"held_for": "", "error": ""}
        moved += move(connection, ids, State.HELD, Event.RELEASE, at_us=at_us, by=by, why=why, where=alone, values=free)
    return [row.key for row in moved]


def ask_for_approval(connection: Connection, keys: Sequence[str], *, at_us: int, by: str, why: str) -> list[str]:
    """Hold for its approval alone what was changed while it was held for a mourning; return the keys of these."""
    asked: list[Any] = []
    for part in chunks(keys):
        these = DELIVERY.c.key.in_(part) & (DELIVERY.c.held_for == HELD_FOR_BOTH)
        statement = update(DELIVERY).where(these, DELIVERY.c.state == State.HELD.value)
        changed = statement.values(held_for="approval", rev=DELIVERY.c.rev + 1)
        asked += connection.execute(changed.returning(DELIVERY.c.id, DELIVERY.c.key)).all()
    ids = [row.id for row in asked]
    note(connection, ids, Event.RELEASE, State.HELD, State.HELD, at_us=at_us, by=by, why=why)
    return [row.key for row in asked]


def count_held(connection: Connection, at_us: int) -> tuple[int, int]:
    """Return how many are held for a mourning, and how many of these are to be decided on: their period is over."""
    still: list[Any] = [
        and_(DELIVERY.c.due_us < p.until_us, DELIVERY.c.due_us >= p.since_us) if at_us < p.since_us
        else DELIVERY.c.due_us < p.until_us
        for p in open_periods(connection, at_us)
    ]  # fmt: skip
    counted = select(func.count()).select_from(DELIVERY).where(_HELD, DELIVERY.c.state == State.HELD.value)
    every = connection.execute(counted).scalar() or 0
    over = (connection.execute(counted.where(not_(or_(*still)))).scalar() or 0) if still else every
    return int(every), int(over)


def inside(connection: Connection, period: Period) -> dict[bool, dict[str, int]]:
    """Return what is due in a period: by festive or not, how many in each state. Reads the whole ledger, for a person."""
    columns = (DELIVERY.c.kind, DELIVERY.c.tags, DELIVERY.c.state)
    lies = and_(DELIVERY.c.due_us >= period.since_us, DELIVERY.c.due_us < period.until_us)
    found: dict[bool, dict[str, int]] = {True: {}, False: {}}
    for row in connection.execute(select(*columns, func.count().label("n")).where(lies).group_by(*columns)):
        counted = found[is_mourned(row.kind, row.tags)]
        counted[row.state] = counted.get(row.state, 0) + int(row.n)
    return found
