"""The register of laws: what the rule says of every text on every day, how a text is found, and mistakes with lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from scheduler.registers.laws import Case, Laws
from scheduler.registers.laws_file import read_laws
from tests.authoring.desk import Desk

HOUSE = Path(__file__).resolve().parents[2]
FILE = HOUSE / "campaigns/laws.yaml"
RAW: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
NUMBERED = {entry["number"]: entry for entry in RAW["texts"]}
LAWS, PROBLEMS = read_laws(FILE, Path("campaigns/laws.yaml"))

BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)  # the cliff: eleven laws change in that night


def text(more: str = "", *, id: str = "a", number: str = "1/2020/QH14", **other: str) -> str:
    """Return an entry of the register as it is written, on one line."""
    values = {"kind": "luat", "title_vi": "Luật A", "effective_from": '"2020-01-01"', "confidence": "high"} | other
    pairs = ", ".join(f"{key}: {value}" for key, value in values.items())
    return f'  - {{id: {id}, number: "{number}", {pairs}{more and ", " + more}}}\n'


def read(tmp_path: Path, *texts: str, more: str = "") -> tuple[Laws, list[str]]:
    file = tmp_path / "laws.yaml"
    file.write_text("texts:\n" + "".join(texts) + more, "utf-8")
    laws, problems = read_laws(file, Path("laws.yaml"))
    return laws, [("lưu ý: " if p.warning else "") + str(p) for p in problems]


# --- the rule -------------------------------------------------------------------------------------------------------


def test_the_shipped_register_is_whole_and_without_remark() -> None:
    assert (len(LAWS.texts), PROBLEMS, LAWS.whole) == (77, [], True)
    assert len(LAWS.cases) == 12


@pytest.mark.parametrize("case", LAWS.cases, ids=lambda case: f"{case.cite} {case.mode} {case.post_on}")
def test_the_cases_of_the_register_are_decided_as_it_says(case: Case) -> None:
    law = LAWS.find(case.cite, case.post_on)
    assert law is not None

    verdict = LAWS.judge(law, case.mode, case.post_on, f"Luật {case.cite} sẽ có hiệu lực từ ngày 01/7/2026.")

    assert verdict.decision == case.expect
    assert verdict.suggest == case.suggest or not case.suggest
    assert bool(verdict.sentence) == (verdict.decision != "ok")


def expected(entry: dict[str, Any], mode: str, day: str) -> str:
    """The rule at the head of the file, said a second time; days compare as ISO words."""
    begins, ends, issued = entry["effective_from"], entry.get("effective_to") or "9999", entry.get("issued") or "9999"
    if mode == "history":
        return "ok"
    if mode == "upcoming":
        return "ok" if issued <= day < begins else "refuse"
    if day < begins or (day >= ends and entry.get("end_confidence") != "low"):
        return "refuse"
    if entry["confidence"] == "low" and not entry.get("verified_by"):
        return "refuse"
    return "warn" if day >= ends else "ok"


@pytest.mark.parametrize("mode", ["basis", "upcoming", "history"])
def test_every_text_on_every_day_of_nine_years_is_judged_by_the_rule(mode: Any) -> None:
    for entry in RAW["texts"]:
        law = LAWS.by_id[entry["id"]]
        told = f"có hiệu lực từ {entry['effective_from']}"
        day = date(2020, 1, 1)
        while day < date(2029, 1, 1):
            verdict = LAWS.judge(law, mode, day, told)
            assert verdict.decision == expected(entry, mode, day.isoformat()), (law.number, mode, day)
            if mode == "basis" and verdict.suggest:
                other = NUMBERED[verdict.suggest]
                assert other["effective_from"] <= day.isoformat() < (other.get("effective_to") or "9999")
            day += timedelta(days=1)


def test_a_named_person_makes_a_doubtful_text_a_basis(tmp_path: Path) -> None:
    laws, _ = read(tmp_path, text(confidence="low"), text(id="b", number="2/2020/QH14", confidence="low",
                                                          verified_by="Nguyễn Văn A"))  # fmt: skip

    decisions = [laws.judge(law, "basis", date(2021, 1, 1), "").decision for law in laws.texts]

    assert decisions == ["refuse", "ok"]
    assert "verified_by" in laws.judge(laws.texts[0], "basis", date(2021, 1, 1), "").sentence


@pytest.mark.parametrize(
    "written",
    [
        "01/7/2026",
        "1/7/2026",
        "01/07/2026",
        "01-7-2026",
        "1.7.2026",
        "ngày 1 tháng 7 năm 2026",
        "Ngày 01 tháng 07 năm 2026",
    ],
)
def test_the_day_of_entry_may_be_written_as_people_write_it(written: str) -> None:
    law = LAWS.by_id["luat-pcmt-2025"]

    assert LAWS.judge(law, "upcoming", BEFORE, f"Luật sẽ có hiệu lực từ {written}.").decision == "ok"


@pytest.mark.parametrize("written", ["", "tháng 7/2026", "11/7/2026", "01/7/20265", "1/17/2026", "01/7/2025"])
def test_an_announced_law_needs_its_day_of_entry(written: str) -> None:
    verdict = LAWS.judge(LAWS.by_id["luat-pcmt-2025"], "upcoming", BEFORE, f"Luật sẽ có hiệu lực từ {written}.")

    assert verdict.decision == "refuse"
    assert "bài phải ghi rõ ngày có hiệu lực: 01/7/2026" in verdict.sentence


def test_what_is_in_force_is_no_longer_upcoming_and_what_is_not_issued_not_yet() -> None:
    law = LAWS.by_id["luat-pcmt-2025"]

    assert "không còn là văn bản sắp có hiệu lực" in LAWS.judge(law, "upcoming", AFTER, "01/7/2026").sentence
    assert "chưa rõ đã ban hành" in LAWS.judge(law, "upcoming", date(2025, 12, 9), "01/7/2026").sentence


def test_an_old_rule_with_a_fine_is_asked_about() -> None:
    law = LAWS.by_id["nd-144-2021"]
    fined = "Trước đây theo Nghị định 144/2021/NĐ-CP, phạt tiền từ 1.000.000 đồng đến 2.000.000 đồng"

    assert LAWS.judge(law, "history", AFTER, fined).decision == "warn"
    assert LAWS.judge(law, "history", date(2025, 12, 14), fined).decision == "ok"
    assert LAWS.judge(law, "history", AFTER, "Trước đây, phạt nặng 3 hành vi").decision == "ok"


def test_a_part_that_ended_earlier_is_warned_of_where_the_text_speaks_of_it() -> None:
    law = LAWS.by_id["nd-144-2021"]
    day = date(2025, 8, 1)

    said = LAWS.judge(law, "basis", day, "Vi phạm phòng cháy, chữa cháy bị phạt theo Nghị định 144/2021/NĐ-CP.")

    assert (said.decision, said.suggest) == ("warn", "106/2025/NĐ-CP")
    assert LAWS.judge(law, "basis", day, "Vi phạm về cư trú bị phạt.").decision == "ok"


# --- finding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "before", "after"),
    [
        ("120/2025/QH15", "120/2025/QH15", "120/2025/QH15"),
        ("Luật số 120/2025/QH15", "120/2025/QH15", "120/2025/QH15"),
        ("số 9/2017/NÐ-CP", "09/2017/NĐ-CP", "09/2017/NĐ-CP"),
        ("Nghị định số 144/2021/ND-CP", "144/2021/NĐ-CP", "144/2021/NĐ-CP"),
        ("luat-pcmt-2021", "73/2021/QH14", "73/2021/QH14"),
        ("Luật PCMT 2021", "73/2021/QH14", "73/2021/QH14"),
        ("Luật Phòng, chống ma tuý năm 2025", "120/2025/QH15", "120/2025/QH15"),
        ("LUẬT PHÒNG CHỐNG MA TÚY (SỬA ĐỔI)", "120/2025/QH15", "120/2025/QH15"),
        ("Luật Phòng, chống ma túy", "73/2021/QH14", "120/2025/QH15"),
        ("ma-tuy", "73/2021/QH14", "120/2025/QH15"),
        ("ma_tuy", "73/2021/QH14", "120/2025/QH15"),
        ("luat-pcmt", "73/2021/QH14", "120/2025/QH15"),
        ("luat-anm", "24/2018/QH14", "116/2025/QH15"),
        ("luat-attt", "86/2015/QH13", "116/2025/QH15"),  # reached along the chain
        ("bao-chi", "103/2016/QH13", "126/2025/QH15"),
        ("nd-144", "282/2025/NĐ-CP", "282/2025/NĐ-CP"),
        ("nd-105", None, None),  # three decrees of one number and no chain: no family
        ("khong-co", None, None),
        ("", None, None),
    ],
)
def test_a_text_is_found_by_number_name_or_family(reference: str, before: str | None, after: str | None) -> None:
    found = [LAWS.find(reference, day) for day in (BEFORE, AFTER)]

    assert [law and law.number for law in found] == [before, after]


def test_a_family_gives_what_comes_and_what_was() -> None:
    assert (LAWS.find("ma-tuy", BEFORE, "upcoming") or pytest.fail()).number == "120/2025/QH15"
    assert (LAWS.find("ma-tuy", AFTER, "history") or pytest.fail()).number == "73/2021/QH14"
    assert (LAWS.find("ma-tuy", AFTER, "upcoming") or pytest.fail()).number == "120/2025/QH15"


def test_one_member_is_enough_to_name_a_family(tmp_path: Path) -> None:
    laws, said = read(
        tmp_path,
        text(effective_to='"2022-01-01"', superseded_by='"2/2021/QH15"'),
        text(id="b", number="2/2021/QH15", effective_from='"2022-01-01"'),
        more='families: {ho: ["2/2021/QH15"]}\n',
    )

    assert said == []
    assert [laws.find("ho", date(2021 + i, 6, 1)).id for i in (0, 1)] == ["a", "b"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("120/2024/QH15", "120/2025/QH15"),
        ("73/2021/QH15", "73/2021/QH14"),
        ("121/2025/QH15", "120/2025/QH15"),
        ("999/1950/QH99", ""),
        ("", ""),
    ],
)
def test_a_number_that_is_nearly_right_is_known(wrong: str, meant: str) -> None:
    assert LAWS.near(wrong) == meant


# --- the file -------------------------------------------------------------------------------------------------------


def test_without_the_file_there_is_an_empty_register(tmp_path: Path) -> None:
    laws, problems = read_laws(tmp_path / "laws.yaml", Path("laws.yaml"))

    assert (laws.texts, laws.present, problems) == ((), False, [])


def broken() -> Iterator[tuple[str, str]]:
    two = text(id="b", number="2/2020/QH14")
    yield (
        text(effective_to='"2019-01-01"'),
        (
            "laws.yaml:2: texts.0.effective_to: effective_to (01/01/2019) phải sau effective_from (01/01/2020); "
            "effective_to là ngày đầu tiên không còn hiệu lực"
        ),
    )
    yield (
        text() + text(id="b"),
        (
            'laws.yaml:3: texts.1.number: "1/2020/QH14" đã có ở dòng 2, và thời gian hiệu lực chồng lên nhau; '
            "mỗi số hiệu chỉ ghi một lần"
        ),
    )
    yield (
        text(effective_to='"2021-01-01"') + text(id="b", effective_from='"2021-01-01"'),
        ('laws.yaml:3: texts.1.number: "1/2020/QH14" đã có ở dòng 2'),
    )
    yield text() + text(number="2/2020/QH14"), 'laws.yaml:3: texts.1.id: "a" đã có ở dòng 2'
    yield (
        text(effective_to='"2021-01-01"', superseded_by='"1/2020/QH14"'),
        ("laws.yaml:2: texts.0.superseded_by: văn bản tự thay thế chính nó"),
    )
    yield (
        text(effective_to='"2021-01-01"', superseded_by='"2/2020/QH14"')
        + text(id="b", number="2/2020/QH14", effective_to='"2022-01-01"', superseded_by='"1/2020/QH14"'),
        "laws.yaml:2: texts.0.superseded_by: vòng thay thế quay lại chính văn bản này (qua 2/2020/QH14)",
    )
    yield (
        two + text(effective_to='"2021-01-01"', superseded_by='"2/2021/QH14"'),
        ('lưu ý: laws.yaml:3: texts.1.superseded_by: "2/2021/QH14" chưa có trong sổ này; ý bạn là "2/2020/QH14"?'),
    )
    yield (
        text(efective_to="x"),
        ('laws.yaml:2: texts.0.efective_to: không có khoá này; ý bạn là "effective_to"? (các khoá: id, number, kind, '),
    )
    yield (
        text(confidence="hight"),
        ('laws.yaml:2: texts.0.confidence: "hight" không đúng; ý bạn là "high"? (chọn: high, medium, low)'),
    )
    yield (
        text(effective_from='"2026-02-30"'),
        ('laws.yaml:2: texts.0.effective_from: "2026-02-30" không phải ngày có thật; ví dụ đúng: 2027-06-26'),
    )
    yield (
        text(number="120-2025-QH15"),
        ('laws.yaml:2: texts.0.number: "120-2025-QH15" không đúng dạng số hiệu; ví dụ đúng: "120/2025/QH15"'),
    )
    yield (
        text(superseded_by='"2/2020/QH14"') + two,
        (
            "lưu ý: laws.yaml:2: texts.0.superseded_by: đã có văn bản thay thế (2/2020/QH14); thêm effective_to, "
            "ngày đầu tiên không còn hiệu lực"
        ),
    )
    yield (
        text("aliases: [Luật Nọ]") + text("aliases: [luật nọ]", id="b", number="2/2020/QH14"),
        ('laws.yaml:3: texts.1.aliases.0: "luật nọ" đã là tên gọi của 1/2020/QH14'),
    )
    yield text(issued='"2020-02-01"'), "lưu ý: laws.yaml:2: texts.0.issued: ban hành (01/02/2020) sau ngày có hiệu lực"
    yield text() + "familys: {}\n", 'laws.yaml:3: familys: không có khoá này; ý bạn là "families"?'
    yield (
        text() + 'families: {a: ["1/2021/QH14"]}\n',
        ('laws.yaml:3: families.a.0: không có văn bản "1/2021/QH14" trong sổ này; ý bạn là "1/2020/QH14"?'),
    )
    yield "  abc\n", "laws.yaml:1: texts: phải là danh sách, mỗi mục bắt đầu bằng -"


@pytest.mark.parametrize(("texts", "sentence"), list(broken()))
def test_every_mistake_is_said_with_its_line_and_the_remedy(tmp_path: Path, texts: str, sentence: str) -> None:
    laws, said = read(tmp_path, texts)

    assert any(line.startswith(sentence) for line in said), said
    assert laws.whole is sentence.startswith("lưu ý: ")


def test_all_mistakes_are_said_at_once_and_hide_nothing(tmp_path: Path) -> None:
    laws, said = read(tmp_path, text(confidence="x"), text(id="b", kind="x"), text(id="c", number="3/2020/QH14"))

    assert [line.split(": ")[0] for line in said] == ["laws.yaml:2", "laws.yaml:3"]
    assert [law.id for law in laws.texts] == ["c"]


@pytest.mark.parametrize("content", ["- a\n", "abc\n", "", "texts: [\n", "register: {version: 1}\n"])
def test_a_file_that_is_no_register_is_said_so_and_enforces_nothing_wrong(tmp_path: Path, content: str) -> None:
    (tmp_path / "laws.yaml").write_text(content)

    laws, problems = read_laws(tmp_path / "laws.yaml", Path("laws.yaml"))

    assert len(problems) == 1
    assert (laws.present, laws.whole) == (True, False)


def test_acts_without_a_year_may_share_a_number_when_their_dates_differ(tmp_path: Path) -> None:
    laws, said = read(
        tmp_path,
        text(number="793/QĐ-TTg", kind="quyet_dinh", issued='"2016-05-10"', effective_from='"2016-05-10"'),
        text(id="b", number="793/QĐ-TTg", kind="quyet_dinh", issued='"2020-01-01"'),
    )

    assert said == []
    assert [laws.find("793/QĐ-TTg", date(year, 1, 1)).id for year in (2019, 2021)] == ["a", "b"]  # type: ignore[union-attr]


def test_the_book_of_a_workspace_holds_the_register_and_its_mistakes(desk: Desk) -> None:
    desk.write("campaigns/laws.yaml", "texts:\n" + text(confidence="x"))

    assert desk.says() == ['laws.yaml:2: texts.0.confidence: "x" không đúng (chọn: high, medium, low)']


def test_a_new_workspace_gets_the_register_that_is_shipped() -> None:
    assert (HOUSE / "scheduler/starter/campaigns/laws.yaml").read_bytes() == FILE.read_bytes()
