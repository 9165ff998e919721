"""A message becomes posts: the right words for each channel, rendered no more often than they differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from scheduler.authoring.recurrence import occurrences
from scheduler.channels.contract import Post
from scheduler.channels.spans import Span
from scheduler.composing.compose import Composed
from tests.authoring.desk import NOW, Desk

Compose = Callable[[str], list[Composed]]


@pytest.fixture
def composed(desk: Desk) -> Compose:
    """Compose the first occurrence of a campaign's first message."""

    def compose(message: str) -> list[Composed]:
        if "when:" not in message:
            message += 'when: {on: "2027-06-01 08:00"}\n'
        body = "".join(f"    {line}\n" for line in ("id: t\n" + message).splitlines())
        head = "campaign: c\ntitle: Tên\nchannels: [bang-tin, masto, bsky, tele]\nmessages:\n  -\n"
        desk.write("campaigns/c.yaml", head + body)
        book = desk.book()
        assert not book.problems
        [authored] = book.campaigns
        [said] = authored.campaign.messages
        composer = desk.composer
        occurrence = next(occurrences(said.when, composer.zone, NOW, NOW + desk.settings.horizon))
        return list(composer.compose(authored.campaign, said, occurrence, authored.channels_of(said, book)))

    return compose


def spoken(posts: list[Composed]) -> dict[str, str]:
    return {entry.id: one.post.text for one in posts for entry in one.channels}


def test_one_text_is_one_post_for_all(composed: Compose) -> None:
    [one] = composed("text: |\n  Gọi 113.\n\n  Gọi 111. \n")

    assert one.post.text == "Gọi 113.\n\nGọi 111. "
    assert [entry.id for entry in one.channels] == ["bang-tin", "masto", "bsky", "tele"]


def test_words_for_a_channel_win_over_those_for_its_network(composed: Compose) -> None:
    said = spoken(composed("text: chung\nwords:\n  mastodon: mạng\n  masto: kênh\n  bluesky: {text: ngắn}\n"))

    assert said == {"bang-tin": "chung", "masto": "kênh", "bsky": "ngắn", "tele": "chung"}


def test_a_template_without_channel_is_rendered_once(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ campaign_title }} {{ due | ngay }} {{ so_may }}\n")

    [one] = composed("template: a.j2\nvars: {so_may: 113}\n")

    assert one.post.text == "Tên 1/6/2027 113"


def test_a_template_with_unit_differs_by_unit(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ unit }}")

    posts = composed("template: a.j2\n")

    assert spoken(posts) == {"bang-tin": "ha-noi", "masto": "ha-dong", "bsky": "", "tele": ""}
    assert len(posts) == 3


def test_a_template_that_includes_one_with_channel_differs_by_channel(composed: Compose, desk: Desk) -> None:
    desk.write("templates/b.j2", "{{ channel }}")
    desk.write("templates/a.j2", '{% include "b.j2" %}')

    assert spoken(composed("template: a.j2\n")) == {e: e for e in ("bang-tin", "masto", "bsky", "tele")}


def test_a_countdown_has_its_days(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ days_left }} {{ anchor | ngay }}")

    [one] = composed('template: a.j2\nwhen: {before: 26/6, days: [5], at: "07:00"}\n')

    assert one.post.text == "5 26/6/2027"


def test_vars_are_top_level_names_lists_too(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ a.b }}{{ c[1] }}")

    [one] = composed("template: a.j2\nvars: {a: {b: 0156}, c: [x, 19:30]}\n")

    assert one.post.text == "015619:30"


@pytest.mark.parametrize(
    "change",
    [
        ("text: Gọi 113", "text: Gọi 114"),
        ("title: A", "title: B"),
        ("alt: đỏ", "alt: Đỏ"),
        ("language: vi", "language: en"),
    ],
)
def test_any_letter_changes_the_fingerprint(composed: Compose, desk: Desk, change: tuple[str, str]) -> None:
    desk.picture("a.png")
    message = "text: Gọi 113\ntitle: A\nlanguage: vi\nimages: [{file: a.png, alt: đỏ}]\n"

    [before], [after] = composed(message), composed(message.replace(*change))

    assert before.digest != after.digest
    assert before.digest == composed(message)[0].digest


