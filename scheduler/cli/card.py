"""`loa card`: a message's card in every size, as pictures to look at."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from scheduler.authoring.campaign import Message
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored
from scheduler.authoring.recurrence import Occurrence
from scheduler.authoring.timetable import timetable
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import show
from scheduler.composing.card import SIZES
from scheduler.composing.compose import card_size
from scheduler.composing.render import RenderError
from scheduler.errors import CampaignError, NotFoundInLedger, Problem, SettingsError
from scheduler.text import did_you_mean, say

What = Annotated[
    str, typer.Argument(metavar="CAMPAIGN/MESSAGE", help=say("Ví dụ: thu-nghiem/tin-1", "e.g. thu-nghiem/tin-1"))
]
Out = Annotated[Path, typer.Option("--out", help=say("Thư mục ghi ảnh", "Where the pictures go"))]
Drawn = dict[str, str | int | bool | None]
Whose = Annotated[
    str | None, typer.Option("--channel", help=say("Thẻ của kênh này (mặc định: kênh đầu tiên)", "Whose card"))
]


def card(context: typer.Context, what: What, out: Out, channel: Whose = None, as_json: Json = False) -> None:
    """Vẽ thẻ của một thông điệp ở mọi cỡ để xem trước; không đăng gì. / Draw a message's card in every size.

    Ví dụ: loa card thang-hanh-dong-2027/khai-mac --out the
    """
    here = office(context)
    authored, message = here.message(what)
    if message.card is None:
        words = say(
            f"{what} chưa có thẻ; thêm card: {{headline: ...}} vào thông điệp", f"{what} has no card; add card: to it"
        )
        raise NotFoundInLedger(words)
    entry = _channel(here, authored, message, channel)
    drawn, problems = _draw(here, authored, message, entry, out)
    if as_json:
        print(json.dumps(drawn, ensure_ascii=False, indent=2))
    else:
        _show(drawn)
    if problems:
        raise CampaignError(problems)


def _show(drawn: list[Drawn]) -> None:
    for row in drawn:
        mark = say("  (cỡ của kênh)", "  (the channel's size)") if row["used"] else ""
        shown = row["problem"] or f"{row['file']}{mark}"
        show(f"{row['width']} x {row['height']}  {shown}", style="yellow" if row["problem"] else "")
    alt = next((row["alt"] for row in drawn if row["alt"]), None)
    if alt:
        show(f"alt: {alt}", style="dim")


def _channel(here: Office, authored: Authored, message: Message, wanted: str | None) -> ChannelEntry:
    channels = authored.channels_of(message, here.book)
    found = next((entry for entry in channels if wanted in (None, entry.id)), None)
    if found is None:
        hint = did_you_mean(wanted or "", [entry.id for entry in channels])
        raise NotFoundInLedger(
            say(f"thông điệp không đăng trên kênh {wanted}{hint}", f"the message is not for the channel {wanted}{hint}")
        )
    return found


def _draw(
    here: Office, authored: Authored, message: Message, entry: ChannelEntry, out: Path
) -> tuple[list[Drawn], list[Problem]]:
    """Draw every size; a size that the words do not fit is a problem only if the channel uses it."""
    zone, end = here.settings.zone, here.now + here.settings.horizon
    found = timetable(authored.campaign, message, zone, here.now, end, here.book.days)
    occurrence = next(iter(found), None) or Occurrence("once", here.now)
    drawn: list[Drawn] = []
    problems: list[Problem] = []
    for name, size in SIZES.items():
        file = out / f"{authored.campaign.campaign}-{message.id}-{name}.png"
        used = card_size(entry.network) == size
        row: Drawn = {
            "file": str(file),
            "width": size[0],
            "height": size[1],
            "used": used,
            "alt": None,
            "problem": None,
        }
        try:
            picture = here.composer.card(authored.campaign, message, occurrence, entry, size)
            assert picture is not None
            out.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(picture.file, file)
            row["alt"] = picture.alt
        except RenderError as error:
            row |= {"file": None, "problem": str(error)}
            path = ("messages", authored.campaign.messages.index(message), "card")
            if used:
                at = authored.source.file, authored.source.line(path)
                problems.append(Problem(*at, ".".join(map(str, path)), str(error)))
        except OSError as error:
            raise SettingsError(say(f"{out}: không ghi được ({error.strerror})", f"{out}: {error.strerror}")) from None
        drawn.append(row)
    return drawn, problems
