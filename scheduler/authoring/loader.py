"""Reads a whole workspace: channels, units and every campaign, with every problem of every file at once."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from scheduler.authoring.campaign import Campaign, Film, Image, Message, Selector
from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry, ChannelsFile
from scheduler.authoring.replicas import Replication, weave
from scheduler.authoring.salvage import salvage, stands_in
from scheduler.errors import Problem
from scheduler.registers.allowed import Allowed, read_allowed
from scheduler.registers.days import Days
from scheduler.registers.days_file import read_days
from scheduler.registers.hotlines import Hotlines, read_hotlines
from scheduler.registers.laws import Laws
from scheduler.registers.laws_file import read_laws
from scheduler.registers.programmes import Programmes, read_programmes
from scheduler.registers.source import Path_, Source, open_source
from scheduler.registers.units import Units
from scheduler.registers.units_file import read_units
from scheduler.text import did_you_mean, few, nearest, say

MOST_NAMED = 8  # units of a group that a sentence names
REGISTERS = ("channels", "units", "laws", "hotlines", "days", "lint", "programmes")
GUARDING = ("laws", "hotlines", "days")  # an office that keeps one of these has its posts examined in earnest
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
FILMS = (b"\x1aE\xdf\xa3", b"\0\0\1\xba")  # Matroska and WebM, MPEG
FILM_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # older MOV files say no type
PHONE_TYPES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")


@dataclass(frozen=True)
class Authored:
    """A campaign and the file it stands in, so that later chapters can name the line of what they refuse."""

    campaign: Campaign
    source: Source
    unsure: frozenset[int] = frozenset()  # messages of a broken file of which only parts are as written
    replica_of: str = ""  # the model that this is a replica of
    unit: str = ""  # in which it is one

    def report(self, path: Path_, message: str, *, warning: bool = False) -> None:
        self.source.report(path, message, warning=warning)

    def channels_of(self, message: Message, book: Book) -> list[ChannelEntry]:
        """Return the channels of a message (its own, else its campaign's) in the order of channels.yaml."""
        return book.chosen(message.channels or self.campaign.channels)


@dataclass
class Book:
    """All that stands written in a workspace, as far as it could be read."""

    workspace: Path
    channels: dict[str, ChannelEntry] = field(default_factory=dict)
    units: Units = field(default_factory=Units)
    days: Days = field(default_factory=Days)
    campaigns: list[Authored] = field(default_factory=list)
    budgets: list[BudgetEntry] = field(default_factory=list)
    channel_source: Source | None = None
    channel_at: dict[str, Path_] = field(default_factory=dict)  # where in channels.yaml each stands
    unread_channels: set[str] | None = field(default_factory=set)  # ids of broken entries; None: the whole file
    dropped: list[Authored] = field(default_factory=list)  # models that were given up: never scheduled
    replications: dict[str, Replication] = field(default_factory=dict)  # by model
    other_sources: list[Source] = field(default_factory=list)  # files that replicate a model, or deviate from it
    broken: list[Authored] = field(default_factory=list)  # what is left of unread campaigns: only to be checked
    unread: set[str] = field(default_factory=set)  # names of campaigns whose file cannot be used as it stands
    undecided: set[str] = field(
        default_factory=set
    )  # of these, replicas that wait for a person: no other name is meant
    other_problems: list[Problem] = field(default_factory=list)
    laws: Laws = field(default_factory=Laws)
    hotlines: Hotlines = field(default_factory=Hotlines)
    allowed: Allowed = field(default_factory=Allowed)
    programmes: Programmes = field(default_factory=Programmes)
    guarded: bool = False  # one of the GUARDING registers is there
    _chosen: dict[int, tuple[tuple[Selector, ...], list[ChannelEntry]]] = field(default_factory=dict, repr=False)

    @property
    def problems(self) -> list[Problem]:
        """Every problem found so far, in order of file and line."""
        of_files = [p for authored in (*self.campaigns, *self.broken, *self.dropped) for p in authored.source.problems]
        of_files += [p for source in self.other_sources for p in source.problems]
        of_files += [p for replication in self.replications.values() for p in replication.problems]
        of_channels = self.channel_source.problems if self.channel_source else []
        of_days = self.days.source.problems if self.days.source else []
        of_programmes = self.programmes.source.problems if self.programmes.source else []
        return sorted({*of_channels, *of_days, *of_programmes, *of_files, *self.other_problems})

    def chosen(self, selectors: tuple[Selector, ...]) -> list[ChannelEntry]:
        """Return the channels that any of the selectors names, in the order of channels.yaml."""
        known = self._chosen.get(id(selectors))
        if known is None or known[0] is not selectors:
            ids = {entry.id for selector in selectors for entry in self.select(selector)}
            known = selectors, [entry for entry in self.channels.values() if entry.id in ids]
            self._chosen[id(selectors)] = known
        return known[1]

    def select(self, selector: Selector) -> list[ChannelEntry]:
        """Return the channels that a selector names."""
        if selector.id is not None:
            return [self.channels[selector.id]] if selector.id in self.channels else []
        if selector.label is not None:
            return [entry for entry in self.channels.values() if selector.label in entry.labels]
        named = {selector.unit or ""} if selector.group is None else self.units.members(selector.group)
        units = {below for unit in named for below in self.units.below(unit)} if selector.below else named
        return [entry for entry in self.channels.values() if entry.unit in units]


def read_book(workspace: Path, drafts: Mapping[Path, Path] | None = None) -> Book:
    """Read everything in `campaigns/`. Problems are kept in the book; nothing is raised.

    `drafts`: campaigns that are not written yet, by the file in which they will stand; they are read in its place.
    """
    book = Book(workspace)
    folder = workspace / "campaigns"
    if not folder.is_dir():
        shown = Path("campaigns")
        book.other_problems.append(
            Problem(
                shown, 1, "", say("không có thư mục này; tạo bằng: loa init", "no such folder; make it with: loa init")
            )
        )
        return book
    book.units, problems = read_units(folder / "units.yaml", Path("campaigns/units.yaml"))
    book.other_problems += problems
    book.laws, problems = read_laws(folder / "laws.yaml", Path("campaigns/laws.yaml"))
    book.other_problems += problems
    book.days = read_days(folder / "days.yaml", Path("campaigns/days.yaml"))
    book.hotlines, problems = read_hotlines(folder / "hotlines.yaml")
    book.other_problems += problems
    book.allowed, problems = read_allowed(folder / "lint.yaml", Path("campaigns/lint.yaml"))
    book.other_problems += problems
    book.programmes = read_programmes(folder / "programmes.yaml")
    book.guarded = any((folder / f"{name}.yaml").exists() for name in GUARDING)
    _read_channels(book, folder / "channels.yaml")
    drafts = drafts or {}
    for file in sorted({*_campaign_files(folder), *drafts}):
        _read_campaign(book, file, drafts.get(file, file))
    replicating, deviating = ([s for s in book.other_sources if key in s.values] for key in ("replicate", "deviation"))
    weave(book, replicating, deviating)
    _check_images_of_units(book)
    _refuse_same_names(book)
    return book


def _campaign_files(folder: Path) -> Iterable[Path]:
    files = [f for pattern in ("**/*.yaml", "**/*.yml") for f in folder.glob(pattern)]
    ours = (f for f in files if not (f.parent == folder and f.stem in REGISTERS) and not f.name.startswith("."))
    return sorted(f for f in ours if f.is_file())


def _read_channels(book: Book, file: Path) -> None:
    shown = file.relative_to(book.workspace)
    if not file.exists():
        book.unread_channels = None
        words = say("không có tệp này; tạo bằng: loa init", "there is no such file; make it with: loa init")
        book.other_problems.append(Problem(shown, 1, "", words))
        return
    source = book.channel_source = open_source(file, shown)
    listed = source.values.get("channels") if isinstance(source.values, dict) else None
    if not isinstance(listed, list):
        book.unread_channels = None
        if source.values is not None:
            source.read(ChannelsFile)
        return
    for i, values in enumerate(listed):  # one by one: a wrong channel does not hide the others
        _read_channel(book, source, values, ("channels", i))
    _read_budgets(book, source)
    for key in set(source.values) - set(ChannelsFile.model_fields):
        hint = did_you_mean(key, ChannelsFile.model_fields)
        source.report((key,), say(f"không có khoá này{hint}", f"no such key{hint}"))


def _read_budgets(book: Book, source: Source) -> None:
    listed = source.values.get("budgets") or []
    if not isinstance(listed, list):
        source.read(ChannelsFile, {"budgets": listed})
        return
    for i, values in enumerate(listed):
        entry = source.read(BudgetEntry, {} if values is None else values, ("budgets", i))
        if entry is None:
            continue
        known = (
            {e.app for e in book.channels.values() if e.app}
            if entry.app
            else {e.network for e in book.channels.values()}
        )
        if (entry.app or entry.network) not in known and not book.unread_channels:
            hint = did_you_mean(str(entry.app or entry.network), known)
            words = say(f"không kênh nào thuộc {entry.name}{hint}", f"no channel belongs to {entry.name}{hint}")
            source.report(("budgets", i), words)
        book.budgets.append(entry)


def _read_channel(book: Book, source: Source, values: Any, path: Path_) -> None:
    entry = source.read(ChannelEntry, {} if values is None else values, path)
    if entry is None:
        if book.unread_channels is not None:
            book.unread_channels.add(str(values.get("id")) if isinstance(values, dict) else "")
        return
    if entry.id in book.channels:
        line = source.line((*book.channel_at[entry.id], "id"))
        words = say(f'"{entry.id}" đã dùng ở dòng {line}', f'"{entry.id}" is used on line {line} already')
        source.report((*path, "id"), words)
        return
    units = book.units
    if entry.unit and units.by_id and entry.unit not in units.by_id and not units.may_hold(entry.unit):
        hint = did_you_mean(entry.unit, book.units.by_id)
        words = say(f'không có đơn vị "{entry.unit}"{hint}', f'there is no unit "{entry.unit}"{hint}')
        source.report((*path, "unit"), words)
    book.channels[entry.id] = entry
    book.channel_at[entry.id] = path


def _read_campaign(book: Book, file: Path, stands_in_file: Path) -> None:
    source = open_source(stands_in_file, file.relative_to(book.workspace))
    if isinstance(source.values, dict) and ("replicate" in source.values or "deviation" in source.values):
        book.other_sources.append(source)
        return
    if _names_neither(book, source):
        return
    campaign = source.read(Campaign) if source.values is not None else None
    if campaign is not None:
        authored = Authored(campaign, source)
        is_dropped = campaign.model is not None and campaign.model.state == "dropped"
        (book.dropped if is_dropped else book.campaigns).append(authored)
    else:
        named = source.values.get("campaign") if isinstance(source.values, dict) else None
        book.unread.add(named if isinstance(named, str) else file.stem)
        left = salvage(source) if source.values is not None else None
        if left is None:
            book.other_problems += source.problems
            return
        authored = Authored(left[0], source, left[1])
        book.broken.append(authored)
    _check_ids(authored)
    _check_selectors(authored, book)
    if authored.campaign.cover is not None:
        _check_image(authored, authored.campaign.cover, ("cover",), book.workspace)
    for i, message in enumerate(authored.campaign.messages):
        for j, image in enumerate(message.images):
            if not stands_in(image.file):
                _check_image(authored, image, ("messages", i, "images", j), book.workspace)
        if message.video is not None:
            _check_film(authored, message.video, ("messages", i, "video"), book.workspace)
        if message.cover is not None:
            _check_image(authored, message.cover, ("messages", i, "cover"), book.workspace)


def _names_neither(book: Book, source: Source) -> bool:
    """Whether this would replicate or deviate, but for a key that is misspelt: then only that is said."""
    keys = source.values if isinstance(source.values, dict) and "campaign" not in source.values else {}
    for key in keys:
        meant = None if key in Campaign.model_fields else nearest(key, ("replicate", "deviation", "campaign"))
        if meant in ("replicate", "deviation"):
            hint = did_you_mean(key, ("replicate", "deviation"))
            source.report((key,), say(f"không có khoá này{hint}", f"no such key{hint}"))
            book.other_sources.append(source)
            book.unread.add(source.file.stem)
            return True
    return False


def _refuse_same_names(book: Book) -> None:
    first: dict[str, Authored] = {}
    for authored in (*book.campaigns, *book.broken, *book.dropped):
        name = authored.campaign.campaign
        if name in first and not stands_in(name):
            other = first[name].source.file
            words = say(f'"{name}" đã có trong {other}', f'"{name}" stands in {other} already')
            authored.report(("campaign",), words)
        first.setdefault(name, authored)


def _check_ids(authored: Authored) -> None:
    seen: dict[str, int] = {}
    for i, message in enumerate(authored.campaign.messages):
        if message.id in seen:
            line = authored.source.line(("messages", seen[message.id], "id"))
            words = say(f'"{message.id}" đã dùng ở dòng {line}', f'"{message.id}" is used on line {line} already')
            authored.report(("messages", i, "id"), words)
        seen.setdefault(message.id, i)


def _check_selectors(authored: Authored, book: Book) -> None:
    campaign = authored.campaign
    places: list[tuple[Path_, tuple[Selector, ...]]] = [(("channels",), campaign.channels)]
    places += [(("messages", i, "channels"), m.channels) for i, m in enumerate(campaign.messages)]
    for path, selectors in places:
        for j, selector in enumerate(selectors):
            if not stands_in(selector.id) and not book.select(selector) and not _perhaps(selector, book):
                authored.report((*path, j), _nobody(selector, book))
    for i, message in enumerate(campaign.messages):
        if not message.channels and not campaign.channels and ("messages", i, "id") in authored.source.lines:
            words = say("không có kênh nào; thêm channels: [mã-kênh]", "no channel; add channels: [channel-id]")
            authored.report(("messages", i), words)


def _perhaps(selector: Selector, book: Book) -> bool:
    """Whether the selector may name a channel or unit whose entry is broken: that is said there, not here."""
    if book.unread_channels is None:
        return True
    if selector.group is not None and book.units.unread != frozenset():
        return True
    return selector.id in book.unread_channels if selector.id is not None else bool(book.unread_channels)


def _nobody(selector: Selector, book: Book) -> str:
    if selector.id is not None:
        hint = did_you_mean(selector.id, book.channels)
        return say(
            f'không có kênh "{selector.id}" trong channels.yaml{hint}',
            f'no channel "{selector.id}" in channels.yaml{hint}',
        )
    if selector.label is not None:
        hint = did_you_mean(selector.label, {label for e in book.channels.values() for label in e.labels})
        return say(
            f'không kênh nào có nhãn "{selector.label}"{hint}', f'no channel has the label "{selector.label}"{hint}'
        )
    if selector.group is not None:
        return _nobody_of_group(selector.group, book.units)
    hint = did_you_mean(selector.unit or "", {*book.units.by_id, *(e.unit for e in book.channels.values())})
    return say(f'đơn vị "{selector.unit}" không có kênh nào{hint}', f'the unit "{selector.unit}" has no channel{hint}')


def _nobody_of_group(name: str, units: Units) -> str:
    if not units.kept:
        return say(
            f'chưa có campaigns/units.yaml, nên không có nhóm "{name}"; nhóm khai báo ở phần groups của tệp ấy',
            f'there is no campaigns/units.yaml, hence no group "{name}"; groups are written in that file',
        )
    if name not in units.groups:
        hint = did_you_mean(name, units.groups)
        if name in units.by_id:
            hint = say(f"; {name} là một đơn vị: viết {{unit: {name}}}", f"; {name} is a unit: write {{unit: {name}}}")
        return say(f'không có nhóm "{name}" trong units.yaml{hint}', f'there is no group "{name}" in units.yaml{hint}')
    members = [unit.id for unit in units.group(name)]
    listed = few(members, MOST_NAMED)
    return say(
        f'nhóm "{name}" không có kênh nào; ghi unit của kênh trong channels.yaml (các đơn vị: {listed})',
        f'the group "{name}" has no channel; write the unit of a channel in channels.yaml (units: {listed})',
    )


def inside(workspace: Path, name: str) -> Path | None:
    """Return the file of this name if it lies inside the workspace (links followed), else None."""
    try:
        file = (workspace / name).resolve()
    except (OSError, RuntimeError, ValueError):  # a link to itself
        return None
    return file if file.is_relative_to(workspace.resolve()) else None


def picture_file(workspace: Path, name: str) -> Path | None:
    """Return the file of a picture, or None when the workspace holds no such file."""
    file = inside(workspace, name)
    return file if file is not None and os.path.isfile(file) else None  # noqa: PTH113 - never raises


def _check_images_of_units(book: Book) -> None:
    """Check the pictures that units show in place of those of a model; the model's own are checked in its file."""
    for made in book.replications.values():
        for unit, messages in made.deviations.items():
            replica = made.replicas.get(unit)
            for i, message in enumerate(replica.campaign.messages if replica else ()):
                parts = messages.get(message.id, ())
                if replica is not None and "images" in parts:
                    for j, image in enumerate(message.images):
                        _check_image(replica, image, ("messages", i, "images", j), book.workspace)
                if replica is not None and "video" in parts and message.video is not None:
                    _check_film(replica, message.video, ("messages", i, "video"), book.workspace)
                if replica is not None and "cover" in parts and message.cover is not None:
                    _check_image(replica, message.cover, ("messages", i, "cover"), book.workspace)


def _check_image(authored: Authored, image: Image, path: Path_, workspace: Path) -> None:
    without_words = say(
        "thiếu alt: một câu mô tả ảnh cho người không nhìn thấy [alt]",
        "alt is missing: one sentence for who cannot see it [alt]",
    )
    absent = say("không có tệp ảnh này", "there is no such picture")
    _check_medium(authored, image, path, workspace, without_words, absent, _why_no_picture)


def _check_film(authored: Authored, film: Film, path: Path_, workspace: Path) -> None:
    without_words = say(
        "thiếu alt: vài câu kể trong video thấy gì, nghe gì, cho người không nhìn hoặc không nghe được [alt]",
        "alt is missing: what is seen and said in the video, for who cannot see or hear it [alt]",
    )
    _check_medium(
        authored,
        film,
        path,
        workspace,
        without_words,
        say("không có tệp video này", "there is no such video"),
        _why_no_film,
    )


def _check_medium(
    authored: Authored,
    medium: Image | Film,
    path: Path_,
    workspace: Path,
    without_words: str,
    absent: str,
    why_not: Callable[[str, Path], str],
) -> None:
    """Report a picture or film that has no words, is not there, or is none (`why_not` says why, '' when it is one)."""
    if not medium.alt.strip():
        authored.report(path, without_words)
    file = inside(workspace, medium.file)
    if file is None:
        wrong = say(f"{medium.file}: nằm ngoài thư mục làm việc", f"{medium.file}: lies outside the workspace")
    elif picture_file(workspace, medium.file) is None:
        wrong = f"{medium.file}: {absent}"
    else:
        wrong = why_not(medium.file, file)
    if wrong:
        authored.report((*path, "file"), wrong)


def _why_no_film(name: str, file: Path) -> str:
    if is_film(file):
        return ""
    return say(
        f"{name}: không phải video MP4 hay MOV; mở bằng phần mềm dựng phim rồi xuất sang MP4 (H.264, AAC)",
        f"{name}: not an MP4 or MOV; open it in an editor and export it as MP4 (H.264, AAC)",
    )


def _why_no_picture(name: str, file: Path) -> str:
    if picture_type(file) is not None:
        return ""
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
            Pillow.open(opened, formats=list(PICTURES)).close()
    except Pillow.DecompressionBombError:
        return say(
            f"{name}: ảnh quá lớn (hơn {2 * (Pillow.MAX_IMAGE_PIXELS or 0) // 10**6} triệu điểm ảnh); thu nhỏ rồi lưu lại",
            f"{name}: the picture is too large (over {2 * (Pillow.MAX_IMAGE_PIXELS or 0) // 10**6} million pixels); "
            "make it smaller and save it again",
        )
    except (OSError, ValueError, SyntaxError):
        pass
    if head[4:8] == b"ftyp" and head[8:12] in PHONE_TYPES:
        return say(
            f"{name}: ảnh HEIC/AVIF của điện thoại, các mạng không nhận; xuất sang JPEG rồi dùng tệp ấy",
            f"{name}: a HEIC or AVIF of a phone, which networks do not take; export it as JPEG and use that file",
        )
    if head[4:8] == b"ftyp" or head.startswith(FILMS):
        return say(
            f'{name}: đây là video, images chỉ nhận ảnh; viết: video: {{file: {name}, alt: "..."}}',
            f'{name}: this is a video, images takes pictures only; write: video: {{file: {name}, alt: "..."}}',
        )
    return say(f"{name}: không phải ảnh JPEG, PNG, GIF hay WebP", f"{name}: not a JPEG, PNG, GIF or WebP")


def is_film(file: Path) -> bool:
    """Tell whether a file begins as an MP4 or MOV does."""
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError:
        return False
    return head[4:8] in FILM_BOXES and head[8:12] not in PHONE_TYPES


def type_of(picture: Pillow.Image) -> str | None:
    """Return the MIME type of an opened picture. MPO is the JPEG of a phone that has others lying behind it."""
    return PICTURES.get("JPEG" if picture.format == "MPO" else picture.format or "")


def picture_type(file: Path) -> str | None:
    """Return the MIME type of a picture by its bytes, or None when it is none that networks take."""
    try:
        with warnings.catch_warnings(), file.open("rb") as opened:
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # a phone's may have 100 million pixels
            with Pillow.open(opened, formats=list(PICTURES)) as picture:
                return type_of(picture)
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError):
        return None
