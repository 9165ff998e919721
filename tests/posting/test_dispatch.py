"""Dispatch: the last look before the first byte leaves, and the room that emergencies find."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.authoring.channels_file import PaceEntry
from scheduler.channels.contract import Channel, Outgoing, Post, Receipt
from scheduler.clock import FastClock, micros, moment
from scheduler.errors import Blocked, RateLimited, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger import declaration, orders, plans, turn
from scheduler.ledger.declaration import Declared
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.turn import Stop
from scheduler.ledger.witness import Witness, distrust
from scheduler.posting.accounts import Accounts
from scheduler.posting.arm import SLACK, Armed
from scheduler.posting.breaker import FAILURES, FIRST_REST
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.pace import Lane, to_micros
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import HOUR, NOON, Keeper

PLAIN: dict[str, Any] = {
    "due_us": NOON, "late_us": NOON + 2 * HOUR, "channel": "a", "unit": "u", "campaign": "thu", "kind": "ordinary",
    "tags": "", "not_before_us": None, "not_after_us": None,
}  # fmt: skip


def row(**other: Any) -> Any:
    return SimpleNamespace(**{**PLAIN, **other})


ROW = row()


@pytest.fixture
def dispatcher(tmp_path: Path) -> Dispatcher:
    nobody: Any = SimpleNamespace(entry=lambda channel: None, doubt=lambda channel: None)
    settings = Settings(workspace=tmp_path, environment={})
    clock = FastClock(moment(NOON))
    return Dispatcher(cast(LedgerThreads, nobody), cast(Accounts, nobody), Witness(tmp_path), settings, clock)


def test_what_nothing_has_changed_for_begins(dispatcher: Dispatcher) -> None:
    assert dispatcher._must_not_begin(ROW) is None


def test_a_hold_that_came_between_stops_it(dispatcher: Dispatcher) -> None:
    dispatcher._held = [Stop("unit", "u", "Lan", "quốc tang", NOON)]
    assert "hold" in str(dispatcher._must_not_begin(ROW))


MOURNING = Stop("mourning", "Công điện", "Lan", "", NOON - HOUR, NOON - HOUR, NOON + HOUR)


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"tags": "festive"}, False),
        ({"tags": "city contest"}, False),
        ({"tags": "festival"}, True),
        ({"tags": "festive", "kind": "priority"}, True),
        ({"tags": "festive", "kind": "emergency"}, True),
        ({"tags": "festive", "due_us": NOON - 2 * HOUR}, False),  # late, it would be said inside the period
        ({}, True),
    ],
)
def test_a_mourning_stops_what_is_festive_and_no_warning(
    dispatcher: Dispatcher, given: dict[str, Any], begins: bool
) -> None:
    dispatcher._held = [MOURNING]
    assert (dispatcher._must_not_begin(row(**given)) is None) is begins


@pytest.mark.parametrize(("alone", "paused_until"), [(False, NOON + HOUR), (True, 0)])
def test_a_wait_of_one_post_alone_pauses_no_other(dispatcher: Dispatcher, alone: bool, paused_until: int) -> None:
    lane = dispatcher.queue.lanes["a"] = Lane("a", PaceEntry())
    later = RateLimited("uploads are spent", moment(NOON + HOUR), alone=alone)
    armed = cast(Armed, SimpleNamespace(row=row(id=1, message="m", attempts=0), channel=None))
    outcome = dispatcher._outcome(armed, NOON, later)
    assert (outcome.next_us, lane.paused_until) == (NOON + HOUR, paused_until)
    assert bool(outcome.pauses) is not alone


def test_after_a_mourning_a_person_may_let_it_go(dispatcher: Dispatcher) -> None:
    dispatcher._held = [MOURNING]
    dispatcher.clock = FastClock(moment(NOON + HOUR))
    assert dispatcher._must_not_begin(row(tags="festive")) is None


def test_an_emergency_is_stopped_by_a_persons_hold(dispatcher: Dispatcher) -> None:
    dispatcher._held = [Stop("class", "emergency", "Lan", "nhầm", NOON)]
    assert "hold" in str(dispatcher._must_not_begin(row(kind="emergency")))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"not_before_us": NOON + 1}, "embargo"),
        ({"not_before_us": NOON}, None),
        ({"not_after_us": NOON + 1}, None),
        ({"not_after_us": NOON}, "expired"),
    ],
)
def test_hard_bounds_are_looked_at_before_the_first_byte(
    dispatcher: Dispatcher, given: dict[str, Any], why: str | None
) -> None:
    refused = dispatcher._must_not_begin(row(**given))
    assert (refused is None) if why is None else why in str(refused)


def test_a_stop_of_the_daemon_stops_it(dispatcher: Dispatcher) -> None:
    dispatcher.stopping = True
    assert "stopped" in str(dispatcher._must_not_begin(ROW))


def test_what_has_become_too_late_stays_unsaid(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) + timedelta(hours=3))
    assert "late" in str(dispatcher._must_not_begin(ROW))


def test_a_clock_set_back_lets_nothing_out_before_its_time(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) - timedelta(minutes=5))
    assert "clock" in str(dispatcher._must_not_begin(ROW))


def test_a_timer_that_wakes_a_millisecond_early_does_not_cost_two_seconds(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) - timedelta(milliseconds=1))
    assert dispatcher._must_not_begin(ROW) is None


# --- emergencies -------------------------------------------------------------------------------------------------


class Findable(Channel):
    """A channel whose network can tell what is public."""

    network = "findable"

    async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
        return None


def waits(dispatcher: Dispatcher, channel: str, id: int, kind: str = "ordinary", *, ready: bool = True) -> Armed:
    """Let an armed delivery wait on its lane, with a server of its own."""
    lane = dispatcher.queue.lanes.setdefault(channel, Lane(channel, PaceEntry()))
    spoken: Any = Findable(
        id=channel, account="x", base_url=f"https://{channel}", secrets={}, wire=cast(Any, None), folder=Path()
    )
    waiting = row(id=id, key=f"{channel}/{id}", message="tin", attempts=0, channel=channel, kind=kind, next_us=NOON)
    armed = Armed(waiting, cast(Outgoing, None), spoken, ready=ready)
    lane.push(armed)
    dispatcher._line_up(lane)
    return armed


def picked(dispatcher: Dispatcher) -> list[int]:
    batch = dispatcher.queue.pick()
    dispatcher.in_flight |= {armed.row.id: armed for armed in batch}
    return [armed.row.id for armed in batch]


@pytest.fixture
def full(dispatcher: Dispatcher) -> Dispatcher:
    """A dispatcher that has claimed all it may."""
    for n in range(dispatcher.queue.most):
        waits(dispatcher, f"k{n}", n)
    assert len(picked_until_full(dispatcher)) == dispatcher.queue.most
    return dispatcher


def picked_until_full(dispatcher: Dispatcher) -> list[int]:
    return [id for batch in iter(partial(picked, dispatcher), []) for id in batch]


def test_after_a_rest_the_first_wait_for_no_long_list(dispatcher: Dispatcher) -> None:
    for n in range(dispatcher.queue.most):
        waits(dispatcher, f"k{n}", n)
    senders = dispatcher.settings.sender_count
    sizes = [len(batch) for batch in iter(partial(picked, dispatcher), [])]
    assert sizes == [2 * senders, dispatcher.queue.most - 2 * senders]


def test_what_nobody_can_look_for_is_claimed_only_when_it_can_start_at_once(dispatcher: Dispatcher) -> None:
    for n in range(dispatcher.settings.sender_count):
        waits(dispatcher, f"k{n}", n)
    assert len(picked(dispatcher)) == dispatcher.settings.sender_count
    silent = waits(dispatcher, "x", 1_000)
    silent.channel = cast(Any, SimpleNamespace(can=lambda *_: False, chosen={}, network="silent", base_url="https://x"))
    waits(dispatcher, "y", 1_001)
    assert picked(dispatcher) == [1_001]
    dispatcher.in_flight.pop(0)
    dispatcher.in_flight.pop(1_001)
    cast(FastClock, dispatcher.clock)._now += timedelta(seconds=1)
    assert picked(dispatcher) == [1_000]


def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(dispatcher: Dispatcher) -> None:
    breaker = dispatcher.queue.breaker(waits(dispatcher, "a", 1))
    assert breaker is not None
    for _ in range(FAILURES):
        breaker.ended(Event.RETRY, refused=False, now_us=NOON)
    waits(dispatcher, "b", 2)
    assert picked(dispatcher) == [2]
    cast(FastClock, dispatcher.clock)._now += timedelta(microseconds=FIRST_REST)
    assert picked(dispatcher) == [1]


def test_a_lane_that_is_lined_up_often_stands_in_line_once(dispatcher: Dispatcher) -> None:
    for n in range(5):
        waits(dispatcher, "a", n)
    assert dispatcher.queue.ready.pop(NOON) is dispatcher.queue.lanes["a"]
    assert dispatcher.queue.ready.first_at() is None


def test_a_lane_that_may_go_sooner_than_was_thought_does(dispatcher: Dispatcher) -> None:
    waits(dispatcher, "a", 1)
    lane = dispatcher.queue.ready.pop(NOON)
    assert lane is not None
    dispatcher.queue.ready.put(lane, NOON + 10)
    dispatcher.queue.ready.put(lane, NOON)
    assert dispatcher.queue.ready.pop(NOON) is lane
    assert dispatcher.queue.ready.pop(NOON + 20) is None


def test_when_there_is_no_room_an_emergency_finds_some(full: Dispatcher) -> None:
    waits(full, "x", 10_000)
    assert picked(full) == []
    waits(full, "y", 10_001, "emergency")
    assert picked(full) == [10_001]
    assert picked(full) == []


def test_emergencies_have_a_room_that_ends_too(full: Dispatcher) -> None:
    for n in range(full.queue.most + 5):
        waits(full, f"e{n}", 20_000 + n, "emergency")
    assert len(picked_until_full(full)) == full.queue.most
    assert picked(full) == []


def test_on_its_channel_an_emergency_goes_before_what_waited_longer(dispatcher: Dispatcher) -> None:
    for n in range(50):
        waits(dispatcher, "a", n)
    waits(dispatcher, "a", 99, "emergency")
    assert picked(dispatcher) == [99]
    dispatcher.queue.free("a")
    assert picked(dispatcher) == [0]


def test_nothing_goes_before_an_emergency_that_is_being_made_ready(dispatcher: Dispatcher) -> None:
    waits(dispatcher, "a", 1)
    urgent = waits(dispatcher, "a", 2, "emergency", ready=False)
    assert picked(dispatcher) == []
    urgent.ready = True
    dispatcher._line_up(dispatcher.queue.lanes["a"])
    assert picked(dispatcher) == [2]


def test_an_emergency_waits_for_no_sender_that_others_hold(dispatcher: Dispatcher) -> None:
    async def run() -> bool:
        dispatcher._senders.working = dispatcher.settings.sender_count
        urgent = waits(dispatcher, "a", 1, "emergency")
        urgent.failure = Unavailable("nobody is asked in this test")
        urgent.outgoing = Outgoing(urgent.row.key, moment(NOON), Post("Sơ tán ngay."))
        waits(dispatcher, "b", 2).outgoing = urgent.outgoing
        for armed in (dispatcher.queue.lanes["b"].take(NOON), urgent):
            dispatcher._hand_over(armed, NOON)
        await asyncio.wait(dispatcher._tasks, timeout=5)
        return [armed.row.id for armed, _ in dispatcher._outcomes] == [1]

    assert asyncio.run(run())


# --- on a ledger -------------------------------------------------------------------------------------------------


def test_before_every_reading_what_would_be_late_into_a_mourning_is_held(
    dispatcher: Dispatcher, ledger: Keeper
) -> None:
    ledger.write(tags="festive", due_us=NOON - HOUR - 1)
    with ledger.database.writing() as connection:
        period = Declared(NOON - HOUR, NOON + HOUR, "Công điện")
        declaration.declare(connection, period, at_us=NOON - 2 * HOUR, by="Lan")
    dispatcher.ledger = LedgerThreads(ledger.database)

    async def run() -> None:
        await dispatcher.changed()
        await dispatcher._drop_the_late(NOON)

    asyncio.run(run())
    dispatcher.ledger.close()
    assert (ledger.state(), ledger.row().held_for) == (State.HELD, "mourning")


@pytest.mark.parametrize("happens", ["come_back", "read_again"])
def test_what_becomes_due_while_the_ledger_is_read_is_read_too(
    dispatcher: Dispatcher, ledger: Keeper, happens: str
) -> None:
    """A look has just found nothing and put a delivery back, or somebody else has written, during a slow reading."""
    spoken = Post("Xin chào")
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {spoken.digest: spoken.to_json()})
    ledgers = LedgerThreads(ledger.database)
    read, reads = ledgers.read, 0

    async def slowly(work: Any) -> Any:
        nonlocal reads
        reads += 1
        found = await read(work)
        if reads == 1:
            ledger.write(digest=spoken.digest)
            dispatcher.come_back(NOON) if happens == "come_back" else dispatcher.read_again()
        return found

    ledgers.read = slowly  # type: ignore[method-assign]
    dispatcher.ledger = ledgers

    async def run() -> list[int]:
        await dispatcher._arm()
        await dispatcher._arm()
        return [row.id for row in seen]

    seen: list[Any] = []
    dispatcher._armourer.arm = lambda row, *rest: seen.append(row)  # type: ignore[method-assign,assignment,func-returns-value]
    assert len(asyncio.run(run())) == 1
    ledgers.close()


@pytest.mark.parametrize(("at_once_us", "since_us"), [(HOUR, NOON - 9 * HOUR), (None, NOON)])
def test_a_now_of_after_a_restore_is_looked_for_in_all_that_the_ledger_has_forgotten(
    dispatcher: Dispatcher, ledger: Keeper, at_once_us: int | None, since_us: int
) -> None:
    """Its own time says nothing of when it was said before."""
    with ledger.database.writing() as connection:
        distrust(connection, 9, at_us=NOON - HOUR)
    asked: list[int] = []

    class Asked(Findable):
        async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
            asked.append(micros(since))
            return None

    spoken: Any = Asked(id="a", account="x", base_url=None, secrets={}, wire=cast(Any, None), folder=Path())
    given = row(id=1, key="a/1", kind="emergency", look_first=NOON - 9 * HOUR, at_once_us=at_once_us)
    armed = Armed(given, cast(Outgoing, None), spoken)
    dispatcher._armourer.ledger = LedgerThreads(ledger.database)
    asyncio.run(dispatcher._armourer._look_first(armed, spoken))
    dispatcher._armourer.ledger.close()
    assert asked == [since_us - to_micros(SLACK)]


def test_what_no_look_can_tell_after_a_restore_is_left_to_a_person(dispatcher: Dispatcher, ledger: Keeper) -> None:
    ledger.write()
    with ledger.database.writing() as connection:
        distrust(connection, 9, at_us=NOON - HOUR)

    class Puzzled(Findable):
        async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
            raise Unconfirmed("nobody knows where to look")

    spoken: Any = Puzzled(id="a", account="x", base_url=None, secrets={}, wire=cast(Any, None), folder=Path())
    held = ledger.row()
    given = row(id=held.id, key=held.key, look_first=NOON - 9 * HOUR, at_once_us=None)
    armed = Armed(given, cast(Outgoing, None), spoken)
    dispatcher._armourer.ledger = LedgerThreads(ledger.database)
    assert not asyncio.run(dispatcher._armourer._look_first(armed, spoken))
    dispatcher._armourer.ledger.close()
    assert (ledger.state(), ledger.row().held_for) == (State.HELD, "restore")


# --- shut out ----------------------------------------------------------------------------------------------------

DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("error", "rests_until"), [(Blocked("368", moment(NOON + DAY)), NOON + DAY), (Unauthorized("190"), 0)]
)
def test_a_channel_that_is_shut_out_rests_although_a_person_releases_it(
    dispatcher: Dispatcher, ledger: Keeper, error: Unauthorized, rests_until: int
) -> None:
    dispatcher.ledger = LedgerThreads(ledger.database)
    lane = dispatcher.queue.lanes["a"] = Lane("a", PaceEntry())
    asyncio.run(dispatcher._stop_channel("a", error))
    with ledger.database.writing() as connection:
        assert orders.release(connection, "channel", ["a"], at_us=NOON, by="Lan", why="đã xem") == 1

    waits(dispatcher, "a", 1)
    dispatcher.ledger.close()
    assert lane.paused_until == rests_until
    assert picked(dispatcher) == ([] if rests_until else [1])
    with ledger.database.reading() as connection:
        assert turn.pauses(connection, NOON).get("a", 0) == rests_until


def test_a_channel_that_is_shut_out_while_it_speaks_rests_too(dispatcher: Dispatcher) -> None:
    armed = waits(dispatcher, "a", 1)
    armed.row.attempts = 0
    outcome = dispatcher._outcome(armed, NOON, Blocked("368", moment(NOON + DAY)))
    assert (outcome.hold_channel, outcome.pauses) == (True, {"a": NOON + DAY})
    assert dispatcher.queue.lanes["a"].paused_until == NOON + DAY
