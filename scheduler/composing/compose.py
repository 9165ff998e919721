"""A message becomes a post: the words for one channel at one time, with its pictures, nothing left to decide."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message, Words
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import inside, picture_type
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.contract import Picture, Post
from scheduler.composing.render import Renderer, RenderError, without_last_line_end
from scheduler.text import nfc, say


@dataclass(frozen=True)
class Composed:
    """A post, its fingerprint, and the channels on which it says exactly this."""

    post: Post
    digest: str
    channels: tuple[ChannelEntry, ...]


@dataclass
class Composer:
    """Composes the posts of one workspace; what does not depend on the channel is rendered once for all."""

    workspace: Path
    zone: ZoneInfo

    def __post_init__(self) -> None:
        self.renderer = Renderer(self.workspace)
        self._pictures: dict[str, Picture] = {}
        self._said: dict[int, tuple[Words, Post, str]] = {}

    def compose(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channels: Sequence[ChannelEntry]
    ) -> Iterator[Composed]:
        """Yield the posts of a message at one time, each with its channels; RenderError when one cannot be rendered."""
        groups: dict[Any, list[ChannelEntry]] = {}
        words_of: dict[Any, Words] = {}
        for channel in channels:
            words = words_for(message, channel)
            needed = self._needs(words)
            group = (id(words), channel.id if "channel" in needed else "", channel.unit if "unit" in needed else "")
            groups.setdefault(group, []).append(channel)
            words_of[group] = words
        for group, members in groups.items():
            post, digest = self._post(campaign, message, words_of[group], occurrence, members[0])
            yield Composed(post, digest, tuple(members))

    def _needs(self, words: Words) -> frozenset[str]:
        if words.template is None:
            return frozenset()
        try:
            return self.renderer.needs(words.template)
        except Exception:  # said properly when it is rendered
            return frozenset()

    def _post(
        self, campaign: Campaign, message: Message, words: Words, occurrence: Occurrence, channel: ChannelEntry
    ) -> tuple[Post, str]:
        known = self._said.get(id(words))
        if known is not None and known[0] is words:
            return known[1], known[2]
        post = self._compose(message, words, self._offered(campaign, occurrence, channel))
        digest = post.digest
        if words.template is None:  # the same at every time and on every channel
            self._said[id(words)] = (words, post, digest)
        return post, digest

    def _offered(self, campaign: Campaign, occurrence: Occurrence, channel: ChannelEntry) -> dict[str, Any]:
        due = occurrence.due.astimezone(self.zone)
        offered: dict[str, Any] = {
            "due": due,
            "channel": channel.id,
            "unit": channel.unit,
            "campaign_title": campaign.title,
        }
        if occurrence.anchor is not None:
            offered |= {"anchor": occurrence.anchor, "days_left": (occurrence.anchor - due.date()).days}
        return offered

    def _compose(self, message: Message, words: Words, offered: Mapping[str, Any]) -> Post:
        if words.template is not None:
            if inside(self.workspace / "templates", words.template) is None:
                raise RenderError(
                    say(f"{words.template}: nằm ngoài thư mục templates", f"{words.template}: lies outside templates")
                )
            text = self.renderer.render(words.template, {**offered, **words.vars})
        else:
            text = words.text or ""
        return Post(
            text=without_last_line_end(text),
            title=nfc(message.title),
            language=message.language,
            images=tuple(self._picture(image.file, image.alt) for image in message.images),
        )

    def _picture(self, name: str, alt: str) -> Picture:
        if name not in self._pictures:
            file = inside(self.workspace, name)
            if file is None or not file.is_file():
                raise RenderError(say(f"{name}: không có tệp ảnh này", f"{name}: there is no such picture"))
            content = file.read_bytes()
            self._pictures[name] = Picture(
                str(file), hashlib.sha256(content).hexdigest(), picture_type(file) or "", len(content), ""
            )
        known = self._pictures[name]
        return Picture(known.file, known.sha256, known.mime, known.size, nfc(alt))


def words_for(message: Message, channel: ChannelEntry) -> Words:
    """Return the words for one channel: those named for it, else those for its network, else the message's own."""
    return message.words.get(channel.id) or message.words.get(channel.network) or message
