"""Telegram's Bot API with one bot in one public channel."""

from __future__ import annotations

import json
import re
import time
from typing import ClassVar

from aiohttp import web

from scheduler.text import utf16
from tests.fakes.server import JSON, Fake, Public, fields, image

CHAT = -1001234567890


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
        self.messages: dict[int, Public] = {}

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
            case "sendmessage" | "sendphoto" | "sendmediagroup":
                return await self.publishing(request, self.accept)
            case "deletemessage":
                return self.delete(await fields(request))
            case _:
                return self.error(404, "Not Found: method not found")

    def here(self, held: JSON) -> bool:
        return str(held.get("chat_id", "")).lower() in (f"@{self.channel}", str(CHAT))

    def described_chat(self) -> JSON:
        return {"id": CHAT, "type": "channel", "title": "Loa Hà Nội", "username": self.channel}

    def chat(self, held: JSON) -> web.Response:
        if not self.here(held):
            return self.error(400, "Bad Request: chat not found")
        return web.json_response({"ok": True, "result": self.described_chat()})

    async def accept(self, request: web.Request) -> web.Response:
        held = await fields(request)
        if not self.here(held):
            return self.error(400, "Bad Request: chat not found")
        match request.match_info["method"].lower():
            case "sendmessage":
                return self.speak(str(held.get("text", "")).strip(), [], 4096)
            case "sendphoto":
                return self.speak(str(held.get("caption", "")).strip(), [attached(held, "photo")], 1024)
            case _:
                album = json.loads(held["media"])
                if not 2 <= len(album) <= 10:
                    return self.refused("wrong number of media in the album")
                photos = [attached(held, item["media"]) for item in album]
                return self.speak(str(album[0].get("caption", "")).strip(), photos, 1024)

    def speak(self, text: str, photos: list[JSON], limit: int) -> web.Response:
        if not text and not photos:
            return self.refused("message text is empty")
        if utf16(text) > limit:
            return self.refused("message caption is too long" if photos else "message is too long")
        ids = [int(self.next_id()) for _ in range(max(1, len(photos)))]
        self.public.append(Public(str(ids[0]), text, images=photos))
        self.messages |= dict.fromkeys(ids, self.public[-1])
        messages: list[JSON] = [{"message_id": n, "chat": self.described_chat(), "date": int(time.time())} for n in ids]
        messages[0]["caption" if photos else "text"] = text
        return web.json_response({"ok": True, "result": messages if len(messages) > 1 else messages[0]})

    def delete(self, held: JSON) -> web.Response:
        post = self.messages.pop(int(held["message_id"]), None)
        if post is None:
            return self.error(400, "Bad Request: message to delete not found")
        post.gone = post not in self.messages.values()
        return web.json_response({"ok": True, "result": True})


def attached(held: JSON, name: str) -> JSON:
    content, kind = held[name.removeprefix("attach://")]
    assert kind.startswith("image/")
    return image(content)
