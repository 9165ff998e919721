"""The press: a card becomes the first picture of a post, drawn once, in the size of its network, bound to the approval."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from scheduler.authoring.recurrence import occurrences
from scheduler.channels.contract import Post
from scheduler.composing import press
from scheduler.composing.card import Content
from scheduler.composing.compose import Composed
from scheduler.errors import SettingsError
from tests.authoring.desk import NOW, Desk

HOUSE = Path(__file__).resolve().parents[2]
CARD = 'card: {headline: Gọi 113, unit: "{{ unit }}", hotline: "113"}\n'


def composed(desk: Desk, message: str, channels: str = "[bang-tin, masto, bsky, tele]") -> list[Composed]:
    """Compose every time of a campaign's one message in a fresh composer."""
    if "when:" not in message:
        message += 'when: {on: "2027-06-01 08:00"}\n'
    if "text:" not in message and "template:" not in message:
        message += "text: Biết để tránh\n"
    body = "".join(f"    {line}\n" for line in ("id: t\n" + message).splitlines())
    desk.write("campaigns/c.yaml", f"campaign: c\nchannels: {channels}\nmessages:\n  -\n{body}")
    book, composer = desk.book(), desk.composer
    assert not book.problems
    [authored] = book.campaigns
    [said] = authored.campaign.messages
    found = occurrences(said.when, composer.zone, NOW, NOW + desk.settings.horizon)
    return [c for o in found for c in composer.compose(authored.campaign, said, o, authored.channels_of(said, book))]


def test_every_channel_gets_the_card_in_the_size_of_its_network(desk: Desk) -> None:
    posts = composed(desk, "card: {headline: Gọi 113}\n")

    sizes = {entry.id: Image.open(one.post.images[0].file).size for one in posts for entry in one.channels}
    assert sizes == {"bang-tin": (1200, 630), "bsky": (1200, 630), "masto": (1600, 900), "tele": (1080, 1080)}
    assert len(posts) == 3


def test_a_card_is_kept_in_the_workspace_and_stands_before_other_pictures(desk: Desk) -> None:
    desk.picture("a.png")

    [one] = composed(desk, CARD + "images: [{file: a.png, alt: x}]\n", "[bang-tin]")

    card, picture = one.post.images
    assert Path(card.file).parent == (desk.folder / "var" / "cards").resolve()
    assert (card.mime, card.size) == ("image/png", Path(card.file).stat().st_size)
    assert picture.alt == "x"


def test_a_card_that_names_the_unit_differs_by_unit(desk: Desk) -> None:
    posts = composed(desk, CARD, "[bang-tin, bsky]")

    assert [one.post.images[0].alt for one in posts] == [
        "ha-noi. Gọi 113. Đường dây nóng: 113.",
        "Gọi 113. Đường dây nóng: 113.",
    ]


def test_a_card_that_names_the_day_differs_by_day(desk: Desk) -> None:
    rule = 'when: {before: 26/6, days: [2, 1], at: "07:00"}\n'

    posts = composed(
        desk, 'card: {headline: "Còn {{ days_left }} ngày đến {{ anchor | ngay }}"}\n' + rule, "[bang-tin]"
    )

    assert [one.post.images[0].alt for one in posts] == ["Còn 2 ngày đến 26/6/2027.", "Còn 1 ngày đến 26/6/2027."]
    assert len({one.digest for one in posts}) == 2


def test_the_variables_of_the_template_are_there_too(desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ so }}")

    [one] = composed(desk, 'template: a.j2\nvars: {so: "113"}\ncard: {headline: "Gọi {{ so }}"}\n', "[bang-tin]")

    assert one.post.images[0].alt == "Gọi 113."


def test_an_alt_of_the_authors_own_wins(desk: Desk) -> None:
    [one] = composed(desk, "card: {headline: Gọi 113, alt: Tấm thẻ}\n", "[bang-tin]")

    assert one.post.images[0].alt == "Tấm thẻ"


def test_another_word_on_the_card_is_another_fingerprint(desk: Desk) -> None:
    [before] = composed(desk, "card: {headline: Gọi 113, alt: x}\n", "[bang-tin]")
    [same] = composed(desk, "card: {headline: Gọi 113, alt: x}\n", "[bang-tin]")
    [after] = composed(desk, "card: {headline: Gọi 114, alt: x}\n", "[bang-tin]")

    assert before.digest == same.digest != after.digest


def test_other_bytes_of_the_emblem_are_another_fingerprint(desk: Desk) -> None:
    message = "card: {headline: Gọi 113, emblem: e.png}\n"
    desk.picture("e.png", size=8)
    [before] = composed(desk, message, "[bang-tin]")
    desk.picture("e.png", size=16)
    [after] = composed(desk, message, "[bang-tin]")

    assert before.digest != after.digest


def test_a_card_is_drawn_once_and_then_taken_from_where_it_lies(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Content] = []
    real = press.draw
    monkeypatch.setattr(press, "draw", lambda content: drawn.append(content) or real(content))
    message = 'card: {headline: Gọi 113}\nwhen: {every: day, at: "07:00", from: 2027-06-01, until: 2027-06-30}\n'

    first = composed(desk, message, "[bang-tin]")
    second = composed(desk, message, "[bang-tin]")

    assert len(first) == 30
    assert len(drawn) == 1
    assert {one.digest for one in first} == {one.digest for one in second}


def test_nothing_half_drawn_is_left_behind(desk: Desk) -> None:
    composed(desk, "card: {headline: Gọi 113}\n")

    assert {file.suffix for file in (desk.folder / "var" / "cards").iterdir()} == {".png"}


