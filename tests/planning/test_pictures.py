"""Pictures on their way: what is refused, with its line; and one and the same picture from the preview to the post."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from scheduler.authoring.loader import read_book
from scheduler.channels.contract import Post
from scheduler.channels.public_name import PUBLIC_NAME
from scheduler.channels.registry import NETWORKS
from scheduler.daemon.acts import plan_without_approval
from scheduler.errors import LoaError, PlanRefused
from scheduler.ledger.database import Database
from scheduler.planning.apply import apply
from scheduler.planning.check import Checker
from scheduler.planning.preview import Previewer
from scheduler.posting.prune import prune
from tests.authoring.desk import CHANNELS, Desk
from tests.composing.films import film as small_film
from tests.composing.photos import PLACE, film, logo, photo
from tests.planning.desk import Desk as Office
from tests.planning.desk import campaign, message


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    return desk


ALL = "channels: [bang-tin, masto, bsky, tele]\n"


# --- the check ------------------------------------------------------------------------------------------------------


def test_what_can_be_made_to_fit_is_not_complained_of(desk: Desk) -> None:
    photo(desk.folder / "a.jpg", (4600, 3450), turn=6)
    logo(desk.folder / "b.png")

    assert desk.about(ALL + "images: [{file: a.jpg, alt: x}, {file: b.png, alt: y}]") == []
    assert not (desk.folder / "var" / "pictures").exists()


def test_a_picture_that_was_not_copied_whole_is_said_once_at_its_line(desk: Desk) -> None:
    content = photo(desk.folder / "a.jpg").read_bytes()
    desk.write("b.jpg", content[: len(content) // 2])

    [said] = desk.about(ALL + "images:\n  - {file: a.jpg, alt: x}\n  - {file: b.jpg, alt: y}")

    assert said.startswith("c.yaml:8: messages.0.images.1.file: b.jpg: tệp ảnh bị hỏng hoặc chưa chép xong; ")


def test_a_film_is_refused_by_those_networks_alone_on_which_it_would_stand_still(desk: Desk) -> None:
    film(desk.folder / "a.gif")

    said = desk.about(ALL + "images: [{file: a.gif, alt: x}]")

    assert [line.partition(" messages.0.images.0.file: ")[2].partition(":")[0] for line in said] == [
        "bluesky",
        "telegram",
    ]


def test_all_that_is_wrong_with_pictures_and_text_is_said_at_once(desk: Desk) -> None:
    film(desk.folder / "a.gif")
    Image.new("RGB", (2100, 100)).save(desk.folder / "b.png")
    images = "images: [{file: a.gif, alt: x}, {file: b.png, alt: y}, {file: c.png, alt: z}]"

    said = desk.about(f"channels: [tele]\n{images}\ntext: {'a' * 1025}")

    assert len(said) == 4
    for sentence in ("ảnh động sẽ đứng yên", "quá rộng", "c.png: không có tệp ảnh này", "dài 1025 ký tự"):
        assert sum(sentence in line for line in said) == 1, sentence


def test_a_server_that_takes_less_than_its_network_is_heard(desk: Desk) -> None:
    photo(desk.folder / "a.jpg")
    desk.about("channels: [masto]\nimages: [{file: a.jpg, alt: x}]")
    learnt = {"masto": {"image_bytes": 20_000}}

    [problem] = Checker(desk.book(), desk.settings, desk.composer, desk.at, learnt).check()

    assert "mastodon: ảnh 0.1 MB, tối đa 0.0 MB" in str(problem)


def test_a_photo_as_iphones_write_it_is_told_how_to_be_exported(desk: Desk) -> None:
    desk.write("a.heic", b"\0\0\0\x18ftypheic" + bytes(40))

    [said] = desk.about("images: [{file: a.heic, alt: x}]")

    assert "a.heic: ảnh HEIC/AVIF của điện thoại, các mạng không nhận; xuất sang JPEG" in said


@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypmp42", b"\0\0\0\x14ftypqt  ", b"\x1aE\xdf\xa3"])
def test_a_video_among_the_pictures_is_told_where_it_belongs(desk: Desk, head: bytes) -> None:
    desk.write("a.mp4", head + bytes(40))

    [said] = desk.about("images: [{file: a.mp4, alt: x}]")

    assert "a.mp4: đây là video, images chỉ nhận ảnh" in said


def test_a_picture_of_a_hundred_million_pixels_is_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.picture("a.png", 100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 6000)  # Pillow warns from here on, and refuses twice that

    assert desk.about("images: [{file: a.png, alt: x}]") == []


def test_a_picture_of_two_hundred_million_pixels_is_called_too_large(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.picture("a.png", 100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)

    [said] = desk.about("images: [{file: a.png, alt: x}]")

    assert "a.png: ảnh quá lớn" in said


# --- one and the same picture ---------------------------------------------------------------------------------------


def previewed(desk: Desk, lines: str) -> dict[str, Post]:
    desk.about(ALL + lines)
    book = desk.book()
    [authored] = book.campaigns
    preview = Previewer(book, desk.settings, desk.composer, desk.at).message(
        authored, authored.campaign.messages[0], []
    )
    return {shown.network: shown.post for shown in preview.posts}


def test_networks_share_a_post_whose_picture_fits_them_all(desk: Desk) -> None:
    photo(desk.folder / "a.jpg")

    posts = previewed(desk, "images: [{file: a.jpg, alt: x}]")

    assert len({id(post) for post in posts.values()}) == 1


def test_each_network_has_the_picture_that_it_takes(desk: Desk) -> None:
    photo(desk.folder / "a.jpg", (4600, 3450))

    posts = previewed(desk, "images: [{file: a.jpg, alt: x}]")

    assert posts["feed"].digest != posts["bluesky"].digest != posts["telegram"].digest
    for network, post in posts.items():
        assert post.images[0].size <= NETWORKS[network].limits.image_bytes


def test_the_words_are_seen_even_when_a_picture_cannot_be_made(desk: Desk) -> None:
    content = photo(desk.folder / "a.jpg").read_bytes()
    desk.write("a.jpg", content[: len(content) // 2])

    posts = previewed(desk, "images: [{file: a.jpg, alt: x}]\ncard: {headline: A, theme: khong-co}")

    assert [(post.text, post.images) for post in posts.values()] == [("Biết để tránh.", ())] * 4


@pytest.fixture
def office(tmp_path: Path, database: Database) -> Office:
    return Office(tmp_path / "desk", database)


def test_what_is_planned_approved_kept_and_sent_are_the_same_bytes(office: Office) -> None:
    photo(office.folder / "a.jpg", (640, 480), turn=6)
    office.write("thu", campaign(message(more="images: [{file: a.jpg, alt: x}]"), approval="required"))
    [part] = office.plan()
    [planned] = part.posts.values()

    office.apply()
    office.approve()

    kept = Post.from_json(office.text("thu/tin-1@once/a"))
    content = Path(kept.images[0].file).read_bytes()
    assert kept.digest == planned.digest
    assert hashlib.sha256(content).hexdigest() == planned.images[0].sha256
    assert PLACE not in content
    assert Path(kept.images[0].file).is_relative_to(office.folder / "var" / "media")
    assert office.apply() == (0, 0, 0)


def test_a_picture_that_is_changed_while_it_is_planned_stops_the_plan(office: Office) -> None:
    office.picture("a.png", "red")
    office.write("thu", campaign(message(more="images: [{file: a.png, alt: x}]")))
    planner = office.planner()
    with office.database.reading() as connection:
        planner.totals(connection)
    office.picture("a.png", "blue")

    with pytest.raises(PlanRefused, match=r"a\.png: ảnh vừa bị đổi"):
        apply(planner, office.database, by="Lan")


def test_a_picture_that_cannot_be_decoded_stops_the_plan_and_not_the_daemon(office: Office) -> None:
    """Its checksums are right and it is see-through, so only making it shows that there are no pixels in it."""
    (office.folder / "a.png").write_bytes(png(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 6, 0, 0, 0)))
    office.write("thu", campaign(message(more="images: [{file: a.png, alt: x}]")))

    with pytest.raises(LoaError, match=r"thu/tin-1: a\.png: không đọc được ảnh này"):
        plan_without_approval(read_book(office.folder), office.settings, office.database)


@pytest.mark.parametrize("shown", ["images: [{file: a.png, alt: x}]", "video: {file: a.mp4, alt: x}"])
def test_a_plan_touches_the_kept_files_that_it_wants_again(office: Office, shown: str) -> None:
    office.picture("a.png", "red")
    small_film(office.folder / "a.mp4")
    office.write("thu", campaign(message(more=shown)))
    office.apply()
    [file] = (office.folder / "var" / "media").iterdir()
    os.utime(file, (1, 1))
    assert office.apply() == (0, 0, 0)
    assert file.stat().st_mtime == 1  # what is planned already is the ledger's to guard

    office.write("thu", campaign(message(more=shown), message("tin-2", more=shown)))
    office.apply()

    assert file.stat().st_mtime > 1


def test_what_was_pruned_and_is_wanted_again_is_kept_anew(office: Office) -> None:
    office.picture("a.png", "red")
    office.write("thu", campaign(message(more="images: [{file: a.png, alt: x}]")))
    office.apply()
    office.remove("thu")
    assert office.apply()[2] == 2
    [file] = (office.folder / "var" / "media").iterdir()
    os.utime(file, (1, 1))
    prune(office.database, file.parent, office.now)
    assert not file.exists()

    office.write("thu", campaign(message(more="images: [{file: a.png, alt: x}]")))
    office.apply()

    assert file.exists()
    assert str(file) in office.text("thu/tin-1@once/a")


def png(*head: bytes) -> bytes:
    chunks = [head, (b"IDAT", b"no stream of pixels"), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said)) for name, said in chunks
    )


def test_a_kept_picture_bears_a_name_that_nobody_guesses(office: Office) -> None:
    photo(office.folder / "Ảnh của tôi.JPEG")
    office.write("thu", campaign(message(more="images: [{file: Ảnh của tôi.JPEG, alt: x}]")))

    office.apply()

    [file] = (office.folder / "var" / "media").iterdir()
    assert PUBLIC_NAME.fullmatch(file.name)
    assert file.suffix == ".jpg"


def test_a_network_that_fetches_pictures_asks_for_their_address(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NETWORKS["bluesky"], "fetches", True)

    said = desk.about("channels: [bsky]")

    assert [line.partition(": channels.2.")[2] for line in said] == [
        "network: bluesky tự tải ảnh từ một địa chỉ công khai của ta; đặt LOA_MEDIA_URL=... trong tệp .env"
    ]


def test_a_folder_of_made_pictures_that_is_lost_costs_no_approval(office: Office) -> None:
    photo(office.folder / "a.jpg", (640, 480), turn=6)
    office.write("thu", campaign(message(more="images: [{file: a.jpg, alt: x}]"), approval="required"))
    office.apply()
    office.approve()
    for file in (office.folder / "var" / "pictures").iterdir():
        file.unlink()

    assert office.apply() == (0, 0, 0)
    assert office.waiting() == []
    assert json.loads(office.text("thu/tin-1@once/a"))["images"][0]["mime"] == "image/jpeg"
