"""A template asks for a hotline by its name, and is given the number of the day of posting."""

from __future__ import annotations

import pytest

from scheduler.authoring.recurrence import occurrences
from tests.authoring.desk import Desk

REGISTER = """\
hotlines:
  - {id: tre-em, number: "111", label: Tổng đài bảo vệ trẻ em, confidence: high}
  - {id: cong-an, number: "113", label: Công an, valid_to: 2027-06-10, confidence: high}
  - {id: cong-an, number: "110", label: Công an, valid_from: 2027-06-10, confidence: high}
  - {id: cu, number: "117", label: Số cũ, valid_to: 2027-05-15, replaced_by: cong-an}
"""


def rendered(desk: Desk, template: str, when: str = '{on: "2027-06-01 08:00"}') -> list[str]:
    desk.write("templates/a.j2", template)
    desk.write(
        "campaigns/c.yaml",
        f"campaign: c\nchannels: [bang-tin]\nmessages:\n  - {{id: tin, template: a.j2, when: {when}}}\n",
    )
    book, composer = desk.book(), desk.composer
    [authored] = book.campaigns
    [message] = authored.campaign.messages
    times = occurrences(message.when, composer.zone, desk.at, desk.at + desk.settings.horizon)
    channels = authored.channels_of(message, book)
    return [one.post.text for time in times for one in composer.compose(authored.campaign, message, time, channels)]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('Gọi {{ hotline("tre_em") }}.', "Gọi 111."),
        ('Gọi {{ hotline("tre-em") }}.', "Gọi 111."),
        ('{{ hotline("tre_em", form="full") }}', "Tổng đài bảo vệ trẻ em 111"),
    ],
)
def test_a_hotline_is_given_by_its_name(desk: Desk, template: str, text: str) -> None:
    desk.write("campaigns/hotlines.yaml", REGISTER)

    assert rendered(desk, template) == [text]


def test_the_number_is_that_of_the_day_of_posting(desk: Desk) -> None:
    desk.write("campaigns/hotlines.yaml", REGISTER)

    said = rendered(desk, '{{ hotline("cong_an") }}', "{before: 11/6, days: [2, 1], at: '08:00'}")

    assert said == ["113", "110"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ('hotline("tre_om")', 'hotline: không có mã "tre_om" trong campaigns/hotlines.yaml; ý bạn là "tre-em"?'),
        ('hotline("cu")', '"cu" (117) không có hiệu lực vào ngày đăng 01/06/2027; xem campaigns/hotlines.yaml; dùng "cong-an" (Công an 113)'),
        ('hotline("tre_em", form="ful")', 'hotline: form là "number" hoặc "full"; ý bạn là "full"?'),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_said_in_words(desk: Desk, asked: str, said: str) -> None:
    desk.write("campaigns/hotlines.yaml", REGISTER)
    desk.write("templates/a.j2", f"x\n{{{{ {asked} }}}}")

    [words] = desk.about("template: a.j2")

    assert words.startswith("c.yaml:5: messages.0.template: templates/a.j2:2: hotline: ")
    assert words.endswith(said)


def test_without_the_register_it_is_named(desk: Desk) -> None:
    desk.write("templates/a.j2", '{{ hotline("tre_em") }}')

    [said] = desk.about("template: a.j2")

    assert 'templates/a.j2:1: hotline("tre_em"): chưa có campaigns/hotlines.yaml' in said
