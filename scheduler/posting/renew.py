"""Renew: get new secrets for a channel before the old ones run out, one renewal at a time, and give it the live ones.

What a network gave is in the ledger before anybody speaks by it: every channel takes its secrets out of the vault.
An answer that was lost may have spent the pair; the old one is tried once the lease is over, and if the network does
not take it, only a person can get another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from scheduler.channels.contract import Channel, Renewed
from scheduler.clock import Clock, SystemClock, micros, moment
from scheduler.errors import ChannelError, Rejected, SettingsError, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger import vault
from scheduler.ledger.seal import Pair, Seal, mark
from scheduler.ledger.vault import Kept
from scheduler.posting.pace import to_micros
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

MARGIN = timedelta(minutes=10)  # what runs out within this is renewed before it is used
AGAIN = timedelta(minutes=10)  # from a renewal that failed to the next
MORE_THAN_AN_ANSWER = timedelta(seconds=30)  # by which a lease outlives the longest wait for one
PATIENCE = 20.0  # seconds to wait for another process that renews
PAUSE = 0.5
AT_ONCE = 4


@dataclass
class Renewer:
    """Renews the secrets of channels and supplies them from one ledger's vault; SettingsError when its key is none."""

    ledger: LedgerThreads
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self._running: dict[str, asyncio.Task[None]] = {}
        self._rests: dict[str, datetime] = {}
        self._seal = (self.settings.vault_key, Seal(self.settings.vault_key)) if self.settings.vault_key else None
        self._sealed_under = ""

    def runs_out(self, channel: Channel) -> bool:
        """Tell whether a channel has no live secrets, or will soon have none."""
        return channel.expires is None or channel.expires - self.clock.now() < MARGIN

    async def supply(self, channel: Channel) -> None:
        """Give a channel its live secrets, renewed where they run out; Unauthorized when only a person can help."""
        if not self.runs_out(channel) or self._speaks_by_env(channel):
            return
        row = await self._load(channel)
        if not self.runs_out(channel):
            return
        try:
            await self._renew_once(channel, row)
        except Unauthorized:
            raise
        except ChannelError:
            if channel.expires is None or channel.expires <= self.clock.now():
                raise

    async def revive(self, channel: Channel) -> bool:
        """The network no longer takes what the channel speaks by: take what the vault has meanwhile, else renew."""
        if self._speaks_by_env(channel):
            return False
        used = dict(channel.secrets)
        row = await self._load(channel)
        if channel.secrets == used:
            await self._renew_once(channel, row)
        return channel.secrets != used

    async def look(self, channels: Iterable[Channel]) -> None:
        """Renew what is due; what fails is said, and tried again after a while."""
        await self._seal_anew()
        rows = {row.channel: row for row in await self.ledger.read(vault.tokens)}
        due = [channel for channel in channels if self._is_due(channel, rows.get(channel.id))]
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(channel: Channel) -> None:
            async with gate:
                try:
                    await self._renew_once(channel, rows.get(channel.id))
                except ChannelError as error:
                    self._rests[channel.id] = self.clock.now() + (self._lease if isinstance(error, _Doubted) else AGAIN)
                    log.error(say("kênh %s: chưa gia hạn được: %s", "channel %s: not renewed: %s"), channel.id, error)

        await asyncio.gather(*(one(channel) for channel in due))

    async def close(self) -> None:
        """Wait for the renewals that are under way: their answers must not be lost."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def open(self, channel: str, row: Row[Any]) -> Pair:
        """Return the pair of a row; Unauthorized when there is no key, or not the right one."""
        return self._sealer(channel).open(channel, row.sealed)

    def seal(self, channel: Channel, renewed: Renewed, before: Pair | None = None) -> Kept:
        """Return new secrets as the vault keeps them; what they do not name stays as it was `before`."""
        before = before or Pair({}, mark(channel.first))
        given = {name: value for name, value in renewed.secrets.items() if value}
        sealed = self._sealer(channel.id).close(channel.id, Pair({**before.secrets, **given}, before.first))
        return Kept(sealed, micros(renewed.expires), None if renewed.ends is None else micros(renewed.ends))

    def _speaks_by_env(self, channel: Channel) -> bool:
        """Tell whether a channel makes do with what .env holds: it lasts a while, and there is no key to renew it under."""
        return not self.settings.vault_key and not channel.rotates and set(channel.kept) <= set(channel.first)

    # --- when -------------------------------------------------------------------------------------------------------

    def _is_due(self, channel: Channel, row: Row[Any] | None) -> bool:
        now = self.clock.now()
        if channel.renew_every is None or now < self._rests.get(channel.id, now):
            return False
        if row is None or row.lost:
            return self._begins_anew(channel, row)
        if row.started_us is not None:
            return now - moment(row.started_us) >= self._lease
        return row.renewed_us is None or now - moment(row.renewed_us) >= channel.renew_every

    def _begins_anew(self, channel: Channel, row: Row[Any] | None) -> bool:
        """Tell whether the environment holds first secrets that were not used yet."""
        if not channel.first or row is None or not row.sealed:
            return bool(channel.first)
        try:
            return bool(row.lost) and mark(channel.first) != self.open(channel.id, row).first
        except ChannelError:
            return False

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=2 * self.settings.timeout) + MORE_THAN_AN_ANSWER

    # --- the act ----------------------------------------------------------------------------------------------------

    async def _renew_once(self, channel: Channel, seen: Row[Any] | None) -> None:
        """Renew, or join the renewal that is under way; it is finished even when whoever waits for it gives up."""
        task = self._running.get(channel.id)
        if task is None or task.done():
            task = self._running[channel.id] = asyncio.create_task(self._renew(channel, seen))
        await asyncio.shield(task)
        await self._load(channel)

    async def _renew(self, channel: Channel, seen: Row[Any] | None) -> None:
        holder = uuid4().hex
        self._sealer(channel.id)  # without a key nothing begins
        row = await self._begin(channel.id, holder)
        if row.sealed and (seen is None or row.sealed != seen.sealed):  # another process was quicker
            await self._end(vault.give_back, channel, holder)
            return
        try:
            pair = await self._pair_to_renew(channel, row, holder)
        except Unauthorized:
            await self._end(vault.give_back, channel, holder, why=row.trouble)
            raise
        channel.take(pair.secrets, moment(row.expires_us or 0))
        kept = self.seal(channel, await self._ask(channel, holder), pair)
        at_us = micros(self.clock.now())
        await self.ledger.write(lambda c: vault.finish(c, channel.id, kept, holder=holder, at_us=at_us))

    async def _begin(self, channel: str, holder: str) -> Row[Any]:
        """Write down that a renewal begins, when nobody else is at it any more."""
        patience = asyncio.get_running_loop().time() + PATIENCE
        while True:
            at_us = micros(self.clock.now())

            def work(connection: Any, at_us: int = at_us) -> Row[Any] | None:
                return vault.start(connection, channel, holder=holder, at_us=at_us, lease_us=to_micros(self._lease))

            if (row := await self.ledger.write(work)) is not None:
                return row
            if asyncio.get_running_loop().time() > patience:
                raise Unavailable(
                    say(f"mã của kênh {channel} đang được gia hạn", f"the token of {channel} is being renewed")
                )
            await asyncio.sleep(PAUSE)

    async def _pair_to_renew(self, channel: Channel, row: Row[Any], holder: str) -> Pair:
        """Return what a new pair is to be made of: what the vault holds, else the first secrets, now in the vault."""
        if not self._begins_anew(channel, row):
            if row.lost or not row.sealed:
                raise Unauthorized(row.trouble or _no_token(channel.id))
            return self.open(channel.id, row)
        pair, at_us = Pair(channel.first, mark(channel.first)), micros(self.clock.now())
        sealed = self._sealer(channel.id).close(channel.id, pair)
        await self.ledger.write(lambda c: vault.begin_with(c, channel.id, sealed, holder=holder, at_us=at_us))
        return pair

    async def _ask(self, channel: Channel, holder: str) -> Renewed:
        renew: Any = channel.renew  # type: ignore[attr-defined]
        try:
            renewed: Renewed = await renew()
        except Unauthorized as error:
            why = _lost(channel.id, str(error))
            at_us = micros(self.clock.now())
            await self.ledger.write(lambda c: vault.lose(c, channel.id, holder=holder, why=why, at_us=at_us))
            raise Unauthorized(why) from None
        except Rejected as error:  # the app, not the pair
            await self._end(vault.give_back, channel, holder, why=str(error))
            raise Unauthorized(str(error)) from None
        except ChannelError as error:
            if isinstance(error, Unconfirmed) and channel.rotates:
                raise await self._doubted(channel, holder, str(error)) from None
            await self._end(vault.give_back, channel, holder, why=str(error))
            raise Unavailable(str(error)) from None
        except Exception as error:  # a bug in a network's file: the pair may be spent
            log.exception("%s: a fault of ours while renewing", channel.id)
            raise await self._doubted(channel, holder, type(error).__name__) from None
        if not any(renewed.secrets.values()):
            raise await self._doubted(channel, holder, "an answer without a token")
        return renewed

    async def _doubted(self, channel: Channel, holder: str, why: str) -> _Doubted:
        words = say(
            f"mất câu trả lời khi gia hạn mã của kênh {channel.id} ({why}); "
            f"Loa thử lại sau ít phút, nếu mạng không nhận nữa thì: loa login {channel.id}",
            f"the answer was lost while the token of {channel.id} was renewed ({why}); "
            f"Loa tries again in some minutes; if the network no longer takes it: loa login {channel.id}",
        )
        await self._end(vault.doubt, channel, holder, why=words)
        return _Doubted(words)

    async def _end(self, how: Any, channel: Channel, holder: str, why: str = "") -> None:
        await self.ledger.write(lambda c: how(c, channel.id, holder=holder, why=why))

    # --- the vault --------------------------------------------------------------------------------------------------

    async def _load(self, channel: Channel) -> Row[Any] | None:
        """Let a channel speak by what the vault holds; return its row."""
        row = await self.ledger.read(lambda c: vault.token(c, channel.id))
        if row is not None and row.sealed and not row.lost:
            channel.take(self.open(channel.id, row).secrets, moment(row.expires_us))
        return row

    def _sealer(self, channel: str) -> Seal:
        keys = self.settings.vault_key
        if not keys:
            raise Unauthorized(
                say(
                    f"chưa có LOA_VAULT_KEY trong .env, nơi mã truy cập của kênh {channel} được khoá lại; "
                    f"loa login {channel} in ra một khoá mới",
                    f"LOA_VAULT_KEY is not in .env, under which the token of {channel} is sealed; "
                    f"loa login {channel} prints a new key",
                )
            )
        if self._seal is None or self._seal[0] != keys:
            try:
                self._seal = keys, Seal(keys)
            except SettingsError as error:  # changed while we run
                raise Unauthorized(str(error)) from None
        return self._seal[1]

    async def _seal_anew(self) -> None:
        """After a change of keys: seal under the newest what an older one has sealed."""
        keys = self.settings.vault_key
        if "," in keys and keys != self._sealed_under:
            seal = self._sealer("")
            await self.ledger.write(lambda c: vault.seal_anew(c, seal))
            self._sealed_under = keys


class _Doubted(Unavailable):
    """The answer of a renewal was lost."""


def _no_token(channel: str) -> str:
    return say(
        f"kênh {channel} chưa có mã truy cập; quản trị viên của tài khoản phải đồng ý một lần: loa login {channel}",
        f"{channel} has no token yet; an administrator of the account must agree once: loa login {channel}",
    )


def _lost(channel: str, why: str) -> str:
    return say(
        f"mã truy cập của kênh {channel} đã mất ({why}); quản trị viên của tài khoản phải đồng ý lại: loa login {channel}",
        f"the token of {channel} is lost ({why}); an administrator of the account must agree again: loa login {channel}",
    )
