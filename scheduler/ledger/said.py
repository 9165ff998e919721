"""Who says what: the posts that the ledger keeps, and the deliveries that say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from scheduler.ledger.delivery import WAITING, State
from scheduler.ledger.moves import DELIVERY, chunks
from scheduler.ledger.plans import POST

PAGE = 1000  # posts in memory at a time
SPOKEN_OR_WAITING = (State.HELD, State.SCHEDULED, State.SENDING, State.UNCONFIRMED, State.PUBLISHED)


@dataclass
class Saying:
    """One message that says one of the posts asked for: deliveries by state, when the next is due, where it is public."""

    campaign: str
    message: str
    states: dict[str, int] = field(default_factory=dict)
    next_due_us: int | None = None
    urls: list[str] = field(default_factory=list)


def all_posts(connection: Connection, holding: str = "") -> Iterator[tuple[str, str]]:
    """Yield fingerprint and body (JSON) of every stored post whose body holds this, a page at a time."""
    page = select(POST.c.digest, POST.c.body).order_by(POST.c.digest).limit(PAGE)
    if holding:
        page = page.where(POST.c.body.contains(holding, autoescape=True))
    last = ""
    while rows := connection.execute(page.where(POST.c.digest > last)).all():
        yield from ((row.digest, row.body) for row in rows)
        last = rows[-1].digest


def sayings(connection: Connection, digests: Iterable[str]) -> list[Saying]:
    """Return the messages that say these posts, as far as they wait, may be public, or are; in order of name."""
    found: dict[tuple[str, str], Saying] = {}
    states = [state.value for state in SPOKEN_OR_WAITING]
    for part in chunks(digests):
        these = DELIVERY.c.digest.in_(part) & DELIVERY.c.state.in_(states)
        columns = (DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.state)
        grouped = select(*columns, func.count(), func.min(DELIVERY.c.due_us)).where(these).group_by(*columns)
        for campaign, message, state, n, due_us in connection.execute(grouped):
            saying = found.setdefault((campaign, message), Saying(campaign, message))
            _count(saying, state, int(n), int(due_us))
        public = select(DELIVERY.c.campaign, DELIVERY.c.message, DELIVERY.c.url).where(
            DELIVERY.c.digest.in_(part), DELIVERY.c.state == State.PUBLISHED.value, DELIVERY.c.url != ""
        )
        for campaign, message, url in connection.execute(public.order_by(DELIVERY.c.published_us, DELIVERY.c.id)):
            found[campaign, message].urls.append(url)
    return [found[name] for name in sorted(found)]


def _count(saying: Saying, state: str, n: int, due_us: int) -> None:
    saying.states[state] = saying.states.get(state, 0) + n
    if state in WAITING and (saying.next_due_us is None or due_us < saying.next_due_us):
        saying.next_due_us = due_us
