"""A film on its way to YouTube, in pieces from disk: what arrived is asked for after every cut, and never sent again.

The address of a session answers exactly: how much has arrived, or the film that was made of it. It is kept before the
first byte leaves. Source: developers.google.com/youtube/v3/guides/using_resumable_upload_protocol.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scheduler.channels.contract import Channel, Video
from scheduler.channels.http import Answer, NoSuchPage
from scheduler.errors import NotFound, Unavailable
from scheduler.text import say

UPLOAD = "/upload/youtube/v3/videos"
STEP = 256 * 1024  # bytes; all pieces but the last are multiples of it
PIECE = 32 * STEP  # in one request; fewer after a cut, for lines that are slow
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)  # seconds between looks while nothing new arrives
OURS = re.compile(r"https://([\w-]+\.)*(googleapis|youtube|google)\.com/")


class Onward(Unavailable):
    """So many bytes have arrived; the rest is awaited."""

    def __init__(self, arrived: int) -> None:
        super().__init__(f"{arrived} bytes have arrived")
        self.arrived = arrived


class SessionGone(Unavailable):
    """The session is not known any more: over, or its film was taken out of it long ago."""


def onward(answer: Answer) -> Onward | None:
    """Read a 308: `Range: bytes=0-N`, and no such header while nothing has arrived."""
    if answer.status != 308:
        return None
    found = re.fullmatch(r"(?:bytes=)?0-(\d+)", answer.headers.get("range", "").strip())
    return Onward(int(found[1]) + 1 if found else 0)


async def begin(channel: Channel, video: Video, says: Mapping[str, Any], *, notify: bool) -> str:
    """Return the address of a new session. There is nothing on the channel yet."""
    params = {"uploadType": "resumable", "part": ",".join(says), "notifySubscribers": str(notify).lower()}
    kind = {"X-Upload-Content-Length": str(video.size), "X-Upload-Content-Type": video.mime}
    answer = await channel.ask("POST", UPLOAD, params=params, json=says, headers=kind)
    session = answer.headers.get("location", "")
    here = urlsplit(channel.base_url)
    if not session.startswith(f"{here.scheme}://{here.netloc}/") and not OURS.match(session):
        raise Unavailable("YouTube did not say where to upload")  # our token goes nowhere else
    return session


async def send(channel: Channel, session: str, video: Video, closing: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """Send what has not arrived yet and return the film that was made of it; SessionGone: nobody knows.

    `closing` is awaited before the piece that may make the film. Unavailable: nothing more arrives just now.
    """
    await asyncio.to_thread(must_be_approved, video)
    piece, pauses, arrived, sent = PIECE, iter(PAUSES), 0, False
    while True:
        try:
            if sent:
                end = min(arrived + piece, video.size)
                if end == video.size:
                    await closing()
                return await _put(channel, session, video, arrived, end)
            return await _look(channel, session, video)
        except Onward as so_far:
            if so_far.arrived > arrived:
                pauses = iter(PAUSES)
            elif sent:  # nothing of what was sent is there
                await _pause(pauses, so_far)
            arrived, sent = so_far.arrived, True
        except (NotFound, NoSuchPage) as error:
            raise SessionGone(str(error)) from None
        except Unavailable as error:  # cut off, or a fault of theirs: only the session can tell what has arrived
            await _pause(pauses, error)
            piece, sent = max(STEP, piece // 2 // STEP * STEP), False


async def _pause(pauses: Iterator[float], error: Unavailable) -> None:
    if (pause := next(pauses, None)) is None:
        raise Unavailable(say(f"việc tải video bị ngắt: {error}", f"the upload was cut off: {error}"))
    await asyncio.sleep(pause)


def must_be_approved(video: Video) -> None:
    """Raise Unavailable when the bytes of a film are not those that were approved; it is read piece by piece."""
    name = Path(video.file).name
    try:
        with Path(video.file).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == video.sha256:
                return
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}") from None
    raise Unavailable(f"{name}: not the video that was approved")


async def _look(channel: Channel, session: str, video: Video) -> dict[str, Any]:
    return await _exchange(channel, session, {"Content-Length": "0", "Content-Range": f"bytes */{video.size}"})


async def _put(channel: Channel, session: str, video: Video, begin: int, end: int) -> dict[str, Any]:
    sent = {"Content-Length": str(end - begin), "Content-Range": f"bytes {begin}-{end - 1}/{video.size}"}
    return await _exchange(channel, session, {**sent, "Content-Type": video.mime}, lambda: _read(video, begin, end))


async def _exchange(
    channel: Channel,
    session: str,
    headers: Mapping[str, str],
    body: Callable[[], AsyncIterator[bytes]] | None = None,
) -> dict[str, Any]:
    """Return the film that an answer holds. A body is made anew for every try: a renewed token may need a second."""
    answer = await channel.ask("PUT", session, headers=headers, **({"body": body} if body else {}))
    if not isinstance(answer.object.get("id"), str):
        raise Unavailable(f"HTTP {answer.status}: an answer that cannot be read")
    return answer.object


async def _read(video: Video, begin: int, end: int) -> AsyncIterator[bytes]:
    try:
        file = await asyncio.to_thread(Path(video.file).open, "rb")
    except OSError as error:
        raise Unavailable(f"{Path(video.file).name}: {error.strerror}") from None
    with file:
        await asyncio.to_thread(file.seek, begin)
        while begin < end:
            content = await asyncio.to_thread(file.read, min(STEP, end - begin))
            if not content:
                raise Unavailable(f"{Path(video.file).name}: shorter than it was")
            begin += len(content)
            yield content
