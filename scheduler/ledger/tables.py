"""The tables of the ledger. Moments are whole microseconds since 1970 (UTC); bodies lie apart from the narrow rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Text, literal_column
from sqlmodel import Field, SQLModel

_BIG_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only INTEGER PRIMARY KEY by itself


def _big(*, nullable: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=nullable)


def _text() -> Column[str]:
    return Column(Text, nullable=False, server_default="")


class Delivery(SQLModel, table=True):
    """One message, one occurrence, one channel."""

    __tablename__ = "delivery"

    id: int | None = Field(default=None, sa_column=Column(_BIG_ID, primary_key=True, autoincrement=True))
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    campaign: str = Field(sa_column=_text())
    message: str = Field(sa_column=_text())
    occurrence: str = Field(sa_column=_text())
    channel: str = Field(sa_column=_text())
    unit: str = Field(default="", sa_column=_text())
    kind: str = Field(default="ordinary", sa_column=_text())  # the class: ordinary, priority, emergency
    state: str = Field(sa_column=_text())
    held_for: str = Field(default="", sa_column=_text())  # approval, person, restore, mourning, law
    tags: str = Field(default="", sa_column=_text())  # separated by blanks
    due_us: int = Field(sa_column=_big())
    late_us: int = Field(sa_column=_big())  # from here on it is missed
    not_before_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # hard: the embargo ends
    not_after_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # hard: from here on never
    at_once_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # `on: now`: so late after the yes
    next_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # next try or look; None: a person's turn
    digest: str = Field(sa_column=_text())
    rev: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    looks: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    resends: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    look_first: int = Field(  # not 0: the ledger knows nothing of the time since then; look before sending
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    started_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    published_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    remote_id: str = Field(default="", sa_column=_text())
    url: str = Field(default="", sa_column=_text())
    measured: int = Field(  # how many of the ages at which a post is measured lie behind it
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )
    checkpoint: str = Field(default="", sa_column=_text())
    error: str = Field(default="", sa_column=_text())


_IS: dict[str, Any] = {state: literal_column(f"state = '{state}'") for state in ("scheduled", "unconfirmed", "sending")}

for _name, _state, _columns in (
    ("delivery_next", "scheduled", ("next_us", "id")),
    ("delivery_late", "scheduled", ("late_us",)),
    ("delivery_look", "unconfirmed", ("next_us", "id")),
    ("delivery_sending", "sending", ("id",)),
):
    Index(
        _name,
        *(Delivery.__table__.c[c] for c in _columns),  # type: ignore[attr-defined]
        sqlite_where=_IS[_state],
        postgresql_where=_IS[_state],
    )
_PERSON: Any = literal_column("state IN ('failed', 'missed')")
_RESTORED: Any = literal_column("held_for = 'restore'")
Index(
    "delivery_person",
    Delivery.__table__.c.state,  # type: ignore[attr-defined]
    Delivery.__table__.c.due_us,  # type: ignore[attr-defined]
    sqlite_where=_PERSON,
    postgresql_where=_PERSON,
)
Index(
    "delivery_restored",
    Delivery.__table__.c.channel,  # type: ignore[attr-defined]
    sqlite_where=_RESTORED,
    postgresql_where=_RESTORED,
)
_MOURNED: Any = literal_column("held_for IN ('mourning', 'mourning, approval')")
_EXPIRING: Any = literal_column("state = 'held' AND not_after_us IS NOT NULL")
_TAGGED: Any = literal_column("state = 'scheduled' AND tags <> ''")
_UNMEASURED: Any = literal_column("state = 'published' AND measured < 4")
_URGENT: Any = literal_column("state = 'scheduled' AND kind = 'emergency'")
for _name, _where, _columns in (
    ("delivery_mourned", _MOURNED, ("due_us",)),
    ("delivery_expiring", _EXPIRING, ("not_after_us",)),
    ("delivery_tagged", _TAGGED, ("due_us",)),
    ("delivery_urgent", _URGENT, ("next_us", "id")),
    ("delivery_unmeasured", _UNMEASURED, ("measured", "published_us")),
):
    Index(
        _name,
        *(Delivery.__table__.c[c] for c in _columns),  # type: ignore[attr-defined]
        sqlite_where=_where,
        postgresql_where=_where,
    )
Index("delivery_message", Delivery.__table__.c.campaign, Delivery.__table__.c.message)  # type: ignore[attr-defined]
Index("delivery_started", Delivery.__table__.c.channel, Delivery.__table__.c.started_us)  # type: ignore[attr-defined]


class PostBody(SQLModel, table=True):
    """What is said, once for all deliveries that say it, by its fingerprint."""

    __tablename__ = "post"

    digest: str = Field(sa_column=Column(Text, primary_key=True))
    body: str = Field(sa_column=_text())


class Attempt(SQLModel, table=True):
    """One time that we asked a network; written before asking."""

    __tablename__ = "attempt"

    delivery: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    started_us: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    ended_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    outcome: str = Field(default="", sa_column=_text())
    detail: str = Field(default="", sa_column=_text())


class Metric(SQLModel, table=True):
    """One number that a network told of a public post, when the post had come to an age."""

    __tablename__ = "metric"

    delivery: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    age: str = Field(sa_column=Column(Text, primary_key=True))  # 1h, 24h, 7d, 28d
    name: str = Field(sa_column=Column(Text, primary_key=True))
    at_us: int = Field(sa_column=_big())  # the moment of the answer
    value: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Happening(SQLModel, table=True):
    """One move of one delivery, or one order of a person (delivery 0)."""

    __tablename__ = "event"

    id: int | None = Field(default=None, sa_column=Column(_BIG_ID, primary_key=True, autoincrement=True))
    delivery: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    at_us: int = Field(sa_column=_big())
    event: str = Field(sa_column=_text())
    before: str = Field(default="", sa_column=_text())
    after: str = Field(default="", sa_column=_text())
    by: str = Field(default="", sa_column=_text())
    why: str = Field(default="", sa_column=_text())


class Link(SQLModel, table=True):
    """A link of the chain: a hash over so many events and over the link before it. It is never changed."""

    __tablename__ = "link"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))  # 1, 2, 3, ...
    first_event: int = Field(sa_column=_big())
    last_event: int = Field(sa_column=_big())  # it speaks of every event behind the link before, up to this one
    events: int = Field(sa_column=_big())
    at_us: int = Field(sa_column=_big())
    digest: str = Field(sa_column=_text())
    mac: str = Field(default="", sa_column=_text())  # "": nobody had set a key


class Hold(SQLModel, table=True):
    """A stop: on a channel, a unit, a campaign, a class, or everything."""

    __tablename__ = "hold"

    scope: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, primary_key=True))
    by: str = Field(default="", sa_column=_text())  # "" : Loa itself
    why: str = Field(default="", sa_column=_text())
    at_us: int = Field(sa_column=_big())


class Mourning(SQLModel, table=True):
    """A time of national mourning: what is festive is held, warnings go out. It is ended, never deleted."""

    __tablename__ = "mourning"

    id: int | None = Field(default=None, sa_column=Column(_BIG_ID, primary_key=True, autoincrement=True))
    since_us: int = Field(sa_column=_big())
    until_us: int = Field(sa_column=_big())  # the first moment after it
    origin: str = Field(default="", sa_column=_text())  # command, file
    basis: str = Field(default="", sa_column=_text())
    by: str = Field(default="", sa_column=_text())
    why: str = Field(default="", sa_column=_text())
    at_us: int = Field(sa_column=_big())
    ended_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    ended_by: str = Field(default="", sa_column=_text())
    ended_why: str = Field(default="", sa_column=_text())


class Approval(SQLModel, table=True):
    """A person said yes to exactly this post, on this channel, at this time."""

    __tablename__ = "approval"

    fingerprint: str = Field(sa_column=Column(Text, primary_key=True))
    by: str = Field(default="", sa_column=_text())
    why: str = Field(default="", sa_column=_text())
    at_us: int = Field(sa_column=_big())


class ChannelNote(SQLModel, table=True):
    """What was learnt about a channel: its account, its limits, its token's end, until when it asked us to wait."""

    __tablename__ = "channel"

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    account: str = Field(default="", sa_column=_text())
    limits: str = Field(default="{}", sa_column=Column(Text, nullable=False, server_default="{}"))
    checked_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    paused_until_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    expires_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # its token, as the network told


