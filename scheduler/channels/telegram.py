"""A Telegram channel, spoken to by a bot. The text goes out plain, letter for letter; Telegram itself links addresses.

Telegram takes no title and no words for who cannot see a picture (alt), and knows no key that makes a repeated request
harmless. No find: a bot cannot read a channel's history. Success lies in the body (`ok`), not in the status.
Source: core.telegram.org/bots/api; the texts of its errors are no contract, so the unknown stays a refusal.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from scheduler import clock
from scheduler.channels.contract import JPEG, PNG, Account, Channel, Limits, Outgoing, Receipt
from scheduler.channels.http import Answer, NoSuchPage, judge
from scheduler.errors import ChannelError, NotFound, RateLimited, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import utf16

NO_RIGHT = (  # answered as 400, but only a person can help
    "chat not found",
    "need administrator rights",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "upgraded to a supergroup",
)
GONE = ("message to delete not found", "message_id_invalid")


class _UnknownMethod(Unauthorized):
    """404: the token has not the form of one, or (where the token is known to work) the server lacks this method."""


class Telegram(Channel):
    network = "telegram"
    limits = Limits(
        text=4096, count=utf16, caption=1024, images=10, image_bytes=10_000_000, card=(1080, 1080),
        image_types=(JPEG, PNG), image_side=2560, image_ratio=(1 / 20, 20),
    )  # fmt: skip
    credentials = ("bot_token",)
    home = "https://api.telegram.org"

    async def check_account(self) -> Account:
        await self._result("getMe")
        try:
            chat = await self._result("getChat", json={"chat_id": self.account})
        except (_UnknownMethod, NotFound, NoSuchPage):
            return Account(self.account)  # a server without this method: the bot works, and posting will show the rest
        names = {f"@{chat.get('username')}".lower(), str(chat.get("id"))}
        if self.account.lower() not in names:
            raise Unauthorized(f"the chat is {' / '.join(sorted(names))}, not {self.account}")
        return Account(str(chat.get("title") or self.account))

    async def _result(self, method: str, **how: Any) -> dict[str, Any]:
        result = (await self.learn(dict, "POST", self._path(method), **how)).get("result")
        if not isinstance(result, dict):
            raise Unavailable(f"{method}: an answer without a result")
        return result

    def _path(self, method: str) -> str:
        return f"/bot{self.secrets['bot_token']}/{method}"

    def request(self, outgoing: Outgoing) -> httpx.Request:
        post = outgoing.post
        photos = [(f"photo{n}{Path(p.file).suffix}", self.picture_bytes(p), p.mime) for n, p in enumerate(post.images)]
        if not photos:
            return self.build("POST", self._path("sendMessage"), json={"chat_id": self.account, "text": post.text})
        if len(photos) == 1:
            fields = {"chat_id": self.account, "caption": post.text}
            return self.build("POST", self._path("sendPhoto"), data=fields, files={"photo": photos[0]})
        files = {f"photo{n}": photo for n, photo in enumerate(photos)}
        media: list[dict[str, str]] = [{"type": "photo", "media": f"attach://{name}"} for name in files]
        media[0]["caption"] = post.text
        fields = {"chat_id": self.account, "media": json.dumps(media, ensure_ascii=False)}
        return self.build("POST", self._path("sendMediaGroup"), data=fields, files=files)

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        body = answer.json()
        if body["ok"] is not True:
            raise Unconfirmed(f"Telegram: {answer.words}")
        result = body["result"]
        messages = result if isinstance(result, list) else [result]
        ids = [str(message["message_id"]) for message in messages]
        name = (messages[0].get("chat") or {}).get("username") or self.account.partition("@")[2]
        return Receipt(",".join(ids), f"https://t.me/{name}/{ids[0]}" if name else "")

    def refusal(self, answer: Answer) -> ChannelError | None:
        said = answer.object
        if said.get("ok") is not False:
            return None
        status = said.get("error_code") if answer.status == 200 else answer.status
        if not isinstance(status, int) or not 400 <= status < 500:
            return None  # a fault of theirs: after publishing nobody knows what became of it
        words, lower = f"{status}: {answer.words}", answer.words.lower()
        seconds = (said.get("parameters") or {}).get("retry_after")
        match status:
            case 429 if isinstance(seconds, int | float):
                return RateLimited(words, clock.now() + timedelta(seconds=seconds))
            case 401 | 403:
                return Unauthorized(words)
            case 404:
                return _UnknownMethod(words)
            case 400 if any(sign in lower for sign in NO_RIGHT):
                return Unauthorized(words)
            case 400 if "failed to send message #" in lower:
                return Unconfirmed(words)  # an album of which some pictures may be public
            case 400 if any(sign in lower for sign in GONE):
                return NotFound(words)
            case _:
                return judge(replace(answer, status=status), publishing=True)

    async def delete(self, remote_id: str) -> None:
        for message in remote_id.split(","):
            how = {"json": {"chat_id": self.account, "message_id": int(message)}}
            await self.gone(self.ask("POST", self._path("deleteMessage"), **how))
