"""Everything that can be found wrong before anything is said: all of it at once, with file and line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.authoring.campaign import Message
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Occurrence, occurrences
from scheduler.channels.registry import NETWORKS
from scheduler.composing.compose import Composer
from scheduler.composing.fit import misfits, with_learnt
from scheduler.composing.render import RenderError
from scheduler.errors import Problem
from scheduler.registers.source import Path_
from scheduler.settings import Settings
from scheduler.text import did_you_mean, say

MOST_OCCURRENCES = 2000  # of one message within the horizon
MOST_CLASHES = 20  # lines about messages in the same minute; more would hide the rest

Known = Callable[[str, str], bool]


@dataclass
class Checker:
    """Checks one book. `known` tells whether the ledger has deliveries of a message already."""

    book: Book
    settings: Settings
    composer: Composer
    now: datetime
    learnt: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    known: Known = lambda campaign, message: False

    def __post_init__(self) -> None:
        self._minutes: dict[int, list[tuple[Authored, int, set[str]]]] = defaultdict(list)

    def check(self) -> list[Problem]:
        """Return every problem of every file."""
        self._check_channels()
        for authored in self.book.campaigns:
            for i, message in enumerate(authored.campaign.messages):
                self._check_message(authored, i, message)
        self._check_minutes()
        return self.book.problems

    def _check_channels(self) -> None:
        source = self.book.channel_source
        if source is None:
            return
        used = {e.id for a in self.book.campaigns for m in a.campaign.messages for e in a.channels_of(m, self.book)}
        listed = source.values.get("channels", []) if isinstance(source.values, dict) else []
        for i, values in enumerate(listed if isinstance(listed, list) else []):
            entry = self.book.channels.get(values.get("id", "")) if isinstance(values, dict) else None
            if entry is not None:
                self._check_channel(("channels", i), entry, used=entry.id in used)

    def _check_channel(self, path: Path_, entry: ChannelEntry, *, used: bool) -> None:
        source = self.book.channel_source
        assert source is not None
        network = NETWORKS.get(entry.network)
        if network is None:
            hint = did_you_mean(entry.network, NETWORKS)
            names = ", ".join(NETWORKS)
            words = say(
                f'chưa nối được mạng "{entry.network}"{hint} ({names})', f'no network "{entry.network}"{hint} ({names})'
            )
            source.report((*path, "network"), words)
            return
        for name in network.credentials:
            if name not in entry.credentials:
                words = say(
                    f"thiếu {name}; thêm credentials: {{{name}: env:TÊN}}",
                    f"{name} is missing; add credentials: {{{name}: env:NAME}}",
                )
                source.report((*path, "credentials"), words)
        for name, secret in entry.credentials.items():
            allowed = (*network.credentials, *network.optional_credentials)
            if name not in allowed:
                hint = did_you_mean(name, allowed)
                source.report(
                    (*path, "credentials", name), say(f"{entry.network} không dùng khoá này{hint}", f"not used{hint}")
                )
            elif used and self.settings.secret(secret.removeprefix("env:")) is None:
                variable = secret.removeprefix("env:")
                words = say(
                    f"chưa có {variable}; đặt {variable}=... trong tệp .env (kênh sẽ bị giữ cho tới khi có)",
                    f"{variable} is not set; put {variable}=... into .env (the channel is held until then)",
                )
                source.report((*path, "credentials", name), words, warning=True)

    def _check_message(self, authored: Authored, i: int, message: Message) -> None:
        path: Path_ = ("messages", i)
        channels = [e for e in authored.channels_of(message, self.book) if e.network in NETWORKS]
        self._check_words(authored, path, message)
        found = self._occurrences(authored, path, message)
        said: set[str] = set()
        for occurrence in found:
            minute = int(occurrence.due.timestamp()) // 60
            self._minutes[minute].append((authored, i, {e.id for e in channels}))
            if not self._fits(authored, path, message, occurrence, channels, said):
                break

    def _check_words(self, authored: Authored, path: Path_, message: Message) -> None:
        for name in message.words:
            if name not in NETWORKS and name not in self.book.channels:
                hint = did_you_mean(name, [*NETWORKS, *self.book.channels])
                words = say(f"không có mạng hay kênh này{hint}", f"no such network or channel{hint}")
                authored.report((*path, "words", name), words)

    def _occurrences(self, authored: Authored, path: Path_, message: Message) -> list[Occurrence]:
        late = message.late_after or authored.campaign.late_after
        end = self.now + self.settings.horizon
        found: list[Occurrence] = []
        for occurrence in occurrences(message.when, self.settings.zone, self.now, end):
            found.append(occurrence)
            if len(found) > MOST_OCCURRENCES:
                words = say(
                    f"hơn {MOST_OCCURRENCES} lượt; thêm until", f"more than {MOST_OCCURRENCES} times; add until"
                )
                authored.report((*path, "when"), words)
                return []
        if self.known(authored.campaign.campaign, message.id):
            return found
        if message.when.on is not None and found[0].due < self.now:
            shown = found[0].due.astimezone(self.settings.zone)
            words = say(
                f"{shown:%H:%M %d/%m/%Y} đã qua; sửa lại giờ đăng", f"{shown:%H:%M %d/%m/%Y} is past; set another time"
            )
            authored.report((*path, "when", "on"), words, warning=found[0].due + late >= self.now)
        elif not found:
            words = say("không có lượt nào từ nay trở đi; sửa lại ngày", "never due from now on; set other dates")
            authored.report((*path, "when"), words, warning=True)
        return found

    def _fits(
        self,
        authored: Authored,
        path: Path_,
        message: Message,
        occurrence: Occurrence,
        channels: list[ChannelEntry],
        said: set[str],
    ) -> bool:
        try:
            for composed in self.composer.compose(authored.campaign, message, occurrence, channels):
                kinds = {(e.network, tuple(sorted(self.learnt.get(e.id, {}).items()))): e for e in composed.channels}
                for (network, learnt), entry in kinds.items():
                    limits = with_learnt(NETWORKS[network].limits, dict(learnt))
                    for sentence in misfits(composed.post, limits, network):
                        if sentence not in said:
                            said.add(sentence)
                            authored.report(self._place(path, message, entry), sentence)
        except RenderError as error:
            authored.report((*path, "template") if message.template else path, str(error))
            return False
        return True

    def _place(self, path: Path_, message: Message, entry: ChannelEntry) -> Path_:
        for name in (entry.id, entry.network):
            if name in message.words:
                return (*path, "words", name)
        return (*path, "template") if message.template else (*path, "text")

    def _check_minutes(self) -> None:
        said = 0
        for minute in sorted(self._minutes):
            together = self._minutes[minute]
            for n, (authored, i, channels) in enumerate(together):
                for other, j, others in together[:n]:
                    shared = channels & others
                    if shared and said < MOST_CLASHES:
                        said += 1
                        first = other.campaign.messages[j].id
                        at = datetime.fromtimestamp(minute * 60, self.settings.zone)
                        words = say(
                            f"cùng phút {at:%H:%M %d/%m/%Y} với {other.campaign.campaign}/{first} trên kênh {min(shared)}",
                            f"in the same minute, {at:%H:%M %d/%m/%Y}, as {other.campaign.campaign}/{first} on {min(shared)}",
                        )
                        authored.report(("messages", i, "when"), words, warning=True)
                        break
