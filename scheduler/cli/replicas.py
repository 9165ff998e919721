"""`loa replicas`: the models, how far each has come, and what each unit makes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.authoring.loader import Authored
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, show
from scheduler.errors import NotFoundInLedger
from scheduler.planning.plan import Planner
from scheduler.text import did_you_mean, say

STATES = {
    "pilot": ("thí điểm", "pilot", "yellow"),
    "evaluated": ("đã đánh giá", "evaluated", "cyan"),
    "kept": ("giữ lại", "kept", "green"),
    "replicated": ("nhân rộng", "replicated", "bold green"),
    "dropped": ("đã bỏ", "dropped", "dim"),
}

Name = Annotated[str | None, typer.Argument(metavar="MODEL", help=say("Mã chiến dịch mô hình", "The model"))]


def replicas(context: typer.Context, model: Name = None, as_json: Json = False) -> None:
    """Các mô hình: đang ở bước nào, nhân rộng cho ai, đơn vị nào viết khác, apply sẽ đổi gì. / Models and replicas.

    Ví dụ: loa replicas ha-dong
    """
    here = office(context)
    models = {a.campaign.campaign: a for a in (*here.book.campaigns, *here.book.dropped) if a.campaign.model}
    if model is None:
        rows = [_summary(here, authored) for authored in models.values()]
        print(json.dumps(rows, ensure_ascii=False, indent=2)) if as_json else _show_models(rows)
        return
    if model not in models:
        hint = did_you_mean(model, models)
        raise NotFoundInLedger(say(f"không có mô hình {model}{hint}", f"there is no model {model}{hint}"))
    rows = _units(here, model)
    if as_json:
        print(json.dumps({**_summary(here, models[model]), "replicas": rows}, ensure_ascii=False, indent=2))
        return
    _show_models([_summary(here, models[model])])
    _show_units(rows)


def _summary(here: Office, authored: Authored) -> dict[str, Any]:
    name, life = authored.campaign.campaign, authored.campaign.model
    assert life is not None
    made = here.book.replications.get(name)
    return {
        "model": name,
        "title": authored.campaign.title,
        "state": life.state,
        "free": list(life.free),
        "decided": None if life.decided is None else f"{life.decided.on.isoformat()} {life.decided.by}".strip(),
        "units": len(made.replicas) if made else 0,
        "without_channel": made.without_channel if made else [],
        "deviating": len(made.deviations) if made else 0,
        "conflicts": len(made.conflicts) if made else 0,
    }


def _units(here: Office, model: str) -> list[dict[str, Any]]:
    made = here.book.replications.get(model)
    rows: dict[str, dict[str, Any]] = {}
    if made is not None:
        for unit, authored in made.replicas.items():
            channels = len({entry.id for entry in here.book.chosen(authored.campaign.channels)})
            rows[unit] = _row(unit, channels=channels, deviations=made.deviations.get(unit, {}))
        for unit, messages in made.conflicts.items():
            rows[unit] = _row(unit, conflicts=messages)
    if not any(not problem.warning for problem in here.check()):
        _add_plan(here, model, rows)
    return list(rows.values())


def _row(
    unit: str, *, channels: int = 0, deviations: dict[str, list[str]] | None = None, conflicts: Sequence[str] = ()
) -> dict[str, Any]:
    known = {"unit": unit, "channels": channels, "deviations": deviations or {}, "conflicts": list(conflicts)}
    return {**known, "create": 0, "change": 0, "cancel": 0, "same": 0}


def _add_plan(here: Office, model: str, rows: dict[str, dict[str, Any]]) -> None:
    planner = Planner(here.book, here.settings, here.composer, here.now, only=model)
    with here.database.reading() as connection:
        for part in planner.parts(connection):
            if part.replica_of == model:
                row = rows.setdefault(part.unit, _row(part.unit))  # a unit that receives it no more
                row["create"] += len(part.create)
                row["change"] += len(part.change) + len(part.approval) + len(part.rebound)
                row["cancel"] += len(part.cancel)
                row["same"] += part.same


def _show_models(rows: list[dict[str, Any]]) -> None:
    if not rows:
        words = "chưa có mô hình nào; thêm vào chiến dịch thí điểm: model: {state: pilot, criteria: ...}"
        show(say(words, "there is no model; add to a campaign: model: {state: pilot, criteria: ...}"))
        return
    table = Table(box=box.SIMPLE_HEAD)
    for heading in (
        say("mô hình", "model"), say("bước", "state"), say("đơn vị", "units"), say("chưa có kênh", "no channel"),
        say("viết khác", "deviate"), say("cần quyết", "to decide"), say("quyết định", "decided"),
    ):  # fmt: skip
        table.add_column(heading)
    for row in rows:
        vi, en, colour = STATES[row["state"]]
        conflicts = Text(str(row["conflicts"]), "bold red") if row["conflicts"] else Text("0", "dim")
        table.add_row(
            row["model"], Text(say(vi, en), colour), str(row["units"]), str(len(row["without_channel"])),
            str(row["deviating"]), conflicts, row["decided"] or "",
        )  # fmt: skip
    out.print(table)


def _show_units(rows: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for heading in (
        say("đơn vị", "unit"), say("kênh", "channels"), say("thêm", "create"), say("sửa", "change"),
        say("huỷ", "cancel"), say("như cũ", "same"), say("viết khác", "says otherwise"),
    ):  # fmt: skip
        table.add_column(heading)
    for row in rows:
        otherwise = Text("; ".join(f"{message}: {', '.join(parts)}" for message, parts in row["deviations"].items()))
        if row["conflicts"]:
            words = say("mô hình đã đổi, cần quyết: ", "the model has changed, to decide: ")
            otherwise = Text(words + ", ".join(row["conflicts"]), "bold red")
        counts = (
            Text(str(row[name]), style if row[name] else "dim")
            for name, style in (("create", "green"), ("change", "yellow"), ("cancel", "red"), ("same", "dim"))
        )
        table.add_row(row["unit"], str(row["channels"]), *counts, otherwise)
    out.print(table)
