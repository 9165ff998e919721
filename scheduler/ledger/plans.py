"""The ledger's side of a plan: what is written down for a message, and the writing of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, delete, insert, literal, or_, select, update

from scheduler.ledger import mourning
from scheduler.ledger.bulk import insert_many, insert_rows
from scheduler.ledger.delivery import SETTLED, WAITING, Event, State
from scheduler.ledger.mourning import HELD_FOR, HELD_FOR_BOTH, Period
from scheduler.ledger.moves import COUNTER, DELIVERY, EVENT, chunks, count_moves, move, note, upsert
from scheduler.ledger.tables import Approval, PostBody
from scheduler.ledger.witness import distrusted

POST: Any = PostBody.__table__  # type: ignore[attr-defined]
APPROVAL: Any = Approval.__table__  # type: ignore[attr-defined]

DAY_US = 86_400_000_000
APPROVE = "approve"  # an event: a person's yes, with the fingerprint that it is bound to; it moves nothing by itself
FORGOTTEN = 7 * DAY_US  # so long after a restore, `on: now` may be of the time of which the ledger knows nothing

_PLANNED = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.channel, DELIVERY.c.state,
    DELIVERY.c.held_for, DELIVERY.c.due_us, DELIVERY.c.late_us, DELIVERY.c.digest, DELIVERY.c.unit, DELIVERY.c.kind,
    DELIVERY.c.error, DELIVERY.c.url, DELIVERY.c.tags, DELIVERY.c.not_before_us, DELIVERY.c.not_after_us,
    DELIVERY.c.at_once_us,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery as the campaigns want it. Moments in microseconds; it is never late later than its last moment."""

    key: str
    campaign: str
    message: str
    occurrence: str
    channel: str
    unit: str
    kind: str
    due_us: int
    late_us: int
    digest: str
    needs_approval: bool
    tags: str = ""  # separated by blanks
    not_before_us: int | None = None  # the embargo ends
    not_after_us: int | None = None  # from here on never
    at_once_us: int | None = None  # `on: now`: how late it may be, counted from its approval

    def __post_init__(self) -> None:
        if self.not_after_us is not None:
            object.__setattr__(self, "late_us", min(self.late_us, self.not_after_us - 1))

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key, self.due_us, self.digest)


def fingerprint(key: str, due_us: int, digest: str) -> str:
    """Return what an approval is bound to: this post, on this channel, at this time.

    Hard bounds are no part of it: nothing goes out before its time, and another bound says no other words.
    """
    return hashlib.sha256(f"{key}\n{due_us}\n{digest}".encode()).hexdigest()


def spoken(connection: Connection, model: str, message: str) -> dict[tuple[str, str], str]:
    """Return where a message of a model, or of any replica of it, was asked for: (occurrence, channel) -> campaign."""
    counted = connection.execute(select(COUNTER.c.campaign).where(COUNTER.c.message == message).distinct()).scalars()
    names = [name for name in counted if name == model or name.startswith(f"{model}.")]  # no collation has a say in it
    states = [state.value for state in SETTLED]
    found: dict[tuple[str, str], str] = {}
    for part in chunks(names):
        asked = select(DELIVERY.c.occurrence, DELIVERY.c.channel, DELIVERY.c.campaign).where(
            DELIVERY.c.campaign.in_(part), DELIVERY.c.message == message, DELIVERY.c.state.in_(states)
        )
        found |= {(row.occurrence, row.channel): row.campaign for row in connection.execute(asked)}
    return found


def planned(connection: Connection, campaign: str, message: str) -> dict[str, Row[Any]]:
    """Return what is written down for a message, by key."""
    statement = select(*_PLANNED).where(DELIVERY.c.campaign == campaign, DELIVERY.c.message == message)
    rows: list[Any] = list(connection.execute(statement))
    return {row.key: row for row in rows}


def waiting_messages(connection: Connection) -> list[tuple[str, str, int]]:
    """Return campaign, message and number of every message of which deliveries still wait to go out."""
    states = [state.value for state in WAITING]
    statement = select(COUNTER.c.campaign, COUNTER.c.message, COUNTER.c.n).where(
        COUNTER.c.state.in_(states), COUNTER.c.n > 0
    )
    totals: dict[tuple[str, str], int] = {}
    for campaign, message, n in connection.execute(statement):
        totals[campaign, message] = totals.get((campaign, message), 0) + n
    return [(campaign, message, n) for (campaign, message), n in sorted(totals.items())]


