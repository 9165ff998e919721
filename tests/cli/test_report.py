"""`loa report`: what was achieved, and who answers for it, in the terminal, for machines, and for Excel."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from scheduler.cli import report as command
from scheduler.ledger.delivery import Event, State
from tests.cli.test_orders import Loa, Said, loa, workspace, write  # noqa: F401 - fixtures
from tests.ledger.keeper import HOUR, Keeper
from tests.ledger.test_metrics import keep
from tests.planning.desk import campaign, message

A, B = "thu/tin-1@once/a", "thu/tin-1@once/b"
C = "khac/tin-1@once/c"


@pytest.fixture
def posted(workspace: Path, loa: Loa, ledger: Keeper) -> Loa:  # noqa: F811
    """The command, after three posts of two campaigns, one of them approved, one taken down."""
    write(workspace, "thu", campaign(message(when='{on: "2099-06-26 08:00"}'), approval="required"))
    write(workspace, "khac", campaign(message(when='{on: "2099-07-01 08:00"}'), name="khac", channels="[c]"))
    assert loa("apply").code == 0
    assert loa("approve", "thu", "--by", "Nguyễn Thị Lan").code == 0
    for key in (A, B, C):
        row = ledger.row(key)
        ledger.move(row.id, State.SCHEDULED, Event.CLAIM)
        values = {"remote_id": "7", "published_us": row.due_us}
        ledger.move(row.id, State.SENDING, Event.CONFIRM, values=values)
    row = ledger.row(A)
    keep(ledger, row.id, "1h", row.due_us + HOUR, reactions=1234)
    ledger.move(ledger.row(C).id, State.PUBLISHED, Event.WITHDRAW, by="Minh", why="sai [số] liệu")
    return loa


def read(said: Said) -> dict[str, object]:
    assert (said.code, said.err) == (0, "")
    found: dict[str, object] = json.loads(said.out)
    return found


def test_it_shows_channels_sum_numbers_and_who_answers(posted: Loa) -> None:
    said = posted("report")
    assert (said.code, said.err) == (0, "")
    assert unicodedata.is_normalized("NFC", said.out)
    for words in ("Báo cáo: cả sổ cái", "đã đăng", "Cộng", "3 kênh", "1.234", "1h: 1 bài", "2 bài chưa có số liệu"):
        assert words in said.out, said.out
    for words in ("duyệt", "Nguyễn Thị Lan", "đăng không qua duyệt", "gỡ", "Minh", "sai [số] liệu"):
        assert words in said.out, said.out


def channels(said: Said) -> list[str]:
    return [line["channel"] for line in read(said)["channels"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["b", "a", "c"]),  # Ba Đình, Hà Nội, Huế
        (["--campaign", "thu"], ["b", "a"]),
        (["--unit", "ha-noi"], ["b", "a"]),
        (["--unit", "ba-dinh"], ["b"]),
        (["--from", "2099-06-27"], ["c"]),
        (["--until", "26/6/2099"], ["b", "a"]),
        (["--from", "2099-06-26", "--until", "2099-06-26", "--unit", "hue"], []),
    ],
)
def test_a_report_of_a_part_tells_only_of_that(posted: Loa, words: list[str], expected: list[str]) -> None:
    assert channels(posted("report", *words, "--json")) == expected


def test_the_json_names_what_was_asked_and_by_whom_it_was_approved(posted: Loa) -> None:
    found = read(posted("report", "--campaign", "thu", "--until", "2099-06-30", "--json"))
    assert {name: found[name] for name in ("campaign", "unit", "from", "until")} == {
        "campaign": "thu", "unit": None, "from": None, "until": "2099-06-30",
    }  # fmt: skip
    approvals: list[dict[str, object]] = found["approvals"]  # type: ignore[assignment]
    assert [(a["unit"], a["by"], a["count"]) for a in approvals] == [
        ("ba-dinh", "Nguyễn Thị Lan", 1), ("ha-noi", "Nguyễn Thị Lan", 1),
    ]  # fmt: skip


def test_the_table_is_written_for_excel(posted: Loa, tmp_path: Path) -> None:
    said = posted("report", "--csv", str(tmp_path / "ra" / "ket-qua.csv"))
    assert (said.code, said.out.strip()) == (0, f"Đã ghi {tmp_path}/ra/ket-qua.csv (3 kênh)")
    lines = (tmp_path / "ra" / "ket-qua.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("mã đơn vị,đơn vị,kênh,đã đăng,")
    assert [line.split(",")[2] for line in lines[1:]] == ["b", "a", "c", ""]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--campaign", "thuu"], 'không có chiến dịch thuu; ý bạn là "thu"?'),
        (["--unit", "ha-noii"], 'không có đơn vị ha-noii; ý bạn là "ha-noi"?'),
        (["--from", "31/6/2099"], '--from: "31/6/2099" không phải ngày có thật'),
        (["--from", "2099-06-27", "--until", "2099-06-26"], "--until phải từ ngày của --from"),
    ],
)
def test_what_does_not_exist_is_said_with_the_nearest(posted: Loa, words: list[str], says: str) -> None:
    said = posted("report", *words)
    assert said.code == 2
    assert says in said.err


def test_an_empty_ledger_is_said_in_words(loa: Loa) -> None:  # noqa: F811
    said = loa("report")
    assert said.code == 0
    assert "Sổ cái không có lần đăng nào như vậy" in said.out


def test_long_tables_are_cut_on_the_screen_and_say_where_the_rest_is(
    posted: Loa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MOST_LINES", 1)
    said = posted("report")
    assert "và 2 dòng nữa: thêm --csv" in said.out
    assert "dòng nữa: thêm --json" in said.out


def test_what_is_held_by_a_person_is_told_with_the_reason(posted: Loa, ledger: Keeper) -> None:
    assert posted("hold", "--unit", "ha-noi", "--by", "Minh", "--why", "Quốc tang").code == 0
    said = posted("report", "--unit", "ba-dinh")
    assert "giữ đơn vị" in said.out and "Quốc tang" in said.out
    assert "Quốc tang" not in posted("report", "--campaign", "khac").out
