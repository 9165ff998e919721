"""Everything that can be found wrong before anything is said: all of it at once, with file and line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.authoring.campaign import Message, Words
from scheduler.authoring.card import Card
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book, is_film, picture_file, picture_type
from scheduler.authoring.recurrence import Occurrence
from scheduler.authoring.salvage import stands_in
from scheduler.authoring.timetable import timetable
from scheduler.channels.contract import Channel, Limits, Post
from scheduler.channels.registry import NETWORKS
from scheduler.composing.citation_rule import unknown_reference
from scheduler.composing.compose import Composer
from scheduler.composing.cover import cover_on, ill_fitting
from scheduler.composing.darkroom import unusable
from scheduler.composing.examine import BY_DAY, Examiner, Spoken
from scheduler.composing.finding import Finding
from scheduler.composing.fit import misfits, with_learnt
from scheduler.composing.footage import FilmError
from scheduler.composing.markup import OPENING, read
from scheduler.composing.negative import PictureError
from scheduler.composing.press import CardError, faults, without
from scheduler.composing.render import RenderError
from scheduler.composing.screening import no_way_to_show, untaken
from scheduler.errors import Problem
from scheduler.ledger.mourning import KIND, TAGS
from scheduler.planning.caps import Load
from scheduler.planning.programmes import Footing
from scheduler.planning.quiet_hours import disturbances
from scheduler.planning.sending_on import Bounds, wrong_leader
from scheduler.planning.times import check_bounds, check_references, check_register, check_rule, never_due, never_said
from scheduler.planning.waivers import Waived, Waivers
from scheduler.registers.law import Mode
from scheduler.registers.source import Path_, Source
from scheduler.settings import Settings
from scheduler.text import did_you_mean, say

MOST_OCCURRENCES = 2000  # of one message within the horizon
MOST_CLASHES = 20  # lines about messages in the same minute, or on one day; more would hide the rest

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
    spent: Mapping[str, int] = field(default_factory=dict)  # what channels have said in this month already

    def __post_init__(self) -> None:
        self.composer = self.composer.proofs()
        self._minutes: dict[int, list[tuple[Authored, int]]] = defaultdict(list)
        self._load = Load(self.book.channels, self.book.days)
        self._bounds = Bounds(self.book.channels, self.settings.zone, self.now, self.spent)
        self._usable: dict[int, tuple[list[ChannelEntry], tuple[ChannelEntry, ...]]] = {}
        self._kinds: dict[int, tuple[Sequence[ChannelEntry], list[tuple[ChannelEntry, Limits]]]] = {}
        self._picky: dict[int, tuple[Sequence[ChannelEntry], list[ChannelEntry]]] = {}
        self._examiner = Examiner(self.book)
        self._lacking: dict[tuple[str | None, str], str] = {}  # by template and unit: where it was said
        self._waivers = Waivers()
        self._footing = Footing(self.book, self.now, self.settings.zone)

    @property
    def waived(self) -> list[Waived]:
        """What was found and let pass, after `check`."""
        return sorted(self._waivers.waived)

    def check(self) -> list[Problem]:
        """Return every problem of every file."""
        self._check_channels()
        check_register(self.book, self.now, self.settings)
        self.book.other_problems += self.book.hotlines.aged(self.now.astimezone(self.settings.zone).date())
        for authored in (*self.book.campaigns, *self.book.broken):
            self._waivers.check_names(authored, (), authored.campaign.waive)
            self._check_cites(authored, (), authored.campaign.cites)
            check_bounds(authored, (), authored.campaign, self.settings)
            self._forbidden = 0
            for i, message in enumerate(authored.campaign.messages):
                self._check_message(authored, i, message)
            if self._forbidden == len(authored.campaign.messages) > 1:
                words = say(
                    "không thông điệp nào của chiến dịch này còn được đăng; xem các lỗi bên dưới",
                    "no message of this campaign is ever said; see the errors below",
                )
                authored.report(("messages",), words)
        self._check_minutes()
        self._check_load()
        for authored, i, words in self._bounds.excess():
            authored.report(("messages", i, "when"), words)
        self._footing.check()
        for authored in self.book.campaigns if self._examiner.guarded else ():
            self._waivers.check_idle(authored)
        return self.book.problems

    def _check_channels(self) -> None:
        source = self.book.channel_source
        if source is None:
            return
        used = {e.id for a in self.book.campaigns for m in a.campaign.messages for e in a.channels_of(m, self.book)}
        listed = source.values.get("channels") if isinstance(source.values, dict) else None
        for i, values in enumerate(listed if isinstance(listed, list) else []):
            named = values.get("network") if isinstance(values, dict) else None
            if isinstance(named, str) and named not in NETWORKS:
                hint = did_you_mean(named, NETWORKS)
                names = ", ".join(NETWORKS)
                words = say(f'chưa nối được mạng "{named}"{hint} ({names})', f'no network "{named}"{hint} ({names})')
                source.report(("channels", i, "network"), words)
        for id, path in self.book.channel_at.items():
            entry = self.book.channels[id]
            self._check_unit(source, path, entry)
            if entry.network in NETWORKS:
                self._check_channel(source, path, entry, used=id in used)

    def _check_unit(self, source: Source, path: Path_, entry: ChannelEntry) -> None:
        """Warn of a channel whose unit is no more, and name who took over."""
        units = self.book.units
        ended = units.ended(entry.unit, self.now.astimezone(self.settings.zone).date())
        if ended is None or ended.valid_to is None:
            return
        after = ", ".join(f"{units.by_id[s].name} ({s})" for s in ended.successors if s in units.by_id)
        followed_vi, followed_en = (f"; nay là: {after}", f"; followed by: {after}") if after else ("", "")
        since = f"{ended.valid_to.day}/{ended.valid_to.month}/{ended.valid_to.year}"
        words = say(
            f"đơn vị {entry.unit} ({ended.name}) không còn từ ngày {since}{followed_vi}; sửa unit, hoặc bỏ kênh này",
            f"the unit {entry.unit} ({ended.name}) is no more since {ended.valid_to}{followed_en}; "
            "mend unit, or remove this channel",
        )
        source.report((*path, "unit"), words, warning=True)

    def _check_channel(self, source: Source, path: Path_, entry: ChannelEntry, *, used: bool) -> None:
        network = NETWORKS[entry.network]
        if network.credentials and not network.home and entry.base_url is None:
            words = say(
                "thiếu base_url, địa chỉ máy chủ; ví dụ: https://example.org",
                "base_url is missing, the server's address; for example: https://example.org",
            )
            source.report((*path, "base_url"), words)
        for name in network.credentials:
            if name not in entry.credentials:
                words = say(
                    f"thiếu {name}; thêm credentials: {{{name}: env:TÊN}}",
                    f"{name} is missing; add credentials: {{{name}: env:NAME}}",
                )
                source.report((*path, "credentials"), words)
        if used and network.needs_media(entry.options) and not self.settings.media_url:
            words = say(
                f"{entry.network} tự tải ảnh từ một địa chỉ công khai của ta; đặt LOA_MEDIA_URL=... trong tệp .env",
                f"{entry.network} fetches pictures from a public address of ours; put LOA_MEDIA_URL=... into .env",
            )
            source.report((*path, "network"), words, warning=True)
        for name, secret in entry.credentials.items():
            allowed = (*network.credentials, *network.optional_credentials)
            if name not in allowed:
                hint = did_you_mean(name, allowed)
                source.report(
                    (*path, "credentials", name),
                    say(f"{entry.network} không dùng khoá này{hint}", f"{entry.network} does not use this key{hint}"),
                )
            elif (
                used
                and name not in network.keeps(entry.options)
                and self.settings.secret(secret.removeprefix("env:")) is None
            ):
                variable = secret.removeprefix("env:")
                words = say(
                    f"chưa có {variable}; đặt {variable}=... trong tệp .env (kênh sẽ bị giữ cho tới khi có)",
                    f"{variable} is not set; put {variable}=... into .env (the channel is held until then)",
                )
                source.report((*path, "credentials", name), words, warning=True)
        if used and network.keeps(entry.options) and not self.settings.vault_key:
            source.report((*path, "network"), self._without_a_key(entry, network), warning=True)
        self._check_options(source, path, entry)
        for at, words in wrong_leader(entry, self.book.channels):
            source.report((*path, *at), words)

    def _without_a_key(self, entry: ChannelEntry, network: type[Channel]) -> str:
        """Return what follows from there being no key to keep renewed secrets under."""
        given = (entry.credentials.get(name, "").removeprefix("env:") for name in network.kept)
        if not network.rotates and all(name and self.settings.secret(name) for name in given):
            return say(
                f"chưa có LOA_VAULT_KEY trong tệp .env (loa login {entry.id} in ra một khoá mới): "
                "mã truy cập của kênh này sẽ không được gia hạn và sẽ hết hạn",
                f"LOA_VAULT_KEY is not in .env (loa login {entry.id} prints a new key): the token of this channel is "
                f"not renewed and will run out",
            )
        return say(
            f"kênh này cần LOA_VAULT_KEY trong tệp .env (loa login {entry.id} in ra một khoá mới); "
            "kênh sẽ bị giữ cho tới khi có",
            f"this channel needs LOA_VAULT_KEY in .env (loa login {entry.id} prints a new key); it is held until then",
        )

    def _check_options(self, source: Source, path: Path_, entry: ChannelEntry) -> None:
        network = NETWORKS[entry.network]
        for name, value in entry.options.items():
            if name not in network.options:
                hint = did_you_mean(name, network.options)
                known = ", ".join(network.options) or say("không có", "none")
                words = say(
                    f"{entry.network} không có tuỳ chọn này{hint} (có: {known})",
                    f"{entry.network} has no such option{hint} (it has: {known})",
                )
            elif not (words := network.wrong_option(name, value)):
                continue
            source.report((*path, "options", name), words)
        if words := network.doubtful(entry.options):
            source.report((*path, "options"), words, warning=True)

    def _check_message(self, authored: Authored, i: int, message: Message) -> None:
        path: Path_ = ("messages", i)
        channels = self._known_networks(authored.channels_of(message, self.book))
        for place, turn in self.composer.turns(message):
            self._check_words(authored, (*path, *place), turn)
        self._waivers.check_names(authored, path, message.waive)
        self._check_cites(authored, path, message.cites)
        message = self._check_film(authored, path, message, channels)
        message = self._check_pictures(authored, path, message, channels)
        message = self._check_cover(authored, path, message, channels)
        if message.card is not None:
            message = self._check_card(authored, path, message, message.card)
        if i in authored.unsure:
            self._check_unsure(authored, path, message, channels)
            return
        self._check_class(authored, path, message)
        found = self._occurrences(authored, path, message)
        self._footing.note(authored, i, message, found)
        said: set[str] = set()
        broken: set[int] = set()
        measured: dict[tuple[int, str], Post] = {}
        for occurrence in found:
            self._minutes[int(occurrence.due.timestamp()) // 60].append((authored, i))
            if channels:
                place, turn = self.composer.turn(message, occurrence)
                self._check_posts(authored, (*path, *place), turn, occurrence, channels, said, broken, measured)
        self._check_hours(authored, i, message, found)
        for unsaid in never_said(message, found, self.now, self.settings) if found else ():
            words = say(
                "bài này không có lượt nào (except bỏ mất lượt của nó); tăng distance, hoặc bớt ngày trong except",
                "this text has no turn (its turns fall on exceptions); raise distance, or drop an exception",
            )
            authored.report((*path, "texts" if message.texts else "rotation", unsaid), words, warning=True)
        if broken or not (found and channels):
            self._waivers.not_seen(authored, message)
        if not (found and channels):
            self._read_templates(authored, path, message)
            self._read_formatted(authored, path, message)

    def _known_networks(self, channels: list[ChannelEntry]) -> tuple[ChannelEntry, ...]:
        known = self._usable.get(id(channels))
        if known is None or known[0] is not channels:
            known = channels, tuple(e for e in channels if e.network in NETWORKS)
            self._usable[id(channels)] = known
        return known[1]

    def _check_unsure(
        self, authored: Authored, path: Path_, message: Message, channels: tuple[ChannelEntry, ...]
    ) -> None:
        """Check what can be checked without the parts that could not be read: the templates, the length of a text."""
        self._read_templates(authored, path, message)
        plain = message.text is not None and not any(words.template for words in message.words.values())
        if not (plain and channels):
            self._read_formatted(authored, path, message)
        if plain and not stands_in(message.text):
            self._check_posts(authored, path, message, Occurrence("once", self.now), channels, set(), set(), {})

    def _read_templates(self, authored: Authored, path: Path_, message: Message) -> None:
        for place, turn in self.composer.turns(message):
            for words in (turn, *turn.words.values()):
                if words.template is not None and not stands_in(words.template):
                    try:
                        self.composer.renderer.read(words.template)
                    except RenderError as error:
                        authored.report(self._place((*path, *place), turn, words), str(error))

    def _read_formatted(self, authored: Authored, path: Path_, message: Message) -> None:
        """Read texts that are not composed here, since no channel or no time is known; what is filled in is not there."""
        for place, turn in self.composer.turns(message):
            for words in (turn, *turn.words.values()):
                if words.formatted and words.text is not None and not stands_in(words.text):
                    try:
                        read(words.text)
                    except RenderError as error:
                        authored.report(self._place((*path, *place), turn, words), str(error))

    def _check_words(self, authored: Authored, path: Path_, message: Message) -> None:
        for name in message.words:
            if name not in NETWORKS and name not in self.book.channels:
                hint = did_you_mean(name, [*NETWORKS, *self.book.channels])
                words = say(f"không có mạng hay kênh này{hint}", f"no such network or channel{hint}")
                authored.report((*path, "words", name), words)
            if follower := self._follower(name):
                words = say(
                    f"{name} gửi đúng bài của {follower}, không có lời riêng; viết cho {follower}",
                    f"{name} sends on what {follower} says and has no words of its own; write them for {follower}",
                )
                authored.report((*path, "words", name), words)
        for words_ in (message, *message.words.values()):
            if words_.text and ("{{" in words_.text or "{%" in words_.text):
                sentence = say(
                    "có {{ hoặc {% trong text: sẽ đăng nguyên như vậy; muốn điền chữ thì dùng template",
                    "{{ or {% in text is posted as it stands; to have it filled in, use a template",
                )
                authored.report(self._place(path, message, words_), sentence, warning=True)
            if words_.text and not words_.formatted and (tag := OPENING.search(words_.text)):
                sentence = say(
                    f"có {tag[0]} trong text: sẽ đăng nguyên như vậy; muốn định dạng thì thêm formatted: true",
                    f"{tag[0]} in text is posted as it stands; to have it shown formatted, add formatted: true",
                )
                authored.report(self._place(path, message, words_), sentence, warning=True)

    def _follower(self, name: str) -> str:
        """Return whose words a network, or a channel, sends on; '' when it has its own."""
        entry = self.book.channels.get(name)
        network = NETWORKS.get(name if entry is None else entry.network)
        if network is None or not network.follows:
            return ""
        return network.follows if entry is None else entry.options.get("of", network.follows)

    def _occurrences(self, authored: Authored, path: Path_, message: Message) -> list[Occurrence]:
        late = message.late_after or authored.campaign.late_after
        end = self.now + self.settings.horizon
        campaign, days, zone = authored.campaign, self.book.days, self.settings.zone
        known = check_references(authored, path, message.when, self.book)
        check_rule(authored, path, message, self.book, self.now, self.settings)
        known = check_bounds(authored, path, message, self.settings) and known
        found: list[Occurrence] = []
        for occurrence in timetable(campaign, message, zone, self.now, end, days):
            found.append(occurrence)
            if len(found) > MOST_OCCURRENCES:
                words = say(
                    f"hơn {MOST_OCCURRENCES} lượt; thêm until", f"more than {MOST_OCCURRENCES} times; add until"
                )
                authored.report((*path, "when"), words)
                return []
        if stands_in(authored.campaign.campaign) or stands_in(message.id):
            return found
        if not known or self.known(authored.campaign.campaign, message.id):
            return found
        if message.when.on is not None and found and found[0].due < self.now:
            shown = found[0].due.astimezone(self.settings.zone)
            words = say(
                f"{shown:%H:%M %d/%m/%Y} đã qua; sửa lại giờ đăng", f"{shown:%H:%M %d/%m/%Y} is past; set another time"
            )
            authored.report((*path, "when", "on"), words, warning=found[0].due + late >= self.now)
        elif not found:
            why = never_due(campaign, message, days, self.now, self.settings)
            self._forbidden += why.forbidden
            authored.report((*path, "when"), why.words, warning=why.warning)
        return found

    def _check_class(self, authored: Authored, path: Path_, message: Message) -> None:
        kind = message.kind or authored.campaign.kind
        sure = message.kind is not None or not any(authored is broken for broken in self.book.broken)
        if message.when.at_once and kind != "emergency" and sure:
            words = say(
                f'now (đăng ngay) chỉ dành cho tin khẩn cấp, tin này là "{kind}"; viết giờ đăng, hoặc thêm class: emergency',
                f'now is for emergencies only, this message is "{kind}"; write a time, or add class: emergency',
            )
            authored.report((*path, "when"), words)
        festive = [tag for tag in (*message.tags, *authored.campaign.tags) if tag in TAGS]
        if festive and kind != KIND and sure:
            words = say(
                f'"{kind}" là loại cảnh báo: vẫn đăng trong quốc tang dù có thẻ {festive[0]}; bỏ class, hoặc bỏ thẻ',
                f'"{kind}" is a warning: it goes out during a mourning despite its tag {festive[0]}; drop one of them',
            )
            authored.report(path, words, warning=True)

    def _check_hours(self, authored: Authored, i: int, message: Message, found: list[Occurrence]) -> None:
        """Hold the times of a message against quiet hours, and count it among what its channels bear each day."""
        zone, campaign = self.settings.zone, authored.campaign
        at = "on" if message.when.on is not None else "at"
        for finding in disturbances(campaign, message, found, self.book.days, zone):
            self._waivers.report(authored, ("messages", i, "when", at), message, finding)
        channels, urgent = authored.channels_of(message, self.book), (message.kind or campaign.kind) == "emergency"
        for words in self._bounds.alone(channels):
            authored.report(("messages", i), words)
        for words in dict.fromkeys(self._bounds.closed(channels, found, message.spread or campaign.spread)):
            authored.report(("messages", i, "when", at), words, warning=urgent)  # its other channels must not wait
        if not urgent:
            self._bounds.add(channels, found, (authored, i))
            for occurrence in found:
                self._load.add(occurrence.due.astimezone(zone).date(), channels, (authored, i))

    def _check_load(self) -> None:
        """Warn of each day on which a group of channels would bear more than it may."""
        for count, clash in enumerate(self._load.clashes(), start=1):
            authored, i = clash.places[-1]
            last = count == MOST_CLASHES
            authored.report(("messages", i, "when"), str(clash) + (_more() if last else ""), warning=True)
            if last:
                return

    def _check_posts(
        self,
        authored: Authored,
        path: Path_,
        message: Message,
        occurrence: Occurrence,
        channels: tuple[ChannelEntry, ...],
        said: set[str],
        broken: set[int],
        measured: dict[tuple[int, str], Post],
    ) -> None:
        for words, members in self.composer.groups(message, channels):
            if id(words) in broken:
                continue
            place = self._place(path, message, words)
            if (lack := self._lacking.get((words.template, members[0].unit))) is not None:
                self._point_to(lack, authored, place, words, said)
                continue
            try:
                post = self._post(authored, path, message, words, occurrence, members[0], said)
            except RenderError as error:
                if error.only_here:
                    self._lacking[words.template, members[0].unit] = _shown(authored, place)
                elif not error.unannounced:
                    broken.add(id(words))
                self._report_unrendered(authored, place, message, error, said)
                continue
            for finding in self._findings(authored, path, message, post, occurrence, members):
                if finding.words not in said:
                    said.add(finding.words)
                    self._waivers.report(authored, place, message, finding)
            group = id(words), members[0].id
            if post is measured.get(group):
                continue  # plain words are the same every time
            measured[group] = post
            for entry, limits in self._limits(members):
                for sentence in misfits(post, limits, entry.network):
                    if sentence not in said:
                        said.add(sentence)
                        authored.report(place, sentence)
            choosy = self._choosy(members)
            for entry in choosy if choosy and _is_whole(authored, path, message) else ():
                sentence = NETWORKS[entry.network].lacking(post, entry.options)
                if sentence and sentence not in said:
                    said.add(sentence)
                    authored.report(path, sentence)

    def _post(
        self,
        authored: Authored,
        path: Path_,
        message: Message,
        words: Words,
        occurrence: Occurrence,
        channel: ChannelEntry,
        said: set[str],
    ) -> Post:
        """Compose a post; what is wrong with its card is said, and the rest is checked without that."""
        try:
            return self.composer.post(authored.campaign, message, words, occurrence, channel)
        except CardError as error:
            assert message.card is not None
            self._report_unrendered(authored, _card_place(authored, path, error.field), message, error, said)
            mended = message.model_copy(update={"card": without(message.card, error.field)})
        return self._post(authored, path, mended, words, occurrence, channel, said)

    def _check_card(self, authored: Authored, path: Path_, message: Message, card: Card) -> Message:
        """Report what is wrong with a card whatever it will say; return the message without that."""
        left: Card | None = card
        for field_, sentence in list(faults(card, self.book.workspace)):
            authored.report(_card_place(authored, path, field_), sentence)
            left = without(left, field_) if left is not None else None
        return message if left is card else message.model_copy(update={"card": left})

    def _check_pictures(
        self, authored: Authored, path: Path_, message: Message, channels: tuple[ChannelEntry, ...]
    ) -> Message:
        """Report pictures that no converting brings onto their networks; return the message with those that can be used."""
        usable = []
        for j, image in enumerate(message.images):
            file = picture_file(self.book.workspace, image.file)
            if file is None or picture_type(file) is None:
                continue  # the reader has said so
            try:
                negative = self.composer.darkroom.negative(image.file)
                found = [s for e, limits in self._limits(channels) for s in unusable(negative, e.network, limits)]
                usable.append(image)
            except PictureError as error:
                found = [str(error)]
            for sentence in dict.fromkeys(found):
                authored.report((*path, "images", j, "file"), sentence)
        return message if len(usable) == len(message.images) else message.model_copy(update={"images": tuple(usable)})

    def _check_film(
        self, authored: Authored, path: Path_, message: Message, channels: tuple[ChannelEntry, ...]
    ) -> Message:
        """Report what networks would not take of a film; return the message without one that cannot be used."""
        if message.video is None:
            return message
        file = picture_file(self.book.workspace, message.video.file)
        if file is None or not is_film(file):  # the reader has said so
            return message.model_copy(update={"video": None})
        usable = True
        try:
            footage = self.composer.cutting_room.footage(message.video.file)
            found = [s for e, limits in self._limits(channels) for s in untaken(footage, limits.video, e.network)]
        except FilmError as error:
            found, usable = [str(error)], False
        for sentence in dict.fromkeys(found):
            authored.report((*path, "video", "file"), sentence)
        if not message.images and message.card is None:
            for network in dict.fromkeys(e.network for e, limits in self._limits(channels) if limits.video is None):
                authored.report((*path, "video"), no_way_to_show(network))
        return message if usable else message.model_copy(update={"video": None})

    def _check_cover(
        self, authored: Authored, path: Path_, message: Message, channels: tuple[ChannelEntry, ...]
    ) -> Message:
        """Report a cover that cannot be brought onto a network that shows one; return the message without it."""
        cover = message.any_cover
        showing = [(e, limits) for e, limits in self._limits(channels) if cover_on(message, e.network) is not None]
        if cover is None or not (showing or message.shown_cover):
            return message
        file = picture_file(self.book.workspace, cover.file)
        if file is None or picture_type(file) is None:
            return message.without_cover()  # the reader has said so
        place: Path_ = (*path, "cover", "file") if message.cover is cover else ("cover", "file")
        try:
            negative = self.composer.darkroom.negative(cover.file)
            found = [sentence for e, limits in showing for sentence in unusable(negative, e.network, limits)]
            ill = [sentence for e, _ in showing for sentence in ill_fitting(message, negative, e.network)]
        except PictureError as error:
            found, ill, message = [str(error)], [], message.without_cover()
        for sentence in dict.fromkeys(found):
            authored.report(place, sentence)
        for sentence in dict.fromkeys(ill):
            authored.report(place, sentence, warning=True)
        return message

    def _point_to(self, first: str, authored: Authored, place: Path_, words: Words, said: set[str]) -> None:
        """Say that a unit is known to lack what a template says of it: in full it was said at the first message."""
        sentence = say(
            f"templates/{words.template}: có đơn vị chưa đủ điều mẫu này cần, như đã nêu ở {first}",
            f"templates/{words.template}: some units lack what this template needs, as said at {first}",
        )
        if first != _shown(authored, place) and sentence not in said:
            said.add(sentence)
            authored.report(place, sentence)

    def _report_unrendered(
        self, authored: Authored, place: Path_, message: Message, error: RenderError, said: set[str]
    ) -> None:
        waits = error.unannounced and (message.waits_for_theme or authored.campaign.waits_for_theme)
        words = str(error)
        if error.unannounced and not waits:
            words += say("; hoặc chờ: waits_for_theme: true", "; or wait for it: waits_for_theme: true")
        if words not in said:
            said.add(words)
            authored.report(place, words, warning=waits)

    def _findings(
        self,
        authored: Authored,
        path: Path_,
        message: Message,
        post: Post,
        occurrence: Occurrence,
        channels: tuple[ChannelEntry, ...],
    ) -> list[Finding]:
        """Return what the office's rules find, also what the author has waived."""
        day = occurrence.due.astimezone(self.settings.zone).date()
        networks = tuple({entry.network: None for entry, _ in self._limits(channels)})
        found = self._examiner.findings(Spoken(post, day, authored.campaign, message, networks))
        past = occurrence.due + (message.late_after or authored.campaign.late_after) < self.now
        if past or path[1] in authored.unsure:  # it was said already, or its time could not be read
            found = [f for f in found if f.rule not in BY_DAY]
        return found

    def _check_cites(self, authored: Authored, path: Path_, cites: Mapping[str, Mode]) -> None:
        for reference in cites:
            if words := unknown_reference(self.book.laws, reference):
                authored.report((*path, "cites", reference), words)

    def _limits(self, channels: tuple[ChannelEntry, ...]) -> list[tuple[ChannelEntry, Limits]]:
        """Return one channel of each kind (network, and what its server told us) with its limits."""
        known = self._kinds.get(id(channels))
        if known is None or known[0] is not channels:
            kinds = {(e.network, tuple(sorted(self.learnt.get(e.id, {}).items()))): e for e in reversed(channels)}
            found = [(e, with_learnt(NETWORKS[e.network].limits, dict(learnt))) for (_, learnt), e in kinds.items()]
            known = self._kinds[id(channels)] = channels, found
        return known[1]

    def _choosy(self, channels: tuple[ChannelEntry, ...]) -> list[ChannelEntry]:
        """Return those channels whose network does not take every post; of those with the same options one."""
        known = self._picky.get(id(channels))
        if known is None or known[0] is not channels:
            own = [e for e in channels if NETWORKS[e.network].lacking.__func__ is not Channel.lacking.__func__]  # type: ignore[attr-defined]
            each = {(e.network, tuple(e.options.items())): e for e in reversed(own)}
            known = self._picky[id(channels)] = channels, list(each.values())
        return known[1]

    def _place(self, path: Path_, message: Message, words: Words) -> Path_:
        for name, own in message.words.items():
            if own is words:
                return (*path, "words", name)
        return (*path, "template") if words.template else (*path, "text")

    def _check_minutes(self) -> None:
        """Warn once of each message that is due on a channel in the same minute as another before it."""
        said: set[tuple[int, int]] = set()
        for minute in sorted(minute for minute, together in self._minutes.items() if len(together) > 1):
            first: dict[str, tuple[Authored, int]] = {}
            for authored, i in self._minutes[minute]:
                channels = authored.channels_of(authored.campaign.messages[i], self.book)
                shared = next((e.id for e in channels if e.id in first), None)
                first |= {e.id: (authored, i) for e in channels if e.id not in first}
                if shared is not None and (id(authored), i) not in said:
                    said.add((id(authored), i))
                    self._warn_of_minute(minute, authored, i, first[shared], shared, last=len(said) == MOST_CLASHES)
                if len(said) == MOST_CLASHES:
                    return

    def _warn_of_minute(
        self, minute: int, authored: Authored, i: int, first: tuple[Authored, int], channel: str, *, last: bool
    ) -> None:
        at = datetime.fromtimestamp(minute * 60, self.settings.zone)
        other = f"{first[0].campaign.campaign}/{first[0].campaign.messages[first[1]].id}"
        words = say(
            f"cùng phút {at:%H:%M %d/%m/%Y} với {other} trên kênh {channel}",
            f"in the same minute, {at:%H:%M %d/%m/%Y}, as {other} on {channel}",
        )
        if last:
            words += _more()
        authored.report(("messages", i, "when"), words, warning=True)


def _is_whole(authored: Authored, path: Path_, message: Message) -> bool:
    """Tell whether a message still has all its pictures: what cannot be used was said, and was left out."""
    written = authored.campaign.messages[int(path[1])]
    return (written.images, written.shown_cover) == (message.images, message.shown_cover)


def _shown(authored: Authored, path: Path_) -> str:
    file, line = authored.source.place(path)
    return f"{file}:{line}"


def _card_place(authored: Authored, path: Path_, field: str) -> Path_:
    """Return where a card says something: in its message, or in what the campaign's cards have in common."""
    own, common = (*path[:2], "card", field) if field else (*path[:2], "card"), ("card", field)
    return common if own not in authored.source.lines and common in authored.source.lines else own


def _more() -> str:
    return say(" (có thể còn nữa; sửa rồi kiểm tra lại)", " (there may be more; mend these and check again)")
