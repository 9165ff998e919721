"""What takes minutes is done minutes before: a film on its way up, and what becomes of it when something changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.contract import MP4, Account, Channel, Limits, Outgoing, Post, Save, Video, VideoLimits
from scheduler.channels.registry import NETWORKS
from scheduler.clock import FastClock, moment
from scheduler.errors import Rejected, Unauthorized, Unavailable, Unnamed
from scheduler.ledger import plans, turn
from scheduler.ledger.delivery import Event, State
from scheduler.posting import beforehand
from scheduler.posting.beforehand import Beforehand, Stage
from scheduler.posting.threads import LedgerThreads
from scheduler.posting.uploads import Uploads
from scheduler.reporting.status import status
from scheduler.settings import Settings
from tests.ledger.keeper import HOUR, KEY, MINUTE, NOON, Keeper

FILM = Post("Xin chào", video=Video("/a.mp4", "ab", MP4, 1000, 4, 640, 360, "x"))


class Slow(Channel):
    """A network whose preparing does what a test wants."""

    network = "slow"
    limits = Limits(text=100, video=VideoLimits(10**9))
    act: Callable[[Outgoing, Save], Awaitable[Mapping[str, Any]]]
    begun: list[str] = []
    ended: list[str] = []

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        self.begun.append(outgoing.key)
        try:
            return await type(self).act(outgoing, save)
        finally:
            self.ended.append(outgoing.key)


class Scene:
    """A ledger, a clock, and what the dispatcher hears."""

    def __init__(self, ledger: Keeper, folder: Path) -> None:
        self.ledger, self.clock = ledger, FastClock(moment(NOON))
        threads = self.threads = LedgerThreads(ledger.database)
        made: dict[str, Channel] = {}
        book = SimpleNamespace(
            channels={id: ChannelEntry(id=id, network="slow", account=id, unit="u") for id in ("a", "b")}
        )

        def get(id: str) -> Channel:
            if id not in made:
                made[id] = Slow(id=id, account=id, base_url=None, secrets={}, wire=cast(Any, None), folder=folder)
            return made[id]

        async def prove(channel: Channel, learn: Any) -> None:
            learn(channel.id, Account(channel.id))

        async def stop_channel(channel: str, error: Unauthorized) -> None:
            self.stopped.append(channel)

        accounts: Any = SimpleNamespace(book=book, get=get, prove=prove, settings=Settings(folder, {}))
        self.ready: list[str] = []
        self.stopped: list[str] = []
        self.uploads = Uploads(threads, self.clock)
        self.ahead = Beforehand(
            threads, accounts, self.clock, self.uploads,
            ready=lambda row: self.ready.append(row.key), learn=lambda *_: None, stop_channel=stop_channel,
        )  # fmt: skip
        with ledger.database.writing() as connection:
            plans.keep_bodies(connection, {FILM.digest: FILM.to_json()})

    def film(self, key: str = KEY, due_us: int = NOON + 20 * MINUTE, **other: Any) -> None:
        self.ledger.write(key, digest=FILM.digest, due_us=due_us, late_us=due_us + HOUR, **other)

    def at(self, us: int) -> None:
        self.clock = self.ahead.clock = self.uploads.clock = FastClock(moment(us))

    def stage(self, key: str = KEY) -> Stage:
        return self.ahead.stage(self.ledger.row(key), FILM)[0]

    async def looked(self) -> None:
        """Look, and let everything run that can."""
        self.ahead.read_again()
        await self.ahead.look()
        await self.settled()

    async def settled(self) -> None:
        for _ in range(8):  # what was to be written is written before what we ask for now
            await self.threads.write(lambda c: None)
            await asyncio.sleep(0)

    def run(self, play: Callable[[], Awaitable[None]]) -> None:
        async def all_of_it() -> None:
            await play()
            self.ahead.close()
            await asyncio.sleep(0)

        asyncio.run(all_of_it())
        self.threads.close()


@pytest.fixture
def scene(ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setitem(NETWORKS, "slow", Slow)
    monkeypatch.setattr(Slow, "begun", [])
    monkeypatch.setattr(Slow, "ended", [])
    return Scene(ledger, tmp_path)


async def at_once(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
    await save({"up": 1})
    return {"up": 2}


async def for_ever(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
    await save({"sent": 500})
    outgoing.told(500, 1000)
    await asyncio.Event().wait()
    raise AssertionError


def acts(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    monkeypatch.setattr(Slow, "act", staticmethod(act), raising=False)


def test_a_film_is_ready_long_before_its_time_and_its_checkpoint_is_kept(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts(monkeypatch, at_once)
    scene.film()

    async def play() -> None:
        await scene.looked()
        assert scene.stage() is Stage.READY

    scene.run(play)
    assert json.loads(scene.ledger.row().checkpoint) == {"up": 2}
    assert scene.ready == [KEY] and Slow.begun == [KEY]
    assert scene.ledger.state() is State.SCHEDULED


def test_nothing_begins_before_its_lead(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    acts(monkeypatch, at_once)
    scene.film(due_us=NOON + 31 * MINUTE)

    async def play() -> None:
        await scene.looked()
        assert Slow.begun == []
        scene.at(NOON + 2 * MINUTE)
        await scene.looked()

    scene.run(play)
    assert Slow.begun == [KEY]


def test_a_post_without_a_film_is_left_to_its_lane(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    acts(monkeypatch, at_once)
    plain = Post('Chuỗi "video":{ trong lời')
    with scene.ledger.database.writing() as connection:
        plans.keep_bodies(connection, {plain.digest: plain.to_json()})
    scene.ledger.write(digest=plain.digest)
    scene.run(scene.looked)
    assert Slow.begun == []


def test_a_network_may_ask_for_time_for_every_post(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    acts(monkeypatch, at_once)
    monkeypatch.setattr(Slow, "early", timedelta(minutes=2))
    plain = Post("Xin chào")
    with scene.ledger.database.writing() as connection:
        plans.keep_bodies(connection, {plain.digest: plain.to_json()})
    scene.ledger.write(due_us=NOON + MINUTE)
    scene.ledger.write("thu/sau@once/b", due_us=NOON + 3 * MINUTE)
    scene.run(scene.looked)
    assert Slow.begun == [KEY]


def test_one_upload_at_a_time_on_a_channel_the_earliest_first(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    acts(monkeypatch, for_ever)
    scene.film("thu/sau@once/a", NOON + 20 * MINUTE)
    scene.film(KEY, NOON + 10 * MINUTE)
    scene.film("thu/tin@once/b", NOON + 25 * MINUTE)

    async def play() -> None:
        await scene.looked()
        assert Slow.begun == [KEY, "thu/tin@once/b"]

    scene.run(play)


@pytest.mark.parametrize("how", ["hold", "cancel", "change"])
def test_an_order_in_the_middle_of_an_upload_ends_it(scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    acts(monkeypatch, for_ever)
    scene.film()

    async def play() -> None:
        await scene.looked()
        assert Slow.begun == [KEY] and Slow.ended == []
        with scene.ledger.database.writing() as connection:
            row = scene.ledger.row()
            match how:
                case "hold":
                    turn.hold(connection, "channel", "a", at_us=NOON, by="Lan", why="nhầm")
                case "cancel":
                    plans.cancel(connection, [row.id], at_us=NOON, by="Lan", why="thôi")
                case "change":
                    connection.execute(
                        turn.DELIVERY.update().where(turn.DELIVERY.c.id == row.id).values(rev=row.rev + 1)
                    )
        acts(monkeypatch, at_once)
        await scene.looked()
        assert Slow.ended[0] == KEY
        assert scene.uploads.under_way == {}

    scene.run(play)
    assert len(Slow.begun) == (2 if how == "change" else 1)


def test_after_a_cut_it_goes_on_from_its_checkpoint(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Mapping[str, Any]] = []

    async def cut(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        seen.append(dict(outgoing.checkpoint))
        if len(seen) < 3:
            await save({"sent": 100 * len(seen)})
            raise Unavailable("cut")
        return {"done": 1}

    acts(monkeypatch, cut)
    monkeypatch.setattr(beforehand, "backoff", lambda tries: timedelta(seconds=1))
    scene.film()

    async def play() -> None:
        for second in range(4):
            scene.at(NOON + second * 2_000_000)
            await scene.looked()
        assert scene.stage() is Stage.READY

    scene.run(play)
    assert seen == [{}, {"sent": 100}, {"sent": 200}]


def test_what_is_not_ready_in_time_is_under_way_and_heard_of_when_it_is(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts(monkeypatch, at_once)
    scene.film(due_us=NOON)

    async def play() -> None:
        assert scene.stage() is Stage.UNDER_WAY  # nobody had looked before: `on: now`
        await scene.settled()
        assert scene.ready == [KEY]
        assert scene.stage() is Stage.READY

    scene.run(play)


def test_a_refusal_for_good_is_the_outcome_and_not_tried_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        raise Rejected("the film cannot be converted")

    acts(monkeypatch, refused)
    scene.film()

    async def play() -> None:
        for minute in range(3):
            scene.at(NOON + minute * MINUTE)
            await scene.looked()
        stage, failure = scene.ahead.stage(scene.ledger.row(), FILM)
        assert stage is Stage.FAILED and isinstance(failure, Rejected)

    scene.run(play)
    assert Slow.begun == [KEY]


def test_what_turns_out_to_be_public_already_is_never_made_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def public(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        raise Unnamed("published, without an id yet")

    acts(monkeypatch, public)
    scene.film()

    async def play() -> None:
        await scene.looked()
        for minutes in (1, 20, 21):
            scene.at(NOON + minutes * MINUTE)
            await scene.looked()
        stage, failure = scene.ahead.stage(scene.ledger.row(KEY), FILM)
        assert (stage, type(failure)) == (Stage.FAILED, Unnamed)

    scene.run(play)
    assert Slow.begun == [KEY]


def test_a_failure_that_was_counted_is_tried_anew_as_another_attempt(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        raise Unavailable("cut")

    acts(monkeypatch, cut)
    scene.film(due_us=NOON)

    async def play() -> None:
        await scene.looked()
        assert scene.stage() is Stage.FAILED
        scene.at(NOON + MINUTE)
        await scene.looked()
        assert Slow.begun == [KEY]
        scene.ledger.claim(KEY)
        scene.ledger.record(scene.ledger.row(), Event.RETRY, next_us=NOON + MINUTE)
        acts(monkeypatch, at_once)
        assert scene.stage() is Stage.UNDER_WAY
        await scene.looked()
        assert scene.stage() is Stage.READY

    scene.run(play)
    assert Slow.begun == [KEY, KEY]


def test_a_dead_token_holds_the_channel_before_its_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        raise Unauthorized("who are you")

    acts(monkeypatch, unknown)
    scene.film()
    scene.run(scene.looked)
    assert scene.stopped == ["a"]


def test_after_a_restored_ledger_it_is_looked_for_first(scene: Scene) -> None:
    scene.film()
    row: Any = SimpleNamespace(**{**scene.ledger.row()._asdict(), "look_first": NOON})
    channel = scene.ahead.accounts.get("a")
    assert not scene.ahead.concerns(channel, row, FILM)
    assert scene.ahead.concerns(channel, scene.ledger.row(), FILM)
    assert not scene.ahead.concerns(channel, scene.ledger.row(), replace(FILM, video=None))
    scene.threads.close()


def test_what_is_under_way_is_told_in_the_log_and_to_who_asks_for_the_status(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "loa")
    acts(monkeypatch, for_ever)
    scene.film()

    async def play() -> None:
        await scene.looked()
        await scene.uploads.keep()
        with scene.ledger.database.reading() as connection:
            now, zone = moment(NOON + 1_000_000), scene.ahead.accounts.settings.zone
            assert status(connection, now=now, zone=zone, holder="x").uploads == [
                {"key": KEY, "sent": 500, "size": 1000}
            ]
            assert status(connection, now=now, zone=zone, holder=None).uploads == []  # nobody runs
        tell = scene.uploads.teller("thu/khac")
        for second in range(20):
            scene.at(NOON + second * 1_000_000)
            tell(second * 50_000_000, 10**9)

    scene.run(play)
    told = [record.getMessage() for record in caplog.records if "thu/khac" in record.getMessage()]
    assert told == [
        "thu/khac: đang tải lên 1000.0 MB, 25%", "thu/khac: đang tải lên 1000.0 MB, 50%",
        "thu/khac: đang tải lên 1000.0 MB, 75%",
    ]  # fmt: skip
