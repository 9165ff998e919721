"""Senders: so many at a time, one after the other in order, and a fault of one is loud."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.posting.arm import Armed
from scheduler.posting.senders import Senders


def armed(id: int) -> Armed:
    return cast(Armed, SimpleNamespace(id=id))


def ids(given: list[Any]) -> list[int]:
    return [one.id for one in given]


def test_no_more_than_so_many_work_at_once_and_each_takes_the_next_in_order() -> None:
    begun: list[Any] = []
    most = 0
    gates = {n: asyncio.Event() for n in range(6)}

    async def send(one: Any, started_us: int) -> None:
        nonlocal most
        begun.append(one)
        most = max(most, senders.working)
        await gates[one.id].wait()

    async def run() -> None:
        tasks: list[asyncio.Task[None]] = []
        senders.start = lambda work: tasks.append(asyncio.create_task(work))
        for n in range(6):
            senders.give(armed(n), n)
        await asyncio.sleep(0)
        assert ids(begun) == [0, 1]
        gates[1].set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert ids(begun) == [0, 1, 2]
        for gate in gates.values():
            gate.set()
        await asyncio.gather(*tasks)
        assert len(tasks) == 2

    senders = Senders(2, send, lambda work: None)
    asyncio.run(run())
    assert ids(begun) == [0, 1, 2, 3, 4, 5]
    assert most == 2
    assert senders.working == 0


def test_who_was_idle_works_again_when_something_comes() -> None:
    sent: list[Any] = []

    async def send(one: Any, started_us: int) -> None:
        sent.append(one)

    async def run() -> None:
        tasks: list[asyncio.Task[None]] = []
        senders = Senders(2, send, lambda work: tasks.append(asyncio.create_task(work)))
        for n in range(3):
            senders.give(armed(n), 0)
            await asyncio.gather(*tasks)
        assert len(tasks) == 3

    asyncio.run(run())
    assert ids(sent) == [0, 1, 2]


def test_a_fault_ends_one_sender_loudly_and_leaves_its_place_to_another() -> None:
    sent: list[Any] = []

    async def send(one: Any, started_us: int) -> None:
        if one.id == 0:
            raise ZeroDivisionError
        sent.append(one)

    async def run() -> None:
        tasks: list[asyncio.Task[None]] = []
        senders = Senders(1, send, lambda work: tasks.append(asyncio.create_task(work)))
        senders.give(armed(0), 0)
        with pytest.raises(ZeroDivisionError):
            await tasks[0]
        senders.give(armed(1), 0)
        await tasks[1]

    asyncio.run(run())
    assert ids(sent) == [1]
