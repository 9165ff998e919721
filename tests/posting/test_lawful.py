"""The last look at the law: judged by the register as it stands now, once for a text and a day; refused is held."""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler import clock
from scheduler.authoring.loader import read_book
from scheduler.channels.contract import Post
from scheduler.clock import FastClock, micros
from scheduler.daemon import acts, embedded
from scheduler.daemon.embedded import Daemon
from scheduler.ledger import counts, orders
from scheduler.ledger.database import Database
from scheduler.ledger.witness import Witness
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.lawful import Lawful
from scheduler.reporting.status import status
from tests.planning.desk import HANOI, Desk, campaign, message

TEXT = "Theo Luật 1/2020/QH14, phải khai báo."
POST = Post(TEXT)
MIDNIGHT = micros(datetime(2027, 6, 26, tzinfo=HANOI))
SECOND = 1_000_000


def register(ends: str | None, **other: str) -> str:
    """Return a register of one law that ends on a day, and its successor."""
    until = f', effective_to: "{ends}", superseded_by: "2/2026/QH15"' if ends else ""
    return (
        f'texts:\n  - {{id: cu, number: "1/2020/QH14", kind: luat, title_vi: Luật Cũ, effective_from: "2020-01-01"{until},'
        f" confidence: {other.get('confidence', 'high')}}}\n"
        '  - {id: moi, number: "2/2026/QH15", kind: luat, title_vi: Luật Mới, effective_from: "2026-01-01", confidence: high}\n'
    )


def row(post: Post = POST, due_us: int = MIDNIGHT - SECOND, campaign: str = "thu", message: str = "tin-1") -> Any:
    return SimpleNamespace(digest=post.digest, due_us=due_us, campaign=campaign, message=message)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "workspace", Database(f"sqlite:///{tmp_path}/loa.db"))


def lawful(desk: Desk) -> Lawful:
    found = Lawful(ZoneInfo("Asia/Ho_Chi_Minh"))
    found.renew(read_book(desk.folder))
    return found


def test_without_a_register_all_may_go(desk: Desk) -> None:
    assert lawful(desk).refusal(row(), POST, MIDNIGHT) == ""
    assert Lawful().refusal(row(), POST, MIDNIGHT) == ""


def test_the_day_is_that_on_which_it_goes_out(desk: Desk) -> None:
    """Armed in the last seconds of a day, due in the first of the next; or due before and late by a pace."""
    desk.write("laws", register("2027-06-26"))
    look = lawful(desk)

    assert look.refusal(row(), POST, MIDNIGHT - SECOND) == ""
    assert "hết hiệu lực từ ngày 26/6/2027" in look.refusal(row(due_us=MIDNIGHT), POST, MIDNIGHT - SECOND)
    assert "thay bằng 2/2026/QH15" in look.refusal(row(), POST, MIDNIGHT)


def test_ten_thousand_deliveries_of_one_text_are_judged_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("laws", register("2027-06-26"))
    look = lawful(desk)
    asked: list[date] = []
    judge = look._answers.rule.findings

    def judge_once(post: Post, day: date, declared: Any) -> Any:
        asked.append(day)
        return judge(post, day, declared)

    monkeypatch.setattr(look._answers.rule, "findings", judge_once)

    for at_us in (MIDNIGHT - SECOND, MIDNIGHT):
        for n in range(10_000):
            look.refusal(row(message=f"tin-{n}"), POST, at_us)

    assert asked == [date(2027, 6, 25), date(2027, 6, 26)]


def test_warnings_hold_nothing(desk: Desk) -> None:
    desk.write("laws", register(None))

    assert lawful(desk).refusal(row(Post("Theo Luật 9/2020/QH14.")), Post("Theo Luật 9/2020/QH14."), MIDNIGHT) == ""


def test_a_changed_register_changes_the_answer(desk: Desk) -> None:
    desk.write("laws", register(None))
    look = lawful(desk)
    assert look.refusal(row(), POST, MIDNIGHT) == ""

    desk.write("laws", register("2027-01-01"))
    look.renew(read_book(desk.folder))

    assert look.refusal(row(), POST, MIDNIGHT) != ""


