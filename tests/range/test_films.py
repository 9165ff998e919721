"""The promise with films: nothing twice, nothing lost; a large one goes up whole, and the daemon stays small."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.composing.films import film
from tests.fakes.telegram import STAFF
from tests.range.course import Course, course, wait_for
from tests.range.faults import MAIN, OTHERS, Fault, meet

SHOWING = ("facebook", "mastodon", "wordpress")
LOOKING = {"staging": str(STAFF), "probe": str(STAFF), "settle": "9"}
LARGE = 200_000_000  # bytes
MOST = 150  # MB that a daemon may hold


def looked_for(fault: Fault) -> Fault:
    ends = {network: end for network, end in fault.ends.items() if end != "unconfirmed"}
    return replace(fault, ends=ends, public=())


def test_the_main_faults_end_with_films_as_without(tmp_path: Path) -> None:
    tallies = meet(tmp_path, MAIN, networks=SHOWING, filmed=True)
    assert len(tallies) == len(MAIN) * len(SHOWING)
    for fault in MAIN:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


@pytest.mark.slow
def test_nobody_waits_for_a_film_that_is_still_being_converted(tmp_path: Path) -> None:
    with course(tmp_path, networks=["facebook"]) as made:
        made.accounts[0].ask("_films", looks=2)  # five seconds apart
        made.wish(1, seconds=3, campaign="phim", film=film(made.workspace / "video" / "a.mp4"))
        made.wish(2, seconds=5, campaign="chu", gap=1)
        made.until_idle()
        for tally in made.tally("a slow film"):
            tally.all_public()
        said = {key.partition("/")[0]: row["published_us"] for key, row in made.rows().items()}
        assert said["chu"] < said["phim"] - 3_000_000  # although the film was due before
        assert made.rows()["phim/m0@once/facebook-0"]["attempts"] == 1


@pytest.mark.slow
def test_every_other_fault_ends_with_films_as_without(tmp_path: Path) -> None:
    tallies = meet(tmp_path, OTHERS, networks=SHOWING, filmed=True)
    assert len(tallies) == len(OTHERS) * len(SHOWING)
    for fault in OTHERS:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


@pytest.mark.slow
def test_every_fault_ends_with_films_on_telegram(tmp_path: Path) -> None:
    faults = (*MAIN, *OTHERS)
    tallies = meet(tmp_path, faults, networks=["telegram"], options=LOOKING, filmed=True)
    assert len(tallies) == len(faults)
    for fault in faults:
        for tally in tallies:
            if tally.scenario == fault.title:
                looked_for(fault).check(tally)


def peak(daemon: subprocess.Popen[bytes]) -> float:
    """Return the most memory (MB) that a process has ever held."""
    [held] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{daemon.pid}/status").read_text())
    return int(held) / 1024


def is_whole(made: Course) -> None:
    for account in made.accounts:
        [post] = account.public()
        [shown] = post["films"]
        row = next(row for row in made.rows().values() if row["channel"] == account.id)
        body = made.query(f"SELECT body FROM post WHERE digest = '{row['digest']}'")[0]["body"]
        assert f'"sha256":"{shown["sha256"]}"' in body and shown["size"] == LARGE, account.id
        assert row["state"] == "published"


@pytest.mark.slow
def test_a_film_of_200_mb_goes_up_and_the_daemon_stays_small(tmp_path: Path) -> None:
    with course(tmp_path, networks=["facebook", "wordpress"]) as made:
        large = film(made.workspace / "video" / "large.mp4", padded_to=LARGE)
        made.wish(1, seconds=45, film=large, apply=False)
        daemon = made.start()  # it plans by itself: the fingerprint and the kept copy are its work as well
        made.wait_public(2, 150)
        made.wait_state(10, published=2)
        held = peak(daemon)
        assert made.end(daemon) == 0
        is_whole(made)
        late = max(row["published_us"] - row["due_us"] for row in made.rows().values()) / 1e6
        print(f"200 MB to two networks: at most {held:.0f} MB held, {late:.2f} s after its time")
        assert held < MOST
        assert late < 2


@pytest.mark.slow
def test_cut_ten_times_and_killed_once_it_is_whole_and_once(tmp_path: Path) -> None:
    with course(tmp_path, networks=["facebook"]) as made:
        large = film(made.workspace / "video" / "large.mp4", padded_to=LARGE)
        [page] = made.accounts
        page.ask("_films", cuts=10, cut_every=3)
        made.wish(1, seconds=40, film=large)
        daemon = made.start()
        wait_for(lambda: page.requests().get("media", 0) >= 8, 60, "eight chunks")
        daemon.kill()
        daemon.wait(10)
        before = page.requests()["media"]
        daemon = made.start()
        made.wait_state(200, published=1)
        held = peak(daemon)
        assert made.end(daemon) == 0
        is_whole(made)
        assert page.requests()["films"] == 1 and page.requests()["publish"] == 1
        assert "không được" not in made.said() and page.requests()["media"] <= 51 > before
        print(f"cut ten times and killed once: {page.requests()['media']} chunks, at most {held:.0f} MB held")
