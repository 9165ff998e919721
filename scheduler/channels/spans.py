"""Stretches of a text that are shown in a way of their own: bold, crossed out, words that lead to an address.

Offsets and lengths are UTF-16 units (Telegram's). Two stretches lie apart, or one lies within the other, the outer first.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LINK, QUOTE, STRUCK, CODE = "a", "blockquote", "s", "code"
TAGS = ("b", "i", "u", STRUCK, LINK, CODE, QUOTE)  # by the names that HTML has for them
LINE_ENDS = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Span:
    """One stretch: how it is shown (one of TAGS), where it lies, and for a link where it leads."""

    tag: str
    offset: int
    length: int
    url: str = ""


def placed(text: str, spans: Iterable[Span]) -> list[tuple[int, int, Span]]:
    """Return each stretch with its first and last place as Python counts."""
    whole = text.encode("utf-16-le")

    def place(units: int) -> int:
        return len(whole[: 2 * units].decode("utf-16-le"))

    return [(place(span.offset), place(span.offset + span.length), span) for span in spans]


def links(text: str, spans: Iterable[Span]) -> list[tuple[str, str]]:
    """Return the words of each link and where they lead."""
    return [(text[start:end], span.url) for start, end, span in placed(text, spans) if span.tag == LINK]


def spelled(text: str, spans: Sequence[Span]) -> str:
    """Return the text for who sees plain words only: behind the words of a link stands where it leads."""
    if not spans:
        return text
    parts, done = [], 0
    for start, end, span in placed(text, spans):
        if span.tag == LINK and text[start:end] != span.url:
            parts += [text[done:end], f" ({span.url})"]
            done = end
    return "".join([*parts, text[done:]])


def as_html(text: str, spans: Sequence[Span], plain: Callable[[str], str], in_link: Callable[[str], str]) -> str:
    """Return the text as HTML. `plain` writes words (and may make links of addresses), `in_link` those within a link.

    What is bold over several lines is bold in each: whoever makes paragraphs of newlines cuts no tag in two.
    """
    if not spans:
        return plain(text)
    parts: list[str] = []
    open_: tuple[Span, ...] = ()
    for piece, around in _pieces(text, spans):
        same = sum(1 for _ in _both(open_, around))
        parts += [f"</{span.tag}>" for span in reversed(open_[same:])]
        parts += [_opening(span) for span in around[same:]]
        parts.append(in_link(piece) if any(span.tag == LINK for span in around) else plain(piece))
        open_ = around
    return "".join([*parts, *(f"</{span.tag}>" for span in reversed(open_))])


def written(text: str, spans: Sequence[Span]) -> str:
    """Return the text as its author may have written it: with the tags, and plain where nothing is set out."""
    return as_html(text, spans, _escaped, _escaped) if spans else text


def _pieces(text: str, spans: Iterable[Span]) -> Iterator[tuple[str, tuple[Span, ...]]]:
    marked = placed(text, spans)
    line_ends = [place for found in LINE_ENDS.finditer(text) for place in found.span()]
    cuts = sorted({0, len(text), *line_ends, *(place for start, end, _ in marked for place in (start, end))})
    for start, end in pairwise(cuts):
        between_lines = text[start:end].isspace() and "\n" in text[start:end]
        around = [span for first, last, span in marked if first <= start and end <= last]
        yield text[start:end], tuple(span for span in around if span.tag == QUOTE or not between_lines)


def _both(before: Iterable[Span], after: Iterable[Span]) -> Iterator[Span]:
    for one, other in zip(before, after, strict=False):
        if one is not other:
            return
        yield one


def _opening(span: Span) -> str:
    if span.tag != LINK:
        return f"<{span.tag}>"
    # what stands in square brackets WordPress would carry out, also within a tag
    address = html.escape(span.url).replace("[", "&#91;").replace("]", "&#93;")
    return f'<a href="{address}">'


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)
