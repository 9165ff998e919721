"""The press: sets the words of a message on its card, draws each card once, and keeps it where it is sent from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from scheduler.authoring.card import Card
from scheduler.authoring.loader import inside, picture_file, picture_type
from scheduler.channels.contract import Picture
from scheduler.channels.whole import write_whole
from scheduler.composing.card import Content, NoRoom, draw, lay_out
from scheduler.composing.palettes import LEAST_CONTRAST, THEMES, USUAL, Theme, contrast
from scheduler.composing.render import RenderError
from scheduler.composing.typesetting import strange_letters
from scheduler.errors import SettingsError
from scheduler.text import URL, did_you_mean, nfc, say

Fill = Callable[[str], str]  # renders a text; RenderError says why it cannot
WORDS = ("unit", "hotline", "link", "headline")  # texts of a card that may name what a template may;
# the headline last, since without it nothing is left of which more could be found


class CardError(RenderError):
    """A card that cannot be made; `field` is the key of `card` in which the author mends it."""

    def __init__(self, field: str, message: str, *, unannounced: bool = False) -> None:
        super().__init__(message, unannounced=unannounced)
        self.field = field


class Press:
    """Makes the cards of one workspace. Nothing is drawn twice, and nothing at the time of sending."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.folder = workspace / "var" / "cards"
        self._made: dict[Content, Picture] = {}
        self._emblems: dict[str, tuple[Path, str]] = {}

    def picture(self, card: Card, size: tuple[int, int], language: str, fill: Fill) -> Picture:
        """Return a card as a picture of a post, drawn if it is new. CardError: it cannot be made; SettingsError: it cannot be kept."""
        content = self.content(card, size, language, fill)
        if content not in self._made:
            self._made[content] = self._print(content)
        made = self._made[content]
        own = nfc(card.alt.strip())
        return replace(made, alt=own or content.alt, said=content.alt if own else "")

    def content(self, card: Card, size: tuple[int, int], language: str, fill: Fill) -> Content:
        """Return what will be on a card; CardError for what cannot be."""
        for field, sentence in faults(card, self.workspace):
            raise CardError(field, sentence)
        lines = tuple(line for line in (_filled("lines", text, fill) for text in card.lines) if line)
        said = {field: _filled(field, getattr(card, field), fill) for field in WORDS}
        for field, text in (("lines", " ".join(lines)), *said.items()):
            for sentence in _faults_of(field, text):
                raise CardError(field, sentence)
        emblem, emblem_sha256 = self._emblem(card.emblem) if card.emblem else (Path(), "")
        return Content(
            size, theme_of(card), lines=lines, emblem=str(emblem) if card.emblem else "",
            emblem_sha256=emblem_sha256, language=language, **said,
        )  # fmt: skip

    def _emblem(self, name: str) -> tuple[Path, str]:
        if name not in self._emblems:
            file = picture_file(self.workspace, name)
            assert file is not None  # a missing one is a fault
            self._emblems[name] = file, hashlib.sha256(file.read_bytes()).hexdigest()
        return self._emblems[name]

    def _print(self, content: Content) -> Picture:
        """Draw a card, or take the one that was drawn by the same recipe: an approval is bound to its bytes."""
        file = self.folder.resolve() / f"{content.recipe}.png"
        try:
            if file.is_file():
                drawn = file.read_bytes()
            else:
                drawn = draw(content)
                write_whole(file, drawn)
        except NoRoom as error:
            raise CardError(error.field, str(error)) from None
        except OSError as error:
            words = say(
                "không ghi được thẻ hình; xem lại quyền ghi và chỗ trống",
                "cards cannot be written; look at permissions and space",
            )
            raise SettingsError(f"{file.parent}: {words} ({error.strerror})") from None
        return Picture(str(file), hashlib.sha256(drawn).hexdigest(), "image/png", len(drawn), "")


class Proofs(Press):
    """A press that only lays out: what cannot be made is said as surely, and nothing is drawn or written.

    Its pictures have words and no bytes; nothing that is sent, fingerprinted or shown may come from it.
    """

    def _print(self, content: Content) -> Picture:
        try:
            lay_out(content)
        except NoRoom as error:
            raise CardError(error.field, str(error)) from None
        return Picture("", "", "image/png", 0, "")


def faults(card: Card, workspace: Path) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a card whatever it will say: the key, and a sentence."""
    if card.theme and card.theme not in THEMES:
        hint, listed = did_you_mean(card.theme, THEMES), ", ".join(THEMES)
        yield (
            "theme",
            say(f'không có bộ màu "{card.theme}"{hint} ({listed})', f'no theme "{card.theme}"{hint} ({listed})'),
        )
    if card.colours is not None and (found := contrast(card.colours.ink, card.colours.paper)) < LEAST_CONTRAST:
        yield (
            "colours",
            say(
                f"chữ {card.colours.ink} trên nền {card.colours.paper} khó đọc: tương phản {found:.1f}, cần ít nhất "
                f"{LEAST_CONTRAST}; chọn một màu thật sáng, một màu thật tối",
                f"{card.colours.ink} on {card.colours.paper} is hard to read: contrast {found:.1f}, at least "
                f"{LEAST_CONTRAST} is needed; choose one colour that is light and one that is dark",
            ),
        )
    if card.emblem:
        yield from (("emblem", sentence) for sentence in _faults_of_emblem(card.emblem, workspace))
    for field, text in (*((name, getattr(card, name)) for name in WORDS), *(("lines", line) for line in card.lines)):
        if "{{" not in text and "{%" not in text:
            yield from ((field, sentence) for sentence in _faults_of(field, nfc(text.strip())))


def without(card: Card, field: str) -> Card | None:
    """Return the card without what is wrong with it, so that its other mistakes are found too; None: nothing is left."""
    if field not in Card.model_fields or field == "headline":
        return None
    return card.model_copy(update={field: Card.model_fields[field].get_default()})


def theme_of(card: Card) -> Theme:
    """Return the colours of a card without faults."""
    if card.colours is not None:
        return Theme(card.colours.paper, card.colours.ink, card.colours.accent)
    return THEMES[card.theme or USUAL]


def _filled(field: str, text: str, fill: Fill) -> str:
    try:
        return nfc(fill(text)).strip()
    except RenderError as error:
        raise CardError(field, str(error), unannounced=error.unannounced) from None


def _faults_of(field: str, text: str) -> Iterator[str]:
    if field == "headline" and not text:
        yield say("headline không ra chữ nào; viết một câu ngắn", "headline says nothing; write a short sentence")
    if field == "link" and text and not URL.fullmatch(text):
        yield say(
            f'"{text}" không phải địa chỉ; ví dụ: https://example.org/tin',
            f'"{text}" is no address; e.g. https://example.org',
        )
    if strange := strange_letters(text):
        shown = " ".join(strange[:8])
        yield say(
            f"phông chữ của thẻ không có: {shown}; bỏ đi (biểu tượng cảm xúc nên để trong text)",
            f"the type of the card lacks: {shown}; leave it out (emoji may stand in text)",
        )


def _faults_of_emblem(name: str, workspace: Path) -> Iterator[str]:
    file = inside(workspace, name)
    if file is None:
        yield say(f"{name}: nằm ngoài thư mục làm việc", f"{name}: lies outside the workspace")
    elif picture_file(workspace, name) is None:
        yield say(f"{name}: không có tệp ảnh này", f"{name}: there is no such picture")
    elif picture_type(file) is None:
        yield say(f"{name}: không phải ảnh JPEG, PNG, GIF hay WebP", f"{name}: not a JPEG, PNG, GIF or WebP")
