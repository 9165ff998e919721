"""The chain: what was done is linked, hash upon hash, so that nobody can rewrite it later without being noticed.

A link speaks of every event behind the link before it: its hash covers that link's hash and, in order of id, who did
what, when, why, to which delivery. It is made beside the work, some seconds after, never within a delivery's own way.
Whoever changes an event has to change every link from there on, and that shows: against a head that was written down,
against the witness beside the ledger, and against signatures by a key that the ledger does not hold.

The events tell moves, not what stood on the network. So with each link a receipt is written, itself an event and covered
by the next link: the fingerprint of each post that became public, the network's id of it, and its address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.ledger.bulk import insert_rows
from scheduler.ledger.delivery import Event
from scheduler.ledger.moves import DELIVERY, EVENT, chunks, note
from scheduler.ledger.plans import fingerprint
from scheduler.ledger.tables import Link

LINK: Any = Link.__table__  # type: ignore[attr-defined]

MOST = 2000  # events in one link: so long others wait for the thread that reads
PAGE = 2000  # events in memory at a time
RECEIPT = "receipt"
BROKEN = "chain"  # the event of a chain that does not hold what was witnessed
MAKES_PUBLIC = (Event.CONFIRM.value, Event.CORRECT.value)

_DIGITS = 24  # of the form that is read aloud: as good as 79 bits
_GROUP = 4

# who has written events and not ended yet. A writer takes this lock before its first id, and gives it back only after
# everybody can see what it has written
_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = CAST('event' AS regclass)"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode = 'RowExclusiveLock' AND granted"
)

_key = select(DELIVERY.c.key).where(DELIVERY.c.id == EVENT.c.delivery).scalar_subquery()
COVERED = (
    EVENT.c.id, EVENT.c.delivery, _key.label("key"), EVENT.c.at_us, EVENT.c.event, EVENT.c.before, EVENT.c.after,
    EVENT.c.by, EVENT.c.why,
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """The newest link (number 0: there is none yet)."""

    number: int = 0
    last_event: int = 0
    digest: str = ""
    mac: str = ""
    at_us: int = 0


@dataclass(frozen=True)
class Made:
    """A link that is not written yet, and the deliveries that became public (or got other words) in it."""

    number: int
    first_event: int
    last_event: int
    events: int
    at_us: int
    digest: str
    mac: str
    public: tuple[int, ...] = ()

    @property
    def head(self) -> Head:
        return Head(self.number, self.last_event, self.digest, self.mac, self.at_us)


@dataclass
class Hash:
    """The hash of one link, taken over its events in order of id. Each is one line of JSON, so none can pass for two."""

    before: str
    first_event: int = 0
    last_event: int = 0
    events: int = 0
    _sum: Any = field(init=False)

    def __post_init__(self) -> None:
        self._sum = hashlib.sha256(f"{self.before}\n".encode())

    def add(self, event: Any) -> None:
        """Take in an event, with the columns of COVERED."""
        said = json.dumps(tuple(event), ensure_ascii=False, separators=(",", ":"))
        self._sum.update(said.encode("utf-8", "surrogatepass"))
        self._sum.update(b"\n")
        self.first_event = self.first_event or event.id
        self.last_event = event.id
        self.events += 1

    def digest(self, number: int, last_event: int, at_us: int) -> str:
        """Return the hash of the link, which says where it stands, how far it goes and when it was made."""
        whole = self._sum.copy()
        whole.update(f"{number} {last_event} {self.events} {at_us}".encode())
        return str(whole.hexdigest())


def short(digest: str) -> str:
    """Return a link's hash as it is read aloud or written down: six groups of four digits."""
    digits = f"{int(digest, 16) % 10**_DIGITS:0{_DIGITS}d}"
    return " ".join(digits[i : i + _GROUP] for i in range(0, _DIGITS, _GROUP))


def keys_of(setting: str) -> tuple[str, ...]:
    """Return the keys in a setting, the newest first; no key: nothing is signed."""
    return tuple(key.strip() for key in setting.split(",") if key.strip())


def sign(key: str, number: int, digest: str) -> str:
    return hmac.new(key.encode(), f"{number} {digest}".encode(), hashlib.sha256).hexdigest()


def is_signed(keys: Sequence[str], number: int, digest: str, mac: str) -> bool:
    return any(hmac.compare_digest(sign(key, number, digest), mac) for key in keys)


def head(connection: Connection) -> Head:
    """Return the newest link."""
    columns = (LINK.c.number, LINK.c.last_event, LINK.c.digest, LINK.c.mac, LINK.c.at_us)
    row = connection.execute(select(*columns).order_by(LINK.c.number.desc()).limit(1)).first()
    return Head(*row) if row is not None else Head()