class Token(SQLModel, table=True):
    """The secrets of a channel that are renewed: sealed, with when they run out, and how their renewal stands."""

    __tablename__ = "token"

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    sealed: str = Field(default="", sa_column=_text())  # "": none yet, only a first renewal was begun
    consented_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # a person agreed (loa login)
    started_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # a renewal whose end is not known yet
    holder: str = Field(default="", sa_column=_text())  # whose renewal that is
    renewed_us: int | None = Field(default=None, sa_column=_big(nullable=True))
    expires_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # the token that speaks for us
    ends_us: int | None = Field(default=None, sa_column=_big(nullable=True))  # then a person must agree again
    lost: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    trouble: str = Field(default="", sa_column=_text())  # why the last renewal did not come about


class Worker(SQLModel, table=True):
    """One of the processes that share a ledger on PostgreSQL, for as long as it lives. Moments by the server's clock."""

    __tablename__ = "worker"

    number: int | None = Field(default=None, sa_column=Column(_BIG_ID, primary_key=True, autoincrement=True))
    name: str = Field(sa_column=_text())
    place: str = Field(sa_column=_text())  # machine, workspace and name: locked, so that nobody else is there
    queues: str = Field(default="", sa_column=_text())  # which channels it takes; "": all
    since_us: int = Field(sa_column=_big())
    beat_us: int = Field(sa_column=_big())


class Pump(SQLModel, table=True):
    """A channel on which there is something to do, and the worker that does it."""

    __tablename__ = "pump"

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    worker: int = Field(sa_column=_big())
    since_us: int = Field(sa_column=_big())


class Counter(SQLModel, table=True):
    """How many deliveries of a message are in a state: counted with every move, so that status never scans."""

    __tablename__ = "counter"

    campaign: str = Field(sa_column=Column(Text, primary_key=True))
    message: str = Field(sa_column=Column(Text, primary_key=True))
    state: str = Field(sa_column=Column(Text, primary_key=True))
    n: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Beat(SQLModel, table=True):
    """Signs of life: when each kind of work was last done, and a count that says the ledger was changed by others."""

    __tablename__ = "beat"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    at_us: int = Field(sa_column=_big())
    n: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    detail: str = Field(default="", sa_column=_text())
