"""A person's orders: hold, release, confirm, retry, cancel. Who gave them and why is kept with every one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from scheduler.clock import moment
from scheduler.errors import IllegalMove, NotFoundInLedger
from scheduler.ledger import mourning, plans
from scheduler.ledger.delivery import Event, State, name_of
from scheduler.ledger.mourning import HELD_FOR, HELD_FOR_BOTH, Period
from scheduler.ledger.moves import BEAT, DELIVERY, beat, move, note, unsay
from scheduler.ledger.turn import HOLD
from scheduler.text import say

_REFUSED = 3
CORRECTING = "correcting"


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


def retry(connection: Connection, key: str, *, late_us: int, at_us: int, by: str, why: str, zone: tzinfo = UTC) -> None:
    """A person has seen that the post is not there, or wants it after all: send it as soon as it may be.

    Also what a mourning had held and what has become late since. Refused when it has expired, and while a nation mourns.
    `zone`: in which a refusal names the time.
    """
    row = delivery(connection, key)
    mourned = row.state == State.HELD and row.held_for == HELD_FOR
    states = [State.HELD] if mourned else [State.UNCONFIRMED, State.FAILED, State.MISSED]
    if row.state in states:
        _refuse_expired(row, at_us, zone)
        _refuse_in_mourning(connection, row, at_us, zone)
    values = {
        "next_us": max(at_us, row.due_us if mourned else 0, row.not_before_us or 0),
        "late_us": late_us if row.not_after_us is None else min(late_us, row.not_after_us - 1),
        "looks": 0,
        "resends": 0,
        "look_first": 0,
        "error": "",
        "held_for": "",
    }
    _order(connection, key, states, Event.RELEASE if mourned else Event.RETRY, values, at_us=at_us, by=by, why=why)


def _local(at_us: int, zone: tzinfo) -> str:
    return f"{moment(at_us).astimezone(zone):%H:%M %d/%m/%Y}"


def _refuse_expired(row: Row[Any], at_us: int, zone: tzinfo) -> None:
    if row.not_after_us is not None and row.not_after_us <= at_us:
        end = _local(row.not_after_us, zone)
        words = say(
            f"{row.key} đã hết hạn lúc {end} (expires), không bao giờ đăng nữa; "
            "nếu hạn ấy sai thì sửa expires trong tệp chiến dịch rồi chạy loa apply trước",
            f"{row.key} expired at {end} and never goes out any more; "
            "if that is wrong, mend `expires` in the campaign and run loa apply first",
        )
        raise OrderRefused(words)


def _refuse_in_mourning(connection: Connection, row: Row[Any], at_us: int, zone: tzinfo) -> None:
    period = mourning.period_of(connection, row, at_us)
    if period is not None:
        raise OrderRefused(_in_mourning(row, period, zone))


def _in_mourning(row: Row[Any], period: Period, zone: tzinfo) -> str:
    end, tags = _local(period.until_us, zone), row.tags
    return say(
        f"{row.key} có thẻ {tags} và rơi vào quốc tang tới {end} ({period.basis}): không đăng lúc này; "
        f"sau đó quyết định bằng: loa mourning release {row.key}; bỏ hẳn: loa cancel {row.key}",
        f"{row.key} has the tags {tags} and falls into the mourning until {end} ({period.basis}): it does not go out now; "
        f"decide afterwards with: loa mourning release {row.key}; drop it: loa cancel {row.key}",
    )


def cancel(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """Never send this one. A plan does not bring it back."""
    values = {"error": f"{by}: {why}".strip(), "held_for": ""}  # never "plan" alone: that one a plan may undo
    states = [State.HELD, State.SCHEDULED, State.FAILED, State.MISSED]
    _order(connection, key, states, Event.CANCEL, values, at_us=at_us, by=by, why=why)


def withdrawn(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """The post was taken down."""
    _order(connection, key, [State.PUBLISHED], Event.WITHDRAW, {}, at_us=at_us, by=by, why=why)
    unsay(connection, f"{CORRECTING} {key}")


def correcting(connection: Connection, row: Row[Any], digest: str, *, at_us: int, by: str, why: str) -> None:
    """Note that a public post is about to get other words: until `corrected` it may have these or those."""
    note(connection, [row.id], CORRECTING, row.digest, digest, at_us=at_us, by=by, why=why)
    beat(connection, f"{CORRECTING} {row.key}", at_us, digest)


def half_corrected(connection: Connection) -> list[str]:
    """Return the keys of posts of which nobody knows which words are public: a correction was begun and not confirmed."""
    begun = select(BEAT.c.name).where(BEAT.c.name.like(f"{CORRECTING} %"), BEAT.c.detail != "")
    return [str(name).partition(" ")[2] for name in connection.execute(begun.order_by(BEAT.c.name)).scalars()]


def corrected(connection: Connection, row: Row[Any], digest: str, body: str, *, at_us: int, by: str, why: str) -> None:
    """The post has other words: those whose fingerprint and body these are, and somebody stands for them."""
    plans.keep_bodies(connection, {digest: body})
    now = plans.fingerprint(row.key, row.due_us, digest)
    plans.vouch(connection, {row.id: now}, at_us=at_us, by=by, why=why)
    values = {"digest": digest}
    _order(connection, row.key, [State.PUBLISHED], Event.CORRECT, values, at_us=at_us, by=by, why=why)
    unsay(connection, f"{CORRECTING} {row.key}")


def hold_one(connection: Connection, key: str, *, at_us: int, by: str, why: str) -> None:
    """Stop one delivery until a person releases it."""
    _order(connection, key, [State.SCHEDULED], Event.HOLD, {"held_for": "person"}, at_us=at_us, by=by, why=why)


def release_one(connection: Connection, key: str, *, at_us: int, by: str, why: str, zone: tzinfo = UTC) -> bool:
    """Let one delivery go that a person, a restored ledger, a mourning or the register of laws had held.

    The law is looked at again when it goes out; an approval is given by `loa approve`.

    Return False when it is still held, now for an approval (it was changed meanwhile) or for a mourning that covers it.
    Refused when it has expired, while the mourning lasts that holds it, and when that has made it late. `zone`: in which a
    refusal names the time.
    """
    row = delivery(connection, key)
    if row.held_for == "approval":
        words = say(
            f"{key} đang chờ duyệt; duyệt bằng: loa approve {row.campaign}",
            f"{key} waits for an approval; approve with: loa approve {row.campaign}",
        )
        raise OrderRefused(words)
    if row.state == State.HELD:
        _refuse_expired(row, at_us, zone)
    period = mourning.period_of(connection, row, at_us)
    if row.held_for in (HELD_FOR, HELD_FOR_BOTH):
        if period is not None:
            raise OrderRefused(_in_mourning(row, period, zone))
        if row.held_for == HELD_FOR and row.late_us < at_us:
            raise OrderRefused(_made_late(row, zone))
    if row.held_for in ("person, approval", HELD_FOR_BOTH):
        return _still_held(connection, row, "approval", at_us=at_us, by=by, why=why)
    if period is not None and row.state == State.HELD:
        return _still_held(connection, row, HELD_FOR, at_us=at_us, by=by, why=why)
    _order(connection, key, [State.HELD], Event.RELEASE, _freed(row), at_us=at_us, by=by, why=why)
    return True


def _freed(row: Row[Any]) -> dict[str, Any]:
    """Return what a release changes. Only who releases what a restored ledger held has looked at the channel."""
    return {"held_for": "", "error": "", **({"look_first": 0} if row.held_for == "restore" else {})}


def _made_late(row: Row[Any], zone: tzinfo) -> str:
    late = _local(row.late_us, zone)
    return say(
        f"{row.key} đã quá late_after từ {late}; vẫn đăng: loa retry {row.key}; bỏ: loa cancel {row.key}; "
        "hoặc đặt giờ mới trong tệp chiến dịch rồi loa apply",
        f"{row.key} is past its late_after since {late}; send after all: loa retry {row.key}; drop it: loa cancel {row.key}; "
        "or set a new time in the campaign and loa apply",
    )


def _still_held(connection: Connection, row: Row[Any], held_for: str, *, at_us: int, by: str, why: str) -> bool:
    """Keep a person's release of what must be held for another reason; return False."""
    these = (DELIVERY.c.id == row.id) & (DELIVERY.c.rev == row.rev) & (DELIVERY.c.state == State.HELD.value)
    values = {**_freed(row), "held_for": held_for, "rev": DELIVERY.c.rev + 1}
    if connection.execute(update(DELIVERY).where(these).values(**values)).rowcount:
        note(connection, [row.id], Event.RELEASE, row.state, row.state, at_us=at_us, by=by, why=why)
    changed(connection, at_us)
    return False


def release(connection: Connection, scope: str, values: Sequence[str], *, at_us: int, by: str, why: str) -> int:
    """Lift holds; return how many stood."""
    statement = delete(HOLD).where(HOLD.c.scope == scope)
    if scope != "all":
        statement = statement.where(HOLD.c.value.in_(values))
    count = connection.execute(statement).rowcount
    count += _release_held_by_loa(connection, scope, values, at_us=at_us, by=by, why=why)
    mourning.sweep(connection, at_us=at_us)  # what a restored ledger had held may fall into a mourning
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
