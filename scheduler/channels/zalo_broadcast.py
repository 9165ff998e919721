"""A Zalo Official Account's broadcast: an article that is public already is sent to all who follow the account.

It takes a place in everybody's inbox, nobody can call it back, and a follower gets at most one a day. So it is a channel
of its own, with an approval, a pace and hours of its own; it speaks by the secrets of the channel that it follows.
Source: developers.zalo.me (Official Account API, broadcast). No find, delete, metrics: the network tells nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from scheduler.channels import zalo_answers
from scheduler.channels.contract import Account, Channel, Outgoing, Receipt
from scheduler.channels.http import Answer
from scheduler.channels.zalo_answers import OA, ZONE, account_said, code_of, words_of
from scheduler.channels.zalo_article import HOME, LIMITS, NETWORK
from scheduler.errors import ChannelError, Rejected, Unconfirmed
from scheduler.text import say

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
TARGETS: Mapping[str, tuple[int, int]] = {  # the filters, and the least and the largest of their numbers
    "ages": (0, 7),
    "gender": (0, 2),
    "locations": (0, 2),
    "cities": (0, 63),
    "platform": (1, 3),
}


class ZaloBroadcast(Channel):
    network = "zalo_broadcast"
    limits = LIMITS  # it says what the article says
    home = HOME
    follows = NETWORK
    per_day = 1  # a second one reaches only who began to follow since
    per_month = 4  # what a follower gets at most is a matter of the package: 1, 4 and 6 were seen
    has_hours = True
    options = {
        "of": "",  # the channel whose articles are sent on
        "hours": "06:00-21:20",  # from when to when; a broadcast is looked at for half an hour, and none arrive after 22:00
        "ages": "",  # only these ages: numbers 0 to 7, separated by commas; "": all
        "gender": "",  # 1: men, 2: women
        "locations": "",  # 0: the north, 1: the centre, 2: the south
        "cities": "",  # Zalo's own numbers of the 63 provinces before 2025
        "platform": "",  # 1: iOS, 2: Android, 3: Windows Phone
    }

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "hours":
            found = HOURS.fullmatch(value)
            if found and value[:5] < value[6:]:
                return ""
            return say('phải là khoảng giờ trong ngày: "06:00-21:20"', 'must be hours of a day: "06:00-21:20"')
        if name in TARGETS:
            least, most = TARGETS[name]
            numbers = value.split(",")
            if all(n.isascii() and n.isdecimal() and least <= int(n) <= most for n in numbers):
                return ""
            return say(
                f"phải là các số từ {least} đến {most}, cách nhau bằng dấu phẩy; bỏ tuỳ chọn này để gửi cho mọi người",
                f"must be numbers from {least} to {most}, separated by commas; without this option all get it",
            )
        return ""

    @classmethod
    def opens_at(cls, at: datetime, options: Mapping[str, str]) -> datetime:
        opening, closing = (time.fromisoformat(part) for part in options.get("hours", cls.options["hours"]).split("-"))
        local = at.astimezone(ZONE)
        if opening <= local.time() < closing:
            return at
        day = local.date() if local.time() < opening else local.date() + timedelta(days=1)
        return datetime.combine(day, opening, ZONE)

    @classmethod
    def no_way_back(cls) -> str:
        return say(
            "bài đã gửi tới người quan tâm thì không ai thu hồi được; gỡ bài viết thì người mở ra không đọc được nữa: "
            "loa withdraw với mã của kênh zalo",
            "what was sent to followers cannot be called back; once the article is taken down nobody can open it: "
            "loa withdraw with the key on the zalo channel",
        )

    @classmethod
    def no_correction(cls) -> str:
        return say(
            "người nhận mở ra là đọc bài viết: sửa xong bài viết thì không còn gì phải sửa ở đây",
            "who received it opens the article: once that is corrected nothing is left to do here",
        )

    def headers(self) -> dict[str, str]:
        return {"access_token": self.secrets.get("access_token", "")}

    def refusal(self, answer: Answer) -> ChannelError | None:
        return zalo_answers.refusal(answer)

    async def check_account(self) -> Account:
        return Account(
            account_said(await self.ask("GET", OA), self.account).name
        )  # its leader tells when a package ends

    def request(self, outgoing: Outgoing) -> httpx.Request:
        element = {"media_type": "article", "attachment_id": _article_of(outgoing)}
        payload = {"template_type": "media", "elements": [element]}
        return self.build(
            "POST",
            "/v2.0/oa/message",
            json={
                "recipient": {"target": self._target()},
                "message": {"attachment": {"type": "template", "payload": payload}},
            },
        )

    def _target(self) -> dict[str, str]:
        return {name: chosen for name in TARGETS if (chosen := self.option(name))}

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        data: Any = answer.object.get("data")
        id = data.get("message_id") if isinstance(data, dict) else None
        if code_of(answer) != 0 or not id:
            raise Unconfirmed(words_of(answer))
        return Receipt(str(id), outgoing.follows.url if outgoing.follows is not None else "")


def _article_of(outgoing: Outgoing) -> str:
    """Return the id of the article that is sent on; of one that a person has confirmed, only the address is known."""
    public = outgoing.follows
    if public is not None and (id := public.remote_id or parse_qs(urlsplit(public.url).query).get("id", [""])[0]):
        return id
    raise Rejected(
        say(
            "không biết mã bài viết phải gửi (người xác nhận đã ghi địa chỉ không có id=); gửi bằng tay trong OA Manager",
            "the id of the article is not known (who confirmed it gave an address without id=); send it in the OA Manager",
        )
    )
