"""An article of Zalo: a title, a summary, a cover, and blocks of text and pictures.

The caps are what running systems have seen accepted, below what the vendor writes. Pictures go as public addresses, which
Zalo fetches by itself. Source: developers.zalo.me (Official Account API, article).
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from scheduler.channels.contract import JPEG, PNG, Limits, Outgoing, Post
from scheduler.errors import Rejected
from scheduler.text import URL, cut, squeeze

NETWORK, HOME = "zalo", "https://openapi.zalo.me"
TITLE = 140  # the vendor: 150, which was seen refused
DESCRIPTION = 250  # the vendor: 300, which was seen refused
AUTHOR = 50


LIMITS = Limits(
    text=50_000,  # nobody has written down how long an article may be
    images=20,  # nor how many pictures it takes
    image_bytes=800_000,  # about 1 MB already fails
    image_types=(JPEG, PNG),
    cover=True,
    title=True,
    title_most=TITLE,
)


def title_of(post: Post) -> str:
    """Return the title, or the first line of the text as far as it fits."""
    first = next((line.strip() for line in post.text.splitlines() if line.strip()), "")
    title = squeeze(post.title) or cut(squeeze(first), TITLE) or squeeze(first)[:TITLE]
    if not title:
        raise Rejected("an article needs a title or a text")
    return title


def article(
    post: Post, *, cover: str, pictures: Sequence[str], status: str, author: str, comment: str
) -> dict[str, Any]:
    """Return the article that says a post. `pictures` are the addresses of its images, in their order."""
    title, text = title_of(post), squeeze(post.text)
    blocks = [{"type": "text", "content": content(post.text)}] if text else []
    images = [
        {"type": "image", "url": address, "caption": picture.alt}
        for address, picture in zip(pictures, post.images, strict=True)
    ]
    return {
        "type": "normal",
        "title": title,
        "description": cut(text, DESCRIPTION) or text[:DESCRIPTION] or title,
        "cover": {"cover_type": "photo", "photo_url": cover, "status": "show"},  # without it no media are made
        "body": [*blocks, *images],
        "status": status,
        "comment": comment,
        **({"author": author} if author else {}),
    }


def content(text: str) -> str:
    """Return a text as HTML: its lines, and its addresses as links."""
    parts, end = [], 0
    for link in URL.finditer(text):
        address = html.escape(link[0])
        parts += [html.escape(text[end : link.start()]), f'<a href="{address}">{address}</a>']
        end = link.end()
    return "".join([*parts, html.escape(text[end:])]).replace("\n", "<br>")


def cover_in(told: Mapping[str, Any]) -> str:
    """Return the address of the cover of an article, as its detail tells it; '' where it does not."""
    cover = told.get("cover")
    return str(cover.get("photo_url") or "") if isinstance(cover, dict) else ""


def pictures_in(told: Mapping[str, Any]) -> list[str]:
    """Return the addresses of the pictures of an article, in their order, as far as its detail tells them."""
    body = told.get("body")
    blocks = [block for block in body if isinstance(block, dict)] if isinstance(body, list) else []
    return [str(block["url"]) for block in blocks if block.get("type") == "image" and block.get("url")]


def cover_of(pattern: str, outgoing: Outgoing) -> str:
    """Return the cover of a post without pictures: {campaign} is the id of its campaign."""
    return pattern.replace("{campaign}", quote(outgoing.key.partition("/")[0]))
