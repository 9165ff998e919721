"""Which pictures are still needed: those of what goes out and of what went out lately, on both databases."""

from __future__ import annotations

import pytest

from scheduler.channels.contract import Picture, Post
from scheduler.ledger import plans
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.pictures import needed
from tests.ledger.keeper import HOUR, NOON, Keeper

NAME = "0123456789abcdef0123456789abcdef01234567.jpg"
POST = Post("Xin chào", images=(Picture(f"/var/media/{NAME}", "a" * 64, "image/jpeg", 1, ""),))


@pytest.mark.parametrize(
    ("state", "there"),
    [
        (State.SCHEDULED, True),
        (State.SENDING, True),
        (State.UNCONFIRMED, True),
        (State.HELD, False),
        (State.CANCELLED, False),
        (State.MISSED, False),
        (State.FAILED, False),
        (State.WITHDRAWN, False),
    ],
)
def test_a_picture_is_needed_while_its_post_is_on_its_way(ledger: Keeper, state: State, there: bool) -> None:
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {POST.digest: POST.to_json()})
    ledger.write(state=state, digest=POST.digest)

    with ledger.database.reading() as connection:
        assert needed(connection, NAME, NOON - HOUR) is there


def test_what_was_published_is_needed_until_that_is_long_ago(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {POST.digest: POST.to_json()})
    ledger.write(digest=POST.digest)
    rows = ledger.arm()
    ledger.claim_armed(rows)
    ledger.record(rows[0], Event.CONFIRM, remote_id="9")
    published_us = ledger.row().published_us

    with ledger.database.reading() as connection:
        assert needed(connection, NAME, published_us)
        assert not needed(connection, NAME, published_us + 1)


def test_a_name_that_no_post_has_is_not_needed_nor_is_one_with_a_joker(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {POST.digest: POST.to_json()})
    ledger.write(digest=POST.digest)

    with ledger.database.reading() as connection:
        assert not needed(connection, NAME.replace("0", "f"), NOON)
        assert not needed(connection, "%", NOON)
        assert not needed(connection, NAME.replace("0123", "____"), NOON)
