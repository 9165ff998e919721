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
from scheduler.authoring.loader import picture_file, picture_type
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.contract import Limits, Picture, Post
from scheduler.channels.registry import NETWORKS
from scheduler.composing.press import WORDS, Press
from scheduler.composing.render import WRONG, Renderer, RenderError, without_last_line_end
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
        self.press = Press(self.workspace)
        self._pictures: dict[str, Picture] = {}
        self._said: dict[int, tuple[Words, Post, str]] = {}
        self._shared: dict[tuple[int, bool, bool, bool], tuple[Channels, Groups]] = {}
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
            found = [(words, part) for words, own in members_of.values() for part in self._split(message, words, own)]
            self._last = message, channels, found
        return self._last[2]

    def _share(self, message: Message, channels: Channels) -> Groups:
        """Return the groups of channels that share these words; the same for every message that asks for the same."""
        needs = self._needs(message, message)
        at = id(channels), "channel" in needs, "unit" in needs, message.card is not None
        known = self._shared.get(at)
        if known is None or known[0] is not channels:
            known = self._shared[at] = channels, self._split(message, message, channels)
        return known[1]

    def _split(self, message: Message, words: Words, channels: Channels) -> Groups:
        needs = self._needs(message, words)
        groups: dict[tuple[object, ...], list[ChannelEntry]] = {}
        for channel in channels:
            size = card_size(channel.network) if message.card is not None else None
            group = channel.id if "channel" in needs else "", channel.unit if "unit" in needs else "", size
            groups.setdefault(group, []).append(channel)
        return [tuple(members) for members in groups.values()]

    def _needs(self, message: Message, words: Words) -> frozenset[str]:
        if message.card is not None:
            said = " ".join((*(getattr(message.card, field) for field in WORDS), *message.card.lines))
            return self.renderer.needs_of(said) | self._needs(message.model_copy(update={"card": None}), words)
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
        known = self._said.get(id(words)) if message.card is None else None
        if known is not None and known[0] is words:
            return known[1]
        post = self._compose(message, words, self._offered(campaign, occurrence, channel), channel)
        if words.template is None and message.card is None:  # the same at every time and on every channel
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
        }
        if occurrence.anchor is not None:
            offered |= {"anchor": occurrence.anchor, "days_left": (occurrence.anchor - due.date()).days}
        return offered

    def _compose(self, message: Message, words: Words, offered: Mapping[str, Any], channel: ChannelEntry) -> Post:
        if words.template is not None:
            text = self.renderer.render(words.template, {**offered, **words.vars})
        else:
            text = words.text or ""
        return Post(
            text=without_last_line_end(text),
            title=nfc(message.title),
            language=message.language,
            images=(
                *self._card(message, words, offered, card_size(channel.network)),
                *(self._picture(image.file, image.alt) for image in message.images),
            ),
        )

    def card(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channel: ChannelEntry, size: tuple[int, int]
    ) -> Picture | None:
        """Return the card of a message for a channel in any size, None when it has none; RenderError says why not."""
        offered = self._offered(campaign, occurrence, channel)
        return next(self._card(message, words_for(message, channel), offered, size), None)

    def _card(
        self, message: Message, words: Words, offered: Mapping[str, Any], size: tuple[int, int]
    ) -> Iterator[Picture]:
        if message.card is not None:
            named = {**offered, **words.vars}
            yield self.press.picture(message.card, size, message.language, lambda text: self.renderer.fill(text, named))

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


def card_size(network: str) -> tuple[int, int]:
    """Return the width and height (pixels) in which a network shows a card whole."""
    return NETWORKS[network].limits.card if network in NETWORKS else Limits.card


def words_for(message: Message, channel: ChannelEntry) -> Words:
    """Return the words for one channel: those named for it, else those for its network, else the message's own."""
    return message.words.get(channel.id) or message.words.get(channel.network) or message
