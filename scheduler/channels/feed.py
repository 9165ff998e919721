"""A bulletin of our own: an HTML page and an Atom feed, written as files. It needs no account and no network.

Every post is one file under `posts/`, written whole or not at all; page and feed are made anew from the newest of them.
No metrics: nobody counts who reads a file.
"""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

import feedgenerator
import httpx

from scheduler import clock
from scheduler.channels import upload
from scheduler.channels.contract import (
    LEAD,
    Account,
    Channel,
    Limits,
    Outgoing,
    Picture,
    Post,
    Receipt,
    Save,
    Taken,
    Video,
    VideoLimits,
)
from scheduler.channels.spans import Span, as_html
from scheduler.channels.whole import write_whole
from scheduler.errors import NotFound, Unavailable
from scheduler.text import URL

ON_PAGE = 200
IN_FEED = 50

PAGE = Template("""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>$title</title><link rel="alternate" type="application/atom+xml" href="feed.xml"><style>
body{font:17px/1.55 "Noto Sans","Segoe UI",Roboto,sans-serif;background:#eef1f4;color:#1b2733;margin:0}
main{max-width:42rem;margin:auto;padding:1.5rem 1rem}h1{font-size:1.4rem;border-bottom:3px solid #b3261e;padding-bottom:.4rem}
article{background:#fff;border-radius:10px;padding:1rem 1.2rem;margin:1rem 0;box-shadow:0 1px 3px #0002}
article:target{outline:3px solid #b3261e}a{color:#0b5cad}
article h2{font-size:1.1rem;margin:0 0 .4rem}article .text{white-space:pre-line;overflow-wrap:anywhere}
blockquote{display:block;margin:0;border-left:3px solid #b3261e;padding-left:.7rem}
time{color:#5a6a7a;font-size:.85rem;display:block;margin-bottom:.4rem}img,video{max-width:100%;border-radius:8px;margin-top:.6rem}
@media(prefers-color-scheme:dark){body{background:#10161d;color:#e4e9ee}article{background:#1a232d}a{color:#7cc4ff}time{color:#9fb0c0}}
</style></head><body><main><h1>$title</h1>
$articles
</main></body></html>
""")
ARTICLE = Template(
    """<article id="$id"><time datetime="$due">$shown</time>$heading<div class="text">$text</div>$images</article>"""
)


