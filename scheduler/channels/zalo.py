"""A Zalo Official Account: articles. The answer to a new article is a token; only verifying it gives the article's id.

Shown at once, the request that creates is the one that makes public, and a lost answer is looked for by title and time.
With `hidden_first` the article is created hidden, and the request that makes public shows the one whose id we have.
Source: developers.zalo.me (Official Account API). Not done: video.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from scheduler import clock
from scheduler.channels import zalo_answers, zalo_tokens
from scheduler.channels import zalo_shelf as shelf
from scheduler.channels.consent import Consent
from scheduler.channels.contract import (
    Account,
    Channel,
    Outgoing,
    Post,
    Receipt,
    Renewed,
    Save,
    Taken,
)
from scheduler.channels.http import Answer
from scheduler.channels.media import Media
from scheduler.channels.zalo_answers import OA, account_said, code_of, data_of, words_of
from scheduler.channels.zalo_article import (
    AUTHOR,
    HOME,
    LIMITS,
    NETWORK,
    article,
    cover_in,
    cover_of,
    pictures_in,
    title_of,
)
from scheduler.clock import moment
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import say, squeeze

COUNTERS = {"views": "total_view", "shares": "total_share"}

ADDRESS = re.compile(r"https?://[!-~]+")
NAME = "/{name}"  # ends the option `pictures`


class Zalo(Channel):
    network = NETWORK
    limits = LIMITS
    home = HOME
    credentials = ("app_id", "app_secret")
    optional_credentials = ("refresh_token",)
    kept = ("access_token", "refresh_token")
    renew_every = timedelta(hours=12)  # of 25: there is a second chance
    rotates = True
    has_session = True  # every article needs addresses that are there
    fetches = True
    options = {
        "cover": "",  # public address of the cover of posts without any, no part of what is approved; {campaign}: its id
        "pictures": "",  # where Zalo fetches pictures, if not from LOA_MEDIA_URL: https://.../{name}
        "hidden_first": "no",  # yes: create hidden, then show
        "comment": "hide",  # show: readers may comment
        "author": "",
        "settle": "180",  # seconds after which a new article is in the list, if it was created
        "redirect": "",  # the callback address that the app knows
        "oauth_url": "",  # where consents and tokens are; "": as base_url where that is given, else Zalo's own
        "consent_days": "90",  # how long a consent lasts
        "consent_renewed": "no",  # yes: each renewal lets it last as long again; not known to be so
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        usual = "https://oauth.zaloapp.com" if self.base_url == self.home else self.base_url
        self.oauth = (self.option("oauth_url") or usual).rstrip("/")
        self.hidden_first = self.option("hidden_first") == "yes"

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        choices = {"hidden_first": "yes, no", "consent_renewed": "yes, no", "comment": "show, hide"}.get(name)
        if choices is not None:
            return "" if value in choices.split(", ") else say(f"chỉ nhận: {choices}", f"takes: {choices}")
        if name in ("settle", "consent_days"):
            good = value.isascii() and value.isdecimal() and 0 < int(value) < 10_000
            return "" if good else say("phải là số nguyên dương", "must be a positive whole number")
        if name == "author":
            return "" if len(value) <= AUTHOR else say(f"dài nhất {AUTHOR} ký tự", f"at most {AUTHOR} characters")
        if name == "pictures" and not (ADDRESS.fullmatch(value) and value.endswith(NAME)):
            return say(
                "phải là địa chỉ http(s) không dấu và kết thúc bằng /{name} (tên tệp trong var/media); "
                "ví dụ: https://anh.hanoi.gov.vn/loa/{name}",
                "must be an http(s) address in ASCII that ends in /{name} (the file's name in var/media); "
                "for example: https://anh.hanoi.gov.vn/loa/{name}",
            )
        if not ADDRESS.fullmatch(value):
            return say(
                "phải là địa chỉ http(s) không dấu, không khoảng trắng; ví dụ: https://hanoi.gov.vn/loa/bia.jpg",
                "must be an http(s) address in ASCII without blanks; for example: https://hanoi.gov.vn/loa/cover.jpg",
            )
        return ""

    @classmethod
    def doubtful(cls, options: Mapping[str, str]) -> str:
        if not options.get("cover"):
            return ""
        return say(
            "bìa theo options.cover không nằm trong bài được duyệt: ai đổi ảnh ở địa chỉ ấy thì bài ra khác; "
            "viết cover: {file: ..., alt: ...} vào chiến dịch, rồi bỏ tuỳ chọn này",
            "the cover of options.cover is no part of what is approved: whoever changes the picture there changes the post; "
            "write cover: {file: ..., alt: ...} into the campaign and drop this option",
        )

    @classmethod
    def lacking(cls, post: Post, options: Mapping[str, str]) -> str:
        if post.cover or post.images or options.get("cover"):
            return ""
        return say(
            "zalo: bài bắt buộc có ảnh bìa; thêm cover: {file: images/bia.jpg, alt: ...} vào thông điệp hoặc chiến dịch, "
            "hoặc thêm images",
            "zalo: an article must have a cover; add cover: {file: images/cover.jpg, alt: ...} to the message or campaign, "
            "or add images",
        )

    @classmethod
    def needs_media(cls, options: Mapping[str, str]) -> bool:
        return not options.get("pictures")

    def headers(self) -> dict[str, str]:
        return {"access_token": self.secrets.get("access_token", "")}

    def refusal(self, answer: Answer) -> ChannelError | None:
        return zalo_answers.refusal(answer)

    @property
    def appears_within(self) -> timedelta:
        return timedelta(0) if self.hidden_first else timedelta(seconds=int(self.option("settle")))

    async def check_account(self) -> Account:
        return account_said(await self.ask("GET", OA), self.account)

    # --- tokens -----------------------------------------------------------------------------------------------------

    async def renew(self) -> Renewed:
        first = "access_token" not in self.secrets
        lasts = first or self.option("consent_renewed") == "yes"
        form = {"grant_type": "refresh_token", "refresh_token": self.secrets["refresh_token"]}
        return await self._tokens(form, self._consent_ends() if lasts else None)

    def consent_page(self, consent: Consent) -> str:
        return zalo_tokens.consent_page(self.oauth, self.secrets["app_id"], consent)

    async def redeem(self, consent: Consent, brought: Mapping[str, str]) -> Renewed:
        zalo_tokens.must_be_ours(brought, self.account)
        code = {"grant_type": "authorization_code", "code": brought["code"], "code_verifier": consent.verifier}
        return await self._tokens(code, self._consent_ends())

    def _consent_ends(self) -> datetime:
        return clock.now() + timedelta(days=int(self.option("consent_days")))

    async def _tokens(self, form: Mapping[str, str], ends: datetime | None) -> Renewed:
        request = self.wire.build(
            "POST",
            f"{self.oauth}/v4/oa/access_token",
            headers={"secret_key": self.secrets["app_secret"]},
            data={"app_id": self.secrets["app_id"], **form},
        )
        answer = await self.exchange(request, zalo_answers.refusal_of_tokens)
        return self.wire.understand(lambda: zalo_tokens.renewed(answer, ends))

    # --- publishing -------------------------------------------------------------------------------------------------

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        """See that the pictures lie where Zalo will fetch them; with `hidden_first` also create the hidden article."""
        kept = dict(outgoing.checkpoint)
        if not kept.get("seen"):
            for picture in (*outgoing.post.images, *filter(None, [outgoing.post.cover])):
                await asyncio.to_thread(self.picture_bytes, picture)
                await self._gallery.reachable(picture)
            self._article(outgoing, "hide")
            kept["seen"] = True
            await save(kept)
        if self.hidden_first and not kept.get("id"):
            kept["id"] = await self._hidden(outgoing, kept, save)
            await save(kept)
        return kept

    @property
    def _gallery(self) -> Media:
        """Where Zalo fetches pictures."""
        where = self.option("pictures")
        return replace(self.media, base=where.removesuffix(NAME)) if where else self.media

    def _article(self, outgoing: Outgoing, status: str) -> dict[str, Any]:
        pictures = [self._gallery.address(picture) for picture in outgoing.post.images]
        if outgoing.post.cover is not None:
            cover = self._gallery.address(outgoing.post.cover)
        else:
            cover = pictures[0] if pictures else cover_of(self.option("cover"), outgoing)
        if not cover:
            raise Unauthorized(f"{self.id}: {self.lacking(outgoing.post, {})}")
        return article(
            outgoing.post,
            cover=cover,
            pictures=pictures,
            status=status,
            author=self.option("author"),
            comment=self.option("comment"),
        )

    async def _hidden(self, outgoing: Outgoing, kept: dict[str, Any], save: Save) -> str:
        """Create the article hidden and return its id; what an earlier try has left is taken up."""
        if not kept.get("token"):
            if began := kept.get("began"):
                for found in await shelf.newest(self, moment(began)):
                    if found["status"] == "hide" and self._says(found, outgoing):
                        return str(found["id"])
            kept["began"] = clock.micros(clock.now() - timedelta(minutes=2))
            await save(kept)
            answer = await self.ask("POST", f"{shelf.ARTICLE}/create", json=self._article(outgoing, "hide"))
            kept["token"] = str(data_of(answer)["token"])
            await save(kept)
        try:
            return await shelf.verified(self, kept["token"])
        except (shelf.MediaFailed, Rejected) as error:  # no article, or a token that is no longer known
            kept.pop("token")
            await save(kept)
            raise Unavailable(str(error)) from None

    def request(self, outgoing: Outgoing) -> httpx.Request:
        shown = self._article(outgoing, "show")
        if self.hidden_first:
            return self.build("POST", f"{shelf.ARTICLE}/update", json={"id": outgoing.checkpoint["id"], **shown})
        return self.build("POST", f"{shelf.ARTICLE}/create", json=shown)

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        answer = await self._send(lambda: self.request(outgoing), publishing=True, built=request)
        token = self.wire.understand(lambda: _token(answer))
        try:
            id = await shelf.verified(self, token)
        except shelf.MediaFailed:
            raise
        except ChannelError as error:
            raise Unconfirmed(f"accepted, but not verified yet: {error}") from None
        return Receipt(id, await self._link(id))

    async def _link(self, id: str) -> str:
        try:
            return str((await shelf.detail(self, id)).get("link_view") or "")
        except ChannelError:
            return ""  # it is public all the same

    # --- looking and taking down ------------------------------------------------------------------------------------

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        """Look for the article by the id we have, else for one that is shown, with its title, created since then."""
        if id := outgoing.checkpoint.get("id"):
            return await self._find_by_id(str(id))
        for found in await shelf.newest(self, since):
            if found["status"] == "show" and str(found["id"]) not in taken and self._says(found, outgoing):
                return _receipt(found)
        return None

    async def _find_by_id(self, id: str) -> Receipt | None:
        try:
            found = await shelf.detail(self, id)
        except Rejected:  # a person has removed it
            return None
        return _receipt(found | {"id": id}) if found["status"] == "show" else None

    def _says(self, found: Mapping[str, Any], outgoing: Outgoing) -> bool:
        return squeeze(str(found["title"])) == title_of(outgoing.post)

    async def delete(self, remote_id: str) -> None:
        try:
            data = await self.ask("POST", f"{shelf.ARTICLE}/remove", json={"id": remote_id})
        except Rejected:
            if await shelf.is_there(self, remote_id):
                raise
        else:
            if code_of(data) != 0:
                raise Unavailable(words_of(data))

    async def edit(self, remote_id: str, post: Post) -> None:
        """Give an article other words. All of it is said anew, so what is shown of it is read first and stays."""
        told = await shelf.detail(self, remote_id)
        if told.get("status") != "show":
            raise Rejected(f"article {remote_id} is there, but hidden")
        said = article(
            post,
            **await self._shown(post, told),
            status="show",
            author=str(told.get("author") or self.option("author")),
            comment=str(told.get("comment") or self.option("comment")),
        )
        # also when it seems to say so already: what is read may be older than a correction whose answer was lost
        answer = await self.ask("POST", f"{shelf.ARTICLE}/update", json={"id": remote_id, **said})
        if (id := await shelf.verified(self, str(data_of(answer)["token"]))) != remote_id:
            raise Unavailable(f"not the article {remote_id} was changed, but {id}")

    async def _shown(self, post: Post, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return cover and pictures of an article as Zalo itself has them; else as we do, when they are still there."""
        cover, pictures = cover_in(told), pictures_in(told)
        if len(pictures) != len(post.images):
            pictures = [await self._gallery.reachable(picture) for picture in post.images]
        if not cover and post.cover is not None:
            cover = await self._gallery.reachable(post.cover)
        if not (cover := cover or next(iter(pictures), "")):
            raise Rejected(
                say(
                    "Zalo không cho biết ảnh bìa của bài, và bài không có ảnh bìa riêng; sửa trong OA Manager",
                    "Zalo does not tell the article's cover, and the post has none of its own; mend it in the OA Manager",
                )
            )
        return {"cover": cover, "pictures": pictures}

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        try:
            found = await shelf.detail(self, remote_id)
        except Rejected as error:  # a person has removed it
            raise NotFound(str(error)) from None
        if found.get("status") != "show":
            raise NotFound(f"article {remote_id} is there, but hidden")
        return {word: found[name] for word, name in COUNTERS.items() if isinstance(found.get(name), int)}


def _token(answer: Answer) -> str:
    data = answer.object.get("data")
    token = data.get("token") if isinstance(data, dict) else None
    if code_of(answer) != 0 or not token:
        raise Unconfirmed(words_of(answer))
    return str(token)


def _receipt(found: Mapping[str, Any]) -> Receipt:
    return Receipt(str(found["id"]), str(found.get("link_view") or ""))
