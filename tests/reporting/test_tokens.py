"""What status says of tokens: days before a consent ends, hours before a token does, and at once when one is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.channels.contract import Account
from scheduler.clock import micros, moment
from scheduler.ledger import counts, vault
from scheduler.ledger.database import Database
from scheduler.ledger.vault import Kept
from scheduler.reporting.status import Status, status
from tests.ledger.keeper import HOUR, NOON

DAY = 24 * HOUR
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def look(database: Database, at_us: int = NOON) -> Status:
    with database.reading() as connection:
        return status(connection, now=moment(at_us), zone=HANOI, holder=None)


def agree(database: Database, ends: timedelta | None = timedelta(days=90), expires_us: int = NOON + 25 * HOUR) -> None:
    with database.writing() as connection:
        kept = Kept("x", expires_us, None if ends is None else NOON + micros(moment(0) + ends))
        vault.consent(connection, "zalo", kept, by="Lan", at_us=NOON)


def fail(database: Database, how: str, why: str = "-14014", at_us: int = NOON) -> None:
    with database.writing() as connection:
        vault.start(connection, "zalo", holder="a", at_us=at_us, lease_us=1)
        if how == "lose":
            vault.lose(connection, "zalo", holder="a", why=why, at_us=at_us)
        else:
            getattr(vault, how)(connection, "zalo", holder="a", why=why)


def test_a_fresh_token_is_well(database: Database) -> None:
    agree(database)

    found = look(database)

    assert found.well
    assert json.loads(found.to_json())["tokens"] == [
        {
            "channel": "zalo",
            "renewed": "2027-06-26T12:00:00+07:00",
            "expires": "2027-06-27T13:00:00+07:00",
            "ends": "2027-09-24T12:00:00+07:00",
            "lost": False,
        }
    ]


@pytest.mark.parametrize(("days", "well", "urgent"), [(74, True, None), (76, False, False), (86, False, True)])
def test_that_a_consent_ends_is_said_days_ahead(database: Database, days: int, well: bool, urgent: bool | None) -> None:
    agree(database)

    found = look(database, NOON + days * DAY)

    assert found.well is well
    for trouble in found.troubles:
        assert "hết hạn ngày 24/9/2027" in trouble.what and f"còn {90 - days} ngày" in trouble.what
        assert "loa login zalo" in trouble.remedy
        assert trouble.urgent is urgent


def test_a_lost_pair_says_exactly_what_a_person_must_do(database: Database) -> None:
    agree(database)
    fail(database, "lose")

    [trouble] = look(database).troubles

    assert (trouble.name, trouble.what, trouble.urgent) == ("token zalo", "-14014", True)
    assert "loa login zalo" in trouble.remedy and "loa release --channel zalo" in trouble.remedy


def test_a_lost_answer_is_said_before_it_is_known_what_became_of_it(database: Database) -> None:
    agree(database)
    fail(database, "doubt", "no answer")

    [trouble] = look(database).troubles

    assert trouble.what == "no answer"
    assert "chờ" in trouble.remedy


def test_a_renewal_that_failed_is_no_matter_while_the_token_lasts(database: Database) -> None:
    agree(database)
    fail(database, "give_back", "not reached")
    assert look(database, NOON + 18 * HOUR).well

    [trouble] = look(database, NOON + 20 * HOUR).troubles

    assert "hết hạn lúc 13:00 27/06: not reached" in trouble.what


def test_a_token_nobody_has_renewed_while_the_daemon_rested_is_no_trouble(database: Database) -> None:
    agree(database, ends=None)

    assert look(database, NOON + 100 * HOUR).well


def test_what_is_forgotten_is_no_trouble(database: Database) -> None:
    agree(database)
    fail(database, "lose")
    with database.writing() as connection:
        assert vault.forget(connection, "zalo", by="Lan", at_us=NOON)
        assert not vault.forget(connection, "zalo", by="Lan", at_us=NOON)

    assert look(database).well


@pytest.mark.parametrize(
    ("days", "well", "urgent", "said"),
    [
        (44, True, None, ""),
        (46, False, False, "còn 14 ngày"),
        (56, False, True, "còn 4 ngày"),
        (61, False, True, "đã hết hạn"),
    ],
)
def test_that_a_token_runs_out_which_nobody_renews_is_said_days_ahead(
    database: Database, days: int, well: bool, urgent: bool | None, said: str
) -> None:
    with database.writing() as connection:
        counts.learn(connection, {"trang-a": Account("A", expires=moment(NOON + 60 * DAY))}, at_us=NOON)

    found = look(database, NOON + days * DAY)

    assert found.well is well
    for trouble in found.troubles:
        assert trouble.what == f"mã truy cập của kênh trang-a hết hạn ngày 25/8/2027 ({said})"
        assert ".env" in trouble.remedy and "loa channels" in trouble.remedy
        assert trouble.urgent is urgent


def test_that_a_package_ends_is_said_where_the_token_is_renewed_by_us(database: Database) -> None:
    with database.writing() as connection:
        vault.consent(connection, "oa", Kept("sealed", NOON + 60 * DAY, NOON + 90 * DAY), by="Lan", at_us=NOON)
        counts.learn(connection, {"oa": Account("A", expires=moment(NOON + 10 * DAY))}, at_us=NOON)

    [trouble] = look(database, NOON).troubles

    assert trouble.what == "gói dịch vụ của kênh oa hết hạn ngày 6/7/2027 (còn 10 ngày)" and not trouble.urgent
