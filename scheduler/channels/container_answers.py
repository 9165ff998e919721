"""What Instagram and Threads mean by error codes of their own, most of them about containers and their media.

A code here goes before what the Graph API means by it elsewhere: 4 is "too many calls", but with 2207051 it is "held as
suspected spam", and then the post may be public. Sources: instagram-platform error codes (2026-06), Threads
troubleshooting, and what others met: postiz-app (pull requests 1681, 2047), trypost (issues 280, 352), threads-client.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from scheduler import clock
from scheduler.channels import graph
from scheduler.channels.http import Answer
from scheduler.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed

SPAM = 2207051
NOT_SEEN = frozenset([2207008, 2207020, 4279009])  # this container is not visible yet, or not any more
USED_UP = 2207042
PERHAPS = frozenset([2207001])
FOR_A_PERSON = frozenset([2207006, 2207050, 2207085, 4279013])  # a permission, a restricted account
AGAIN = frozenset([2207003, 2207027, 2207032, 2207052, 2207053, 2207077, 2207082, 4279004])  # certainly not public
NEVER = frozenset([2207004, 2207005, 2207009, 2207010, 2207023, 2207026, 2207028, 2207040, 2207057, 2207081])
AGAIN_CODES = frozenset([-2, 9004, 9007])  # the same where no subcode is said
NEVER_CODES = frozenset([352, 36000, 36001, 36003, 36004])

QUOTA_AGAIN = timedelta(hours=1)  # it counts the last 24 hours, and does not tell when the oldest post leaves them
SUSPICION = timedelta(hours=3)  # for which nothing more is said after a post was held as suspected spam


class NotSeen(Unavailable):
    """Meta does not see this container now: not yet, or never more. Nothing was published."""


class Suspected(Unconfirmed):
    """Held as suspected spam; the post may be public all the same."""


def meaning(answer: Answer, hide: Collection[str]) -> ChannelError | None:
    """Return what an answer's error says by its codes; None when there is none. Secrets in `hide` are not quoted."""
    error = answer.object.get("error")
    if not isinstance(error, dict):
        return None
    code, subcode = graph.number(error.get("code")), graph.number(error.get("error_subcode"))
    words = graph.words_of(error, hide)
    if subcode == SPAM:
        return Suspected(words)
    if subcode in NOT_SEEN:
        return NotSeen(words)
    if subcode == USED_UP:
        return RateLimited(words, clock.now() + QUOTA_AGAIN)
    if subcode in PERHAPS:
        return Unconfirmed(words)
    if subcode in FOR_A_PERSON:
        return Unauthorized(words)
    if subcode in AGAIN or (not subcode and code in AGAIN_CODES):
        return Unavailable(words)
    if subcode in NEVER or (not subcode and code in NEVER_CODES):
        return Rejected(words)
    return graph.meaning(answer, hide)
