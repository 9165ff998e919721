"""The audit: is the chain whole, does the ledger say what its events say, and are the public words the approved ones.

It reads and changes nothing. A million events pass through in pages; only what is wrong is kept, and no more of that than a
person reads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, func, select

from scheduler.channels.contract import Post
from scheduler.ledger import chain
from scheduler.ledger.chain import BROKEN, LINK, MAKES_PUBLIC, RECEIPT, Hash, Head
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY, EVENT, chunks
from scheduler.ledger.plans import APPROVAL, APPROVE, POST, fingerprint
from scheduler.ledger.said import all_posts

MOST = 20  # places of each kind that are kept; the others are counted
AT_ONCE = 500  # deliveries in memory, with their events
LINKS = 500
PUBLIC = (State.PUBLISHED.value, State.WITHDRAWN.value)
FIRST = (State.HELD.value, State.SCHEDULED.value)  # in which a delivery is written down
NOTED = (BROKEN, "restored", "moved")  # events after which a person wants to know why

Progress = Callable[[int], None]


class Kind(StrEnum):
    """What is not whole."""

    MISSING = "missing"  # a link is not there
    DELETED = "deleted"  # fewer events than were linked
    INSERTED = "inserted"  # more
    CHANGED = "changed"  # as many, but not the same ones
    UNSIGNED = "unsigned"  # a link that nobody signed, behind one that was, or although there is a key
    FORGED = "forged"  # a signature that no key of ours has made
    EXPECTED = "expected"  # the chain lacks the head that was written down
    WITNESSED = "witnessed"  # the chain lacks the head that the witness keeps
    NONE = "none"  # there are events and no link at all
    STATE = "state"  # a delivery stands where no event has led it
    RECEIPT = "receipt"  # what is said to be public is not what was
    APPROVAL = "approval"  # an approval that is not among the events, or another person's there
    WORDS = "words"  # other words are public than were approved
    BODY = "body"  # a stored post does not have its fingerprint, or is gone


@dataclass(frozen=True)
class Break:
    """One place that is not whole: a link with the events of which it speaks, or a delivery."""

    kind: Kind
    link: int = 0
    first_event: int = 0
    last_event: int = 0
    key: str = ""
    detail: str = ""


@dataclass
class Breaks:
    """What was found, in order; no more than MOST of a kind, but all are counted."""

    found: list[Break] = field(default_factory=list)
    counts: dict[Kind, int] = field(default_factory=dict)

    def add(self, one: Break) -> None:
        self.counts[one.kind] = self.counts.get(one.kind, 0) + 1
        if self.counts[one.kind] <= MOST:
            self.found.append(one)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass
class Chain:
    """What the chain says: how long it is, since when it was kept, and what it does not cover yet."""

    head: Head = field(default_factory=Head)
    links: int = 0
    events: int = 0
    since_us: int = 0
    signed_from: int | None = None  # the first link that bears a signature
    checked: bool = False  # whether there was a key to check signatures with
    expected: int | None = None  # the link that was asked for
    uncovered: int = 0
    uncovered_since_us: int = 0
    notes: list[Any] = field(default_factory=list)  # events after which a person wants to know why


# --- the chain -------------------------------------------------------------------------------------------------------------


def size(connection: Connection) -> int:
    """Return about how many events and deliveries there are to go through."""
    newest = [connection.execute(select(func.max(table.c.id))).scalar() or 0 for table in (EVENT, DELIVERY)]
    return int(sum(newest))


def verify(
    connection: Connection,
    breaks: Breaks,
    *,
    keys: Sequence[str] = (),
    expected: str = "",
    witnessed: tuple[int, str] | None = None,
    progress: Progress = lambda events: None,
) -> Chain:
    """Hash every event anew and hold it against the links. `expected`: a hash, whole or in its short form."""
    found = Chain(head=chain.head(connection), checked=bool(keys))
    before, number, reached = "", 0, 0
    for row in _links(connection, found.head.number):
        if row.number != number + 1:
            breaks.add(Break(Kind.MISSING, number + 1, reached + 1, row.first_event - 1))
            before = ""  # what the lost one said is not known, so this one cannot be checked against it
        else:
            _check(connection, row, before, reached, breaks)
        _check_signature(row, keys, found, breaks)
        found.links += 1
        found.events += row.events
        found.since_us = found.since_us or row.at_us
        if expected and expected in (row.digest, chain.short(row.digest)):
            found.expected = row.number
        progress(row.last_event - reached)
        before, number, reached = row.digest, row.number, row.last_event
    _check_heads(connection, found, breaks, keys, expected, witnessed)
    uncovered = select(func.count(), func.min(EVENT.c.at_us)).where(EVENT.c.id > found.head.last_event)
    found.uncovered, since_us = connection.execute(uncovered).one()
    found.uncovered_since_us = int(since_us or 0)
    if found.uncovered and not found.links:
        breaks.add(Break(Kind.NONE))
    noted = select(EVENT).where(EVENT.c.delivery == 0, EVENT.c.event.in_(NOTED))
    found.notes = list(connection.execute(noted.order_by(EVENT.c.id)))
    return found


def _links(connection: Connection, until: int) -> Iterator[Any]:
    last = 0
    page = select(LINK).where(LINK.c.number <= until).order_by(LINK.c.number).limit(LINKS)
    while rows := connection.execute(page.where(LINK.c.number > last)).all():
        yield from rows
        last = rows[-1].number


def _check(connection: Connection, row: Any, before: str, reached: int, breaks: Breaks) -> None:
    hashed = Hash(before)
    for event in chain.events(connection, reached, row.last_event):
        hashed.add(event)
    same = (hashed.digest(row.number, row.last_event, row.at_us), hashed.events, hashed.first_event)
    if same == (row.digest, row.events, row.first_event):
        return
    kind = Kind.CHANGED
    if hashed.events != row.events:
        kind = Kind.DELETED if hashed.events < row.events else Kind.INSERTED
    difference = str(abs(hashed.events - row.events) or "")
    breaks.add(Break(kind, row.number, reached + 1, row.last_event, detail=difference))


def _check_signature(row: Any, keys: Sequence[str], found: Chain, breaks: Breaks) -> None:
    if row.mac:
        found.signed_from = found.signed_from or row.number
        if keys and not chain.is_signed(keys, row.number, row.digest, row.mac):
            breaks.add(Break(Kind.FORGED, row.number, row.first_event, row.last_event))
    elif found.signed_from is not None:
        breaks.add(Break(Kind.UNSIGNED, row.number, row.first_event, row.last_event))


def _check_heads(
    connection: Connection,
    found: Chain,
    breaks: Breaks,
    keys: Sequence[str],
    expected: str,
    witnessed: tuple[int, str] | None,
) -> None:
    if expected and found.expected is None:
        breaks.add(Break(Kind.EXPECTED, detail=expected))
    if witnessed is not None and not chain.holds(connection, *witnessed):
        breaks.add(Break(Kind.WITNESSED, witnessed[0], detail=witnessed[1]))
    if keys and found.links and found.signed_from is None:
        breaks.add(Break(Kind.UNSIGNED, found.head.number))


# --- what the ledger says ----------------------------------------------------------------------------------------------------

_OF_DELIVERY = (
    DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.state, DELIVERY.c.due_us, DELIVERY.c.digest, DELIVERY.c.remote_id,
    DELIVERY.c.url,
)  # fmt: skip
_TOLD = (
    EVENT.c.id.label("event_id"), EVENT.c.event, EVENT.c.before, EVENT.c.after, EVENT.c.by, EVENT.c.why,
    EVENT.c.at_us,
)  # fmt: skip


def check_deliveries(
    connection: Connection,
    covered: int,
    breaks: Breaks,
    *,
    where: Sequence[Any] = (),
    progress: Progress = lambda deliveries: None,
) -> int:
    """Hold every delivery against its events, as far as these are linked (up to `covered`); return how many there were."""
    last, count = 0, 0
    while stories := _stories(connection, last, where):
        said = _approvals(connection, [_fingerprint(row) for row, _ in stories if row.state in PUBLIC])
        kept = _kept(connection, {row.digest for row, _ in stories})
        for row, told in stories:
            for one in (*judge(row, told, covered), *_judge_approval(row, told, said)):
                breaks.add(one)
            if row.state in PUBLIC and row.digest not in kept:
                breaks.add(Break(Kind.BODY, key=row.key, detail=row.digest))
        progress(stories[-1][0].id - last)
        last, count = stories[-1][0].id, count + len(stories)
    return count


def _stories(connection: Connection, last: int, where: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Return some deliveries with their events, in one statement: nobody moves them between the two."""
    some = select(*_OF_DELIVERY).where(DELIVERY.c.id > last, *where).order_by(DELIVERY.c.id).limit(AT_ONCE).cte("some")
    statement = select(some, *_TOLD).outerjoin(EVENT, EVENT.c.delivery == some.c.id)
    rows: list[Any] = list(connection.execute(statement.order_by(some.c.id, EVENT.c.id)))
    found = []
    for _, own in groupby(rows, attrgetter("id")):
        told = list(own)
        found.append((told[0], [e for e in told if e.event_id is not None]))
    return found


