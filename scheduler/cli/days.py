"""`loa days`: the named days of a year with their dates, themes, public holidays, quiet hours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.cli.office import Json, office
from scheduler.cli.screen import out, show
from scheduler.composing.render import WEEKDAYS
from scheduler.errors import CampaignError
from scheduler.registers.days import Days
from scheduler.registers.lunar import LAST_YEAR, lunar_text
from scheduler.registers.named_day import NamedDay, Span
from scheduler.text import say

Year = Annotated[
    int | None,
    typer.Option("--year", min=2000, max=LAST_YEAR, help=say("Năm nào (mặc định: năm nay)", "Which year")),
]
CLASSES = {"ordinary": "tin thường", "priority": "tin ưu tiên", "emergency": "tin khẩn cấp"}
DOUBTFUL = {"high": "", "medium": "dim", "low": "yellow"}


def days(context: typer.Context, year: Year = None, as_json: Json = False) -> None:
    """Xem các ngày có tên của một năm (cả âm lịch), chủ đề, ngày nghỉ, giờ yên tĩnh. / The named days of a year.

    Ví dụ: loa days --year 2027
    """
    here = office(context)
    known = here.book.days
    if known.source is not None and any(not problem.warning for problem in known.source.problems):
        raise CampaignError(known.source.problems)
    year = year or here.now.astimezone(here.settings.zone).year
    if as_json:
        print(json.dumps(_as_json(known, year), ensure_ascii=False, indent=2))
    elif not known.present:
        show(say("chưa có campaigns/days.yaml", "there is no campaigns/days.yaml"), style="yellow")
    else:
        _show(known, year)


def _of_year(entries: Iterable[NamedDay], days: Days, year: int) -> list[tuple[Span, NamedDay]]:
    """Return each time an entry comes that begins in a year, or reaches into it, in order of first day."""
    found = ((span, entry) for entry in entries for y in (year - 1, year) for span in days.spans(entry.id, y))
    return sorted(((s, e) for s, e in found if s.last.year >= year), key=lambda pair: pair[0])


def _plain(known: Days) -> list[NamedDay]:
    resting = {entry.id for entry in known.holidays}
    return [entry for id, entry in known.named.items() if id not in resting]


def _as_json(known: Days, year: int) -> dict[str, Any]:
    hours = {kind: known.hours(kind) for kind in CLASSES}
    return {
        "year": year,
        "days": [_entry(span, entry, year) for span, entry in _of_year(_plain(known), known, year)],
        "holidays": [_entry(span, entry, year) for span, entry in _of_year(known.holidays, known, year)],
        "quiet_hours": {kind: str(found) if found else None for kind, found in hours.items()},
        "mourning": [
            {"from": p.since.isoformat(), "until": p.until.isoformat(), "basis": p.basis, "note": p.note}
            for p in known.mourning
        ],
        "caps": {"per_channel_per_day": known.per_channel_per_day},
    }


def _entry(span: Span, entry: NamedDay, year: int) -> dict[str, Any]:
    theme = entry.themes.get(year)
    return {
        "id": entry.id,
        "name": entry.name,
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "lunar": lunar_text(span.first),
        "confidence": entry.confidence,
        "source": entry.source,
        "checked_on": entry.checked_on.isoformat() if entry.checked_on else None,
        "checked_by": entry.checked_by,
        "themes": {"nation": theme.nation, "city": theme.city} if theme is not None else {},
    }


def _show(known: Days, year: int) -> None:
    out.print(_table(say(f"Ngày có tên năm {year}", f"Named days of {year}"), _plain(known), known, year))
    out.print(_table(say(f"Ngày nghỉ lễ năm {year}", f"Public holidays of {year}"), known.holidays, known, year))
    for kind, name in CLASSES.items():
        hours = known.hours(kind)
        never = say("không có giờ yên tĩnh", "no quiet hours")
        show(f"{say(name, kind)}: {say('yên tĩnh', 'quiet') + f' {hours}' if hours else never}")
    for period in known.mourning:
        words = say("thời gian tang", "mourning")
        show(f"{words}: {period.since:%d/%m/%Y} - {period.until:%d/%m/%Y} ({period.basis})", style="magenta")
    if (most := known.per_channel_per_day) is not None:
        show(say(f"mỗi kênh tối đa {most} bài một ngày", f"at most {most} posts on a channel a day"))


def _table(title: str, entries: Iterable[NamedDay], known: Days, year: int) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (
        say("ngày", "date"),
        say("âm lịch", "lunar"),
        say("mã", "id"),
        say("tên, chủ đề", "name, theme"),
        say("chắc chắn", "confidence"),
    ):
        table.add_column(heading, overflow="fold")
    for span, entry in _of_year(entries, known, year):
        doubt = Text(entry.confidence, DOUBTFUL[entry.confidence])
        table.add_row(_dates(span), lunar_text(span.first), Text(entry.id, "cyan"), _name(entry, year), doubt)
    return table


def _dates(span: Span) -> str:
    if span.first == span.last:
        return f"{span.first:%d/%m/%Y} {WEEKDAYS[span.first.weekday()]}"
    return f"{span.first:%d/%m/%Y} - {span.last:%d/%m/%Y}"


def _name(entry: NamedDay, year: int) -> Text:
    name = Text(entry.name)
    theme = entry.themes.get(year)
    for level, words in (("nation", "toàn quốc"), ("city", "Thành phố")):
        if theme is not None and (given := getattr(theme, level)):
            name.append(f"\n{say(words, level)}: {given}", "green")
    return name
