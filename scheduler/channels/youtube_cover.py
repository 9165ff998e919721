"""The cover of a film on YouTube: set while the film is private. Whatever becomes of it, no film is kept back for it.

A refusal is told to a person, and the film goes out all the same: a channel that is not verified may set no cover.
Source: developers.google.com/youtube/v3/docs/thumbnails/set (JPEG or PNG, 2 MB; 50 units), /docs/videos (contentDetails).
"""

from __future__ import annotations

from datetime import timedelta

from scheduler import clock
from scheduler.channels.contract import Channel, Outgoing, Picture
from scheduler.channels.youtube_answers import Forbidden
from scheduler.channels.youtube_films import film_of
from scheduler.errors import ChannelError, RateLimited, Rejected, Unavailable
from scheduler.text import say

SET = "/upload/youtube/v3/thumbnails/set"
AGAIN = timedelta(minutes=10)  # after too many covers, where YouTube does not say when


async def put_on(channel: Channel, film: str, cover: Picture, outgoing: Outgoing, *, patient: bool) -> str:
    """Set the cover of a film, and return what is amiss afterwards, '' when nothing is.

    `patient`: what may pass is raised and tried again, but only until the film is due; then it goes out without.
    """
    content = channel.picture_bytes(cover)
    try:
        await channel.ask(
            "POST",
            SET,
            params={"videoId": film, "uploadType": "media"},
            headers={"Content-Type": cover.mime},
            content=content,
        )
    except (Forbidden, Rejected) as error:
        return _without(error)
    except (RateLimited, Unavailable) as error:
        if not patient or clock.now() >= outgoing.due:
            return _without(error)
        if isinstance(error, RateLimited):  # films without a cover need not wait, and this one not beyond its time
            again = min(error.retry_at or clock.now() + AGAIN, outgoing.due)
            raise RateLimited(str(error), again, alone=True) from None
        raise
    return ""


async def left_over(channel: Channel, film: str) -> str:
    """Return what is amiss when a film should have no cover, and still has the one of an earlier version: '' nothing."""
    found = await film_of(channel, film, "contentDetails")
    if found is None or not (found.get("contentDetails") or {}).get("hasCustomThumbnail"):
        return ""
    return say(
        "video vẫn mang ảnh bìa của bản trước, và YouTube không cho Loa gỡ bìa; gỡ trong YouTube Studio",
        "the film still has the cover of an earlier version, and YouTube lets Loa take none off; do it in YouTube Studio",
    )


def _without(error: ChannelError) -> str:
    if isinstance(error, Forbidden):
        return say(
            f"video không có ảnh bìa đã duyệt: kênh chưa được đặt ảnh bìa; xác minh bằng điện thoại tại youtube.com/verify ({error})",
            f"the film goes without its approved cover: the channel may set none; verify it by telephone at youtube.com/verify ({error})",
        )
    return say(
        f"video không có ảnh bìa đã duyệt: YouTube không nhận ({error})",
        f"the film goes without its approved cover: YouTube did not take it ({error})",
    )
