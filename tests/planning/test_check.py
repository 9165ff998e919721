"""What `loa check` finds beyond the files: times, lengths, secrets, clashes, templates."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from scheduler.channels.wordpress import WordPress
from scheduler.settings import Settings
from tests.authoring.desk import CHANNELS, NOW, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    return desk


URL = "https://example.org/" + "a" * 100


@pytest.mark.parametrize(
    ("channel", "text", "fits"),
    [
        ("masto", "ấ" * 500, True),
        ("masto", "ấ" * 501, False),
        ("masto", "ấ" * 476 + " " + URL, True),
        ("masto", "ấ" * 477 + " " + URL, False),
        ("bsky", "👨‍👩‍👧‍👦" * 300, True),
        ("bsky", "ấ" * 301, False),
        ("tele", "👍" * 2048, True),
        ("tele", "👍" * 2049, False),
        ("bang-tin", "ấ" * 20_000, True),
    ],
)
def test_a_text_is_counted_as_its_network_counts(desk: Desk, channel: str, text: str, fits: bool) -> None:
    said = desk.about(f"channels: [{channel}]\ntext: {text}")

    assert (said == []) is fits
    assert all("tối đa" in line and "bớt" in line for line in said)


@pytest.mark.parametrize(("length", "fits"), [(1024, True), (1025, False)])
def test_a_caption_is_shorter_than_a_text(desk: Desk, length: int, fits: bool) -> None:
    desk.picture("a.png")

    said = desk.about(f"channels: [tele]\nimages: [{{file: a.png, alt: x}}]\ntext: {'a' * length}")

    assert (said == []) is fits


def test_words_of_a_network_are_measured_on_it_alone(desk: Desk) -> None:
    said = desk.about(
        "channels: [bsky, tele]\ntext: " + "a" * 400 + "\nwords: {bluesky: ngắn, telegram: " + "a" * 5000 + "}"
    )

    [line] = said
    assert "messages.0.words.telegram: telegram: dài 5000" in line


def test_too_many_pictures_are_found(desk: Desk) -> None:
    desk.picture("a.png")

    said = desk.about("channels: [masto]\nimages: [" + "{file: a.png, alt: x}, " * 5 + "]")

    assert "mastodon: 5 ảnh, tối đa 4" in said[0]


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2027-05-01 07:00", "lưu ý: c.yaml:6: messages.0.when.on: 07:00 01/05/2027 đã qua; sửa lại giờ đăng"),
        ("2027-05-01 05:59", "c.yaml:6: messages.0.when.on: 05:59 01/05/2027 đã qua; sửa lại giờ đăng"),
        ("2027-05-01 08:01", ""),
    ],
)
def test_a_past_time_is_an_error_once_it_is_too_late(desk: Desk, on: str, said: str) -> None:
    assert desk.about(f'text: x\nwhen: {{on: "{on}"}}') == ([said] if said else [])


def test_a_past_time_is_no_matter_when_the_ledger_knows_it(desk: Desk) -> None:
    desk.known = lambda campaign, message: (campaign, message) == ("c", "tin")

    assert desk.about('when: {on: "2020-01-01 08:00"}') == []


def test_a_rule_that_is_never_due_is_a_warning(desk: Desk) -> None:
    [said] = desk.about('when: {every: day, at: "8:00", until: 2027-04-01}')

    assert said.startswith("lưu ý: ")
    assert "không có lượt nào trong 400 ngày tới" in said


def test_a_missing_secret_is_a_warning_for_channels_in_use(desk: Desk) -> None:
    desk.secrets = {}

    [said] = desk.about("channels: [tele]")

    assert said.startswith("lưu ý: channels.yaml:6: channels.3.credentials.bot_token: chưa có TELE; đặt TELE=...")


def test_an_option_that_a_network_does_not_have_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WordPress, "options", {"comments": "open"})
    monkeypatch.setattr(WordPress, "wrong_option", lambda name, value: "" if value in ("open", "no") else "open, no")
    head = "channels:\n  - {id: trang, network: wordpress, account: a, base_url: 'https://a.vn', credentials: {"
    head += "username: env:MASTO, application_password: env:MASTO},\n"

    def said(options: str) -> list[str]:
        desk.write("campaigns/channels.yaml", f"{head}     options: {{{options}}}}}\n")
        return desk.says()

    assert said("comments: no") == []
    assert said("comments: maybe") == ["channels.yaml:3: channels.0.options.comments: open, no"]
    assert said("coments: no") == [
        "channels.yaml:3: channels.0.options.coments: "
        'wordpress không có tuỳ chọn này; ý bạn là "comments"? (có: comments)'
    ]


ZALO = """\
channels:
  - {id: oa, network: zalo, account: "1", credentials: {app_id: env:MASTO, app_secret: env:MASTO, refresh_token: env:NO},
     options: {comment: hide, pictures: "https://a.vn/{name}"}}
  - {id: bang-tin, network: feed, account: a}
