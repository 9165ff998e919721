"""Beforehand: what takes minutes is done minutes before, so that at its time only the public request is left.

A film is uploaded, and converted by its network, while other deliveries of the same channel go out; nothing waits for it
but itself. When its time comes and it is not ready, it goes out as soon as it is. An order that stops or changes a
delivery ends its upload within seconds; what was uploaded by then stays in the checkpoint and was never public.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Row

from scheduler.channels.contract import LEAD, Account, Channel, Outgoing, Post
from scheduler.channels.registry import NETWORKS
from scheduler.clock import Clock, micros, moment
from scheduler.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger import early, plans, turn
from scheduler.posting.accounts import Accounts
from scheduler.posting.pace import to_micros
from scheduler.posting.retry import WITHOUT_A_HINT, backoff
from scheduler.posting.threads import LedgerThreads
from scheduler.posting.uploads import Uploads
from scheduler.text import say

log = logging.getLogger("loa")

AT_ONCE = 16  # preparations, over all channels; one on each
READ_EVERY = timedelta(seconds=30)
NEVER = 2**62


class Stage(Enum):
    """How far a delivery is that is made ready beforehand."""

    UNDER_WAY = "under way"
    READY = "ready"
    FAILED = "failed"


@dataclass
class _Work:
    """One delivery to be made ready, and what came of it. `failure`: of the last try."""

    row: Row[Any]
    post: Post
    begin_us: int
    checkpoint: Mapping[str, Any]
    stage: Stage = Stage.UNDER_WAY
    failure: ChannelError | None = None
    tries: int = 0
    task: asyncio.Task[None] | None = None


@dataclass
class Beforehand:
    """Makes deliveries ready ahead of their time. `ready` hears of each that is (or cannot be): its time may have come."""

    ledger: LedgerThreads
    accounts: Accounts
    clock: Clock
    uploads: Uploads
    ready: Callable[[Row[Any]], None]
    learn: Callable[[str, Account], None]
    stop_channel: Callable[[str, Unauthorized], Awaitable[None]]
    worker: int | None = None  # of many; it makes ready only what is on its channels
    _works: dict[int, _Work] = field(default_factory=dict)  # by id of the delivery
    _read_us: int = -NEVER

    def concerns(self, channel: Channel, row: Row[Any], post: Post) -> bool:
        """Tell whether a delivery is made ready here. After a restored ledger it is looked for first, in its lane."""
        return channel.lead(post) > LEAD and not row.look_first

    def stage(self, row: Row[Any], post: Post) -> tuple[Stage, ChannelError | None]:
        """Return how far a delivery is whose time is near, with why it failed; one not known yet is begun."""
        work = self._works.get(row.id)
        if work is None or work.row.rev != row.rev:
            self._take(row, post, begin_us=micros(self.clock.now()))
            self._begin()
            return Stage.UNDER_WAY, None
        if work.stage is Stage.FAILED:
            work.begin_us = NEVER  # that is its outcome now; tried again, it is another attempt
        return work.stage, work.failure

    def read_again(self) -> None:
        """Somebody else wrote into the ledger: what is under way may be wanted no more."""
        self._read_us = -NEVER

    async def look(self) -> None:
        """Begin what is to begin, end what is wanted no more; to be called every other second."""
        now_us = micros(self.clock.now())
        if now_us - self._read_us >= to_micros(READ_EVERY):
            self._read_us = now_us
            await self._read(now_us)
        self._begin()
        await self.uploads.keep()

    async def _read(self, now_us: int) -> None:
        films, others = self.horizons()
        if films is None and not others and not self._works:
            return

        def read(connection: Any) -> tuple[list[Row[Any]], dict[str, Post]]:
            held = turn.stops(connection)
            rows = (
                early.with_film(connection, now_us + to_micros(films), held, self.worker) if films is not None else []
            )
            for lead in set(others.values()):
                channels = [id for id, of in others.items() if of == lead]
                rows += early.on_channels(connection, channels, now_us + to_micros(lead), held, self.worker)
            free = [row for row in rows if not any(stop.stops(row, now_us) for stop in held)]
            bodies = plans.bodies(connection, (row.digest for row in free))
            return free, {digest: Post.from_json(body) for digest, body in bodies.items()}

        known = dict(self._works)
        rows, posts = await self.ledger.read(read)
        wanted = {row.id: row.rev for row in rows}
        for id, work in known.items():
            if wanted.get(id) != work.row.rev and self._works.get(id) is work:  # not one that came meanwhile
                self._drop(id)
        for row in rows:
            if row.id not in self._works and row.digest in posts and not row.look_first:
                self._note(row, posts[row.digest])

    @property
    def channels(self) -> set[str]:
        """The channels on which anything is made ready just now."""
        return {work.row.channel for work in self._works.values() if work.task is not None}

    def horizons(self) -> tuple[timedelta | None, dict[str, timedelta]]:
        """Return how far ahead to look for films, None where no channel takes any, and for all else channel by channel."""
        films: timedelta | None = None
        others: dict[str, timedelta] = {}
        for entry in self.accounts.book.channels.values():
            if (network := NETWORKS.get(entry.network)) is None:
                continue
            if network.limits.video is not None and network.film_early > LEAD:
                films = max(films or LEAD, network.film_early)
            if network.early > LEAD:
                others[entry.id] = network.early
        return films, others

    def _note(self, row: Row[Any], post: Post) -> None:
        try:
            channel = self.accounts.get(row.channel)
        except ChannelError:  # said when its time comes
            return
        if channel.lead(post) > LEAD:
            self._take(row, post, begin_us=max(row.due_us, row.next_us) - to_micros(channel.lead(post)))

    def _take(self, row: Row[Any], post: Post, *, begin_us: int) -> None:
        self._drop(row.id)
        checkpoint = json.loads(row.checkpoint) if row.checkpoint else {}
        self._works[row.id] = _Work(row, post, begin_us, checkpoint)

    def _drop(self, id: int) -> None:
        work = self._works.pop(id, None)
        if work is not None and work.task is not None:
            work.task.cancel()

    def _begin(self) -> None:
        """Start what may start: the earliest first, one on each channel."""
        now_us = micros(self.clock.now())
        running = {work.row.channel for work in self._works.values() if work.task is not None}
        for work in sorted(self._works.values(), key=lambda w: (w.row.next_us, w.row.id)):
            if len(running) >= AT_ONCE:
                return
            waits = work.stage is Stage.READY or work.task is not None or work.begin_us > now_us
            if not waits and work.row.channel not in running:
                running.add(work.row.channel)
                work.stage, work.tries = Stage.UNDER_WAY, work.tries + 1
                work.task = asyncio.create_task(self._prepare(work))

    async def _prepare(self, work: _Work) -> None:
        row = work.row
        try:
            channel = self.accounts.get(row.channel)
            await self.accounts.prove(channel, self.learn)
            due = moment(row.due_us).astimezone(self.accounts.settings.zone)
            outgoing = Outgoing(row.key, due, work.post, work.checkpoint, self.uploads.teller(row.key))
            work.checkpoint = await channel.prepare(outgoing, lambda kept: self._save(work, kept))
            await self._save(work, work.checkpoint)
            work.stage, work.failure = Stage.READY, None
        except ChannelError as error:
            await self._failed(work, error)
        except Exception as error:  # a bug before anything was public: nothing is lost by trying again
            log.exception("%s: cannot be prepared", row.key)
            await self._failed(work, Unavailable(f"cannot be prepared: {type(error).__name__}"))
        finally:
            work.task = None
            self.uploads.ended(row.key)
        self.ready(row)
        self._begin()

    async def _failed(self, work: _Work, error: ChannelError) -> None:
        work.stage, work.failure = Stage.FAILED, error
        now_us = micros(self.clock.now())
        match error:
            case Unauthorized():
                await self.stop_channel(work.row.channel, error)
                work.begin_us = NEVER
                self.read_again()  # it is stopped now; released, it is begun anew
            case RateLimited():
                work.begin_us = micros(error.retry_at) if error.retry_at else now_us + to_micros(WITHOUT_A_HINT)
            case Rejected() | Unconfirmed():
                work.begin_us = NEVER  # refused for good, or public already: its outcome when its time has come
            case _:
                work.begin_us = now_us + to_micros(backoff(work.tries))
        log.warning(say("%s: chưa chuẩn bị được: %s", "%s: not ready yet: %s"), work.row.key, error)

    async def _save(self, work: _Work, checkpoint: Mapping[str, Any]) -> None:
        work.checkpoint, work.tries = dict(checkpoint), 0  # it gets on: the next cut is the first again
        kept = json.dumps(work.checkpoint)
        await self.ledger.write(lambda c: turn.save_checkpoint(c, work.row, kept))

    def close(self) -> None:
        """End all that is under way; what was uploaded is kept in the checkpoints."""
        for id in list(self._works):
            self._drop(id)
