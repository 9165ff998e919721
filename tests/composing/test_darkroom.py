"""The darkroom: what a person photographed becomes what each network takes, and tells nobody where it was taken."""

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFile, ImageOps

from scheduler.channels.contract import GIF, JPEG, PNG, Picture
from scheduler.channels.registry import NETWORKS
from scheduler.composing import darkroom as darkroom_module
from scheduler.composing.card import Content, draw
from scheduler.composing.darkroom import Darkroom, unusable
from scheduler.composing.frame import Frame, frame_of
from scheduler.composing.negative import PictureError
from scheduler.composing.palettes import THEMES, USUAL
from scheduler.errors import SettingsError
from tests.composing.photos import PLACE, exif, film, logo, photo, scene, swapped

JPEG_ONLY = Frame((JPEG,), 8_000_000, 1440, (0.8, 1.91))  # as Instagram has it


def shown(picture: Picture) -> Image.Image:
    content = Path(picture.file).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (picture.sha256, picture.size)
    with Image.open(io.BytesIO(content)) as opened:
        assert Image.MIME[opened.format or ""] == picture.mime
        opened.load()
        return opened


def made(folder: Path, name: str = "a.jpg", frame: Frame | None = None) -> Picture:
    return Darkroom(folder).picture(name, "alt", frame or frame_of("mastodon"))


def is_red(picture: Image.Image, x: int, y: int) -> bool:
    red, green, blue = picture.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return red > 200 and green < 70 and blue < 70


# --- what nobody must learn -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("size", "turn"), [((320, 240), 1), ((320, 240), 6), ((5000, 2000), 1)])
def test_where_a_photo_was_taken_never_leaves_the_house(
    tmp_path: Path, network: str, size: tuple[int, int], turn: int
) -> None:
    photo(tmp_path / "a.jpg", size, turn)

    out = made(tmp_path, frame=frame_of(network))

    content = Path(out.file).read_bytes()
    assert PLACE not in content and b"Exif" not in content
    assert not shown(out).getexif()


def test_a_photo_that_fits_keeps_every_pixel_when_its_place_is_taken_out(tmp_path: Path) -> None:
    file = photo(tmp_path / "a.jpg")

    with Image.open(file) as before:
        assert shown(made(tmp_path)).tobytes() == before.tobytes()


