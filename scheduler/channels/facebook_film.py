"""A film on a Facebook Page: uploaded and converted unseen, minutes before; one small request then makes it public.

A film of a phone's shape and at most 90 seconds goes out as a reel, any other as a video, uploaded chunk by chunk. Both
have an id from the first answer on, which is the proof after a lost answer. What was cut off goes on where Meta says it
has come to. Sources: developers.facebook.com/docs (video-api/guides/publishing, reels-publishing; page/videos).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from scheduler.channels import upload
from scheduler.channels.contract import Channel, Outgoing, Receipt, Save, Video, VideoLimits
from scheduler.channels.graph import NotThere
from scheduler.channels.http import Answer
from scheduler.errors import ChannelError, Rejected, Unauthorized, Unavailable, Unconfirmed

LIMITS = VideoLimits(2_000_000_000, seconds=(1, 2400))
REEL_SECONDS, REEL_RATIO, REEL_WIDTH, REEL_HEIGHT = (3, 90), (0.55, 0.575), 540, 960  # 9:16

NEVER = frozenset([382, 6000, 1363020, 1363022, 1363023, 1363024, 1363025, 1363026, 1363031, 1363032])
AGAIN = frozenset([389, 6001, 1363019, 1363021, 1363030, 1363033, 1363037, 1363045])
NOT_ALLOWED = frozenset([1363005, 1363042])
MOVED, OVER = 1363037, 1363041  # subcodes: it goes on elsewhere in the file; the session has ended
LOOK_EVERY = 5.0  # seconds between two looks whether a film is converted
MOST_LOOKS = 240
MOST_MOVES = 20  # without getting on


class Moved(Unavailable):
    """Meta wants another part of the file: from `at` to before `end`."""

    def __init__(self, words: str, at: int, end: int) -> None:
        super().__init__(words)
        self.at, self.end = at, end


class Over(Unavailable):
    """The upload has ended unfinished; it is begun anew."""


def meaning(answer: Answer) -> ChannelError | None:
    """Return what an error of an upload says, None when it is none of an upload."""
    said = answer.object
    if isinstance(told := said.get("debug_info"), dict):  # of the host that takes reels
        words = f"Meta: {told.get('type', '')}: {told.get('message', '')}"
        return Unavailable(words) if told.get("retriable") is not False else Rejected(words)
    error = said.get("error")
    if not isinstance(error, dict):
        return None
    codes = {error.get("code"), error.get("error_subcode")} & (NEVER | AGAIN | NOT_ALLOWED | {OVER})
    if not codes:
        return None
    words = f"Meta {error.get('code')}/{error.get('error_subcode')}: {error.get('message', '')}"[:300]
    if OVER in codes:
        return Over(words)
    where = error.get("error_data")
    if MOVED in codes and isinstance(where, dict) and {"start_offset", "end_offset"} <= where.keys():
        return Moved(words, int(where["start_offset"]), int(where["end_offset"]))
    if codes & NOT_ALLOWED:
        return Unauthorized(words)
    return Rejected(words) if codes & NEVER else Unavailable(words)


def is_reel(video: Video) -> bool:
    """Tell whether Facebook takes a film as a reel."""
    (least, most), (narrow, wide) = REEL_SECONDS, REEL_RATIO
    shaped = narrow <= video.width / video.height <= wide
    return shaped and least <= video.seconds <= most and video.width >= REEL_WIDTH and video.height >= REEL_HEIGHT


class FilmOnPage:
    """One film on its way to one page: what was reached stands in the checkpoint of its delivery.

    Under `film`: `video` (Meta's id), `session`, `at` and `end` (the part that is wanted next) or `to` (where the bytes
    of a reel go), `closed` (all bytes are there), `ready` (converted). Under `films`: ids of earlier uploads.
    """

    def __init__(self, page: Channel, outgoing: Outgoing) -> None:
        assert outgoing.post.video is not None
        self.page, self.outgoing, self.video = page, outgoing, outgoing.post.video
        self.kept = dict(outgoing.checkpoint)
        self.film: dict[str, Any] = dict(self.kept.get("film", {}))
        self.reel = page.option("reels") == "auto" and is_reel(self.video)
        self.at_the_end = not self.reel and page.option("video") == "finish"  # closing the upload makes it public

    # --- beforehand -------------------------------------------------------------------------------------------------

    async def prepare(self, save: Save) -> Mapping[str, Any]:
        if self.film.get("ready"):
            return self.kept
        try:
            if not self.film.get("closed"):
                file = await upload.approved(self.video)
                await (self._send_reel(file, save) if self.reel else self._send_chunks(file, save))
            if not self.at_the_end:
                await self._converted(save)
        except (Over, NotThere):
            await self._forget(save)
            raise Unavailable("Meta knows the upload no more; it is begun anew") from None
        await self._keep(save, ready=True)
        return self.kept

    async def _keep(self, save: Save, **reached: Any) -> None:
        self.film |= reached
        self.kept["film"] = self.film
        await save(self.kept)

    async def _forget(self, save: Save) -> None:
        self.kept["films"] = [*self.kept.get("films", ()), self.film.get("video", "")]
        self.kept.pop("film", None)
        self.film = {}
        await save(self.kept)

    def _told(self, at: int) -> None:
        self.outgoing.told(at, self.video.size)

    async def _send_chunks(self, file: Path, save: Save) -> None:
        edge = f"/{self.page.account}/videos"
        if "video" not in self.film:
            asked = {"upload_phase": "start", "file_size": self.video.size}
            told = await self.page.learn(dict, "POST", edge, json=asked)
            video, session = str(_needed(told, "video_id")), str(_needed(told, "upload_session_id"))
            await self._keep(save, video=video, session=session, **_next(told))
        moves = 0
        while self.film["at"] < self.film["end"]:
            before = self.film["at"]
            try:
                await self._keep(save, **_next(await self._send_chunk(edge, file)))
            except Moved as error:
                await self._keep(save, at=error.at, end=error.end)
            moves = 0 if self.film["at"] > before else moves + 1
            if moves > MOST_MOVES:
                raise Unavailable("Meta asks for the same part of the film again and again")
        if not self.at_the_end:
            await self._close(edge, save)

    async def _send_chunk(self, edge: str, file: Path) -> dict[str, Any]:
        at, end = self.film["at"], min(self.film["end"], self.video.size)
        fields = {
            "upload_phase": "transfer", "upload_session_id": self.film["session"], "start_offset": str(at),
        }  # fmt: skip
        answer = await self.page.send_up(
            "POST", edge,
            lambda: upload.form(
                fields, "video_file_chunk", "chunk", "application/octet-stream", file, at, end, self._told
            ),
        )  # fmt: skip
        return answer.object

    async def _close(self, edge: str, save: Save) -> None:
        """Say that all bytes are there, and that it is not to be public yet."""
        try:
            await self.page.learn(dict, "POST", edge, json=self._closing(published=False))
        except (Rejected, Unavailable):
            if (await self._status()).get("video_status") in ("uploading", None):
                raise
        await self._keep(save, closed=True)  # it may have been said before, and its answer lost

    def _closing(self, *, published: bool) -> dict[str, Any]:
        said = {"upload_phase": "finish", "upload_session_id": self.film["session"], "published": published}
        return {**said, "description": self.outgoing.post.text}

    async def _send_reel(self, file: Path, save: Save) -> None:
        if "video" not in self.film:
            told = await self.page.learn(
                dict, "POST", f"/{self.page.account}/video_reels", json={"upload_phase": "start"}
            )
            await self._keep(save, video=str(_needed(told, "video_id")), to=str(_needed(told, "upload_url")))
            at = 0
        else:
            at = _transferred(await self._status())
        if at < self.video.size:
            await self._send_rest(file, at)
        await self._keep(save, closed=True)

    async def _send_rest(self, file: Path, at: int) -> None:
        to = str(self.film["to"])
        here = (urlsplit(self.page.base_url).hostname, urlsplit(to).hostname or "")
        if here[1] != here[0] and not here[1].endswith(".facebook.com"):  # our token goes there
            raise Unavailable(f"Meta named a strange place for the upload: {here[1]}")
        secret = self.page.secrets["page_access_token"]
        said = {"Authorization": f"OAuth {secret}", "offset": str(at), "file_size": str(self.video.size)}
        how = upload.part(file, at, self.video.size, self._told)
        request = self.page.wire.build("POST", to, **{**how, "headers": said | how["headers"]})
        await self.page.wire.send(request, self.page.refusal, hide=self.page.secrets.values(), publishing=False)

    # --- what Meta makes of it --------------------------------------------------------------------------------------

    async def _status(self) -> dict[str, Any]:
        told = await self.page.learn(dict, "GET", f"/{self.film['video']}", params={"fields": "status"})
        status = told.get("status")
        return status if isinstance(status, dict) else {}

    async def _converted(self, save: Save) -> None:
        """Wait until a film is converted (a reel: until all of it has arrived; the rest is done when it is public)."""
        enough = ("ready", "processing", "upload_complete") if self.reel else ("ready",)
        for _ in range(MOST_LOOKS):
            status = await self._status()
            match status.get("video_status"):
                case name if name in enough:
                    return
                case "error":
                    await self._failed(status, save)
                case "upload_failed" | "expired":
                    raise Over("the upload has failed")
            await asyncio.sleep(LOOK_EVERY)
        raise Unavailable("Meta is still converting the film")

    async def _failed(self, status: Mapping[str, Any], save: Save) -> None:
        """A film that cannot be converted: once it may be their fault."""
        error = (status.get("processing_phase") or {}).get("error") or {}
        words = f"Meta could not convert the film: {error.get('message', '')}"
        again = self.kept.setdefault("failed", 0) == 0
        self.kept["failed"] += 1
        await self._forget(save)
        raise Unavailable(words) if again else Rejected(words)

    # --- the request that makes public ------------------------------------------------------------------------------

    def request(self) -> httpx.Request:
        if not self.film.get("ready"):
            raise Unavailable("the film is not uploaded yet")
        text = self.outgoing.post.text
        if self.reel:
            said = {"upload_phase": "finish", "video_id": self.film["video"], "video_state": "PUBLISHED"}
            return self.page.build("POST", f"/{self.page.account}/video_reels", json={**said, "description": text})
        if self.at_the_end:
            return self.page.build("POST", f"/{self.page.account}/videos", json=self._closing(published=True))
        return self.page.build("POST", f"/{self.film['video']}", json={"published": True, "description": text})

    def receipt(self, answer: Answer) -> Receipt:
        if answer.object.get("success") is not True:
            raise Unconfirmed(f"Meta did not say that the film is public: {answer.words}")
        return self._receipt(str(self.film["video"]))

    def _receipt(self, video: str) -> Receipt:
        return Receipt(video, address(self.page.account, video, reel=self.reel))

    # --- afterwards -------------------------------------------------------------------------------------------------

    @property
    def ids(self) -> list[str]:
        """Meta's ids of all that was ever uploaded for this delivery."""
        return [str(id) for id in (self.film.get("video"), *self.kept.get("films", ())) if id]

    async def find(self) -> Receipt | None:
        """Look for the film by the ids that only this delivery has."""
        for video in self.ids:
            if await self._is_public(video):
                return self._receipt(video)
        return None

    async def _is_public(self, video: str) -> bool:
        try:
            told = await self.page.learn(dict, "GET", f"/{video}", params={"fields": "published,status"})
        except NotThere:
            return False
        publishing = (told.get("status") or {}).get("publishing_phase") or {}
        if told.get("published") is True or publishing.get("publish_status") == "published":
            return True
        if publishing.get("status") == "in_progress":
            raise Unavailable("Meta is about to publish the film")
        return False