def approved(connection: Connection, fingerprints: Iterable[str]) -> set[str]:
    """Return those of the fingerprints to which a person has said yes."""
    found: set[str] = set()
    for part in chunks(fingerprints):
        found.update(
            connection.execute(select(APPROVAL.c.fingerprint).where(APPROVAL.c.fingerprint.in_(part))).scalars()
        )
    return found


def body_of(connection: Connection, digest: str) -> str:
    """Return the stored post of a fingerprint as JSON, '' when there is none."""
    return connection.execute(select(POST.c.body).where(POST.c.digest == digest)).scalar() or ""


def bodies(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """Return the stored posts by fingerprint."""
    found: dict[str, str] = {}
    for part in chunks(set(digests)):
        rows = connection.execute(select(POST.c.digest, POST.c.body).where(POST.c.digest.in_(part)))
        found.update({row.digest: row.body for row in rows})
    return found


def keep_bodies(connection: Connection, posts: Mapping[str, str]) -> None:
    """Store posts by fingerprint; one that is there already stays as it is."""
    statement_rows = [{"digest": digest, "body": body} for digest, body in posts.items()]
    for part in chunks(statement_rows):
        known = set(
            connection.execute(select(POST.c.digest).where(POST.c.digest.in_([r["digest"] for r in part]))).scalars()
        )
        if fresh := [row for row in part if row["digest"] not in known]:
            connection.execute(insert(POST), fresh)


def create(connection: Connection, wanted: Sequence[Wanted], yes: set[str], *, at_us: int, by: str) -> None:
    """Write new deliveries: scheduled, or held for an approval that is not there yet, or for a mourning."""
    restored_us, since_us = distrusted(connection) if wanted else (0, 0)
    mourned = mourning.open_periods(connection, at_us) if wanted else []
    for part in chunks(wanted, 2000):
        reasons = [_first_reason(w, yes, mourned, at_us) for w in part]
        states = [State.HELD if reason else State.SCHEDULED for reason in reasons]
        rows = [
            {
                "key": w.key,
                "campaign": w.campaign,
                "message": w.message,
                "occurrence": w.occurrence,
                "channel": w.channel,
                "unit": w.unit,
                "kind": w.kind,
                "state": state.value,
                "held_for": reason,
                "due_us": w.due_us,
                "late_us": w.late_us,
                "next_us": _first_try(w),
                "digest": w.digest,
                "look_first": since_us if _perhaps_forgotten(w, restored_us) else 0,
                "tags": w.tags,
                "not_before_us": w.not_before_us,
                "not_after_us": w.not_after_us,
                "at_once_us": w.at_once_us,
            }
            for w, state, reason in zip(part, states, reasons, strict=True)
        ]
        insert_many(connection, DELIVERY, rows)
        for state in (State.HELD, State.SCHEDULED):
            chosen = [(w.campaign, w.message) for w, s in zip(part, states, strict=True) if s is state]
            count_moves(connection, chosen, None, state)
    if wanted:
        note(connection, [0], Event.PLAN, "", "", at_us=at_us, by=by, why=f"{len(wanted)} x {wanted[0].campaign}")


_STANDING = (DELIVERY.c.state, DELIVERY.c.held_for)


def _first_reason(wanted: Wanted, yes: set[str], periods: Sequence[Period], at_us: int) -> str:
    """Return what a delivery is held for ('': nothing). An approval comes first: it looks for a mourning itself."""
    if _lacks_approval(wanted, yes):
        return "approval"
    return HELD_FOR if _mourned(wanted, periods, at_us) else ""


def _lacks_approval(wanted: Wanted, yes: set[str]) -> bool:
    return wanted.needs_approval and wanted.fingerprint not in yes


def _mourned(wanted: Wanted, periods: Sequence[Period], at_us: int) -> bool:
    return mourning.covering(periods, wanted.kind, wanted.tags, wanted.due_us, at_us) is not None


def _first_try(wanted: Wanted) -> int:
    return max(wanted.due_us, wanted.not_before_us or 0)


def _perhaps_forgotten(wanted: Wanted, restored_us: int) -> bool:
    """Tell whether a restored ledger may have forgotten that this was said. `on: now` bears no time by which to tell."""
    known_since = restored_us + (FORGOTTEN if wanted.at_once_us is not None and restored_us else 0)
    return wanted.due_us <= known_since


def change(connection: Connection, row: Row[Any], wanted: Wanted, yes: set[str], *, at_us: int, by: str) -> None:
    """Bring a delivery that was not asked for yet to what the campaign wants now; hold it if that is not approved."""
    state = State(row.state)
    match state:
        case State.CANCELLED:
            move(
                connection,
                [row.id],
                state,
                Event.RESTORE,
                at_us=at_us,
                by=by,
                values={"held_for": "approval", "error": ""},
            )
        case State.FAILED | State.MISSED:
            move(
                connection,
                [row.id],
                state,
                Event.RETRY,
                at_us=at_us,
                by=by,
                values={"held_for": "", "error": "", "attempts": 0},
            )
        case _:
            pass
    values = {
        "due_us": wanted.due_us,
        "late_us": wanted.late_us,
        "next_us": _first_try(wanted),
        "digest": wanted.digest,
        "unit": wanted.unit,
        "kind": wanted.kind,
        "checkpoint": "",
        **_bounds(wanted),
    }
    in_waiting = DELIVERY.c.state.in_([s.value for s in WAITING])
    statement = update(DELIVERY).where(DELIVERY.c.id == row.id, in_waiting).values(rev=DELIVERY.c.rev + 1, **values)
    # the row is ours from here to the end of the transaction: what need not be asked of it is not
    if (now := connection.execute(statement.returning(*_STANDING)).first()) is None:
        return  # it is being sent, or was: nothing of it waits any more
    note(connection, [row.id], Event.CHANGE, "", "", at_us=at_us, by=by)
    if now.held_for == "law" and (row.digest, row.due_us) != (wanted.digest, wanted.due_us):
        for_law = [DELIVERY.c.held_for == "law"]  # another text, or another day: it is judged anew when it is claimed
        move(
            connection, [row.id], State.HELD, Event.RELEASE,
            at_us=at_us, by=by, where=for_law, values={"held_for": "", "error": ""},
        )  # fmt: skip
        now = None
    settle(connection, row, wanted, yes, at_us=at_us, by=by, now=now)


def _bounds(wanted: Wanted) -> dict[str, Any]:
    return {
        "tags": wanted.tags,
        "not_before_us": wanted.not_before_us,
        "not_after_us": wanted.not_after_us,
        "at_once_us": wanted.at_once_us,
    }


def rebound(connection: Connection, row: Row[Any], wanted: Wanted, *, at_us: int, by: str) -> None:
    """Give a delivery that failed or was missed the hard bounds of now; whether it is sent after all, a person says."""
    these = (DELIVERY.c.id == row.id) & DELIVERY.c.state.in_([State.FAILED.value, State.MISSED.value])
    statement = update(DELIVERY).where(these).values(rev=DELIVERY.c.rev + 1, **_bounds(wanted))
    if connection.execute(statement).rowcount:
        note(connection, [row.id], Event.CHANGE, "", "", at_us=at_us, by=by)


def settle(
    connection: Connection,
    row: Row[Any],
    wanted: Wanted,
    yes: set[str],
    *,
    at_us: int,
    by: str,
    now: Row[Any] | None = None,
) -> None:
    """Hold what needs an approval that is not there, or falls into a mourning; let go what was held and need not be.

    What a mourning had held goes on by itself only when it was moved to another time: that is a person's decision.
    `now`: how the row stands, where this transaction has it already.
    """
    if now is None:
        now = connection.execute(select(*_STANDING).where(DELIVERY.c.id == row.id).with_for_update()).first()
    mourned = mourning.period_of(connection, wanted, at_us) is not None
    moved_out = row.due_us != wanted.due_us and not mourned
    lacking = _lacks_approval(wanted, yes)
    held_for = "approval" if lacking else HELD_FOR
    scheduled = now is not None and now.state == State.SCHEDULED.value
    if scheduled and (lacking or mourned):
        move(connection, [row.id], State.SCHEDULED, Event.HOLD, at_us=at_us, by=by, values={"held_for": held_for})
    if now is None or now.state != State.HELD.value:
        return
    if lacking:
        both = "approval" if moved_out else HELD_FOR_BOTH
        names = {"person": "person, approval", "restore": "approval", "law": "approval", HELD_FOR: both}
        _relabel(connection, row.id, {**names, HELD_FOR_BOTH: both} if moved_out else names)
        return
    _relabel(connection, row.id, {"person, approval": "person", HELD_FOR_BOTH: HELD_FOR})
    if mourned:
        _relabel(connection, row.id, {"approval": HELD_FOR})
        return
    free = ["approval", HELD_FOR] if moved_out else ["approval"]
    move(
        connection, [row.id], State.HELD, Event.RELEASE,
        at_us=at_us, by=by, where=[DELIVERY.c.held_for.in_(free)], values=_free(at_us),
    )  # fmt: skip


def _free(at_us: int) -> dict[str, Any]:
    """Return what a release changes. The lateness of `on: now` counts from here, but never beyond its last moment."""
    late_us = DELIVERY.c.at_once_us + literal(at_us, DELIVERY.c.late_us.type)
    last = DELIVERY.c.not_after_us - 1
    late = case((last < late_us, last), else_=late_us)
    return {"held_for": "", "late_us": case((DELIVERY.c.at_once_us.is_not(None), late), else_=DELIVERY.c.late_us)}


def _relabel(connection: Connection, delivery: int, names: Mapping[str, str]) -> None:
    """What is held by a person asks for its approval once it is released (a restored one is looked for even then)."""
    for before, now in names.items():
        these = (DELIVERY.c.id == delivery) & (DELIVERY.c.state == State.HELD.value) & (DELIVERY.c.held_for == before)
        connection.execute(update(DELIVERY).where(these).values(held_for=now, rev=DELIVERY.c.rev + 1))


def cancel(connection: Connection, ids: Sequence[int], *, at_us: int, by: str, why: str, mark: str = "plan") -> int:
    """Cancel deliveries that still wait; return how many. `mark` tells a plan's cancelling from a person's."""
    count = 0
    for state in WAITING:
        moved = move(
            connection, ids, state, Event.CANCEL, at_us=at_us, by=by, why=why, values={"error": mark, "held_for": ""}
        )
        count += len(moved)
    return count


def vouch(connection: Connection, rows: Mapping[int, str], *, at_us: int, by: str, why: str) -> None:
    """Keep a person's yes to fingerprints (by delivery id), and that it was given."""
    said = {"by": by, "why": why, "at_us": at_us}
    for ids in chunks(rows):
        upsert(connection, APPROVAL, ["fingerprint"], [{"fingerprint": rows[i], **said} for i in ids])
        given = [{"delivery": i, "event": APPROVE, "before": "", "after": rows[i], **said} for i in ids]
        insert_rows(connection, EVENT, given)


def approve(connection: Connection, rows: Mapping[int, str], *, at_us: int, by: str, why: str) -> int:
    """Keep a person's yes to the fingerprints (by delivery id) and release exactly those; return to how many it is heard.

    What falls into a mourning is then held for that alone; what has expired stays as it is.
    """
    heard = 0
    periods = mourning.open_periods(connection, at_us)
    alive = or_(DELIVERY.c.not_after_us.is_(None), DELIVERY.c.not_after_us > at_us)
    vouch(connection, rows, at_us=at_us, by=by, why=why)
    for ids in chunks(rows):
        current = connection.execute(
            select(
                DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.due_us, DELIVERY.c.digest, DELIVERY.c.kind, DELIVERY.c.tags
            )
            .where(DELIVERY.c.id.in_(ids), DELIVERY.c.held_for == "approval", alive)
            .with_for_update()  # or a plan that is being written now would change the text under the yes
        )
        same = [r for r in current if fingerprint(r.key, r.due_us, r.digest) == rows[r.id]]
        mourned = {r.id for r in same if mourning.covering(periods, r.kind, r.tags, r.due_us, at_us)}
        moved = move(
            connection,
            [r.id for r in same if r.id not in mourned],
            State.HELD,
            Event.RELEASE,
            at_us=at_us,
            by=by,
            why=why or "approved",
            where=[alive],
            values=_free(at_us),
        )
        heard += len(moved)
        for delivery in mourned:
            _relabel(connection, delivery, {"approval": HELD_FOR})
        note(connection, mourned, Event.RELEASE, State.HELD, State.HELD, at_us=at_us, by=by, why=why or "approved")
        heard += len(mourned)
    return heard


def forget_approvals(connection: Connection, fingerprints: Iterable[str]) -> None:
    """Take back what was said to these fingerprints (a rejection)."""
    for part in chunks(fingerprints):
        connection.execute(delete(APPROVAL).where(APPROVAL.c.fingerprint.in_(part)))
