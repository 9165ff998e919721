"""A person's orders on the command line: what they do, what they say, and how they end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scheduler.cli.main import main
from scheduler.ledger import turn
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from tests.ledger.keeper import Keeper
from tests.planning.desk import CHANNELS, campaign, message

A, B = "thu/tin-1@once/a", "thu/tin-1@once/b"
SOON = '{on: "2099-06-26 08:00"}'
UNITS = """
units:
  - {id: ha-noi, name: Hà Nội}
  - {id: ba-dinh, name: Ba Đình, parent: ha-noi}
  - {id: hue, name: Huế}
"""
UNKNOWN = "thu/khong-co@once/a"


@dataclass
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Loa = Callable[..., Said]


@pytest.fixture
def workspace(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with three channels of three units, on each database in turn."""
    (tmp_path / "campaigns").mkdir()
    write(tmp_path, "channels", CHANNELS)
    write(tmp_path, "units", UNITS)
    monkeypatch.setenv("LOA_DATABASE_URL", database.url)
    monkeypatch.setenv("LOA_HORIZON_DAYS", "40000")
    monkeypatch.setenv("LOA_USER", "Lan")
    return tmp_path


def write(workspace: Path, name: str, content: str) -> None:
    (workspace / "campaigns" / f"{name}.yaml").write_text(content, encoding="utf-8")


@pytest.fixture
def loa(workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Loa]:
    """The command, in this process."""

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(workspace), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        return Said(int(end.value.code or 0), said.out, said.err)

    yield run


@pytest.fixture
def applied(workspace: Path, loa: Loa) -> Loa:
    """The command, after two deliveries were written down that need no approval."""
    write(workspace, "thu", campaign(message(when=SOON)))
    assert loa("apply").code == 0
    return loa


@pytest.fixture
def waiting(workspace: Path, loa: Loa) -> Loa:
    """The command, after two deliveries were written down that wait for an approval."""
    write(workspace, "thu", campaign(message(when=SOON), approval="required"))
    assert loa("apply").code == 0
    return loa


def lead(ledger: Keeper, key: str, *events: Event) -> None:
    for event in events:
        ledger.move(ledger.row(key).id, ledger.state(key), event)


UNCONFIRMED = (Event.CLAIM, Event.AWAIT)
WAYS: list[tuple[list[str], tuple[Event, ...], State]] = [
    (["confirm", A, "https://x/9"], UNCONFIRMED, State.PUBLISHED),
    (["retry", A], UNCONFIRMED, State.SCHEDULED),
    (["retry", A], (Event.CLAIM, Event.FAIL), State.SCHEDULED),
    (["retry", A], (Event.MISS,), State.SCHEDULED),
    (["cancel", A], (), State.CANCELLED),
    (["cancel", A], (Event.MISS,), State.CANCELLED),
    (["hold", A], (), State.HELD),
    (["release", A], (Event.HOLD,), State.SCHEDULED),
]


@pytest.mark.parametrize(("words", "before", "state"), WAYS, ids=lambda v: v[0] if isinstance(v, list) else None)
def test_an_order_is_carried_out_and_kept(
    applied: Loa, ledger: Keeper, words: list[str], before: tuple[Event, ...], state: State
) -> None:
    lead(ledger, A, *before)
    said = applied(*words, "--why", "đã xem kênh")
    assert (said.code, said.err) == (0, "")
    assert A in said.out
    assert ledger.state(A) is state
    last = ledger.events(A)[-1]
    assert (last.by, last.why) == ("Lan", "đã xem kênh")


@pytest.mark.parametrize("words", [["confirm", A, "https://x/9"], ["retry", A], ["release", A]])
def test_an_order_that_makes_no_sense_is_refused(applied: Loa, ledger: Keeper, words: list[str]) -> None:
    said = applied(*words)
    assert said.code == 3
    assert "trạng thái đã lên lịch" in said.err
    assert ledger.events(A) == []


@pytest.mark.parametrize("order", ["confirm", "retry", "cancel", "withdraw", "hold", "release"])
def test_an_unknown_key_ends_with_the_remedy(applied: Loa, order: str) -> None:
    said = applied(order, UNKNOWN, *(["https://x/9"] if order == "confirm" else []))
    assert said.code == 2
    assert f"không có lần đăng {UNKNOWN}" in said.err
    assert "loa deliveries" in said.err


def test_by_names_who_orders(applied: Loa, ledger: Keeper) -> None:
    applied("cancel", A, "--by", "Nguyễn Văn A", "--why", "tin cũ")
    assert ledger.events(A)[-1].by == "Nguyễn Văn A"
    assert ledger.row(A).error == "Nguyễn Văn A: tin cũ"


