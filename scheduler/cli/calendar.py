"""`loa calendar`: what is due on which day, in the terminal, as a page, or for the calendar on the desk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.cli.office import Json, Office, office, write_file
from scheduler.cli.screen import COLOURS, out, show
from scheduler.errors import NotFoundInLedger, SettingsError
from scheduler.ledger import counts, plans
from scheduler.planning.calendar import WEEKDAYS, Calendar, Entry, Span, by_day, letters, state_words, titles, weeks
from scheduler.reporting.calendar_page import calendar_page, month_name
from scheduler.text import did_you_mean, say

INKS = ("bright_blue", "bright_red", "bright_green", "bright_magenta", "yellow", "bright_cyan", "magenta", "white")
HEAT = ("", "black on grey62", "black on dark_sea_green3", "black on gold3", "black on dark_orange", "white on red3")

Month = Annotated[str | None, typer.Option("--month", help=say("Tháng, ví dụ 2027-06 hoặc 6/2027", "e.g. 2027-06"))]
Year = Annotated[int | None, typer.Option("--year", min=2000, max=2198, help=say("Cả năm", "A whole year"))]
OneCampaign = Annotated[str | None, typer.Option("--campaign", help=say("Chỉ chiến dịch này", "Only this campaign"))]
OneChannel = Annotated[str | None, typer.Option("--channel", help=say("Chỉ kênh này", "Only this channel"))]
OneUnit = Annotated[
    str | None, typer.Option("--unit", help=say("Chỉ đơn vị này và các đơn vị dưới nó", "Only this unit, and below"))
]
Ics = Annotated[Path | None, typer.Option("--ics", help=say("Ghi ra tệp lịch (.ics)", "Write an iCalendar file"))]
Html = Annotated[Path | None, typer.Option("--html", help=say("Ghi ra một trang để xem, in", "Write a page"))]


def calendar(
    context: typer.Context,
    month: Month = None,
    year: Year = None,
    campaign: OneCampaign = None,
    channel: OneChannel = None,
    unit: OneUnit = None,
    ics_file: Ics = None,
    html_file: Html = None,
    as_json: Json = False,
) -> None:
    """Lịch đăng bài theo tháng hoặc năm: ngày nào có bài gì, ở đâu. / What is due on which day.

    Ví dụ: loa calendar --month 2027-06 --html lich.html
    """
    here = office(context)
    here.must_know(campaign)
    local = here.now.astimezone(here.settings.zone)
    span = _span(month, year, local.date())
    entries = _entries(here, span, campaign, _channels(here, channel, unit))
    title = say("Lịch đăng bài", "Calendar of posts") + f": {_span_name(span)}"
    if ics_file is not None:
        from scheduler.reporting.ics import ics  # megabytes that no daemon needs

        write_file(ics_file, ics(entries, title, here.now))
    if html_file is not None:
        write_file(html_file, calendar_page(entries, span, local, title).encode())
    if as_json:
        print(json.dumps([_as_object(entry) for entry in entries], ensure_ascii=False, indent=1))
    elif ics_file is None and html_file is None:
        _show(entries, span, local.date())
        _say_what_is_unread(here)
    else:
        for file in filter(None, (ics_file, html_file)):
            show(say(f"Đã ghi {file} ({len(entries)} bài)", f"{file} written ({len(entries)} posts)"))


def _span(month: str | None, year: int | None, today: date) -> Span:
    if month is not None and year is not None:
        raise SettingsError(say("--month hoặc --year, chỉ một trong hai", "--month or --year, just one of them"))
    if year is not None:
        return Span.of_year(year)
    if month is None:
        return Span.of_month(today.year, today.month)
    if found := re.fullmatch(r"(\d{4})-(\d{1,2})", month, re.ASCII):
        number, that = int(found[2]), int(found[1])
    elif found := re.fullmatch(r"(\d{1,2})[/-](\d{4})", month, re.ASCII):
        number, that = int(found[1]), int(found[2])
    else:
        number, that = 0, 0
    if not (1 <= number <= 12 and 2000 <= that <= 2198):
        raise SettingsError(
            say(
                f'--month "{month}" không phải tháng; ví dụ đúng: 2027-06',
                f'--month "{month}" is no month; e.g. 2027-06',
            )
        )
    return Span.of_month(that, number)


def _span_name(span: Span) -> str:
    if len(span.months) == 1:
        name = month_name(*span.months[0])
        return name[0].lower() + name[1:] if name.startswith("T") else name
    return say(f"năm {span.first.year}", str(span.first.year))


def _channels(here: Office, channel: str | None, unit: str | None) -> frozenset[str] | None:
    """Return the ids that are asked for, None for all."""
    known = here.book.channels
    if channel is not None and channel not in known:
        hint = did_you_mean(channel, known)
        raise NotFoundInLedger(
            say(f"không có kênh {channel} trong channels.yaml{hint}", f"no channel {channel} in channels.yaml{hint}")
        )
    units = {entry.unit for entry in known.values() if entry.unit} | set(here.book.units.by_id)
    if unit is not None and unit not in units:
        hint = did_you_mean(unit, units)
        raise NotFoundInLedger(say(f"không có đơn vị {unit}{hint}", f"there is no unit {unit}{hint}"))
    if channel is None and unit is None:
        return None
    below = here.book.units.below(unit) if unit is not None else units
    return frozenset(e.id for e in known.values() if channel in (None, e.id) and (unit is None or e.unit in below))


def _entries(here: Office, span: Span, campaign: str | None, channels: frozenset[str] | None) -> list[Entry]:
    zone = here.settings.zone
    asked: dict[str, Any] = {"campaign": campaign, "channels": channels}
    if not here.has_ledger:
        return Calendar(here.book, here.composer, zone, here.now, span, **asked).entries()
    begin, end = (int(moment.timestamp()) * 1_000_000 for moment in span.moments(zone))
    with here.database.reading() as connection:
        rows = counts.between(connection, begin, end)
        return Calendar(
            here.book,
            here.composer,
            zone,
            here.now,
            span,
            rows,
            lambda digest: plans.body_of(connection, digest),
            **asked,
        ).entries()


def _as_object(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "campaign": entry.campaign,
        "message": entry.message,
        "occurrence": entry.occurrence,
        "due": entry.due.isoformat(),
        "title": entry.title,
        "text": entry.text,
        "channels": [{"channel": id, "state": state} for id, state in entry.channels.items()],
        "urls": entry.urls,
    }


def _show(entries: Sequence[Entry], span: Span, today: date) -> None:
    named = letters(entries)
    inks = {name: INKS[i % len(INKS)] for i, name in enumerate(named)}
    if len(span.months) == 1:
        out.print(_month(*span.months[0], by_day(entries), named, inks, today))
        _show_list(entries, named, inks)
    else:
        days = {day: len(found) for day, found in by_day(entries).items()}
        out.print(_year([_small_month(*month, days, today) for month in span.months]))
        _show_heat(max(days.values(), default=0))
    titled = titles(entries)
    for name, letter in named.items():
        count = sum(entry.campaign == name for entry in entries)
        out.print(
            Text.assemble((f" {letter} ", f"bold {inks[name]}"), f" {name}", (f"  {titled[name]}", "dim"), f"  {count}")
        )
    if not entries:
        show(say("Không có bài nào trong thời gian này", "Nothing is due in this time"), style="yellow")


def _month(
    year: int,
    month: int,
    days: Mapping[date, Sequence[Entry]],
    named: Mapping[str, str],
    inks: Mapping[str, str],
    today: date,
) -> Table:
    table = Table(title=month_name(year, month), box=box.SQUARE, show_lines=True, title_style="bold", padding=(0, 1))
    for name in WEEKDAYS:
        table.add_column(name, width=11, header_style="bold")
    for week in weeks(year, month):
        table.add_row(*(_cell(day, days, named, inks, today) for day in week))
    return table


def _cell(
    day: date | None,
    days: Mapping[date, Sequence[Entry]],
    named: Mapping[str, str],
    inks: Mapping[str, str],
    today: date,
) -> Text:
    if day is None:
        return Text("")
    number = f"[{day.day}]" if day == today else f"{day.day}"
    cell = Text(number, "bold reverse" if day == today else "bold" if day in days else "dim")
    of_campaign: dict[str, int] = {}
    for entry in days.get(day, ()):
        of_campaign[entry.campaign] = of_campaign.get(entry.campaign, 0) + 1
    cell.append("\n")
    for name, count in sorted(of_campaign.items()):
        cell.append(f"{named[name]}:{count}", inks[name])
        cell.append(" ")
    return cell


def _show_list(entries: Sequence[Entry], named: Mapping[str, str], inks: Mapping[str, str]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=3)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold", ratio=1)
    for entry in entries:
        table.add_row(
            Text(_when(entry.due)),
            Text(named[entry.campaign], f"bold {inks[entry.campaign]}"),
            Text.assemble(entry.first_line, (f"  {entry.message}", "dim")),
            Text(say(f"{len(entry.channels)} kênh", f"{len(entry.channels)} channels")),
            Text(state_words(entry.states), COLOURS.get(entry.state, "dim")),
        )
    out.print(table)


def _when(due: datetime) -> str:
    return f"{WEEKDAYS[due.weekday()]} {due:%d/%m %H:%M}"


def _year(months: Sequence[Table]) -> Table:
    """Put the months side by side, four in a row, fewer in a narrow window."""
    across = 4 if out.width >= 100 else 3 if out.width >= 75 else 2
    grid = Table.grid(padding=(0, 3))
    for i in range(0, len(months), across):
        grid.add_row(*months[i : i + across])
        grid.add_row("")
    return grid


def _small_month(year: int, month: int, days: Mapping[date, int], today: date) -> Table:
    count = sum(n for day, n in days.items() if (day.year, day.month) == (year, month))
    title = f"{month_name(year, month)} ({count})"
    table = Table(title=title, box=None, padding=(0, 0), title_style="bold" if count else "dim", header_style="dim")
    for name in WEEKDAYS:
        table.add_column(name, width=3, justify="right")
    for week in weeks(year, month):
        table.add_row(*(_heat_cell(day, days, today) for day in week))
    return table


def _heat_cell(day: date | None, days: Mapping[date, int], today: date) -> Text:
    if day is None:
        return Text("")
    style = HEAT[min(days.get(day, 0), len(HEAT) - 1)] or "dim"
    return Text(f"{day.day:>2}", f"{style} underline" if day == today else style)


def _show_heat(most: int) -> None:
    legend = Text(say("Số bài mỗi ngày: ", "Posts a day: "), "dim")
    for count, style in list(enumerate(HEAT))[1 : min(most, len(HEAT) - 1) + 1]:
        legend.append(f" {count}{'+' if count == len(HEAT) - 1 else ''} ", style)
        legend.append(" ")
    out.print(legend)


def _say_what_is_unread(here: Office) -> None:
    if here.book.unread:
        names = ", ".join(sorted(here.book.unread))
        words = say(f"Chưa đọc được: {names}; xem: loa check", f"Cannot be read: {names}; see: loa check")
        show(words, style="yellow")
