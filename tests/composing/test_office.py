"""What a template says of the office that speaks: its own facts on the day of the post, or why it cannot."""

from __future__ import annotations

import pytest

from scheduler.authoring.recurrence import occurrences
from tests.authoring.desk import Desk

UNITS = """\
units:
  - id: ha-noi
    name: Thành phố Hà Nội
    kind: city
    code: 01
    signature: UBND thành phố Hà Nội
    duty_phone: 024.1234.5678
    head: {name: Nguyễn Văn A, title: Chủ tịch}
    collection_points: [1 Phố Một, 2 Phố Hai]
    vars: {so_to: 12, to_truong: [Ông B, Bà C]}
  - {id: ha-dong, name: Phường Hà Đông, kind: ward, parent: ha-noi}
"""
CHANNELS = """\
channels:
  - {id: a, network: feed, account: a, unit: ha-noi}
  - {id: b, network: feed, account: b, unit: ha-dong}
  - {id: c, network: feed, account: c, unit: ha-dong}
"""
MESSAGE = """\
campaign: c
channels: [%s]
messages:
  - id: t
    template: a.j2
    when: %s
"""
ONCE = '{on: "2027-06-01 08:00"}'


@pytest.fixture
def office(desk: Desk) -> Desk:
    """A workspace with a city of all facts and a ward of hardly any."""
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/units.yaml", UNITS)
    return desk


def spoken(desk: Desk, template: str, channels: str = "a") -> list[tuple[str, str]]:
    """Return each post with its channels."""
    desk.write("templates/a.j2", template)
    assert desk.says(MESSAGE % (channels, ONCE)) == []
    book = desk.book()
    [authored] = book.campaigns
    [message] = authored.campaign.messages
    composer = desk.composer
    occurrence = next(occurrences(message.when, composer.zone, desk.at, desk.at + desk.settings.horizon))
    posts = composer.compose(authored.campaign, message, occurrence, authored.channels_of(message, book))
    return [("".join(entry.id for entry in one.channels), one.post.text) for one in posts]


def refused(desk: Desk, template: str, channels: str = "a", when: str = ONCE) -> list[str]:
    desk.write("templates/a.j2", template)
    return [words.removeprefix("c.yaml:5: messages.0.template: ") for words in desk.says(MESSAGE % (channels, when))]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ office.name }} ({{ office.short }}), {{ office.code }}", "Thành phố Hà Nội (Hà Nội), 01"),
        ("{{ office.signature }}", "UBND thành phố Hà Nội"),
        ("{{ office.head_title }} {{ office.head }}", "Chủ tịch Nguyễn Văn A"),
        ("{{ office.duty_phone }}", "024.1234.5678"),
        ("{{ office.collection_points | join('; ') }}", "1 Phố Một; 2 Phố Hai"),
        ("{{ office.vars.so_to | int + 1 }}, {{ office.vars.to_truong[1] }}", "13, Bà C"),
        ("{% if office.kind == 'city' %}Thành phố{% endif %} {{ unit }}", "Thành phố ha-noi"),
    ],
)
def test_a_template_says_the_facts_of_the_office(office: Desk, template: str, said: str) -> None:
    assert spoken(office, template) == [("a", said)]


def test_it_is_rendered_once_for_each_unit(office: Desk) -> None:
    assert spoken(office, "{{ office.short }}", "a, b, c") == [("a", "Hà Nội"), ("bc", "Hà Đông")]


def test_without_a_signature_the_office_signs_with_its_full_name(office: Desk) -> None:
    assert spoken(office, "{{ office.signature }}", "b") == [("b", "Phường Hà Đông")]


def test_what_may_be_missing_can_be_said_otherwise(office: Desk) -> None:
    template = "{{ office.duty_phone | default('113') }}{% if office.head is defined %}!{% endif %}"

    assert spoken(office, template, "a, b") == [("a", "024.1234.5678!"), ("b", "113")]


def test_a_template_without_office_needs_no_register(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", CHANNELS)

    assert spoken(desk, "{{ unit }}", "a, b") == [("a", "ha-noi"), ("b", "ha-dong")]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (
            "x\n{{ office.duty_phone }}",
            "templates/a.j2:2: đơn vị ha-dong chưa có duty_phone; thêm duty_phone: ... vào campaigns/units.yaml:11",
        ),
        (
            "{{ office.head }}, {{ office.code }}, {{ office.duty_phone | default('113') }}",
            "templates/a.j2:1: đơn vị ha-dong chưa có head; thêm head: {name: ..., title: ...} "
            "vào campaigns/units.yaml:11; mẫu này cần: code, head",
        ),
        (
            "{{ office.collection_points | join(', ') }}",
            "templates/a.j2:1: đơn vị ha-dong chưa có collection_points; "
            "thêm collection_points: [...] vào campaigns/units.yaml:11",
        ),
        (
            "{{ office.vars.so_to }}",
            "templates/a.j2:1: đơn vị ha-dong chưa có vars.so_to; thêm vars: {so_to: ...} vào campaigns/units.yaml:11",
        ),
    ],
)
def test_what_one_unit_lacks_is_said_with_the_line_where_it_belongs(office: Desk, template: str, words: str) -> None:
    assert refused(office, template, "a, b, c") == [words]


