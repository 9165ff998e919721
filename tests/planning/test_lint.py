"""The lint within `loa check`: how grave it is in which office, what is waived, what is never waived."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.planning.check import Checker
from tests.authoring.desk import CHANNELS, Desk

REGISTER = """\
hotlines:
  - {id: tre-em, number: "111", label: Tổng đài bảo vệ trẻ em, confidence: high}
  - {id: cong-an, number: "113", label: Công an, confidence: high, valid_to: 2027-06-10, replaced_by: an-ninh}
  - {id: an-ninh, number: "110", label: Công an, confidence: high, valid_from: 2027-06-10}
  - {id: rac, number: "156", label: Cuộc gọi rác, confidence: low}
"""
PHONE = "text: Gặp anh Hùng 0912 345 678."
HIV = "text: Chị Nguyễn Thị Hoa nhiễm HIV."


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    return desk


@pytest.fixture
def guarded(desk: Desk) -> Desk:
    desk.write("campaigns/hotlines.yaml", REGISTER)
    return desk


def checked(desk: Desk, message: str) -> Checker:
    desk.about(message)
    checker = Checker(desk.book(), desk.settings, desk.composer, desk.at)
    checker.check()
    return checker


def rules(said: list[str]) -> list[str]:
    return [("lưu ý " if line.startswith("lưu ý") else "lỗi ") + line.rpartition("[")[2][:-1] for line in said]


def test_without_any_register_a_rule_only_remarks(desk: Desk) -> None:
    assert rules(desk.about(PHONE)) == ["lưu ý phone"]


@pytest.mark.parametrize("register", ["laws", "hotlines", "days"])
def test_any_register_makes_it_earnest(desk: Desk, register: str) -> None:
    (desk.folder / "campaigns" / f"{register}.yaml").write_text(f"{register}: []\n", "utf-8")

    assert "lỗi phone" in rules(desk.about(PHONE))


def test_a_person_with_hiv_is_an_error_everywhere(desk: Desk) -> None:
    assert rules(desk.about(HIV)) == ["lỗi hiv-person"]


def test_the_sample_text_is_clean_everywhere(desk: Desk) -> None:
    text = 'text: "Ma túy: biết để tránh. Gọi 113 khi phát hiện dấu hiệu tội phạm."'

    assert desk.about(text) == []
    desk.write("campaigns/hotlines.yaml", REGISTER.replace(", valid_to: 2027-06-10, replaced_by: an-ninh", ""))
    assert desk.about(text) == []


@pytest.mark.parametrize(
    "text",
    ["a" * 3000, "x 123456789012 y 987654321", "Bài 1 trong 1000: 5f3a9c", "https://example.org/a #thử", "Xin chào"],
)
def test_any_text_may_stand_in_a_bare_workspace(desk: Desk, text: str) -> None:
    assert not any(not line.startswith("lưu ý") for line in desk.about(f"text: {text!r}"))


def test_a_number_out_of_date_names_its_successor(guarded: Desk) -> None:
    [said] = guarded.about('text: Gọi 113.\nwhen: {on: "2027-06-20 08:00"}')

    assert said.endswith('"113" (Công an) không có hiệu lực vào ngày đăng 20/06/2027; dùng 110 (Công an) [hotline]')
    assert guarded.about("text: Gọi 113.") == []


def test_where_the_day_cannot_be_read_no_number_is_called_out_of_date(guarded: Desk) -> None:
    guarded.at = datetime(2027, 7, 1, tzinfo=UTC)

    said = guarded.about("text: Gọi 113, gặp 0912 345 678.\nwhen: {on: mai}")

    assert any("[phone]" in line for line in said)
    assert not any("[hotline]" in line for line in said)


def test_a_number_not_verified_is_a_warning_also_from_a_template(guarded: Desk) -> None:
    guarded.write("templates/a.j2", 'Phản ánh: {{ hotline("rac") }}')

    [said] = guarded.about("template: a.j2")

    assert said.startswith("lưu ý: ") and "chưa được xác minh (confidence: low)" in said


def test_a_post_on_child_abuse_needs_111(guarded: Desk) -> None:
    assert rules(guarded.about("text: Phòng ngừa xâm hại trẻ em.")) == ["lỗi child-hotline"]
    assert guarded.about("text: Phòng ngừa xâm hại trẻ em, gọi 111.") == []


@pytest.mark.parametrize(
    ("image", "text", "said"),
    [
        ("ai: generated", "Áp phích", ["lỗi ai-label"]),
        ("ai: assisted", "Áp phích", ["lưu ý ai-label"]),
        ("ai: none", "Áp phích", []),
        ("ai: generated", "Áp phích. Hình ảnh có sử dụng AI.", []),
    ],
)
def test_a_picture_made_by_an_ai_has_its_label(guarded: Desk, image: str, text: str, said: list[str]) -> None:
    guarded.picture("a.png")

    assert rules(guarded.about(f"images: [{{file: a.png, alt: Tranh, {image}}}]\ntext: {text}")) == said


def test_what_a_picture_is_said_to_show_is_examined_too(guarded: Desk) -> None:
    guarded.picture("a.png")

    assert rules(guarded.about("images: [{file: a.png, alt: Xe 29A-123.45}]")) == ["lỗi plate"]


def test_a_hashtag_is_judged_by_the_networks_of_the_message(desk: Desk) -> None:
    assert rules(desk.about("channels: [masto, bsky]\ntext: 'Chung tay #MaTuý'")) == ["lưu ý hashtag"]
    assert desk.about("channels: [bsky]\ntext: 'Chung tay #MaTuý'") == []


def test_what_is_waived_is_kept_with_its_reason(guarded: Desk) -> None:
    checker = checked(guarded, PHONE + "\nwaive: {phone: Anh Hùng đã đồng ý}")

    assert checker.book.problems == []
    [waived] = checker.waived
    assert (waived.campaign, waived.message, waived.rule, waived.reason) == ("c", "tin", "phone", "Anh Hùng đã đồng ý")
    assert str(waived.problem).startswith('campaigns/c.yaml:5: messages.0.text: "0912 345 678"')


def test_waived_quiet_hours_are_shown_to_who_approves_like_any_other_waiver(guarded: Desk) -> None:
    guarded.write("campaigns/days.yaml", "quiet_hours: {ordinary: 22:00-06:00}\n")
    at_night = 'text: Gọi 113.\nwhen: {on: "2027-06-01 23:00"}\nwaive: {quiet-hours: tường thuật trực tiếp}'

    checker = checked(guarded, at_night)

    assert checker.book.problems == []
    assert [(w.rule, w.reason) for w in checker.waived] == [("quiet-hours", "tường thuật trực tiếp")]


def test_a_waiver_of_quiet_hours_by_day_lets_nothing_pass(guarded: Desk) -> None:
    guarded.write("campaigns/days.yaml", "quiet_hours: {ordinary: 22:00-06:00}\n")

    [said] = guarded.about("text: Gọi 113.\nwaive: {quiet-hours: vì thế}")

    assert "messages.0.waive.quiet-hours: không còn gì để miễn" in said


@pytest.mark.parametrize(
    ("waive", "said"),
    [
        ("phon", 'c.yaml:6: messages.0.waive.phon: không có quy tắc này; ý bạn là "phone"?'),
        ("hiv-person", "c.yaml:6: messages.0.waive.hiv-person: quy tắc này không miễn được"),
        ("alt", "c.yaml:6: messages.0.waive.alt: quy tắc này không miễn được"),
        ("plate", "lưu ý: c.yaml:6: messages.0.waive.plate: không còn gì để miễn; bỏ dòng này"),
    ],
)
def test_a_waiver_that_does_nothing_is_said_so(guarded: Desk, waive: str, said: str) -> None:
    words = guarded.about(f"text: Gọi 113.\nwaive: {{{waive}: vì thế}}")

    assert [line for line in words if line.startswith(said)] == words != []


def test_a_person_with_hiv_stays_an_error_though_waived(guarded: Desk) -> None:
    assert rules(guarded.about(HIV + "\nwaive: {hiv-person: đã đồng ý}"))[0] == "lỗi hiv-person"


def test_a_waiver_of_the_campaign_is_idle_when_the_messages_waive_for_themselves(guarded: Desk) -> None:
    head = "campaign: c\nchannels: [bang-tin]\nwaive: {phone: a}\nmessages:\n"
    message = "  - {id: tin, text: Gặp 0912 345 678., when: {on: '2027-06-01 08:00'}"

    assert guarded.says(head + message + "}\n") == []
    assert guarded.says(head + message + ", waive: {phone: b}}\n") == [
        "lưu ý: c.yaml:3: waive.phone: không còn gì để miễn; bỏ dòng này"
    ]


def test_a_waiver_is_not_called_idle_when_not_every_post_was_seen(guarded: Desk) -> None:
    guarded.write("templates/a.j2", "{{ thieu }}")

    said = guarded.about("template: a.j2\nwaive: {plate: vì thế}")

    assert not any("không còn gì để miễn" in line for line in said)


def test_a_text_too_long_is_told_where_it_may_be_cut(desk: Desk) -> None:
    text = "Câu đầu tiên nói điều quan trọng nhất cho mọi người. " * 5 + "Câu cuối cùng dài hơn. " * 4

    [said] = desk.about(f"channels: [bsky]\ntext: {text!r}")

    assert "bớt" in said and "(có thể cắt sau '..." in said


def test_a_text_without_any_blank_has_no_place_to_be_cut(desk: Desk) -> None:
    [said] = desk.about(f"channels: [bsky]\ntext: {'a' * 301}")

    assert "cắt sau" not in said