def _fingerprint(row: Any) -> str:
    return fingerprint(row.key, row.due_us, row.digest)


def judge(row: Any, told: Sequence[Any], covered: int) -> Iterator[Break]:
    """Yield where a delivery does not stand where its events have led it, or shows what was not public."""
    moves = [e for e in told if e.after and e.event in _MOVES]
    stands = moves[-1].after == row.state if moves else row.state in FIRST
    if not stands:
        ought = moves[-1].after if moves else " / ".join(FIRST)
        yield Break(Kind.STATE, key=row.key, detail=f"{row.state} ≠ {ought}")
    if row.state not in PUBLIC:
        return
    newest = max((e.event_id for e in told if e.event in MAKES_PUBLIC), default=0)
    if newest > covered:
        return  # its receipt is written with the next link
    receipts = [e for e in told if e.event == RECEIPT]
    if not receipts:
        yield Break(Kind.RECEIPT, key=row.key)
        return
    last = receipts[-1]
    if (last.before, last.after, last.why) != (_fingerprint(row), row.remote_id, row.url):
        yield Break(Kind.RECEIPT, key=row.key, detail=_differences(last, row))
    if newest and (approved := _approved(told, newest)) and last.before not in approved:
        yield Break(Kind.WORDS, key=row.key, detail=", ".join(sorted(approved)))


