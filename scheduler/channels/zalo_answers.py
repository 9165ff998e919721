"""What Zalo's answers mean: success and failure both come as a 200, and only the code in the body tells them apart.

Source: developers.zalo.me (error codes). What an unknown code means is left to whoever asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler import clock
from scheduler.channels.contract import Account
from scheduler.channels.http import Answer, NoSuchPage
from scheduler.errors import ChannelError, Expired, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")  # in which Zalo counts days
OPENS_AT = 6  # o'clock, where a time of day is closed

OA = "/v2.0/oa/getoa"

PROCESSING = -214  # pictures are still being fetched
MEDIA_FAILED = -200  # they could not be fetched; no article is left behind
TOO_FAST = -32  # in a minute
CLOSED_NOW = -234  # by the time of day
USED_UP = (-211, -218, -223)  # quotas of the day or of the package's month
TOKEN_OVER = (-216, -220, -124)
A_PERSON = (
    -219, -212, -221,  # the app was removed, or may not; the account is not verified
    -204, -205, -235, -242,  # the account's state; the proof of the app's secret
    -224, -320, -321,  # the package, or money for it
    -209, -240,  # the app is not active, or this way is closed
)  # fmt: skip
NEVER = (-201, -210, -248, -233, -100)  # a parameter, its length, the platform's standards, the kind, an old file

CODE_OVER = -14005
PAIR_OVER = -14014


def code_of(answer: Answer) -> int | None:
    """Return the network's own code (0: success), None where it did not speak."""
    code = answer.object.get("error")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def words_of(answer: Answer) -> str:
    """Return the code and the network's words for it."""
    code = code_of(answer)
    return f"{code} {answer.words}" if code is not None else f"HTTP {answer.status}: {answer.words}"


def refusal(answer: Answer) -> ChannelError | None:
    """Return what a code means wherever it is said; None: success, or whoever asked must know."""
    if answer.status == 404:
        return NoSuchPage(words_of(answer))
    if answer.status >= 500:
        return None  # a code in there proves nothing
    now, words = clock.now(), words_of(answer)
    match code_of(answer):
        case None | 0:
            return None
        case code if code in TOKEN_OVER:
            return Expired(words)
        case code if code in A_PERSON:
            return Unauthorized(words)
        case code if code in NEVER:
            return Rejected(words)
        case code if code == TOO_FAST:
            return RateLimited(words, now.replace(second=0, microsecond=0) + timedelta(minutes=1))
        case code if code == CLOSED_NOW:
            return RateLimited(words, _next(now, OPENS_AT))
        case code if code in USED_UP:
            return RateLimited(words, _next(now, 0))
        case _:
            return None


def _next(now: datetime, hour: int) -> datetime:
    """Return when it is next so many o'clock in Vietnam."""
    today = now.astimezone(ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def data_of(answer: Answer) -> dict[str, Any]:
    """Return what a harmless question brought; Unavailable when it brought nothing."""
    data = answer.object.get("data")
    if code_of(answer) != 0 or not isinstance(data, dict):
        raise Unavailable(words_of(answer))
    return data


def account_said(answer: Answer, declared: str) -> Account:
    """Read who we are, and when the package ends by which we may speak; Unauthorized when we are somebody else."""
    us = data_of(answer)
    if not (said := str(us.get("oaid") or us.get("oa_id") or "")):
        raise Unavailable("the network did not say who we are")
    if said != declared:
        raise Unauthorized(f"the token belongs to the OA {said} ({us.get('name')}), not to {declared}")
    return Account(f"{us.get('name')} ({said})", expires=_package_ends(str(us.get("package_valid_through_date") or "")))


def _package_ends(day: str) -> datetime | None:
    """Return when a package is over whose last day is written day/month/year; None: it says nothing that we know."""
    try:
        last = datetime.strptime(day.strip(), "%d/%m/%Y").replace(tzinfo=ZONE)
    except ValueError:
        return None
    return (last + timedelta(days=1)).astimezone(UTC)


def refusal_of_tokens(answer: Answer) -> ChannelError | None:
    """Return what an answer of the token page means: only its own words prove that a pair is dead."""
    if answer.object.get("access_token"):
        return None
    match code_of(answer):
        case code if code == PAIR_OVER:
            return Unauthorized(words_of(answer))
        case code if code is not None and code != 0 and answer.status < 500:
            return Rejected(words_of(answer))
        case _ if answer.status == 429:
            return None
        case _:
            return Unconfirmed(words_of(answer))
