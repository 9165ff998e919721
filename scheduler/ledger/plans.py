"""The ledger's side of a plan: what is written down for a message, and the writing of changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from scheduler.ledger.delivery import WAITING, Event, State
from scheduler.ledger.moves import COUNTER, DELIVERY, chunks, count_moves, move, note, upsert
from scheduler.ledger.tables import Approval, PostBody
from scheduler.ledger.witness import distrusted

POST: Any = PostBody.__table__  # type: ignore[attr-defined]
APPROVAL: Any = Approval.__table__  # type: ignore[attr-defined]
PLAN_LOCK = 0x10B

_PLANNED = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.channel, DELIVERY.c.state,
    DELIVERY.c.held_for, DELIVERY.c.due_us, DELIVERY.c.late_us, DELIVERY.c.digest, DELIVERY.c.unit, DELIVERY.c.kind,
    DELIVERY.c.error, DELIVERY.c.url,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delivery as the campaigns want it."""

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

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.key, self.due_us, self.digest)


def fingerprint(key: str, due_us: int, digest: str) -> str:
    """Return what an approval is bound to: this post, on this channel, at this time."""
    return hashlib.sha256(f"{key}\n{due_us}\n{digest}".encode()).hexdigest()


def one_at_a_time(connection: Connection) -> None:
    """Let only one plan be written at a time. SQLite has but one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(PLAN_LOCK)))


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
    """Write new deliveries: scheduled, or held for an approval that is not there yet."""
    restored_us, since_us = distrusted(connection) if wanted else (0, 0)
    for part in chunks(wanted, 2000):
        states = [_first_state(w, yes) for w in part]
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
                "held_for": "approval" if state is State.HELD else "",
                "due_us": w.due_us,
                "late_us": w.late_us,
                "next_us": w.due_us,
                "digest": w.digest,
                "look_first": since_us if w.due_us <= restored_us else 0,
            }
            for w, state in zip(part, states, strict=True)
        ]
        connection.execute(insert(DELIVERY), rows)
        for state in (State.HELD, State.SCHEDULED):
            chosen = [(w.campaign, w.message) for w, s in zip(part, states, strict=True) if s is state]
            count_moves(connection, chosen, None, state)
    if wanted:
        note(connection, [0], Event.PLAN, "", "", at_us=at_us, by=by, why=f"{len(wanted)} x {wanted[0].campaign}")


def _first_state(wanted: Wanted, yes: set[str]) -> State:
    return State.HELD if wanted.needs_approval and wanted.fingerprint not in yes else State.SCHEDULED


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
        "next_us": wanted.due_us,
        "digest": wanted.digest,
        "unit": wanted.unit,
        "kind": wanted.kind,
        "checkpoint": "",
    }
    in_waiting = DELIVERY.c.state.in_([s.value for s in WAITING])
    statement = update(DELIVERY).where(DELIVERY.c.id == row.id, in_waiting).values(rev=DELIVERY.c.rev + 1, **values)
    if connection.execute(statement).rowcount:
        note(connection, [row.id], Event.CHANGE, "", "", at_us=at_us, by=by)
    if (row.digest, row.due_us) != (wanted.digest, wanted.due_us):
        for_law = [DELIVERY.c.held_for == "law"]  # another text, or another day: it is judged anew when it is claimed
        move(
            connection, [row.id], State.HELD, Event.RELEASE,
            at_us=at_us, by=by, where=for_law, values={"held_for": "", "error": ""},
        )  # fmt: skip
    settle_approval(connection, row.id, wanted, yes, at_us=at_us, by=by)


def settle_approval(
    connection: Connection, delivery: int, wanted: Wanted, yes: set[str], *, at_us: int, by: str
) -> None:
    """Hold what needs an approval that is not there; let go what was held for one and needs it no more."""
    if _first_state(wanted, yes) is State.HELD:
        move(connection, [delivery], State.SCHEDULED, Event.HOLD, at_us=at_us, by=by, values={"held_for": "approval"})
        _relabel(connection, delivery, {"person": "person, approval", "restore": "approval", "law": "approval"})
    else:
        _relabel(connection, delivery, {"person, approval": "person"})
        was_for_approval = [DELIVERY.c.held_for == "approval"]
        move(
            connection, [delivery], State.HELD, Event.RELEASE,
            at_us=at_us, by=by, where=was_for_approval, values={"held_for": ""},
        )  # fmt: skip


def _relabel(connection: Connection, delivery: int, names: Mapping[str, str]) -> None:
    """What is held by a person asks for its approval once it is released (a restored one is looked for even then)."""
    for before, now in names.items():
        these = (DELIVERY.c.id == delivery) & (DELIVERY.c.state == State.HELD.value) & (DELIVERY.c.held_for == before)
        connection.execute(update(DELIVERY).where(these).values(held_for=now, rev=DELIVERY.c.rev + 1))


def cancel(connection: Connection, ids: Sequence[int], *, at_us: int, by: str, why: str, mark: str = "plan") -> int:
    """Cancel deliveries that still wait; return how many. `mark` tells a plan's cancelling from a person's."""
    count = 0
    for state in WAITING:
        moved = move(connection, ids, state, Event.CANCEL, at_us=at_us, by=by, why=why, values={"error": mark})
        count += len(moved)
    return count


def approve(connection: Connection, rows: Mapping[int, str], *, at_us: int, by: str, why: str) -> int:
    """Keep a person's yes to the fingerprints (by delivery id) and release exactly those; return how many went free."""
    released = 0
    kept = [{"fingerprint": f, "by": by, "why": why, "at_us": at_us} for f in rows.values()]
    for part in chunks(kept):
        upsert(connection, APPROVAL, ["fingerprint"], part)
    for ids in chunks(rows):
        current = connection.execute(
            select(DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.due_us, DELIVERY.c.digest)
            .where(DELIVERY.c.id.in_(ids), DELIVERY.c.held_for == "approval")
            .with_for_update()  # or a plan that is being written now would change the text under the yes
        )
        same = [r.id for r in current if fingerprint(r.key, r.due_us, r.digest) == rows[r.id]]
        moved = move(
            connection,
            same,
            State.HELD,
            Event.RELEASE,
            at_us=at_us,
            by=by,
            why=why or "approved",
            values={"held_for": ""},
        )
        released += len(moved)
    return released


def forget_approvals(connection: Connection, fingerprints: Iterable[str]) -> None:
    """Take back what was said to these fingerprints (a rejection)."""
    for part in chunks(fingerprints):
        connection.execute(delete(APPROVAL).where(APPROVAL.c.fingerprint.in_(part)))
