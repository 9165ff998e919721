"""`loa units`: the tree of units, who has a channel and who has none, and the groups."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, show
from scheduler.errors import CampaignError, NotFoundInLedger, SettingsError
from scheduler.registers.units import KINDS, Unit, Units, in_order
from scheduler.text import did_you_mean, say

GroupName = Annotated[str | None, typer.Option("--group", help=say("Chỉ một nhóm", "One group only"))]
On = Annotated[
    str, typer.Option("--on", metavar="DATE", help=say("Vào một ngày (mặc định: hôm nay)", "On a day (default: today)"))
]


def units(context: typer.Context, group: GroupName = None, on: On = "", as_json: Json = False) -> None:
    """Cây đơn vị: bao nhiêu kênh, đơn vị nào chưa có kênh, các nhóm, hiệu lực. / The units, and who has no channel.

    Ví dụ: loa units --group ha-dong-cu
    """
    here = office(context)
    register = _register(here)
    day = here.day(on)
    if group is not None and group not in register.groups:
        hint = did_you_mean(group, register.groups)
        raise NotFoundInLedger(say(f'không có nhóm "{group}"{hint}', f'there is no group "{group}"{hint}'))
    rows = list(_rows(here, register, group, day))
    groups = [_group_row(here, register, name, day) for name in register.groups]
    if as_json:
        print(json.dumps({"on": day.isoformat(), "units": rows, "groups": groups}, ensure_ascii=False, indent=2))
        return
    _show(rows, indented=group is None)
    _show_sum(rows, register, day, whole=group is None)
    if group is None and groups:
        _show_groups(groups)


def _register(here: Office) -> Units:
    """Return the register; SettingsError when there is none, CampaignError when it is wrong."""
    register = here.book.units
    if not register.kept:
        raise SettingsError(
            say(
                "chưa có campaigns/units.yaml; tạo tệp ấy, ví dụ: units: [{id: ha-dong, name: Phường Hà Đông}]",
                "there is no campaigns/units.yaml; write it, e.g. units: [{id: ha-dong, name: Phường Hà Đông}]",
            )
        )
    problems = [p for p in here.book.problems if p.file.name == "units.yaml" and not p.warning]
    if problems:
        raise CampaignError(problems)
    return register


def _rows(here: Office, register: Units, group: str | None, day: date) -> Iterator[dict[str, Any]]:
    channels: dict[str, list[str]] = {}
    for entry in here.book.channels.values():
        channels.setdefault(entry.unit, []).append(entry.id)
    listed = _tree(register, day) if group is None else ((0, unit) for unit in register.group(group, day))
    for depth, unit in listed:
        own = channels.get(unit.id, [])
        below = register.below(unit.id, day) - {unit.id}
        yield {
            "id": unit.id,
            "name": unit.name,
            "kind": unit.kind,
            "code": unit.code,
            "parent": unit.parent,
            "depth": depth,
            "valid_from": unit.valid_from.isoformat() if unit.valid_from else None,
            "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
            "channels": own,
            "channels_below": sum(len(channels.get(id, ())) for id in below),
        }


def _tree(register: Units, day: date) -> Iterator[tuple[int, Unit]]:
    """Yield every unit that holds on the day with its depth, each below its parent, brothers in order."""
    valid = {unit.id: unit for unit in register.valid_on(day)}
    children: dict[str | None, list[Unit]] = {}
    for unit in valid.values():
        children.setdefault(unit.parent if unit.parent in valid else None, []).append(unit)
    rest = [(0, unit) for unit in reversed(in_order(children.get(None, [])))]
    while rest:
        depth, unit = rest.pop()
        yield depth, unit
        rest += [(depth + 1, child) for child in reversed(in_order(children.get(unit.id, [])))]


def _group_row(here: Office, register: Units, name: str, day: date) -> dict[str, Any]:
    members = [unit.id for unit in register.group(name, day)]
    covered = {entry.unit for entry in here.book.channels.values()}
    return {
        "id": name,
        "name": register.groups[name].name,
        "units": members,
        "without_channel": [id for id in members if id not in covered],
    }


def _show(rows: list[dict[str, Any]], *, indented: bool) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column(say("đơn vị", "unit"), overflow="fold")
    table.add_column(say("mã", "id"), overflow="fold")
    table.add_column(say("loại", "kind"))
    table.add_column(say("mã số", "code"))
    table.add_column(say("kênh", "channels"), justify="right")
    table.add_column(say("bên dưới", "below"), justify="right")
    table.add_column(say("hiệu lực", "valid"))
    for row in rows:
        mark = Text("✓", "green") if row["channels"] else Text("–", "yellow")
        kind = say(KINDS.get(row["kind"], ""), row["kind"] or "")
        name = "  " * (row["depth"] if indented else 0) + row["name"]
        below = str(row["channels_below"] or "")
        table.add_row(mark, name, row["id"], kind, row["code"], str(len(row["channels"])), below, _validity(row))
    out.print(table)


def _validity(row: dict[str, Any]) -> str:
    begins = say(f"từ {row['valid_from']}", f"from {row['valid_from']}") if row["valid_from"] else ""
    ends = say(f"đến trước {row['valid_to']}", f"to before {row['valid_to']}") if row["valid_to"] else ""
    return f"{begins} {ends}".strip()


def _show_sum(rows: list[dict[str, Any]], register: Units, day: date, *, whole: bool) -> None:
    bare = sum(not row["channels"] for row in rows)
    words = say(
        f"{len(rows)} đơn vị: {len(rows) - bare} có kênh, {bare} chưa có kênh (dấu –)",
        f"{len(rows)} units: {len(rows) - bare} with a channel, {bare} without (–)",
    )
    show(words, style="bold")
    others = len(register.by_id) - len(rows)
    if whole and others:
        words = say(
            f"{others} đơn vị khác không có hiệu lực ngày {day}; xem ngày khác: loa units --on NĂM-THÁNG-NGÀY",
            f"{others} more do not hold on {day}; look at another day: loa units --on DATE",
        )
        show(words, style="dim")


def _show_groups(groups: list[dict[str, Any]]) -> None:
    show("", say("Nhóm (chọn kênh bằng {group: ...}):", "Groups (choose channels by {group: ...}):"), style="bold")
    for group in groups:
        many, bare = len(group["units"]), len(group["without_channel"])
        words = say(f"{many} đơn vị, {bare} chưa có kênh", f"{many} units, {bare} without a channel")
        show(f"  {group['id']}: {group['name']} ({words})" if group["name"] else f"  {group['id']} ({words})")
