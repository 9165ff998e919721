"""Which kept pictures (and films) a post still needs: one that goes out, or one that was published not long ago."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from scheduler.ledger.delivery import State
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.plans import POST
from scheduler.ledger.said import all_posts

ON_ITS_WAY = (State.SCHEDULED, State.SENDING, State.UNCONFIRMED)  # not what is held: nobody has said yes to it yet
OVER = (State.PUBLISHED, State.WITHDRAWN, State.CANCELLED)  # a plan that wants one again keeps its files anew
FILE = '"file":'  # in the body of a post that has any
NAME = re.compile(rf'{FILE}"(?:[^"\\]|\\.)*?([^/"\\]+)"')


def needed(connection: Connection, name: str, since_us: int) -> bool:
    """Tell whether a post that goes out, or was published since then, has the kept picture of this name."""
    saying = select(POST.c.digest).where(POST.c.body.contains(name, autoescape=True))
    going = DELIVERY.c.state.in_([state.value for state in ON_ITS_WAY])
    statement = select(DELIVERY.c.id).where(DELIVERY.c.digest.in_(saying), or_(going, _published(since_us))).limit(1)
    return connection.execute(statement).first() is not None


def over(connection: Connection, names: Collection[str], since_us: int) -> set[str]:
    """Return those files that posts have had and none needs: none that may go out, and none published since then.

    What failed, was missed or is held may still go out: a person orders it. Goes through every post: for once a day.
    """
    with_files = select(POST.c.digest).where(POST.c.body.contains(FILE))
    may_go_out = DELIVERY.c.state.not_in([state.value for state in OVER])
    wanting = select(DELIVERY.c.digest).distinct().where(or_(may_go_out, _published(since_us)))
    needing = set(connection.execute(wanting.where(DELIVERY.c.digest.in_(with_files))).scalars())
    had: dict[bool, set[str]] = {True: set(), False: set()}
    for digest, body in all_posts(connection, FILE):
        had[digest in needing].update(NAME.findall(body))
    return (had[False] - had[True]) & set(names)


def _published(since_us: int) -> Any:
    lately = or_(DELIVERY.c.published_us.is_(None), DELIVERY.c.published_us >= since_us)
    return and_(DELIVERY.c.state == State.PUBLISHED.value, lately)
