"""Looks: what was asked for goes out again only after two looks, or by a person's order."""

from __future__ import annotations

from sqlalchemy import Connection

from scheduler.channels.contract import Receipt
from scheduler.ledger import looks
from scheduler.ledger.delivery import Event, State
from tests.ledger.keeper import KEY, NOON, SECOND, Keeper


def unconfirmed(ledger: Keeper, next_us: int | None = NOON) -> None:
    ledger.write()
    rows = ledger.arm()
    ledger.claim_armed(rows)
    ledger.record(rows[0], Event.AWAIT, next_us=next_us, why="silence")


def test_only_what_is_due_for_a_look_is_looked_for(ledger: Keeper) -> None:
    unconfirmed(ledger, NOON + SECOND)
    with ledger.database.reading() as connection:
        assert looks.to_look_for(connection, NOON) == []
        assert [row.key for row in looks.to_look_for(connection, NOON + SECOND)] == [KEY]
        assert looks.still_looked_for(connection)


def test_what_waits_for_a_person_is_not_looked_for(ledger: Keeper) -> None:
    unconfirmed(ledger, None)
    with ledger.database.reading() as connection:
        assert looks.to_look_for(connection, 2 * NOON) == []
        assert not looks.still_looked_for(connection)


def test_what_is_found_is_published(ledger: Keeper) -> None:
    unconfirmed(ledger)
    with ledger.database.writing() as connection:
        looks.found(connection, looks.to_look_for(connection, NOON)[0], Receipt("9", "https://x/9"), at_us=NOON + 1)
    row = ledger.row()
    assert (row.state, row.remote_id, row.url, row.next_us, row.error) == ("published", "9", "https://x/9", None, "")
    assert row.published_us == NOON
    assert ledger.counted() == ledger.truth()


def test_looks_are_counted_but_not_those_that_could_not_see(ledger: Keeper) -> None:
    unconfirmed(ledger)

    def look(connection: Connection, why: str = "") -> int:
        looks.absent(connection, looks.to_look_for(connection, NOON)[0], next_us=NOON, why=why)
        return int(looks.to_look_for(connection, NOON)[0].looks)

    with ledger.database.writing() as connection:
        assert [look(connection), look(connection, "no answer"), look(connection)] == [1, 1, 2]
    assert ledger.row().error == "no answer"


def test_a_look_from_before_a_persons_order_says_nothing(ledger: Keeper) -> None:
    unconfirmed(ledger)
    with ledger.database.reading() as connection:
        seen = looks.to_look_for(connection, NOON)[0]
    with ledger.database.writing() as connection:
        looks.absent(connection, seen, next_us=NOON)  # somebody else looked meanwhile
        looks.absent(connection, seen, next_us=NOON)
        looks.send_again(connection, seen, at_us=NOON, next_us=NOON)
        looks.found(connection, seen, Receipt("9"), at_us=NOON)
    assert (ledger.state(), ledger.row().looks) == (State.UNCONFIRMED, 1)


def test_what_is_certainly_absent_is_sent_once_more_under_the_same_key(ledger: Keeper) -> None:
    unconfirmed(ledger)
    with ledger.database.writing() as connection:
        looks.send_again(connection, looks.to_look_for(connection, NOON)[0], at_us=NOON, next_us=NOON)
    row = ledger.row()
    assert (row.key, row.state, row.looks, row.resends) == (KEY, "scheduled", 0, 1)
    assert ledger.events()[-1].why == "absent after two looks"
    ledger.now_us += 1
    assert ledger.claim()
    assert len(ledger.attempts()) == 2


def test_only_the_orphans_are_adopted(ledger: Keeper) -> None:
    ids = [ledger.write(f"thu/tin@{n}/a") for n in range(3)]
    ledger.claim("thu/tin@0/a", "thu/tin@1/a")
    with ledger.database.writing() as connection:
        assert looks.adopt_unfinished(connection, at_us=NOON, first_look_us=0, only=ids[1:]) == 1
    assert [ledger.state(f"thu/tin@{n}/a") for n in range(3)] == ["sending", "unconfirmed", "scheduled"]
