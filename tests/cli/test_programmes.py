"""`loa programmes`: how near each end is, which campaigns belong, what the ledger counts of them, who answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scheduler import clock
from scheduler.cli.programmes import _end
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from scheduler.registers.programmes import read_programmes
from scheduler.text import say
from tests.cli.test_orders import Loa, loa, workspace, write
from tests.ledger.keeper import Keeper
from tests.planning.desk import CHANNELS, campaign, message

__all__ = ["loa", "workspace"]  # fixtures

PROGRAMMES = """
remind: none
programmes:
  - id: ma-tuy-2030
    name: Chương trình ma túy
    until: 2030
    lead: ha-noi
    basis: {number: 86/KH-UBND, date: 2025-04-02, signer: Trần Thị B, title: Về phòng ngừa}
    targets: [{name: Xã không ma túy, value: "62,5", unit: "%", by: 2030}]
  - {id: gan-het, name: Gần hết, until: 2027-08-30}
  - {id: da-het, name: Đã hết, until: 2025, replaced_by: ma-tuy-2030}
  - {id: vo-han, name: Vô hạn}
"""
HEAD = """\
programme: [ma-tuy-2030, vo-han]
basis: Kế hoạch 1/KH-UBND ngày 05/5/2027
head: {name: Nguyễn Văn A, title: Chủ tịch}
tags: [ma-tuy]
targets: [{name: Lượt xem, value: 500000, unit: lượt, by: 2027-06-30}]
"""
SOON = '{on: "2027-06-26 08:00"}'


@pytest.fixture
def office(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office on the first of June 2027, with one campaign of two programmes and one of none."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 6, 1, 2, tzinfo=UTC))
    write(workspace, "programmes", PROGRAMMES)
    write(workspace, "thu", HEAD + campaign(message("mot", "Một", SOON), message("hai", "Hai", SOON)))
    write(workspace, "khac", campaign(message(), name="khac"))
    return workspace


def listed(loa: Loa, *words: str) -> dict[str, Any]:
    said = loa("programmes", "--json", *words)
    assert said.code == 0, said.all
    found: dict[str, Any] = json.loads(said.out)
    return found


def test_a_machine_reads_ends_campaigns_counts_and_who_answers(office: Path, loa: Loa, database: Database) -> None:
    assert loa("apply").code == 0
    keeper = Keeper(database)
    id = int(keeper.row("thu/mot@once/a").id)
    keeper.move(id, State.SCHEDULED, Event.CLAIM)
    keeper.move(id, State.SENDING, Event.CONFIRM)
    loa("cancel", "thu/hai@once/b", "--why", "thôi")

    found = listed(loa)

    first = found["programmes"][0]
    assert found["on"] == "2027-06-01"
    assert [(p["id"], p["until"], p["days_left"], p["ended"]) for p in found["programmes"]] == [
        ("ma-tuy-2030", "2030-12-31", 1309, False), ("gan-het", "2027-08-30", 90, False),
        ("da-het", "2025-12-31", -517, True), ("vo-han", None, None, False),
    ]  # fmt: skip
    assert (first["lead"], first["lead_name"]) == ("ha-noi", "Hà Nội")
    assert first["basis"][0]["named"] == "86/KH-UBND ngày 02/4/2025 (Trần Thị B ký)"
    assert first["targets"] == [{"name": "Xã không ma túy", "value": 62.5, "unit": "%", "by": "2030-12-31"}]
    [thu] = first["campaigns"]
    assert thu["head"] == {"name": "Nguyễn Văn A", "title": "Chủ tịch"}
    assert (thu["campaign"], thu["tags"], thu["targets"][0]["value"]) == ("thu", ["ma-tuy"], 500000)
    assert thu["messages"] == first["messages"] == {"written": 2, "planned": 2, "published": 1}
    assert thu["deliveries"] == first["deliveries"] == {"planned": 3, "published": 1}
    assert [p["campaigns"] == [thu] for p in found["programmes"]] == [True, False, False, True]
    assert [row["campaign"] for row in found["without_programme"]] == ["khac"]


def test_a_person_reads_how_near_each_end_is(office: Path, loa: Loa) -> None:
    loa("apply")

    said = loa("programmes").out

    assert "ma-tuy-2030  Chương trình ma túy  đến hết 31/12/2030, còn 1309 ngày" in said
    assert "da-het  Đã hết  đã kết thúc ngày 31/12/2025; kế tiếp: ma-tuy-2030" in said
    assert "vo-han  Vô hạn  không ghi ngày kết thúc" in said
    assert "căn cứ: 86/KH-UBND ngày 02/4/2025 (Trần Thị B ký): Về phòng ngừa" in said
    assert "chỉ tiêu: Xã không ma túy: 62,5%, chậm nhất 31/12/2030" in said
    assert "thu: chỉ tiêu: Lượt xem: 500.000 lượt, chậm nhất 30/06/2027" in said
    [row, _] = [line.split() for line in said.splitlines() if line.strip().startswith("thu ")]
    assert row[:6] == ["thu", "2", "/", "2", "4", "0"]
    assert "Nguyễn Văn A, Chủ tịch" in said


def test_the_colour_tells_how_near_an_end_is(office: Path) -> None:
    register = read_programmes(office / "campaigns/programmes.yaml")
    colours = {id: _end(entry, date(2027, 6, 1))[1] for id, entry in register.by_id.items()}

    assert colours == {"ma-tuy-2030": "green", "gan-het": "yellow", "da-het": "red", "vo-han": "dim"}
    assert _end(register.by_id["gan-het"], date(2027, 5, 31))[1] == "green"
    assert _end(register.by_id["gan-het"], date(2027, 8, 31))[1] == "red"


def test_another_day_has_other_ends(office: Path, loa: Loa) -> None:
    found = listed(loa, "--on", "2025-12-31")

    assert [(p["days_left"], p["ended"]) for p in found["programmes"]][2] == (0, False)


def test_before_anything_is_applied_nothing_is_planned(office: Path, loa: Loa) -> None:
    first = listed(loa)["programmes"][0]

    assert first["messages"] == {"written": 2, "planned": 0, "published": 0}


@pytest.mark.parametrize(
    ("register", "words"),
    [(None, "chưa có campaigns/programmes.yaml; tạo tệp ấy, ví dụ: programmes: ["), ("programmes: [{id: a}]\n", "name: thiếu khoá này")],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_said_so(office: Path, loa: Loa, register: str | None, words: str) -> None:
    (office / "campaigns/programmes.yaml").unlink()
    if register:
        write(office, "programmes", register)

    said = loa("programmes")

    assert said.code == 2
    assert words in said.all


def test_a_campaign_whose_file_is_broken_is_named_not_forgotten(office: Path, loa: Loa) -> None:
    write(office, "thu", HEAD + campaign().replace("text:", "txet:"))

    assert listed(loa)["unread"] == ["thu"]
    assert "Chưa kể, vì tệp có lỗi (loa check): thu" in loa("programmes").out


def test_an_empty_register_is_said_so(office: Path, loa: Loa) -> None:
    write(office, "programmes", "programmes:\n")
    write(office, "thu", campaign())

    said = loa("programmes")

    assert said.code == 0
    assert "campaigns/programmes.yaml chưa có chương trình nào" in said.out


def test_a_plan_says_once_what_a_campaign_stands_on(office: Path, loa: Loa) -> None:
    said = loa("plan").out

    heading = "thu: căn cứ Kế hoạch 1/KH-UBND ngày 05/5/2027 · chương trình ma-tuy-2030, vo-han · chịu trách nhiệm: Nguyễn Văn A, Chủ tịch"  # fmt: skip
    assert said.count(heading) == 1
    assert said.index("khac/tin-1") < said.index(heading) < said.index("thu/mot@once/a")
    assert "khac: " not in said


def test_a_plan_in_which_nothing_changes_has_no_headings(office: Path, loa: Loa) -> None:
    loa("apply")

    assert say("căn cứ", "basis") not in loa("plan").out


def test_the_command_speaks_english_too(office: Path, loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    write(office, "channels", CHANNELS)
    monkeypatch.setenv("LOA_LOCALE", "en")

    assert "until 31/12/2030, 1309 days left" in loa("programmes").out


MODEL = """\
campaign: mo-hinh
programme: ma-tuy-2030
basis: Kế hoạch 2/KH
head: {name: Ông Mô Hình}
channels: [a]
approval: none
model: {state: replicated, criteria: a, evidence: b, decided: {on: 2026-11-01, by: Trưởng ban}}
messages:
  - {id: tin-1, text: Xin chào, when: {on: "2027-06-26 08:00"}}
