"""`loa programmes`: each programme with its end, its targets, and its campaigns with what of them is planned and public."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.authoring.loader import Authored
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, show
from scheduler.errors import CampaignError, SettingsError
from scheduler.ledger import counts
from scheduler.ledger.delivery import State
from scheduler.planning.accountable import accountable
from scheduler.registers.basis import Basis
from scheduler.registers.programmes import FILE, Programme, Programmes
from scheduler.registers.target import Target
from scheduler.registers.units import Head
from scheduler.text import say

SOON = timedelta(days=90)  # before its end a programme needs its report, and its campaigns another programme
PUBLIC = (State.PUBLISHED, State.WITHDRAWN)  # was public at some time

On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help=say("Xét vào ngày này (mặc định: hôm nay)", "As on this day"))
]


def programmes(context: typer.Context, on: On = None, as_json: Json = False) -> None:
    """Các chương trình: còn bao lâu, chỉ tiêu, chiến dịch nào, đã đăng bao nhiêu, ai chịu trách nhiệm. / The programmes.

    Ví dụ: loa programmes
    """
    here = office(context)
    register = _register(here)
    day = here.day(on)
    rows = _campaigns(here, day)
    unread = sorted(here.book.unread)
    if as_json:
        listed = [_as_json(here, p, day, _of(p, rows)) for p in register.by_id.values()]
        others = [_campaign_as_json(row) for row in _of_none(register, rows)]
        document = {"on": day.isoformat(), "programmes": listed, "without_programme": others, "unread": unread}
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if not register.by_id:
        show(say(f"{FILE} chưa có chương trình nào", f"{FILE} holds no programme yet"), style="dim")
    for programme in register.by_id.values():
        _show(here, programme, day, _of(programme, rows))
    if alone := _of_none(register, rows):
        show(say("Chiến dịch không ghi chương trình:", "Campaigns that name no programme:"), style="bold")
        _show_campaigns(alone)
    if unread:
        names = ", ".join(unread)
        show(
            say(f"Chưa kể, vì tệp có lỗi (loa check): {names}", f"Not counted, for mistakes in their files: {names}"),
            style="yellow",
        )


def footing(here: Office, authored: Authored) -> str:
    """Return what a campaign stands on, in one line: basis, programme, who answers for it; '' when nothing is known.

    Of a replica it does not say who answers: it speaks for all of its model, and in each unit that is another.
    """
    campaign = authored.campaign
    parts = []
    if campaign.basis:
        named = "; ".join(basis.named for basis in campaign.basis)
        parts.append(say(f"căn cứ {named}", f"basis {named}"))
    if campaign.programme:
        codes = ", ".join(campaign.programme)
        parts.append(say(f"chương trình {codes}", f"programme {codes}"))
    if not authored.replica_of and (head := accountable(authored, here.book, here.day(None))) is not None:
        parts.append(say(f"chịu trách nhiệm: {_person(head)}", f"answers for it: {_person(head)}"))
    return " · ".join(parts)


@dataclass(frozen=True)
class _Row:
    """A campaign of the files with what the ledger counts of it: messages and deliveries planned, and ever public."""

    authored: Authored
    head: Head | None
    counted: Mapping[str, Mapping[str, int]]  # by message and state

    @property
    def planned(self) -> tuple[int, int]:
        return self._count([state for state in State if state is not State.CANCELLED])

    @property
    def published(self) -> tuple[int, int]:
        return self._count(PUBLIC)

    def _count(self, states: Iterable[State]) -> tuple[int, int]:
        sums = [sum(by_state.get(state.value, 0) for state in states) for by_state in self.counted.values()]
        return sum(n > 0 for n in sums), sum(sums)


def _register(here: Office) -> Programmes:
    """Return the register; SettingsError when there is none, CampaignError when it is wrong."""
    register = here.book.programmes
    if not register.there:
        example = f"programmes: [{Programme.EXAMPLE}]"
        raise SettingsError(
            say(f"chưa có {FILE}; tạo tệp ấy, ví dụ: {example}", f"there is no {FILE}; write it, e.g. {example}")
        )
    problems = [p for p in here.book.problems if register.source and p.file == register.source.file and not p.warning]
    if problems:
        raise CampaignError(problems)
    return register


def _campaigns(here: Office, day: date) -> list[_Row]:
    names = [authored.campaign.campaign for authored in here.book.campaigns]
    counted: dict[str, dict[str, dict[str, int]]] = {}
    if here.has_ledger:
        with here.database.reading() as connection:
            counted = counts.by_message(connection, names)
    return [
        _Row(authored, accountable(authored, here.book, day), counted.get(authored.campaign.campaign, {}))
        for authored in here.book.campaigns
    ]


def _of(programme: Programme, rows: list[_Row]) -> list[_Row]:
    """Return the campaigns that belong to a programme; one that belongs to several stands under each of them."""
    return [row for row in rows if programme.id in row.authored.campaign.programme]


def _of_none(register: Programmes, rows: list[_Row]) -> list[_Row]:
    """Return the campaigns that belong to no programme of the register."""
    return [row for row in rows if not register.by_id.keys() & set(row.authored.campaign.programme)]


def _totals(rows: list[_Row]) -> dict[str, Any]:
    planned, published = [row.planned for row in rows], [row.published for row in rows]
    return {
        "messages": {
            "written": sum(len(row.authored.campaign.messages) for row in rows),
            "planned": sum(messages for messages, _ in planned),
            "published": sum(messages for messages, _ in published),
        },
        "deliveries": {"planned": sum(n for _, n in planned), "published": sum(n for _, n in published)},
    }


# --- for machines ---------------------------------------------------------------------------------------------------


def _as_json(here: Office, programme: Programme, day: date, rows: list[_Row]) -> dict[str, Any]:
    last = programme.last_day
    lead = here.book.units.by_id.get(programme.lead or "")
    return {
        "id": programme.id,
        "name": programme.name,
        "until": last.isoformat() if last else None,
        "days_left": (last - day).days if last else None,
        "ended": programme.ended(day),
        "replaced_by": programme.replaced_by or None,
        "lead": programme.lead,
        "lead_name": lead.name if lead else None,
        "basis": [_basis_as_json(basis) for basis in programme.basis],
        "targets": [_target_as_json(target) for target in programme.targets],
        "source": programme.source,
        "checked_on": programme.checked_on.isoformat() if programme.checked_on else None,
        "checked_by": programme.checked_by,
        "campaigns": [_campaign_as_json(row) for row in rows],
        **_totals(rows),
    }


def _campaign_as_json(row: _Row) -> dict[str, Any]:
    campaign = row.authored.campaign
    return {
        "campaign": campaign.campaign,
        "title": campaign.title,
        "replica_of": row.authored.replica_of or None,
        "programme": list(campaign.programme),
        "tags": list(campaign.tags),
        "basis": [_basis_as_json(basis) for basis in campaign.basis],
        "head": {"name": row.head.name, "title": row.head.title} if row.head else None,
        "targets": [_target_as_json(target) for target in campaign.targets],
        **_totals([row]),
    }


def _basis_as_json(basis: Basis) -> dict[str, Any]:
    written = basis.model_dump(mode="json")
    return {**written, "named": basis.named}


def _target_as_json(target: Target) -> dict[str, Any]:
    amount = int(target.value) if target.value == int(target.value) else float(target.value)
    return {"name": target.name, "value": amount, "unit": target.unit, "by": target.by.isoformat()}


# --- for people -----------------------------------------------------------------------------------------------------


def _show(here: Office, programme: Programme, day: date, rows: list[_Row]) -> None:
    words, colour = _end(programme, day)
    out.print(Text.assemble((programme.id, "bold cyan"), f"  {programme.name}  ", (words, colour)), soft_wrap=True)
    if programme.lead:
        lead = here.book.units.by_id.get(programme.lead)
        show("  " + say("chủ trì: ", "lead: ") + (lead.name if lead else programme.lead))
    for basis in programme.basis:
        show("  " + say("căn cứ: ", "basis: ") + _full(basis))
    _show_targets("  ", programme.targets, day)
    if not rows:
        show("  " + say("chưa có chiến dịch nào", "no campaign yet"), style="dim")
        return
    _show_campaigns(rows)
    for row in rows:
        if not row.authored.replica_of:  # its targets are those of its model
            _show_targets(f"  {row.authored.campaign.campaign}: ", row.authored.campaign.targets, day)


def _end(programme: Programme, day: date) -> tuple[str, str]:
    """Return when a programme ends, and the colour of how near that is."""
    last = programme.last_day
    if last is None:
        return say("không ghi ngày kết thúc", "no end is written"), "dim"
    shown, left = f"{last:%d/%m/%Y}", (last - day).days
    if programme.ended(day):
        next_vi = f"; kế tiếp: {programme.replaced_by}" if programme.replaced_by else ""
        next_en = f"; the next: {programme.replaced_by}" if programme.replaced_by else ""
        return say(f"đã kết thúc ngày {shown}{next_vi}", f"ended on {shown}{next_en}"), "red"
    colour = "yellow" if last - day <= SOON else "green"
    return say(f"đến hết {shown}, còn {left} ngày", f"until {shown}, {left} days left"), colour


def _show_targets(lead: str, targets: Iterable[Target], day: date) -> None:
    for target in targets:
        words = say(
            f"chỉ tiêu: {target.name}: {target.amount}, chậm nhất {target.by:%d/%m/%Y}",
            f"target: {target.name}: {target.amount} by {target.by:%d/%m/%Y}",
        )
        show(lead + words, style="yellow" if target.by < day else "")


def _show_campaigns(rows: list[_Row]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(say("chiến dịch", "campaign"), overflow="fold", style="cyan")
    for heading in (
        say("thông điệp đã lên / trong tệp", "messages planned / written"),
        say("lần đăng", "deliveries"),
        say("đã đăng", "published"),
    ):
        table.add_column(heading, justify="right")
    table.add_column(say("người chịu trách nhiệm", "who answers for it"), overflow="fold")
    table.add_column(say("căn cứ", "basis"), overflow="fold")
    for group in _folded(rows):
        model, campaign = group[0].authored.replica_of, group[0].authored.campaign
        name = f"{model}.*" if model else campaign.campaign
        basis = "; ".join(basis.named for basis in campaign.basis) or Text("–", "yellow")
        table.add_row(name, *_numbers(group), _who(group), basis)
    if len(rows) > 1:
        table.add_section()
        table.add_row(say("tất cả", "all"), *_numbers(rows))
    out.print(table)


def _numbers(rows: list[_Row]) -> tuple[str, str, str]:
    totals = _totals(rows)
    messages, deliveries = totals["messages"], totals["deliveries"]
    return (
        f"{messages['planned']} / {messages['written']}",
        str(deliveries["planned"]),
        str(deliveries["published"]),
    )


def _folded(rows: list[_Row]) -> list[list[_Row]]:
    """Return each campaign by itself, but all replicas of a model together."""
    groups: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        model = row.authored.replica_of
        groups.setdefault((model, "" if model else row.authored.campaign.campaign), []).append(row)
    return list(groups.values())


def _who(group: list[_Row]) -> Text:
    """Return who answers for a campaign; of replicas, in how many units somebody is named."""
    named = [row.head for row in group if row.head]
    if group[0].authored.replica_of:
        words = say(f"{len(named)}/{len(group)} đơn vị có tên", f"named in {len(named)} of {len(group)} units")
        return Text(words, "" if len(named) == len(group) else "yellow")
    return Text(_person(named[0])) if named else Text("–", "yellow")


def _person(head: Head) -> str:
    return ", ".join(part for part in (head.name, head.title) if part)


def _full(basis: Basis) -> str:
    return basis.named + (f": {basis.title}" if basis.title and (basis.document or basis.number) else "")
