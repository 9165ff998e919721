"""The promise on YouTube: films that are uploaded beforehand, cut off and taken up again, each public once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.range.course import Account, course, sleep_until, wait_for
from tests.range.faults import MAIN, OTHERS, meet

ALL = [*MAIN, *OTHERS]


def made(account: Account) -> int:
    """Return how many films were ever made of our uploads, the private ones too."""
    return account.requests().get("media", 0)


@pytest.mark.slow
def test_every_fault_ends_as_it_must(tmp_path: Path) -> None:
    tallies = meet(tmp_path, ALL, networks=["youtube"])
    assert len(tallies) == len(ALL)
    for fault in ALL:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


@pytest.mark.slow
def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=3, networks=["youtube"]) as made_:
        made_.kill_in_mid_sending(4, 4)
        for tally in made_.tally("kill -9"):
            tally.all_public()
        assert [made(account) for account in made_.accounts] == [4] * 3


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param({}, id="kill"),
        pytest.param({"put_faults": ["", "gone_after"], "unlisted": 0}, id="kill, lost", marks=pytest.mark.slow),
    ],
)
def test_a_daemon_killed_in_the_midst_of_an_upload_makes_no_second_film(tmp_path: Path, faults: dict[str, Any]) -> None:
    with course(tmp_path, networks=["youtube"]) as made_:
        [account] = made_.accounts
        account.ask("_set", slow=1.0, cut_at=[300_000], **faults)
        made_.wish(1, seconds=6)
        daemon = made_.start()
        wait_for(lambda: account.requests().get("put", 0) >= 2, 20, "a cut, and a second piece")
        daemon.kill()
        daemon.wait(10)
        account.ask("_set", slow=0.0)
        made_.until_idle()
        for tally in made_.tally("kill -9 in an upload"):
            tally.all_public()
        assert made(account) == 1


@pytest.mark.slow
def test_a_film_that_youtube_rejects_fails_and_nothing_is_public(tmp_path: Path) -> None:
    with course(tmp_path, networks=["youtube"]) as made_:
        [account] = made_.accounts
        account.ask("_set", ends_as="rejected/copyright")
        made_.wish(1, seconds=5)
        assert made_.until_idle() == 1
        [row] = made_.rows().values()
        assert (row["state"], account.public()) == ("failed", [])
        assert "copyright" in row["error"]


@pytest.mark.slow
def test_a_hold_during_the_hours_before_keeps_the_film_private(tmp_path: Path) -> None:
    with course(tmp_path, networks=["youtube"]) as made_:
        [account] = made_.accounts
        due = made_.wish(1, seconds=12)
        daemon = made_.start()
        wait_for(lambda: made(account) == 1, 10, "uploaded beforehand")
        made_.loa("hold", "--campaign", "c", "--why", "quốc tang")
        sleep_until(due + timedelta(seconds=2))
        assert account.public() == []
        made_.loa("release", "--campaign", "c", "--why", "hết tang")
        made_.wait_public(1, 10)
        assert made_.end(daemon) == 0
        for tally in made_.tally("hold"):
            tally.all_public()
        assert made(account) == 1