def holds(connection: Connection, number: int, digest: str) -> bool:
    """Tell whether the chain has this link."""
    found = select(LINK.c.number).where(LINK.c.number == number, LINK.c.digest == digest)
    return connection.execute(found).first() is not None


def events(connection: Connection, after: int, until: int) -> Iterator[Any]:
    """Yield the events behind `after` up to `until`, with the columns of COVERED, a page at a time."""
    while rows := connection.execute(
        select(*COVERED).where(EVENT.c.id > after, EVENT.c.id <= until).order_by(EVENT.c.id).limit(PAGE)
    ).all():
        yield from rows
        after = rows[-1].id


@dataclass
class Horizon:
    """Up to which event the ledger is settled: no event with a smaller id can still appear.

    SQLite has one writer at a time, who gives ids and commits. On PostgreSQL several give ids at once and commit in any
    order. So the newest id is looked at first and then who is writing: when all of these have ended, everything up to that
    id is there or never will be. Nobody is kept waiting for it; with a lock on the table, one long plan would stop all.
    """

    _settled: int = 0
    _asked: int = 0
    _writing: frozenset[str] = frozenset()

    def look(self, connection: Connection) -> int:
        """Return the newest settled id. While others write, that of an earlier look. No transaction may be open."""
        newest = int(connection.execute(select(func.max(EVENT.c.id))).scalar() or 0)
        if connection.dialect.name != "postgresql":
            return newest
        writing = frozenset(connection.execute(_WRITERS).scalars())
        if not self._writing & writing:
            self._settled = self._asked
            self._asked, self._writing = newest, writing
        if not writing:
            self._settled = newest
        return self._settled


def make(connection: Connection, horizon: Horizon, keys: Sequence[str], *, at_us: int, most: int = MOST) -> Made | None:
    """Return the next link over what is settled, None when there is nothing new.

    With no new event there is a link only when the newest is not signed and there is a key now: it signs what was before.
    """
    last = head(connection)
    until = horizon.look(connection)
    unsigned = bool(last.number and keys and not last.mac)
    if until <= last.last_event and not unsigned:
        return None
    ids = select(EVENT.c.id).where(EVENT.c.id > last.last_event, EVENT.c.id <= until).order_by(EVENT.c.id)
    beyond = connection.execute(ids.offset(most).limit(1)).scalar()
    if beyond is not None:
        until = int(beyond) - 1
    hashed, public = Hash(last.digest), set()
    for event in events(connection, last.last_event, until):
        hashed.add(event)
        if event.event in MAKES_PUBLIC and event.delivery:
            public.add(event.delivery)
    number, last_event = last.number + 1, hashed.last_event or last.last_event
    digest = hashed.digest(number, last_event, at_us)
    mac = sign(keys[0], number, digest) if keys else ""
    return Made(
        number, hashed.first_event, last_event, hashed.events, at_us, digest, mac, tuple(sorted(public))
    )  # fmt: skip


def add(connection: Connection, made: Made) -> bool:
    """Write a link and the receipts of what became public in it; False when somebody else was first."""
    values = {column.name: getattr(made, column.name) for column in LINK.columns}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    written = dialect.insert(LINK).on_conflict_do_nothing().values(**values).returning(LINK.c.number)
    if connection.execute(written).first() is None:
        return False
    columns = (
        DELIVERY.c.id, DELIVERY.c.key, DELIVERY.c.due_us, DELIVERY.c.digest, DELIVERY.c.remote_id, DELIVERY.c.url,
    )  # fmt: skip
    for part in chunks(made.public):
        rows = connection.execute(select(*columns).where(DELIVERY.c.id.in_(part)).order_by(DELIVERY.c.id)).all()
        insert_rows(connection, EVENT, [_receipt(row, made.at_us) for row in rows])
    return True


def _receipt(row: Any, at_us: int) -> dict[str, Any]:
    said = {"before": fingerprint(row.key, row.due_us, row.digest), "after": row.remote_id, "why": row.url}
    return {"delivery": row.id, "at_us": at_us, "event": RECEIPT, "by": "", **said}


def note_broken(connection: Connection, witnessed: tuple[int, str], *, at_us: int) -> None:
    """Write down that the chain lacks the link that was witnessed: put back from a copy, cut off, or rewritten."""
    newest = head(connection)
    before, now = f"{witnessed[0]} {witnessed[1]}", f"{newest.number} {newest.digest}"
    note(connection, [0], BROKEN, before, now, at_us=at_us, why="the chain does not hold the link that was witnessed")
