"""Pages for people: one HTML file each, with all that it needs inside, and everything escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from scheduler.channels.spans import Span, as_html
from scheduler.text import HASHTAG, URL, say

# No script, nothing from outside: the page shows what it holds, even when a post holds what a browser would run.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'"
)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("scheduler.composing", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(say=say, policy=POLICY)
    environment.filters["marked"] = marked
    return environment


def page(name: str, **values: Any) -> str:
    """Return a page of `pages/` as one HTML document."""
    return _environment().get_template(f"{name}.html.j2").render(**values)


def marked(text: str, spans: Sequence[Span] = ()) -> Markup:
    """Return a text as HTML: addresses and hashtags coloured as networks colour them, `spans` shown as they will be."""
    return Markup(as_html(text, spans, _coloured, escape))  # noqa: S704 - each piece of it was escaped


def _coloured(text: str) -> Markup:
    return Markup("").join(_parts(text))


def _parts(text: str) -> Iterator[Markup]:
    end = 0
    found = sorted((*URL.finditer(text), *HASHTAG.finditer(text)), key=lambda match: match.start())
    for match in found:
        if match.start() < end:
            continue  # a hashtag inside an address
        yield escape(text[end : match.start()])
        if match[0].startswith("#"):
            yield Markup('<span class="tag">{}</span>').format(match[0])
        else:
            yield Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(match[0])
        end = match.end()
    yield escape(text[end:])