@pytest.mark.parametrize(
    ("card", "field", "said"),
    [
        ("{headline: Gọi 113, theme: xanh}", "theme", 'không có bộ màu "xanh"'),
        (
            '{headline: A, colours: {paper: "#ffffff", ink: "#999999", accent: "#ff0000"}}',
            "colours",
            "tương phản 2.8, cần ít nhất 4.5",
        ),
        ("{headline: A, emblem: e.png}", "emblem", "không có tệp ảnh này"),
        ("{headline: A, emblem: ../e.png}", "emblem", "nằm ngoài thư mục làm việc"),
        ("{headline: A, emblem: campaigns/c.yaml}", "emblem", "không phải ảnh"),
        ("{headline: A, link: vbpl.vn}", "link", "không phải địa chỉ"),
        ("{headline: A 😀}", "headline", "phông chữ của thẻ không có: 😀"),
        ('{headline: "A {{ ten }}"}', "headline", 'không có "ten"'),
        ('{headline: "A {{ duee }}"}', "headline", 'ý bạn là "due"?'),
        ('{headline: "A {% if %}"}', "headline", "thiếu %}"),
        ("{headline: \"{{ '' }}\"}", "headline", "không ra chữ nào"),
        ('{headline: "A {{ days_left }}"}', "headline", "chỉ có với when: {before: ...}"),
        ("{headline: A, lines: [" + "rất dài " * 90 + "]}", "lines", "không vừa thẻ 1200 x 630"),
    ],
)
def test_a_card_that_cannot_be_made_is_said_at_its_key(desk: Desk, card: str, field: str, said: str) -> None:
    [problem] = desk.about(f"card: {card}")

    assert problem.startswith("c.yaml:")
    assert f"messages.0.card.{field}: " in problem
    assert said in problem


def test_all_mistakes_of_a_card_and_of_its_text_are_said_at_once(desk: Desk) -> None:
    said = desk.about(
        'channels: [bsky]\ntext: "' + "á" * 301 + '"\n'
        'card: {headline: "{{ x }}", theme: xanh, link: vbpl.vn, emblem: e.png, hotline: "{{ y }}", lines: ["{{ z }}"]}'
    )

    fields = sorted(line.split(": ")[1].removeprefix("messages.0.") for line in said)
    assert fields == ["card.emblem", "card.headline", "card.hotline", "card.lines", "card.link", "card.theme", "text"]


def test_what_the_campaign_shares_is_said_once_where_it_stands(desk: Desk) -> None:
    messages = "".join(
        f'  - {{id: t{i}, text: a, when: {{on: "2027-06-0{i} 08:00"}}, card: {{headline: A}}}}\n' for i in (1, 2, 3)
    )

    said = desk.says(f"campaign: c\nchannels: [bang-tin]\ncard:\n  theme: xanh\nmessages:\n{messages}")

    assert said == [
        'c.yaml:4: card.theme: không có bộ màu "xanh"; ý bạn là "xanh-la"? (xanh-duong, xanh-la, do, tim, toi, sang)'
    ]


def test_a_folder_that_cannot_be_written_is_said_so(desk: Desk) -> None:
    desk.write("var/cards", "a file in the way")

    with pytest.raises(SettingsError, match=r"var/cards: không ghi được thẻ hình"):
        composed(desk, "card: {headline: Gọi 113}\n", "[bang-tin]")


def test_a_check_draws_nothing_and_finds_what_does_not_fit(desk: Desk) -> None:
    assert desk.about("card: {headline: Gọi 113}") == []
    [problem] = desk.about("card: {headline: " + "rất dài " * 300 + "}")

    assert "messages.0.card.headline: " in problem
    assert not (desk.folder / "var" / "cards").exists()


def test_the_words_on_a_card_go_with_the_post_when_its_author_describes_it_otherwise(desk: Desk) -> None:
    [told] = composed(desk, "card: {headline: Gọi 113, alt: Tấm thẻ}\n", "[bang-tin]")
    [alone] = composed(desk, "card: {headline: Gọi 113}\n", "[bang-tin]")

    assert (told.post.images[0].said, alone.post.images[0].said) == ("Gọi 113.", "")
    assert Post.from_json(told.post.to_json()) == told.post


def test_the_rules_for_words_hold_for_those_on_a_card(desk: Desk) -> None:
    bad = "Giúp con nghiện làm lại cuộc đời"

    said = [desk.about(f"card: {{headline: {bad}{alt}}}") for alt in ("", ", alt: Tấm thẻ")]

    assert all(len(found) == 1 and "con nghiện" in found[0] for found in said), said


def test_a_card_cites_the_law_of_the_day_of_its_post(desk: Desk) -> None:
    laws = (HOUSE / "campaigns/laws.yaml").read_text("utf-8").replace("2026-07-01", "2027-07-01")
    desk.write("campaigns/laws.yaml", laws)
    message = "card: {headline: \"{{ law('ma-tuy', 'number') }}\"}\n"
    rule = 'when: {every: day, at: "07:00", from: 2027-06-30, until: 2027-07-01}\n'

    posts = composed(desk, message + rule, "[bang-tin]")

    assert [one.post.images[0].alt for one in posts] == ["73/2021/QH14.", "120/2025/QH15."]


def test_a_card_may_wait_for_a_theme_as_a_template_does(desk: Desk) -> None:
    desk.write("campaigns/days.yaml", "days: [{id: thang, name: Tháng hành động, month: 6}]\n")
    card = "card: {headline: Chủ đề, lines: [\"{{ theme('thang') }}\"]}"

    [strict] = desk.about(card)
    [waiting] = desk.about(f"{card}\nwaits_for_theme: true")

    assert "messages.0.card.lines: chưa có chủ đề 2027" in strict and "waits_for_theme: true" in strict
    assert waiting.startswith("lưu ý: ") and "messages.0.card.lines: chưa có chủ đề 2027" in waiting
