"""`loa calendar`, `loa card` and the page of `loa preview`: what people look at before anything is said."""

from __future__ import annotations

import json
import webbrowser
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar
from PIL import Image

from scheduler import clock
from scheduler.errors import CampaignError, NotFoundInLedger, SettingsError
from tests.authoring.desk import CHANNELS, Desk
from tests.cli.test_init import run
from tests.html import Page

NOW = datetime(2027, 6, 3, 2, tzinfo=UTC)
CAMPAIGN = """\
campaign: c
title: Chiến dịch
channels: [bang-tin, masto]
approval: none
messages:
  - {id: mot, title: Mở đầu, text: Gọi 113, when: {on: "2027-06-10 08:00"}, card: {headline: Gọi 113}}
  - {id: hai, text: Gọi 111, when: {every: mon, at: "19:30", from: 2027-06-01, until: 2027-07-31}, channels: [bang-tin]}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/c.yaml", CAMPAIGN)
    return desk


def test_the_month_is_a_grid_a_list_and_a_legend(desk: Desk) -> None:
    code, said = run("-w", desk.folder, "calendar")

    assert code == 0
    for words in (
        "Tháng 6 năm 2027",
        "T2",
        "CN",
        "[3]",
        "A:1",
        "T5 10/06 08:00  A  Mở đầu  mot",
        "2 kênh",
        "A  c  Chiến dịch  5",
    ):
        assert words in said


def test_a_year_is_twelve_small_months(desk: Desk) -> None:
    _, said = run("-w", desk.folder, "calendar", "--year", "2027")

    assert said.count("năm 2027") == 12
    assert "Tháng 6 năm 2027 (5)" in said
    assert "Tháng 7 năm 2027 (4)" in said
    assert "Tháng 8 năm 2027 (0)" in said


@pytest.mark.parametrize("month", ["2027-07", "7/2027", "07-2027"])
def test_a_month_is_written_as_people_write_it(desk: Desk, month: str) -> None:
    _, said = run("-w", desk.folder, "calendar", "--month", month, "--json")

    assert [entry["key"] for entry in json.loads(said)] == [f"c/hai@2027-07-{day:02}" for day in (5, 12, 19, 26)]


@pytest.mark.parametrize("month", ["2027-13", "06", "1999-01", "tháng 6"])
def test_what_is_no_month_is_refused_with_an_example(desk: Desk, month: str) -> None:
    with pytest.raises(SettingsError, match="ví dụ đúng: 2027-06"):
        run("-w", desk.folder, "calendar", "--month", month)


def test_month_and_year_together_are_refused(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="chỉ một trong hai"):
        run("-w", desk.folder, "calendar", "--month", "2027-06", "--year", "2027")


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [("--channel", "mast", "masto"), ("--unit", "ha-dongg", "ha-dong"), ("--campaign", "d", "không có chiến dịch d")],
)
def test_what_is_unknown_is_said_with_the_nearest(desk: Desk, option: str, value: str, hint: str) -> None:
    with pytest.raises(NotFoundInLedger, match=hint):
        run("-w", desk.folder, "calendar", option, value)


@pytest.mark.parametrize(("option", "value"), [("--channel", "masto"), ("--unit", "ha-dong")])
def test_only_what_is_asked_for_is_shown(desk: Desk, option: str, value: str) -> None:
    _, said = run("-w", desk.folder, "calendar", option, value, "--json")

    [entry] = json.loads(said)
    assert entry["channels"] == [{"channel": "masto", "state": "in files"}]


def test_files_are_written_and_said(desk: Desk) -> None:
    page, ics = desk.folder / "ra" / "lich.html", desk.folder / "ra" / "lich.ics"

    code, said = run("-w", desk.folder, "calendar", "--html", page, "--ics", ics)

    assert code == 0
    assert said.count("(5 bài)") == 2
    assert Page(page.read_text("utf-8")).unclosed == []
    assert len(Calendar.from_ical(ics.read_bytes()).walk("VEVENT")) == 5


def test_a_file_that_cannot_be_written_is_said_so(desk: Desk) -> None:
    with pytest.raises(SettingsError, match="không ghi được"):
        run("-w", desk.folder, "calendar", "--html", desk.folder)


def test_the_calendar_makes_no_ledger_and_reads_the_one_that_is_there(desk: Desk) -> None:
    run("-w", desk.folder, "calendar")
    assert not (desk.folder / "var" / "loa.db").exists()

    run("-w", desk.folder, "apply")
    _, said = run("-w", desk.folder, "calendar", "--json")

    assert {c["state"] for entry in json.loads(said) for c in entry["channels"]} == {"scheduled"}


def test_a_broken_file_is_named_beneath_the_calendar(desk: Desk) -> None:
    desk.write("campaigns/hong.yaml", "campaign: hong\nmesages: []\n")

    _, said = run("-w", desk.folder, "calendar")

    assert "Chưa đọc được: hong" in said


def test_a_preview_of_a_whole_campaign_is_one_page(desk: Desk) -> None:
    file = desk.folder / "xem.html"

    code, said = run("-w", desk.folder, "preview", "c", "--html", file)

    shown = Page(file.read_text("utf-8"))
    assert (code, shown.unclosed) == (0, [])
    assert "3 bài khác nhau" in said
    assert [words for words in ("Bảng tin", "Mastodon", "Gọi 111") if words not in shown.text] == []
    assert len(shown.of("img")) == 2


def test_a_preview_shows_what_cannot_be_applied_yet(desk: Desk) -> None:
    desk.write("campaigns/c.yaml", CAMPAIGN.replace("headline: Gọi 113", "headline: Gọi 113, theme: xanh"))
    file = desk.folder / "xem.html"

    assert run("-w", desk.folder, "preview", "c/mot", "--html", file)[0] == 0

    assert 'không có bộ màu "xanh"' in Page(file.read_text("utf-8")).text


def test_the_page_is_opened_from_the_folder_of_loa(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)

    run("-w", desk.folder, "preview", "c/mot", "--open")

    assert opened == [(desk.folder / "var" / "preview.html").absolute().as_uri()]


def test_a_card_is_written_in_every_size(desk: Desk) -> None:
    folder = desk.folder / "the"

    code, said = run("-w", desk.folder, "card", "c/mot", "--out", folder)

    assert code == 0
    sizes = {file.stem.removeprefix("c-mot-"): Image.open(file).size for file in folder.iterdir()}
    assert sizes == {
        "ngang": (1200, 630), "rong": (1600, 900), "vuong": (1080, 1080), "dung": (1080, 1350), "tin-ngan": (1080, 1920),
    }  # fmt: skip
    assert said.count("(cỡ của kênh)") == 1
    assert "alt: Gọi 113." in said


def test_a_size_that_does_not_fit_is_an_error_only_for_who_uses_it(desk: Desk) -> None:
    long = "Mỗi gia đình cùng trò chuyện với con, tìm hiểu pháp luật và sẻ chia " * 4
    campaign = CAMPAIGN.replace("headline: Gọi 113", f'headline: "{long}", hotline: "113", unit: Công an')
    desk.write("campaigns/c.yaml", campaign.replace("[bang-tin, masto]", "[bang-tin, tele]"))

    code, said = run("-w", desk.folder, "card", "c/mot", "--out", desk.folder / "the", "--json")
    rows = {(row["width"], row["height"]): row["problem"] for row in json.loads(said)}

    assert code == 0
    assert rows[1200, 630] is None
    assert "thẻ 1080 x 1080 chỉ vừa khoảng" in rows[1080, 1080]
    with pytest.raises(CampaignError) as refused:
        run("-w", desk.folder, "card", "c/mot", "--out", desk.folder / "the", "--channel", "tele")
    assert refused.value.problems[0].line == 6


def test_a_message_without_card_and_a_strange_channel_are_refused(desk: Desk) -> None:
    with pytest.raises(NotFoundInLedger, match="chưa có thẻ"):
        run("-w", desk.folder, "card", "c/hai", "--out", desk.folder)
    with pytest.raises(NotFoundInLedger, match="không đăng trên kênh tele"):
        run("-w", desk.folder, "card", "c/mot", "--out", desk.folder, "--channel", "tele")


FORMATTED = """\
campaign: d
channels: [bang-tin, masto]
messages:
  - id: mot
    formatted: true
    text: '<b>Gọi 113</b> &amp; <a href="https://hanoi.gov.vn/x">đọc thêm</a>'
    when: {on: "2027-06-10 08:00"}
