"""`loa audit`: a person asks whether the ledger is as it was written, and who did what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from scheduler.cli import audit as command
from scheduler.daemon import distributed, embedded
from scheduler.ledger import turn
from scheduler.ledger.audit import Break, Kind
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.witness import NAME, Witness
from scheduler.posting.notary import Notary
from tests.cli.test_correct import KEY, RIGHT, Loa, due, loa, public, write  # noqa: F401 - fixtures
from tests.ledger.keeper import NOON, Keeper
from tests.ledger.test_chain import head


def tamper(ledger: Keeper, statement: str) -> None:
    with ledger.database.writing() as connection:
        assert connection.execute(text(statement)).rowcount


def read(said: tuple[int, str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said[1])
    return found


def test_a_daemon_leaves_a_whole_ledger_with_nothing_unlinked(public: Loa) -> None:  # noqa: F811
    code, said = public("audit")
    assert (code, "SỔ CÁI NGUYÊN VẸN" in said) == (0, True), said
    found = read(public("audit", "--json"))
    assert (found["whole"], found["chain"]["uncovered"], found["deliveries"], found["posts"]) == (True, 0, 1, 1)
    assert found["chain"]["head"]["hash"] in said
    assert found["chain"]["head"]["short"] in said
    assert "LOA_AUDIT_KEY" in said  # not signed


def test_a_daemon_links_while_it_works(
    loa: Loa,  # noqa: F811
    write: Callable[[str], None],  # noqa: F811
    ledger: Keeper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(notary: Notary) -> None: ...

    monkeypatch.setattr(Notary, "finish", nothing)
    for engine in (embedded, distributed):
        monkeypatch.setattr(engine, "LINK", 0.1)
    write(RIGHT)
    later = datetime.now(UTC) + timedelta(seconds=2)
    file = tmp_path / "campaigns/thu.yaml"
    file.write_text(re.sub('on: "[^"]+"', f'on: "{later.isoformat()}"', file.read_text("utf-8")), encoding="utf-8")
    assert loa("apply")[0] == 0
    assert loa("run", "--until-idle")[0] == 0
    assert head(ledger).number >= 1


def test_a_correction_is_linked_by_whoever_asks_for_it(public: Loa, write: Callable[[str], None]) -> None:  # noqa: F811
    write(RIGHT)
    assert public("correct", "thu/tin-1", "--why", "sai số")[0] == 0
    before = read(public("audit", "--json"))
    assert (before["whole"], before["chain"]["uncovered"]) == (True, 3)  # begun, approved, corrected
    assert "loa audit --extend" in public("audit")[1]
    after = read(public("audit", "--extend", "--json"))
    assert (after["whole"], after["chain"]["uncovered"]) == (True, 0)
    assert after["chain"]["links"] == before["chain"]["links"] + 2


def test_the_story_of_a_delivery_tells_who_when_why_and_where(public: Loa, write: Callable[[str], None]) -> None:  # noqa: F811
    write(RIGHT)
    public("correct", "thu/tin-1", "--why", "sai [số] liệu", "--by", "Nguyễn Thị Lan")
    code, said = public("audit", KEY)
    assert code == 0
    for words in (KEY, "đã đăng", "nhận để gửi", "xác nhận đã đăng", "biên nhận", "duyệt", "sửa lời", "Nguyễn Thị Lan"):
        assert words in said, said
    assert "sai [số] liệu" in said
    assert "chưa" in said  # what was ordered just now
    [story] = read(public("audit", "--campaign", "thu", "--json"))["stories"]
    assert (story["key"], story["url"] in said) == (KEY, True)
    assert [e["event"] for e in story["events"]] == ["claim", "confirm", "receipt", "correcting", "approve", "correct"]
    assert [e["link"] is None for e in story["events"]] == [False] * 3 + [True] * 3


def test_what_was_changed_is_told_with_its_place_and_what_to_do(public: Loa, ledger: Keeper) -> None:  # noqa: F811
    tamper(ledger, "UPDATE event SET by = 'Người khác' WHERE event = 'confirm'")
    code, said = public("audit")
    assert (code, "KHÔNG NGUYÊN VẸN: 1 chỗ" in said) == (1, True), said
    [link] = re.findall(r"mắt xích (\d+): một việc trong khoảng \d+ đến \d+", said)
    assert "loa backup" in said
    [one] = read(public("audit", "--json"))["breaks"]
    assert (one["kind"], str(one["link"])) == ("changed", link)


def test_a_public_address_of_another_post_is_told(public: Loa, ledger: Keeper) -> None:  # noqa: F811
    tamper(ledger, "UPDATE delivery SET url = 'https://khac.example/'")
    code, said = public("audit")
    assert (code, f"{KEY}: bài, mã hoặc địa chỉ công khai" in said) == (1, True), said


def test_a_head_that_was_written_down_is_found_again(public: Loa, ledger: Keeper) -> None:  # noqa: F811
    head = read(public("audit", "--json"))["chain"]["head"]
    with ledger.database.writing() as connection:
        turn.hold(connection, "all", "", at_us=NOON, by="Lan", why="dừng")
    assert public("audit", "--extend")[0] == 0
    for form in (head["hash"], head["hash"].upper(), head["short"], head["short"].replace(" ", "-")):
        code, said = public("audit", "--expect", form)
        assert (code, f"mắt xích {head['number']}, vẫn còn trong chuỗi (1 mắt xích sau nó)" in said) == (0, True), said
    code, said = public("audit", "--expect", "1234 5678 9012 3456 7890 1234")
    assert (code, "chuỗi không còn mắt xích đã ghi lại: 1234 5678" in said) == (1, True), said


@pytest.mark.parametrize("given", ["abc", "1234 5678", "z" * 64])
def test_a_head_that_is_none_is_wrong_input(public: Loa, given: str) -> None:  # noqa: F811
    code, said = public("audit", "--expect", given)
    assert (code, "24 chữ số" in said) == (2, True), said


def test_a_cut_chain_is_noticed_by_the_witness_beside_it(public: Loa, ledger: Keeper, tmp_path: Path) -> None:  # noqa: F811
    number = Witness(tmp_path).read_link()
    assert number is not None
    tamper(ledger, f"DELETE FROM link WHERE number = {number[0]}")
    code, said = public("audit")
    assert (code, NAME in said) == (1, True), said
    assert public("run", "--until-idle")[0] == 0  # it goes on, and writes down what it has seen
    code, said = public("audit")
    assert (code, "chuỗi thiếu mắt xích đã ghi nhận" in said) == (0, True), said


def test_a_key_signs_and_its_loss_is_told(public: Loa, ledger: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("LOA_AUDIT_KEY", "một khoá dài")
    code, said = public("audit")
    assert (code, "không có chữ ký" in said, "loa audit --extend" in said) == (1, True, True), said
    code, said = public("audit", "--extend")
    assert (code, "chữ ký từ mắt xích" in said) == (0, True), said
    monkeypatch.setenv("LOA_AUDIT_KEY", "khoá khác")
    code, said = public("audit")
    assert (code, "không phải do khoá" in said) == (1, True), said
    monkeypatch.delenv("LOA_AUDIT_KEY")
    code, said = public("audit")
    assert (code, "chưa kiểm tra chữ ký" in said) == (0, True), said


def test_an_empty_ledger_is_whole_and_one_without_a_chain_is_not(loa: Loa, ledger: Keeper) -> None:  # noqa: F811
    assert loa("audit")[0] == 0
    ledger.write()
    code, said = loa("audit")
    assert (code, "chưa có mắt xích nào" in said) == (1, True), said
    assert loa("audit", "--extend")[0] == 0


def test_a_key_or_a_campaign_that_is_none_is_told(public: Loa) -> None:  # noqa: F811
    assert public("audit", "thu/khac@once/x")[0] == 2
    assert public("audit", "--campaign", "khac")[0] == 2


def test_many_of_a_kind_are_counted(loa: Loa, ledger: Keeper) -> None:  # noqa: F811
    for number in range(25):
        ledger.write(f"thu/tin@once/k{number}", State.HELD)
    assert loa("audit", "--extend")[0] == 0
    tamper(ledger, "UPDATE delivery SET state = 'cancelled'")
    code, said = loa("audit")
    assert (code, said.count("không khớp với các việc")) == (1, 20), said
    assert "và 5 chỗ nữa" in said


@pytest.mark.parametrize("language", ["vi", "en"])
def test_there_are_words_for_every_break_and_every_event(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setenv("LOA_LOCALE", language)
    for kind in Kind:
        assert command.words(Break(kind, 1, 2, 3, "k", "d"))
        assert command.remedy(Break(kind))
    assert {event.value for event in Event} <= set(command.EVENTS)
