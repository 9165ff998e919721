"""A message becomes a post: the words for one channel at one time, with its pictures, nothing left to decide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message, Words
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import picture_file, picture_type
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.contract import Picture, Post
from scheduler.composing.offered_hotline import offered_hotline
from scheduler.composing.render import WRONG, Renderer, RenderError, without_last_line_end
from scheduler.registers.hotlines import Hotlines, read_hotlines
from scheduler.text import nfc, say

Channels = Sequence[ChannelEntry]
Groups = list[tuple[ChannelEntry, ...]]


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
        self._shared: dict[tuple[int, bool, bool], tuple[Channels, Groups]] = {}
        self._last: tuple[Message, Channels, list[tuple[Words, tuple[ChannelEntry, ...]]]] | None = None

    def compose(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channels: Channels
    ) -> Iterator[Composed]:
        """Yield the posts of a message at one time, each with its channels; RenderError when one cannot be rendered."""
        for words, members in self.groups(message, channels):
            post = self.post(campaign, message, words, occurrence, members[0])
            yield Composed(post, self._digest(words, post), members)

    def groups(self, message: Message, channels: Channels) -> list[tuple[Words, tuple[ChannelEntry, ...]]]:
        """Return the words of a message and the channels that say exactly the same, in order of first channel."""
        if not message.words:
            return [(message, members) for members in self._share(message, channels)]
        if self._last is None or self._last[0] is not message or self._last[1] is not channels:
            members_of: dict[int, tuple[Words, list[ChannelEntry]]] = {}
            for channel in channels:
                words = words_for(message, channel)
                members_of.setdefault(id(words), (words, []))[1].append(channel)
            found = [(words, part) for words, own in members_of.values() for part in self._split(words, own)]
            self._last = message, channels, found
        return self._last[2]

    def _share(self, words: Words, channels: Channels) -> Groups:
        """Return the groups of channels that share these words; the same for every message that asks for the same."""
        needs = self._needs(words)
        at = id(channels), "channel" in needs, "unit" in needs
        known = self._shared.get(at)
        if known is None or known[0] is not channels:
            known = self._shared[at] = channels, self._split(words, channels)
        return known[1]

    def _split(self, words: Words, channels: Channels) -> Groups:
        needs = self._needs(words)
        groups: dict[tuple[str, str], list[ChannelEntry]] = {}
        for channel in channels:
            group = channel.id if "channel" in needs else "", channel.unit if "unit" in needs else ""
            groups.setdefault(group, []).append(channel)
        return [tuple(members) for members in groups.values()]

    def _needs(self, words: Words) -> frozenset[str]:
        if words.template is None:
            return frozenset()
        try:
            return self.renderer.needs(words.template)
        except WRONG:  # said properly when it is rendered
            return frozenset()

    def post(
        self, campaign: Campaign, message: Message, words: Words, occurrence: Occurrence, channel: ChannelEntry
    ) -> Post:
        """Return the post of a message in these words, the same for a whole group; RenderError says why not."""
        known = self._said.get(id(words))
        if known is not None and known[0] is words:
            return known[1]
        post = self._compose(message, words, self._offered(campaign, occurrence, channel))
        if words.template is None:  # the same at every time and on every channel
            self._said[id(words)] = words, post, ""
        return post

    def _digest(self, words: Words, post: Post) -> str:
        known = self._said.get(id(words))
        if known is None or known[1] is not post:
            return post.digest
        if not known[2]:
            known = self._said[id(words)] = known[0], known[1], post.digest
        return known[2]

    def _offered(self, campaign: Campaign, occurrence: Occurrence, channel: ChannelEntry) -> dict[str, Any]:
        due = occurrence.due.astimezone(self.zone)
        offered: dict[str, Any] = {
            "due": due,
            "channel": channel.id,
            "unit": channel.unit,
            "campaign_title": campaign.title,
            "hotline": self._hotline_on(due.date()),
        }
        if occurrence.anchor is not None:
            offered |= {"anchor": occurrence.anchor, "days_left": (occurrence.anchor - due.date()).days}
        return offered

    @cached_property
    def _hotlines(self) -> Hotlines:
        return read_hotlines(self.workspace / "campaigns" / "hotlines.yaml")[0]

    def _hotline_on(self, day: date) -> Callable[..., str]:
        """Return the function by which a template asks for a hotline; the register is read once it does."""
        return lambda name, form="number": offered_hotline(self._hotlines, name, day, form)

    def _compose(self, message: Message, words: Words, offered: Mapping[str, Any]) -> Post:
        if words.template is not None:
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
            file = picture_file(self.workspace, name)
            if file is None:
                raise RenderError(say(f"{name}: không có tệp ảnh này", f"{name}: there is no such picture"))
            with file.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
                size = opened.tell()
            self._pictures[name] = Picture(str(file), sha256, picture_type(file) or "", size, "")
        known = self._pictures[name]
        return Picture(known.file, known.sha256, known.mime, known.size, nfc(alt))


def words_for(message: Message, channel: ChannelEntry) -> Words:
    """Return the words for one channel: those named for it, else those for its network, else the message's own."""
    return message.words.get(channel.id) or message.words.get(channel.network) or message
