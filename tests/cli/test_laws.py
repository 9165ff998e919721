"""`loa laws`: how each text stands on a day, and which messages of the ledger cite one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scheduler.cli.laws import STANDINGS
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from tests.cli.test_orders import Loa, loa, workspace, write
from tests.ledger.keeper import Keeper
from tests.planning.desk import campaign, message

__all__ = ["loa", "workspace"]  # fixtures

REGISTER = (Path(__file__).resolve().parents[2] / "campaigns/laws.yaml").read_text("utf-8")
SOON = '{on: "2099-06-26 08:00"}'
LATER = '{on: "2099-06-27 08:00"}'


@pytest.fixture
def register(workspace: Path) -> Path:
    """An office with the shipped register."""
    write(workspace, "laws", REGISTER)
    return workspace


def test_each_text_stands_on_a_day(register: Path, loa: Loa) -> None:
    listed = {
        day: {entry["number"]: entry["standing"] for entry in json.loads(loa("laws", "--json", "--on", day).out)}
        for day in ("2026-06-30", "2026-07-01")
    }

    assert {day: [on[n] for n in ("73/2021/QH14", "120/2025/QH15", "15/2020/NĐ-CP", "173/2024/QH15")]
            for day, on in listed.items()} == {
        "2026-06-30": ["in_force", "upcoming", "in_force", "unverified"],
        "2026-07-01": ["ended", "in_force", "perhaps_ended", "unverified"],
    }  # fmt: skip
    assert len(listed["2026-06-30"]) == 77


def test_a_person_reads_it_in_vietnamese(register: Path, loa: Loa) -> None:
    said = loa("laws", "--on", "26/6/2026")

    assert said.code == 0
    assert "xét ngày 26/6/2026" in said.out
    assert all(words in said.out for words, _ in STANDINGS.values() if words != "có thể đã hết hiệu lực")
    assert "theo dõi 15/2012/QH13" in said.out


def test_without_a_register_the_file_is_named(workspace: Path, loa: Loa) -> None:
    said = loa("laws")

    assert said.code == 2
    assert "chưa có campaigns/laws.yaml" in said.err


def test_a_broken_register_is_shown_with_its_mistakes(register: Path, loa: Loa) -> None:
    write(register, "laws", REGISTER.replace("\n    confidence: high", "\n    confidence: hihg", 1))

    said = loa("laws")

    assert said.code == 2
    assert '"hihg" không đúng' in said.out
    assert "120/2025/QH15" in said.out


@pytest.mark.parametrize(
    ("words", "part"), [(["--on", "x"], "--on:"), (["--affected", "120/2024/QH15"], 'ý bạn là "120/2025')]
)
def test_a_wrong_word_is_said_with_the_right_one(register: Path, loa: Loa, words: list[str], part: str) -> None:
    said = loa("laws", *words)

    assert said.code == 2
    assert part in said.err


def test_the_messages_that_cite_a_text_are_named_by_state(register: Path, loa: Loa, database: Database) -> None:
    write(
        register,
        "thu",
        campaign(
            message("so", "Theo Luật số 120/2025/QH15", SOON),
            message("ten", "Luật Phòng, chống ma tuý năm 2025", LATER),
            message("bi-danh", "Luật Phòng, chống ma túy (sửa đổi)", LATER),
            message("cu", 'Trước đây, theo Luật 73/2021/QH14', LATER),
            message("khong", "Luật Phòng, chống ma túy giúp mỗi gia đình", LATER),
        ),
    )  # fmt: skip
    assert loa("apply").code == 0
    keeper = Keeper(database)
    id = int(keeper.row("thu/so@once/a").id)
    keeper.move(id, State.SCHEDULED, Event.CLAIM)
    keeper.move(id, State.SENDING, Event.CONFIRM, values={"url": "https://x.example/1"})

    found = json.loads(loa("laws", "--affected", "ma-tuy", "--on", "2027-01-01", "--json").out)

    assert found["law"]["number"] == "120/2025/QH15"
    assert [m["message"] for m in found["messages"]] == ["bi-danh", "so", "ten"]
    assert found["messages"][1] == {
        "campaign": "thu", "message": "so", "deliveries": {"published": 1, "scheduled": 1},
        "next_due": "2099-06-26T08:00:00+07:00", "urls": ["https://x.example/1"],
    }  # fmt: skip
    old = loa("laws", "--affected", "73/2021/QH14")
    assert "thu/cu  2 đã lên lịch  sắp đăng 2099-06-27 08:00" in old.out
    assert "thu/so" not in old.out
    assert "Không thông điệp nào" in loa("laws", "--affected", "24/2018/QH14").out


def test_what_was_cancelled_is_not_affected(register: Path, loa: Loa) -> None:
    write(register, "thu", campaign(message("so", "Theo Luật số 120/2025/QH15", SOON), channels="[a]"))
    loa("apply")
    loa("cancel", "thu/so@once/a")

    assert json.loads(loa("laws", "--affected", "120/2025/QH15", "--json").out)["messages"] == []


def test_release_of_what_the_law_holds_says_that_it_is_judged_again(
    register: Path, loa: Loa, database: Database
) -> None:
    write(register, "thu", campaign(message("so", "Theo Luật số 120/2025/QH15", SOON), channels="[a]"))
    loa("apply")
    keeper = Keeper(database)
    keeper.move(int(keeper.row("thu/so@once/a").id), State.SCHEDULED, Event.HOLD, values={"held_for": "law"})

    said = loa("release", "thu/so@once/a")

    assert "xét lại theo campaigns/laws.yaml" in said.out
    assert keeper.state("thu/so@once/a") is State.SCHEDULED
