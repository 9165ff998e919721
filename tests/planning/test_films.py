"""Films on their way: what is refused, with its line; and one and the same film from the file to the post."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.authoring.loader import read_book
from scheduler.channels.contract import MOV, Post, VideoLimits
from scheduler.channels.public_name import PUBLIC_NAME
from scheduler.channels.registry import NETWORKS
from scheduler.composing import cutting_room, footage
from scheduler.errors import PlanRefused
from scheduler.ledger.database import Database
from scheduler.planning.apply import apply
from scheduler.planning.check import Checker
from scheduler.planning.diff import differences
from scheduler.planning.preview import Previewer, as_values
from tests.authoring.desk import CHANNELS, Desk
from tests.composing.films import PLACE, film, of_a_phone
from tests.composing.photos import photo
from tests.planning.desk import Desk as Office
from tests.planning.desk import campaign, message

SHOWN = 'video: {file: video/a.mp4, alt: "Một bạn trẻ nói: không với ma túy"}'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    film(tmp_path / "video" / "a.mp4")
    return desk


@pytest.fixture
def office(tmp_path: Path, database: Database) -> Office:
    return Office(tmp_path / "desk", database)


def takes(monkeypatch: pytest.MonkeyPatch, network: str, video: VideoLimits | None) -> None:
    monkeypatch.setattr(NETWORKS[network], "limits", replace(NETWORKS[network].limits, video=video))


# --- the check ------------------------------------------------------------------------------------------------------


def test_a_good_film_is_not_complained_of(desk: Desk) -> None:
    assert desk.about(f"channels: [bang-tin]\n{SHOWN}") == []


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (VideoLimits(20_000), "feed: video 29.5 KB, tối đa 20 KB; xuất lại nhẹ hơn"),
        (VideoLimits(10**9, types=(MOV,)), "feed: chỉ nhận MOV; xuất lại"),
        (VideoLimits(10**9, seconds=(5, 90)), "feed: video dài 4 giây, nhận từ 5 đến 90; cắt lại"),
        (VideoLimits(10**9, fps=(40, 60)), "feed: video có 30 hình/giây, nhận từ 40 đến 60"),
        (VideoLimits(10**9, ratio=(0.5, 1)), "feed: video 640×360, rộng : cao = 1.778, nhận từ 0.5 đến 1; cắt khung"),
        (VideoLimits(10**9, side=500), "feed: video 640×360, cạnh dài tối đa 500 điểm ảnh"),
        (VideoLimits(10**9, codecs=("H.265",)), "feed: hình nén kiểu H.264, chỉ nhận H.265"),
        (VideoLimits(10**9, sounds=("Opus",)), "feed: tiếng nén kiểu AAC, chỉ nhận Opus"),
        (VideoLimits(10**9, bit_rate=50_000), "feed: 0.1 Mbit/giây, tối đa 0"),
    ],
)
def test_what_a_network_does_not_take_is_said_with_what_was_measured(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, limits: VideoLimits, said: str
) -> None:
    takes(monkeypatch, "feed", limits)

    [line] = desk.about(f"channels: [bang-tin]\n{SHOWN}")

    assert line.startswith(f"c.yaml:6: messages.0.video.file: {said}")


def test_an_index_at_the_end_is_refused_where_it_must_stand_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    of_a_phone(desk.folder / "video" / "a.mp4")
    assert desk.about(f"channels: [bang-tin]\n{SHOWN}") == []
    takes(monkeypatch, "feed", VideoLimits(10**9, index_first=True))

    [line] = desk.about(f"channels: [bang-tin]\n{SHOWN}")

    assert "phần mục lục (moov) nằm cuối tệp" in line


def test_a_network_without_video_and_nothing_else_to_show_is_refused_with_the_remedy(desk: Desk) -> None:
    [line] = desk.about(f"channels: [bang-tin, bsky]\n{SHOWN}")

    assert line.startswith("c.yaml:6: messages.0.video: bluesky: mạng này không nhận video mà thông điệp không có ảnh")
    photo(desk.folder / "a.jpg")
    assert desk.about(f"channels: [bang-tin, bsky]\n{SHOWN}\nimages: [{{file: a.jpg, alt: x}}]") == []


def test_words_for_who_cannot_see_or_hear_are_asked_for(desk: Desk) -> None:
    [line] = desk.about("channels: [bang-tin]\nvideo: {file: video/a.mp4}")

    assert "c.yaml:6: messages.0.video: thiếu alt: vài câu kể trong video thấy gì, nghe gì" in line


def test_a_film_that_is_not_there_or_outside_is_said(desk: Desk) -> None:
    assert "video/b.mp4: không có tệp video này" in desk.about("video: {file: video/b.mp4, alt: x}")[0]
    assert "nằm ngoài thư mục làm việc" in desk.about("video: {file: ../b.mp4, alt: x}")[0]


def test_another_kind_of_film_is_told_how_to_be_exported(desk: Desk) -> None:
    desk.write("video/a.webm", b"\x1aE\xdf\xa3" + bytes(40))

    [line] = desk.about("channels: [bang-tin]\nvideo: {file: video/a.webm, alt: x}")

    assert "video/a.webm: không phải video MP4 hay MOV; mở bằng phần mềm dựng phim rồi xuất sang MP4" in line


def test_a_film_that_was_not_copied_whole_is_damaged(desk: Desk) -> None:
    content = (desk.folder / "video" / "a.mp4").read_bytes()
    desk.write("video/a.mp4", content[:9000])

    [line] = desk.about(f"channels: [bang-tin]\n{SHOWN}")

    assert "messages.0.video.file: a.mp4: tệp phim bị hỏng hoặc chưa chép xong" in line


def test_words_of_a_film_are_examined_like_all_others(desk: Desk) -> None:
    desk.write("campaigns/lint.yaml", "allowed: []\n")
    desk.write("campaigns/hotlines.yaml", "hotlines: []\n")

    said = desk.about('channels: [bang-tin]\nvideo: {file: video/a.mp4, alt: "x", ai: generated}')

    assert any("ảnh do AI tạo" in line for line in said)


def test_a_film_is_measured_once_for_all_messages_and_again_when_it_changes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Path] = []
    real = footage.read_footage
    monkeypatch.setattr(cutting_room, "read_footage", lambda file: measured.append(file) or real(file))
    for _ in range(2):
        desk.about(f"channels: [bang-tin]\n{SHOWN}")
    assert len(measured) == 1
    of_a_phone(desk.folder / "video" / "a.mp4")
    desk.about(f"channels: [bang-tin]\n{SHOWN}")
    assert len(measured) == 2


# --- the post -------------------------------------------------------------------------------------------------------


def written(office: Office, **how: str) -> None:
    film(office.folder / "video" / "a.mp4")
    photo(office.folder / "a.jpg")
    office.write("thu", campaign(message(more=f"{SHOWN}, images: [{{file: a.jpg, alt: x}}]"), **how))


def test_who_takes_video_gets_the_video_and_the_others_the_pictures(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write(
        "channels",
        "channels:\n  - {id: a, network: feed, account: a, unit: x}\n"
        "  - {id: b, network: bluesky, account: b.example, unit: x}\n",
    )
    written(office)
    [part] = office.plan()

    posts = {wanted.channel: part.posts[wanted.digest] for wanted in part.create}

    assert posts["a"].video is not None and posts["a"].images == ()
    assert posts["b"].video is None and len(posts["b"].images) == 1
    assert (posts["a"].video.seconds, posts["a"].video.width, posts["a"].video.alt[:7]) == (4.0, 640, "Một bạn")


def test_what_was_planned_is_kept_without_its_place_under_a_name_nobody_guesses(office: Office) -> None:
    of_a_phone(office.folder / "video" / "a.mp4", tracked=True)
    office.write("thu", campaign(message(more=SHOWN)))
    office.apply()

    video = Post.from_json(office.text("thu/tin-1@once/a")).video

    assert video is not None
    kept = Path(video.file)
    assert PUBLIC_NAME.fullmatch(kept.name) and kept.parent == office.folder / "var" / "media"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == video.sha256
    assert PLACE not in kept.read_bytes()
    assert PLACE in (office.folder / "video" / "a.mp4").read_bytes()  # the author's own stays as it was


def test_a_second_plan_changes_nothing_and_another_film_is_another_post(office: Office) -> None:
    written(office)
    office.apply()
    assert office.apply() == (0, 0, 0)
    film(office.folder / "video" / "a.mp4", padded_to=40_000)
    assert office.apply()[1] == 2


def test_a_film_that_changes_while_it_is_planned_stops_the_plan(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(office)
    planner = office.planner()
    [part] = office.plan()
    assert part.create
    with office.database.reading() as connection:
        list(planner.parts(connection))
    stat = (office.folder / "video" / "a.mp4").stat()
    content = bytearray((office.folder / "video" / "a.mp4").read_bytes())
    content[-1] ^= 1
    (office.folder / "video" / "a.mp4").write_bytes(content)
    os.utime(office.folder / "video" / "a.mp4", ns=(stat.st_atime_ns, stat.st_mtime_ns))

    with pytest.raises(PlanRefused, match="phim vừa bị đổi"):
        apply(planner, office.database, by="Lan")

    assert not list((office.folder / "var" / "media").glob("*.mp4"))
    assert not list((office.folder / "var" / "media").glob(".writing*"))


def test_a_change_of_the_film_is_seen_in_the_diff(office: Office) -> None:
    written(office)
    before = next(iter(office.plan()[0].posts.values()))
    film(office.folder / "video" / "a.mp4", padded_to=40_000)
    after = next(iter(office.plan()[0].posts.values()))

    signs = [line for sign, line in differences(before, after) if sign != " "]

    assert len(signs) == 2 and all("[video " in line for line in signs)


def test_a_preview_shows_a_short_film_and_the_words_of_a_long_one(desk: Desk) -> None:
    desk.about(f"channels: [bang-tin]\n{SHOWN}")
    book = read_book(desk.folder)
    previewer = Previewer(book, desk.settings, desk.composer, desk.at)
    [shown] = previewer.posts(book.campaigns[0], book.campaigns[0].campaign.messages[0])
    video = as_values(shown, book)["video"]
    assert video["src"].startswith("data:video/mp4;base64,") and video["measured"] == "0:04, 640×360, 29.5 KB"
    assert shown.post.video is not None

    long = replace(shown, post=replace(shown.post, video=replace(shown.post.video, size=5_000_000)))

    assert as_values(long, book)["video"]["src"] == ""


def test_a_body_tells_of_its_film_and_a_check_writes_only_what_it_measured(desk: Desk) -> None:
    desk.about(f"channels: [bang-tin]\n{SHOWN}")
    assert Checker(desk.book(), desk.settings, desk.composer, desk.at).check() == []
    [note] = (desk.folder / "var" / "films").iterdir()
    assert json.loads(note.read_text())["sha256"] == ""  # nothing is read whole for a check
    assert not (desk.folder / "var" / "media").exists()
