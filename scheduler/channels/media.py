"""The public address of a picture or a film, for networks that fetch it themselves; and a look at it as they would see it.

Meta's networks and Zalo take an address, not bytes, and tell little of why they could not fetch it. So the address is
looked at before they are asked: everything that is wrong with it is said in words that an operator can act on.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from scheduler.channels.http import Answer, Wire
from scheduler.channels.post import Picture, Video
from scheduler.errors import ChannelError, Unavailable
from scheduler.text import say

FIRST_BYTES = 64  # of a file; enough to tell a picture from a page that asks for a password
AT_HOME = (".local", ".lan", ".internal", ".localhost", ".home.arpa")


class _Answered(Unavailable):
    """A server answered, and not with a picture."""


class _NoHead(_Answered):
    """It answers no HEAD; some stores do not."""


@dataclass(frozen=True)
class Media:
    """Where the pictures of this house can be fetched; `base` is LOA_MEDIA_URL without its last slash, '' when not set."""

    base: str
    wire: Wire
    near: bool = False  # who fetches them is in the house, too: a network on a private address

    def address(self, picture: Picture | Video) -> str:
        """Return the address from which a kept picture or film can be fetched; Unavailable while there is none."""
        if not self.base:
            raise Unavailable(
                say(
                    "mạng này tự tải ảnh từ một địa chỉ công khai của ta: đặt LOA_MEDIA_URL trong tệp .env",
                    "this network fetches pictures from a public address of ours: set LOA_MEDIA_URL in .env",
                )
            )
        return f"{self.base}/{quote(Path(picture.file).name)}"

    async def reachable(self, picture: Picture | Video) -> str:
        """Fetch the beginning of a kept picture or film as a network would, and return its address; Unavailable says in plain words what is wrong."""
        address = self.address(picture)
        if not self.near and is_at_home(urlsplit(address).hostname or ""):
            raise Unavailable(
                say(
                    f"{address}: địa chỉ riêng, từ Internet không vào được; đặt LOA_MEDIA_URL bằng tên miền công khai",
                    f"{address}: a private address, nobody on the Internet gets there; set LOA_MEDIA_URL to a public name",
                )
            )
        await self._head(address, picture)
        await self._first_bytes(address, picture)
        return address

    async def only_at_home(self) -> bool:
        """Tell whether the name leads to a private address as seen from here: then a look from here proves little."""
        host = urlsplit(self.base).hostname or ""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError:
            return False
        return any(is_at_home(str(entry[4][0])) for entry in found)

    async def _head(self, address: str, picture: Picture | Video) -> None:
        try:
            answer = await self._ask("HEAD", address, {})
        except _NoHead:
            return
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != picture.mime:
            raise Unavailable(
                say(
                    f'{address}: trả lời kiểu "{kind}", phải là {picture.mime}; xem lại proxy hoặc kho tệp',
                    f'{address}: it answers with the type "{kind}", it must be {picture.mime}; look at the proxy or store',
                )
            )

    async def _first_bytes(self, address: str, picture: Picture | Video) -> None:
        answer = await self._ask("GET", address, {"Range": f"bytes=0-{FIRST_BYTES - 1}"})
        ours = await asyncio.to_thread(_first_of, picture)
        same = answer.body[:FIRST_BYTES] == ours  # whoever knows no ranges sends more, and we hang up
        if not same:
            raise Unavailable(
                say(
                    f"{address}: trả về thứ khác, không phải ảnh của ta (một trang đăng nhập?)",
                    f"{address}: something else comes from there, not our picture (a page that asks for a password?)",
                )
            )

    async def _ask(self, method: str, address: str, headers: dict[str, str]) -> Answer:
        request = self.wire.build(method, address, headers=headers)
        try:
            refusal = partial(_refusal, address=address)
            return await self.wire.send(request, refusal, publishing=False, most=FIRST_BYTES)
        except _Answered:
            raise
        except ChannelError as error:
            words = say("không kết nối được", "it cannot be reached")
            why = await self._why_not_reached()
            raise Unavailable(f"{address}: {words}{why} ({error})") from None

    async def _why_not_reached(self) -> str:
        if await self.only_at_home():
            return say("; tên miền này trỏ về một địa chỉ riêng", "; the name leads to a private address")
        return say(
            "; loa run có đang chạy với LOA_LISTEN, và proxy có chuyển tới đó không?",
            "; does loa run run with LOA_LISTEN, and does the proxy lead there?",
        )


def is_at_home(host: str) -> bool:
    """Tell whether a host, by its name or number alone, is one that nobody on the Internet can reach."""
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return "." not in host or host.endswith(AT_HOME)


def _first_of(picture: Picture | Video) -> bytes:
    try:
        with Path(picture.file).open("rb") as file:
            return file.read(FIRST_BYTES)
    except OSError as error:
        raise Unavailable(f"{Path(picture.file).name}: {error.strerror}") from None


def _refusal(answer: Answer, address: str) -> ChannelError | None:
    """Return what any answer but a picture means: whoever asked for it is an operator."""
    match answer.status:
        case 200 | 206:
            return None
        case 405 | 501:
            return _NoHead(f"{address}: HTTP {answer.status}")
        case status if 300 <= status < 400:
            vi, en = "chuyển hướng sang nơi khác; các mạng không đi theo", "it leads elsewhere; networks do not follow"
        case 401 | 403 | 407:
            vi, en = (
                "bị từ chối, đòi quyền truy cập; phải mở cho mọi người",
                "it is refused; it must be open to everybody",
            )
        case 404 | 410:
            vi = (
                "không có ảnh ở đó; proxy phải chuyển tới /media/ của LOA_LISTEN, hoặc var/media chưa được chép lên kho"
            )
            en = "the picture is not there; a proxy must lead to /media/ of LOA_LISTEN, a store must have a copy of var/media"
        case _:
            vi, en = "máy chủ không trả được ảnh", "the server does not give the picture"
    return _Answered(f"{address}: {say(vi, en)} (HTTP {answer.status})")
