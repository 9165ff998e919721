"""The arrows, without a database."""

from __future__ import annotations

import itertools

import pytest

from scheduler.errors import IllegalMove
from scheduler.ledger.delivery import ARROWS, WAITING, Event, State, after
from tests.ledger.keeper import way_to

NO_ARROWS = sorted(set(itertools.product(State, Event)) - set(ARROWS))


@pytest.mark.parametrize(("state", "event"), NO_ARROWS)
def test_where_there_is_no_arrow_there_is_no_way(state: State, event: Event) -> None:
    with pytest.raises(IllegalMove, match=f"{state} -> {event}"):
        after(state, event)


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached(state: State) -> None:
    assert state is State.SCHEDULED or way_to(state)


def test_what_was_asked_for_is_never_scheduled_again_but_by_a_retry() -> None:
    asked = {State.SENDING, State.UNCONFIRMED}
    back = {event for (before, event), target in ARROWS.items() if before in asked and target in WAITING}
    assert back == {Event.RETRY, Event.WAIT}
    assert {e for (s, e), t in ARROWS.items() if s is State.UNCONFIRMED and t in WAITING} == {Event.RETRY}


def test_what_is_public_can_only_be_taken_down_or_get_other_words() -> None:
    assert {event for state, event in ARROWS if state is State.PUBLISHED} == {Event.WITHDRAW, Event.CORRECT}
    assert not [event for state, event in ARROWS if state is State.WITHDRAWN]


def test_only_a_claim_leads_to_sending() -> None:
    into = {(before, event) for (before, event), target in ARROWS.items() if target is State.SENDING}
    assert into == {(State.SCHEDULED, Event.CLAIM)}
