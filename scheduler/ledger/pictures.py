"""Which kept pictures a post still needs: one that goes out, or one that was published not long ago."""

from __future__ import annotations

from sqlalchemy import Connection, and_, or_, select

from scheduler.ledger.delivery import State
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.plans import POST

ON_ITS_WAY = (State.SCHEDULED, State.SENDING, State.UNCONFIRMED)  # not what is held: nobody has said yes to it yet


def needed(connection: Connection, name: str, since_us: int) -> bool:
    """Tell whether a post that goes out, or was published since then, has the kept picture of this name."""
    saying = select(POST.c.digest).where(POST.c.body.contains(name, autoescape=True))
    published = and_(DELIVERY.c.state == State.PUBLISHED.value, DELIVERY.c.published_us >= since_us)
    going = DELIVERY.c.state.in_([state.value for state in ON_ITS_WAY])
    statement = select(DELIVERY.c.id).where(DELIVERY.c.digest.in_(saying), or_(going, published)).limit(1)
    return connection.execute(statement).first() is not None