def test_a_retry_may_be_as_late_as_its_message(applied: Loa, ledger: Keeper) -> None:
    lead(ledger, A, Event.MISS)
    applied("retry", A)
    row = ledger.row(A)
    assert row.late_us - row.next_us == pytest.approx(2 * 3600e6, abs=1e6)


# --- holds -------------------------------------------------------------------------------------------------------

HOLDS = [
    (["--all"], {"all"}, [A, B]),
    (["--channel", "a"], {"a"}, [A]),
    (["--unit", "ha-noi"], {"ha-noi", "ba-dinh"}, [A, B]),
    (["--unit", "ba-dinh"], {"ba-dinh"}, [B]),
    (["--unit", "hue"], {"hue"}, []),
    (["--campaign", "thu"], {"thu"}, [A, B]),
    (["--class", "ordinary"], {"ordinary"}, [A, B]),
    (["--class", "emergency"], {"emergency"}, []),
]


@pytest.mark.parametrize(
    ("words", "values", "stopped"), HOLDS, ids=lambda v: "-".join(v) if isinstance(v, list) else ""
)
def test_a_hold_covers_what_it_names_until_it_is_released(
    applied: Loa, ledger: Keeper, words: list[str], values: set[str], stopped: list[str]
) -> None:
    ledger.now_us = ledger.row(A).due_us
    said = applied("hold", *words, "--why", "Quốc tang")
    assert said.code == 0
    assert "Đã giữ" in said.out
    with ledger.database.reading() as connection:
        assert {(s.value, s.by, s.why) for s in turn.stops(connection)} == {(v, "Lan", "Quốc tang") for v in values}
    assert [key for key in (A, B) if key not in [row.key for row in ledger.arm()]] == stopped
    said = applied("release", *words)
    assert (said.code, "Đã thả" in said.out) == (0, True)
    assert len(ledger.arm()) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--channel", "aa"], 'không có kênh "aa"'),
        (["--unit", "ha-nội"], 'ý bạn là "ha-noi"'),
        (["--campaign", "thuu"], 'ý bạn là "thu"'),
        (["--class", "emergence"], 'ý bạn là "emergency"'),
        ([], "cần đúng một trong"),
        (["--all", "--channel", "a"], "cần đúng một trong"),
    ],
)
def test_a_hold_on_nothing_we_know_is_refused(applied: Loa, ledger: Keeper, words: list[str], sentence: str) -> None:
    said = applied("hold", *words)
    assert said.code == 2
    assert sentence in said.err
    with ledger.database.reading() as connection:
        assert turn.stops(connection) == []


def test_a_release_where_nothing_is_held_says_so(applied: Loa) -> None:
    said = applied("release", "--channel", "a")
    assert (said.code, said.out) == (0, "Không có lệnh giữ nào như vậy\n")


# --- approvals ---------------------------------------------------------------------------------------------------


def test_an_officer_sees_the_posts_and_approves_them(waiting: Loa, ledger: Keeper) -> None:
    said = waiting("approve", "thu", "--by", "Minh")
    assert said.code == 0
    assert "Xin chào" in said.out
    assert "08:00 26/06/2099  → a, b" in said.out
    assert "Đã duyệt 2 lần đăng, người duyệt: Minh" in said.out
    assert (ledger.state(A), ledger.events(A)[-1].by) == (State.SCHEDULED, "Minh")


def test_what_waits_for_an_approval_is_not_released_otherwise(waiting: Loa, ledger: Keeper) -> None:
    said = waiting("release", A)
    assert said.code == 3
    assert "loa approve thu" in said.err
    assert ledger.state(A) is State.HELD


@pytest.mark.parametrize("order", ["approve", "reject"])
@pytest.mark.parametrize("words", [["khac"], ["thu", "--message", "khac"]])
def test_where_nothing_waits_there_is_nothing_to_say(waiting: Loa, order: str, words: list[str]) -> None:
    said = waiting(order, *words)
    assert said.code == 2
    assert f"không có bài nào của {words[0]} chờ duyệt" in said.err


def test_who_rejects_cancels_and_no_plan_brings_it_back(waiting: Loa, ledger: Keeper) -> None:
    said = waiting("reject", "thu", "--why", "sai số liệu")
    assert (said.code, said.out) == (0, "Đã huỷ 2 lần đăng\n")
    assert waiting("apply").code == 0
    assert (ledger.state(A), ledger.row(A).error) == (State.CANCELLED, "Lan: sai số liệu")


