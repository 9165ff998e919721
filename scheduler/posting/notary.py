"""The notary: links what was done into the chain, beside the work.

The chain must cost a post nothing. While much is about to be sent the notary waits; what was done meanwhile is linked when
there is room again, or after half a minute. What he reads and writes goes through the ledger's threads, a little at a time.
Several may be at it on one ledger: a link has a number, and who comes second with it has done nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduler import clock
from scheduler.clock import micros
from scheduler.ledger import chain
from scheduler.ledger.chain import Horizon, Made
from scheduler.ledger.witness import Witness
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

AT_MOST = timedelta(seconds=30)  # however much there is to send
AT_ONCE = 50  # links in one look: an old ledger of a million events is linked in a minute
IN_A_RUSH = 10  # the same while there is much to send


class Notary:
    """Links what was done. `has_room` tells whether so little is about to be sent that others may work besides."""

    def __init__(
        self,
        ledger: LedgerThreads,
        settings: Settings,
        witness: Witness,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self.ledger = ledger
        self.witness = witness
        self._keys = chain.keys_of(settings.audit_key)
        self._has_room = has_room
        self._horizon = Horizon()
        self._last: datetime | None = None
        self._trusts = False  # whether what was witnessed was found in the chain

    async def look(self) -> None:
        """Link what was done since the last look, if there is room for that."""
        now, room = clock.now(), self._has_room()
        if not room and self._last is not None and timedelta() <= now - self._last < AT_MOST:
            return
        self._last = now
        await self._make_sure()
        for _ in range(AT_ONCE if room else IN_A_RUSH):
            if not await self._link() or (room and not self._has_room()):
                return

    async def finish(self) -> None:
        """Link what is left before the daemon ends, receipts included. A database that does not answer is not waited for."""
        self.ledger.hurry = True
        await self._make_sure()
        for _ in range(AT_ONCE):
            if not await self._link():
                return

    async def _link(self) -> bool:
        at_us = micros(clock.now())
        made = await self.ledger.read(lambda c: chain.make(c, self._horizon, self._keys, at_us=at_us))
        if made is None:
            return False
        link: Made = made
        if await self.ledger.write(lambda c: chain.add(c, link)):
            self.witness.write_link(link.number, link.digest)
        return True

    async def _make_sure(self) -> None:
        """Look once whether the chain holds what was witnessed, and write down when it does not."""
        witnessed = self.witness.read_link()
        if not self._trusts and witnessed is not None:
            known = witnessed
            if not await self.ledger.read(lambda c: chain.holds(c, *known)):
                await self.ledger.write(lambda c: chain.note_broken(c, known, at_us=micros(clock.now())))
                log.warning(
                    say(
                        f"chuỗi của sổ cái không có mắt xích {known[0]} đã ghi nhận (khôi phục từ bản sao, hoặc bị sửa); xem: loa audit",
                        f"the ledger's chain lacks link {known[0]} that was witnessed (put back from a copy, or changed); see: loa audit",
                    )
                )
        self._trusts = True
