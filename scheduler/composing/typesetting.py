"""Sets words in type: breaks lines between syllables, evens them out, and leaves room for every stacked mark.

The type is Be Vietnam Pro, drawn for Vietnamese and shipped as a package, so a card looks alike on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from math import ceil
from pathlib import Path

import fontpkg_be_vietnam_pro
from PIL import ImageDraw, ImageFont

FILES = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
EDITION = version("fontpkg-be-vietnam-pro")  # another edition draws other letters
PAUSES = ",.;:!?…–—"
NO_LETTER = "\U0010fffe"
MEASURED = 1000  # pixels
ROUNDED = 0.6  # pixels by which a letter may be narrower in its own size than by reckoning

Face = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Setting:
    """Words set in lines, in pixels: `above` and `below` are how far the ink reaches from the outer baselines."""

    lines: tuple[str, ...]
    weight: str
    size: int
    leading: int
    above: int
    below: int
    width: int

    @property
    def height(self) -> int:
        """The height of all the ink: no mark of the first line and no tail of the last lies outside."""
        return self.above + self.leading * (len(self.lines) - 1) + self.below

    @property
    def calm(self) -> bool:
        """Whether no syllable stands alone on a line among several."""
        return len(self.lines) < 3 or all(" " in line for line in self.lines)

    @property
    def paused(self) -> bool:
        """Whether every line but the last ends where a reader would pause anyway."""
        return all(line[-1] in PAUSES for line in self.lines[:-1])

    def draw(self, canvas: ImageDraw.ImageDraw, x: int, y: int, colour: str) -> None:
        """Draw with the left edge at x and the topmost ink at y."""
        face = face_of(self.weight, self.size)
        for i, line in enumerate(self.lines):
            canvas.text((x, y + self.above + i * self.leading), line, fill=colour, font=face, anchor="ls")


@lru_cache(maxsize=400)
def face_of(weight: str, size: int) -> Face:
    """Return the type of a weight (Bold, SemiBold, Medium) in a size (pixels).

    The basic layout needs no library of the system, so no machine draws other bytes; composed letters need no shaping.
    """
    return ImageFont.truetype(str(FILES / f"BeVietnamPro-{weight}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4000)  # the cards of one campaign share the name of who speaks, the number, the address
def set_in(text: str, weight: str, size: int, width: int, spacing: float = 1.24) -> Setting | None:
    """Set a text within a width (pixels), lines evened out; None when one syllable alone is wider."""
    face = face_of(weight, size)
    lines = [line for part in text.split("\n") for line in _even(part.split(), face, width)]
    if not lines or any(face.getlength(line) > width for line in lines):
        return None
    boxes = [face.getbbox(line, anchor="ls") for line in lines]
    above, below = [-int(box[1]) for box in boxes], [max(0, int(box[3])) for box in boxes]
    closest = max((b + a for b, a in zip(below, above[1:], strict=False)), default=0)  # a dot below over a mark above
    return Setting(
        tuple(lines), weight, size, max(round(size * spacing), closest + max(1, size // 16)),
        above[0], below[-1], max(int(box[2]) for box in boxes),
    )  # fmt: skip


def least_lines(text: str, weight: str, size: int, width: int) -> int | None:
    """Return a number of lines below which a text is never set; None when one of its words is surely too wide.

    Reckoned from one measurement, whatever the size: what cannot fit need not be set to be refused.
    """
    blank, *words = (breadth * size - ROUNDED * letters for breadth, letters in _breadths(text, weight))
    if max(words, default=0) > width:
        return None
    return max(1, ceil((sum(words) + blank * len(words)) / (width + blank)))  # the blank at a line's end takes no room


@lru_cache(maxsize=4000)
def _breadths(text: str, weight: str) -> tuple[tuple[float, int], ...]:
    """Return how wide a blank and each word are, as multiples of the size, and of how many letters."""
    face = face_of(weight, MEASURED)
    return tuple((face.getlength(part) / MEASURED, len(part)) for part in (" ", *text.split()))


def strange_letters(text: str) -> list[str]:
    """Return what the type has no letter for (emoji, other scripts), each once, in order."""
    return [c for c in dict.fromkeys(text) if not c.isspace() and not _has(c)]


@lru_cache(maxsize=4000)
def _has(character: str) -> bool:
    face = face_of("Medium", 32)
    return bytes(face.getmask(character)) != bytes(face.getmask(NO_LETTER))


def _even(words: Sequence[str], face: Face, width: int) -> list[str]:
    """Break into as few lines as the width asks for, as evenly as that many can be, where a reader would pause."""
    blank = face.getlength(" ")
    lengths = [face.getlength(word) for word in words]
    count = _fewest(lengths, blank, width)
    ends: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]  # by line: where it may end, at what cost, from where
    for _ in range(count):
        reached: dict[int, tuple[float, int]] = {}
        for start, (cost, _) in ends[-1].items():
            used = -blank
            for end in range(start + 1, len(words) + 1):
                used += blank + lengths[end - 1]
                if used > width and end > start + 1:
                    break
                alone = 0.15 if end == start + 1 and count > 1 else 0  # one syllable on a line of its own
                total = cost + ((width - used) / width) ** 2 + _roughness(words, end) + alone
                if end not in reached or total < reached[end][0]:
                    reached[end] = total, start
        ends.append(reached)
    lines: list[str] = []
    end = len(words)
    for reached in reversed(ends[1:]):
        start = reached[end][1]
        lines.insert(0, " ".join(words[start:end]))
        end = start
    return lines


def _fewest(lengths: Sequence[float], blank: float, width: int) -> int:
    count, used = 0, float("inf")
    for length in lengths:
        if used + blank + length <= width:
            used += blank + length
        else:
            count, used = count + 1, length
    return count


def _roughness(words: Sequence[str], end: int) -> float:
    """Return how badly a line ends before the word at `end`: well after a comma, badly before a dash or a number."""
    if end == len(words):
        return 0
    if words[end][0] in "-–—":
        return 1
    if words[end][0].isdigit():
        return 0.1
    return -0.04 if words[end - 1][-1] in PAUSES else 0