# --- plan and apply ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["plan", "apply"])
def test_a_plan_that_cancels_too_much_is_refused(applied: Loa, workspace: Path, ledger: Keeper, order: str) -> None:
    write(workspace, "thu", campaign(message("tin-2", when=SOON)))
    said = applied(order)
    assert said.code == 3
    assert "--allow-cancel" in said.err
    assert ledger.state(A) is State.SCHEDULED


def test_who_means_it_says_so(applied: Loa, workspace: Path, ledger: Keeper) -> None:
    write(workspace, "thu", campaign(message("tin-2", when=SOON)))
    said = applied("apply", "--allow-cancel")
    assert (said.code, "thêm 2, sửa 0, huỷ 2" in said.out) == (0, True)
    assert ledger.state(A) is State.CANCELLED


@pytest.mark.parametrize("order", ["plan", "apply"])
def test_a_broken_file_stops_everything(applied: Loa, workspace: Path, ledger: Keeper, order: str) -> None:
    write(workspace, "khac", "campaign: khac\nmessages: [")
    said = applied(order)
    assert said.code == 2
    assert "campaigns/khac.yaml" in said.all
    assert ledger.state(A) is State.SCHEDULED


def test_a_plan_shows_and_writes_nothing(loa: Loa, workspace: Path, ledger: Keeper) -> None:
    write(workspace, "thu", campaign(message(when=SOON), approval="required"))
    said = loa("plan")
    assert said.code == 0
    assert f"+ {A}  08:00 26/06/2099 (chờ duyệt)" in said.out
    assert "Xin chào" in said.out
    assert ledger.counted() == {}


def test_what_is_public_is_shown_and_left_alone(applied: Loa, workspace: Path, ledger: Keeper) -> None:
    lead(ledger, A, Event.CLAIM, Event.CONFIRM)
    write(workspace, "thu", campaign(message(when=SOON, text="Chào bà con")))
    said = applied("plan")
    assert f"! {A}" in said.out
    assert re.search(r"- Xin chào\n\s+\+ Chào bà con", said.out)
    assert applied("apply").code == 0
    assert ledger.state(A) is State.PUBLISHED


# --- the real command --------------------------------------------------------------------------------------------


def test_the_installed_command_ends_the_same_way(applied: Loa, workspace: Path, database: Database) -> None:
    order = ["confirm", A, "https://x/9"] if database.is_sqlite else ["cancel", UNKNOWN]
    command = [sys.executable, "-m", "scheduler", "-w", str(workspace), *order]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={**os.environ, "LOA_LOCALE": "vi"})
    assert (done.returncode, done.stdout) == (3 if database.is_sqlite else 2, "")
    assert done.stderr.startswith(A if database.is_sqlite else "sổ cái không có")


# --- withdrawing -------------------------------------------------------------------------------------------------


def test_what_loa_cannot_take_down_is_listed_and_written_down_once_a_person_has_done_it(
    applied: Loa, ledger: Keeper
) -> None:
    lead(ledger, A, Event.CLAIM, Event.CONFIRM)  # without an id of the network nobody can delete it there
    lead(ledger, B, Event.CLAIM, Event.AWAIT)

    first = applied("withdraw", "thu/tin-1", "--why", "sai số liệu")
    second = applied("withdraw", A, "--by-hand", "--why", "sai số liệu")

    assert first.code == 1
    assert "1 bài phải gỡ bằng tay" in first.out
    assert f"! {B} (chưa xác nhận): có thể đã công khai" in first.out
    assert (second.code, ledger.state(A)) == (0, State.WITHDRAWN)
    assert (ledger.events(A)[-1].by, ledger.events(A)[-1].why) == ("Lan", "sai số liệu")


def test_a_message_that_nobody_said_cannot_be_withdrawn_but_what_waits_is_told(applied: Loa, ledger: Keeper) -> None:
    said = applied("withdraw", "thu/tin-1")

    assert (said.code, "2 lần đăng của thu/tin-1 còn chờ đăng" in said.out) == (0, True)
    assert ledger.state(A) is State.SCHEDULED


def test_who_withdraws_a_campaign_is_asked_for_the_message_and_told_what_is_public(
    applied: Loa, ledger: Keeper
) -> None:
    lead(ledger, A, Event.CLAIM, Event.CONFIRM)

    said = applied("withdraw", "thu")

    assert (said.code, "đang công khai: 'thu/tin-1'" in said.err, ledger.state(A)) == (2, True, State.PUBLISHED)
