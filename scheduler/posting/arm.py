"""Arm: some seconds before its time a delivery is made ready, so that only its one public request is left.

Its account is proven, its pictures are uploaded, its request is built; after a restored ledger it is looked for first.
What goes wrong here is kept, and becomes the delivery's outcome when its time has come.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import Row

from scheduler.channels.contract import Account, Channel, Outgoing, Post, Receipt
from scheduler.clock import Clock, micros, moment
from scheduler.errors import ChannelError, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger import turn, witness
from scheduler.posting.accounts import Accounts
from scheduler.posting.pace import Lane, to_micros
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings

log = logging.getLogger("loa")

SLACK = timedelta(minutes=2)  # between our clock and a server's


@dataclass(slots=True)
class Armed:
    """A delivery made ready: what will be sent, or why it cannot be."""

    row: Row[Any]
    outgoing: Outgoing
    channel: Channel | None = None
    request: httpx.Request | None = None
    failure: Exception | None = None
    receipt: Receipt | None = None  # it is public already: a restored ledger did not know
    ready: bool = False

    @property
    def can_look(self) -> bool:
        """Whether the network can tell afterwards what became of it."""
        return self.channel is not None and self.channel.can("find", self.channel.chosen)


@dataclass
class Armourer:
    """Makes deliveries ready, one after the other on each channel. `line_up` is told of every lane that has moved."""

    ledger: LedgerThreads
    accounts: Accounts
    settings: Settings
    clock: Clock
    start: Callable[[Any], None]
    line_up: Callable[[Lane], None]
    stop_channel: Callable[[str, Unauthorized], Awaitable[None]]  # nobody knows us there: ask no more
    learnt: dict[str, Account] = field(default_factory=dict)  # what networks told us, and the ledger does not know yet

    def arm(self, row: Row[Any], post: Post, lane: Lane, failure: ChannelError | None = None) -> Armed:
        """Take a delivery into its lane; return it, ready at once where nothing has to be asked for.

        `failure`: what came of making it ready beforehand, which is its outcome now.
        """
        checkpoint = json.loads(row.checkpoint) if row.checkpoint else {}
        armed = Armed(row, Outgoing(row.key, moment(row.due_us).astimezone(self.settings.zone), post, checkpoint))
        lane.push(armed)
        try:
            armed.channel = self.accounts.get(row.channel)
        except Unauthorized as error:
            if not lane.porter:
                lane.porter = True
                self.start(self._give_up(lane, error))
            return armed
        except ChannelError as error:  # the files cannot be read just now
            armed.failure, armed.ready = error, True
            self.line_up(lane)
            return armed
        if failure is not None:
            armed.failure, armed.ready = failure, True
            self.line_up(lane)
            return armed
        if not lane.porter and self._is_simple(armed):
            self._build(armed)
            self.line_up(lane)
            return armed
        lane.to_make_ready(armed)
        if not lane.porter:
            lane.porter = True
            self.start(self._carry(lane))
        return armed

    def _is_simple(self, armed: Armed) -> bool:
        channel = armed.channel
        assert channel is not None
        post = armed.outgoing.post
        steps = type(channel).prepare is not Channel.prepare and (
            bool(post.images) or post.video is not None or channel.has_session
        )
        return not armed.row.look_first and not steps and self.accounts.is_proven(channel.id)

    async def _carry(self, lane: Lane) -> None:
        try:
            while lane.unready:
                armed = lane.unready.popleft()
                await self._make_ready(armed)
                if isinstance(armed.failure, Unauthorized):
                    await self.stop_channel(lane.channel, armed.failure)
                self.line_up(lane)
        finally:
            lane.porter = False

    async def _give_up(self, lane: Lane, error: Unauthorized) -> None:
        await self.stop_channel(lane.channel, error)
        lane.porter = False

    async def _make_ready(self, armed: Armed) -> None:
        channel = armed.channel
        assert channel is not None
        try:
            await self.accounts.prove(channel, self._learn)
            if armed.row.look_first and not await self._look_first(armed, channel):
                return
            checkpoint = await channel.prepare(armed.outgoing, lambda kept: self._save(armed, kept))
            armed.outgoing = Outgoing(armed.outgoing.key, armed.outgoing.due, armed.outgoing.post, checkpoint)
            self._build(armed)
        except ChannelError as error:
            armed.failure = error
        except Exception as error:  # a bug before anything was public: nothing is lost by trying again
            log.exception("%s: cannot be prepared", armed.row.key)
            armed.failure = Unavailable(f"cannot be prepared: {type(error).__name__}")
        armed.ready = True

    def _build(self, armed: Armed) -> None:
        assert armed.channel is not None
        try:
            armed.request = armed.channel.request(armed.outgoing)
        except Exception as error:
            armed.failure = error if isinstance(error, ChannelError) else Unavailable(f"cannot be built: {error!r}")
        armed.ready = True

    async def _look_first(self, armed: Armed, channel: Channel) -> bool:
        """Look whether a restored ledger has forgotten this one; False when only a person can tell."""
        row = armed.row
        if not channel.can("find", channel.chosen):
            return await self._leave_to_a_person(row)
        restored_us, _ = await self.ledger.read(witness.distrusted)
        settled = moment(restored_us) + max(
            self.settings.first_look, channel.appears_within
        )  # what was under way then has arrived by now
        await asyncio.sleep(max(0.0, (settled - self.clock.now()).total_seconds()))
        forgotten = row.due_us <= restored_us or row.at_once_us is not None  # `on: now` is due whenever it is planned
        since_us = min(row.due_us, row.look_first) if forgotten else row.due_us
        since_us -= to_micros(SLACK)
        taken = await self.ledger.read(lambda c: turn.known_ids(c, row.channel, since_us))
        find: Any = channel.find  # type: ignore[attr-defined]
        try:
            armed.receipt = await find(armed.outgoing, moment(since_us), taken)
        except Unauthorized:
            raise
        except Unconfirmed:
            return await self._leave_to_a_person(row)
        except Exception as error:  # whatever a look runs into, nothing was said by it
            raise Unavailable(f"could not look: {error}") from None
        return True

    async def _leave_to_a_person(self, row: Row[Any]) -> bool:
        at_us = micros(self.clock.now())
        await self.ledger.write(lambda c: witness.hold_for_restore(c, [row.id], at_us=at_us))
        return False

    async def _save(self, armed: Armed, checkpoint: Mapping[str, Any]) -> None:
        kept = json.dumps(dict(checkpoint))
        await self.ledger.write(lambda c: turn.save_checkpoint(c, armed.row, kept))

    def _learn(self, channel: str, account: Account) -> None:
        self.learnt[channel] = account
