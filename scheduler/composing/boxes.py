"""The boxes of an MP4 or MOV file: where they lie, and which of their bytes are not the film.

A phone writes the place and the time into a film as into a photo: into `udta`, `meta` and `uuid`, into the headers, and
into tracks that run beside the picture (a camera that writes its place every second). What is kept is named; all else is
blanked where it stands, so that no byte of the film moves and nothing has to be held in memory. Source: ISO/IEC 14496-12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

AT_ONCE = 1 << 20  # bytes
KEPT = frozenset([b"ftyp", b"moov", b"mdat"])
INSIDE = frozenset([b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"])  # boxes that hold boxes
METADATA = frozenset([b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"])
DATED = frozenset([b"mvhd", b"tkhd", b"mdhd"])  # version, flags, then when it was made and last changed
SEEN_OR_HEARD = frozenset([b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp"])
IN_PIECES = frozenset([b"moof", b"sidx"])
LARGEST_TABLE = 64 << 20


class Damaged(ValueError):
    """The file breaks off, or is not what its beginning says."""


class InPieces(ValueError):
    """It was written fragment by fragment, as broadcasts are: its tracks cannot be told apart."""


@dataclass(frozen=True)
class Box:
    """One box: `start` of its head, `body` behind it, `end`."""

    kind: bytes
    start: int
    body: int
    end: int


@dataclass(frozen=True, order=True)
class Blank:
    """`length` bytes from `at` on that go out as `word`, and zeros behind it."""

    at: int
    length: int
    word: bytes = b""


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that lie between two places of a file; Damaged when one does not end there."""
    while end - start >= 8:
        file.seek(start)
        head = file.read(16)
        size, kind, body = int.from_bytes(head[:4]), head[4:8], start + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16]), start + 16
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            raise Damaged("a box does not end where it should")
        yield Box(kind, start, body, start + size)
        start += size


def starts_with_index(file: BinaryIO, size: int) -> bool:
    """Tell whether a film can be shown while it is still loading: its index stands before its pictures."""
    return next((b.kind for b in boxes(file, 0, size) if b.kind in (b"moov", b"mdat")), b"") == b"moov"


def blanks(file: BinaryIO, size: int) -> list[Blank]:
    """Return, in order, what of a film must not go out. Damaged, InPieces: it cannot be told."""
    found: list[Blank] = []
    last = 0
    for box in boxes(file, 0, size):
        last = box.end
        if box.kind in IN_PIECES:
            raise InPieces
        if box.kind == b"moov":
            found += _within(file, box)
        elif box.kind not in KEPT:
            found += _whole(box)
    if last < size:
        found.append(Blank(last, size - last))
    return sorted(found)


def without(file: BinaryIO, parts: Sequence[Blank]) -> Iterator[bytes]:
    """Yield a file piece by piece with the parts blanked; `parts` in order."""
    file.seek(0)
    at, first = 0, 0
    while piece := file.read(AT_ONCE):
        end = at + len(piece)
        if first < len(parts) and parts[first].at < end:
            held = bytearray(piece)
            for part in parts[first:]:
                if part.at >= end:
                    break
                _blank(held, at, part)
            piece = bytes(held)
            while first < len(parts) and parts[first].at + parts[first].length <= end:
                first += 1
        yield piece
        at = end


def _blank(held: bytearray, at: int, part: Blank) -> None:
    begin, end = max(part.at, at), min(part.at + part.length, at + len(held))
    if begin < end:
        word = part.word[begin - part.at : end - part.at]
        held[begin - at : end - at] = word + bytes(end - begin - len(word))


def _whole(box: Box) -> Iterator[Blank]:
    """Blank a box: it stays as one of which everybody knows that it says nothing."""
    yield Blank(box.start + 4, 4, b"free")
    if box.end > box.body:
        yield Blank(box.body, box.end - box.body)


def _within(file: BinaryIO, outer: Box) -> Iterator[Blank]:
    for box in boxes(file, outer.body, outer.end):
        if box.kind in METADATA:
            yield from _whole(box)
        elif box.kind in DATED:
            yield Blank(box.body + 4, 16 if _read(file, box.body, 1) == b"\1" else 8)
        elif box.kind == b"mvex":
            raise InPieces
        elif box.kind == b"trak" and _handler(file, box) not in SEEN_OR_HEARD:
            yield from _whole(box)
            yield from _samples(file, box)
        elif box.kind in INSIDE:
            yield from _within(file, box)


def _handler(file: BinaryIO, track: Box) -> bytes:
    """Return what kind of track it is."""
    box = _find(file, track, b"mdia", b"hdlr")
    return _read(file, box.body + 8, 4) if box else b""


def _find(file: BinaryIO, outer: Box, *path: bytes) -> Box | None:
    found: Box | None = outer
    for kind in path:
        found = next((b for b in boxes(file, found.body, found.end) if b.kind == kind), None) if found else None
    return found


def _samples(file: BinaryIO, track: Box) -> Iterator[Blank]:
    """Yield where what a track says lies among the pictures: chunk by chunk, each of some samples."""
    table = _find(file, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    held = {box.kind: box for box in boxes(file, table.body, table.end)}
    wide = b"co64" in held
    if not {b"stsz", b"stsc"} <= held.keys() or not (wide or b"stco" in held):
        raise Damaged("a track without a table of its samples")
    each = int.from_bytes(_read(file, held[b"stsz"].body + 4, 4))
    sizes = [] if each else _numbers(file, held[b"stsz"], 8, 4)
    runs = _numbers(file, held[b"stsc"], 4, 4)
    firsts, counts = runs[0::3], runs[1::3]
    at = 0
    run = -1
    for n, offset in enumerate(_numbers(file, held[b"co64" if wide else b"stco"], 4, 8 if wide else 4), start=1):
        while run + 1 < len(firsts) and firsts[run + 1] <= n:
            run += 1
        count = counts[run] if run >= 0 else 0
        yield Blank(offset, each * count if each else sum(sizes[at : at + count]))
        at += count


def _numbers(file: BinaryIO, box: Box, skipped: int, width: int) -> list[int]:
    """Return the numbers of a table, which stand behind version, flags, other fields, and a count of entries."""
    start = box.body + skipped + 4
    if box.end - start > LARGEST_TABLE:
        raise Damaged("a table that is too large")
    content = _read(file, start, max(0, box.end - start))
    return [int.from_bytes(content[i : i + width]) for i in range(0, len(content) - width + 1, width)]


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
