"""The promise on Zalo, whose tokens are renewed and whose articles are verified: shown at once, and hidden first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.range.course import course
from tests.range.faults import MAIN, OTHERS, meet

AT_ONCE = {"settle": "4"}
HIDDEN_FIRST = {"hidden_first": "yes"}
ALL = [*MAIN, *OTHERS]

way = pytest.mark.parametrize("options", [AT_ONCE, HIDDEN_FIRST], ids=["at once", "hidden first"])


@pytest.mark.slow
@way
def test_every_fault_ends_as_it_must(tmp_path: Path, options: dict[str, str]) -> None:
    tallies = meet(tmp_path, ALL, networks=["zalo"], options=options)
    assert len(tallies) == len(ALL)
    for fault in ALL:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


@way
def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path, options: dict[str, str]) -> None:
    with course(tmp_path, count=3, networks=["zalo"], options=options) as made:
        made.kill_in_mid_sending(8, 6)
        for tally in made.tally("kill -9"):
            tally.all_public()


def test_one_pair_serves_the_daemon_and_the_commands_beside_it(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=AT_ONCE) as made:
        made.wish(2, seconds=6)
        daemon = made.start()
        for _ in range(2):
            made.loa("channels")
        made.wait_public(2, 30)
        assert made.end(daemon) == 0
        assert made.accounts[0].requests()["token"] == 1
        [row] = made.query("SELECT * FROM token")
        assert (row["lost"], row["trouble"], row["started_us"]) == (0, "", None)
        assert "zalo-" not in row["sealed"]
