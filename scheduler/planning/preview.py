"""A preview: each post of a message as its network will show it, and what the checker says of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scheduler.authoring.campaign import Message
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence
from scheduler.authoring.timetable import timetable
from scheduler.channels.contract import Limits, Picture, Post, Video
from scheduler.channels.registry import NETWORKS
from scheduler.channels.spans import links
from scheduler.composing.compose import Composer, words_for
from scheduler.composing.fit import room, with_learnt
from scheduler.composing.looks import folded, initials, look_of
from scheduler.composing.negative import PictureError
from scheduler.composing.press import CardError
from scheduler.composing.render import RenderError
from scheduler.composing.screening import measured
from scheduler.composing.thumbnail import data_url, film_url
from scheduler.errors import Problem
from scheduler.settings import Settings
from scheduler.text import say

NEAR = 0.9  # of the limit: from here on the bar is amber

LEFT_OUT: tuple[dict[str, Any], ...] = (
    {},
    {"card": None},
    {"images": ()},
    {"card": None, "images": ()},
    {"video": None},
    {"card": None, "images": (), "video": None},
)

Learnt = Mapping[str, Mapping[str, int]]


@dataclass
class Shown:
    """A post on one network: the channels that say exactly this, and when."""

    network: str
    post: Post
    limits: Limits
    channels: list[ChannelEntry]
    dues: list[datetime]
    problems: list[str] = field(default_factory=list)
    loses_tags: bool = False  # its words are formatted, and the network shows plain words only

    @property
    def note(self) -> str:
        """What a reader of the preview should know besides, or an empty text."""
        if not self.loses_tags:
            return ""
        return say(
            "mạng này chỉ hiện chữ thường: không có chữ đậm, nghiêng; liên kết kèm địa chỉ",
            "this network shows plain words only: nothing bold or italic, and links with their addresses",
        )

    @property
    def count(self) -> tuple[int, int]:
        """How long it is and how long it may be, as the network counts."""
        return room(self.post, self.limits)


@dataclass
class MessagePreview:
    """A message with its posts, and the problems that belong to no post of it alone."""

    message: Message
    posts: list[Shown] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Previewer:
    """Makes previews of one book. `learnt`: the limits that networks told us, by channel."""

    book: Book
    settings: Settings
    composer: Composer
    now: datetime
    learnt: Learnt = field(default_factory=dict)

    def posts(self, authored: Authored, message: Message) -> Iterator[Shown]:
        """Yield the posts of a message, time by time and network by network; RenderError when one cannot be made."""
        for occurrence in self._occurrences(authored, message):
            yield from self._at(authored, message, occurrence)

    def message(self, authored: Authored, message: Message, problems: Iterable[Problem]) -> MessagePreview:
        """Return a message with every different post once, as far as it can be made, and what is wrong with each."""
        shown: dict[tuple[str, str, tuple[str, ...]], Shown] = {}
        for occurrence in self._occurrences(authored, message):
            for one in self._as_far_as_possible(authored, message, occurrence):
                key = one.network, one.post.digest, tuple(entry.id for entry in one.channels)
                if key in shown:
                    shown[key].dues += one.dues
                else:
                    shown[key] = one
        preview = MessagePreview(message, list(shown.values()))
        index = authored.campaign.messages.index(message)
        for problem in problems:
            _attach(preview, problem, f"messages.{index}")
        return preview

    def _as_far_as_possible(self, authored: Authored, message: Message, occurrence: Occurrence) -> list[Shown]:
        """Return the posts of one time, without a card or pictures that cannot be made: the checker says why, and where."""
        tried = [message] if message.any_cover is None else [message, message.without_cover()]
        for left_out, part in ((left_out, part) for left_out in LEFT_OUT for part in tried):
            try:
                return list(self._at(authored, part.model_copy(update=left_out) if left_out else part, occurrence))
            except (CardError, PictureError):
                continue
            except RenderError:
                break
        return []

    def _occurrences(self, authored: Authored, message: Message) -> Iterator[Occurrence]:
        zone, end = self.settings.zone, self.now + self.settings.horizon
        return iter(timetable(authored.campaign, message, zone, self.now, end, self.book.days))

    def _at(self, authored: Authored, message: Message, occurrence: Occurrence) -> Iterator[Shown]:
        due = occurrence.due.astimezone(self.settings.zone)
        channels = authored.channels_of(message, self.book)
        said = self.composer.turn(message, occurrence)[1]
        for composed in self.composer.compose(authored.campaign, message, occurrence, channels):
            networks: dict[str, list[ChannelEntry]] = {}
            for entry in composed.channels:
                if entry.network in NETWORKS:
                    networks.setdefault(entry.network, []).append(entry)
            for network, members in networks.items():
                limits = with_learnt(NETWORKS[network].limits, self.learnt.get(members[0].id, {}))
                loses_tags = words_for(said, members[0]).formatted and not limits.spans
                yield Shown(network, composed.post, limits, members, [due], loses_tags=loses_tags)


def _attach(preview: MessagePreview, problem: Problem, at: str) -> None:
    """Put a problem on the posts that it speaks of, else on the message."""
    if problem.field != at and not problem.field.startswith(f"{at}."):
        return
    mine = [
        shown
        for shown in preview.posts
        if problem.message.startswith(f"{shown.network}: ") or _names(problem.field, at, shown)
    ]
    for shown in mine:
        shown.problems.append(problem.message)
    if not mine:
        preview.problems.append(problem)


def _names(field_: str, at: str, shown: Shown) -> bool:
    """Whether the field is of the words for this network, or for one of these channels."""
    return any(
        f"{field_}.".startswith(f"{at}.words.{name}.") for name in (shown.network, *(e.id for e in shown.channels))
    )


def _as_shown(video: Video) -> dict[str, str]:
    return {"src": film_url(video), "alt": video.alt, "measured": measured(video)}


def as_values(shown: Shown, book: Book) -> dict[str, Any]:
    """Return a post as the page wants it."""
    look, first = look_of(shown.network), shown.channels[0]
    unit = book.units.by_id.get(first.unit)
    name = unit.name if unit is not None else first.unit or first.account
    used, most = shown.count
    before, after = folded(shown.post.text, look)
    return {
        "network": shown.network,
        "label": look.label,
        "name": name,
        "initials": initials(name),
        "account": first.account,
        "channels": [entry.id for entry in shown.channels],
        "dues": [f"{due:%H:%M} {due.day}/{due.month}/{due.year}" for due in shown.dues],
        "title": shown.post.title if shown.limits.title else "",
        "before": before,
        "after": after,
        "spans": shown.post.spans,  # no network that shows them folds a text
        "links": links(shown.post.text, shown.post.spans),
        "language": shown.post.language,
        "cover": _picture(shown.post.cover) if shown.post.cover is not None else None,
        "images": [_picture(image) for image in shown.post.images],
        "video": _as_shown(shown.post.video) if shown.post.video else None,
        "used": used,
        "most": most,
        "counted": shown.limits.counted,
        "percent": min(100, round(100 * used / most)) if most else 100,
        "level": "over" if used > most else "near" if used > NEAR * most else "well",
        "actions": look.actions,
        "problems": shown.problems,
        "note": shown.note,
    }


def _picture(picture: Picture) -> dict[str, str]:
    return {"src": data_url(picture), "alt": picture.alt}
