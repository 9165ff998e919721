"""Dispatch: claim what is due, publish it, record what came of it.

Some seconds before its time a delivery is armed: its row is read, its account proven, its pictures uploaded, its request
built. At its time the intent is committed together with the outcomes of others, and only then a byte leaves. One turn of
the loop is one transaction; whatever finishes while it runs is in the next.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from scheduler.channels.contract import LEAD, Account, Post, Receipt
from scheduler.channels.registry import NETWORKS
from scheduler.clock import Clock, micros, moment
from scheduler.errors import ChannelError, LeaseLost, Unauthorized, Unavailable
from scheduler.ledger import counts, looks, mourning, plans, turn, unlawful, waits, witness
from scheduler.ledger.bulk import find_by_id, write_now
from scheduler.ledger.delivery import Event
from scheduler.ledger.moves import beat, together
from scheduler.ledger.turn import Outcome
from scheduler.posting.accounts import Accounts
from scheduler.posting.allowance import Allowances
from scheduler.posting.arm import Armed, Armourer
from scheduler.posting.beforehand import Beforehand, Stage
from scheduler.posting.budget import rests
from scheduler.posting.follow import demands, tell
from scheduler.posting.lawful import Lawful
from scheduler.posting.lease import Lease
from scheduler.posting.outcome import outcome_of
from scheduler.posting.pace import Lane, is_urgent, to_micros
from scheduler.posting.queue import AHEAD, FAR_AHEAD, Queue
from scheduler.posting.retry import pauses_of
from scheduler.posting.senders import Senders
from scheduler.posting.threads import LedgerThreads
from scheduler.posting.uploads import Uploads
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

ARM_LEAD = LEAD
MOST_ARMED = 20_000
READ_AT_ONCE = 2_000  # rows: what a driver holds besides while it hands them over
STOCKED = 3  # intents on disk for each sender, from which on outcomes are gathered: half as many commits, half the cost
GATHER = 0.02  # seconds, in which the senders use up a third of that
TIMER_STEP = 0.001  # seconds by which an event loop may wake too early
GRACE = to_micros(timedelta(milliseconds=20))  # a timer's, not the clock's: further off, the clock was set back
BEAT_EVERY = timedelta(seconds=10)
IDLE_LOOK = timedelta(seconds=0.5)
FAR = 30_000_000  # microseconds to the next reading where nothing is known to come

_NOTHING = waits.Look()

Told = Callable[[Row[Any], Outcome], None]
_Read = tuple[list[Row[Any]], list[Row[Any]], dict[str, Post], dict[str, int], int | None]


@dataclass
class Dispatcher:
    """Sends every delivery of one ledger when it is due. `told` hears of every outcome after it is on disk."""

    ledger: LedgerThreads
    accounts: Accounts
    witness: witness.Witness
    settings: Settings
    clock: Clock
    until_idle: bool = False
    told: Told = lambda row, outcome: None
    fast: bool = False  # the clock jumps: it must not while anything is on its way
    lawful: Lawful = field(default_factory=Lawful)
    allowances: Allowances = field(default_factory=Allowances)
    lease: Lease | None = None  # of a worker among others; it sends only on the channels it has taken
    tidies: bool = True  # gives up what is too late; one of many workers does

    def __post_init__(self) -> None:
        self.wake = asyncio.Event()
        self.channels: set[str] = set()  # that a worker has; without a lease, all are ours
        self._senders = Senders(self.settings.sender_count, self._send, self._start)
        # an emergency waits for no other
        self._urgent_senders = Senders(self.settings.sender_count, self._send, self._start)
        self.queue = Queue(
            self.accounts, self.clock, self.settings.sender_count, self._starts,
            ahead=AHEAD if self.lease is None else FAR_AHEAD, fast=self.fast,
        )  # fmt: skip
        self.in_flight = self.queue.in_flight
        self.stopping = False
        self._armourer = Armourer(
            self.ledger, self.accounts, self.settings, self.clock, self._start, self._line_up, self._stop_channel
        )
        self.beforehand = Beforehand(
            self.ledger, self.accounts, self.clock, Uploads(self.ledger, self.clock),
            ready=self._is_ready, learn=self.learn, stop_channel=self._stop_channel, worker=self.worker,
        )  # fmt: skip
        self._held: list[turn.Stop] = []
        self._outcomes: list[tuple[Armed, Outcome]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._cursor = (0, 0)
        self._read_at = 0  # when the ledger is to be read for more, in microseconds
        self._stale = 0  # counts what makes a reading that is under way worthless
        self.pulse = -1
        self._beaten = 0
        self._broken: BaseException | None = None  # a fault in one of our own tasks ends the daemon, loudly

    # --- the loop -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send until told to stop (or, with `until_idle`, until nothing more can move by itself)."""
        try:
            self.pulse, self._held = await self.ledger.read(lambda c: (counts.pulse(c), turn.stops(c)))
            await self.queue.renew()
            while not (self.stopping and not self.in_flight and not self._outcomes):
                self.wake.clear()
                if self._broken is not None:
                    raise self._broken
                if not self.stopping:
                    await self._arm()
                batch = [] if self.stopping else self.queue.pick()
                if batch or self._outcomes:
                    await self._turn(batch)
                    if self.lease is not None and len(self.in_flight) > STOCKED * self.settings.sender_count:
                        await asyncio.sleep(GATHER)
                    continue
                await self._keep_learnt()
                if self.until_idle and not self.stopping and await self._nothing_left():
                    return
                await self._beat()
                await self._rest()
        except LeaseLost:
            await self._tell_what_is_public()
            raise
        finally:
            self.beforehand.close()
            for task in self._tasks:
                task.cancel()

    async def _tell_what_is_public(self) -> None:
        """Others took us for dead: what we know to be public is recorded after all, and nothing more is begun."""
        self.stopping = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        public = [outcome for _, outcome in self._outcomes if outcome.event is Event.CONFIRM]
        at_us = micros(self.clock.now())
        for outcome in await self.ledger.write(lambda c: turn.confirm_after_all(c, public, at_us=at_us)):
            log.critical("%s %s: public, and others have sent it again", outcome.channel, outcome.url)

    async def _starts(self, channels: Sequence[str], since_us: int) -> list[int]:
        return await self.ledger.read(lambda c: turn.starts_since(c, channels, since_us))

    # --- channels of a worker -----------------------------------------------------------------------------------

    @property
    def worker(self) -> int | None:
        """The number of the worker that we are, None where there is but one daemon."""
        return self.lease.number if self.lease is not None else None

    def _is_ours(self, channel: str) -> bool:
        return self.lease is None or channel in self.channels

    def take(self, channels: Iterable[str]) -> None:
        """Begin to send on channels that the ledger says are ours."""
        new = set(channels) - self.channels
        self.queue.close_lanes(new)  # others have sent there since
        self.channels |= new
        self._cursor, self._read_at = (0, 0), 0
        self._stale += 1
        self.beforehand.read_again()
        self.wake.set()

    def let_go(self, channels: Iterable[str]) -> set[str]:
        """Send no more on those of the channels where nothing is under way; return which these are."""
        on_the_way = {armed.row.channel for armed in self.in_flight.values()} | self.beforehand.channels
        free = {c for c in channels if c not in on_the_way and not self.queue.is_busy(c)}
        self.channels -= free
        self.queue.close_lanes(free)
        return free

    def learn(self, channel: str, account: Account) -> None:
        """Keep what a network told of a channel; at the next rest the ledger learns it."""
        self._armourer.learnt[channel] = account

    def end_with(self, error: BaseException) -> None:
        """End, loudly: something without which nothing may be sent has failed."""
        self._broken = error
        self.wake.set()

    def stop(self) -> None:
        """Start nothing more; what is in flight is finished and recorded."""
        self.stopping = self.ledger.hurry = True
        self.wake.set()

    async def _rest(self) -> None:
        """Wait for the next thing to do: a delivery's time, the next arming, a sign of life, or a wake-up."""
        if self.fast and (self.in_flight or self._tasks):
            await self.clock.wait(None, self.wake)
            return
        moments = [self._read_at]
        moments += self.queue.moments()
        if self.until_idle and not self.fast and not self.in_flight:
            moments.append(micros(self.clock.now()) + to_micros(IDLE_LOOK))
        if not self.fast:
            moments.append(self._beaten + to_micros(BEAT_EVERY))
        await self.clock.wait(moment(min(moments)), self.wake)

    async def _nothing_left(self) -> bool:
        """Nothing is scheduled but what Loa itself has stopped, and nothing is still being looked for."""
        if self._tasks or self.in_flight:
            return False

        def look(connection: Any) -> bool:
            own = [stop for stop in turn.stops(connection) if not stop.by]
            nothing_due = turn.next_due(connection, own) is None
            return nothing_due and not looks.still_looked_for(connection) and not turn.unfinished(connection)

        return await self.ledger.read(look)

    async def _keep_learnt(self) -> None:
        if self._armourer.learnt:
            learnt, self._armourer.learnt = self._armourer.learnt, {}
            at_us = micros(self.clock.now())
            await self.ledger.write(lambda c: counts.learn(c, learnt, at_us=at_us))

    async def _beat(self) -> None:
        now_us = micros(self.clock.now())
        if not self.fast and now_us - self._beaten >= to_micros(BEAT_EVERY):
            self._beaten = now_us
            await self.ledger.write(lambda c: beat(c, "work", now_us))

    # --- arming -------------------------------------------------------------------------------------------------

    async def changed(self) -> None:
        """Look whether somebody else wrote into the ledger; if so, read again what was armed."""
        if not self.ledger.touched():
            return
        pulse, self._held = await self.ledger.read(lambda c: (counts.pulse(c), turn.stops(c)))
        if pulse != self.pulse:
            self.pulse = pulse
            self.read_again()

    async def renew_paces(self) -> None:
        """Take over the paces and budgets of a changed channels.yaml."""
        await self.queue.renew()
        self.read_again()

    def read_again(self) -> None:
        """Forget what is armed and not yet claimed, and read it anew."""
        self.queue.forget()
        self._cursor, self._read_at = (0, 0), 0
        self._stale += 1
        self.beforehand.read_again()
        self.wake.set()

    async def _arm(self) -> None:
        """Read what falls due within the lead, and make it ready."""
        now_us = micros(self.clock.now())
        if now_us < self._read_at:
            return
        room = max(0, min(READ_AT_ONCE, MOST_ARMED - len(self.queue.armed)))
        until, cursor, stale = now_us + to_micros(ARM_LEAD), self._cursor, self._stale
        worker, far = self.worker, until + FAR if self.lease is not None else None

        def read(connection: Any) -> _Read:
            held = turn.stops(connection)
            urgent = [row for row in turn.urgent(connection, until, held, worker) if row.id not in self.queue.armed]
            rows = turn.due(connection, until, cursor, room, held, worker) if room else []
            following = turn.next_due(connection, held, after_us=until, until_us=far, worker=worker)
            bodies = plans.bodies(connection, (row.digest for row in (*urgent, *rows)))
            posts = {digest: Post.from_json(body) for digest, body in bodies.items()}
            self._judge_ahead([*urgent, *rows], posts, now_us)
            return urgent, rows, posts, turn.pauses(connection, now_us), following

        if self.tidies:
            await self._drop_the_late(now_us)
        if self.lease is not None and not self.channels:
            self._read_at = now_us + FAR
            return
        urgent, rows, posts, pauses, following = await self.ledger.read(read)
        for channel in dict.fromkeys(row.channel for row in (*urgent, *rows)):
            await self.queue.open_lane(channel)
        if self._stale != stale:
            return  # nothing is awaited from here on: what comes back later is behind the cursor no more
        if not room:
            self._read_at = now_us + to_micros(IDLE_LOOK)
        elif len(rows) == room:
            self._cursor, self._read_at = (rows[-1].next_us, rows[-1].id), now_us
        else:
            lead = to_micros(ARM_LEAD)
            self._cursor = (max(until, cursor[0]), 2**62)
            self._read_at = max(following - lead, now_us + lead // 2) if following is not None else now_us + FAR
        self.queue.rest_until(pauses)
        for row in (*urgent, *rows):
            known = row.id in self.queue.armed or row.id in self.in_flight
            if not known and row.digest in posts and self._is_ours(row.channel):
                lane = self.queue.lanes[row.channel]
                stage, failure = self._stage(row, posts[row.digest])
                if stage is not Stage.UNDER_WAY:  # else it comes back when it is ready, and nobody waits for it
                    self.queue.armed.add(row.id)
                    self._armourer.arm(row, posts[row.digest], lane, failure)

    def _stage(self, row: Row[Any], post: Post) -> tuple[Stage, ChannelError | None]:
        """Return how far a delivery is that is made ready beforehand; any other is armed as it is."""
        entry = self.accounts.entry(row.channel)
        network = NETWORKS.get(entry.network) if entry is not None else None
        if network is None or (post.video is None and network.early <= LEAD):
            return Stage.READY, None
        try:
            concerned = self.beforehand.concerns(self.accounts.get(row.channel), row, post)
        except ChannelError:
            return Stage.READY, None  # whoever arms it runs into the same
        return self.beforehand.stage(row, post) if concerned else (Stage.READY, None)

    def _is_ready(self, row: Row[Any]) -> None:
        """A delivery was made ready beforehand, or cannot be: arm it, if its time has come."""
        self.come_back(row.next_us)
        self.wake.set()

    def _judge_ahead(self, rows: Sequence[Row[Any]], posts: Mapping[str, Post], now_us: int) -> None:
        """Judge what is armed before its time comes: at the claim only the answer is looked up."""
        for row in rows:
            if row.digest in posts:
                self.lawful.refusal(row, posts[row.digest], now_us)

    async def _drop_the_late(self, now_us: int) -> None:
        """Give up what has become too late or has expired, and hold what would be said in a mourning."""
        while await self.ledger.write(lambda c: turn.miss(c, at_us=now_us)):
            pass
        if any(stop.scope == mourning.HELD_FOR for stop in self._held):
            await self.ledger.write(lambda c: mourning.sweep(c, at_us=now_us))

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
        if self.queue.line_up(lane):
            self.wake.set()

    async def _turn(self, batch: Sequence[Armed]) -> None:
        finished, self._outcomes = self._outcomes, []
        outcomes = [outcome for _, outcome in finished]
        refused = self._refused(batch)
        rows = [armed.row for armed in batch if armed.row.id not in refused] if refused else [a.row for a in batch]

        wanting = [] if self.fast else demands(batch, self.accounts.entry, self.settings.zone, self.clock.now())
        tries = itertools.count()

        def work(connection: Any) -> tuple[set[int], int, int, int, waits.Look]:
            at_us = micros(self.clock.now())
            if self.lease is not None:
                self.lease.secure(connection)
            else:
                find_by_id(connection)
            again = next(tries) > 0  # the first commit may have succeeded without our hearing of it
            numbers: list[int] = []  # of the group of intents, when there is one
            with together(connection):
                turn.record(connection, turn.unrecorded(connection, outcomes) if again else outcomes, at_us=at_us)
                unheard = turn.take_back_unheard(connection, rows, at_us=at_us) if again else 0
                if wanting:
                    write_now(connection)  # what is waited for may be public just now
                waiting = waits.look(connection, wanting, at_us=at_us) if wanting else _NOTHING
                ready = [row for row in rows if row.id not in waiting.put_off] if waiting.put_off else rows
                ready = self.queue.within_shared_budgets(connection, ready, at_us) if self.lease is not None else ready
                claimed = turn.claim(connection, ready, at_us=at_us) if ready else set()
                if refused:
                    unlawful.hold_for_law(connection, list(refused.values()), at_us=at_us)
                if claimed:
                    witness.count_intents(connection, numbers.append)
            if not self.fast and at_us - self._beaten >= to_micros(BEAT_EVERY):
                self._beaten = at_us
                beat(connection, "work", at_us)
            return claimed, at_us, max(numbers, default=0), unheard, waiting

        try:
            claimed, at_us, number, unheard, waiting = await self.ledger.write(work)
        except LeaseLost:
            self._outcomes = finished + self._outcomes
            raise
        if number:
            self.witness.write(number)
        if unheard:
            self.come_back(at_us)
        for armed, outcome in finished:
            self.in_flight.pop(armed.row.id, None)
            if outcome.event in (Event.RETRY, Event.WAIT) and outcome.next_us is not None:
                self.come_back(outcome.next_us)
            self.told(armed.row, outcome)
        if any(outcome.hold_channel for outcome in outcomes):
            self._forget_channels({o.channel for o in outcomes if o.hold_channel})
        for armed in batch:
            self.queue.armed.discard(armed.row.id)
            if armed.row.id in claimed:
                tell(armed, waiting)
                self.in_flight[armed.row.id] = armed
                self.queue.lanes[armed.row.channel].started(at_us)
                self._hand_over(armed, at_us)
            else:
                if (breaker := self.queue.breaker(armed)) is not None:
                    breaker.probing = False
                if (bound := armed.row.not_before_us) is not None and at_us < bound:
                    self.come_back(bound)  # the clock was set back: it is still scheduled
                if (put_off := waiting.put_off.get(armed.row.id)) is not None:
                    log.info("%s: %s", armed.row.key, put_off[1])
                    self.come_back(put_off[0])
                elif self.lease is not None and (spent := self.queue.budgets_of(armed.row.channel)):
                    self.come_back(max(budget.opens_at(at_us) for budget in spent))
                self.queue.free(armed.row.channel)

    def _refused(self, batch: Sequence[Armed]) -> dict[int, tuple[Row[Any], str]]:
        """Return those of the deliveries, by id, whose post the register of laws refuses today, each with the reason."""
        now_us = micros(self.clock.now())
        refused: dict[int, tuple[Row[Any], str]] = {}
        for armed in batch:
            if armed.receipt is not None:
                continue  # it is public already, a restored ledger did not know: that is only recorded
            if why := self.lawful.refusal(armed.row, armed.outgoing.post, now_us):
                refused[armed.row.id] = armed.row, why
                log.warning(say("giữ lại %s: %s", "%s is held: %s"), armed.row.key, why)
        return refused

    async def _stop_channel(self, channel: str, error: Unauthorized) -> None:
        """Hold a channel before its time has come: a person has the longer to mend it."""
        at_us = micros(self.clock.now())
        log.error(say("kênh %s bị giữ: %s", "channel %s is held: %s"), channel, error)
        until = pauses_of(channel, error)

        def stop(connection: Any) -> None:
            turn.hold(connection, "channel", channel, at_us=at_us, by="", why=str(error))
            for name, until_us in until.items():
                turn.pause(connection, name, until_us)

        await self.ledger.write(stop)
        self.queue.rest_until(until)
        self._forget_channels({channel})

    def _forget_channels(self, channels: set[str]) -> None:
        for channel in channels:
            self.accounts.doubt(channel)
        self.queue.forget(channels)

    def _hand_over(self, armed: Armed, started_us: int) -> None:
        (self._urgent_senders if is_urgent(armed.row) else self._senders).give(armed, started_us)

    async def _send(self, armed: Armed, started_us: int) -> None:
        early = (armed.row.due_us - micros(self.clock.now())) / 1_000_000
        if early > 0 and not self.fast:
            await asyncio.sleep(min(early + TIMER_STEP, 2 * self.queue.early / 1_000_000))
        not_begun = self._must_not_begin(armed.row) or self._no_longer_lawful(armed)
        result = not_begun or await self._result(armed)
        outcome = self._outcome(armed, started_us, result)
        if (breaker := self.queue.breaker(armed)) is not None:
            refused = outcome.hold_channel or not_begun is not None
            breaker.ended(outcome.event, refused=refused, now_us=micros(self.clock.now()))
        self._outcomes.append((armed, outcome))
        self.queue.free(armed.row.channel)
        self.wake.set()

    def _outcome(self, armed: Armed, started_us: int, result: Receipt | Exception) -> Outcome:
        """Return what becomes of a delivery, and let rest what must."""
        now_us, first_look = micros(self.clock.now()), self.settings.first_look
        outcome = self._listen(armed, outcome_of(armed, started_us, result, now_us=now_us, first_look=first_look))
        self.queue.rest_until(outcome.pauses)
        return outcome

    def _listen(self, armed: Armed, outcome: Outcome) -> Outcome:
        """Rest where the network says that our allowance runs out; the ledger remembers it."""
        entry = self.accounts.entry(armed.row.channel)
        if armed.channel is None or (told := armed.channel.usage) is None or entry is None or self.fast:
            return outcome
        armed.channel.usage = None
        self.allowances.hear(entry, told, micros(self.clock.now()))
        found = rests(entry, told, micros(self.clock.now()))
        return replace(outcome, pauses={**found, **outcome.pauses}) if found else outcome

    def _must_not_begin(self, row: Row[Any]) -> Unavailable | None:
        """Look once more before the first byte: an intent may have waited for a sender while something changed."""
        if self.stopping:
            return Unavailable("not begun: the daemon was stopped")
        if self.lease is not None and not self.lease.holds:
            return Unavailable("not begun: the ledger did not answer for too long")
        now_us = micros(self.clock.now())
        if now_us + GRACE < row.due_us and not self.fast:
            return Unavailable("not begun: the clock was set back")
        if now_us > row.late_us:
            return Unavailable("not begun: it is too late")
        if row.not_before_us is not None and now_us < row.not_before_us:
            return Unavailable("not begun: its embargo has not ended")
        if row.not_after_us is not None and now_us >= row.not_after_us:
            return Unavailable("not begun: it has expired")
        if any(stop.stops(row, now_us) for stop in self._held):
            return Unavailable("not begun: a hold came between")
        return None

    def _no_longer_lawful(self, armed: Armed) -> Unavailable | None:
        """The day, or the register, may be another than at the claim; the next claim holds it."""
        if armed.receipt is not None:
            return None
        why = self.lawful.refusal(armed.row, armed.outgoing.post, micros(self.clock.now()))
        return Unavailable(f"not begun: {why}") if why else None

    async def _result(self, armed: Armed) -> Receipt | Exception:
        try:
            if armed.failure is not None:
                raise armed.failure
            if armed.receipt is not None:
                return armed.receipt
            assert armed.channel is not None
            return await armed.channel.publish(armed.outgoing, armed.request)
        except ChannelError as error:
            return error
        except Exception as error:  # a bug in a network's file: it may be public
            log.exception("%s: a fault of ours while publishing", armed.row.key)
            return error

    def come_back(self, at_us: int) -> None:
        """A row went back to `scheduled` behind the reading cursor: read from there again in time."""
        self._cursor = min(self._cursor, (at_us - 1, 0))
        self._read_at = min(self._read_at, at_us - to_micros(ARM_LEAD))
        self._stale += 1
