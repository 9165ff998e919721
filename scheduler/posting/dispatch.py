"""Dispatch: claim what is due, publish it, record what came of it.

Some seconds before its time a delivery is armed: its row is read, its account proven, its pictures uploaded, its request
built. At its time the intent is committed together with the outcomes of others, and only then a byte leaves. One turn of
the loop is one transaction; whatever finishes while it runs is in the next.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from scheduler.authoring.channels_file import PaceEntry
from scheduler.channels.contract import Account, Channel, Outgoing, Post, Receipt
from scheduler.clock import Clock, micros, moment
from scheduler.errors import ChannelError, RateLimited, Unavailable
from scheduler.ledger import counts, looks, plans, turn
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event
from scheduler.ledger.moves import beat
from scheduler.ledger.turn import Outcome
from scheduler.posting.accounts import Accounts
from scheduler.posting.pace import DAY_US, Lane, to_micros
from scheduler.posting.retry import WITHOUT_A_HINT, decide
from scheduler.settings import Settings

log = logging.getLogger("loa")

ARM_LEAD = timedelta(seconds=5)
MOST_ARMED = 20_000
BEAT_EVERY = timedelta(seconds=10)
IDLE_LOOK = timedelta(seconds=0.5)

_NO_PACE = PaceEntry()

T = TypeVar("T")
Told = Callable[[Row[Any], Outcome], None]


@dataclass
class Armed:
    """A delivery made ready: what will be sent, or why it cannot be."""

    row: Row[Any]
    outgoing: Outgoing
    channel: Channel | None = None
    request: httpx.Request | None = None
    failure: Exception | None = None
    ready: bool = False


@dataclass
class Dispatcher:
    """Sends every delivery of one ledger when it is due. `told` hears of every outcome after it is on disk."""

    database: Database
    accounts: Accounts
    settings: Settings
    clock: Clock
    until_idle: bool = False
    told: Told = lambda row, outcome: None
    fast: bool = False  # the clock jumps: it must not while anything is on its way
    in_flight: dict[int, Armed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.wake = asyncio.Event()
        self.stopping = False
        self._writer = ThreadPoolExecutor(1, "ledger-writer")
        self._reader = ThreadPoolExecutor(1, "ledger-reader")
        self._lanes: dict[str, Lane] = {}
        self._ready: list[tuple[int, int, Lane]] = []
        self._numbers = itertools.count()
        self._armed: set[int] = set()
        self._outcomes: list[tuple[Armed, Outcome]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor = (0, 0)
        self._read_at = 0  # when the ledger is to be read for more, in microseconds
        self._pulse = -1
        self._beaten = 0
        self._broken: BaseException | None = None  # a fault in one of our own tasks ends the daemon, loudly

    # --- the loop -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send until told to stop (or, with `until_idle`, until nothing more can move by itself)."""
        try:
            while not (self.stopping and not self.in_flight and not self._outcomes):
                self.wake.clear()
                if self._broken is not None:
                    raise self._broken
                if not self.stopping:
                    await self._arm()
                batch = [] if self.stopping else self._pick()
                if batch or self._outcomes:
                    await self._turn(batch)
                elif self.until_idle and not self.stopping and await self._nothing_left():
                    return
                else:
                    await self._beat()
                    await self._rest()
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.shutdown()
            self._reader.shutdown()

    def stop(self) -> None:
        """Start nothing more; what is in flight is finished and recorded."""
        self.stopping = True
        self.wake.set()

    async def _rest(self) -> None:
        """Wait for the next thing to do: a delivery's time, the next arming, a sign of life, or a wake-up."""
        if self.fast and (self.in_flight or self._tasks):
            await self.clock.wait(None, self.wake)
            return
        moments = [self._read_at]
        if self._ready:
            moments.append(self._ready[0][0] - self._early)
        elif self.until_idle and not self.fast:
            moments.append(micros(self.clock.now()) + to_micros(IDLE_LOOK))
        if not self.fast:
            moments.append(self._beaten + to_micros(BEAT_EVERY))
        await self.clock.wait(moment(min(moments)), self.wake)

    @property
    def _early(self) -> int:
        """How long before its due time an intent may be written (microseconds); the request waits for the time."""
        return 0 if self.fast else 15_000

    async def _nothing_left(self) -> bool:
        """Nothing is scheduled but what Loa itself has stopped, and nothing is still being looked for."""
        if self._tasks or self.in_flight:
            return False

        def look(connection: Any) -> bool:
            own = [stop for stop in turn.stops(connection) if not stop.by]
            return turn.next_due(connection, own) is None and not looks.still_looked_for(connection)

        return await self.read(look)

    async def _beat(self) -> None:
        now_us = micros(self.clock.now())
        if not self.fast and now_us - self._beaten >= to_micros(BEAT_EVERY):
            self._beaten = now_us
            await self.write(lambda c: beat(c, "work", now_us))

    # --- arming -------------------------------------------------------------------------------------------------

    async def changed(self) -> None:
        """Look whether somebody else wrote into the ledger; if so, read again what was armed."""
        pulse = await self.read(counts.pulse)
        if pulse != self._pulse:
            self._pulse = pulse
            self.read_again()

    def read_again(self) -> None:
        """Forget what is armed and not yet claimed, and read it anew."""
        for lane in self._lanes.values():
            self._armed.difference_update(lane.clear())
        self._cursor, self._read_at = (0, 0), 0
        self.wake.set()

    async def _arm(self) -> None:
        """Read what falls due within the lead, and make it ready."""
        now_us = micros(self.clock.now())
        if now_us < self._read_at:
            return
        room = MOST_ARMED - len(self._armed)
        if room <= 0:
            self._read_at = now_us + to_micros(IDLE_LOOK)
            return
        until, cursor = now_us + to_micros(ARM_LEAD), self._cursor

        def read(connection: Any) -> tuple[list[Row[Any]], dict[str, str], dict[str, int], int | None]:
            held = turn.stops(connection)
            rows = turn.due(connection, until, cursor, room, held)
            following = turn.next_due(connection, held, after_us=until)
            return rows, plans.bodies(connection, (r.digest for r in rows)), turn.pauses(connection, now_us), following

        await self._drop_the_late(now_us)
        rows, bodies, pauses, following = await self.read(read)
        if len(rows) == room:
            self._cursor, self._read_at = (rows[-1].next_us, rows[-1].id), now_us
        else:
            lead = to_micros(ARM_LEAD)
            self._cursor = (max(until, cursor[0]), 2**62)
            self._read_at = max(following - lead, now_us + lead // 2) if following is not None else now_us + 30_000_000
        posts = {digest: Post.from_json(body) for digest, body in bodies.items()}
        for row in rows:
            if row.id not in self._armed and row.id not in self.in_flight and row.digest in posts:
                await self._arm_one(row, posts[row.digest], pauses)

    async def _drop_the_late(self, now_us: int) -> None:
        while await self.write(lambda c: turn.miss(c, at_us=now_us)):
            pass

    async def _arm_one(self, row: Row[Any], post: Post, pauses: Mapping[str, int]) -> None:
        lane = self._lanes.get(row.channel) or await self._open_lane(row.channel)
        lane.paused_until = max(lane.paused_until, pauses.get(row.channel, 0))
        checkpoint = json.loads(row.checkpoint) if row.checkpoint else {}
        armed = Armed(row, Outgoing(row.key, moment(row.due_us), post, checkpoint))
        self._armed.add(row.id)
        lane.push(armed)
        try:
            armed.channel = self.accounts.get(row.channel)
        except ChannelError as error:
            armed.failure, armed.ready = error, True
        if armed.channel is not None and self._needs_steps(armed.channel, post):
            self._start(self._make_ready(armed, lane))
            return
        if armed.channel is not None:
            self._build(armed)
        self._line_up(lane)

    async def _open_lane(self, channel: str) -> Lane:
        entry = self.accounts.entry(channel)
        lane = Lane(channel, entry.pace) if entry is not None else Lane(channel, _NO_PACE)
        if lane.has_pace and not self.fast:
            since = micros(self.clock.now()) - DAY_US
            count, last = await self.read(lambda c: turn.started_since(c, channel, since))
            lane.starts = [last] * count if last is not None else []
        elif self.fast:
            lane.pace = _NO_PACE
        self._lanes[channel] = lane
        return lane

    def _needs_steps(self, channel: Channel, post: Post) -> bool:
        has_steps = type(channel).prepare is not Channel.prepare
        return not self.accounts.is_proven(channel.id) or (has_steps and (bool(post.images) or channel.has_session))

    async def _make_ready(self, armed: Armed, lane: Lane) -> None:
        channel = armed.channel
        assert channel is not None
        try:
            await self.accounts.prove(channel, self._learn)
            checkpoint = await channel.prepare(armed.outgoing, lambda kept: self._save(armed, kept))
            armed.outgoing = Outgoing(armed.outgoing.key, armed.outgoing.due, armed.outgoing.post, checkpoint)
            self._build(armed)
        except ChannelError as error:
            armed.failure = error
        except Exception as error:  # a bug before anything was public: nothing is lost by trying again
            log.exception("%s: cannot be prepared", armed.row.key)
            armed.failure = Unavailable(f"cannot be prepared: {type(error).__name__}")
        armed.ready = True
        self._line_up(lane)
        self.wake.set()

    def _build(self, armed: Armed) -> None:
        assert armed.channel is not None
        try:
            armed.request = armed.channel.request(armed.outgoing)
        except Exception as error:
            armed.failure = error if isinstance(error, ChannelError) else Unavailable(f"cannot be built: {error!r}")
        armed.ready = True

    async def _save(self, armed: Armed, checkpoint: Mapping[str, Any]) -> None:
        kept = json.dumps(dict(checkpoint))
        await self.write(lambda c: turn.save_checkpoint(c, armed.row.id, kept))

    def _learn(self, channel: str, account: Account) -> None:
        at_us = micros(self.clock.now())
        limits = dict(account.limits)
        self._start(self._write_down(lambda c: counts.learn(c, channel, account.name, limits, at_us=at_us)))

    async def _write_down(self, work: Callable[[Any], None]) -> None:
        await self.write(work)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake.set()
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()

    # --- sending ------------------------------------------------------------------------------------------------

    def _line_up(self, lane: Lane) -> None:
        at = lane.ready_at()
        if at is not None:
            heapq.heappush(self._ready, (at, next(self._numbers), lane))

    def _pick(self) -> list[Armed]:
        """Return the deliveries whose time has come, no more than can start at once."""
        until = micros(self.clock.now()) + self._early
        batch: list[Armed] = []
        while (
            self._ready and self._ready[0][0] <= until and len(self.in_flight) + len(batch) < self.settings.sender_count
        ):
            _, _, lane = heapq.heappop(self._ready)
            at = lane.ready_at()
            if at is None or lane.head is None or not lane.head.ready:
                continue  # lined up again when it is free, or ready
            if at > until:
                self._line_up(lane)
                continue
            lane.busy = True
            batch.append(lane.pop())
        return batch

    async def _turn(self, batch: Sequence[Armed]) -> None:
        finished, self._outcomes = self._outcomes, []
        outcomes = [outcome for _, outcome in finished]
        rows = [armed.row for armed in batch]

        tries = itertools.count()

        def work(connection: Any) -> tuple[set[int], int]:
            at_us = micros(self.clock.now())
            again = next(tries) > 0  # the first commit may have succeeded without our hearing of it
            turn.record(connection, turn.unrecorded(connection, outcomes) if again else outcomes, at_us=at_us)
            claimed = turn.claim(connection, rows, at_us=at_us) if rows else set()
            if not self.fast and at_us - self._beaten >= to_micros(BEAT_EVERY):
                self._beaten = at_us
                beat(connection, "work", at_us)
            return claimed, at_us

        claimed, at_us = await self.write(work)
        for armed, outcome in finished:
            if outcome.event in (Event.RETRY, Event.WAIT) and outcome.next_us is not None:
                self._come_back(outcome.next_us)
            self.told(armed.row, outcome)
        if any(outcome.hold_channel for outcome in outcomes):
            self._forget_channels({o.channel for o in outcomes if o.hold_channel})
        for armed in batch:
            self._armed.discard(armed.row.id)
            if armed.row.id in claimed:
                self.in_flight[armed.row.id] = armed
                self._lanes[armed.row.channel].started(at_us)
                self._start(self._send(armed, at_us))
            else:
                self._free(armed.row.channel)

    def _forget_channels(self, channels: set[str]) -> None:
        for channel in channels:
            self.accounts.doubt(channel)
            if channel in self._lanes:
                self._armed.difference_update(self._lanes[channel].clear())

    def _free(self, channel: str) -> None:
        lane = self._lanes[channel]
        lane.busy = False
        self._line_up(lane)

    async def _send(self, armed: Armed, started_us: int) -> None:
        early = (armed.row.due_us - micros(self.clock.now())) / 1_000_000
        if early > 0 and not self.fast:
            await asyncio.sleep(early)
        result: Receipt | BaseException
        try:
            if armed.failure is not None:
                raise armed.failure
            assert armed.channel is not None
            result = await armed.channel.publish(armed.outgoing, armed.request)
        except ChannelError as error:
            result = error
        except Exception as error:  # a bug in a network's file: it may be public
            log.exception("%s: a fault of ours while publishing", armed.row.key)
            result = error
        self._outcomes.append((armed, self._outcome(armed, started_us, result)))
        self.in_flight.pop(armed.row.id, None)
        self._free(armed.row.channel)
        self.wake.set()

    def _outcome(self, armed: Armed, started_us: int, result: Receipt | BaseException) -> Outcome:
        row = armed.row
        shared = {"id": row.id, "campaign": row.campaign, "message": row.message, "channel": row.channel,
                  "started_us": started_us, "attempts": row.attempts + 1}  # fmt: skip
        if isinstance(result, Receipt):
            return Outcome(**shared, event=Event.CONFIRM, remote_id=result.remote_id, url=result.url)
        after = decide(result, row.attempts + 1)
        now_us = micros(self.clock.now())
        why = str(result) if isinstance(result, ChannelError) else f"{type(result).__name__}"
        lane = self._lanes[row.channel]
        match after.event:
            case Event.WAIT:
                hint = result.retry_at if isinstance(result, RateLimited) else None
                until = max(now_us, micros(hint) if hint else now_us + to_micros(WITHOUT_A_HINT))
                lane.paused_until = until
                return Outcome(**shared, event=after.event, why=why, next_us=until, pause_until_us=until)
            case Event.AWAIT:
                can_look = armed.channel is not None and armed.channel.can("find")
                next_us = now_us + to_micros(self.settings.first_look) if can_look else None
                return Outcome(**shared, event=after.event, why=why, next_us=next_us)
            case Event.RETRY:
                next_us = now_us + to_micros(after.wait or timedelta(0))
                return Outcome(**shared, event=after.event, why=why, next_us=next_us, hold_channel=after.hold_channel)
            case _:
                return Outcome(**shared, event=after.event, why=why)

    def _come_back(self, at_us: int) -> None:
        """A row went back to `scheduled` behind the reading cursor: read from there again in time."""
        self._cursor = min(self._cursor, (at_us - 1, 0))
        self._read_at = min(self._read_at, at_us - to_micros(ARM_LEAD))

    # --- the ledger, from its two threads -----------------------------------------------------------------------

    async def read(self, work: Callable[[Any], T]) -> T:
        def run() -> T:
            with self.database.reading() as connection:
                return work(connection)

        return await self._patiently(self._reader, run)

    async def write(self, work: Callable[[Any], T]) -> T:
        def run() -> T:
            with self.database.writing() as connection:
                return work(connection)

        return await self._patiently(self._writer, run)

    async def _patiently(self, threads: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        """Nothing is sent while the database does not answer, and nothing that was learnt is thrown away."""
        loop = asyncio.get_running_loop()
        for tries in itertools.count():
            try:
                return await loop.run_in_executor(threads, run)
            except DBAPIError as error:
                if tries % 20 == 0:
                    log.error("the ledger does not answer, waiting: %s", error.orig)
                if self.stopping and tries > 20:
                    raise
                await asyncio.sleep(0.5)
        raise AssertionError
