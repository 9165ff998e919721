"""`loa approve` and `loa reject`: an officer says yes or no to exactly these posts."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from sqlalchemy import Row

from scheduler import clock
from scheduler.channels.contract import Post
from scheduler.channels.registry import NETWORKS
from scheduler.channels.spans import written
from scheduler.cli.embargo import NAMED, show_embargo
from scheduler.cli.office import By, Office, Why, office
from scheduler.cli.screen import out, show
from scheduler.composing.screening import measured
from scheduler.errors import NotFoundInLedger
from scheduler.ledger import counts, mourning, orders, plans
from scheduler.text import did_you_mean, few, say

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help=say("Mã chiến dịch", "The campaign's id"))]
Only = Annotated[str | None, typer.Option("--message", help=say("Chỉ thông điệp này", "Only this message"))]
Replicas = Annotated[
    bool, typer.Option("--replicas", help=say("Các bản nhân rộng của mô hình này", "The replicas of this model"))
]
Broadcast = Annotated[
    bool,
    typer.Option(
        "--broadcast",
        help=say("Chỉ các lượt gửi bài tới người quan tâm, duyệt riêng", "Only what is sent to followers"),
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=say("Không hỏi lại", "Do not ask"))]


def approve(
    context: typer.Context,
    campaign: Name,
    message: Only = None,
    replicas: Replicas = False,
    broadcast: Broadcast = False,
    by: By = "",
    why: Why = "",
    yes: Yes = False,
) -> None:
    """Xem đúng những bài sẽ đăng và duyệt chúng; bài nào sửa sau đó phải duyệt lại. / Approve exactly these posts.

    Ví dụ: loa approve thang-hanh-dong-2027 --by "Nguyễn Văn A"
    """
    here = office(context)
    posts, sent_on = _apart(here, _waiting(here, campaign, message, replicas=replicas))
    rows = sent_on if broadcast else posts
    if not rows:
        raise NotFoundInLedger(_only_the_other(campaign, len(posts), len(sent_on), message, replicas=replicas))
    rows = _alive(here, rows)
    if broadcast:
        words = say(
            "GỬI TỚI NGƯỜI QUAN TÂM: mỗi lượt tới mọi người theo dõi OA, không thu hồi được",
            "SENT TO FOLLOWERS: each goes to all who follow the account and cannot be called back",
        )
        show(words, style="bold red")
    _show(here, rows)
    who = here.who(by)
    if sys.stdin.isatty() and not yes:
        question = say(f"{who} duyệt {len(rows)} lần đăng này?", f"{who} approves these {len(rows)} deliveries?")
        typer.confirm(question, abort=True)
    seen = {row.id: plans.fingerprint(row.key, row.due_us, row.digest) for row in rows}
    with here.database.writing() as connection:
        released = plans.approve(connection, seen, at_us=here.at_us, by=who, why=why)
        orders.changed(connection, here.at_us)
        mourned = [row for row in mourning.held(connection, campaign=None if replicas else campaign) if row.id in seen]
    show(say(f"Đã duyệt {released} lần đăng, người duyệt: {who}", f"{released} approved by {who}"), style="green")
    if mourned:
        words = say(
            f"{len(mourned)} trong đó rơi vào quốc tang nên còn giữ: loa mourning",
            f"{len(mourned)} of them fall into a mourning and stay held: loa mourning",
        )
        show(words, style="yellow")
    show_embargo(here, rows)
    if sent_on and not broadcast:
        words = say(
            f"Còn {len(sent_on)} lượt gửi bài tới người quan tâm, duyệt riêng: "
            f"{_command(campaign, message, replicas=replicas)} --broadcast",
            f"{len(sent_on)} more are sent to followers and approved apart: "
            f"{_command(campaign, message, replicas=replicas)} --broadcast",
        )
        show(words, style="yellow")
    if released < len(rows):
        words = say(
            f"{len(rows) - released} bài đã đổi trong lúc xem: chạy lại loa approve {campaign}",
            f"{len(rows) - released} changed meanwhile: run loa approve {campaign} again",
        )
        show(words, style="yellow")


def reject(
    context: typer.Context,
    campaign: Name,
    message: Only = None,
    replicas: Replicas = False,
    by: By = "",
    why: Why = "",
) -> None:
    """Không duyệt: huỷ những bài đang chờ duyệt, ghi lý do. / Refuse: cancel what waits for approval.

    Ví dụ: loa reject thang-hanh-dong-2027 --message tin-1 --why "sai số liệu"
    """
    here = office(context)
    rows = _waiting(here, campaign, message, replicas=replicas)
    who = here.who(by)
    mark = f"{who}: {why}".strip()
    with here.database.writing() as connection:
        plans.forget_approvals(connection, [plans.fingerprint(r.key, r.due_us, r.digest) for r in rows])
        ids = [row.id for row in rows]
        count = plans.cancel(connection, ids, at_us=here.at_us, by=who, why=why, mark=mark)
        orders.changed(connection, here.at_us)
    show(say(f"Đã huỷ {count} lần đăng", f"{count} cancelled"), style="yellow")


def _apart(here: Office, rows: list[Row[Any]]) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Return what becomes public on a channel, and what is sent on to those who follow it."""
    follows = {id for id, entry in here.book.channels.items() if (n := NETWORKS.get(entry.network)) and n.follows}
    return [row for row in rows if row.channel not in follows], [row for row in rows if row.channel in follows]


