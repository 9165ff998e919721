"""Telegram's Bot API with one bot in one public channel and in one private chat of the staff.

Message 100 of the channel is a day old. Uploaded pictures are known by an id until they are forgotten (`files`).
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from aiohttp import web

from scheduler.text import utf16
from tests.fakes.server import JSON, Fake, Public, fields, image

CHAT = -1001234567890
STAFF = -1009876543210
FIRST = 100
SIMPLE = ("bold", "italic", "underline", "strikethrough", "code", "blockquote")


class CannotBeParsed(Exception):
    """Entities that Telegram would refuse, or show otherwise than they say."""


class TelegramFake(Fake):
    network = "telegram"
    token = "7012345678:AAE-s3cret_bot-token_9w8x7y6z5v4u3t2s1"
    channel = "loa_ha_noi"
    described: ClassVar[dict[int, str]] = {
        401: "Unauthorized",
        403: "Forbidden: bot is not a member of the channel chat",
        404: "Not Found",
        500: "Internal Server Error",
    }

    def reset(self) -> None:
        super().reset()
        self.files: dict[str, JSON] = {}
        self.copies: set[int] = set()  # what lies in the chat of the staff
        self.copied = 0
        self.protected = False
        self.album_keeps: int | None = None  # so many pictures of an album become public, and the answer is a success
        old = Public(str(FIRST), "Tin hôm trước", at=datetime.now(UTC) - timedelta(days=1))
        self.messages: dict[int, Public] = {FIRST: old}
        self.parts: dict[int, JSON] = {FIRST: {"text": old.text}}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/bot{token}/{method}", self.called), web.get("/bot{token}/{method}", self.called)]

    def error(self, status: int, words: str = "") -> web.Response:
        said = words or self.described.get(status, "")
        return web.json_response({"ok": False, "error_code": status, "description": said}, status=status)

    def refused(self, words: str) -> web.Response:
        return self.error(400, f"Bad Request: {words}")

    def too_many(self, seconds: float) -> web.Response:
        body = {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {int(seconds)}",
            "parameters": {"retry_after": int(seconds)},
        }
        return web.json_response(body, status=429, headers={"Retry-After": str(int(seconds))})

    async def called(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"].lower()
        if not re.fullmatch(r"\d+:[\w-]{30,}", token):
            return self.error(404)
        if token != self.token:
            return self.error(401)
        match method:
            case "getme":
                bot = {"id": int(token.partition(":")[0]), "is_bot": True, "username": "loa_bot"}
                return web.json_response({"ok": True, "result": bot})
            case "getchat":
                return self.chat(await fields(request))
            case "sendphoto" if str((await fields(request)).get("chat_id")) == str(STAFF):
                return self.stage(await fields(request))
            case "sendvideo" if str((await fields(request)).get("chat_id")) == str(STAFF):
                return self.stage_film(await fields(request))
            case "sendmessage" | "sendphoto" | "sendmediagroup" | "sendvideo":
                return await self.publishing(request, self.readable)
            case "forwardmessage":
                return self.forward(await fields(request))
            case "editmessagetext" | "editmessagecaption" as edit:
                try:
                    return self.edit(await fields(request), "text" if edit.endswith("text") else "caption")
                except CannotBeParsed as error:
                    return self.refused(f"can't parse entities: {error}")
            case "deletemessage":
                return self.delete(await fields(request))
            case _:
                return self.error(404, "Not Found: method not found")

    def here(self, held: JSON) -> bool:
        return str(held.get("chat_id", "")).lower() in (f"@{self.channel}", str(CHAT))

    def described_chat(self) -> JSON:
        chat: JSON = {"id": CHAT, "type": "channel", "title": "Loa Hà Nội", "username": self.channel}
        return chat | ({"has_protected_content": True} if self.protected else {})

    def chat(self, held: JSON) -> web.Response:
        if str(held.get("chat_id")) == str(STAFF):
            return web.json_response({"ok": True, "result": {"id": STAFF, "type": "supergroup", "title": "Nội bộ"}})
        if not self.here(held):
            return self.error(400, "Bad Request: chat not found")
        return web.json_response({"ok": True, "result": self.described_chat()})

    async def readable(self, request: web.Request) -> web.Response:
        try:
            return await self.accept(request)
        except CannotBeParsed as error:
            return self.refused(f"can't parse entities: {error}")

    async def accept(self, request: web.Request) -> web.Response:
        held = await fields(request)
        if not self.here(held):
            return self.error(400, "Bad Request: chat not found")
        match request.match_info["method"].lower():
            case "sendmessage":
                return self.speak(*words(held, "text"), [], 4096)
            case "sendphoto":
                return self.speak(*words(held, "caption"), [self.photo(held, held["photo"])], 1024)
            case "sendvideo":
                return self.speak_film(held)
            case _:
                album = json.loads(held["media"])
                if not 2 <= len(album) <= 10:
                    return self.refused("wrong number of media in the album")
                photos = [self.photo(held, item["media"]) for item in album]
                return self.speak(*words(album[0], "caption"), photos, 1024)

    def film(self, held: JSON) -> JSON | None:
        if isinstance(named := held.get("video"), str):
            return self.files.get(named)
        content, kind = named or (b"", "")
        assert kind == "video/mp4" and len(content) <= 50_000_000
        return image(content)

    def stage_film(self, held: JSON) -> web.Response:
        self.requests["media"] += 1
        film = self.film(held)
        assert film is not None
        file = f"BAACAgUAAx{self.requests['media']:04}{film['sha256'][:12]}"
        self.files[file] = film
        self.copied += 1
        self.copies.add(self.copied)
        message = {"message_id": self.copied, "video": {"file_id": file, "width": int(held["width"])}}
        return web.json_response({"ok": True, "result": message})

    def speak_film(self, held: JSON) -> web.Response:
        (text, entities), film = words(held, "caption"), self.film(held)
        if film is None:
            return self.refused("wrong file identifier/HTTP URL specified")
        if utf16(text) > 1024:
            return self.refused("message caption is too long")
        id = int(self.next_id())
        self.public.append(Public(str(id), text, films=[film], entities=entities))
        self.messages[id] = self.public[-1]
        self.parts[id] = {"video": {"file_id": "x"}, "caption": text, "caption_entities": entities}
        message = {"message_id": id, "chat": self.described_chat(), "date": int(time.time()), "caption": text}
        return web.json_response({"ok": True, "result": message})

    def photo(self, held: JSON, named: Any) -> JSON | None:
        if isinstance(named, str) and not named.startswith("attach://"):
            return self.files.get(named)
        content, kind = held[named.removeprefix("attach://")] if isinstance(named, str) else named
        assert kind.startswith("image/")
        return image(content)

    def stage(self, held: JSON) -> web.Response:
        self.requests["media"] += 1
        photo = self.photo(held, held["photo"])
        assert photo is not None
        file = f"AgACAgUAAx{self.requests['media']:04}{photo['sha256'][:12]}"
        self.files[file] = photo
        self.copied += 1
        self.copies.add(self.copied)
        small = {"file_id": f"{file}-s", "width": 90, "height": 90}
        message = {"message_id": self.copied, "photo": [small, {"file_id": file, "width": 900, "height": 900}]}
        return web.json_response({"ok": True, "result": message})

    def forward(self, held: JSON) -> web.Response:
        id = int(held["message_id"])
        if str(held.get("chat_id")) != str(STAFF) or not self.here({"chat_id": held.get("from_chat_id")}):
            return self.refused("chat not found")
        self.requests["forward"] += 1
        if id not in self.messages:
            return self.refused("message to forward not found")
        if self.protected or not self.parts[id]:
            return self.refused("message can't be forwarded")
        self.copied += 1
        self.copies.add(self.copied)
        origin = {"type": "channel", "chat": self.described_chat(), "message_id": id}
        origin["date"] = int(self.messages[id].at.timestamp())
        message = {"message_id": self.copied, "forward_origin": origin, **self.parts[id]}
        return web.json_response({"ok": True, "result": message})

    def speak(self, text: str, entities: list[JSON], photos: list[JSON | None], limit: int) -> web.Response:
        known = [photo for photo in photos if photo is not None]
        if len(known) < len(photos):
            return self.refused("wrong file identifier/HTTP URL specified")
        return self.spoken(text, entities, known[: self.album_keeps], limit)

    def spoken(self, text: str, entities: list[JSON], photos: list[JSON], limit: int) -> web.Response:
        if not text and not photos:
            return self.refused("message text is empty")
        if utf16(text) > limit:
            return self.refused("message caption is too long" if photos else "message is too long")
        ids = [int(self.next_id()) for _ in range(max(1, len(photos)))]
        self.public.append(Public(str(ids[0]), text, images=photos, entities=entities))
        self.messages |= dict.fromkeys(ids, self.public[-1])
        self.parts |= {n: {"photo": [{"file_id": "x"}]} if photos else {} for n in ids}
        said = {"caption": text, "caption_entities": entities} if photos else {"text": text, "entities": entities}
        self.parts[ids[0]] |= said
        messages: list[JSON] = [{"message_id": n, "chat": self.described_chat(), "date": int(time.time())} for n in ids]
        messages[0] |= said
        return web.json_response({"ok": True, "result": messages if len(messages) > 1 else messages[0]})

    def edit(self, held: JSON, part: str) -> web.Response:
        id = int(held["message_id"])
        if not self.here(held) or id not in self.messages:
            return self.error(400, "Bad Request: message to edit not found")
        if part not in self.parts[id]:
            what = "there is no text in the message to edit" if part == "text" else "there is no caption to edit"
            return self.error(400, f"Bad Request: {what}")
        text, entities = words(held, part)
        said = {part: text, named(part): entities}
        if said.items() <= ({named(part): []} | self.parts[id]).items():
            return self.error(400, "Bad Request: message is not modified: specified new message content is the same")
        self.parts[id] |= said
        self.messages[id].text, self.messages[id].entities = text, entities
        message = {"message_id": id, "chat": self.described_chat(), **said, "edit_date": int(time.time())}
        return web.json_response({"ok": True, "result": message})

    def delete(self, held: JSON) -> web.Response:
        id = int(held["message_id"])
        if str(held.get("chat_id")) == str(STAFF) and id in self.copies:
            self.copies.remove(id)
            return web.json_response({"ok": True, "result": True})
        post = self.messages.pop(id, None) if self.here(held) else None
        if post is None:
            return self.error(400, "Bad Request: message to delete not found")
        post.gone = post not in self.messages.values()
        return web.json_response({"ok": True, "result": True})


def named(part: str) -> str:
    return "entities" if part == "text" else f"{part}_entities"


def words(held: JSON, part: str) -> tuple[str, list[JSON]]:
    """Return the words of a message as Telegram shows them, without blanks around them, and their entities."""
    text = str(held.get(part, ""))
    given = held.get(named(part)) or []
    entities = json.loads(given) if isinstance(given, str) else given
    look_at(text, entities)
    before = utf16(text) - utf16(text.lstrip())
    return text.strip(), [entity | {"offset": entity["offset"] - before} for entity in entities]


def look_at(text: str, entities: list[JSON]) -> None:
    """Hold entities against their text: they lie inside, cut no sign in two, and stand within each other as they may."""
    units = text.encode("utf-16-le")
    for entity in entities:
        kind, start, length = entity["type"], entity["offset"], entity["length"]
        if kind not in (*SIMPLE, "text_link") or entity.keys() - {"type", "offset", "length", "url"}:
            raise CannotBeParsed(f"unknown entity {entity}")
        if (kind == "text_link") != ("url" in entity) or not entity.get("url", "https://").startswith(
            ("https://", "http://")
        ):
            raise CannotBeParsed(f"wrong address in {entity}")
        if start < 0 or length < 1 or 2 * (start + length) > len(units):
            raise CannotBeParsed(f"entity {entity} lies outside of {len(units) // 2} units")
        try:
            inside = units[2 * start : 2 * (start + length)].decode("utf-16-le")
        except UnicodeDecodeError:
            raise CannotBeParsed(f"entity {entity} cuts a sign in two") from None
        if inside != inside.strip():
            raise CannotBeParsed(f"entity {entity} begins or ends with a blank")
    if len(entities) > 100:
        raise CannotBeParsed("more than 100 entities")
    for i, one in enumerate(entities):
        for other in entities[i + 1 :]:
            look_at_two(one, other)


def look_at_two(one: JSON, other: JSON) -> None:
    start, end = one["offset"], one["offset"] + one["length"]
    first, last = other["offset"], other["offset"] + other["length"]
    if end <= first:
        return
    if not start <= first < last <= end:
        raise CannotBeParsed(f"{other} is not within {one}, nor behind it")
    kinds = {one["type"], other["type"]}
    if len(kinds) == 1 or ("code" in kinds and (one["type"], other["type"]) != ("blockquote", "code")):
        raise CannotBeParsed(f"{other['type']} cannot stand within {one['type']}")
