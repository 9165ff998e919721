"""Senders: so many at a time send what was claimed, in the order in which it was."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from scheduler.posting.arm import Armed


@dataclass
class Senders:
    """At most `count` of them work, each on one delivery after the other; `start` sets one to work."""

    count: int
    send: Callable[[Armed, int], Awaitable[None]]
    start: Callable[[Any], None]
    working: int = field(default=0, init=False)
    _waiting: deque[tuple[Armed, int]] = field(default_factory=deque, init=False)

    def give(self, armed: Armed, started_us: int) -> None:
        """Let a delivery be sent as soon as a sender is free. `started_us`: when its intent was written."""
        self._waiting.append((armed, started_us))
        if self.working < self.count:
            self.working += 1
            self.start(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self.send(*self._waiting.popleft())
                await asyncio.sleep(0)  # what has arrived is read first, so requests leave in groups: a tenth faster
        finally:
            self.working -= 1
