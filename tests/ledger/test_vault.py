"""The vault: one renews at a time, what is new is written before it is used, and nothing empty replaces what is there."""

from __future__ import annotations

import pytest

from scheduler.ledger import vault
from scheduler.ledger.database import Database
from scheduler.ledger.seal import Pair, Seal, new_key
from scheduler.ledger.vault import Kept
from tests.ledger.keeper import HOUR, MINUTE, NOON, Keeper

OLD, NEW = new_key(), new_key()
PAIR = Pair({"refresh_token": "một"})


def start(database: Database, holder: str = "a", *, at_us: int = NOON) -> bool:
    with database.writing() as connection:
        return vault.start(connection, "zalo", holder=holder, at_us=at_us, lease_us=MINUTE) is not None


def finish(database: Database, sealed: str = "mới", *, holder: str = "a", at_us: int = NOON) -> bool:
    with database.writing() as connection:
        return vault.finish(connection, "zalo", Kept(sealed, NOON + HOUR), holder=holder, at_us=at_us)


def consent(database: Database, sealed: str = "đồng ý", ends_us: int | None = NOON + 24 * HOUR) -> None:
    with database.writing() as connection:
        vault.consent(connection, "zalo", Kept(sealed, NOON + HOUR, ends_us), by="Lan", at_us=NOON)


def read(database: Database) -> dict[str, object]:
    with database.reading() as connection:
        row = vault.token(connection, "zalo")
    return {} if row is None else dict(row._mapping)


def test_of_two_that_want_to_renew_one_may(database: Database) -> None:
    assert start(database, "a")
    assert not start(database, "b")


def test_who_has_begun_may_begin_again(database: Database) -> None:
    assert start(database, "a")
    assert start(database, "a")


def test_that_a_renewal_began_is_on_disk_before_it_ends(database: Database) -> None:
    start(database)

    assert (read(database)["started_us"], read(database)["sealed"]) == (NOON, "")


def test_a_renewal_of_which_nothing_was_heard_is_over_with_its_lease(database: Database) -> None:
    start(database, "dead")

    assert not start(database, "b", at_us=NOON + MINUTE - 1)
    assert start(database, "b", at_us=NOON + MINUTE)


def test_a_clock_set_back_locks_nobody_out(database: Database) -> None:
    start(database, "dead", at_us=NOON + 5 * HOUR)

    assert start(database, "b")


def test_a_new_pair_ends_the_renewal_and_all_trouble(database: Database) -> None:
    consent(database)
    start(database, "x")
    with database.writing() as connection:
        vault.lose(connection, "zalo", holder="x", why="-14014", at_us=NOON)
    start(database)

    assert finish(database, at_us=NOON + MINUTE)
    found = read(database)
    assert (found["sealed"], found["renewed_us"], found["expires_us"]) == ("mới", NOON + MINUTE, NOON + HOUR)
    assert (found["started_us"], found["holder"], found["lost"], found["trouble"]) == (None, "", 0, "")
    assert (found["consented_us"], found["ends_us"]) == (NOON, NOON + 24 * HOUR)


def test_a_commit_of_which_we_did_not_hear_may_be_repeated(database: Database) -> None:
    start(database)

    assert finish(database)
    assert finish(database)
    assert [order.event for order in Keeper(database).orders()] == ["token renewed"]  # it is told once


def test_a_renewal_that_comes_after_a_consent_does_not_replace_it(database: Database) -> None:
    start(database)
    consent(database)

    assert not finish(database)
    assert read(database)["sealed"] == "đồng ý"


def test_nothing_empty_replaces_what_is_stored() -> None:
    with pytest.raises(ValueError, match="empty"):
        Kept("", NOON)


def test_what_did_not_come_about_leaves_the_pair_and_the_reason(database: Database) -> None:
    consent(database)
    start(database)
    with database.writing() as connection:
        vault.give_back(connection, "zalo", holder="a", why="not reached")

    found = read(database)
    assert (found["sealed"], found["started_us"], found["lost"], found["trouble"]) == ("đồng ý", None, 0, "not reached")
    assert start(database, "b")


def test_a_lost_answer_keeps_others_away_until_the_lease_is_over(database: Database) -> None:
    start(database)
    with database.writing() as connection:
        vault.doubt(connection, "zalo", holder="a", why="no answer")

    assert not start(database, "b")
    assert start(database, "b", at_us=NOON + MINUTE)
    assert read(database)["trouble"] == "no answer"


def test_whoever_has_lost_the_lease_says_nothing_more(database: Database, ledger: Keeper) -> None:
    start(database, "a")
    start(database, "b", at_us=NOON + MINUTE)
    with database.writing() as connection:
        vault.lose(connection, "zalo", holder="a", why="-14014", at_us=NOON)
        vault.give_back(connection, "zalo", holder="a")
        vault.doubt(connection, "zalo", holder="a", why="?")

    assert (read(database)["lost"], read(database)["holder"], read(database)["trouble"]) == (0, "b", "")
    assert ledger.orders() == []


def test_a_lost_pair_and_a_consent_stand_among_the_orders(database: Database, ledger: Keeper) -> None:
    start(database)
    with database.writing() as connection:
        vault.lose(connection, "zalo", holder="a", why="-14014", at_us=NOON)
    consent(database)

    assert [(o.event, o.after, o.by, o.why) for o in ledger.orders()] == [
        ("token lost", "channel zalo", "", "-14014"),
        ("login", "channel zalo", "Lan", ""),
    ]


def test_a_new_key_seals_everything_anew(database: Database) -> None:
    sealed = Seal(OLD).close("zalo", PAIR)
    consent(database, sealed)
    start(database, "b")  # a first renewal elsewhere has sealed nothing yet
    with database.writing() as connection:
        vault.start(connection, "khac", holder="c", at_us=NOON, lease_us=MINUTE)
        assert vault.seal_anew(connection, Seal(f"{NEW},{OLD}")) == 1
        assert vault.seal_anew(connection, Seal(f"{NEW},{OLD}")) == 0

    assert Seal(NEW).open("zalo", str(read(database)["sealed"])) == PAIR
