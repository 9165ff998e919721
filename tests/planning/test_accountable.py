"""Who answers for a campaign: whom it names, else the head of the one unit above all its channels."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scheduler.planning.accountable import accountable
from tests.authoring.desk import Desk

CHANNELS = """\
channels:
  - {id: a, network: feed, account: a, unit: to-1}
  - {id: b, network: feed, account: b, unit: ba-dinh}
  - {id: c, network: feed, account: c, unit: lang}
  - {id: d, network: feed, account: d, unit: hue}
  - {id: e, network: feed, account: e}
"""
UNITS = """\
units:
  - {id: ha-noi, name: Hà Nội, head: {name: Bà Hà Nội, title: Chủ tịch}}
  - {id: ba-dinh, name: Ba Đình, parent: ha-noi, head: {name: Ông cũ}, valid_to: 2027-01-01}
  - {id: ba-dinh, name: Ba Đình, parent: ha-noi, head: {name: Ông Ba Đình}, valid_from: 2027-01-01}
  - {id: to-1, name: Tổ 1, parent: ba-dinh}
  - {id: lang, name: Láng, parent: ha-noi}
  - {id: hue, name: Huế, head: {title: Chủ tịch}}
"""


@pytest.mark.parametrize(
    ("channels", "head", "answers"),
    [
        ("[a, b]", "", "Ông Ba Đình"),
        ("[a, c]", "", "Bà Hà Nội"),
        ("[b, e]", "", "Ông Ba Đình"),  # a channel of nobody's changes nothing
        ("[a]", "", None),  # its own head is not known, and no other is guessed
        ("[a, d]", "", None),
        ("[e]", "", None),
        ("[d]", "", ""),
        ("[a, c]", "head: {name: Cô Lan}\n", "Cô Lan"),
        ("[b]", "head: {}\n", "Ông Ba Đình"),
    ],
)
def test_the_lowest_unit_above_all_channels_answers(
    tmp_path: Path, channels: str, head: str, answers: str | None
) -> None:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/units.yaml", UNITS)
    desk.write(
        "campaigns/c.yaml",
        f"campaign: c\nchannels: {channels}\n{head}messages: [{{id: a, text: x, when: {{on: 2027-06-01 08:00}}}}]\n",
    )
    book = desk.book()

    found = accountable(book.campaigns[0], book, date(2027, 6, 1))

    assert (found.name if found else None) == answers


def test_the_head_is_that_of_the_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/units.yaml", UNITS)
    desk.write(
        "campaigns/c.yaml",
        "campaign: c\nchannels: [b]\nmessages: [{id: a, text: x, when: {on: 2027-06-01 08:00}}]\n",
    )
    book = desk.book()

    found = accountable(book.campaigns[0], book, date(2026, 6, 1))

    assert found is not None
    assert found.name == "Ông cũ"
