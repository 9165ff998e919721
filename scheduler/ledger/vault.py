"""The vault: the sealed secrets of channels that are renewed, and the lease by which only one renews them at a time.

That a renewal begins is written before the network is asked; the new pair is written before anybody uses it. A
secret of this kind is good for one renewal only: if the answer is lost, the pair may be lost with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from scheduler.ledger.moves import note, upsert
from scheduler.ledger.seal import Seal
from scheduler.ledger.tables import Token

TOKEN: Any = Token.__table__  # type: ignore[attr-defined]
FREE = {"started_us": None, "holder": ""}
WELL = {"lost": 0, "trouble": ""}


@dataclass(frozen=True)
class Kept:
    """A pair as it is written down. Times in microseconds; `ends_us` None: as it was before."""

    sealed: str
    expires_us: int
    ends_us: int | None = None

    def __post_init__(self) -> None:
        if not self.sealed:
            raise ValueError("an empty value never replaces a stored one")

    def values(self, at_us: int) -> dict[str, Any]:
        ends = {} if self.ends_us is None else {"ends_us": self.ends_us}
        return {"sealed": self.sealed, "renewed_us": at_us, "expires_us": self.expires_us, **ends, **FREE, **WELL}


def token(connection: Connection, channel: str) -> Row[Any] | None:
    """Return the row of a channel, None when the vault knows nothing of it."""
    return connection.execute(select(TOKEN).where(TOKEN.c.channel == channel)).first()


def tokens(connection: Connection) -> Sequence[Row[Any]]:
    """Return all rows, in order of channel."""
    return connection.execute(select(TOKEN).order_by(TOKEN.c.channel)).all()


def start(connection: Connection, channel: str, *, holder: str, at_us: int, lease_us: int) -> Row[Any] | None:
    """Write down that a renewal begins, and return the row; None while somebody else is at it.

    A renewal of which nothing was heard for so long is over. `holder` names this one renewal: it may be begun again.
    """
    upsert(connection, TOKEN, ["channel"], [{"channel": channel}])
    free = or_(
        TOKEN.c.started_us.is_(None),
        TOKEN.c.started_us <= at_us - lease_us,
        TOKEN.c.started_us > at_us + lease_us,  # the clock was set back
        TOKEN.c.holder == holder,
    )
    begun = update(TOKEN).where(TOKEN.c.channel == channel, free).values(started_us=at_us, holder=holder)
    return connection.execute(begun.returning(TOKEN)).first()


def begin_with(connection: Connection, channel: str, sealed: str, *, holder: str, at_us: int) -> None:
    """Write the first secrets, from the environment, of which a renewal is to make the first pair."""
    _write(
        connection,
        channel,
        holder,
        {"sealed": sealed, "renewed_us": None, "expires_us": at_us, "ends_us": None, **WELL},
    )


def finish(connection: Connection, channel: str, kept: Kept, *, holder: str, at_us: int) -> bool:
    """Write the new pair; False when a person has meanwhile agreed anew, whose pair then stays."""
    ours = or_(TOKEN.c.holder == holder, TOKEN.c.sealed == kept.sealed)  # the second: this transaction is run again
    known = connection.execute(select(TOKEN.c.sealed).where(TOKEN.c.channel == channel)).scalar()
    written = update(TOKEN).where(TOKEN.c.channel == channel, ours).values(kept.values(at_us))
    done = connection.execute(written).rowcount == 1
    if done and known != kept.sealed:
        note(connection, [0], "token renewed", "", f"channel {channel}", at_us=at_us)
    return done


def give_back(connection: Connection, channel: str, *, holder: str, why: str = "") -> None:
    """End a renewal that certainly did not come about: the pair is what it was."""
    _write(connection, channel, holder, {**FREE, "trouble": why})


def doubt(connection: Connection, channel: str, *, holder: str, why: str) -> None:
    """Note that the answer of a renewal was lost: the old pair may still be good, and is tried when the lease is over."""
    _write(connection, channel, holder, {"trouble": why})


def lose(connection: Connection, channel: str, *, holder: str, why: str, at_us: int) -> None:
    """Note that the network no longer takes the pair: only a person can get another."""
    if _write(connection, channel, holder, {**FREE, "lost": 1, "trouble": why}):
        note(connection, [0], "token lost", "", f"channel {channel}", at_us=at_us, why=why)


def _write(connection: Connection, channel: str, holder: str, values: dict[str, Any]) -> bool:
    """Write into the row of a channel, if this renewal still holds it."""
    ours = update(TOKEN).where(TOKEN.c.channel == channel, TOKEN.c.holder == holder)
    return connection.execute(ours.values(values)).rowcount == 1


def consent(connection: Connection, channel: str, kept: Kept, *, by: str, at_us: int) -> None:
    """Write the pair that a person's consent has brought, over whatever was there."""
    row = {"channel": channel, "consented_us": at_us, **kept.values(at_us)}
    upsert(connection, TOKEN, ["channel"], [row])
    note(connection, [0], "login", "", f"channel {channel}", at_us=at_us, by=by)


def forget(connection: Connection, channel: str, *, by: str, at_us: int) -> bool:
    """Throw the secrets of a channel away; False when there were none."""
    found = connection.execute(delete(TOKEN).where(TOKEN.c.channel == channel)).rowcount == 1
    if found:
        note(connection, [0], "forget", f"channel {channel}", "", at_us=at_us, by=by)
    return found


def seal_anew(connection: Connection, seal: Seal) -> int:
    """Seal under the newest key what an older one has sealed; return how many."""
    count = 0
    for row in tokens(connection):
        if row.sealed and (sealed := seal.anew(row.sealed)) is not None:
            same = update(TOKEN).where(TOKEN.c.channel == row.channel, TOKEN.c.sealed == row.sealed)
            count += connection.execute(same.values(sealed=sealed)).rowcount
    return count
