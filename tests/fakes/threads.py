"""Threads: one profile, reached by a person's token of 60 days."""

from __future__ import annotations

import re

from aiohttp import web

from tests.fakes.containers import ContainersFake
from tests.fakes.server import JSON


class ThreadsFake(ContainersFake):
    network = "threads"
    account = "24817000000123456"
    use_case = "threads", 80002
    grant = "th"
    version = "v1.0"
    edge, posts, quota_edge = "threads", "threads", "threads_publishing_limit"
    state, why, words = "status", "error_message", "text"
    alive = ("views", "likes", "replies", "reposts", "quotes", "shares")
    kinds = {"JPEG": "image/jpeg", "PNG": "image/png"}
    suffix = 24, 4279009
    children = (2, 20)

    def wrong(self, held: JSON) -> web.Response | None:
        text, kind = str(held.get("text", "")), held.get("media_type")
        links = {*re.findall(r"https?://\S+", text)} | (
            {held["link_attachment"]} if "link_attachment" in held else set()
        )
        if held.get("auto_publish_text"):
            return self.bad("nothing of ours is published in one step")
        if kind not in ("TEXT", "IMAGE", "VIDEO", "CAROUSEL"):
            return self.bad("Param media_type must be one of TEXT, IMAGE, VIDEO, CAROUSEL")
        if "link_attachment" in held and kind != "TEXT":
            return self.bad("link_attachment goes with TEXT only")
        if kind == "TEXT" and not text.strip():
            return self.bad("Param text is required")
        if len(text) > 500:
            return self.bad("Param text must be at most 500 characters long")
        if len(links) > 5:
            return self.bad("THREADS_API__LINK_LIMIT_EXCEEDED")
        if kind == "IMAGE" and not held.get("image_url"):
            return self.bad("Param image_url is required")
        if kind == "VIDEO" and not held.get("video_url"):
            return self.bad("Param video_url is required")
        return None

    def shown_text(self, text: str) -> str:
        """The first hashtag became the topic, and lost its sign."""
        return text.replace("#", "", 1)
