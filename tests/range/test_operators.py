"""What operators do to a ledger while campaigns run: a move, a role that may little, a copy put back. Nothing twice."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.range.course import FINDING, ROOT, Course, course, sleep_until, wait_for
from tests.range.postgres import Postgres, postgres, programs

ROLES = ROOT / "deploy" / "roles.sh"
NEW = "LOA_DATABASE_URL_NEW"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


def test_a_workspace_that_moves_between_two_campaigns_says_nothing_twice(tmp_path: Path, server: Postgres) -> None:
    with course(tmp_path, count=2) as made:
        made.wish(3, seconds=4, campaign="truoc")
        made.wish(3, seconds=5, campaign="sau")
        daemon = made.start()
        made.wait_public(8, 30)  # in the middle of both
        made.environment[NEW] = server.database()
        assert "loa run" in made.loa("move", "--to", f"env:{NEW}", codes=(3,)), "it is refused while a daemon runs"
        assert made.end(daemon) == 0
        made.loa("move", "--to", f"env:{NEW}", "--by", "Minh")
        assert made.start().wait(20) == 2, "no daemon runs on the old ledger"
        assert "LOA_DATABASE_URL" in made.said()
        made.database_url = made.environment["LOA_DATABASE_URL"] = made.environment[NEW]
        made.until_idle(60)
        for tally in made.tally("moved to PostgreSQL"):
            tally.check()
            tally.all_public()


def as_daemon(made: Course, owner: str) -> str:
    """Let the roles be as deploy/roles.sh makes them; return the daemon's address."""
    name = owner.partition("?")[0].rsplit("/", 1)[1]
    host = re.search(r"host=([^&]+)", owner)
    assert host is not None
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS loa_daemon")
    environment = {**os.environ, "PATH": f"{programs()}:{os.environ['PATH']}", "PGHOST": host[1], "PGUSER": "postgres"}
    environment |= {"POSTGRES_DB": name, "LOA_DAEMON_PASSWORD": "mat-khau"}
    subprocess.run(["sh", ROLES], env=environment, check=True, stdout=subprocess.DEVNULL)
    made.environment["LOA_DATABASE_URL"] = owner
    made.loa("migrate", "--grant", "loa_daemon")
    return re.sub(r"//[^@]*@", "//loa_daemon:mat-khau@", owner)


@pytest.mark.slow
def test_the_daemon_works_under_a_role_that_may_only_write_rows(tmp_path: Path, server: Postgres) -> None:
    owner = server.database()
    with course(tmp_path, count=1, database_url=owner) as made:
        made.environment |= {"LOA_DATABASE_URL": as_daemon(made, owner), "LOA_DB_POOL": "3"}
        made.wish(4, seconds=4)
        made.loa("hold", "--campaign", "c", "--why", "thử")
        made.loa("release", "--campaign", "c", "--why", "thử")
        made.until_idle()
        for tally in made.tally("a role of its own"):
            tally.all_public()
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("REVOKE UPDATE ON delivery FROM loa_daemon")
        made.wish(1, seconds=2, campaign="thieu-quyen")
        daemon = made.start()
        assert daemon.wait(30) == 2
        assert "loa migrate --grant" in made.said()
        assert "Traceback" not in made.said()


def test_the_log_and_the_page_are_for_machines(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    with course(tmp_path, count=1, networks=["mastodon"]) as made:
        made.environment |= {"LOA_LOG": "json", "LOA_LISTEN": listen}
        made.wish(2, seconds=3)
        daemon = made.start()

        def ready() -> bool:
            try:
                return httpx.get(f"http://{listen}/ready", trust_env=False).text == "ready\n"
            except httpx.HTTPError:
                return False

        wait_for(ready, 20, "ready")
        made.wait_public(2, 20)
        assert made.end(daemon) == 0
        lines = [json.loads(line) for line in made.said().splitlines() if line.startswith("{")]
        published = [line for line in lines if line.get("state") == "published"]
        assert {line["key"] for line in published} == {one.key for one in made.expected}
        assert all(line["url"].startswith("http") for line in published)


@pytest.mark.slow
def test_a_postgresql_put_back_from_a_dump_says_nothing_twice(tmp_path: Path, server: Postgres) -> None:
    with course(tmp_path, count=2, database_url=server.database()) as made:
        made.environment["PATH"] = f"{programs()}:{os.environ['PATH']}"
        made.wish(3, seconds=4, campaign="truoc")
        second = made.wish(3, seconds=14, campaign="giua")
        daemon = made.start()
        made.wait_public(24, 30)
        made.loa("backup", str(tmp_path / "loa.dump"))  # while it runs
        sleep_until(second + timedelta(seconds=1.5))
        made.wait_public(48, 30)
        assert made.end(daemon) == 0
        made.wish(3, seconds=5, campaign="sau", apply=False)
        back = server.database()
        restore = [str(programs() / "pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={back}"]
        subprocess.run([*restore, str(tmp_path / "loa.dump")], check=True)
        made.database_url = made.environment["LOA_DATABASE_URL"] = back
        made.until_idle(120)
        for tally in made.tally("restored: pg_dump while it ran, pg_restore"):
            tally.check()
            if tally.network in FINDING:
                tally.all_public()
            else:
                asked = tally.states.get("held", 0) + tally.states.get("unconfirmed", 0)
                assert asked + tally.states.get("published", 0) == tally.wished, tally
