"""`loa apply`: write the plan into the ledger."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from scheduler.cli.office import By, Json, office
from scheduler.cli.plan import OneCampaign, show_totals
from scheduler.cli.screen import progress, show, show_problems
from scheduler.ledger import counts, mourning
from scheduler.planning.apply import apply as write_plan
from scheduler.planning.plan import Planner
from scheduler.reporting.families import how_to_approve
from scheduler.text import say

AllowCancel = Annotated[
    bool,
    typer.Option(
        "--allow-cancel",
        help=say("Cho phép huỷ hơn một phần ba số đang chờ", "Allow cancelling more than a third of what waits"),
    ),
]


def apply(
    context: typer.Context,
    allow_cancel: AllowCancel = False,
    campaign: OneCampaign = None,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Ghi kế hoạch vào sổ cái: tất cả hoặc không gì cả; lần thứ hai không đổi gì. / Write the plan, all or nothing.

    Ví dụ: loa apply
    """
    here = office(context)
    warnings = here.must_be_clean()
    here.must_know(campaign)
    planner = Planner(here.book, here.settings, here.composer, here.now, only=campaign)
    with progress(say("Ghi sổ cái", "Writing")) as bar:
        task = bar.add_task("", total=len(planner.messages))
        totals = write_plan(
            planner, here.database, by=here.who(by), allow_cancel=allow_cancel, progress=lambda part: bar.advance(task)
        )
    if as_json:
        print(
            json.dumps({"create": totals.create, "change": totals.change, "cancel": totals.cancel, "same": totals.same})
        )
        return
    show_problems(warnings)
    show_totals(totals)
    with here.database.reading() as connection:
        waiting = [n for n in counts.by_campaign(connection) if counts.waits_for_approval(connection, n)]
        held = sum(counts.count_waiting(connection, name) for name in waiting)
        mourned, _ = mourning.count_held(connection, here.at_us)
    if mourned:
        words = say(
            f"{mourned} lần đăng giữ vì quốc tang: loa mourning", f"{mourned} held for a mourning: loa mourning"
        )
        show(words, style="yellow")
    if held:
        words = say(f"{held} lần đăng chờ duyệt; xem và duyệt: ", f"{held} wait for approval; look and approve: ")
        words += how_to_approve(waiting)
        show(words, style="yellow")
