"""What a change does to the real text, line by line, as a reader sees it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import ndiff

from scheduler.channels.contract import Post
from scheduler.channels.spans import written
from scheduler.text import say


def differences(before: Post, after: Post) -> Iterator[tuple[str, str]]:
    """Yield (sign, line): '-' for what goes, '+' for what comes, ' ' for what stays."""
    for line in ndiff(_lines(before), _lines(after)):
        if line[0] != "?":
            yield line[0], line[2:]


def _lines(post: Post) -> list[str]:
    title = [f"# {post.title}"] if post.title else []
    pictures = [f"[{image.sha256[:12]}] {image.alt}" for image in post.images]
    films = [f"[video {post.video.sha256[:12]}] {post.video.alt}"] if post.video else []
    if post.cover is not None:
        title = [f"[{say('bìa', 'cover')} {post.cover.sha256[:12]}] {post.cover.alt}", *title]
    return title + written(post.text, post.spans).split("\n") + pictures + films
