"""Moves deliveries along their arrows: one UPDATE that names the expected state, an event a row, counters in step."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.errors import IllegalMove
from scheduler.ledger.bulk import add_rows, in_one, insert_rows, update_rows
from scheduler.ledger.delivery import Event, State, after
from scheduler.ledger.tables import Attempt, Beat, Counter, Delivery, Happening

DELIVERY: Any = Delivery.__table__  # type: ignore[attr-defined]
EVENT: Any = Happening.__table__  # type: ignore[attr-defined]
COUNTER: Any = Counter.__table__  # type: ignore[attr-defined]
ATTEMPT: Any = Attempt.__table__  # type: ignore[attr-defined]
BEAT: Any = Beat.__table__  # type: ignore[attr-defined]

CHUNK = 400  # ids in one statement
PLAN_LOCK = 0x10B
PLAN_PATIENCE = "600s"

T = TypeVar("T")


def chunks(things: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield the things in lists of at most `size`."""
    rest = iter(things)
    while part := list(islice(rest, size)):
        yield part


def one_at_a_time(connection: Connection) -> None:
    """Let only one plan (or one declaration) be written at a time. SQLite has but one writer anyway."""
    if connection.dialect.name == "postgresql":
        for name in ("lock_timeout", "statement_timeout"):  # a large plan takes its time, and who waits for it, too
            connection.execute(select(func.set_config(name, PLAN_PATIENCE, literal_column("true"))))
        connection.execute(select(func.pg_advisory_xact_lock(PLAN_LOCK)))


def move(
    connection: Connection,
    ids: Sequence[int],
    state: State,
    event: Event,
    *,
    at_us: int,
    by: str = "",
    why: str = "",
    where: Sequence[Any] = (),
    values: Mapping[str, Any] | None = None,
) -> list[Row[Any]]:
    """Move those of the deliveries that are in `state` (and fulfil `where`); return the rows that moved.

    A row: id, key, campaign, message, channel. Whoever needs all of them to move compares the length.
    """
    target = after(state, event)
    moved: list[Row[Any]] = []
    for part in chunks(ids):
        statement = (
            update(DELIVERY)
            .where(DELIVERY.c.id.in_(part), DELIVERY.c.state == state.value, *where)
            .values(state=target.value, rev=DELIVERY.c.rev + 1, **(values or {}))
            .returning(DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.channel)
        )
        moved += connection.execute(statement).all()
    note(connection, [row.id for row in moved], event, state, target, at_us=at_us, by=by, why=why)
    count_moves(connection, ((row.campaign, row.message) for row in moved), state, target)
    return moved


def move_each(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    state: State,
    event: Event,
    *,
    at_us: int,
    columns: Sequence[str],
    of: Mapping[int, tuple[str, str]],
) -> None:
    """Move every one of the rows (`id`, and a value for each column), or raise IllegalMove and move none.

    `of` gives campaign and message by id. For outcomes: each has its own values, and nobody else may have moved it.
    """
    target = after(state, event)
    own = [{"id": row["id"], "state": state.value, **{c: row[c] for c in columns}} for row in rows]
    fixed = {"state": target.value}
    missing = IllegalMove(f"{state} -> {event}: the ledger was changed by somebody else")
    update_rows(connection, DELIVERY, own, keys=("id", "state"), also=fixed, count_up=("rev",), missing=missing)
    events = [
        {"delivery": row["id"], "at_us": at_us, "event": event.value, "before": state.value, "after": target.value,
         "by": "", "why": row.get("why", "")}
        for row in rows
    ]  # fmt: skip
    _write_events(connection, events)
    count_moves(connection, (of[row["id"]] for row in rows), state, target)


def note(
    connection: Connection,
    ids: Iterable[int],
    event: Event | str,
    before: State | str,
    target: State | str,
    *,
    at_us: int,
    by: str = "",
    why: str = "",
) -> None:
    """Write an event row for each delivery (0: an order that concerns none in particular)."""
    shared = {"at_us": at_us, "event": str(event), "before": str(before), "after": str(target), "by": by, "why": why}
    _write_events(connection, [{"delivery": i, **shared} for i in ids])


def count_moves(
    connection: Connection, messages: Iterable[tuple[str, str]], before: State | None, target: State
) -> None:
    """Keep the counters in step: one fewer in `before` (None: newly written), one more in `target`."""
    if before == target:
        return
    counted: Count[tuple[str, str, str]] = Count()
    for (campaign, message), n in Count(messages).items():
        counted[campaign, message, target.value] += n
        if before is not None:
            counted[campaign, message, before.value] -= n
    if (later := connection.info.get(_TOGETHER)) is not None:
        for name, n in counted.items():
            later.counted[name] += n
    else:
        _count(connection, counted)


_TOGETHER = "moves together"


@dataclass
class _Later:
    """What the moves of one transaction leave to be written at its end."""

    events: list[Mapping[str, Any]] = field(default_factory=list)
    counted: Count[tuple[str, str, str]] = field(default_factory=Count)


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """Write the events and the counters of all moves in this block at its end; on a server, with all that is in bulk.

    Counters are what two workers have in common: so each holds them for the shortest time.
    """
    kept = connection.info  # a connection that breaks in the middle gives it no more
    later = kept[_TOGETHER] = _Later()
    try:
        with in_one(connection):
            yield
            insert_rows(connection, EVENT, later.events)
            _count(connection, later.counted)
    finally:
        del kept[_TOGETHER]


def _write_events(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if (later := connection.info.get(_TOGETHER)) is not None:
        later.events.extend(rows)
    else:
        insert_rows(connection, EVENT, rows)


def _count(connection: Connection, counted: Mapping[tuple[str, str, str], int]) -> None:
    # in the order of their names, so that two writers never wait for each other
    rows = [{"campaign": c, "message": m, "state": s, "n": n} for (c, m, s), n in counted.items() if n]
    add_rows(connection, COUNTER, rows, keys=("campaign", "message", "state"), number="n")


def beat(connection: Connection, name: str, at_us: int, detail: str = "") -> None:
    """Note that a kind of work was done now."""
    upsert = _insert(connection, BEAT)
    statement = upsert.on_conflict_do_update(
        index_elements=["name"],
        set_={"at_us": upsert.excluded.at_us, "n": BEAT.c.n + 1, "detail": upsert.excluded.detail},
    )
    connection.execute(statement, {"name": name, "at_us": at_us, "n": 1, "detail": detail})


def unsay(connection: Connection, name: str) -> None:
    """Let a sign of life say nothing any more. It is emptied, not deleted: the role of a daemon may not delete it."""
    connection.execute(update(BEAT).where(BEAT.c.name == name).values(detail=""))


def upsert(connection: Connection, table: Any, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, replacing those with the same keys."""
    if not rows:
        return
    statement = _insert(connection, table)
    others = [name for name in rows[0] if name not in keys]
    if others:
        statement = statement.on_conflict_do_update(
            index_elements=list(keys), set_={name: statement.excluded[name] for name in others}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    connection.execute(statement, list(rows))


def _insert(connection: Connection, table: Any) -> Any:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
