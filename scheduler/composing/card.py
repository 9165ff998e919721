"""A card: a picture made of a message's own words, in the size of its network, the same to the byte every time."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageDraw

from scheduler.composing import typesetting
from scheduler.composing.palettes import Theme
from scheduler.composing.typesetting import PAUSES, Setting, least_lines, set_in
from scheduler.text import say

DESIGN = 1  # another number for every change that draws other pictures: approvals are bound to their bytes
SIZES: dict[str, tuple[int, int]] = {
    "ngang": (1200, 630),
    "rong": (1600, 900),
    "vuong": (1080, 1080),
    "dung": (1080, 1350),
    "tin-ngan": (1080, 1920),
}
TALL = 1.6  # from this ratio on a network lays its own signs over the top and the bottom
QUIET = 4  # modules of white around a code, as its standard asks for
MOST_ROWS = 6  # of small type under the headline; nobody reads a wall of words on a picture
LOOSE = 1.36  # from line to line of small type, as a multiple of its size
LOWEST = 0.5  # of the size: less high than this no line of letters is
SMALLEST_MODULE = 4  # pixels; below, a phone at arm's length does not read it
CODE_SHARES = (1, 0.85, 0.7)  # of its best size; the first that leaves room for the words
LITTLE = 0.8  # of the largest size: so much smaller a headline may be to have its lines end at pauses
NUMBER = re.compile(r"[\d .+/-]+")
LABELS = {"vi": ("Đường dây nóng", "Quét mã để xem"), "en": ("Hotline", "Scan to read")}


Words = tuple[Setting, list[Setting]]  # the headline and the lines below it


class NoRoom(Exception):
    """Words do not fit on the card; `field` is whose, the message says what would."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Content:
    """All that is on a card, nothing left to decide; `emblem` is a file, `emblem_sha256` its bytes."""

    size: tuple[int, int]
    theme: Theme
    headline: str
    lines: tuple[str, ...] = ()
    unit: str = ""
    hotline: str = ""
    link: str = ""
    emblem: str = ""
    emblem_sha256: str = ""
    language: str = "vi"

    @property
    def recipe(self) -> str:
        """The fingerprint of everything that decides how the card looks."""
        said = {**asdict(self), "emblem": "", "design": DESIGN, "type": typesetting.EDITION}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def labels(self) -> tuple[str, str]:
        return LABELS["en" if self.language.startswith("en") else "vi"]

    @property
    def alt(self) -> str:
        """The card in words, for those who cannot see it."""
        label, _ = self.labels
        hotline = f"{label}: {self.hotline}" if NUMBER.fullmatch(self.hotline) else self.hotline
        said = (self.unit, self.headline, *self.lines, hotline, self.link)
        return " ".join(_ended(" ".join(part.split())) for part in said if part.strip())


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:" or sentence.startswith("http") else f"{sentence}."


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Layout:
    """Where everything of a card lies. `placed` are words with their place and colour."""

    content: Content
    unit: int  # a hundredth of the shorter side, by which all is measured
    placed: tuple[tuple[Setting, int, int, str], ...]
    bar: Box
    hotline: Box | None
    code: Box | None
    module: int
    emblem: Box | None


def lay_out(content: Content) -> Layout:
    """Find a place for everything; NoRoom when the words do not fit even in the smallest type that can be read."""
    return _Desk(content).layout()


def draw(content: Content) -> bytes:
    """Return the card as PNG, the same bytes for the same content; NoRoom when it does not fit."""
    layout = lay_out(content)
    theme = content.theme
    picture = Image.new("RGB", content.size, theme.paper)
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle(_ends(layout.bar), fill=theme.accent)
    if layout.hotline is not None:
        _rounded(picture, layout.hotline, 2 * layout.unit, theme.accent)
    if layout.code is not None:
        _rounded(picture, layout.code, 2 * layout.unit, "#ffffff")
        _draw_code(canvas, content.link, layout.code, layout.module)
    if layout.emblem is not None:
        _paste(picture, Path(content.emblem), layout.emblem)
    for setting, x, y, colour in layout.placed:
        setting.draw(canvas, x, y, colour)
    written = BytesIO()
    picture.save(written, "PNG", compress_level=2)  # higher takes longer than drawing, for a tenth of the bytes
    return written.getvalue()


