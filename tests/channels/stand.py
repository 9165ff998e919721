"""A stand for one channel: the network it speaks to, posts to put on it, and a loop to run it in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from PIL import Image

from scheduler.channels.contract import MP4, Account, Channel, Outgoing, Picture, Post, Receipt, Taken, Video
from scheduler.channels.http import Wire
from scheduler.channels.media import Media
from scheduler.channels.registry import NETWORKS
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from tests.composing.films import film
from tests.fakes import (
    BlueskyFake,
    FacebookFake,
    Fake,
    InstagramFake,
    MastodonFake,
    TelegramFake,
    ThreadsFake,
    WordPressFake,
    ZaloFake,
)
from tests.fakes.containers import ContainersFake
from tests.fakes.facebook import PAGE
from tests.fakes.telegram import FIRST, STAFF

T = TypeVar("T")

KEY = "thang-hanh-dong/meo@2027-06-26/kenh"
DUE = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = DUE - timedelta(hours=1)
TEXT = """Ma túy: "biết" để <tránh> & 'từ chối'… [113]
Gọi 113 khi phát hiện dấu hiệu tội phạm.

Đọc thêm: https://example.org/ma-tuy?a=1&b=2 #PhòngChốngMaTúy"""


@dataclass(frozen=True)
class Case:
    """One network of the registry as the contract suite sees it. A network without HTTP has no fake."""

    network: str
    account: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    fake: type[Fake] | None = None
    wrong_account: str = ""
    not_there: type[ChannelError] = NotFound  # what its own 404 means when it should publish
    error_in_200: type[ChannelError] = Unconfirmed
    looks_at_text: bool = False  # find compares texts, where others have a key to look by
    renewed: Mapping[str, str] = field(default_factory=dict)  # secrets that otherwise come from the vault
    options: Mapping[str, str] = field(default_factory=dict)  # URL stands for the fake's address
    waits_as_told: bool = True  # being told to wait comes with the time to come back
    known: Taken = ()  # what was public of ours before
    format: str = "PNG"  # of its pictures
    least: int = 0  # pictures of a post


ZALO = Case(
    "zalo",
    ZaloFake.oa,
    {"app_id": ZaloFake.app_id, "app_secret": ZaloFake.app_secret, "refresh_token": ZaloFake.first_refresh},
    ZaloFake,
    wrong_account="4318657068771012647",
    not_there=Unavailable,
    error_in_200=Rejected,
    looks_at_text=True,
    renewed={"access_token": ZaloFake.first_access},
    options={"cover": "URL/_pictures/cover.png", "pictures": "URL/_pictures/{name}"},
    waits_as_told=False,
)
TELEGRAM = Case(
    "telegram",
    "@Loa_Ha_Noi",
    {"bot_token": TelegramFake.token},
    TelegramFake,
    wrong_account="@kenh_khac",
    not_there=Unauthorized,
    error_in_200=Rejected,
    looks_at_text=True,
)
CASES = (
    Case("feed", "Bản tin"),
    Case(
        "mastodon",
        "@loa@127.0.0.1",
        {"access_token": MastodonFake.token},
        MastodonFake,
        wrong_account="@loa-khac@127.0.0.1",
        looks_at_text=True,
    ),
    Case(
        "bluesky",
        "@Loa.example.org",
        {"identifier": BlueskyFake.handle, "app_password": BlueskyFake.password},
        BlueskyFake,
        wrong_account="khac.example.org",
    ),
    TELEGRAM,
    replace(TELEGRAM, options={"staging": str(STAFF), "probe": str(STAFF)}, known=(str(FIRST),)),
    Case(
        "wordpress",
        WordPressFake.user,
        {"username": WordPressFake.user, "application_password": WordPressFake.password},
        WordPressFake,
        wrong_account="nguoi-khac",
        not_there=Unavailable,
    ),
    Case(
        "facebook",
        PAGE,
        {"page_access_token": FacebookFake.token, "app_secret": FacebookFake.secret},
        FacebookFake,
        wrong_account="104857600999999",
        not_there=Unauthorized,
        error_in_200=Rejected,
        looks_at_text=True,
    ),
    Case(
        "instagram",
        InstagramFake.account,
        {"app_secret": InstagramFake.app_secret, "access_token": InstagramFake.token},
        InstagramFake,
        wrong_account="17841400000000001",
        not_there=Unauthorized,
        error_in_200=Rejected,
        looks_at_text=True,
        format="JPEG",
        least=1,
    ),
    Case(
        "threads",
        ThreadsFake.account,
        {"access_token": ThreadsFake.token},
        ThreadsFake,
        wrong_account="24817000000000001",
        not_there=Unauthorized,
        error_in_200=Rejected,
        looks_at_text=True,
    ),
    ZALO,
    replace(ZALO, options={**ZALO.options, "hidden_first": "yes"}),
)
OPEN_SECRETS = ("username", "identifier", "app_id")  # what a channel keeps with its secrets and everybody may know