def test_all_units_that_lack_something_are_named_at_once(office: Desk) -> None:
    office.write("campaigns/units.yaml", "units:\n  - {id: ha-noi, name: A}\n  - {id: ha-dong, name: B}\n")

    said = refused(office, "{{ office.duty_phone }}", "a, b, c")

    assert [words.split(" ")[3] for words in said] == ["ha-dong", "ha-noi"]


def test_the_same_lack_is_said_in_full_once_and_pointed_to_by_the_other_messages(office: Desk) -> None:
    office.write("templates/a.j2", "{{ office.duty_phone }}")
    second = "  - {id: u, template: a.j2, when: {on: '2027-06-02 08:00'}}\n"

    said = office.says(MESSAGE % ("a, b, c", ONCE) + second)

    assert said[0].startswith("c.yaml:5: messages.0.template: templates/a.j2:1: đơn vị ha-dong chưa có duty_phone; ")
    assert said[1:] == [
        "c.yaml:7: messages.1.template: templates/a.j2: có đơn vị chưa đủ điều mẫu này cần, "
        "như đã nêu ở campaigns/c.yaml:5"
    ]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ office.dutyphone }}", 'office không có "dutyphone"; ý bạn là "duty_phone"? (id, name, short, '),
        ("{{ office.so_to }}", 'office không có "so_to"; viết office.vars.so_to (id, name'),
        ("{{ office }}", "chỗ này không ra chữ hay số"),
        ("{{ office.__class__ }}", 'không được dùng "__class__"'),
        ("{{ office._lacking }}", 'không được dùng "_lacking"'),
        ("{{ office.update({'name': 'x'}) }}", 'không được dùng "update"'),
        ("{{ office.__missing__('x') }}", 'không được dùng "__missing__"'),
        ("{{ office.vars.__init__ }}", 'không được dùng "__init__"'),
        ("{{ office.duty_phone.__class__ }}", 'không được dùng "__class__"'),
    ],
)
def test_a_template_that_asks_wrongly_is_told_so_once(office: Desk, template: str, words: str) -> None:
    [said] = refused(office, template, "a, a")

    assert words in said


def test_without_the_register_the_file_is_named(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", CHANNELS)

    assert refused(desk, "{{ office.name }}", "a, b") == [
        "templates/a.j2:1: office cần tệp campaigns/units.yaml, mà tệp ấy chưa có hoặc chưa có đơn vị nào; "
        "khai báo đơn vị ở đó"
    ]


def test_a_channel_without_a_unit_is_named(office: Desk) -> None:
    office.write("campaigns/channels.yaml", "channels:\n  - {id: a, network: feed, account: a}\n")

    assert refused(office, "{{ office.name }}") == [
        "templates/a.j2:1: kênh a chưa ghi unit; thêm unit: mã-đơn-vị vào campaigns/channels.yaml"
    ]


def test_the_office_is_the_one_of_the_day_of_the_post(office: Desk) -> None:
    office.write(
        "campaigns/units.yaml",
        """\
        units:
          - {id: ha-noi, name: Tên cũ, valid_to: 2027-06-01}
          - {id: ha-noi, name: Tên mới, valid_from: 2027-06-01}
          - {id: ha-dong, name: Hà Đông}
        """,
    )
    office.write("templates/a.j2", "{{ office.name }}")

    assert office.says(MESSAGE % ("a", ONCE)) == []
    assert spoken(office, "{{ office.name }}") == [("a", "Tên mới")]


@pytest.mark.parametrize(
    ("validity", "words"),
    [
        (
            "valid_to: 2027-06-03, successors: ha-noi",
            "đơn vị ha-dong không còn từ ngày 3/6/2027 (campaigns/units.yaml:2; kế tục: ha-noi); "
            "sửa unit của kênh b, hoặc bớt ngày đăng",
        ),
        (
            "valid_from: 2027-06-03",
            "đơn vị ha-dong từ ngày 3/6/2027 mới có (campaigns/units.yaml:2); đăng sau ngày ấy",
        ),
    ],
)
def test_an_office_does_not_speak_when_it_is_no_office(office: Desk, validity: str, words: str) -> None:
    office.write(
        "campaigns/units.yaml",
        f"units:\n  - {{id: ha-dong, name: B, {validity}}}\n  - {{id: ha-noi, name: A}}\n",
    )
    daily = '{every: day, at: "08:00", from: 2027-06-01, until: 2027-06-05}'

    assert refused(office, "{{ office.name }}", "a, b, c", daily) == [f"templates/a.j2:1: {words}"]


def test_variables_of_the_message_win(office: Desk) -> None:
    office.write("templates/a.j2", "{{ office }}")
    said = MESSAGE % ("a", ONCE) + "    vars: {office: Văn phòng}\n"

    assert office.says(said) == []
