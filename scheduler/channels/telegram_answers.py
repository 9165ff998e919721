"""What Telegram's answers mean. Success lies in the body (`ok`), and the texts of its errors are no contract.

An unknown text stays a refusal. Source: core.telegram.org/bots/api (making requests), and errors seen in public issues.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scheduler import clock
from scheduler.channels.http import Answer, judge
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed

NO_RIGHT = (  # answered as 400, but only a person can help
    "chat not found",
    "need administrator rights",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "upgraded to a supergroup",
)
PARTLY = "failed to send message #"  # an album of which some pictures may be public
GONE = ("message to delete not found", "message to forward not found", "message_id_invalid")
KEPT = ("message can't be forwarded", "chat_forwards_restricted")
FILE_OVER = ("wrong file identifier", "wrong remote file", "file_reference_", "file reference")


class UnknownMethod(Unauthorized):
    """404: the token has not the form of one, or (where the token is known to work) the server lacks this method."""


class Gone(NotFound):
    """Telegram itself says that there is no such message."""


class CannotBeForwarded(Rejected):
    """The message is there, and is none that can be forwarded (a note that something was pinned, for example)."""


class PartlySent(Unconfirmed):
    """A picture of an album was refused; whether the others are public is not said."""


class FileOver(Unavailable):
    """Telegram no longer knows an uploaded picture by the id it gave: nothing was sent, it must be uploaded anew."""


def refusal(answer: Answer) -> ChannelError | None:
    """Return what an error means wherever it is said; None: success, or whoever asked must know."""
    said = answer.object
    if said.get("ok") is not False:
        return None
    status = said.get("error_code") if answer.status == 200 else answer.status
    if not isinstance(status, int) or not 400 <= status < 500:
        return None  # a fault of theirs: after publishing nobody knows what became of it
    words, lower = f"{status}: {answer.words}", answer.words.lower()
    seconds = (said.get("parameters") or {}).get("retry_after")
    match status:
        case 429 if isinstance(seconds, int | float):
            return RateLimited(words, clock.now() + timedelta(seconds=seconds))
        case 401 | 403:
            return Unauthorized(words)
        case 404:
            return UnknownMethod(words)
        case 400:
            return _bad_request(lower)(words)
        case _:
            return judge(replace(answer, status=status), publishing=True)


def _bad_request(lower: str) -> type[ChannelError]:
    if PARTLY in lower:  # first: it quotes the error of one picture, and says nothing of the others
        return PartlySent
    meanings = ((NO_RIGHT, Unauthorized), (GONE, Gone), (KEPT, CannotBeForwarded), (FILE_OVER, FileOver))
    return next((meaning for signs, meaning in meanings if any(sign in lower for sign in signs)), Rejected)
