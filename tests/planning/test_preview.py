"""Previews: every different post once, on its network, with what the checker says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.composing.page import page
from scheduler.planning.preview import MessagePreview, Previewer, as_values
from tests.authoring.desk import CHANNELS, Desk
from tests.html import Page

DAILY = 'when: {every: day, at: "07:00", from: 2027-06-01, until: 2027-06-03}\n'
EVIL = '<script>alert("x")</script>\'&'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/units.yaml", "units:\n  - {id: ha-noi, name: Thành phố Hà Nội}\n")
    return desk


def previewed(desk: Desk, message: str, **how: dict[str, dict[str, int]]) -> MessagePreview:
    if "when:" not in message:
        message += 'when: {on: "2027-06-01 08:00"}\n'
    body = "".join(f"    {line}\n" for line in ("id: t\n" + message).splitlines())
    desk.write("campaigns/c.yaml", f"campaign: c\nchannels: [bang-tin, masto, bsky, tele]\nmessages:\n  -\n{body}")
    book = desk.book()
    [authored] = book.campaigns
    problems = [p for p in desk.check() if not p.warning]
    previewer = Previewer(book, desk.settings, desk.composer, desk.at, **how)
    return previewer.message(authored, authored.campaign.messages[0], problems)


def shown_page(desk: Desk, preview: MessagePreview) -> Page:
    posts = [as_values(shown, desk.book()) for shown in preview.posts]
    message = {"name": EVIL, "id": f"c/{EVIL}", "problems": preview.problems, "posts": posts}
    return Page(page("preview", title=EVIL, subtitle=EVIL, problems=[], messages=[message]))


def test_the_same_words_at_several_times_are_one_post(desk: Desk) -> None:
    preview = previewed(desk, "text: Gọi 113\n" + DAILY)

    assert [shown.network for shown in preview.posts] == ["feed", "mastodon", "bluesky", "telegram"]
    assert [len(shown.dues) for shown in preview.posts] == [3, 3, 3, 3]


def test_other_words_are_another_post(desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ due | ngay }}")

    preview = previewed(desk, "template: a.j2\nchannels: [bang-tin]\n" + DAILY)

    assert [shown.post.text for shown in preview.posts] == ["1/6/2027", "2/6/2027", "3/6/2027"]


def test_a_problem_of_one_network_stands_on_its_post_only(desk: Desk) -> None:
    preview = previewed(desk, "text: " + "á" * 301 + "\n")

    said = {shown.network: shown.problems for shown in preview.posts}
    assert len(said.pop("bluesky")) == 1
    assert said == {"feed": [], "mastodon": [], "telegram": []}
    assert preview.problems == []


def test_a_problem_of_all_stands_on_the_message(desk: Desk) -> None:
    preview = previewed(desk, "text: a\nimages: [{file: khong-co.png, alt: x}]\n")

    assert preview.posts == []
    [problem] = preview.problems
    assert "không có tệp ảnh này" in str(problem)


def test_a_card_that_cannot_be_made_leaves_the_words_to_be_seen(desk: Desk) -> None:
    preview = previewed(desk, "text: Gọi 113\ncard: {headline: A, theme: xanh}\n")

    assert [shown.post.text for shown in preview.posts] == ["Gọi 113"] * 4
    assert len(preview.problems) == 1


def test_the_bar_is_green_amber_or_red(desk: Desk) -> None:
    levels = []
    for length in (270, 271, 300, 301):
        preview = previewed(desk, f"text: {'á' * length}\nchannels: [bsky]\n")
        levels.append(as_values(preview.posts[0], desk.book())["level"])

    assert levels == ["well", "near", "near", "over"]


def test_the_limit_is_the_one_that_the_server_told_us(desk: Desk) -> None:
    preview = previewed(desk, "text: a\nchannels: [masto]\n", learnt={"masto": {"text": 5000}})

    assert preview.posts[0].count == (1, 5000)


def test_the_page_is_well_formed_and_what_authors_wrote_stays_text(desk: Desk) -> None:
    desk.picture("a.png")
    text = f"text: {EVIL!r}\n".replace("\\'", "''")
    preview = previewed(desk, text + f"images: [{{file: a.png, alt: '{EVIL.replace(chr(39), chr(39) * 2)}'}}]\n")

    shown = shown_page(desk, preview)

    assert shown.unclosed == []
    assert shown.tags.isdisjoint({"script", "iframe", "object", "link"})
    assert all(address.startswith("data:image/jpeg;base64,") for address in shown.addresses)
    assert {image["alt"] for image in shown.of("img")} == {EVIL}
    assert shown.text.count(EVIL) >= 4 * 2 + 3


def test_the_page_says_who_speaks_where_and_when(desk: Desk) -> None:
    shown = shown_page(desk, previewed(desk, "text: Gọi 113\n" + DAILY))

    for words in (
        "Thành phố Hà Nội",
        "HN",
        "@a@b.example",
        "Giờ đăng (3): 07:00 1/6/2027; 07:00 2/6/2027",
        "7/500 ký tự",
    ):
        assert words in shown.text


def test_a_picture_travels_inside_the_page_and_small(desk: Desk) -> None:
    desk.picture("a.png", size=3000)

    shown = shown_page(desk, previewed(desk, "text: a\nimages: [{file: a.png, alt: x}]\nchannels: [bang-tin]\n"))

    assert len(shown.addresses) == 1
    assert len(shown.source) < 60_000


def test_a_picture_that_is_gone_is_said_so(desk: Desk) -> None:
    file = desk.picture("a.png")
    preview = previewed(desk, "text: a\nimages: [{file: a.png, alt: x}]\nchannels: [bang-tin]\n")
    file.unlink()

    assert "không đọc được ảnh" in shown_page(desk, preview).text


SET_OUT = 'formatted: true\ntext: \'<b>Gọi & nhớ</b>: <a href="https://a.vn/?x=1&amp;y=2">"đây"</a>\'\n'.replace(
    "& ", "&amp; "
)


def test_a_formatted_text_is_shown_as_each_network_will_show_it(desk: Desk) -> None:
    preview = previewed(desk, SET_OUT)

    said = {shown.network: (shown.post.text, len(shown.post.spans)) for shown in preview.posts}
    assert said["telegram"] == ('Gọi & nhớ: "đây"', 2)
    assert said["mastodon"] == ('Gọi & nhớ: "đây" (https://a.vn/?x=1&y=2)', 0)
    made = shown_page(desk, preview)
    assert '<b>Gọi &amp; nhớ</b>: <a href="https://a.vn/?x=1&amp;y=2">&#34;đây&#34;</a>' in made.source
    assert '"đây" → https://a.vn/?x=1&y=2' in made.text
    assert made.text.count("mạng này chỉ hiện chữ thường") == 2
