"""Cards as authors write them: what they share with their campaign, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from scheduler.authoring.card import Card
from tests.authoring.desk import Desk


def cards(desk: Desk, common: str, own: str) -> Card:
    desk.write(
        "campaigns/c.yaml",
        f"campaign: c\nchannels: [bang-tin]\ncard: {common}\nmessages:\n"
        f'  - {{id: a, text: a, when: {{on: "2027-06-01 08:00"}}, card: {own}}}\n',
    )
    book = desk.book()
    assert book.problems == []
    card = book.campaigns[0].campaign.messages[0].card
    assert card is not None
    return card


def test_a_card_has_what_its_campaign_shares(desk: Desk) -> None:
    card = cards(desk, '{unit: Phường A, hotline: "113", theme: do}', '{headline: H, hotline: "111"}')

    assert (card.unit, card.hotline, card.theme) == ("Phường A", "111", "do")


def test_own_colours_replace_the_theme_of_the_campaign(desk: Desk) -> None:
    own = '{headline: H, colours: {paper: "#000000", ink: "#ffffff", accent: "#ffff00"}}'

    card = cards(desk, "{theme: do}", own)

    assert card.theme == ""
    assert card.colours is not None


def test_a_message_without_card_gets_none(desk: Desk) -> None:
    desk.write(
        "campaigns/c.yaml",
        "campaign: c\nchannels: [bang-tin]\ncard: {theme: do}\nmessages:\n"
        '  - {id: a, text: a, when: {on: "2027-06-01 08:00"}}\n',
    )

    assert desk.book().campaigns[0].campaign.messages[0].card is None


@pytest.mark.parametrize(
    ("card", "field", "said"),
    [
        ("{lines: [a]}", "headline", "thiếu khoá này"),
        ('{headline: " "}', "headline", "để trống"),
        ("{headline: H, lines: [a, b, c, d]}", "lines", "nhiều nhất 3 dòng"),
        (
            '{headline: H, colours: {paper: red, ink: "#ffffff", accent: "#ffffff"}}',
            "colours.paper",
            '"red" không phải màu',
        ),
        (
            '{headline: H, theme: do, colours: {paper: "#000000", ink: "#ffffff", accent: "#ffffff"}}',
            "",
            "chỉ một trong hai",
        ),
        ("{headline: H, them: do}", "them", 'ý bạn là "theme"?'),
    ],
)
def test_a_wrong_card_is_said_at_its_place(desk: Desk, card: str, field: str, said: str) -> None:
    [problem] = desk.about(f"card: {card}")

    assert f"messages.0.card{field and '.' + field}: " in problem
    assert said in problem
