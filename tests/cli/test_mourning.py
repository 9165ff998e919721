"""`loa mourning`, and what orders say of embargo and expiry, on the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler import clock
from scheduler.cli.main import main
from scheduler.clock import micros
from scheduler.ledger import mourning, turn
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from tests.ledger.keeper import Keeper
from tests.planning.desk import CHANNELS, HANOI, campaign, message

A = "thu/tin-1@once/a"
WARNING = "thu/tin-2@once/a"
FESTIVE = "tags: [festive]"
DECLARE = ("mourning", "declare", "--from", "2027-06-25", "--until", "2027-06-26", "--basis", "Công điện 12")


class Hour:
    """The time on the wall of the office."""

    now = datetime(2027, 6, 1, 9, tzinfo=HANOI)


Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def loa(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], hour: Hour
) -> Loa:
    """The command, in this process, in an office with a festive message and a warning at 08:00 of 26/6/2027."""
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(CHANNELS, encoding="utf-8")
    monkeypatch.setenv("LOA_DATABASE_URL", database.url)
    monkeypatch.setenv("LOA_USER", "Lan")
    monkeypatch.setattr(clock, "now", lambda: hour.now.astimezone(clock.EPOCH.tzinfo))

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(tmp_path), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return run


def write(tmp_path: Path, *messages: str, approval: str = "none", late_after: str = "2h") -> None:
    content = campaign(*messages, channels="[a]", approval=approval, late_after=late_after)
    (tmp_path / "campaigns/thu.yaml").write_text(content, encoding="utf-8")


@pytest.fixture
def applied(tmp_path: Path, loa: Loa) -> Loa:
    write(tmp_path, message(more=FESTIVE), message("tin-2", "Bão gần bờ"))
    assert loa("apply")[0] == 0
    return loa


def test_a_mourning_is_declared_shown_and_outlived(applied: Loa, ledger: Keeper, hour: Hour) -> None:
    code, said = applied(*DECLARE, "--why", "hai ngày", "--by", "Minh")
    assert code == 0
    assert "Quốc tang từ 00:00 25/06/2027 tới 24:00 26/06/2027: Công điện 12" in said
    assert "Đã giữ 1 lần đăng; cảnh báo vẫn đăng" in said
    assert (ledger.row(A).held_for, ledger.state(WARNING)) == ("mourning", State.SCHEDULED)
    assert ledger.events(A)[-1].by == "Minh"

    code, said = applied("mourning")
    assert code == 0
    assert "(sắp tới)" in said
    assert "căn cứ: Công điện 12; hai ngày (Minh)" in said
    assert "bài vui, thi, giải trí: đang giữ 1" in said
    assert "cảnh báo và tin khác: đã lên lịch 1" in said
    assert f"08:00 26/06/2027  {A}  [festive]" in said
    assert "cần quyết định" not in said

    said = applied("status")[1]
    assert "quốc tang từ 2027-06-25 00:00 tới 2027-06-27 00:00: Công điện 12" in said
    assert "giữ lại 1 lần đăng" in said
    assert "quốc tang nay đã hết" not in said

    hour.now = datetime(2027, 6, 27, 0, tzinfo=HANOI)
    code, said = applied("status")
    assert code == 1
    assert "1 lần đăng bị giữ vì quốc tang nay đã hết" in said
    assert "loa mourning release" in said
    assert "1 cần quyết định" in applied("mourning")[1]


def test_status_is_well_while_a_mourning_lasts_and_asks_for_a_person_afterwards(
    tmp_path: Path, loa: Loa, hour: Hour
) -> None:
    write(tmp_path, message(more=FESTIVE))
    loa("apply")
    loa(*DECLARE)
    code, said = loa("status", "--json")
    assert (code, json.loads(said)["mourning"]) == (
        0,
        {
            "periods": [
                {"from": "2027-06-25T00:00:00+07:00", "until": "2027-06-27T00:00:00+07:00", "basis": "Công điện 12"}
            ],
            "held": 1,
            "to_decide": 0,
        },
    )
    hour.now = datetime(2027, 6, 27, 0, tzinfo=HANOI)
    code, said = loa("status", "--json")
    assert (code, json.loads(said)["mourning"]) == (1, {"periods": [], "held": 1, "to_decide": 1})
    assert loa("cancel", A)[0] == 0
    assert loa("status")[0] == 0


def test_the_quick_word_is_for_the_rest_of_today(applied: Loa, ledger: Keeper, hour: Hour) -> None:
    hour.now = datetime(2027, 6, 26, 7, tzinfo=HANOI)
    code, said = applied("mourning", "declare", "--today")
    assert (code, "từ 07:00 26/06/2027 tới 24:00 26/06/2027: Nghị định 105/2012/NĐ-CP" in said) == (0, True)
    assert ledger.row(A).held_for == "mourning"


def test_declared_a_second_time_it_says_so(applied: Loa) -> None:
    applied(*DECLARE)
    assert "đã được khai báo rồi" in applied(*DECLARE)[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--basis", "x"], "cần --until NGÀY, hoặc --today"),
        (["--today", "--until", "2027-06-26"], "cần --until NGÀY, hoặc --today"),
        (["--until", "2027-06-26"], "thiếu căn cứ"),
        (["--until", "mai", "--basis", "x"], '--until "mai" không phải ngày hay giờ'),
        (["--from", "2027-06-26", "--until", "2027-06-25", "--basis", "x"], "ngày cuối ở trước ngày đầu"),
        (["--from", "2026-05-24", "--until", "2026-05-25", "--basis", "x"], "đã qua"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(
    applied: Loa, database: Database, words: list[str], sentence: str
) -> None:
    code, said = applied("mourning", "declare", *words)
    assert (code, sentence in said) == (2, True), said
    with database.reading() as connection:
        assert mourning.periods(connection) == []


def test_a_moment_ends_it_exactly_then(applied: Loa, database: Database) -> None:
    applied("mourning", "declare", "--from", "2027-06-25 12:00", "--until", "2027-06-26 12:00", "--basis", "x")
    with database.reading() as connection:
        [period] = mourning.periods(connection)
    assert period.until_us == micros(datetime(2027, 6, 26, 12, tzinfo=HANOI))
    assert period.since_us == micros(datetime(2027, 6, 25, 12, tzinfo=HANOI))


def test_ended_early_it_lets_nothing_go(applied: Loa, ledger: Keeper) -> None:
    applied(*DECLARE)
    code, said = applied("mourning", "end", "--why", "nhầm ngày")
    assert code == 0
    assert "1 lần đăng vẫn giữ" in said
    assert ledger.state(A) is State.HELD
    assert "Lan đã kết thúc sớm" in applied("mourning")[1]
    assert applied("mourning", "end")[0] == 3


def test_only_the_named_one_is_ended(applied: Loa, database: Database) -> None:
    applied(*DECLARE)
    applied("mourning", "declare", "--from", "2027-07-01", "--until", "2027-07-02", "--basis", "x")
    assert applied("mourning", "end", "--from", "2027-07-01")[0] == 0
    with database.reading() as connection:
        [left] = mourning.open_periods(connection, 0)
    assert left.since_us == micros(datetime(2027, 6, 25, tzinfo=HANOI))


@pytest.mark.parametrize("words", [["thu"], [A], ["--all"]])
def test_after_it_what_it_held_goes_on_by_order(applied: Loa, ledger: Keeper, words: list[str]) -> None:
    applied(*DECLARE)
    applied("mourning", "end")
    code, said = applied("mourning", "release", *words, "--why", "nhầm")
    assert (code, f"1 đã thả, đăng đúng giờ (quá giờ thì đăng ngay): {A}" in said) == (0, True), said
    assert ledger.state(A) is State.SCHEDULED
    last = ledger.events(A)[-1]
    assert (last.event, last.by, last.why) == ("release", "Lan", "nhầm")
    assert "Không có gì bị giữ" in applied("mourning", "release", "--all")[1]


def test_a_release_names_one_thing(applied: Loa) -> None:
    assert applied("mourning", "release")[0] == 2
    assert applied("mourning", "release", "thu", "--all")[0] == 2
    assert applied("mourning", "release", "khac")[0] == 2


def test_while_it_lasts_every_release_is_refused_or_does_nothing(applied: Loa, ledger: Keeper, hour: Hour) -> None:
    applied(*DECLARE)
    hour.now = datetime(2027, 6, 26, 9, tzinfo=HANOI)
    for order in (("release", A), ("retry", A), ("mourning", "release", A)):
        code, said = applied(*order)
        assert (code, "rơi vào quốc tang tới 00:00 27/06/2027 (Công điện 12)" in said) == (3, True), said
    assert "1 còn trong quốc tang, vẫn giữ" in applied("mourning", "release", "thu")[1]
    assert ledger.state(A) is State.HELD


def test_what_it_made_late_goes_by_an_order_for_itself(applied: Loa, ledger: Keeper, hour: Hour) -> None:
    applied(*DECLARE)
    hour.now = datetime(2027, 6, 27, 8, tzinfo=HANOI)
    assert "1 đã quá late_after, vẫn giữ; đăng: loa retry MÃ" in applied("mourning", "release", "thu")[1]
    assert applied("mourning", "release", A)[0] == 3
    assert applied("retry", A, "--why", "vẫn đăng")[0] == 0
    assert ledger.state(A) is State.SCHEDULED


def test_an_approval_in_it_says_that_it_holds(tmp_path: Path, loa: Loa, ledger: Keeper) -> None:
    write(tmp_path, message(more=FESTIVE), approval="required")
    loa("apply")
    loa(*DECLARE)
    code, said = loa("approve", "thu")
    assert (code, "1 trong đó rơi vào quốc tang nên còn giữ: loa mourning" in said) == (0, True)
    assert ledger.row(A).held_for == "mourning"


def test_a_plan_and_an_apply_say_what_a_mourning_holds(tmp_path: Path, loa: Loa) -> None:
    loa(*DECLARE)
    write(tmp_path, message(more=FESTIVE))
    assert f"+ {A}  08:00 26/06/2027 (quốc tang: giữ lại)" in loa("plan")[1]
    assert "1 lần đăng giữ vì quốc tang: loa mourning" in loa("apply")[1]


def test_a_mourning_as_json(applied: Loa) -> None:
    applied(*DECLARE)
    code, said = applied("mourning", "--json")
    told: dict[str, Any] = json.loads(said)
    assert code == 0
    assert [(p["standing"], p["origin"], p["festive"], p["others"]) for p in told["periods"]] == [
        ("coming", "command", {"held": 1}, {"scheduled": 1})
    ]
    assert [row["key"] for row in told["held"]] == [A]
    assert told["to_decide"] == 0


# --- embargo and expiry ------------------------------------------------------------------------------------------

ENDS = 'expires: "2027-06-26 09:00"'


def test_what_has_expired_is_refused_in_plain_words(tmp_path: Path, loa: Loa, ledger: Keeper, hour: Hour) -> None:
    write(tmp_path, message(more=ENDS))
    loa("apply")
    ledger.move(ledger.row(A).id, State.SCHEDULED, Event.HOLD, values={"held_for": "person"})
    hour.now = datetime(2027, 6, 26, 9, tzinfo=HANOI)
    code, said = loa("release", A)
    assert (code, f"{A} đã hết hạn lúc 09:00 26/06/2027 (expires), không bao giờ đăng nữa" in said) == (3, True)
    with ledger.database.writing() as connection:
        turn.miss(connection, at_us=micros(hour.now))
    code, said = loa("retry", A)
    assert (code, "đã hết hạn lúc 09:00 26/06/2027" in said) == (3, True)
    assert "expired" in loa("deliveries")[1]


def test_an_approval_is_not_asked_for_what_has_expired(tmp_path: Path, loa: Loa, ledger: Keeper, hour: Hour) -> None:
    write(tmp_path, message(more=ENDS), message("tin-2"), approval="required")
    loa("apply")
    hour.now = datetime(2027, 6, 26, 9, tzinfo=HANOI)
    code, said = loa("approve", "thu", "--message", "tin-1")
    assert (code, "1 lần đăng đã hết hạn (expires, đầu tiên lúc 09:00 26/06/2027)" in said) == (3, True)
    code, said = loa("approve", "thu")
    assert (code, "Đã duyệt 1 lần đăng" in said, "đã hết hạn" in said) == (0, True, True)
    assert ledger.state(A) is State.HELD


def test_an_order_says_until_when_an_embargo_lasts(tmp_path: Path, loa: Loa, ledger: Keeper) -> None:
    write(tmp_path, message(more='embargo: "2027-06-26 07:30"'), approval="required")
    loa("apply")
    said = "không đăng trước 07:30 26/06/2027 (embargo): " + A
    assert said in loa("approve", "thu")[1]
    loa("hold", A)
    assert said in loa("release", A)[1]
    ledger.move(ledger.row(A).id, State.SCHEDULED, Event.MISS)
    code, words = loa("retry", A)
    assert (code, said in words, "ngay khi" in words) == (0, True, False)


def test_bounds_and_tags_stand_in_the_json_of_deliveries(tmp_path: Path, loa: Loa) -> None:
    write(tmp_path, message(more=f"tags: [x, y], class: priority, {ENDS}"))
    loa("apply")
    [row] = json.loads(loa("deliveries", "--json")[1])
    assert (row["tags"], row["class"], row["not_before"], row["not_after"]) == (
        ["x", "y"], "priority", None, "2027-06-26T09:00:00+07:00",
    )  # fmt: skip