def address(page: str, video: str, *, reel: bool) -> str:
    """Return the public address of a film."""
    return f"https://www.facebook.com/reel/{video}" if reel else f"https://www.facebook.com/{page}/videos/{video}"


async def post_of(page: Channel, video: str) -> str:
    """Return the id of the post in which a film stands, by which its numbers are told; NotThere when it is gone."""
    told = await page.learn(dict, "GET", f"/{video}", params={"fields": "post_id"})
    post = str(told.get("post_id") or video)
    return post if "_" in post else f"{page.account}_{post}"


def _needed(told: Mapping[str, Any], name: str) -> Any:
    if not told.get(name):
        raise Unavailable(f"Meta did not say its {name}")
    return told[name]


def _next(told: Mapping[str, Any]) -> dict[str, int]:
    try:
        return {"at": int(told["start_offset"]), "end": int(told["end_offset"])}
    except (KeyError, TypeError, ValueError):
        raise Unavailable("Meta did not say which part of the film it wants") from None


def _transferred(status: Mapping[str, Any]) -> int:
    """Return how many bytes of a reel have arrived; Meta misspells it, so both are read."""
    phase = status.get("uploading_phase") or {}
    told = phase.get("bytes_transfered", phase.get("bytes_transferred", 0))
    return int(told) if isinstance(told, int | str) and str(told).isdecimal() else 0