def _command(campaign: str, message: str | None, *, replicas: bool) -> str:
    parts = [
        "loa approve",
        campaign,
        *(["--message", message] if message else []),
        *(["--replicas"] if replicas else []),
    ]
    return " ".join(parts)


def _only_the_other(campaign: str, posts: int, sent_on: int, message: str | None, *, replicas: bool) -> str:
    command = _command(campaign, message, replicas=replicas)
    if sent_on:
        return say(
            f"chỉ còn {sent_on} lượt gửi bài tới người quan tâm chờ duyệt, duyệt riêng: {command} --broadcast",
            f"only {sent_on} that are sent to followers wait; approve them apart: {command} --broadcast",
        )
    return say(
        f"không có lượt gửi tới người quan tâm nào chờ duyệt; {posts} bài khác đang chờ: {command}",
        f"nothing that is sent to followers waits for approval; {posts} other posts do: {command}",
    )


def _waiting(here: Office, campaign: str, message: str | None, *, replicas: bool) -> list[Row[Any]]:
    waiting = _held(here, campaign, replicas=replicas)
    rows = [row for row in waiting if message is None or row.message == message]
    if not rows:
        raise NotFoundInLedger(_nothing(here, campaign, message, waiting, replicas=replicas))
    return rows


def _held(here: Office, campaign: str, *, replicas: bool) -> list[Row[Any]]:
    with here.database.reading() as connection:
        known = counts.by_campaign(connection) if replicas else ()
        names = [name for name in known if name.startswith(f"{campaign}.")] if replicas else [campaign]
        return [
            row for name in names for row in counts.rows(connection, state="held", campaign=name, held_for="approval")
        ]


def _nothing(here: Office, campaign: str, message: str | None, waiting: list[Row[Any]], *, replicas: bool) -> str:
    """Return why there is nothing to approve, with what does wait instead."""
    if waiting:
        names = list(dict.fromkeys(row.message for row in waiting))
        hint = did_you_mean(message or "", names)
        listed = few(names, NAMED)
        return say(
            f"không có bài nào của {campaign} chờ duyệt ở thông điệp {message}{hint}; đang chờ: {listed}",
            f"nothing of {campaign} waits for approval in {message}{hint}; these wait: {listed}",
        )
    others = [] if replicas else _held(here, campaign, replicas=True)
    if others:
        return say(
            f"không có bài nào của chính {campaign} chờ duyệt; {len(others)} bài của các bản nhân rộng: loa approve {campaign} --replicas",
            f"nothing of {campaign} itself waits for approval; {len(others)} of its replicas do: loa approve {campaign} --replicas",
        )
    return say(
        f"không có bài nào của {campaign} chờ duyệt; đã loa apply chưa? xem: loa status",
        f"nothing of {campaign} waits for approval; was it applied? see: loa status",
    )


def _alive(here: Office, rows: list[Row[Any]]) -> list[Row[Any]]:
    """Return those that can still go out; say which have expired. OrderRefused when all have."""
    gone = [row for row in rows if row.not_after_us is not None and row.not_after_us <= here.at_us]
    if not gone:
        return rows
    names = few((row.key for row in gone), NAMED)
    end = f"{clock.moment(gone[0].not_after_us or 0).astimezone(here.settings.zone):%H:%M %d/%m/%Y}"
    words = say(
        f"{len(gone)} lần đăng đã hết hạn (expires, đầu tiên lúc {end}), không bao giờ đăng nữa: {names}; "
        "nếu hạn ấy sai thì sửa expires rồi loa apply",
        f"{len(gone)} have expired (the first at {end}) and never go out any more: {names}; "
        "if that is wrong, mend `expires` and loa apply",
    )
    if len(gone) == len(rows):
        raise orders.OrderRefused(words)
    show(words, style="yellow")
    return [row for row in rows if row not in gone]


def _show(here: Office, rows: list[Row[Any]]) -> None:
    with here.database.reading() as connection:
        posts = {d: Post.from_json(b) for d, b in plans.bodies(connection, (r.digest for r in rows)).items()}
    by_post: dict[tuple[str, str, int], list[Row[Any]]] = {}
    for row in rows:
        by_post.setdefault((row.message, row.digest, row.due_us), []).append(row)
    for (message, digest, due_us), same in by_post.items():
        due = clock.moment(due_us).astimezone(here.settings.zone)
        channels = ", ".join(row.channel for row in same)
        show(f"── {message}  {due:%H:%M %d/%m/%Y}  → {channels}", style="bold cyan")
        post = posts[digest]
        if post.cover is not None:
            show(f"[{say('ảnh bìa', 'cover')}: {post.cover.alt}]", style="dim")
        if post.title:
            show(post.title, style="bold")
        show(written(post.text, post.spans))
        for image in post.images:
            show(f"[{say('ảnh', 'picture')}: {image.alt}]", style="dim")
        if post.video:
            show(f"[▶ video {measured(post.video)}: {post.video.alt}]", style="dim")
            show(f"  {post.video.file}", style="dim")
        out.print()
