"""Many workers on one PostgreSQL: killed, cut off, asleep, without their server; nothing twice, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.range.course import TALLIES, Course, Networks, sleep_until, wait_for
from tests.range.faults import EVERY, MAIN, OTHERS, meet
from tests.range.hosts import Hosts, possible
from tests.range.postgres import Postgres, postgres
from tests.range.test_slow import added, settled, slowly

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("RANGE_SEED", random.SystemRandom().randrange(10**6)))
WORKERS = ("mot", "hai", "ba")
REACHABLE = ("bluesky", "telegram", "wordpress")  # whose accounts are not named after the server's address
LIMIT = 15  # seconds in which others must have taken over
MESSAGES = 25
Workers = list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@contextmanager
def three(folder: Path, server: Postgres, count: int = 3) -> Iterator[tuple[Course, Workers]]:
    """A course, and three workers of which each has some of its channels."""
    with Networks(count) as networks, Course(folder, networks, database_url=server.database()) as made:
        slowly(made, 0.1)
        made.loa("migrate")
        workers = [made.start(LOA_WORKER=name) for name in WORKERS]
        wait_for(lambda: len(holding(made)) == len(WORKERS), 30, "three workers")
        yield made, workers


def holding(made: Course) -> dict[str, int]:
    """Return how many channels each living worker has, by its name."""
    asked = "SELECT name, count(channel) AS n FROM worker LEFT JOIN pump ON worker = number GROUP BY name"
    return {row["name"]: int(row["n"]) for row in made.query(asked)}


def all_work(made: Course) -> bool:
    had = holding(made)
    return len(had) == len(WORKERS) and all(had.values())


def taken_over(made: Course, name: str) -> bool:
    """Whether a worker is gone from the ledger, and all its channels are somebody's again, or done with."""
    if name in holding(made):
        return False
    return not made.query("SELECT 1 AS x FROM pump WHERE worker NOT IN (SELECT number FROM worker) LIMIT 1")


def ended(made: Course, workers: Workers, scenario: str, seconds: float = 90) -> None:
    """Let the workers that are left finish, and count."""
    left = [worker for worker in workers if worker.poll() is None]
    wait_for(lambda: not made.query("SELECT 1 AS x FROM delivery WHERE state IN ('scheduled', 'sending') LIMIT 1")
             and not made.query("SELECT 1 AS x FROM delivery WHERE state = 'unconfirmed' AND next_us IS NOT NULL LIMIT 1"),
             seconds, f"{made.states()}")  # fmt: skip
    assert [made.end(worker) for worker in left] == [0] * len(left)
    settled(made.tally(scenario))
    assert holding(made) == {}


def tell(what: str, seconds: float) -> None:
    print(f"\n{what}: {seconds:.1f} s")
    assert seconds <= LIMIT


def test_three_workers_share_the_channels(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server) as (made, workers):
        made.wish(MESSAGES, seconds=8)
        wait_for(lambda: all_work(made), 20, f"{holding(made)}")
        ended(made, workers, "three workers")


@pytest.mark.parametrize("turn", range(6))
def test_one_of_three_is_killed_at_a_random_instant(tmp_path: Path, server: Postgres, turn: int) -> None:
    print(f"\nRANGE_SEED={SEED}")
    chance = random.Random(SEED + turn)
    with three(tmp_path, server) as (made, workers):
        due = made.wish(MESSAGES, seconds=8)
        wait_for(lambda: all_work(made), 20, f"{holding(made)}")
        sleep_until(due + timedelta(seconds=chance.uniform(-0.5, 1.5)))
        victim = chance.randrange(3)
        workers[victim].kill()
        began = time.monotonic()
        wait_for(lambda: taken_over(made, WORKERS[victim]), 30)
        tell("taken over after a kill", time.monotonic() - began)
        ended(made, workers, "three workers, one killed")


def test_two_of_three_are_killed_one_after_the_other(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server) as (made, workers):
        due = made.wish(MESSAGES, seconds=8)
        wait_for(lambda: all_work(made), 20, f"{holding(made)}")
        sleep_until(due + timedelta(seconds=0.3))
        for victim in workers[:2]:
            victim.kill()
            victim.wait(10)
            time.sleep(3)
        ended(made, workers, "three workers, two killed")


def test_the_planner_is_killed_and_another_plans(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server) as (made, workers):
        made.wish(MESSAGES, seconds=12)
        planner = wait_for(lambda: [n for n in range(3) if "this worker plans" in made.said(n)], 20)[0]
        workers[planner].kill()
        began = time.monotonic()
        others = [n for n in range(3) if n != planner]
        wait_for(lambda: any("this worker plans" in made.said(n) for n in others), 30)
        tell("another plans", time.monotonic() - began)
        made.wish(3, seconds=9, campaign="d", apply=False)  # nobody but the planner writes this down
        wait_for(lambda: made.query("SELECT 1 AS x FROM delivery WHERE campaign = 'd'"), 15)
        ended(made, workers, "three workers, the planner killed")


