"""A WordPress site, through its REST API and an application password. A post is text, an optional title, pictures.

WordPress knows no key that makes a repeated request harmless; the slug, made of the delivery's key, lets us find what
is there. Showing it, a theme may still turn `...` or `:)` into signs of its own. Source: developer.wordpress.org/rest-api.
"""

from __future__ import annotations

import base64
import hashlib
import html
import mimetypes
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from scheduler.channels import upload
from scheduler.channels.contract import (
    MP4,
    SUFFIXES,
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
from scheduler.channels.http import Answer, NoSuchPage
from scheduler.channels.spans import as_html
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import URL, say, slug

POSTS, MEDIA, COMMENTS = "/wp-json/wp/v2/posts", "/wp-json/wp/v2/media", "/wp-json/wp/v2/comments"
EVERY_STATUS = "publish,future,draft,pending,private"
SHOWN = re.compile(r"\n\n<figure>.*?</figure>", re.DOTALL)  # as `content` writes it
LOCKED_OUT = (
    "rest_cannot_create",
    "rest_forbidden",
    "rest_not_logged_in",
    "incorrect_password",
    "invalid_username",
    "application_passwords_disabled",  # answered as 501
)


class WordPress(Channel):
    network = "wordpress"
    limits = Limits(text=100_000, images=20, title=True, video=VideoLimits(500_000_000, types=(MP4,)), spans=10_000)
    credentials = ("username", "application_password")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        pair = f"{self.secrets['username']}:{self.secrets['application_password']}"
        self.secrets["basic"] = base64.b64encode(
            pair.encode()
        ).decode()  # among the secrets, so that it is hidden as one

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {self.secrets['basic']}"}

    async def check_account(self) -> Account:
        try:
            us = await self.learn(dict, "GET", "/wp-json/wp/v2/users/me", params={"context": "edit"})
        except (NotFound, NoSuchPage):  # many sites hide the list of users; what we may write we may read
            await self._prove_we_write()
            us = {"username": self.secrets["username"]}
        names = [str(us[name]) for name in ("username", "slug", "name") if us.get(name)]
        if not names:
            raise Unavailable("the server did not say who we are")
        if self.account.lower() not in [name.lower() for name in names]:
            raise Unauthorized(f"the password belongs to {' / '.join(names)}, not to {self.account}")
        return Account(names[0])

    async def _prove_we_write(self) -> None:
        try:
            await self.learn(list, "GET", POSTS, params={"context": "edit", "per_page": "1"})
        except NotFound as error:
            words = "base_url không phải của một trang WordPress", "no WordPress answers at base_url"
            raise Unavailable(f"{say(*words)} ({error})") from None

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        media = list(outgoing.checkpoint.get("media", ()))
        if outgoing.post.video is not None and not media:
            media.append(await self._upload_film(outgoing, outgoing.post.video))
            await save({"media": media})
        for picture in outgoing.post.images[len(media) :]:
            media.append(await self._upload(picture))
            await save({"media": media})
        return {"media": media}

    async def _upload(self, picture: Picture) -> dict[str, Any]:
        name = (slug(Path(picture.file).stem) or "image") + (mimetypes.guess_extension(picture.mime) or "")
        files = {"file": (name, self.picture_bytes(picture), picture.mime)}
        media = await self.learn(dict, "POST", MEDIA, files=files, data={"alt_text": picture.alt})
        if "id" not in media or "source_url" not in media:
            raise Unavailable("the server did not say where the picture is")
        if media.get("alt_text") != picture.alt:
            await self.ask("POST", f"{MEDIA}/{media['id']}", json={"alt_text": picture.alt})
        return {"id": media["id"], "source_url": media["source_url"], "alt": picture.alt}

    async def _upload_film(self, outgoing: Outgoing, video: Video) -> dict[str, Any]:
        file, size = await upload.approved(video), video.size
        name = f"{slug(Path(video.file).stem) or 'video'}{SUFFIXES[video.mime]}"
        said = {"Content-Type": video.mime, "Content-Disposition": f'attachment; filename="{name}"'}

        def body() -> dict[str, Any]:
            how = upload.part(file, 0, size, lambda at: outgoing.told(at, size))
            return {**how, "headers": said | how["headers"]}

        media = (await self.send_up("POST", MEDIA, body)).object
        if "id" not in media or "source_url" not in media:
            raise Unavailable("the server did not say where the film is")
        return {"id": media["id"], "source_url": media["source_url"], "alt": video.alt, "film": True}

    def request(self, outgoing: Outgoing) -> httpx.Request:
        media = outgoing.checkpoint.get("media", [])
        body = {
            "title": outgoing.post.title,
            "content": content(outgoing.post, media),
            "status": "publish",
            "slug": post_slug(outgoing.key),
        }
        first = next((medium["id"] for medium in media if not medium.get("film")), None)
        return self.build("POST", POSTS, json=body | ({"featured_media": first} if first else {}))

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return _receipt(answer.json())

    def refusal(self, answer: Answer) -> ChannelError | None:
        if answer.status < 400:
            return None
        code, words = answer.object.get("code"), f"HTTP {answer.status}: {answer.words}"
        if code in LOCKED_OUT:
            return Unauthorized(words)
        return NoSuchPage(words) if code == "rest_no_route" else None

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        """Look by the slug, which is this delivery's alone: `since` is not needed."""
        sought = {"slug": post_slug(outgoing.key), "context": "edit"}
        try:
            posts = await self.learn(list, "GET", POSTS, params={**sought, "status": EVERY_STATUS})
        except Rejected:  # not all users may ask for what is not public
            posts = await self.learn(list, "GET", POSTS, params={"slug": sought["slug"]})
        ours = [post for post in posts if str(post["id"]) not in taken]
        public = [post for post in ours if post.get("status") == "publish"]
        return _receipt((public or ours)[0]) if ours else None

    async def delete(self, remote_id: str) -> None:
        """Move it to the trash, out of which a person can take it again."""
        await self.gone(self.ask("DELETE", f"{POSTS}/{remote_id}"))

    async def edit(self, remote_id: str, post: Post) -> None:
        """Replace title and words. The pictures stand among the words, so what is shown of them is read first."""
        found = await self.learn(dict, "GET", f"{POSTS}/{remote_id}", params={"context": "edit"})
        if found.get("status") != "publish":
            raise Rejected(f"post {remote_id} is there, but not public ({found.get('status')})")
        shown = SHOWN.findall(str((found.get("content") or {}).get("raw", "")))
        body = {"title": post.title, "content": "".join([content(post, []), *shown])}
        await self.learn(dict, "POST", f"{POSTS}/{remote_id}", json=body)

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        """Return how many comments are shown under a post: of all else a site of WordPress' own knows nothing."""
        post = await self.learn(dict, "GET", f"{POSTS}/{remote_id}", params={"_fields": "id,status"})
        if post.get("status") != "publish":
            raise NotFound(f"post {remote_id} is there, but not public ({post.get('status')})")
        asked = {"post": remote_id, "per_page": "1", "_fields": "id"}
        try:
            total = (await self.ask("GET", COMMENTS, params=asked)).headers.get("x-wp-total", "")
        except (Unauthorized, Rejected, NoSuchPage):  # a site on which nobody comments
            return {}
        return {"comments": int(total)} if total.isdecimal() else {}


def _receipt(post: Mapping[str, Any]) -> Receipt:
    if post["status"] != "publish":
        raise Unconfirmed(
            f"post {post['id']} is there, but not public ({post['status']}): may this user publish, not only write?"
        )
    return Receipt(str(post["id"]), str(post.get("link") or ""))


def post_slug(key: str) -> str:
    """Return the slug of a delivery: readable, at most 190 characters, and no other delivery's."""
    return f"{slug(key, 179)}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def content(post: Post, media: list[Mapping[str, Any]]) -> str:
    """Return a post and its pictures as WordPress stores them; it makes paragraphs of the newlines itself."""
    figures = [f"\n\n<figure>{_shown(medium)}</figure>" for medium in media]
    return "".join([as_html(post.text, post.spans, _linked, _escaped), *figures])


def _linked(text: str) -> str:
    parts, end = [], 0
    for link in URL.finditer(text):
        address = _escaped(link[0])
        parts += [_escaped(text[end : link.start()]), f'<a href="{address}">{address}</a>']
        end = link.end()
    return "".join([*parts, _escaped(text[end:])])


def _shown(medium: Mapping[str, Any]) -> str:
    """Return a picture or film as HTML. No block of WordPress' own: one, and it makes no paragraphs of newlines any more."""
    source, words = html.escape(medium["source_url"]), html.escape(medium["alt"])
    if medium.get("film"):
        return f'<video controls preload="metadata" src="{source}" aria-label="{words}"></video>'
    return f'<img src="{source}" alt="{words}">'


def _escaped(text: str) -> str:
    # a word in square brackets could be a shortcode, which WordPress would carry out
    return html.escape(text).replace("[", "&#91;").replace("]", "&#93;")