"""


IMAGE = "images: [{file: a.png, alt: x}]"


@pytest.fixture
def _picture(desk: Desk) -> None:
    desk.picture("a.png")


@pytest.mark.usefixtures("_picture")
def test_a_channel_whose_token_is_renewed_needs_a_key_for_the_vault(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", ZALO)

    [said] = desk.about(f"channels: [oa]\n{IMAGE}")

    assert said.startswith("lưu ý: channels.yaml:2: channels.0.network: kênh này cần LOA_VAULT_KEY")
    assert "loa login oa" in said


@pytest.mark.usefixtures("_picture")
def test_a_network_that_fetches_pictures_needs_a_public_address_or_an_option(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "settings", Settings(desk.folder, desk.secrets, vault_key="x"))
    desk.write("campaigns/channels.yaml", ZALO)
    assert desk.about(f"channels: [oa]\n{IMAGE}") == []

    desk.write("campaigns/channels.yaml", ZALO.replace(', pictures: "https://a.vn/{name}"', ""))

    [said] = desk.about(f"channels: [oa]\n{IMAGE}")
    assert said.startswith("lưu ý: channels.yaml:2: channels.0.network: zalo tự tải ảnh")


def test_articles_need_a_cover_and_a_short_title(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Desk, "settings", Settings(desk.folder, desk.secrets, vault_key="x"))
    desk.write("campaigns/channels.yaml", ZALO)

    cover, title = desk.about("channels: [oa]\ntitle: " + "a" * 141)

    assert "zalo: bài bắt buộc có ảnh bìa" in cover
    assert "zalo: title dài 141 ký tự, tối đa 140" in title


def test_two_messages_in_one_minute_on_one_channel_are_a_warning(desk: Desk) -> None:
    said = desk.says(
        """\
        campaign: c
        channels: [bang-tin]
        messages:
          - {id: a, text: x, when: {every: day, at: "08:00", until: 2027-05-20}}
          - {id: b, text: y, when: {every: day, at: "08:00:30", until: 2027-05-20}}
          - {id: c, text: z, when: {every: day, at: "08:00", until: 2027-05-20}, channels: [tele]}
          - {id: d, text: z, when: {every: day, at: "08:01", until: 2027-05-20}}
        """
    )

    assert said == ["lưu ý: c.yaml:5: messages.1.when: cùng phút 08:00 01/05/2027 với c/a trên kênh bang-tin"]


def test_many_clashes_are_not_a_flood(desk: Desk) -> None:
    messages = "".join(f"  - {{id: t{i}, text: x, when: {{on: '2027-06-01 08:00'}}}}\n" for i in range(100))

    said = desk.says("campaign: c\nchannels: [bang-tin]\nmessages:\n" + messages)

    assert len(said) == 20
    assert "có thể còn nữa" in said[-1]


def test_every_broken_template_of_a_message_is_found(desk: Desk) -> None:
    desk.write("templates/a.j2", "{{ thieu }}")
    desk.write("templates/b.j2", "{% if x %}")

    said = desk.about(
        "channels: [bang-tin, masto, tele]\ntemplate: a.j2\nwords: {masto: {template: b.j2}, tele: {template: meo.j2}}"
    )

    assert [line.split(": ", 1)[1] for line in said] == [
        'messages.0.template: templates/a.j2:1: thiếu biến "thieu"; thêm vào vars của thông điệp',
        "messages.0.words.masto: templates/b.j2:1: thiếu {% endif %}",
        "messages.0.words.tele: không có templates/meo.j2",
    ]


@pytest.mark.parametrize("template", ["../x.j2", "/etc/passwd", "link.j2"])
def test_a_template_outside_is_refused_in_words(desk: Desk, template: str) -> None:
    desk.write("x.j2", "x")
    desk.write("templates/a.j2", "x")
    (desk.folder / "templates/link.j2").symlink_to("/etc/passwd")

    assert desk.about(f"template: {template}") == [
        f"c.yaml:5: messages.0.template: {template}: nằm ngoài thư mục templates"
    ]


def test_a_text_that_looks_like_a_template_is_a_warning(desk: Desk) -> None:
    [said] = desk.about('text: "Ngày {{ due }}"')

    assert said.startswith("lưu ý: c.yaml:5: messages.0.text: có {{")


def test_an_empty_text_is_found(desk: Desk) -> None:
    assert desk.about('text: " "') == ["c.yaml:5: messages.0.text: bài không có chữ nào"]


def test_a_text_is_found_too_long_at_any_of_its_times(desk: Desk) -> None:
    desk.write("templates/a.j2", "{% if due.day == 9 %}{{ dai }}{% else %}x{% endif %}")

    said = desk.about(
        f'channels: [bsky]\ntemplate: a.j2\nvars: {{dai: {"a" * 301}}}\nwhen: {{every: day, at: "8:00", until: 2027-06-30}}'
    )

    assert [line.split(": ")[1] for line in said] == ["messages.0.template"]


def test_too_many_occurrences_ask_for_an_end(desk: Desk) -> None:
    times = ", ".join(f'"{h}:{m:02}"' for h in range(24) for m in (0, 20, 40))

    [said] = desk.about(f"when: {{every: day, at: [{times}]}}")

    assert "thêm until" in said


def test_what_is_due_now_is_fine(desk: Desk) -> None:
    desk.at = NOW - timedelta(days=300)

    assert desk.about("title: x") == []


# --- classes, bounds, now ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["now", "{on: now}"])
def test_now_is_for_emergencies_only(desk: Desk, when: str) -> None:
    [said] = desk.about(f"when: {when}")

    assert 'messages.0.when: now (đăng ngay) chỉ dành cho tin khẩn cấp, tin này là "ordinary"' in said
    assert "class: emergency" in said
    assert desk.about(f"when: {when}\nclass: emergency") == []


def test_now_has_no_other_time(desk: Desk) -> None:
    [said] = desk.about('when: {on: now, at: "08:00"}\nclass: emergency')

    assert "on đã có giờ; bỏ at" in said


def test_a_warning_that_is_tagged_as_festive_is_pointed_out(desk: Desk) -> None:
    [said] = desk.about("class: priority\ntags: [festive]")

    assert said.startswith("lưu ý: ")
    assert "vẫn đăng trong quốc tang dù có thẻ festive" in said


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (
            'embargo: "2027-06-26 08:01"',
            "không lượt nào được đăng, cả 1 lượt sắp tới đều bị loại: 1 vì embargo 08:01 26/06/2027",
        ),
        ('embargo: "2027-06-26 08:00"', ""),
        ('expires: "2027-06-26 08:00"', "đều bị loại: 1 vì expires 08:00 26/06/2027"),
        ('expires: "2027-06-26 08:01"', ""),
        ('embargo: "2027-06-26 09:00"\nexpires: "2027-06-26 08:00"', "embargo phải trước expires"),
        ('expires: "2027-06-26"', "thiếu giờ"),
    ],
)
def test_a_single_time_outside_its_bounds_is_an_error(desk: Desk, bound: str, words: str) -> None:
    said = desk.about(f'when: {{on: "2027-06-26 08:00"}}\n{bound}')

    assert len(said) == (1 if words else 0)
    assert all(words in line and not line.startswith("lưu ý") for line in said)


def test_a_formatted_text_is_counted_without_its_tags(desk: Desk) -> None:
    head = "channels: [tele]\nformatted: true\ntext: <b>"

    assert desk.about(head + "a" * 4096 + "</b>") == []
    assert "dài 4097" in desk.about(head + "a" * 4097 + "</b>")[0]


def test_a_wrong_tag_is_said_with_file_line_and_remedy_and_once(desk: Desk) -> None:
    [line] = desk.about("channels: [tele, masto]\nformatted: true\ntext: |\n  Chào\n  <b>bạn & tôi")

    assert line == (
        "c.yaml:7: messages.0.text: dòng 2 của bài: dấu & phải viết &amp;; dòng 2 của bài: <b> chưa có </b>"
    )


@pytest.mark.parametrize(
    "lines",
    [
        'when: {on: "2020-06-01 08:00"}',
        "channels: [gone]",
        "words: {telegram: {text: a}}\nwhen: mai",
        "words: {telegram: {template: gone.j2}}\nwhen: mai",
    ],
    ids=["past", "no channel", "unsure", "unsure with a template"],
)
def test_a_wrong_tag_is_said_though_nothing_is_composed(desk: Desk, lines: str) -> None:
    said = desk.about(f"formatted: true\ntext: <b>a\n{lines}")

    assert len([line for line in said if "<b> chưa có </b>" in line]) == 1


def test_a_wrong_tag_of_a_network_stands_at_its_words(desk: Desk) -> None:
    [line] = desk.about("channels: [tele]\nwords:\n  telegram: {text: <b>a, formatted: true}\ntext: a")

    assert line.startswith("c.yaml:7: messages.0.words.telegram: dòng 1 của bài: <b>")


def test_tags_in_a_text_that_is_not_formatted_are_remarked_upon(desk: Desk) -> None:
    [line] = desk.about("text: Xem <b>ngay</b>")

    assert line.startswith("lưu ý: c.yaml:5: messages.0.text: có <b> trong text") and "formatted: true" in line
    assert desk.about("text: 1 < 2 > 0 & <tên>") == []


def test_a_hundred_stretches_are_all_that_telegram_shows(desk: Desk) -> None:
    head = "channels: [tele]\nformatted: true\ntext: "

    assert desk.about(head + "<b>a</b> " * 100) == []
    assert "101 chỗ có thẻ, tối đa 100" in desk.about(head + "<b>a</b> " * 101)[0]


def test_crossed_out_words_are_refused_where_they_would_be_read_as_valid(desk: Desk) -> None:
    struck = "formatted: true\ntext: <s>8 giờ</s> 9 giờ"

    assert desk.about("channels: [tele]\n" + struck) == []
    [line] = desk.about("channels: [tele, masto]\n" + struck)
    assert 'c.yaml:7: messages.0.text: "8 giờ" gạch bỏ' in line
    assert desk.about("channels: [tele, masto]\nwords: {mastodon: 9 giờ}\n" + struck) == []


def test_rules_hold_for_where_a_link_leads(desk: Desk) -> None:
    desk.write("campaigns/lint.yaml", "allow_links: [hanoi.gov.vn]\n")
    text = 'channels: [tele]\nformatted: true\ntext: Gọi 113. <a href="https://{}/x">Đọc thêm</a>'

    assert desk.about(text.format("hanoi.gov.vn")) == []
    assert "bit.ly" in desk.about(text.format("bit.ly"))[0]


def test_rotation_says_formatted_for_each_text(desk: Desk) -> None:
    rule = 'when: {every: day, at: "07:00", from: 2027-06-01}'
    said = desk.about(f"formatted: true\nrotation: [{{id: x, text: a}}, {{id: y, text: b}}]\n{rule}\ntexts: []")
    said += desk.says(
        "campaign: c\nchannels: [tele]\nmessages:\n  - id: t\n    formatted: true\n    "
        f"rotation: [{{id: x, text: a}}, {{id: y, text: b}}]\n    {rule}\n"
    )

    assert any("formatted viết trong từng mục của rotation" in line for line in said)


def test_a_formatted_message_is_not_said_as_a_plain_one_before_it(desk: Desk) -> None:
    when = 'when: {on: "2027-06-01 08:00"}'
    said = desk.says(
        "campaign: c\nchannels: [bang-tin, masto]\nmessages:\n"
        f"  - {{id: a, text: Chào, {when}}}\n  - {{id: b, formatted: true, text: <s>8</s> 9, {when}}}\n"
    )

    assert [line for line in said if "gạch bỏ" in line] != []
