"""The promise under the main faults, in a minute."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path

from tests.range.course import Course, course, wait_for
from tests.range.faults import MAIN, meet


def test_the_main_faults_on_every_network(tmp_path: Path) -> None:
    tallies = meet(tmp_path, MAIN)
    for fault in MAIN:
        for tally in tallies:
            if tally.scenario == fault.title:
                fault.check(tally)


def slowly(made: Course) -> None:
    """Let every post take a moment, so that there is a middle: accepted before it or after it."""
    for account in made.accounts:
        account.fault("hang" if account.number % 2 else "slow_ok", times=10_000, seconds=0.05)


def test_a_daemon_killed_in_mid_sending_says_nothing_twice(tmp_path: Path) -> None:
    with course(tmp_path, count=4) as made:
        slowly(made)
        made.wish(13, seconds=4)
        daemon = made.start()
        made.wait_public(60, 20)
        daemon.kill()
        daemon.wait(10)
        assert made.states()["sending"], "nothing was in flight: the kill proves nothing"
        made.until_idle()
        made.audit()
        for tally in made.tally("kill -9"):
            tally.check()
            assert set(tally.states) <= {"published", "unconfirmed"}
            if tally.network != "telegram":
                tally.all_public()


def test_of_two_daemons_one_works_and_one_says_who(tmp_path: Path) -> None:
    with course(tmp_path, count=2) as made:
        made.wish(10, seconds=5)
        first, second = made.start(), made.start()
        wait_for(lambda: first.poll() is not None or second.poll() is not None, 10, "one of two gives up")
        loser, worker = (0, second) if first.poll() is not None else (1, first)
        assert made.daemons[loser].wait(5) == 3
        assert re.search(rf"pid {worker.pid}\b", made.said(loser)), made.said(loser)
        made.wait_public(80, 20)
        assert made.end(worker) == 0
        made.audit()
        for tally in made.tally("two daemons"):
            tally.all_public()


def test_sigterm_finishes_what_is_in_flight(tmp_path: Path) -> None:
    with course(tmp_path) as made:
        for account in made.accounts:
            account.fault("hang", times=1, seconds=2)
        made.wish(4, seconds=4)
        daemon = made.start()
        made.wait_public(4, 15)
        asked = time.monotonic()
        assert made.end(daemon) == 0
        assert time.monotonic() - asked < 4
        assert made.states() == {"published": 4, "scheduled": 12}
        made.until_idle()
        for tally in made.tally("SIGTERM"):
            tally.all_public()


def test_a_dead_token_holds_its_channel_and_a_release_loses_nothing(tmp_path: Path) -> None:
    with course(tmp_path, count=2) as made:
        dead = [account for account in made.accounts if account.number == 1]
        for account in dead:
            account.fault("dead_token", times=10_000)
        made.wish(8, seconds=4)
        daemon = made.start()
        made.wait_public(32, 15)
        wait_for(lambda: len(made.query("SELECT * FROM hold")) == 4, 15, "four channels on hold")
        time.sleep(2)
        for account in dead:
            assert account.requests()["refused"] <= 3, account
            account.fault(None)
            made.loa("release", "--channel", account.id, "--why", "the token is new")
        made.wait_public(64, 15)
        made.wait_state(10, published=64)
        assert made.end(daemon) == 0
        for tally in made.tally("dead token"):
            tally.all_public()


def shared(made: Course, budgets: str) -> None:
    """Let all Mastodon accounts speak through one app."""
    file = made.workspace / "campaigns/channels.yaml"
    lines = file.read_text().replace("network: mastodon,", "network: mastodon, app: loa,")
    file.write_text(lines + budgets)


def test_the_budget_of_an_app_holds_over_all_its_channels_and_over_a_restart(tmp_path: Path) -> None:
    with course(tmp_path, count=4, networks=["mastodon"]) as made:
        shared(made, "budgets:\n  - {app: loa, most: 3, within: 4s}\n")
        made.wish(2, seconds=4)
        daemon = made.start()
        made.wait_public(3, 15)
        daemon.kill()
        daemon.wait(10)
        made.until_idle()
        for tally in made.tally("budget of an app"):
            tally.all_public()
        at = sorted(datetime.fromisoformat(p["at"]).timestamp() for a in made.accounts for p in a.public())
        assert all(later - earlier > 3.5 for earlier, later in zip(at, at[3:], strict=False)), at


def test_an_app_whose_allowance_runs_out_slows_down(tmp_path: Path) -> None:
    with course(tmp_path, count=2, networks=["mastodon"]) as made:
        shared(made, "")
        for account in made.accounts:
            account.ask("_headers", **{"X-App-Usage": '{"call_count": 76}'})  # three seconds from one to the next
        made.wish(2, seconds=4)
        made.until_idle()
        at = sorted(datetime.fromisoformat(p["at"]).timestamp() for a in made.accounts for p in a.public())
        assert len(at) == 4
        assert at[2] - at[1] > 2.5, at
        assert [row["channel"] for row in made.query("SELECT channel FROM channel WHERE channel LIKE 'app:%'")] == [
            "app:loa"
        ]
