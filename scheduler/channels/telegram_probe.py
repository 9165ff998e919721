"""A look into a Telegram channel by a bot, which may not read it: its messages are forwarded to a chat of the staff.

The ids of a channel's messages rise by one. From a message that is known to be ours we go down until one is older than
the post could be, and up until nothing follows: what lies between is all that may be ours. Each copy in the chat of the
staff is deleted at once. Source: core.telegram.org/bots/api (forwardMessage, copyMessage).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.channels.contract import Post, Taken
from scheduler.channels.telegram_answers import CannotBeForwarded, Gone
from scheduler.errors import Unauthorized, Unavailable, Unconfirmed
from scheduler.text import say, squeeze

GAP = 15  # ids in a row without a message, after which nothing follows: some are of messages that were deleted
MOST = 200  # forwarded in one look; each is a message in the chat of the staff
ONE_ALBUM = timedelta(seconds=5)  # between the pictures of one album, which Telegram dates to the second

Call = Callable[..., Awaitable[Mapping[str, Any]]]
Clear = Callable[[str, int], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """A message of the channel as its copy shows it. `at` None: it is there, and is not the channel's own word."""

    id: int
    at: datetime | None = None
    text: str = ""
    photo: bool = False
    film: bool = False


class Probe:
    """Looks into one channel. `call(method, **parameters)` asks the bot's server, `clear(chat, message_id)` deletes."""

    def __init__(self, chat: str, call: Call, clear: Clear) -> None:
        self.chat, self.call, self.clear = chat, call, clear  # the chat is that of the staff
        self._turn = asyncio.Lock()
        self._seen: dict[int, Seen] = {}  # of a look that was told to wait: it goes on where it was
        self._asked = 0

    async def look(self, post: Post, channel: Mapping[str, Any], since: datetime, taken: Taken) -> Sequence[int] | None:
        """Return the ids of the post's messages in `channel` (as getChat describes it), None when it is not there.

        `taken` must hold the id of one message of ours at least. Unconfirmed: only a person can tell.
        """
        if channel.get("has_protected_content"):
            raise Unconfirmed(
                say(
                    "kênh chặn chuyển tiếp nên Loa không xem lại được; hãy mở kênh xem",
                    "the channel forbids forwarding, so Loa cannot look; open the channel",
                )
            )
        ours = {int(id) for ids in taken for id in ids.split(",") if id.isascii() and id.isdecimal()}
        if not ours:
            raise Unconfirmed(
                say(
                    "Loa chưa biết bài nào của mình trên kênh này nên không biết xem từ đâu; hãy mở kênh xem",
                    "Loa knows of no message of its own here, so not where to look; open the channel",
                )
            )
        async with self._turn:
            self._asked = 0
            messages = [*await self._down(channel, min(ours), since), *await self._up(channel, ours)]
            self._seen.clear()
        if not messages:
            raise Unconfirmed(
                say(
                    "bot không chuyển tiếp được bài nào của kênh sang phòng nội bộ; hãy mở kênh xem",
                    "the bot could forward no message of the channel; open the channel",
                )
            )
        recent = [m for m in messages if m.at is not None and m.at >= since and m.id not in ours]
        return match(post, sorted(recent, key=lambda m: m.id))

    async def _down(self, channel: Mapping[str, Any], first: int, since: datetime) -> list[Seen]:
        found = []
        for id in range(first, 0, -1):
            if message := await self._see(channel, id):
                found.append(message)
                if message.at is not None and message.at < since:
                    break
        return found

    async def _up(self, channel: Mapping[str, Any], ours: set[int]) -> list[Seen]:
        found, id, last = [], min(ours) + 1, max(ours)
        while id <= last + GAP:
            if message := await self._see(channel, id):
                found.append(message)
                last = max(last, id)
            id += 1
        return found

    async def _see(self, channel: Mapping[str, Any], id: int) -> Seen | None:
        if id in self._seen:
            return self._seen[id]
        self._asked += 1
        if self._asked > MOST:
            raise Unconfirmed(
                say(
                    f"có hơn {MOST} tin để xem lại, Loa không xem hết; hãy mở kênh xem",
                    f"there are more than {MOST} messages to look at; open the channel",
                )
            )
        try:
            copy = await self.call(
                "forwardMessage",
                chat_id=self.chat,
                from_chat_id=channel["id"],
                message_id=id,
                disable_notification=True,
            )
        except Gone:
            return None
        except Unauthorized as error:  # the channel itself has just answered: only looking is not possible
            words = (
                f"bot không chuyển tiếp được sang phòng {self.chat} (options.probe); hãy mở kênh xem",
                f"the bot cannot forward to the chat {self.chat} (options.probe); open the channel",
            )
            raise Unconfirmed(f"{say(*words)}: {error}") from None
        except CannotBeForwarded:
            self._seen[id] = Seen(id)
        else:
            self._seen[id] = seen(id, channel["id"], copy)
            await self.clear(self.chat, copy["message_id"])
        return self._seen[id]