@dataclass
class _Desk:
    """Lays out one card: who speaks above, whom to call and the code below, the words in what is left."""

    content: Content

    def __post_init__(self) -> None:
        width, height = self.content.size
        self.u = min(width, height) // 100
        margin = 7 * self.u
        tall = height / width >= TALL
        self.inner = Box(
            margin, height // 8 if tall else margin, width - margin, height - (height // 6 if tall else margin)
        )
        self.wide = width > height
        self.placed: list[tuple[Setting, int, int, str]] = []

    def layout(self) -> Layout:
        """Lay everything out; a code that leaves the words no room is made smaller."""
        refused: NoRoom | None = None
        for share in CODE_SHARES if self.content.link else CODE_SHARES[:1]:
            self.placed = []
            try:
                return self._layout(round(share * (38 if self.wide else 30)))
            except NoRoom as error:
                refused = refused or error
        assert refused is not None
        raise refused

    def _layout(self, breadth: int) -> Layout:
        code, module = self._code(breadth)
        emblem, top = self._head()
        foot = code.left - 4 * self.u if code else self.inner.right
        hotline = self._hotline(foot)
        floor = min(
            [self.inner.bottom]
            + ([hotline.top - 5 * self.u] if hotline else [])
            + ([code.top - 5 * self.u] if code and not self.wide else [])
        )
        right = code.left - 5 * self.u if code and self.wide else self.inner.right
        bar = self._words(Box(self.inner.left, top, right, floor))
        return Layout(self.content, self.u, tuple(self.placed), bar, hotline, code, module, emblem)

    def _head(self) -> tuple[Box | None, int]:
        """Place the emblem and the name of who speaks; return where the words may begin."""
        u, inner = self.u, self.inner
        if not self.content.unit and not self.content.emblem:
            return None, inner.top
        side = 11 * u if self.content.emblem else 0
        emblem = Box(inner.left, inner.top, inner.left + side, inner.top + side) if side else None
        left = inner.left + (side + 3 * u if side else 0)
        name = None
        if self.content.unit:
            sizes = range(round(4.6 * u), round(3.2 * u), -1)
            tried = (set_in(self.content.unit, "SemiBold", size, inner.right - left, 1.3) for size in sizes)
            name = next((s for s in tried if s is not None and len(s.lines) <= 2), None)
            if name is None:
                raise NoRoom("unit", _too_long("tên đơn vị", "the unit's name", self.content, self.content.unit))
            self.placed.append((name, left, inner.top + max(0, (side - name.height) // 2), self.content.theme.ink))
        return emblem, inner.top + max(side, name.height if name else 0) + 5 * u

    def _code(self, breadth: int) -> tuple[Box | None, int]:
        """Place the code to scan, so many units wide, in the lower right corner, its address beneath."""
        if not self.content.link:
            return None, 0
        u, inner = self.u, self.inner
        modules = len(_matrix(self.content.link)) + 2 * QUIET
        module = round(breadth * u / modules)
        if module < SMALLEST_MODULE:
            raise NoRoom("link", _too_long("liên kết", "the link", self.content, self.content.link))
        side = module * modules
        address = urlsplit(self.content.link)
        shown = f"{address.netloc}{address.path}".removeprefix("www.").rstrip("/")
        under = [
            self._line(self.content.labels[1], "SemiBold", 3.5, side),
            self._line(shown, "Medium", 3.1, side) or self._line(address.netloc, "Medium", 3.1, side),
        ]
        settings = [setting for setting in under if setting is not None]
        y = inner.bottom - sum(s.height + round(1.4 * u) for s in settings)
        box = Box(inner.right - side, y - side, inner.right, y)
        for setting in settings:
            y += round(1.4 * u)
            self.placed.append((setting, box.left + (side - setting.width) // 2, y, self.content.theme.ink))
            y += setting.height
        return box, module

    def _line(self, text: str, weight: str, size: float, width: int) -> Setting | None:
        sizes = range(round(size * self.u), round(size * self.u * 0.75), -1)
        settings = (set_in(text, weight, pixels, width) for pixels in sizes)
        return next((s for s in settings if s is not None and len(s.lines) == 1), None)

    def _hotline(self, right: int) -> Box | None:
        """Place the box of the hotline in the lower left corner."""
        said = self.content.hotline
        if not said:
            return None
        u, inner, colour = self.u, self.inner, self.content.theme.on_accent
        number = NUMBER.fullmatch(said) is not None
        width = right - inner.left - 8 * u
        big = next(
            (s for size in range((8 if number else 5) * u, 3 * u, -1)
             if (s := set_in(said, "Bold", size, width)) is not None and len(s.lines) <= (1 if number else 2)),
            None,
        )  # fmt: skip
        if big is None:
            raise NoRoom("hotline", _too_long("hotline", "hotline", self.content, said))
        small = self._line(self.content.labels[0], "SemiBold", 3.7, width) if number else None
        rows = [row for row in (small, big) if row is not None]
        height = sum(row.height for row in rows) + 2 * u * (len(rows) - 1) + 6 * u
        box = Box(inner.left, inner.bottom - height, inner.left + max(r.width for r in rows) + 8 * u, inner.bottom)
        y = box.top + 3 * u
        for row in rows:
            self.placed.append((row, box.left + 4 * u, y, colour))
            y += row.height + 2 * u
        return box

    def _words(self, area: Box) -> Box:
        """Place bar, headline and lines, as large as they can be, in the middle of the area; return the bar."""
        fitting = self._fitting_sizes(area)
        first = next(fitting, None)
        if first is None:
            raise NoRoom(*self._excess(area))
        return self._stack(area, *self._pleasant(first, fitting))

    def _pleasant(self, first: Words, smaller: Iterator[Words]) -> Words:
        """Return a setting that reads well: the largest calm one, or one a little smaller whose lines end at pauses."""
        largest = first[0]
        if not largest.calm:
            return next((found for found in smaller if found[0].calm), first)
        if largest.paused or not any(word[-1] in PAUSES for word in self.content.headline.split()[:-1]):
            return first
        near = takewhile(
            lambda found: found[0].size >= LITTLE * largest.size and len(found[0].lines) == len(largest.lines), smaller
        )
        return next((found for found in near if found[0].calm and found[0].paused), first)

    def _fitting_sizes(self, area: Box) -> Iterator[Words]:
        """Yield headline and lines in every size that fits, the largest first."""
        for size in range(round(12.5 * self.u), round(5.6 * self.u), -2):
            if self._is_too_large(size, area):
                continue
            headline = set_in(self.content.headline, "Bold", size, area.width)
            rows = self._rows(size, area.width) if headline is not None else None
            if headline is not None and rows is not None and self._height(headline, rows) <= area.height:
                yield headline, rows

    def _is_too_large(self, size: int, area: Box) -> bool:
        """Whether headline and lines surely do not fit in this size, by reckoning only."""
        small = self._small(size)
        parts = [(self.content.headline, "Bold", size, 1.24)]
        parts += [(line, "Medium", small, LOOSE) for line in self.content.lines]
        counts = [least_lines(text, weight, pixels, area.width) for text, weight, pixels, _ in parts]
        found = [count for count in counts if count is not None]
        if len(found) < len(counts) or sum(found[1:]) > MOST_ROWS:
            return True
        ink = sum(
            pixels * (LOWEST + spacing * (n - 1)) for n, (_, _, pixels, spacing) in zip(found, parts, strict=True)
        )
        return 4 * self.u + ink + self._gaps() > area.height

    def _height(self, headline: Setting, rows: list[Setting]) -> int:
        return 4 * self.u + headline.height + sum(row.height for row in rows) + self._gaps()

    def _gaps(self) -> int:
        return sum(self._gap(i) for i in range(len(self.content.lines)))

    def _gap(self, row: int) -> int:
        return 5 * self.u if row == 0 else round(2.6 * self.u)

    def _rows(self, headline: int, width: int) -> list[Setting] | None:
        rows = [set_in(line, "Medium", self._small(headline), width, LOOSE) for line in self.content.lines]
        found = [row for row in rows if row is not None]
        return found if len(found) == len(rows) and sum(len(row.lines) for row in found) <= MOST_ROWS else None

    def _small(self, headline: int) -> int:
        """Return the size of the lines under a headline of a size."""
        return max(round(4.2 * self.u), min(round(5.6 * self.u), round(headline * 0.5)))

    def _stack(self, area: Box, headline: Setting, rows: list[Setting]) -> Box:
        u, ink = self.u, self.content.theme.ink
        y = area.top + (area.height - self._height(headline, rows)) // 2
        bar = Box(area.left, y, area.left + 12 * u, y + u)
        y += 4 * u
        self.placed.append((headline, area.left, y, ink))
        y += headline.height
        for i, row in enumerate(rows):
            y += self._gap(i)
            self.placed.append((row, area.left, y, ink))
            y += row.height
        return bar

    def _excess(self, area: Box) -> tuple[str, str]:
        """Return whose words are too many, and how many would fit."""
        alone = _Desk(replace(self.content, lines=()))
        if not self.content.lines or next(alone._fitting_sizes(area), None) is None:
            return "headline", self._fitting(area)
        used = " ".join(self.content.lines)
        or_vi, or_en = (
            (" (hoặc bỏ link: mã QR chiếm chỗ)", " (or drop link: its code takes room)")
            if self.content.link
            else ("", "")
        )
        words = say(
            f"các dòng dài {len(used)} ký tự, không vừa thẻ {_size(self.content)}; bớt chữ trong lines, "
            f"phần còn lại để trong text{or_vi}",
            f"the lines are {len(used)} long and do not fit on the card {_size(self.content)}; shorten lines, "
            f"leave the rest to text{or_en}",
        )
        return "lines", words

    def _fitting(self, area: Box) -> str:
        words = self.content.headline.split()
        low, high = 0, len(words)
        while high - low > 1:
            middle = (low + high) // 2
            trial = set_in(" ".join(words[:middle]), "Bold", round(5.6 * self.u) + 1, area.width)
            low, high = (middle, high) if trial and trial.height + 4 * self.u <= area.height else (low, middle)
        room, used = len(" ".join(words[:low])), len(self.content.headline)
        return say(
            f"headline dài {used} ký tự, thẻ {_size(self.content)} chỉ vừa khoảng {room}; viết ngắn lại",
            f"headline is {used} long, the card {_size(self.content)} holds about {room}; shorten it",
        )


def _size(content: Content) -> str:
    return "{} x {}".format(*content.size)


def _too_long(vi: str, en: str, content: Content, text: str) -> str:
    return say(
        f"{vi} dài {len(text)} ký tự, không vừa thẻ {_size(content)}; viết ngắn lại",
        f"{en} is {len(text)} long and does not fit on the card {_size(content)}; shorten it",
    )


@lru_cache(maxsize=1000)
def _matrix(link: str) -> tuple[bytes, ...]:
    import segno  # megabytes that an office without cards needs not

    return tuple(bytes(row) for row in segno.make_qr(link, error="m", boost_error=False).matrix)


def _draw_code(canvas: ImageDraw.ImageDraw, link: str, box: Box, module: int) -> None:
    for x, y in _dark(link):
        left, top = box.left + (x + QUIET) * module, box.top + (y + QUIET) * module
        canvas.rectangle((left, top, left + module - 1, top + module - 1), fill="#000000")


def _dark(link: str) -> Iterator[tuple[int, int]]:
    for y, row in enumerate(_matrix(link)):
        yield from ((x, y) for x, dark in enumerate(row) if dark)


def _ends(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - 1, box.bottom - 1


def _rounded(picture: Image.Image, box: Box, radius: int, colour: str) -> None:
    """Fill a box with round corners, smooth: drawn four times as large and scaled down."""
    mask = Image.new("L", (box.width * 4, box.height * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * 4, fill=255)
    picture.paste(colour, (box.left, box.top), mask.resize((box.width, box.height), Image.Resampling.BOX))


def _paste(picture: Image.Image, file: Path, box: Box) -> None:
    with Image.open(file) as opened:
        emblem = opened.convert("RGBA")
    emblem.thumbnail((box.width, box.height), Image.Resampling.LANCZOS)
    at = box.left + (box.width - emblem.width) // 2, box.top + (box.height - emblem.height) // 2
    picture.paste(emblem, at, emblem)