"""


@pytest.fixture
def spread(office: Path) -> Path:
    """The same with a model that is replicated to two units, one of which has a head of its own."""
    units = (office / "campaigns/units.yaml").read_text("utf-8")
    write(office, "units", units.replace("name: Huế", "name: Huế, head: {name: Bà Huế}"))
    write(office, "mo-hinh", MODEL)
    write(office, "nhan-rong", "replicate: {from: mo-hinh, to: [{unit: ba-dinh}, {unit: hue}]}\n")
    return office


def test_the_head_of_a_unit_answers_for_its_replica(spread: Path, loa: Loa) -> None:
    rows = listed(loa)["programmes"][0]["campaigns"]

    assert {row["campaign"]: (row["replica_of"], row["head"]["name"]) for row in rows} == {
        "mo-hinh": (None, "Ông Mô Hình"), "thu": (None, "Nguyễn Văn A"),
        "mo-hinh.ba-dinh": ("mo-hinh", "Ông Mô Hình"), "mo-hinh.hue": ("mo-hinh", "Bà Huế"),
    }  # fmt: skip


def test_a_person_reads_the_replicas_of_a_model_in_one_row(spread: Path, loa: Loa) -> None:
    loa("apply")

    said = loa("programmes").out

    [row] = [line.split() for line in said.splitlines() if "mo-hinh." in line]
    assert row[:8] == ["mo-hinh.*", "2", "/", "2", "2", "0", "2/2", "đơn"]


def test_a_plan_heads_a_model_and_its_replicas_once(spread: Path, loa: Loa) -> None:
    said = loa("plan").out

    assert said.count("mo-hinh: căn cứ Kế hoạch 2/KH") == 1
    assert "mo-hinh: căn cứ Kế hoạch 2/KH · chương trình ma-tuy-2030 · chịu trách nhiệm: Ông Mô Hình" in said


def test_a_plan_of_replicas_alone_does_not_say_who_answers(spread: Path, loa: Loa) -> None:
    write(spread, "nhan-rong", "replicate: {from: mo-hinh, to: {unit: hue}}\n")
    loa("apply")
    write(spread, "nhan-rong", "replicate: {from: mo-hinh, to: [{unit: hue}, {unit: ba-dinh}]}\n")

    assert "mo-hinh: căn cứ Kế hoạch 2/KH · chương trình ma-tuy-2030\n+ mo-hinh.*/tin-1" in loa("plan").out


def test_what_a_model_lacks_is_said_once_and_not_of_each_replica(spread: Path, loa: Loa) -> None:
    write(spread, "days", "days: []\n")
    write(spread, "programmes", PROGRAMMES.replace("remind: none", "remind: head"))
    write(spread, "khac", "head: {name: Cô Lan}\n" + campaign(name="khac"))
    write(spread, "mo-hinh", MODEL.replace("ma-tuy-2030", "da-het").replace("head: {name: Ông Mô Hình}\n", ""))

    found = json.loads(loa("check", "--json").out)

    places = [(problem["file"], problem["line"], problem["field"]) for problem in found]
    assert [place for place in places if not place[2].endswith("when")] == [  # they speak in the same minute
        ("campaigns/mo-hinh.yaml", 1, "campaign"), ("campaigns/mo-hinh.yaml", 2, "programme.0"),
    ]  # fmt: skip
