"""A real daemon under a mourning that is declared while it works, an emergency in a busy lane, and hard bounds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.range.course import Course, course, wait_for

GAP = 0.4  # seconds between two festive posts


def write(made: Course, name: str, *messages: str, **head: str) -> None:
    """Write a campaign on every channel of the course, that asks for no approval."""
    lines = [f"campaign: {name}", f"channels: [{', '.join(a.id for a in made.accounts)}]", "approval: none"]
    lines += [f"{key}: {value}" for key, value in head.items()] + ["messages:", *messages]
    (made.workspace / f"campaigns/{name}.yaml").write_text("\n".join(lines) + "\n")


def message(campaign: str, id: str, when: datetime | str, more: str = "") -> str:
    due = when if isinstance(when, str) else f"{{on: '{when.isoformat()}'}}"
    return f"  - {{id: {id}, text: 'Tin {campaign}/{id}: xin chào.', when: {due}{more and ', ' + more}}}"


def in_(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def spoken(made: Course, campaign: str) -> list[dict[str, Any]]:
    """Return what is public of a campaign, in order of time."""
    posts = [p for a in made.accounts for (c, _), found in made.spoken(a).items() if c == campaign for p in found]
    return sorted(posts, key=lambda post: str(post["at"]))


def test_a_mourning_under_a_running_daemon_is_obeyed_within_a_second_and_ends_without_a_flood(tmp_path: Path) -> None:
    with course(tmp_path, networks=("mastodon",)) as made:
        first = in_(5)
        festive = [message("vui", f"m{n}", first + timedelta(seconds=n * GAP), "tags: [festive]") for n in range(40)]
        warnings = [message("bao", f"m{n}", first + timedelta(seconds=n * GAP)) for n in range(20)]
        write(made, "vui", *festive)
        write(made, "bao", *warnings)
        made.loa("apply")
        daemon = made.start()
        wait_for(lambda: len(spoken(made, "vui")) >= 2, 20, "the festive go out")
        made.loa("mourning", "declare", "--today", "--basis", "Công điện")
        declared = datetime.now(UTC)
        wait_for(lambda: len(spoken(made, "bao")) == 20, 20, "the warnings go out")
        last = datetime.fromisoformat(spoken(made, "vui")[-1]["at"])
        assert last <= declared + timedelta(seconds=1), "a festive post after a second of mourning"
        public = len(spoken(made, "vui"))
        assert made.states() == {"published": 20 + public, "held": 40 - public}

        made.loa("mourning", "end", "--why", "khai báo nhầm")
        time.sleep(2)
        assert len(spoken(made, "vui")) == public, "the end let something go"
        assert made.loa("status", codes=(1,)).count("mourning that is over") == 1
        held = [row for row in made.rows().values() if row["state"] == "held"]
        made.loa("mourning", "release", held[0]["key"], "--why", "chỉ bài này")
        made.loa("cancel", held[1]["key"], "--why", "thôi")
        wait_for(lambda: len(spoken(made, "vui")) == public + 1, 10, "the one that was released")
        time.sleep(1)
        assert made.states() == {"published": 21 + public, "cancelled": 1, "held": 40 - public - 2}
        assert made.end(daemon) == 0


def test_an_emergency_of_now_overtakes_fifty_that_wait(tmp_path: Path) -> None:
    with course(tmp_path, networks=("mastodon",)) as made:
        made.accounts[0].fault("slow_ok", times=10_000, seconds=0.3)
        due = in_(3)
        write(made, "thuong", *(message("thuong", f"m{n}", due) for n in range(50)))
        made.loa("apply")
        daemon = made.start()
        made.wait_public(3, 20)
        write(made, "khan", message("khan", "m0", "now", "class: emergency"))
        made.loa("apply")
        applied = datetime.now(UTC)
        wait_for(lambda: spoken(made, "khan"), 10, "the emergency")
        at = datetime.fromisoformat(spoken(made, "khan")[0]["at"])
        waiting = [p for p in spoken(made, "thuong") if datetime.fromisoformat(p["at"]) < at]
        assert len(waiting) < 25, "it stood in line"
        assert at <= applied + timedelta(seconds=1.5)
        made.loa("apply")
        made.wait_public(len(waiting) + 5, 20)
        assert len(spoken(made, "khan")) == 1
        assert made.end(daemon) == 0


@pytest.mark.slow
def test_a_daemon_keeps_to_embargo_and_expiry(tmp_path: Path) -> None:
    with course(tmp_path, networks=("mastodon",)) as made:
        end = in_(6)
        write(made, "han", message("han", "m0", in_(3), f"expires: '{end.isoformat()}'"), late_after="1h")
        write(made, "cam", message("cam", "m0", end, f"embargo: '{end.isoformat()}'"))
        made.loa("apply")
        made.accounts[0].ask("_down", seconds=7)
        made.until_idle()
        assert spoken(made, "han") == []
        assert {key.partition("/")[0]: (row["state"], row["error"]) for key, row in made.rows().items()} == {
            "han": ("missed", "expired"),
            "cam": ("published", ""),
        }
        assert datetime.fromisoformat(spoken(made, "cam")[0]["at"]) >= end