"""


def test_whoever_looks_sees_what_is_set_out_and_where_links_lead(desk: Desk) -> None:
    desk.write("campaigns/d.yaml", FORMATTED)

    _, said = run("-w", desk.folder, "preview", "d")
    assert "Gọi 113 & đọc thêm" in [line.strip("│ ") for line in said.split("\n")]
    assert "[liên kết: đọc thêm → https://hanoi.gov.vn/x]" in said
    assert "Gọi 113 & đọc thêm (https://hanoi.gov.vn/x)" in said
    assert said.count("mạng này chỉ hiện chữ thường") == 1
    listed = json.loads(run("-w", desk.folder, "preview", "d", "--json")[1])
    assert [(len(post["spans"]), bool(post["note"])) for post in listed] == [(2, False), (0, True)]
    assert listed[0]["spans"][0] == {"tag": "b", "offset": 0, "length": 7, "url": ""}


def test_whoever_approves_sees_the_tags(desk: Desk) -> None:
    desk.write("campaigns/d.yaml", FORMATTED)
    source = '<b>Gọi 113</b> &amp; <a href="https://hanoi.gov.vn/x">đọc thêm</a>'

    planned = json.loads(run("-w", desk.folder, "plan", "--json")[1])["changes"]
    assert [change.get("formatted") for change in planned if change["key"].startswith("d/")] == [source, None]
    assert source in run("-w", desk.folder, "plan")[1]
    assert run("-w", desk.folder, "apply")[0] == 0
    _, said = run("-w", desk.folder, "approve", "d", "--by", "Lan")
    assert source in said
