"""One of many: how long before its time a channel is taken, and that it is kept until then."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.daemon.distributed import AHEAD, FARTHEST, STAY, _Life, lead_for

SECOND = 1_000_000


@pytest.mark.parametrize(("channels", "lead"), [(0, AHEAD), (1_500, AHEAD), (10_000, 100 * SECOND), (10**6, FARTHEST)])
def test_the_more_channels_wait_the_sooner_they_are_handed_out(channels: int, lead: int) -> None:
    assert lead_for(channels) == lead


class Taken(_Life):
    """A life of a worker that has taken some channels, each of which has something to do at its moment."""

    def __init__(self, due: dict[str, int]) -> None:
        self.due = due
        self.let_go: set[str] = set()
        self.acts = cast(Any, SimpleNamespace(dispatcher=SimpleNamespace(channels=set(due), let_go=self._let_go)))

    def _let_go(self, channels: set[str]) -> set[str]:
        self.let_go |= channels
        return set()  # nothing more is to be done for what stays busy

    async def _wants(self, within_us: int) -> set[str]:
        return {channel for channel, at in self.due.items() if at <= within_us}


def test_of_many_channels_none_is_given_back_before_its_time() -> None:
    life = Taken({f"k{n}": 90 * SECOND for n in range(10_000)} | {"idle": FARTHEST + SECOND})
    asyncio.run(life._tend())
    assert life.let_go == {"idle"}


def test_of_few_channels_those_with_nothing_soon_are_given_back() -> None:
    life = Taken({"soon": AHEAD + STAY, "later": AHEAD + STAY + 1})
    asyncio.run(life._tend())
    assert life.let_go == {"later"}