def test_one_of_three_falls_asleep_and_wakes_when_it_was_taken_for_dead(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server) as (made, workers):
        due = made.wish(MESSAGES, seconds=8)
        wait_for(lambda: all_work(made), 20, f"{holding(made)}")
        sleep_until(due + timedelta(seconds=0.5))
        workers[0].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        wait_for(lambda: taken_over(made, WORKERS[0]), 30)
        tell("taken over from one that sleeps", time.monotonic() - began)
        workers[0].send_signal(signal.SIGCONT)
        wait_for(lambda: WORKERS[0] in holding(made), 20, "it is back")
        assert "took this process for dead" in made.said(0)
        ended(made, workers, "three workers, one asleep")


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_is_restarted_under_three_workers(tmp_path: Path, server: Postgres, how: str) -> None:
    with three(tmp_path, server) as (made, workers):
        made.wish(MESSAGES, seconds=8)
        made.wait_public(90, 30)
        server.restart(how)
        ended(made, workers, f"three workers, PostgreSQL restarted ({how})")


def test_an_emergency_goes_at_once_on_channels_that_nobody_has(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server, count=1) as (made, workers):
        text = "Tin e/m0: cảnh báo khẩn cấp, tránh xa khu vực sạt lở. Gọi 113."
        message = f"  - {{id: m0, text: '{text}', class: emergency, when: now}}"
        (made.workspace / "campaigns/e.yaml").write_text(
            f"campaign: e\nchannels: [{', '.join(a.id for a in made.accounts)}]\napproval: none\nmessages:\n{message}\n"
        )
        made.loa("apply")
        began = time.monotonic()
        made.wait_public(len(made.accounts), 15)
        seconds = time.monotonic() - began
        print(f"\nan emergency is public on {len(made.accounts)} networks: {seconds:.1f} s after it was applied")
        assert seconds < 5
        assert [made.end(worker) for worker in workers] == [0, 0, 0]


def test_a_hold_reaches_every_worker_within_a_second(tmp_path: Path, server: Postgres) -> None:
    with three(tmp_path, server) as (made, workers):
        made.wish(400, seconds=8, late_after="2h")
        wait_for(lambda: all_work(made), 20, f"{holding(made)}")
        made.wait_public(60, 30)
        made.loa("hold", "--all", "--why", "dừng")
        time.sleep(1)
        before = sum(len(account.public()) for account in made.accounts)
        time.sleep(3)
        assert sum(len(account.public()) for account in made.accounts) == before
        assert before < 400 * len(made.accounts)
        assert [made.end(worker) for worker in workers] == [0, 0, 0]
        lines = len(TALLIES)
        tallies = made.tally("three workers, all held")
        del TALLIES[lines:]  # what is held was not lost
        for tally in tallies:
            assert not tally.twice + tally.denied + tally.early, tally


def test_a_worker_keeps_to_its_queues(tmp_path: Path, server: Postgres) -> None:
    with Networks(2) as networks, Course(tmp_path, networks, database_url=server.database()) as made:
        first = made.start(LOA_WORKER="mot", LOA_QUEUES="mastodon")
        made.wish(5, seconds=6)
        wait_for(lambda: made.states()["published"] == 10, 30, f"{made.states()}")
        said = made.query("SELECT DISTINCT channel FROM delivery WHERE state <> 'scheduled'")
        assert {row["channel"] for row in said} == {"mastodon-0", "mastodon-1"}
        second = made.start(LOA_WORKER="hai", LOA_QUEUES="!mastodon")
        ended(made, [first, second], "workers with queues of their own")


def test_every_fault_on_every_network_with_three_workers(tmp_path: Path, server: Postgres) -> None:
    faults = (*MAIN, *OTHERS)
    before = len(TALLIES)
    tallies = meet(tmp_path, faults, seconds=240, networks=EVERY, database_url=server.database(), workers=WORKERS)
    del TALLIES[before:]
    TALLIES.extend(added("every fault, three workers", tallies))
    for tally in tallies:
        next(fault for fault in faults if fault.title == tally.scenario).check(tally)


# --- hosts of their own ------------------------------------------------------------------------------------------------

hosted = pytest.mark.skipif(not possible(), reason="needs the right to make network namespaces (ip netns)")


@hosted
@pytest.mark.parametrize("also_networks", [False, True], ids=["from PostgreSQL", "from everything"])
def test_one_of_three_hosts_is_cut_off(tmp_path: Path, server: Postgres, also_networks: bool) -> None:
    with Hosts(3) as hosts, Networks(3, REACHABLE) as networks:
        networks.accounts = [hosts.reachable(account) for account in networks.accounts]
        url = server.database()
        with Course(tmp_path, networks, database_url=url) as made:
            slowly(made, 0.1)
            made.loa("migrate")
            inside = hosts.database(url)
            workers = [
                made.start(where=hosts.on(n), LOA_WORKER=name, LOA_DATABASE_URL=inside)
                for n, name in enumerate(WORKERS)
            ]
            wait_for(lambda: len(holding(made)) == len(WORKERS), 30, "three workers")
            due = made.wish(MESSAGES, seconds=8)
            wait_for(lambda: all_work(made), 25, f"{holding(made)}")
            sleep_until(due + timedelta(seconds=0.6))
            hosts.cut(1, networks=also_networks)
            began = time.monotonic()
            wait_for(lambda: taken_over(made, WORKERS[1]), 30)
            tell("taken over from one that was cut off", time.monotonic() - began)
            time.sleep(3)
            hosts.mend(1)
            wait_for(lambda: WORKERS[1] in holding(made), 40, "it is back")
            ended(
                made, workers, f"three hosts, one cut off {'from everything' if also_networks else 'from PostgreSQL'}"
            )