class Stand:
    """One channel, and what its network made public."""

    def __init__(self, case: Case, fake: Fake | None, folder: Path, runner: asyncio.Runner) -> None:
        self.case, self.folder, self._fake, self._run = case, folder, fake, runner
        self.checkpoints: list[Mapping[str, Any]] = []
        self.wires: list[Wire] = []
        if isinstance(fake, ZaloFake | ContainersFake):
            fake.folder = folder  # where it fetches pictures, as from any web server
        self.channel = self.open()

    @property
    def fake(self) -> Fake:
        assert self._fake is not None
        return self._fake

    def open(
        self,
        *,
        account: str = "",
        timeout: float = 5,
        secrets: Mapping[str, str] = {},
        options: Mapping[str, str] = {},
        version: str = "",
    ) -> Channel:
        """Return a channel of this network, as the daemon makes one when it starts."""
        self.wires.append(wire := Wire(timeout))
        all_secrets = {**self.case.secrets, **self.case.renewed, **secrets}
        all_options = {**self.case.options, **options}
        channel = NETWORKS[self.case.network](
            id="kenh",
            account=account or self.case.account,
            base_url=self._fake.url + version if self._fake else None,
            secrets={name: secret for name, secret in all_secrets.items() if secret},
            wire=wire,
            folder=self.folder / "feed",
            options={name: value.replace("URL", self.address) for name, value in all_options.items()},
        )
        channel.media = Media(f"{self.address}/_media", wire)
        return channel

    @property
    def address(self) -> str:
        return self._fake.url if self._fake else ""

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self._run.run(what)

    def close(self) -> None:
        for wire in self.wires:
            self.run(wire.__aexit__())

    def post(self, text: str = TEXT, pictures: int = 0, title: str = "") -> Post:
        return Post(text, title=title, images=tuple(map(self.picture, range(max(pictures, self.case.least)))))

    def picture(self, number: int) -> Picture:
        kind = self.case.format.lower()
        file = self.folder / (f"{number}.{kind}" if NETWORKS[self.case.network].fetches else f"ảnh {number}.{kind}")
        Image.new("RGB", (4 + number, 3), "red").save(file)
        content = file.read_bytes()
        return Picture(
            str(file), hashlib.sha256(content).hexdigest(), f"image/{kind}", len(content), f'Ảnh "{number}" <đỏ>'
        )

    def film(self, *, shape: tuple[int, int] = (640, 360), seconds: float = 4, size: int = 0) -> Video:
        """Return a film of which the network is told these measures."""
        file = film(self.folder / "phim.mp4", padded_to=size)
        content = file.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        return Video(str(file), sha256, MP4, len(content), seconds, *shape, 'Một bạn nói: "không" & <cười>')

    def outgoing(self, post: Post | None = None, key: str = KEY, due: datetime = DUE) -> Outgoing:
        return Outgoing(key, due, post or self.post())

    async def prepared(self, outgoing: Outgoing) -> Outgoing:
        async def save(checkpoint: Mapping[str, Any]) -> None:
            self.checkpoints.append(cast(Mapping[str, Any], json.loads(json.dumps(checkpoint))))

        checkpoint = await self.channel.prepare(outgoing, save)
        return Outgoing(outgoing.key, outgoing.due, outgoing.post, checkpoint)

    async def _publish(self, outgoing: Outgoing) -> Receipt:
        return await self.channel.publish(await self.prepared(outgoing))

    def publish(self, outgoing: Outgoing | None = None) -> Receipt:
        """Prepare and publish, as posting does."""
        return self.run(self._publish(outgoing or self.outgoing()))

    def find(self, outgoing: Outgoing | None = None, since: datetime = LONG_AGO, taken: Taken = ()) -> Receipt | None:
        look = getattr(self.channel, "find")  # noqa: B009 (not every network has it)
        return cast("Receipt | None", self.run(look(outgoing or self.outgoing(), since, {*taken, *self.case.known})))

    def metrics(self, remote_id: str) -> dict[str, int]:
        return dict(self.run(getattr(self.channel, "metrics")(remote_id)))  # noqa: B009

    def delete(self, remote_id: str) -> None:
        self.run(getattr(self.channel, "delete")(remote_id))  # noqa: B009

    def check(self) -> Account:
        return self.run(self.channel.check_account())

    def public(self) -> list[tuple[str, list[str]]]:
        """Return the text of every post that ever became public, and its words for who cannot see the pictures."""
        if self._fake:
            return [(post.text, [picture["alt"] for picture in post.images]) for post in self._fake.public]
        entries = [json.loads(file.read_text("utf-8")) for file in self.folder.glob("feed/posts/*.json")]
        return [(entry["text"], [picture["alt"] for picture in entry["images"]]) for entry in entries]


def closed_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def hidden(channel: Channel) -> Collection[str]:
    """Return what may never be seen of a channel."""
    return [value for name, value in channel.secrets.items() if name not in OPEN_SECRETS]