def test_a_picture_that_fits_and_tells_nothing_goes_out_as_it_lies_there(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.jpg")

    assert made(tmp_path).file == str(tmp_path / "a.jpg")
    assert not (tmp_path / "var").exists()


# --- what everybody must see ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photo_stands_upright_however_the_phone_was_held(tmp_path: Path, turn: int) -> None:
    file = photo(tmp_path / "a.jpg", turn=turn)

    out = shown(made(tmp_path))

    with Image.open(file) as before:
        seen = ImageOps.exif_transpose(before)
    red = [(x, y) for x in (5, seen.width - 6) for y in (5, seen.height - 6) if is_red(seen, x, y)]
    assert out.size == seen.size
    assert [(x, y) for x in (5, out.width - 6) for y in (5, out.height - 6) if is_red(out, x, y)] == red
    assert len(red) == 1


@pytest.mark.parametrize("network", ["mastodon", "bluesky", "telegram"])
def test_a_huge_photo_is_made_to_fit(tmp_path: Path, network: str) -> None:
    photo(tmp_path / "a.jpg", (4600, 3450), turn=8)
    limits = NETWORKS[network].limits

    out = made(tmp_path, frame=frame_of(network))

    width, height = shown(out).size
    assert out.size <= limits.image_bytes
    assert max(width, height) == limits.image_side
    assert abs(width / height - 3450 / 4600) < 0.01


def test_a_photo_of_a_hundred_million_pixels_is_taken(tmp_path: Path) -> None:
    Image.new("L", (11_600, 8_700), 128).save(tmp_path / "a.jpg")

    assert shown(made(tmp_path)).size == (3840, 2880)


def test_quality_and_then_size_are_lowered_until_it_fits(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", (800, 600))
    outs = [made(tmp_path, frame=Frame((JPEG,), most, 4000, (0, 9))) for most in (290_000, 250_000, 50_000)]

    best, worse, smaller = (out.size for out in outs)
    assert 290_000 >= best > 250_000 >= worse > 50_000 >= smaller
    assert [shown(out).width == 800 for out in outs] == [True, True, False]


def test_a_picture_that_is_mostly_noise_is_taken_too(tmp_path: Path) -> None:
    Image.effect_noise((900, 700), 200).convert("RGB").save(tmp_path / "a.png")

    out = made(tmp_path, "a.png", Frame((JPEG,), 8_000_000, 1440, (0, 20)))

    assert shown(out).size == (900, 700)


def test_what_cannot_be_made_small_enough_is_said_with_its_name(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")

    with pytest.raises(PictureError, match=r"a\.jpg: không thu nhỏ được dưới 0\.0 MB"):
        made(tmp_path, frame=Frame((JPEG,), 900, 4000, (0, 9)))


def test_a_logo_without_a_ground_stands_on_white_and_stays_sharp(tmp_path: Path) -> None:
    logo(tmp_path / "a.png")

    out = shown(made(tmp_path, "a.png"))

    assert (out.mode, out.size, out.format) == ("RGB", (64, 64), "PNG")
    assert out.getpixel((0, 0)) == (255, 255, 255)
    assert out.getpixel((12, 32)) == (218, 37, 29)


def test_a_network_that_takes_photos_only_gets_the_logo_as_one(tmp_path: Path) -> None:
    logo(tmp_path / "a.png")

    out = shown(made(tmp_path, "a.png", JPEG_ONLY))

    assert out.format == "JPEG"
    assert is_red(out, 12, 32)
    assert min(out.getpixel((0, 0))) > 245  # type: ignore[arg-type]


def test_a_card_becomes_a_photo_only_where_it_must(tmp_path: Path) -> None:
    scene().save(tmp_path / "card.png")
    content = (tmp_path / "card.png").read_bytes()
    file = str(tmp_path / "card.png")
    card = Picture(file, hashlib.sha256(content).hexdigest(), PNG, len(content), "alt", "lời trên thẻ")
    darkroom = Darkroom(tmp_path)

    other = darkroom.card(card, JPEG_ONLY)

    assert darkroom.card(card, frame_of("mastodon")) is card
    assert (other.mime, other.alt, other.said) == (JPEG, "alt", "lời trên thẻ")
    assert shown(other).size == (320, 240)


def test_colours_of_another_screen_become_the_usual_ones(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9), (255, 0, 0)).save(tmp_path / "a.png", icc_profile=swapped())

    out = shown(made(tmp_path, "a.png"))

    assert out.getpixel((4, 4)) == (0, 255, 0)
    assert "icc_profile" not in out.info


def test_the_usual_colours_stay_as_they_are(tmp_path: Path) -> None:
    usual = swapped().replace("Loa!".encode("utf-16-be"), "sRGB".encode("utf-16-be"))
    photo(tmp_path / "a.jpg", icc_profile=usual)

    with Image.open(tmp_path / "a.jpg") as before:
        assert shown(made(tmp_path)).tobytes() == before.tobytes()


def strange(kind: str, file: Path) -> None:
    picture = scene(40, 30)
    match kind:
        case "CMYK":
            picture.convert("CMYK").save(file, "JPEG")
        case "grey of 16 bits":
            Image.new("I;16", (40, 30), 0xC000).save(file, "PNG")
        case "palette with a hole":
            picture.quantize(8).save(file, "PNG", transparency=0)
        case "grey with a hole":
            picture.convert("LA").save(file, "PNG")
        case "WebP":
            picture.save(file, "WEBP", exif=exif())
        case "GIF that stands still":
            picture.quantize(8).save(file, "GIF", transparency=0, comment=PLACE)
        case "a profile of other colours":
            picture.convert("L").save(file, "JPEG", icc_profile=swapped())


@pytest.mark.parametrize(
    "kind",
    [
        "CMYK", "grey of 16 bits", "palette with a hole", "grey with a hole", "WebP", "GIF that stands still",
        "a profile of other colours",
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", [frame_of("bluesky"), JPEG_ONLY], ids=["any", "jpeg"])
def test_whatever_a_program_writes_becomes_what_every_viewer_shows(tmp_path: Path, kind: str, frame: Frame) -> None:
    strange(kind, tmp_path / "a")

    out = shown(made(tmp_path, "a", frame))

    assert out.mode in ("RGB", "L")
    assert out.size == (40, 30)
    assert not out.info.keys() & {"transparency", "icc_profile", "exif", "comment"}


def test_a_grey_of_16_bits_keeps_its_brightness(tmp_path: Path) -> None:
    Image.new("I;16", (8, 8), 0x8000).save(tmp_path / "a.png")

    assert shown(made(tmp_path, "a.png")).getpixel((3, 3)) == (128, 128, 128)


def test_the_pictures_behind_the_first_of_a_phone_stay_at_home(tmp_path: Path) -> None:
    further = [Image.new("RGB", (64, 48), "blue")]
    scene(64, 48).save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=further, exif=exif(turn=6))
    with Image.open(tmp_path / "a.jpg") as before:
        assert before.format == "MPO"

    out = made(tmp_path)

    assert (shown(out).format, shown(out).size) == ("JPEG", (48, 64))


def test_a_moving_picture_goes_on_moving_where_it_can(tmp_path: Path) -> None:
    film(tmp_path / "a.gif")

    out = made(tmp_path, "a.gif")

    assert out.mime == GIF
    assert getattr(shown(out), "n_frames", 1) == 3
    assert PLACE not in Path(out.file).read_bytes()


# --- what was approved stays what it was ----------------------------------------------------------------------------


@pytest.mark.parametrize(("write", "name"), [(photo, "a.jpg"), (logo, "a.png")])
def test_the_same_picture_becomes_the_same_bytes_in_every_house(tmp_path: Path, write: Any, name: str) -> None:
    (tmp_path / "other").mkdir()
    write(tmp_path / name)
    shutil.copy(tmp_path / name, tmp_path / "other" / name)
    small = replace(frame_of("bluesky"), side=50)

    assert made(tmp_path, name, small).sha256 == made(tmp_path / "other", name, small).sha256


def test_a_picture_is_made_once_and_then_taken_from_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Pillow may write other bytes; what was approved must not change by that."""
    photo(tmp_path / "a.jpg", turn=3)
    before = made(tmp_path)

    def no_more(*given: Any) -> None:
        raise AssertionError("it was made again")

    monkeypatch.setattr(darkroom_module, "develop", no_more)

    assert made(tmp_path) == before


def test_a_picture_that_changes_while_it_is_read_is_said_so(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    darkroom = Darkroom(tmp_path)
    darkroom.negative("a.jpg")
    photo(tmp_path / "a.jpg", (100, 100))

    with pytest.raises(PictureError, match="ảnh vừa bị đổi"):
        darkroom.picture("a.jpg", "", frame_of("mastodon"))


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg")
    (tmp_path / "var").write_text("a file where a folder must be")

    with pytest.raises(SettingsError, match="không ghi được ảnh"):
        made(tmp_path)


# --- what cannot be made to fit -------------------------------------------------------------------------------------


def told(folder: Path, name: str, network: str, image_bytes: int | None = None) -> list[str]:
    limits = NETWORKS[network].limits
    limits = limits if image_bytes is None else replace(limits, image_bytes=image_bytes)
    return list(unusable(Darkroom(folder).negative(name), network, limits))


def test_a_film_too_heavy_for_a_server_is_refused_with_both_numbers(tmp_path: Path) -> None:
    file = film(tmp_path / "a.gif")

    [said] = told(tmp_path, "a.gif", "mastodon", image_bytes=1)

    assert "mastodon: ảnh 0.0 MB, tối đa 0.0 MB" in said
    assert told(tmp_path, "a.gif", "mastodon", image_bytes=file.stat().st_size) == []


def test_a_film_is_refused_where_it_would_stand_still(tmp_path: Path) -> None:
    film(tmp_path / "a.gif")

    [said] = told(tmp_path, "a.gif", "telegram")

    assert "telegram: ảnh động sẽ đứng yên" in said


def test_what_a_server_takes_less_of_is_measured_on_the_picture_that_would_go_out(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", turn=6)
    size = made(tmp_path).size

    assert told(tmp_path, "a.jpg", "mastodon", image_bytes=size) == []
    assert len(told(tmp_path, "a.jpg", "mastodon", image_bytes=size - 1)) == 1


@pytest.mark.parametrize(
    ("size", "said"),
    [((2100, 100), "ảnh 2100×100 quá rộng (rộng : cao = 21.00"), ((100, 2100), "ảnh 100×2100 quá cao")],
)
def test_a_shape_that_is_not_taken_is_refused_with_how_to_cut_it(
    tmp_path: Path, size: tuple[int, int], said: str
) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")

    [sentence] = told(tmp_path, "a.png", "telegram")

    assert said in sentence
    assert ("cắt còn 2000×100" in sentence) or ("cắt còn 100×2000" in sentence)


def test_a_shape_is_judged_as_the_picture_is_seen(tmp_path: Path) -> None:
    photo(tmp_path / "a.jpg", (2100, 100), turn=6)

    assert "100×2100 quá cao" in told(tmp_path, "a.jpg", "telegram")[0]


def test_a_drawing_too_large_to_be_decoded_is_refused_with_its_size(tmp_path: Path) -> None:
    Image.new("1", (8000, 6500)).save(tmp_path / "a.png")

    with pytest.raises(PictureError, match=r"ảnh quá lớn \(8000×6500\)"):
        Darkroom(tmp_path).negative("a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_measured_without_being_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What is too large is refused before it takes the memory, and a check of many pictures stays quick."""
    scene().save(tmp_path / "a", kind)

    def decoded(*given: Any) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)

    assert (Darkroom(tmp_path).negative("a").width, Darkroom(tmp_path).negative("a").turn) == (320, 1)


def test_a_drawing_that_was_turned_stands_upright_too(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.png", exif=exif(turn=6))

    assert shown(made(tmp_path, "a.png")).size == (240, 320)


def test_a_card_of_ours_tells_nothing_that_would_have_to_be_taken_out(tmp_path: Path) -> None:
    """If it did, its bytes would change, and every approval of one would be void."""
    (tmp_path / "a.png").write_bytes(draw(Content((1200, 630), THEMES[USUAL], "Gọi 113")))

    assert Darkroom(tmp_path).negative("a.png").clean
