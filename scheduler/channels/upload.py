"""A film on its way from the disk to a network: piece by piece, never held whole, and what of it has left is told."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import Any

from scheduler.channels.post import Video
from scheduler.errors import Unavailable

PIECE = 1 << 18  # bytes that are held at once
SLOWEST = 50_000  # bytes a second; what is slower hangs
CONVERTED = 60  # seconds more that a server may be busy with a film before it answers
HASHED_AT_ONCE = 1 << 20

Told = Callable[[int], None]


def nobody(sent: int) -> None:
    """Hear nothing of how far an upload is."""


async def approved(video: Video) -> Path:
    """Return where the approved bytes of a film lie; Unavailable when they are not what was approved."""
    file = Path(video.file)
    try:
        stat = await asyncio.to_thread(file.stat)
        same = await asyncio.to_thread(_fingerprint, file, stat.st_mtime_ns, stat.st_size, stat.st_ino) == video.sha256
    except OSError as error:
        raise Unavailable(f"{file.name}: {error.strerror}") from None
    if not same:
        raise Unavailable(f"{file.name}: not the film that was approved")
    return file


@lru_cache(64)
def _fingerprint(file: Path, changed: int, size: int, inode: int) -> str:
    """Return the fingerprint of a film that goes out on many channels, computed once as long as it is the same."""
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(HASHED_AT_ONCE):
            found.update(piece)
    return found.hexdigest()


async def pieces(file: Path, start: int, end: int, told: Told = nobody) -> AsyncIterator[bytes]:
    """Yield the bytes of a file from `start` to before `end`; `told` how far it is after each piece was taken."""
    opened = await asyncio.to_thread(file.open, "rb")
    try:
        await asyncio.to_thread(opened.seek, start)
        at = start
        while at < end:
            piece = await asyncio.to_thread(opened.read, min(PIECE, end - at))
            if not piece:
                raise Unavailable(f"{file.name}: it became shorter")
            yield piece
            at += len(piece)
            told(at)
    finally:
        opened.close()


def part(file: Path, start: int, end: int, told: Told = nobody) -> dict[str, Any]:
    """Return a part of a file as the body of a request, by the names `build` knows."""
    headers = {"Content-Length": str(end - start)}
    return {"content": pieces(file, start, end, told), "headers": headers, "slow": _slow(end - start)}


def form(
    fields: Mapping[str, str], name: str, called: str, mime: str, file: Path, start: int, end: int, told: Told = nobody
) -> dict[str, Any]:
    """Return a form (multipart) of some fields and a part of a file, as the body of a request, by the names `build` knows.

    `called`: the name of the file as the network sees it (ASCII).
    """
    mark = token_hex(16)
    said = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    )
    said += f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{called}"\r\nContent-Type: {mime}\r\n\r\n'
    head, tail = said.encode(), f"\r\n--{mark}--\r\n".encode()

    async def body() -> AsyncIterator[bytes]:
        yield head
        async for piece in pieces(file, start, end, told):
            yield piece
        yield tail

    headers = {
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "Content-Length": str(len(head) + end - start + len(tail)),
    }
    return {"content": body(), "headers": headers, "slow": _slow(end - start)}


def _slow(size: int) -> float:
    """Return how many seconds more than usual a body of so many bytes may take, with its answer."""
    return size / SLOWEST + (CONVERTED if size > PIECE else 0)
