"""A film on its way to YouTube, in pieces from disk: what arrived is asked for after every cut, and never sent again.

The address of a session answers exactly: how much has arrived, or the film that was made of it. It is kept before the
first byte leaves. Source: developers.google.com/youtube/v3/guides/using_resumable_upload_protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scheduler.channels import upload
from scheduler.channels.contract import Channel, Outgoing, Video
from scheduler.channels.http import Answer, NoSuchPage
from scheduler.errors import NotFound, Unavailable
from scheduler.text import say

UPLOAD = "/upload/youtube/v3/videos"
STEP = 256 * 1024  # bytes; all pieces but the last are multiples of it
PIECE = 32 * STEP  # in one request; fewer after a cut, for lines that are slow
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)  # seconds between looks while nothing new arrives
OURS = re.compile(r"https://([\w-]+\.)*(googleapis|youtube|google)\.com/")


@dataclass(frozen=True)
class Film:
    """What is sent: where the approved bytes lie, how many, and whom to tell how many have left."""

    file: Path
    size: int
    mime: str
    told: Callable[[int], None]


async def film_of(outgoing: Outgoing) -> Film:
    """Return the film of a post; Unavailable when its bytes are not those that were approved."""
    video = outgoing.post.video
    assert video is not None
    file = await upload.approved(video)
    return Film(file, video.size, video.mime, lambda sent: outgoing.told(sent, video.size))


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


async def send(channel: Channel, session: str, film: Film, closing: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """Send what has not arrived yet and return the film that was made of it; SessionGone: nobody knows.

    `closing` is awaited before the piece that may make the film. Unavailable: nothing more arrives just now.
    """
    piece, pauses, arrived, sent = PIECE, iter(PAUSES), 0, False
    while True:
        try:
            if sent:
                end = min(arrived + piece, film.size)
                if end == film.size:
                    await closing()
                return await _put(channel, session, film, arrived, end)
            return await _look(channel, session, film)
        except Onward as so_far:
            if so_far.arrived > arrived:
                pauses = iter(PAUSES)
            elif sent:  # nothing of what was sent is there
                await _pause(pauses, so_far)
            arrived, sent = so_far.arrived, so_far.arrived < film.size
            if not sent:  # all of it is there, and nothing was made of it yet
                await _pause(pauses, so_far)
        except (NotFound, NoSuchPage) as error:
            raise SessionGone(str(error)) from None
        except Unavailable as error:  # cut off, or a fault of theirs: only the session can tell what has arrived
            await _pause(pauses, error)
            piece, sent = max(STEP, piece // 2 // STEP * STEP), False


async def _pause(pauses: Iterator[float], error: Unavailable) -> None:
    if (pause := next(pauses, None)) is None:
        raise Unavailable(say(f"việc tải video bị ngắt: {error}", f"the upload was cut off: {error}"))
    await asyncio.sleep(pause)


async def _look(channel: Channel, session: str, film: Film) -> dict[str, Any]:
    asked = {"Content-Length": "0", "Content-Range": f"bytes */{film.size}"}
    return _made(await channel.ask("PUT", session, headers=asked))


async def _put(channel: Channel, session: str, film: Film, start: int, end: int) -> dict[str, Any]:
    def body() -> dict[str, Any]:
        part = upload.part(film.file, start, end, film.told)
        where = {"Content-Range": f"bytes {start}-{end - 1}/{film.size}", "Content-Type": film.mime}
        return {**part, "headers": {**part["headers"], **where}}

    return _made(await channel.send_up("PUT", session, body))


def _made(answer: Answer) -> dict[str, Any]:
    """Return the film that an answer holds."""
    if not isinstance(answer.object.get("id"), str):
        raise Unavailable(f"HTTP {answer.status}: an answer that cannot be read")
    return answer.object
