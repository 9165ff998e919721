"""What YouTube's errors mean: its reasons, not its statuses, tell; a spent quota comes back at midnight in California.

Sources: developers.google.com/youtube/v3/docs/errors, /docs/videos (failureReason, rejectionReason), and Google's OAuth 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler import clock
from scheduler.channels.http import LARGEST_QUOTE, Answer, retry_at
from scheduler.errors import (
    ChannelError,
    Expired,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)
from scheduler.text import say

CALIFORNIA = ZoneInfo("America/Los_Angeles")  # where a day of quota begins
CAP_OF_UPLOADS = timedelta(hours=24)
SPENT = ("quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg")
TOO_FAST = ("rateLimitExceeded", "userRateLimitExceeded", "servingLimitExceeded", "concurrentLimitExceeded")
GONE = ("videoNotFound", "notFound")
NOT_BY_A_TOKEN = ("youtubeSignupRequired", "authenticatedUserAccountSuspended", "authenticatedUserAccountClosed")
MAY_PASS = ("processingFailure", "backendError", "internalError", "serviceUnavailable")

FAILED = {  # failureReason
    "conversion": ("không chuyển đổi được", "it cannot be converted"),
    "invalidFile": ("tệp không đúng dạng video", "the file is no video"),
    "emptyFile": ("tệp rỗng", "the file is empty"),
    "tooSmall": ("tệp quá nhỏ", "the file is too small"),
    "codec": (
        "mã hoá (codec) mà YouTube không đọc được; dùng H.264 và AAC",
        "a codec it cannot read; use H.264 and AAC",
    ),
    "uploadAborted": ("việc tải lên bị bỏ dở", "the upload was broken off"),
}
REJECTED = {  # rejectionReason
    "copyright": ("bản quyền", "copyright"),
    "inappropriate": ("nội dung bị coi là không phù hợp", "inappropriate"),
    "duplicate": (
        "trùng với một video đã có trên YouTube; dùng video ấy, hoặc dựng lại tệp khác",
        "the same film is on YouTube already; use that one, or make another file",
    ),
    "termsOfUse": ("điều khoản sử dụng", "terms of use"),
    "length": (
        "quá dài: kênh chưa xác minh chỉ đăng được 15 phút; xác minh tại youtube.com/verify",
        "too long: a channel that is not verified has 15 minutes; verify it at youtube.com/verify",
    ),
    "claim": ("có người khiếu nại", "somebody claims it"),
    "trademark": ("nhãn hiệu", "trademark"),
    "legal": ("khiếu nại pháp lý", "a legal complaint"),
    "uploaderAccountSuspended": ("tài khoản bị tạm khoá", "the account is suspended"),
    "uploaderAccountClosed": ("tài khoản đã đóng", "the account is closed"),
}


class Forbidden(Unauthorized):
    """This one thing this channel may not do; the token may be as good as ever."""


def refusal(answer: Answer) -> ChannelError | None:
    """Return what YouTube's own error means; None leaves it to the rules for HTTP."""
    reason = reason_of(answer)
    if not reason and not (answer.status == 401 and _error(answer)):
        return None
    words = f"{reason}: {words_of(answer)}"
    match reason:
        case _ if reason in SPENT:
            return RateLimited(words, midnight(clock.now()))
        case _ if reason in TOO_FAST:
            return RateLimited(words, retry_at(answer.headers, clock.now()))
        case "uploadLimitExceeded":
            return RateLimited(words, clock.now() + CAP_OF_UPLOADS)
        case _ if answer.status == 401 and reason not in NOT_BY_A_TOKEN:
            return Expired(words)
        case _ if reason in GONE:
            return NotFound(words)
        case _ if reason in MAY_PASS:
            return Unconfirmed(words)
        case _ if answer.status == 400:  # the invalid ones: title, description, tags, category
            return Rejected(words)
        case "forbidden" if answer.status == 403:
            return Forbidden(words)
        case _ if answer.status in (401, 403):
            return Unauthorized(words)
        case _:
            return None


def reason_of(answer: Answer) -> str:
    """Return the reason that YouTube gives for an error, '' when it gives none."""
    errors = _error(answer).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    reason = first.get("reason") if isinstance(first, dict) else ""
    return reason if isinstance(reason, str) and answer.status >= 400 else ""


def words_of(answer: Answer) -> str:
    """Return YouTube's own words of an error, short."""
    said = _error(answer).get("message")
    return said[:LARGEST_QUOTE] if isinstance(said, str) else answer.words


def _error(answer: Answer) -> Mapping[str, Any]:
    error = answer.object.get("error")
    return error if isinstance(error, dict) else {}


def midnight(now: datetime) -> datetime:
    """Return when the next day begins in California, where quotas are counted; aware UTC."""
    tomorrow = now.astimezone(CALIFORNIA).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=CALIFORNIA).astimezone(UTC)


def trouble(status: Mapping[str, Any]) -> Rejected | None:
    """Return why YouTube will not show a film, from its status; None when it will, or is still at it."""
    match status.get("uploadStatus"):
        case "failed":
            vi, en = FAILED.get(why := str(status.get("failureReason", "?")), ("", ""))
            head = "YouTube không xử lý được video", "YouTube could not process the film"
        case "rejected":
            vi, en = REJECTED.get(why := str(status.get("rejectionReason", "?")), ("", ""))
            head = "YouTube từ chối video", "YouTube rejects the film"
        case "deleted":
            return Rejected(say("video đã bị xoá trong YouTube Studio", "the film was deleted in YouTube Studio"))
        case _:
            return None
    return Rejected(say(f"{head[0]} ({why}): {vi or why}", f"{head[1]} ({why}): {en or why}"))


def refusal_of_tokens(answer: Answer) -> ChannelError | None:
    """Return what an error of Google's tokens means: they are dead, or the app is not known; None: neither is said.

    Who loses tokens for anything else, a page of a proxy for instance, sends a person to agree anew for nothing.
    """
    code, told = answer.object.get("error"), answer.words
    if answer.status not in (400, 401, 403):
        return None
    if not isinstance(code, str):
        return Unavailable(f"HTTP {answer.status}: {told}")
    if code == "invalid_grant":
        return Unauthorized(
            say(
                f"Google không nhận refresh token nữa ({told}). Nếu màn hình đồng ý (OAuth consent screen) còn ở Testing, "
                "token chết sau 7 ngày: vào console.cloud.google.com → Google Auth Platform → Audience → Publish app; "
                "cũng chết khi đổi mật khẩu, bị thu hồi, hoặc 6 tháng không dùng",
                f"Google no longer takes the refresh token ({told}). While the OAuth consent screen is in Testing it dies "
                "after 7 days: console.cloud.google.com → Google Auth Platform → Audience → Publish app; it also dies when "
                "it is revoked, the password is changed, or it is not used for 6 months",
            )
        )
    return Rejected(
        say(
            f"Google không nhận ứng dụng ({code}: {told}); xem lại client_id, client_secret và địa chỉ quay về",
            f"Google does not take the app ({code}: {told}); look at client_id, client_secret and the callback address",
        )
    )
