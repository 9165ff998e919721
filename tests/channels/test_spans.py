"""Stretches of a text: where they lie, and how the text is said where nothing can be set out."""

from __future__ import annotations

import html

import pytest

from scheduler.channels.registry import NETWORKS
from scheduler.channels.spans import Span, as_html, placed, spelled, written
from scheduler.composing.looks import look_of

TEXT = "🚭 Ma túy: xem ở đây."
HERE = Span("a", 15, 5, "https://a.vn/x")


def test_places_are_counted_past_signs_of_two_units() -> None:
    [(start, end, _)] = placed(TEXT, [HERE])

    assert TEXT[start:end] == "ở đây"


def test_where_a_link_leads_stands_behind_its_words() -> None:
    assert spelled(TEXT, [Span("b", 3, 6), HERE]) == "🚭 Ma túy: xem ở đây (https://a.vn/x)."


def test_an_address_that_is_its_own_words_is_said_once() -> None:
    assert spelled("Xem https://a.vn/x.", [Span("a", 4, 14, "https://a.vn/x")]) == "Xem https://a.vn/x."


def test_tags_close_in_the_order_in_which_they_opened() -> None:
    spans = [Span("b", 0, 5), Span("i", 0, 3), Span("u", 4, 1)]

    assert as_html("a<b d f", spans, html.escape, html.escape) == "<b><i>a&lt;b</i> <u>d</u></b> f"


def test_a_quotation_goes_on_over_the_lines_and_what_is_bold_in_it_begins_anew() -> None:
    spans = [Span("blockquote", 0, 3), Span("b", 0, 3)]

    assert written("a\nb c", spans) == "<blockquote><b>a</b>\n<b>b</b></blockquote> c"


def test_a_text_in_which_nothing_is_set_out_is_written_as_it_stands() -> None:
    assert written("1 < 2 & <b>", ()) == "1 < 2 & <b>"


@pytest.mark.parametrize("network", [name for name, channel in NETWORKS.items() if channel.limits.spans])
def test_what_is_set_out_is_never_folded(network: str) -> None:
    look = look_of(network)

    assert (look.fold_lines, look.fold_letters) == (None, None)  # the preview sets out only what is not folded
