"""Channels chosen by the groups of units, and what is said when a group finds nobody."""

from __future__ import annotations

import pytest

from tests.authoring.desk import Desk

UNITS = """\
units:
  - {id: ha-noi, name: Hà Nội, kind: city}
  - {id: ha-dong, name: Hà Đông, kind: ward, parent: ha-noi}
  - {id: cong-an, name: Công an, kind: police, parent: ha-dong}
groups:
  thi-diem: {units: [ha-dong]}
  moi-phuong: {kind: ward, below: ha-noi}
  cong-an: {kind: police}
"""
CHANNELS = """\
channels:
  - {id: a, network: feed, account: a, unit: ha-noi}
  - {id: b, network: feed, account: b, unit: ha-dong}
  - {id: c, network: feed, account: c, unit: cong-an}
"""
CAMPAIGN = 'campaign: c\nchannels: [%s]\nmessages:\n  - {id: t, text: x, when: {on: "2027-06-01 08:00"}}\n'


def chosen(desk: Desk, selector: str) -> list[str]:
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/units.yaml", UNITS)
    desk.write("campaigns/c.yaml", CAMPAIGN % selector)
    book = desk.book()
    assert book.problems == []
    [authored] = book.campaigns
    return [entry.id for entry in authored.channels_of(authored.campaign.messages[0], book)]


@pytest.mark.parametrize(
    ("selector", "channels"),
    [
        ("{group: thi-diem}", ["b"]),
        ("{group: moi-phuong}", ["b"]),
        ("{group: thi-diem, below: true}", ["b", "c"]),
        ("{group: cong-an}, a", ["a", "c"]),
        ("{unit: ha-noi, below: true}", ["a", "b", "c"]),
    ],
)
def test_a_group_chooses_the_channels_of_its_units(desk: Desk, selector: str, channels: list[str]) -> None:
    assert chosen(desk, selector) == channels


def test_a_group_without_the_register_names_the_file(desk: Desk) -> None:
    assert desk.says(CAMPAIGN % "{group: thi-diem}") == [
        'c.yaml:2: channels.0: chưa có campaigns/units.yaml, nên không có nhóm "thi-diem"; '
        "nhóm khai báo ở phần groups của tệp ấy"
    ]


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("{group: thi-diemm}", 'không có nhóm "thi-diemm" trong units.yaml; ý bạn là "thi-diem"?'),
        (
            "{group: ha-dong}",
            'không có nhóm "ha-dong" trong units.yaml; ha-dong là một đơn vị: viết {unit: ha-dong}',
        ),
        (
            "{group: cong-an}",
            'nhóm "cong-an" không có kênh nào; ghi unit của kênh trong channels.yaml (các đơn vị: cong-an)',
        ),
        ("{group: a, unit: b}", "cần một mã kênh, {label: ...}, {unit: ...} hoặc {group: ...}"),
    ],
)
def test_a_group_that_finds_nobody_says_why(desk: Desk, selector: str, words: str) -> None:
    desk.write("campaigns/units.yaml", UNITS)

    assert desk.says(CAMPAIGN % selector) == [f"c.yaml:2: channels.0: {words}"]


def test_a_group_in_a_broken_register_is_not_called_unknown(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", "units: [\n")

    [words] = desk.says(CAMPAIGN % "{group: thi-diem}")

    assert words.startswith("units.yaml:")
