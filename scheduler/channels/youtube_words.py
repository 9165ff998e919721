"""What YouTube is told of a film: title, description, tags, category, and the mark by which we know it again.

Source: developers.google.com/youtube/v3/docs/videos (snippet: title 100 characters, description 5,000 bytes, tags 500
characters with their commas, and quotes around those with blanks; no < and no > in title and description).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.channels.contract import Outgoing, Post
from scheduler.errors import Rejected
from scheduler.text import HASHTAG, cut, say, squeeze, utf8

TITLE = 100
DESCRIPTION = 5_000  # bytes
TAGS = 500
NEVER = "<>"
KEPT = ("categoryId", "defaultAudioLanguage")  # of a snippet, as the film has it


def mark_of(outgoing: Outgoing) -> str:
    """Return the tag by which the film of a delivery is known among our uploads: the same for every attempt."""
    assert outgoing.post.video is not None
    named = f"{outgoing.key}\n{outgoing.post.video.sha256}"
    return f"loa-{hashlib.sha256(named.encode()).hexdigest()[:20]}"


def title_of(post: Post) -> str:
    """Return the title, or the first line of the text as far as it fits."""
    first = next((line for line in post.text.splitlines() if line.strip()), "")
    return squeeze(post.title) or cut(squeeze(first), TITLE) or squeeze(first)[:TITLE]


def tags_of(post: Post, *first: str) -> list[str]:
    """Return these tags (our mark among them) and the hashtags of a text, each once, as many as YouTube takes."""
    tags, length = list(first), len(",".join(f'"{tag}"' if " " in tag else tag for tag in first))
    seen = {tag.casefold() for tag in first}
    for tag in HASHTAG.findall(post.text):
        if tag.casefold() not in seen and length + 1 + len(tag) <= TAGS:
            seen.add(tag.casefold())
            tags.append(tag)
            length += 1 + len(tag)
    return tags


def snippet(outgoing: Outgoing, category: str) -> dict[str, Any]:
    """Return the words of a film; Rejected when YouTube would not take them, or leave a film without a name."""
    return {**_words(outgoing.post, [mark_of(outgoing)]), "categoryId": category}


def _words(post: Post, tags: Sequence[str]) -> dict[str, Any]:
    title = title_of(post)
    if not title or len(title) > TITLE:
        raise Rejected(
            say(f"video cần tiêu đề, dài nhất {TITLE} ký tự", f"a film needs a title of at most {TITLE} characters")
        )
    if any(letter in title + post.text for letter in NEVER):
        raise Rejected(say("YouTube không nhận < và >", "YouTube takes no < and no >"))
    if utf8(post.text) > DESCRIPTION:
        raise Rejected(
            say(f"lời mô tả dài hơn {DESCRIPTION} byte", f"the description is longer than {DESCRIPTION} bytes")
        )
    words = {"title": title, "description": post.text, "tags": tags_of(post, *tags)}
    return {**words, "defaultLanguage": post.language}


def reworded(film: Mapping[str, Any], post: Post) -> dict[str, Any]:
    """Return the whole snippet of a public film with the words of a post; Rejected when YouTube would not take them.

    What a part of a film does not name is lost: so all tags stay that were no hashtags of the old words, our mark among
    them, and what a person may have set in the Studio.
    """
    held: Mapping[str, Any] = film["snippet"]
    old = {tag.casefold() for tag in HASHTAG.findall(str(held.get("description", "")))}
    tags = [str(tag) for tag in held.get("tags", ()) if str(tag).casefold() not in old]
    return {**{name: held[name] for name in KEPT if name in held}, **_words(post, tags)}


def is_marked(film: Mapping[str, Any], mark: str) -> bool:
    """Tell whether a film of our uploads bears a mark."""
    return mark in (film.get("snippet") or {}).get("tags", ())
