"""Films as people really have them: a phone's that knows where and when it was taken, one that was not copied whole."""

from __future__ import annotations

import io
from pathlib import Path

SMALL = Path(__file__).parent.parent / "films" / "small.mp4"  # H.264 and AAC, four seconds, 640×360, its index first
PLACE = b"+21.0285+105.8542/"


def box(kind: bytes, *content: bytes) -> bytes:
    held = b"".join(content)
    return (8 + len(held)).to_bytes(4) + kind + held


def film(file: Path, *, padded_to: int = 0) -> Path:
    """Write a small film; `padded_to` so many bytes by a box that says nothing (a hole where the disk knows such)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = SMALL.read_bytes()
    with file.open("wb") as out:
        out.write(content)
        if padded_to:
            rest = padded_to - len(content)
            out.write(rest.to_bytes(4) + b"free")
            out.truncate(padded_to)
    return file


def of_a_phone(file: Path, *, tracked: bool = False) -> Path:
    """Write a film as a phone does: its index last, with the place in `udta`, a `meta` and behind the end; `tracked`:
    and in a track that runs beside the picture."""
    head, index, pictures = _parts(SMALL.read_bytes())
    place = box(b"udta", box(b"\xa9xyz", len(PLACE).to_bytes(2), b"\x15\xc7", PLACE))
    meta = box(b"meta", bytes(4), PLACE)
    said = PLACE * 3
    track = _track(len(head) + len(pictures)) if tracked else b""
    index = _shifted(index, len(index))
    whole = box(b"moov", index[8:], place, meta, track)
    pictures = pictures[:4] + b"mdat" + pictures[8:]
    behind = box(b"mdat", said) if tracked else b""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(head + pictures + behind + whole + box(b"uuid", bytes(16), PLACE))
    return file


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Return a film's head, its index and its pictures."""
    stream, found = io.BytesIO(content), {}
    while head := stream.read(8):
        size = int.from_bytes(head[:4])
        found[head[4:]] = head + stream.read(size - 8)
    return found[b"ftyp"], found[b"moov"], found[b"mdat"]


def _shifted(index: bytes, by: int) -> bytes:
    """Return an index for pictures that lie `by` bytes and the boxes between nearer to the beginning."""
    content = SMALL.read_bytes()
    was, now = content.index(b"mdat") - 4, len(_parts(content)[0])
    moved, at = bytearray(index), 0
    while (at := index.find(b"stco", at + 1)) >= 0:
        count = int.from_bytes(index[at + 8 : at + 12])
        for place in range(at + 12, at + 12 + 4 * count, 4):
            moved[place : place + 4] = (int.from_bytes(index[place : place + 4]) - was + now).to_bytes(4)
    return bytes(moved)


def _track(data_at: int) -> bytes:
    """Return a track of three samples that a camera writes beside the picture."""
    numbers = lambda *ns: b"".join(n.to_bytes(4) for n in ns)  # noqa: E731
    handler = box(b"hdlr", bytes(8), b"meta", bytes(13))
    table = box(
        b"stbl",
        box(b"stsd", numbers(0, 1), box(b"mebx", bytes(8), PLACE)),
        box(b"stsz", numbers(0, 0, 3), numbers(*[len(PLACE)] * 3)),
        box(b"stsc", numbers(0, 2, 1, 1, 1, 2, 2, 1)),
        box(b"stco", numbers(0, 2, data_at + 8, data_at + 8 + len(PLACE))),
    )
    return box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia", box(b"mdhd", bytes(24)), handler, box(b"minf", table)))
