"""The promise under everything else we could think of. Minutes; `make test-slow`, or `python -m tests.range`."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.range.course import FINDING, TALLIES, Course, Networks, Tally, course, sleep_until, wait_for
from tests.range.faults import MAIN, OTHERS, Fault, meet
from tests.range.postgres import Postgres, postgres

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("RANGE_SEED", random.SystemRandom().randrange(10**6)))
KILLS = 50
TOGETHER = 5  # workspaces that are tormented at the same time


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def slowly(made: Course, seconds: float = 0.05) -> None:
    """Let every post take a moment, so that there is a middle: accepted before it or after it."""
    for account in made.accounts:
        account.fault("hang" if account.number % 2 else "slow_ok", times=100_000, seconds=seconds)


def settled(tallies: list[Tally]) -> None:
    """All is public, or (telegram) a person is asked about what was in flight."""
    for tally in tallies:
        tally.check()
        if tally.network in FINDING:
            tally.all_public()
        else:
            assert set(tally.states) <= {"published", "unconfirmed"}, tally


# --- networks that fail ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> list[Tally]:
    """Every fault on every network, an account each, in one daemon."""
    return meet(tmp_path_factory.mktemp("faults"), (*MAIN, *OTHERS), seconds=180)


@pytest.mark.parametrize("fault", (*MAIN, *OTHERS), ids=lambda fault: fault.title)
def test_every_fault_on_every_network(met: list[Tally], fault: Fault) -> None:
    for tally in met:
        if tally.scenario == fault.title:
            fault.check(tally)


def test_networks_that_are_down_for_a_while(tmp_path: Path) -> None:
    """Nobody listens for ten seconds, from the moment that is due."""
    with course(tmp_path, count=2) as made:
        slowly(made)
        due = made.wish(8, seconds=5)
        daemon = made.start("--until-idle")
        sleep_until(due + timedelta(seconds=0.15))
        for account in made.accounts:
            account.ask("_down", seconds=10)
        daemon.wait(90)
        settled(made.tally("down 10 s"))


def test_networks_that_freeze_and_thaw(tmp_path: Path) -> None:
    """They take connections, say nothing for eight seconds, and then carry out what lay in their buffers."""
    with course(tmp_path, count=2) as made:
        due = made.wish(5, seconds=5, gap=0.2)
        daemon = made.start("--until-idle")
        sleep_until(due + timedelta(seconds=0.3))
        with (
            made.networks.frozen("mastodon"),
            made.networks.frozen("bluesky"),
            made.networks.frozen("telegram"),
            made.networks.frozen("wordpress"),
        ):
            time.sleep(8)
        daemon.wait(90)
        settled(made.tally("frozen 8 s"))


def test_an_outage_longer_than_late_after_is_not_followed_by_a_flood(tmp_path: Path) -> None:
    with course(tmp_path) as made:
        late = timedelta(minutes=1)
        due = made.wish(4, seconds=6, late_after="1m", gap=10)
        made.wish(2, seconds=95, campaign="sau", late_after="1m")
        daemon = made.start("--until-idle")
        sleep_until(due - timedelta(seconds=0.5))
        for account in made.accounts:
            account.ask("_down", seconds=80)
        daemon.wait(180)
        for tally in made.tally("outage > late_after"):
            tally.check()
            # within the lead the account was proven already; what was due 20 s and more before the end may be in time
            assert tally.states.get("missed", 0) >= 2, tally
            assert tally.states.get("missed", 0) + tally.states["published"] == 6, tally
        for one in made.expected:
            for post in made.spoken(one.account).get((one.campaign, one.message), []):
                assert datetime.fromisoformat(post["at"]) <= one.due + late + timedelta(seconds=1), one.key


# --- machines that die ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Instant:
    """When to kill: so many posts are public and so many seconds passed (`spoken` -1: before the due time)."""

    spoken: int
    seconds: float

    @classmethod
    def by(cls, chance: random.Random) -> Instant:
        return cls(chance.randint(-1, 190) if chance.random() > 0.1 else -1, chance.uniform(0, 0.1))


def killed_somewhere(folder: Path, networks: Networks, instant: Instant, database_url: str = "") -> list[Tally]:
    """204 deliveries, a kill, a restart, the count."""
    networks.reset()
    with Course(folder, networks, database_url=database_url) as made:
        slowly(made)
        due = made.wish(17, seconds=8)
        daemon = made.start()
        if instant.spoken < 0:
            sleep_until(due - timedelta(seconds=0.05))
        else:
            made.wait_public(instant.spoken, 40)
        time.sleep(instant.seconds)
        daemon.kill()
        daemon.wait(10)
        made.until_idle(120)
        made.audit()
        return made.tally(f"kill -9 at {instant}")


def kill_often(folder: Path, name: str, kills: int, database: Callable[[], str] = lambda: "") -> None:
    print(f"\nRANGE_SEED={SEED}")
    chance = random.Random(SEED)
    instants = [Instant.by(chance) for _ in range(kills)]

    def work(worker: int) -> list[list[Tally]]:
        with Networks(3) as networks:
            return [
                killed_somewhere(folder / str(i), networks, instants[i], database())
                for i in range(worker, kills, TOGETHER)
            ]

    before = len(TALLIES)
    with ThreadPoolExecutor(TOGETHER) as pool:
        rounds = [tallies for found in pool.map(work, range(TOGETHER)) for tallies in found]
    del TALLIES[before:]  # one line a network instead of fifty
    TALLIES.extend(added(f"{name} x {kills}", [t for tallies in rounds for t in tallies]))
    asked = sum(t.unconfirmed for tallies in rounds for t in tallies)
    assert asked, "no kill hit anything in flight: it proves nothing"
    for tallies in rounds:
        settled(tallies)


def added(scenario: str, tallies: list[Tally]) -> list[Tally]:
    """Return one tally a network for many rounds of the same thing; the longest time of all."""
    found = []
    for network in dict.fromkeys(t.network for t in tallies):
        these = [t for t in tallies if t.network == network]
        states: dict[str, int] = {}
        for tally in these:
            for state, n in tally.states.items():
                states[state] = states.get(state, 0) + n
        found.append(
            Tally(
                scenario, network,
                wished=sum(t.wished for t in these),
                intents=sum(t.intents for t in these),
                public=sum(t.public for t in these),
                twice=[k for t in these for k in t.twice],
                lost=[k for t in these for k in t.lost],
                denied=[k for t in these for k in t.denied],
                early=[k for t in these for k in t.early],
                states=states,
                seconds=max(t.seconds for t in these),
            )
        )  # fmt: skip
    return found


def test_killed_at_fifty_random_instants(tmp_path: Path) -> None:
    kill_often(tmp_path, "kill -9", KILLS)


def test_killed_again_and_again_while_it_comes_back(tmp_path: Path) -> None:
    """Eight kills in a row, also of daemons that have just begun to reconcile."""
    chance = random.Random(SEED)
    with course(tmp_path, count=3) as made:
        slowly(made, 0.1)
        due = made.wish(17, seconds=6)
        daemon = made.start()
        sleep_until(due + timedelta(seconds=0.3))
        daemon.kill()
        daemon.wait(10)
        for _ in range(7):
            daemon = made.start()
            time.sleep(chance.uniform(0.9, 3.5))
            daemon.kill()
            daemon.wait(10)
        made.until_idle(120)
        settled(made.tally("kill -9, 8 in a row"))


def test_killed_on_postgresql(tmp_path: Path, server: Postgres) -> None:
    kill_often(tmp_path, "kill -9, PostgreSQL", 10, server.database)


# --- databases that fail --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_restarted_in_mid_run(tmp_path: Path, server: Postgres, how: str) -> None:
    with course(tmp_path, count=3, database_url=server.database()) as made:
        slowly(made)
        made.wish(17, seconds=5)
        daemon = made.start("--until-idle")
        made.wait_public(60, 20)
        server.restart(how)
        code = daemon.wait(120)
        assert code in (0, 1), made.said()[-3000:]
        settled(made.tally(f"PostgreSQL restarted ({how})"))


def test_postgresql_crashes_again_and_again(tmp_path: Path, server: Postgres) -> None:
    """So that now and then a commit succeeds and nobody hears of it."""
    chance = random.Random(SEED)
    with course(tmp_path, count=3, database_url=server.database()) as made:
        slowly(made)
        made.wish(60, seconds=5)
        daemon = made.start("--until-idle")
        for n in range(1, 9):
            made.wait_public(n * 70, 60)
            time.sleep(chance.uniform(0, 0.1))
            server.restart("immediate")
        code = daemon.wait(120)
        assert code in (0, 1), made.said()[-3000:]
        settled(made.tally("PostgreSQL crashes 8 times"))


def test_postgresql_away_for_ten_seconds(tmp_path: Path, server: Postgres) -> None:
    with course(tmp_path, count=3, database_url=server.database()) as made:
        slowly(made)
        made.wish(17, seconds=5)
        daemon = made.start("--until-idle")
        made.wait_public(60, 20)
        server.stop()
        time.sleep(10)
        server.start()
        code = daemon.wait(120)
        assert code in (0, 1), made.said()[-3000:]
        settled(made.tally("PostgreSQL away 10 s"))


def test_two_daemons_on_one_postgresql_are_two_workers(tmp_path: Path, server: Postgres) -> None:
    """From two workspaces, so that no file tells them of each other."""
    url = server.database()
    with Networks(2) as networks, Course(tmp_path / "a", networks, database_url=url) as made:
        slowly(made)
        made.wish(17, seconds=6)
        shutil.copytree(made.workspace, tmp_path / "b/ws")
        with Course(tmp_path / "b", networks, database_url=url) as other:
            first, second = made.start(), other.start()
            made.wait_public(17 * 8, 40)
            assert [made.end(first), other.end(second)] == [0, 0]
        for tally in made.tally("two daemons, PostgreSQL"):
            tally.all_public()


def test_the_database_is_locked_for_fifteen_seconds(tmp_path: Path) -> None:
    with course(tmp_path, count=3) as made:
        slowly(made)
        made.wish(17, seconds=5)
        daemon = made.start("--until-idle")
        made.wait_public(60, 20)
        other = sqlite3.connect(made.var / "loa.db", timeout=10, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.3)
        before = sum(len(a.public()) for a in made.accounts)
        time.sleep(14.7)
        assert sum(len(a.public()) for a in made.accounts) == before, "something was said without an intent on disk"
        other.execute("ROLLBACK")
        other.close()
        assert daemon.wait(120) in (0, 1)
        for tally in made.tally("database locked 15 s"):
            tally.all_public()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own that is soon full."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    file = folder / "filler"
    with suppress(OSError), file.open("wb", buffering=0) as out:
        while True:
            out.write(b"\0" * 4096)
    return file


def test_the_disk_is_full_for_ten_seconds(tmp_path: Path) -> None:
    with small_disk(tmp_path / "ws", "8m"), course(tmp_path, count=3) as made:
        slowly(made)
        made.wish(40, seconds=6)
        daemon = made.start("--until-idle")
        made.wait_public(60, 20)
        filler = fill(made.workspace)
        wait_for(lambda: "does not answer" in made.said(), 10, "the daemon says that it cannot write")
        time.sleep(10)
        assert daemon.poll() is None, made.said()[-3000:]
        filler.unlink()
        assert daemon.wait(120) in (0, 1), made.said()[-3000:]
        for tally in made.tally("disk full 10 s"):
            tally.all_public()


def test_killed_while_the_disk_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "ws", "8m"), course(tmp_path, count=3) as made:
        slowly(made)
        made.wish(40, seconds=6)
        daemon = made.start()
        made.wait_public(60, 20)
        filler = fill(made.workspace)
        wait_for(lambda: "does not answer" in made.said(), 10, "the daemon says that it cannot write")
        daemon.kill()
        daemon.wait(10)
        filler.unlink()
        made.until_idle(120)
        settled(made.tally("disk full, kill -9"))


# --- a database put back from a copy --------------------------------------------------------------------------------


def only_the_database(made: Course, copy: Path) -> None:
    for name in ("loa.db", "loa.db-wal", "loa.db-shm"):
        (made.var / name).unlink(missing_ok=True)
        if (copy / name).exists():
            shutil.copy2(copy / name, made.var / name)


def all_of_var(made: Course, copy: Path) -> None:
    shutil.rmtree(made.var)
    shutil.copytree(copy, made.var)


@pytest.mark.parametrize("running", [False, True], ids=["copied at rest", "copied while it ran"])
@pytest.mark.parametrize("put_back", [only_the_database, all_of_var], ids=lambda how: how.__name__)
def test_a_database_put_back_from_a_copy_says_nothing_twice(
    tmp_path: Path, put_back: Callable[[Course, Path], None], running: bool
) -> None:
    with course(tmp_path, count=2) as made:
        first = made.wish(3, seconds=5, campaign="truoc")
        second = made.wish(3, seconds=13, campaign="giua")
        third = made.wish(3, seconds=32, campaign="sau")
        daemon = made.start()
        sleep_until(first + timedelta(seconds=1.5))
        made.wait_public(24, 30)  # a busy machine begins late
        if not running:
            assert made.end(daemon) == 0
        copy = tmp_path / "copy"
        shutil.copytree(made.var, copy)
        if not running:
            daemon = made.start()
        sleep_until(second + timedelta(seconds=1.5))
        made.wait_public(48, 30)
        assert made.end(daemon) == 0
        assert made.states()["published"] == 48
        put_back(made, copy)
        made.until_idle(120)
        name = f"restored: {put_back.__name__}, {'while it ran' if running else 'at rest'}"
        assert datetime.now(UTC) > third
        for tally in made.tally(name):
            tally.check()
            if tally.network in FINDING:
                tally.all_public()
            else:
                asked = tally.states.get("held", 0) + tally.states.get("unconfirmed", 0)
                assert tally.states.get("published", 0) + asked == tally.wished, tally
                assert tally.public <= tally.wished - 6, "what is due after the restore waits for a person, too"


def test_a_postgresql_put_back_from_a_copy_says_nothing_twice(tmp_path: Path, server: Postgres) -> None:
    with course(tmp_path, count=2, database_url=server.database()) as made:
        first = made.wish(3, seconds=5, campaign="truoc")
        second = made.wish(3, seconds=13, campaign="giua")
        daemon = made.start()
        sleep_until(first + timedelta(seconds=1.5))
        made.wait_public(24, 30)
        assert made.end(daemon) == 0
        copy = server.database(like=made.database_url)
        daemon = made.start()
        sleep_until(second + timedelta(seconds=1.5))
        made.wait_public(48, 30)
        assert made.end(daemon) == 0
        made.wish(3, seconds=5, campaign="sau", apply=False)
        made.database_url = made.environment["LOA_DATABASE_URL"] = copy
        made.until_idle(120)
        for tally in made.tally("restored: PostgreSQL"):
            tally.check()
            if tally.network in FINDING:
                tally.all_public()
            else:
                assert tally.states.get("held", 0) + tally.states["published"] == tally.wished, tally


def test_a_database_put_back_after_a_kill_in_mid_sending(tmp_path: Path) -> None:
    with course(tmp_path, count=3) as made:
        slowly(made)
        made.wish(17, seconds=5)
        copy = tmp_path / "copy"
        shutil.copytree(made.var, copy)
        daemon = made.start()
        made.wait_public(60, 20)
        daemon.kill()
        daemon.wait(10)
        all_of_var(made, copy)
        made.until_idle(120)
        for tally in made.tally("restored after kill -9"):
            tally.check()
            if tally.network in FINDING:
                tally.all_public()


def test_a_lost_ledger_is_planned_anew_and_says_nothing_twice(tmp_path: Path) -> None:
    """All of var/ is gone: the campaigns are planned again from their files."""
    with course(tmp_path, count=2) as made:
        first = made.wish(3, seconds=5)
        daemon = made.start()
        sleep_until(first + timedelta(seconds=1.5))
        made.wait_public(24, 30)
        assert made.end(daemon) == 0
        shutil.rmtree(made.var)
        made.until_idle(120)
        assert not [t for t in made.tally("var/ deleted") if t.twice], TALLIES[-4:]


# --- clocks that jump -----------------------------------------------------------------------------------------------


@contextmanager
def wrong_clock(folder: Path, count: int = 1) -> Iterator[Course]:
    with course(folder, count=count) as made:
        made.offset = folder / "offset"
        set_clock(made, 0)
        yield made


def set_clock(made: Course, seconds: float) -> None:
    assert made.offset
    new = made.offset.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(made.offset)


def test_a_clock_set_forward_and_back(tmp_path: Path) -> None:
    """An hour forward in mid-run, with an answer lost; two hours back; right again."""
    with wrong_clock(tmp_path, 2) as made:
        for account in made.accounts:
            account.fault("lost", after=4)
        first = made.wish(3, seconds=5, campaign="nay", late_after="1d")
        made.wish(3, seconds=3605, campaign="lat-nua", late_after="1d")
        made.wish(3, seconds=7200, campaign="mai-kia", late_after="1d")
        daemon = made.start()
        sleep_until(first + timedelta(seconds=1))
        made.wait_public(24, 10)
        set_clock(made, 3600)
        made.wait_public(48, 45)
        set_clock(made, -3600)
        time.sleep(35)  # longer than it may sleep
        assert daemon.poll() is None, made.said()[-3000:]
        assert sum(len(a.public()) for a in made.accounts) == 48
        set_clock(made, 7200)
        made.wait_public(72, 45)
        wait_for(lambda: made.states()["published"] == 70, 45, "all but telegram's two are found")
        assert made.end(daemon) == 0
        settled(made.tally("clock +1 h, -1 h, +2 h"))


def test_a_clock_set_back_while_an_answer_is_lost(tmp_path: Path) -> None:
    with wrong_clock(tmp_path) as made:
        for account in made.accounts:
            account.fault("lost")
            account.fault("reset_before")
        set_clock(made, 1800)
        made.wish(3, seconds=1806, late_after="1d")
        daemon = made.start()
        made.wait_public(8, 20)
        set_clock(made, 0)
        time.sleep(15)
        assert daemon.poll() is None, made.said()[-3000:]
        assert set(made.states()) <= {"published", "unconfirmed", "scheduled"}  # what was absent waits for its time
        set_clock(made, 1850)
        time.sleep(30)
        made.end(daemon)
        made.until_idle(120)
        for tally in made.tally("clock -30 min, lost answers"):
            tally.check()
            if tally.network in FINDING:
                tally.all_public()


def test_a_restart_under_a_clock_set_back(tmp_path: Path) -> None:
    """Killed in mid-sending, restarted an hour earlier: what was said is found, what is due again waits."""
    with wrong_clock(tmp_path, 3) as made:
        slowly(made)
        made.wish(17, seconds=5, late_after="1d")
        daemon = made.start()
        made.wait_public(60, 20)
        daemon.kill()
        daemon.wait(10)
        set_clock(made, -3600)
        daemon = made.start()
        time.sleep(8)
        set_clock(made, 0)
        time.sleep(35)
        made.end(daemon)
        made.until_idle(120)
        settled(made.tally("kill -9, restart at -1 h"))


# --- people -----------------------------------------------------------------------------------------------------------


def test_hold_all_in_mid_run_and_release(tmp_path: Path) -> None:
    with course(tmp_path, count=3) as made:
        slowly(made, 0.1)
        made.wish(40, seconds=5)
        daemon = made.start()
        made.wait_public(40, 20)
        made.loa("hold", "--all", "--why", "Quốc tang")
        held = datetime.now(UTC)
        time.sleep(3)
        posts = [post for account in made.accounts for post in account.public()]
        last = max(datetime.fromisoformat(post["at"]) for post in posts)
        assert last <= held + timedelta(seconds=1), f"said {last - held} after the hold"
        assert len(posts) < 40 * 12, "the hold came too late to prove anything"
        made.loa("release", "--all", "--why", "hết tang")
        released = time.monotonic()
        made.wait_public(len(posts) + 1, 10)
        assert time.monotonic() - released < 2
        made.wait_public(480, 60)
        made.wait_state(10, published=480)
        assert made.end(daemon) == 0
        for tally in made.tally("hold --all, release"):
            tally.all_public()


def test_files_broken_under_the_running_daemon(tmp_path: Path) -> None:
    with course(tmp_path, count=2) as made:
        due = made.wish(5, seconds=8)
        made.wish(5, seconds=14, campaign="sau")
        daemon = made.start()
        wait_for(lambda: made.query("SELECT at_us FROM beat WHERE name = 'files'"), 30, "files that were read")
        files = {name: made.workspace / f"campaigns/{name}.yaml" for name in ("c", "sau", "channels")}
        whole = {name: file.read_text() for name, file in files.items()}
        files["c"].write_text("campaign: c\n messages: [[[\n")
        files["sau"].unlink()
        files["channels"].write_text("channels: {a: b}\n\t")
        sleep_until(due + timedelta(seconds=1))
        assert daemon.poll() is None, made.said()
        assert sum(len(a.public()) for a in made.accounts) == 40, made.said()
        assert "channels.yaml" in made.said()
        for name, file in files.items():
            file.write_text(whole[name])
        made.wait_public(80, 20)
        made.wait_state(10, published=80)
        assert made.end(daemon) == 0
        for tally in made.tally("files broken"):
            tally.all_public()


def test_restarted_over_broken_files(tmp_path: Path) -> None:
    """A daemon that starts over files it cannot read goes on by the ledger, or holds and says why; nothing is lost."""
    with course(tmp_path, count=2) as made:
        made.wish(5, seconds=6)
        files = [made.workspace / f"campaigns/{name}.yaml" for name in ("c", "channels")]
        whole = [file.read_text() for file in files]
        for file in files:
            file.write_text("campaign: c\n messages: [[[\n")
        daemon = made.start()
        time.sleep(9)
        for file, words in zip(files, whole, strict=True):
            file.write_text(words)
        time.sleep(4)
        for channel in [row["value"] for row in made.query("SELECT value FROM hold")]:
            made.loa("release", "--channel", channel, "--why", "the files are whole again")
        if daemon.poll() is None:
            made.end(daemon)
        made.until_idle()
        for tally in made.tally("restarted over broken files"):
            tally.all_public()
