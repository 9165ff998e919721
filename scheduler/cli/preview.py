"""`loa preview`: each channel's post as it will look, with its count against the limit."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.panel import Panel
from rich.text import Text

from scheduler.authoring.recurrence import occurrences
from scheduler.channels.registry import NETWORKS
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, show
from scheduler.composing.fit import room, with_learnt
from scheduler.composing.render import RenderError
from scheduler.errors import CampaignError, Problem
from scheduler.ledger import counts
from scheduler.text import say

What = Annotated[
    str, typer.Argument(metavar="CAMPAIGN/MESSAGE", help=say("Ví dụ: thu-nghiem/tin-1", "e.g. thu-nghiem/tin-1"))
]


def preview(context: typer.Context, what: What, as_json: Json = False) -> None:
    """Xem bài của từng kênh đúng như sẽ đăng, dài bao nhiêu so với giới hạn. / Each channel's post as it will look.

    Ví dụ: loa preview thang-hanh-dong-2027/khai-mac
    """
    posts = list(_posts(office(context), what))
    if as_json:
        print(json.dumps(posts, ensure_ascii=False, indent=2))
        return
    if not posts:
        show(say(f"{what}: không có lượt nào sắp tới", f"{what}: nothing is due"), style="yellow")
    for post in posts:
        over = post["length"] > post["limit"]
        title = f"{', '.join(post['channels'])} ({post['network']})"
        count = f"{post['length']}/{post['limit']} {post['counted']}"
        body = Text(post["text"])
        if post["title"]:
            body = Text.assemble((post["title"], "bold"), "\n\n", body)
        for alt in post["images"]:
            body.append(f"\n[{say('ảnh', 'picture')}: {alt}]", "dim")
        out.print(
            Panel(
                body,
                title=title,
                subtitle=f"{post['due'][:16].replace('T', ' ')}  {count}",
                border_style="red" if over else "green",
            )
        )


def _posts(here: Office, what: str) -> Any:
    authored, message = here.message(what)
    channels = authored.channels_of(message, here.book)
    learnt: dict[str, dict[str, int]] = {}
    if here.has_ledger:
        with here.database.reading() as connection:
            learnt = counts.learnt(connection)
    for occurrence in occurrences(message.when, here.settings.zone, here.now, here.now + here.settings.horizon):
        due = occurrence.due.astimezone(here.settings.zone).isoformat()
        try:
            for composed in here.composer.compose(authored.campaign, message, occurrence, channels):
                networks: dict[str, list[str]] = {}
                for entry in composed.channels:
                    networks.setdefault(entry.network, []).append(entry.id)
                for network, ids in networks.items():
                    if network not in NETWORKS:
                        continue
                    limits = with_learnt(NETWORKS[network].limits, learnt.get(ids[0], {}))
                    used, most = room(composed.post, limits)
                    yield {
                        "network": network,
                        "channels": ids,
                        "due": due,
                        "title": composed.post.title,
                        "text": composed.post.text,
                        "images": [image.alt for image in composed.post.images],
                        "length": used,
                        "limit": most,
                        "counted": limits.counted,
                    }
        except RenderError as error:
            index = authored.campaign.messages.index(message)
            line = authored.source.line(("messages", index))
            raise CampaignError([Problem(authored.source.file, line, what, str(error))]) from None
