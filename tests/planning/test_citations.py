"""What `loa check` says of citations: errors and warnings by the day of posting, at the line of the text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.authoring.desk import CHANNELS, Desk

REGISTER = Path(__file__).resolve().parents[2] / "campaigns/laws.yaml"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An office with the shipped register, at the time when a new law is passed but not in force."""
    desk = Desk(tmp_path, at=datetime(2026, 5, 1, 1, tzinfo=UTC))
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/laws.yaml", REGISTER.read_bytes())
    return desk


JUNE, JULY = 'when: {on: "2026-06-30 23:59"}', 'when: {on: "2026-07-01 00:00"}'


@pytest.mark.parametrize(
    ("number", "when", "said"),
    [
        ("73/2021/QH14", JUNE, ""),
        ("120/2025/QH15", JULY, ""),
        ("120/2025/QH15", JUNE, "120/2025/QH15 (Luật Phòng, chống ma túy) chưa có hiệu lực vào ngày đăng; đang có hiệu lực: "
         "73/2021/QH14; nếu giới thiệu quy định mới, viết rõ: sẽ có hiệu lực từ ngày 01/7/2026 [citation]"),
        ("73/2021/QH14", JULY, "73/2021/QH14 (Luật Phòng, chống ma túy) hết hiệu lực từ ngày 01/7/2026, trước ngày đăng; thay "
         'bằng 120/2025/QH15; nếu cố ý nhắc quy định cũ: cites: {"73/2021/QH14": history} [citation]'),
    ],
)  # fmt: skip
def test_a_law_is_refused_on_days_on_which_it_is_not_in_force(desk: Desk, number: str, when: str, said: str) -> None:
    lines = desk.about(f"text: Theo Luật {number}, phải khai báo.\n{when}")

    assert lines == ([f"c.yaml:5: messages.0.text: {said}"] if said else [])


def test_without_the_register_nothing_is_refused(desk: Desk) -> None:
    (desk.folder / "campaigns/laws.yaml").unlink()

    assert desk.about(f"text: Theo Luật 73/2021/QH14, 1/2020/QH14\n{JULY}") == []


def test_a_rule_that_crosses_the_cliff_is_refused_once(desk: Desk) -> None:
    said = desk.about('text: Theo Luật 73/2021/QH14.\nwhen: {every: day, at: "08:00", until: 2026-07-20}')

    assert len(said) == 1


def test_a_template_that_crosses_the_cliff_is_right_on_both_sides(desk: Desk) -> None:
    desk.write("templates/a.j2", "Theo {{ law('ma-tuy') }}.")

    assert desk.about('template: a.j2\nwhen: {every: day, at: "08:00", until: 2026-07-20}') == []


@pytest.mark.parametrize("place", ["message", "campaign"])
def test_the_author_declares_how_a_text_is_meant(desk: Desk, place: str) -> None:
    cites = 'cites: {"73/2021/QH14": history}\n'
    message = f"{{id: a, text: Theo Luật 73/2021/QH14., {JULY}{', ' + cites.strip() if place == 'message' else ''}}}"

    said = desk.says(
        f"campaign: c\nchannels: [bang-tin]\n{cites if place == 'campaign' else ''}messages:\n  - {message}\n"
    )

    assert said == []


def test_what_is_declared_must_stand_in_the_register(desk: Desk) -> None:
    said = desk.about(f'text: x\n{JUNE}\ncites: {{"73/2021/QH15": history, "24/2018/QH14": old}}')

    assert said == ['c.yaml:7: messages.0.cites.24/2018/QH14: "old" không đúng (chọn: basis, upcoming, history)']
    said = desk.about(f'text: x\n{JUNE}\ncites: {{"73/2021/QH15": history}}')
    assert said == [
        "c.yaml:7: messages.0.cites.73/2021/QH15: không có văn bản này trong campaigns/laws.yaml; ý bạn là 73/2021/QH14?"
    ]


def test_only_a_warning_can_be_waived(desk: Desk) -> None:
    waive = "waive: {citation: đã hỏi pháp chế}"

    assert len(desk.about(f"text: Theo Luật 1/2020/QH14.\n{JUNE}")) == 1
    assert desk.about(f"text: Theo Luật 1/2020/QH14.\n{JUNE}\n{waive}") == []
    refused = desk.about(f"text: Theo Luật 73/2021/QH14.\n{JULY}\n{waive}")
    assert "hết hiệu lực từ ngày 01/7/2026" in refused[0]
    assert "không còn gì để miễn" in refused[1]


def test_a_message_whose_time_cannot_be_read_is_not_judged_by_another_day(desk: Desk) -> None:
    said = desk.about('text: Theo Luật 120/2025/QH15.\nwhen: {on: "2026-07-99 08:00"}')

    assert len(said) == 1
    assert "when" in said[0]


def test_what_was_said_long_ago_does_not_stop_the_rest(desk: Desk) -> None:
    desk.known = lambda campaign, message: True

    assert desk.about('text: Theo Luật 24/2018/QH14, 23/2000/QH10.\nwhen: {on: "2026-04-01 08:00"}') == []


def test_a_register_with_a_mistake_is_said_and_does_not_hide_the_rest(desk: Desk) -> None:
    register = REGISTER.read_text("utf-8").replace('effective_from: "2022-01-01"', 'effective_from: "2022-13-01"', 1)
    desk.write("campaigns/laws.yaml", register.encode())

    said = desk.about(f"text: Theo Luật 73/2021/QH14 và 24/2018/QH14.\n{JULY}")

    assert ["laws.yaml" in line for line in said].count(True) >= 1
    assert any("24/2018/QH14" in line and line.startswith("c.yaml:5") for line in said)
    assert not any("không có trong" in line for line in said)
