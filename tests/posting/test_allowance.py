"""What networks say we have used: who can wait asks here first."""

from __future__ import annotations

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.usage import Usage
from scheduler.clock import moment
from scheduler.posting.allowance import Allowances
from tests.ledger.keeper import HOUR, MINUTE, NOON

PAGE = ChannelEntry(id="page", network="facebook", account="1", app="loa")
SISTER = ChannelEntry(id="sister", network="facebook", account="2", app="loa")
ALONE = ChannelEntry(id="alone", network="mastodon", account="@a")


def test_where_nobody_has_said_anything_there_is_plenty() -> None:
    assert Allowances().has_plenty(PAGE, NOON)


@pytest.mark.parametrize(
    ("told", "page", "sister"),
    [(Usage(75, 75), True, True), (Usage(76, 0), False, False), (Usage(0, 76), False, True)],
)
def test_the_share_of_an_app_is_that_of_all_its_channels(told: Usage, page: bool, sister: bool) -> None:
    allowances = Allowances()
    allowances.hear(PAGE, told, NOON)
    assert (allowances.has_plenty(PAGE, NOON), allowances.has_plenty(SISTER, NOON)) == (page, sister)


@pytest.mark.parametrize("told", [Usage(80, 0), Usage(0, 80)])
def test_a_channel_without_an_app_speaks_for_itself(told: Usage) -> None:
    allowances = Allowances()
    allowances.hear(ALONE, told, NOON)
    assert not allowances.has_plenty(ALONE, NOON)
    assert allowances.has_plenty(PAGE, NOON)


def test_what_was_said_holds_for_an_hour_or_as_long_as_was_said() -> None:
    allowances = Allowances()
    allowances.hear(ALONE, Usage(80), NOON)
    assert not allowances.has_plenty(ALONE, NOON + HOUR - 1)
    assert allowances.has_plenty(ALONE, NOON + HOUR)
    allowances.hear(ALONE, Usage(0, 100, moment(NOON + 5 * MINUTE)), NOON)
    assert not allowances.has_plenty(ALONE, NOON + 5 * MINUTE - 1)
    assert allowances.has_plenty(ALONE, NOON + 5 * MINUTE)


def test_the_last_word_holds() -> None:
    allowances = Allowances()
    allowances.hear(PAGE, Usage(90, 90), NOON)
    allowances.hear(PAGE, Usage(10, 10), NOON + MINUTE)
    assert allowances.has_plenty(PAGE, NOON + MINUTE)