def test_any_byte_of_a_picture_changes_the_fingerprint_its_name_does_not(composed: Compose, desk: Desk) -> None:
    file = desk.picture("a.png")
    Path(desk.folder / "b.png").write_bytes(file.read_bytes())
    message = "text: a\nimages: [{file: a.png, alt: x}]\n"
    [before], [renamed] = composed(message), composed(message.replace("a.png", "b.png"))

    with Image.open(file) as picture:
        picture.putpixel((0, 0), (254, 0, 0))
        picture.save(file)

    assert before.digest == renamed.digest
    assert before.digest != composed(message)[0].digest


SET_OUT = "formatted: true\ntext: \"<b>Ma túy</b>: <a href='https://a.vn'>đọc thêm</a>\"\n".replace("'", '\\"')


def test_a_formatted_text_is_set_out_where_it_can_be_and_spelled_out_elsewhere(composed: Compose) -> None:
    shown, plain = composed(SET_OUT)

    assert [e.id for e in shown.channels] == ["bang-tin", "tele"]
    assert shown.post.text == "Ma túy: đọc thêm"
    assert shown.post.spans == (Span("b", 0, 6), Span("a", 8, 8, "https://a.vn"))
    assert [e.id for e in plain.channels] == ["masto", "bsky"]
    assert plain.post == Post("Ma túy: đọc thêm (https://a.vn)")
    assert (shown.digest, plain.digest) == (shown.post.digest, plain.post.digest)


def test_words_of_a_network_are_formatted_only_where_they_say_so(composed: Compose) -> None:
    said = composed("text: <b>&\nwords: {telegram: {text: <b>&amp;</b>, formatted: true}, bluesky: a & b}\n")

    assert spoken(said) == {"bang-tin": "<b>&", "masto": "<b>&", "bsky": "a & b", "tele": "&"}
    assert [one.post.spans for one in said if one.channels[0].id == "tele"] == [(Span("b", 0, 1),)]


def test_what_is_filled_into_a_formatted_template_breaks_no_tag(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", '<b>{{ ten }}</b> <a href="{{ noi }}">ở đây</a>')
    words = 'template: a.j2\nvars: {ten: "A & <b> C", noi: "https://a.vn/?x=1&y=\\"2"}\nformatted: true\n'
    shown = composed(words.replace('\\"2', "2"))[0]

    assert shown.post.text == "A & <b> C ở đây"
    assert shown.post.spans == (Span("b", 0, 9), Span("a", 10, 5, "https://a.vn/?x=1&y=2"))


def test_one_template_may_be_formatted_here_and_plain_there(composed: Compose, desk: Desk) -> None:
    desk.write("templates/a.j2", "<b>{{ ten }}</b>")
    said = composed(
        "template: a.j2\nvars: {ten: '&'}\nwords: {telegram: {template: a.j2, vars: {ten: '&'}, formatted: true}}\n"
    )

    assert spoken(said) == {"bang-tin": "<b>&</b>", "masto": "<b>&</b>", "bsky": "<b>&</b>", "tele": "&"}


def test_each_text_that_takes_turns_is_formatted(composed: Compose) -> None:
    rule = 'when: {every: day, at: "07:00", from: 2027-06-01}\n'

    assert composed("formatted: true\ntexts: [<b>một</b>, hai]\n" + rule)[0].post.spans == (Span("b", 0, 3),)
    turns = "rotation:\n  - {id: x, text: <b>một</b>, formatted: true}\n  - {id: y, text: <b>hai}\n"
    assert composed(turns + rule)[0].post.spans == (Span("b", 0, 3),)
