"""What all channels of one app may post together."""

from __future__ import annotations

from datetime import timedelta

from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry
from scheduler.channels.usage import Usage
from scheduler.clock import moment
from scheduler.posting.budget import UNSAID, Budget, budgets_of, names_of, rests
from tests.ledger.keeper import HOUR, MINUTE, NOON, SECOND

PAGE = ChannelEntry(id="page", network="facebook", account="1", app="loa")


def test_a_channel_draws_on_its_app_and_its_network() -> None:
    assert names_of(PAGE) == ("app:loa", "network:facebook")
    assert names_of(ChannelEntry(id="a", network="feed", account="a")) == ("network:feed",)


def test_so_many_start_at_once_and_the_next_when_the_first_is_long_ago() -> None:
    budget = budgets_of([BudgetEntry(app="loa", most=2, within=timedelta(minutes=1))])["app:loa"]
    assert budget.opens_at(NOON) == NOON
    budget.started(NOON)
    budget.started(NOON + SECOND)
    assert budget.opens_at(NOON + 2 * SECOND) == NOON + MINUTE
    assert budget.opens_at(NOON + MINUTE) == NOON + MINUTE
    budget.started(NOON + MINUTE)
    assert budget.opens_at(NOON + MINUTE) == NOON + MINUTE + SECOND


def test_what_is_urgent_waits_for_the_network_only() -> None:
    budget = Budget(rules=((1, HOUR),))
    budget.started(NOON)
    assert budget.opens_at(NOON, urgent=True) == NOON
    budget.paused_until = NOON + MINUTE
    assert budget.opens_at(NOON, urgent=True) == NOON + MINUTE


def test_of_two_budgets_of_one_app_the_tighter_counts() -> None:
    entries = [
        BudgetEntry(app="loa", most=2, within=timedelta(seconds=1)),
        BudgetEntry(app="loa", most=3, within=timedelta(hours=1)),
    ]
    budget = budgets_of(entries)["app:loa"]
    for n in range(3):
        at = budget.opens_at(NOON + n)
        budget.started(at)
    assert budget.opens_at(NOON + MINUTE) == NOON + HOUR


def test_a_network_that_asks_for_rest_gets_it() -> None:
    assert Budget(paused_until=NOON + HOUR).opens_at(NOON) == NOON + HOUR


def test_a_small_use_changes_nothing() -> None:
    assert rests(PAGE, Usage(app=74, channel=60), NOON) == {}


def test_an_app_that_nears_its_allowance_slows_all_its_channels_down() -> None:
    assert rests(PAGE, Usage(app=80), NOON) == {"app:loa": NOON + 15 * SECOND}
    assert rests(PAGE, Usage(app=90), NOON) == {"app:loa": NOON + 45 * SECOND}


def test_a_spent_allowance_rests_until_the_network_says_or_five_minutes() -> None:
    assert rests(PAGE, Usage(channel=100), NOON) == {"page": NOON + UNSAID}
    assert rests(PAGE, Usage(channel=100, back_at=moment(NOON + HOUR)), NOON) == {"page": NOON + HOUR}


def test_without_a_declared_app_its_use_is_taken_for_the_channels() -> None:
    alone = ChannelEntry(id="alone", network="facebook", account="2")
    assert rests(alone, Usage(app=80, channel=90), NOON) == {"alone": NOON + 45 * SECOND}
