"""Reconcile: look on the network before anybody speaks twice.

Found: published, with the real address. Absent after two looks some seconds apart: sent once more under the same key
(more often where the network itself makes a repetition harmless). A network that cannot tell leaves it to a person.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from scheduler.channels.contract import Channel, Outgoing, Post, Receipt
from scheduler.clock import micros, moment
from scheduler.errors import ChannelError, RateLimited, Unauthorized, Unconfirmed, Unnamed
from scheduler.ledger import looks, plans, turn
from scheduler.posting.arm import SLACK
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.pace import to_micros
from scheduler.posting.retry import backoff

log = logging.getLogger("loa")

LOOKS = 2
RESENDS = 1  # on networks that would take the same post twice
AT_ONCE = 16
SOON = timedelta(seconds=6)  # the shortest time from one look to the next
NAMED_WITHIN = timedelta(hours=1)  # of what is public but has no id yet; later, a person says where it is
ORPHAN = timedelta(seconds=30)  # `sending` and on nobody's way: a commit of which we never heard


@dataclass
class Reconciler:
    """Settles the unconfirmed deliveries of one ledger."""

    dispatcher: Dispatcher
    found: Callable[[Row[Any], Receipt], None] = lambda row, receipt: None

    async def adopt(self) -> int:
        """At the start: what a daemon left in the middle of sending is unconfirmed. Return how many."""
        at_us = self._now()
        first = to_micros(self.dispatcher.settings.first_look)
        return await self.dispatcher.ledger.write(lambda c: looks.adopt_unfinished(c, at_us=at_us, first_look_us=first))

    async def look(self) -> None:
        """Look for everything whose next look is due."""
        at_us = self._now()
        await self._adopt_orphans(at_us)
        worker = self.dispatcher.worker
        rows = await self.dispatcher.ledger.read(lambda c: looks.to_look_for(c, at_us, worker=worker))
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(row: Row[Any]) -> None:
            async with gate:
                await self._look_for(row)

        await asyncio.gather(*(one(row) for row in rows))

    async def _adopt_orphans(self, at_us: int) -> None:
        def work(connection: Any) -> list[int]:
            before = at_us - to_micros(ORPHAN)
            return [r.id for r in turn.unfinished(connection, self.dispatcher.worker) if (r.started_us or 0) < before]

        orphans = [id for id in await self.dispatcher.ledger.read(work) if id not in self.dispatcher.in_flight]
        if orphans:
            await self.dispatcher.ledger.write(
                lambda c: looks.adopt_unfinished(c, at_us=at_us, first_look_us=0, only=orphans)
            )

    async def _look_for(self, row: Row[Any]) -> None:
        try:
            channel = self.dispatcher.accounts.get(row.channel)
            if not channel.can("find", channel.chosen):
                await self._write(
                    row, lambda c: looks.absent(c, row, next_us=None, why=row.error or "cannot be looked for")
                )
                return
            receipt = await self._find(channel, row)
        except Unnamed as error:
            await self._is_unnamed(row, error)
        except Unconfirmed as error:  # it is there, but not public: only a person can settle that
            why = str(error)
            await self._write(row, lambda c: looks.absent(c, row, next_us=None, why=why))
        except Exception as error:
            await self._could_not_look(row, error)
        else:
            if receipt is not None:
                await self._settle(row, receipt)
            else:
                await self._was_absent(row, channel)

    async def _find(self, channel: Channel, row: Row[Any]) -> Receipt | None:
        since_us = min(row.due_us, row.started_us or row.due_us) - to_micros(SLACK)

        def read(connection: Any) -> tuple[str, Collection[str]]:
            return plans.body_of(connection, row.digest), turn.known_ids(connection, row.channel, since_us)

        body, taken = await self.dispatcher.ledger.read(read)
        checkpoint = json.loads(row.checkpoint) if row.checkpoint else {}
        due = moment(row.due_us).astimezone(self.dispatcher.settings.zone)
        outgoing = Outgoing(row.key, due, Post.from_json(body), checkpoint)
        await self.dispatcher.accounts.prove(channel, lambda *_: None)
        find: Any = channel.find  # type: ignore[attr-defined]
        receipt: Receipt | None = await find(outgoing, moment(since_us), taken)
        return receipt

    async def _settle(self, row: Row[Any], receipt: Receipt) -> None:
        at_us = self._now()
        await self._write(row, lambda c: looks.found(c, row, receipt, at_us=at_us))
        self.found(row, receipt)

    async def _was_absent(self, row: Row[Any], channel: Channel) -> None:
        at_us = self._now()
        seen_us = (row.started_us or 0) + to_micros(channel.appears_within)
        if at_us < seen_us:
            why = "not there yet, and too early to say"
            await self._write(
                row, lambda c: looks.absent(c, row, next_us=min(seen_us, at_us + looks.FARTHEST), why=why)
            )
        elif row.looks + 1 < LOOKS:
            again = at_us + to_micros(self.dispatcher.settings.second_look)
            await self._write(row, lambda c: looks.absent(c, row, next_us=again))
        elif row.resends < RESENDS or channel.idempotent:
            wait = to_micros(backoff(row.resends)) if row.resends else 0
            await self._write(row, lambda c: looks.send_again(c, row, at_us=at_us, next_us=at_us + wait))
            self.dispatcher.come_back(at_us + wait)
        else:
            why = "absent after a second try"
            await self._write(row, lambda c: looks.absent(c, row, next_us=None, why=why))

    async def _is_unnamed(self, row: Row[Any], error: Unnamed) -> None:
        """It is public, only its id is not known: look on for a while, and never say it again."""
        at_us = self._now()
        gone_by_us = at_us - (row.started_us or row.due_us)
        next_us = at_us + to_micros(max(SOON, backoff(row.rev))) if gone_by_us < to_micros(NAMED_WITHIN) else None
        await self._write(row, lambda c: looks.absent(c, row, next_us=next_us, why=str(error)))

    async def _could_not_look(self, row: Row[Any], error: Exception) -> None:
        if not isinstance(error, ChannelError):
            log.exception("%s: a fault of ours while looking", row.key)
        why = f"could not look: {error if isinstance(error, ChannelError) else type(error).__name__}"
        at_us = self._now()
        hint = error.retry_at if isinstance(error, RateLimited) else None
        next_us = (
            min(micros(hint), at_us + looks.FARTHEST)
            if hint
            else at_us + to_micros(max(SOON, backoff(row.attempts + row.rev % 5)))
        )

        def work(connection: Any) -> None:
            looks.absent(connection, row, next_us=next_us, why=why)
            if isinstance(error, Unauthorized):
                turn.hold(connection, "channel", row.channel, at_us=at_us, by="", why=str(error))

        if isinstance(error, Unauthorized):
            self.dispatcher.accounts.doubt(row.channel)
        await self._write(row, work)

    async def _write(self, row: Row[Any], work: Callable[[Any], None]) -> None:
        await self.dispatcher.ledger.write(work)
        self.dispatcher.wake.set()

    def _now(self) -> int:
        return micros(self.dispatcher.clock.now())
