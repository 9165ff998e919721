"""The promise on Threads, whose posts are containers first: every fault, a kill, and a post that the list shows late."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.range.course import course
from tests.range.faults import MAIN, OTHERS, meet

QUICK = {"settle": "4"}
ALL = [*MAIN, *OTHERS]


@pytest.mark.slow
def test_every_fault_ends_as_it_must(tmp_path: Path) -> None:
    tallies = meet(tmp_path, ALL, networks=["threads"], options=QUICK)
    assert len(tallies) == len(ALL)
    for fault in ALL:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=3, networks=["threads"], options=QUICK) as made:
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
