"""Uploads under way: told in the log every few seconds, and in one row of the ledger for `loa status`."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.clock import Clock, micros
from scheduler.ledger.moves import beat
from scheduler.posting.pace import to_micros
from scheduler.posting.threads import LedgerThreads
from scheduler.text import say

log = logging.getLogger("loa")

TOLD_EVERY = timedelta(seconds=5)  # in the log, of one upload
NAME = "uploads"  # of the row


@dataclass
class Uploads:
    """What is being uploaded just now: by key, how many bytes have left, and of how many."""

    ledger: LedgerThreads
    clock: Clock
    under_way: dict[str, tuple[int, int]] = field(default_factory=dict)
    _told_us: dict[str, int] = field(default_factory=dict)
    _kept: str = "[]"

    def teller(self, key: str) -> Callable[[int, int], None]:
        """Return whom a channel tells how far it is with this delivery."""

        def tell(sent: int, size: int) -> None:
            self.under_way[key] = sent, size
            now_us = micros(self.clock.now())
            if sent < size and now_us - self._told_us.setdefault(key, now_us) >= to_micros(TOLD_EVERY):
                self._told_us[key] = now_us
                words = say("%s: đang tải lên %s MB, %s%%", "%s: uploading %s MB, %s%%")
                log.info(words, key, round(size / 1e6, 1), 100 * sent // max(1, size))

        return tell

    def ended(self, key: str) -> None:
        self.under_way.pop(key, None)
        self._told_us.pop(key, None)

    async def keep(self) -> None:
        """Keep in the ledger what is under way, while anything is, and once more when nothing is any more."""
        said = json.dumps([{"key": key, "sent": s, "size": n} for key, (s, n) in sorted(self.under_way.items())])
        if said == self._kept == "[]":
            return
        self._kept = said
        at_us = micros(self.clock.now())
        await self.ledger.write(lambda c: beat(c, NAME, at_us, said))
