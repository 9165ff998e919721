"""`loa hold` and `loa release`: stop a channel, a unit, a campaign, a class, one delivery or everything; and go on."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler import clock
from scheduler.authoring.campaign import Class
from scheduler.cli.embargo import show_embargo
from scheduler.cli.office import By, Office, Why, office
from scheduler.cli.screen import SCOPES, scope_name, show
from scheduler.errors import SettingsError
from scheduler.ledger import counts, orders, turn
from scheduler.ledger.mourning import HELD_FOR
from scheduler.reporting.families import families
from scheduler.text import did_you_mean, say

One = Annotated[str | None, typer.Argument(metavar="[KEY]", help=say("Một lần đăng", "One delivery"))]
ChannelId = Annotated[str | None, typer.Option("--channel", help=say("Một kênh", "A channel"))]
UnitId = Annotated[
    str | None, typer.Option("--unit", help=say("Một đơn vị và các đơn vị bên dưới", "A unit and those below"))
]
CampaignId = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        help=say("Một chiến dịch; mọi đơn vị của một mô hình: MÔ-HÌNH.*", "A campaign; all units of a model: MODEL.*"),
    ),
]
ClassName = Annotated[str | None, typer.Option("--class", help="ordinary, priority, emergency")]
All = Annotated[bool, typer.Option("--all", help=say("Tất cả", "Everything"))]


def hold(
    context: typer.Context,
    key: One = None,
    channel: ChannelId = None,
    unit: UnitId = None,
    campaign: CampaignId = None,
    kind: ClassName = None,
    everything: All = False,
    why: Why = "",
    by: By = "",
) -> None:
    """Giữ lại: không gửi gì nữa cho tới khi thả; có hiệu lực trong một giây. / Stop until released.

    Ví dụ: loa hold --all --why "Quốc tang"
    """
    here = office(context)
    who = here.who(by)
    if key is not None:
        with here.database.writing() as connection:
            orders.hold_one(connection, key, at_us=here.at_us, by=who, why=why)
        show(say(f"Đã giữ {key}", f"{key} is held"), style="yellow")
        return
    scope, values = _scope(here, channel, unit, campaign, kind, everything)
    with here.database.writing() as connection:
        for value in values:
            turn.hold(connection, scope, value, at_us=here.at_us, by=who, why=why)
        orders.changed(connection, here.at_us)
    show(say(f"Đã giữ: {_named(scope, values)}", f"On hold: {_named(scope, values)}"), style="yellow")
    if campaign is not None and (others := _replicas(here, campaign)):
        words = say(
            f"{len(others)} bản nhân rộng của {campaign} vẫn đăng; giữ cả các bản ấy: loa hold --campaign '{campaign}.*'",
            f"{len(others)} replicas of {campaign} go on; to stop them too: loa hold --campaign '{campaign}.*'",
        )
        show(words, style="yellow")


def release(
    context: typer.Context,
    key: One = None,
    channel: ChannelId = None,
    unit: UnitId = None,
    campaign: CampaignId = None,
    kind: ClassName = None,
    everything: All = False,
    why: Why = "",
    by: By = "",
) -> None:
    """Thả ra: tiếp tục từ bây giờ; bài đã quá hạn được ghi là bỏ lỡ, không đăng dồn. / Go on from now.

    Ví dụ: loa release --channel masto-ha-noi --why "đã thay mã truy cập"
    """
    here = office(context)
    who = here.who(by)
    if key is not None:
        with here.database.writing() as connection:
            was = orders.delivery(connection, key).held_for
            free = orders.release_one(connection, key, at_us=here.at_us, by=who, why=why, zone=here.settings.zone)
            row = orders.delivery(connection, key)
        if free:
            show(say(f"Đã thả {key}", f"{key} is released"), style="green")
            show_embargo(here, [row])
            if was == "law":
                show(
                    say(
                        "Lúc đăng bài được xét lại theo campaigns/laws.yaml; còn sai thì lại bị giữ",
                        "It is judged again by campaigns/laws.yaml when it goes out, and held again if it is still wrong",
                    )
                )
        elif row.held_for == HELD_FOR:
            show(
                say(
                    f"Đã thả {key}, nhưng bài rơi vào quốc tang nên vẫn giữ: loa mourning",
                    f"{key} is released, but falls into a mourning and stays held: loa mourning",
                ),
                style="yellow",
            )
        else:
            show(
                say(f"Đã thả {key}; bài đã đổi, nay chờ duyệt", f"{key} was changed: it waits for approval"),
                style="yellow",
            )
        return
    scope, values = _scope(here, channel, unit, campaign, kind, everything, must_exist=False)
    with here.database.writing() as connection:
        count = orders.release(connection, scope, values, at_us=here.at_us, by=who, why=why)
        resting = turn.pauses(connection, here.at_us)
    for name in values if scope == "channel" else ():
        if name in resting:
            until = f"{clock.moment(resting[name]).astimezone(here.settings.zone):%H:%M %d/%m/%Y}"
            words = say(
                f"{name}: mạng bảo nghỉ tới {until}, trước lúc ấy Loa chưa đăng gì ở đó",
                f"{name}: its network told us to wait until {until}; nothing goes out there before",
            )
            show(words, style="yellow")
    if count:
        show(say(f"Đã thả: {_named(scope, values)}", f"Released: {_named(scope, values)}"), style="green")
    else:
        show(say("Không có lệnh giữ nào như vậy", "There was no such hold"), style="dim")


def _scope(
    here: Office,
    channel: str | None,
    unit: str | None,
    campaign: str | None,
    kind: str | None,
    everything: bool,
    must_exist: bool = True,
) -> tuple[str, list[str]]:
    given = [
        (s, v)
        for s, v in (("channel", channel), ("unit", unit), ("campaign", campaign), ("class", kind))
        if v is not None
    ]
    if len(given) + everything != 1:
        words = say(
            "cần đúng một trong: MÃ, --channel, --unit, --campaign, --class, --all",
            "needs exactly one of: KEY, --channel, --unit, --campaign, --class, --all",
        )
        raise SettingsError(words)
    if everything:
        return "all", ["all"]
    scope, value = given[0]
    if scope == "campaign" and value.endswith(".*"):
        replicas = _replicas(here, value[:-2])
        if not replicas:
            model = value[:-2]
            raise SettingsError(say(f"{model} không có bản nhân rộng nào", f"{model} has no replicas"))
        return scope, replicas
    known: dict[str, set[str]] = {
        "channel": set(here.book.channels),
        "unit": {*here.book.units.by_id, *(e.unit for e in here.book.channels.values())},
        "campaign": {a.campaign.campaign for a in here.book.campaigns} | here.book.unread,
        "class": set(Class.__args__),  # type: ignore[attr-defined]
    }
    if must_exist and value not in known[scope]:
        hint = did_you_mean(value, known[scope])
        raise SettingsError(say(f'không có {SCOPES[scope]} "{value}"{hint}', f'there is no {scope} "{value}"{hint}'))
    return scope, sorted(here.book.units.below(value)) if scope == "unit" else [value]


def _replicas(here: Office, model: str) -> list[str]:
    """Return the replicas of a model, those in the files and those in the ledger."""
    names = {authored.campaign.campaign for authored in here.book.campaigns} | here.book.unread
    with here.database.reading() as connection:
        names |= set(counts.by_campaign(connection))
    return sorted(name for name in names if name.startswith(f"{model}."))


def _named(scope: str, values: list[str]) -> str:
    return scope_name(scope, list(families(values)) if scope == "campaign" else values)
