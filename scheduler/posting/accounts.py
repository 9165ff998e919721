"""The channels as we can speak on them: made from channels.yaml and the secrets, each proven before its first post."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Book
from scheduler.channels.contract import Account, Channel
from scheduler.channels.feed import Feed
from scheduler.channels.http import Wire
from scheduler.channels.media import Media, is_at_home
from scheduler.channels.registry import NETWORKS
from scheduler.errors import ChannelError, Unauthorized, Unavailable
from scheduler.posting.renew import Renewer
from scheduler.settings import Settings, load
from scheduler.text import say

Learn = Callable[[str, Account], None]


class Accounts:
    """Gives the channel of an id, made once. Whatever makes it unusable is Unauthorized: a person must look.

    Secrets that are renewed come from the vault, through `renewer`, when a channel is proven.
    """

    def __init__(
        self,
        book: Book,
        settings: Settings,
        wire: Wire,
        *,
        renewer: Renewer | None = None,
        rehearsal: Path | None = None,
    ) -> None:
        self.book = book
        self.settings = settings
        self.wire = wire
        self.renewer = renewer
        self.rehearsal = rehearsal
        self.media = Media(settings.media_base, wire)
        self._made: dict[str, Channel] = {}
        self._given: dict[str, dict[str, str | None]] = {}  # the secrets with which they were made
        self._proven: set[str] = set()
        self._read_at = self._looked_at = _stamp(settings.workspace / ".env")
        self._locks: dict[str, asyncio.Lock] = {}

    def renew(self, book: Book) -> bool:
        """Take over changed channels; those that stay as they were keep their sessions. Return whether any changed."""
        before, self.book = self.book, book
        for id in list(self._made):
            if before.channels.get(id) != book.channels.get(id):
                self.doubt(id)
        return (before.channels, before.budgets) != (book.channels, book.budgets)

    def entry(self, id: str) -> ChannelEntry | None:
        return self.book.channels.get(id)

    def get(self, id: str) -> Channel:
        """Return the channel, or raise Unauthorized saying what is missing (Unavailable: the file cannot be read now)."""
        if id not in self._made:
            self._made[id] = self._make(id)
        return self._made[id]

    def _make(self, id: str) -> Channel:
        entry = self.book.channels.get(id)
        if entry is None and self.book.channel_source is not None and self.book.channel_source.problems:
            raise Unavailable(say("channels.yaml đang có lỗi: loa check", "channels.yaml is wrong: loa check"))
        if entry is None:
            raise Unauthorized(
                say(f"kênh {id} không còn trong channels.yaml", f"channel {id} stands no longer in channels.yaml")
            )
        if self.rehearsal is not None:
            title = f"{entry.id} ({entry.network}, {entry.account})"
            return Feed(id=id, account=title, base_url=None, secrets={}, wire=self.wire, folder=self.rehearsal / id)
        network = NETWORKS.get(entry.network)
        if network is None:
            raise Unauthorized(say(f'chưa nối được mạng "{entry.network}"', f'no network "{entry.network}"'))
        secrets: dict[str, str] = {}
        self._given[id] = self._secrets(entry)
        for name, value in self._given[id].items():
            variable = entry.credentials[name].removeprefix("env:")
            if value is None and name in network.keeps(entry.options):
                continue  # the vault has it, or `loa login` puts it there
            if value is None:
                words = f"chưa có {variable}; đặt {variable}=... trong tệp .env, rồi: loa release --channel {id}"
                raise Unauthorized(
                    say(words, f"{variable} is not set; put {variable}=... into .env, then: loa release --channel {id}")
                )
            secrets[name] = value
        if missing := [n for n in network.credentials if n not in secrets and n not in network.keeps(entry.options)]:
            raise Unauthorized(
                say(f"thiếu credentials: {', '.join(missing)}", f"credentials missing: {', '.join(missing)}")
            )
        folder = self.settings.var / "feed" / _safe(entry.account)
        channel = network(
            id=id,
            account=entry.account,
            base_url=entry.base_url,
            secrets=secrets,
            wire=self.wire,
            folder=folder,
            options=entry.options,
        )
        channel.media = replace(self.media, near=is_at_home(urlsplit(channel.base_url).hostname or "localhost"))
        if self.renewer is not None and network.can("renew", entry.options):
            channel.revive = partial(self.renewer.revive, channel)
        if network.follows:
            channel.follow(self._leader(entry, network.follows))
        return channel

    def _leader(self, entry: ChannelEntry, network: str) -> Channel:
        leader = self.get(entry.options.get("of", ""))
        if leader.network != network:
            raise Unauthorized(
                say(
                    f"kênh {entry.id}: of phải là một kênh {network}",
                    f"{entry.id}: `of` must be a channel of {network}",
                )
            )
        return leader

    def renewing(self) -> Iterator[Channel]:
        """Yield the channels whose secrets are renewed whether anything is posted or not."""
        for id, entry in self.book.channels.items():
            network = NETWORKS.get(entry.network)
            if network is not None and network.renew_every is not None and network.can("renew", entry.options):
                with suppress(ChannelError):  # said when it is to speak
                    yield self.get(id)

    def read_env_again(self) -> None:
        """Make anew those channels for which `.env` now has other secrets: a token is replaced before it runs out."""
        stamp = _stamp(self.settings.workspace / ".env")
        if stamp == self._looked_at:
            return
        self._looked_at = stamp
        for id, given in self._given.items():
            if id in self._made and (entry := self.entry(id)) is not None:
                now = self._secrets(entry)
                half = any(now.get(name) is None for name, value in given.items() if value is not None)
                if now != given and not half:  # an editor may be writing the file just now
                    self.doubt(id)

    def _secrets(self, entry: ChannelEntry) -> dict[str, str | None]:
        return {name: self._secret(where.removeprefix("env:")) for name, where in entry.credentials.items()}

    def _secret(self, name: str) -> str | None:
        """Return a secret as the environment, or `.env` as it stands now, has it: a new token needs no new start."""
        stamp = _stamp(self.settings.workspace / ".env")
        if stamp != self._read_at:
            self._read_at, self.settings = stamp, load(self.settings.workspace)
            if self.renewer is not None:
                self.renewer.settings = self.settings
        return self.settings.secret(name)

    def is_proven(self, id: str) -> bool:
        """Tell whether a channel can be spoken on just as it is: nothing has to be asked before."""
        return id in self._proven and not self._runs_out(self._made[id])

    def _runs_out(self, channel: Channel) -> bool:
        speaking = channel.leader or channel
        if self.renewer is None or not speaking.can("renew", speaking.chosen):
            return False
        return self.renewer.runs_out(speaking)

    def doubt(self, id: str) -> None:
        """Ask again who we are before the next post, also on the channels that follow this one."""
        following = [made.id for made in self._made.values() if made.leader is not None and made.leader.id == id]
        for one in (id, *following):
            self._proven.discard(one)
            self._made.pop(one, None)

    async def prove(self, channel: Channel, learn: Learn) -> None:
        """See that the token is live, and prove once that it works and belongs to the declared account."""
        if channel.leader is not None:
            await self.prove(channel.leader, learn)
        async with self._locks.setdefault(channel.id, asyncio.Lock()):
            if self.renewer is not None and channel.can("renew", channel.chosen):
                await self.renewer.supply(channel)
            if channel.id not in self._proven:
                learn(channel.id, await channel.check_account())
                self._proven.add(channel.id)


def _stamp(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _safe(account: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in account).strip(".") or "feed"
