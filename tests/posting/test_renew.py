"""Renewing: a pair that is good for one renewal only, through crashes, lost answers, rivals and a person's consent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from scheduler.channels.contract import Account, Channel, Renewed
from scheduler.channels.http import Answer, Wire
from scheduler.clock import micros, moment
from scheduler.errors import ChannelError, Expired, Rejected, SettingsError, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger import vault
from scheduler.ledger.database import Database
from scheduler.ledger.seal import Pair, Seal, new_key
from scheduler.ledger.vault import Kept
from scheduler.posting import renew
from scheduler.posting.renew import AGAIN, MARGIN, Renewer
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import NOON

KEY = new_key()
START = moment(NOON)
LIFE = timedelta(hours=25)
HALF_A_DAY = timedelta(hours=12)
LEASE = timedelta(seconds=91)


@dataclass
class Network:
    """Takes one refresh token, once; the newest access token is the only one that speaks."""

    refresh: str = "r0"
    access: str = ""
    renewals: int = 0
    fails: list[Exception | None] = field(default_factory=list)  # what the next answers are instead
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event | None = None  # answers wait for it

    async def renew(self, refresh: str, now: datetime) -> Renewed:
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        error = self.fails.pop(0) if self.fails else None
        if isinstance(error, Unavailable | Rejected):
            raise error
        if refresh != self.refresh:
            raise Unauthorized("-14014 Invalid refresh token.")
        self.renewals += 1
        self.refresh, self.access = f"r{self.renewals}", f"a{self.renewals}"
        if error is not None:
            raise error
        return Renewed({"access_token": self.access, "refresh_token": self.refresh}, now + LIFE)


class Renewing(Channel):
    """A channel of that network."""

    network = "renewing"
    kept = ("access_token", "refresh_token")
    renew_every = HALF_A_DAY
    rotates = True
    there: Network
    at: Clock

    async def renew(self) -> Renewed:
        return await self.there.renew(self.secrets["refresh_token"], self.at.now())

    def headers(self) -> dict[str, str]:
        return {"access_token": self.secrets.get("access_token", "")}

    def refusal(self, answer: Answer) -> ChannelError | None:
        return Expired("-216") if answer.object.get("error") == -216 else None

    async def check_account(self) -> Account:
        return Account(str((await self.learn(dict, "GET", "/oa"))["name"]))


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        raise AssertionError


class Office:
    """One ledger with its renewer, a channel, and the network it speaks to."""

    def __init__(self, database: Database, folder: Path, runner: asyncio.Runner, **given: str) -> None:
        self.database, self.folder, self._runner = database, folder, runner
        self.network, self.clock = Network(), Clock()
        self.threads: list[LedgerThreads] = []
        self.renewer = self.another_process(**{"vault_key": KEY, **given})
        self.channel = self.open()

    def another_process(self, **given: str) -> Renewer:
        self.threads.append(LedgerThreads(self.database))
        settings = Settings(workspace=self.folder, environment={}, **{"vault_key": KEY, **given})
        return Renewer(self.threads[-1], settings, self.clock)

    def open(self, renewer: Renewer | None = None, first: str = "r0", id: str = "zalo") -> Renewing:
        """Return the channel as a process makes it."""
        secrets = {"refresh_token": first} if first else {}
        wire = Wire(transport=httpx.MockTransport(self.answer))
        channel = Renewing(id=id, account="x", base_url="https://x", secrets=secrets, wire=wire, folder=self.folder)
        channel.there, channel.at = self.network, self.clock
        channel.revive = lambda: (renewer or self.renewer).revive(channel)
        return channel

    def answer(self, request: httpx.Request) -> httpx.Response:
        known = self.network.access and request.headers["access_token"] == self.network.access
        return httpx.Response(200, json={"name": "OA"} if known else {"error": -216})

    def run(self, what: Any) -> Any:
        return self._runner.run(what)

    def supply(self, channel: Channel | None = None) -> None:
        self.run(self.renewer.supply(channel or self.channel))

    def look(self) -> None:
        self.run(self.renewer.look([self.channel]))

    def row(self) -> Any:
        with self.database.reading() as connection:
            return vault.token(connection, "zalo")

    def stored(self) -> dict[str, str]:
        return dict(Seal(KEY).open("zalo", self.row().sealed).secrets)

    def consent(self, refresh: str = "neu") -> None:
        """A person agrees: the network gives a pair that the vault is told of."""
        self.network.refresh, self.network.access = refresh, "a-neu"
        sealed = Seal(KEY).close("zalo", Pair({"access_token": "a-neu", "refresh_token": refresh}))
        at_us = micros(self.clock.now())
        with self.database.writing() as connection:
            kept = Kept(sealed, at_us + micros(datetime(1970, 1, 2, tzinfo=moment(0).tzinfo)))
            vault.consent(connection, "zalo", kept, by="Lan", at_us=at_us)


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(renew, "PAUSE", 0.01)
    with asyncio.Runner() as runner:
        office = Office(database, tmp_path, runner)
        yield office
        for threads in office.threads:
            threads.close()


NEW = {"access_token": "a1", "refresh_token": "r1"}


def test_the_first_pair_is_made_of_what_the_environment_has(office: Office) -> None:
    office.supply()

    assert (office.channel.secrets, office.channel.expires) == (NEW, moment(NOON) + LIFE)
    assert office.stored() == NEW
    assert (office.row().started_us, office.row().renewed_us) == (None, NOON)


def test_what_is_live_is_not_renewed_again(office: Office) -> None:
    for _ in range(3):
        office.supply()
    office.supply(office.open(first="r0"))  # as after a restart: .env still holds what is long spent

    assert office.network.renewals == 1


def test_what_runs_out_is_renewed_before_it_is_used(office: Office) -> None:
    office.supply()
    office.clock.at += LIFE - MARGIN
    office.supply()
    assert office.network.renewals == 1

    office.clock.at += timedelta(seconds=1)
    office.supply()

    assert (office.network.renewals, office.channel.secrets["access_token"]) == (2, "a2")


def test_nothing_speaks_by_a_pair_that_is_not_on_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> bool:
        raise OSError("no space left")

    monkeypatch.setattr(vault, "finish", full)
    with pytest.raises(OSError, match="no space"):
        office.supply()

    assert office.channel.secrets.get("access_token") is None


def test_that_a_renewal_begins_is_on_disk_before_the_network_is_asked(office: Office) -> None:
    async def crash() -> None:
        office.network.gate = asyncio.Event()
        task = asyncio.ensure_future(office.renewer.supply(office.channel))
        await office.network.begun.wait()
        task.cancel()

    office.run(crash())

    assert office.row().started_us == NOON


def test_the_timetable_renews_twice_a_day_whether_anything_is_posted_or_not(office: Office) -> None:
    for _ in range(48):
        office.look()
        office.clock.at += timedelta(hours=1)

    assert office.network.renewals == 4


def test_two_processes_that_renew_at_once_renew_once(office: Office) -> None:
    other = office.another_process()
    channel = office.open(other)

    async def both() -> None:
        await asyncio.gather(office.renewer.supply(office.channel), other.supply(channel))

    office.run(both())

    assert office.network.renewals == 1
    assert office.channel.secrets == channel.secrets == NEW


def test_many_that_ask_at_once_are_served_by_one_renewal(office: Office) -> None:
    async def many() -> None:
        await asyncio.gather(*(office.renewer.supply(office.channel) for _ in range(5)), office.renewer.look([]))

    office.run(many())

    assert office.network.renewals == 1


def test_who_gives_up_waiting_does_not_lose_the_answer(office: Office) -> None:
    async def give_up() -> None:
        office.network.gate = asyncio.Event()
        task = asyncio.ensure_future(office.renewer.supply(office.channel))
        await office.network.begun.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        office.network.gate.set()
        await office.renewer.close()

    office.run(give_up())

    assert office.stored() == NEW


# --- answers that were lost -------------------------------------------------------------------------------------------


def test_a_lost_answer_is_said_and_the_old_pair_is_tried_when_the_lease_is_over(office: Office) -> None:
    office.network.fails = [Unconfirmed("no answer after sending")]
    with pytest.raises(Unavailable, match="loa login zalo"):
        office.supply()
    assert "no answer after sending" in office.row().trouble
    office.look()
    assert (office.network.renewals, office.row().lost) == (1, 0)  # it was renewed there, and we were not told

    office.clock.at += LEASE
    office.look()

    assert office.row().lost == 1
    assert "-14014" in office.row().trouble and "loa login zalo" in office.row().trouble


def test_a_lost_answer_that_spent_nothing_mends_itself(office: Office) -> None:
    office.supply()
    office.clock.at += HALF_A_DAY
    office.network.fails = [Unconfirmed("reset")]
    spent = (office.network.refresh, office.network.access)
    office.look()
    office.network.refresh, office.network.access = spent  # the request never arrived

    office.clock.at += LEASE
    office.look()

    assert (office.row().lost, office.row().trouble, office.row().started_us) == (0, "", None)
    assert office.stored()["access_token"] == office.network.access


def test_a_process_that_died_while_it_renewed_leaves_it_to_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renew, "PATIENCE", 0)
    with office.database.writing() as connection:
        vault.start(connection, "zalo", holder="dead", at_us=NOON, lease_us=1)
    with pytest.raises(Unavailable, match="đang được gia hạn"):
        office.supply()
    office.look()
    assert office.network.renewals == 0

    office.clock.at += LEASE
    office.look()

    assert office.stored() == NEW


def test_a_fault_of_ours_while_renewing_is_a_lost_answer(office: Office) -> None:
    office.network.fails = [KeyError("access_token")]

    with pytest.raises(Unavailable, match="KeyError"):
        office.supply()

    assert office.row().started_us is not None


def test_an_answer_without_a_token_replaces_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.supply()

    async def empty(*_: Any) -> Renewed:
        return Renewed({"access_token": "", "refresh_token": ""}, office.clock.now() + LIFE)

    monkeypatch.setattr(office.network, "renew", empty)
    office.clock.at += HALF_A_DAY
    office.look()

    assert office.stored() == NEW


def test_a_refresh_token_that_is_not_given_anew_is_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def only_access(*_: Any) -> Renewed:
        return Renewed({"access_token": "a9", "refresh_token": ""}, office.clock.now() + LIFE)

    monkeypatch.setattr(office.network, "renew", only_access)
    office.supply()

    assert office.stored() == {"access_token": "a9", "refresh_token": "r0"}


def test_where_the_old_token_stays_good_a_lost_answer_is_no_trouble(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Renewing, "rotates", False)
    office.network.fails = [Unconfirmed("no answer")]
    with pytest.raises(Unavailable):
        office.supply()
    office.network.refresh = "r0"

    office.supply()

    assert office.row().lost == 0 and office.network.renewals == 2


# --- a network that is away, or refuses -------------------------------------------------------------------------------


def test_a_network_that_is_away_is_asked_again_later_and_the_old_token_speaks_on(office: Office) -> None:
    office.supply()
    office.clock.at += HALF_A_DAY
    office.network.fails = [Unavailable("not reached")]
    office.look()
    office.look()
    assert (office.network.renewals, office.row().started_us, office.row().trouble) == (1, None, "not reached")

    office.clock.at += AGAIN
    office.look()

    assert (office.network.renewals, office.row().trouble) == (2, "")


def test_shortly_before_the_end_an_old_token_is_better_than_none(office: Office) -> None:
    office.supply()
    office.clock.at += LIFE - MARGIN / 2
    office.network.fails = [Unavailable("not reached")]
    office.supply()

    office.clock.at += MARGIN
    office.network.fails = [Unavailable("not reached")]
    with pytest.raises(Unavailable, match="not reached"):
        office.supply()


def test_a_refused_app_does_not_cost_the_pair(office: Office) -> None:
    office.network.fails = [Rejected("-14004 secret key invalid")]
    with pytest.raises(Unauthorized, match="-14004"):
        office.supply()
    assert office.row().lost == 0

    office.supply()

    assert office.stored() == NEW


def test_a_lost_pair_asks_the_network_no_more(office: Office) -> None:
    office.network.refresh = "other"
    office.look()
    office.network.fails = [KeyError("asked")]
    for _ in range(3):
        office.clock.at += HALF_A_DAY
        office.look()
        with pytest.raises(Unauthorized, match="loa login zalo"):
            office.supply()

    assert office.network.fails


def test_a_new_first_token_in_the_environment_mends_a_lost_pair(office: Office) -> None:
    office.network.refresh = "other"
    office.look()
    assert office.row().lost == 1
    office.channel = office.open(first="other")
    office.clock.at += AGAIN

    office.look()

    assert (office.row().lost, office.stored()["access_token"]) == (0, "a1")


def test_without_any_token_the_words_lead_to_a_login(office: Office) -> None:
    with pytest.raises(Unauthorized, match=r"chưa có mã truy cập.*loa login zalo"):
        office.supply(office.open(first=""))


def test_a_consent_mends_a_lost_pair(office: Office) -> None:
    office.network.refresh = "other"
    office.look()
    office.consent()

    office.supply()

    assert office.channel.secrets["access_token"] == "a-neu"
    office.clock.at += HALF_A_DAY
    office.look()
    assert office.stored()["access_token"] == "a1"


def test_a_consent_during_a_renewal_wins(office: Office) -> None:
    async def meanwhile() -> None:
        office.network.gate = asyncio.Event()
        task = asyncio.ensure_future(office.renewer.supply(office.channel))
        await office.network.begun.wait()
        await asyncio.to_thread(office.consent)
        office.network.refresh = "r0"
        office.network.gate.set()
        await task

    office.run(meanwhile())

    assert office.stored() == {"access_token": "a-neu", "refresh_token": "neu"}
    assert office.channel.secrets["access_token"] == "a-neu"


# --- a token that died while we spoke by it ---------------------------------------------------------------------------


def test_a_token_renewed_by_another_process_is_taken_from_the_vault(office: Office) -> None:
    office.supply()
    office.consent()

    assert office.run(office.channel.check_account()).name == "OA"
    assert office.network.renewals == 1


def test_a_token_that_died_is_renewed_and_the_question_asked_again(office: Office) -> None:
    office.supply()
    office.network.access = "gone"

    assert office.run(office.channel.check_account()).name == "OA"
    assert office.network.renewals == 2


def test_an_answer_that_comes_after_the_renewal_costs_no_second_one(office: Office) -> None:
    office.supply()
    office.network.access = "gone"

    async def both() -> None:
        asked, slow = asyncio.Event(), asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            said = office.answer(request)
            if not asked.is_set():
                asked.set()
                await slow.wait()
            return said

        office.channel.wire = Wire(transport=httpx.MockTransport(answer))
        first = asyncio.ensure_future(office.channel.check_account())
        await asked.wait()
        await office.channel.check_account()
        slow.set()
        assert (await first).name == "OA"

    office.run(both())

    assert office.network.renewals == 2


def test_a_network_that_takes_no_token_at_all_is_asked_twice_and_not_for_ever(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.supply()
    asked: list[httpx.Request] = []

    def never(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"error": -216})

    office.channel.wire = Wire(transport=httpx.MockTransport(never))
    with pytest.raises(Unauthorized, match="-216"):
        office.run(office.channel.check_account())

    assert (len(asked), office.network.renewals) == (2, 2)


# --- keys -------------------------------------------------------------------------------------------------------------


def test_without_a_key_nothing_is_asked_and_the_remedy_is_said(office: Office) -> None:
    office.renewer = office.another_process(vault_key="")

    with pytest.raises(Unauthorized, match=r"LOA_VAULT_KEY.*loa login zalo"):
        office.supply()
    office.look()

    assert (office.network.renewals, office.row()) == (0, None)


def test_what_is_no_key_is_said_at_once(office: Office) -> None:
    with pytest.raises(SettingsError, match="LOA_VAULT_KEY"):
        office.another_process(vault_key="mat-khau")


def test_a_lost_key_costs_no_pair(office: Office) -> None:
    office.supply()
    office.renewer = office.another_process(vault_key=new_key())
    office.clock.at += HALF_A_DAY
    office.look()
    with pytest.raises(Unauthorized, match="LOA_VAULT_KEY không mở được"):
        office.supply(office.open())

    office.renewer = office.another_process()
    office.supply(office.open())

    assert (office.row().lost, office.network.renewals) == (0, 1)


def test_after_a_change_of_keys_everything_lies_under_the_new_one(office: Office) -> None:
    office.supply()
    newest = new_key()
    office.renewer = office.another_process(vault_key=f"{newest},{KEY}")

    office.look()

    assert Seal(newest).open("zalo", office.row().sealed).secrets == NEW


def test_no_token_is_ever_shown(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.network.refresh = "mật-mã-khác"
    with pytest.raises(Unauthorized) as caught:
        office.supply(office.open(first="mật-mã-đầu"))

    shown = f"{caught.value!r} {caplog.text} {office.row().trouble} {office.renewer!r} {Renewed(NEW, moment(0))!r}"
    assert not [secret for secret in ("mật-mã", KEY, "'a1'", "'r1'") if secret in shown]


def test_without_a_key_a_token_that_lasts_speaks_as_env_has_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Renewing, "rotates", False)
    monkeypatch.setattr(Renewing, "kept", ("refresh_token",))
    with asyncio.Runner() as runner:
        office = Office(database, tmp_path, runner, vault_key="")
        office.supply()
        assert office.run(office.renewer.revive(office.channel)) is False
        assert office.row() is None
        nothing = office.open(first="")
        with pytest.raises(Unauthorized, match="LOA_VAULT_KEY"):
            office.supply(nothing)


def test_without_a_key_a_token_that_is_good_once_does_not_speak(database: Database, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        office = Office(database, tmp_path, runner, vault_key="")
        with pytest.raises(Unauthorized, match="LOA_VAULT_KEY"):
            office.supply()
