"""Covers: whose is shown, on which networks, what is wrong with one, and one and the same from the plan to the post."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from scheduler import clock
from scheduler.authoring.recurrence import Occurrence
from scheduler.channels.contract import Post
from scheduler.composing.compose import Composed
from scheduler.ledger.database import Database
from scheduler.ledger.pictures import needed
from scheduler.planning.diff import differences
from scheduler.planning.preview import Previewer, as_values
from scheduler.settings import Settings
from tests.authoring.desk import Desk
from tests.composing.films import film
from tests.composing.photos import PLACE, photo
from tests.planning.desk import Desk as Office
from tests.planning.desk import campaign, message

CHANNELS = """\
channels:
  - {id: bang-tin, network: feed, account: a}
  - {id: oa, network: zalo, account: "1", credentials: {app_id: env:MASTO, app_secret: env:MASTO}}
"""
BOTH = "campaign: c\nchannels: [bang-tin, oa]\n"
TIN = 'messages:\n  - {id: tin, text: Xin chào, when: {on: "2027-06-01 08:00"}'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(tmp_path)
    settings = Settings(tmp_path, desk.secrets, vault_key="x", media_url="https://loa.example.vn/media")
    monkeypatch.setattr(Desk, "settings", settings)
    desk.write("campaigns/channels.yaml", CHANNELS)
    for name in ("bia", "chung", "anh"):
        photo(tmp_path / f"{name}.jpg", (64, 36 + len(name)))
    return desk


def composed(desk: Desk, content: str) -> dict[str, Post]:
    """Write a campaign and return the post of its first message on each network."""
    desk.write("campaigns/c.yaml", content)
    assert [problem for problem in desk.check() if not problem.warning] == []
    book = desk.book()
    [authored] = book.campaigns
    previewer = Previewer(book, desk.settings, desk.composer, desk.at)
    return {shown.network: shown.post for shown in previewer.posts(authored, authored.campaign.messages[0])}


OWN = "cover: {file: bia.jpg, alt: Bìa riêng}"
COMMON = "cover: {file: chung.jpg, alt: Bìa chung}\n"
IMAGES = "images: [{file: anh.jpg, alt: Ảnh}]"


@pytest.mark.parametrize(
    ("common", "own", "shown"),
    [
        (COMMON, "", "Bìa chung"),
        (COMMON, OWN, "Bìa riêng"),
        (COMMON, f"{OWN}, {IMAGES}", "Bìa riêng"),
        ("", f"{OWN}, {IMAGES}", "Bìa riêng"),
        (COMMON, IMAGES, None),  # the first picture is the cover
    ],
)
def test_a_message_has_its_own_cover_else_its_first_picture_else_that_of_its_campaign(
    desk: Desk, common: str, own: str, shown: str | None
) -> None:
    posts = composed(desk, BOTH + common + TIN + (f", {own}" if own else "") + "}")

    assert (posts["zalo"].cover and posts["zalo"].cover.alt) == shown
    assert posts["feed"].cover is None


def test_only_a_network_with_a_place_for_it_has_a_cover_in_its_fingerprint(desk: Desk) -> None:
    without = composed(desk, BOTH + TIN + f", {IMAGES}}}")
    with_cover = composed(desk, BOTH + TIN + f", {OWN}, {IMAGES}}}")

    assert with_cover["feed"].digest == without["feed"].digest
    assert with_cover["zalo"].digest != without["zalo"].digest


def test_a_cover_is_converted_as_its_network_takes_it_and_says_no_place(desk: Desk) -> None:
    photo(desk.folder / "bia.jpg", (4600, 2600))

    cover = composed(desk, BOTH + TIN + f", {OWN}}}")["zalo"].cover

    assert cover is not None and cover.mime == "image/jpeg" and cover.size <= 800_000
    assert PLACE not in Path(cover.file).read_bytes()


def test_a_zalo_message_without_any_cover_is_refused_at_its_line(desk: Desk) -> None:
    said = desk.says(BOTH + TIN + "}")

    assert len(said) == 1
    assert said[0].startswith("c.yaml:4: messages.0: zalo: bài bắt buộc có ảnh bìa; thêm cover: {file:")


def test_the_option_stands_in_and_is_said_to_be_no_part_of_what_is_approved(desk: Desk) -> None:
    desk.write("campaigns/channels.yaml", CHANNELS.rstrip("}\n") + '},\n     options: {cover: "https://a.vn/b.jpg"}}\n')

    [said] = desk.says(BOTH + TIN + "}")

    assert said.startswith("lưu ý: channels.yaml:4: channels.1.options: bìa theo options.cover không nằm trong bài")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("cover: {file: khong-co.jpg, alt: x}\n" + TIN + "}", "c.yaml:3: cover.file: khong-co.jpg: không có tệp ảnh"),
        ("cover: {file: chung.jpg}\n" + TIN + "}", "c.yaml:3: cover: thiếu alt"),
        (TIN + ", cover: {file: khong-co.jpg, alt: x}}", "c.yaml:4: messages.0.cover.file: khong-co.jpg: không có"),
        (TIN + ", cover: {file: hong.jpg, alt: x}}", "c.yaml:4: messages.0.cover.file: hong.jpg: tệp ảnh bị hỏng"),
        ("cover: {file: hong.jpg, alt: x}\n" + TIN + "}", "c.yaml:3: cover.file: hong.jpg: tệp ảnh bị hỏng"),
        (TIN + ", cover: {fil: bia.jpg, alt: x}}", "c.yaml:4: messages.0.cover.fil: không có khoá này"),
    ],
)
def test_what_is_wrong_with_a_cover_is_said_once_at_its_line(desk: Desk, written: str, said: str) -> None:
    content = (desk.folder / "bia.jpg").read_bytes()
    desk.write("hong.jpg", content[: len(content) // 2])

    found = desk.says(BOTH + written)

    assert len([line for line in found if said in line]) == 1
    assert not any("bắt buộc có ảnh bìa" in line for line in found)


def test_words_of_a_cover_are_held_against_the_rules(desk: Desk) -> None:
    desk.write("campaigns/hotlines.yaml", "hotlines: []\n")

    said = desk.says(BOTH + TIN + ', cover: {file: bia.jpg, alt: "x", ai: generated}}')

    assert any("ảnh do AI tạo" in line for line in said)


def test_a_preview_shows_the_cover_and_does_without_one_that_cannot_be_made(desk: Desk) -> None:
    content = (desk.folder / "bia.jpg").read_bytes()
    desk.write("hong.jpg", content[: len(content) // 2])

    def shown(file: str) -> list[object]:
        desk.write("campaigns/c.yaml", BOTH + TIN + f", cover: {{file: {file}, alt: Bìa}}}}")
        book = desk.book()
        [authored] = book.campaigns
        previewer = Previewer(book, desk.settings, desk.composer, desk.at)
        preview = previewer.message(authored, authored.campaign.messages[0], [])
        return [as_values(one, book)["cover"] for one in preview.posts if one.network == "zalo"]

    [seen] = shown("bia.jpg")
    assert isinstance(seen, dict) and seen["src"].startswith("data:image/jpeg") and seen["alt"] == "Bìa"
    assert shown("hong.jpg") == [None]


# --- from the plan to the post --------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path, database: Database) -> Office:
    office = Office(tmp_path / "desk", database)
    office.write("channels", CHANNELS)
    photo(office.folder / "a.jpg", (640, 360), turn=6)
    return office


KEY = "thu/tin-1@once/oa"


def test_the_cover_that_is_approved_is_kept_and_served(office: Office) -> None:
    office.write("thu", campaign(message(more="cover: {file: a.jpg, alt: x}"), channels="[oa]"))
    [part] = office.plan()
    [planned] = part.posts.values()

    office.apply()

    kept = Post.from_json(office.text(KEY))
    assert kept.digest == planned.digest and kept.cover is not None
    assert Path(kept.cover.file).parent == office.folder / "var" / "media"
    with office.database.reading() as connection:
        assert needed(connection, Path(kept.cover.file).name, clock.micros(office.now))
    assert office.apply() == (0, 0, 0)


def test_another_cover_voids_the_approval(office: Office) -> None:
    office.write("thu", campaign(message(more="cover: {file: a.jpg, alt: x}"), channels="[oa]", approval="required"))
    office.apply()
    office.approve()
    before = Post.from_json(office.text(KEY))
    photo(office.folder / "a.jpg", (640, 360))

    office.apply()

    after = Post.from_json(office.text(KEY))
    assert [row.key for row in office.waiting()] == [KEY]
    assert [sign for sign, _ in differences(before, after)] == ["-", "+", " "]


def test_a_cover_is_that_of_the_group_it_was_composed_for(desk: Desk) -> None:
    desk.write("campaigns/c.yaml", BOTH + COMMON + TIN + "}")
    [authored] = desk.book().campaigns
    composer = desk.composer
    [said] = authored.campaign.messages
    channels = authored.channels_of(said, desk.book())

    found: list[Composed] = list(composer.compose(authored.campaign, said, Occurrence("once", desk.at), channels))

    assert [[entry.id for entry in one.channels] for one in found] == [["bang-tin"], ["oa"]]


# --- before a film --------------------------------------------------------------------------------------------------

FILM = 'video: {file: a.mp4, alt: Phim}, title: "Biết để tránh"'
YOUTUBE = (
    '  - {id: phim, network: youtube, account: "UC1", credentials: {client_id: env:MASTO, client_secret: env:MASTO}}\n'
)
ALL = "campaign: c\nchannels: [bang-tin, oa, phim]\n"


@pytest.fixture
def cinema(desk: Desk) -> Desk:
    """A desk with a film, and a channel that shows it behind a cover."""
    desk.write("campaigns/channels.yaml", CHANNELS + YOUTUBE)
    film(desk.folder / "a.mp4")
    for name in ("bia", "chung"):
        photo(desk.folder / f"{name}.jpg", (1280, 720))
    return desk


@pytest.mark.parametrize(
    ("common", "own", "before_the_film", "before_the_article"),
    [
        (COMMON, IMAGES, "Bìa chung", None),  # the picture is the article's cover, and nowhere to be seen with the film
        (COMMON, f"{OWN}, {IMAGES}", "Bìa riêng", "Bìa riêng"),
        ("", IMAGES, None, None),
    ],
)
def test_a_film_has_the_cover_of_its_message_else_of_its_campaign(
    cinema: Desk, common: str, own: str, before_the_film: str | None, before_the_article: str | None
) -> None:
    posts = composed(cinema, ALL + common + TIN + f", {FILM}, {own}}}")

    covers = {network: post.cover and post.cover.alt for network, post in posts.items()}
    assert covers == {"youtube": before_the_film, "zalo": before_the_article, "feed": None}
    assert posts["youtube"].video is not None and posts["zalo"].video is None


def test_a_film_without_a_cover_keeps_its_fingerprint(cinema: Desk) -> None:
    post = composed(cinema, ALL + TIN + f", {FILM}, {IMAGES}}}")["youtube"]

    assert "cover" not in json.loads(post.to_json())
    assert post.digest != composed(cinema, ALL + COMMON + TIN + f", {FILM}, {IMAGES}}}")["youtube"].digest


def test_a_cover_before_a_film_is_no_larger_than_it_is_shown_and_says_no_place(cinema: Desk) -> None:
    photo(cinema.folder / "bia.jpg", (3840, 2160))

    cover = composed(cinema, ALL + TIN + f", {FILM}, {IMAGES}, {OWN}}}")["youtube"].cover

    assert cover is not None and cover.size <= 2_000_000
    assert PLACE not in Path(cover.file).read_bytes()
    with Image.open(cover.file) as shown:
        assert shown.size == (1280, 720)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((1280, 720), ""),
        ((640, 360), ""),
        ((1000, 1000), "không đúng khuôn 1280×720, mạng sẽ thêm viền đen; cắt còn 1000×562"),
        ((2560, 1080), "cắt còn 1920×1080"),
        ((320, 180), "chỉ rộng 320 điểm ảnh"),
    ],
)
@pytest.mark.parametrize("place", ["campaign", "message"])
def test_a_cover_that_would_look_poor_before_a_film_is_told_once_and_refused_by_nobody(
    cinema: Desk, size: tuple[int, int], said: str, place: str
) -> None:
    photo(cinema.folder / "bia.jpg", size)
    written = f"{OWN}\n{TIN}" if place == "campaign" else f"{TIN}, {OWN}"
    second = f'}}\n  - {{id: tin-2, text: Chào, {FILM}, {IMAGES}, when: {{on: "2027-06-02 08:00"}}}}\n'

    found = [line for line in cinema.says(f"{ALL}{written}, {FILM}, {IMAGES}{second}") if "ảnh bìa" in line]

    assert len(found) == bool(said)
    at = "c.yaml:3: cover.file" if place == "campaign" else "c.yaml:4: messages.0.cover.file"
    assert all(line.startswith(f"lưu ý: {at}: youtube: ") and said in line for line in found)


def test_where_the_film_is_not_shown_nothing_is_said_of_its_cover(cinema: Desk) -> None:
    photo(cinema.folder / "bia.jpg", (300, 300))

    found = cinema.says("campaign: c\nchannels: [oa]\n" + TIN + f", {FILM}, {IMAGES}, {OWN}}}")

    assert not any("viền đen" in line for line in found)


def test_a_campaign_cover_that_is_broken_is_said_also_where_only_a_film_would_show_it(cinema: Desk) -> None:
    content = (cinema.folder / "chung.jpg").read_bytes()
    cinema.write("chung.jpg", content[: len(content) // 2])

    found = cinema.says(ALL + COMMON + TIN + f", {FILM}, {IMAGES}}}")

    assert len([line for line in found if "c.yaml:3: cover.file: chung.jpg: tệp ảnh bị hỏng" in line]) == 1
    shown = {post["network"]: post for post in previewed(cinema)}
    assert (shown["youtube"]["cover"], shown["youtube"]["video"]["alt"]) == (None, "Phim")
    assert [image["alt"] for image in shown["zalo"]["images"]] == ["Ảnh"]


def previewed(desk: Desk) -> list[dict[str, Any]]:
    """Return what a preview shows of the first message."""
    book = desk.book()
    [authored] = book.campaigns
    previewer = Previewer(book, desk.settings, desk.composer, desk.at)
    return [as_values(one, book) for one in previewer.message(authored, authored.campaign.messages[0], []).posts]


def test_the_words_of_a_campaigns_cover_before_a_film_are_held_against_the_rules(cinema: Desk) -> None:
    cinema.write("campaigns/hotlines.yaml", "hotlines: []\n")
    common = "cover: {file: chung.jpg, alt: Bìa chung, ai: generated}\n"

    said = cinema.says(ALL + common + TIN + f", {FILM}, {IMAGES}}}")

    assert any("ảnh do AI tạo" in line for line in said)


def test_a_preview_shows_the_cover_before_the_film(cinema: Desk) -> None:
    cinema.write("campaigns/c.yaml", ALL + TIN + f", {FILM}, {IMAGES}, {OWN}}}")

    [seen] = [post for post in previewed(cinema) if post["network"] == "youtube"]
    assert (seen["cover"]["alt"], seen["video"]["alt"]) == ("Bìa riêng", "Phim")
