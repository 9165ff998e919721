"""Channels that send on what another publishes: their entry, their messages, their hours, their days and months."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.planning.check import Checker
from scheduler.settings import Settings
from tests.authoring.desk import Desk

OA = '  - {id: oa, network: zalo, account: "1", unit: hn, credentials: {app_id: env:MASTO, app_secret: env:MASTO}}\n'
GUI = '  - {id: gui, network: zalo_broadcast, account: "1", unit: hn, options: {of: oa}}\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    settings = Settings(tmp_path, desk.secrets, vault_key="x", media_url="https://loa.example.vn/media")
    monkeypatch.setattr(Desk, "settings", settings)
    desk.write("campaigns/channels.yaml", f"channels:\n{OA}{GUI}")
    desk.picture("a.png")
    return desk


def campaign(*whens: str, channels: str = "[oa, gui]", more: str = "") -> str:
    """Return a campaign with a message for each time."""
    messages = [
        f"  - {{id: m{i}, text: Xin chào {i}, images: [{{file: a.png, alt: x}}], when: {when}{more}}}\n"
        for i, when in enumerate(whens)
    ]
    return f"campaign: c\nchannels: {channels}\nmessages:\n" + "".join(messages)


GOOD = '{on: "2027-06-01 08:00"}'


def test_an_article_and_its_broadcast_are_nothing_to_complain_of(desk: Desk) -> None:
    assert desk.says(campaign(GOOD)) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (GUI.replace("{of: oa}", "{}"), "channels.1.options: of phải là mã một kênh zalo trong tệp này (oa)"),
        (GUI.replace("of: oa", "of: oaa"), 'channels.1.options.of: of phải là mã một kênh zalo trong tệp này; ý bạn là "oa"'),
        (GUI.replace("of: oa", "of: gui"), "channels.1.options.of: of phải là mã một kênh zalo"),
        (GUI.replace('"1"', '"2"'), "channels.1.account: phải giống kênh oa: 1"),
        (GUI.replace("unit: hn", "unit: hue"), "channels.1.unit: phải giống kênh oa: hn"),
        (GUI.replace("of: oa", "of: oa, hours: 6h-21h"), "channels.1.options.hours: phải là khoảng giờ"),
        (
            GUI.replace("unit: hn", "unit: hn, credentials: {refresh_token: env:MASTO}"),
            "channels.1.credentials.refresh_token: zalo_broadcast không dùng khoá này",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_its_entry_is_said_at_its_line(desk: Desk, entry: str, said: str) -> None:
    desk.write("campaigns/channels.yaml", f"channels:\n{OA}{entry}")

    found = desk.says(campaign(GOOD, channels="[oa]"))

    assert [line for line in found if line.startswith(f"channels.yaml:3: {said}")], found


def test_a_message_that_is_not_published_cannot_be_sent_on(desk: Desk) -> None:
    [said] = desk.says(campaign(GOOD, channels="[gui]"))

    assert said.startswith("c.yaml:4: messages.0: kênh gui gửi bài của kênh oa, mà thông điệp này không đăng ở đó")


def test_a_broadcast_has_no_words_of_its_own_and_has_those_of_its_channel(desk: Desk) -> None:
    content = campaign(GOOD, more=", words: {zalo: Riêng Zalo, zalo_broadcast: Khác}")

    [said] = desk.says(content)

    assert said.startswith("c.yaml:4: messages.0.words.zalo_broadcast: zalo_broadcast gửi đúng bài của zalo")
    [authored] = desk.book().campaigns
    [message] = authored.campaign.messages
    posts = [words.text for words, _ in desk.composer.groups(message, authored.channels_of(message, desk.book()))]
    assert posts == ["Riêng Zalo"]


def test_outside_its_hours_a_message_is_refused_at_its_line(desk: Desk) -> None:
    [said] = desk.says(campaign('{on: "2027-06-01 21:30"}'))

    assert said == "c.yaml:4: messages.0.when.on: gui: 21:30 ngoài giờ gửi; sớm nhất sau đó: 06:00"


def test_what_would_be_laid_out_beyond_its_hours_is_refused(desk: Desk) -> None:
    [said] = desk.says(campaign('{on: "2027-06-01 21:00"}', more=", spread: 30m"))

    assert "gui: 21:30 ngoài giờ gửi" in said


def test_an_emergency_at_night_is_only_warned_of(desk: Desk) -> None:
    [said] = desk.says(campaign('{on: "2027-06-01 23:00"}', more=", class: emergency"))

    assert said.startswith("lưu ý: c.yaml:4: messages.0.when.on: gui: 23:00 ngoài giờ gửi")


def test_a_second_one_on_a_day_is_refused(desk: Desk) -> None:
    [said] = desk.says(campaign(GOOD, '{on: "2027-06-01 16:00"}'))

    assert said.startswith(
        "c.yaml:5: messages.1.when: gui: lượt 16:00 01/06 vượt mức: 2 bài trong 01/06/2027, tối đa 1"
    )


def test_one_more_than_a_month_has_room_for_is_refused(desk: Desk) -> None:
    said = desk.says(campaign('{every: [mon], at: "08:00", from: 2027-06-01, until: 2027-07-31}', GOOD))

    assert [line.split("; dời")[0] for line in said] == [
        "c.yaml:4: messages.0.when: gui: lượt 08:00 28/06 vượt mức: 5 bài trong 06/2027, tối đa 4"
    ]


def test_what_was_said_this_month_already_counts(desk: Desk) -> None:
    desk.write("campaigns/c.yaml", campaign('{on: "2027-05-20 08:00"}'))

    def excess(spent: int) -> list[str]:
        checker = Checker(desk.book(), desk.settings, desk.composer, desk.at, spent={"gui": spent})
        return [str(problem) for problem in checker.check()]

    assert excess(3) == []
    assert "5 bài trong 05/2027, tối đa 4" in excess(4)[0]


def test_the_month_of_another_network_is_bound_only_where_it_is_written(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", f"channels:\n{OA.replace('unit: hn', 'unit: hn, pace: {per_month: 1}')}{GUI}")

    [said] = desk.says(campaign(GOOD, '{on: "2027-06-02 08:00"}'))

    assert "oa: lượt 08:00 02/06 vượt mức: 2 bài trong 06/2027, tối đa 1" in said
