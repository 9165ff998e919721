"""A delivery: one message on one channel at one time, and the states it goes through.

Only the ledger moves a delivery, only along an arrow of ARROWS, and every move is one UPDATE that names the state it
expects.
"""

from __future__ import annotations

from enum import StrEnum

from scheduler.errors import IllegalMove
from scheduler.text import say


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"  # waits for a person: an approval, a release
    SCHEDULED = "scheduled"  # goes out when it is due
    SENDING = "sending"  # the intent is on disk, the network is being asked
    PUBLISHED = "published"  # public, with the network's own id
    UNCONFIRMED = "unconfirmed"  # asked, but not known to be public
    FAILED = "failed"  # the network will never take it
    MISSED = "missed"  # too late to be worth saying
    CANCELLED = "cancelled"  # never was public, never will be
    WITHDRAWN = "withdrawn"  # was public, taken down


IN_VIETNAMESE = {
    State.HELD: "đang giữ",
    State.SCHEDULED: "đã lên lịch",
    State.SENDING: "đang gửi",
    State.PUBLISHED: "đã đăng",
    State.UNCONFIRMED: "chưa xác nhận",
    State.FAILED: "thất bại",
    State.MISSED: "bỏ lỡ",
    State.CANCELLED: "đã huỷ",
    State.WITHDRAWN: "đã gỡ",
}


def name_of(state: str) -> str:
    """Return a state's name in the reader's language."""
    return say(IN_VIETNAMESE[State(state)], state)


class Event(StrEnum):
    """What moves a delivery."""

    PLAN = "plan"  # it is written down for the first time
    CHANGE = "change"  # text, time or pictures are others; the state stays
    HOLD = "hold"
    RELEASE = "release"
    CANCEL = "cancel"
    RESTORE = "restore"  # the campaign wants again what an earlier plan had cancelled
    CLAIM = "claim"
    CONFIRM = "confirm"  # the network, a look at it, or a person says that it is public
    RETRY = "retry"  # certainly not public, or a person orders it
    WAIT = "wait"  # the network said: later
    AWAIT = "await"  # no clear answer
    FAIL = "fail"
    MISS = "miss"  # too late, or its `expires` has passed
    WITHDRAW = "withdraw"
    CORRECT = "correct"  # it has other words now, at the same address


ARROWS: dict[tuple[State, Event], State] = {
    (State.HELD, Event.RELEASE): State.SCHEDULED,
    (State.HELD, Event.CANCEL): State.CANCELLED,
    (State.HELD, Event.MISS): State.MISSED,  # it expired while it was held; what is merely late waits for its person
    (State.SCHEDULED, Event.HOLD): State.HELD,
    (State.SCHEDULED, Event.CANCEL): State.CANCELLED,
    (State.SCHEDULED, Event.MISS): State.MISSED,
    (State.SCHEDULED, Event.CLAIM): State.SENDING,
    (State.SENDING, Event.CONFIRM): State.PUBLISHED,
    (State.SENDING, Event.RETRY): State.SCHEDULED,
    (State.SENDING, Event.WAIT): State.SCHEDULED,
    (State.SENDING, Event.FAIL): State.FAILED,
    (State.SENDING, Event.AWAIT): State.UNCONFIRMED,
    (State.UNCONFIRMED, Event.CONFIRM): State.PUBLISHED,
    (State.UNCONFIRMED, Event.RETRY): State.SCHEDULED,
    (State.UNCONFIRMED, Event.FAIL): State.FAILED,
    (State.FAILED, Event.RETRY): State.SCHEDULED,
    (State.MISSED, Event.RETRY): State.SCHEDULED,
    (State.FAILED, Event.CANCEL): State.CANCELLED,  # a person lets it be
    (State.MISSED, Event.CANCEL): State.CANCELLED,
    (State.PUBLISHED, Event.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Event.CORRECT): State.PUBLISHED,
    (State.CANCELLED, Event.RESTORE): State.HELD,
}

WAITING = (State.HELD, State.SCHEDULED)  # not yet asked for: a plan may change or cancel these


SETTLED = (State.SENDING, State.PUBLISHED, State.UNCONFIRMED, State.WITHDRAWN)  # asked for: no plan touches these


def after(state: State, event: Event) -> State:
    """Return the state behind the arrow, or raise IllegalMove where there is none."""
    try:
        return ARROWS[state, event]
    except KeyError:
        raise IllegalMove(f"{state} -> {event}: no such arrow") from None
