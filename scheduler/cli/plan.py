"""`loa plan`: what apply would do, in the real words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from scheduler import clock
from scheduler.channels.contract import Post
from scheduler.channels.spans import written
from scheduler.cli.folded import Folded, show_difference, show_post
from scheduler.cli.office import Json, Office, office
from scheduler.cli.programmes import footing
from scheduler.cli.screen import out, progress, show, show_problems
from scheduler.ledger import plans
from scheduler.ledger.mourning import covers, is_mourned, open_periods
from scheduler.ledger.plans import Wanted
from scheduler.planning.diff import differences
from scheduler.planning.forecast import Forecast, Outlook
from scheduler.planning.mourning import declared
from scheduler.planning.plan import MessagePlan, Planner, Totals
from scheduler.planning.waivers import Waived
from scheduler.text import say

SHOWN_KEYS = 12  # of one message; the rest is a number

Days = Annotated[
    int | None, typer.Option("--days", min=1, help=say("Chỉ xem bấy nhiêu ngày tới", "Only so many days ahead"))
]


OneCampaign = Annotated[str | None, typer.Option("--campaign", help=say("Chỉ chiến dịch này", "Only this campaign"))]


def plan(context: typer.Context, days: Days = None, campaign: OneCampaign = None, as_json: Json = False) -> None:
    """Xem apply sẽ thêm, sửa, huỷ những gì, với đúng lời sẽ đăng; chưa ghi gì. / What apply would do; writes nothing.

    Ví dụ: loa plan --days 30
    """
    here = office(context)
    warnings = here.must_be_clean()
    here.must_know(campaign)
    forecast = Forecast(here.book.channels, here.book.budgets, here.book.days, here.settings.zone)
    planner = Planner(here.book, here.settings, here.composer, here.now, only=campaign, forecast=forecast)
    listed: list[dict[str, Any]] = []
    headed: set[str] = set()
    with here.database.reading() as connection:
        spans = [(p.since_us, p.until_us) for p in open_periods(connection, clock.micros(here.now))]
        spans += [(p.since_us, p.until_us) for p in declared(here.book, here.settings.zone)]
        totals = Totals(waiting=sum(n for _, _, n in plans.waiting_messages(connection)))
        with progress(say("Lập kế hoạch", "Planning")) as bar:
            task = bar.add_task("", total=len(planner.messages))
            folded = Folded(here)
            for part in planner.parts(connection, days):
                totals.add(part)
                bar.advance(task)
                before = plans.bodies(connection, {r.digest for r, _ in [*part.change, *part.already_public]})
                if as_json:
                    listed += _as_json(here, part)
                    continue
                posts = {digest: Post.from_json(body) for digest, body in before.items()}
                kept = folded.take(part, posts)
                _show_heading(here, part, headed)
                if not kept:
                    _show(here, part, posts, spans)
            folded.end()
    if as_json:
        summary = {"create": totals.create, "change": totals.change, "cancel": totals.cancel, "same": totals.same}
        waived = [_waived(w) for w in here.waived if campaign in (None, w.campaign)]
        print(json.dumps({**summary, "changes": listed, "waived": waived}, ensure_ascii=False, indent=2))
    else:
        show_problems(warnings)
        _show_waived([w for w in here.waived if campaign in (None, w.campaign)])
        show_totals(totals)
        _show_outlook(here, forecast.outlook())
    totals.refuse_if_unsafe()


def _show_waived(waived: list[Waived]) -> None:
    for one in waived:
        by = say(f"miễn vì: {one.reason}", f"waived because: {one.reason}")
        show(
            f"{one.problem.file}:{one.problem.line}: {one.campaign}/{one.message}: {one.problem.message}; {by}",
            style="magenta",
        )


def _waived(one: Waived) -> dict[str, Any]:
    place = {"file": str(one.problem.file), "line": one.problem.line, "message_id": one.message}
    return {"campaign": one.campaign, **place, "rule": one.rule, "message": one.problem.message, "reason": one.reason}


def _show_outlook(here: Office, outlook: Outlook) -> None:
    if outlook.last_us:
        last = _when(here, outlook.last_us)
        show(say(f"Kênh cuối cùng đăng xong lúc {last}", f"The last channel will have spoken at {last}"), style="dim")
    for channel, keys in outlook.too_late.items():
        words = say(
            f"{channel}: theo nhịp của kênh, {len(keys)} lần đăng sẽ quá late_after và bị bỏ lỡ (đầu tiên: {keys[0]}); "
            "giãn giờ, tăng late_after hoặc nới pace",
            f"{channel}: at its pace {len(keys)} would come later than late_after and be missed (the first: {keys[0]}); "
            "move them apart, raise late_after or widen pace",
        )
        show(words, style="yellow")
    for channel, keys in list(outlook.in_quiet_hours.items())[:SHOWN_KEYS]:
        words = say(
            f"{channel}: theo spread và nhịp của kênh, {len(keys)} lần đăng sẽ rơi vào giờ yên tĩnh (đầu tiên: {keys[0]}); "
            "đăng sớm hơn, rút ngắn spread hoặc nới pace",
            f"{channel}: by spread and its pace {len(keys)} would go out in quiet hours (the first: {keys[0]}); "
            "let them begin earlier, make spread shorter or widen pace",
        )
        show(words, style="yellow")


def show_totals(totals: Totals) -> None:
    if not (totals.create or totals.change or totals.cancel):
        show(
            say(f"Không có gì thay đổi ({totals.same} lần đăng như cũ)", f"Nothing changes ({totals.same} as before)"),
            style="green",
        )
        return
    line = Text()
    line.append(say(f"thêm {totals.create}", f"create {totals.create}"), "green")
    line.append(say(f", sửa {totals.change}", f", change {totals.change}"), "yellow")
    line.append(say(f", huỷ {totals.cancel}", f", cancel {totals.cancel}"), "red")
    line.append(say(f", giữ nguyên {totals.same}", f", keep {totals.same}"), "dim")
    out.print(line)


def _when(here: Office, us: int) -> str:
    local: datetime = clock.moment(us).astimezone(here.settings.zone)
    return f"{local:%H:%M %d/%m/%Y}"


def _remark(here: Office, wanted: Wanted, spans: list[tuple[int, int]]) -> str:
    """Return what will keep a new delivery from going out by itself."""
    remark = say(" (chờ duyệt)", " (waits for approval)") if wanted.needs_approval else ""
    now_us = clock.micros(here.now)
    if is_mourned(wanted.kind, wanted.tags) and any(covers(*span, wanted.due_us, now_us) for span in spans):
        remark += say(" (quốc tang: giữ lại)", " (mourning: held)")
    return remark


def _show_heading(here: Office, part: MessagePlan, headed: set[str]) -> None:
    """Say once of a campaign (once of a model and its replicas) what it stands on, before what changes in it."""
    name = part.replica_of or part.campaign
    if name in headed or (part.empty and not part.already_public):
        return
    headed.add(name)
    for authored in here.book.campaigns:
        if authored.campaign.campaign == part.campaign and (words := footing(here, authored)):
            show(f"{name}: {words}", style="bold")


def _show(here: Office, part: MessagePlan, before: dict[str, Post], spans: list[tuple[int, int]]) -> None:
    said: set[str] = set()
    for i, wanted in enumerate(part.create):
        if i < SHOWN_KEYS:
            show(f"+ {wanted.key}  {_when(here, wanted.due_us)}{_remark(here, wanted, spans)}", style="green")
        if wanted.digest not in said:
            said.add(wanted.digest)
            show_post(part.posts[wanted.digest])
    if len(part.create) > SHOWN_KEYS:
        more = len(part.create) - SHOWN_KEYS
        show(say(f"+ và {more} lần đăng nữa của {part.message}", f"+ and {more} more of {part.message}"), style="green")
    told: set[tuple[str, ...]] = set()
    for i, (row, wanted) in enumerate(part.change):
        moved = f"{_when(here, row.due_us)} -> " if row.due_us != wanted.due_us else ""
        if i < SHOWN_KEYS:
            show(f"~ {wanted.key}  {moved}{_when(here, wanted.due_us)}", style="yellow")
        old, new = before.get(row.digest, Post("")), part.posts[wanted.digest]
        changed = tuple(f"{sign}{line}" for sign, line in differences(old, new) if sign in "+-")
        if changed not in told:  # the same change in the words of many units is shown once
            told.add(changed)
            show_difference(old, new)
    if len(part.change) > SHOWN_KEYS:
        more = len(part.change) - SHOWN_KEYS
        show(
            say(f"~ và {more} lần đăng nữa của {part.message}", f"~ and {more} more of {part.message}"), style="yellow"
        )
    for _, wanted in part.rebound:
        words = say(
            "đổi embargo, expires hoặc thẻ; vẫn đăng thì: loa retry", "other bounds or tags; to send it: loa retry"
        )
        show(f"~ {wanted.key}  {words}", style="yellow")
    for _, wanted in part.approval:
        show(f"~ {wanted.key}  {say('đổi chế độ duyệt', 'who must approve is another')}", style="yellow")
    for row in part.cancel:
        show(f"- {row.key}  {_when(here, row.due_us)}", style="red")
    for row, wanted in part.already_public:
        words = say("đã công khai hoặc đang gửi, không sửa nữa", "public or being sent, it is not touched")
        show(f"! {row.key}  {words}", style="magenta")
        show_difference(before.get(row.digest, Post("")), part.posts[wanted.digest])


def _as_json(here: Office, part: MessagePlan) -> list[dict[str, Any]]:
    def entry(action: str, wanted: Any) -> dict[str, Any]:
        due = clock.moment(wanted.due_us).astimezone(here.settings.zone).isoformat()
        post = part.posts.get(wanted.digest)
        said = {"text": post.text, "title": post.title} if post is not None else {}
        if post is not None and post.spans:
            said["formatted"] = written(post.text, post.spans)
        return {"action": action, "key": wanted.key, "channel": wanted.channel, "due": due, **said}

    return (
        [entry("create", wanted) for wanted in part.create]
        + [entry("change", wanted) for _, wanted in part.change]
        + [entry("cancel", row) for row in part.cancel]
        + [entry("public", wanted) for _, wanted in part.already_public]
    )
