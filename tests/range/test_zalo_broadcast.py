"""The promise of a broadcast: it goes once, after its article, by the secrets of its channel; else a person is asked."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.range.course import Course, course, wait_for

OPTIONS = {"settle": "4"}


def with_followers(made: Course, *, due: float = 3, due_of_broadcast: float | None = None) -> Course:
    """Add the channel that sends on, and one message that is due in so many seconds; its broadcast perhaps later."""
    account = made.accounts[0]
    channels = made.workspace / "campaigns/channels.yaml"
    entry = (
        f"  - {{id: gui, network: zalo_broadcast, account: '{_account(channels)}', base_url: {account.url},"
        " options: {of: zalo-0, hours: '00:00-23:59'}}\n"
    )
    channels.write_text(channels.read_text() + entry)
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=due)
    spread = "" if due_of_broadcast is None else f"spread: {2 * int(due_of_broadcast)}s\n"
    (made.workspace / "campaigns/c.yaml").write_text(
        f"campaign: c\nchannels: [zalo-0, gui]\napproval: none\n{spread}messages:\n"
        f"  - {{id: tin, text: 'Tin c/tin: gọi 113.', when: {{on: '{at.isoformat()}'}}}}\n"
    )
    made.loa("apply")
    return made


def _account(channels: Path) -> str:
    return channels.read_text().split('account: "')[1].split('"')[0]


def sent(made: Course) -> list[Any]:
    account = made.accounts[0]
    return list(account.control.get(f"{account.url}/_sent").json())


def rows(made: Course) -> dict[str, Any]:
    found = made.query("SELECT channel, state, remote_id, error, attempts FROM delivery")
    return {row["channel"]: row for row in found}


def test_the_article_comes_first_and_then_it_is_sent_to_followers_once(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        with_followers(made)

        assert made.until_idle() == 0

        found = rows(made)
        assert {channel: row["state"] for channel, row in found.items()} == {"zalo-0": "published", "gui": "published"}
        assert [one["articles"] for one in sent(made)] == [[found["zalo-0"]["remote_id"]]]
        assert found["gui"]["remote_id"] == sent(made)[0]["message_id"]
        assert made.accounts[0].requests()["token"] == 1  # one pair, one refresher


def test_accepted_and_not_answered_it_is_never_sent_again_by_itself(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        made.accounts[0].ask("_broadcast_fault", name="lost")
        with_followers(made)

        assert made.until_idle() == 1
        assert made.until_idle() == 1  # nor by another daemon

        assert rows(made)["gui"]["state"] == "unconfirmed" and len(sent(made)) == 1
        made.loa("retry", "c/tin@once/gui", "--why", "đã xem trong OA Manager, chưa gửi")
        assert made.until_idle() == 0
        assert rows(made)["gui"]["state"] == "published" and len(sent(made)) == 2  # by a person's order alone


@pytest.mark.slow
def test_killed_in_mid_sending_it_is_for_a_person(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        made.accounts[0].ask("_broadcast_fault", name="hang", seconds=20)
        with_followers(made)
        daemon = made.start()
        wait_for(lambda: sent(made), 60, "it is sent")
        daemon.kill()
        daemon.wait(10)

        assert made.until_idle() == 1

        assert rows(made)["gui"]["state"] == "unconfirmed" and len(sent(made)) == 1


@pytest.mark.slow
def test_an_article_that_is_not_public_yet_is_waited_for_without_an_attempt(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        with_followers(made)
        made.loa("hold", "c/tin@once/zalo-0", "--why", "xem lại")
        daemon = made.start()
        wait_for(lambda: "zalo-0" in rows(made)["gui"]["error"], 30, "it says what it waits for")
        assert rows(made)["gui"]["state"] == "scheduled" and rows(made)["gui"]["attempts"] == 0

        made.loa("release", "c/tin@once/zalo-0", "--why", "được rồi")

        wait_for(lambda: rows(made)["gui"]["state"] == "published", 60, "it is sent after all")
        assert len(sent(made)) == 1 and rows(made)["gui"]["attempts"] == 1
        assert made.end(daemon) == 0


@pytest.mark.slow
def test_an_article_that_was_taken_down_is_not_sent(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        with_followers(made, due_of_broadcast=12)
        daemon = made.start()
        wait_for(lambda: rows(made)["zalo-0"]["state"] == "published", 30, "the article is public")
        made.loa("withdraw", "c/tin@once/zalo-0", "--why", "sai số liệu")
        wait_for(lambda: rows(made)["gui"]["state"] == "failed", 40, "it is given up")

        assert "đã gỡ" in rows(made)["gui"]["error"] or "taken down" in rows(made)["gui"]["error"]
        assert sent(made) == []
        made.end(daemon)


@pytest.mark.slow
def test_a_pair_that_was_renewed_meanwhile_serves_both(tmp_path: Path) -> None:
    with course(tmp_path, networks=["zalo"], options=OPTIONS) as made:
        with_followers(made, due_of_broadcast=12)
        daemon = made.start()
        wait_for(lambda: rows(made)["zalo-0"]["state"] == "published", 30, "the article is public")
        made.accounts[0].fault("expired_token")  # the broadcast meets it
        wait_for(lambda: rows(made)["gui"]["state"] == "published", 60, "it is sent")
        time.sleep(0.5)

        [token] = made.query("SELECT * FROM token")
        assert (token["channel"], token["lost"], token["started_us"]) == ("zalo-0", 0, None)
        assert made.accounts[0].requests()["token"] == 2 and len(sent(made)) == 1
        assert made.end(daemon) == 0
