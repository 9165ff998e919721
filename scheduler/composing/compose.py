"""A message becomes a post: the words for one channel at one time, with its pictures, nothing left to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message, Words
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Book
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.contract import PNG, Limits, Picture, Post
from scheduler.channels.registry import FOLLOWERS, NETWORKS, speaker
from scheduler.composing.cover import cover_on, shows_video
from scheduler.composing.cutting_room import CuttingRoom, Viewing
from scheduler.composing.darkroom import ContactSheet, Darkroom
from scheduler.composing.frame import Frame, frame_of
from scheduler.composing.markup import set_out
from scheduler.composing.offered_hotline import offered_hotline
from scheduler.composing.office import Offices
from scheduler.composing.press import WORDS, Press, Proofs
from scheduler.composing.render import WRONG, Renderer, without_last_line_end
from scheduler.composing.theme import theme_in
from scheduler.registers.days import Days
from scheduler.registers.hotlines import Hotlines
from scheduler.registers.laws import Laws
from scheduler.registers.source import Path_
from scheduler.registers.units import Units
from scheduler.text import nfc

Channels = Sequence[ChannelEntry]
Groups = list[tuple[ChannelEntry, ...]]
Look = tuple[
    tuple[int, int] | Frame | str | None, ...
]  # the card's size and frame, the frame of each picture, the cover

OF_UNIT = frozenset(["unit", "office"])  # names that say something else for each unit
FILM: Look = ("film",)  # the look of whoever shows the video, and no picture
SAID = ("text", "template", "vars", "formatted", "words")  # what each text of a rotation has of its own


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
    units: Units = field(default_factory=Units)
    laws: Laws | None = None  # the register that templates cite from
    days: Days = field(default_factory=Days)
    hotlines: Hotlines = field(default_factory=Hotlines)

    @classmethod
    def of(cls, book: Book, zone: ZoneInfo) -> Composer:
        """Return a composer that knows what the office knows."""
        return cls(book.workspace, zone, units=book.units, laws=book.laws, days=book.days, hotlines=book.hotlines)

    def __post_init__(self) -> None:
        self.renderer = Renderer(self.workspace, self.laws)
        self.press = Press(self.workspace)
        self.darkroom = Darkroom(self.workspace)
        self.cutting_room = CuttingRoom(self.workspace)
        self._offices = Offices(self.units)
        self._said: dict[tuple[int, Look | None, bool], tuple[Words, Post, str]] = {}
        self._shared: dict[tuple[object, ...], tuple[Channels, Groups]] = {}
        self._looked: tuple[Message, dict[str, Look]] | None = None
        self._turns: dict[int, tuple[Message, list[tuple[Path_, Message]]]] = {}
        self._last: tuple[Message, Channels, list[tuple[Words, tuple[ChannelEntry, ...]]]] | None = None

    def proofs(self) -> Composer:
        """Return a composer of the same posts that makes no card and no picture: for looking whether they can be made."""
        other = copy(self)
        other.press, other.darkroom = Proofs(self.workspace), ContactSheet(self.workspace)
        other.cutting_room = Viewing(self.workspace)
        other._said, other._looked = {}, None
        return other

    def compose(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channels: Channels
    ) -> Iterator[Composed]:
        """Yield the posts of a message at one time, each with its channels; RenderError when one cannot be rendered."""
        message = self.turn(message, occurrence)[1]
        for words, members in self.groups(message, channels):
            post = self.post(campaign, message, words, occurrence, members[0])
            yield Composed(post, self._digest(message, words, members[0], post), members)

    def turns(self, message: Message) -> list[tuple[Path_, Message]]:
        """Return a message once for each text that takes turns, saying that one, with its place within the message."""
        known = self._turns.get(id(message))
        if known is None or known[0] is not message:
            known = self._turns[id(message)] = message, _turns(message)
        return known[1]

    def turn(self, message: Message, occurrence: Occurrence) -> tuple[Path_, Message]:
        """Return the message as it is said at one time, and the place of its words within the message."""
        return self.turns(message)[occurrence.turn or 0]

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
        looks = frozenset(self._looks(message).items())
        at = id(channels), "channel" in needs, not needs.isdisjoint(OF_UNIT), looks, message.formatted
        known = self._shared.get(at)
        if known is None or known[0] is not channels:
            known = self._shared[at] = channels, self._split(message, message, channels)
        return known[1]

    def _split(self, message: Message, words: Words, channels: Channels) -> Groups:
        needs = self._needs(message, words)
        looks = self._looks(message)
        groups: dict[tuple[object, ...], list[ChannelEntry]] = {}
        for channel in channels:
            unit = "" if needs.isdisjoint(OF_UNIT) else channel.unit
            shown = looks.get(channel.network), _set_out(words, channel.network)
            group = speaker(channel)[0] if "channel" in needs else "", unit, *shown
            groups.setdefault(group, []).append(channel)
        return [tuple(members) for members in groups.values()]

    def _looks(self, message: Message) -> dict[str, Look]:
        """Return what each network makes of the pictures of a message; those with the same look show the same ones."""
        if self._looked is None or self._looked[0] is not message:
            self._looked = message, self._look_at(message)
        return self._looked[1]

    def _look_at(self, message: Message) -> dict[str, Look]:
        if message.card is None and not message.images and message.video is None and message.any_cover is None:
            return {}
        return {network: (*self._look(message, network), *self._cover_look(message, network)) for network in NETWORKS}

    def _look(self, message: Message, network: str) -> Look:
        if shows_video(message, network):
            return FILM
        frame, size = frame_of(network), card_size(network) if message.card is not None else None
        as_drawn = size is None or PNG in frame.types  # no card comes near the other limits
        return size, None if as_drawn else frame, *(self.darkroom.needed(i.file, frame) for i in message.images)

    def _cover_look(self, message: Message, network: str) -> Look:
        if (cover := cover_on(message, network)) is None:
            return ()
        return "cover", self.darkroom.needed(cover.file, frame_of(network))

    def _needs(self, message: Message, words: Words) -> frozenset[str]:
        needs = self._needs_of_text(words)
        if message.card is None:
            return needs
        said = (*(getattr(message.card, field) for field in WORDS), *message.card.lines)
        return needs.union(*map(self.renderer.needs_of, said))

    def _needs_of_text(self, words: Words) -> frozenset[str]:
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
        at = self._at(message, words, channel)
        known = self._said.get(at) if message.card is None else None
        if known is not None and known[0] is words:
            return known[1]
        post = self._compose(message, words, self._offered(campaign, message, words, occurrence, channel), channel)
        post = self._with_cover(post, message, channel.network)
        if words.template is None and message.card is None:  # the same at every time and on every channel
            self._said[at] = words, post, ""
        return post

    def _digest(self, message: Message, words: Words, channel: ChannelEntry, post: Post) -> str:
        at = self._at(message, words, channel)
        known = self._said.get(at)
        if known is None or known[1] is not post:
            return post.digest
        if not known[2]:
            known = self._said[at] = known[0], known[1], post.digest
        return known[2]

    def _at(self, message: Message, words: Words, channel: ChannelEntry) -> tuple[int, Look | None, bool]:
        return id(words), self._looks(message).get(channel.network), _set_out(words, channel.network)

    def _offered(
        self, campaign: Campaign, message: Message, words: Words, occurrence: Occurrence, channel: ChannelEntry
    ) -> dict[str, Any]:
        due = occurrence.due.astimezone(self.zone)
        offered: dict[str, Any] = {
            "due": due,
            "channel": speaker(channel)[0],
            "unit": channel.unit,
            "campaign_title": campaign.title,
            "theme": theme_in(self.days, due.year),
            "hotline": self._hotline_on(due.date()),
        }
        if "office" in self._needs(message, words):
            offered["office"] = self._offices.on(channel.unit, due.date(), channel=channel.id)
        if occurrence.anchor is not None:
            days_left = (occurrence.anchor - due.date()).days
            offered |= {"anchor": occurrence.anchor, "days_left": days_left, "days_since": -days_left}
        return offered

    def _hotline_on(self, day: date) -> Callable[..., str]:
        """Return the function by which a template asks for a hotline."""
        return lambda name, form="number": offered_hotline(self.hotlines, name, day, form)

    def _compose(self, message: Message, words: Words, offered: Mapping[str, Any], channel: ChannelEntry) -> Post:
        if words.template is not None:
            named, day = {**offered, **words.vars}, offered["due"].date()
            text = self.renderer.render(words.template, named, day, formatted=words.formatted)
        else:
            text = words.text or ""
        said = Post(without_last_line_end(text), title=nfc(message.title), language=message.language)
        if words.formatted:
            said = set_out(said, shows=_set_out(words, channel.network))
        if message.video is not None and shows_video(message, channel.network):
            return replace(said, video=self.cutting_room.video(message.video.file, message.video.alt))
        frame = frame_of(channel.network)
        cards = self._card(message, words, offered, card_size(channel.network))
        return replace(
            said,
            images=(
                *(self.darkroom.card(card, frame) for card in cards),
                *(self.darkroom.picture(image.file, image.alt, frame) for image in message.images),
            ),
        )

    def _with_cover(self, post: Post, message: Message, network: str) -> Post:
        if (cover := cover_on(message, network)) is None:
            return post
        return replace(post, cover=self.darkroom.picture(cover.file, cover.alt, frame_of(network)))

    def card(
        self, campaign: Campaign, message: Message, occurrence: Occurrence, channel: ChannelEntry, size: tuple[int, int]
    ) -> Picture | None:
        """Return the card of a message for a channel in any size, None when it has none; RenderError says why not."""
        message = self.turn(message, occurrence)[1]
        words = words_for(message, channel)
        offered = self._offered(campaign, message, words, occurrence, channel)
        return next(self._card(message, words, offered, size), None)

    def _card(
        self, message: Message, words: Words, offered: Mapping[str, Any], size: tuple[int, int]
    ) -> Iterator[Picture]:
        if message.card is not None:
            named = {**offered, **words.vars}
            day = offered["due"].date()
            yield self.press.picture(
                message.card, size, message.language, lambda text: self.renderer.fill(text, named, day)
            )


def _turns(message: Message) -> list[tuple[Path_, Message]]:
    if not message.rotates:
        return [((), message)]
    alone: dict[str, Any] = {"texts": (), "rotation": (), "distance": None}
    if message.texts:
        said = ((("texts", i), {"text": text}) for i, text in enumerate(message.texts))
        return [(path, message.model_copy(update={**alone, **words})) for path, words in said]
    return [
        (("rotation", i), message.model_copy(update={**alone, **{name: getattr(turn, name) for name in SAID}}))
        for i, turn in enumerate(message.rotation)
    ]


def _set_out(words: Words, network: str) -> bool:
    """Tell whether a network shows what is formatted of these words; else they are spelled out there."""
    return words.formatted and network in NETWORKS and NETWORKS[network].limits.spans > 0


def card_size(network: str) -> tuple[int, int]:
    """Return the width and height (pixels) in which a network shows a card whole."""
    return NETWORKS[network].limits.card if network in NETWORKS else Limits.card


def words_for(message: Message, channel: ChannelEntry) -> Words:
    """Return the words for one channel: those named for it, else those for its network, else the message's own.

    A channel that follows another has the words of that one: it sends on what that one says.
    """
    id, network = speaker(channel) if channel.network in FOLLOWERS else (channel.id, channel.network)
    return message.words.get(id) or message.words.get(network) or message
