"""What check says of times: days nobody knows, rules that are never due, quiet hours, bounds, themes, full days."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.authoring.desk import CHANNELS, Desk

DAYS = """\
days:
  - {id: quoc-te-pcmt, name: Ngày PCMT, date: 26/6}
  - id: thang-pcmt
    name: Tháng hành động
    month: 6
    themes: {2027: {nation: Vì cộng đồng}}
holidays:
  - {id: nghi-le, name: Nghỉ lễ, from: 30/4, to: 1/5}
caps: {per_channel_per_day: 2}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace with the register of days; it is 08:00 on 1 May 2027."""
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/days.yaml", DAYS)
    return desk


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        # days that nobody knows
        ('when: {before: quoc-te-pcmd, at: "8:00"}', 'c.yaml:5: messages.0.when.before: campaigns/days.yaml không có ngày "quoc-te-pcmd"; ý bạn là "quoc-te-pcmt"?'),
        ('when: {after: thang-pmct, at: "8:00"}', 'when.after: campaigns/days.yaml không có ngày "thang-pmct"; ý bạn là "thang-pcmt"?'),
        ('when: {every: day, at: "8:00", in: thang-6}', 'when.in: campaigns/days.yaml không có ngày "thang-6"'),
        ('when: {every: day, at: "8:00", except: [holiday], until: 2027-06-30}', 'when.except.0: campaigns/days.yaml không có ngày "holiday"; ý bạn là "holidays"?'),
        ('when: {every: day, at: "8:00", until: 2027-06-30, except: [{form: 2027-06-01, until: 2027-06-02}]}', 'when.except.0.form: không có khoá này; ý bạn là "from"?'),
        ('when: {every: day, at: "8:00", until: 2027-06-30, except: [{from: 2027-06-01}]}', "when.except.0: cần một ngày, mã một ngày, holidays, hoặc {from: ..., until: ...}"),
        ('when: {every: day, at: "8:00", until: 2027-06-30, except: [31/6]}', 'when.except.0.day: "31/6" không phải ngày'),
        # never due, within the horizon and at all
        ('when: {every: day, at: "8:00", from: 2029-01-01}', "lưu ý: c.yaml:5: messages.0.when: không có lượt nào trong 400 ngày tới (lượt kế tiếp: 01/01/2029)"),
        ('when: {every: day, at: "8:00", until: 2027-04-01}', "lưu ý: c.yaml:5: messages.0.when: không có lượt nào trong 400 ngày tới; xem lại ngày"),
        ('when: {every: mon, at: "8:00", from: 2027-06-01, until: 2027-06-06}', "c.yaml:5: messages.0.when: không bao giờ có lượt nào: không ngày nào hợp"),
        ('when: {every: month, day: 15, at: "8:00", in: quoc-te-pcmt}', "không bao giờ có lượt nào"),
        ('when: {before: quoc-te-pcmt, at: "8:00", from: 2027-07-01, until: 2027-12-31}', "không bao giờ có lượt nào"),
        # all of it forbidden
        ('when: {every: day, at: "8:00", until: 2027-06-10, except: {from: 2027-05-01, until: 2027-06-30}}', "c.yaml:5: messages.0.when: không lượt nào được đăng, cả 41 lượt sắp tới đều bị loại: 41 vì except"),
        ('when: {every: sat, at: "9:00", until: 2027-05-15, shift: skip}', "cả 3 lượt sắp tới đều bị loại: 3 vì ngày nghỉ và shift: skip"),
        ('when: {every: sat, at: "9:00", from: 2027-05-08, until: 2027-05-08, shift: next-working-day}', "1 vì dời ra ngoài from, until hoặc in"),
        ('expires: "2027-05-20 00:00"\nwhen: {on: "2027-06-01 08:00"}', "cả 1 lượt sắp tới đều bị loại: 1 vì expires 00:00 20/05/2027"),
        ('embargo: "2027-07-01 00:00"\nwhen: {every: day, at: "8:00", until: 2027-06-01}', "vì embargo 00:00 01/07/2027"),
        ('embargo: "2027-07-01 00:00"\nexpires: "2027-06-01 00:00"', "c.yaml:6: messages.0.expires: embargo phải trước expires"),
        ('expires: 2027-06-01', '"2027-06-01" thiếu giờ; viết: "2027-06-01 08:00"'),
        # days that some months or years lack
        ('when: {lunar: [30/8, ram/8], at: "8:00"}', "lưu ý: c.yaml:5: messages.0.when.lunar.0: năm âm lịch 2027: tháng Tám chỉ có 29 ngày"),
        ('when: {lunar: 30, at: "8:00"}', "tháng âm lịch thiếu không có ngày 30, tháng ấy không đăng; muốn ngày cuối tháng: cuoi"),
        ('when: {every: month, day: 31, at: "8:00"}', "lưu ý: c.yaml:5: messages.0.when.day: tháng không có ngày 31 thì không đăng; muốn ngày cuối tháng: day: last"),
        # quiet hours
        ('when: {on: "2027-06-01 22:00"}', "c.yaml:5: messages.0.when.on: 22:00 là giờ yên tĩnh của tin thường (22:00-06:00); giờ gần nhất: 21:55"),
        ('when: {every: day, at: ["05:30", "8:00"], until: 2027-06-01}', "messages.0.when.at: 05:30 là giờ yên tĩnh của tin thường (22:00-06:00); giờ gần nhất: 06:00"),
        ('class: priority\nwhen: {on: "2027-06-01 23:30"}', "của tin ưu tiên (23:00-05:00)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_time_is_one_sentence_with_its_line(desk: Desk, lines: str, words: str) -> None:
    said = desk.about(lines)

    assert len(said) == 1, said
    assert words in said[0]


@pytest.mark.parametrize(
    "lines",
    [
        'when: {before: quoc-te-pcmt, days: [10, 5, 1], at: "8:00"}',
        'when: {every: [mon, wed], at: "8:00", in: thang-pcmt, except: [holidays, 26/6]}',
        'when: {every: month, day: last-working, at: "8:00"}',
        'when: {lunar: [ram, mung-1], at: "8:00"}',
        'class: emergency\nwhen: {on: "2027-06-01 23:30"}',
        'class: priority\nwhen: {on: "2027-06-01 22:30"}',
        'when: {on: "2027-06-01 23:30"}\nwaive: {quiet-hours: theo yêu cầu của Ban Chỉ đạo}',
        'embargo: "2027-05-20 08:00"\nexpires: "2027-06-20 08:00"',
    ],
)
def test_what_is_right_is_not_spoken_of(desk: Desk, lines: str) -> None:
    assert desk.about(lines) == []


def test_without_the_register_no_hour_is_quiet_and_no_day_is_full(desk: Desk) -> None:
    (desk.folder / "campaigns/days.yaml").unlink()

    assert desk.about('when: {on: "2027-06-01 23:30"}') == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('when: {before: quoc-te-pcmt, at: "8:00"}', 'c.yaml:5: messages.0.when.before: "quoc-te-pcmt" cần tệp campaigns/days.yaml, chưa có'),
        ('when: {every: day, at: "8:00", in: thang-pcmt}', 'messages.0.when.in: "thang-pcmt" cần tệp campaigns/days.yaml'),
        ('when: {every: day, at: "8:00", except: [holidays]}', 'messages.0.when.except.0: "holidays" cần tệp campaigns/days.yaml'),
        ('when: {every: month, day: 15, at: "8:00", shift: skip}', "lưu ý: c.yaml:5: messages.0.when.shift: chỉ biết thứ Bảy, Chủ nhật; thêm campaigns/days.yaml"),
        ("template: t.j2", "theme: không có tệp campaigns/days.yaml"),
    ],
)  # fmt: skip
def test_what_needs_the_register_names_the_missing_file(desk: Desk, lines: str, words: str) -> None:
    desk.write("templates/t.j2", "{{ theme('thang-pcmt') }}")
    (desk.folder / "campaigns/days.yaml").unlink()

    said = desk.about(lines)

    assert len(said) == 1, said
    assert words in said[0]


def test_a_broken_day_is_not_called_unknown_where_it_is_named(desk: Desk) -> None:
    desk.write("campaigns/days.yaml", "days:\n  - {id: quoc-te-pcmt, name: A, date: 31/6}\n")

    said = desk.about('when: {before: quoc-te-pcmt, at: "8:00"}')

    assert [line.split(":")[0] for line in said] == ["days.yaml"]


def test_an_unreadable_register_accuses_no_campaign(desk: Desk) -> None:
    desk.write("campaigns/days.yaml", "days: [\n")

    said = desk.about('when: {before: quoc-te-pcmt, at: "8:00"}')

    assert [line.split(":")[0] for line in said] == ["days.yaml"]


def test_a_campaign_of_which_nothing_is_left_is_said_so(desk: Desk) -> None:
    said = desk.says(
        """\
        campaign: c
        channels: [bang-tin]
        expires: "2027-05-20 00:00"
        messages:
          - {id: a, text: x, when: {on: "2027-06-01 08:00"}}
          - {id: b, text: y, when: {every: day, at: "09:00", from: 2027-06-01, until: 2027-06-03}}
        """
    )

    assert said[0].startswith("c.yaml:4: messages: không thông điệp nào của chiến dịch này còn được đăng")
    assert len(said) == 3


def test_the_bounds_of_a_campaign_are_compared_once(desk: Desk) -> None:
    message = "{id: %s, text: x, when: {on: '2027-06-01 0%s:00'}}"
    messages = "".join(f"  - {message % (id, hour)}\n" for id, hour in (("a", 8), ("b", 9)))

    said = desk.says(
        "campaign: c\nchannels: [bang-tin]\nembargo: '2027-06-02 00:00'\nexpires: '2027-06-01 00:00'\nmessages:\n"
        + messages
    )

    assert said == ["c.yaml:4: expires: embargo phải trước expires"]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ theme('thang-pcmt') }}", []),
        ("{{ theme('thang-pcmt', year=2026) }}", ["chưa có chủ đề 2026 (toàn quốc) của Tháng hành động; khi được công bố"]),
        ("{{ theme('thang-pcmt', level='city') }}", ["chưa có chủ đề 2027 (Thành phố) của Tháng hành động"]),
        ("{{ theme('thang-pcmd') }}", ['theme: campaigns/days.yaml không có ngày "thang-pcmd"; ý bạn là "thang-pcmt"?']),
        ("{{ theme('thang-pcmt', level='ward') }}", ['theme: level là nation hoặc city, không phải "ward"']),
        ("{{ theme('thang-pcmt', year='x') }}", ['theme: "x" không phải năm']),
        ("{{ theme }}", ["chỗ này không ra chữ hay số"]),
    ],
)  # fmt: skip
def test_a_theme_is_that_of_the_year_of_the_post(desk: Desk, template: str, said: list[str]) -> None:
    desk.write("templates/t.j2", template)

    found = desk.about("template: t.j2")

    assert len(found) == len(said), found
    assert all(words in line and "templates/t.j2:1" in line for words, line in zip(said, found, strict=True))


def test_a_missing_theme_is_an_error_unless_the_campaign_waits_for_it(desk: Desk) -> None:
    desk.write("templates/t.j2", "{{ theme('thang-pcmt', level='city') }}")

    [strict] = desk.about("template: t.j2")
    [waiting] = desk.about("template: t.j2\nwaits_for_theme: true")

    assert strict.startswith("c.yaml:5: ") and strict.endswith("hoặc chờ: waits_for_theme: true")
    assert waiting.startswith("lưu ý: c.yaml:5: messages.0.template: templates/t.j2:1: chưa có chủ đề 2027")


def test_a_known_theme_does_not_hide_a_missing_one(desk: Desk) -> None:
    desk.write("templates/t.j2", "{{ theme('thang-pcmt') }}")

    [said] = desk.about('template: t.j2\nwhen: {before: quoc-te-pcmt, days: [0], at: "8:00"}') or [""]
    desk.at = desk.at.replace(month=12)
    [missing] = desk.about('template: t.j2\nwhen: {before: quoc-te-pcmt, days: [0], at: "8:00"}')

    assert said == ""
    assert "chưa có chủ đề 2028" in missing


def full_day(*messages: str) -> str:
    return "campaign: c\nchannels: [bang-tin, masto]\nmessages:\n" + "".join(f"  - {m}\n" for m in messages)


def at(id: str, hour: int, more: str = "") -> str:
    return f"{{id: {id}, text: x, when: {{on: '2027-06-01 {hour:02}:00'}}{more}}}"


def test_a_full_day_is_one_warning_that_names_the_messages(desk: Desk) -> None:
    said = desk.says(full_day(at("a", 8), at("b", 9), at("c", 10), at("d", 11, ", channels: [tele]")))

    assert said == [
        "lưu ý: c.yaml:6: messages.2.when: ngày 01/06/2027: 3 bài trên bang-tin, masto, tối đa 2 (c/a, c/b, c/c); "
        "dời bớt sang ngày khác, hoặc chọn ít kênh hơn"
    ]


def test_a_channel_that_says_more_than_the_others_is_counted_by_itself(desk: Desk) -> None:
    said = desk.says(full_day(at("a", 8), at("b", 9), at("d", 11, ", channels: [masto]")))

    assert len(said) == 1
    assert "3 bài trên masto, tối đa 2 (c/a, c/b, c/d)" in said[0]


def test_what_a_channel_says_of_itself_goes_first(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", CHANNELS.replace("labels: [city]}", "labels: [city], pace: {per_day: 3}}"))

    said = desk.says(full_day(at("a", 8), at("b", 9), at("c", 10)))

    assert len(said) == 1
    assert "3 bài trên masto, tối đa 2" in said[0]


def test_an_emergency_does_not_fill_a_day(desk: Desk) -> None:
    assert desk.says(full_day(at("a", 8), at("b", 9), at("c", 10, ", class: emergency"))) == []


def test_full_days_are_not_a_flood(desk: Desk) -> None:
    said = desk.says(full_day('{id: a, text: x, when: {every: day, at: ["8:00", "9:00", "10:00"]}}'))

    assert len(said) == 20
    assert "có thể còn nữa" in said[-1]


def test_many_messages_on_many_channels_are_counted_in_no_time(desk: Desk) -> None:
    channels = "".join(f"  - {{id: k{i}, network: feed, account: k{i}, labels: [all]}}\n" for i in range(600))
    desk.write("campaigns/channels.yaml", "channels:\n" + channels)
    for c in range(20):
        messages = "".join(
            f"  - {{id: m{i}, text: x, when: {{on: '2027-0{6 + i % 3}-{1 + i % 28:02} {7 + i % 12:02}:{c:02}'}}}}\n"
            for i in range(50)
        )
        desk.write(f"campaigns/c{c}.yaml", f"campaign: c{c}\nchannels: [{{label: all}}]\nmessages:\n{messages}")
    began = time.process_time()

    said = desk.check()

    assert sum("tối đa 2" in str(problem) for problem in said) == 20
    assert time.process_time() - began < 3


def test_a_missing_theme_does_not_hide_what_is_wrong_in_another_year(desk: Desk) -> None:
    desk.write(
        "campaigns/days.yaml", f"days: [{{id: ngay, name: A, date: 1/6, themes: {{2028: {{nation: {'a' * 301}}}}}}}]\n"
    )
    desk.write("templates/t.j2", "{{ theme('ngay') }}")

    said = desk.about('channels: [bsky]\ntemplate: t.j2\nwhen: {before: ngay, days: [0], at: "8:00"}')

    errors = [line for line in said if not line.startswith("lưu ý")]
    assert len(errors) == 2
    assert "bluesky: dài 301" in errors[0]
    assert "chưa có chủ đề 2027" in errors[1]


def test_a_text_whose_turns_all_fall_on_exceptions_is_told(desk: Desk) -> None:
    rule = '{every: sat, at: "8:00", from: 2027-06-05, until: 2027-06-26, except: [2027-06-12, 2027-06-26]}'

    head = "campaign: c\nchannels: [bang-tin]\nmessages:\n"
    said = desk.says(f"{head}  - {{id: t, texts: [a, b], distance: 1, when: {rule}}}\n")
    lost = desk.says(f"{head}  - {{id: t, texts: [a, b, c, d], distance: 1, when: {rule}}}\n")

    assert [line for line in said if "lượt nào" in line] == []
    assert [line.split(": ")[-2] for line in lost if "bài này không có lượt nào" in line] == [
        "messages.0.texts.1", "messages.0.texts.3",
    ]  # fmt: skip
