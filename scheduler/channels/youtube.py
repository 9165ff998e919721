"""A YouTube channel. A film is uploaded as private, long before; one small request then makes it public.

Setting a film public that is public already changes nothing, so that request may be repeated. What an upload without an
answer has left is asked of its session, exactly, or looked for among our uploads by a mark in the tags: there is never a
second film, not even a private one. Not used: `publishAt`, by which YouTube itself would make it public; then a hold, a
mourning or a law that has ended could no longer stop it while this house is cut off.
Sources: developers.google.com/youtube/v3 (videos, playlistItems, channels, thumbnails), the discovery document.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from scheduler import clock
from scheduler.channels import youtube_answers, youtube_cover, youtube_tokens, youtube_upload
from scheduler.channels.consent import Consent
from scheduler.channels.contract import (
    JPEG,
    PNG,
    Account,
    Channel,
    Limits,
    Outgoing,
    Post,
    Receipt,
    Renewed,
    Save,
    Taken,
    VideoLimits,
)
from scheduler.channels.http import Answer
from scheduler.channels.youtube_films import film_of, newest
from scheduler.channels.youtube_quota import Day
from scheduler.channels.youtube_words import DESCRIPTION, NEVER, TITLE, is_marked, mark_of, reworded, snippet
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable
from scheduler.text import say, utf8

VIDEOS = "/youtube/v3/videos"
COVER = 2_000_000  # bytes; one page of Google's says 50 MB, another 2
WIDESCREEN = 1280, 720  # of covers, as YouTube recommends
SESSIONS = 3  # begun in one go
SETTLE = timedelta(minutes=5)  # after the last byte a film is among our uploads by then
LOOKS = (2.0, 3.0, 5.0, 10.0, 20.0, *[30.0] * 8)  # seconds between looks at a film that is being processed
LONG = 900  # seconds; what is longer, only verified channels may upload
KEPT = ("embeddable", "license", "publicStatsViewable", "containsSyntheticMedia")  # of a status, else it is lost
COUNTERS = {"views": "viewCount", "reactions": "likeCount", "comments": "commentCount"}
YES_NO = ("yes", "no")


class YouTube(Channel):
    network = "youtube"
    limits = Limits(
        text=DESCRIPTION,
        count=utf8,
        counted="byte",
        image_bytes=COVER,
        image_types=(JPEG, PNG),
        image_side=WIDESCREEN[0],
        video=VideoLimits(
            size=274_877_906_944,
            seconds=(1, 12 * 3600),
            side=8192,
            codecs=("H.264", "H.265", "VP9", "AV1", "MPEG-4 Visual", "ProRes"),
            sounds=("AAC", "MPEG Audio", "Opus", "PCM", "AC-3"),
            cover=WIDESCREEN,
        ),
        needs_media=True,
        never=NEVER,
        title=True,
        title_most=TITLE,
        card=WIDESCREEN,
    )
    home = "https://www.googleapis.com"
    credentials = ("client_id", "client_secret")
    optional_credentials = ("refresh_token",)
    kept = ("access_token", "refresh_token")
    renew_every = timedelta(hours=12)  # of an hour's token: so that a dead consent is known before a film is due
    has_session = True  # every post is a film, and needs its steps
    film_early = timedelta(hours=24)  # at the most; how long, `hours_ahead` says
    idempotent = True
    options = {
        "category": "25",  # news and politics; 27 education, 29 nonprofits and activism
        "made_for_kids": "no",
        "notify": "yes",  # subscribers hear of it
        "hours_ahead": "3",  # from the upload to the moment at which the film becomes public
        "redirect": "",  # the callback address that the app knows
        "oauth_url": "",  # where consents and tokens are; "": as base_url where that is given, else Google's own
        "uploads_per_day": "100",  # of the project's quota, a day in California
        "units_per_day": "10000",  # of the project's quota; channels that share a project share it too
        "upload_cost": "0",  # units; projects of before 2025 pay 1600
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.oauth = (self.option("oauth_url") or ("" if self.base_url == self.home else self.base_url)).rstrip("/")
        self.day = Day(*(int(self.option(name)) for name in ("units_per_day", "uploads_per_day", "upload_cost")))
        self._uploads = ""  # the playlist that holds all our films
        self._long = False  # whether films longer than a quarter of an hour are taken

    def lead(self, post: Post) -> timedelta:
        return timedelta(hours=int(self.option("hours_ahead")))

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name in ("made_for_kids", "notify"):
            return "" if value in YES_NO else say("chỉ nhận: yes, no", "takes: yes, no")
        if name == "hours_ahead":
            good = re.fullmatch(r"[0-9]|1[0-9]|2[0-4]", value)
            return "" if good else say("phải là số giờ, từ 0 đến 24", "must be hours, from 0 to 24")
        if name in ("category", "uploads_per_day", "units_per_day", "upload_cost"):
            good = re.fullmatch(r"[0-9]{1,7}", value)
            return "" if good else say("phải là số nguyên", "must be a whole number")
        if not re.fullmatch(r"https?://[!-~]+", value):
            return say("phải là địa chỉ http(s)", "must be an http(s) address")
        return ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets.get('access_token', '')}"}

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        if not path.startswith(("http://", "https://")):  # else the address of a session
            return super().build(method, path, **how)
        return self.wire.build(method, path, headers={**self.headers(), **how.pop("headers", {})}, **how)

    def refusal(self, answer: Answer) -> ChannelError | None:
        return youtube_upload.onward(answer) or youtube_answers.refusal(answer)

    async def _sent(self, request: httpx.Request, *, publishing: bool) -> Answer:
        self.day.spend(request.method, request.url.path, clock.now())
        return await super()._sent(request, publishing=publishing)

    def _hear(self, answer: Answer) -> None:
        self.usage = self.day.usage(clock.now()) or self.usage

    # --- the account and its tokens ---------------------------------------------------------------------------------

    async def check_account(self) -> Account:
        asked = {"part": "snippet,contentDetails,status", "mine": "true"}
        told = await self.learn(dict, "GET", "/youtube/v3/channels", params=asked)
        us: dict[str, Any] = next(iter(told.get("items") or ()), {})
        if not us and "pageInfo" not in told:
            raise Unavailable("YouTube did not say who we are")
        if us.get("id") != self.account:
            words = f"{(us.get('snippet') or {}).get('title', '?')} ({us.get('id', '?')})"
            raise Unauthorized(
                say(
                    f"mã này của kênh {words}, không phải {self.account}; chạy loa login {self.id} và chọn đúng kênh "
                    "(tài khoản thương hiệu hiện thành một dòng riêng)",
                    f"the token belongs to {words}, not to {self.account}; run loa login {self.id} and pick that channel "
                    "(a brand account is a line of its own)",
                )
            )
        self._uploads = str(us["contentDetails"]["relatedPlaylists"]["uploads"])
        self._long = (us.get("status") or {}).get("longUploadsStatus") == "allowed"
        return Account(f"{us['snippet']['title']} ({self.account})")

    async def renew(self) -> Renewed:
        return youtube_tokens.renewed(await self._tokens("refresh_token", refresh_token=self.secrets["refresh_token"]))

    def consent_page(self, consent: Consent) -> str:
        address = self.oauth or "https://accounts.google.com"
        return youtube_tokens.consent_page(address, self.secrets["client_id"], consent)

    async def redeem(self, consent: Consent, brought: Mapping[str, str]) -> Renewed:
        code = {"code": brought["code"], "code_verifier": consent.verifier, "redirect_uri": consent.redirect}
        answer = await self._tokens("authorization_code", **code)
        youtube_tokens.must_be_enough(answer)
        return self.wire.understand(lambda: youtube_tokens.renewed(answer))

    async def _tokens(self, kind: str, **form: str) -> Answer:
        app = {name: self.secrets[name] for name in ("client_id", "client_secret")}
        address = f"{self.oauth or 'https://oauth2.googleapis.com'}/token"
        request = self.wire.build("POST", address, data={"grant_type": kind, **app, **form})
        return await self.exchange(request, youtube_answers.refusal_of_tokens)

    # --- the film, before it is public ------------------------------------------------------------------------------

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        """Upload the film as private, wait until YouTube has processed it, and set its cover."""
        kept = dict(outgoing.checkpoint)
        if "id" not in kept:
            try:
                kept["id"] = await self._uploaded(outgoing, kept, save)
            except RateLimited as error:  # of uploads: films that are up already may become public
                raise RateLimited(str(error), error.retry_at, alone=True) from None
            await save(kept)
        status = await self._processed(kept["id"])
        kept["amiss"] = await self._cover(outgoing, kept)
        kept["status"] = {name: status[name] for name in KEPT if name in status}
        await save(kept)
        return kept

    async def _cover(self, outgoing: Outgoing, kept: dict[str, Any]) -> str:
        """See that the film has the cover of its post, and no other; return what is amiss, '' when nothing is."""
        cover = outgoing.post.cover
        if cover is None:
            return await youtube_cover.left_over(self, kept["id"]) if kept.get("found") else ""
        if kept.get("cover"):
            return ""
        patient = not kept.get("amiss")  # a second look whether the channel was verified meanwhile delays nothing
        words = await youtube_cover.put_on(self, kept["id"], cover, outgoing, patient=patient)
        kept["cover"] = not words
        return words

    async def _uploaded(self, outgoing: Outgoing, kept: dict[str, Any], save: Save) -> str:
        """Return the id of the film, taking up whatever an earlier try has left."""
        if not self._uploads:  # it also tells how long our films may be
            await self.check_account()
        says = self._says(outgoing)
        film = await youtube_upload.film_of(outgoing)

        async def closing() -> None:
            kept["closing"] = clock.now().isoformat()
            await save(kept)

        for _ in range(SESSIONS):
            if not kept.get("session"):
                if found := await self._left(outgoing):
                    await self._say_anew(found, says)
                    kept["found"] = True
                    return str(found["id"])
                if "closing" in kept and clock.now() - datetime.fromisoformat(kept["closing"]) < SETTLE:
                    raise Unavailable("the upload ended without an answer, and it is too early to say what is there")
                kept["session"] = await self._begin(outgoing, says)
                await save(kept)
            try:
                made = await youtube_upload.send(self, kept["session"], film, closing)
            except youtube_upload.SessionGone:
                kept["session"] = ""
                await save(kept)
            else:
                return str(made["id"])
        raise Unavailable("YouTube forgets our uploads again and again")

    def _says(self, outgoing: Outgoing) -> dict[str, Any]:
        """Return what is told of a film when it is uploaded; Rejected when YouTube would never take it."""
        post = outgoing.post
        if post.video is None:
            raise Rejected(say("YouTube chỉ nhận bài có video", "YouTube takes nothing but films"))
        if post.video.seconds > LONG and not self._long:
            raise Unauthorized(
                say(
                    f"video dài {post.video.seconds / 60:.0f} phút, kênh chưa xác minh chỉ đăng được 15 phút; "
                    "xác minh bằng điện thoại tại youtube.com/verify",
                    f"the film has {post.video.seconds / 60:.0f} minutes, a channel that is not verified has 15; "
                    "verify it by telephone at youtube.com/verify",
                )
            )
        if post.cover is not None and post.cover.size > COVER:
            raise Rejected(say("ảnh bìa lớn hơn 2 MB", "the cover is larger than 2 MB"))
        return {"snippet": snippet(outgoing, self.option("category")), "status": self._status("private")}

    def _status(self, privacy: str) -> dict[str, Any]:
        return {"privacyStatus": privacy, "selfDeclaredMadeForKids": self.option("made_for_kids") == "yes"}

    async def _begin(self, outgoing: Outgoing, says: Mapping[str, Any]) -> str:
        assert outgoing.post.video is not None
        self.day.must_have_room(clock.now())
        notify = self.option("notify") == "yes"
        return await youtube_upload.begin(self, outgoing.post.video, says, notify=notify)

    async def _left(self, outgoing: Outgoing) -> dict[str, Any] | None:
        """Return the film that an earlier try has uploaded, if there is one that YouTube would show."""
        mark = mark_of(outgoing)
        if not self._uploads:
            await self.check_account()
        async for film in newest(self, self._uploads):
            if is_marked(film, mark) and youtube_answers.trouble(film.get("status") or {}) is None:
                return film
        return None

    async def _say_anew(self, film: Mapping[str, Any], says: Mapping[str, Any]) -> None:
        """Let a film of an earlier try say what was approved since; one that is public is not touched here."""
        if film["status"]["privacyStatus"] == "private":
            await self.learn(
                dict, "PUT", VIDEOS, params={"part": "snippet"}, json={"id": film["id"], "snippet": says["snippet"]}
            )

    async def _processed(self, id: str) -> dict[str, Any]:
        """Return the status of a film that YouTube has processed; Rejected says why it never will be shown."""
        for pause in (*LOOKS, None):
            film = await film_of(self, id, "status")
            if film is not None:
                status: dict[str, Any] = film["status"]
                if error := youtube_answers.trouble(status):
                    raise error
                if status.get("uploadStatus") == "processed":
                    return status
            if pause is not None:
                await asyncio.sleep(pause)
        raise Unavailable(
            say("YouTube chưa xử lý xong video", "YouTube has not processed the film yet")
            if film is not None
            else say(f"không thấy video {id} trên kênh", f"the film {id} is not on the channel")
        )

    # --- making it public -------------------------------------------------------------------------------------------

    def request(self, outgoing: Outgoing) -> httpx.Request:
        kept = outgoing.checkpoint
        if "status" not in kept:
            raise Unavailable("the film is not processed")
        status = {**kept["status"], **self._status("public")}  # a part is replaced whole
        return self.build("PUT", VIDEOS, params={"part": "status"}, json={"id": kept["id"], "status": status})

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        film = answer.json()
        if error := youtube_answers.trouble(film["status"]):
            raise error
        if film["status"]["privacyStatus"] != "public":
            raise Unauthorized(
                say(
                    "YouTube giữ video ở chế độ riêng tư: dự án Google Cloud chưa qua kiểm tra API (audit). Xin kiểm tra tại "
                    "support.google.com/youtube/contact/yt_api_form; video này phải đăng lại bằng tay trong YouTube Studio",
                    "YouTube keeps the film private: the Google Cloud project has not passed the API audit. Ask for it at "
                    "support.google.com/youtube/contact/yt_api_form; this film has to be uploaded by hand in YouTube Studio",
                )
            )
        return _receipt(str(film["id"]))

    # --- afterwards -------------------------------------------------------------------------------------------------

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        """Look at the film of the checkpoint, else at the newest uploads for one that bears our mark."""
        if id := outgoing.checkpoint.get("id"):
            found = await film_of(self, str(id), "status")
        else:
            found = await self._left(outgoing) if outgoing.post.video is not None else None
        if found is None or found["status"]["privacyStatus"] != "public" or found["id"] in taken:
            return None
        return _receipt(str(found["id"]))

    async def delete(self, remote_id: str) -> None:
        await self.gone(self.ask("DELETE", VIDEOS, params={"id": remote_id}))

    async def edit(self, remote_id: str, post: Post) -> None:
        """Replace title, description and hashtags; what a person has set in the Studio stays."""
        film = await film_of(self, remote_id, "snippet,status")
        if film is None:
            raise NotFound(f"film {remote_id} is not there")
        if film["status"]["privacyStatus"] != "public":
            raise Rejected(f"film {remote_id} is there, but not public ({film['status']['privacyStatus']})")
        # also when it seems to say so already: what is read may be older than a correction whose answer was lost
        said = {"id": remote_id, "snippet": reworded(film, post)}
        told = await self.learn(dict, "PUT", VIDEOS, params={"part": "snippet"}, json=said)
        if told.get("id") != remote_id:
            raise Unavailable("YouTube did not say that the film has other words")

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        film = await film_of(self, remote_id, "status,statistics")
        if film is None or film["status"]["privacyStatus"] != "public":
            raise NotFound(f"film {remote_id} is not public")
        told = film.get("statistics") or {}
        return {word: int(told[name]) for word, name in COUNTERS.items() if name in told}


def _receipt(id: str) -> Receipt:
    return Receipt(id, f"https://www.youtube.com/watch?v={id}")
