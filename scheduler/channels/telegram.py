"""A Telegram channel, spoken to by a bot. The text goes out letter for letter, never marked up; Telegram links addresses.

What is bold, or leads somewhere, goes beside the text as entities: nothing that a text holds can be taken for a tag.

Telegram takes no title and no words for who cannot see a picture (alt), and knows no key that makes a repeated request
harmless. With `staging` pictures and films are uploaded beforehand to a chat of the staff, and the request that makes public only
names them. A bot cannot read a channel's history: `find` needs a chat of the staff for its copies (`probe`). No metrics:
nor is it told what became of a post. Success lies in the body (`ok`), not in the status.
Source: core.telegram.org/bots/api; the texts of its errors are no contract, so the unknown stays a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from scheduler.channels import telegram_answers, upload
from scheduler.channels.contract import (
    JPEG,
    MP4,
    PNG,
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
from scheduler.channels.http import Answer, NoSuchPage, Wire
from scheduler.channels.telegram_answers import FileOver, PartlySent, UnknownMethod
from scheduler.channels.telegram_probe import Probe, partly
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import say, utf16

KINDS = {
    "b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "code": "code", "blockquote": "blockquote",
    "a": "text_link",
}  # fmt: skip


class Telegram(Channel):
    network = "telegram"
    limits = Limits(
        text=4096, count=utf16, caption=1024, images=10, image_bytes=10_000_000, card=(1080, 1080),
        image_types=(JPEG, PNG), image_side=2560, image_ratio=(1 / 20, 20),
        video=VideoLimits(50_000_000, types=(MP4,)),  # another type it shows as a file
        spans=100,
    )  # fmt: skip
    credentials = ("bot_token",)
    optional_credentials = ("proxy",)  # the network is not reached from everywhere; an address may hold a password
    home = "https://api.telegram.org"
    needs = {"find": "probe"}
    options = {
        "staging": "",  # a private chat of the staff: pictures are uploaded there before their time
        "probe": "",  # a private chat of the staff: after a lost answer the channel's messages are looked at there
        "settle": "120",  # seconds after which a post is there, if it was taken: their server may be busy with pictures
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.wire = self._way()
        self.probe = Probe(self.option("probe"), self._call, self._clear)
        self.over: set[str] = set()  # ids of uploaded pictures that Telegram no longer knows

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "settle":
            good = re.fullmatch(r"[1-9][0-9]{0,3}", value)
            return "" if good else say("phải là số giây, từ 1 đến 9999", "must be seconds, from 1 to 9999")
        if re.fullmatch(r"-?[0-9]{1,20}", value):
            return ""
        return say(
            'phải là mã số của một phòng riêng, viết trong dấu nháy; ví dụ: "-1001234567890"',
            'must be the number of a private chat, in quotes; for example: "-1001234567890"',
        )

    def _way(self) -> Wire:
        proxy = self.secrets.get("proxy")
        try:
            return self.wire.through(proxy) if proxy else self.wire
        except ValueError:
            raise Unauthorized(
                say(
                    "proxy phải có dạng http://máy:cổng hoặc http://tên:mật-khẩu@máy:cổng",
                    "the proxy must look like http://host:port or http://user:password@host:port",
                )
            ) from None

    @property
    def appears_within(self) -> timedelta:
        return timedelta(seconds=int(self.option("settle")))

    async def check_account(self) -> Account:
        await self._result("getMe")
        account = await self._declared()
        for option in ("staging", "probe"):
            if chat := self.option(option):
                await self._must_be_private(option, chat)
        return account

    async def _declared(self) -> Account:
        try:
            chat = await self._chat(self.account)
        except (UnknownMethod, NotFound, NoSuchPage):
            return Account(self.account)  # a server without this method: the bot works, and posting will show the rest
        names = {f"@{chat.get('username')}".lower(), str(chat.get("id"))}
        if self.account.lower() not in names:
            raise Unauthorized(f"the chat is {' / '.join(sorted(names))}, not {self.account}")
        return Account(str(chat.get("title") or self.account))

    async def _must_be_private(self, option: str, chat: str) -> None:
        try:
            described = await self._chat(chat)
        except Unauthorized as error:
            raise _no_way(option, chat, error) from None
        if described.get("username") or chat == self.account:
            raise Unauthorized(
                say(
                    f"options.{option}: {chat} là phòng công khai; cần một phòng riêng của cơ quan",
                    f"options.{option}: {chat} is public; it must be a private chat of the office",
                )
            )

    async def _chat(self, chat: str) -> dict[str, Any]:
        return await self._call("getChat", chat_id=chat)

    async def _call(self, method: str, **said: Any) -> dict[str, Any]:
        return await self._result(method, json=said)

    async def _result(self, method: str, **how: Any) -> dict[str, Any]:
        result = (await self.learn(dict, "POST", self._path(method), **how)).get("result")
        if not isinstance(result, dict):
            raise Unavailable(f"{method}: an answer without a result")
        return result

    async def _clear(self, chat: str, message: int) -> None:
        """Take a message of ours out of a chat of the staff; where that fails it stays, and harms nobody there."""
        with suppress(ChannelError):
            await self.ask("POST", self._path("deleteMessage"), json={"chat_id": chat, "message_id": message})

    def _path(self, method: str) -> str:
        return f"/bot{self.secrets['bot_token']}/{method}"

    # --- pictures and films, before their time --------------------------------------------------------------------------------

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        known = outgoing.checkpoint.get("files", {})
        files = {sha256: file for sha256, file in known.items() if file not in self.over}
        post = outgoing.post
        shown: tuple[Picture | Video, ...] = (post.video,) if post.video is not None else post.images
        for one in shown if self.option("staging") else ():
            if one.sha256 not in files:
                files[one.sha256] = await self._uploaded(one, outgoing)
                await save({"files": files})
        if post.video is not None and not files:
            await upload.approved(post.video)
        return {"files": files}

    async def _uploaded(self, shown: Picture | Video, outgoing: Outgoing) -> str:
        """Return the id under which the bot's server knows a picture or film: uploaded once for all channels of the bot."""
        bot, staging = self.secrets["bot_token"].partition(":")[0], self.option("staging")

        async def send() -> str:
            return await (self._upload_film(shown, outgoing) if isinstance(shown, Video) else self._upload(shown))

        file = await self.wire.once(f"{self.base_url} {bot} {staging} {shown.sha256}", send)
        return await send() if file in self.over else file

    async def _upload_film(self, video: Video, outgoing: Outgoing) -> str:
        staging, file = self.option("staging"), await upload.approved(video)
        fields = {"chat_id": staging, "disable_notification": "true", **_measures(video)}
        body = partial(_film_form, fields, file, video, outgoing)
        try:
            answer = await self.send_up("POST", self._path("sendVideo"), body)
        except Unauthorized as error:
            raise _no_way("staging", staging, error) from None
        try:
            staged = answer.object["result"]
            kept, message = str((staged.get("video") or staged["animation"])["file_id"]), staged["message_id"]
        except (KeyError, AttributeError, TypeError):
            raise Unavailable("sendVideo: an answer without the film's id") from None
        await self._clear(staging, message)
        return kept

    async def _upload(self, picture: Picture) -> str:
        staging, photo = self.option("staging"), (_name(0, picture), self.picture_bytes(picture), picture.mime)
        fields = {"chat_id": staging, "disable_notification": "true"}
        try:
            staged = await self._result("sendPhoto", data=fields, files={"photo": photo})
        except Unauthorized as error:
            raise _no_way("staging", staging, error) from None
        try:
            largest, message = str(staged["photo"][-1]["file_id"]), staged["message_id"]
        except (KeyError, IndexError, TypeError):
            raise Unavailable("sendPhoto: an answer without the picture's id") from None
        await self._clear(staging, message)
        return largest

    # --- the request that makes public ------------------------------------------------------------------------------

    def request(self, outgoing: Outgoing) -> httpx.Request:
        post, files = outgoing.post, outgoing.checkpoint.get("files", {})
        said: dict[str, Any] = {"chat_id": self.account}
        if post.video is not None:
            return self._film(outgoing, post.video, files.get(post.video.sha256))
        if not post.images:
            return self._build("sendMessage", said | _said(post, "text"), {})
        photos = [
            files.get(p.sha256) or (_name(n, p), self.picture_bytes(p), p.mime) for n, p in enumerate(post.images)
        ]
        if len(photos) == 1:
            said |= _said(post, "caption")
            if isinstance(photos[0], str):
                return self._build("sendPhoto", said | {"photo": photos[0]}, {})
            return self._build("sendPhoto", said, {"photo": photos[0]})
        held = {f"photo{n}": photo for n, photo in enumerate(photos) if not isinstance(photo, str)}
        names = [photo if isinstance(photo, str) else f"attach://photo{n}" for n, photo in enumerate(photos)]
        media: list[dict[str, Any]] = [{"type": "photo", "media": name} for name in names]
        media[0] |= {"caption": post.text, **({"caption_entities": entities(post)} if post.spans else {})}
        return self._build("sendMediaGroup", said | {"media": json.dumps(media, ensure_ascii=False)}, held)

    def _film(self, outgoing: Outgoing, video: Video, file: str | None) -> httpx.Request:
        said = {"chat_id": self.account, **_said(outgoing.post, "caption"), **_measures(video)}
        if file is not None:
            return self._build("sendVideo", said | {"video": file}, {})
        form = _film_form(said, Path(video.file), video, outgoing)
        return self.build("POST", self._path("sendVideo"), **form)

    def _build(self, method: str, said: Mapping[str, Any], held: Mapping[str, Any]) -> httpx.Request:
        how = {"data": said, "files": held} if held else {"json": said}
        return self.build("POST", self._path(method), **how)

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        try:
            return await super().publish(outgoing, request)
        except (FileOver, PartlySent):  # which picture it was is not said
            self.over |= set(outgoing.checkpoint.get("files", {}).values())
            raise

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        body = answer.json()
        if body["ok"] is not True:
            raise Unconfirmed(f"Telegram: {answer.words}")
        result = body["result"]
        messages = result if isinstance(result, list) else [result]
        ids = [int(message["message_id"]) for message in messages]
        if len(ids) < len(outgoing.post.images):
            raise partly(len(ids), len(outgoing.post.images))
        return self._receipt(ids, messages[0].get("chat") or {})

    def _receipt(self, ids: Sequence[int], chat: Mapping[str, Any]) -> Receipt:
        name = chat.get("username") or self.account.partition("@")[2]
        return Receipt(",".join(map(str, ids)), f"https://t.me/{name}/{ids[0]}" if name else "")

    def refusal(self, answer: Answer) -> ChannelError | None:
        return telegram_answers.refusal(answer)

    # --- afterwards -------------------------------------------------------------------------------------------------

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        chat = await self._chat(self.account)
        ids = await self.probe.look(outgoing.post, chat, since, taken)
        return self._receipt(ids, chat) if ids else None

    async def delete(self, remote_id: str) -> None:
        for message in remote_id.split(","):
            how = {"json": {"chat_id": self.account, "message_id": int(message)}}
            await self.gone(self.ask("POST", self._path("deleteMessage"), **how))

    async def edit(self, remote_id: str, post: Post) -> None:
        message = {
            "chat_id": self.account,
            "message_id": int(remote_id.split(",")[0]),
        }  # an album's first has its words
        shown = _said(post, "caption" if post.images or post.video else "text")
        method = "editMessageCaption" if "caption" in shown else "editMessageText"
        try:
            await self.learn(dict, "POST", self._path(method), json=message | shown)
        except Rejected as error:
            if "message is not modified" not in str(error):
                raise


