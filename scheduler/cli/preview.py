"""`loa preview`: each channel's post as it will look, with its count against the limit."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.text import Text

from scheduler.authoring.campaign import Message
from scheduler.authoring.loader import Authored
from scheduler.channels.spans import LINK, QUOTE, Span, links, placed
from scheduler.cli.office import Json, Office, office, write_file
from scheduler.cli.screen import out, show
from scheduler.composing.page import page
from scheduler.composing.render import RenderError
from scheduler.composing.screening import measured
from scheduler.errors import CampaignError, Problem
from scheduler.ledger import counts
from scheduler.planning.preview import Previewer, Shown, as_values
from scheduler.text import say

STYLES = {
    "b": "bold",
    "i": "italic",
    "u": "underline",
    "s": "strike",
    "code": "cyan",
    QUOTE: "italic dim",
    LINK: "blue underline",
}

What = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN[/MESSAGE]", help=say("Ví dụ: thu-nghiem hoặc thu-nghiem/tin-1", "e.g. thu-nghiem/tin-1")
    ),
]
Html = Annotated[
    Path | None, typer.Option("--html", help=say("Ghi ra một trang, mỗi bài như trên mạng của nó", "Write a page"))
]
Open = Annotated[bool, typer.Option("--open", help=say("Mở trang ấy trong trình duyệt", "Open the page in a browser"))]


def preview(
    context: typer.Context, what: What, html: Html = None, open_it: Open = False, as_json: Json = False
) -> None:
    """Xem bài của từng kênh đúng như sẽ đăng, dài bao nhiêu so với giới hạn. / Each channel's post as it will look.

    Ví dụ: loa preview thang-hanh-dong-2027/khai-mac --html xem.html
    """
    here = office(context)
    chosen = here.messages(what)
    if html is not None or open_it:
        _write_page(here, what, chosen, html or here.settings.var / "preview.html", open_it=open_it)
    if as_json or (html is None and not open_it):
        posts = [_as_object(shown) for authored, message in chosen for shown in _posts(here, authored, message)]
        if as_json:
            print(json.dumps(posts, ensure_ascii=False, indent=2))
        else:
            _show(what, posts)


def _show(what: str, posts: list[dict[str, Any]]) -> None:
    if not posts:
        show(say(f"{what}: không có lượt nào sắp tới", f"{what}: nothing is due"), style="yellow")
    for post in posts:
        over = post["length"] > post["limit"]
        title = f"{', '.join(post['channels'])} ({post['network']})"
        count = f"{post['length']}/{post['limit']} {post['counted']}"
        body = _styled(post["text"], [Span(**span) for span in post["spans"]])
        if post["note"]:
            body.append(f"\n[{post['note']}]", "dim")
        if post["title"]:
            body = Text.assemble((post["title"], "bold"), "\n\n", body)
        if post["cover"] is not None:
            body = Text.assemble((f"[{say('ảnh bìa', 'cover')}: {post['cover']}]\n", "dim"), body)
        for alt in post["images"]:
            body.append(f"\n[{say('ảnh', 'picture')}: {alt}]", "dim")
        if post["video"]:
            body.append(f"\n[▶ video {post['video']['measured']}: {post['video']['alt']}]", "dim")
        out.print(
            Panel(
                body,
                title=title,
                subtitle=f"{post['due'][:16].replace('T', ' ')}  {count}",
                border_style="red" if over else "green",
            )
        )


def _styled(text: str, spans: Sequence[Span]) -> Text:
    """Return a text as a terminal can show it, and below it where its links lead."""
    body = Text(text)
    for start, end, span in placed(text, spans):
        body.stylize(STYLES[span.tag], start, end)
    for words, url in links(text, spans):
        body.append(f"\n[{say('liên kết', 'link')}: {words} → {url}]", "dim")
    return body


def _previewer(here: Office) -> Previewer:
    learnt: dict[str, dict[str, int]] = {}
    if here.has_ledger:
        with here.database.reading() as connection:
            learnt = counts.learnt(connection)
    return Previewer(here.book, here.settings, here.composer, here.now, learnt)


def _posts(here: Office, authored: Authored, message: Message) -> list[Shown]:
    try:
        return list(_previewer(here).posts(authored, message))
    except RenderError as error:
        at = authored.source.place(("messages", authored.campaign.messages.index(message)))
        what = f"{authored.campaign.campaign}/{message.id}"
        raise CampaignError([Problem(*at, what, str(error))]) from None


def _as_object(shown: Shown) -> dict[str, Any]:
    length, limit = shown.count
    return {
        "network": shown.network,
        "channels": [entry.id for entry in shown.channels],
        "due": shown.dues[0].isoformat(),
        "title": shown.post.title,
        "text": shown.post.text,
        "note": shown.note,
        "spans": [asdict(span) for span in shown.post.spans],
        "cover": shown.post.cover.alt if shown.post.cover is not None else None,
        "images": [image.alt for image in shown.post.images],
        "video": {"alt": video.alt, "measured": measured(video)} if (video := shown.post.video) else None,
        "length": length,
        "limit": limit,
        "counted": shown.limits.counted,
    }


def _write_page(
    here: Office, what: str, chosen: Sequence[tuple[Authored, Message]], file: Path, *, open_it: bool
) -> None:
    authored = chosen[0][0]
    problems = [p for p in here.check() if p.file == authored.source.file]
    previewer = _previewer(here)
    previews = [previewer.message(authored, message, problems) for authored, message in chosen]
    local = here.now.astimezone(here.settings.zone)
    made = page(
        "preview",
        title=say("Xem trước: ", "Preview: ") + (authored.campaign.title or what),
        subtitle=say(
            f"Lập lúc {local:%H:%M} ngày {local.day}/{local.month}/{local.year}. Hình dáng và chỗ gấp chữ là ước lượng; "
            "chữ, ảnh và số đếm đúng như sẽ đăng.",
            f"Made at {local:%H:%M} on {local.date()}. Looks and folds are approximate; words, pictures and counts are exact.",
        ),
        problems=[p for p in problems if not p.field.startswith("messages.")],
        messages=[
            {
                "name": preview.message.title or preview.message.id,
                "id": f"{authored.campaign.campaign}/{preview.message.id}",
                "problems": preview.problems,
                "posts": [as_values(shown, here.book) for shown in preview.posts],
            }
            for preview in previews
        ],
    )
    write_file(file, made.encode())
    posts = sum(len(preview.posts) for preview in previews)
    show(say(f"Đã ghi {file} ({posts} bài khác nhau)", f"{file} written ({posts} different posts)"))
    if open_it:
        webbrowser.open(file.absolute().as_uri())
