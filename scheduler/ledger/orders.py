"""A person's orders: hold, release, confirm, retry, cancel. Who gave them and why is kept with every one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from scheduler.errors import IllegalMove, NotFoundInLedger
from scheduler.ledger.delivery import Event, State, name_of
from scheduler.ledger.moves import DELIVERY, beat, move, note
from scheduler.ledger.turn import HOLD
from scheduler.text import say

_REFUSED = 3


class OrderRefused(IllegalMove):
    """The delivery is not in a state in which this order makes sense."""

    exit_code = _REFUSED


def delivery(connection: Connection, key: str) -> Row[Any]:
    """Return the whole row of a delivery, or NotFoundInLedger."""
    row = connection.execute(select(DELIVERY).where(DELIVERY.c.key == key)).first()
    if row is None:
        words = say(
            f"sổ cái không có lần đăng {key}; xem: loa deliveries",
            f"the ledger has no delivery {key}; see: loa deliveries",
        )
        raise NotFoundInLedger(words)
    return row


def _order(
    connection: Connection,
    key: str,
    states: Sequence[State],
    event: Event,
    values: dict[str, Any],
    *,
    at_us: int,
    by: str,
    why: str,
) -> None:
    row = delivery(connection, key)
    state = State(row.state)
    if state not in states or not move(
        connection,
        [row.id],
        state,
        event,
        at_us=at_us,
        by=by,
        why=why,
        where=[DELIVERY.c.rev == row.rev],
        values=values,
    ):
        listed = ", ".join(map(name_of, states))
        words = say(
            f"{key} đang ở trạng thái {name_of(state)}; lệnh này chỉ dùng cho: {listed}",
            f"{key} is {state}; this order is for: {listed}",
        )
        raise OrderRefused(words)
    changed(connection, at_us)


def confirm(connection: Connection, key: str, url: str, *, at_us: int, by: str, why: str) -> None:
    """A person has seen the post at this address."""
    values = {"url": url, "published_us": at_us, "next_us": None, "error": ""}
    _order(connection, key, [State.UNCONFIRMED], Event.CONFIRM, values, at_us=at_us, by=by, why=why)


def retry(connection: Connection, key: str, *, late_us: int, at_us: int, by: str, why: str) -> None:
    """A person has seen that the post is not there, or wants it after all: send it now."""
    values = {
        "next_us": at_us,
        "late_us": late_us,
        "looks": 0,
        "resends": 0,
        "look_first": 0,
        "error": "",
        "held_for": "",
    }
    states = [State.UNCONFIRMED, State.FAILED, State.MISSED]
    _order(connection, key, states, Event.RETRY, values, at_us=at_us, by=by, why=why)


def cancel(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """Never send this one. A plan does not bring it back."""
    values = {"error": f"{by}: {why}".strip()}  # never "plan" alone: that one a plan may undo
    states = [State.HELD, State.SCHEDULED, State.FAILED, State.MISSED]
    _order(connection, key, states, Event.CANCEL, values, at_us=at_us, by=by, why=why)


def withdrawn(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """The post was taken down."""
    _order(connection, key, [State.PUBLISHED], Event.WITHDRAW, {}, at_us=at_us, by=by, why=why)


def hold_one(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """Stop one delivery until a person releases it."""
    _order(connection, key, [State.SCHEDULED], Event.HOLD, {"held_for": "person"}, at_us=at_us, by=by, why=why)


def release_one(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> bool:
    """Let one delivery go that a person, a restored ledger or the register of laws had held; the law is looked at again.

    An approval is asked for by `loa approve`.

    Return False when it now waits for an approval: it was changed while it was held.
    """
    row = delivery(connection, key)
    if row.held_for == "approval":
        words = say(
            f"{key} đang chờ duyệt; duyệt bằng: loa approve {row.campaign}",
            f"{key} waits for an approval; approve with: loa approve {row.campaign}",
        )
        raise OrderRefused(words)
    if row.held_for == "person, approval":
        these = (DELIVERY.c.id == row.id) & (DELIVERY.c.rev == row.rev)
        connection.execute(update(DELIVERY).where(these).values(held_for="approval", rev=DELIVERY.c.rev + 1))
        note(connection, [row.id], Event.RELEASE, row.state, row.state, at_us=at_us, by=by, why=why)
        changed(connection, at_us)
        return False
    _order(
        connection,
        key,
        [State.HELD],
        Event.RELEASE,
        {"held_for": "", "look_first": 0, "error": ""},
        at_us=at_us,
        by=by,
        why=why,
    )
    return True


def release(connection: Connection, scope: str, values: Sequence[str], *, at_us: int, by: str, why: str) -> int:
    """Lift holds; return how many stood."""
    statement = delete(HOLD).where(HOLD.c.scope == scope)
    if scope != "all":
        statement = statement.where(HOLD.c.value.in_(values))
    count = connection.execute(statement).rowcount
    count += _release_held_by_loa(connection, scope, values, at_us=at_us, by=by, why=why)
    if count:
        note(connection, [0], "release", f"{scope} {' '.join(values)}", "", at_us=at_us, by=by, why=why)
    changed(connection, at_us)
    return count


def _release_held_by_loa(
    connection: Connection, scope: str, values: Sequence[str], *, at_us: int, by: str, why: str
) -> int:
    """A person has looked: what a restored ledger, or the register of laws, held on these channels (...) may go.

    What the register still refuses is held again at its claim.
    """
    columns = {
        "channel": DELIVERY.c.channel,
        "unit": DELIVERY.c.unit,
        "campaign": DELIVERY.c.campaign,
        "class": DELIVERY.c.kind,
    }
    held = select(DELIVERY.c.id).where(
        DELIVERY.c.state == State.HELD.value, DELIVERY.c.held_for.in_(["restore", "law"])
    )
    if scope != "all":
        held = held.where(columns[scope].in_(values))
    ids = list(connection.execute(held).scalars())
    free = {"held_for": "", "look_first": 0, "error": ""}
    return len(move(connection, ids, State.HELD, Event.RELEASE, at_us=at_us, by=by, why=why, values=free))


def changed(connection: Connection, at_us: int) -> None:
    """Tell a running daemon that somebody else wrote into the ledger."""
    beat(connection, "changed", at_us)