def entities(post: Post) -> list[dict[str, Any]]:
    """Return what Telegram shows in a way of its own, in its words."""
    return [
        {
            "type": KINDS[span.tag],
            "offset": span.offset,
            "length": span.length,
            **({"url": span.url} if span.url else {}),
        }
        for span in post.spans
    ]


def _said(post: Post, part: str) -> dict[str, str]:
    """Return the words of a message, or of its picture (`caption`), with their entities, written as forms need them."""
    name = "entities" if part == "text" else f"{part}_entities"
    return {part: post.text, **({name: json.dumps(entities(post))} if post.spans else {})}


def _no_way(option: str, chat: str, error: Unauthorized) -> Unauthorized:
    words = f"options.{option}: bot không vào được phòng {chat}", f"options.{option}: no way into chat {chat}"
    return Unauthorized(f"{say(*words)}: {error}")


def _name(number: int, picture: Picture) -> str:
    return f"photo{number}{Path(picture.file).suffix}"


def _measures(video: Video) -> dict[str, str]:
    """Return what Telegram should know of a film: else it shows it square until it has looked itself."""
    measures = {"width": str(video.width), "height": str(video.height), "duration": str(round(video.seconds))}
    return {**measures, "supports_streaming": "true"}


def _film_form(fields: Mapping[str, str], file: Path, video: Video, outgoing: Outgoing) -> dict[str, Any]:
    size = video.size
    return upload.form(fields, "video", "film.mp4", video.mime, file, 0, size, lambda at: outgoing.told(at, size))