def test_a_broken_register_leaves_the_last_good_one_in_force(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write("laws", register("2027-01-01"))
    look = lawful(desk)

    desk.write("laws", register(None, confidence="hihg"))
    with caplog.at_level(logging.ERROR, "loa"):
        look.renew(read_book(desk.folder))

    assert look.refusal(row(), POST, MIDNIGHT) != ""
    assert "campaigns/laws.yaml có lỗi: xét viện dẫn theo bản đọc được lần trước" in caplog.text


def test_a_register_that_is_gone_is_enforced_no_more(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.write("laws", register("2027-01-01"))
    look = lawful(desk)
    desk.remove("laws")
    look.renew(read_book(desk.folder))

    assert look.refusal(row(), POST, MIDNIGHT) == ""
    assert "không còn campaigns/laws.yaml" in caplog.text


def test_what_authors_declare_holds_for_their_message_also_while_their_file_is_broken(desk: Desk) -> None:
    desk.write("laws", register("2027-01-01"))
    desk.write("thu", campaign(message(text=TEXT, more='cites: {"1/2020/QH14": history}')))
    look = lawful(desk)

    assert look.refusal(row(), POST, MIDNIGHT) == ""
    assert look.refusal(row(message="tin-2"), POST, MIDNIGHT) != ""
    desk.write("thu", "campaign: [")
    look.renew(read_book(desk.folder))
    assert look.refusal(row(), POST, MIDNIGHT) == ""
    desk.write("thu", campaign(message(text=TEXT)))
    look.renew(read_book(desk.folder))
    assert look.refusal(row(), POST, MIDNIGHT) != ""


# --- through the daemon ---------------------------------------------------------------------------------------------


def rehearse(desk: Desk) -> None:
    """Let the daemon work off the ledger on a fast clock, speaking into feeds."""
    daemon = Daemon(
        desk.settings,
        desk.database,
        until_idle=True,
        clock=FastClock(desk.now),
        rehearsal=desk.folder / "var/rehearsal",
    )
    asyncio.run(daemon.run())


def test_what_the_register_refuses_at_the_claim_is_held_and_not_sent(desk: Desk) -> None:
    desk.write("laws", register(None))
    desk.write("thu", campaign(message(text=TEXT), message("tin-2", when='{on: "2027-06-26 09:00"}')))
    desk.apply()
    desk.write("laws", register("2027-06-20"))

    rehearse(desk)

    assert desk.states() == {"tin-1@once/a": "held", "tin-1@once/b": "held", "tin-2@once/a": "published",
                             "tin-2@once/b": "published"}  # fmt: skip
    held = desk.keeper.row("thu/tin-1@once/a")
    assert (held.held_for, held.attempts) == ("law", 0)
    assert held.error.startswith("1/2020/QH14 (Luật Cũ) hết hiệu lực từ ngày 20/6/2027")
    assert not (desk.folder / "var/rehearsal/a/feed.xml").exists() or TEXT not in (
        desk.folder / "var/rehearsal/a/feed.xml"
    ).read_text("utf-8")
    with desk.database.reading() as connection:
        found = status(connection, now=desk.now, zone=HANOI, holder="x")
    [trouble] = [t for t in found.troubles if t.name.startswith("law")]
    assert trouble.what.startswith("2 lần đăng của thu/tin-1 bị giữ vì văn bản pháp luật: 1/2020/QH14")
    assert "loa release thu/tin-1@once/a" in trouble.remedy


def test_released_without_a_remedy_it_is_held_again_and_with_one_it_goes(desk: Desk) -> None:
    desk.write("laws", register("2027-06-20"))
    desk.write("thu", campaign(message(text=TEXT), channels="[a]"))
    desk.apply()
    rehearse(desk)
    desk.order(orders.release_one, "thu/tin-1@once/a")

    rehearse(desk)
    assert desk.keeper.row("thu/tin-1@once/a").held_for == "law"

    desk.write("laws", register(None))
    desk.order(orders.release_one, "thu/tin-1@once/a")
    rehearse(desk)
    assert desk.states() == {"tin-1@once/a": "published"}


def run_while(desk: Desk, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """Run the daemon on the real clock until it is idle; before its first look at the files the register is changed."""
    stamp = acts._stamp
    looked: list[Path] = []

    def change_and_stamp(workspace: Path) -> Any:
        if len(looked) == 1:
            desk.write("laws", content)
        looked.append(workspace)
        return stamp(workspace)

    monkeypatch.setattr(embedded, "WATCH_FILES", 0.1)
    monkeypatch.setattr(acts, "_stamp", change_and_stamp)
    asyncio.run(asyncio.wait_for(Daemon(desk.settings, desk.database, until_idle=True).run(), 20))


@pytest.mark.parametrize(("broken", "state"), [(False, "held"), (True, "published")])
def test_a_register_changed_under_a_running_daemon_is_obeyed_and_a_broken_one_is_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: bool, state: str
) -> None:
    desk.now = clock.now()
    due = (desk.now + timedelta(seconds=2)).astimezone(HANOI)
    desk.write("laws", register(None))
    desk.write("thu", campaign(message(text=TEXT, when=f'{{on: "{due:%Y-%m-%d %H:%M:%S}"}}'), channels="[a]"))
    desk.apply()

    run_while(desk, monkeypatch, register("2026-01-02", confidence="hihg" if broken else "high"))

    assert desk.states() == {"tin-1@once/a": state}
    assert ("theo bản đọc được lần trước" in caplog.text) is broken
    with desk.database.reading() as connection:
        assert ("laws.yaml" if broken else "[citation]") in counts.beats(connection)["files"].detail


def test_midnight_between_claim_and_first_byte_is_noticed(desk: Desk) -> None:
    desk.write("laws", register("2027-06-26"))
    nobody: Any = None
    before, after = (FastClock(clock.moment(us)) for us in (MIDNIGHT - SECOND, MIDNIGHT))
    dispatcher = Dispatcher(nobody, nobody, Witness(desk.folder), desk.settings, before, lawful=lawful(desk))
    armed: Any = SimpleNamespace(row=row(), outgoing=SimpleNamespace(post=POST), receipt=None)

    assert dispatcher._no_longer_lawful(armed) is None
    dispatcher.clock = after
    assert "hết hiệu lực" in str(dispatcher._no_longer_lawful(armed))
    armed.receipt = object()  # a restored ledger has found it: it is public, and that is only recorded
    assert dispatcher._no_longer_lawful(armed) is None
