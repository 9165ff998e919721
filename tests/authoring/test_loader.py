"""Every problem of every file at once, at its line, in words from which an author can mend it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.authoring.desk import Desk


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("txt: x", 'messages.0.txt: không có khoá này; ý bạn là "text"?'),
        ('when: {onn: "2027-06-01 08:00"}', 'messages.0.when.onn: không có khoá này; ý bạn là "on"?'),
        ("images: [{fiel: a.png, alt: x}]", 'messages.0.images.0.fiel: không có khoá này; ý bạn là "file"?'),
        ("channels: [{lable: city}]", 'messages.0.channels.0.lable: không có khoá này; ý bạn là "label"?'),
        ("words: {masto: {txt: x}}", 'messages.0.words.masto.txt: không có khoá này; ý bạn là "text"?'),
        ("words: {mastodn: x}", 'messages.0.words.mastodn: không có mạng hay kênh này; ý bạn là "mastodon"?'),
        ("channels: [bang-tim]", 'không có kênh "bang-tim" trong channels.yaml; ý bạn là "bang-tin"?'),
        ("channels: [{label: citi}]", 'không kênh nào có nhãn "citi"; ý bạn là "city"?'),
        ("channels: [{unit: ha-nol}]", 'đơn vị "ha-nol" không có kênh nào; ý bạn là "ha-noi"?'),
        ("channels: [{label: a, unit: b}]", "cần một mã kênh, {label: ...}, {unit: ...} hoặc {group: ...}"),
        ("channels: [{unit: ha-noi, below: maybe}]", '"maybe" phải là true hoặc false'),
        ("id: tin một", '"tin một" không dùng làm mã được'),
        ("text:", "cần text hoặc template"),
        ("text: a\ntemplate: b.j2", "cần text hoặc template"),
        ("text: a\nvars: {b: c}", "vars chỉ đi với template"),
        ("template: a.j2\nvars: {b: }", '"b" để trống'),
        ("late_after: 2 hours", '"2 hours" không phải khoảng thời gian; ví dụ đúng: 30m, 2h, 3d'),
        ("class: urgent", '"urgent" không đúng (chọn: ordinary, priority, emergency)'),
        ("title: [a]", "giá trị này phải là chữ"),
        ("title:", "để trống; viết giá trị, hoặc bỏ khoá này đi"),
        ('when: "2027-06-01 08:00"', 'phải là các cặp khoá: giá trị, ví dụ: {on: "2027-06-26 08:00"}'),
        ("when: {on: 2027-06-01}", 'thiếu giờ; viết: "2027-06-01 08:00"'),
        ('when: {on: "2027-02-29 08:00"}', "không phải ngày giờ có thật"),
        ('when: {on: "0001-01-01 08:00"}', "không phải ngày giờ có thật"),
        ('when: {on: "2027-06-01 08:00", every: day, at: "1:00"}', "cần đúng một trong: on, every, before"),
        ('when: {at: "08:00"}', "cần đúng một trong: on, every, before"),
        ("when: {every: day}", "thiếu giờ đăng"),
        ('when: {every: day, at: "25:00"}', '"25:00" không phải giờ'),
        ('when: {every: day, at: "8"}', '"8" không phải giờ'),
        ("when: {every: day, at: []}", "danh sách trống"),
        ('when: {every: tus, at: "8:00"}', '"tus" không phải thứ trong tuần; ý bạn là "tue"?'),
        ('when: {every: day, at: "8:00", from: 2027-07-01, until: 2027-06-01}', "from ở sau until"),
        ('when: {every: day, at: "8:00", until: 31/6/2027}', '"31/6/2027" không phải ngày có thật'),
        ('when: {every: day, at: "8:00", days: [1]}', "days chỉ đi với before"),
        ('when: {on: "2027-06-01 08:00", at: "8:00"}', "on đã có giờ"),
        ('when: {on: "2027-06-01 08:00", until: 2027-07-01}', "on chỉ đăng một lần"),
        ('when: {before: 31/6, at: "8:00"}', '"31/6" không phải ngày'),
        ('when: {before: 26/6, days: [400], at: "8:00"}', '"400" quá lớn; nhiều nhất 365'),
        ('when: {before: 26/6, days: [-1], at: "8:00"}', '"-1" quá nhỏ; phải từ 0'),
        ('when: {before: 26/6, days: [x], at: "8:00"}', '"x" phải là số nguyên'),
        ('when: {before: 26/6, days: [99999999999999999999999999], at: "8:00"}', "9"),
        ("images: {file: a.png}", "phải là danh sách, ví dụ: [{file: images/a.png"),
        ("images: [a.png]", "phải là các cặp khoá: giá trị, ví dụ: {file: images/a.png"),
    ],
)
def test_a_mistake_in_a_message_is_one_sentence_with_its_line(desk: Desk, lines: str, words: str) -> None:
    desk.write("templates/a.j2", "x")
    desk.picture("a.png")

    said = desk.about(lines)

    assert len(said) == 1, said
    assert words in said[0]
    assert int(said[0].split(":")[1]) in range(4, 5 + len(lines.splitlines()) + 1)


ENGLISH = {"input", "should", "valid", "type", "field", "value", "error", "expected", "must", "be"}


@pytest.mark.parametrize("value", ["[a]", "{a: b}", "''", "~", "x", "-1", "9" * 30, "1.5", "[[a]]", "[~]", "[{}]"])
@pytest.mark.parametrize(
    "key",
    "id title when channels words images late_after language class text template vars texts rotation distance embargo expires".split(),  # noqa: SIM905
)
def test_no_english_of_pydantic_reaches_an_author(desk: Desk, key: str, value: str) -> None:
    said = " ".join(desk.about(f"{key}: {value}")).lower()

    assert not ENGLISH & set(said.split())


@pytest.mark.parametrize("value", ["[a]", "{a: b}", "''", "~", "x", "-1", "9" * 30, "1.5", "[[a]]", "[~]"])
@pytest.mark.parametrize(
    "key",
    "on every before after days lunar day week on_day at from until in except shift".split(),  # noqa: SIM905
)
def test_no_english_of_pydantic_reaches_who_writes_times(desk: Desk, key: str, value: str) -> None:
    said = " ".join(desk.about(f"when: {{{key}: {value}}}")).lower()

    assert said
    assert not ENGLISH & set(said.split())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{id: a, network: fed, account: a}", 'chưa nối được mạng "fed"; ý bạn là "feed"?'),
        ("{id: a, network: feed, acount: a}", 'không có khoá này; ý bạn là "account"?'),
        ("{id: a, network: feed}", "thiếu khoá này"),
        ("{id: [a], network: feed, account: a}", "giá trị này phải là chữ"),
        ("{id: a, network: feed, account: a, credentials: {x: secret}}", "không viết mật khẩu"),
        ("{id: a, network: feed, account: a, credentials: {x: env:X}}", "feed không dùng khoá này"),
        ("{id: a, network: telegram, account: a}", "thiếu bot_token; thêm credentials: {bot_token: env:TÊN}"),
        ("{id: a, network: mastodon, account: a, credentials: {access_token: env:X}}", "thiếu base_url"),
        ("{id: a, network: feed, account: a, base_url: example.org}", "không phải địa chỉ"),
        ("{id: a, network: feed, account: a, base_url: 'https://u:p@example.org'}", "không phải địa chỉ"),
        ("{id: a, network: feed, account: a, pace: {per_day: 0}}", '"0" quá nhỏ; phải lớn hơn 0'),
        ("{id: a, network: feed, account: a, pace: {per_dy: 1}}", 'ý bạn là "per_day"?'),
        ("{id: a, network: feed, account: a, pace: 5}", "ví dụ: {per_day: 20, min_gap: 1m}"),
        ("a", "ví dụ: {id: bang-tin, network: feed, account: bang-tin}"),
        ("", "thiếu khoá này"),
    ],
)
def test_a_mistake_in_a_channel_is_found_once(desk: Desk, entry: str, words: str) -> None:
    desk.write("campaigns/channels.yaml", f"channels:\n  - {{id: b, network: feed, account: b}}\n  - {entry}\n")

    said = desk.says("campaign: c\nchannels: [b]\nmessages: [{id: t, text: x, when: {on: '2027-06-01 08:00'}}]\n")

    assert all(line.startswith("channels.yaml:3: channels.1") for line in said)
    assert any(words in line for line in said)


def test_one_broken_message_hides_nothing_of_the_others(desk: Desk) -> None:
    desk.write("campaigns/b.yaml", "a: [\n")
    desk.write("campaigns/d.yaml", "")
    desk.picture("b.png")

    said = desk.says(
        """\
        campain: c
        channels: [bang-tim]
        messages:
          - id: a
            txt: x
            when: {every: tus, at: "8:00"}
            images: [{file: gone.png, alt: x}, {fiel: b.png, alt: x}]
            channels: [{label: citi}, {lable: city}]
          - id: b
            template: gone.j2
            when: {on: "2027-04-01 08:00"}
          - id: b
            text: x
            late_after: soon
            when: {on: "2027-06-01 08:00"}
        """
    )

    fields = [line.split(": ")[0] + " " + line.split(": ")[1] for line in said if line.startswith("c.yaml")]
    assert fields == [
        "c.yaml:1 campain",
        "c.yaml:2 channels.0",
        "c.yaml:5 messages.0.txt",
        "c.yaml:6 messages.0.when.every",
        "c.yaml:7 messages.0.images.0.file",
        "c.yaml:7 messages.0.images.1.fiel",
        "c.yaml:8 messages.0.channels.0",
        "c.yaml:8 messages.0.channels.1.lable",
        "c.yaml:10 messages.1.template",
        "c.yaml:11 messages.1.when.on",
        "c.yaml:12 messages.2.id",
        "c.yaml:14 messages.2.late_after",
    ]
    assert said[0].startswith("b.yaml:2: YAML sai")
    assert said[-1] == "d.yaml:1: tệp trống"


def test_a_broken_campaign_is_unread_but_checked(desk: Desk) -> None:
    desk.about("txt: x")

    book = desk.book()

    assert book.campaigns == []
    assert book.unread == {"c"}


def test_a_broken_channels_file_does_not_accuse_every_campaign(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", "channels: [\n")

    said = desk.about("title: x")

    assert [line.split(":")[0] for line in said] == ["channels.yaml"]


def test_a_broken_channel_does_not_accuse_who_names_it(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", "channels: [{id: bang-tin, network: feed}]\n")

    assert desk.about("title: x") == ["channels.yaml:1: channels.0.account: thiếu khoá này"]


def test_names_that_stand_twice_are_found(desk: Desk) -> None:
    message = "messages: [{id: a, text: x, when: {on: '2027-06-01 08:00'}}]\n"
    desk.write("campaigns/channels.yaml", "channels:\n" + 2 * "  - {id: b, network: feed, account: b}\n")
    desk.write("campaigns/b.yaml", "campaign: c\nchannels: [b]\n" + message)

    said = desk.says("campaign: c\nchannels: [b]\n" + message)

    assert 'c.yaml:1: campaign: "c" đã có trong campaigns/b.yaml' in said
    assert 'channels.yaml:3: channels.1.id: "b" đã dùng ở dòng 2' in said


def test_a_picture_must_be_there_be_one_and_have_words(desk: Desk) -> None:
    desk.picture("images/good.png")
    desk.write("images/bad.png", "no picture")
    desk.write("secret.txt", "x")
    os.symlink("/etc/passwd", desk.folder / "images/link.png")
    os.symlink("loop.png", desk.folder / "images/loop.png")

    said = desk.about(
        "images:\n"
        "  - {file: images/good.png, alt: Áp phích}\n"
        "  - {file: images/good.png}\n"
        "  - {file: images/bad.png, alt: x}\n"
        "  - {file: ../x.png, alt: x}\n"
        "  - {file: /etc/passwd, alt: x}\n"
        "  - {file: images/link.png, alt: x}\n"
        "  - {file: images/loop.png, alt: x}\n"
        "  - {file: images/gone.png, alt: x}"
    )

    assert [line.split(": ", 2)[2] for line in said] == [
        "thiếu alt: một câu mô tả ảnh cho người không nhìn thấy [alt]",
        "images/bad.png: không phải ảnh JPEG, PNG, GIF hay WebP",
        "../x.png: nằm ngoài thư mục làm việc",
        "/etc/passwd: nằm ngoài thư mục làm việc",
        "images/link.png: nằm ngoài thư mục làm việc",
        "images/loop.png: nằm ngoài thư mục làm việc",
        "images/gone.png: không có tệp ảnh này",
    ]


def test_without_a_folder_the_remedy_is_named(tmp_path: Path) -> None:
    assert Desk(tmp_path).says() == ["campaigns:1: không có thư mục này; tạo bằng: loa init"]


def test_english_is_spoken_when_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_LOCALE", "en")

    [said] = desk.about("txt: x")

    assert 'no such key; did you mean "text"?' in said


def test_folders_and_hidden_files_are_no_campaigns(desk: Desk) -> None:
    (desk.folder / "campaigns/a.yaml").mkdir()
    desk.write("campaigns/.draft.yaml", "a: [")

    assert desk.says() == []
