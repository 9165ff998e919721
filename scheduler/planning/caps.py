"""Caps: how many posts a channel is asked to bear in one day, against what it may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored
from scheduler.channels.registry import NETWORKS
from scheduler.registers.days import Days
from scheduler.text import say

MOST_NAMED = 6  # messages of one line; the rest is a number
MOST_CHANNELS = 3

Place = tuple[Authored, int]  # a message: its campaign, and which of its messages
Group = tuple[frozenset[int], int]  # the lists of channels to which all of a group belong, and their common cap


@dataclass(frozen=True)
class Clash:
    """One day on which one group of channels would bear more than its cap, and what is said that day."""

    day: date
    channels: list[str]
    cap: int
    places: list[Place]

    def __str__(self) -> str:
        shown = ", ".join(f"{a.campaign.campaign}/{a.campaign.messages[i].id}" for a, i in self.places[:MOST_NAMED])
        if (more := len(self.places) - MOST_NAMED) > 0:
            shown += say(f" và {more} nữa", f" and {more} more")
        channels = ", ".join(self.channels[:MOST_CHANNELS])
        if (more := len(self.channels) - MOST_CHANNELS) > 0:
            channels += say(f" và {more} kênh nữa", f" and {more} more")
        count = len(self.places)
        return say(
            f"ngày {self.day:%d/%m/%Y}: {count} bài trên {channels}, tối đa {self.cap} ({shown}); "
            "dời bớt sang ngày khác, hoặc chọn ít kênh hơn",
            f"on {self.day:%d/%m/%Y}: {count} posts on {channels}, at most {self.cap} ({shown}); "
            "move some to other days, or choose fewer channels",
        )


class Load:
    """Collects what is said each day. Channels that say the same, and may as much, are counted as one group."""

    def __init__(self, channels: Mapping[str, ChannelEntry], days: Days) -> None:
        own = {
            id: entry.pace.per_day or days.per_channel_per_day
            for id, entry in channels.items()
            if entry.network not in NETWORKS or NETWORKS[entry.network].per_day is None  # else see sending_on
        }
        self._caps = {id: cap for id, cap in own.items() if cap is not None}
        self._lists: dict[int, tuple[Sequence[ChannelEntry], int]] = {}  # by identity: which list it is
        self._numbers: dict[tuple[str, ...], int] = {}  # equal lists have one number
        self._said: dict[date, dict[int, list[Place]]] = defaultdict(lambda: defaultdict(list))

    def add(self, day: date, channels: Sequence[ChannelEntry], place: Place) -> None:
        """Note that a message is said on these channels on a (local) day."""
        if self._caps:
            self._said[day][self._number(channels)].append(place)

    def clashes(self) -> Iterator[Clash]:
        """Yield what is too much, day by day."""
        if not self._said:
            return
        members = self._groups()
        groups_of: dict[int, list[Group]] = defaultdict(list)
        for group in members:
            for number in group[0]:
                groups_of[number].append(group)
        least = min(self._caps.values())
        for day in sorted(self._said):
            said = self._said[day]
            if sum(map(len, said.values())) > least:
                yield from self._of_day(day, said, groups_of, members)

    def _of_day(
        self,
        day: date,
        said: dict[int, list[Place]],
        groups_of: Mapping[int, list[Group]],
        members: Mapping[Group, list[str]],
    ) -> Iterator[Clash]:
        borne: dict[Group, int] = defaultdict(int)
        for number, places in said.items():
            for group in groups_of[number]:
                borne[group] += len(places)
        for group, count in borne.items():
            numbers, cap = group
            if count > cap:
                yield Clash(day, members[group], cap, [p for n, places in said.items() if n in numbers for p in places])

    def _groups(self) -> dict[Group, list[str]]:
        lists: dict[str, set[int]] = defaultdict(set)
        for ids, number in self._numbers.items():
            for id in ids:
                lists[id].add(number)
        members: dict[Group, list[str]] = defaultdict(list)
        for id, cap in self._caps.items():
            if lists[id]:
                members[frozenset(lists[id]), cap].append(id)
        return members

    def _number(self, channels: Sequence[ChannelEntry]) -> int:
        known = self._lists.get(id(channels))
        if known is None or known[0] is not channels:
            ids = tuple(entry.id for entry in channels)
            known = self._lists[id(channels)] = channels, self._numbers.setdefault(ids, len(self._numbers))
        return known[1]
