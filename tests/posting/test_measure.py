"""Measure: what became of posts is asked for when nobody is kept waiting by it, and kept as it was told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.authoring.channels_file import ChannelEntry, PaceEntry
from scheduler.channels.contract import Account, Channel
from scheduler.channels.usage import Usage
from scheduler.clock import FastClock, moment
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from scheduler.ledger import turn
from scheduler.ledger.delivery import State
from scheduler.ledger.metrics import GONE, METRIC, SILENT
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.witness import Witness
from scheduler.posting.accounts import Accounts
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.measure import Measurer
from scheduler.posting.pace import Lane
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import HOUR, MINUTE, NOON, SECOND, Keeper
from tests.ledger.test_metrics import publish

A, B = "thu/tin@once/a", "thu/tin@once/b"
GAP = 2 * MINUTE  # between two questions to one channel: thirty an hour
Told = Mapping[str, int] | Exception


class Counting(Channel):
    """A channel whose network tells what the test says, by the id of the post."""

    network = "counting"
    answers: dict[str, Told]
    asked: list[str]
    proof: ChannelError | None = None
    says: Usage | None = None

    async def check_account(self) -> Account:
        if self.proof is not None:
            raise self.proof
        return Account(f"@{self.id}", {"text": 500})

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        self.asked.append(remote_id)
        self.usage = self.says
        told = self.answers.get(remote_id, {"reactions": 1})
        if isinstance(told, Exception):
            raise told
        return told


class Office:
    """A ledger, channels `a` and `b` of one app and `c` on a network that tells nothing, and somebody who measures."""

    def __init__(self, ledger: Keeper, folder: Path) -> None:
        self.ledger = ledger
        entries = [
            ChannelEntry(id="a", network="mastodon", account="@a", app="loa"),
            ChannelEntry(id="b", network="mastodon", account="@b", app="loa"),
            ChannelEntry(id="c", network="telegram", account="@c"),
        ]
        book: Any = SimpleNamespace(channels={entry.id: entry for entry in entries}, budgets=())
        nowhere: Any = None
        self.channels = {
            id: Counting(id=id, account=f"@{id}", base_url="https://x", secrets={}, wire=nowhere, folder=folder)
            for id in book.channels
        }
        for channel in self.channels.values():
            channel.answers, channel.asked = {}, []
        self.settings = Settings(workspace=folder, environment={})
        accounts = Accounts(book, self.settings, nowhere)
        accounts._made |= self.channels
        self.clock = FastClock(moment(NOON + HOUR))
        self.threads = LedgerThreads(ledger.database)
        self.dispatcher = Dispatcher(self.threads, accounts, Witness(folder), self.settings, self.clock)
        self.measurer = Measurer(self.dispatcher)

    def at(self, at_us: int) -> None:
        self.clock._now = moment(at_us)

    def look(self) -> None:
        asyncio.run(self.measurer.look())

    def asked(self, id: str = "a") -> list[str]:
        return self.channels[id].asked

    def answer(self, told: Told, id: str = "a", remote_id: str = "7") -> None:
        self.channels[id].answers[remote_id] = told

    def kept(self, key: str = A) -> dict[str, dict[str, int]]:
        """Return the numbers of a delivery by age."""
        with self.ledger.database.reading() as connection:
            statement = select(METRIC).join(DELIVERY, DELIVERY.c.id == METRIC.c.delivery).where(DELIVERY.c.key == key)
            found: dict[str, dict[str, int]] = {}
            for row in connection.execute(statement):
                found.setdefault(row.age, {})[row.name] = row.value
            return found

    def moments(self) -> list[int]:
        with self.ledger.database.reading() as connection:
            return sorted(connection.execute(select(METRIC.c.at_us).distinct()).scalars())


@pytest.fixture
def office(ledger: Keeper, tmp_path: Path) -> Iterator[Office]:
    office = Office(ledger, tmp_path)
    yield office
    office.threads.close()


def test_what_became_of_a_post_is_kept_at_each_age(office: Office) -> None:
    publish(office.ledger)
    for n, hours in enumerate((1, 24, 7 * 24, 28 * 24)):
        office.answer({"reactions": n, "shares": 2 * n})
        office.at(NOON + hours * HOUR)
        office.look()
    assert office.kept() == {
        "1h": {"reactions": 0, "shares": 0},
        "24h": {"reactions": 1, "shares": 2},
        "7d": {"reactions": 2, "shares": 4},
        "28d": {"reactions": 3, "shares": 6},
    }
    assert office.moments() == [NOON + hours * HOUR for hours in (1, 24, 7 * 24, 28 * 24)]


def test_before_its_first_age_and_twice_at_one_nobody_is_asked(office: Office) -> None:
    publish(office.ledger)
    office.at(NOON + HOUR - 1)
    office.look()
    assert office.asked() == []
    for minutes in (0, 10, 600):
        office.at(NOON + HOUR + minutes * MINUTE)
        office.look()
    assert office.asked() == ["7"]


def test_what_was_due_while_nobody_ran_is_measured_late_with_its_real_moment(office: Office) -> None:
    publish(office.ledger)
    office.at(NOON + 30 * HOUR)
    office.look()
    assert list(office.kept()) == ["24h"]
    assert office.moments() == [NOON + 30 * HOUR]


def test_a_post_that_is_gone_is_noted_and_left_in_peace(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    publish(office.ledger)
    office.answer(NotFound("Record not found"))
    for hours in (1, 24, 24 * 7):
        office.at(NOON + hours * HOUR)
        office.look()
    assert office.kept() == {"1h": {GONE: 1}}
    assert office.asked() == ["7"]
    assert office.ledger.state() is State.PUBLISHED
    assert caplog.records == []


@pytest.mark.parametrize("told", [{}, Rejected("no numbers of such a post")])
def test_a_network_that_tells_nothing_is_asked_again_at_the_next_age(office: Office, told: Told) -> None:
    publish(office.ledger)
    office.answer(told)
    office.look()
    office.at(NOON + 2 * HOUR)
    office.look()
    assert office.kept() == {"1h": {SILENT: 1}}
    office.at(NOON + 24 * HOUR)
    office.answer({"comments": 1})
    office.look()
    assert office.kept()["24h"] == {"comments": 1}


def test_on_a_network_that_knows_no_numbers_nobody_is_asked(office: Office) -> None:
    publish(office.ledger, "thu/tin@once/c")
    office.look()
    assert office.asked("c") == []
    assert office.ledger.row("thu/tin@once/c").measured == 4


def test_a_channel_that_is_out_of_the_files_is_waited_for(office: Office) -> None:
    publish(office.ledger, "thu/tin@once/x")
    office.look()
    assert office.kept("thu/tin@once/x") == {}
    assert office.ledger.row("thu/tin@once/x").measured == 0


# budgets


def test_a_channel_is_asked_no_more_often_than_the_setting_says(office: Office) -> None:
    for n in range(100):
        publish(office.ledger, f"thu/tin@{n}/a", NOON - n, str(n))
    for seconds in range(0, 3600, 10):
        office.at(NOON + HOUR + seconds * SECOND)
        office.look()
    assert len(office.asked()) == len(set(office.asked())) == 30


def test_channels_are_asked_beside_each_other(office: Office) -> None:
    publish(office.ledger, A)
    publish(office.ledger, B)
    office.look()
    assert (office.asked("a"), office.asked("b")) == (["7"], ["7"])


def write(office: Office, work: Callable[[Any], None]) -> None:
    with office.ledger.database.writing() as connection:
        work(connection)


@pytest.mark.parametrize(
    ("what", "a", "b"),
    [
        (lambda c: turn.hold(c, "channel", "a", at_us=NOON, by="", why="token"), False, True),
        (lambda c: turn.hold(c, "all", "all", at_us=NOON, by="Lan", why=""), False, False),
        (lambda c: turn.hold(c, "campaign", "thu", at_us=NOON, by="Lan", why=""), True, True),
        (lambda c: turn.pause(c, "a", NOON + 2 * HOUR), False, True),
        (lambda c: turn.pause(c, "app:loa", NOON + 2 * HOUR), False, False),
        (lambda c: turn.pause(c, "a", NOON + HOUR - 1), True, True),
    ],
    ids=["held", "all held", "a campaign held", "paused", "its app paused", "paused no more"],
)
def test_a_channel_that_is_held_or_paused_is_not_asked(
    office: Office, what: Callable[[Any], None], a: bool, b: bool
) -> None:
    publish(office.ledger, A)
    publish(office.ledger, B)
    write(office, what)
    office.look()
    assert (bool(office.asked("a")), bool(office.asked("b"))) == (a, b)


def test_where_a_post_is_due_soon_nobody_is_asked(office: Office) -> None:
    publish(office.ledger, A)
    publish(office.ledger, B)
    office.ledger.write("thu/sau@once/a", due_us=NOON + HOUR + 2 * MINUTE)
    office.look()
    assert (office.asked("a"), office.asked("b")) == ([], ["7"])


def test_what_was_armed_meanwhile_goes_first(office: Office) -> None:
    publish(office.ledger)
    lane = office.dispatcher.queue.lanes["a"] = Lane("a", PaceEntry())
    lane.busy = True
    office.look()
    assert office.asked() == []
    lane.busy = False
    office.dispatcher.queue.armed |= set(range(office.settings.sender_count))
    office.look()
    assert office.asked() == []
    office.dispatcher.queue.armed.clear()
    office.look()
    assert office.asked() == ["7"]


def test_a_daemon_that_stops_asks_nobody(office: Office) -> None:
    publish(office.ledger)
    office.dispatcher.stopping = True
    office.look()
    assert office.asked() == []


@pytest.mark.parametrize(("told", "then"), [(Usage(76), []), (Usage(75), ["7"])])
def test_when_most_of_an_allowance_is_used_nobody_of_its_app_is_asked(
    office: Office, told: Usage, then: list[str]
) -> None:
    publish(office.ledger, A)
    office.channels["a"].says = told
    office.look()
    publish(office.ledger, B)
    office.look()
    assert office.asked("b") == then
    assert office.channels["a"].usage is None  # no post shall rest for what only we have heard


def test_what_posts_hear_of_an_allowance_counts_as_well(office: Office) -> None:
    publish(office.ledger)
    entry = office.dispatcher.accounts.book.channels["a"]
    office.dispatcher.allowances.hear(entry, Usage(90), NOON + HOUR)
    office.look()
    assert office.asked() == []


# errors


def test_a_network_that_asks_us_to_wait_is_waited_for(office: Office) -> None:
    publish(office.ledger)
    office.answer(RateLimited("later", moment(NOON + 4 * HOUR)))
    for hours in (1, 2, 3):
        office.at(NOON + hours * HOUR + MINUTE)
        office.look()
    assert office.asked() == ["7"]
    office.answer({"reactions": 5})
    office.at(NOON + 4 * HOUR + MINUTE)
    office.look()
    assert office.kept() == {"1h": {"reactions": 5}}


@pytest.mark.parametrize("error", [Unavailable("HTTP 503"), ValueError("a fault of ours")])
def test_a_post_that_cannot_be_asked_for_keeps_no_other_waiting(office: Office, error: Exception) -> None:
    publish(office.ledger, "thu/tin@0/a", NOON - 1, "0")
    publish(office.ledger, "thu/tin@1/a", NOON, "1")
    office.answer(error, remote_id="0")
    for minutes in (0, 5, 11):
        office.at(NOON + HOUR + minutes * MINUTE)
        office.look()
    assert office.asked() == ["0", "1"]
    office.answer({"reactions": 2}, remote_id="0")
    office.at(NOON + 2 * HOUR + MINUTE)
    office.look()
    assert office.kept("thu/tin@0/a") == {"1h": {"reactions": 2}}


def test_a_channel_whose_numbers_are_refused_is_said_once_and_goes_on_posting(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    publish(office.ledger)
    office.answer(Unauthorized("needs read_insights"))
    for hours in (1, 2, 8, 15):
        office.at(NOON + hours * HOUR)
        office.look()
    assert len(office.asked()) == 3
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "kênh a không cho đọc số liệu: needs read_insights"
    ]
    with office.ledger.database.reading() as connection:
        assert turn.stops(connection) == []


def test_an_account_that_cannot_be_proven_says_nothing_of_the_post(office: Office) -> None:
    publish(office.ledger)
    office.channels["a"].proof = NotFound("no such account")
    office.look()
    assert (office.asked(), office.kept()) == ([], {})


def test_what_a_network_tells_of_the_channel_meanwhile_is_learnt(office: Office) -> None:
    publish(office.ledger)
    office.look()
    assert office.dispatcher._armourer.learnt == {"a": Account("@a", {"text": 500})}


def test_a_rest_that_a_clock_ahead_has_begun_ends_when_the_clock_is_set_back(office: Office) -> None:
    publish(office.ledger)
    office.answer(RateLimited("later"))
    office.at(NOON + 25 * 24 * HOUR)
    office.look()
    office.answer({"reactions": 1})
    office.at(NOON + HOUR)
    office.look()
    assert office.kept() == {"1h": {"reactions": 1}}


def test_whoever_asks_us_to_wait_for_a_year_is_asked_again_in_a_day(office: Office) -> None:
    publish(office.ledger)
    office.answer(RateLimited("later", moment(NOON + 365 * 24 * HOUR)))
    for hours in (1, 24, 26):
        office.at(NOON + hours * HOUR)
        office.look()
    assert len(office.asked()) == 2
