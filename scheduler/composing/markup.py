"""The few tags of a formatted text become plain words, and the stretches of them that are shown in a way of their own.

`<b> <i> <u> <s> <code> <blockquote> <a href="https://...">`, and `&amp; &lt; &gt; &quot;` for the signs themselves. It is
read strictly: what a network would guess at is a fault here, and all faults of a text are told at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from scheduler.channels.contract import Post
from scheduler.channels.spans import CODE, LINK, QUOTE, STRUCK, TAGS, Span, placed, spelled
from scheduler.composing.render import RenderError
from scheduler.text import URL, few, nfc, say, utf16

PIECE = re.compile(r"<[^<>]*>|<|&(?:#?\w{1,12};)?|[^<&]+")
OPENING = re.compile(rf'<(?:({"|".join(tag for tag in TAGS if tag != LINK)})|(a)\s+href="([^"]*)"\s*)>')
CLOSING = re.compile(rf"</({'|'.join(TAGS)})>")
NAME = re.compile(r"</?\s*(\w*)")
SIGNS = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "'"}  # numbers: of a template
MEANT = {
    "strong": "b",
    "em": "i",
    "ins": "u",
    "del": "s",
    "strike": "s",
    "pre": "code",
    "tt": "code",
    "q": "blockquote",
}
MOST_FAULTS = 3  # in one sentence


class MarkupError(RenderError):
    """A formatted text whose tags cannot be read, or not be shown."""


def set_out(post: Post, *, shows: bool) -> Post:
    """Return a post whose text is still formatted with its plain words, and what is shown how.

    On a network that does not show it (`shows`) the words say what they can: where a link leads stands behind it.
    What was crossed out would be read as valid there, so that is a MarkupError, as is what cannot be read.
    """
    text, spans = read(post.text)
    if shows:
        return replace(post, text=text, spans=spans)
    if struck := [text[start:end] for start, end, span in placed(text, spans) if span.tag == STRUCK]:
        shown = few((f'"{words}"' for words in struck), MOST_FAULTS)
        raise MarkupError(
            say(
                f"{shown} gạch bỏ bằng <s>, mà có mạng không gạch được chữ nên người đọc sẽ tưởng còn đúng; bỏ đoạn ấy, "
                "hoặc viết riêng cho mạng ấy trong words",
                f"{shown} is crossed out by <s>, and some of the networks cannot show that: it would be read as valid; "
                "leave it out, or write words of their own for them",
            )
        )
    return replace(post, text=spelled(text, spans))


def read(source: str) -> tuple[str, tuple[Span, ...]]:
    """Return the plain words of a formatted text and their stretches; MarkupError tells all that is wrong with it."""
    reading = _Reading()
    for found in PIECE.finditer(source):
        reading.take(found[0])
    text, spans = reading.end()
    if reading.faults:
        raise MarkupError("; ".join(reading.faults[:MOST_FAULTS]))
    return text, spans


@dataclass
class _Open:
    """A tag that is still open: where its words begin, and on which line it stands."""

    tag: str
    url: str
    start: int
    line: int
    number: int  # among all tags, so that the outer of two with the same words stays the outer


@dataclass
class _Reading:
    """Takes a formatted text piece by piece. Places are Python's, until the end."""

    text: str = ""
    line: int = 1
    number: int = 0
    open: list[_Open] = field(default_factory=list)
    closed: list[tuple[_Open, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, piece: str) -> None:
        if found := OPENING.fullmatch(piece):
            self._begin(found[1] or found[2], _unescaped(found[3] or ""))
        elif found := CLOSING.fullmatch(piece):
            self._close(found[1])
        elif piece.startswith("<"):
            self._fault(*_not_a_tag(piece))
        elif piece.startswith("&"):
            if piece not in SIGNS:
                self._fault(*_not_a_sign(piece))
            self.text += SIGNS.get(piece, piece)
        else:
            self.text += piece
        self.line += piece.count("\n")

    def _begin(self, tag: str, url: str) -> None:
        inside = [one.tag for one in self.open]
        if tag in inside:
            self._fault(f"<{tag}> nằm trong <{tag}>; bỏ một cặp", f"<{tag}> within <{tag}>; leave one pair out")
        elif CODE in inside or (tag == CODE and set(inside) - {QUOTE}):
            other = inside[-1]
            self._fault(
                f"<{tag}> không nằm trong <{other}> được: <code> đứng riêng; đóng </{other}> trước",
                f"<{tag}> cannot stand within <{other}>: <code> stands alone; close </{other}> first",
            )
        if tag == LINK and not URL.fullmatch(url):
            self._fault(
                f'href="{url}" phải là địa chỉ đầy đủ bắt đầu bằng https:// (hoặc http://), không kết thúc bằng dấu câu',
                f'href="{url}" must be a whole address beginning with https:// (or http://), with no mark at its end',
            )
        self.number += 1
        self.open.append(_Open(tag, url, len(self.text), self.line, self.number))

    def _close(self, tag: str) -> None:
        if tag not in [one.tag for one in self.open]:
            self._fault(f"</{tag}> thừa, trước nó không có <{tag}>", f"</{tag}> closes nothing")
            return
        while (last := self.open.pop()).tag != tag:
            self._fault(
                f"</{tag}> đứng trước </{last.tag}>; đóng </{last.tag}> trước",
                f"</{tag}> stands before </{last.tag}>; close </{last.tag}> first",
            )
        self._keep(last)

    def _keep(self, one: _Open) -> None:
        words = self.text[one.start :]
        if not words.strip():
            self._fault(f"<{one.tag}></{one.tag}> không có chữ nào", f"<{one.tag}></{one.tag}> has no words")
        elif one.tag == LINK and (found := URL.match(words.strip())) and found[0] != one.url:
            self._fault(
                f"chữ là {found[0]} mà dẫn tới {one.url}: người đọc bị lừa; viết chữ khác, hoặc cùng một địa chỉ",
                f"it says {found[0]} and leads to {one.url}: readers are deceived; write other words, or one address",
            )
        one.start += len(words) - len(words.lstrip())
        self.closed.append((one, len(self.text.rstrip())))

    def end(self) -> tuple[str, tuple[Span, ...]]:
        """Return the words without blanks around them, and the stretches in order, the outer first."""
        for one in self.open:
            self._fault(f"<{one.tag}> chưa có </{one.tag}>", f"<{one.tag}> is never closed", one.line)
        text, before = self.text.strip(), len(self.text) - len(self.text.lstrip())
        kept = [(one, max(one.start - before, 0), end - before) for one, end in self.closed if end > one.start]
        self._look_at_cuts(text, [place for _, start, end in kept for place in (start, end)])
        kept.sort(key=lambda each: (each[1], -each[2], each[0].number))
        return text, tuple(
            Span(one.tag, utf16(text[:start]), utf16(text[start:end]), one.url) for one, start, end in kept
        )

    def _look_at_cuts(self, text: str, places: list[int]) -> None:
        if nfc(text) != text:
            self._fault("một thẻ đứng giữa chữ và dấu của chữ ấy", "a tag stands between a letter and its mark")
        for link in URL.finditer(text):
            if any(link.start() < place < link.end() for place in places):
                self._fault(
                    f"một thẻ cắt đôi địa chỉ {link[0]}; đặt thẻ quanh cả địa chỉ, và cách chữ sau nó một dấu cách",
                    f"a tag cuts the address {link[0]} in two; put it around the whole, and a blank after it",
                )

    def _fault(self, vi: str, en: str, line: int | None = None) -> None:
        at = line or self.line
        self.faults.append(say(f"dòng {at} của bài: {vi}", f"line {at} of the text: {en}"))


def _not_a_tag(piece: str) -> tuple[str, str]:
    if piece == "<" or not (found := NAME.match(piece)) or not found[1]:
        return "dấu < phải viết &lt;", "the sign < is written &lt;"
    name = found[1].lower()
    listed = " ".join(f"<{tag}>" for tag in TAGS)
    if name == LINK:
        return 'liên kết phải viết <a href="https://...">chữ</a>', 'a link is written <a href="https://...">words</a>'
    if name in ("br", "p", "div"):
        return f"không có thẻ {piece}; xuống dòng thì xuống dòng ngay trong bài", f"no {piece}; just begin a new line"
    meant = name if name in TAGS else MEANT.get(name, "")
    vi, en = (f"; ý bạn là <{meant}>?", f"; did you mean <{meant}>?") if meant else ("", "")
    return (
        f"không có thẻ {piece}{vi} (các thẻ: {listed}; dấu < thường thì viết &lt;)",
        f"there is no tag {piece}{en} (tags: {listed}; a mere < is written &lt;)",
    )


def _not_a_sign(piece: str) -> tuple[str, str]:
    if piece == "&":
        return "dấu & phải viết &amp;", "the sign & is written &amp;"
    return (
        f"không có {piece} (chỉ có &amp; &lt; &gt; &quot;); chữ khác thì viết thẳng",
        f"there is no {piece} (only &amp; &lt; &gt; &quot;); write any other sign itself",
    )


def _unescaped(value: str) -> str:
    for written, sign in (*((w, s) for w, s in SIGNS.items() if w != "&amp;"), ("&amp;", "&")):
        value = value.replace(written, sign)
    return value