def seen(id: int, channel: int, copy: Mapping[str, Any]) -> Seen:
    """Return what the copy of a message says of it; Unavailable when it does not say where it is from."""
    origin = copy.get("forward_origin")
    if not isinstance(origin, Mapping) or not isinstance(origin.get("date"), int):
        raise Unavailable("forwardMessage: a copy that does not say where it is from")
    if origin.get("message_id") != id or (origin.get("chat") or {}).get("id") != channel:
        return Seen(id)  # the channel itself had it from elsewhere
    text = str(copy.get("caption") or copy.get("text") or "")
    film = bool(copy.get("video") or copy.get("animation"))  # one without sound becomes an animation
    return Seen(id, datetime.fromtimestamp(origin["date"], UTC), text, bool(copy.get("photo")), film)


def match(post: Post, messages: Sequence[Seen]) -> Sequence[int] | None:
    """Return the ids of those messages that are the post; Unconfirmed when only a part of its pictures is there."""
    sought, there = squeeze(post.text), {message.id: message for message in messages}
    for message in messages:
        shown = message.photo == bool(post.images) and message.film == (post.video is not None)
        if squeeze(message.text) == sought and shown:
            ids = range(message.id, message.id + max(1, len(post.images)))
            if all(_follows(message, there.get(id)) for id in ids[1:]):
                return ids
            raise partly(sum(_follows(message, there.get(id)) for id in ids[1:]) + 1, len(post.images))
    loose = [m for m in messages if m.photo and not m.text and not _continues(m, there)]
    if len(post.images) > 1 and loose:
        raise Unconfirmed(
            say(
                f"trên kênh có ảnh không kèm lời (tin {loose[0].id}), có thể là một phần của bài này; hãy mở kênh xem",
                f"pictures without words are public (message {loose[0].id}), perhaps a part of this post; open the channel",
            )
        )
    return None


def partly(public: int, wanted: int) -> Unconfirmed:
    """Return the error that only a part of an album is public, in words for whoever must settle it."""
    return Unconfirmed(
        say(
            f"mới có {public} trong {wanted} ảnh của bài lên kênh; hãy mở kênh: giữ bài thì loa confirm, "
            "muốn đăng lại thì xoá phần đã lên rồi loa retry",
            f"only {public} of {wanted} pictures are public; open the channel: to keep it loa confirm, "
            "to post again delete what is there, then loa retry",
        )
    )


def _follows(first: Seen, message: Seen | None) -> bool:
    if message is None or first.at is None or message.at is None:
        return False
    return message.photo and not message.text and message.at - first.at <= ONE_ALBUM


def _continues(message: Seen, there: Mapping[int, Seen]) -> bool:
    before = there.get(message.id - 1)
    while before is not None and _follows(before, message):
        if before.text:
            return True
        before = there.get(before.id - 1)
    return False
