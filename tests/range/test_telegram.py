"""The promise on Telegram where a chat of the staff lets us look: nobody is asked any more, and nothing is said twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.telegram import STAFF
from tests.range.course import course
from tests.range.faults import MAIN, OTHERS, Fault, meet

LOOKING = {"staging": str(STAFF), "probe": str(STAFF), "settle": "9"}
ALL = [*MAIN, *OTHERS]


def looked_for(fault: Fault) -> Fault:
    """What a person had to tell, a look tells."""
    ends = {network: end for network, end in fault.ends.items() if end != "unconfirmed"}
    return replace(fault, ends=ends, public=())


@pytest.mark.slow
def test_every_fault_ends_as_it_must(tmp_path: Path) -> None:
    tallies = meet(tmp_path, ALL, networks=["telegram"], options=LOOKING)
    assert len(tallies) == len(ALL)
    for fault in ALL:
        for tally in tallies:
            if tally.scenario == fault.title:
                looked_for(fault).check(tally)


def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=2, networks=["telegram"], options=LOOKING) as made:
        made.wish(1, seconds=3, campaign="truoc")
        made.until_idle()
        made.kill_in_mid_sending(6, 5)
        for tally in made.tally("kill -9"):
            tally.all_public()
