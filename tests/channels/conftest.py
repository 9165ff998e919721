"""The stands on which channels are tested: every network, those over HTTP, or one by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.channels import containers, media, threads, youtube, youtube_upload, zalo_shelf
from tests.channels.stand import CASES, Case, Stand
from tests.fakes import Fake
from tests.fakes.server import running

OVER_HTTP = [case for case in CASES if case.fake]
Open = Callable[[str], Stand]


def named(case: Case) -> str:
    kinds = [kind for kind, option in (("hidden", "hidden_first"), ("staff", "probe")) if case.options.get(option)]
    return "-".join([case.network, *kinds])


@pytest.fixture(scope="session")
def fakes() -> Iterator[dict[str, Fake]]:
    """Every network, running."""
    with ExitStack() as stack:
        started = {case.network: case.fake() for case in OVER_HTTP if case.fake}
        for fake in started.values():
            stack.enter_context(running(fake))
        yield started


@contextmanager
def standing(case: Case, fakes: dict[str, Fake], folder: Path) -> Iterator[Stand]:
    fake = fakes.get(case.network)
    if fake:
        fake.reset()
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patch:
        patch.setattr(media, "is_at_home", lambda host: False)  # the fakes live at home
        patch.setattr(containers, "PAUSES", (0.001,) * 10)
        patch.setattr(threads.Threads, "way", replace(threads.WAY, settle=0))
        stand = Stand(case, fake, folder, runner)
        yield stand
        stand.close()


@pytest.fixture(params=CASES, ids=named)
def stand(request: pytest.FixtureRequest, fakes: dict[str, Fake], tmp_path: Path) -> Iterator[Stand]:
    """Each network in turn."""
    with standing(request.param, fakes, tmp_path) as stand:
        yield stand


@pytest.fixture(params=OVER_HTTP, ids=named)
def online(request: pytest.FixtureRequest, fakes: dict[str, Fake], tmp_path: Path) -> Iterator[Stand]:
    """Each network over HTTP in turn."""
    with standing(request.param, fakes, tmp_path) as stand:
        yield stand


@pytest.fixture
def only(fakes: dict[str, Fake], tmp_path: Path) -> Iterator[Open]:
    """The stand of this name."""
    with ExitStack() as stack:
        cases = {named(case): case for case in CASES}
        yield lambda network: stack.enter_context(standing(cases[network], fakes, tmp_path))


@pytest.fixture(autouse=True)
def quick_verification(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits seconds for a picture, or a film, that a fake has already."""
    monkeypatch.setattr(zalo_shelf, "VERIFY_EVERY", 0.001)
    monkeypatch.setattr(youtube, "LOOKS", (0.001,) * 4)
    monkeypatch.setattr(youtube_upload, "PAUSES", (0.0, 0.001, 0.001))
