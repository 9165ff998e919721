"""Takes out of a picture's file all that is not the picture: where and when it was taken, by whom, hidden previews.

What is kept is named, everything else goes: a phone writes the place (GPS) into several blocks, and hangs videos and
further pictures behind the end. The pixels stay as they are, to the byte. Sources: ITU T.81 (JPEG), W3C PNG, GIF89a.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator

from scheduler.channels.contract import GIF, JPEG, PNG

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"acTL", b"fcTL", b"fdAT"]
)
JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
JPEG_KEPT = frozenset(range(0xC0, 0xD0)) - {0xC8} | {0xDA, 0xDB, 0xDC, 0xDD}  # tables, frames and scans
JFIF, ADOBE, SCAN = 0xE0, 0xEE, 0xDA
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the first marker that does not belong to the scan itself
GIF_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")  # how often it is repeated


class Damaged(ValueError):
    """The file breaks off, or is not what its beginning says."""


def without_metadata(content: bytes, kind: str) -> bytes:
    """Return the file of a picture (a MIME type of JPEG, PNG or GIF) with nothing in it but the picture; or Damaged."""
    try:
        return b"".join(_KEPT_OF[kind](content))
    except IndexError:
        raise Damaged("it breaks off") from None


def _kept_of_jpeg(content: bytes) -> Iterator[bytes]:
    yield JPEG_START
    at = len(JPEG_START)
    while (marker := _marker(content, at)) != JPEG_END:
        while content[at + 1] == 0xFF:  # fill bytes may stand before a marker
            at += 1
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        segment = _slice(content, at, end)
        yield _of_segment(segment)
        at = end
        if marker[1] == SCAN:
            found = AFTER_SCAN.search(content, at)
            if found is None:
                raise Damaged("it breaks off")
            yield content[at : found.start()]
            at = found.start()
    yield JPEG_END


def _marker(content: bytes, at: int) -> bytes:
    if content[at] != 0xFF:
        raise Damaged("there is no marker where one must be")
    while content[at + 1] == 0xFF:
        at += 1
    return content[at : at + 2]


def _of_segment(segment: bytes) -> bytes:
    marker, said = segment[1], segment[4:]
    if marker == JFIF and said.startswith(b"JFIF\0") and len(said) >= 14:
        return segment[:2] + b"\x00\x10" + said[:12] + b"\0\0"  # without the small preview that may follow
    return segment if marker in JPEG_KEPT or (marker == ADOBE and said.startswith(b"Adobe")) else b""


def _kept_of_png(content: bytes) -> Iterator[bytes]:
    yield PNG_START
    at, name = len(PNG_START), b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(_slice(content, at, at + 4))
        chunk = _slice(content, at, end)
        name = chunk[4:8]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            raise Damaged("a checksum is wrong")
        if name in PNG_KEPT:
            yield chunk
        at = end


def _kept_of_gif(content: bytes) -> Iterator[bytes]:
    at = 13 + _colours(content[10])
    yield _slice(content, 0, at)
    while content[at] != 0x3B:
        match content[at]:
            case 0x2C:
                end = _after_blocks(content, at + 11 + _colours(content[at + 9]))
                yield content[at:end]
            case 0x21:
                end = _after_blocks(content, at + 2)
                looping = content[at + 1] == 0xFF and content[at + 3 : at + 14] in GIF_LOOPS
                if content[at + 1] == 0xF9 or looping:
                    yield content[at:end]
            case _:
                raise Damaged("there is no block where one must be")
        at = end
    yield b"\x3b"


def _colours(flags: int) -> int:
    """Return how many bytes of colours follow."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1


def _slice(content: bytes, start: int, end: int) -> bytes:
    if end > len(content):
        raise Damaged("it breaks off")
    return content[start:end]


_KEPT_OF: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    JPEG: _kept_of_jpeg,
    PNG: _kept_of_png,
    GIF: _kept_of_gif,
}
