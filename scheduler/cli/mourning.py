"""`loa mourning`: declare a national mourning, see what it holds, end it, and decide what goes out afterwards."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer

from scheduler import clock
from scheduler.cli.embargo import NAMED
from scheduler.cli.office import By, Json, Office, Why, office
from scheduler.cli.screen import show
from scheduler.errors import SettingsError
from scheduler.ledger import counts, declaration, mourning, orders
from scheduler.ledger.declaration import Declared, Released
from scheduler.ledger.delivery import name_of
from scheduler.ledger.mourning import Period
from scheduler.planning.mourning import end_of, first_moment
from scheduler.registers.moments import parse_date, parse_moment
from scheduler.reporting.families import families
from scheduler.text import few, say

DECREE = "Nghị định 105/2012/NĐ-CP"
SHOWN = 12  # keys of what is held

app = typer.Typer(
    help=say(
        "Quốc tang: giữ các bài có thẻ festive, contest, entertainment; cảnh báo vẫn đăng; hết quốc tang không tự đăng dồn",
        "National mourning: what is festive is held, warnings go out, nothing is flushed afterwards",
    )
)

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help=say(
            "Ngày đầu (2027-05-24) hoặc giờ bắt đầu; mặc định: từ bây giờ", "First day or moment; default: from now on"
        ),
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        help=say(
            "Ngày cuối, TÍNH CẢ ngày ấy tới 24 giờ (2027-05-25); có giờ thì tới đúng giờ ấy",
            "Last day, which BELONGS to the mourning until midnight; with a time, exactly until then",
        ),
    ),
]
Basis = Annotated[
    str,
    typer.Option("--basis", help=say("Căn cứ: công điện, nghị định (ghi vào sổ cái)", "By which order; it is kept")),
]
Today = Annotated[
    bool, typer.Option("--today", help=say("Từ bây giờ tới hết hôm nay", "From now until the end of today"))
]
What = Annotated[
    str | None,
    typer.Argument(
        metavar="CAMPAIGN|KEY",
        help=say("Một chiến dịch, MÔ-HÌNH.* (mọi đơn vị), hoặc một lần đăng", "A campaign, MODEL.*, or a delivery"),
    ),
]
All = Annotated[bool, typer.Option("--all", help=say("Mọi chiến dịch", "Every campaign"))]


@app.callback(invoke_without_command=True)
def mournings(context: typer.Context, as_json: Json = False) -> None:
    """Xem các kỳ quốc tang, đang giữ những gì, có gì trong đó. / Periods, what they hold, what lies in them.

    Ví dụ: loa mourning
    """
    if context.invoked_subcommand is not None:
        return
    here = office(context)
    now_us = here.at_us
    with here.database.reading() as connection:
        found = [(period, mourning.inside(connection, period)) for period in mourning.periods(connection)]
        held = mourning.held(connection)
        _, over = mourning.count_held(connection, now_us)
    if as_json:
        print(json.dumps(_as_object(here, found, held, over, now_us), ensure_ascii=False, indent=2))
        return
    if not found:
        show(say("Chưa có kỳ quốc tang nào được khai báo", "No mourning was declared"), style="dim")
    for period, inside in found:
        _show_period(here, period, inside, now_us)
    if held:
        _show_held(here, held, over)


@app.command("declare")
def declare(
    context: typer.Context,
    since: From = None,
    until: Until = None,
    basis: Basis = "",
    today: Today = False,
    why: Why = "",
    by: By = "",
) -> None:
    """Khai báo quốc tang: giữ ngay mọi bài có thẻ festive, contest, entertainment rơi vào đó. / Declare a mourning.

    Ví dụ: loa mourning declare --from 2027-05-24 --until 2027-05-25 --basis "Công điện 12/CĐ-BVHTTDL"
    """
    here = office(context)
    period = _declared(here, since, until, basis, today, why)
    with here.database.writing() as connection:
        count = declaration.declare(connection, period, at_us=here.at_us, by=here.who(by))
    span = _span(here, period)
    if count is None:
        show(say(f"Quốc tang {span} đã được khai báo rồi", f"The mourning {span} is declared already"), style="dim")
        return
    show(say(f"Quốc tang {span}: {period.basis}", f"Mourning {span}: {period.basis}"), style="yellow")
    show(say(f"Đã giữ {count} lần đăng; cảnh báo vẫn đăng. Xem: loa mourning",
             f"{count} are held; warnings go out. Look at: loa mourning"), style="yellow")  # fmt: skip


@app.command("end")
def end(context: typer.Context, since: From = None, why: Why = "", by: By = "") -> None:
    """Kết thúc sớm (hoặc bỏ) quốc tang đã khai báo; bài đang giữ vẫn giữ cho tới khi có người quyết định. / End it early.

    Ví dụ: loa mourning end --why "khai báo nhầm ngày"
    """
    here = office(context)
    now_us = here.at_us
    with here.database.writing() as connection:
        found = mourning.open_periods(connection, now_us)
        if since is not None:
            first = first_moment(_read("--from", since), here.settings.zone)
            found = [period for period in found if period.since_us == first]
        declaration.end(connection, [period.id for period in found], at_us=now_us, by=here.who(by), why=why)
        every, _ = mourning.count_held(connection, now_us)
    if not found:
        raise orders.OrderRefused(
            say("không có kỳ quốc tang nào như vậy; xem: loa mourning", "there is no such mourning; see: loa mourning")
        )
    for period in found:
        show(
            say(f"Đã kết thúc quốc tang {_span(here, period)}", f"Ended: mourning {_span(here, period)}"), style="green"
        )
    if every:
        show(say(f"{every} lần đăng vẫn giữ; quyết định bằng: loa mourning release CHIẾN-DỊCH, hoặc loa cancel MÃ",
                 f"{every} stay held; decide with: loa mourning release CAMPAIGN, or loa cancel KEY"), style="yellow")  # fmt: skip


@app.command("release")
def release(context: typer.Context, what: What = None, everything: All = False, why: Why = "", by: By = "") -> None:
    """Hết quốc tang: cho đăng tiếp bài đã giữ; bài đã quá late_after thì không, trừ khi loa retry từng bài. / Go on.

    Ví dụ: loa mourning release thang-hanh-dong-2027 --why "đã hết quốc tang"
    """
    here = office(context)
    if (what is None) != everything:
        raise SettingsError(
            say("cần đúng một trong: CHIẾN-DỊCH, MÃ, --all", "needs exactly one of: CAMPAIGN, KEY, --all")
        )
    order: dict[str, Any] = {"at_us": here.at_us, "by": here.who(by), "why": why}
    if what is not None and "@" in what:
        with here.database.writing() as connection:
            free = orders.release_one(connection, what, zone=here.settings.zone, **order)
        _show_released(Released(free=[what] if free else [], to_approve=[] if free else [what]))
        return
    model = what.removesuffix(".*") if what is not None and what.endswith(".*") else None
    here.must_know(what if model is None else model)
    done = Released()
    with here.database.writing() as connection:
        names = [n for n in counts.by_campaign(connection) if n.startswith(f"{model}.")] if model else [what]
        for name in names:
            done.add(declaration.release_all(connection, campaign=name, **order))
    _show_released(done)


def _declared(here: Office, since: str | None, until: str | None, basis: str, today: bool, why: str) -> Declared:
    if today == (until is not None) or (today and since is not None):
        words = say("cần --until NGÀY, hoặc --today (một mình)", "needs --until DAY, or --today (alone)")
        raise SettingsError(words)
    if not (basis.strip() or today):
        words = say(
            f'thiếu căn cứ: --basis "Công điện số ..., {DECREE}"',
            f'the basis is missing: --basis "Telegram no. ..., {DECREE}"',
        )
        raise SettingsError(words)
    zone = here.settings.zone
    now = clock.now().astimezone(zone)
    last = now.date() if today else _read("--until", until or "")
    first_us = clock.micros(now) if since is None else first_moment(_read("--from", since), zone)
    period = Declared(first_us, end_of(last, zone), basis.strip() or DECREE, why)
    if period.until_us <= max(first_us, clock.micros(now)):
        words = say(
            f"quốc tang {_span(here, period)} đã qua, hoặc ngày cuối ở trước ngày đầu; sửa --from và --until",
            f"the mourning {_span(here, period)} is over, or ends before it begins; mend --from and --until",
        )
        raise SettingsError(words)
    return period


def _read(option: str, written: str) -> date | datetime:
    for parse in (parse_date, parse_moment):
        try:
            moment: date | datetime = parse(written)
        except ValueError:
            continue
        return moment
    words = say(
        f'{option} "{written}" không phải ngày hay giờ; ví dụ đúng: 2027-05-24, hoặc "2027-05-24 12:00"',
        f'{option} "{written}" is no day and no time; for example: 2027-05-24, or "2027-05-24 12:00"',
    )
    raise SettingsError(words)


def _at(here: Office, us: int) -> str:
    local = clock.moment(us).astimezone(here.settings.zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"24:00 {local - timedelta(days=1):%d/%m/%Y}"
    return f"{local:%H:%M %d/%m/%Y}"


def _span(here: Office, period: Declared | Period) -> str:
    since = clock.moment(period.since_us).astimezone(here.settings.zone)
    until = _at(here, period.until_us)
    return say(f"từ {since:%H:%M %d/%m/%Y} tới {until}", f"from {since:%H:%M %d/%m/%Y} until {until}")


def _standing(period: Period, now_us: int) -> tuple[str, str]:
    """Return how a period stands, for machines and for people."""
    if period.ended_us is not None:
        return "ended", say(f"{period.ended_by} đã kết thúc sớm", f"ended early by {period.ended_by}")
    if now_us < period.since_us:
        return "coming", say("sắp tới", "still to come")
    return (
        ("in force", say("đang có hiệu lực", "in force"))
        if now_us < period.until_us
        else ("over", say("đã hết", "over"))
    )


def _show_period(here: Office, period: Period, inside: dict[bool, dict[str, int]], now_us: int) -> None:
    standing, words = _standing(period, now_us)
    style = "yellow" if standing in ("in force", "coming") else "dim"
    show(say(f"Quốc tang {_span(here, period)} ({words})", f"Mourning {_span(here, period)} ({words})"), style=style)
    said = f"{period.basis}; {period.why}" if period.why else period.basis
    show("  " + say(f"căn cứ: {said} ({period.by})", f"basis: {said} ({period.by})"))
    for festive, counted in inside.items():
        if counted:
            states = ", ".join(f"{name_of(state)} {n}" for state, n in sorted(counted.items()))
            kind = (
                say("bài vui, thi, giải trí", "festive")
                if festive
                else say("cảnh báo và tin khác", "warnings and others")
            )
            show(f"  {kind}: {states}")


def _show_held(here: Office, held: list[Any], over: int) -> None:
    count = Counter(row.campaign for row in held)
    told = families(count)
    campaigns = ", ".join(f"{name} {sum(count[member] for member in members)}" for name, members in told.items())
    first = next(iter(told), "")
    show(say(f"Đang giữ {len(held)} lần đăng: {campaigns}", f"{len(held)} are held: {campaigns}"), style="bold")
    for row in held[:SHOWN]:
        due = clock.moment(row.due_us).astimezone(here.settings.zone)
        show(f"  {due:%H:%M %d/%m/%Y}  {row.key}  [{row.tags}]")
    if len(held) > SHOWN:
        show(f"  ... {len(held) - SHOWN}")
    if over:
        show(say(f"{over} cần quyết định: đăng tiếp: loa mourning release '{first}'; đổi giờ: sửa tệp, loa apply; "
                 "bỏ: loa cancel MÃ", f"{over} to be decided on: go on: loa mourning release '{first}'; "
                 "another time: change the file, loa apply; drop: loa cancel KEY"), style="yellow")  # fmt: skip


def _show_released(done: Released) -> None:
    for keys, vi, en, style in (
        (done.free, "đã thả, đăng đúng giờ (quá giờ thì đăng ngay)", "released: sent when due, at once when that is past",
         "green"),
        (done.to_approve, "đã đổi trong lúc giữ, nay chờ duyệt: loa approve", "changed meanwhile, now to be approved",
         "yellow"),
        (done.late, "đã quá late_after, vẫn giữ; đăng: loa retry MÃ; bỏ: loa cancel MÃ",
         "past late_after, still held; send: loa retry KEY; drop: loa cancel KEY", "yellow"),
        (done.expired, "đã hết hạn (expires), không đăng nữa", "expired, never sent any more", "red"),
        (done.mourned, "còn trong quốc tang, vẫn giữ", "the mourning lasts, still held", "yellow"),
    ):  # fmt: skip
        if keys:
            names = few(keys, NAMED)
            show(f"{len(keys)} {say(vi, en)}: {names}", style=style)
    if not any((done.free, done.to_approve, done.late, done.expired, done.mourned)):
        show(say("Không có gì bị giữ vì quốc tang", "Nothing is held for a mourning"), style="dim")


def _as_object(
    here: Office, found: list[tuple[Period, dict[bool, dict[str, int]]]], held: list[Any], over: int, now_us: int
) -> dict[str, Any]:
    def local(us: int) -> str:
        return clock.moment(us).astimezone(here.settings.zone).isoformat()

    periods = [
        {"from": local(p.since_us), "until": local(p.until_us), "basis": p.basis, "why": p.why, "by": p.by,
         "origin": p.origin, "standing": _standing(p, now_us)[0], "festive": inside[True], "others": inside[False]}
        for p, inside in found
    ]  # fmt: skip
    rows = [{"key": r.key, "due": local(r.due_us), "tags": r.tags.split(), "held_for": r.held_for} for r in held]
    return {"periods": periods, "held": rows, "to_decide": over}