class Feed(Channel):
    network = "feed"
    limits = Limits(text=100_000, images=20, title=True, video=VideoLimits(2_000_000_000), spans=10_000)
    film_early = LEAD  # it is only copied
    idempotent = True  # a post's file is named by the delivery's key

    async def check_account(self) -> Account:
        return Account(self.account)

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        """Lay the film beside the posts: it may take a while."""
        if outgoing.post.video is not None:
            await self._keep_film(outgoing.post.video)
        return outgoing.checkpoint

    def request(self, outgoing: Outgoing) -> httpx.Request:
        return self.wire.build("PUT", "file://" + str(self._file(outgoing)))

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        file = self._file(outgoing)
        post = outgoing.post
        film = {"film": {"file": await self._keep_film(post.video), "alt": post.video.alt}} if post.video else {}
        entry = {
            "key": outgoing.key,
            "due": outgoing.due.isoformat(),
            "published": clock.now().isoformat(),
            "title": post.title,
            **_words(post),
            **({"cover": self._shown(post.cover)} if post.cover is not None else {}),
            "images": [self._shown(image) for image in post.images],
            **film,
        }
        write_whole(file, json.dumps(entry, ensure_ascii=False, indent=1))
        self._render()
        return self._receipt(file)

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        file = self._file(outgoing)
        return self._receipt(file) if file.exists() else None

    async def delete(self, remote_id: str) -> None:
        for file in (self.folder / "posts").glob(f"*-{remote_id}.json"):
            file.unlink(missing_ok=True)
        self._render()

    async def edit(self, remote_id: str, post: Post) -> None:
        for file in (self.folder / "posts").glob(f"*-{remote_id}.json"):
            entry = json.loads(file.read_text("utf-8")) | {"title": post.title, "spans": [], **_words(post)}
            write_whole(file, json.dumps(entry, ensure_ascii=False, indent=1))
            break
        else:
            raise NotFound(f"{remote_id}: no such post")
        self._render()

    def _file(self, outgoing: Outgoing) -> Path:
        digest = hashlib.sha256(outgoing.key.encode()).hexdigest()[:16]
        return self.folder / "posts" / f"{outgoing.due.astimezone(UTC):%Y%m%dT%H%M%S}-{digest}.json"

    def _receipt(self, file: Path) -> Receipt:
        remote_id = file.stem.rpartition("-")[2]
        page = f"{self.base_url}/index.html" if self.base_url else (self.folder / "index.html").absolute().as_uri()
        return Receipt(remote_id, f"{page}#{remote_id}")

    def _shown(self, picture: Picture) -> dict[str, str]:
        return {"file": self._keep(picture), "alt": picture.alt}

    def _keep(self, picture: Picture) -> str:
        name = f"{picture.sha256}{Path(picture.file).suffix.lower()}"
        target = self.folder / "media" / name
        if not target.exists():
            write_whole(target, self.picture_bytes(picture))
        return f"media/{name}"

    async def _keep_film(self, video: Video) -> str:
        name = f"{video.sha256}{Path(video.file).suffix.lower()}"
        target = self.folder / "media" / name
        if not target.exists():
            source = await upload.approved(video)
            try:
                await asyncio.to_thread(_copy, source, target)
            except OSError as error:
                raise Unavailable(f"{target.parent}: {error.strerror}") from None
        return f"media/{name}"

    def _render(self) -> None:
        newest = sorted((self.folder / "posts").glob("*.json"), reverse=True)[:ON_PAGE]
        entries = [(file, json.loads(file.read_text("utf-8"))) for file in newest]
        articles = "\n".join(_article(file, entry) for file, entry in entries)
        write_whole(self.folder / "index.html", PAGE.substitute(title=html.escape(self.account), articles=articles))
        write_whole(self.folder / "feed.xml", self._atom(entries[:IN_FEED]))

    def _atom(self, entries: list[tuple[Path, dict[str, Any]]]) -> str:
        feed = feedgenerator.Atom1Feed(
            title=self.account,
            link=self.base_url or "index.html",
            description="",
            language="vi",
            feed_guid=f"urn:loa:{self.id}",
        )
        for file, entry in entries:
            receipt = self._receipt(file)
            feed.add_item(
                title=entry["title"] or entry["text"].splitlines()[0][:100],
                link=receipt.url,
                description=_as_html(entry).replace("\n", "<br/>"),
                unique_id=f"urn:loa:{entry['key']}",
                pubdate=datetime.fromisoformat(entry["due"]),
                updateddate=datetime.fromisoformat(entry["due"]),
                author_name=self.account,
            )
        return str(feed.writeString("utf-8"))


def _article(file: Path, entry: dict[str, Any]) -> str:
    due = datetime.fromisoformat(entry["due"])
    return ARTICLE.substitute(
        id=file.stem.rpartition("-")[2],
        due=entry["due"],
        shown=f"{due:%H:%M %d/%m/%Y}",
        heading=f"<h2>{html.escape(entry['title'])}</h2>" if entry["title"] else "",
        text=_as_html(entry),
        images=_shown(entry),
    )


def _words(post: Post) -> dict[str, Any]:
    return {"text": post.text, **({"spans": [asdict(span) for span in post.spans]} if post.spans else {})}


def _as_html(entry: dict[str, Any]) -> str:
    spans = [Span(**span) for span in entry.get("spans", ())]
    return as_html(entry["text"], spans, linked, lambda text: html.escape(text, quote=False))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".writing-{target.name}")
    shutil.copyfile(source, draft)
    draft.replace(target)


def _shown(entry: dict[str, Any]) -> str:
    pictures = (
        f'<img src="{html.escape(i["file"])}" alt="{html.escape(i["alt"], quote=True)}">' for i in entry["images"]
    )
    if film := entry.get("film"):
        words = html.escape(film["alt"], quote=True)
        return f'<video controls src="{html.escape(film["file"])}" aria-label="{words}"></video>' + "".join(pictures)
    return "".join(pictures)


def linked(text: str) -> str:
    """Return the text as HTML in which addresses can be clicked; nothing visible is added."""
    parts, end = [], 0
    for found in URL.finditer(text):
        address = html.escape(found[0], quote=True)
        parts += [html.escape(text[end : found.start()], quote=False), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, html.escape(text[end:], quote=False)])