_MOVES = {event.value for event in Event}


def _differences(receipt: Any, row: Any) -> str:
    pairs = ((receipt.after, row.remote_id), (receipt.why, row.url))
    told = [f"{now or '–'} ≠ {then or '–'}" for then, now in pairs if then != now]
    if receipt.before != _fingerprint(row):
        told.append(f"{_fingerprint(row)[:12]} ≠ {receipt.before[:12]}")
    return "; ".join(told)


def _approved(told: Sequence[Any], until: int) -> set[str]:
    """Return the fingerprints to which somebody had said yes; none when a plan has changed the post since by itself."""
    yes: set[str] = set()
    for e in told:
        if e.event_id >= until:
            break
        if e.event == APPROVE:
            yes.add(e.after)
        elif e.event == Event.CHANGE:
            yes.clear()
    return yes


def _judge_approval(row: Any, told: Sequence[Any], said: dict[str, tuple[str, int]]) -> Iterator[Break]:
    """Yield where the register of approvals says something else than the events."""
    if row.state not in PUBLIC:
        return
    mark = _fingerprint(row)
    given = [(e.by, int(e.at_us)) for e in told if e.event == APPROVE and e.after == mark]
    now = said.get(mark)
    if given and now != given[-1]:
        yield Break(Kind.APPROVAL, key=row.key, detail=f"{now[0] if now else '–'} ≠ {given[-1][0]}")
    elif not given and now is not None and now not in [(e.by, int(e.at_us)) for e in told]:
        yield Break(Kind.APPROVAL, key=row.key, detail=f"{now[0]} ≠ –")


def _approvals(connection: Connection, fingerprints: Collection[str]) -> dict[str, tuple[str, int]]:
    columns = (APPROVAL.c.fingerprint, APPROVAL.c.by, APPROVAL.c.at_us)
    found: dict[str, tuple[str, int]] = {}
    for part in chunks(set(fingerprints)):
        rows = connection.execute(select(*columns).where(APPROVAL.c.fingerprint.in_(part)))
        found |= {row.fingerprint: (row.by, int(row.at_us)) for row in rows}
    return found


def _kept(connection: Connection, digests: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(digests):
        found |= set(connection.execute(select(POST.c.digest).where(POST.c.digest.in_(part))).scalars())
    return found


def check_posts(connection: Connection, breaks: Breaks) -> int:
    """Take the fingerprint of every stored post anew; return how many there were."""
    count = 0
    for digest, body in all_posts(connection):
        count += 1
        if _digest(body) != digest:
            who = select(DELIVERY.c.key).where(DELIVERY.c.digest == digest).order_by(DELIVERY.c.id).limit(1)
            breaks.add(Break(Kind.BODY, key=connection.execute(who).scalar() or "", detail=digest))
    return count


def _digest(body: str) -> str:
    try:
        return Post.from_json(body).digest
    except (ValueError, TypeError, KeyError):  # no longer a post at all
        return ""


# --- the story of one delivery -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One event of a delivery, and the link that covers it (None: none yet)."""

    event: Row[Any]
    link: int | None


def story(connection: Connection, delivery: int) -> list[Told]:
    """Return everything that is written down about a delivery, in order."""
    rows = connection.execute(select(EVENT).where(EVENT.c.delivery == delivery).order_by(EVENT.c.id)).all()
    return [Told(row, _link_of(connection, row.id)) for row in rows]


def _link_of(connection: Connection, event: int) -> int | None:
    covering = select(LINK.c.number).where(LINK.c.last_event >= event).order_by(LINK.c.number).limit(1)
    return connection.execute(covering).scalar()
