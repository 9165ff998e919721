"""The calendar: every time at which a message is due, from the files and the ledger together, day by day."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from scheduler import clock
from scheduler.authoring.campaign import Message
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence, localise
from scheduler.authoring.timetable import timetable
from scheduler.channels.contract import Post
from scheduler.composing.compose import Composer
from scheduler.composing.render import RenderError
from scheduler.ledger.delivery import State, name_of
from scheduler.text import say

WEEKDAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
IN_FILES = "in files"  # the state of what no plan has written down yet
GRAVEST_FIRST = (
    State.UNCONFIRMED, State.FAILED, State.MISSED, State.SENDING, State.HELD, IN_FILES, State.SCHEDULED,
    State.PUBLISHED, State.WITHDRAWN, State.CANCELLED,
)  # fmt: skip

Key = tuple[str, str, str]
BodyOf = Callable[[str], str]


@dataclass
class Entry:
    """One message at one time: what it says first, and on which channels, each with its state."""

    campaign: str
    message: str
    occurrence: str
    due: datetime  # in the office's zone
    title: str = ""
    text: str = ""
    campaign_title: str = ""
    channels: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.campaign}/{self.message}@{self.occurrence}"

    @property
    def first_line(self) -> str:
        """What the reader sees first: the title, else the first line with words."""
        return self.title or next((line.strip() for line in self.text.split("\n") if line.strip()), self.message)

    @property
    def states(self) -> dict[str, int]:
        """How many channels are in each state, what needs a person first."""
        counted = Counter(self.channels.values())
        return {state: counted[state] for state in GRAVEST_FIRST if counted[state]}

    @property
    def state(self) -> str:
        return next(iter(self.states), IN_FILES)


@dataclass(frozen=True)
class Span:
    """The days that are looked at: a month, or a year."""

    first: date
    last: date  # outside

    @classmethod
    def of_month(cls, year: int, month: int) -> Span:
        return cls(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))

    @classmethod
    def of_year(cls, year: int) -> Span:
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the UTC moments at which the days begin and end."""
        begin, end = (localise(datetime.combine(day, time.min), zone) for day in (self.first, self.last))
        return begin, end

    @property
    def months(self) -> list[tuple[int, int]]:
        """Year and month of each, in order."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        return [(self.first.year, self.first.month + i) for i in range(count)]


@dataclass
class Calendar:
    """Collects the entries of one book. `rows` are the ledger's for the same span; None: there is no ledger."""

    book: Book
    composer: Composer
    zone: ZoneInfo
    now: datetime
    span: Span
    rows: Sequence[Row[Any]] | None = None
    body_of: BodyOf = lambda digest: ""
    campaign: str | None = None
    channels: frozenset[str] | None = None  # only these

    def entries(self) -> list[Entry]:
        """Return the entries in order of time."""
        found = self._from_files()
        self._add_ledger(found)
        shown = (entry for entry in found.values() if entry.channels)
        return sorted(shown, key=lambda e: (e.due, e.key))

    def _from_files(self) -> dict[Key, Entry]:
        begin, end = self.span.moments(self.zone)
        known = {(row.campaign, row.message, row.occurrence) for row in self.rows or ()}
        found: dict[Key, Entry] = {}
        for authored in self.book.campaigns:
            if self.campaign in (None, authored.campaign.campaign):
                for message in authored.campaign.messages:
                    bare = message.model_copy(update={"card": None})  # nobody sees its card here
                    for occurrence in timetable(authored.campaign, message, self.zone, begin, end, self.book.days):
                        key = authored.campaign.campaign, message.id, occurrence.name
                        never = self.rows is not None and occurrence.due < self.now and key not in known
                        if begin <= occurrence.due < end and not never:
                            found[key] = self._entry(authored, bare, occurrence)
        return found

    def _entry(self, authored: Authored, message: Message, occurrence: Occurrence) -> Entry:
        campaign = authored.campaign
        chosen = [e for e in authored.channels_of(message, self.book) if self.channels is None or e.id in self.channels]
        post = self._post(authored, message, occurrence, chosen)
        return Entry(
            campaign.campaign, message.id, occurrence.name, occurrence.due.astimezone(self.zone), message.title,
            post.text, campaign.title, dict.fromkeys((entry.id for entry in chosen), IN_FILES),
        )  # fmt: skip

    def _post(
        self, authored: Authored, message: Message, occurrence: Occurrence, channels: Sequence[ChannelEntry]
    ) -> Post:
        message = self.composer.turn(message, occurrence)[1]
        for words, members in self.composer.groups(message, channels):
            try:
                return self.composer.post(authored.campaign, message, words, occurrence, members[0])
            except RenderError as error:
                return Post(str(error))
        return Post("")

    def _add_ledger(self, found: dict[Key, Entry]) -> None:
        """Put the ledger's states on the entries; what it holds and the files know no more is an entry as well."""
        at_us: dict[Key, int] = {}
        for row in self.rows or ():
            if self.campaign not in (None, row.campaign) or not (self.channels is None or row.channel in self.channels):
                continue
            key = row.campaign, row.message, row.occurrence
            if key not in found:
                if row.state == State.CANCELLED:
                    continue
                found[key] = self._from_row(row)
            entry = found[key]
            entry.channels[row.channel] = row.state
            at_us[key] = min(row.due_us, at_us.get(key, row.due_us))
            entry.due = clock.moment(at_us[key]).astimezone(self.zone)
            if row.state == State.PUBLISHED and row.url.startswith("https://"):
                entry.urls.append(row.url)

    def _from_row(self, row: Row[Any]) -> Entry:
        body = self.body_of(row.digest)
        post = Post.from_json(body) if body else Post("")
        due = clock.moment(row.due_us).astimezone(self.zone)
        return Entry(row.campaign, row.message, row.occurrence, due, post.title, post.text)


def weeks(year: int, month: int) -> list[list[date | None]]:
    """Return the weeks of a month, Monday first; None for the days of its neighbours."""
    found = calendar.Calendar(firstweekday=0).monthdatescalendar(year, month)
    return [[day if day.month == month else None for day in week] for week in found]


def by_day(entries: Iterable[Entry]) -> dict[date, list[Entry]]:
    """Return the entries by their (local) day."""
    days: dict[date, list[Entry]] = {}
    for entry in entries:
        days.setdefault(entry.due.date(), []).append(entry)
    return days


def letters(entries: Iterable[Entry]) -> dict[str, str]:
    """Return a letter for each campaign, so that colours are never the only sign."""
    names = dict.fromkeys(entry.campaign for entry in entries)
    return dict(zip(sorted(names), _letters(), strict=False))


def titles(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the title of each campaign, '' where the files know it no more."""
    found: dict[str, str] = {}
    for entry in entries:
        found[entry.campaign] = found.get(entry.campaign) or entry.campaign_title
    return found


def _letters() -> Iterator[str]:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield from alphabet
    number = 1
    while True:
        yield from (f"{letter}{number}" for letter in alphabet)
        number += 1


def state_words(states: Mapping[str, int]) -> str:
    """Return the states in the reader's language, with how many where they differ: `2 đã đăng, 1 đang giữ`."""
    several = len(states) > 1
    return ", ".join(f"{n} {state_word(state)}" if several else state_word(state) for state, n in states.items())


def state_word(state: str) -> str:
    return say("chưa ghi vào sổ", "not planned yet") if state == IN_FILES else name_of(state)
