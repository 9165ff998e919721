"""The promise on Instagram, which fetches the picture of every post from the daemon: every fault, and a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.range.course import Course, course
from tests.range.faults import MAIN, OTHERS, Fault, meet

QUICK = {"settle": "4"}


def ends_as_it_must(folder: Path, faults: tuple[Fault, ...]) -> None:
    tallies = meet(folder, faults, networks=["instagram"], options=QUICK)
    assert len(tallies) == len(faults)
    for fault in faults:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


def test_the_main_faults_end_with_pictures_as_elsewhere_without(tmp_path: Path) -> None:
    ends_as_it_must(tmp_path, MAIN)


@pytest.mark.slow
def test_every_other_fault_ends_with_pictures_as_elsewhere_without(tmp_path: Path) -> None:
    ends_as_it_must(tmp_path, OTHERS)


def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=3, networks=["instagram"], options=QUICK) as made:
        for account in made.accounts:
            account.fault("hang", times=1)
        made.wish(3, seconds=4)
        daemon = made.start()
        made.wait_public(1, 40)
        daemon.kill()
        daemon.wait(10)
        assert made.states()["sending"], "nothing was in flight: the kill proves nothing"
        made.until_idle()
        for tally in made.tally("kill -9"):
            tally.all_public()
        each_shows_its_own(made)


def each_shows_its_own(made: Course) -> None:
    for account in made.accounts:
        shown = [image["sha256"] for post in account.public() for image in post["images"]]
        assert len(shown) == len(set(shown)) == 3, account.id
