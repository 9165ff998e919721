"""Channels that send on what another publishes, and limits that a plan must keep: by the month, by the hour of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.registry import NETWORKS, pace_of
from scheduler.registers.source import Path_
from scheduler.text import did_you_mean, say

DAY, MONTH = "%d/%m/%Y", "%m/%Y"


def counted(book: Book) -> list[str]:
    """Return the channels whose posts are counted by the month."""
    return [id for id, entry in book.channels.items() if pace_of(entry).per_month is not None]


def day_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the day of a moment begins, and when the next one does."""
    begin = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin, begin + timedelta(days=1)


def month_of(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when the calendar month of a moment begins, and when the next one does."""
    first = at.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)


def wrong_leader(entry: ChannelEntry, channels: Mapping[str, ChannelEntry]) -> Iterator[tuple[Path_, str]]:
    """Yield what is wrong with the channel whose posts another sends on: where in its entry, and a sentence."""
    network = NETWORKS[entry.network].follows
    if not network:
        return
    named = entry.options.get("of", "")
    known = [other.id for other in channels.values() if other.network == network]
    leader = channels.get(named)
    if leader is None or leader.network != network:
        hint, listed = did_you_mean(named, known), ", ".join(known) or say("chưa có kênh nào", "there is none")
        at: Path_ = ("options", "of") if named else ("options",)
        yield (
            at,
            say(
                f"of phải là mã một kênh {network} trong tệp này{hint} ({listed})",
                f"`of` must be the id of a channel of {network} in this file{hint} ({listed})",
            ),
        )
        return
    for part in ("account", "unit"):
        if getattr(entry, part) != getattr(leader, part):
            words = say(
                f"phải giống kênh {leader.id}: {getattr(leader, part)}",
                f"must be that of {leader.id}: {getattr(leader, part)}",
            )
            yield (part,), words


@dataclass
class Bounds:
    """Collects what is said where a plan must keep to a limit. `spent`: what channels have said this month already."""

    channels: Mapping[str, ChannelEntry]
    zone: ZoneInfo
    now: datetime
    spent: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bound = {
            id
            for id, entry in self.channels.items()
            if (network := NETWORKS.get(entry.network)) is not None
            and (network.follows or network.has_hours or pace_of(entry).per_month is not None)
        }
        self._of: dict[int, tuple[Sequence[ChannelEntry], list[ChannelEntry]]] = {}
        self._said: dict[tuple[str, str, int], list[tuple[datetime, Authored, int]]] = defaultdict(list)

    def bound(self, channels: Sequence[ChannelEntry]) -> list[ChannelEntry]:
        """Return those of the channels that are bound by anything."""
        if not self._bound:
            return []
        known = self._of.get(id(channels))
        if known is None or known[0] is not channels:
            known = self._of[id(channels)] = channels, [entry for entry in channels if entry.id in self._bound]
        return known[1]

    def alone(self, channels: Sequence[ChannelEntry]) -> Iterator[str]:
        """Yield a sentence for each channel that would send on what is not published on the channel it follows."""
        ids = {entry.id for entry in channels}
        for entry in self.bound(channels):
            leader = entry.options.get("of", "")
            if NETWORKS[entry.network].follows and leader in self.channels and leader not in ids:
                yield say(
                    f"kênh {entry.id} gửi bài của kênh {leader}, mà thông điệp này không đăng ở đó; "
                    f"thêm {leader} vào channels, hoặc bỏ {entry.id}",
                    f"{entry.id} sends on what {leader} publishes, and this message does not go there; "
                    f"add {leader} to channels, or drop {entry.id}",
                )

    def closed(
        self, channels: Sequence[ChannelEntry], found: Sequence[Occurrence], spread: timedelta | None
    ) -> Iterator[str]:
        """Yield a sentence for each time at which a channel's network takes no posts."""
        for entry in self.bound(channels):
            network = NETWORKS[entry.network]
            if not network.has_hours or any(network.wrong_option(*option) for option in entry.options.items()):
                continue
            for due in (due for o in found for due in {o.due, o.due + (spread or timedelta(0))}):
                opens = network.opens_at(due, entry.options)
                if opens != due:
                    local, then = due.astimezone(self.zone), opens.astimezone(self.zone)
                    yield say(
                        f"{entry.id}: {local:%H:%M} ngoài giờ gửi; sớm nhất sau đó: {then:%H:%M}",
                        f"{entry.id}: {local:%H:%M} is outside its hours; the next good time: {then:%H:%M}",
                    )

    def add(self, channels: Sequence[ChannelEntry], found: Sequence[Occurrence], place: tuple[Authored, int]) -> None:
        """Note when a message is said on channels that are counted."""
        for entry in self.bound(channels):
            pace, strict = pace_of(entry), NETWORKS[entry.network].per_day is not None
            for due in (o.due.astimezone(self.zone) for o in found if o.due >= self.now):
                if pace.per_month is not None:
                    self._said[entry.id, f"{due:{MONTH}}", pace.per_month].append((due, *place))
                if strict and pace.per_day is not None:
                    self._said[entry.id, f"{due:{DAY}}", pace.per_day].append((due, *place))

    def excess(self) -> Iterator[tuple[Authored, int, str]]:
        """Yield each message that is one too many in a month, or a day: its campaign, its number, and a sentence."""
        this_month = f"{self.now.astimezone(self.zone):{MONTH}}"
        for (id, span, most), said in self._said.items():
            before = self.spent.get(id, 0) if span == this_month else 0
            room = max(0, most - before)
            if len(said) <= room:
                continue
            count = len(said) + before
            for due, authored, i in sorted(said, key=lambda one: one[0])[room:]:
                yield (
                    authored,
                    i,
                    say(
                        f"{id}: lượt {due:%H:%M %d/%m} vượt mức: {count} bài trong {span}, tối đa {most}; "
                        "dời hoặc bỏ bớt, hoặc bỏ kênh này khỏi channels của thông điệp",
                        f"{id}: {due:%H:%M %d/%m} is too much: {count} posts in {span}, at most {most}; "
                        "move or drop some, or leave this channel out of the message's channels",
                    ),
                )
