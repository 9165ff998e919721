"""`loa report`: what was achieved, on which channel, and who answers for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler import clock
from scheduler.cli.office import Json, Office, office, write_file
from scheduler.cli.screen import out, scope_name, show
from scheduler.errors import NotFoundInLedger, SettingsError
from scheduler.ledger.achieved import Part
from scheduler.ledger.answerable import Order
from scheduler.ledger.metrics import AGES
from scheduler.registers.moments import parse_date
from scheduler.reporting.report import COUNTS, NUMBERS, Line, Report
from scheduler.reporting.report import report as reckon
from scheduler.text import did_you_mean, say

MOST_LINES = 40  # of each table on the screen; --json and --csv have all
ALWAYS = ("published", "late", "missed", "withdrawn")
COLOURS = {"published": "green", "late": "yellow", "missed": "red", "failed": "bold red", "unconfirmed": "bold magenta"}
ORDERS = {
    "approve": "duyệt",
    "hold": "giữ",
    "release": "thả",
    "cancel": "huỷ",
    "confirm": "xác nhận đã đăng",
    "retry": "cho đăng lại",
    "withdraw": "gỡ",
}

OneCampaign = Annotated[str | None, typer.Option("--campaign", help=say("Chỉ chiến dịch này", "Only this campaign"))]
OneUnit = Annotated[
    str | None, typer.Option("--unit", help=say("Chỉ đơn vị này và các đơn vị dưới nó", "Only this unit, and below"))
]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help=say("Từ ngày, ví dụ 2027-06-01", "From this day on"))
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help=say("Đến hết ngày, ví dụ 2027-06-30", "With this day"))
]
Csv = Annotated[Path | None, typer.Option("--csv", help=say("Ghi bảng ra tệp CSV (mở bằng Excel)", "Write a CSV file"))]


def report(
    context: typer.Context,
    campaign: OneCampaign = None,
    unit: OneUnit = None,
    since: From = None,
    until: Until = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """Kết quả: đã đăng, trễ, bỏ lỡ, đã gỡ, số liệu của các mạng, ai duyệt, ai ra lệnh. / What was achieved.

    Ví dụ: loa report --campaign thang-hanh-dong-2027 --csv ket-qua.csv
    """
    here = office(context)
    here.must_know(campaign)
    span = Span.read(since, until)
    asked = {"campaign": campaign, "unit": unit, "from": _iso(span.first), "until": _iso(span.last)}
    part = Part(campaign, _units(here, unit), *span.moments(here))
    names = {id: entry.name for id, entry in here.book.units.by_id.items()}
    with here.database.reading() as connection:
        found = reckon(connection, part, now=here.now, zone=here.settings.zone, asked=asked, units=names)
    if csv is not None:
        write_file(csv, found.to_csv())
    if as_json:
        print(json.dumps(found.to_object(), ensure_ascii=False, indent=2))
    elif csv is None:
        _show(here, found)
    else:
        show(say(f"Đã ghi {csv} ({len(found.lines)} kênh)", f"{csv} written ({len(found.lines)} channels)"))


@dataclass(frozen=True)
class Span:
    """The days of which is told, both included; None: without a bound."""

    first: date | None
    last: date | None

    @classmethod
    def read(cls, since: str | None, until: str | None) -> Span:
        span = cls(_day("--from", since), _day("--until", until))
        if span.first and span.last and span.last < span.first:
            words = "--until phải từ ngày của --from trở đi", "--until must not lie before --from"
            raise SettingsError(say(*words))
        return span

    def moments(self, here: Office) -> tuple[int | None, int | None]:
        """Return the first moment, and the first moment after it (microseconds)."""
        after = self.last + timedelta(days=1) if self.last else None
        return _begin(here, self.first), _begin(here, after)


def _day(option: str, value: str | None) -> date | None:
    try:
        found: date | None = parse_date(value)
    except ValueError as error:
        raise SettingsError(f"{option}: {error}") from None
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _begin(here: Office, day: date | None) -> int | None:
    return clock.micros(datetime.combine(day, time(), here.settings.zone)) if day else None


def _units(here: Office, unit: str | None) -> set[str] | None:
    """Return the unit and those below it at any time, None for all; NotFoundInLedger names the nearest."""
    if unit is None:
        return None
    known = {entry.unit for entry in here.book.channels.values() if entry.unit} | set(here.book.units.by_id)
    if unit not in known:
        hint = did_you_mean(unit, known)
        raise NotFoundInLedger(say(f"không có đơn vị {unit}{hint}", f"there is no unit {unit}{hint}"))
    return here.book.units.below(unit)


def _show(here: Office, found: Report) -> None:
    show(_title(found), style="bold")
    if not found.lines:
        show(say("Sổ cái không có lần đăng nào như vậy", "The ledger has no such deliveries"), style="yellow")
        return
    _show_channels(found)
    _show_where_numbers_are_from(found.total)
    _show_who_answers(found)


def _title(found: Report) -> str:
    asked, parts = found.asked, []
    if asked["campaign"]:
        parts.append(say(f"chiến dịch {asked['campaign']}", f"campaign {asked['campaign']}"))
    if asked["unit"]:
        name = found.units.get(asked["unit"], asked["unit"])
        parts.append(say(f"{name} và các đơn vị bên dưới", f"{name} and below"))
    if asked["from"]:
        parts.append(say(f"từ {_shown(asked['from'])}", f"from {asked['from']}"))
    if asked["until"]:
        parts.append(say(f"đến hết {_shown(asked['until'])}", f"until {asked['until']}"))
    whole = say("cả sổ cái", "the whole ledger")
    at = f"{found.at.astimezone(found.zone):%H:%M %d/%m/%Y}"
    return say("Báo cáo", "Report") + f": {', '.join(parts) or whole} ({at})"


def _shown(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def _show_channels(found: Report) -> None:
    counts = [name for name in COUNTS if name in ALWAYS or found.total.counts[name]]
    numbers = [name for name in NUMBERS if name in found.total.numbers]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(say("đơn vị", "unit"), overflow="fold")
    table.add_column(say("kênh", "channel"), overflow="fold")
    for name in counts:
        table.add_column(say(COUNTS[name], name), justify="right", style=COLOURS.get(name, ""))
    for name in numbers:
        table.add_column(say(NUMBERS[name], name), justify="right", style="cyan")
    for one in found.lines[:MOST_LINES]:
        table.add_row(Text(found.units.get(one.unit, one.unit)), one.channel, *_cells(one, counts, numbers))
    table.add_section()
    many = len(found.lines)
    table.add_row(say("Cộng", "Sum"), say(f"{many} kênh", f"{many} channels"), *_cells(found.total, counts, numbers))
    out.print(table)
    _show_rest(many, "--csv")


def _cells(one: Line, counts: list[str], numbers: list[str]) -> list[str]:
    told = [_grouped(one.numbers[name]) if name in one.numbers else "–" for name in numbers]
    return [str(one.counts[name] or "") for name in counts] + told


def _grouped(number: int) -> str:
    return say(f"{number:,}".replace(",", "."), f"{number:,}")


def _show_rest(many: int, option: str) -> None:
    if many > MOST_LINES:
        rest = many - MOST_LINES
        show(say(f"và {rest} dòng nữa: thêm {option}", f"and {rest} more: add {option}"), style="dim")


def _show_where_numbers_are_from(total: Line) -> None:
    if total.measured:
        listed = ", ".join(f"{age}: {total.ages[age]}" for age in AGES if total.ages[age])
        words = say(
            f"Số liệu ở mốc mới nhất của từng bài (sau khi đăng): {listed} bài",
            f"Numbers at the newest age of each post: {listed} posts",
        )
        show(words, style="dim")
    if untold := total.was_public - total.measured:
        words = say(
            f"{untold} bài chưa có số liệu (chưa đến mốc, hoặc mạng không cho biết)",
            f"{untold} posts have no numbers (too young, or the network does not tell)",
        )
        show(words, style="dim")
    if total.gone:
        words = say(
            f"{total.gone} bài không còn trên mạng mà không do Loa gỡ",
            f"{total.gone} posts are no longer on their network, and not by Loa's hand",
        )
        show(words, style="yellow")


def _show_who_answers(found: Report) -> None:
    rows = [*_approval_rows(found), *(_order_row(found, order) for order in found.orders)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=say("Trách nhiệm", "Who answers for it"))
    table.title_justify, table.title_style = "left", "bold"
    for vi, en in (("đơn vị", "unit"), ("việc", "what"), ("người", "who")):
        table.add_column(say(vi, en), overflow="fold")
    table.add_column(say("lần đăng", "deliveries"), justify="right")
    for vi, en in (("lúc", "when"), ("lý do", "why")):
        table.add_column(say(vi, en), overflow="fold")
    for row in rows[:MOST_LINES]:
        table.add_row(*map(Text, row))
    out.print(table)
    _show_rest(len(rows), "--json")


def _approval_rows(found: Report) -> list[list[str]]:
    rows = []
    for one in found.approvals:
        unit, count = found.units.get(one.unit, one.unit), str(one.count)
        if one.by:
            when = _when(found, one.first_us)
            if one.last_us != one.first_us:
                when += f" – {_when(found, one.last_us)}"
            rows.append([unit, _named("approve"), one.by, count, when, ""])
        else:
            rows.append([unit, say("đăng không qua duyệt", "public without approval"), "", count, "", ""])
    return rows


def _order_row(found: Report, order: Order) -> list[str]:
    what = _named(order.event)
    if order.scope:
        what += f" {scope_name(order.scope, order.values)}"
    unit, count = found.units.get(order.unit, order.unit), str(order.count or "")
    return [unit, what, order.by or "loa", count, _when(found, order.at_us), order.why]


def _named(order: str) -> str:
    return say(ORDERS[order], order)


def _when(found: Report, at_us: int) -> str:
    return f"{clock.moment(at_us).astimezone(found.zone):%H:%M %d/%m/%Y}"
