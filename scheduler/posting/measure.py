"""Measure: ask networks what became of our posts, at four ages of each, and only where no post is kept waiting by it.

Nobody is asked on a channel that is held, paused, about to post, or has used up most of its allowance, nor more often
than so many times an hour. What could not be asked for in time is asked for late, with its real moment, until the post
has come to the next age.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from scheduler.channels.contract import Channel
from scheduler.channels.registry import NETWORKS
from scheduler.clock import micros
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized
from scheduler.ledger import metrics, turn
from scheduler.ledger.metrics import GONE, SILENT, Measure, age_of
from scheduler.ledger.moves import chunks
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.pace import to_micros
from scheduler.text import say

log = logging.getLogger("loa")

AT_ONCE = 4
HOUR = to_micros(timedelta(hours=1))
SHORT_REST, LONG_REST = to_micros(timedelta(minutes=10)), to_micros(timedelta(hours=6))
LONGEST_REST = to_micros(timedelta(days=1))  # one that ends later was begun by a clock that was ahead
QUIET = timedelta(minutes=1)  # before a post is due, and two answers longer: nobody may stand in its way
STOPPING = ("all", "channel", "unit")  # a hold on a campaign, a class, or a mourning stops words, not a channel


@dataclass
class Measurer:
    """Measures the posts of one ledger. What it remembers is moments (microseconds) until which it keeps still."""

    dispatcher: Dispatcher
    serves: Callable[[str], bool] = lambda channel: True  # whether we speak on a channel; else somebody else asks
    rests: dict[str, int] = field(default_factory=dict)  # of a channel
    put_off: dict[int, int] = field(default_factory=dict)  # of a delivery that could not be asked for
    _said: set[tuple[str, str]] = field(default_factory=set)

    async def look(self) -> None:
        """Measure what has come to its next age: one post a channel, a few at a time."""
        self.rests, self.put_off = self._still(self.rests), self._still(self.put_off)
        at_us = self._now()
        for rows in chunks(await self._due(at_us), AT_ONCE):
            if self.dispatcher.stopping or not self.dispatcher.queue.has_room:
                return
            free = [row for row in rows if not self.dispatcher.queue.is_busy(row.channel)]
            found = await asyncio.gather(*(self._measure(row, at_us) for row in free))
            await self._keep([measure for measure in found if measure is not None])

    async def _keep(self, told: list[Measure]) -> None:
        if told:
            await self.dispatcher.ledger.write(lambda c: metrics.keep(c, told))

    def _still(self, moments: Mapping[Any, int]) -> dict[Any, int]:
        now_us = self._now()
        return {name: until_us for name, until_us in moments.items() if now_us < until_us <= now_us + LONGEST_REST}

    async def _due(self, at_us: int) -> list[Row[Any]]:
        """Return the first post to be measured of each channel; take from the list those of which nobody tells."""

        def read(connection: Connection) -> list[Row[Any]]:
            held = [stop for stop in turn.stops(connection) if stop.scope in STOPPING]
            not_on = self._not_now(turn.pauses(connection, at_us), turn.due_on(connection, at_us + self._quiet), at_us)
            return metrics.to_measure(connection, at_us, held=held, not_on=not_on)

        rows = await self.dispatcher.ledger.read(read)
        if untold := [row.id for row in rows if not self._tells(row.channel)]:
            await self.dispatcher.ledger.write(lambda c: metrics.pass_over(c, untold))
        first: dict[str, Row[Any]] = {}
        for row in rows:
            if self._tells(row.channel) and self.serves(row.channel) and row.id not in self.put_off:
                first.setdefault(row.channel, row)
        return list(first.values())

    def _not_now(self, pauses: Iterable[str], due: set[str], at_us: int) -> set[str]:
        paused, allowances = set(pauses), self.dispatcher.allowances
        sparing = {
            id
            for id, entry in self.dispatcher.accounts.book.channels.items()
            if f"app:{entry.app}" in paused or not allowances.has_plenty(entry, at_us)
        }
        return paused | due | sparing | self.rests.keys()

    @property
    def _quiet(self) -> int:
        return to_micros(QUIET + 2 * timedelta(seconds=self.dispatcher.settings.timeout))

    def _tells(self, channel: str) -> bool:
        """Whether the network can tell numbers, as far as we know: a channel may be out of the files for a while."""
        entry = self.dispatcher.accounts.entry(channel)
        network = NETWORKS.get(entry.network) if entry is not None else None
        return network is None or network.can("metrics")

    async def _measure(self, row: Row[Any], at_us: int) -> Measure | None:
        """Return what the network tells of a post, None when it has to be asked again."""
        self._rest(row.channel, int(HOUR / self.dispatcher.settings.measures_per_hour))
        try:
            channel = self.dispatcher.accounts.get(row.channel)
            await self.dispatcher.accounts.prove(channel, self.dispatcher.learn)
            numbers = await self._ask(channel, row.remote_id)
        except Exception as error:
            self._could_not_ask(row, error)
            return None
        return Measure(row.id, age_of(row.published_us, at_us), self._now(), numbers)

    async def _ask(self, channel: Channel, remote_id: str) -> Mapping[str, int]:
        metrics_of: Any = channel.metrics  # type: ignore[attr-defined]
        before = channel.usage
        try:
            told: Mapping[str, int] = await metrics_of(remote_id)
            return told or {SILENT: 1}
        except NotFound:
            return {GONE: 1}
        except Rejected as error:
            log.debug("%s: no numbers of %s: %s", channel.id, remote_id, error)
            return {SILENT: 1}
        finally:
            self._listen(channel, before)

    def _listen(self, channel: Channel, before: Any) -> None:
        """Keep what the network said of our allowance; posts hear of it by their own answers."""
        entry = self.dispatcher.accounts.entry(channel.id)
        if channel.usage is not None and channel.usage is not before and entry is not None:
            self.dispatcher.allowances.hear(entry, channel.usage, self._now())
            channel.usage = None

    def _could_not_ask(self, row: Row[Any], error: Exception) -> None:
        match error:
            case Unauthorized():  # perhaps for numbers alone: whether the channel is to be held, its posts will show
                self._rest(row.channel, LONG_REST)
                self._say_once(row.channel, error)
            case RateLimited(retry_at=hint):
                self._rest(row.channel, max(HOUR, micros(hint) - self._now() if hint else 0))
            case _:
                if not isinstance(error, ChannelError):
                    log.exception("%s: a fault of ours while measuring", row.key, exc_info=error)
                self._rest(row.channel, SHORT_REST)
                self.put_off[row.id] = self._now() + HOUR  # the others of its channel are not to wait for it

    def _rest(self, channel: str, length_us: int) -> None:
        self.rests[channel] = max(self.rests.get(channel, 0), self._now() + min(length_us, LONGEST_REST))

    def _say_once(self, channel: str, error: Unauthorized) -> None:
        if (channel, str(error)) not in self._said:
            self._said.add((channel, str(error)))
            words = say("kênh %s không cho đọc số liệu: %s", "channel %s lets nobody read its numbers: %s")
            log.warning(words, channel, error)

    def _now(self) -> int:
        return micros(self.dispatcher.clock.now())
