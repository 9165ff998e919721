"""A Facebook Page, spoken for by its own token. Pictures are uploaded unseen first; one request then makes the post.

Facebook knows no key that makes a repeated request harmless, and refuses the same text twice in a row. After a lost
answer the newest posts are looked at: for our pictures, whose ids only this delivery has, then for our words.
Sources: developers.facebook.com/docs (pages-api/posts, graph-api/reference/page/feed, page/photos, page-post).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from scheduler import clock
from scheduler.channels import facebook_film, facebook_metrics, graph
from scheduler.channels.contract import Account, Channel, Limits, Outgoing, Picture, Post, Receipt, Save, Taken
from scheduler.channels.facebook_film import FilmOnPage
from scheduler.channels.facebook_posts import newest, pictured, written_by
from scheduler.channels.graph import VERSION, NoPreview, NotThere
from scheduler.channels.http import Answer, NoSuchPage
from scheduler.channels.take_down import take_down
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import URL, say, squeeze

OF_META = re.compile(r"https?://([\w-]+\.)*(facebook\.com|fb\.com|fb\.me|fb\.watch)\b", re.IGNORECASE)
STAGED_LIFE = timedelta(hours=20)  # unseen pictures are said to vanish after a day


class Facebook(Channel):
    network = "facebook"
    # but for the bytes no page of Meta's states them today; these are what other programs keep to
    limits = Limits(text=63_206, images=10, image_bytes=4_000_000, alt=1000, video=facebook_film.LIMITS)
    credentials = ("page_access_token",)
    optional_credentials = ("app_secret",)
    home = "https://graph.facebook.com"
    options = {
        "api_version": "v26.0",  # unless base_url ends in one
        "reels": "auto",  # a film of a phone's shape and at most 90 seconds goes out as a reel; or `never`
        "video": "ahead",  # any other is converted unseen and then shown; or `finish`: shown when its upload is closed
        "link": "first",  # show the page of the first address of a text without pictures; or `none`
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.base_url, self.version = graph.versioned(self.base_url, self.option("api_version"))
        if secret := self.secrets.get("app_secret"):  # among the secrets, so that it is hidden as one
            self.secrets["proof"] = graph.proof(secret, self.secrets["page_access_token"])
        self._app_id = ""
        self._unshown: set[str] = set()  # addresses whose page Meta would not show
        self._dead: set[str] = set()  # metrics that Meta no longer counts

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "api_version" and not VERSION.fullmatch(value):
            return say(f'"{value}" không phải phiên bản; ví dụ: v26.0', f'"{value}" is no version; for example v26.0')
        known = {"link": ("first", "none"), "reels": ("auto", "never"), "video": ("ahead", "finish")}.get(name, ())
        if known and value not in known:
            return say(f'"{value}": chỉ có {known[0]} hoặc {known[1]}', f'"{value}": it is {known[0]} or {known[1]}')
        return ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['page_access_token']}"}

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        proof = {"appsecret_proof": self.secrets["proof"]} if "proof" in self.secrets else {}
        asked = urlencode(proof | how.pop("params", {}))  # in the address: such are parsed once for many requests
        return super().build(method, f"/{self.version}{path}{asked and '?'}{asked}", **how)

    def refusal(self, answer: Answer) -> ChannelError | None:
        return facebook_film.meaning(answer) or graph.meaning(answer, self.secrets.values())

    # the account

    async def check_account(self) -> Account:
        try:
            us = await self._who()
        except Rejected as error:
            raise Unauthorized(str(error)) from None
        if str(us.get("id")) != self.account:
            words = f"{us.get('name', '')} ({us.get('id', '')})"
            raise Unauthorized(
                say(
                    f"mã này của {words}, không phải của trang {self.account}; cần mã của chính trang (Page token)",
                    f"the token belongs to {words}, not to the page {self.account}; it has to be the page's own",
                )
            )
        return Account(str(us.get("name") or self.account), expires=await self._expiry())

    async def _who(self) -> dict[str, Any]:
        asked = {"fields": "id,name"}
        try:
            return await self.learn(dict, "GET", "/me", params=asked)
        except (NotThere, NotFound, NoSuchPage):  # what stands in for Meta may know no "me"
            return await self.learn(dict, "GET", f"/{self.account}", params=asked)

    async def _expiry(self) -> datetime | None:
        """Return when the token runs out; None: never, or Meta does not tell (only to who has the app's secret)."""
        secret = self.secrets.get("app_secret")
        try:
            if not (secret and (app := await self._app())):
                return None
            spoken_by = f"{app}|{secret}"
            asked = {
                "input_token": self.secrets["page_access_token"],
                "appsecret_proof": graph.proof(secret, spoken_by),
            }
            by_the_app = {"Authorization": f"Bearer {spoken_by}"}
            answer = await self.ask("GET", "/debug_token", params=asked, headers=by_the_app)
        except ChannelError:
            return None  # the token has just worked: this is only to know how long it will
        return graph.expiry(answer.object.get("data"))

    async def _app(self) -> str:
        """Return the id of the app through which we speak, or nothing when Meta will not tell."""
        if not self._app_id:
            try:
                self._app_id = str((await self.ask("GET", "/app", params={"fields": "id"})).object.get("id") or "")
            except (Rejected, Unauthorized, NoSuchPage):
                return ""
        return self._app_id

    # the post

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        if outgoing.post.video is not None:
            return await FilmOnPage(self, outgoing).prepare(save)
        kept = dict(outgoing.checkpoint)
        if "staged" in kept and clock.now() - datetime.fromisoformat(kept["staged"]) > STAGED_LIFE:
            kept = {"before": _ours(kept)}
        for picture in outgoing.post.images[len(kept.get("photos", ())) :]:
            kept.setdefault("staged", clock.now().isoformat())
            kept["photos"] = [*kept.get("photos", ()), await self._stage(picture)]
            await save(kept)
        return kept

    async def _stage(self, picture: Picture) -> str:
        files = {"source": ("picture", self.picture_bytes(picture), picture.mime)}
        fields = {"published": "false", "alt_text_custom": picture.alt}
        photo = (await self.learn(dict, "POST", f"/{self.account}/photos", data=fields, files=files)).get("id")
        if not photo:
            raise Unavailable("Meta did not say under which id it keeps the picture")
        return str(photo)

    def request(self, outgoing: Outgoing) -> httpx.Request:
        if outgoing.post.video is not None:
            return FilmOnPage(self, outgoing).request()
        photos, post = outgoing.checkpoint.get("photos", ()), outgoing.post
        if len(photos) != len(post.images):
            raise Unavailable("not all pictures are uploaded")
        body: dict[str, Any] = {"message": post.text}
        if photos:
            body["attached_media"] = [{"media_fbid": photo} for photo in photos]
        elif link := self._link(post.text):
            body["link"] = link
        return self.build("POST", f"/{self.account}/feed", json=body)

    def _link(self, text: str) -> str:
        """Return the address whose page is to be shown under a text: the first, unless Meta will not show it."""
        first = URL.search(text) if self.option("link") == "first" else None
        return first[0] if first and first[0] not in self._unshown and not OF_META.match(first[0]) else ""

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        try:
            return await super().publish(outgoing, request)
        except NoPreview as error:  # certainly not public, and not for what it says: say it without the preview
            if not (link := self._link(outgoing.post.text)):
                raise Rejected(str(error)) from None
            self._unshown.add(link)
            return await super().publish(outgoing, self.request(outgoing))

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return FilmOnPage(self, outgoing).receipt(answer) if outgoing.post.video else _receipt(answer.json())

    # afterwards

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        if outgoing.post.video is not None:
            film = FilmOnPage(self, outgoing)
            if film.ids:
                return await film.find()
        posts = [post async for post in newest(self, since) if post["id"] not in taken]
        photos = set(_ours(outgoing.checkpoint))
        for post in posts:
            if photos & set(pictured(post)):
                return _receipt(post)
        same = [post for post in posts if squeeze(str(post.get("message", ""))) == squeeze(outgoing.post.text)]
        ours = await self._app() if same else ""
        for post in same:
            if not ours or written_by(post) in ("", ours):
                return _receipt(post)
        for post in same:
            raise Unconfirmed(
                say(
                    f"trên trang đã có bài cùng chữ, nhưng do người hay ứng dụng khác đăng: {_address(post['id'])}",
                    f"the page has a post of the same words, but by a person or another app: {_address(post['id'])}",
                )
            )
        return None

    async def delete(self, remote_id: str) -> None:
        await take_down(self, remote_id, "id", lambda told: _address(remote_id))

    async def edit(self, remote_id: str, post: Post) -> None:
        answer = await self.ask("POST", f"/{remote_id}", json={"description" if post.video else "message": post.text})
        if answer.object.get("success") is not True:
            raise Unavailable(f"Meta did not change it: {answer.words}")

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        try:
            post = remote_id if "_" in remote_id else await facebook_film.post_of(self, remote_id)
        except NotThere as error:
            raise NotFound(str(error)) from None
        return await facebook_metrics.of_post(self, post, self._dead)


def _receipt(post: Mapping[str, Any]) -> Receipt:
    return Receipt(str(post["id"]), _address(str(post["id"])))


def _address(remote_id: str) -> str:
    return f"https://www.facebook.com/{remote_id}"


def _ours(checkpoint: Mapping[str, Any]) -> list[str]:
    """Return the ids of all pictures that were ever uploaded for a delivery."""
    return [*checkpoint.get("before", ()), *checkpoint.get("photos", ())]
